//! Unpacking an archive that nobody vouches for, into a stage and nowhere else.
//!
//! Owns: the limits, the names, what may stand in a zip or tar.gz file. The crates `zip`, `tar` and
//! `flate2` read; what they pass over is refused here, so that no two readers can see two different
//! things (docs/decisions/0004). Promises: only regular files and
//! folders come out, each file hashed while it is written, with the mode of Go's own table; whatever
//! Go's own writers would not write is refused, and then nothing is left in the stage. Does not do:
//! believing. The manifest that comes out says what is there, not that it is right.

mod audit;
mod contents;
mod gzip;
mod names;
mod output;
mod tar;
mod window;

use std::fs::File;
use std::num::NonZero;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use goseal_core::archive::{Archive, ArchiveForm};
use goseal_core::manifest::Manifest;
use goseal_core::progress::Progress;
use goseal_core::release::ReleaseId;
use goseal_core::unverified::Unverified;

pub(crate) use self::output::{Folders, TreeWriter};
pub(crate) use self::tar::{BLOCK, judge};

use self::names::Names;
pub(crate) use self::output::place_of;
use crate::error::{Error, Result, shown};
use crate::place::{Folder, open_regular};
use crate::stage::Stage;

/// Bytes that any archive may unpack to, however small it is. Beyond this, eight times its size.
pub const MIN_UNPACKED: u64 = 64 << 20;

/// Bytes that no archive may unpack to, however large it is; go1.27 unpacks to 0.3 GiB.
pub const MAX_UNPACKED: u64 = 2 << 30;

/// How much larger than the archive its content may be; Go's own reach 4.5.
const MAX_RATIO: u64 = 8;

/// Threads beyond this wait for the disk.
const MAX_THREADS: usize = 8;

/// Bytes of `VERSION` that are read; Go's own have 40.
const VERSION_LIMIT: u64 = 4096;

/// Unpacks into the tree of `stage` and says what is there. `covered` states that a digest from
/// lock, minisign or index covers the whole archive: only then `api doc misc test`, which the h1
/// does not cover, are unpacked. `threads` of `None` takes the machine's, at most 8.
///
/// Files lie at their places in an installed tree, executables behind the doors where the stage has
/// doors, 0444 or 0555.
/// Folders stay writable until [`crate::seal`]. At most [`MAX_UNPACKED`] bytes and 50,000 files.
///
/// # Errors
///
/// Distrust for an archive that is not formed as Go's own, whose names are
/// refused, which asks for more than the limits, or whose `VERSION` names another release;
/// [`Error::Io`]. In every case the tree is removed.
pub fn unpack(
    archive: &Unverified<Archive>,
    stage: &Stage<'_>,
    covered: bool,
    threads: Option<NonZero<usize>>,
    progress: &dyn Progress,
) -> Result<Manifest> {
    let unpacked = try_unpack(archive.untrusted(), stage, covered, threads, progress);
    if unpacked.is_err() {
        // The first error is the one that is told; the stage is removed when it is dropped, too.
        let _ = stage.discard_tree();
    }
    unpacked
}

fn try_unpack(
    archive: &Archive,
    stage: &Stage<'_>,
    covered: bool,
    threads: Option<NonZero<usize>>,
    progress: &dyn Progress,
) -> Result<Manifest> {
    let file = open_sized(archive)?;
    let tree = stage.make_tree()?;
    let job = Job {
        archive,
        limit: archive
            .size
            .saturating_mul(MAX_RATIO)
            .clamp(MIN_UNPACKED, MAX_UNPACKED),
        threads: thread_count(threads),
        doors: stage.has_doors(),
        progress,
        done: AtomicU64::new(0),
    };
    progress.begin("unpack", Some(archive.size));
    let names = Names::new(archive, covered);
    let files = match archive.form {
        ArchiveForm::ReleaseTarGz => gzip::unpack(&job, names, &file, &tree),
        ArchiveForm::ModuleZip | ArchiveForm::ReleaseZip => {
            contents::unpack(&job, names, &file, &tree)
        }
        ArchiveForm::Tree => Err(job.fault(None, "a tree in the place of an archive")),
    };
    progress.end();
    let manifest = Manifest::from_files(files?).map_err(|source| Error::Names {
        path: archive.path.clone(),
        source,
    })?;
    check_version(&tree, &archive.release, &archive.path)?;
    Ok(manifest)
}

/// The number asked for, or the machine's up to [`MAX_THREADS`].
pub(crate) fn thread_count(asked: Option<NonZero<usize>>) -> usize {
    let machine = || std::thread::available_parallelism().map_or(1, NonZero::get);
    asked.map_or_else(|| machine().min(MAX_THREADS), NonZero::get)
}

fn open_sized(archive: &Archive) -> Result<File> {
    let path = &archive.path;
    let file = open_regular(path, false)?
        .ok_or_else(|| Error::io("open", path, std::io::ErrorKind::NotFound))?;
    let actual = file
        .metadata()
        .map_err(|e| Error::io("look at", path, e))?
        .len();
    if actual == archive.size {
        Ok(file)
    } else {
        Err(Error::Size {
            path: path.clone(),
            expected: archive.size,
            actual,
        })
    }
}

/// The first line of `VERSION` must name the release that was asked for (mix-and-match).
fn check_version(tree: &Folder, release: &ReleaseId, archive: &Path) -> Result<()> {
    let path = tree.path().join("VERSION");
    let bytes =
        crate::files::read_bounded(&path, VERSION_LIMIT)?.ok_or_else(|| Error::Archive {
            path: archive.to_owned(),
            entry: None,
            fault: "no VERSION file",
        })?;
    let line = bytes.split(|b| *b == b'\n').next().unwrap_or_default();
    let expected = format!("go{}", release.version);
    if line == expected.as_bytes() {
        Ok(())
    } else {
        Err(Error::OtherRelease {
            path: archive.to_owned(),
            expected,
            actual: shown(line),
        })
    }
}

/// What the readers of both containers share.
pub(crate) struct Job<'a> {
    archive: &'a Archive,
    limit: u64,
    threads: usize,
    doors: bool,
    progress: &'a dyn Progress,
    done: AtomicU64,
}

impl Job<'_> {
    fn fault(&self, entry: Option<&[u8]>, fault: &'static str) -> Error {
        Error::Archive {
            path: self.archive.path.clone(),
            entry: entry.map(shown),
            fault,
        }
    }

    fn too_many(&self, what: &'static str, limit: u64) -> Error {
        Error::Limit {
            path: self.archive.path.clone(),
            what,
            limit,
        }
    }

    /// Counts bytes of the archive that are done.
    fn advance(&self, bytes: u64) {
        let before = self.done.fetch_add(bytes, Ordering::Relaxed);
        self.progress.at(before + bytes);
    }
}

#[cfg(test)]
pub(crate) mod tests;
