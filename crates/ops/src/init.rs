//! Making a home: folders, shims, the file that tells them their places, the line for the shell.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use goseal_core::digest::Sha256;
use goseal_core::home::{HOME_LIMIT, Home, State};
use goseal_core::release::ReleaseId;
use goseal_ledger::record::Outcome;
use goseal_store::Doors;

use crate::error::{Error, Result};
use crate::journal::Journal;
use crate::situation::read_machine;
use crate::world::World;

/// The file name of the shim, beside the program.
const SHIM: &str = if cfg!(windows) {
    "goseal-shim.exe"
} else {
    "goseal-shim"
};

/// Bytes of the shim that are read; a release build has about half a MB, a debug build 10.
const SHIM_LIMIT: u64 = 64 << 20;

/// What a home is made of.
#[derive(Debug)]
pub struct Homestead {
    /// The folder that belongs first on PATH.
    pub shims: PathBuf,
    /// Whether the shims were written now; false where they were there and the same.
    pub written: bool,
    /// Installed releases whose doors were renewed, with their entries in the seals.
    pub doors: Vec<ReleaseId>,
}

/// Makes the homes and installs the shims. On record.
///
/// # Errors
///
/// [`Error::Broken`] where the shim is not beside the program; [`Error::Store`] and
/// [`Error::Ledger`].
pub fn init(world: &World, arguments: &[OsString]) -> Result<Homestead> {
    let journal = Journal::open(world, &read_machine(world)?)?;
    let made = install_shims(world, true);
    let outcome = if made.is_ok() {
        Outcome::Ok
    } else {
        Outcome::Failed
    };
    journal.verb("init", arguments, outcome)?;
    made
}

/// The shims as an install needs them: made where there are none, renewed where they are this
/// user's. Those of another user are theirs to renew: a tree that root installed into an image is
/// used as it is.
///
/// # Errors
///
/// As [`init`].
pub(crate) fn ensure_shims(world: &World) -> Result<()> {
    let home = goseal_store::read_bounded(&world.layout.shims_home(), HOME_LIMIT as u64)?;
    let home = home.and_then(|bytes| Home::parse(&bytes).ok());
    match home.map(|home| home.state) {
        Some(State::User) => Ok(()),
        Some(State::Own { uid, .. }) if uid != world.user.uid => Ok(()),
        _ => install_shims(world, false).map(|_| ()),
    }
}

/// Installs the shims where there are none, and renews those that another build wrote or somebody
/// changed. Doors are renewed with them; `every` looks at those too whose seal says that they are
/// these.
///
/// # Errors
///
/// As [`init`].
pub(crate) fn install_shims(world: &World, every: bool) -> Result<Homestead> {
    let home = home_of(world)?.format();
    // Each file is looked at: a killed install may have left some of them.
    let written = goseal_store::install_shims(&world.layout, &shim_file(world), &home)?;
    Ok(Homestead {
        shims: world.layout.shims(),
        written,
        doors: renew_doors(world, &home, every)?,
    })
}

/// Doors are shims too: those of this user's trees get the same shim and the same places. A tree
/// whose seal is damaged stays as it is: `verify` names it.
fn renew_doors(world: &World, home: &str, every: bool) -> Result<Vec<ReleaseId>> {
    let layout = &world.layout;
    let shim = shim_file(world);
    let doors = Doors { shim: &shim, home };
    let known = (
        goseal_store::read_bounded(&shim, SHIM_LIMIT)?.map(|bytes| Sha256::of(&bytes)),
        Some(Sha256::of(home.as_bytes())),
    );
    let mut renewed = Vec::new();
    for (id, found) in goseal_store::list(layout)? {
        let Ok(Some(installed)) = found else { continue };
        let stated = (installed.seal.door, installed.seal.home);
        if stated == known && !every {
            continue;
        }
        if !goseal_store::is_owned_by(&installed.root, world.user.uid)? {
            continue;
        }
        let guard = goseal_store::lock_release(layout, &id, || {})?;
        if goseal_store::renew_doors(layout, &guard, &doors)? {
            renewed.push(id);
        }
    }
    Ok(renewed)
}

/// What the `home` file of this program and user says.
///
/// # Errors
///
/// [`Error::Broken`] where the program or the shim cannot be read.
pub(crate) fn home_of(world: &World) -> Result<Home> {
    let layout = &world.layout;
    Ok(Home {
        build: build_of(world)?,
        program: world.program.clone(),
        store: layout.store().to_owned(),
        state: State::Own {
            uid: world.user.uid,
            state: layout.state().to_owned(),
            cache: layout.cache().to_owned(),
            config: layout.config().to_owned(),
        },
    })
}

/// The shim that belongs to this program.
pub(crate) fn shim_file(world: &World) -> PathBuf {
    world
        .program
        .parent()
        .unwrap_or_else(|| Path::new("/"))
        .join(SHIM)
}

/// Version, and the first 6 bytes of the digest over the shim: two builds of one version differ.
///
/// The shim and not the program: it is what writes records and reads plans, and it is small.
fn build_of(world: &World) -> Result<String> {
    let shim = shim_file(world);
    let bytes = goseal_store::read_bounded(&shim, SHIM_LIMIT)?;
    let bytes = bytes.ok_or_else(|| Error::part(format!("{} is not there", shim.display())))?;
    let digest: String = Sha256::of(&bytes).to_string().chars().take(12).collect();
    let version = world.product.name.rsplit('/').next().unwrap_or_default();
    Ok(format!("{version}+{digest}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene::Scene;

    #[test]
    fn a_home_is_made_once_and_renewed_for_another_program_or_shim() {
        let mut scene = Scene::new();
        let written = |scene: &Scene| init(&scene.world, &[]).unwrap().written;
        assert!(written(&scene));
        assert!(!written(&scene));
        let home = |scene: &Scene| {
            let bytes = std::fs::read(scene.world.layout.shims_home()).unwrap();
            Home::parse(&bytes).unwrap()
        };
        let first = home(&scene);
        assert_eq!(first.program, scene.world.program);
        assert!(first.build.starts_with("1.2.3+"), "{}", first.build);

        // Moved: the same build in another place.
        scene.file("moved/goseal-shim", "the shim");
        scene.world.program = scene.root().join("moved/goseal");
        assert!(written(&scene));
        let second = home(&scene);
        assert_eq!(
            (&second.program, &second.build),
            (&scene.world.program, &first.build)
        );

        // Another build in the same place.
        scene.file("moved/goseal-shim", "a newer shim");
        assert!(written(&scene));
        assert_ne!(home(&scene).build, first.build);
        let go = scene.world.layout.shims().join("go");
        assert_eq!(std::fs::read(go).unwrap(), b"a newer shim");
    }

    #[test]
    fn an_install_leaves_the_shims_of_another_user_as_they_are() {
        let mut scene = Scene::new();
        ensure_shims(&scene.world).unwrap();
        let home = std::fs::read(scene.world.layout.shims_home()).unwrap();
        scene.world.user.uid += 1;
        ensure_shims(&scene.world).unwrap();
        let after = || std::fs::read(scene.world.layout.shims_home()).unwrap();
        assert_eq!(after(), home);
        install_shims(&scene.world, true).unwrap();
        assert_ne!(after(), home, "init was asked for it");
    }

    #[test]
    fn a_program_without_its_shim_says_which_file_is_missing() {
        let mut scene = Scene::new();
        scene.world.program = scene.root().join("empty/goseal");
        let refused = init(&scene.world, &[]).unwrap_err();
        let missing = scene.root().join("empty").join(SHIM);
        assert_eq!(
            refused.to_string(),
            format!("{} is not there", missing.display())
        );
        assert!(scene.log().contains("\"outcome\":\"failed\""));
    }
}
