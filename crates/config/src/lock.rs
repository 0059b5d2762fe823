//! `goseal.lock`: what was reviewed for each release and platform.

use std::path::Path;

use goseal_core::digest::{H1, Sha256};
use goseal_core::evidence::SumdbPosition;
use goseal_core::lock::{Lock, LockEntry, LockedArchive};
use goseal_core::platform::Platform;
use goseal_core::release::ReleaseId;
use goseal_core::version::Version;

use crate::document::{Section, Source};
use crate::error::Error;
use crate::policy::RELEASE;
use crate::project::PLATFORM;

/// The version of the format.
const FORMAT: u64 = 1;

const DIGEST: &str = "64 lower-case hexadecimal digits";

/// The keys of a block, in the order in which they are written.
pub(crate) const KEYS: [&str; 9] = [
    "version",
    "platform",
    "h1",
    "record",
    "tree_size",
    "tree_root",
    "archive",
    "sha256",
    "size",
];

/// Reads `goseal.lock`. Blocks and keys may stand in any order, so that a merge by hand can be
/// read; [`format_lock`] writes them in the one order. `path` is only named in messages.
///
/// # Errors
///
/// Every variant of [`Error`] but [`Error::ProgramKey`] and [`Error::UserInformation`]. A version
/// of the format that this build does not know is reported before anything else in the file.
pub fn parse_lock(bytes: &[u8], path: &Path) -> Result<Lock, Error> {
    let source = Source::new(bytes, path)?;
    let root = source.parse()?;
    let root = Section::root(&source, &root);

    let version = root.required("version")?;
    let found = version.number()?;
    if found != FORMAT {
        return Err(Error::UnknownFormat {
            at: version.place(),
            found,
            expected: FORMAT,
        });
    }
    root.allow_only(&["version", "toolchain"])?;

    let mut lock = Lock::default();
    let blocks = root
        .field("toolchain")
        .map_or(Ok(Vec::new()), |field| field.sections())?;
    for block in blocks {
        let (id, entry) = parse_block(&block)?;
        if lock.entries.insert(id, entry).is_some() {
            return Err(block.duplicate(&id.to_string()));
        }
    }
    Ok(lock)
}

fn parse_block(block: &Section<'_>) -> Result<(ReleaseId, LockEntry), Error> {
    block.allow_only(&KEYS)?;
    let id = ReleaseId {
        version: block.required("version")?.word(RELEASE, |text| {
            Version::parse(text).ok().filter(|v| v.to_string() == text)
        })?,
        platform: block
            .required("platform")?
            .word(PLATFORM, |text| Platform::parse(text).ok())?,
    };
    let h1 = block
        .required("h1")?
        .word("`h1:` and the base64 of 32 bytes", |text| {
            H1::parse(text).ok()
        })?;
    Ok((
        id,
        LockEntry {
            h1,
            position: parse_position(block)?,
            archive: parse_archive(block, id)?,
        },
    ))
}

/// All three of `record`, `tree_size` and `tree_root`, or none.
fn parse_position(block: &Section<'_>) -> Result<Option<SumdbPosition>, Error> {
    if !["record", "tree_size", "tree_root"]
        .iter()
        .any(|key| block.field(key).is_some())
    {
        return Ok(None);
    }
    let record = block.required("record")?;
    let position = SumdbPosition {
        record: record.number()?,
        tree_size: block.required("tree_size")?.number()?,
        tree_root: block
            .required("tree_root")?
            .word(DIGEST, |text| Sha256::parse_hex(text).ok())?,
    };
    if position.record < position.tree_size {
        Ok(Some(position))
    } else {
        Err(record.wrong_value("a record number below `tree_size`"))
    }
}

/// `archive` and `sha256` together, with or without `size`, or none.
fn parse_archive(block: &Section<'_>, id: ReleaseId) -> Result<Option<LockedArchive>, Error> {
    if !["archive", "sha256", "size"]
        .iter()
        .any(|key| block.field(key).is_some())
    {
        return Ok(None);
    }
    Ok(Some(LockedArchive {
        file_name: block
            .required("archive")?
            .word("the name of an archive of this release", |text| {
                is_archive_of(text, id.version).then(|| text.to_owned())
            })?,
        sha256: block
            .required("sha256")?
            .word(DIGEST, |text| Sha256::parse_hex(text).ok())?,
        size: block
            .field("size")
            .map(|field| field.number())
            .transpose()?,
    }))
}

/// Whether `name` is a plain file name that begins with the release: `go1.22.5.linux-amd64.tar.gz`.
/// Old archives carry more (`go1.4.darwin-amd64-osx10.8.tar.gz`), so the rest is not compared.
fn is_archive_of(name: &str, version: Version) -> bool {
    name.strip_prefix(&format!("go{version}."))
        .is_some_and(|rest| {
            (1..=100).contains(&rest.len())
                && rest
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
        })
}

/// The text of a lock: `version = 1`, then one block for each release and platform in the order of
/// [`ReleaseId`], keys in one order, a blank line before each block. The inverse of [`parse_lock`].
pub fn format_lock(lock: &Lock) -> String {
    let blocks = lock
        .entries
        .iter()
        .map(|(id, entry)| format_block(*id, entry));
    std::iter::once(format!("version = {FORMAT}\n"))
        .chain(blocks)
        .collect()
}

fn format_block(id: ReleaseId, entry: &LockEntry) -> String {
    let ReleaseId { version, platform } = id;
    let h1 = &entry.h1;
    let position = entry.position.map_or_else(String::new, |position| {
        let SumdbPosition {
            record,
            tree_size,
            tree_root,
        } = position;
        format!("record = {record}\ntree_size = {tree_size}\ntree_root = \"{tree_root}\"\n")
    });
    let archive = entry.archive.as_ref().map_or_else(String::new, |archive| {
        let (name, sha256) = (quoted(&archive.file_name), archive.sha256);
        let size = archive
            .size
            .map_or_else(String::new, |size| format!("size = {size}\n"));
        format!("archive = \"{name}\"\nsha256 = \"{sha256}\"\n{size}")
    });
    format!(
        "\n[[toolchain]]\nversion = \"{version}\"\nplatform = \"{platform}\"\nh1 = \"{h1}\"\n\
         {position}{archive}"
    )
}

/// The text inside a TOML basic string. [`parse_lock`] lets no such character in; a value made
/// elsewhere still cannot end the string and start a block of its own.
fn quoted(text: &str) -> String {
    let escape = |c: char| match c {
        '"' | '\\' => format!("\\{c}"),
        c if c.is_control() => format!("\\u{:04X}", u32::from(c)),
        c => c.to_string(),
    };
    text.chars().map(escape).collect()
}

#[cfg(test)]
mod tests;
