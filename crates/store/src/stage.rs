//! Staging: where an install lies until it is verified.
//!
//! Owns: `staging/`. Promises: a stage is a folder of its own with a random name, 0700, in the store
//! (so that the commit is a rename); it is removed when it is dropped; what a killed install left is
//! removed by the next one, and never what a living one is working on. Does not do: judging.

use std::fs::File;
use std::path::PathBuf;

use goseal_core::layout::Layout;
use goseal_core::release::ReleaseId;

use crate::error::Result;
use crate::lock::{self, ReleaseGuard};
use crate::place::{Folder, random_hex};

const ARCHIVE: &str = "archive";
const TREE: &str = "tree";

/// A place for one install under way.
#[derive(Debug)]
pub struct Stage<'g> {
    guard: &'g ReleaseGuard,
    layout: Layout,
    staging: Folder,
    folder: Folder,
    name: String,
    doors: bool,
}

impl<'g> Stage<'g> {
    /// Makes a stage for the release of `guard`; removes what dead installs left first.
    ///
    /// # Errors
    ///
    /// [`crate::Error::NotAFolder`] where `staging` is a link; [`crate::Error::Io`].
    pub fn new(layout: &Layout, guard: &'g ReleaseGuard) -> Result<Self> {
        let staging = Folder::root(layout.store())?.ensure("staging", 0o700)?;
        clean(layout, &staging, &guard.release())?;
        let name = new_name(&guard.release())?;
        let folder = staging.make(&name, 0o700)?;
        Ok(Self {
            guard,
            layout: layout.clone(),
            staging,
            folder,
            name,
            doors: true,
        })
    }

    /// The same for a tree that never runs here, such as one of another platform: no shim of ours
    /// stands in it, and its executables lie where they were published.
    #[must_use]
    pub fn without_doors(mut self) -> Self {
        self.doors = false;
        self
    }

    /// Whether the tree gets doors.
    pub(crate) const fn has_doors(&self) -> bool {
        self.doors
    }

    /// The release that is being installed.
    pub const fn release(&self) -> ReleaseId {
        self.guard.release()
    }

    /// The home that it belongs to.
    pub(crate) const fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The folder of all stages.
    pub(crate) const fn staging(&self) -> &Folder {
        &self.staging
    }

    /// Creates the empty file that the archive is to be written into, 0600.
    ///
    /// # Errors
    ///
    /// [`crate::Error::Io`], also when it was created before.
    pub fn archive_file(&self) -> Result<(PathBuf, File)> {
        let file = self.folder.create(ARCHIVE, 0o600)?;
        Ok((self.folder.path().join(ARCHIVE), file))
    }

    /// Makes a folder of the caller's own in the stage; it goes with the stage.
    ///
    /// # Errors
    ///
    /// [`crate::Error::Io`], also when it was made before.
    pub fn scratch(&self, name: &str) -> Result<PathBuf> {
        Ok(self.folder.make(name, 0o755)?.path().to_owned())
    }

    /// Where the unpacked tree lies, at its places in an installed tree.
    pub fn tree(&self) -> PathBuf {
        self.folder.path().join(TREE)
    }

    /// Makes the empty folder for the tree.
    pub(crate) fn make_tree(&self) -> Result<Folder> {
        self.folder.make(TREE, 0o755)
    }

    /// Opens the tree that was unpacked.
    pub(crate) fn open_tree(&self) -> Result<Folder> {
        self.folder.sub(TREE)
    }

    /// Removes the tree; a refused archive leaves nothing.
    pub(crate) fn discard_tree(&self) -> Result<()> {
        self.folder.remove(TREE)
    }

    /// The commit: the tree becomes `to/name`.
    pub(crate) fn commit_tree(&self, to: &Folder, name: &str) -> Result<()> {
        self.folder.rename(TREE, to, name)
    }

    /// The commit over a tree that is there: the two change places. `false` where the system
    /// cannot do that in one step; nothing has happened then.
    pub(crate) fn exchange_tree(&self, with: &Folder, name: &str) -> Result<bool> {
        self.folder.exchange(TREE, with, name)
    }
}

impl Drop for Stage<'_> {
    fn drop(&mut self) {
        // What cannot be removed now is removed by the next install.
        let _ = self.staging.remove(&self.name);
    }
}

/// Removes what dead installs of any release left, where `staging/` is there. For an install that
/// finds its tree in place: the one before it may have been killed between commit and cleaning.
///
/// # Errors
///
/// [`crate::Error::NotAFolder`] where `staging` is a link; [`crate::Error::Io`].
pub fn clean_staging(layout: &Layout) -> Result<()> {
    let there = Folder::root(layout.store())?.type_of("staging")?.is_some();
    if !there {
        return Ok(());
    }
    let staging = Folder::root(layout.store())?.sub("staging")?;
    for (name, _) in staging.names()? {
        if let Some(release) = release_of(&name)
            && let Some(_guard) = lock::try_lock_release(layout, &release)?
        {
            staging.remove(&name)?;
        }
    }
    Ok(())
}

/// A new name in `staging/` for something of this release.
pub(crate) fn new_name(release: &ReleaseId) -> Result<String> {
    Ok(format!("{release}-{}", random_hex()?))
}

/// The release that a name in `staging/` belongs to; inverse of [`new_name`].
fn release_of(name: &str) -> Option<ReleaseId> {
    let (release, random) = name.rsplit_once('-')?;
    let hex = random.len() == 16 && random.bytes().all(|b| b.is_ascii_hexdigit());
    ReleaseId::parse(release).filter(|_| hex)
}

/// Removes what lies in `staging/` for the release whose lock the caller holds, and for every other
/// release whose lock is free: its install is dead.
fn clean(layout: &Layout, staging: &Folder, held: &ReleaseId) -> Result<()> {
    for (name, _) in staging.names()? {
        let Some(release) = release_of(&name) else {
            continue;
        };
        if release == *held {
            staging.remove(&name)?;
        } else if let Ok(Some(_guard)) = lock::try_lock_release(layout, &release) {
            // Another release's leftovers must not fail this install.
            let _ = staging.remove(&name);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;
    use crate::error::Error;
    use crate::lock::lock_release;

    fn id(text: &str) -> ReleaseId {
        ReleaseId::parse(text).unwrap()
    }

    #[test]
    fn a_stage_is_private_and_gone_when_dropped() {
        let home = tempfile::tempdir().unwrap();
        let layout = Layout::rooted(home.path());
        let guard = lock_release(&layout, &id("go1.22.5.linux-amd64"), || {}).unwrap();
        let stage = Stage::new(&layout, &guard).unwrap();
        let mode = std::fs::metadata(stage.folder.path())
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o7777, 0o700);
        let (path, _file) = stage.archive_file().unwrap();
        assert!(path.exists() && stage.archive_file().is_err());
        stage.make_tree().unwrap().make("sub", 0o555).unwrap();
        drop(stage);
        assert_eq!(std::fs::read_dir(layout.staging()).unwrap().count(), 0);
    }

    #[test]
    fn leftovers_of_dead_installs_go_and_those_of_living_ones_stay() {
        let home = tempfile::tempdir().unwrap();
        let layout = Layout::rooted(home.path());
        let (mine, dead, alive) = (
            id("go1.22.5.linux-arm"),
            id("go1.22.6.linux-arm"),
            id("go1.22.5.linux-arm64"),
        );
        let staging = layout.staging();
        for release in [mine, dead, alive] {
            let left = staging.join(format!("{release}-0123456789abcdef/tree/src"));
            std::fs::create_dir_all(&left).unwrap();
            std::fs::set_permissions(&left, std::fs::Permissions::from_mode(0o555)).unwrap();
        }
        std::fs::create_dir(staging.join("someone's own")).unwrap();
        let _living = lock_release(&layout, &alive, || {}).unwrap();
        let guard = lock_release(&layout, &mine, || {}).unwrap();
        let stage = Stage::new(&layout, &guard).unwrap();
        let mut left: Vec<_> = std::fs::read_dir(&staging)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        left.sort();
        let mut expected = vec![
            stage.name.clone(),
            format!("{alive}-0123456789abcdef"),
            "someone's own".to_owned(),
        ];
        expected.sort();
        assert_eq!(left, expected);
    }

    #[test]
    fn cleaning_by_itself_takes_what_is_dead_and_makes_nothing() {
        let home = tempfile::tempdir().unwrap();
        let layout = Layout::rooted(home.path());
        clean_staging(&layout).unwrap();
        assert!(!layout.staging().exists());
        let (dead, alive) = (id("go1.22.6.linux-arm"), id("go1.22.5.linux-arm64"));
        for release in [dead, alive] {
            let left = layout.staging().join(format!("{release}-0123456789abcdef"));
            std::fs::create_dir_all(left).unwrap();
        }
        let _living = lock_release(&layout, &alive, || {}).unwrap();
        clean_staging(&layout).unwrap();
        let left = std::fs::read_dir(layout.staging()).unwrap();
        let names: Vec<_> = left.map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, [format!("{alive}-0123456789abcdef").as_str()]);
    }

    #[test]
    fn refuses_a_staging_folder_that_is_a_link() {
        let home = tempfile::tempdir().unwrap();
        let elsewhere = tempfile::tempdir().unwrap();
        let layout = Layout::rooted(home.path());
        symlink(elsewhere.path(), layout.staging()).unwrap();
        let guard = lock_release(&layout, &id("go1.22.5.linux-amd64"), || {}).unwrap();
        assert!(matches!(
            Stage::new(&layout, &guard),
            Err(Error::NotAFolder { .. })
        ));
        assert_eq!(std::fs::read_dir(elsewhere.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_stage_that_is_swapped_for_a_link_catches_nothing() {
        let home = tempfile::tempdir().unwrap();
        let elsewhere = tempfile::tempdir().unwrap();
        let layout = Layout::rooted(home.path());
        let guard = lock_release(&layout, &id("go1.22.5.linux-amd64"), || {}).unwrap();
        let stage = Stage::new(&layout, &guard).unwrap();
        stage.make_tree().unwrap();
        std::fs::remove_dir(stage.tree()).unwrap();
        symlink(elsewhere.path(), stage.tree()).unwrap();
        assert!(matches!(stage.open_tree(), Err(Error::NotAFolder { .. })));
        std::fs::rename(stage.folder.path(), home.path().join("moved")).unwrap();
        symlink(elsewhere.path(), stage.folder.path()).unwrap();
        let (_, file) = stage.archive_file().unwrap();
        drop((file, stage));
        assert_eq!(std::fs::read_dir(elsewhere.path()).unwrap().count(), 0);
    }
}
