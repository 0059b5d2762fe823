//! A mirror folder: the same content for machines without a network.
//!
//! Owns: which releases come in, each proved before it is visible, and the one head under which the
//! folder shows all of them. Promises: that head never goes back; a zip that lies there is the one
//! of its record; a second sync fetches only what is missing. Does not do: signing, serving.

mod check;
mod head;
mod take;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

use goseal_core::platform::Platform;
use goseal_core::progress::Progress;
use goseal_core::release::{ReleaseId, TOOLCHAIN_MODULE};
use goseal_core::version::Version;
use goseal_ledger::record::Outcome;
use goseal_store::MirrorFolder;
use goseal_trust::{Stated, Verified};

pub use self::check::{MirrorCheck, MirrorFinding, check_mirror};
pub(crate) use self::head::Tiles;
use crate::error::{Error, RequestFault, Result};
use crate::journal::{Journal, keep_distrust};
use crate::lock::is_absence;
use crate::situation::Situation;
use crate::sources::{Sources, sources};
use crate::world::World;

/// Bytes of a lookup or a signed head in a mirror.
pub(crate) const NOTE_LIMIT: u64 = 64 << 10;

/// What a person asked for.
#[derive(Debug, Clone, Default)]
pub struct MirrorRequest {
    /// Exact releases as typed; without any, the one that runs here.
    pub versions: Vec<String>,
    /// Platforms as typed; without any, this one and those that the project or policy names.
    pub platforms: Vec<String>,
    /// The folder.
    pub folder: PathBuf,
    /// A source that is asked instead of everything else.
    pub from: Option<String>,
    /// Remove the releases that were not asked for.
    pub prune: bool,
}

/// What a mirror holds now.
#[derive(Debug)]
pub struct MirrorReport {
    /// The folder.
    pub folder: PathBuf,
    /// Releases that came in, with the bytes of their zips.
    pub added: Vec<(ReleaseId, u64)>,
    /// Releases that were asked for and lay there.
    pub kept: Vec<ReleaseId>,
    /// Releases that were removed.
    pub removed: Vec<ReleaseId>,
    /// Releases that no source carries, and why.
    pub left_out: Vec<(ReleaseId, String)>,
    /// What the folder shows of the checksum database; none where it holds no release.
    pub stated: Option<Verified<Stated>>,
}

/// Makes a folder that is a module proxy, a static website and a file tree at once, or brings one
/// up to date.
///
/// # Errors
///
/// What [`Situation::here`] says; [`Error::Request`]; [`Error::Fetch`], [`Error::Trust`] and
/// [`Error::Store`] of a release or of the database. What is visible in the folder is proved then
/// too. A release that nobody carries is no error: the report names it.
pub fn sync_mirror(
    world: &World,
    request: &MirrorRequest,
    arguments: &[OsString],
    progress: &dyn Progress,
    on_wait: &dyn Fn(),
) -> Result<MirrorReport> {
    let situation = Situation::here(world)?;
    let journal = Journal::open(world, &situation.written)?;
    let outcome = MirrorFolder::open(&request.folder, on_wait)
        .map_err(Error::from)
        .and_then(|folder| fill(world, &situation, request, &folder, progress));
    let ended = match &outcome {
        Ok(report) if report.left_out.is_empty() => Outcome::Ok,
        Ok(_) => Outcome::Findings,
        Err(error) if error.is_distrust() => Outcome::Refused,
        Err(_) => Outcome::Failed,
    };
    journal.verb("mirror", arguments, ended)?;
    outcome
}

/// Brings the releases of `request` into a folder and shows everything there under one head.
pub(crate) fn fill(
    world: &World,
    situation: &Situation,
    request: &MirrorRequest,
    folder: &MirrorFolder,
    progress: &dyn Progress,
) -> Result<MirrorReport> {
    let wanted = wanted(situation, request)?;
    let sources = sources(world, &situation.written, request.from.as_deref())?;
    let sync = Sync {
        world,
        situation,
        sources: &sources,
        folder,
        progress,
    };
    let mut report = MirrorReport {
        folder: request.folder.clone(),
        added: Vec::new(),
        kept: Vec::new(),
        removed: Vec::new(),
        left_out: Vec::new(),
        stated: None,
    };
    let mut lookups = BTreeMap::new();
    for id in &wanted {
        sync.bring(id, &mut lookups, &mut report)?;
    }
    let mut shown = folder.releases()?;
    if request.prune {
        let gone = |id: &ReleaseId| !wanted.contains(id);
        report.removed = shown.iter().copied().filter(gone).collect();
        shown.retain(|id| wanted.contains(id));
    }
    report.stated = sync.show(&shown, lookups)?;
    for id in &report.removed {
        sync.remove(id)?;
    }
    if request.prune {
        sync.remove_old_tiles(report.stated.as_ref())?;
    }
    Ok(report)
}

/// Every release for every platform that was asked for.
fn wanted(situation: &Situation, request: &MirrorRequest) -> Result<Vec<ReleaseId>> {
    let platforms: Vec<Platform> = crate::lock::wanted(situation, &request.platforms, false)?
        .into_iter()
        .map(|one| one.platform)
        .collect();
    let versions = match request.versions.as_slice() {
        [] => vec![situation.choice()?.id.version],
        typed => typed
            .iter()
            .map(|text| {
                Version::parse(text).map_err(|syntax| {
                    let installed = Vec::new();
                    RequestFault::Inexact { syntax, installed }.into()
                })
            })
            .collect::<Result<_>>()?,
    };
    let on = |version: Version| {
        let of = move |platform: &Platform| ReleaseId {
            version,
            platform: *platform,
        };
        platforms.iter().map(of).collect::<Vec<_>>()
    };
    let mut wanted: Vec<ReleaseId> = versions.into_iter().flat_map(on).collect();
    wanted.sort_unstable();
    wanted.dedup();
    Ok(wanted)
}

/// One run over a folder.
struct Sync<'a> {
    world: &'a World,
    situation: &'a Situation,
    sources: &'a Sources,
    folder: &'a MirrorFolder,
    progress: &'a dyn Progress,
}

impl Sync<'_> {
    /// Brings one release in, where it does not lie there.
    fn bring(
        &self,
        id: &ReleaseId,
        lookups: &mut BTreeMap<ReleaseId, Vec<u8>>,
        report: &mut MirrorReport,
    ) -> Result<()> {
        if self.folder.releases()?.contains(id) {
            report.kept.push(*id);
            return Ok(());
        }
        let taken = self.take(id);
        match keep_distrust(self.world, &self.situation.written, id, taken) {
            Ok((lookup, size)) => {
                lookups.insert(*id, lookup);
                report.added.push((*id, size));
            }
            Err(error) if is_absence(&error) => report.left_out.push((*id, error.to_string())),
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// What names a file of the database in the folder.
    fn database(&self, path: &str) -> String {
        database_file(self.world, path)
    }

    fn remove(&self, id: &ReleaseId) -> Result<()> {
        // The list names it no more; the zip goes first, since it is what makes a release.
        for end in ["zip", "info", "mod"] {
            self.folder.remove(&version_file(id, end))?;
        }
        let lookup = self.database(&goseal_trust::lookup_path(id));
        Ok(self.folder.remove(&lookup)?)
    }

    fn remove_old_tiles(&self, stated: Option<&Verified<Stated>>) -> Result<()> {
        let tiles = self.database("tile");
        for name in self.folder.names_below(&tiles)? {
            let kept = stated.is_some_and(|stated| {
                let path = name.strip_prefix(&self.database("")).unwrap_or(&name);
                stated.files.contains_key(path)
            });
            if !kept {
                self.folder.remove(&name)?;
            }
        }
        Ok(())
    }
}

/// `golang.org/toolchain/@v/v0.0.1-go1.22.5.linux-amd64.zip`.
pub(crate) fn version_file(id: &ReleaseId, end: &str) -> String {
    format!("{TOOLCHAIN_MODULE}/@v/{}.{end}", id.module_version())
}

/// `golang.org/toolchain/@v/list`.
pub(crate) fn list_file() -> String {
    format!("{TOOLCHAIN_MODULE}/@v/list")
}

/// `sumdb/sum.golang.org/latest`.
pub(crate) fn database_file(world: &World, path: &str) -> String {
    format!("sumdb/{}/{path}", world.product.roots.sumdb_name())
}
