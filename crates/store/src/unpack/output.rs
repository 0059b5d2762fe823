//! The files of a tree while they are written: hashed, counted, created and never opened anew.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Write as _;
use std::path::PathBuf;

use goseal_core::digest::Sha256;
use goseal_core::layout::place_in_tree;
use goseal_core::manifest::{Entry, EntryName, Mode};
use sha2::Digest as _;

use crate::error::{Error, Result};
use crate::place::{Folder, set_file_mode};

/// Makes each folder of a tree once.
pub(crate) struct Folders<'a> {
    tree: &'a Folder,
    made: BTreeSet<String>,
}

impl<'a> Folders<'a> {
    pub(crate) const fn new(tree: &'a Folder) -> Self {
        Self {
            tree,
            made: BTreeSet::new(),
        }
    }

    /// Makes the folders that a file needs.
    pub(crate) fn make_for(&mut self, name: &EntryName) -> Result<()> {
        let place = place_in_tree(name.as_str());
        let Some((folder, _)) = place.rsplit_once('/') else {
            return Ok(());
        };
        if self.made.contains(folder) {
            return Ok(());
        }
        let mut at: Option<Folder> = None;
        let mut path = String::new();
        for part in folder.split('/') {
            if !path.is_empty() {
                path.push('/');
            }
            path.push_str(part);
            let parent = at.as_ref().unwrap_or(self.tree);
            at = Some(if self.made.insert(path.clone()) {
                parent.ensure(part, 0o755)?
            } else {
                parent.sub(part)?
            });
        }
        Ok(())
    }
}

/// Creates files in a tree; keeps the folder of the last one open, since archives are sorted.
pub(crate) struct TreeWriter<'a> {
    tree: &'a Folder,
    open: Option<(String, Folder)>,
}

impl<'a> TreeWriter<'a> {
    pub(crate) const fn new(tree: &'a Folder) -> Self {
        Self { tree, open: None }
    }

    /// Creates the file of that published name at its place; its folder has been made.
    pub(crate) fn create(&mut self, name: &EntryName) -> Result<Output> {
        let place = place_in_tree(name.as_str());
        let (folder, last) = match place.rsplit_once('/') {
            Some((path, last)) => (self.folder(path)?, last),
            None => (self.tree, place.as_str()),
        };
        Ok(Output {
            file: folder.create(last, 0o600)?,
            path: folder.path().join(last),
            mode: Mode::of(name),
            hash: sha2::Sha256::new(),
            size: 0,
        })
    }

    fn folder(&mut self, path: &str) -> Result<&Folder> {
        let (_, folder) = match self.open.take() {
            Some(open) if open.0 == path => self.open.insert(open),
            _ => self.open.insert((path.to_owned(), self.tree.walk(path)?)),
        };
        Ok(folder)
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
