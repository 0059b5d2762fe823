//! Is this still what was published? Recomputes installed trees against their seals and proofs.

use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::thread;

use goseal_core::digest::{H1, Sha256};
use goseal_core::layout::door_of;
use goseal_core::manifest::{Difference, Manifest};
use goseal_core::progress::Progress;
use goseal_core::release::ReleaseId;
use goseal_ledger::record::{self, Depth, Event, Outcome, RunId};
use goseal_store::{Installed, Rebuilt, Scan};

use crate::current::named_or_here;
use crate::error::{Error, RebuildFault, Result};
use crate::journal::Journal;
use crate::named::{every_sealed, on_platforms};
use crate::situation::read_machine;
use crate::stamps;
use crate::world::World;

/// What a person asked for.
#[derive(Debug, Clone, Default)]
pub struct VerifyRequest {
    /// Exact releases as typed; without any, the one that runs here.
    pub versions: Vec<String>,
    /// Platforms as typed; without any, this one.
    pub platforms: Vec<String>,
    /// Every installed release.
    pub all: bool,
    /// The identity of the executables only.
    pub quick: bool,
}

/// What was found of one tree.
#[derive(Debug)]
pub struct Verification {
    /// The tree and its seal.
    pub installed: Installed,
    /// How far it looked.
    pub depth: Depth,
    /// How many files were compared.
    pub files: usize,
    /// The identity that was computed; only of a deep look.
    pub h1: Option<H1>,
    /// Whether a stored proof was checked again.
    pub proof: bool,
    /// The statement of a rebuild that speaks of this toolchain, where there is one.
    pub rebuilt: Option<Rebuilt>,
    /// Published files that differ.
    pub differences: Vec<Difference>,
    /// Links, doors and odd files, as facts.
    pub faults: Vec<String>,
    /// Files with other permissions than they were installed with, relative to the tree.
    pub modes: Vec<PathBuf>,
    /// The table of the tree before its files were read; only of a deep look.
    pub(crate) table: Option<Sha256>,
    /// The files as the seal has them.
    sealed: Manifest,
}

impl Verification {
    /// Whether nothing differs.
    pub fn is_good(&self) -> bool {
        self.differences.is_empty() && self.faults.is_empty() && self.modes.is_empty()
    }

    /// Everything but published files that differ, as facts in order.
    pub fn facts(&self) -> Vec<String> {
        let modes = self.modes.iter().map(|path| mode_fact(path));
        let mut facts: Vec<String> = self.faults.iter().cloned().chain(modes).collect();
        facts.sort_unstable();
        facts
    }
}

/// Verifies installed releases; each is a record.
///
/// A tree that differs is a result, not an error: the caller shows all of them.
///
/// # Errors
///
/// [`Error::NotInstalled`]; [`Error::Store`] and [`Error::Trust`] for a seal or proof that is
/// itself damaged; [`Error::Ledger`].
pub fn verify(
    world: &World,
    request: &VerifyRequest,
    progress: &dyn Progress,
) -> Result<Vec<Verification>> {
    let journal = Journal::open(world, &read_machine(world)?)?;
    let ids = if request.all {
        every_sealed(world)?
    } else {
        on_platforms(named_or_here(world, &request.versions)?, &request.platforms)?
    };
    ids.iter()
        .map(|id| Ok(verify_one(world, &journal, id, request.quick, progress)?.0))
        .collect()
}

/// Looks at one tree; what was found, and the number of its record.
pub(crate) fn verify_one(
    world: &World,
    journal: &Journal<'_>,
    id: &ReleaseId,
    quick: bool,
    progress: &dyn Progress,
) -> Result<(Verification, u64)> {
    // A damaged seal is a finding like any other, and on record.
    let looked = match goseal_store::find(&world.layout, id) {
        Ok(None) => return Err(Error::not_installed(*id)),
        Ok(Some(installed)) if quick => look_quickly(world, installed),
        Ok(Some(installed)) => look_deeply(world, installed, progress),
        Err(error) => Err(error.into()),
    };
    let (outcome, differences, h1) = match &looked {
        Ok(found) if found.is_good() => (Outcome::Ok, 0, found.h1),
        Ok(found) => (
            Outcome::Findings,
            found.differences.len() + found.faults.len() + found.modes.len(),
            found.h1,
        ),
        Err(_) => (Outcome::Refused, 0, None),
    };
    let depth = if quick { Depth::Quick } else { Depth::Deep };
    let at = journal.append(
        RunId::NONE,
        Event::Verified(record::Verified {
            release: id.to_string(),
            h1,
            source: None,
            depth,
            outcome,
            differences: differences as u64,
        }),
    )?;
    if looked.as_ref().map_or(true, |found| !found.is_good()) {
        // What was found must not be forgotten by the next build. Where the state cannot be written
        // every build compares.
        let _ = stamps::forget_tree(&world.layout, id);
    }
    let found = looked?;
    if found.is_good() && !quick {
        remember(world, &found, at.seq);
    }
    Ok((found, at.seq))
}

/// The stamps of now are those of bytes that were just hashed. They save work and prove nothing:
/// where the state cannot be written the next plan hashes again.
pub(crate) fn remember(world: &World, found: &Verification, seq: u64) {
    let (layout, installed) = (&world.layout, &found.installed);
    let known = stamps::as_written(installed, &found.sealed);
    let identity = stamps::identity_of(installed, &found.sealed, &known);
    if let Ok(identity) = identity {
        let _ = stamps::write(layout, &installed.id, Some(seq), &identity);
    }
    let _ = stamps::write_tree(layout, installed, found.table);
}

fn look_quickly(world: &World, installed: Installed) -> Result<Verification> {
    let manifest = goseal_store::read_manifest(&world.layout, &installed)?;
    let known = stamps::read(&world.layout, &installed.id);
    let (files, differences) = match stamps::identity_of(&installed, &manifest, &known) {
        Ok(identity) => (identity.len(), Vec::new()),
        Err(Error::Differs { differences, .. }) => (differences.len(), differences),
        Err(error) => return Err(error),
    };
    let mut faults = Vec::new();
    Ok(Verification {
        rebuilt: check_rebuilt(world, &installed, &mut faults)?,
        installed,
        depth: Depth::Quick,
        files,
        h1: None,
        proof: false,
        differences,
        faults,
        modes: Vec::new(),
        table: None,
        sealed: manifest,
    })
}

fn look_deeply(
    world: &World,
    installed: Installed,
    progress: &dyn Progress,
) -> Result<Verification> {
    let layout = &world.layout;
    let (published, table, scan) = thread::scope(|scope| {
        // The list of the seal takes as long to read as the tree takes to be walked.
        let published = scope.spawn(|| goseal_store::read_manifest(layout, &installed));
        let table = goseal_inputs::tree_digest(&installed.root).ok();
        let scan = goseal_store::scan_installed(&installed, progress);
        let published = published.join();
        (
            published.unwrap_or_else(|panic| resume_unwind(panic)),
            table,
            scan,
        )
    });
    let (published, mut scan) = (published?, scan?);
    scan.modes.sort_unstable();
    let h1 = scan.manifest.h1(&installed.id);
    let mut faults = faults_of(&installed, &scan);
    let proof = check_proof(world, &installed, &mut faults)?;
    let rebuilt = check_rebuilt(world, &installed, &mut faults)?;
    Ok(Verification {
        depth: Depth::Deep,
        files: scan.manifest.len(),
        h1: Some(h1),
        proof,
        rebuilt,
        differences: published.differences(&scan.manifest),
        faults,
        modes: scan.modes,
        table,
        sealed: published,
        installed,
    })
}

/// Checks the stored proof again, without a network: signature, inclusion, and that it speaks of
/// this tree.
fn check_proof(world: &World, installed: &Installed, faults: &mut Vec<String>) -> Result<bool> {
    let text = goseal_store::read_proof(&world.layout, installed)?;
    if text.is_empty() {
        return Ok(false);
    }
    let record = goseal_trust::verify_proof(&text, &world.product.roots)?;
    let proven = &installed.seal.proven;
    if record.id != installed.id || record.h1 != proven.h1 {
        faults.push(format!(
            "the stored proof is of {} with {}",
            record.id, record.h1
        ));
    }
    if Some(record.position()) != proven.sumdb {
        faults.push("the stored proof is of another place than the seal says".to_owned());
    }
    Ok(true)
}

/// Reads the statement of a rebuild again: it must speak of this toolchain.
fn check_rebuilt(
    world: &World,
    installed: &Installed,
    faults: &mut Vec<String>,
) -> Result<Option<Rebuilt>> {
    let found = goseal_store::read_rebuilt(&world.layout, &installed.id)?;
    if let Some(other) = found.as_ref().filter(|one| !one.is_of(installed)) {
        faults.push(format!(
            "the statement of a rebuild is of {} with {}",
            other.release, other.h1
        ));
        return Ok(None);
    }
    Ok(found)
}

/// The published files of a tree that is, now, what its seal and its proof say.
///
/// # Errors
///
/// [`Error::Differs`] and [`crate::RebuildFault::Drifted`] where it is not; [`Error::Store`] and
/// [`Error::Trust`] for a seal or proof that is itself damaged.
pub(crate) fn proved_now(
    world: &World,
    installed: &Installed,
    progress: &dyn Progress,
) -> Result<goseal_core::manifest::Manifest> {
    let found = look_deeply(world, installed.clone(), progress)?;
    let id = installed.id;
    if !found.differences.is_empty() {
        let differences = found.differences;
        return Err(Error::Differs { id, differences });
    }
    if let Some(fault) = found.faults.into_iter().next() {
        return Err(RebuildFault::Drifted { id, fault }.into());
    }
    Ok(goseal_store::read_manifest(&world.layout, installed)?)
}

fn mode_fact(path: &Path) -> String {
    let path = path.display();
    format!("{path} has other permissions than it was installed with")
}

fn faults_of(installed: &Installed, scan: &Scan) -> Vec<String> {
    let seal = &installed.seal;
    faults_of_scan(scan, seal.door.zip(seal.home))
}

/// What is no published file and does not belong there; with `doors`, the digests that a door and
/// `pkg/goseal/home` must have.
pub(crate) fn faults_of_scan(scan: &Scan, doors: Option<(Sha256, Sha256)>) -> Vec<String> {
    let mut faults = Vec::new();
    for link in &scan.links {
        faults.push(format!("{} is a symbolic link", link.display()));
    }
    for odd in &scan.odd {
        faults.push(format!("{} is no file that a release has", odd.display()));
    }
    if let Some((shim, home)) = doors {
        for door in scan.doors.iter().filter(|door| door.sha256 != shim) {
            faults.push(format!(
                "the door bin/{} is not the one that was installed",
                door.name
            ));
        }
        let published = scan.manifest.iter().map(|(name, _)| name.as_str());
        for name in published.filter_map(door_of) {
            if !scan.doors.iter().any(|door| door.name == name) {
                faults.push(format!("the door bin/{name} is missing"));
            }
        }
        if scan.home != Some(home) {
            faults.push("pkg/goseal/home is not the one that was installed".to_owned());
        }
    }
    // The scan is parallel: without an order two looks at one tree would say different things.
    faults.sort_unstable();
    faults
}

#[cfg(test)]
mod tests {
    use goseal_core::archive::ArchiveForm;
    use goseal_core::evidence::Evidence;
    use goseal_core::progress::Silent;
    use goseal_store::{Proven, SealHead};

    use super::*;
    use crate::scene::{Scene, h1, release};

    fn installed() -> Installed {
        let digest = Sha256::of(b"home");
        let id = release("1.22.5");
        Installed {
            id,
            root: PathBuf::from("/s/toolchains/x"),
            seal: SealHead {
                proven: Proven {
                    release: id,
                    h1: h1(1),
                    evidence: vec![Evidence::Sumdb],
                    sumdb: None,
                    joined: true,
                    minisign: None,
                    unmet: Vec::new(),
                },
                archive_form: ArchiveForm::ModuleZip,
                archive_name: "x.zip".into(),
                archive_sha256: digest,
                archive_size: 1,
                served_by: "somebody".into(),
                answered: goseal_store::Answered::default(),
                outside_h1: false,
                manifest: digest,
                proof: digest,
                door: Some(digest),
                home: Some(digest),
                build: "1".into(),
                installed_at: "2026-01-01T00:00:00Z".into(),
            },
        }
    }

    fn scan() -> Scan {
        Scan {
            manifest: Manifest::default(),
            links: Vec::new(),
            odd: Vec::new(),
            modes: Vec::new(),
            doors: Vec::new(),
            home: installed().seal.home,
        }
    }

    #[test]
    fn links_doors_and_homes_are_faults_of_their_own() {
        let installed = installed();
        assert_eq!(faults_of(&installed, &scan()), Vec::<String>::new());
        let faulty = Scan {
            links: vec!["src/l".into()],
            odd: vec!["src/pipe".into()],
            home: None,
            ..scan()
        };
        assert_eq!(
            faults_of(&installed, &faulty),
            [
                "pkg/goseal/home is not the one that was installed",
                "src/l is a symbolic link",
                "src/pipe is no file that a release has",
            ]
        );
    }

    #[test]
    fn what_is_not_installed_cannot_be_verified() {
        let scene = Scene::new();
        let request = VerifyRequest {
            versions: vec!["1.22.5".into()],
            ..VerifyRequest::default()
        };
        let refused = verify(&scene.world, &request, &Silent).unwrap_err();
        assert!(matches!(refused, Error::NotInstalled { .. }), "{refused}");
        let all = VerifyRequest {
            all: true,
            ..VerifyRequest::default()
        };
        assert!(verify(&scene.world, &all, &Silent).unwrap().is_empty());
    }

    #[test]
    fn a_damaged_seal_is_on_record_and_hidden_by_nothing() {
        let scene = Scene::new();
        let id = release("1.22.5");
        scene.file(&format!("home/toolchains/{id}/VERSION"), "go1.22.5\n");
        scene.file(&format!("home/seals/{id}/seal"), "nonsense\n");
        let all = VerifyRequest {
            all: true,
            ..VerifyRequest::default()
        };
        let refused = verify(&scene.world, &all, &Silent).unwrap_err();
        assert!(refused.is_distrust(), "{refused}");
        let log = scene.log();
        assert!(log.contains("\"type\":\"verified\""), "{log}");
        assert!(log.contains("\"outcome\":\"refused\""), "{log}");
    }
}
