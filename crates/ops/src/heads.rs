//! Every signed head of the checksum database that this machine has seen: are they one history, and
//! does it still grow?
//!
//! A head has no date. That a database is frozen shows only by asking for its newest head and
//! finding the one that was the newest long ago; answers to lookups say nothing of that, since
//! proxies keep them.

mod kept;

use std::collections::BTreeMap;
use std::path::PathBuf;

use goseal_fetch::{Error as FetchError, SumdbBase};
use goseal_ledger::record::{Event, Refused};
use goseal_store::Swap;
use goseal_trust::{Absent, Joint, JointStep, Read, SignedHead};

use self::kept::Kept;
use crate::error::{Breakage, Error, Result};
use crate::journal::Journal;
use crate::situation::{Written, read_machine};
use crate::sources::{Sources, sources};
use crate::world::World;

/// Days after which a newest head that did not change is worth a warning.
pub const MAX_AGE_DAYS: u64 = 30;

/// Bytes of a signed note.
const NOTE_LIMIT: u64 = 64 * 1024;
/// Partial tiles, then full ones; a third round is a fault.
const MAX_ROUNDS: usize = 4;
const DAY: u64 = 24 * 60 * 60;

/// What a person asked for.
#[derive(Debug, Clone, Default)]
pub struct HeadsRequest {
    /// Ask nobody: only what is kept.
    pub offline: bool,
    /// A folder or an address that is asked instead of everything else.
    pub from: Option<String>,
}

/// How a head hangs together with the one before it.
#[derive(Debug)]
pub enum Link {
    /// It is the oldest.
    First,
    /// It extends the one before: proved.
    Joined,
    /// The tiles that would join them are not here. Holds why.
    Apart(Box<Error>),
}

/// One signed head.
#[derive(Debug)]
pub struct KeptHead {
    /// The head.
    pub head: SignedHead,
    /// Who keeps it: `goseal`, `state`, `latest`, `database`, or the release whose seal does.
    pub kept: Vec<String>,
    /// When it became the greatest that is known, in seconds since 1970, where that is known.
    pub seen: Option<u64>,
    /// Whether it extends the one before.
    pub link: Link,
}

/// All of them, oldest first.
#[derive(Debug)]
pub struct Heads {
    /// The heads.
    pub heads: Vec<KeptHead>,
    /// What is kept as a head and is not signed by the pinned key. Names whose it is.
    pub damaged: Vec<String>,
    /// The files of forks that are kept.
    pub forks: Vec<PathBuf>,
    /// Who served the newest head; none where nobody was asked.
    pub database: Option<String>,
    /// Why the database could not be asked.
    pub unasked: Option<Error>,
    /// Since how many days the newest head has been the newest.
    pub days: u64,
}

impl Heads {
    /// Whether nothing contradicts anything.
    pub fn is_good(&self) -> bool {
        self.damaged.is_empty() && self.forks.is_empty()
    }

    /// Whether every head is joined to the one before.
    pub fn is_joined(&self) -> bool {
        let apart = |one: &KeptHead| matches!(one.link, Link::Apart(_));
        !self.heads.iter().any(apart)
    }

    /// Whether the newest head has been the newest for too long.
    pub const fn is_old(&self) -> bool {
        self.days > MAX_AGE_DAYS
    }
}

/// Joins every head that is kept, and the database's newest one, to the one before.
///
/// # Errors
///
/// [`Error::Trust`] with both heads where two are of different histories: they are then kept, the
/// refusal is on record, and `latest` is what it was; also for a tile or a head that does not verify.
/// [`Error::Store`]; [`Error::Ledger`].
pub fn verify_heads(world: &World, request: &HeadsRequest) -> Result<Heads> {
    let written = read_machine(world)?;
    match Job::new(world, &written, request)?.run() {
        Err(error) if error.is_distrust() => Err(refused(world, &written, error)?),
        outcome => outcome,
    }
}

/// Keeps a fork and puts what does not verify on record: one record.
fn refused(world: &World, written: &Written, error: Error) -> Result<Error> {
    if let Error::Trust(error) = &error
        && let goseal_trust::Error::Fork(fork) = error.as_ref()
    {
        let (known, served) = (fork.known.note(), fork.served.note());
        goseal_store::keep_fork(&world.layout, known, served, &fork.format())?;
    }
    let journal = Journal::open(world, written)?;
    let refused = Refused {
        release: "none".to_owned(),
        source: journal.text(""),
        archive: None,
        h1: None,
        code: error.code().to_owned(),
        reason: journal.text(&error.to_string()),
    };
    journal.append(journal.new_run(), Event::Refused(refused))?;
    Ok(error)
}

struct Job<'a> {
    world: &'a World,
    wire: Option<(Sources, SumdbBase)>,
    unasked: Option<Error>,
}

impl<'a> Job<'a> {
    fn new(world: &'a World, written: &Written, request: &HeadsRequest) -> Result<Self> {
        let mut job = Self {
            world,
            wire: None,
            unasked: None,
        };
        if request.offline {
            return Ok(job);
        }
        let sources = sources(world, written, request.from.as_deref())?;
        let name = world.product.roots.sumdb_name();
        match sources.client.sumdb_base(&sources.database, name) {
            Ok(base) => job.wire = Some((sources, base)),
            Err(error) => job.unasked = Some(error.into()),
        }
        Ok(job)
    }

    fn run(mut self) -> Result<Heads> {
        let mut kept = Kept::gather(self.world)?;
        for other in std::mem::take(&mut kept.others) {
            if let Some((known, _)) = kept.heads.get(&other.head().size) {
                self.join(known, &other)?;
            }
        }
        let served = self.newest();
        let (served, database) = match served {
            Ok(Some((head, base))) => (Some(head), Some(base)),
            Ok(None) => (None, None),
            Err(error) if error.is_distrust() => return Err(error),
            Err(error) => {
                self.unasked = Some(error);
                (None, None)
            }
        };
        let known = kept.greatest();
        if let Some(head) = &served {
            // Judged against what was known before anything else: a fork is told as such.
            if let Some(known) = &known {
                self.join(known, head)?;
            }
            kept.add(head.clone(), "database");
        }
        let heads = self.chain(kept.heads)?;
        if let (Some(known), Some(head)) = (&known, &served) {
            self.adopt(known, head)?;
        }
        let (heads, days) = self.dated(heads)?;
        Ok(Heads {
            heads,
            damaged: kept.damaged,
            forks: goseal_store::list_forks(&self.world.layout)?,
            database,
            unasked: self.unasked,
            days,
        })
    }

    /// The head that the database shows now.
    fn newest(&self) -> Result<Option<(SignedHead, String)>> {
        let Some((sources, base)) = &self.wire else {
            return Ok(None);
        };
        let note = sources.client.read(base, "latest", NOTE_LIMIT)?;
        let head = self
            .world
            .product
            .roots
            .open_head(&note, "latest of the database")?;
        Ok(Some((head, base.to_string())))
    }

    /// Each head against the one before it.
    fn chain(&self, heads: BTreeMap<u64, (SignedHead, Vec<String>)>) -> Result<Vec<KeptHead>> {
        let mut chain: Vec<KeptHead> = Vec::with_capacity(heads.len());
        for (head, kept) in heads.into_values() {
            let link = match chain.last() {
                None => Link::First,
                Some(before) => self.join(&before.head, &head)?,
            };
            chain.push(KeptHead {
                head,
                kept,
                seen: None,
                link,
            });
        }
        Ok(chain)
    }

    /// Proves that the one is a beginning of the other.
    fn join(&self, known: &SignedHead, served: &SignedHead) -> Result<Link> {
        match self.joined(known, served, true) {
            // A tile in the cache may have rotted; what the database answers is asked once.
            Err(error) if error.is_distrust() && !is_fork(&error) && self.wire.is_some() => {
                self.joined(known, served, false)
            }
            outcome => outcome,
        }
        .map(|()| Link::Joined)
        .or_else(|error| {
            if error.is_distrust() {
                Err(error)
            } else {
                Ok(Link::Apart(Box::new(error)))
            }
        })
    }

    fn joined(&self, known: &SignedHead, served: &SignedHead, cache: bool) -> Result<()> {
        let mut joint = Joint::new(known, served);
        for _ in 0..MAX_ROUNDS {
            let tiles = match joint.step()? {
                JointStep::Joined(tiles) => tiles,
                JointStep::Need(reads) => {
                    self.answer(&mut joint, &reads, cache)?;
                    continue;
                }
            };
            let layout = &self.world.layout;
            let mut tiles = tiles.iter();
            return Ok(tiles
                .try_for_each(|(path, bytes)| goseal_store::write_tile(layout, path, bytes))?);
        }
        Err(Error::Broken(Breakage::Bug(
            "two heads of the checksum database are not joined in four rounds",
        )))
    }

    fn answer(&self, joint: &mut Joint, reads: &[Read], cache: bool) -> Result<()> {
        let mut wanted = Vec::new();
        for read in reads {
            match crate::prove::cached(self.world, read).filter(|_| cache) {
                Some(bytes) => joint.answer(read, Ok(bytes))?,
                None => wanted.push(read),
            }
        }
        let Some((sources, base)) = &self.wire else {
            for read in wanted {
                joint.answer(read, Err(Absent))?;
            }
            return Ok(());
        };
        let paths: Vec<(&str, u64)> = wanted
            .iter()
            .map(|read| (read.path(), read.max_bytes() as u64 + 1))
            .collect();
        let answers = sources.client.read_all(base, &paths);
        for (read, answer) in wanted.into_iter().zip(answers) {
            match answer {
                Ok(bytes) => joint.answer(read, Ok(bytes))?,
                Err(FetchError::NotCarried { .. }) => joint.answer(read, Err(Absent))?,
                Err(FetchError::TooLong { .. }) => {
                    joint.answer(read, Ok(vec![0; read.max_bytes() + 1]))?;
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// A greater head that was joined is the greatest that is known from now on.
    fn adopt(&self, known: &SignedHead, served: &SignedHead) -> Result<()> {
        let layout = &self.world.layout;
        if served.head().size <= known.head().size
            || !matches!(self.join(known, served)?, Link::Joined)
        {
            return Ok(());
        }
        let lies = goseal_store::read_latest(layout)?;
        let roots = &self.world.product.roots;
        let there = lies
            .as_ref()
            .and_then(|note| roots.open_head(note.as_bytes(), "latest").ok());
        if there.is_some_and(|there| there.head().size >= served.head().size) {
            return Ok(());
        }
        let swapped = goseal_store::swap_latest(layout, lies.as_deref(), served.note())?;
        // Another command was faster: what it put there was judged too.
        if swapped == Swap::Swapped {
            goseal_store::keep_head(layout, served.head().size, served.note())?;
        }
        Ok(())
    }

    /// Since when each head has been known; the newest has a date from now on.
    fn dated(&self, mut heads: Vec<KeptHead>) -> Result<(Vec<KeptHead>, u64)> {
        let layout = &self.world.layout;
        let now = self.world.machine.now().0;
        if let Some(newest) = heads.last() {
            let size = newest.head.head().size;
            // Whatever was newest when it was kept has been known since then.
            let kept = goseal_store::head_kept_at(layout, size);
            goseal_store::keep_seen(layout, size, kept.unwrap_or(now).min(now))?;
        }
        let seen: BTreeMap<u64, u64> = goseal_store::read_seen(layout)?.into_iter().collect();
        for one in &mut heads {
            let size = one.head.head().size;
            let kept = || goseal_store::head_kept_at(layout, size).map(|at| at.min(now));
            one.seen = seen.get(&size).copied().or_else(kept);
        }
        let since = heads.last().and_then(|newest| newest.seen).unwrap_or(now);
        Ok((heads, now.saturating_sub(since) / DAY))
    }
}

fn is_fork(error: &Error) -> bool {
    matches!(error, Error::Trust(error) if matches!(error.as_ref(), goseal_trust::Error::Fork(_)))
}
