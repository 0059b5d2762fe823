//! What changes from one release to another: files, tools, known vulnerabilities.
//!
//! Of an installed release its seal says what it consists of. Another one is fetched into a stage,
//! held to the h1 of the checksum database, and removed again: nothing is installed.

use std::collections::BTreeMap;
use std::thread;

use goseal_core::feed::FeedEntry;
use goseal_core::manifest::{Difference, EntryName, Manifest};
use goseal_core::platform::Platform;
use goseal_core::progress::Progress;
use goseal_core::release::ReleaseId;
use goseal_core::version::Version;
use goseal_fetch::Target;
use goseal_store::Stage;

use crate::error::{Error, Result};
use crate::journal::keep_distrust;
use crate::offers::or_nearest;
use crate::outdated::read_feed;
use crate::pin::resolve;
use crate::prove::prove;
use crate::situation::Situation;
use crate::sources::sources;
use crate::world::World;

/// How many files changed, came and went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Other content.
    pub changed: usize,
    /// Only in the new release.
    pub added: usize,
    /// Only in the old one.
    pub removed: usize,
}

impl Counts {
    fn count(&mut self, difference: &Difference) {
        let counter = match difference {
            Difference::Changed(_) => &mut self.changed,
            Difference::Missing(_) => &mut self.removed,
            Difference::Extra(_) => &mut self.added,
        };
        *counter += 1;
    }

    /// All of them.
    pub const fn total(&self) -> usize {
        self.changed + self.added + self.removed
    }
}

/// In what two releases differ, over the files that the h1 covers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FileChanges {
    /// All files.
    pub all: Counts,
    /// By folder: `bin`, `pkg/tool`, and the first part of every other name; empty for files of the
    /// root.
    pub folders: BTreeMap<String, Counts>,
    /// Executables that differ, in order of names. `Missing` is one that the new release lacks.
    pub executables: Vec<Difference>,
    /// Bytes of the old release's files, and of the new one's.
    pub sizes: (u64, u64),
}

/// What an upgrade brings.
#[derive(Debug, Clone)]
pub struct Change {
    /// The release that is chosen now.
    pub from: Version,
    /// The release that was asked for.
    pub to: Version,
    /// The files; `None` where one of the two is not installed and nothing was fetched.
    pub files: Option<FileChanges>,
    /// Vulnerabilities that the feed knows in the old release and not in the new one.
    pub closed: Vec<FeedEntry>,
    /// Vulnerabilities that it knows in the new one.
    pub open: Vec<FeedEntry>,
}

/// Compares the release that is chosen here with the one that a request means. What is not
/// installed is fetched, proved and removed again. Nothing is pinned or written.
///
/// # Errors
///
/// [`Error::Pin`] where no release is chosen here; [`Error::Request`], [`Error::Fetch`],
/// [`Error::Trust`] and [`Error::Store`] as an install.
pub fn difference(world: &World, request: &str, progress: &dyn Progress) -> Result<Change> {
    let situation = Situation::here(world)?;
    let from = situation.choice()?.id.version;
    let to = resolve(world, &situation, request)?;
    let mut change = change_of(world, &situation, from, to)?;
    if change.files.is_none() {
        let manifest = |version| manifest_of(world, &situation, version, progress);
        change.files = Some(compare(&manifest(from)?, &manifest(to)?));
    }
    Ok(change)
}

/// The same by what is known without fetching.
///
/// # Errors
///
/// [`Error::Store`] for a seal that is damaged, [`Error::Config`] for a feed that is none.
pub(crate) fn change_of(
    world: &World,
    situation: &Situation,
    from: Version,
    to: Version,
) -> Result<Change> {
    let (old, new) = (installed(world, from)?, installed(world, to)?);
    let feed = read_feed(&situation.written)?.and_then(|(_, feed)| feed);
    let feed = feed.as_ref();
    let own = |found: Vec<&FeedEntry>| found.into_iter().cloned().collect();
    Ok(Change {
        from,
        to,
        files: old.zip(new).map(|(old, new)| compare(&old, &new)),
        closed: own(feed.map(|feed| feed.closed(from, to)).unwrap_or_default()),
        open: own(feed
            .map(|feed| feed.vulnerabilities(to))
            .unwrap_or_default()),
    })
}

fn here(version: Version) -> Result<ReleaseId> {
    let platform = Platform::of_this_build().ok_or_else(Error::no_platform)?;
    Ok(ReleaseId { version, platform })
}

/// The files of an installed release, by its seal.
fn installed(world: &World, version: Version) -> Result<Option<Manifest>> {
    let found = goseal_store::find(&world.layout, &here(version)?)?;
    let manifest = found.map(|installed| goseal_store::read_manifest(&world.layout, &installed));
    Ok(manifest.transpose()?)
}

fn manifest_of(
    world: &World,
    situation: &Situation,
    version: Version,
    progress: &dyn Progress,
) -> Result<Manifest> {
    if let Some(manifest) = installed(world, version)? {
        return Ok(manifest);
    }
    let id = here(version)?;
    let fetched = fetch(world, situation, &id, progress);
    keep_distrust(world, &situation.written, &id, fetched)
        .map_err(|error| or_nearest(world, situation, version, error))
}

/// Fetches what was published. The stage is removed when this returns.
fn fetch(
    world: &World,
    situation: &Situation,
    id: &ReleaseId,
    progress: &dyn Progress,
) -> Result<Manifest> {
    let sources = sources(world, &situation.written, None)?;
    let guard = goseal_store::lock_release(&world.layout, id, || {})?;
    let stage = Stage::new(&world.layout, &guard)?;
    let (path, mut file) = stage.archive_file()?;
    let target = Target {
        file: &mut file,
        path: &path,
    };
    let (proved, fetched) = thread::scope(|scope| {
        let proving = scope.spawn(|| prove(world, &sources, id, None));
        let client = &sources.client;
        let fetched = client.download(&sources.toolchains, id, target, progress);
        match proving.join() {
            Ok(proved) => (proved, fetched),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    });
    let record = proved?.record;
    let manifest = goseal_store::unpack(&fetched?, &stage, false, None, progress)?;
    let found = manifest.h1(id);
    if found == record.h1 {
        return Ok(manifest);
    }
    Err(Error::from(goseal_trust::Error::Contradiction {
        what: format!("h1 of {id}"),
        left: ("the checksum database", record.h1.to_string()),
        right: ("the archive", found.to_string()),
    }))
}

/// Compares two manifests over what the h1 covers: the rest depends on the form of the archive.
fn compare(old: &Manifest, new: &Manifest) -> FileChanges {
    let mut changes = FileChanges {
        sizes: (covered_size(old), covered_size(new)),
        ..FileChanges::default()
    };
    let differences = old.differences(new);
    for difference in differences {
        let name = difference.name();
        if !name.is_covered_by_h1() {
            continue;
        }
        changes.all.count(&difference);
        let folder = folder_of(name).to_owned();
        changes
            .folders
            .entry(folder)
            .or_default()
            .count(&difference);
        if is_executable(name) {
            changes.executables.push(difference);
        }
    }
    changes
}

fn covered_size(manifest: &Manifest) -> u64 {
    let covered = manifest.iter().filter(|(name, _)| name.is_covered_by_h1());
    covered
        .map(|(_, entry)| entry.size)
        .fold(0, u64::saturating_add)
}

/// The two folders of tools by themselves; else the first part of the name.
fn folder_of(name: &EntryName) -> &str {
    let name = name.as_str();
    match name.split_once('/') {
        Some(("pkg", rest)) if rest.starts_with("tool/") => "pkg/tool",
        Some((first, _)) => first,
        None => "",
    }
}

fn is_executable(name: &EntryName) -> bool {
    let name = name.as_str();
    name.starts_with("bin/") || name.starts_with("pkg/tool/")
}

#[cfg(test)]
mod tests {
    use goseal_core::digest::Sha256;
    use goseal_core::manifest::Entry;

    use super::*;

    fn manifest(files: &[(&str, &str)]) -> Manifest {
        let entry = |(name, content): &(&str, &str)| {
            let entry = Entry {
                sha256: Sha256::of(content.as_bytes()),
                size: content.len() as u64,
            };
            (EntryName::parse(name).unwrap(), entry)
        };
        Manifest::from_files(files.iter().map(entry)).unwrap()
    }

    #[test]
    fn files_are_counted_by_folder_and_executables_are_named() {
        let old = manifest(&[
            ("VERSION", "go1.22.5"),
            ("bin/go", "1"),
            ("bin/gofmt", "same"),
            ("pkg/tool/linux_amd64/dist", "1"),
            ("pkg/include/a.h", "1"),
            ("src/a.go", "1"),
            ("test/x", "outside"),
        ]);
        let new = manifest(&[
            ("VERSION", "go1.26.10"),
            ("bin/go", "22"),
            ("bin/gofmt", "same"),
            ("pkg/tool/linux_amd64/fix", "1"),
            ("src/a.go", "1"),
            ("src/b.go", "1"),
            ("src/c.go", "1"),
        ]);
        let changes = compare(&old, &new);
        let counts = |changed, added, removed| Counts {
            changed,
            added,
            removed,
        };
        assert_eq!(changes.all, counts(2, 3, 2));
        let folders = [
            ("", counts(1, 0, 0)),
            ("bin", counts(1, 0, 0)),
            ("pkg", counts(0, 0, 1)),
            ("pkg/tool", counts(0, 1, 1)),
            ("src", counts(0, 2, 0)),
        ];
        let folders = folders.map(|(name, counts)| (name.to_owned(), counts));
        assert_eq!(changes.folders, folders.into());
        let names: Vec<String> = changes
            .executables
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(
            names,
            [
                "changed bin/go",
                "missing pkg/tool/linux_amd64/dist",
                "extra   pkg/tool/linux_amd64/fix",
            ]
        );
        assert_eq!(changes.sizes, (16, 19));
        assert_eq!(compare(&new, &new).all.total(), 0);
    }
}
