//! `goseal self`.

use clap::{Args, Subcommand};

use super::Output;

const UPDATE_EXAMPLES: &str = "\
Examples:
  goseal self update --from https://goseal.example/releases
  goseal self update --from /srv/goseal";

/// `goseal self`.
#[derive(Debug, Args)]
pub(crate) struct SelfArgs {
    #[command(subcommand)]
    pub(crate) verb: SelfVerb,
}

/// The verbs of `goseal self`.
#[derive(Debug, Subcommand)]
pub(crate) enum SelfVerb {
    /// Replace this program by a newer release that a publisher signed.
    #[command(after_help = UPDATE_EXAMPLES)]
    Update(SelfUpdateArgs),
}

/// `goseal self update`.
#[derive(Debug, Args)]
pub(crate) struct SelfUpdateArgs {
    /// Where goseal-releases.toml, its signature and the files lie side by side.
    #[arg(long, value_name = "FOLDER|URL", required = true)]
    pub(crate) from: String,
    #[command(flatten)]
    pub(crate) output: Output,
}
