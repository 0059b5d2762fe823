//! A mirror folder: a module proxy with the checksum database's answers inside, as files.
//!
//! Owns: how files come into such a folder. Promises: one process writes at a time (`.lock`, which
//! is never removed); a file is seen whole or not at all, with mode 0644 whatever the umask; nothing
//! is written through a link below the folder. Does not do: verifying what it is handed, naming.

use std::fs::File;
use std::path::{Path, PathBuf};

use goseal_core::archive::Archive;
use goseal_core::release::{ReleaseId, TOOLCHAIN_MODULE};
use goseal_core::unverified::Unverified;
use rustix::fs::FileType;

use crate::error::{Error, Result};
use crate::files::read_no_link;
use crate::lock::hold;
use crate::place::{Folder, open_regular};

/// The file whose lock makes one writer of many.
const LOCK: &str = ".lock";
/// Folders below the root that are entered, and bytes of a name.
const MAX_DEPTH: usize = 16;
const MAX_NAME: usize = 200;

/// A mirror folder that this process alone writes into.
#[derive(Debug)]
pub struct MirrorFolder {
    root: Folder,
    // Holds the lock; the kernel frees it when the file is closed.
    _lock: File,
}

impl MirrorFolder {
    /// Opens the folder, made with its parents where there is none, and waits for its lock.
    /// `on_wait` is called once when the wait has lasted a second.
    ///
    /// # Errors
    ///
    /// [`Error::Io`], [`Error::NotAFolder`].
    pub fn open(path: &Path, on_wait: impl FnOnce()) -> Result<Self> {
        let root = Folder::root(path)?;
        let lock = hold(&path.join(LOCK), on_wait)?;
        Ok(Self { root, _lock: lock })
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        self.root.path()
    }

    /// The releases whose module zips lie there, in order.
    ///
    /// # Errors
    ///
    /// [`Error::Io`], [`Error::NotAFolder`].
    pub fn releases(&self) -> Result<Vec<ReleaseId>> {
        let mut folder = self.root.sub(".")?;
        for part in versions_folder().split('/') {
            if folder.type_of(part)?.is_none() {
                return Ok(Vec::new());
            }
            folder = folder.sub(part)?;
        }
        let names = folder.names()?;
        let zips = names.iter().filter_map(|(name, _)| {
            ReleaseId::parse(name.strip_prefix("v0.0.1-")?.strip_suffix(".zip")?)
        });
        let mut found: Vec<ReleaseId> = zips.collect();
        found.sort_unstable();
        Ok(found)
    }

    /// The bytes of a small file there, `None` where there is none.
    ///
    /// # Errors
    ///
    /// [`Error::Text`] for a name that cannot stand in a mirror; as [`crate::read_bounded`], and a
    /// link is refused.
    pub fn read(&self, name: &str, limit: u64) -> Result<Option<Vec<u8>>> {
        read_no_link(&self.place(name)?, limit)
    }

    /// Writes a small file, where it does not hold these bytes already; says whether it did. It is
    /// on the disk after [`MirrorFolder::settle`].
    ///
    /// # Errors
    ///
    /// As [`MirrorFolder::read`].
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<bool> {
        let limit = bytes.len() as u64;
        if matches!(self.read(name, limit), Ok(Some(there)) if there == bytes) {
            return Ok(false);
        }
        let (folder, last) = self.parent(name)?;
        folder.replace(last, bytes, 0o644, false)?;
        Ok(true)
    }

    /// Waits until everything that was written is on the disk: one wait instead of one a file.
    ///
    /// # Errors
    ///
    /// [`Error::Io`].
    pub fn settle(&self) -> Result<()> {
        self.root.sync_file_system()
    }

    /// Copies an archive that was judged into its place. A zip makes a release, so it is on the
    /// disk when this returns.
    ///
    /// # Errors
    ///
    /// [`Error::Size`] where the file has changed since it came in; as [`MirrorFolder::read`].
    pub fn take(&self, name: &str, archive: &Unverified<Archive>) -> Result<()> {
        let archive = archive.untrusted();
        let mut from = open_regular(&archive.path, false)?
            .ok_or_else(|| Error::io("open", &archive.path, std::io::ErrorKind::NotFound))?;
        let (folder, last) = self.parent(name)?;
        folder.replace_from(last, &mut from, archive, 0o644)
    }

    /// Removes a file; one that is not there is no error.
    ///
    /// # Errors
    ///
    /// As [`MirrorFolder::read`].
    pub fn remove(&self, name: &str) -> Result<()> {
        let (folder, last) = self.parent(name)?;
        folder.remove(last)
    }

    /// Names of all files below a folder of the mirror, in order; none where it is not there.
    ///
    /// # Errors
    ///
    /// As [`MirrorFolder::read`].
    pub fn names_below(&self, name: &str) -> Result<Vec<String>> {
        self.place(name)?;
        let mut folder = self.root.sub(".")?;
        for part in name.split('/') {
            if folder.type_of(part)?.is_none() {
                return Ok(Vec::new());
            }
            folder = folder.sub(part)?;
        }
        let mut names = Vec::new();
        collect(&folder, name, &mut names)?;
        names.sort_unstable();
        Ok(names)
    }

    fn place(&self, name: &str) -> Result<PathBuf> {
        let sound = name.len() <= MAX_NAME
            && name.split('/').count() <= MAX_DEPTH
            && name.split('/').all(is_part);
        if sound {
            return Ok(self.root.path().join(name));
        }
        Err(Error::Text {
            what: "the name of a file of a mirror",
            text: crate::error::shown(name.as_bytes()),
        })
    }

    /// The folder of a file, made where it is missing, and the file's own name.
    fn parent<'n>(&self, name: &'n str) -> Result<(Folder, &'n str)> {
        self.place(name)?;
        let (folders, last) = name.rsplit_once('/').unwrap_or((".", name));
        let folder = folders
            .split('/')
            .filter(|part| *part != ".")
            .try_fold(self.root.sub(".")?, |at, part| at.ensure(part, 0o755))?;
        Ok((folder, last))
    }
}

/// Hidden files are ours, or those of a writer that was killed.
fn collect(folder: &Folder, name: &str, names: &mut Vec<String>) -> Result<()> {
    if name.split('/').count() > MAX_DEPTH {
        return Ok(());
    }
    for (part, _) in folder.names()? {
        let below = format!("{name}/{part}");
        match folder.type_of(&part)? {
            _ if !is_part(&part) => {}
            Some(FileType::Directory) => collect(&folder.sub(&part)?, &below, names)?,
            Some(FileType::RegularFile) => names.push(below),
            _ => {}
        }
    }
    Ok(())
}

/// `golang.org/toolchain/@v`.
fn versions_folder() -> String {
    format!("{TOOLCHAIN_MODULE}/@v")
}

/// Neither hidden nor above, and of characters that file systems and addresses agree on.
fn is_part(part: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"@!._-+".contains(&byte);
    !part.is_empty() && !part.starts_with('.') && part.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    fn mirror(folder: &tempfile::TempDir) -> MirrorFolder {
        MirrorFolder::open(&folder.path().join("mirror"), || {}).unwrap()
    }

    #[test]
    fn a_file_is_written_once_and_readable_by_everybody() {
        let folder = tempfile::tempdir().unwrap();
        let mirror = mirror(&folder);
        let name = "sumdb/sum.golang.org/tile/8/0/x001/234.p/5";
        assert!(mirror.write(name, b"bytes").unwrap());
        assert!(!mirror.write(name, b"bytes").unwrap());
        assert!(mirror.write(name, b"other").unwrap());
        assert_eq!(mirror.read(name, 5).unwrap().unwrap(), b"other");
        let about = std::fs::metadata(mirror.path().join(name)).unwrap();
        assert_eq!(about.permissions().mode() & 0o7777, 0o644);
        assert_eq!(mirror.names_below("sumdb").unwrap(), [name]);
        mirror.remove(name).unwrap();
        assert_eq!(mirror.names_below("sumdb").unwrap(), [""; 0]);
        assert_eq!(mirror.read(name, 5).unwrap(), None);
    }

    #[test]
    fn names_stay_inside_and_links_below_the_folder_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let mirror = mirror(&folder);
        for name in [
            "", "/x", "../x", "a/../x", "a//b", ".lock", "a/.b", "a\\b", "a b", "é",
        ] {
            let refused = mirror.write(name, b"x").unwrap_err();
            assert!(matches!(refused, Error::Text { .. }), "{name}: {refused}");
        }
        symlink(folder.path(), mirror.path().join("golang.org")).unwrap();
        let refused = mirror.write("golang.org/x", b"x").unwrap_err();
        assert!(matches!(refused, Error::NotAFolder { .. }), "{refused}");
        assert!(!folder.path().join("x").exists());
    }

    #[test]
    fn releases_are_the_zips_that_lie_there() {
        let folder = tempfile::tempdir().unwrap();
        let mirror = mirror(&folder);
        assert_eq!(mirror.releases().unwrap(), []);
        for name in [
            "v0.0.1-go1.22.5.linux-amd64.zip",
            "v0.0.1-go1.22.5.linux-arm64.info",
            "list",
            "v0.0.1-go1.21rc2.linux-amd64.zip",
        ] {
            let name = format!("golang.org/toolchain/@v/{name}");
            mirror.write(&name, b"").unwrap();
        }
        let found = mirror.releases().unwrap();
        let found: Vec<String> = found.iter().map(ToString::to_string).collect();
        assert_eq!(found, ["go1.21rc2.linux-amd64", "go1.22.5.linux-amd64"]);
    }
}
