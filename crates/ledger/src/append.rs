//! The append.
use std::path::{Path, PathBuf};
use std::time::Duration;

use goseal_core::digest::Sha256;

use crate::error::Error;
use crate::position::Position;
use crate::record::{Draft, Owner, RunId};

/// One ledger: a folder, and whose chain it holds.
#[derive(Debug, Clone)]
pub struct Ledger {
    pub(crate) folder: PathBuf,
    pub(crate) owner: Owner,
}

/// Where a record landed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Appended {
    /// Its number in the chain.
    pub seq: u64,
    /// The first `seq` of its file.
    pub segment: u64,
    /// Its offset in that file, in bytes.
    pub offset: u64,
    /// The SHA-256 of its text: the next record's `prev`, and its leaf in the sealed tree.
    pub sha256: Sha256,
}

impl Appended {
    /// The place as `GOSEAL_PARENT` says it.
    pub const fn position(&self, run: RunId) -> Position {
        Position {
            run,
            segment: self.segment,
            offset: self.offset,
        }
    }
}

impl Ledger {
    /// The ledger in `folder`; touches nothing.
    pub fn at(folder: &Path, owner: Owner) -> Self {
        Self {
            folder: folder.to_owned(),
            owner,
        }
    }

    /// Appends one record.
    ///
    /// # Errors
    ///
    /// See [`Error`].
    pub fn append(
        &self,
        draft: &Draft,
        patience: Duration,
        on_wait: &mut dyn FnMut(Duration),
    ) -> Result<Appended, Error> {
        let _ = (draft, patience, on_wait);
        unimplemented!()
    }
}
