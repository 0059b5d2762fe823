//! Doors of installed trees, renewed: another shim, or a program in another place.
//!
//! Owns: writing doors and their `home` into trees that are sealed, and the two lines of the seal
//! that speak of them. Promises: nothing that was published is touched, and the seal's other lines
//! stay; each file is there whole at any moment. A crash in between leaves doors that the seal does
//! not know, which `verify` names and the same call mends. Does not do: deciding when.

use std::path::Path;

use goseal_core::digest::Sha256;
use goseal_core::layout::{BEHIND_DOOR, DOORS, Layout};

use crate::error::{Error, Result};
use crate::files::{put, read_bounded};
use crate::installed;
use crate::lock::ReleaseGuard;
use crate::place::Folder;
use crate::seal::{Doors, SHIM_LIMIT, SealHead};

/// Puts the shim and the `home` text into the doors of the release whose lock the caller holds,
/// where they are not there already. Whether anything was written; a release without a sealed tree
/// has no doors, and a tree of another platform gets none.
///
/// # Errors
///
/// [`Error::Seal`] for a damaged seal, which is left as it is; [`Error::NotAFolder`] and
/// [`Error::Io`].
pub fn renew_doors(layout: &Layout, guard: &ReleaseGuard, doors: &Doors<'_>) -> Result<bool> {
    let Some(found) = installed::find(layout, &guard.release())? else {
        return Ok(false);
    };
    if found.seal.door.is_none() {
        return Ok(false);
    }
    let shim = read_bounded(doors.shim, SHIM_LIMIT)?
        .ok_or_else(|| Error::io("open", doors.shim, std::io::ErrorKind::NotFound))?;
    let tree = Folder::open(&found.root)?;
    let mut written = put_all(&tree, &shim, doors.home)?;
    let head = SealHead {
        door: Some(Sha256::of(&shim)),
        home: Some(Sha256::of(doors.home.as_bytes())),
        ..found.seal.clone()
    };
    if head != found.seal {
        let folder = Folder::open(&layout.seal_folder(&found.id))?;
        folder.replace("seal", head.format().as_bytes(), 0o444, true)?;
        written = true;
    }
    Ok(written)
}

/// The doors of a tree: one in the place of each executable that lies behind them.
fn put_all(tree: &Folder, shim: &[u8], home: &str) -> Result<bool> {
    let behind = BEHIND_DOOR
        .split('/')
        .try_fold(tree.sub(".")?, |at, part| at.sub(part))?;
    let mut names = Vec::new();
    for tool in DOORS {
        for name in [tool.to_owned(), format!("{tool}.exe")] {
            if behind.type_of(&name)?.is_some() {
                names.push(name);
            }
        }
    }
    let bin = tree.sub("bin")?;
    // `home` first, as with the shims: a door must never be found without the one it belongs to.
    let mut written = opened(&behind, |folder| {
        put(folder, "home", home.as_bytes(), 0o444)
    })?;
    for name in names {
        written |= opened(&bin, |folder| put(folder, &name, shim, 0o555))?;
    }
    Ok(written)
}

/// Does something in a read-only folder, which is read-only again afterwards, whatever came of it.
fn opened(folder: &Folder, act: impl FnOnce(&Folder) -> Result<bool>) -> Result<bool> {
    folder.set_mode(0o755)?;
    let done = act(folder);
    folder.set_mode(0o555)?;
    done
}

/// Whether a tree belongs to this user: those of another are theirs to renew.
///
/// # Errors
///
/// [`Error::Io`].
pub fn is_owned_by(tree: &Path, uid: u32) -> Result<bool> {
    use std::os::unix::fs::MetadataExt as _;
    let about = std::fs::symlink_metadata(tree).map_err(|e| Error::io("look at", tree, e))?;
    Ok(about.uid() == uid)
}
