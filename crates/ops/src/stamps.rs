//! The identity of an installed tree's executables: when were these bytes last compared?
//!
//! Kept in the state, one text a release: a first line `goseal.stamps/1 <deep>`, then a line
//! `<size> <mtime> <ctime> <inode> <device> <name>` a file. It saves hashing 90 MB whenever a plan
//! is written anew; it is as much the user's own as a plan is, and claims as little. Beside it lies
//! the digest over the table of the whole tree, which shims compare (`goseal_inputs::tree_digest`).

use std::fmt::Write as _;
use std::path::PathBuf;

use goseal_core::digest::Sha256;
use goseal_core::layout::Layout;
use goseal_core::manifest::{Difference, EntryName, Manifest, Mode};
use goseal_core::plan::{Identity, Stamp};
use goseal_core::release::ReleaseId;
use goseal_store::Installed;

use crate::error::{Error, Result};
use crate::world::World;

/// Bytes of the text that are read; 20 files take 3 KB.
const LIMIT: u64 = 64 * 1024;
/// Bytes of one executable that are read; the largest has 30 MB.
const EXECUTABLE_LIMIT: u64 = 256 << 20;
const HEAD: &str = "goseal.stamps/1";

/// What is remembered of a release: stamps whose content was compared, and the last deep verify.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Stamps {
    /// Sequence number of the record of the last deep verify.
    pub deep: Option<u64>,
    files: Vec<(EntryName, Stamp)>,
}

/// Which files' identity is compared on every run: the executables and `go.env`.
pub(crate) fn is_watched(name: &EntryName) -> bool {
    let text = name.as_str();
    let executable = text.starts_with("bin/") || text.starts_with("pkg/tool/");
    text == "go.env" || (executable && Mode::of(name) == Mode::Executable)
}

fn path_of(layout: &Layout, id: &ReleaseId) -> PathBuf {
    layout.state().join("stamps").join(id.to_string())
}

/// Reads what is remembered; nothing where the text is missing or not ours.
pub(crate) fn read(layout: &Layout, id: &ReleaseId) -> Stamps {
    let bytes = goseal_store::read_bounded(&path_of(layout, id), LIMIT)
        .ok()
        .flatten();
    let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    text.and_then(|text| parse(&text)).unwrap_or_default()
}

/// Remembers the stamps of an identity that was just compared.
///
/// # Errors
///
/// [`Error::Store`].
pub(crate) fn write(
    layout: &Layout,
    id: &ReleaseId,
    deep: Option<u64>,
    identity: &[Identity],
) -> Result<()> {
    let files: Vec<_> = identity
        .iter()
        .map(|one| (one.name.clone(), one.stamp))
        .collect();
    let before = read(layout, id).files;
    if !before.is_empty() && before != files {
        // Where executables were exchanged the rest may be as well: the next build looks at it all.
        forget_tree(layout, id)?;
    }
    let text = format(&Stamps { deep, files });
    Ok(goseal_store::write_private(
        &path_of(layout, id),
        text.as_bytes(),
    )?)
}

/// Remembers the table that a tree had before its content was compared and found good. What changes
/// later, while the content is read as well, gets another time of change than stands in the table.
///
/// # Errors
///
/// [`Error::Store`].
pub(crate) fn write_tree(
    layout: &Layout,
    installed: &Installed,
    before: Option<Sha256>,
) -> Result<()> {
    let Some(digest) = before else {
        return Ok(());
    };
    let path = goseal_inputs::tree_stamp_path(layout, &installed.id);
    let text = goseal_inputs::format_tree_stamp(&digest);
    Ok(goseal_store::write_private(&path, text.as_bytes())?)
}

/// The same for a tree that was just written from hashed bytes.
pub(crate) fn write_new_tree(layout: &Layout, installed: &Installed) -> Result<()> {
    let now = goseal_inputs::tree_digest(&installed.root).ok();
    write_tree(layout, installed, now)
}

/// What is remembered of a tree that was just written from hashed bytes: its files as they stand.
pub(crate) fn as_written(installed: &Installed, manifest: &Manifest) -> Stamps {
    let watched = manifest
        .iter()
        .map(|(name, _)| name)
        .filter(|name| is_watched(name));
    let files = watched.filter_map(|name| {
        let path = installed.root.join(installed.place(name.as_str()));
        Some((name.clone(), goseal_inputs::stamp(&path).ok()?))
    });
    Stamps {
        deep: None,
        files: files.collect(),
    }
}

/// The identity of an installed tree as it is now.
///
/// A file whose stamp is the remembered one is taken to hold what it held then; every other one is
/// hashed and compared with the manifest.
///
/// # Errors
///
/// [`Error::Differs`] where a watched file is missing or has other content; [`Error::Store`].
pub(crate) fn identity_of(
    installed: &Installed,
    manifest: &Manifest,
    known: &Stamps,
) -> Result<Vec<Identity>> {
    let mut identity = Vec::new();
    let mut differences = Vec::new();
    for (name, entry) in manifest.iter().filter(|(name, _)| is_watched(name)) {
        let path = installed.root.join(installed.place(name.as_str()));
        let Ok(stamp) = goseal_inputs::stamp(&path) else {
            differences.push(Difference::Missing(name.clone()));
            continue;
        };
        let remembered = known
            .files
            .iter()
            .any(|(known, at)| known == name && *at == stamp);
        if !remembered && digest_of(&path)? != Some(entry.sha256) {
            differences.push(Difference::Changed(name.clone()));
        }
        identity.push(Identity {
            name: name.clone(),
            path,
            stamp,
            sha256: entry.sha256,
        });
    }
    if differences.is_empty() {
        Ok(identity)
    } else {
        Err(Error::Differs {
            id: installed.id,
            differences,
        })
    }
}

fn digest_of(path: &std::path::Path) -> Result<Option<Sha256>> {
    let bytes = goseal_store::read_bounded(path, EXECUTABLE_LIMIT)?;
    Ok(bytes.map(|bytes| Sha256::of(&bytes)))
}

fn format(stamps: &Stamps) -> String {
    let mut text = HEAD.to_owned();
    if let Some(deep) = stamps.deep {
        write!(text, " {deep}").expect("writing to a String cannot fail");
    }
    text.push('\n');
    for (
        name,
        Stamp {
            size,
            mtime_ns,
            ctime_ns,
            inode,
            device,
        },
    ) in &stamps.files
    {
        writeln!(text, "{size} {mtime_ns} {ctime_ns} {inode} {device} {name}")
            .expect("writing to a String cannot fail");
    }
    text
}

fn parse(text: &str) -> Option<Stamps> {
    let mut lines = text.lines();
    let head = lines.next()?.strip_prefix(HEAD)?;
    let deep = match head.strip_prefix(' ') {
        Some(number) => Some(number.parse().ok()?),
        None if head.is_empty() => None,
        None => return None,
    };
    let files = lines.map(parse_line).collect::<Option<_>>()?;
    Some(Stamps { deep, files })
}

fn parse_line(line: &str) -> Option<(EntryName, Stamp)> {
    let mut parts = line.splitn(6, ' ');
    let stamp = Stamp {
        size: parts.next()?.parse().ok()?,
        mtime_ns: parts.next()?.parse().ok()?,
        ctime_ns: parts.next()?.parse().ok()?,
        inode: parts.next()?.parse().ok()?,
        device: parts.next()?.parse().ok()?,
    };
    Some((EntryName::parse(parts.next()?).ok()?, stamp))
}

/// Makes the next build compare the whole tree.
///
/// # Errors
///
/// [`crate::Error::Store`].
pub(crate) fn forget_tree(layout: &Layout, id: &ReleaseId) -> Result<()> {
    let path = goseal_inputs::tree_stamp_path(layout, id);
    Ok(goseal_store::write_private(&path, b"")?)
}

/// The folders around an installed tree must be root's or the user's, and nobody else's to write:
/// who may rename there can put another tree in its place.
///
/// # Errors
///
/// [`crate::Error::Inputs`] naming the folder.
pub(crate) fn check_guard(world: &World, id: &ReleaseId) -> Result<()> {
    for folder in world.layout.guarded(id) {
        goseal_inputs::check_guarded(&folder, world.user.uid)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_read_and_written_the_same() {
        let stamp = Stamp {
            size: 1,
            mtime_ns: -2,
            ctime_ns: 3,
            inode: 4,
            device: 5,
        };
        for deep in [None, Some(7)] {
            let files = vec![(EntryName::parse("pkg/tool/a b").unwrap(), stamp)];
            let stamps = Stamps { deep, files };
            assert_eq!(parse(&format(&stamps)), Some(stamps));
        }
        for text in [
            "",
            "goseal.stamps/2\n",
            "goseal.stamps/1 x\n",
            "goseal.stamps/1\n1 2 3\n",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn executables_and_go_env_are_watched() {
        let watched = |name: &str| is_watched(&EntryName::parse(name).unwrap());
        for name in [
            "bin/go",
            "bin/gofmt",
            "pkg/tool/linux_amd64/compile",
            "go.env",
        ] {
            assert!(watched(name), "{name}");
        }
        for name in ["src/make.bash", "src/fmt/print.go", "VERSION", "src/go.env"] {
            assert!(!watched(name), "{name}");
        }
    }
}
