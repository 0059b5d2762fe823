//! The one head under which a mirror shows its releases.
//!
//! The greatest head that is known to the source, to this machine or to the folder, and for which
//! the source has every tile; never a smaller one than lies there.

use std::collections::BTreeMap;

use goseal_core::release::ReleaseId;
use goseal_fetch::{Client, Error as FetchError, SumdbBase};
use goseal_store::MirrorFolder;
use goseal_trust::{
    Absent, Error as TrustError, Read, SignedHead, Snapshot, Stated, Verified, lookup_path,
    read_lookup,
};

use super::take::lookup_of;
use super::{NOTE_LIMIT, Sync, database_file, list_file};
use crate::error::{Breakage, Error, Result};
use crate::prove::{cached, may_be_absent, prove, start_head};
use crate::world::World;

/// How often a snapshot asks for more: partial tiles, then full ones.
const MAX_ROUNDS: usize = 8;

/// What has to fit together.
struct Heads {
    /// In which a snapshot is tried, greatest first.
    tried: Vec<SignedHead>,
    /// For whose holders the tiles are to be there.
    known: Vec<SignedHead>,
    /// The sizes of those that a greater head must be joined to.
    bound: Vec<u64>,
    /// The folder's own size, or that of the smallest tree with all records; no smaller head is tried.
    floor: u64,
}

impl Sync<'_> {
    /// Shows these releases under one head and lists them; `lookups` holds the answers of those that
    /// have just come in.
    pub(super) fn show(
        &self,
        shown: &[ReleaseId],
        mut lookups: BTreeMap<ReleaseId, Vec<u8>>,
    ) -> Result<Option<Verified<Stated>>> {
        let mut list = String::new();
        for id in shown {
            list.extend([
                id.module_version().as_str(),
                "
",
            ]);
        }
        if shown.is_empty() {
            self.folder.write(&list_file(), list.as_bytes())?;
            return Ok(None);
        }
        for id in shown {
            if !lookups.contains_key(id) {
                lookups.insert(*id, self.lookup(id)?);
            }
        }
        lookups.retain(|id, _| shown.contains(id));
        let client = &self.sources.client;
        let name = self.world.product.roots.sumdb_name();
        let base = client.sumdb_base(&self.sources.database, name)?;
        let reader = Tiles {
            world: self.world,
            client,
            base: &base,
            folder: Some(self.folder),
        };
        let stated = self.greatest(&reader, &lookups)?;
        self.publish(&stated)?;
        self.folder.write(&list_file(), list.as_bytes())?;
        Ok(Some(stated))
    }

    /// The answer that lies in the folder; else, after a sync that was killed, the database's.
    fn lookup(&self, id: &ReleaseId) -> Result<Vec<u8>> {
        let name = self.database(&lookup_path(id));
        match self.folder.read(&name, NOTE_LIMIT)? {
            Some(bytes) => Ok(bytes),
            None => Ok(lookup_of(
                &prove(self.world, self.sources, id, None)?.record,
            )),
        }
    }

    /// The snapshot under the greatest head that can be had.
    fn greatest(
        &self,
        reader: &Tiles<'_>,
        lookups: &BTreeMap<ReleaseId, Vec<u8>>,
    ) -> Result<Verified<Stated>> {
        let heads = self.heads(reader, lookups)?;
        let mut first = None;
        for head in &heads.tried {
            if head.head().size < heads.floor {
                break;
            }
            match self.try_under(reader, head, &heads, lookups) {
                Err(Error::Trust(error)) if matches!(*error, TrustError::Missing { .. }) => {
                    first.get_or_insert(Error::Trust(error));
                }
                outcome => return outcome,
            }
        }
        Err(first.unwrap_or(Error::Broken(Breakage::Bug("a mirror without a head"))))
    }

    fn heads(&self, reader: &Tiles<'_>, lookups: &BTreeMap<ReleaseId, Vec<u8>>) -> Result<Heads> {
        let roots = &self.world.product.roots;
        let ours = start_head(self.world)?;
        let mut bound = vec![ours.head().size];
        let mut known = vec![roots.embedded().clone()];
        let kept = goseal_store::read_heads(&self.world.layout)?;
        known.extend(
            kept.iter()
                .filter_map(|note| roots.open_head(note.as_bytes(), "kept").ok()),
        );
        let mut tried = vec![ours];
        let mut floor = 0;
        if let Some(note) = self.folder.read(&self.database("latest"), NOTE_LIMIT)? {
            let head = roots.open_head(&note, "latest")?;
            floor = head.head().size;
            bound.push(floor);
            tried.push(head);
        }
        if let Some(note) = reader.latest()? {
            tried.push(roots.open_head(&note, "latest")?);
        }
        for (id, lookup) in lookups {
            let (head, record) = read_lookup(lookup.clone(), roots, id)?;
            floor = floor.max(record + 1);
            tried.push(head);
        }
        tried.sort_by_key(|head| std::cmp::Reverse(head.head().size));
        tried.dedup_by(|one, other| one.head() == other.head());
        Ok(Heads {
            tried,
            known,
            bound,
            floor,
        })
    }

    fn try_under(
        &self,
        reader: &Tiles<'_>,
        head: &SignedHead,
        heads: &Heads,
        lookups: &BTreeMap<ReleaseId, Vec<u8>>,
    ) -> Result<Verified<Stated>> {
        let make = || -> Result<Snapshot> {
            let roots = &self.world.product.roots;
            let mut snapshot = Snapshot::new(roots, head.note().as_bytes(), "latest")?;
            for (id, lookup) in lookups {
                snapshot.take_lookup(roots, id, lookup.clone())?;
            }
            for older in heads.known.iter().chain(&heads.tried) {
                snapshot.take_older(older.clone())?;
            }
            Ok(snapshot)
        };
        // A tile in a cache may have rotted; what the database itself answers is asked for once.
        let stated = match reader.judge(make()?, true) {
            Err(error) if error.is_distrust() => reader.judge(make()?, false),
            outcome => outcome,
        };
        if let Err(Error::Trust(error)) = &stated
            && let TrustError::Fork(fork) = error.as_ref()
        {
            let (known, served) = (fork.known.note(), fork.served.note());
            goseal_store::keep_fork(&self.world.layout, known, served, &fork.format())?;
        }
        let stated = stated?;
        let unbound = heads
            .bound
            .iter()
            .find(|size| **size < head.head().size && !stated.joins.contains(size));
        match unbound {
            None => Ok(stated),
            Some(size) => Err(TrustError::Missing {
                path: format!("tiles that join the head of {size} records"),
            }
            .into()),
        }
    }

    /// Tiles first, then what leads to them.
    fn publish(&self, stated: &Stated) -> Result<()> {
        let place = |path: &str| match path {
            tile if tile.starts_with("tile/") => 0,
            "supported" => 1,
            "latest" => 3,
            _ => 2,
        };
        let mut files: Vec<_> = stated.files.iter().collect();
        files.sort_by_key(|(path, _)| place(path));
        for (path, bytes) in files {
            self.folder.write(&self.database(path), bytes)?;
        }
        // The list is what makes readers come.
        Ok(self.folder.settle()?)
    }
}

/// Where the tiles of a snapshot are read.
pub(crate) struct Tiles<'a> {
    pub(crate) world: &'a World,
    pub(crate) client: &'a Client,
    pub(crate) base: &'a SumdbBase,
    /// A folder whose own tiles save a read.
    pub(crate) folder: Option<&'a MirrorFolder>,
}

impl Tiles<'_> {
    /// The newest head of the source, where it says one.
    pub(crate) fn latest(&self) -> Result<Option<Vec<u8>>> {
        match self.client.read(self.base, "latest", NOTE_LIMIT) {
            Ok(note) => Ok(Some(note)),
            Err(FetchError::NotCarried { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Answers a snapshot until it has all it needs, and judges it.
    pub(crate) fn judge(&self, mut snapshot: Snapshot, cache: bool) -> Result<Verified<Stated>> {
        for _ in 0..MAX_ROUNDS {
            let reads = snapshot.needs()?;
            if reads.is_empty() {
                return Ok(snapshot.judge()?);
            }
            self.answer(&mut snapshot, &reads, cache)?;
        }
        Err(Error::Broken(Breakage::Bug(
            "a snapshot of the checksum database does not come to an end",
        )))
    }

    fn answer(&self, snapshot: &mut Snapshot, reads: &[Read], cache: bool) -> Result<()> {
        let mut wanted = Vec::new();
        for read in reads {
            match self.kept(read).filter(|_| cache) {
                Some(bytes) => snapshot.answer(read, Ok(bytes))?,
                None => wanted.push(read),
            }
        }
        let paths: Vec<(&str, u64)> = wanted
            .iter()
            .map(|read| (read.path(), read.max_bytes() as u64 + 1))
            .collect();
        let answers = self.client.read_all(self.base, &paths);
        for (read, answer) in wanted.into_iter().zip(answers) {
            match answer {
                Ok(bytes) => snapshot.answer(read, Ok(bytes))?,
                Err(FetchError::TooLong { .. }) => {
                    snapshot.answer(read, Ok(vec![0; read.max_bytes() + 1]))?;
                }
                Err(FetchError::NotCarried { places }) if may_be_absent(read, &places) => {
                    snapshot.answer(read, Err(Absent))?;
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// A tile of the state's cache or of the folder; it is judged like any other.
    fn kept(&self, read: &Read) -> Option<Vec<u8>> {
        let folder = self.folder?;
        let of_folder = || {
            let name = database_file(self.world, read.path());
            let bytes = folder.read(&name, read.max_bytes() as u64).ok()??;
            (bytes.len() == read.max_bytes()).then_some(bytes)
        };
        cached(self.world, read).or_else(of_folder)
    }
}
