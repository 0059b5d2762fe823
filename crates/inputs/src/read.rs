//! Reading a file that may be anything: bounded, and never blocking.

use std::fs::{self, File, Metadata};
use std::io::{self, Read as _};
use std::path::Path;

use crate::error::{Error, Result};
use crate::gather::INPUT_LIMIT;
use crate::meta;

/// The bytes of a regular file and what the system says about it; `None` where there is no file.
/// At most `limit` bytes are read.
///
/// The kind is looked at before the file is opened (opening a device can act on it) and again
/// after, on the open file.
///
/// # Errors
///
/// [`Error::Read`], [`Error::NotRegular`] or [`Error::TooLarge`].
pub fn read_bounded(path: &Path, limit: usize) -> Result<Option<(Vec<u8>, Metadata)>> {
    let fail = |source| Error::Read {
        path: path.to_owned(),
        source,
    };
    let not_regular = || Error::NotRegular {
        path: path.to_owned(),
    };
    let before = match fs::metadata(path) {
        Ok(meta) => meta,
        Err(error) if is_absent(&error) => return Ok(None),
        Err(error) => return Err(fail(error)),
    };
    if !before.is_file() {
        return Err(not_regular());
    }
    let mut file = open(path).map_err(fail)?;
    let meta = file.metadata().map_err(fail)?;
    if !meta.is_file() {
        return Err(not_regular());
    }
    // One byte more than the file says it has: most files are read, and seen to end, by one call.
    let expected = usize::try_from(meta.len()).unwrap_or(limit).min(limit);
    let mut bytes = vec![0; expected + 1];
    let first = file.read(&mut bytes).map_err(fail)?;
    let full = first == bytes.len();
    bytes.truncate(first);
    if full && first <= limit {
        let most = u64::try_from(limit - first)
            .unwrap_or(u64::MAX)
            .saturating_add(1);
        file.take(most).read_to_end(&mut bytes).map_err(fail)?;
    }
    if bytes.len() > limit {
        return Err(Error::TooLarge {
            path: path.to_owned(),
            limit,
        });
    }
    Ok(Some((bytes, meta)))
}

/// As [`read_bounded`] with the limit of inputs, for a file that says what others must do: it and its
/// folder belong to root or to `uid`, and nobody else may write to them.
///
/// # Errors
///
/// [`Error::Guard`] where others could change it; as [`read_bounded`].
pub fn read_guarded(path: &Path, uid: u32) -> Result<Option<Vec<u8>>> {
    let Some((bytes, about)) = read_bounded(path, INPUT_LIMIT)? else {
        return Ok(None);
    };
    check_guard(path, &about, uid)?;
    if let Some(folder) = path.parent() {
        check_guarded(folder, uid)?;
    }
    Ok(Some(bytes))
}

/// Whether a file or folder belongs to root or to `uid`, and nobody else may write it.
///
/// # Errors
///
/// [`Error::Guard`] where others could; [`Error::Read`] where it cannot be looked at.
pub fn check_guarded(path: &Path, uid: u32) -> Result<()> {
    let about = fs::metadata(path).map_err(|source| Error::Read {
        path: path.to_owned(),
        source,
    })?;
    check_guard(path, &about, uid)
}

fn check_guard(path: &Path, about: &Metadata, uid: u32) -> Result<()> {
    let owner = meta::owner(about);
    if (owner == 0 || owner == uid) && !meta::is_open_to_others(about) {
        return Ok(());
    }
    Err(Error::Guard {
        path: path.to_owned(),
        owner,
    })
}

/// Whether the error means that there is nothing of that name.
pub(crate) fn is_absent(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

#[cfg(unix)]
fn open(path: &Path) -> io::Result<File> {
    use rustix::fs::{Mode, OFlags};
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    Ok(File::from(rustix::fs::open(path, flags, Mode::empty())?))
}

#[cfg(not(unix))]
fn open(path: &Path) -> io::Result<File> {
    File::open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_is_there_up_to_the_limit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f");
        assert!(read_bounded(&path, 4).unwrap().is_none());
        fs::write(&path, "abcd").unwrap();
        assert_eq!(read_bounded(&path, 4).unwrap().unwrap().0, b"abcd");
        assert!(matches!(
            read_bounded(&path, 3),
            Err(Error::TooLarge { limit: 3, .. })
        ));
    }

    #[test]
    #[cfg(unix)]
    fn what_others_may_change_does_not_guard() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("policy.toml");
        fs::write(&path, "x").unwrap();
        let mode = |path: &Path, mode| {
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        };
        let owner = meta::owner(&fs::metadata(&path).unwrap());
        mode(folder.path(), 0o755);
        for (file, guards) in [(0o644, true), (0o400, true), (0o664, false), (0o646, false)] {
            mode(&path, file);
            assert_eq!(read_guarded(&path, owner).is_ok(), guards, "{file:o}");
        }
        mode(&path, 0o644);
        mode(folder.path(), 0o777);
        let found = read_guarded(&path, owner);
        assert!(matches!(found, Err(Error::Guard { path, .. }) if path == folder.path()));
        mode(folder.path(), 0o700);
        // Root's files guard everybody; anybody else's only themselves.
        assert_eq!(read_guarded(&path, owner + 1).is_ok(), owner == 0);
    }

    #[test]
    fn a_file_that_grew_is_read_to_its_end() {
        // The process table says that its files are empty.
        let (bytes, meta) = read_bounded(Path::new("/proc/self/status"), 65_536)
            .unwrap()
            .unwrap();
        assert_eq!(meta.len(), 0);
        assert!(bytes.len() > 100);
        let failed = read_bounded(Path::new("/proc/self/status"), 100);
        assert!(matches!(failed, Err(Error::TooLarge { .. })));
    }

    #[test]
    fn refuses_folders_fifos_and_links_to_devices_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let fifo = folder.path().join("fifo");
        let made = std::process::Command::new("mkfifo").arg(&fifo).status();
        assert!(made.unwrap().success());
        let zero = folder.path().join("zero");
        std::os::unix::fs::symlink("/dev/zero", &zero).unwrap();
        for path in [folder.path(), &fifo, &zero] {
            assert!(
                matches!(read_bounded(path, 9), Err(Error::NotRegular { .. })),
                "{}",
                path.display()
            );
        }
    }
}
