//! What the client asks of its caller, and what it hands back.

use std::collections::BTreeMap;

use goseal_core::release::ReleaseId;
use goseal_tlog::{SignedHead, Tile, TilePaths};

use crate::lookup::lookup_path;
use crate::record::SumRecord;
use crate::verified::Verified;

/// Bytes of the greatest answer to a lookup that is read.
pub const MAX_LOOKUP: usize = 64 * 1024;

/// One thing to be read from the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read {
    path: String,
    max_bytes: usize,
    pub(crate) what: What,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum What {
    Lookup,
    /// `asked` is `wanted`, or the full tile that begins with it.
    Tile {
        wanted: Tile,
        asked: Tile,
    },
}

impl Read {
    pub(super) fn lookup(id: &ReleaseId) -> Self {
        Self {
            path: lookup_path(id),
            max_bytes: MAX_LOOKUP,
            what: What::Lookup,
        }
    }

    pub(crate) fn tile(wanted: Tile, asked: Tile) -> Self {
        Self {
            path: asked.format_path(TilePaths::Sumdb),
            max_bytes: asked.bytes(),
            what: What::Tile { wanted, asked },
        }
    }

    /// The path below the base address of the database, without a slash in front.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Bytes after which the answer is too long to be true.
    pub const fn max_bytes(&self) -> usize {
        self.max_bytes
    }
}

/// The source answered that it does not have what was asked for (403, 404, 410, no such file).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Absent;

/// What the client needs next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Reads, in any order or at once, each to be answered by [`crate::Client::answer`].
    Need(Vec<Read>),
    /// Put `new` in the place of `expected` as the greatest head that is known, under the lock of
    /// the state; then [`crate::Client::swapped`], or [`crate::Client::conflict`] with the head
    /// that is there instead.
    Swap {
        /// The head that this client started from.
        expected: SignedHead,
        /// The greater head, proved to begin with it.
        new: SignedHead,
    },
    /// The end.
    Done(Box<Proved>),
}

/// A proved record, and what may be kept of the answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proved {
    /// The record.
    pub record: Verified<SumRecord>,
    /// Paths and bytes of the lookup and of the tiles, all of them authenticated; nothing else that
    /// was read may be kept.
    pub keep: BTreeMap<String, Vec<u8>>,
}
