//! Is this still what was published? Recomputes installed trees against their seals and proofs.

use goseal_core::digest::H1;
use goseal_core::manifest::Difference;
use goseal_core::progress::Progress;
use goseal_core::release::ReleaseId;
use goseal_ledger::record::{self, Depth, Event, Outcome, RunId};
use goseal_store::{Installed, Scan};

use crate::current::{list, named_or_here};
use crate::error::{Error, Result};
use crate::journal::Journal;
use crate::situation::read_machine;
use crate::stamps;
use crate::world::World;

/// What a person asked for.
#[derive(Debug, Clone, Default)]
pub struct VerifyRequest {
    /// Exact releases as typed; without any, the one that runs here.
    pub versions: Vec<String>,
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
    /// Published files that differ.
    pub differences: Vec<Difference>,
    /// Doors, links and modes that are not as installed, as facts.
    pub faults: Vec<String>,
}

impl Verification {
    /// Whether nothing differs.
    pub fn is_good(&self) -> bool {
        self.differences.is_empty() && self.faults.is_empty()
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
    let ids: Vec<ReleaseId> = if request.all {
        list(world)?.iter().map(|installed| installed.id).collect()
    } else {
        named_or_here(world, &request.versions)?
    };
    ids.iter()
        .map(|id| verify_one(world, &journal, id, request.quick, progress))
        .collect()
}

fn verify_one(
    world: &World,
    journal: &Journal<'_>,
    id: &ReleaseId,
    quick: bool,
    progress: &dyn Progress,
) -> Result<Verification> {
    let installed =
        goseal_store::find(&world.layout, id)?.ok_or(Error::NotInstalled { id: *id })?;
    let looked = if quick {
        look_quickly(world, installed)
    } else {
        look_deeply(world, installed, progress)
    };
    let (outcome, differences, h1) = match &looked {
        Ok(found) if found.is_good() => (Outcome::Ok, 0, found.h1),
        Ok(found) => (
            Outcome::Findings,
            found.differences.len() + found.faults.len(),
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
            depth,
            outcome,
            differences: differences as u64,
        }),
    )?;
    let found = looked?;
    if found.is_good() && !quick {
        remember(world, &found.installed, at.seq)?;
    }
    Ok(found)
}

/// The stamps of now are those of bytes that were just hashed.
fn remember(world: &World, installed: &Installed, seq: u64) -> Result<()> {
    let manifest = goseal_store::read_manifest(&world.layout, installed)?;
    let known = stamps::as_written(installed, &manifest);
    let identity = stamps::identity_of(installed, &manifest, &known)?;
    stamps::write(&world.layout, &installed.id, Some(seq), &identity)
}

fn look_quickly(world: &World, installed: Installed) -> Result<Verification> {
    let manifest = goseal_store::read_manifest(&world.layout, &installed)?;
    let known = stamps::read(&world.layout, &installed.id);
    let (files, differences) = match stamps::identity_of(&installed, &manifest, &known) {
        Ok(identity) => (identity.len(), Vec::new()),
        Err(Error::Differs { differences, .. }) => (differences.len(), differences),
        Err(error) => return Err(error),
    };
    Ok(Verification {
        installed,
        depth: Depth::Quick,
        files,
        h1: None,
        proof: false,
        differences,
        faults: Vec::new(),
    })
}

fn look_deeply(
    world: &World,
    installed: Installed,
    progress: &dyn Progress,
) -> Result<Verification> {
    let layout = &world.layout;
    let published = goseal_store::read_manifest(layout, &installed)?;
    let scan = goseal_store::scan(&installed.root, true, None, progress)?;
    let h1 = scan.manifest.h1(&installed.id);
    let mut faults = faults_of(&installed, &scan);
    let proof = check_proof(world, &installed, &mut faults)?;
    Ok(Verification {
        depth: Depth::Deep,
        files: scan.manifest.len(),
        h1: Some(h1),
        proof,
        differences: published.differences(&scan.manifest),
        faults,
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

fn faults_of(installed: &Installed, scan: &Scan) -> Vec<String> {
    let seal = &installed.seal;
    let mut faults = Vec::new();
    for link in &scan.links {
        faults.push(format!("{} is a symbolic link", link.display()));
    }
    for odd in &scan.odd {
        faults.push(format!("{} is no file that a release has", odd.display()));
    }
    for path in &scan.modes {
        faults.push(format!(
            "{} has other permissions than it was installed with",
            path.display()
        ));
    }
    for door in scan.doors.iter().filter(|door| door.sha256 != seal.door) {
        faults.push(format!(
            "the door bin/{} is not the one that was installed",
            door.name
        ));
    }
    if scan.home != Some(seal.home) {
        faults.push("pkg/goseal/home is not the one that was installed".to_owned());
    }
    faults
}
