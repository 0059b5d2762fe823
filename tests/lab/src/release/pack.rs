//! The two forms in which a release is published.

use std::collections::BTreeSet;
use std::io::{Cursor, Write as _};

use flate2::Compression;
use flate2::write::GzEncoder;
use goseal_core::manifest::{EntryName, Mode};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::{RELEASE_TIME, Release};

/// `go/` before every name, the folders written out, modes by distpack's table.
pub(super) fn tar_gz(release: &Release) -> Vec<u8> {
    let mut tar = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for folder in folders(release) {
        append(&mut tar, &folder, &[], 0o755);
    }
    for (name, bytes) in release.files() {
        append(&mut tar, &format!("go/{name}"), bytes, mode_of(name));
    }
    tar.into_inner()
        .and_then(GzEncoder::finish)
        .expect("writing to memory cannot fail")
}

fn append(tar: &mut tar::Builder<GzEncoder<Vec<u8>>>, path: &str, bytes: &[u8], mode: u32) {
    let mut header = tar::Header::new_ustar();
    header.set_entry_type(if path.ends_with('/') {
        tar::EntryType::Directory
    } else {
        tar::EntryType::Regular
    });
    header.set_mode(mode);
    header.set_mtime(RELEASE_TIME);
    header.set_size(bytes.len() as u64);
    tar.append_data(&mut header, path, bytes)
        .expect("the names of a made-up release fit into a header");
}

/// Every folder, `go/` first, with a slash at its end.
fn folders(release: &Release) -> BTreeSet<String> {
    let mut folders = BTreeSet::new();
    for name in release.files().keys() {
        let path = format!("go/{name}");
        folders.extend(
            path.match_indices('/')
                .filter_map(|(at, _)| path.get(..=at))
                .map(str::to_owned),
        );
    }
    folders
}

fn mode_of(name: &str) -> u32 {
    match EntryName::parse(name).map(|name| Mode::of(&name)) {
        Ok(Mode::Executable) => 0o755,
        _ => 0o644,
    }
}

/// The module form: no folders, no `api doc misc test`, `_go.mod`, the module's prefix.
pub(super) fn module_zip(release: &Release) -> Vec<u8> {
    let prefix = release.id().module_prefix();
    zip_of(release.files().iter().filter_map(|(name, bytes)| {
        let name = EntryName::parse(name).ok()?;
        name.is_covered_by_h1()
            .then(|| (format!("{prefix}{}", name.module_name()), bytes.as_slice()))
    }))
}

/// The Windows archive: like the tar, in a zip.
pub(super) fn archive_zip(release: &Release) -> Vec<u8> {
    let files = release.files().iter();
    zip_of(files.map(|(name, bytes)| (format!("go/{name}"), bytes.as_slice())))
}

fn zip_of<'a>(entries: impl Iterator<Item = (String, &'a [u8])>) -> Vec<u8> {
    let mut entries: Vec<_> = entries.collect();
    entries.sort();
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(1))
        .unix_permissions(0o644);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        zip.start_file(name, options)
            .and_then(|()| zip.write_all(bytes).map_err(Into::into))
            .expect("writing to memory cannot fail");
    }
    zip.finish()
        .expect("writing to memory cannot fail")
        .into_inner()
}
