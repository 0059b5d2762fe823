//! `goseal verify`.

use std::path::PathBuf;

use clap::{ArgGroup, Args};

use super::Output;

const EXAMPLES: &str = "\
Examples:
  goseal verify                        the toolchain that runs here
  goseal verify --all --quick          the executables of every installed one
  goseal verify --tree /usr/local/go   any Go here, whoever installed it
  goseal verify --repair 1.22.5        put back what was published
  goseal verify --export go.proof      a proof for people without goseal
  goseal verify --proof go.proof       check such a proof without a network
  goseal verify --heads                is what was seen one history?";

/// `goseal verify`.
#[expect(clippy::struct_excessive_bools, reason = "a flag that is given or not")]
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
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
    /// Put back what was published.
    ///
    /// The toolchain is made anew from an archive that is proved again, and changes places with the
    /// one that differs. A good one is left alone.
    #[arg(long)]
    pub(crate) repair: bool,
    /// Compare a Go tree anywhere on this machine.
    ///
    /// The release is read from its VERSION file. Nothing in the tree is changed.
    #[arg(long, value_name = "DIR")]
    pub(crate) tree: Option<PathBuf>,
    /// Of this platform: installed trees of another one, which may be repeated, or the tree of
    /// --tree, where it does not say it.
    #[arg(long, value_name = "OS/ARCH", conflicts_with_all = ["proof", "heads"])]
    pub(crate) platform: Vec<String>,
    /// Check an exported proof; needs no network.
    #[arg(long, value_name = "FILE")]
    pub(crate) proof: Option<PathBuf>,
    /// Write a toolchain's proof; `-` is stdout.
    #[arg(long, value_name = "FILE")]
    pub(crate) export: Option<PathBuf>,
    /// Join every signed head that was ever seen.
    ///
    /// The heads of the checksum database that this machine keeps, and the newest that the database
    /// shows, are put in order, and each is proved to extend the one before.
    #[arg(long)]
    pub(crate) heads: bool,
    /// Fetch from here: a module proxy's form.
    #[arg(long, value_name = "FOLDER|URL", requires = "fetching")]
    pub(crate) from: Option<String>,
    /// With --heads: ask nobody.
    #[arg(long, requires = "heads", conflicts_with = "from")]
    pub(crate) offline: bool,
    #[command(flatten)]
    pub(crate) output: Output,
}
