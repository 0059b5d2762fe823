//! Certificates that the caller names on top of the system's own.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::Path;

use reqwest::Certificate;

use crate::error::Error;

/// The longest certificate file that is read; the bundle of a system is about 220 KB.
const FILE_LIMIT: u64 = 8 << 20;

/// The most entries of a certificate folder; a system's own has about 300.
const FOLDER_LIMIT: usize = 4096;

/// Reads a file of PEM certificates that somebody named: it must be readable and hold at least one.
pub(crate) fn read_file(path: &Path) -> Result<Vec<Certificate>, Error> {
    let bytes = read_bounded(path).map_err(|source| Error::io(path, source))?;
    let certificates = Certificate::from_pem_bundle(&bytes).map_err(|_| wrong(path))?;
    if certificates.is_empty() {
        return Err(wrong(path));
    }
    Ok(certificates)
}

fn wrong(path: &Path) -> Error {
    Error::Setup {
        what: path.display().to_string(),
        reason: "holds no PEM certificates".to_owned(),
    }
}

/// Reads what is readable in a folder, as OpenSSL and Go do: a folder that is not there and files
/// that are no certificates are passed over.
pub(crate) fn read_folder(path: &Path) -> Vec<Certificate> {
    let Ok(entries) = fs::read_dir(path) else {
        return Vec::new();
    };
    entries
        .take(FOLDER_LIMIT)
        .filter_map(|entry| read_bounded(&entry.ok()?.path()).ok())
        .filter_map(|bytes| Certificate::from_pem_bundle(&bytes).ok())
        .flatten()
        .collect()
}

fn read_bounded(path: &Path) -> std::io::Result<Vec<u8>> {
    // Looked at before it is opened: opening a FIFO would wait for a writer.
    if !fs::metadata(path)?.is_file() {
        return Err(std::io::Error::other("not a regular file"));
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(FILE_LIMIT).read_to_end(&mut bytes)?;
    Ok(bytes)
}
