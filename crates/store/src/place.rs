//! Folders held open, so that no name inside them is ever reached through a link.
//!
//! Owns: the system calls relative to an open folder. Promises: no component below a [`Folder`] is
//! followed when it is a link, so a folder that is swapped for a link between two calls is refused
//! (`O_NOFOLLOW`), never used. Does not do: anything with the content of files.

use std::fs::{File, Metadata};
use std::io::{self, Write as _};
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use goseal_core::archive::Archive;
use rustix::fs::{AtFlags, CWD, Dir, FileType, Mode, OFlags};
use rustix::io::Errno;

use crate::error::{Error, Result};
pub(crate) use crate::regular::open_regular;
use crate::regular::open_regular_at;

const FOLDER: OFlags = OFlags::RDONLY
    .union(OFlags::DIRECTORY)
    .union(OFlags::NOFOLLOW)
    .union(OFlags::CLOEXEC);

/// A folder that is open, and the path by which messages name it.
#[derive(Debug)]
pub(crate) struct Folder {
    fd: OwnedFd,
    path: PathBuf,
}

fn folder_error(path: &Path, errno: Errno) -> Error {
    match errno {
        Errno::LOOP | Errno::NOTDIR => Error::NotAFolder {
            path: path.to_owned(),
        },
        other => Error::io("open", path, other),
    }
}

impl Folder {
    /// Opens an existing folder; its last part must not be a link.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let fd = rustix::fs::openat(CWD, path, FOLDER, Mode::empty())
            .map_err(|errno| folder_error(path, errno))?;
        let path = path.to_owned();
        Ok(Self { fd, path })
    }

    /// Opens an existing folder that may itself lie behind a link: the root of a foreign tree.
    pub(crate) fn behind(path: &Path) -> Result<Self> {
        let flags = FOLDER.difference(OFlags::NOFOLLOW);
        let fd = rustix::fs::openat(CWD, path, flags, Mode::empty())
            .map_err(|errno| folder_error(path, errno))?;
        let path = path.to_owned();
        Ok(Self { fd, path })
    }

    /// The root of a store or state, made with its parents where there is none. The user may have
    /// put the root itself behind a link; nothing below it may be one.
    pub(crate) fn root(path: &Path) -> Result<Self> {
        make_with_parents(path, 0o755)?;
        Self::behind(path)
    }

    /// The same for a folder that only its owner enters, from its first moment on. The folders
    /// above it, where they are missing, are made for everybody: a store may lie beside it.
    pub(crate) fn private(path: &Path) -> Result<Self> {
        if let Some(parent) = path.parent() {
            make_with_parents(parent, 0o755)?;
        }
        make_with_parents(path, 0o700)?;
        Self::root(path)
    }

    /// By which messages name it.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Opens a folder directly inside this one.
    pub(crate) fn sub(&self, name: &str) -> Result<Self> {
        let path = self.path.join(name);
        let fd = rustix::fs::openat(&self.fd, name, FOLDER, Mode::empty())
            .map_err(|errno| folder_error(&path, errno))?;
        Ok(Self { fd, path })
    }

    /// Makes a folder that must not exist. The mode is set whatever the umask.
    pub(crate) fn make(&self, name: &str, mode: u32) -> Result<Self> {
        rustix::fs::mkdirat(&self.fd, name, Mode::from_raw_mode(mode))
            .map_err(|e| Error::io("make the folder", &self.path.join(name), e))?;
        let folder = self.sub(name)?;
        folder.set_mode(mode)?;
        Ok(folder)
    }

    /// Opens a folder directly inside this one, made with that mode where there is none.
    pub(crate) fn ensure(&self, name: &str, mode: u32) -> Result<Self> {
        match rustix::fs::mkdirat(&self.fd, name, Mode::from_raw_mode(mode)) {
            Ok(()) | Err(Errno::EXIST) => self.sub(name),
            Err(e) => Err(Error::io("make the folder", &self.path.join(name), e)),
        }
    }

    /// Creates a file that must not exist, open for reading and writing. The umask applies.
    pub(crate) fn create(&self, name: &str, mode: u32) -> Result<File> {
        let flags =
            OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        rustix::fs::openat(&self.fd, name, flags, Mode::from_raw_mode(mode))
            .map(File::from)
            .map_err(|e| Error::io("create", &self.path.join(name), e))
    }

    /// Opens a regular file below this folder, by a relative path, with what the system says of it.
    /// As [`open_regular`], which follows no link in the place of the file.
    pub(crate) fn open_regular(&self, place: &Path) -> Result<Option<(File, Metadata)>> {
        open_regular_at(self.fd.as_fd(), place, false, || self.path.join(place))
    }

    /// The type of what lies under a name, without following a link; `None` where nothing is.
    pub(crate) fn type_of(&self, name: &str) -> Result<Option<FileType>> {
        match rustix::fs::statat(&self.fd, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => Ok(Some(FileType::from_raw_mode(stat.st_mode))),
            Err(Errno::NOENT) => Ok(None),
            Err(e) => Err(Error::io("look at", &self.path.join(name), e)),
        }
    }

    /// Moves `name` into another folder of the same file system, over what lies there.
    pub(crate) fn rename(&self, name: &str, to: &Self, to_name: &str) -> Result<()> {
        rustix::fs::renameat(&self.fd, name, &to.fd, to_name)
            .map_err(|e| Error::io("rename", &self.path.join(name), e))
    }

    /// Lets `name` and a name in another folder of the same file system change places in one step.
    /// `false` where the system or the file system cannot.
    pub(crate) fn exchange(&self, name: &str, with: &Self, with_name: &str) -> Result<bool> {
        #[cfg(any(target_os = "linux", target_os = "android"))]
        {
            let flags = rustix::fs::RenameFlags::EXCHANGE;
            match rustix::fs::renameat_with(&self.fd, name, &with.fd, with_name, flags) {
                Ok(()) => Ok(true),
                Err(Errno::INVAL | Errno::NOSYS) => Ok(false),
                Err(e) => Err(Error::io("exchange", &with.path.join(with_name), e)),
            }
        }
        #[cfg(not(any(target_os = "linux", target_os = "android")))]
        {
            let _ = (name, with, with_name);
            Ok(false)
        }
    }

    /// Removes a file, or a link itself.
    pub(crate) fn unlink(&self, name: &str) -> Result<()> {
        rustix::fs::unlinkat(&self.fd, name, AtFlags::empty())
            .map_err(|e| Error::io("remove", &self.path.join(name), e))
    }

    /// Sets the permission bits of this folder.
    pub(crate) fn set_mode(&self, mode: u32) -> Result<()> {
        rustix::fs::fchmod(&self.fd, Mode::from_raw_mode(mode))
            .map_err(|e| Error::io("set the mode of", &self.path, e))
    }

    /// Waits until the names in this folder are on the disk.
    pub(crate) fn sync(&self) -> Result<()> {
        rustix::fs::fsync(&self.fd).map_err(|e| Error::io("sync", &self.path, e))
    }

    /// Waits until the whole file system that holds this folder is on the disk.
    pub(crate) fn sync_file_system(&self) -> Result<()> {
        #[cfg(any(target_os = "linux", target_os = "android"))]
        return rustix::fs::syncfs(&self.fd)
            .map_err(|e| Error::io("sync the file system of", &self.path, e));
        #[cfg(not(any(target_os = "linux", target_os = "android")))]
        {
            rustix::fs::sync();
            Ok(())
        }
    }

    /// Writes a file beside its place, syncs it, renames it over its place. With `durable` the
    /// folder is synced too. What killed writers of this name left is removed.
    pub(crate) fn replace(&self, name: &str, bytes: &[u8], mode: u32, durable: bool) -> Result<()> {
        let path = self.path.join(name);
        self.replace_with(name, mode, durable, |file| {
            file.write_all(bytes)
                .map_err(|e| Error::io("write", &path, e))
        })
    }

    /// The same with a copy of an archive's file, which must still have the size that came in.
    pub(crate) fn replace_from(
        &self,
        name: &str,
        from: &mut File,
        archive: &Archive,
        mode: u32,
    ) -> Result<()> {
        let path = self.path.join(name);
        self.replace_with(name, mode, true, |file| {
            let actual = io::copy(from, file).map_err(|e| Error::io("write", &path, e))?;
            if actual == archive.size {
                return Ok(());
            }
            Err(Error::Size {
                path: archive.path.clone(),
                expected: archive.size,
                actual,
            })
        })
    }

    /// The same with whatever `write_all` writes.
    pub(crate) fn replace_with(
        &self,
        name: &str,
        mode: u32,
        durable: bool,
        write_all: impl FnOnce(&mut File) -> Result<()>,
    ) -> Result<()> {
        // Messages name the file that was meant: nobody knows the one beside it.
        let path = self.path.join(name);
        let (temporary, mut file) = self.beside(name).map_err(|error| match error {
            Error::Io { source, .. } => Error::io("write", &path, source),
            other => other,
        })?;
        let write = || -> Result<()> {
            write_all(&mut file)?;
            set_file_mode(&file, mode, &path)?;
            if durable {
                file.sync_all().map_err(|e| Error::io("sync", &path, e))?;
            }
            rustix::fs::renameat(&self.fd, &temporary, &self.fd, name)
                .map_err(|e| Error::io("replace", &path, e))
        };
        if let Err(error) = write() {
            // What failed first is what is reported; a leftover is ignored by every reader.
            let _ = rustix::fs::unlinkat(&self.fd, &temporary, AtFlags::empty());
            return Err(error);
        }
        if durable { self.sync() } else { Ok(()) }
    }

    /// Makes the file beside the place of `name`, locked for as long as its writer lives.
    fn beside(&self, name: &str) -> Result<(String, File)> {
        self.remove_dead_beside(name);
        loop {
            let temporary = format!(".{name}.{}", random_hex()?);
            // Messages name the file that was meant: nobody knows the one beside it.
            let file = self
                .create(&temporary, 0o600)
                .map_err(|error| match error {
                    Error::Io { source, .. } => Error::io("write", &self.path.join(name), source),
                    other => other,
                })?;
            // Where nothing can be locked, nothing is ever taken for dead either.
            let locked = file.lock().is_ok();
            // Another writer may have taken it for dead before the lock was taken.
            if !locked || matches!(self.type_of(&temporary), Ok(Some(_))) {
                return Ok((temporary, file));
            }
        }
    }

    /// Removes the files of [`Folder::beside`] whose writers were killed: the kernel freed their
    /// locks. What fails here is left to the next writer.
    fn remove_dead_beside(&self, name: &str) {
        let prefix = format!(".{name}.");
        let is_beside = |sibling: &str| {
            let random = sibling.strip_prefix(prefix.as_str());
            random.is_some_and(|random| {
                random.len() == 16 && random.bytes().all(|byte| byte.is_ascii_hexdigit())
            })
        };
        for (sibling, _) in self.names().unwrap_or_default() {
            if !is_beside(&sibling) {
                continue;
            }
            let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
            let opened = rustix::fs::openat(&self.fd, sibling.as_str(), flags, Mode::empty());
            let Ok(file) = opened.map(File::from) else {
                continue;
            };
            if file.try_lock().is_ok() {
                let _ = rustix::fs::unlinkat(&self.fd, sibling.as_str(), AtFlags::empty());
            }
        }
    }

    /// Names of what lies directly inside, those that are UTF-8, in no order.
    pub(crate) fn names(&self) -> Result<Vec<(String, FileType)>> {
        let failed = |e: Errno| Error::io("list", &self.path, e);
        let mut names = Vec::new();
        for entry in Dir::read_from(self.fd.as_fd()).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            match entry.file_name().to_str() {
                Ok("." | "..") | Err(_) => {}
                Ok(name) => names.push((name.to_owned(), entry.file_type())),
            }
        }
        Ok(names)
    }

    /// Calls `act` with each folder directly inside; links to folders are none.
    fn each_folder(&self, act: impl Fn(&Self) -> Result<()>) -> Result<()> {
        let may_be = |kind| matches!(kind, FileType::Directory | FileType::Unknown);
        for (name, _) in self.names()?.iter().filter(|(_, kind)| may_be(*kind)) {
            match self.sub(name) {
                Ok(folder) => act(&folder)?,
                Err(Error::NotAFolder { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Makes this folder and all below it writable for their owner, as removal needs.
    fn make_writable(&self) -> Result<()> {
        self.set_mode(0o700)?;
        self.each_folder(Self::make_writable)
    }

    /// Makes all folders below this one 0555, this one not: a folder that is to be renamed into
    /// another must itself be writable (its `..` changes).
    pub(crate) fn freeze_below(&self) -> Result<()> {
        self.each_folder(|folder| {
            folder.freeze_below()?;
            folder.set_mode(0o555)
        })
    }

    /// Removes what lies under a name, read-only trees included, links themselves and never what
    /// they lead to. Nothing there is no error.
    pub(crate) fn remove(&self, name: &str) -> Result<()> {
        let path = self.path.join(name);
        let removed = match self.type_of(name)? {
            None => return Ok(()),
            Some(FileType::Directory) => {
                self.sub(name)?.make_writable()?;
                std::fs::remove_dir_all(&path)
            }
            Some(_) => rustix::fs::unlinkat(&self.fd, name, AtFlags::empty()).map_err(Into::into),
        };
        removed.map_err(|e| Error::io("remove", &path, e))
    }
}

/// Not `create_dir_all`: under umask 0 that would let others write.
fn make_with_parents(path: &Path, mode: u32) -> Result<()> {
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(mode)
        .create(path)
        .map_err(|e| Error::io("make the folder", path, e))
}

/// Sets the permission bits of an open file, whatever the umask.
pub(crate) fn set_file_mode(file: &File, mode: u32, path: &Path) -> Result<()> {
    rustix::fs::fchmod(file, Mode::from_raw_mode(mode))
        .map_err(|e| Error::io("set the mode of", path, e))
}

/// 16 random hexadecimal digits from the system.
pub(crate) fn random_hex() -> Result<String> {
    getrandom::u64()
        .map(|number| format!("{number:016x}"))
        .map_err(|e| {
            Error::io(
                "read random bytes from",
                Path::new("the system"),
                io::Error::other(e),
            )
        })
}
