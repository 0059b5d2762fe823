//! Opening files that other programs may have put there.
//!
//! Owns: the flags of such an open. Promises: what comes back is a regular file, the one that the
//! system describes; nothing waits for a pipe or takes a terminal. Does not do: reading.

use std::fs::{File, Metadata};
use std::os::fd::BorrowedFd;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, Mode, OFlags};
use rustix::io::Errno;

use crate::error::{Error, Result};

/// Opens a regular file for reading, or says that it is none; `None` where nothing is. Never
/// follows a link, never blocks on a pipe, never takes a terminal.
pub(crate) fn open_regular(path: &Path, follow: bool) -> Result<Option<File>> {
    let opened = open_regular_at(CWD, path, follow, || path.to_owned())?;
    Ok(opened.map(|(file, _)| file))
}

/// The same below an open folder; `shown` is how messages name it.
pub(crate) fn open_regular_at(
    folder: BorrowedFd<'_>,
    place: &Path,
    follow: bool,
    shown: impl Fn() -> PathBuf,
) -> Result<Option<(File, Metadata)>> {
    let mut flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
    if !follow {
        flags |= OFlags::NOFOLLOW;
    }
    let not_a_file = || Error::NotAFile { path: shown() };
    let file = match rustix::fs::openat(folder, place, flags, Mode::empty()) {
        Ok(fd) => File::from(fd),
        Err(Errno::NOENT | Errno::NOTDIR) => return Ok(None),
        // A socket, a device without a driver, a link.
        Err(Errno::NXIO | Errno::LOOP) => return Err(not_a_file()),
        Err(e) => return Err(Error::io("open", &shown(), e)),
    };
    let about = file
        .metadata()
        .map_err(|e| Error::io("look at", &shown(), e))?;
    if about.is_file() {
        Ok(Some((file, about)))
    } else {
        Err(not_a_file())
    }
}
