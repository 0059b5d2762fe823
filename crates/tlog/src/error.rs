//! What can be wrong with a proof, a tile or a signed text.

use std::fmt;

/// Why bytes prove nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// A text that is not a verifier key. Holds what is wrong.
    Key(&'static str),
    /// A text that is not a signed note, or one that must not be signed. Holds what is wrong.
    Note(&'static str),
    /// A key that we know, with a signature that does not verify.
    Signature {
        /// The key as it stands in the note, `name+hash`.
        key: String,
    },
    /// A note that nobody we know has signed.
    UnknownSigners,
    /// The text of a note that is no tree head. Holds what is wrong.
    Checkpoint(&'static str),
    /// A tree head of another log.
    Origin {
        /// The origin that was asked for.
        expected: String,
        /// The first line of the text.
        found: String,
    },
    /// A record or an older tree that the tree cannot hold.
    Range {
        /// The record's number, or the size of the older tree.
        at: u64,
        /// Records in the tree.
        size: u64,
    },
    /// A proof with more or fewer hashes than the tree demands.
    ProofLength {
        /// Hashes that the tree demands.
        expected: usize,
        /// Hashes in the proof.
        found: usize,
    },
    /// A proof, or tiles, that lead to another root.
    Root {
        /// Records in the tree whose root was computed.
        size: u64,
        /// The root that was vouched for.
        expected: crate::Hash,
        /// The root that was computed.
        found: crate::Hash,
    },
    /// A path that is not one of a tile. Holds at most 100 characters of it.
    TilePath(String),
    /// A tile with another number of bytes than its width demands.
    TileLength {
        /// The path of the tile.
        tile: String,
        /// Bytes that it must have.
        expected: usize,
        /// Bytes that it has.
        found: usize,
    },
    /// A tile whose hash is not the one that its parent holds.
    TileForged {
        /// The path of the tile.
        tile: String,
        /// The entry in the parent.
        expected: crate::Hash,
        /// The hash of the tile.
        found: crate::Hash,
    },
    /// A hash that no authenticated tile holds. Holds level and index of its subtree.
    Unproved {
        /// Its height above the records.
        level: u8,
        /// Its number among the subtrees of that height.
        index: u64,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(fault) => write!(f, "verifier key: {fault}"),
            Self::Note(fault) => write!(f, "signed note: {fault}"),
            Self::Signature { key } => write!(f, "the signature of {key} does not verify"),
            Self::UnknownSigners => f.write_str("signed note: no signature of a known key"),
            Self::Checkpoint(fault) => write!(f, "tree head: {fault}"),
            Self::Origin { expected, found } => write!(
                f,
                "tree head of `{}`, expected `{expected}`",
                found.escape_debug()
            ),
            Self::Range { at, size } => write!(f, "{at} is outside a tree of {size} records"),
            Self::ProofLength { expected, found } => {
                write!(f, "proof of {found} hashes, expected {expected}")
            }
            Self::Root {
                size,
                expected,
                found,
            } => write!(f, "root of {size} records is {found}, expected {expected}"),
            Self::TilePath(path) => {
                write!(f, "`{}` is not the path of a tile", path.escape_debug())
            }
            Self::TileLength {
                tile,
                expected,
                found,
            } => write!(f, "{tile} has {found} bytes, expected {expected}"),
            Self::TileForged {
                tile,
                expected,
                found,
            } => write!(f, "{tile} hashes to {found}, its parent holds {expected}"),
            Self::Unproved { level, index } => {
                write!(
                    f,
                    "no authenticated tile holds subtree {index} at level {level}"
                )
            }
        }
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::leaf_hash;

    #[test]
    fn every_error_says_what_was_found_and_what_was_expected() {
        let (a, b) = (leaf_hash(b"a"), leaf_hash(b"b"));
        let proofs = [
            (Error::Key("no name"), "verifier key: no name"),
            (Error::Note("no text"), "signed note: no text"),
            (
                Error::Signature {
                    key: "a+01020304".into(),
                },
                "the signature of a+01020304 does not verify",
            ),
            (
                Error::UnknownSigners,
                "signed note: no signature of a known key",
            ),
            (Error::Checkpoint("no size"), "tree head: no size"),
            (
                Error::Origin {
                    expected: "a".into(),
                    found: "b\t".into(),
                },
                "tree head of `b\\t`, expected `a`",
            ),
            (
                Error::Range { at: 7, size: 5 },
                "7 is outside a tree of 5 records",
            ),
            (
                Error::ProofLength {
                    expected: 3,
                    found: 4,
                },
                "proof of 4 hashes, expected 3",
            ),
            (
                Error::Root {
                    size: 5,
                    expected: a,
                    found: b,
                },
                "root of 5 records is V+s1YV1H807HFMrN9f10YIpejhAnJOgLJLKHwMJ7ajE=, expected Aippeebat6pa5MPl5F9+l3ESp+Y1k4INvsHsc4ok+Tw=",
            ),
        ];
        for (error, text) in proofs {
            assert_eq!(error.to_string(), text);
        }
    }

    #[test]
    fn every_error_of_a_tile_names_its_path() {
        let (a, b) = (leaf_hash(b"a"), leaf_hash(b"b"));
        let tile = || "tile/8/0/001".to_owned();
        let tiles = [
            (
                Error::TilePath("tile/x\n".into()),
                "`tile/x\\n` is not the path of a tile",
            ),
            (
                Error::TileLength {
                    tile: tile(),
                    expected: 8192,
                    found: 8191,
                },
                "tile/8/0/001 has 8191 bytes, expected 8192",
            ),
            (
                Error::TileForged {
                    tile: tile(),
                    expected: a,
                    found: b,
                },
                "tile/8/0/001 hashes to V+s1YV1H807HFMrN9f10YIpejhAnJOgLJLKHwMJ7ajE=, its parent holds Aippeebat6pa5MPl5F9+l3ESp+Y1k4INvsHsc4ok+Tw=",
            ),
            (
                Error::Unproved { level: 3, index: 9 },
                "no authenticated tile holds subtree 9 at level 3",
            ),
        ];
        for (error, text) in tiles {
            assert_eq!(error.to_string(), text);
        }
    }
}
