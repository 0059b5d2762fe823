//! What is kept of the checksum database between commands.
//!
//! Owns: `sumdb/` in the state: `latest`, `heads/<size>`, `seen`, `tile/..`, `forks/`. Promises: `latest` is
//! only exchanged, under its lock, for a head that whoever saw the old one has judged, and is on the
//! disk when the call returns; tiles are a cache and nothing else. Does not do: judging: what is read
//! here is to be verified again before it is used.

use std::path::{Path, PathBuf};

use goseal_core::digest::Sha256;
use goseal_core::layout::Layout;

use crate::error::{Error, Result, shown};
use crate::files::read_no_link;
use crate::lock::lock_sumdb;
use crate::place::Folder;

/// Bytes of a signed note.
const NOTE_LIMIT: u64 = 64 * 1024;
/// Bytes of a full tile of height 8: 256 hashes.
const TILE_LIMIT: u64 = 8192;

/// How an exchange of the latest head ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Swap {
    /// The new head is in place.
    Swapped,
    /// Another command was faster: this is what is there now.
    Conflict(Option<String>),
}

/// The newest head that was verified, as its signed note; `None` before the first. Bytes that are
/// not UTF-8 are replaced: such a note does not verify, which is for its reader to say.
///
/// # Errors
///
/// [`Error::NotAFile`], [`Error::TooLong`], [`Error::Io`].
pub fn read_latest(layout: &Layout) -> Result<Option<String>> {
    read_note(&layout.sumdb().join("latest"))
}

/// Puts `new` in the place of `expected`, if that is still there. Durable when it returns.
///
/// # Errors
///
/// As [`read_latest`].
pub fn swap_latest(layout: &Layout, expected: Option<&str>, new: &str) -> Result<Swap> {
    let _guard = lock_sumdb(layout)?;
    let current = read_latest(layout)?;
    if current.as_deref() != expected {
        return Ok(Swap::Conflict(current));
    }
    folder(layout)?.replace("latest", new.as_bytes(), 0o600, true)?;
    Ok(Swap::Swapped)
}

/// Keeps a signed head that was verified: after a loss of `latest` the greatest kept one counts.
///
/// # Errors
///
/// [`Error::Io`].
pub fn keep_head(layout: &Layout, tree_size: u64, note: &str) -> Result<()> {
    let heads = folder(layout)?.ensure("heads", 0o700)?;
    heads.replace(&tree_size.to_string(), note.as_bytes(), 0o600, false)
}

/// The signed heads that were kept, smallest tree first. Each is to be verified again.
///
/// # Errors
///
/// As [`read_latest`].
pub fn read_heads(layout: &Layout) -> Result<Vec<String>> {
    let heads = folder(layout)?.ensure("heads", 0o700)?;
    let names = heads.names()?;
    let mut sizes: Vec<u64> = names
        .iter()
        .filter_map(|(name, _)| name.parse().ok())
        .collect();
    sizes.sort_unstable();
    let notes = sizes
        .into_iter()
        .map(|size| read_note(&heads.path().join(size.to_string())));
    notes.filter_map(Result::transpose).collect()
}

/// Bytes of the file of times; a head a day for a hundred years takes one MiB.
const SEEN_LIMIT: u64 = 4 << 20;

/// When each head became the greatest one that is known: tree size and seconds since 1970, in the
/// order in which that happened. Lines that are not two numbers are passed over.
///
/// # Errors
///
/// As [`read_latest`].
pub fn read_seen(layout: &Layout) -> Result<Vec<(u64, u64)>> {
    let bytes = read_no_link(&layout.sumdb().join("seen"), SEEN_LIMIT)?.unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let pair = |line: &str| {
        let (size, seconds) = line.split_once(' ')?;
        Some((size.parse().ok()?, seconds.parse().ok()?))
    };
    Ok(text.lines().filter_map(pair).collect())
}

/// When the note of a head was kept, in seconds since 1970 by the clock of the file system; `None`
/// where it is not kept.
pub fn head_kept_at(layout: &Layout, tree_size: u64) -> Option<u64> {
    let path = layout.sumdb().join("heads").join(tree_size.to_string());
    let kept = std::fs::symlink_metadata(path).ok()?.modified().ok()?;
    let since = kept.duration_since(std::time::UNIX_EPOCH).ok()?;
    Some(since.as_secs())
}

/// Notes when a head became the greatest one that is known; the first time counts.
///
/// # Errors
///
/// As [`read_latest`].
pub fn keep_seen(layout: &Layout, tree_size: u64, seconds: u64) -> Result<()> {
    let mut seen = read_seen(layout)?;
    if seen.iter().any(|(size, _)| *size == tree_size) {
        return Ok(());
    }
    seen.push((tree_size, seconds));
    let lines = seen
        .iter()
        .map(|(size, seconds)| format!("{size} {seconds}\n"));
    let text: String = lines.collect();
    folder(layout)?.replace("seen", text.as_bytes(), 0o600, false)
}

/// The files of the forks that are kept.
///
/// # Errors
///
/// [`Error::Io`].
pub fn list_forks(layout: &Layout) -> Result<Vec<PathBuf>> {
    let folder = layout.sumdb().join("forks");
    let forks = match Folder::open(&folder) {
        Ok(forks) => forks,
        Err(Error::Io { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {
            return Ok(Vec::new());
        }
        Err(error) => return Err(error),
    };
    let names = forks.names()?;
    let mut paths: Vec<_> = names.iter().map(|(name, _)| folder.join(name)).collect();
    paths.sort_unstable();
    Ok(paths)
}

/// A cached tile; `path` as in the address, `tile/8/0/x123/456.p/7`. Not trusted.
///
/// # Errors
///
/// [`Error::Text`] for a path of another form; as [`read_latest`].
pub fn read_tile(layout: &Layout, path: &str) -> Result<Option<Vec<u8>>> {
    read_no_link(&layout.sumdb().join(tile_place(path)?), TILE_LIMIT)
}

/// Caches a tile that was authenticated.
///
/// # Errors
///
/// [`Error::Text`] for a path of another form; [`Error::Io`].
pub fn write_tile(layout: &Layout, path: &str, bytes: &[u8]) -> Result<()> {
    let place = tile_place(path)?;
    let (parents, name) = place.rsplit_once('/').unwrap_or(("tile", place));
    let parent = parents
        .split('/')
        .try_fold(folder(layout)?, |at, part| at.ensure(part, 0o700))?;
    parent.replace(name, bytes, 0o600, false)
}

/// Keeps what proves that the checksum database showed two histories: both signed notes and the
/// proof. Never overwrites another fork. Gives the file.
///
/// # Errors
///
/// [`Error::Io`].
pub fn keep_fork(layout: &Layout, old: &str, new: &str, proof: &str) -> Result<PathBuf> {
    let text = format!("goseal.fork/1\n\n{old}\n\n{new}\n\n{proof}\n");
    let name = Sha256::of(text.as_bytes()).to_string();
    let forks = folder(layout)?.ensure("forks", 0o700)?;
    forks.replace(&name, text.as_bytes(), 0o600, true)?;
    Ok(forks.path().join(name))
}

fn folder(layout: &Layout) -> Result<Folder> {
    Folder::root(layout.state())?.ensure("sumdb", 0o700)
}

fn read_note(path: &Path) -> Result<Option<String>> {
    let bytes = read_no_link(path, NOTE_LIMIT)?;
    Ok(bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
}

/// Only paths of tiles: `tile/` and parts of digits, `x`, `p` and a dot inside.
fn tile_place(path: &str) -> Result<&str> {
    let is_part = |part: &str| {
        part.starts_with(|c: char| c == 'x' || c.is_ascii_digit())
            && part
                .bytes()
                .all(|b| b.is_ascii_digit() || matches!(b, b'x' | b'.' | b'p'))
    };
    let parts = path.strip_prefix("tile/").unwrap_or_default();
    if path.len() <= 128 && parts.split('/').all(is_part) {
        Ok(path)
    } else {
        Err(Error::Text {
            what: "the path of a tile",
            text: shown(path.as_bytes()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_head_is_exchanged_only_for_what_was_seen() {
        let home = tempfile::tempdir().unwrap();
        let layout = Layout::rooted(home.path());
        assert_eq!(read_latest(&layout).unwrap(), None);
        assert_eq!(swap_latest(&layout, None, "a").unwrap(), Swap::Swapped);
        let conflict = Swap::Conflict(Some("a".into()));
        assert_eq!(swap_latest(&layout, None, "b").unwrap(), conflict);
        assert_eq!(swap_latest(&layout, Some("x"), "b").unwrap(), conflict);
        assert_eq!(swap_latest(&layout, Some("a"), "b").unwrap(), Swap::Swapped);
        assert_eq!(read_latest(&layout).unwrap().as_deref(), Some("b"));
        let left: Vec<_> = std::fs::read_dir(layout.sumdb()).unwrap().collect();
        assert_eq!(left.len(), 1);
    }

    #[test]
    fn of_many_exchanges_at_once_each_is_seen_by_the_next() {
        let home = tempfile::tempdir().unwrap();
        let layout = Layout::rooted(home.path());
        let count_one = || {
            let mut seen = read_latest(&layout).unwrap();
            loop {
                let count: u32 = seen.as_deref().map_or(0, |s| s.parse().unwrap());
                let new = (count + 1).to_string();
                match swap_latest(&layout, seen.as_deref(), &new).unwrap() {
                    Swap::Swapped => break,
                    Swap::Conflict(current) => seen = current,
                }
            }
        };
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..5).for_each(|_| count_one()));
            }
        });
        assert_eq!(read_latest(&layout).unwrap().as_deref(), Some("20"));
    }

    #[test]
    fn heads_come_back_in_order_and_forks_are_kept_apart() {
        let home = tempfile::tempdir().unwrap();
        let layout = Layout::rooted(home.path());
        for size in [100, 9, 71_909_756] {
            keep_head(&layout, size, &format!("note {size}")).unwrap();
        }
        assert_eq!(
            read_heads(&layout).unwrap(),
            ["note 9", "note 100", "note 71909756"]
        );
        let first = keep_fork(&layout, "a", "b", "proof").unwrap();
        let second = keep_fork(&layout, "a", "c", "proof").unwrap();
        assert!(first.exists() && second.exists() && first != second);
    }

    #[test]
    fn tiles_are_cached_below_their_folder_only() {
        let home = tempfile::tempdir().unwrap();
        let layout = Layout::rooted(home.path());
        let path = "tile/8/0/x123/456.p/7";
        assert_eq!(read_tile(&layout, path).unwrap(), None);
        write_tile(&layout, path, &[1; 7 * 32]).unwrap();
        assert_eq!(read_tile(&layout, path).unwrap(), Some(vec![1; 7 * 32]));
        for path in [
            "tile/../latest",
            "latest",
            "tile/8//0",
            "/tile/8/0/1",
            "tile/8/0/.p",
            "tile/",
            "tile/a",
            "tile/8/0/1/",
        ] {
            assert!(
                matches!(write_tile(&layout, path, b""), Err(Error::Text { .. })),
                "{path}"
            );
        }
    }

    #[test]
    fn a_head_has_the_time_at_which_it_was_first_noted() {
        let home = tempfile::tempdir().unwrap();
        let layout = Layout::rooted(home.path());
        assert_eq!(read_seen(&layout).unwrap(), []);
        for (size, seconds) in [(7, 100), (9, 200), (7, 300)] {
            keep_seen(&layout, size, seconds).unwrap();
        }
        assert_eq!(read_seen(&layout).unwrap(), [(7, 100), (9, 200)]);
        std::fs::write(layout.sumdb().join("seen"), "7 100\nx\n9\n8 1\n").unwrap();
        assert_eq!(read_seen(&layout).unwrap(), [(7, 100), (8, 1)]);
        assert_eq!(head_kept_at(&layout, 7), None);
        keep_head(&layout, 7, "note").unwrap();
        assert!(head_kept_at(&layout, 7).is_some());
    }

    #[test]
    fn forks_are_listed_where_there_are_any() {
        let home = tempfile::tempdir().unwrap();
        let layout = Layout::rooted(home.path());
        assert!(list_forks(&layout).unwrap().is_empty());
        let fork = keep_fork(&layout, "a", "b", "proof").unwrap();
        assert_eq!(list_forks(&layout).unwrap(), [fork]);
    }
}
