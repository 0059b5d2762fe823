//! Small files: of projects (`.go-version`, `goseal.lock`), plans, shims.
//!
//! Owns: reading with a bound, writing by rename. Promises: reading never blocks and never takes
//! more than it was allowed; whoever reads a file that is being written sees the old or the new one.
//! Does not do: grammars (core, config), deciding where a file belongs.

use std::io::Read as _;
use std::path::Path;

use goseal_core::digest::Sha256;
use goseal_core::layout::Layout;

use crate::error::{Error, Result};
use crate::place::{Folder, open_regular};
use crate::seal::{SHIM_LIMIT, shim_names};

/// The bytes of a regular file, `None` where there is none. Links are followed; pipes, devices and
/// folders are refused without waiting for them.
///
/// # Errors
///
/// [`Error::NotAFile`], [`Error::TooLong`] beyond `limit` bytes, [`Error::Io`].
pub fn read_bounded(path: &Path, limit: u64) -> Result<Option<Vec<u8>>> {
    read(path, limit, true)
}

/// As [`read_bounded`], for files of our own: a link is refused.
pub(crate) fn read_no_link(path: &Path, limit: u64) -> Result<Option<Vec<u8>>> {
    read(path, limit, false)
}

fn read(path: &Path, limit: u64, follow: bool) -> Result<Option<Vec<u8>>> {
    let Some(file) = open_regular(path, follow)? else {
        return Ok(None);
    };
    let mut bytes = Vec::new();
    file.take(limit + 1)
        .read_to_end(&mut bytes)
        .map_err(|e| Error::io("read", path, e))?;
    if bytes.len() as u64 > limit {
        return Err(Error::TooLong {
            path: path.to_owned(),
            limit,
        });
    }
    Ok(Some(bytes))
}

/// Writes a file beside its place and renames it there; on the disk when it returns. Folders above
/// it are made where they are missing. A link in its place is replaced, not followed.
///
/// # Errors
///
/// [`Error::Io`].
pub fn write_atomic(path: &Path, bytes: &[u8], mode: u32) -> Result<()> {
    let (folder, name) = parts(path)?;
    Folder::root(folder)?.replace(name, bytes, mode, true)
}

/// The same for a file that only its owner reads, in a folder that only its owner enters: keys,
/// stamps. A folder that is there already keeps its mode.
///
/// # Errors
///
/// [`Error::Io`].
pub fn write_private(path: &Path, bytes: &[u8]) -> Result<()> {
    let (folder, name) = parts(path)?;
    Folder::private(folder)?.replace(name, bytes, 0o600, true)
}

/// The folder and the name of a file.
fn parts(path: &Path) -> Result<(&Path, &str)> {
    let name = path.file_name().and_then(std::ffi::OsStr::to_str);
    let name = name.ok_or_else(|| Error::NotAFile {
        path: path.to_owned(),
    })?;
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => Ok((parent, name)),
        _ => Ok((Path::new("."), name)),
    }
}

/// Writes the launch plan for the inputs of that digest. Not synced: a plan can be made again.
///
/// # Errors
///
/// [`Error::Io`].
pub fn write_plan(layout: &Layout, digest: &Sha256, text: &str) -> Result<()> {
    let plans = layout.plans();
    Folder::private(&plans)?.replace(&digest.to_string(), text.as_bytes(), 0o600, false)
}

/// Removes every launch plan of the current format: each is decided anew when it is asked for.
///
/// # Errors
///
/// [`Error::Io`].
pub fn forget_plans(layout: &Layout) -> Result<()> {
    let plans = Folder::private(&layout.plans())?;
    for (name, _) in plans.names()? {
        plans.remove(&name)?;
    }
    Ok(())
}

/// Puts copies of the shim, `go` and `gofmt`, and the `home` text into the folder that is on PATH.
/// What is there already stays as it is, so that nothing changes under a running shell. Says whether
/// anything was written.
///
/// # Errors
///
/// [`Error::NotAFile`] and [`Error::Io`] for the shim's file and the folder.
pub fn install_shims(layout: &Layout, shim: &Path, home: &str) -> Result<bool> {
    let bytes = read_bounded(shim, SHIM_LIMIT)?
        .ok_or_else(|| Error::io("open", shim, std::io::ErrorKind::NotFound))?;
    let folder = Folder::root(layout.store())?.ensure("shims", 0o755)?;
    // `home` first: a shim must never be found without it.
    let mut written = put(&folder, "home", home.as_bytes(), 0o444)?;
    for name in shim_names() {
        let name = format!("{name}{}", std::env::consts::EXE_SUFFIX);
        written |= put(&folder, &name, &bytes, 0o555)?;
    }
    Ok(written)
}

/// Whether it was written: what is there already and the same stays.
pub(crate) fn put(folder: &Folder, name: &str, bytes: &[u8], mode: u32) -> Result<bool> {
    use std::os::unix::fs::PermissionsExt as _;
    let path = folder.path().join(name);
    let same_mode = std::fs::symlink_metadata(&path)
        .is_ok_and(|about| about.is_file() && about.permissions().mode() & 0o7777 == mode);
    if same_mode && read_no_link(&path, SHIM_LIMIT)?.as_deref() == Some(bytes) {
        return Ok(false);
    }
    folder.replace(name, bytes, mode, true)?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{MetadataExt as _, symlink};

    use super::*;

    #[test]
    fn what_a_killed_writer_left_is_removed_by_the_next_and_a_living_one_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, "half").unwrap();
            path
        };
        let dead = write(".a.0123456789abcdef");
        let living = write(".a.fedcba9876543210");
        let others = [
            write(".b.0123456789abcdef"),
            write(".a.own"),
            write("a.txt"),
        ];
        let held = std::fs::File::open(&living).unwrap();
        held.lock().unwrap();
        write_atomic(&folder.path().join("a"), b"whole", 0o644).unwrap();
        assert!(!dead.exists() && living.exists());
        assert!(others.iter().all(|path| path.exists()));
        drop(held);
        write_atomic(&folder.path().join("a"), b"again", 0o644).unwrap();
        assert!(!living.exists());
    }

    #[test]
    fn of_many_writers_at_once_each_one_succeeds() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let write_often = &|writer: u8| {
            for _ in 0..50 {
                write_atomic(&path, &[writer; 64], 0o644).unwrap();
            }
        };
        std::thread::scope(|scope| {
            for writer in 0..8 {
                scope.spawn(move || write_often(writer));
            }
        });
        let bytes = read_bounded(&path, 64).unwrap().unwrap();
        assert!(bytes.len() == 64 && bytes.iter().all(|byte| *byte == bytes[0]));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_file_is_read_up_to_its_bound() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        assert_eq!(read_bounded(&path, 4).unwrap(), None);
        assert_eq!(read_bounded(&path.join("below/a/file"), 4).unwrap(), None);
        write_atomic(&path, b"1234", 0o644).unwrap();
        assert_eq!(read_bounded(&path, 4).unwrap().unwrap(), b"1234");
        assert!(matches!(
            read_bounded(&path, 3),
            Err(Error::TooLong { limit: 3, .. })
        ));
        symlink(&path, folder.path().join("l")).unwrap();
        assert!(read_bounded(&folder.path().join("l"), 4).unwrap().is_some());
        assert!(matches!(
            read_no_link(&folder.path().join("l"), 4),
            Err(Error::NotAFile { .. })
        ));
    }

    #[test]
    fn pipes_devices_and_folders_are_refused_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        rustix::fs::mknodat(
            rustix::fs::CWD,
            &pipe,
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR,
            0,
        )
        .unwrap();
        for path in [&pipe, Path::new("/dev/zero"), folder.path()] {
            assert!(
                matches!(read_bounded(path, 10), Err(Error::NotAFile { .. })),
                "{path:?}"
            );
        }
    }

    #[test]
    fn writing_replaces_a_link_and_leaves_nothing_beside() {
        let folder = tempfile::tempdir().unwrap();
        let (target, path) = (
            folder.path().join("t"),
            folder.path().join("sub/.go-version"),
        );
        std::fs::write(&target, "1.20").unwrap();
        std::fs::create_dir(folder.path().join("sub")).unwrap();
        symlink(&target, &path).unwrap();
        write_atomic(&path, b"1.26.10\n", 0o644).unwrap();
        assert_eq!(std::fs::read(&target).unwrap(), b"1.20");
        assert_eq!(std::fs::read(&path).unwrap(), b"1.26.10\n");
        assert_eq!(
            std::fs::read_dir(folder.path().join("sub"))
                .unwrap()
                .count(),
            1
        );
        assert!(write_atomic(Path::new("/"), b"", 0o644).is_err());
    }

    #[test]
    fn shims_are_copies_and_stay_when_they_are_right() {
        let home = tempfile::tempdir().unwrap();
        let layout = Layout::rooted(home.path());
        let shim = home.path().join("goseal-shim");
        std::fs::write(&shim, "ELF").unwrap();
        assert!(install_shims(&layout, &shim, "home 1").unwrap());
        assert!(!install_shims(&layout, &shim, "home 1").unwrap());
        let about = |name| std::fs::symlink_metadata(layout.shims().join(name)).unwrap();
        let (go, home_file) = (about("go"), about("home"));
        assert_eq!((go.mode() & 0o7777, go.nlink()), (0o555, 1));
        install_shims(&layout, &shim, "home 2").unwrap();
        assert_eq!(about("go").ino(), go.ino());
        assert_ne!(about("home").ino(), home_file.ino());
        assert_eq!(std::fs::read(layout.shims_home()).unwrap(), b"home 2");
        assert_eq!(std::fs::read_dir(layout.shims()).unwrap().count(), 3);
    }

    #[test]
    fn private_files_lie_in_folders_that_only_their_owner_enters() {
        let home = tempfile::tempdir().unwrap();
        let layout = Layout::rooted(&home.path().join("new"));
        let mode = |path: &Path| std::fs::metadata(path).unwrap().mode() & 0o7777;
        write_private(&layout.keys().join("k"), b"k").unwrap();
        assert_eq!(mode(&layout.keys()), 0o700);
        assert_eq!(mode(&layout.keys().join("k")), 0o600);
        write_plan(&layout, &Sha256::of(b""), "plan").unwrap();
        assert_eq!(mode(&layout.plans()), 0o700);
        // The store, which others may use, lies there too.
        assert_eq!(mode(layout.state()), 0o755);
    }

    #[test]
    fn a_failed_write_names_the_file_that_was_meant() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("goseal.lock");
        std::fs::create_dir(&path).unwrap();
        let error = write_atomic(&path, b"", 0o644).unwrap_err();
        assert!(!error.to_string().contains(".goseal.lock"), "{error}");
        assert!(error.to_string().ends_with("goseal.lock"), "{error}");
    }

    #[test]
    fn a_plan_lies_under_its_digest() {
        let home = tempfile::tempdir().unwrap();
        let layout = Layout::rooted(home.path());
        let digest = Sha256::of(b"inputs");
        write_plan(&layout, &digest, "plan").unwrap();
        write_plan(&layout, &digest, "plan").unwrap();
        let path = layout.plans().join(digest.to_string());
        assert_eq!(std::fs::read(path).unwrap(), b"plan");
    }
}
