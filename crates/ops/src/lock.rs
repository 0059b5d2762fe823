//! A lock for everybody: what was proved for a release, written where people review it.
//!
//! No archive is downloaded: the h1 comes from the checksum database, the archive's digest from the
//! release index where it answers. A changed h1 for the same release is never an update.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use goseal_core::digest::H1;
use goseal_core::lock::{Lock, LockEntry, LockedArchive};
use goseal_core::platform::Platform;
use goseal_core::release::ReleaseId;
use goseal_core::version::Version;
use goseal_fetch::Index;

use crate::error::{Error, LockContradiction, RequestFault, Result};
use crate::prove::prove;
use crate::situation::Situation;
use crate::sources::{Sources, sources};
use crate::world::World;

/// What a person asked for.
#[derive(Debug, Clone, Default)]
pub struct LockRequest {
    /// Platforms as typed; without any, this one and those that the project or policy names.
    pub platforms: Vec<String>,
    /// Write nothing.
    pub check: bool,
}

/// What changed in a lock, or would.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LockChange {
    /// A new entry.
    Added(ReleaseId, H1),
    /// The same identity, with more known of it.
    Completed(ReleaseId),
    /// An entry of a release that is neither pin nor default.
    Dropped(ReleaseId),
}

/// A lock that was made or checked.
#[derive(Debug, Clone)]
pub struct LockReport {
    /// The file.
    pub path: PathBuf,
    /// What it holds now, or would hold.
    pub lock: Lock,
    /// What changed, in the order of releases.
    pub changes: Vec<LockChange>,
    /// Platforms that could not be locked, and why.
    pub left_out: Vec<(Platform, String)>,
    /// Whether the release index answered; without it no archive's digest is known.
    pub index: bool,
}

impl LockReport {
    /// Whether the file on disk is not what it should be.
    pub fn is_stale(&self) -> bool {
        !self.changes.is_empty() || !self.left_out.is_empty()
    }
}

/// Makes or checks the lock of the release that runs here.
///
/// # Errors
///
/// What [`Situation::here`] says; [`Error::LockContradicted`] where the database has another h1 than
/// the lock; [`Error::Trust`] and [`Error::Fetch`] of the proof for this platform.
pub fn lock(world: &World, request: &LockRequest) -> Result<LockReport> {
    let situation = Situation::here(world)?;
    let version = situation.choice()?.id.version;
    let platforms = named_platforms(&situation, &request.platforms)?;
    let report = make(world, &situation, version, &platforms)?;
    if !request.check && !report.changes.is_empty() {
        write(&report)?;
    }
    Ok(report)
}

/// Writes a lock that was made.
///
/// # Errors
///
/// [`Error::Store`].
pub(crate) fn write(report: &LockReport) -> Result<()> {
    let text = goseal_config::format_lock(&report.lock);
    Ok(goseal_store::write_atomic(
        &report.path,
        text.as_bytes(),
        0o644,
    )?)
}

/// The release must be locked for the platform at hand, or nothing is written.
///
/// # Errors
///
/// [`Error::Request`].
pub(crate) fn require_this_platform(report: &LockReport, version: Version) -> Result<()> {
    let here = Platform::of_this_build().ok_or_else(Error::no_platform)?;
    match report
        .left_out
        .iter()
        .find(|(platform, _)| *platform == here)
    {
        None => Ok(()),
        Some(_) => Err(RequestFault::NothingOffered(version.to_string()).into()),
    }
}

/// The platforms that were typed; else this one and those that project or policy name.
///
/// # Errors
///
/// [`Error::Request`] for a text that names no platform.
pub(crate) fn named_platforms(situation: &Situation, typed: &[String]) -> Result<Vec<Platform>> {
    let parse = |text: &String| {
        Platform::parse(text).map_err(|_| RequestFault::Platform(text.clone()).into())
    };
    let mut platforms: Vec<Platform> = typed.iter().map(parse).collect::<Result<_>>()?;
    if platforms.is_empty() {
        let written = &situation.written;
        platforms.extend(Platform::of_this_build());
        platforms.extend(
            written
                .project
                .iter()
                .flat_map(|project| &project.platforms),
        );
        platforms.extend(written.policy.iter().flat_map(|policy| &policy.platforms));
    }
    platforms.sort_unstable();
    platforms.dedup();
    Ok(platforms)
}

/// Makes the lock of a release for platforms, and compares it with the one that lies there.
///
/// # Errors
///
/// As [`lock`].
pub(crate) fn make(
    world: &World,
    situation: &Situation,
    version: Version,
    platforms: &[Platform],
) -> Result<LockReport> {
    let sources = sources(world, &situation.written, None)?;
    let index = index(world, &sources);
    let old = situation.written.lock.clone().unwrap_or_default();
    let mut entries: BTreeMap<ReleaseId, LockEntry> = BTreeMap::new();
    let mut left_out = Vec::new();
    for platform in platforms {
        let id = ReleaseId {
            version,
            platform: *platform,
        };
        let known = old.entries.get(&id);
        match proved(world, &sources, &id, known) {
            Ok(entry) => {
                check_unchanged(&situation.lock_path, &id, known, &entry)?;
                entries.insert(id, completed(&id, &entry, known, index.as_ref()));
            }
            Err(error) if is_absence(&error) => left_out.push((*platform, error.to_string())),
            Err(error) => return Err(error),
        }
    }
    keep_other_platforms(&old, version, &mut entries);
    let lock = Lock { entries };
    Ok(LockReport {
        changes: changes(&old, &lock),
        path: situation.lock_path.clone(),
        lock,
        left_out,
        index: index.is_some(),
    })
}

fn proved(
    world: &World,
    sources: &Sources,
    id: &ReleaseId,
    known: Option<&LockEntry>,
) -> Result<LockEntry> {
    let demand = known.and_then(|entry| entry.position);
    let record = prove(world, sources, id, demand.as_ref())?.record;
    Ok(LockEntry {
        h1: record.h1,
        position: Some(record.position()),
        archive: None,
    })
}

/// A release or platform that the database does not have is named, and does not stop the others.
fn is_absence(error: &Error) -> bool {
    match error {
        Error::Trust(error) => matches!(**error, goseal_trust::Error::Missing { .. }),
        Error::Fetch(error) => error.absences().is_some(),
        _ => false,
    }
}

fn check_unchanged(
    path: &Path,
    id: &ReleaseId,
    known: Option<&LockEntry>,
    found: &LockEntry,
) -> Result<()> {
    let number = |entry: &LockEntry| entry.position.map(|at| at.record);
    if let (Some(locked), Some(proved)) = (known.and_then(number), number(found))
        && locked != proved
    {
        return Err(Error::from(goseal_trust::Error::Contradiction {
            what: format!("record of {id}"),
            left: ("goseal.lock", locked.to_string()),
            right: ("the checksum database", proved.to_string()),
        }));
    }
    match known.filter(|known| known.h1 != found.h1) {
        None => Ok(()),
        Some(known) => Err(Error::LockContradicted(Box::new(LockContradiction {
            path: path.to_owned(),
            id: *id,
            locked: known.h1,
            other: "the checksum database",
            found: found.h1,
        }))),
    }
}

/// An entry that was there keeps its tree position, so that a review sees only what is new.
fn completed(
    id: &ReleaseId,
    found: &LockEntry,
    known: Option<&LockEntry>,
    index: Option<&Index>,
) -> LockEntry {
    let known_archive = known.and_then(|known| known.archive.clone());
    let known_position = known.and_then(|known| known.position);
    LockEntry {
        position: known_position.or(found.position),
        archive: known_archive.or_else(|| index.and_then(|index| archive_of(index, id))),
        h1: found.h1,
    }
}

/// What the index says of the release archive; an entry without a digest says nothing.
fn archive_of(index: &Index, id: &ReleaseId) -> Option<LockedArchive> {
    let entry = index.find(id)?;
    Some(LockedArchive {
        file_name: entry.file_name.clone(),
        sha256: entry.sha256?,
        size: entry.size,
    })
}

/// The release index is a nicety: without it the lock has no archive digests.
fn index(world: &World, sources: &Sources) -> Option<Index> {
    let base = goseal_fetch::Address::parse(&world.product.archive_base).ok()?;
    sources
        .client
        .index(&base)
        .ok()
        .map(|index| index.untrusted().clone())
}

/// Entries of the same release for platforms that were not asked for stay as they are.
fn keep_other_platforms(
    old: &Lock,
    version: Version,
    entries: &mut BTreeMap<ReleaseId, LockEntry>,
) {
    for (id, entry) in old.entries.iter().filter(|(id, _)| id.version == version) {
        entries.entry(*id).or_insert_with(|| entry.clone());
    }
}

fn changes(old: &Lock, new: &Lock) -> Vec<LockChange> {
    let mut changes = Vec::new();
    for (id, entry) in &new.entries {
        match old.entries.get(id) {
            None => changes.push(LockChange::Added(*id, entry.h1)),
            Some(known) if known != entry => changes.push(LockChange::Completed(*id)),
            Some(_) => {}
        }
    }
    let dropped = old
        .entries
        .keys()
        .filter(|id| !new.entries.contains_key(id));
    changes.extend(dropped.map(|id| LockChange::Dropped(*id)));
    changes
}
