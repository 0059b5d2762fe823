//! The hashes of a log, written apart from `goseal-tlog`: a mistake in one of the two shows when
//! the tests hold them against each other.
//!
//! Source: RFC 6962 2.1; tiles as in golang.org/x/mod `sumdb/tlog`.

use goseal_core::digest::Sha256;
use sha2::Digest as _;

/// Hashes in one complete tile: 2 to the height of the tiles, which is 8.
pub(crate) const TILE_WIDTH: usize = 256;

/// Every hash of a complete subtree, by level: `levels[k][i]` covers `2^k` leaves from `i * 2^k`.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tree {
    levels: Vec<Vec<Sha256>>,
}

/// SHA-256(0x00, data).
fn leaf(data: &[u8]) -> Sha256 {
    let hash = sha2::Sha256::new().chain_update([0]).chain_update(data);
    Sha256::from_bytes(hash.finalize().into())
}

/// SHA-256(0x01, left, right).
fn node(left: &Sha256, right: &Sha256) -> Sha256 {
    let hash = sha2::Sha256::new()
        .chain_update([1])
        .chain_update(left.as_bytes())
        .chain_update(right.as_bytes());
    Sha256::from_bytes(hash.finalize().into())
}

impl Tree {
    /// Appends one record.
    pub(crate) fn push(&mut self, record: &[u8]) {
        let mut hash = leaf(record);
        for level in 0.. {
            if self.levels.len() == level {
                self.levels.push(Vec::new());
            }
            let Some(hashes) = self.levels.get_mut(level) else {
                return;
            };
            hashes.push(hash);
            match hashes.as_chunks::<2>() {
                (pairs, []) => match pairs.last() {
                    Some([left, right]) => hash = node(left, right),
                    None => return,
                },
                _ => return,
            }
        }
    }

    /// How many records.
    pub(crate) fn size(&self) -> u64 {
        self.levels.first().map_or(0, |leaves| leaves.len() as u64)
    }

    /// The root of the first `size` records; `None` where there are fewer.
    pub(crate) fn root(&self, size: u64) -> Option<Sha256> {
        if size > self.size() {
            return None;
        }
        let mut root: Option<Sha256> = None;
        // The peaks from right to left: the lowest set bit of the size is the last subtree.
        for level in 0..64 {
            if size >> level & 1 == 0 {
                continue;
            }
            let at = usize::try_from((size >> level) - 1).ok()?;
            let peak = self.levels.get(level)?.get(at)?;
            root = Some(root.map_or(*peak, |right| node(peak, &right)));
        }
        Some(root.unwrap_or_else(|| Sha256::of(b"")))
    }

    /// `width` hashes of a tile, 32 bytes each; `None` where the tree does not have so many.
    pub(crate) fn tile(&self, level: usize, index: usize, width: usize) -> Option<Vec<u8>> {
        let from = index.checked_mul(TILE_WIDTH)?;
        let hashes = self
            .levels
            .get(level.checked_mul(8)?)?
            .get(from..from.checked_add(width)?)?;
        Some(hashes.iter().flat_map(|hash| *hash.as_bytes()).collect())
    }

    /// The hashes that a tile has so far; none where it is not there.
    pub(crate) fn hashes(&self, level: usize, index: usize) -> Vec<u8> {
        (1..=TILE_WIDTH)
            .rev()
            .find_map(|width| self.tile(level, index, width))
            .unwrap_or_default()
    }
}
