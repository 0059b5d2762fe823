//! The verdict over a ledger's folder: is the log what its writers left?

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::path::Path;

use goseal_core::digest::Sha256;

use crate::blob;
use crate::disk::{self, LOG, io};
use crate::error::Error;
use crate::form::BLOCK;
use crate::position;
use crate::read::{BlobReference, Json, Record, push_references};
use crate::record::{RunId, Torn};
pub use crate::replay::{Damage, DamageKind};
use crate::replay::{Entry, Replay};

/// A run or an install that began and has no end: outcome unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unfinished {
    /// Its run.
    pub run: RunId,
    /// The `seq` of its first record.
    pub seq: u64,
    /// Whether it is an install.
    pub install: bool,
}

/// A blob that a record names and that is not there, or is another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlobFault {
    /// The first record that names it.
    pub seq: u64,
    /// The digest it must have.
    pub sha256: Sha256,
    /// Whether it is not there at all.
    pub missing: bool,
}

/// What a folder's log says about itself: only self-consistency, until an anchor says more.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Verdict {
    /// The chain's id, from its genesis record.
    pub chain: Option<[u8; 16]>,
    /// How many records there are whose sum holds.
    pub records: u64,
    /// The first and the last `seq` of them.
    pub range: Option<(u64, u64)>,
    /// Everything that no writer left so, in the order of `seq`.
    pub damages: Vec<Damage>,
    /// Torn tails, each with the `seq` of the record that names it; `None` for one at the end of
    /// the log that the next appender will name.
    pub torn: Vec<(Option<u64>, Torn)>,
    /// The `seq` of the last record where the log ends inside its padding: cut, and no record lost.
    pub unended: Option<u64>,
    /// Runs and installs without an end, in the order of `seq`.
    pub unknown_outcomes: Vec<Unfinished>,
    /// Blobs that are not what a record says.
    pub blobs: Vec<BlobFault>,
    /// The greatest `seq` that is anchored outside this account; nothing anchors yet.
    pub anchored: Option<u64>,
}

impl Verdict {
    /// Whether nothing is damaged; unknown outcomes, torn tails and cut padding are not damage. A
    /// log without a chain is, unless it is no more than a genesis that was cut.
    pub fn is_intact(&self) -> bool {
        let torn: u64 = self.torn.iter().map(|(_, torn)| torn.length).sum();
        let begun = self.chain.is_some() || torn <= BLOCK;
        self.damages.is_empty() && self.blobs.is_empty() && begun
    }
}

/// Reads the whole log of a folder: closed segments in order, then the open one.
///
/// Takes no lock: a record that is being written shows as a torn tail without a name.
///
/// # Errors
///
/// [`Error::Io`] where a file cannot be read; [`Error::NoChain`] where there is no log at all.
pub fn verify_folder(folder: &Path) -> Result<Verdict, Error> {
    let mut audit = Audit {
        folder,
        verdict: Verdict::default(),
        unfinished: BTreeMap::new(),
        known: BTreeSet::new(),
        failure: None,
    };
    let damages = replay_folder(folder, &mut |entry| audit.entry(entry))?;
    if let Some(failure) = audit.failure {
        return Err(failure);
    }
    let mut verdict = audit.verdict;
    verdict.damages = damages;
    verdict.unknown_outcomes = audit.unfinished.into_values().collect();
    verdict
        .unknown_outcomes
        .sort_by_key(|unfinished| unfinished.seq);
    Ok(verdict)
}

/// Hands every entry of a folder's log to `sink`, in order, and gives the damages.
///
/// # Errors
///
/// As [`verify_folder`].
pub fn replay_folder(folder: &Path, sink: &mut dyn FnMut(Entry)) -> Result<Vec<Damage>, Error> {
    let path = folder.join(LOG);
    // The open file first: if it is closed meanwhile, this handle still is it, and the list of
    // closed segments then holds it too.
    let mut log = disk::open_if_there(disk::private().read(true), &path)?;
    let begins = log.as_ref().map(|log| position::first_seq(log, &path));
    let begins = begins.transpose()?.flatten();
    let mut firsts = disk::segments(folder)?;
    firsts.retain(|first| begins.is_none_or(|begins| *first < begins));
    if log.is_none() && firsts.is_empty() {
        return Err(Error::NoChain {
            folder: folder.to_owned(),
            other_owner: false,
        });
    }
    let mut replay = Replay::new();
    for first in firsts {
        let path = disk::segment_path(folder, first);
        let mut file = File::open(&path).map_err(io("open", &path))?;
        let name = format!("{}/{first:020}.jsonl", disk::SEGMENTS);
        let read = replay.file(&name, &mut file, false, sink);
        read.map_err(io("read", &path))?;
    }
    if let Some(log) = &mut log {
        let read = replay.file(LOG, log, true, sink);
        read.map_err(io("read", &path))?;
    }
    Ok(replay.finish())
}

struct Audit<'a> {
    folder: &'a Path,
    verdict: Verdict,
    unfinished: BTreeMap<RunId, Unfinished>,
    /// Blobs that were looked at; as many as there are distinct ones.
    known: BTreeSet<Sha256>,
    failure: Option<Error>,
}

impl Audit<'_> {
    fn entry(&mut self, entry: Entry) {
        match entry {
            Entry::Record(record, _) => self.record(&record),
            Entry::Torn(seq, torn) => self.verdict.torn.push((seq, torn)),
            Entry::Unended(seq) => self.verdict.unended = Some(seq),
            Entry::Gap(_) => {}
        }
    }

    fn record(&mut self, record: &Record) {
        let seq = record.seq;
        self.verdict.records += 1;
        let (first, last) = self.verdict.range.unwrap_or((seq, seq));
        self.verdict.range = Some((first.min(seq), last.max(seq)));
        match record.kind.as_str() {
            "genesis" => {
                let id = record.get("chain").and_then(Json::as_str);
                let id = id.and_then(RunId::parse);
                self.verdict.chain = self.verdict.chain.or(id.map(|id| *id.as_bytes()));
            }
            "start" | "install_started" => {
                let unfinished = Unfinished {
                    run: record.run,
                    seq,
                    install: record.kind != "start",
                };
                self.unfinished.insert(record.run, unfinished);
            }
            "end" | "installed" | "refused" | "failed" => {
                self.unfinished.remove(&record.run);
            }
            _ => {}
        }
        let mut named = record.blobs();
        while let Some(reference) = named.pop() {
            if self.failure.is_none() && self.known.insert(reference.sha256) {
                self.blob(seq, &reference, &mut named);
            }
        }
    }

    fn blob(&mut self, seq: u64, reference: &BlobReference, named: &mut Vec<BlobReference>) {
        let path = blob::path(self.folder, &reference.sha256);
        let fault = |missing| BlobFault {
            seq,
            sha256: reference.sha256,
            missing,
        };
        match fs::read(&path) {
            Ok(bytes) if Sha256::of(&bytes) != reference.sha256 => {
                self.verdict.blobs.push(fault(false));
            }
            Ok(bytes) if reference.json => match Json::parse(&bytes) {
                Some(value) => push_references(&value, named),
                None => self.verdict.blobs.push(fault(false)),
            },
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                self.verdict.blobs.push(fault(true));
            }
            Err(error) => self.failure = Some(io("read", &path)(error)),
        }
    }
}
