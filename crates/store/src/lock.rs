//! Kernel locks on files of their own.
//!
//! Owns: `locks/release-<id>` in the store, `locks/sumdb` in the state. Promises: a lock is freed by
//! the kernel when its holder ends in any way; its file is never renamed, removed or used as data.
//! Order: release before sumdb before the ledger's. Does not do: saying who holds a lock, since
//! that would make the file data.

use std::fs::{File, TryLockError};
use std::path::Path;
use std::time::{Duration, Instant};

use goseal_core::layout::Layout;
use goseal_core::release::ReleaseId;
use rustix::fs::{CWD, Mode, OFlags};

use crate::error::{Error, Result};
use crate::place::Folder;

/// How long a lock is polled before the caller hears of the wait.
const QUIET: Duration = Duration::from_secs(1);
const POLL: Duration = Duration::from_millis(20);

/// Proof that nobody else works on a release in this store.
#[derive(Debug)]
pub struct ReleaseGuard {
    release: ReleaseId,
    // Holds the lock; the kernel frees it when the file is closed.
    _file: File,
}

impl ReleaseGuard {
    /// The release.
    pub const fn release(&self) -> ReleaseId {
        self.release
    }
}

/// Proof that nobody else works on the head of the checksum database. Never held across the
/// network.
#[derive(Debug)]
pub struct SumdbGuard {
    _file: File,
}

/// Waits for the lock of a release, which is held from before its download until after its commit.
/// `on_wait` is called once when the wait has lasted a second.
///
/// # Errors
///
/// [`Error::Io`] where the lock's file cannot be made or locked.
pub fn lock_release(
    layout: &Layout,
    release: &ReleaseId,
    on_wait: impl FnOnce(),
) -> Result<ReleaseGuard> {
    let file = hold(&layout.release_lock(release), on_wait)?;
    Ok(ReleaseGuard {
        release: *release,
        _file: file,
    })
}

/// Waits for the lock around the head of the checksum database.
///
/// # Errors
///
/// [`Error::Io`] where the lock's file cannot be made or locked.
pub fn lock_sumdb(layout: &Layout) -> Result<SumdbGuard> {
    let file = hold(&layout.sumdb_lock(), || {})?;
    Ok(SumdbGuard { _file: file })
}

/// The lock of a release if nobody holds it now.
pub(crate) fn try_lock_release(layout: &Layout, id: &ReleaseId) -> Result<Option<ReleaseGuard>> {
    let path = layout.release_lock(id);
    let file = open(&path)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(ReleaseGuard {
            release: *id,
            _file: file,
        })),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(e)) => Err(Error::io("lock", &path, e)),
    }
}

fn open(path: &Path) -> Result<File> {
    let failed = |e: rustix::io::Errno| Error::io("open the lock", path, e);
    if let Some(folder) = path.parent() {
        Folder::root(folder)?;
    }
    let flags = OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    rustix::fs::openat(CWD, path, flags, Mode::from_raw_mode(0o644))
        .map(File::from)
        .map_err(failed)
}

pub(crate) fn hold(path: &Path, on_wait: impl FnOnce()) -> Result<File> {
    let file = open(path)?;
    let failed = |e| Error::io("lock", path, e);
    let begin = Instant::now();
    while begin.elapsed() < QUIET {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) => std::thread::sleep(POLL),
            Err(TryLockError::Error(e)) => return Err(failed(e)),
        }
    }
    on_wait();
    file.lock().map_err(failed)?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

    use super::*;

    #[test]
    fn a_release_is_worked_on_by_one_at_a_time() {
        let home = tempfile::tempdir().unwrap();
        let layout = Layout::rooted(home.path());
        let id = ReleaseId::parse("go1.22.5.linux-amd64").unwrap();
        let other = ReleaseId::parse("go1.22.6.linux-amd64").unwrap();
        let inside = AtomicU32::new(0);
        let work = || {
            let guard = lock_release(&layout, &id, || {}).unwrap();
            assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0);
            assert!(try_lock_release(&layout, &id).unwrap().is_none());
            assert!(try_lock_release(&layout, &other).is_ok());
            std::thread::sleep(Duration::from_millis(5));
            inside.fetch_sub(1, Ordering::SeqCst);
            drop(guard);
        };
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(work);
            }
        });
        assert!(layout.release_lock(&id).exists());
    }

    #[test]
    fn a_long_wait_is_told_once() {
        let home = tempfile::tempdir().unwrap();
        let layout = Layout::rooted(home.path());
        let id = ReleaseId::parse("go1.22.5.linux-amd64").unwrap();
        let told = AtomicBool::new(false);
        let held = lock_release(&layout, &id, || {}).unwrap();
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| {
                lock_release(&layout, &id, || told.store(true, Ordering::SeqCst)).unwrap();
            });
            while !told.load(Ordering::SeqCst) {
                assert!(!waiting.is_finished());
                std::thread::sleep(POLL);
            }
            drop(held);
        });
    }
}
