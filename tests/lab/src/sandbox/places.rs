//! What lies below a folder, so that a test can show that nothing changed.

use std::collections::BTreeMap;
use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};

use goseal_core::digest::Sha256;

/// One thing in a folder. Times are left out: making and removing a file moves those of its folder.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Thing {
    Folder { mode: u32 },
    File { mode: u32, content: Sha256 },
    Link { target: PathBuf },
    Other,
}

/// Everything below a folder, as it was at one moment.
#[derive(Debug, Clone)]
pub struct Places {
    root: PathBuf,
    things: BTreeMap<String, Thing>,
}

impl Places {
    pub(super) fn of(root: &Path) -> Self {
        let mut things = BTreeMap::new();
        walk(root, &mut |path, metadata| {
            let name = path.strip_prefix(root).unwrap_or(path);
            things.insert(name.display().to_string(), thing(path, metadata));
        });
        Self {
            root: root.to_owned(),
            things,
        }
    }

    /// What is different now: lines `added`, `removed` or `changed` and the path below the root.
    ///
    /// What lies in one of the folders `except` (paths below the root) does not count, nor do the
    /// folders themselves.
    pub fn differences(&self, except: &[&str]) -> Vec<String> {
        let now = Self::of(&self.root);
        let counts = |name: &&String| {
            let inside = |folder: &&str| Path::new(name.as_str()).starts_with(folder);
            !except.iter().any(inside)
        };
        let names = self.things.keys().chain(now.things.keys());
        let mut lines: Vec<_> = names
            .filter(counts)
            .filter_map(|name| {
                let word = match (self.things.get(name), now.things.get(name)) {
                    (None, _) => "added",
                    (_, None) => "removed",
                    (old, new) if old != new => "changed",
                    _ => return None,
                };
                Some(format!("{word} {name}"))
            })
            .collect();
        lines.sort();
        lines.dedup();
        lines
    }

    /// Asserts that nothing is different: names, content, modes, targets of links.
    ///
    /// # Panics
    ///
    /// Where something is; the message names it.
    pub fn assert_unchanged(&self) {
        self.assert_unchanged_except(&[]);
    }

    /// The same without what lies in the folders `except`, such as `goseal/audit`.
    ///
    /// # Panics
    ///
    /// Where something else is different; the message names it.
    pub fn assert_unchanged_except(&self, except: &[&str]) {
        let differences = self.differences(except);
        assert!(
            differences.is_empty(),
            "a trace was left:\n{}",
            differences.join("\n")
        );
    }
}

fn thing(path: &Path, metadata: &Metadata) -> Thing {
    let mode = mode_of(metadata);
    if metadata.is_dir() {
        Thing::Folder { mode }
    } else if metadata.is_file() {
        Thing::File {
            mode,
            content: Sha256::of(&fs::read(path).unwrap_or_default()),
        }
    } else if metadata.is_symlink() {
        let target = fs::read_link(path).unwrap_or_default();
        Thing::Link { target }
    } else {
        Thing::Other
    }
}

/// Calls `act` for everything below `folder`, a folder before what is in it; follows no links.
fn walk(folder: &Path, act: &mut impl FnMut(&Path, &Metadata)) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let path = entry.path();
        let Ok(metadata) = fs::symlink_metadata(&path) else {
            continue;
        };
        act(&path, &metadata);
        if metadata.is_dir() {
            walk(&path, act);
        }
    }
}

/// Lets the owner write into every folder, so that read-only trees can be removed.
pub(super) fn make_removable(root: &Path) {
    walk(root, &mut |path, metadata| {
        if metadata.is_dir() {
            let _ = set_removable(path, metadata);
        }
    });
}

#[cfg(unix)]
fn mode_of(metadata: &Metadata) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    metadata.permissions().mode() & 0o7777
}

#[cfg(not(unix))]
fn mode_of(metadata: &Metadata) -> u32 {
    u32::from(metadata.permissions().readonly())
}

#[cfg(unix)]
fn set_removable(path: &Path, metadata: &Metadata) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = metadata.permissions().mode() | 0o700;
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn set_removable(_: &Path, _: &Metadata) -> std::io::Result<()> {
    Ok(())
}
