//! A lock for everybody: what was proved for a release, written where people review it.
//!
//! No archive is downloaded: the h1 comes from the checksum database, the archive's digest from the
//! release index where it answers. A changed h1 for the same release is never an update.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::thread;

use goseal_core::digest::H1;
use goseal_core::lock::{Lock, LockEntry, LockedArchive};
use goseal_core::platform::Platform;
use goseal_core::release::ReleaseId;
use goseal_core::version::Version;
use goseal_fetch::Index;

use crate::error::{Error, LockContradiction, RequestFault, Result};
use crate::index;
use crate::journal::keep_distrust;
use crate::prove::prove;
use crate::situation::Situation;
use crate::sources::{Sources, sources};
use crate::world::World;

/// What is locked where neither project nor policy names a platform: those that people work on.
const USUAL: [&str; 6] = [
    "darwin/amd64",
    "darwin/arm64",
    "linux/amd64",
    "linux/arm64",
    "windows/amd64",
    "windows/arm64",
];

/// What a person asked for.
#[derive(Debug, Clone, Default)]
pub struct LockRequest {
    /// Platforms as typed; without any, this one and those that the project or policy names; where
    /// neither names one, this one and linux, darwin and windows on amd64 and arm64.
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

/// A platform to lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Wanted {
    pub(crate) platform: Platform,
    /// Whether somebody named it, or it is this machine's: a lock without it is incomplete.
    named: bool,
}

/// A platform that could not be locked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// Which.
    pub platform: Platform,
    /// Why.
    pub reason: String,
    /// Whether somebody named it, or it is this machine's. One that is only usual may be missing.
    pub named: bool,
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
    pub left_out: Vec<LeftOut>,
    /// Whether the release index answered, or had nothing to add; else digests of archives lack.
    pub index: bool,
    /// Whether the changes are on disk now.
    pub written: bool,
    /// Whether anything was proved now; where nothing was, nothing is written.
    pub obtained: bool,
}

impl LockReport {
    /// Whether the file on disk is not what it should be.
    pub fn is_stale(&self) -> bool {
        (!self.written && !self.changes.is_empty()) || self.is_incomplete()
    }

    /// Whether a platform that somebody named is not locked.
    pub fn is_incomplete(&self) -> bool {
        self.left_out.iter().any(|left| left.named)
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
    let platforms = wanted(&situation, &request.platforms, true)?;
    let mut report = make(world, &situation, version, &platforms)?;
    if request.check {
        return Ok(report);
    }
    if !report.obtained {
        // Nothing is known that the file does not say.
        report.lock = situation.written.lock.clone().unwrap_or_default();
        report.changes.clear();
    } else if !report.changes.is_empty() {
        write(&mut report)?;
    }
    Ok(report)
}

/// Writes a lock that was made.
///
/// # Errors
///
/// [`Error::Store`].
pub(crate) fn write(report: &mut LockReport) -> Result<()> {
    let text = goseal_config::format_lock(&report.lock);
    goseal_store::write_atomic(&report.path, text.as_bytes(), 0o644)?;
    report.written = true;
    Ok(())
}

/// The release must be locked for the platform at hand, or nothing is written.
///
/// # Errors
///
/// [`Error::Request`].
pub(crate) fn require_this_platform(report: &LockReport, version: Version) -> Result<()> {
    let here = Platform::of_this_build().ok_or_else(Error::no_platform)?;
    match report.left_out.iter().find(|left| left.platform == here) {
        None => Ok(()),
        Some(_) => Err(RequestFault::NothingOffered {
            request: version.to_string(),
            nearest: Vec::new(),
        }
        .into()),
    }
}

/// The platforms that were typed; else this one and those that project or policy name; where
/// neither names one, this one and `usual`.
///
/// # Errors
///
/// [`Error::Request`] for a text that names no platform.
pub(crate) fn wanted(situation: &Situation, typed: &[String], usual: bool) -> Result<Vec<Wanted>> {
    let parse = |text: &String| {
        Platform::parse(text).map_err(|_| RequestFault::Platform(text.clone()).into())
    };
    let mut named: Vec<Platform> = typed.iter().map(parse).collect::<Result<_>>()?;
    let mut usual: &[&str] = if usual && typed.is_empty() {
        &USUAL
    } else {
        &[]
    };
    if typed.is_empty() {
        let written = &situation.written;
        let project = written.project.iter().flat_map(|it| &it.platforms);
        let policy = written.policy.iter().flat_map(|it| &it.platforms);
        named.extend(project.chain(policy));
        if !named.is_empty() {
            usual = &[];
        }
        named.extend(Platform::of_this_build());
    }
    named.sort_unstable();
    named.dedup();
    let usual = usual.iter().filter_map(|text| Platform::parse(text).ok());
    let others = usual.filter(|platform| !named.contains(platform));
    let mut wanted: Vec<Wanted> = others
        .map(|platform| (platform, false))
        .chain(named.iter().map(|platform| (*platform, true)))
        .map(|(platform, named)| Wanted { platform, named })
        .collect();
    wanted.sort_unstable();
    Ok(wanted)
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
    wanted: &[Wanted],
) -> Result<LockReport> {
    let sources = sources(world, &situation.written, None)?;
    let old = situation.written.lock.clone().unwrap_or_default();
    let ids: Vec<ReleaseId> = wanted
        .iter()
        .map(|one| ReleaseId {
            version,
            platform: one.platform,
        })
        .collect();
    let known = |id: &ReleaseId| old.entries.get(id);
    let complete = |id: &ReleaseId| known(id).is_some_and(|entry| entry.archive.is_some());
    let ask = !ids.iter().all(complete);
    let proofs = prove_all(world, &sources, &ids, &old);
    let mut obtained = Vec::new();
    let mut left_out = Vec::new();
    for ((id, one), found) in ids.iter().zip(wanted).zip(proofs) {
        let found =
            found.and_then(|entry| check_unchanged(&situation.lock_path, id, known(id), entry));
        match keep_distrust(world, &situation.written, id, found) {
            Ok(entry) => obtained.push((*id, entry)),
            Err(error) if is_absence(&error) => left_out.push(LeftOut {
                platform: one.platform,
                reason: error.to_string(),
                named: one.named,
            }),
            Err(error) => return Err(error),
        }
    }
    // Asked last: where the database does not answer, nobody waits for the index as well.
    let ask = ask && !obtained.is_empty();
    let index = ask.then(|| index::ask(world).ok()).flatten();
    let complete = |(id, entry): &(ReleaseId, LockEntry)| {
        (*id, completed(id, entry, known(id), index.as_ref()))
    };
    let mut entries: BTreeMap<_, _> = obtained.iter().map(complete).collect();
    keep_other_platforms(&old, version, &mut entries);
    let lock = Lock { entries };
    Ok(LockReport {
        changes: changes(&old, &lock),
        path: situation.lock_path.clone(),
        lock,
        left_out,
        index: index.is_some() || !ask,
        written: false,
        obtained: !obtained.is_empty(),
    })
}

/// Proves releases, in their order. The first by itself: it brings the head and the tiles that the
/// others need, so that these are a lookup and few tiles each, and run side by side.
fn prove_all(
    world: &World,
    sources: &Sources,
    ids: &[ReleaseId],
    old: &Lock,
) -> Vec<Result<LockEntry>> {
    let prove = |id: &ReleaseId| proved(world, sources, id, old.entries.get(id));
    let Some((first, rest)) = ids.split_first() else {
        return Vec::new();
    };
    let first = prove(first);
    thread::scope(|scope| {
        let rest: Vec<_> = rest.iter().map(|id| scope.spawn(|| prove(id))).collect();
        let mut proofs = vec![first];
        proofs.extend(rest.into_iter().map(|one| match one.join() {
            Ok(found) => found,
            Err(panic) => std::panic::resume_unwind(panic),
        }));
        proofs
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
pub(crate) fn is_absence(error: &Error) -> bool {
    match error {
        Error::Trust(error) => matches!(**error, goseal_trust::Error::Missing { .. }),
        Error::Fetch(error) => error.absences().is_some(),
        _ => false,
    }
}

/// What was found, where the lock does not say another h1.
fn check_unchanged(
    path: &Path,
    id: &ReleaseId,
    known: Option<&LockEntry>,
    found: LockEntry,
) -> Result<LockEntry> {
    let number = |entry: &LockEntry| entry.position.map(|at| at.record);
    if let (Some(locked), Some(proved)) = (known.and_then(number), number(&found))
        && locked != proved
    {
        return Err(Error::from(goseal_trust::Error::Contradiction {
            what: format!("record of {id}"),
            left: ("goseal.lock", locked.to_string()),
            right: ("the checksum database", proved.to_string()),
        }));
    }
    match known.filter(|known| known.h1 != found.h1) {
        None => Ok(found),
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

#[cfg(test)]
mod tests {
    use goseal_core::digest::Sha256;
    use goseal_core::evidence::SumdbPosition;

    use super::*;
    use crate::scene::{Scene, h1};

    fn id(text: &str) -> ReleaseId {
        ReleaseId::parse(text).unwrap()
    }

    fn entry(byte: u8, record: u64) -> LockEntry {
        LockEntry {
            h1: h1(byte),
            position: Some(SumdbPosition {
                record,
                tree_size: 100,
                tree_root: Sha256::from_bytes([9; 32]),
            }),
            archive: None,
        }
    }

    fn archive() -> LockedArchive {
        LockedArchive {
            file_name: "go1.22.5.linux-amd64.tar.gz".into(),
            sha256: Sha256::from_bytes([3; 32]),
            size: Some(7),
        }
    }

    #[test]
    fn changes_are_what_a_review_has_to_look_at() {
        let (old, new) = (id("go1.21.1.linux-amd64"), id("go1.22.5.linux-amd64"));
        let arm = id("go1.22.5.linux-arm64");
        let complete = LockEntry {
            archive: Some(archive()),
            ..entry(2, 5)
        };
        let before = Lock {
            entries: [(old, entry(1, 4)), (new, entry(2, 5))].into(),
        };
        let after = Lock {
            entries: [(new, complete), (arm, entry(4, 6))].into(),
        };
        assert_eq!(changes(&after, &after), []);
        assert_eq!(
            changes(&before, &after),
            [
                LockChange::Completed(new),
                LockChange::Added(arm, h1(4)),
                LockChange::Dropped(old),
            ]
        );
    }

    #[test]
    fn an_entry_keeps_its_place_in_the_tree_and_its_archive() {
        let release = id("go1.22.5.linux-amd64");
        let known = LockEntry {
            archive: Some(archive()),
            ..entry(2, 5)
        };
        let found = LockEntry {
            position: Some(SumdbPosition {
                tree_size: 200,
                ..entry(2, 5).position.unwrap()
            }),
            ..entry(2, 5)
        };
        assert_eq!(completed(&release, &found, Some(&known), None), known);
        assert_eq!(completed(&release, &found, None, None), found);
    }

    #[test]
    fn another_h1_for_a_locked_release_is_no_update() {
        let release = id("go1.22.5.linux-amd64");
        let path = Path::new("/p/goseal.lock");
        let check = |known: Option<&LockEntry>| check_unchanged(path, &release, known, entry(2, 5));
        assert!(check(None).is_ok());
        assert!(check(Some(&entry(2, 5))).is_ok());
        for other in [entry(1, 5), entry(2, 4)] {
            let refused = check(Some(&other)).unwrap_err();
            assert!(refused.is_distrust(), "{refused}");
        }
    }

    #[test]
    fn other_platforms_of_the_release_stay_and_other_releases_go() {
        let (old, new) = (id("go1.21.1.linux-amd64"), id("go1.22.5.linux-arm64"));
        let lock = Lock {
            entries: [(old, entry(1, 4)), (new, entry(2, 5))].into(),
        };
        let mut entries = BTreeMap::new();
        keep_other_platforms(&lock, new.version, &mut entries);
        assert_eq!(entries.into_keys().collect::<Vec<_>>(), [new]);
    }

    #[test]
    fn platforms_are_those_typed_or_those_that_files_name() {
        let scene = Scene::new();
        scene.file("project/.go-version", "1.22.5\n");
        scene.file("project/goseal.toml", "platforms = [\"freebsd/arm64\"]\n");
        let situation = Situation::here(&scene.world).unwrap();
        let named = |typed: &[&str]| {
            let typed: Vec<String> = typed.iter().map(|&text| text.to_owned()).collect();
            wanted(&situation, &typed, true)
        };
        let of = |platform: &str| Wanted {
            platform: Platform::parse(platform).unwrap(),
            named: true,
        };
        let freebsd = of("freebsd/arm64");
        let here = Platform::of_this_build().unwrap().to_string();
        assert_eq!(named(&[]).unwrap(), [freebsd, of(&here)]);
        let typed = named(&["freebsd/arm64", "freebsd/arm64"]).unwrap();
        assert_eq!(typed, [freebsd]);
        assert!(named(&["beos"]).is_err());
    }

    #[test]
    fn where_nobody_names_a_platform_the_usual_ones_are_tried_and_only_this_one_is_needed() {
        let scene = Scene::new();
        scene.file("project/.go-version", "1.22.5\n");
        let situation = Situation::here(&scene.world).unwrap();
        let found = wanted(&situation, &[], true).unwrap();
        let platforms: Vec<String> = found.iter().map(|one| one.platform.to_string()).collect();
        assert!(
            USUAL
                .iter()
                .all(|usual| platforms.iter().any(|one| one == usual))
        );
        let here = Platform::of_this_build();
        assert!(
            found
                .iter()
                .all(|one| one.named == (Some(one.platform) == here))
        );
        let of_default = wanted(&situation, &[], false).unwrap();
        assert_eq!(of_default.len(), 1, "a default is this machine's alone");
        let policy = scene.file("policy.toml", "platforms = [\"linux/s390x\"]\n");
        assert_eq!(policy, scene.world.product.policy_path);
        let situation = Situation::here(&scene.world).unwrap();
        assert_eq!(wanted(&situation, &[], true).unwrap().len(), 2);
    }

    #[test]
    fn what_the_database_does_not_have_stops_no_other_platform() {
        let missing = goseal_trust::Error::Missing {
            path: String::new(),
        };
        assert!(is_absence(&missing.into()));
        let rollback = goseal_trust::Error::Rollback { known: 2, found: 1 };
        assert!(!is_absence(&rollback.into()));
    }
}
