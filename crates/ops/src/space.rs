//! Space: what is installed and how much it takes, what nobody wants any more, and its removal.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

use goseal_core::digest::H1;
use goseal_core::pin::{PIN_LIMIT, parse_pin};
use goseal_core::plan::Plan;
use goseal_core::release::ReleaseId;
use goseal_core::version::Version;
use goseal_ledger::record::Outcome;
use goseal_store::{GoCache, Installed, disk_usage, processes_in};

use crate::current::named_or_here;
use crate::error::{Error, RequestFault, Result};
use crate::journal::Journal;
use crate::named::on_platforms;
use crate::situation::{Situation, read_machine};
use crate::uses::{self, Uses};
use crate::world::World;

/// One installed toolchain and what it takes.
#[derive(Debug)]
pub struct Shelved {
    /// Its tree and seal.
    pub installed: Installed,
    /// Bytes on disk; `None` where the tree cannot be listed.
    pub size: Option<u64>,
    /// When it ran last, in UTC; `None` where the part of the log that was read does not say.
    pub last_used: Option<String>,
}

/// Every installed toolchain, in the order of releases.
///
/// # Errors
///
/// [`Error::Store`].
pub fn shelf(world: &World) -> Result<Vec<Shelved>> {
    // What is installed is listed whatever became of the log: it only adds the last use.
    let uses = read_machine(world).and_then(|written| uses::read(world, &written, uses::RECENT));
    let uses = uses.unwrap_or_default();
    let shelved = crate::current::list(world)?;
    Ok(shelved.into_iter().map(|one| shelve(one, &uses)).collect())
}

fn shelve(installed: Installed, uses: &Uses) -> Shelved {
    Shelved {
        size: disk_usage(&installed.root).ok(),
        last_used: uses.last(&installed.id),
        installed,
    }
}

/// Why a toolchain stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kept {
    /// A file names it: a pin, a policy, a configuration.
    By(PathBuf),
    /// It ran by a pin whose path is not known in clear, or that cannot be read now.
    Unclear,
    /// These processes run from it.
    InUse(Vec<u32>),
}

/// What `prune` would remove, and what it keeps.
#[derive(Debug, Default)]
pub struct Prunable {
    /// Toolchains that no known project pins.
    pub toolchains: Vec<Shelved>,
    /// Build caches of toolchains that are gone, or would be.
    pub caches: Vec<GoCache>,
    /// Toolchains that stay, and why.
    pub kept: Vec<(ReleaseId, Kept)>,
}

impl Prunable {
    /// Whether there is nothing to remove.
    pub fn is_empty(&self) -> bool {
        self.toolchains.is_empty() && self.caches.is_empty()
    }

    /// Bytes that would be free.
    pub fn size(&self) -> u64 {
        let trees = self.toolchains.iter().filter_map(|one| one.size);
        trees
            .chain(self.caches.iter().map(|cache| cache.size))
            .sum()
    }
}

/// Finds what no known project pins. A project is known by a run in it that is on record; it keeps
/// its release as long as its pin is there and names it. The defaults of policy and user, and the
/// pin that holds here, keep theirs. Reads the whole log, and removes nothing.
///
/// # Errors
///
/// What [`Situation::here`] says; [`Error::Store`] and [`Error::Ledger`].
pub fn prunable(world: &World) -> Result<Prunable> {
    let situation = Situation::here(world)?;
    let uses = uses::read(world, &situation.written, u64::MAX)?;
    let (wanted, unclear) = wanted(world, &situation, &uses);
    let mut found = Prunable::default();
    for installed in crate::current::list(world)? {
        let id = installed.id;
        let busy = processes_in(&installed.root).unwrap_or_default();
        let kept = match wanted.get(&id.version) {
            Some(file) => Some(Kept::By(file.clone())),
            None if unclear || uses.unclear.contains(&id) => Some(Kept::Unclear),
            None if !busy.is_empty() => Some(Kept::InUse(busy)),
            None => None,
        };
        match kept {
            Some(kept) => found.kept.push((id, kept)),
            None => found.toolchains.push(shelve(installed, &uses)),
        }
    }
    let staying = found.kept.iter().map(|(id, _)| *id).collect::<Vec<_>>();
    found.caches = goseal_store::orphaned_caches(&world.layout, &identities(world, &staying)?)?;
    Ok(found)
}

/// The releases that somebody wants, each with a file that says so; and whether a known pin could
/// not be read, so that any release might be wanted.
fn wanted(world: &World, situation: &Situation, uses: &Uses) -> (BTreeMap<Version, PathBuf>, bool) {
    let mut wanted = BTreeMap::new();
    let written = &situation.written;
    let of_policy = written.policy.as_ref().and_then(|policy| policy.default);
    let of_user = written.user.as_ref().and_then(|user| user.default);
    let defaults = [
        (of_user, world.layout.user_config()),
        (of_policy, world.product.policy_path.clone()),
    ];
    for (version, file) in defaults {
        if let Some(version) = version {
            wanted.insert(version, file);
        }
    }
    let mut unclear = false;
    let here = situation.pin().map(|pin| pin.path.clone());
    for pin in uses.pins.iter().chain(&here) {
        match goseal_inputs::read_bounded(pin, PIN_LIMIT) {
            Ok(None) => {}
            Ok(Some((bytes, _))) => {
                // One that names no release keeps none.
                if let Ok(line) = parse_pin(&bytes) {
                    wanted.insert(line.version, pin.clone());
                }
            }
            Err(_) => unclear = true,
        }
    }
    (wanted, unclear)
}

/// The identities of installed releases.
fn identities(world: &World, ids: &[ReleaseId]) -> Result<Vec<H1>> {
    let found = ids.iter().map(|id| goseal_store::find(&world.layout, id));
    let found: Vec<Option<Installed>> = found.collect::<Result<_, _>>()?;
    let sealed = found.into_iter().flatten();
    Ok(sealed.map(|installed| installed.seal.proven.h1).collect())
}

/// Removes what [`prunable`] found, launch plans of releases that are gone, and what dead installs
/// left. On record: the verb, and each toolchain. Gives the releases that were removed; one that
/// came into use meanwhile stays.
///
/// # Errors
///
/// [`Error::Store`] and [`Error::Ledger`]; what was removed until then is on record.
pub fn prune(world: &World, found: &Prunable, arguments: &[OsString]) -> Result<Vec<ReleaseId>> {
    let journal = Journal::open(world, &read_machine(world)?)?;
    journal.verb("prune", arguments, Outcome::Ok)?;
    let mut removed = Vec::new();
    for one in &found.toolchains {
        let id = one.installed.id;
        match remove(
            world,
            &journal,
            id,
            (false, &[OsString::from(id.to_string())]),
        ) {
            Ok(_) => removed.push(id),
            Err(Error::Request(RequestFault::InUse { .. }) | Error::NotInstalled { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    for cache in &found.caches {
        // A toolchain that stayed after all keeps its cache.
        let stayed = found.toolchains.iter().any(|one| {
            one.installed.seal.proven.h1.sha256() == cache.toolchain
                && !removed.contains(&one.installed.id)
        });
        if !stayed {
            goseal_store::remove_cache(&world.layout, cache)?;
        }
    }
    let layout = &world.layout;
    let is_gone =
        |bytes: &[u8]| Plan::parse(bytes).map_or(true, |plan| !layout.tree(&plan.release).is_dir());
    goseal_store::remove_plans(layout, &is_gone)?;
    goseal_store::clean_staging(layout)?;
    Ok(removed)
}

/// A toolchain that was removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removed {
    /// Which.
    pub id: ReleaseId,
    /// Processes that ran from its tree then; `None` on a system that does not say.
    pub processes: Option<Vec<u32>>,
}

/// Removes installed releases; on record. A tree that a process runs from stays, unless `force`.
///
/// # Errors
///
/// [`Error::NotInstalled`]; [`Error::Request`] for one that is in use; [`Error::Store`],
/// [`Error::Ledger`].
pub fn uninstall(
    world: &World,
    versions: &[String],
    platforms: &[String],
    force: bool,
    arguments: &[OsString],
) -> Result<Vec<Removed>> {
    let written = read_machine(world)?;
    let journal = Journal::open(world, &written)?;
    let ids = on_platforms(named_or_here(world, versions)?, platforms)?;
    ids.into_iter()
        .map(|id| {
            let processes = remove(world, &journal, id, (force, arguments))?;
            Ok(Removed { id, processes })
        })
        .collect()
}

/// Removes one release. Gives the processes that ran from it.
fn remove(
    world: &World,
    journal: &Journal<'_>,
    id: ReleaseId,
    (force, arguments): (bool, &[OsString]),
) -> Result<Option<Vec<u32>>> {
    let guard = goseal_store::lock_release(&world.layout, &id, || {})?;
    let tree = world.layout.tree(&id);
    let processes = processes_in(&tree);
    let busy = processes.clone().unwrap_or_default();
    if !busy.is_empty() && !force {
        journal.verb("uninstall", arguments, Outcome::Failed)?;
        let processes = busy;
        return Err(RequestFault::InUse { id, processes }.into());
    }
    let removed = goseal_store::uninstall(&world.layout, &guard);
    let outcome = if removed.is_ok() {
        Outcome::Ok
    } else {
        Outcome::Failed
    };
    journal.verb("uninstall", arguments, outcome)?;
    if removed? {
        Ok(processes)
    } else {
        Err(Error::not_installed(id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene::Scene;

    #[test]
    fn what_is_not_installed_cannot_be_removed() {
        let scene = Scene::new();
        let refused = uninstall(&scene.world, &["1.22.5".into()], &[], false, &[]).unwrap_err();
        assert!(matches!(refused, Error::NotInstalled { .. }), "{refused}");
    }

    #[test]
    fn pins_that_are_known_and_defaults_keep_their_releases() {
        let scene = Scene::new();
        let pin = |folder: &str, text: &str| scene.file(&format!("{folder}/.go-version"), text);
        let known = [
            pin("a", "1.22.5\n"),
            pin("b", "nonsense\n"),
            scene.root().join("gone/.go-version"),
        ];
        let here = pin("project", "1.26.10\n");
        let config = scene.file("home/config.toml", "default = \"1.27.4\"\n");
        let mut uses = Uses::default();
        uses.pins.extend(known.iter().cloned());
        let situation = Situation::here(&scene.world).unwrap();
        let v = |text: &str| Version::parse(text).unwrap();
        let (kept, unclear) = wanted(&scene.world, &situation, &uses);
        let expected = [
            (v("1.22.5"), known[0].clone()),
            (v("1.26.10"), here),
            (v("1.27.4"), config),
        ];
        assert_eq!((kept, unclear), (expected.into(), false));
        // What cannot be read may name any release.
        uses.pins.insert(scene.root().join("project"));
        assert!(wanted(&scene.world, &situation, &uses).1);
    }
}
