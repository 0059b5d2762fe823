//! The client of the checksum database, for one release, without any I/O.
//!
//! [`Client::step`] is a function of what the client has been told so far: there is no hidden
//! position that could get out of order. Source of the protocol: golang.org/x/mod `sumdb/client.go`
//! and golang.org/ref/mod#checksum-database.

mod joint;
mod step;

use std::collections::{BTreeMap, BTreeSet};

use goseal_core::evidence::SumdbPosition;
use goseal_core::release::ReleaseId;
use goseal_tlog::{
    AuthenticTiles, Hash, SignedHead, Tile, TilePaths, TreeHead, check_consistency,
    check_inclusion, leaf_hash, prove_consistency, prove_inclusion, tiles_for_consistency,
    tiles_for_record,
};

use crate::error::{Error, Fork};
use crate::lookup::{Lookup, lookup_path};
use crate::record::SumRecord;
use crate::roots::Roots;
use crate::verified::Verified;

pub use joint::{Joint, JointStep};
pub(crate) use step::What;
pub use step::{Absent, MAX_LOOKUP, Proved, Read, Step};

/// What was answered for a tile.
enum Answer {
    Bytes(Vec<u8>),
    /// There is no partial tile; the full one has not been asked for yet.
    NoPartial,
    Absent,
}

/// A head under which a record is judged, and the older trees with which it must begin.
struct View<'a> {
    head: &'a SignedHead,
    known: Option<&'a SignedHead>,
    demand: Option<TreeHead>,
}

enum Gathered {
    All(BTreeMap<Tile, Vec<u8>>),
    Need(Vec<Read>),
    Absent(Tile),
}

/// The client for one release.
pub struct Client {
    roots: Roots,
    id: ReleaseId,
    /// The greatest head that is known, apart from the one that was swapped in for it.
    ours: SignedHead,
    swapped: bool,
    mirror: bool,
    demand: Option<TreeHead>,
    lookup: Option<Lookup>,
    tiles: BTreeMap<Tile, Answer>,
}

impl Client {
    /// Starts from `latest`, the greatest head that is known ([`Roots::start`]).
    ///
    /// `source_is_mirror` is true only for sources named as mirror, folder or bundle: their content
    /// may then be judged under its own head without being joined to ours.
    ///
    /// # Errors
    ///
    /// [`Error::Head`] where the pinned key has not signed `latest`; [`Error::Rollback`] where it
    /// is older than the embedded head.
    pub fn new(
        roots: Roots,
        id: &ReleaseId,
        latest: &SignedHead,
        source_is_mirror: bool,
    ) -> Result<Self, Error> {
        let ours = roots.open_head(latest.note().as_bytes(), "latest")?;
        refuse_rollback(roots.embedded(), &ours)?;
        Ok(Self {
            roots,
            id: *id,
            ours,
            swapped: false,
            mirror: source_is_mirror,
            demand: None,
            lookup: None,
            tiles: BTreeMap::new(),
        })
    }

    /// Demands that the database's tree begins with the one that `goseal.lock` names, wherever the
    /// tree is as great. It never becomes the greatest head that is known.
    #[must_use]
    pub fn demanding(mut self, locked: &SumdbPosition) -> Self {
        self.demand = Some(TreeHead {
            size: locked.tree_size,
            root: Hash::from_bytes(*locked.tree_root.as_bytes()),
        });
        self
    }

    /// What is needed next.
    ///
    /// # Errors
    ///
    /// Any of [`Error`] but those of [`crate::judge()`]; after one, the client is of no use.
    pub fn step(&self) -> Result<Step, Error> {
        let Some(lookup) = &self.lookup else {
            return Ok(Step::Need(vec![Read::lookup(&self.id)]));
        };
        let joint = self.joint_view(lookup)?;
        let tile = match self.gather(&joint, lookup.record)? {
            Gathered::All(tiles) => return self.conclude(&joint, lookup, tiles),
            Gathered::Need(reads) => return Ok(Step::Need(reads)),
            Gathered::Absent(tile) => tile,
        };
        if !self.mirror {
            return Err(missing(tile));
        }
        let alone = View {
            head: &lookup.head,
            known: None,
            demand: None,
        };
        match self.gather(&alone, lookup.record)? {
            Gathered::All(tiles) => self.conclude(&alone, lookup, tiles),
            Gathered::Need(reads) => Ok(Step::Need(reads)),
            Gathered::Absent(tile) => Err(missing(tile)),
        }
    }

    /// Takes the answer to a read of the last [`Step::Need`].
    ///
    /// # Errors
    ///
    /// [`Error::Missing`] where there is no record; [`Error::Lookup`], [`Error::Head`],
    /// [`Error::RecordLine`], [`Error::RecordHash`], [`Error::RecordNumber`] where the answer to
    /// the lookup is refused; [`Error::Tile`] for a tile of another length.
    pub fn answer(&mut self, read: &Read, bytes: Result<Vec<u8>, Absent>) -> Result<(), Error> {
        match (read.what, bytes) {
            (What::Lookup, Err(Absent)) => Err(Error::Missing {
                path: read.path().to_owned(),
            }),
            (What::Lookup, Ok(bytes)) if bytes.len() > MAX_LOOKUP => {
                Err(Error::Lookup("more than 65,536 bytes"))
            }
            (What::Lookup, Ok(bytes)) => {
                self.lookup = Some(Lookup::parse(bytes, &self.roots, &self.id)?);
                Ok(())
            }
            (What::Tile { wanted, asked }, Err(Absent)) => {
                let answer = if asked.is_full() {
                    Answer::Absent
                } else {
                    Answer::NoPartial
                };
                self.tiles.insert(wanted, answer);
                Ok(())
            }
            (What::Tile { wanted, asked }, Ok(mut bytes)) => {
                // The length is checked before the prefix is taken: a full tile has 8192 bytes.
                asked.check_length(&bytes).map_err(Error::Tile)?;
                bytes.truncate(wanted.bytes());
                self.tiles.insert(wanted, Answer::Bytes(bytes));
                Ok(())
            }
        }
    }

    /// The swap of the last [`Step::Swap`] was done.
    pub fn swapped(&mut self) {
        self.swapped = true;
    }

    /// Another process was there first: `current` is the greatest head that is known now.
    ///
    /// # Errors
    ///
    /// [`Error::Head`] where the pinned key has not signed it; [`Error::Rollback`] where it is
    /// older than the one that was expected; [`Error::Fork`] where it is as great and has another
    /// root.
    pub fn conflict(&mut self, current: &SignedHead) -> Result<(), Error> {
        let current = self.roots.open_head(current.note().as_bytes(), "latest")?;
        refuse_rollback(&self.ours, &current)?;
        if current.head().size == self.ours.head().size && current.head() != self.ours.head() {
            return Err(fork(&self.ours, &current, Vec::new()));
        }
        self.ours = current;
        self.swapped = false;
        Ok(())
    }

    /// The greater of both heads, which must begin with the smaller.
    fn joint_view<'a>(&'a self, lookup: &'a Lookup) -> Result<View<'a>, Error> {
        let (ours, theirs) = (self.ours.head(), lookup.head.head());
        if ours.size == theirs.size && ours.root != theirs.root {
            return Err(fork(&self.ours, &lookup.head, Vec::new()));
        }
        let (head, known) = if theirs.size > ours.size {
            (&lookup.head, &self.ours)
        } else {
            (&self.ours, &lookup.head)
        };
        Ok(View {
            head,
            known: Some(known),
            demand: self.demand.filter(|demand| demand.size <= head.head().size),
        })
    }

    fn gather(&self, view: &View<'_>, record: u64) -> Result<Gathered, Error> {
        let mut tiles = BTreeMap::new();
        let mut reads = Vec::new();
        for tile in view.tiles(record)? {
            match self.tiles.get(&tile) {
                Some(Answer::Bytes(bytes)) => {
                    tiles.insert(tile, bytes.clone());
                }
                Some(Answer::NoPartial) => reads.push(Read::tile(tile, tile.full())),
                Some(Answer::Absent) => return Ok(Gathered::Absent(tile)),
                None => reads.push(Read::tile(tile, tile)),
            }
        }
        if reads.is_empty() {
            return Ok(Gathered::All(tiles));
        }
        Ok(Gathered::Need(reads))
    }

    fn conclude(
        &self,
        view: &View<'_>,
        lookup: &Lookup,
        tiles: BTreeMap<Tile, Vec<u8>>,
    ) -> Result<Step, Error> {
        let tiles = AuthenticTiles::authenticate(view.head.head(), tiles).map_err(Error::Tile)?;
        if let Some(known) = view.known {
            let proof = consistency(&tiles, known.head())?;
            if proof.contradicts {
                return Err(fork(&self.ours, &lookup.head, proof.hashes));
            }
        }
        if let Some(demand) = view.demand
            && consistency(&tiles, &demand)?.contradicts
        {
            return Err(locked_root(&demand));
        }
        let record = self.prove(view, lookup, &tiles)?;
        let greater = lookup.head.head().size > self.ours.head().size;
        if view.known.is_some() && greater && !self.swapped {
            return Ok(Step::Swap {
                expected: self.ours.clone(),
                new: lookup.head.clone(),
            });
        }
        let mut keep: BTreeMap<String, Vec<u8>> = tiles
            .tiles()
            .iter()
            .map(|(tile, bytes)| (tile.format_path(TilePaths::Sumdb), bytes.clone()))
            .collect();
        keep.insert(lookup_path(&self.id), lookup.bytes.clone());
        Ok(Step::Done(Box::new(Proved { record, keep })))
    }

    fn prove(
        &self,
        view: &View<'_>,
        lookup: &Lookup,
        tiles: &AuthenticTiles,
    ) -> Result<Verified<SumRecord>, Error> {
        let (head, number) = (view.head.head(), lookup.record);
        let wrong = |source| Error::Inclusion {
            record: number,
            source,
        };
        let leaf = leaf_hash(lookup.text.as_bytes());
        let inclusion =
            prove_inclusion(head.size, number, &mut |node| tiles.read(node)).map_err(wrong)?;
        check_inclusion(head, number, &leaf, &inclusion).map_err(wrong)?;
        Ok(Verified::vouch(SumRecord {
            id: self.id,
            h1: lookup.h1,
            number,
            text: lookup.text.clone(),
            head: view.head.clone(),
            inclusion,
            joined: view.known.is_some(),
        }))
    }
}

impl View<'_> {
    fn tiles(&self, record: u64) -> Result<BTreeSet<Tile>, Error> {
        let size = self.head.head().size;
        let mut tiles: BTreeSet<Tile> = tiles_for_record(size, record)
            .map_err(Error::Tile)?
            .into_iter()
            .collect();
        let known = self.known.map(|known| known.head().size);
        for older in known
            .into_iter()
            .chain(self.demand.map(|demand| demand.size))
        {
            tiles.extend(tiles_for_consistency(size, older).map_err(Error::Tile)?);
        }
        Ok(tiles)
    }
}

struct Consistency {
    hashes: Vec<Hash>,
    contradicts: bool,
}

/// How the tree of the tiles begins, against what is said of an older one.
fn consistency(tiles: &AuthenticTiles, older: &TreeHead) -> Result<Consistency, Error> {
    let head = tiles.head();
    let hashes = prove_consistency(head.size, older.size, &mut |node| tiles.read(node))
        .map_err(Error::Tile)?;
    Ok(Consistency {
        contradicts: check_consistency(head, older, &hashes).is_err(),
        hashes,
    })
}

fn refuse_rollback(known: &SignedHead, found: &SignedHead) -> Result<(), Error> {
    let (known, found) = (known.head().size, found.head().size);
    if found >= known {
        return Ok(());
    }
    Err(Error::Rollback { known, found })
}

fn fork(known: &SignedHead, served: &SignedHead, proof: Vec<Hash>) -> Error {
    Error::Fork(Box::new(Fork {
        known: known.clone(),
        served: served.clone(),
        proof,
    }))
}

fn locked_root(demand: &TreeHead) -> Error {
    Error::Contradiction {
        what: format!("root of the first {} records", demand.size),
        left: ("goseal.lock", demand.root.to_string()),
        right: ("the checksum database", "another".to_owned()),
    }
}

fn missing(tile: Tile) -> Error {
    Error::Missing {
        path: tile.format_path(TilePaths::Sumdb),
    }
}
