//! A tree on the disk as a manifest: what is really there.
//!
//! Owns: walking and hashing trees, reading which release a tree claims to be. Promises: no link is
//! followed, below the root; every file is in the manifest or in one of the other lists.
//! Does not do: comparing, repairing.

use std::fs::FileType;
use std::io::Read as _;
use std::num::NonZero;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use goseal_core::digest::Sha256;
use goseal_core::layout::{BEHIND_DOOR, door_of};
use goseal_core::manifest::{Entry, EntryName, MAX_FILES, Manifest, Mode};
use goseal_core::platform::Platform;
use goseal_core::progress::Progress;
use goseal_core::release::ReleaseId;
use goseal_core::version::Version;
use sha2::Digest as _;

use crate::error::{Error, Result};
use crate::files::read_bounded;
use crate::installed::Installed;
use crate::place::Folder;
use crate::unpack::thread_count;

const BUFFER: usize = 256 << 10;
/// Folders within folders that are entered.
const MAX_DEPTH: usize = 64;

/// One door that was found in a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Door {
    /// Its file name in `bin/`.
    pub name: String,
    /// SHA-256 of what stands there.
    pub sha256: Sha256,
}

/// What a tree holds. Paths are relative to its root.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scan {
    /// Regular files by their published names; doors and their `home` are not among them.
    pub manifest: Manifest,
    /// Symbolic links; Go's releases have none.
    pub links: Vec<PathBuf>,
    /// What is neither file, folder nor link, and files whose names no release can have.
    pub odd: Vec<PathBuf>,
    /// Files whose permission bits are not 0444 or 0555 by Go's table, doors included; only of
    /// our own trees.
    pub modes: Vec<PathBuf>,
    /// What stands in the place of `bin/go` and `bin/gofmt`, where doors are mapped.
    pub doors: Vec<Door>,
    /// SHA-256 of `pkg/goseal/home`, where doors are mapped.
    pub home: Option<Sha256>,
}

/// Reads a whole tree. With `doors_mapped`, as for our own trees, `pkg/goseal/go` counts as the
/// published `bin/go`. `threads` of `None` takes the machine's, at most 8.
///
/// # Errors
///
/// [`Error::Names`] for names that no file system should hold together, [`Error::Limit`] beyond
/// 50,000 files, [`Error::NotAFolder`], [`Error::Io`].
pub fn scan(
    root: &Path,
    doors_mapped: bool,
    threads: Option<NonZero<usize>>,
    progress: &dyn Progress,
) -> Result<Scan> {
    let walk = Walk {
        root,
        doors_mapped,
        modes: doors_mapped,
        files: Vec::new(),
        scan: Scan::default(),
    };
    walk.run(threads, progress)
}

/// Reads the whole tree of an installed toolchain, with doors or without.
///
/// # Errors
///
/// As [`scan`].
pub fn scan_installed(installed: &Installed, progress: &dyn Progress) -> Result<Scan> {
    let walk = Walk {
        root: &installed.root,
        doors_mapped: installed.has_doors(),
        modes: true,
        files: Vec::new(),
        scan: Scan::default(),
    };
    walk.run(None, progress)
}

enum Role {
    Published(EntryName),
    Door(String),
    Home,
}

impl Role {
    /// By the place in the tree; `None` for a name that no release can have.
    fn of(place: &str, doors_mapped: bool) -> Option<Self> {
        if doors_mapped {
            if let Some(door) = door_of(place) {
                return Some(Self::Door(door.to_owned()));
            }
            let behind = place
                .strip_prefix(BEHIND_DOOR)
                .and_then(|rest| rest.strip_prefix('/'));
            if behind == Some("home") {
                return Some(Self::Home);
            }
            let published = behind.map(|tool| format!("bin/{tool}"));
            if let Some(published) = published.filter(|name| door_of(name).is_some()) {
                return EntryName::parse(&published).ok().map(Self::Published);
            }
        }
        EntryName::parse(place).ok().map(Self::Published)
    }

    fn mode(&self) -> u32 {
        match self {
            Self::Published(name) => Mode::of(name).bits(),
            Self::Door(_) => Mode::Executable.bits(),
            Self::Home => Mode::Plain.bits(),
        }
    }
}

struct Found {
    /// Relative to the root.
    place: PathBuf,
    role: Role,
}

/// What was read of one file.
struct Hashed {
    entry: Entry,
    /// Permission bits.
    mode: u32,
}

struct Walk<'a> {
    root: &'a Path,
    doors_mapped: bool,
    modes: bool,
    files: Vec<Found>,
    scan: Scan,
}

impl Walk<'_> {
    fn run(mut self, threads: Option<NonZero<usize>>, progress: &dyn Progress) -> Result<Scan> {
        let root = self.root;
        self.folder(root, Path::new(""), 1)?;
        let Walk {
            mut files,
            mut scan,
            modes,
            ..
        } = self;
        // The executables are the large ones: started last, one thread would wait for the other.
        files.sort_by_cached_key(|file| file.role.mode() != Mode::Executable.bits());
        progress.begin("hash", Some(files.len() as u64));
        let hashed = hash_all(root, &files, thread_count(threads), progress);
        progress.end();
        let mut published = Vec::with_capacity(files.len());
        for (file, Hashed { entry, mode }) in files.into_iter().zip(hashed?) {
            if modes && mode != file.role.mode() {
                scan.modes.push(file.place);
            }
            match file.role {
                // The place behind a door and the place of the door cannot both be `bin/go`: with
                // doors mapped, what lies in `bin/` is the door.
                Role::Published(name) => published.push((name, entry)),
                Role::Door(name) => scan.doors.push(Door {
                    name,
                    sha256: entry.sha256,
                }),
                Role::Home => scan.home = Some(entry.sha256),
            }
        }
        scan.manifest = Manifest::from_files(published).map_err(|source| Error::Names {
            path: root.to_owned(),
            source,
        })?;
        scan.doors.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(scan)
    }

    /// What kind each entry is; the rest is asked of the files when they are open.
    fn folder(&mut self, path: &Path, relative: &Path, depth: usize) -> Result<()> {
        let failed = |e| Error::io("list", path, e);
        for entry in std::fs::read_dir(path).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let place = relative.join(entry.file_name());
            let kind = entry
                .file_type()
                .map_err(|e| Error::io("look at", &entry.path(), e))?;
            // Names that releases can have end long before this depth.
            match kind.is_dir() {
                true if depth > MAX_DEPTH => self.scan.odd.push(place),
                true => self.folder(&entry.path(), &place, depth + 1)?,
                false => self.leaf(place, kind)?,
            }
        }
        Ok(())
    }

    fn leaf(&mut self, place: PathBuf, kind: FileType) -> Result<()> {
        if kind.is_symlink() {
            self.scan.links.push(place);
            return Ok(());
        }
        let role = place
            .to_str()
            .filter(|_| kind.is_file())
            .and_then(|name| Role::of(name, self.doors_mapped));
        let Some(role) = role else {
            self.scan.odd.push(place);
            return Ok(());
        };
        if self.files.len() == MAX_FILES {
            return Err(Error::Limit {
                path: self.root.to_owned(),
                what: "files",
                limit: MAX_FILES as u64,
            });
        }
        self.files.push(Found { place, role });
        Ok(())
    }
}

/// Hashes the files, several at once; the results in their order.
fn hash_all(
    root: &Path,
    files: &[Found],
    threads: usize,
    progress: &dyn Progress,
) -> Result<Vec<Hashed>> {
    let root = Folder::behind(root)?;
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::with_capacity(files.len()));
    let work = || -> Result<()> {
        let mut buffer = vec![0; BUFFER];
        let mut own = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(file) = files.get(at) else { break };
            match hash(&root, &file.place, &mut buffer) {
                Ok(hashed) => own.push((at, hashed)),
                Err(error) => {
                    next.store(files.len(), Ordering::Relaxed);
                    return Err(error);
                }
            }
            progress.at(at as u64 + 1);
        }
        if let Ok(mut all) = done.lock() {
            all.append(&mut own);
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        let own = work();
        let joined = workers.into_iter().map(|worker| {
            worker
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        });
        std::iter::once(own).chain(joined).collect::<Result<()>>()
    })?;
    let mut all = done.into_inner().unwrap_or_default();
    all.sort_unstable_by_key(|(at, _)| *at);
    Ok(all.into_iter().map(|(_, hashed)| hashed).collect())
}

fn hash(root: &Folder, place: &Path, buffer: &mut [u8]) -> Result<Hashed> {
    let path = || root.path().join(place);
    let (mut file, about) = root
        .open_regular(place)?
        .ok_or_else(|| Error::io("open", &path(), std::io::ErrorKind::NotFound))?;
    let mut hash = sha2::Sha256::new();
    let mut size = 0;
    loop {
        let count = match file.read(buffer) {
            Ok(0) => break,
            Ok(count) => count,
            Err(e) if e.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(e) => return Err(Error::io("read", &path(), e)),
        };
        hash.update(buffer.get(..count).unwrap_or_default());
        size += count as u64;
        // A short read at the size that the file had when it was opened is its end: most files
        // need one read, not two.
        if count < buffer.len() && size == about.len() {
            break;
        }
    }
    let sha256 = Sha256::from_bytes(hash.finalize().into());
    Ok(Hashed {
        entry: Entry { sha256, size },
        mode: about.permissions().mode() & 0o7777,
    })
}

/// Which release a tree claims to be: the first line of `VERSION`, the platform of `pkg/tool`. Of
/// several platforms this machine's is taken. `None` where the tree does not say it.
///
/// # Errors
///
/// [`Error::Io`], [`Error::NotAFile`], [`Error::TooLong`] for `VERSION`.
pub fn read_release_of_tree(root: &Path) -> Result<Option<ReleaseId>> {
    let Some(version) = read_version_of_tree(root)? else {
        return Ok(None);
    };
    let Ok(entries) = std::fs::read_dir(root.join("pkg/tool")) else {
        return Ok(None);
    };
    let platforms: Vec<_> = entries
        .filter_map(|entry| {
            let name = entry.ok()?.file_name();
            let (os, arch) = name.to_str()?.split_once('_')?;
            Platform::parse(&format!("{os}/{arch}")).ok()
        })
        .collect();
    let here = Platform::of_this_build().filter(|here| platforms.contains(here));
    let platform = match platforms.as_slice() {
        [only] => Some(*only),
        _ => here,
    };
    Ok(platform.map(|platform| ReleaseId { version, platform }))
}

/// The release that the first line of a tree's `VERSION` names; `None` where it names none.
///
/// # Errors
///
/// As [`read_release_of_tree`].
pub fn read_version_of_tree(root: &Path) -> Result<Option<Version>> {
    let Some(bytes) = read_bounded(&root.join("VERSION"), 4096)? else {
        return Ok(None);
    };
    let line = bytes.split(|b| *b == b'\n').next().unwrap_or_default();
    Ok(std::str::from_utf8(line)
        .ok()
        .filter(|line| line.starts_with("go"))
        .and_then(|line| Version::parse(line.trim_end()).ok()))
}

#[cfg(test)]
mod tests {
    use goseal_core::progress::Silent;

    use super::*;

    fn names(scan: &Scan) -> Vec<&str> {
        let names = scan.manifest.iter().map(|(name, _)| name.as_str());
        names.collect()
    }

    #[test]
    fn files_of_every_size_are_read_to_their_end() {
        let folder = tempfile::tempdir().unwrap();
        let sizes = [0, 1, BUFFER - 1, BUFFER, BUFFER + 1, 2 * BUFFER];
        for size in sizes {
            std::fs::write(folder.path().join(size.to_string()), vec![b'x'; size]).unwrap();
        }
        let found = scan(folder.path(), false, None, &Silent).unwrap();
        assert_eq!(found.manifest.len(), sizes.len());
        for (name, entry) in found.manifest.iter() {
            let size: usize = name.as_str().parse().unwrap();
            assert_eq!(entry.size, size as u64);
            assert_eq!(entry.sha256, Sha256::of(&vec![b'x'; size]), "{name}");
        }
    }

    #[test]
    fn a_root_behind_a_link_is_read_and_a_link_below_it_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let (root, link) = (folder.path().join("tree"), folder.path().join("link"));
        std::fs::create_dir_all(root.join("src")).unwrap();
        std::fs::write(root.join("src/a.go"), "a").unwrap();
        std::os::unix::fs::symlink(&root, &link).unwrap();
        std::os::unix::fs::symlink("src", root.join("lib")).unwrap();
        let found = scan(&link, false, None, &Silent).unwrap();
        assert_eq!(names(&found), ["src/a.go"]);
        assert_eq!(found.links, [PathBuf::from("lib")]);
    }

    #[test]
    fn folders_deeper_than_any_release_are_odd_and_not_entered() {
        let folder = tempfile::tempdir().unwrap();
        let deep: PathBuf = std::iter::repeat_n("d", MAX_DEPTH + 2).collect();
        std::fs::create_dir_all(folder.path().join(&deep)).unwrap();
        let found = scan(folder.path(), false, None, &Silent).unwrap();
        let first: PathBuf = std::iter::repeat_n("d", MAX_DEPTH + 1).collect();
        assert_eq!(found.odd, [first]);
    }
}
