//! `goseal plan`.

use std::path::PathBuf;

use clap::Args;

use super::ToolArg;

/// `goseal plan`: spoken by shims.
#[derive(Debug, Args)]
pub(crate) struct PlanArgs {
    /// Begin the log's chain of this machine and user, and nothing else.
    #[arg(long, conflicts_with = "shim", required_unless_present_any = ["shim", "tree"])]
    pub(crate) chain: bool,
    /// Compare every byte of an installed tree with its seal: `go1.22.5.linux-amd64`.
    #[arg(long, value_name = "ID", conflicts_with_all = ["shim", "chain"], requires = "place")]
    pub(crate) tree: Option<String>,
    /// Decide a plan; its text comes on stdout where it cannot be written.
    #[arg(long, requires_all = ["digest", "place", "release"])]
    pub(crate) shim: bool,
    /// The file `home` that the shim stands on; its places count, and no variable.
    #[arg(long, value_name = "FILE")]
    pub(crate) home: PathBuf,
    /// The digest of inputs that the shim computed.
    #[arg(long, value_name = "HEX")]
    pub(crate) digest: Option<String>,
    /// The folder where Go would work.
    #[arg(long, value_name = "DIR")]
    pub(crate) place: Option<PathBuf>,
    /// `pin`, `default`, `door ID` or `parent ID`.
    #[arg(long, value_name = "SOURCE")]
    pub(crate) release: Option<String>,
    /// The tool that was called.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) tool: ToolArg,
}
