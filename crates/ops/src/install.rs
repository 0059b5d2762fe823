//! A release becomes an executable tree.
//!
//! The order of steps is that of the design's first walk; a kill between any two of them leaves at
//! most a stage, which the next install removes, and a record without an end.

pub(crate) mod obtain;
pub(crate) mod on_record;
mod proving;

use goseal_core::archive::Archive;
use goseal_core::lock::LockEntry;
use goseal_core::manifest::Manifest;
use goseal_core::progress::Progress;
use goseal_core::release::ReleaseId;
use goseal_ledger::record::Wall;
use goseal_store::{Doors, Installed, ReleaseGuard, SealNotes, Stage};
use goseal_trust::Verified;

use self::obtain::Obtained;
use self::on_record::{Stopped, installed_event, started_event};
use crate::current::exact;
use crate::error::{Error, Result, Unfetched};
use crate::evidence::{Demands, Findings, evidence_now};
use crate::init::{ensure_shims, home_of, shim_file};
use crate::join::join_apart;
use crate::journal::Journal;
use crate::named::{on_platforms, runs_here};
use crate::offers::or_nearest;
use crate::situation::Situation;
use crate::sources::{Sources, sources, without_user_information};
use crate::stamps;
use crate::world::World;

/// What a person asked for.
#[derive(Debug, Clone, Default)]
pub struct InstallRequest {
    /// Exact releases as typed; without any, the one that runs here.
    pub versions: Vec<String>,
    /// Platforms as typed; without any, this one. A tree of another one gets no doors.
    pub platforms: Vec<String>,
    /// Only what the lock holds.
    pub frozen: bool,
    /// Nothing on the wire.
    pub offline: bool,
    /// A folder or an address that is asked instead of everything else.
    pub from: Option<String>,
}

/// One release that is installed now.
#[derive(Debug)]
pub struct InstallOutcome {
    /// Its tree and seal.
    pub installed: Installed,
    /// Whether it was there before.
    pub already: bool,
    /// Which base of the checksum database served the proof; none where nothing was fetched.
    pub database: Option<String>,
}

impl InstallOutcome {
    fn already(installed: Installed) -> Self {
        Self {
            installed,
            already: true,
            database: None,
        }
    }
}

/// Installs releases, each proved, and the shims where there are none.
///
/// # Errors
///
/// What [`Situation::here`] says; [`Error::NotInstalled`] for what `--frozen` and `--offline` forbid;
/// [`Error::Fetch`], [`Error::Trust`], [`Error::Store`], [`Error::Ledger`] for the steps. After any
/// of them nothing of the release is installed, but where `join_apart` finds another history.
pub fn install(
    world: &World,
    request: &InstallRequest,
    progress: &dyn Progress,
    on_wait: &dyn Fn(&ReleaseId),
) -> Result<Vec<InstallOutcome>> {
    let (situation, ids) = match asked_for(world, request) {
        Ok(asked) => asked,
        Err(error) => return Err(stopped_before(world, request, error)),
    };
    let job = Job {
        world,
        situation: &situation,
        request,
        progress,
        on_wait,
    };
    ids.into_iter()
        .map(|id| {
            job.install(id)
                .map_err(|error| or_nearest(world, &situation, id.version, error))
        })
        .collect()
}

/// The situation here, and the releases that were typed or that runs here.
fn asked_for(world: &World, request: &InstallRequest) -> Result<(Situation, Vec<ReleaseId>)> {
    let situation = Situation::here(world)?;
    let ids = match request.versions.as_slice() {
        [] => vec![situation.choice()?.id],
        named => named
            .iter()
            .map(|text| exact(world, text))
            .collect::<Result<_>>()?,
    };
    let ids = on_platforms(ids, &request.platforms)?;
    ensure_shims(world)?;
    Ok((situation, ids))
}

/// An install that has no release yet is on record too, under the words that were typed.
fn stopped_before(world: &World, request: &InstallRequest, error: Error) -> Error {
    // A policy or configuration that cannot be read says nothing about the log's place.
    let written = crate::situation::read_machine(world).unwrap_or_default();
    let typed = match request.versions.as_slice() {
        [] => "none".to_owned(),
        typed => typed.join(" "),
    };
    let recorded = Journal::open(world, &written).and_then(|journal| {
        let run = journal.new_run();
        Stopped::at(error, None, None).record(&journal, run, typed)
    });
    recorded.unwrap_or_else(|error| error)
}

struct Job<'a> {
    world: &'a World,
    situation: &'a Situation,
    request: &'a InstallRequest,
    progress: &'a dyn Progress,
    on_wait: &'a dyn Fn(&ReleaseId),
}

/// What an install finds.
enum Prepared<'a> {
    /// The tree is there, and it is the sealed one.
    Already(Box<Installed>),
    /// It is to be installed; nobody else does.
    Locked(ReleaseGuard, Option<&'a LockEntry>),
}

impl Job<'_> {
    fn install(&self, id: ReleaseId) -> Result<InstallOutcome> {
        match self.prepare(&id) {
            Ok(Prepared::Already(installed)) => Ok(InstallOutcome::already(*installed)),
            Ok(Prepared::Locked(guard, entry)) => {
                let (installed, database) = self.on_record(&guard, entry)?;
                Ok(InstallOutcome {
                    installed,
                    already: false,
                    database,
                })
            }
            Err(error) => Err(self.stopped_early(&id, error)),
        }
    }

    /// Looks whether it is there, and locks the release where it is not.
    fn prepare(&self, id: &ReleaseId) -> Result<Prepared<'_>> {
        let entry = self.locked(id)?;
        if let Some(installed) = self.present(id)? {
            // Leftovers take space and nothing else: they fail nobody.
            let _ = goseal_store::clean_staging(&self.world.layout);
            return Ok(Prepared::Already(Box::new(installed)));
        }
        if self.request.offline {
            return Err(Error::NotInstalled {
                why: Unfetched::Offline {
                    from: self.request.from.as_deref().map(without_user_information),
                },
                id: *id,
            });
        }
        let guard = goseal_store::lock_release(&self.world.layout, id, || (self.on_wait)(id))?;
        // Whoever held the lock may have installed it.
        if let Some(installed) = self.present(id)? {
            return Ok(Prepared::Already(Box::new(installed)));
        }
        // A tree without doors was put there by an install for this platform on another one: it
        // cannot run here.
        let without = goseal_store::find(&self.world.layout, id)?.filter(|it| !it.has_doors());
        if without.is_some() {
            goseal_store::uninstall(&self.world.layout, &guard)?;
        }
        Ok(Prepared::Locked(guard, entry))
    }

    /// The lock's entry; `--frozen` needs one.
    fn locked(&self, id: &ReleaseId) -> Result<Option<&LockEntry>> {
        let lock = self.situation.written.lock.as_ref();
        let entry = lock.and_then(|lock| lock.entries.get(id));
        if self.request.frozen && entry.is_none() {
            let path = self.situation.lock_path.clone();
            let why = match lock {
                None => Unfetched::NoLock(path),
                Some(_) => Unfetched::NoEntry(path),
            };
            return Err(Error::NotInstalled { why, id: *id });
        }
        Ok(entry)
    }

    /// A tree that is there counts if its executables are the sealed ones and the lock agrees.
    fn present(&self, id: &ReleaseId) -> Result<Option<Installed>> {
        let layout = &self.world.layout;
        let found = goseal_store::find(layout, id)?;
        let Some(installed) = found.filter(|it| it.has_doors() || !runs_here(id)) else {
            return Ok(None);
        };
        self.situation.check_lock(&installed)?;
        stamps::check_guard(self.world, id)?;
        // What policy demands now and the tree lacks is proved anew, and the tree takes its place.
        let evidence = evidence_now(self.world, self.situation, &installed);
        let demands = Demands::of(self.situation.written.policy.as_ref());
        if !demands.are_met_by(&installed.seal, &evidence) {
            return Ok(None);
        }
        let manifest = goseal_store::read_manifest(layout, &installed)?;
        let known = stamps::read(layout, id);
        let identity = stamps::identity_of(&installed, &manifest, &known)?;
        // Where the state cannot be written the next plan hashes again.
        let _ = stamps::write(layout, id, known.deep, &identity);
        Ok(Some(installed))
    }

    /// An install that ends before it began is on record too.
    fn stopped_early(&self, id: &ReleaseId, error: Error) -> Error {
        let recorded = Journal::open(self.world, &self.situation.written).and_then(|journal| {
            let run = journal.new_run();
            Stopped::at(error, None, None).record(&journal, run, id.to_string())
        });
        recorded.unwrap_or_else(|error| error)
    }

    /// No record, no install; and every install that began has an end on record.
    fn on_record(
        &self,
        guard: &ReleaseGuard,
        entry: Option<&LockEntry>,
    ) -> Result<(Installed, Option<String>)> {
        let id = guard.release();
        let journal = Journal::open(self.world, &self.situation.written)?;
        let sources = sources(
            self.world,
            &self.situation.written,
            self.request.from.as_deref(),
        )
        .map_err(|error| self.stopped_early(&id, error))?;
        let run = journal.new_run();
        let release = id.to_string();
        journal.append(
            run,
            started_event(&journal, release.clone(), &sources.describe()),
        )?;
        let steps = Steps {
            job: self,
            guard,
            entry,
            sources: &sources,
        };
        match steps.run() {
            Ok((installed, database)) => {
                let recorded = journal.append(run, installed_event(&journal, &installed));
                if recorded.is_err() {
                    // No record, no install. What cannot be removed now is a sealed tree.
                    let _ = goseal_store::uninstall(&self.world.layout, guard);
                }
                recorded?;
                // Go's own way is a network: heads that stand apart are joined there.
                if sources.mirrors.is_empty() {
                    join_apart(self.world, &self.situation.written, &sources)?;
                }
                Ok((installed, database))
            }
            Err(stopped) => Err(stopped.record(&journal, run, release)?),
        }
    }
}

struct Steps<'a> {
    job: &'a Job<'a>,
    guard: &'a ReleaseGuard,
    entry: Option<&'a LockEntry>,
    sources: &'a Sources,
}

impl Steps<'_> {
    fn run(&self) -> Result<(Installed, Option<String>), Box<Stopped>> {
        let world = self.job.world;
        let mut stage = Stage::new(&world.layout, self.guard)?;
        if !runs_here(&stage.release()) {
            stage = stage.without_doors();
        }
        let (obtained, findings, unmet) = self.fetch_and_prove(&stage)?;
        let Obtained {
            archive: fetched,
            copied,
        } = obtained;
        let archive = fetched.untrusted();
        let stopped = |error: Error| Stopped::at(error, Some(archive), None);
        let (signed, index) = (findings.signed_claims(), findings.index_claims());
        let covered = goseal_trust::covers(&fetched, self.entry, signed, index);
        let progress = self.job.progress;
        let manifest = match copied {
            Some(manifest) => manifest,
            None => goseal_store::unpack(&fetched, &stage, covered, None, progress)
                .map_err(|error| stopped(error.into()))?,
        };
        let h1 = manifest.h1(&stage.release());
        let verified = self
            .judge(&fetched, h1, &findings, &unmet)
            .map_err(|error| Stopped::at(error, Some(archive), Some(h1)))?;
        let installed = self
            .seal(&stage, &verified, &manifest, (archive, &findings, covered))
            .map_err(stopped)?;
        let database = installed.seal.answered.sumdb.clone();
        Ok((installed, database))
    }

    fn seal(
        &self,
        stage: &Stage<'_>,
        verified: &Verified<goseal_trust::Release>,
        manifest: &Manifest,
        (archive, findings, outside_h1): (&Archive, &Findings, bool),
    ) -> Result<Installed> {
        let world = self.job.world;
        let home = home_of(world)?;
        let (seconds, nanos) = world.machine.now();
        // Without the database there is nothing that could be proved again without a network.
        let proof = findings.sumdb.found();
        let proof = proof.map(|answered| goseal_trust::format_proof(&answered.record));
        let notes = SealNotes {
            proof: &proof.unwrap_or_default(),
            answered: &findings.addresses(&verified.evidence),
            archive,
            outside_h1,
            build: &home.build,
            installed_at: &Wall::new(seconds, nanos).to_string(),
        };
        let doors = Doors {
            shim: &shim_file(world),
            home: &home.format(),
        };
        let lies = goseal_store::find(&world.layout, &self.guard.release())?.is_some();
        let installed = if lies {
            let joined = verified.joined;
            goseal_store::restore(stage, verified, manifest, (&notes, joined), &doors)?
        } else {
            goseal_store::seal(stage, verified, manifest, &notes, &doors)?
        };
        let known = stamps::as_written(&installed, manifest);
        let identity = stamps::identity_of(&installed, manifest, &known)?;
        // Stamps save work and prove nothing: without them the next plan hashes again.
        let _ = stamps::write(&world.layout, &installed.id, None, &identity);
        let _ = stamps::write_new_tree(&world.layout, &installed);
        Ok(installed)
    }
}

#[cfg(test)]
mod tests {
    use goseal_core::progress::Silent;

    use super::*;
    use crate::scene::Scene;

    fn refused(scene: &Scene, request: &InstallRequest) -> Error {
        install(&scene.world, request, &Silent, &|_| {}).unwrap_err()
    }

    fn frozen() -> InstallRequest {
        InstallRequest {
            frozen: true,
            ..InstallRequest::default()
        }
    }

    #[test]
    fn frozen_needs_a_lock_and_an_entry_in_it() {
        let scene = Scene::new();
        scene.file("project/.go-version", "1.22.5\n");
        let lock = scene.world.cwd.join("goseal.lock");
        let what = |error| match error {
            Error::NotInstalled { why, .. } => why,
            other => panic!("{other}"),
        };
        assert_eq!(
            what(refused(&scene, &frozen())),
            Unfetched::NoLock(lock.clone())
        );
        scene.file("project/goseal.lock", "version = 1\n");
        assert_eq!(what(refused(&scene, &frozen())), Unfetched::NoEntry(lock));
        let log = scene.log();
        assert!(log.contains("\"type\":\"failed\""), "{log}");
        assert!(!log.contains("\"type\":\"install_started\""), "{log}");
    }

    #[test]
    fn offline_asks_nobody_and_makes_the_shims() {
        let scene = Scene::new();
        let request = InstallRequest {
            versions: vec!["1.22.5".into()],
            offline: true,
            ..InstallRequest::default()
        };
        let refused = refused(&scene, &request);
        let Error::NotInstalled { why, .. } = refused else {
            panic!("{refused}");
        };
        assert_eq!(why, Unfetched::Offline { from: None });
        assert!(scene.world.layout.shims().join("go").is_file());
    }

    #[test]
    fn an_install_that_fails_began_on_record_and_ended_there() {
        let scene = Scene::new();
        // A mirror that carries a database, so that nobody else is asked, and nothing in it.
        let supported = scene.file("mirror/sumdb/sum.golang.org/supported", "");
        let folder = supported.ancestors().nth(3).unwrap();
        let request = InstallRequest {
            versions: vec!["1.22.5".into()],
            from: Some(folder.display().to_string()),
            ..InstallRequest::default()
        };
        let failed = refused(&scene, &request);
        assert!(!failed.is_distrust(), "{failed}");
        let log = scene.log();
        assert!(log.contains("\"type\":\"install_started\""), "{log}");
        assert!(log.contains("\"type\":\"failed\""), "{log}");
        let staging = std::fs::read_dir(scene.world.layout.staging()).unwrap();
        assert_eq!(staging.count(), 0);
    }
}
