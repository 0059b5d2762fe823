//! The verdict over a ledger's folder.
use std::path::Path;

use goseal_core::digest::Sha256;

use crate::error::Error;
use crate::record::{RunId, Torn};
pub use crate::replay::{Damage, DamageKind};

/// A run or an install that began and has no end: outcome unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unfinished {
    /// Its run.
    pub run: RunId,
    /// The `seq` of its first record.
    pub seq: u64,
    /// Whether it is an install.
    pub install: bool,
}

/// A blob that a record names and that is not there, or is another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlobFault {
    /// The record that names it.
    pub seq: u64,
    /// The digest it must have.
    pub sha256: Sha256,
    /// Whether it is not there at all.
    pub missing: bool,
}

/// What a folder's log says about itself. Only self-consistent, until an anchor says more.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Verdict {
    /// The chain's id, from its genesis record.
    pub chain: Option<[u8; 16]>,
    /// Records whose sum holds.
    pub records: u64,
    /// The first and the last `seq` of them.
    pub range: Option<(u64, u64)>,
    /// Everything that no writer left so.
    pub damages: Vec<Damage>,
    /// Torn tails, each with the `seq` of the record that names it; `None` for one at the end of
    /// the log that the next appender will name.
    pub torn: Vec<(Option<u64>, Torn)>,
    /// Runs and installs without an end.
    pub unknown_outcomes: Vec<Unfinished>,
    /// Blobs that are not what a record says.
    pub blobs: Vec<BlobFault>,
    /// The greatest `seq` that is anchored outside this account; nothing anchors yet.
    pub anchored: Option<u64>,
}

impl Verdict {
    /// Whether nothing is damaged; unknown outcomes and torn tails are not damage.
    pub fn is_intact(&self) -> bool {
        self.damages.is_empty() && self.blobs.is_empty()
    }
}

/// Reads the whole log of a folder: closed segments in order, then the open one.
///
/// # Errors
///
/// [`Error::Io`] where a file cannot be read; [`Error::NoChain`] where there is no log at all.
pub fn verify_folder(folder: &Path) -> Result<Verdict, Error> {
    let _ = folder;
    unimplemented!()
}
