//! Asking the checksum database: drives the client of `trust` with the wire and the state.
//!
//! The client decides and judges; this only carries. A tile from the cache is an answer like any
//! other and is authenticated again.

use std::cell::{Cell, RefCell};

use goseal_core::evidence::SumdbPosition;
use goseal_core::release::ReleaseId;
use goseal_fetch::proxy::Place;
use goseal_fetch::{Absence, Answer, Error as FetchError, SumdbBase};
use goseal_ledger::record::{Event, RunId, Warned};
use goseal_store::Swap;
use goseal_trust::{
    Absent, Client, Proved, Read, SignedHead, StateFault, Step, SumRecord, Verified,
};

use crate::error::{Breakage, Error, Result};
use crate::journal::Journal;
use crate::situation::read_machine;
use crate::sources::Sources;
use crate::world::World;

/// How often a client asks for more before that is a fault: one lookup, partial tiles, full tiles,
/// and again after a conflict with another process.
const MAX_ROUNDS: usize = 64;

/// What the paths of tiles begin with.
const TILES: &str = "tile/";

/// A proved record and who served it.
#[derive(Debug, Clone)]
pub(crate) struct Answered {
    /// The record.
    pub record: Verified<SumRecord>,
    /// The base that served the database.
    pub served_by: String,
}

/// Proves the record of a release; `demand` is what a lock says of the database's tree.
///
/// # Errors
///
/// [`Error::Fetch`] where the database is out of reach; [`Error::Trust`] where something does not
/// verify or the database has no such record; [`Error::Store`] where the state cannot be kept.
pub(crate) fn prove(
    world: &World,
    sources: &Sources,
    id: &ReleaseId,
    demand: Option<&SumdbPosition>,
) -> Result<Answered> {
    let roots = &world.product.roots;
    // Go itself would ask the database's own host here; who sets GOPROXY to `off` wants nobody asked.
    if let [first, ..] = sources.database.as_slice()
        && first.place == Place::Off
    {
        let (place, answer) = (first.place.to_string(), Answer::Off);
        let places = vec![Absence { place, answer }];
        return Err(FetchError::NotCarried { places }.into());
    }
    let base = sources
        .client
        .sumdb_base(&sources.database, roots.sumdb_name())?;
    let asking = Asking {
        world,
        sources,
        base: &base,
        id,
        demand,
        from_cache: Cell::new(false),
        absent: RefCell::default(),
    };
    // A tile in the cache may have rotted; what the database itself answers is never asked again.
    let proved = match asking.once(true) {
        Err(error) if error.is_distrust() && asking.from_cache.get() => asking.once(false),
        outcome => outcome,
    };
    if let Err(Error::Trust(error)) = &proved
        && let goseal_trust::Error::Fork(fork) = error.as_ref()
    {
        let (known, served) = (fork.known.note(), fork.served.note());
        goseal_store::keep_fork(&world.layout, known, served, &fork.format())?;
    }
    let proved = proved.map_err(|error| asking.with_address(error))?;
    for (path, bytes) in proved
        .keep
        .iter()
        .filter(|(path, _)| path.starts_with(TILES))
    {
        goseal_store::write_tile(&world.layout, path, bytes)?;
    }
    Ok(Answered {
        record: proved.record,
        served_by: base.to_string(),
    })
}

/// One question to the database.
struct Asking<'a> {
    world: &'a World,
    sources: &'a Sources,
    base: &'a SumdbBase,
    id: &'a ReleaseId,
    demand: Option<&'a SumdbPosition>,
    /// Whether an answer came out of the cache.
    from_cache: Cell<bool>,
    /// What the database was asked for and did not have, by address.
    absent: RefCell<Vec<Absence>>,
}

impl Asking<'_> {
    fn once(&self, cache: bool) -> Result<Proved> {
        let roots = &self.world.product.roots;
        let start = start_head(self.world)?;
        let mirrors = self.sources.mirrors.iter().map(|hop| hop.place.to_string());
        let base = self.base.to_string();
        let mirror = mirrors.into_iter().any(|mirror| base.starts_with(&mirror));
        let mut client = Client::new(roots.clone(), self.id, &start, mirror)?;
        if let Some(demand) = self.demand {
            client = client.demanding(demand);
        }
        for _ in 0..MAX_ROUNDS {
            match client.step()? {
                Step::Need(reads) => self.answer(&mut client, &reads, cache)?,
                Step::Swap { expected, new } => swap(self.world, &mut client, &expected, &new)?,
                Step::Done(proved) => return Ok(*proved),
            }
        }
        Err(Error::Broken(Breakage::Bug(
            "the checksum database's client does not come to an end",
        )))
    }

    /// What is not there is named by the addresses that were asked, where the wire was.
    fn with_address(&self, error: Error) -> Error {
        // A lookup without an answer is named by its release, which says more than an address.
        let missing = |error: &Error| match error {
            Error::Trust(error) => matches!(
                error.as_ref(),
                goseal_trust::Error::Missing { path } if path.starts_with(TILES)
            ),
            _ => false,
        };
        let places = self.absent.take();
        if missing(&error) && !places.is_empty() {
            FetchError::NotCarried { places }.into()
        } else {
            error
        }
    }

    fn answer(&self, client: &mut Client, reads: &[Read], cache: bool) -> Result<()> {
        let mut wanted = Vec::new();
        for read in reads {
            match cached(self.world, read).filter(|_| cache) {
                Some(bytes) => {
                    self.from_cache.set(true);
                    client.answer(read, Ok(bytes))?;
                }
                None => wanted.push(read),
            }
        }
        // One byte more than an answer may have: that an answer is too long is for the client to
        // judge, like all that is wrong with it.
        let paths: Vec<(&str, u64)> = wanted
            .iter()
            .map(|read| (read.path(), read.max_bytes() as u64 + 1))
            .collect();
        let answers = self.sources.client.read_all(self.base, &paths);
        for (read, answer) in wanted.into_iter().zip(answers) {
            match answer {
                Ok(bytes) => client.answer(read, Ok(bytes))?,
                Err(FetchError::TooLong { .. }) => {
                    let beyond = vec![0; read.max_bytes() + 1];
                    client.answer(read, Ok(beyond))?;
                }
                Err(FetchError::NotCarried { places }) if may_be_absent(read, &places) => {
                    self.absent.borrow_mut().extend(places);
                    client.answer(read, Err(Absent))?;
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}

/// The greatest head whose signed note is kept. A `latest` that was lost, damaged or put back is
/// said on record and made good.
pub(crate) fn start_head(world: &World) -> Result<SignedHead> {
    let latest = goseal_store::read_latest(&world.layout)?;
    let texts = goseal_store::read_heads(&world.layout)?;
    let kept: Vec<&[u8]> = texts.iter().map(String::as_bytes).collect();
    let start = world
        .product
        .roots
        .start(latest.as_ref().map(String::as_bytes), &kept)?;
    let size = start.head.head().size;
    if start.fault.is_none() && latest.as_ref().is_some_and(|note| !texts.contains(note)) {
        // A kill between the exchange of `latest` and the keeping of its note.
        goseal_store::keep_head(&world.layout, size, start.head.note())?;
    }
    if let Some(fault) = start.fault {
        record_fault(world, fault, size)?;
        goseal_store::swap_latest(&world.layout, latest.as_deref(), start.head.note())?;
    }
    Ok(start.head)
}

fn record_fault(world: &World, fault: StateFault, known: u64) -> Result<()> {
    let what = match fault {
        StateFault::Absent => "was not there".to_owned(),
        StateFault::Damaged => "held no signed head".to_owned(),
        StateFault::Older(size) => format!("held a head of {size} records"),
    };
    let path = world.layout.sumdb().join("latest");
    let reason = format!("{} {what}; {known} records are known", path.display());
    let journal = Journal::open(world, &read_machine(world)?)?;
    let warned = Warned {
        lost_run: None,
        code: "sumdb-state".to_owned(),
        reason: journal.text(&reason),
    };
    journal.append(RunId::NONE, Event::Warned(warned))?;
    Ok(())
}

/// A 403 on a lookup is a proxy that forbids, not a database without the record.
pub(crate) fn may_be_absent(read: &Read, places: &[Absence]) -> bool {
    let forbidden = places
        .iter()
        .any(|place| place.answer == Answer::Status(403));
    read.path().starts_with(TILES) || !forbidden
}

/// Tiles never change; a lookup's answer carries a head and is asked for anew.
pub(crate) fn cached(world: &World, read: &Read) -> Option<Vec<u8>> {
    if !read.path().starts_with(TILES) {
        return None;
    }
    let bytes = goseal_store::read_tile(&world.layout, read.path())
        .ok()
        .flatten()?;
    (bytes.len() == read.max_bytes()).then_some(bytes)
}

fn swap(world: &World, client: &mut Client, expected: &SignedHead, new: &SignedHead) -> Result<()> {
    let layout = &world.layout;
    let lies = goseal_store::read_latest(layout)?;
    // What lies there may be the expected head, nothing, damage or a rollback: all are replaced. A
    // head of another process that is as great or greater is not.
    let opened = lies.as_ref().and_then(|note| {
        world
            .product
            .roots
            .open_head(note.as_bytes(), "latest")
            .ok()
    });
    if let Some(current) = opened.filter(|found| {
        found.head() != expected.head() && found.head().size >= expected.head().size
    }) {
        return Ok(client.conflict(&current)?);
    }
    match goseal_store::swap_latest(layout, lies.as_deref(), new.note())? {
        Swap::Swapped => {
            goseal_store::keep_head(layout, new.head().size, new.note())?;
            client.swapped();
        }
        // The next step asks for the swap again and finds what is there now.
        Swap::Conflict(_) => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use goseal_fetch::Absence;

    use super::*;
    use crate::scene::{Scene, release};

    /// What a client of the release asks first: one lookup.
    fn first_read(scene: &Scene) -> Read {
        let start = start_head(&scene.world).unwrap();
        let roots = scene.world.product.roots.clone();
        let client = Client::new(roots, &release("1.22.5"), &start, false);
        match client.unwrap().step().unwrap() {
            Step::Need(reads) => reads.into_iter().next().unwrap(),
            _ => panic!("nothing is known yet"),
        }
    }

    #[test]
    fn a_proxy_that_forbids_is_no_database_without_the_record() {
        let scene = Scene::new();
        let read = first_read(&scene);
        assert!(read.path().starts_with("lookup/"), "{}", read.path());
        let answered = |status| {
            let place = "https://a.example".to_owned();
            let answer = Answer::Status(status);
            may_be_absent(&read, &[Absence { place, answer }])
        };
        assert!(answered(404) && answered(410));
        assert!(!answered(403));
    }

    #[test]
    fn a_lookup_is_never_answered_from_the_cache() {
        let scene = Scene::new();
        assert_eq!(cached(&scene.world, &first_read(&scene)), None);
    }

    #[test]
    fn a_state_that_is_lost_starts_at_the_embedded_head() {
        let scene = Scene::new();
        let embedded = start_head(&scene.world).unwrap();
        scene.file("home/sumdb/latest", "nonsense\n");
        assert_eq!(start_head(&scene.world).unwrap(), embedded);
    }
}
