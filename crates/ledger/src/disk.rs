//! The files of a ledger's folder: names, opening, reading at a place, the lock.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::error::Error;

/// The open segment.
pub(crate) const LOG: &str = "log.jsonl";
/// The lock: a file of its own, never renamed, removed or used as data.
pub(crate) const LOCK: &str = "lock";
/// Closed segments.
pub(crate) const SEGMENTS: &str = "segments";
/// Superseded chains.
pub(crate) const OLD: &str = "old";

/// After this long a person is told that the lock is held.
const TELL: Duration = Duration::from_secs(1);
/// The first and the longest pause between two looks at the lock. A holder needs some 10 us.
const PAUSES: (Duration, Duration) = (Duration::from_micros(20), Duration::from_millis(5));

/// Wraps an I/O error with what was done where.
pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Error {
    let path = path.to_owned();
    move |source| Error::Io {
        action,
        path,
        source,
    }
}

/// Options that make files which only their owner reads: a log names commands and folders.
pub(crate) fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Makes a folder and those above it; only the owner enters new ones.
pub(crate) fn make_folder(path: &Path) -> Result<(), Error> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(io("make", path))
}

/// Opens a file that may not be there.
pub(crate) fn open_if_there(options: &OpenOptions, path: &Path) -> Result<Option<File>, Error> {
    match options.open(path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(io("open", path)(error)),
    }
}

/// Reads up to `buffer.len()` bytes at `offset`; fewer only at the end of the file.
pub(crate) fn read_at<'a>(
    file: &File,
    buffer: &'a mut [u8],
    offset: u64,
) -> io::Result<&'a mut [u8]> {
    let mut filled = 0;
    while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match read_once(file, rest, offset + filled as u64) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(buffer.get_mut(..filled).unwrap_or_default())
}

#[cfg(unix)]
fn read_once(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, offset)
}

#[cfg(windows)]
fn read_once(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, offset)
}

/// The name of a closed segment.
pub(crate) fn segment_path(folder: &Path, first: u64) -> PathBuf {
    folder.join(SEGMENTS).join(format!("{first:020}.jsonl"))
}

/// The first `seq` of each closed segment, ascending. Other names are none of ours.
pub(crate) fn segments(folder: &Path) -> Result<Vec<u64>, Error> {
    let path = folder.join(SEGMENTS);
    let entries = match fs::read_dir(&path) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(io("list", &path)(error)),
    };
    let mut firsts = Vec::new();
    for entry in entries {
        let name = entry.map_err(io("list", &path))?.file_name();
        let name = name.as_encoded_bytes().strip_suffix(b".jsonl");
        firsts.extend(name.and_then(crate::form::parse_seq));
    }
    firsts.sort_unstable();
    Ok(firsts)
}

/// Takes the ledger's lock; the kernel frees it when the file is closed or its holder dies.
pub(crate) fn take_lock(
    folder: &Path,
    patience: Duration,
    on_wait: &mut dyn FnMut(Duration),
) -> Result<File, Error> {
    let path = folder.join(LOCK);
    let options = private().read(true).write(true).create(true).clone();
    let file = open_if_there(&options, &path)?.ok_or_else(|| Error::NoChain {
        folder: folder.to_owned(),
        other_owner: false,
    })?;
    let mut begun = None;
    let mut pause = PAUSES.0;
    let mut told = false;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(TryLockError::Error(error)) => return Err(io("lock", &path)(error)),
        }
        let waited = begun.get_or_insert_with(Instant::now).elapsed();
        if waited >= patience {
            return Err(Error::Busy { path, waited });
        }
        if waited >= TELL && !told {
            told = true;
            on_wait(waited);
        }
        std::thread::sleep(pause.min(patience.saturating_sub(waited)));
        pause = (pause * 2).min(PAUSES.1);
    }
}
