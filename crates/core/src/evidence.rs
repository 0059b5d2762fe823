//! Why bytes are believed.

use std::fmt;

/// A rung of the ladder: each is a reason of its own to believe that a toolchain is the published
/// one. Ordered from the strongest to the weakest; policy says which are required.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Evidence {
    /// The h1 that people reviewed into `goseal.lock`.
    Lock,
    /// Inclusion in the checksum database under its pinned key.
    Sumdb,
    /// An index signed by a key that the policy names.
    Minisign,
    /// The release index's own sha256 over TLS; the weakest.
    Index,
}

impl Evidence {
    /// All rungs, strongest first.
    pub const ALL: [Self; 4] = [Self::Lock, Self::Sumdb, Self::Minisign, Self::Index];

    /// The word used in policy, seals, records and messages.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Lock => "lock",
            Self::Sumdb => "sumdb",
            Self::Minisign => "minisign",
            Self::Index => "index",
        }
    }

    /// The inverse of [`Evidence::word`].
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|evidence| evidence.word() == word)
    }
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// Which signature vouched for an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedBy {
    /// The id of the key, as minisign shows it.
    pub key: String,
    /// The serial, which does not go back.
    pub serial: u64,
}

/// Where in the checksum database a release is recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SumdbPosition {
    /// The record's number, from 0.
    pub record: u64,
    /// Records in the tree under whose signed head the record was proved.
    pub tree_size: u64,
    /// The root of that tree.
    pub tree_root: crate::digest::Sha256,
}
