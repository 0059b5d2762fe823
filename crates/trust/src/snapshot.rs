//! A part of the checksum database under one head: what a mirror shows to those who trust it as
//! little as they trust the mirror.
//!
//! A folder with one head, the records of some releases, and every tile that proves them under that
//! head is a whole database for these releases. [`Snapshot`] says which tiles that takes, judges
//! them, and gives the files in which golang.org/x/mod's client and our own find them. Like
//! [`crate::Client`] it does no I/O.

use std::collections::{BTreeMap, BTreeSet};

use goseal_core::release::ReleaseId;
use goseal_tlog::{
    AuthenticTiles, SignedHead, Tile, TilePaths, check_consistency, check_inclusion, leaf_hash,
    prove_consistency, prove_inclusion, tiles_for_older_clients, tiles_for_record,
};

use crate::client::{Absent, Read, What};
use crate::error::{Error, Fork};
use crate::lookup::{Lookup, lookup_path};
use crate::record::SumRecord;
use crate::roots::Roots;
use crate::verified::Verified;

/// Older heads for which the joining tiles are kept; the newest count.
const MAX_OLDER: usize = 16;

enum Answer {
    Bytes(Vec<u8>),
    NoPartial,
    Absent,
}

/// Records that are to be shown under one head.
pub struct Snapshot {
    head: SignedHead,
    /// What is said of each release, before it is proved.
    claims: BTreeMap<ReleaseId, Lookup>,
    older: BTreeMap<u64, SignedHead>,
    tiles: BTreeMap<Tile, Answer>,
}

/// A part of the database that holds together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stated {
    /// The one head.
    pub head: SignedHead,
    /// What it says of each release.
    pub records: BTreeMap<ReleaseId, SumRecord>,
    /// Paths below the database's address and the bytes there: `supported`, `latest`, a lookup for
    /// each release under the one head, and the tiles.
    pub files: BTreeMap<String, Vec<u8>>,
    /// Sizes of the older heads whose holders find the tiles that join theirs to this one.
    pub joins: Vec<u64>,
}

impl Snapshot {
    /// Begins with a signed head; `place` says whose it is in messages.
    ///
    /// # Errors
    ///
    /// [`Error::Head`] where the pinned key has not signed it.
    pub fn new(roots: &Roots, head: &[u8], place: &'static str) -> Result<Self, Error> {
        Ok(Self {
            head: roots.open_head(head, place)?,
            claims: BTreeMap::new(),
            older: BTreeMap::new(),
            tiles: BTreeMap::new(),
        })
    }

    /// The head.
    pub const fn head(&self) -> &SignedHead {
        &self.head
    }

    /// Takes what was answered to the lookup of a release, under whatever head; gives that head.
    /// It counts as an older one where it is.
    ///
    /// # Errors
    ///
    /// As [`crate::Client::answer`] for a lookup; [`Error::RecordNumber`] where the tree of this
    /// head does not hold the record; [`Error::Fork`].
    pub fn take_lookup(
        &mut self,
        roots: &Roots,
        id: &ReleaseId,
        bytes: Vec<u8>,
    ) -> Result<SignedHead, Error> {
        let lookup = Lookup::parse(bytes, roots, id)?;
        let head = lookup.head.clone();
        let (record, size) = (lookup.record, self.head.head().size);
        if record >= size {
            return Err(Error::RecordNumber { record, size });
        }
        self.take_older(head.clone())?;
        self.claims.insert(*id, lookup);
        Ok(head)
    }

    /// Takes a head whose holders are to find the way to this one, where it is not greater.
    ///
    /// # Errors
    ///
    /// [`Error::Fork`] where it is as great and another.
    pub fn take_older(&mut self, older: SignedHead) -> Result<(), Error> {
        let (ours, theirs) = (self.head.head(), older.head());
        if ours.size == theirs.size && ours.root != theirs.root {
            return Err(self.fork(&older, Vec::new()));
        }
        if theirs.size < ours.size && theirs.size > 0 {
            self.older.insert(theirs.size, older);
        }
        while self.older.len() > MAX_OLDER {
            self.older.pop_first();
        }
        Ok(())
    }

    /// What is to be read and answered next; empty when all has been asked for.
    ///
    /// # Errors
    ///
    /// [`Error::Missing`] for a tile without which a record cannot be proved; [`Error::Tile`].
    pub fn needs(&self) -> Result<Vec<Read>, Error> {
        let mut reads = Vec::new();
        for tile in self.for_records()? {
            match self.tiles.get(&tile) {
                Some(Answer::Absent) => {
                    let path = tile.format_path(TilePaths::Sumdb);
                    return Err(Error::Missing { path });
                }
                known => reads.extend(read_of(tile, known)),
            }
        }
        let mut joining = BTreeSet::new();
        for older in self.older.keys() {
            joining.extend(self.for_older(*older)?);
        }
        for tile in joining {
            let read = read_of(tile, self.tiles.get(&tile));
            reads.extend(read.filter(|read| !reads.contains(read)));
        }
        Ok(reads)
    }

    /// Takes the answer to a read of [`Snapshot::needs`].
    ///
    /// # Errors
    ///
    /// [`Error::Tile`] for a tile of another length.
    pub fn answer(&mut self, read: &Read, bytes: Result<Vec<u8>, Absent>) -> Result<(), Error> {
        let What::Tile { wanted, asked } = read.what else {
            return Ok(());
        };
        let answer = match bytes {
            Ok(mut bytes) => {
                asked.check_length(&bytes).map_err(Error::Tile)?;
                bytes.truncate(wanted.bytes());
                Answer::Bytes(bytes)
            }
            Err(Absent) if asked.is_full() => Answer::Absent,
            Err(Absent) => Answer::NoPartial,
        };
        self.tiles.insert(wanted, answer);
        Ok(())
    }

    /// Judges all of it. An older head whose joining tiles are not there is left out.
    ///
    /// # Errors
    ///
    /// [`Error::Tile`] where the tiles are not those of the head, [`Error::Inclusion`] where a
    /// record is not at its number, [`Error::Fork`] where the tree does not begin with that of an
    /// older head; [`Error::Missing`] where a needed tile was not answered.
    pub fn judge(&self) -> Result<Verified<Stated>, Error> {
        let mut wanted = self.for_records()?;
        let mut joins = Vec::new();
        for (size, older) in &self.older {
            let tiles = self.for_older(*size)?;
            if tiles.iter().all(|tile| self.bytes(tile).is_some()) {
                wanted.extend(tiles);
                joins.push(older);
            }
        }
        if wanted.is_empty() {
            let path = "tiles that join an older head".to_owned();
            return Err(Error::Missing { path });
        }
        let mut tiles = BTreeMap::new();
        for tile in wanted {
            let bytes = self.bytes(&tile).ok_or_else(|| Error::Missing {
                path: tile.format_path(TilePaths::Sumdb),
            })?;
            tiles.insert(tile, bytes.to_vec());
        }
        let tiles = AuthenticTiles::authenticate(self.head.head(), tiles).map_err(Error::Tile)?;
        for older in &joins {
            self.check_join(&tiles, older)?;
        }
        let mut records = BTreeMap::new();
        for (id, claim) in &self.claims {
            records.insert(*id, self.prove(&tiles, id, claim)?);
        }
        let joins = joins.iter().map(|older| older.head().size).collect();
        Ok(Verified::vouch(Stated {
            files: self.files(&tiles),
            head: self.head.clone(),
            records,
            joins,
        }))
    }

    fn for_records(&self) -> Result<BTreeSet<Tile>, Error> {
        let size = self.head.head().size;
        let mut tiles = BTreeSet::new();
        for claim in self.claims.values() {
            tiles.extend(tiles_for_record(size, claim.record).map_err(Error::Tile)?);
        }
        Ok(tiles)
    }

    fn for_older(&self, older: u64) -> Result<Vec<Tile>, Error> {
        tiles_for_older_clients(self.head.head().size, older).map_err(Error::Tile)
    }

    fn bytes(&self, tile: &Tile) -> Option<&[u8]> {
        match self.tiles.get(tile)? {
            Answer::Bytes(bytes) => Some(bytes),
            Answer::NoPartial | Answer::Absent => None,
        }
    }

    fn check_join(&self, tiles: &AuthenticTiles, older: &SignedHead) -> Result<(), Error> {
        let (head, old) = (self.head.head(), older.head());
        let proof = prove_consistency(head.size, old.size, &mut |node| tiles.read(node))
            .map_err(Error::Tile)?;
        match check_consistency(head, old, &proof) {
            Ok(()) => Ok(()),
            Err(_) => Err(self.fork(older, proof)),
        }
    }

    fn prove(
        &self,
        tiles: &AuthenticTiles,
        id: &ReleaseId,
        claim: &Lookup,
    ) -> Result<SumRecord, Error> {
        let (head, number) = (self.head.head(), claim.record);
        let wrong = |source| Error::Inclusion {
            record: number,
            source,
        };
        let leaf = leaf_hash(claim.text.as_bytes());
        let inclusion =
            prove_inclusion(head.size, number, &mut |node| tiles.read(node)).map_err(wrong)?;
        check_inclusion(head, number, &leaf, &inclusion).map_err(wrong)?;
        Ok(SumRecord {
            id: *id,
            h1: claim.h1,
            number,
            text: claim.text.clone(),
            head: self.head.clone(),
            inclusion,
            joined: false,
        })
    }

    /// Every lookup is written anew, with the one head in the place of its own.
    fn files(&self, tiles: &AuthenticTiles) -> BTreeMap<String, Vec<u8>> {
        let note = self.head.note();
        let lookups = self.claims.iter().map(|(id, claim)| {
            let text = format!("{}\n{}\n{note}", claim.record, claim.text);
            (lookup_path(id), text.into_bytes())
        });
        let tiles = tiles.tiles().iter();
        let tiles = tiles.map(|(tile, bytes)| (tile.format_path(TilePaths::Sumdb), bytes.clone()));
        let fixed = [
            ("supported".to_owned(), Vec::new()),
            ("latest".to_owned(), note.as_bytes().to_vec()),
        ];
        fixed.into_iter().chain(lookups).chain(tiles).collect()
    }

    fn fork(&self, older: &SignedHead, proof: Vec<goseal_tlog::Hash>) -> Error {
        Error::Fork(Box::new(Fork {
            known: older.clone(),
            served: self.head.clone(),
            proof,
        }))
    }
}

/// How a tile is asked for, where it still is to be.
fn read_of(tile: Tile, known: Option<&Answer>) -> Option<Read> {
    match known {
        None => Some(Read::tile(tile, tile)),
        Some(Answer::NoPartial) => Some(Read::tile(tile, tile.full())),
        Some(Answer::Bytes(_) | Answer::Absent) => None,
    }
}
