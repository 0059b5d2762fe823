//! Where this executable stands: its `home` file, its places, and whether it is a door.

use std::path::{Path, PathBuf};

use goseal_core::home::{HOME_LIMIT, Home};
use goseal_core::layout::{BEHIND_DOOR, Layout};
use goseal_core::plan::Stamp;
use goseal_core::release::ReleaseId;
use goseal_inputs::{Account, read_bounded};

use crate::check::{check_meta, check_owner};
use crate::refusal::Refusal;
use crate::sys;

/// The shim's own place.
#[derive(Debug)]
pub(crate) struct Site {
    /// The `home` file.
    pub(crate) home_path: PathBuf,
    /// What it says.
    pub(crate) home: Home,
    /// The places of the running user.
    pub(crate) layout: Layout,
    /// The release whose door this is; `None` for a shim.
    pub(crate) door: Option<ReleaseId>,
    /// This executable's identity.
    pub(crate) own: Stamp,
    /// The user who runs.
    pub(crate) uid: u32,
    /// The same in the password database.
    pub(crate) account: Option<Account>,
}

impl Site {
    /// Finds it from the executable's own path: `home` beside a shim, `../pkg/goseal/home` from a
    /// door. Neither PATH nor any variable has a say.
    ///
    /// # Errors
    ///
    /// A [`Refusal`] that cannot go on record: without a home there is no log.
    pub(crate) fn find() -> Result<Self, Refusal> {
        let exe = std::env::current_exe().map_err(|error| {
            Refusal::new(
                "no-home",
                format!("cannot find this executable: {error}"),
                "",
            )
        })?;
        let folder = exe.parent().unwrap_or(&exe);
        let uid = sys::uid();
        let (home_path, bytes, door) = read_home(folder, uid)?;
        let home = Home::parse(&bytes)
            .map_err(|fault| unusable(&format!("{} has {fault}", home_path.display())))?;
        check_owner(&home.store, uid)?;
        let account = Account::of_uid(uid);
        let layout = home
            .layout(uid, || account.as_ref().map(Account::places))
            .ok_or_else(|| no_account(uid, &home_path))?;
        let own = goseal_inputs::stamp(&exe)
            .map_err(|error| unusable(&format!("cannot read {}: {error}", exe.display())))?;
        Ok(Self {
            home_path,
            home,
            layout,
            door,
            own,
            uid,
            account,
        })
    }
}

/// The `home` file's path and bytes, and the release whose door this is.
fn read_home(folder: &Path, uid: u32) -> Result<(PathBuf, Vec<u8>, Option<ReleaseId>), Refusal> {
    let shim = folder.join("home");
    if let Some(bytes) = read(&shim, uid)? {
        check_owner(folder, uid)?;
        return Ok((shim, bytes, None));
    }
    let root = folder.parent().unwrap_or(folder);
    let behind = root.join(BEHIND_DOOR);
    let door = behind.join("home");
    let Some(bytes) = read(&door, uid)? else {
        return Err(unusable(&format!(
            "there is no {} and no {}",
            shim.display(),
            door.display()
        )));
    };
    check_owner(&behind, uid)?;
    let release = root
        .file_name()
        .and_then(|name| ReleaseId::parse(name.to_str()?))
        .ok_or_else(|| unusable(&format!("{} is not named after a release", root.display())))?;
    Ok((door, bytes, Some(release)))
}

fn read(path: &Path, uid: u32) -> Result<Option<Vec<u8>>, Refusal> {
    match read_bounded(path, HOME_LIMIT) {
        Ok(None) => Ok(None),
        Ok(Some((bytes, meta))) => check_meta(path, &meta, uid).map(|()| Some(bytes)),
        Err(error) => Err(unusable(&error.to_string())),
    }
}

fn unusable(what: &str) -> Refusal {
    Refusal::new("no-home", what, "run `goseal init`")
}

fn no_account(uid: u32, home: &Path) -> Refusal {
    Refusal::new(
        "no-account",
        format!(
            "user {uid} is not in /etc/passwd and not the one whose places {} states",
            home.display()
        ),
        format!("run `goseal init` as user {uid}"),
    )
}

/// Whether the two are one file on disk.
pub(crate) fn is_same(a: &Stamp, b: &Stamp) -> bool {
    a.inode == b.inode && a.device == b.device && a.inode != 0
}
