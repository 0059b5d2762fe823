//! The ways in which a database, or a proxy in front of it, may lie.

use goseal_core::digest::H1;

use super::tree::TILE_WIDTH;

/// A lie. Several can be told at once; those about heads show in `latest` and in lookups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Evil {
    /// Lookups are 200 with nothing in them (CVE-2026-42501).
    EmptyLookup,
    /// Lookups answer with record 0, which is true, in the tree, and of another module
    /// (CVE-2026-42501).
    UnrelatedModule,
    /// These lines follow the tree in the signed note (CVE-2026-56864); each ends with a line feed.
    ExtraLinesInNote(String),
    /// The records of toolchains name a wrong h1; the tiles do not know of it.
    WrongH1,
    /// The records of toolchains name this h1, and tiles below level `levels` were made to fit,
    /// while those above and the head are true (CVE-2026-56865).
    ForgedRecord {
        /// What the forged records say.
        h1: H1,
        /// How many levels of tiles were made to fit, from the leaves.
        levels: usize,
    },
    /// Lookups name a record number that equals the size of the tree.
    RecordIdBeyondTree,
    /// Lookups name this text as the record's number.
    BadRecordId(String),
    /// Notes are signed by a key that nobody knows, and by no other.
    UnknownKeyOnly,
    /// Notes have 101 signatures, the good one last.
    TooManySignatures,
    /// Notes have a bad signature under the known key before the good one.
    KnownKeyBadSignature,
    /// One bit of one tile, in its partial and its full form.
    FlipTileBit {
        /// The tile's level.
        level: usize,
        /// The tile's number in its level.
        index: usize,
        /// The bit, from the first byte's lowest; modulo the length of the answer.
        bit: usize,
    },
    /// Every tile lacks its last byte.
    ShortTile,
    /// Every tile has one byte too many.
    LongTile,
    /// Partial tiles are not there and full ones have 8,191 bytes.
    FullTile8191,
    /// Partial tiles are not there. No lie: clients take the full tile, once there is one.
    NoPartialTiles,
    /// The log is another one from record `at` on, signed all the same.
    Fork {
        /// The first record that differs.
        at: u64,
    },
    /// Heads are those of a smaller size.
    OldHead(u64),
}

/// The bytes of a tile as they are served; `None` is 404.
pub(super) fn spoil_tile(
    evils: &[Evil],
    (level, index, width): (usize, usize, usize),
    mut bytes: Option<Vec<u8>>,
) -> Option<Vec<u8>> {
    for evil in evils {
        match (evil, &mut bytes) {
            (Evil::ShortTile, Some(bytes)) => bytes.truncate(bytes.len().saturating_sub(1)),
            (Evil::LongTile, Some(bytes)) => bytes.push(0),
            (Evil::NoPartialTiles | Evil::FullTile8191, _) if width < TILE_WIDTH => bytes = None,
            (
                Evil::FlipTileBit {
                    level: l,
                    index: i,
                    bit,
                },
                Some(bytes),
            ) if (*l, *i) == (level, index) => {
                flip(bytes, *bit);
            }
            _ => {}
        }
    }
    bytes
}

fn flip(bytes: &mut [u8], bit: usize) {
    let bit = bit.checked_rem(bytes.len() * 8).unwrap_or(0);
    if let Some(byte) = bytes.get_mut(bit / 8) {
        *byte ^= 1 << (bit % 8);
    }
}
