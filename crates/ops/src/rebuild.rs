//! A release is built from its own sources by another managed Go, and every byte is compared with
//! what was published.
//!
//! Owns: the order of steps, the record, the statement beside the seal. Promises: sources and
//! compiler come out of trees that were compared with seal and proof just now, each file hashed
//! again while it is copied; the build sees nothing of the caller's environment; its folder is a
//! stage, which goes when this ends, or with the next install after a kill; nothing is fetched.
//!
//! Source: `cmd/distpack`, `src/make.bash`; <https://go.dev/rebuild>.

mod bootstrap;
mod build;
mod compare;
mod macho;

use goseal_core::digest::H1;
use goseal_core::evidence::Evidence;
use goseal_core::manifest::{Difference, EntryName, Manifest};
use goseal_core::platform::Platform;
use goseal_core::progress::Progress;
use goseal_core::release::ReleaseId;
use goseal_ledger::record::{self, Event, Outcome, RunId, Wall};
use goseal_store::{Installed, Rebuilt, ReleaseGuard, Stage};

use self::build::Built;
use self::compare::Compared;
use crate::current::named_or_here;
use crate::error::{Error, RebuildFault, Result};
use crate::init::home_of;
use crate::journal::Journal;
use crate::named::on_platforms;
use crate::situation::read_machine;
use crate::verify::proved_now;
use crate::world::World;

/// The first `N` of `1.N` whose builds are the same everywhere.
const FIRST_REPRODUCIBLE: u16 = 21;

/// What a person asked for.
#[derive(Debug, Clone, Default)]
pub struct RebuildRequest {
    /// The exact release as typed; without it, the one that runs here.
    pub version: Option<String>,
    /// The platform as typed; without it, this one.
    pub platform: Option<String>,
    /// The exact release that compiles, as typed; without it, the oldest installed one that can.
    pub bootstrap: Option<String>,
}

/// A build that came to its end.
#[derive(Debug)]
pub struct RebuildOutcome {
    /// The published release.
    pub installed: Installed,
    /// What was built from what by what; beside the seal where nothing differs.
    pub statement: Rebuilt,
    /// Executables that were compared without their signatures.
    pub unsigned: Vec<EntryName>,
    /// What differs from what was published, in order of names.
    pub differences: Vec<Difference>,
}

impl RebuildOutcome {
    /// Whether it is what was published.
    pub fn is_equal(&self) -> bool {
        self.differences.is_empty()
    }
}

/// Builds a release from its own sources and compares it with the published one; on record.
///
/// A build that differs is a result, not an error: the caller shows every file.
///
/// # Errors
///
/// [`Error::Rebuild`] where it cannot be built; [`Error::NotInstalled`] for the release and for a
/// bootstrap that was named; [`Error::Differs`] for a tree that drifted; [`Error::Store`],
/// [`Error::Trust`], [`Error::Ledger`].
pub fn rebuild(
    world: &World,
    request: &RebuildRequest,
    progress: &dyn Progress,
    on_wait: &dyn Fn(&ReleaseId),
) -> Result<RebuildOutcome> {
    let journal = Journal::open(world, &read_machine(world)?)?;
    let mut attempt = Attempt {
        world,
        progress,
        record: blank_record(request),
    };
    let ended = attempt.run(request, on_wait);
    if let Err(error) = &ended {
        let refused = error.is_distrust();
        attempt.record.outcome = if refused {
            Outcome::Refused
        } else {
            Outcome::Failed
        };
        attempt.record.code = Some(error.code().to_owned());
        attempt.record.reason = Some(journal.text(&error.to_string()));
    }
    let event = Event::Rebuilt(Box::new(attempt.record));
    journal.append(RunId::NONE, event)?;
    let (outcome, guard) = ended?;
    keep(world, &guard, &outcome)?;
    Ok(outcome)
}

/// Nothing is known yet but the words that were typed.
fn blank_record(request: &RebuildRequest) -> record::Rebuilt {
    record::Rebuilt {
        release: request.version.clone().unwrap_or_else(|| "none".to_owned()),
        h1: None,
        archive: None,
        sources: None,
        bootstrap: request.bootstrap.clone(),
        bootstrap_h1: None,
        outcome: Outcome::Failed,
        differences: 0,
        code: None,
        reason: None,
    }
}

/// The statement lies beside the seal while the last build was equal, and only then. Plans are
/// decided anew: what they say of evidence has changed.
fn keep(world: &World, guard: &ReleaseGuard, outcome: &RebuildOutcome) -> Result<()> {
    if outcome.is_equal() {
        goseal_store::write_rebuilt(&world.layout, guard, &outcome.statement)?;
    } else {
        goseal_store::remove_rebuilt(&world.layout, guard)?;
    }
    Ok(goseal_store::forget_plans(&world.layout)?)
}

struct Attempt<'a> {
    world: &'a World,
    progress: &'a dyn Progress,
    /// What is on record of it so far.
    record: record::Rebuilt,
}

impl Attempt<'_> {
    fn run(
        &mut self,
        request: &RebuildRequest,
        on_wait: &dyn Fn(&ReleaseId),
    ) -> Result<(RebuildOutcome, ReleaseGuard)> {
        let host = host()?;
        let installed = self.target(request)?;
        let layout = &self.world.layout;
        let guard = goseal_store::lock_release(layout, &installed.id, || on_wait(&installed.id))?;
        let published = self.published(&installed)?;
        let least = bootstrap::least(&installed)?;
        let compiler = bootstrap::choose(
            self.world,
            &installed.id,
            request.bootstrap.as_deref(),
            least,
        )?;
        self.record.bootstrap = Some(compiler.id.to_string());
        self.record.bootstrap_h1 = Some(compiler.seal.proven.h1);
        let bootstrap = proved_now(self.world, &compiler, self.progress)?;
        let sources = sources_of(&published)?;
        let sources_h1 = sources.h1(&installed.id);
        self.record.sources = Some(sources_h1);

        let stage = Stage::new(layout, &guard)?.without_doors();
        let built = build::build(&build::Job {
            stage: &stage,
            installed: &installed,
            sources: &sources,
            compiler: &compiler,
            bootstrap: &bootstrap,
            host,
            progress: self.progress,
        })?;
        self.record.archive = Some(record::Archive {
            sha256: built.archive.sha256,
            size: built.archive.size,
        });
        let compared = compare::compare(&stage, &installed, &published, &built, self.progress)?;
        self.record.differences = compared.differences.len() as u64;
        self.record.outcome = if compared.differences.is_empty() {
            Outcome::Ok
        } else {
            Outcome::Refused
        };
        drop(stage);
        let outcome = self.outcome(installed, (&compiler, sources_h1, host), built, compared)?;
        Ok((outcome, guard))
    }

    /// The installed release that is to be built again.
    fn target(&mut self, request: &RebuildRequest) -> Result<Installed> {
        let typed: Vec<String> = request.version.iter().cloned().collect();
        let platform: Vec<String> = request.platform.iter().cloned().collect();
        let ids = on_platforms(named_or_here(self.world, &typed)?, &platform)?;
        let id = ids.first().copied().ok_or_else(Error::no_platform)?;
        self.record.release = id.to_string();
        if id.version.minor() < FIRST_REPRODUCIBLE {
            return Err(RebuildFault::NotReproducible(id).into());
        }
        let found = goseal_store::find(&self.world.layout, &id)?;
        found.ok_or(Error::not_installed(id))
    }

    /// What was published, of a tree that is that now; only what the h1 covers.
    fn published(&mut self, installed: &Installed) -> Result<Manifest> {
        let proven = &installed.seal.proven;
        self.record.h1 = Some(proven.h1);
        let carried = [Evidence::Lock, Evidence::Sumdb];
        if !proven.evidence.iter().any(|it| carried.contains(it)) {
            return Err(RebuildFault::Unproved(installed.id).into());
        }
        let whole = proved_now(self.world, installed, self.progress)?;
        part_of(&whole, EntryName::is_covered_by_h1)
    }

    fn outcome(
        &self,
        installed: Installed,
        (compiler, sources, host): (&Installed, H1, Platform),
        built: Built,
        compared: Compared,
    ) -> Result<RebuildOutcome> {
        let (seconds, nanos) = self.world.machine.now();
        let statement = Rebuilt {
            release: installed.id,
            h1: installed.seal.proven.h1,
            sources,
            bootstrap: compiler.id,
            bootstrap_h1: compiler.seal.proven.h1,
            host,
            files: compared.files,
            unsigned: compared.unsigned.len() as u64,
            archive_sha256: built.archive.sha256,
            archive_size: built.archive.size,
            environment: built.environment,
            build: home_of(self.world)?.build,
            built_at: Wall::new(seconds, nanos).to_string(),
        };
        Ok(RebuildOutcome {
            installed,
            statement,
            unsigned: compared.unsigned,
            differences: compared.differences,
        })
    }
}

/// This machine, if releases are built on it.
fn host() -> Result<Platform> {
    Platform::of_this_build()
        .filter(|host| matches!(host.os(), "linux" | "darwin"))
        .ok_or_else(|| RebuildFault::Host.into())
}

/// What a release is built from: everything but what the build makes.
fn sources_of(published: &Manifest) -> Result<Manifest> {
    part_of(published, |name| {
        let name = name.as_str();
        !name.starts_with("bin/") && !name.starts_with("pkg/tool/")
    })
}

fn part_of(manifest: &Manifest, keep: impl Fn(&EntryName) -> bool) -> Result<Manifest> {
    let kept = manifest.iter().filter(|(name, _)| keep(name));
    Manifest::from_files(kept.map(|(name, entry)| (name.clone(), *entry)))
        .map_err(|_| Error::Broken(crate::error::Breakage::Bug("a part of a manifest is none")))
}

#[cfg(test)]
mod tests {
    use goseal_core::progress::Silent;

    use super::*;
    use crate::scene::Scene;

    fn refused(scene: &Scene, version: &str) -> Error {
        let request = RebuildRequest {
            version: Some(version.to_owned()),
            ..RebuildRequest::default()
        };
        rebuild(&scene.world, &request, &Silent, &|_| {}).unwrap_err()
    }

    #[test]
    fn what_cannot_be_built_again_is_refused_and_on_record() {
        let scene = Scene::new();
        for version in ["1.20.14", "1.13.15", "1.18beta1"] {
            let Error::Rebuild(fault) = refused(&scene, version) else {
                panic!("{version}");
            };
            assert!(
                matches!(*fault, RebuildFault::NotReproducible(_)),
                "{fault}"
            );
        }
        let absent = refused(&scene, "1.21rc2");
        assert!(matches!(absent, Error::NotInstalled { .. }), "{absent}");
        let log = scene.log();
        assert_eq!(log.matches("\"type\":\"rebuilt\"").count(), 4, "{log}");
        assert!(log.contains("\"code\":\"not-installed\""), "{log}");
    }

    #[test]
    fn what_the_build_makes_is_no_source_of_it() {
        let entry = goseal_core::manifest::Entry {
            sha256: goseal_core::digest::Sha256::of(b""),
            size: 0,
        };
        let names = [
            "VERSION",
            "bin/go",
            "lib/x",
            "pkg/include/a.h",
            "pkg/tool/l/compile",
            "src/bin/x",
        ];
        let files = names.map(|name| (EntryName::parse(name).unwrap(), entry));
        let sources = sources_of(&Manifest::from_files(files).unwrap()).unwrap();
        let left: Vec<_> = sources.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(left, ["VERSION", "lib/x", "pkg/include/a.h", "src/bin/x"]);
    }
}
