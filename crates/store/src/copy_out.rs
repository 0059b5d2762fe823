//! Copies of installed files, for those who must write beside them: a build from the sources.
//!
//! Promises: a file is copied by its published name and only with the content that the manifest
//! states, hashed while it is copied. Does not do: deciding which files.

use std::fs::{DirBuilder, OpenOptions};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

use goseal_core::digest::Sha256;
use goseal_core::manifest::{Entry, EntryName, Manifest, Mode};
use goseal_core::progress::Progress;
use sha2::Digest as _;

use crate::error::{Error, Result};
use crate::installed::Installed;
use crate::place::open_regular;

const BUFFER: usize = 256 << 10;

/// Copies the files of `manifest`, which is the installed tree's or a part of it, to their published
/// names below `to`, writable for their owner.
///
/// # Errors
///
/// [`Error::Seal`] for a file that is not what the manifest states; [`Error::Io`].
pub fn copy_out(
    installed: &Installed,
    manifest: &Manifest,
    to: &Path,
    progress: &dyn Progress,
) -> Result<()> {
    progress.begin("copy", Some(manifest.total_size()));
    let mut buffer = vec![0; BUFFER];
    let mut done = 0;
    let copied = manifest.iter().try_for_each(|(name, entry)| {
        let from = installed.root.join(installed.place(name.as_str()));
        copy_one(&from, entry, (&to.join(name.as_str()), name), &mut buffer)?;
        done += entry.size;
        progress.at(done);
        Ok(())
    });
    progress.end();
    copied
}

fn copy_one(
    from: &Path,
    entry: &Entry,
    (to, name): (&Path, &EntryName),
    buffer: &mut [u8],
) -> Result<()> {
    let other = || Error::seal(from, "other content than its manifest states");
    let mut source = open_regular(from, false)?.ok_or_else(other)?;
    if let Some(folder) = to.parent() {
        DirBuilder::new()
            .recursive(true)
            .mode(0o755)
            .create(folder)
            .map_err(|e| Error::io("make the folder", folder, e))?;
    }
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(Mode::of(name).bits() | 0o200)
        .open(to)
        .map_err(|e| Error::io("create", to, e))?;
    let mut hash = sha2::Sha256::new();
    loop {
        let count = source
            .read(buffer)
            .map_err(|e| Error::io("read", from, e))?;
        let Some(held) = buffer.get(..count).filter(|held| !held.is_empty()) else {
            break;
        };
        hash.update(held);
        file.write_all(held)
            .map_err(|e| Error::io("write", to, e))?;
    }
    if Sha256::from_bytes(hash.finalize().into()) == entry.sha256 {
        Ok(())
    } else {
        Err(other())
    }
}
