//! Whether one signed head extends another: the same check as at a lookup, by itself, for heads that
//! are kept.

use std::collections::BTreeMap;

use goseal_tlog::{AuthenticTiles, SignedHead, Tile, TilePaths, tiles_for_consistency};

use super::step::What;
use super::{Absent, Answer, Read, consistency, fork, missing};
use crate::error::Error;

/// Two heads of one database that must be of one history.
pub struct Joint {
    known: SignedHead,
    served: SignedHead,
    tiles: BTreeMap<Tile, Answer>,
}

/// What a [`Joint`] needs next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JointStep {
    /// Reads of tiles, each to be answered by [`Joint::answer`].
    Need(Vec<Read>),
    /// The greater one begins with the smaller. Holds the tiles that prove it, by their paths: they
    /// may be kept.
    Joined(BTreeMap<String, Vec<u8>>),
}

impl Joint {
    /// The head that was known before, and the other one; either may be the greater.
    pub fn new(known: &SignedHead, served: &SignedHead) -> Self {
        Self {
            known: known.clone(),
            served: served.clone(),
            tiles: BTreeMap::new(),
        }
    }

    /// What is needed next.
    ///
    /// # Errors
    ///
    /// [`Error::Fork`] where the two are of different histories; [`Error::Tile`] for tiles that the
    /// greater head does not commit to; [`Error::Missing`] for a tile that nobody has.
    pub fn step(&self) -> Result<JointStep, Error> {
        let (older, newer) = self.in_order();
        if older.head().size == newer.head().size {
            return if older.head() == newer.head() {
                Ok(JointStep::Joined(BTreeMap::new()))
            } else {
                Err(fork(&self.known, &self.served, Vec::new()))
            };
        }
        let wanted =
            tiles_for_consistency(newer.head().size, older.head().size).map_err(Error::Tile)?;
        let mut tiles = BTreeMap::new();
        let mut reads = Vec::new();
        for tile in wanted {
            match self.tiles.get(&tile) {
                Some(Answer::Bytes(bytes)) => {
                    tiles.insert(tile, bytes.clone());
                }
                Some(Answer::NoPartial) => reads.push(Read::tile(tile, tile.full())),
                Some(Answer::Absent) => return Err(missing(tile)),
                None => reads.push(Read::tile(tile, tile)),
            }
        }
        if !reads.is_empty() {
            return Ok(JointStep::Need(reads));
        }
        let tiles = AuthenticTiles::authenticate(newer.head(), tiles).map_err(Error::Tile)?;
        let proof = consistency(&tiles, older.head())?;
        if proof.contradicts {
            return Err(fork(&self.known, &self.served, proof.hashes));
        }
        let keep = tiles.tiles().iter();
        let keep = keep.map(|(tile, bytes)| (tile.format_path(TilePaths::Sumdb), bytes.clone()));
        Ok(JointStep::Joined(keep.collect()))
    }

    /// Takes the answer to a read of the last [`JointStep::Need`].
    ///
    /// # Errors
    ///
    /// [`Error::Tile`] for a tile of another length; [`Error::Lookup`] for a read that is not one of
    /// a tile.
    pub fn answer(&mut self, read: &Read, bytes: Result<Vec<u8>, Absent>) -> Result<(), Error> {
        let What::Tile { wanted, asked } = read.what else {
            return Err(Error::Lookup("an answer that nobody asked for"));
        };
        let answer = match bytes {
            Err(Absent) if asked.is_full() => Answer::Absent,
            Err(Absent) => Answer::NoPartial,
            Ok(mut bytes) => {
                // The length is checked before the prefix is taken: a full tile has 8192 bytes.
                asked.check_length(&bytes).map_err(Error::Tile)?;
                bytes.truncate(wanted.bytes());
                Answer::Bytes(bytes)
            }
        };
        self.tiles.insert(wanted, answer);
        Ok(())
    }

    /// The smaller head first.
    fn in_order(&self) -> (&SignedHead, &SignedHead) {
        if self.known.head().size <= self.served.head().size {
            (&self.known, &self.served)
        } else {
            (&self.served, &self.known)
        }
    }
}
