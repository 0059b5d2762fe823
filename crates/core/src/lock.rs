//! `goseal.lock` as values: what was reviewed for each release and platform.

use std::collections::BTreeMap;

use crate::digest::{H1, Sha256};
use crate::evidence::SumdbPosition;
use crate::release::ReleaseId;

/// What the lock holds for one release and platform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockEntry {
    /// The identity; `lock` evidence is met by this alone.
    pub h1: H1,
    /// Where the checksum database records it.
    pub position: Option<SumdbPosition>,
    /// The release archive, where the index named it. Applies only to a file of that name.
    pub archive: Option<LockedArchive>,
}

/// The release archive of a locked toolchain, by the word of the release index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockedArchive {
    /// `go1.22.5.linux-amd64.tar.gz`.
    pub file_name: String,
    /// SHA-256 of that file.
    pub sha256: Sha256,
    /// Bytes, where known.
    pub size: Option<u64>,
}

/// A lock: at most one entry for each release and platform, in the order of [`ReleaseId`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Lock {
    /// The entries.
    pub entries: BTreeMap<ReleaseId, LockEntry>,
}
