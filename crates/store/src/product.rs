//! This program and its shim, replaced by another release of them.
//!
//! Owns: the two files beside each other that are the program. Promises: each is whole at any
//! moment; when a call fails, both are the old ones. A kill between the two renames leaves the new
//! shim beside the old program, which work together, and the same command then finishes. Does not
//! do: judging (what comes in is `Verified`), running them.

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use goseal_core::digest::Sha256;
use goseal_trust::Verified;
use sha2::Digest as _;

use crate::error::{Error, Result};
use crate::place::{Folder, open_regular, random_hex, set_file_mode};

/// Where the two files lie.
#[derive(Debug, Clone, Copy)]
pub struct ProductFiles<'a> {
    /// The folder of both.
    pub folder: &'a Path,
    /// The program's file name.
    pub program: &'a str,
    /// The shim's file name.
    pub shim: &'a str,
}

/// Digest and size of a file that may be large; `None` where there is none. Links are followed.
///
/// # Errors
///
/// [`Error::NotAFile`] and [`Error::Io`].
pub fn digest_of_file(path: &Path) -> Result<Option<(Sha256, u64)>> {
    let Some(mut file) = open_regular(path, true)? else {
        return Ok(None);
    };
    let mut digest = sha2::Sha256::new();
    let mut buffer = vec![0; 256 << 10];
    let mut size = 0;
    loop {
        let read = file
            .read(&mut buffer)
            .map_err(|e| Error::io("read", path, e))?;
        if read == 0 {
            break;
        }
        digest.update(buffer.get(..read).unwrap_or_default());
        size += read as u64;
    }
    let digest = Sha256::from_bytes(digest.finalize().into());
    Ok(Some((digest, size)))
}

/// New files beside the old ones, not in their places yet. Removed when this is dropped.
#[derive(Debug)]
pub struct StagedProduct<'a> {
    files: ProductFiles<'a>,
    folder: Folder,
    program: String,
    shim: String,
    old: String,
}

/// Writes both files beside the places where they belong, executable and on the disk.
///
/// # Errors
///
/// [`Error::Io`] where the folder cannot be written.
pub fn stage_product<'a>(
    files: ProductFiles<'a>,
    program: &Verified<Vec<u8>>,
    shim: &Verified<Vec<u8>>,
) -> Result<StagedProduct<'a>> {
    let random = random_hex()?;
    let staged = StagedProduct {
        folder: Folder::root(files.folder)?,
        program: format!(".{}.new.{random}", files.program),
        shim: format!(".{}.new.{random}", files.shim),
        old: format!(".{}.old.{random}", files.shim),
        files,
    };
    staged.write(&staged.program, program)?;
    staged.write(&staged.shim, shim)?;
    staged.folder.sync()?;
    Ok(staged)
}

impl StagedProduct<'_> {
    fn write(&self, name: &str, bytes: &[u8]) -> Result<()> {
        let path = self.folder.path().join(name);
        let mut file = self.folder.create(name, 0o600)?;
        file.write_all(bytes)
            .map_err(|e| Error::io("write", &path, e))?;
        set_file_mode(&file, 0o755, &path)?;
        file.sync_all().map_err(|e| Error::io("sync", &path, e))
    }

    /// The new program, where it lies now: it can be run from there.
    pub fn program(&self) -> PathBuf {
        self.folder.path().join(&self.program)
    }

    /// Puts both into their places, or neither.
    ///
    /// # Errors
    ///
    /// [`Error::Io`]; both files are the old ones then.
    pub fn commit(self) -> Result<()> {
        let path = self.folder.path().join(self.files.shim);
        let kept = self.folder.path().join(&self.old);
        match std::fs::hard_link(&path, &kept) {
            Ok(()) => {}
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
            // A file system without hard links.
            Err(_) => {
                std::fs::copy(&path, &kept).map_err(|e| Error::io("keep", &path, e))?;
            }
        }
        let put = |from: &str, to: &str| self.folder.rename(from, &self.folder, to);
        put(&self.shim, self.files.shim)?;
        if let Err(error) = put(&self.program, self.files.program) {
            // What failed first is what is reported.
            let _ = put(&self.old, self.files.shim);
            return Err(error);
        }
        self.folder.sync()
    }
}

impl Drop for StagedProduct<'_> {
    fn drop(&mut self) {
        for name in [&self.program, &self.shim, &self.old] {
            // What is not there was put into its place.
            let _ = self.folder.unlink(name);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use goseal_core::product::ProductFile;
    use goseal_core::unverified::Unverified;

    fn verified(bytes: &[u8]) -> Verified<Vec<u8>> {
        let listed = ProductFile {
            file: "x".to_owned(),
            sha256: Sha256::of(bytes),
            size: bytes.len() as u64,
        };
        let bytes = Unverified::new(bytes.to_vec());
        goseal_trust::judge_product_file(&listed, &bytes).unwrap()
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(folder).unwrap();
        let mut names: Vec<_> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    fn old() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("goseal"), "old program").unwrap();
        std::fs::write(folder.path().join("goseal-shim"), "old shim").unwrap();
        folder
    }

    fn files(folder: &Path) -> ProductFiles<'_> {
        ProductFiles {
            folder,
            program: "goseal",
            shim: "goseal-shim",
        }
    }

    #[test]
    fn both_files_are_replaced_and_nothing_else_is_left() {
        let folder = old();
        let (program, shim) = (verified(b"new program"), verified(b"new shim"));
        let staged = stage_product(files(folder.path()), &program, &shim).unwrap();
        let read = |name: &str| std::fs::read(folder.path().join(name)).unwrap();
        assert_eq!(std::fs::read(staged.program()).unwrap(), b"new program");
        assert_eq!(read("goseal"), b"old program");
        staged.commit().unwrap();
        assert_eq!(
            (read("goseal"), read("goseal-shim")),
            (b"new program".to_vec(), b"new shim".to_vec())
        );
        assert_eq!(names(folder.path()), ["goseal", "goseal-shim"]);
        let mode = |name: &str| {
            let about = std::fs::metadata(folder.path().join(name)).unwrap();
            about.permissions().mode() & 0o777
        };
        assert_eq!((mode("goseal"), mode("goseal-shim")), (0o755, 0o755));
    }

    #[test]
    fn when_the_second_one_fails_the_first_is_put_back() {
        let folder = old();
        // A folder that is not empty stands where the program should be.
        std::fs::remove_file(folder.path().join("goseal")).unwrap();
        std::fs::create_dir_all(folder.path().join("goseal/x")).unwrap();
        let (program, shim) = (verified(b"new program"), verified(b"new shim"));
        let staged = stage_product(files(folder.path()), &program, &shim).unwrap();
        assert!(staged.commit().is_err());
        let shim = std::fs::read(folder.path().join("goseal-shim")).unwrap();
        assert_eq!(shim, b"old shim");
        assert_eq!(names(folder.path()), ["goseal", "goseal-shim"]);
    }

    #[test]
    fn what_is_not_committed_leaves_nothing() {
        let folder = old();
        let (program, shim) = (verified(b"new program"), verified(b"new shim"));
        drop(stage_product(files(folder.path()), &program, &shim).unwrap());
        assert_eq!(names(folder.path()), ["goseal", "goseal-shim"]);
        assert_eq!(
            std::fs::read(folder.path().join("goseal")).unwrap(),
            b"old program"
        );
    }
}
