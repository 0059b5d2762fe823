//! A proved record of the checksum database.

use goseal_core::digest::{H1, Sha256};
use goseal_core::evidence::SumdbPosition;
use goseal_core::release::ReleaseId;
use goseal_tlog::{Hash, SignedHead};

/// What the checksum database says of a release, with the proof. As [`crate::Verified`] it is true.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SumRecord {
    /// The release.
    pub id: ReleaseId,
    /// Its identity.
    pub h1: H1,
    /// The number of the record.
    pub number: u64,
    /// The text of the record, the data of its leaf.
    pub text: String,
    /// The head under which it was proved.
    pub head: SignedHead,
    /// The proof of inclusion, leaf first.
    pub inclusion: Vec<Hash>,
    /// Whether that head is joined to the history that was known before.
    pub joined: bool,
}

impl SumRecord {
    /// Where it is recorded, for locks, seals and records.
    pub fn position(&self) -> SumdbPosition {
        SumdbPosition {
            record: self.number,
            tree_size: self.head.head().size,
            tree_root: Sha256::from_bytes(*self.head.head().root.as_bytes()),
        }
    }

    /// The evidence in words: `sumdb`, or `sumdb, head N not joined`.
    pub fn evidence_text(&self) -> String {
        if self.joined {
            return "sumdb".to_owned();
        }
        format!("sumdb, head {} not joined", self.head.head().size)
    }
}
