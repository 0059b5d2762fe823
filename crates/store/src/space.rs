//! Space: what trees and caches take, what can go, and who runs from a tree.
//!
//! Owns: sizes on disk, the removal of Go's build caches and of launch plans, the look at running
//! processes. Promises: nothing outside of `gocache/` and `plans/` is removed here, links are
//! removed and never followed. Does not do: deciding what is wanted no more.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use goseal_core::digest::{H1, Sha256};
use goseal_core::layout::Layout;

use crate::error::{Error, Result};
use crate::files::read_no_link;
use crate::place::Folder;

/// Bytes of a plan that are read; a longer one is none.
const PLAN_LIMIT: u64 = 1 << 20;

/// Bytes that a folder takes on its disk, with everything below it; links count as themselves. What
/// goes away meanwhile counts nothing.
///
/// # Errors
///
/// [`Error::Io`] for a folder that cannot be listed.
pub fn disk_usage(folder: &Path) -> Result<u64> {
    let mut bytes = 0;
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => return Err(Error::io("list", &folder, error)),
        };
        for entry in entries.flatten() {
            let Ok(about) = entry.metadata() else {
                continue;
            };
            // POSIX counts blocks of 512 bytes, whatever the file system's own are.
            bytes += about.blocks() * 512;
            if about.is_dir() {
                folders.push(entry.path());
            }
        }
    }
    Ok(bytes)
}

/// The ids of processes whose executable lies below `root`, ascending, as far as this user may see
/// them; `None` on a system that does not say.
pub fn processes_in(root: &Path) -> Option<Vec<u32>> {
    if !cfg!(target_os = "linux") {
        return None;
    }
    let Ok(root) = fs::canonicalize(root) else {
        return Some(Vec::new());
    };
    let mut found: Vec<u32> = fs::read_dir("/proc")
        .ok()?
        .flatten()
        .filter_map(|entry| {
            let id: u32 = entry.file_name().to_str()?.parse().ok()?;
            let executable = fs::read_link(entry.path().join("exe")).ok()?;
            executable.starts_with(&root).then_some(id)
        })
        .collect();
    found.sort_unstable();
    Some(found)
}

/// Go's build cache of one toolchain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoCache {
    /// Its folder.
    pub path: PathBuf,
    /// The digest inside the h1 of its toolchain.
    pub toolchain: Sha256,
    /// Bytes on disk.
    pub size: u64,
}

/// The build caches of toolchains other than `installed`.
///
/// # Errors
///
/// [`Error::Io`].
pub fn orphaned_caches(layout: &Layout, installed: &[H1]) -> Result<Vec<GoCache>> {
    let wanted: BTreeSet<Sha256> = installed.iter().map(H1::sha256).collect();
    let folder = layout.cache().join("gocache");
    let mut found = Vec::new();
    for (name, _) in names_in(&folder)? {
        let Ok(toolchain) = Sha256::parse_hex(&name) else {
            continue;
        };
        if wanted.contains(&toolchain) {
            continue;
        }
        let path = folder.join(name);
        let size = disk_usage(&path)?;
        found.push(GoCache {
            path,
            toolchain,
            size,
        });
    }
    found.sort_unstable_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}

/// Removes a build cache that [`orphaned_caches`] named.
///
/// # Errors
///
/// [`Error::Io`].
pub fn remove_cache(layout: &Layout, cache: &GoCache) -> Result<()> {
    Folder::open(&layout.cache().join("gocache"))?.remove(&cache.toolchain.to_string())
}

/// Removes the plans whose bytes `is_gone` says so of, and says how many. A plan is made again when
/// it is needed.
///
/// # Errors
///
/// [`Error::Io`].
pub fn remove_plans(layout: &Layout, is_gone: &dyn Fn(&[u8]) -> bool) -> Result<usize> {
    let folder = layout.plans();
    let mut removed = 0;
    for (name, _) in names_in(&folder)? {
        if Sha256::parse_hex(&name).is_err() {
            continue;
        }
        let gone = match read_no_link(&folder.join(&name), PLAN_LIMIT) {
            Ok(Some(bytes)) => is_gone(&bytes),
            Ok(None) => false,
            Err(_) => true,
        };
        if gone {
            Folder::open(&folder)?.remove(&name)?;
            removed += 1;
        }
    }
    Ok(removed)
}

/// The names in a folder; none where it is not there.
fn names_in(folder: &Path) -> Result<Vec<(String, rustix::fs::FileType)>> {
    match Folder::open(folder) {
        Ok(folder) => folder.names(),
        Err(Error::Io { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {
            Ok(Vec::new())
        }
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn usage_counts_blocks_and_does_not_follow_links() {
        let folder = tempfile::tempdir().unwrap();
        let far = tempfile::tempdir().unwrap();
        fs::write(far.path().join("big"), vec![1; 1 << 20]).unwrap();
        assert_eq!(disk_usage(&folder.path().join("absent")).unwrap(), 0);
        fs::create_dir(folder.path().join("sub")).unwrap();
        fs::write(folder.path().join("sub/file"), vec![1; 100_000]).unwrap();
        symlink(far.path(), folder.path().join("link")).unwrap();
        let usage = disk_usage(folder.path()).unwrap();
        assert!((100_000..1_000_000).contains(&usage), "{usage}");
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_process_is_seen_in_the_tree_that_it_runs_from_and_in_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let other = tempfile::tempdir().unwrap();
        let program = folder.path().join("bin/sleep");
        fs::create_dir(folder.path().join("bin")).unwrap();
        fs::copy("/bin/sleep", &program).unwrap();
        assert_eq!(processes_in(folder.path()), Some(Vec::new()));
        let mut child = loop {
            // Another test's child may hold the file open for a moment.
            match Command::new(&program)
                .arg("60")
                .stdin(Stdio::null())
                .spawn()
            {
                Ok(child) => break child,
                Err(error) if error.kind() == std::io::ErrorKind::ExecutableFileBusy => {}
                Err(error) => panic!("{error}"),
            }
        };
        assert_eq!(processes_in(&folder.path().join("gone")), Some(Vec::new()));
        let seen = (processes_in(folder.path()), processes_in(other.path()));
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(seen, (Some(vec![child.id()]), Some(Vec::new())));
    }

    #[test]
    fn caches_of_other_toolchains_are_named_and_removed_and_nothing_else() {
        let home = tempfile::tempdir().unwrap();
        let layout = Layout::rooted(home.path());
        let h1 = |byte: u8| H1::from_sha256(Sha256::from_bytes([byte; 32]));
        assert_eq!(orphaned_caches(&layout, &[]).unwrap(), []);
        for kept in [h1(1), h1(2)] {
            fs::create_dir_all(layout.gocache(&kept).join("00")).unwrap();
        }
        fs::create_dir_all(layout.cache().join("gocache/of-mine")).unwrap();
        let found = orphaned_caches(&layout, &[h1(1)]).unwrap();
        let paths: Vec<_> = found.iter().map(|cache| cache.path.clone()).collect();
        assert_eq!(paths, [layout.gocache(&h1(2))]);
        remove_cache(&layout, &found[0]).unwrap();
        assert!(!layout.gocache(&h1(2)).exists() && layout.gocache(&h1(1)).exists());
        assert!(layout.cache().join("gocache/of-mine").exists());
    }

    #[test]
    fn plans_go_by_what_they_say() {
        let home = tempfile::tempdir().unwrap();
        let layout = Layout::rooted(home.path());
        let plan = |text: &str| {
            crate::write_plan(&layout, &Sha256::of(text.as_bytes()), text).unwrap();
        };
        assert_eq!(remove_plans(&layout, &|_| true).unwrap(), 0);
        plan("old");
        plan("new");
        assert_eq!(remove_plans(&layout, &|bytes| bytes == b"old").unwrap(), 1);
        assert_eq!(fs::read_dir(layout.plans()).unwrap().count(), 1);
    }
}
