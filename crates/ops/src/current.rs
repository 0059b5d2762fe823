//! What runs here: `current`, `which` and `list`.

use std::ffi::OsString;
use std::path::PathBuf;

use goseal_core::layout::place_in_tree;
use goseal_core::manifest::EntryName;
use goseal_core::platform::Platform;
use goseal_core::release::ReleaseId;
use goseal_core::tool::Tool;
use goseal_core::version::{Version, VersionSyntax};
use goseal_ledger::record::Outcome;
use goseal_store::Installed;

use crate::error::{Error, RequestFault, Result};
use crate::join::as_joined;
use crate::journal::Journal;
use crate::situation::{Choice, Situation, installed_of};
use crate::world::World;

/// The release that runs at a place.
#[derive(Debug)]
pub struct Current {
    /// The release and what chose it.
    pub choice: Choice,
    /// Its tree and seal, where it is installed.
    pub installed: Option<Installed>,
    /// Pins that were seen on the way and do not count, and a disagreement of two ways.
    pub situation: Situation,
}

/// Finds the release that runs here and whether it is installed.
///
/// # Errors
///
/// As [`Situation::here`]; [`Error::Pin`]; [`Error::Store`] for a seal that is damaged;
/// [`Error::LockContradicted`] where goseal.lock says another h1 than the seal.
pub fn current(world: &World) -> Result<Current> {
    let situation = Situation::here(world)?;
    let choice = situation.choice()?.clone();
    let installed = goseal_store::find(&world.layout, &choice.id)?;
    if let Some(installed) = &installed {
        situation.check_lock(installed)?;
    }
    Ok(Current {
        choice,
        installed: installed.map(|installed| as_joined(world, installed)),
        situation,
    })
}

/// The path of a tool that runs here: its door, or the published executable behind it. Asking for
/// the published one is on record: what is run by that path is not.
///
/// # Errors
///
/// As [`current`]; [`Error::NotInstalled`]; [`Error::Ledger`].
pub fn which(
    world: &World,
    tool: Tool,
    published: bool,
    arguments: &[OsString],
) -> Result<PathBuf> {
    let found = current(world)?;
    let installed = found
        .installed
        .ok_or(Error::not_installed(found.choice.id))?;
    let name = format!(
        "bin/{}{}",
        tool.word(),
        found.choice.id.platform.exe_suffix()
    );
    if published {
        let journal = Journal::open(world, &found.situation.written)?;
        journal.verb("which", arguments, Outcome::Ok)?;
    }
    let place = if published {
        place_in_tree(&name)
    } else {
        name
    };
    Ok(installed.root.join(place))
}

/// The path of a file of the toolchain that runs here, by its published name; of `bin/go` the door.
///
/// # Errors
///
/// As [`current`]; [`Error::NotInstalled`]; [`Error::Request`] for a file that the tree does not have.
pub fn which_file(world: &World, name: &str) -> Result<PathBuf> {
    let found = current(world)?;
    let installed = found
        .installed
        .ok_or(Error::not_installed(found.choice.id))?;
    let manifest = goseal_store::read_manifest(&world.layout, &installed)?;
    let parsed = EntryName::parse(name).ok();
    if parsed
        .as_ref()
        .is_some_and(|name| manifest.get(name).is_some())
    {
        return Ok(installed.root.join(name));
    }
    // From 1.24 on what `misc/wasm` held lies in `lib/wasm`.
    let instead = name
        .strip_prefix("misc/wasm/")
        .and_then(|file| EntryName::parse(&format!("lib/wasm/{file}")).ok())
        .filter(|name| manifest.get(name).is_some());
    let covered = parsed.is_none_or(|name| name.is_covered_by_h1());
    Err(RequestFault::NoFile {
        id: installed.id,
        name: name.to_owned(),
        outside: !covered && !installed.seal.outside_h1 && instead.is_none(),
        instead: instead.map(|name| name.to_string()),
    }
    .into())
}

/// Every installed toolchain, in the order of releases.
///
/// # Errors
///
/// [`Error::Store`].
pub fn list(world: &World) -> Result<Vec<Installed>> {
    let mut installed = Vec::new();
    for (_, found) in goseal_store::list(&world.layout)? {
        installed.extend(found?.map(|installed| as_joined(world, installed)));
    }
    Ok(installed)
}

/// The releases that a person named, or the one that runs here.
///
/// # Errors
///
/// [`Error::Request`] for a text that is no exact release; as [`Situation::here`] without any.
pub(crate) fn named_or_here(world: &World, versions: &[String]) -> Result<Vec<ReleaseId>> {
    if versions.is_empty() {
        return Ok(vec![Situation::here(world)?.choice()?.id]);
    }
    versions.iter().map(|text| exact(world, text)).collect()
}

/// Reads an exact release for this platform.
///
/// # Errors
///
/// [`Error::Request`] and [`Error::Broken`].
pub(crate) fn exact(world: &World, text: &str) -> Result<ReleaseId> {
    let version = Version::parse(text).map_err(|syntax| {
        let installed = match syntax {
            VersionSyntax::Language { minor } => installed_of(world, minor),
            _ => Vec::new(),
        };
        RequestFault::Inexact { syntax, installed }
    })?;
    let platform = Platform::of_this_build().ok_or_else(Error::no_platform)?;
    Ok(ReleaseId { version, platform })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene::{Scene, release};

    #[test]
    fn what_is_pinned_and_not_installed_is_current_all_the_same() {
        let scene = Scene::new();
        scene.file("project/.go-version", "1.22.5\n");
        let found = current(&scene.world).unwrap();
        assert_eq!(found.choice.id, release("1.22.5"));
        assert!(found.installed.is_none());
        let refused = which(&scene.world, Tool::Go, true, &[]).unwrap_err();
        assert!(matches!(refused, Error::NotInstalled { .. }), "{refused}");
        assert_eq!(scene.log(), "", "nothing was shown, nothing is on record");
    }

    #[test]
    fn names_are_exact_releases_or_the_one_that_runs_here() {
        let scene = Scene::new();
        scene.file("project/.go-version", "1.22.5\n");
        let named = |text: &[&str]| {
            let text: Vec<String> = text.iter().map(|&text| text.to_owned()).collect();
            named_or_here(&scene.world, &text)
        };
        assert_eq!(named(&[]).unwrap(), [release("1.22.5")]);
        assert_eq!(named(&["go1.20"]).unwrap(), [release("1.20")]);
        for text in ["1.22", "latest", "../x", ""] {
            let refused = named(&[text]).unwrap_err();
            assert!(matches!(refused, Error::Request(_)), "{text}: {refused}");
        }
    }

    #[test]
    fn a_store_that_is_not_there_lists_nothing() {
        assert!(list(&Scene::new().world).unwrap().is_empty());
    }
}
