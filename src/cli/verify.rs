//! `goseal verify`.

use std::path::PathBuf;

use clap::{ArgGroup, Args};

use super::Output;

const EXAMPLES: &str = "\
Examples:
  goseal verify                         the toolchain that runs here
  goseal verify --all --quick           the executables of every installed one
  goseal verify --tree /usr/local/go    any Go on this machine, whoever installed it
  goseal verify --repair 1.22.5         put back what was published
  goseal verify --export go.proof       write the proof, for a machine without goseal
  goseal verify --proof go.proof        check such a proof without a network
  goseal verify --heads                 join every signed head that this machine has seen";

/// `goseal verify`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
#[command(group = ArgGroup::new("what").args(["all", "tree", "proof", "heads"]))]
#[command(group = ArgGroup::new("how").args(["quick", "repair", "tree", "proof", "heads", "export"]))]
#[command(group = ArgGroup::new("fetching").args(["repair", "tree", "heads"]))]
pub(crate) struct VerifyArgs {
    /// Exact releases; without any, the one that runs here.
    #[arg(value_name = "VERSION", conflicts_with = "what")]
    pub(crate) versions: Vec<String>,
    /// Every installed toolchain.
    #[arg(long, conflicts_with = "export")]
    pub(crate) all: bool,
    /// Compare the identity of the executables only.
    #[arg(long, conflicts_with = "deep")]
    pub(crate) quick: bool,
    /// Hash every file; the default.
    #[arg(long)]
    pub(crate) deep: bool,
    /// Put back what differs, from a source that is proved again.
    #[arg(long)]
    pub(crate) repair: bool,
    /// A Go tree anywhere on this machine; nothing in it is changed.
    #[arg(long, value_name = "DIR")]
    pub(crate) tree: Option<PathBuf>,
    /// The platform of that tree, where it does not say it itself.
    #[arg(long, value_name = "OS/ARCH", requires = "tree")]
    pub(crate) platform: Option<String>,
    /// Check a proof without a network; `-` reads it from stdin.
    #[arg(long, value_name = "FILE")]
    pub(crate) proof: Option<PathBuf>,
    /// Write the proof of an installed toolchain into a file; `-` is stdout.
    #[arg(long, value_name = "FILE")]
    pub(crate) export: Option<PathBuf>,
    /// Prove that each signed head of the checksum database that is kept extends the one before.
    #[arg(long)]
    pub(crate) heads: bool,
    /// Fetch from here: a folder or an address of a module proxy.
    #[arg(long, value_name = "FOLDER|URL", requires = "fetching")]
    pub(crate) from: Option<String>,
    /// Nothing on the wire: only what is kept of the checksum database.
    #[arg(long, requires = "heads", conflicts_with = "from")]
    pub(crate) offline: bool,
    #[command(flatten)]
    pub(crate) output: Output,
}
