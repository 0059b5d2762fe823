//! Bytes outside records, from the first one to the next record: torn, or damage.

use goseal_core::digest::Sha256;
use sha2::Digest as _;

use crate::form::{BLOCK_LEN, OPENING};
use crate::record::Torn;

/// What can stand between the end of torn bytes and the record that names them: the rest of a slot,
/// and fillers. What lies further back is hashed and let go.
const KEPT: usize = 2 * BLOCK_LEN;

/// A run of bytes outside records, in bounded memory.
#[derive(Debug)]
pub(super) struct Region {
    offset: u64,
    state: sha2::Sha256,
    hashed: u64,
    kept: Vec<u8>,
    start: Vec<u8>,
    edited: u64,
}

impl Region {
    pub(super) fn new(offset: u64) -> Self {
        Self {
            offset,
            state: sha2::Sha256::new(),
            hashed: 0,
            kept: Vec::new(),
            start: Vec::new(),
            edited: 0,
        }
    }

    /// Adds a line or a part of one; `edited` where it is a whole record whose sum does not hold.
    pub(super) fn push(&mut self, line: &[u8], edited: bool) {
        self.edited += u64::from(edited);
        let wanted = OPENING.len().saturating_sub(self.start.len());
        self.start.extend(line.iter().take(wanted));
        self.kept.extend_from_slice(line);
        if self.kept.len() > 2 * KEPT {
            let old = self.kept.len() - KEPT;
            self.state.update(self.kept.get(..old).unwrap_or_default());
            self.kept.drain(..old);
            self.hashed += old as u64;
        }
    }

    pub(super) const fn offset(&self) -> u64 {
        self.offset
    }

    pub(super) const fn length(&self) -> u64 {
        self.hashed + self.kept.len() as u64
    }

    pub(super) const fn edited(&self) -> u64 {
        self.edited
    }

    /// Whether it begins as a record does, as far as it goes.
    pub(super) fn begins_a_record(&self) -> bool {
        OPENING.starts_with(&self.start)
    }

    /// Whether a writer that was killed, or a power cut, leaves such bytes.
    pub(super) fn may_be_interrupted(&self) -> bool {
        self.begins_a_record() || self.start.iter().all(|b| *b == 0)
    }

    /// Whether a torn record names exactly this: from its beginning to its end but for spaces and
    /// LF that a writer put behind it.
    pub(super) fn is(&self, torn: &Torn) -> bool {
        let end = torn.length.checked_sub(self.hashed).map(usize::try_from);
        let Some(Ok(end)) = end else { return false };
        let Some((inside, after)) = self.kept.split_at_checked(end) else {
            return false;
        };
        torn.offset == self.offset
            && after.iter().all(|b| matches!(b, b' ' | b'\n'))
            && self.digest(inside) == torn.sha256
    }

    /// The whole of it, as a torn record would name it.
    pub(super) fn all(&self) -> Torn {
        Torn {
            offset: self.offset,
            length: self.length(),
            sha256: self.digest(&self.kept),
        }
    }

    fn digest(&self, rest: &[u8]) -> Sha256 {
        let mut state = self.state.clone();
        state.update(rest);
        Sha256::from_bytes(state.finalize().into())
    }
}
