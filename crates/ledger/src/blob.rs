//! Blobs: what is too long for a record, once by its digest.
//!
//! A blob is written before the record that names it, into a file of another name first, so that
//! `blobs/<sha256>` never holds a part. A blob without a record means nothing.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use goseal_core::digest::Sha256;

use crate::disk;
use crate::error::Error;

/// The folder of the blobs, below the ledger's.
pub(crate) const FOLDER: &str = "blobs";

/// Content for one blob.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Blob {
    pub(crate) sha256: Sha256,
    pub(crate) bytes: Vec<u8>,
}

impl Blob {
    pub(crate) fn new(bytes: Vec<u8>) -> Self {
        Self {
            sha256: Sha256::of(&bytes),
            bytes,
        }
    }
}

/// The place of a blob.
pub(crate) fn path(folder: &Path, sha256: &Sha256) -> PathBuf {
    folder.join(FOLDER).join(sha256.to_string())
}

/// Writes a blob unless one of its length is there. `unique` keeps two writers apart.
pub(crate) fn write(folder: &Path, blob: &Blob, unique: &str) -> Result<(), Error> {
    let place = path(folder, &blob.sha256);
    if fs::metadata(&place).is_ok_and(|m| m.is_file() && m.len() == blob.bytes.len() as u64) {
        return Ok(());
    }
    let parts = folder.join(FOLDER);
    disk::make_folder(&parts)?;
    let part = parts.join(format!("{unique}.part"));
    let options = disk::private()
        .write(true)
        .create(true)
        .truncate(true)
        .clone();
    let written = options
        .open(&part)
        .and_then(|mut file| file.write_all(&blob.bytes));
    let renamed = written.and_then(|()| fs::rename(&part, &place));
    renamed.map_err(|e| {
        // What is left of a blob that could not be written helps nobody; the first failure counts.
        let _ = fs::remove_file(&part);
        disk::io("write", &place)(e)
    })
}
