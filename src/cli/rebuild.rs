//! Platforms that a verb may be about, and `goseal rebuild`.

use clap::Args;

use super::Output;

const EXAMPLES: &str = "\
Examples:
  goseal rebuild 1.22.5 --bootstrap 1.26.10
  goseal rebuild 1.26.10 --platform windows/amd64";

/// `goseal rebuild`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct RebuildArgs {
    /// An exact release, 1.21 or later; without it, the one here.
    pub(crate) version: Option<String>,
    /// Build for this platform, which is installed.
    #[arg(long, value_name = "OS/ARCH")]
    pub(crate) platform: Option<String>,
    /// The release that compiles; by default the oldest that can.
    #[arg(long, value_name = "VERSION")]
    pub(crate) bootstrap: Option<String>,
    /// Nothing on the wire, which is so in any case.
    #[arg(long)]
    pub(crate) offline: bool,
    #[command(flatten)]
    pub(crate) output: Output,
}

/// The flag of verbs that handle trees of other platforms too.
#[derive(Debug, Clone, Args)]
pub(crate) struct Platforms {
    /// For this platform, such as windows/amd64; repeatable.
    ///
    /// Without it, this machine's. A tree of another platform has no doors and never runs here.
    #[arg(long, value_name = "OS/ARCH")]
    pub(crate) platform: Vec<String>,
}
