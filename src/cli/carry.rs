//! What is carried to machines without a network: `goseal mirror` and `goseal bundle`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::Output;

const SYNC_EXAMPLES: &str = "\
Examples:
  goseal mirror sync /srv/go            what the pin says, for this platform
  goseal mirror sync --versions 1.22.5,1.26.10 --platforms linux/amd64,linux/arm64 /srv/go
  goseal mirror sync --prune --versions 1.26.10 /srv/go";

const CHECK_EXAMPLES: &str = "\
Examples:
  goseal mirror check /srv/go           a folder
  goseal mirror check https://mirror.example/go";

const CREATE_EXAMPLES: &str = "\
Examples:
  goseal bundle create -o go.bundle     what the pin says, for this platform
  goseal bundle create --versions 1.22.5,1.26.10 --platforms linux/amd64 -o go.bundle
  goseal install --from go.bundle       on the other machine";

const SIGN_EXAMPLES: &str = "\
Examples:
  tar -xf go.bundle bundle.toml         the list is what is signed
  minisign -S -m bundle.toml            writes bundle.toml.minisig
  goseal bundle sign go.bundle bundle.toml.minisig";

/// `goseal mirror`.
#[derive(Debug, Args)]
pub(crate) struct MirrorArgs {
    #[command(subcommand)]
    pub(crate) verb: MirrorVerb,
}

/// The verbs of `goseal mirror`.
#[derive(Debug, Subcommand)]
pub(crate) enum MirrorVerb {
    /// Make a folder that serves toolchains with their proofs, or bring it up to date.
    #[command(after_help = SYNC_EXAMPLES)]
    Sync(SyncArgs),
    /// Verify everything in a mirror again, under its own head.
    #[command(after_help = CHECK_EXAMPLES)]
    Check(CheckArgs),
}

/// Which releases are carried, and where they are fetched.
#[derive(Debug, Args)]
pub(crate) struct Carried {
    /// Exact releases, separated by commas; without any, the one that runs here.
    #[arg(long, value_name = "V,..", value_delimiter = ',')]
    pub(crate) versions: Vec<String>,
    /// Platforms such as linux/arm64, separated by commas; without any, this machine's and those
    /// that goseal.toml or the policy name.
    #[arg(long, value_name = "OS/ARCH,..", value_delimiter = ',')]
    pub(crate) platforms: Vec<String>,
    /// Fetch from here instead of everywhere else.
    #[arg(long, value_name = "SOURCE")]
    pub(crate) from: Option<String>,
}

/// `goseal mirror sync`.
#[derive(Debug, Args)]
pub(crate) struct SyncArgs {
    #[command(flatten)]
    pub(crate) carried: Carried,
    /// Remove the releases that are not asked for.
    #[arg(long)]
    pub(crate) prune: bool,
    /// The folder.
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,
    #[command(flatten)]
    pub(crate) output: Output,
}

/// `goseal mirror check`.
#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// The mirror: a folder or an address.
    #[arg(value_name = "DIR|URL")]
    pub(crate) place: String,
    #[command(flatten)]
    pub(crate) output: Output,
}

/// `goseal bundle`.
#[derive(Debug, Args)]
pub(crate) struct BundleArgs {
    #[command(subcommand)]
    pub(crate) verb: BundleVerb,
}

/// The verbs of `goseal bundle`.
#[derive(Debug, Subcommand)]
pub(crate) enum BundleVerb {
    /// Put toolchains with their proofs into one file.
    #[command(after_help = CREATE_EXAMPLES)]
    Create(CreateArgs),
    /// Put a signature that minisign made over bundle.toml into a bundle.
    #[command(after_help = SIGN_EXAMPLES)]
    Sign(SignArgs),
}

/// `goseal bundle create`.
#[derive(Debug, Args)]
pub(crate) struct CreateArgs {
    #[command(flatten)]
    pub(crate) carried: Carried,
    /// The file to be written.
    #[arg(short, long = "output", value_name = "FILE")]
    pub(crate) output_file: PathBuf,
    /// Take this policy along, with its signature where it lies beside it. Nothing applies it.
    #[arg(long, value_name = "FILE")]
    pub(crate) policy: Option<PathBuf>,
    /// The bundle's serial, which should grow; without it, the seconds since 1970.
    #[arg(long, value_name = "N")]
    pub(crate) serial: Option<u64>,
    #[command(flatten)]
    pub(crate) output: Output,
}

/// `goseal bundle sign`.
#[derive(Debug, Args)]
pub(crate) struct SignArgs {
    /// The bundle.
    #[arg(value_name = "BUNDLE")]
    pub(crate) bundle: PathBuf,
    /// The signature, as minisign wrote it.
    #[arg(value_name = "SIGNATURE")]
    pub(crate) signature: PathBuf,
    #[command(flatten)]
    pub(crate) output: Output,
}
