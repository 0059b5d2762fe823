//! Platforms that a verb may be about.

use clap::Args;

/// The flag of verbs that handle trees of other platforms too.
#[derive(Debug, Clone, Args)]
pub(crate) struct Platforms {
    /// For this platform instead of this machine's; may be repeated. A tree of another platform has
    /// no doors and never runs here.
    #[arg(long, value_name = "OS/ARCH")]
    pub(crate) platform: Vec<String>,
}
