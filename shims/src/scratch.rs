//! A build cache that is thrown away: for runs that execute foreign code in the build.

use std::fs::{self, DirBuilder};
use std::io;
use std::path::{Path, PathBuf};

/// A private folder, removed with all in it when the value goes. After kill -9 it stays in the
/// cache, where it is only disk space.
#[derive(Debug)]
pub(crate) struct Scratch {
    folder: PathBuf,
}

impl Scratch {
    /// Makes `<cache>/throwaway/<name>`, for its owner alone.
    ///
    /// # Errors
    ///
    /// What the system says; a folder of that name is an error too.
    pub(crate) fn make(cache: &Path, name: &str) -> io::Result<Self> {
        let above = cache.join("throwaway");
        private().recursive(true).create(&above)?;
        Self::make_in(&above, name)
    }

    /// Makes `<above>/<name>` in a folder that is there.
    ///
    /// # Errors
    ///
    /// As [`Scratch::make`].
    pub(crate) fn make_in(above: &Path, name: &str) -> io::Result<Self> {
        let folder = above.join(name);
        private().create(&folder)?;
        Ok(Self { folder })
    }

    /// The folder.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What cannot be removed is never used again: its name is the run's.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn private() -> DirBuilder {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scratch_folder_goes_with_its_value() {
        let temp = tempfile::tempdir().unwrap();
        let scratch = Scratch::make(temp.path(), "run").unwrap();
        let folder = scratch.folder().to_owned();
        fs::write(folder.join("f"), "").unwrap();
        assert!(Scratch::make(temp.path(), "run").is_err());
        drop(scratch);
        assert!(!folder.exists());
    }
}
