//! What the system says about a file: owner, mode, identity.

use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use goseal_core::plan::Stamp;

/// The size, times and identity of a file now. A link is not followed: a link in the place of an
/// executable has another inode and so another stamp.
///
/// # Errors
///
/// What `lstat` says, without the path: the caller names it.
pub fn stamp(path: &Path) -> io::Result<Stamp> {
    fs::symlink_metadata(path).map(|meta| stamp_of(&meta))
}

/// Whether two paths lead, through links, to one file or folder. `false` where one leads nowhere.
pub fn is_same_file(a: &Path, b: &Path) -> bool {
    match (fs::metadata(a), fs::metadata(b)) {
        (Ok(a), Ok(b)) => same(&a, &b),
        _ => false,
    }
}

/// Whether this user may make `path`, or write into it where it is there: by the modes and the mount of
/// the nearest folder that is. True where the system does not say.
#[cfg(unix)]
pub fn may_be_written(path: &Path) -> bool {
    use rustix::fs::{Access, access};
    let answers = path.ancestors().map(|at| access(at, Access::WRITE_OK));
    let nearest = answers
        .into_iter()
        .find(|answer| *answer != Err(rustix::io::Errno::NOENT));
    !matches!(nearest, Some(Err(_)))
}

/// The same on systems whose modes do not say it.
#[cfg(not(unix))]
pub fn may_be_written(_: &Path) -> bool {
    true
}

#[cfg(unix)]
pub(crate) fn stamp_of(meta: &Metadata) -> Stamp {
    use std::os::unix::fs::MetadataExt as _;
    let nanoseconds = |seconds: i64, rest: i64| seconds.saturating_mul(1_000_000_000) + rest;
    Stamp {
        size: meta.size(),
        mtime_ns: nanoseconds(meta.mtime(), meta.mtime_nsec()),
        ctime_ns: nanoseconds(meta.ctime(), meta.ctime_nsec()),
        inode: meta.ino(),
        device: meta.dev(),
    }
}

#[cfg(unix)]
pub(crate) fn same(a: &Metadata, b: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    a.ino() == b.ino() && a.dev() == b.dev()
}

#[cfg(unix)]
pub(crate) fn owner(meta: &Metadata) -> u32 {
    use std::os::unix::fs::MetadataExt as _;
    meta.uid()
}

#[cfg(unix)]
pub(crate) fn is_world_writable(meta: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    meta.mode() & 0o002 != 0
}

/// Whether group or others may write.
#[cfg(unix)]
pub(crate) fn is_open_to_others(meta: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    meta.mode() & 0o022 != 0
}

#[cfg(not(unix))]
pub(crate) fn stamp_of(meta: &Metadata) -> Stamp {
    let nanoseconds = |time: io::Result<std::time::SystemTime>| {
        time.ok()
            .and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok())
            .and_then(|since| i64::try_from(since.as_nanos()).ok())
            .unwrap_or(0)
    };
    Stamp {
        size: meta.len(),
        mtime_ns: nanoseconds(meta.modified()),
        ctime_ns: nanoseconds(meta.created()),
        inode: 0,
        device: 0,
    }
}

/// Without inodes two files are told apart by size and times.
#[cfg(not(unix))]
pub(crate) fn same(a: &Metadata, b: &Metadata) -> bool {
    stamp_of(a) == stamp_of(b) && a.file_type() == b.file_type()
}

#[cfg(not(unix))]
pub(crate) fn owner(_: &Metadata) -> u32 {
    0
}

#[cfg(not(unix))]
pub(crate) fn is_world_writable(_: &Metadata) -> bool {
    false
}

#[cfg(not(unix))]
pub(crate) fn is_open_to_others(_: &Metadata) -> bool {
    false
}

/// Where a path leads once links are followed: the nearest ancestor that is there, as the system
/// resolves it, and the rest of the path behind it.
pub fn real_place(path: &Path) -> PathBuf {
    let mut rest = PathBuf::new();
    for above in path.ancestors() {
        if let Ok(real) = std::fs::canonicalize(above) {
            return if rest.as_os_str().is_empty() {
                real
            } else {
                real.join(rest)
            };
        }
        if let Some(name) = above.file_name() {
            rest = if rest.as_os_str().is_empty() {
                name.into()
            } else {
                Path::new(name).join(rest)
            };
        }
    }
    path.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_changes_with_the_file_and_not_without() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("go");
        fs::write(&path, "a").unwrap();
        let before = stamp(&path).unwrap();
        assert_eq!(before, stamp(&path).unwrap());
        let copy = folder.path().join("copy");
        fs::copy(&path, &copy).unwrap();
        fs::rename(&copy, &path).unwrap();
        assert_ne!(before, stamp(&path).unwrap());
    }

    #[test]
    fn what_is_not_there_is_written_where_the_folder_above_may_be() {
        let folder = tempfile::tempdir().unwrap();
        assert!(may_be_written(&folder.path().join("a/b/c")));
        assert!(!may_be_written(Path::new("/proc/self/a/b")));
    }

    #[test]
    fn a_link_has_a_stamp_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("go"), folder.path().join("link"));
        fs::write(&path, "a").unwrap();
        std::os::unix::fs::symlink(&path, &link).unwrap();
        assert_ne!(stamp(&path).unwrap(), stamp(&link).unwrap());
        assert!(is_same_file(&path, &link));
        assert!(!is_same_file(&path, &folder.path().join("none")));
    }
}
