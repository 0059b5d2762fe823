//! Putting an installed tree back to what was published.
//!
//! The whole tree is made anew in a stage, from an archive that is judged as at an install, and
//! exchanged with the one that differs: whoever runs from it sees one or the other. The proof that
//! the seal keeps is evidence enough, so that a folder of archives repairs without a network.

use goseal_core::lock::LockEntry;
use goseal_core::progress::Progress;
use goseal_core::release::ReleaseId;
use goseal_ledger::record::Wall;
use goseal_store::{Doors, Installed, ReleaseGuard, SealNotes, Stage};

use crate::current::named_or_here;
use crate::error::{Error, Result};
use crate::evidence::{Demands, Finding, Findings, ask_indexes};
use crate::init::{home_of, shim_file};
use crate::install::on_record::{Stopped, installed_event, started_event};
use crate::journal::Journal;
use crate::named::{every_sealed, on_platforms, runs_here};
use crate::prove::{Answered, prove};
use crate::published::{Reasons, fetch_published};
use crate::situation::Situation;
use crate::sources::{Sources, sources};
use crate::stamps;
use crate::verify::{Verification, VerifyRequest, verify};
use crate::world::World;

/// What a person asked for.
#[derive(Debug, Clone, Default)]
pub struct RepairRequest {
    /// Exact releases as typed; without any, the one that runs here.
    pub versions: Vec<String>,
    /// Platforms as typed; without any, this one.
    pub platforms: Vec<String>,
    /// Every installed release.
    pub all: bool,
    /// A folder or an address that is asked instead of everything else.
    pub from: Option<String>,
}

/// One release that is as published now.
#[derive(Debug)]
pub struct Repaired {
    /// What differed before; none where seal or proof were damaged themselves, so that nothing
    /// could be compared.
    pub before: Option<Verification>,
    /// What is there now.
    pub after: Verification,
    /// Whether anything was put back.
    pub restored: bool,
}

/// Verifies installed releases and restores those that differ; each step is on record.
///
/// # Errors
///
/// [`Error::NotInstalled`]; what [`crate::install`] says of its steps. A tree that was not restored
/// lies as it lay.
pub fn repair(
    world: &World,
    request: &RepairRequest,
    progress: &dyn Progress,
    on_wait: &dyn Fn(&ReleaseId),
) -> Result<Vec<Repaired>> {
    let situation = Situation::here(world)?;
    let ids = if request.all {
        every_sealed(world)?
    } else {
        on_platforms(named_or_here(world, &request.versions)?, &request.platforms)?
    };
    let job = Job {
        world,
        situation: &situation,
        from: request.from.as_deref(),
        progress,
        on_wait,
    };
    ids.into_iter().map(|id| job.repair(id)).collect()
}

struct Job<'a> {
    world: &'a World,
    situation: &'a Situation,
    from: Option<&'a str>,
    progress: &'a dyn Progress,
    on_wait: &'a dyn Fn(&ReleaseId),
}

impl Job<'_> {
    fn repair(&self, id: ReleaseId) -> Result<Repaired> {
        let before = match self.look(id) {
            Ok(found) if found.is_good() => {
                return Ok(Repaired {
                    before: None,
                    after: found,
                    restored: false,
                });
            }
            Ok(found) => Some(found),
            // A damaged seal or proof is made anew too.
            Err(error) if error.is_distrust() => None,
            Err(error) => return Err(error),
        };
        let guard = goseal_store::lock_release(&self.world.layout, &id, || (self.on_wait)(&id))?;
        self.on_record(&guard)?;
        drop(guard);
        Ok(Repaired {
            before,
            after: self.look(id)?,
            restored: true,
        })
    }

    fn look(&self, id: ReleaseId) -> Result<Verification> {
        let request = VerifyRequest {
            versions: vec![id.version.to_string()],
            platforms: vec![id.platform.to_string()],
            ..VerifyRequest::default()
        };
        let mut found = verify(self.world, &request, self.progress)?;
        found.pop().ok_or_else(|| Error::not_installed(id))
    }

    /// No record, no repair; and every repair that began has an end on record, as installs do.
    fn on_record(&self, guard: &ReleaseGuard) -> Result<Installed> {
        let written = &self.situation.written;
        let journal = Journal::open(self.world, written)?;
        let sources = sources(self.world, written, self.from)?;
        let run = journal.new_run();
        let release = guard.release().to_string();
        let started = started_event(&journal, release.clone(), &sources.describe());
        journal.append(run, started)?;
        match self.restore(guard, &sources) {
            Ok(installed) => {
                journal.append(run, installed_event(&journal, &installed))?;
                Ok(installed)
            }
            Err(stopped) => Err(stopped.record(&journal, run, release)?),
        }
    }

    fn restore(
        &self,
        guard: &ReleaseGuard,
        sources: &Sources,
    ) -> std::result::Result<Installed, Box<Stopped>> {
        let (world, id) = (self.world, guard.release());
        let lock = self.situation.written.lock.as_ref();
        let entry = lock.and_then(|lock| lock.entries.get(&id));
        let written = &self.situation.written;
        let demands = Demands::of(written.policy.as_ref());
        let (answered, joined) = self.proof(&id, sources, entry)?;
        let record = answered.record.clone();
        let mut findings = Findings {
            sumdb: Finding::Found(answered),
            indexes: ask_indexes(world, written, sources, &demands, &id)?,
        };
        let unmet = findings.settle(&demands, entry.is_some())?;
        let mut stage = Stage::new(&world.layout, guard)?;
        if !runs_here(&id) {
            stage = stage.without_doors();
        }
        let reasons = Reasons {
            record: &record,
            lock: entry,
            indexes: Some(&findings),
            required: demands.required,
            unmet: &unmet,
            apart: demands.apart,
        };
        let published = fetch_published(sources, stage, reasons, self.progress)?;
        let archive = &published.archive;
        let stopped = |error: Error| Stopped::at(error, Some(archive), None);
        let home = home_of(world)?;
        let (seconds, nanos) = world.machine.now();
        let proof = goseal_trust::format_proof(&record);
        let notes = SealNotes {
            proof: &proof,
            answered: &findings.addresses(&published.verified.evidence),
            archive,
            outside_h1: published.outside_h1,
            build: &home.build,
            installed_at: &Wall::new(seconds, nanos).to_string(),
        };
        let doors = Doors {
            shim: &shim_file(world),
            home: &home.format(),
        };
        let (verified, manifest) = (&published.verified, &published.manifest);
        let notes = (&notes, joined);
        let restored = goseal_store::restore(&published.stage, verified, manifest, notes, &doors);
        let installed = restored.map_err(|error| stopped(error.into()))?;
        if !installed.has_doors() {
            return Ok(installed);
        }
        // Bytes that were just hashed; without stamps the next plan hashes them again.
        let known = stamps::as_written(&installed, manifest);
        if let Ok(identity) = stamps::identity_of(&installed, manifest, &known) {
            let _ = stamps::write(&world.layout, &installed.id, None, &identity);
        }
        let _ = stamps::write_new_tree(&world.layout, &installed);
        Ok(installed)
    }

    /// The proof of the seal, with what the seal says of its head; where it does not hold, the
    /// database's.
    fn proof(
        &self,
        id: &ReleaseId,
        sources: &Sources,
        entry: Option<&LockEntry>,
    ) -> Result<(Answered, bool)> {
        if let Some(kept) = kept_proof(self.world, id) {
            return Ok(kept);
        }
        let demand = entry.and_then(|entry| entry.position);
        let answered = prove(self.world, sources, id, demand.as_ref())?;
        let joined = answered.record.joined;
        Ok((answered, joined))
    }
}

/// The proof that an intact seal binds, checked again.
fn kept_proof(world: &World, id: &ReleaseId) -> Option<(Answered, bool)> {
    let installed = goseal_store::find(&world.layout, id).ok().flatten()?;
    let text = goseal_store::read_proof(&world.layout, &installed).ok()?;
    let record = goseal_trust::verify_proof(&text, &world.product.roots).ok()?;
    let proven = &installed.seal.proven;
    let same =
        record.id == *id && record.h1 == proven.h1 && Some(record.position()) == proven.sumdb;
    let joined = record.joined || proven.joined;
    let served_by = installed.seal.answered.sumdb.clone();
    let served_by = served_by.unwrap_or_else(|| "the seal".to_owned());
    same.then_some((Answered { record, served_by }, joined))
}
