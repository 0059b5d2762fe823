//! An existing tree copied into a stage: never adopted, never linked.
//!
//! Promises: each byte of the copy is hashed as it is written, so that what the manifest says is
//! what lies in the stage, whatever happens to the tree meanwhile; no link is followed. What a
//! release cannot have is left behind; the h1 then says that something is missing.

use std::io::Read as _;
use std::path::Path;

use goseal_core::layout::{BEHIND_DOOR, place_in_tree};
use goseal_core::manifest::{Entry, EntryName, Manifest};
use goseal_core::progress::Progress;

use crate::error::{Error, Result};
use crate::place::open_regular;
use crate::scan::scan;
use crate::stage::Stage;
use crate::unpack::{Folders, MAX_UNPACKED, TreeWriter};

const BUFFER: usize = 256 << 10;

/// Copies the files of `root` that an h1 covers into the tree of `stage`. The doors of a tree that
/// goseal manages are mapped back to the executables behind them.
///
/// # Errors
///
/// [`Error::Names`], [`Error::Limit`] beyond 50,000 files or [`MAX_UNPACKED`] bytes,
/// [`Error::NotAFile`] for one that is none any more, [`Error::Io`]. The tree of the stage is
/// removed then.
pub fn copy_tree(root: &Path, stage: &Stage<'_>, progress: &dyn Progress) -> Result<Manifest> {
    let copied = try_copy(root, stage, progress);
    if copied.is_err() {
        // The first error is the one that is told; the stage is removed when it is dropped, too.
        let _ = stage.discard_tree();
    }
    copied
}

fn try_copy(root: &Path, stage: &Stage<'_>, progress: &dyn Progress) -> Result<Manifest> {
    let doors = root.join(BEHIND_DOOR).join("home").is_file();
    let seen = scan(root, doors, None, progress)?;
    let names: Vec<EntryName> = seen
        .manifest
        .iter()
        .map(|(name, _)| name.clone())
        .filter(EntryName::is_covered_by_h1)
        .collect();
    let tree = stage.make_tree()?;
    let mut folders = Folders::new(&tree, stage.has_doors());
    for name in &names {
        folders.make_for(name)?;
    }
    progress.begin("copy", Some(names.len() as u64));
    let mut copy = Copy {
        root,
        doors,
        writer: TreeWriter::new(&tree, stage.has_doors()),
        left: MAX_UNPACKED,
        buffer: vec![0; BUFFER],
    };
    let mut files = Vec::with_capacity(names.len());
    for (at, name) in names.into_iter().enumerate() {
        let entry = copy.file(&name)?;
        files.push((name, entry));
        progress.at(at as u64 + 1);
    }
    progress.end();
    Manifest::from_files(files).map_err(|source| Error::Names {
        path: root.to_owned(),
        source,
    })
}

struct Copy<'a> {
    root: &'a Path,
    doors: bool,
    writer: TreeWriter<'a>,
    left: u64,
    buffer: Vec<u8>,
}

impl Copy<'_> {
    fn file(&mut self, name: &EntryName) -> Result<Entry> {
        let place = if self.doors {
            place_in_tree(name.as_str())
        } else {
            name.as_str().to_owned()
        };
        let path = self.root.join(place);
        let mut from = open_regular(&path, false)?
            .ok_or_else(|| Error::io("open", &path, std::io::ErrorKind::NotFound))?;
        let mut output = self.writer.create(name)?;
        loop {
            let count = from
                .read(&mut self.buffer)
                .map_err(|e| Error::io("read", &path, e))?;
            if count == 0 {
                return output.finish();
            }
            self.left = self
                .left
                .checked_sub(count as u64)
                .ok_or_else(|| Error::Limit {
                    path: self.root.to_owned(),
                    what: "bytes",
                    limit: MAX_UNPACKED,
                })?;
            output.write(self.buffer.get(..count).unwrap_or_default())?;
        }
    }
}
