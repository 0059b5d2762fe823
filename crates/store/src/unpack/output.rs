//! The files of a tree while they are written: hashed, counted, created and never opened anew.

use std::fs::File;
use std::io::Write as _;
use std::path::PathBuf;

use goseal_core::digest::Sha256;
use goseal_core::layout::place_in_tree;
use goseal_core::manifest::{Entry, EntryName, Mode};
use sha2::Digest as _;

use crate::error::{Error, Result};
use crate::place::{Folder, set_file_mode};

/// The open folders from a tree to the last place: archives are sorted, so the next place shares most
/// of them.
struct Descent<'a> {
    tree: &'a Folder,
    open: Vec<(String, Folder)>,
}

impl<'a> Descent<'a> {
    const fn new(tree: &'a Folder) -> Self {
        Self {
            tree,
            open: Vec::new(),
        }
    }

    /// The folder at a path; each one that is not open is opened by `step`.
    fn to(
        &mut self,
        path: &str,
        step: impl Fn(&Folder, &str) -> Result<Folder>,
    ) -> Result<&Folder> {
        let mut shared = 0;
        for (part, (name, _)) in path.split('/').zip(&self.open) {
            if part != name {
                break;
            }
            shared += 1;
        }
        self.open.truncate(shared);
        for part in path.split('/').skip(shared) {
            let folder = step(self.last(), part)?;
            self.open.push((part.to_owned(), folder));
        }
        Ok(self.last())
    }

    fn last(&self) -> &Folder {
        self.open.last().map_or(self.tree, |(_, folder)| folder)
    }
}

/// Where the file of a published name lies: behind its door, in a tree that has doors.
pub(crate) fn place_of(published: &str, doors: bool) -> String {
    if doors {
        place_in_tree(published)
    } else {
        published.to_owned()
    }
}

/// Makes the folders of a tree.
pub(crate) struct Folders<'a> {
    descent: Descent<'a>,
    doors: bool,
}

impl<'a> Folders<'a> {
    pub(crate) const fn new(tree: &'a Folder, doors: bool) -> Self {
        Self {
            descent: Descent::new(tree),
            doors,
        }
    }

    /// Makes the folders that a file needs.
    pub(crate) fn make_for(&mut self, name: &EntryName) -> Result<()> {
        let place = place_of(name.as_str(), self.doors);
        if let Some((folder, _)) = place.rsplit_once('/') {
            self.descent
                .to(folder, |parent, part| parent.ensure(part, 0o755))?;
        }
        Ok(())
    }
}

/// Creates files in a tree.
pub(crate) struct TreeWriter<'a> {
    descent: Descent<'a>,
    doors: bool,
}

impl<'a> TreeWriter<'a> {
    pub(crate) const fn new(tree: &'a Folder, doors: bool) -> Self {
        Self {
            descent: Descent::new(tree),
            doors,
        }
    }

    /// Creates the file of that published name at its place; its folder has been made.
    pub(crate) fn create(&mut self, name: &EntryName) -> Result<Output> {
        let place = place_of(name.as_str(), self.doors);
        let (folder, last) = match place.rsplit_once('/') {
            Some((path, last)) => (self.descent.to(path, Folder::sub)?, last),
            None => (self.descent.tree, place.as_str()),
        };
        Ok(Output {
            file: folder.create(last, 0o600)?,
            path: folder.path().join(last),
            mode: Mode::of(name),
            hash: sha2::Sha256::new(),
            size: 0,
        })
    }
}

/// One file while it is written.
pub(crate) struct Output {
    file: File,
    path: PathBuf,
    mode: Mode,
    hash: sha2::Sha256,
    size: u64,
}

impl Output {
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.hash.update(bytes);
        self.size += bytes.len() as u64;
        self.file
            .write_all(bytes)
            .map_err(|e| Error::io("write", &self.path, e))
    }

    /// Sets the mode and says what was written.
    pub(crate) fn finish(self) -> Result<Entry> {
        set_file_mode(&self.file, self.mode.bits(), &self.path)?;
        Ok(Entry {
            sha256: Sha256::from_bytes(self.hash.finalize().into()),
            size: self.size,
        })
    }
}
