//! Is this Go the published one? Any tree on the machine, whoever put it there.
//!
//! The tree says which release it is; the checksum database says what that release's files hash to;
//! where the two differ the published files are fetched, proved, and compared one by one. Nothing is
//! written to the tree, and no installed state changes.

use std::path::{Path, PathBuf};

use goseal_core::digest::{H1, Sha256};
use goseal_core::evidence::SumdbPosition;
use goseal_core::layout::{BEHIND_DOOR, place_in_tree};
use goseal_core::manifest::{Difference, Entry, EntryName, Manifest, OUTSIDE_H1};
use goseal_core::platform::Platform;
use goseal_core::policy::Apart;
use goseal_core::progress::Progress;
use goseal_core::release::ReleaseId;
use goseal_ledger::record::{self, Depth, Event, Outcome, RunId};
use goseal_store::{Scan, Stage};
use goseal_trust::{SumRecord, Verified};

use crate::error::{Error, RequestFault, Result};
use crate::init::{home_of, shim_file};
use crate::journal::{Journal, keep_distrust};
use crate::lines::{LineChange, line_changes};
use crate::prove::prove;
use crate::published::{Published, Reasons, fetch_published};
use crate::situation::{Written, read_machine};
use crate::sources::{Sources, sources};
use crate::verify::faults_of_scan;
use crate::world::World;

/// Bytes of a file that is compared line by line; longer ones are named by digest and size.
const TEXT_LIMIT: u64 = 256 * 1024;
/// Bytes of a shim.
const SHIM_LIMIT: u64 = 64 << 20;

/// What a person asked for.
#[derive(Debug, Clone)]
pub struct TreeRequest {
    /// The folder that would be GOROOT.
    pub root: PathBuf,
    /// Its platform, where the tree does not say it.
    pub platform: Option<String>,
    /// A folder or an address that is asked instead of everything else.
    pub from: Option<String>,
}

/// A published file whose content is another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedFile {
    /// Which.
    pub name: EntryName,
    /// What was published.
    pub published: Entry,
    /// What is there.
    pub found: Entry,
    /// Which lines differ, of small texts.
    pub lines: Option<Vec<LineChange>>,
}

/// In what a tree differs, file by file, each list in order of names.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Compared {
    /// Files with other content.
    pub changed: Vec<ChangedFile>,
    /// Files that were published and are not there.
    pub missing: Vec<EntryName>,
    /// Files that are there and were never published.
    pub extra: Vec<EntryName>,
    /// Who served what it was compared with.
    pub served_by: String,
}

/// What was found of one tree.
#[derive(Debug)]
pub struct TreeVerification {
    /// The tree, links resolved.
    pub root: PathBuf,
    /// The release that it says it is.
    pub id: ReleaseId,
    /// Whether it has goseal's doors, which were mapped back to the published names.
    pub doors: bool,
    /// Files that the h1 covers.
    pub files: usize,
    /// Files in `api`, `doc`, `misc` and `test`, which no h1 covers and which were not judged.
    pub ignored: usize,
    /// The identity that was computed.
    pub h1: H1,
    /// The identity that was published.
    pub published: H1,
    /// Where the database records it.
    pub position: SumdbPosition,
    /// Who served the database.
    pub database: String,
    /// Links, doors and odd files, as facts.
    pub faults: Vec<String>,
    /// The files that differ; none where the h1 is the published one, or where they could not be
    /// told.
    pub compared: Option<Compared>,
    /// Why the files that differ could not be told.
    pub uncompared: Option<Error>,
}

impl TreeVerification {
    /// Whether nothing differs.
    pub fn is_good(&self) -> bool {
        self.h1 == self.published && self.faults.is_empty()
    }

    /// How many things differ, as far as they are known; at least one where the h1 does.
    pub fn count(&self) -> usize {
        let files = match &self.compared {
            Some(it) => it.changed.len() + it.missing.len() + it.extra.len(),
            None => usize::from(self.h1 != self.published),
        };
        files + self.faults.len()
    }
}

/// Compares a tree with what was published; on record whatever comes of it.
///
/// A tree that differs is a result, not an error.
///
/// # Errors
///
/// [`Error::Request`] for a folder that says of no release that it is it; [`Error::Fetch`] where the
/// database is out of reach; [`Error::Trust`] where it does not verify or has no record of the
/// release; [`Error::Store`] where the tree cannot be read; [`Error::Ledger`].
pub fn verify_tree(
    world: &World,
    request: &TreeRequest,
    progress: &dyn Progress,
) -> Result<TreeVerification> {
    let written = read_machine(world)?;
    let (root, id) = release_of(world, request)?;
    let journal = Journal::open(world, &written)?;
    let look = Look {
        world,
        written: &written,
        root: &root,
        id,
        progress,
    };
    let looked = look.at_it(request.from.as_deref());
    let (outcome, differences, h1) = match &looked {
        Ok(found) if found.is_good() => (Outcome::Ok, 0, Some(found.h1)),
        Ok(found) => (Outcome::Findings, found.count(), Some(found.h1)),
        Err(error) if error.is_distrust() => (Outcome::Refused, 0, None),
        Err(_) => (Outcome::Failed, 0, None),
    };
    let verified = record::Verified {
        release: id.to_string(),
        h1,
        source: Some(journal.text(&root.display().to_string())),
        depth: Depth::Deep,
        outcome,
        differences: differences as u64,
    };
    journal.append(RunId::NONE, Event::Verified(verified))?;
    looked
}

/// The tree without links in its path, and the release that it says it is.
fn release_of(world: &World, request: &TreeRequest) -> Result<(PathBuf, ReleaseId)> {
    let given = world.cwd.join(&request.root);
    let no_release = |reason: &str| RequestFault::Tree {
        path: given.clone(),
        reason: reason.to_owned(),
    };
    let root = std::fs::canonicalize(&given)
        .ok()
        .filter(|root| root.is_dir())
        .ok_or_else(|| no_release("is no folder"))?;
    let said = goseal_store::read_release_of_tree(&root)?;
    let Some(platform) = &request.platform else {
        let id = said.ok_or_else(|| {
            no_release("does not say which release and platform it is, by VERSION and pkg/tool")
        })?;
        return Ok((root, id));
    };
    let platform =
        Platform::parse(platform).map_err(|_| RequestFault::Platform(platform.clone()))?;
    let version = goseal_store::read_version_of_tree(&root)?
        .ok_or_else(|| no_release("does not say which release it is, by VERSION"))?;
    Ok((root, ReleaseId { version, platform }))
}

struct Look<'a> {
    world: &'a World,
    written: &'a Written,
    root: &'a Path,
    id: ReleaseId,
    progress: &'a dyn Progress,
}

impl Look<'_> {
    fn at_it(&self, from: Option<&str>) -> Result<TreeVerification> {
        let (world, id) = (self.world, self.id);
        let sources = sources(world, self.written, from)?;
        // Asked first: without an answer there is nothing to compare with.
        let answered = keep_distrust(world, self.written, &id, prove(world, &sources, &id, None))?;
        let record = &answered.record;
        let doors = self.root.join(BEHIND_DOOR).join("home").is_file();
        let scan = goseal_store::scan(self.root, doors, None, self.progress)?;
        let (covered, ignored) = covered(&scan.manifest)?;
        let h1 = covered.h1(&id);
        let faults = self.faults(&scan, doors)?;
        let mut found = TreeVerification {
            root: self.root.to_owned(),
            id,
            doors,
            files: covered.len(),
            ignored,
            h1,
            published: record.h1,
            position: record.position(),
            database: answered.served_by.clone(),
            faults,
            compared: None,
            uncompared: None,
        };
        if h1 != record.h1 {
            match self.compare(&sources, record, &covered, doors) {
                Ok(compared) => found.compared = Some(compared),
                Err(error) => found.uncompared = Some(error),
            }
        }
        Ok(found)
    }

    /// Links and odd files anywhere; doors that are not this program's, since nobody published
    /// those.
    fn faults(&self, scan: &Scan, doors: bool) -> Result<Vec<String>> {
        if !doors {
            return Ok(faults_of_scan(scan, None));
        }
        let shim = shim_file(self.world);
        let bytes = goseal_store::read_bounded(&shim, SHIM_LIMIT)?.unwrap_or_default();
        let allowed = (
            Sha256::of(&bytes),
            Sha256::of(home_of(self.world)?.format().as_bytes()),
        );
        let own = &self.world.layout;
        let is_ours = std::fs::canonicalize(own.tree(&self.id)).is_ok_and(|ours| ours == self.root);
        if is_ours && let Some(installed) = goseal_store::find(own, &self.id)? {
            let seal = installed.seal;
            return Ok(faults_of_scan(scan, seal.door.zip(seal.home)));
        }
        Ok(faults_of_scan(scan, Some(allowed)))
    }

    /// Fetches what was published and compares file by file.
    fn compare(
        &self,
        sources: &Sources,
        record: &Verified<SumRecord>,
        found: &Manifest,
        doors: bool,
    ) -> Result<Compared> {
        let (world, id) = (self.world, self.id);
        let guard = goseal_store::lock_release(&world.layout, &id, || {})?;
        let stage = Stage::new(&world.layout, &guard)?;
        let reasons = Reasons {
            record,
            lock: None,
            indexes: None,
            required: &[],
            unmet: &[],
            apart: Apart::Allow,
        };
        let fetched = fetch_published(sources, stage, reasons, self.progress);
        let published = keep_distrust(world, self.written, &id, fetched)?;
        let mut compared = Compared {
            served_by: published.archive.served_by.clone(),
            ..Compared::default()
        };
        let (known, _) = covered(&published.manifest)?;
        for difference in known.differences(found) {
            match difference {
                Difference::Missing(name) => compared.missing.push(name),
                Difference::Extra(name) => compared.extra.push(name),
                Difference::Changed(name) => {
                    let pair = known.get(&name).copied().zip(found.get(&name).copied());
                    let changed = pair.map(|pair| self.changed(&published, name, pair, doors));
                    compared.changed.extend(changed);
                }
            }
        }
        Ok(compared)
    }

    fn changed(
        &self,
        published: &Published<'_>,
        name: EntryName,
        (was, is): (Entry, Entry),
        doors: bool,
    ) -> ChangedFile {
        let behind = place_in_tree(name.as_str());
        let place = if doors {
            behind.as_str()
        } else {
            name.as_str()
        };
        let read = |path: PathBuf| goseal_store::read_bounded(&path, TEXT_LIMIT).ok().flatten();
        let old = read(published.stage.tree().join(&behind));
        let new = read(self.root.join(place));
        let lines = old.zip(new).and_then(|(old, new)| line_changes(&old, &new));
        ChangedFile {
            name,
            published: was,
            found: is,
            lines,
        }
    }
}

/// The files that the h1 covers, and how many others there are.
fn covered(all: &Manifest) -> Result<(Manifest, usize)> {
    let files = all.iter().filter(|(name, _)| name.is_covered_by_h1());
    let covered = Manifest::from_files(files.map(|(name, entry)| (name.clone(), *entry)));
    let covered = covered.map_err(|source| goseal_store::Error::Names {
        path: PathBuf::from(OUTSIDE_H1.join(" ")),
        source,
    })?;
    let others = all.len() - covered.len();
    Ok((covered, others))
}

#[cfg(test)]
mod tests {
    use goseal_core::progress::Silent;

    use super::*;
    use crate::scene::Scene;

    fn refused(scene: &Scene, platform: Option<&str>) -> Error {
        let request = TreeRequest {
            root: scene.root().join("tree"),
            platform: platform.map(str::to_owned),
            from: None,
        };
        verify_tree(&scene.world, &request, &Silent).unwrap_err()
    }

    #[test]
    fn a_folder_that_is_no_release_is_a_request_that_names_none() {
        let scene = Scene::new();
        let said = |error: Error| {
            assert!(matches!(error, Error::Request(_)), "{error}");
            let root = scene.root().display().to_string();
            error.to_string().replace(&root, "")
        };
        assert_eq!(said(refused(&scene, None)), "/tree is no folder");
        scene.file("tree/VERSION", "devel go1.27-abcdef\n");
        let unsaid = "/tree does not say which release";
        assert!(said(refused(&scene, None)).starts_with(unsaid));
        assert!(said(refused(&scene, Some("linux/amd64"))).starts_with(unsaid));
        scene.file("tree/VERSION", "go1.22.5\n");
        assert!(said(refused(&scene, None)).starts_with(unsaid));
        let other = said(refused(&scene, Some("linux-amd64")));
        assert!(other.contains("not a platform"), "{other}");
    }
}
