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
