//! The walk from a folder up to its pin.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use goseal_core::pin::{PIN_FILE, PIN_LIMIT, PinFault, PinLine, parse_pin};
use goseal_core::release::ReleaseId;

use crate::error::Error;
use crate::meta;
use crate::place::PlaceRequest;
use crate::read::{is_absent, read_bounded};

/// What the walk ended at.
#[derive(Debug)]
pub enum PinFound {
    /// The pin.
    Pin(PinFile),
    /// A `.go-version` that says nothing usable. It is never passed over: what stands above it is
    /// another project's.
    Faulty {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        trouble: PinTrouble,
    },
    /// A pin that belongs to neither the caller nor root, outside the trusted places.
    Stopped {
        /// The file.
        path: PathBuf,
        /// Numeric id of the owner of the file, the link or the folder, whichever is foreign.
        owner: u32,
        /// What it would say if its place were trusted; `None` where it is not readable as a pin.
        pin: Option<PinFile>,
    },
    /// No pin up to the root.
    None,
}

/// A pin that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PinFile {
    /// The file.
    pub path: PathBuf,
    /// Its folder: the project's root, beside which `goseal.toml` and `goseal.lock` count.
    pub folder: PathBuf,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// What it says.
    pub line: PinLine,
    /// The owner, where that is neither the caller nor root.
    pub foreign: Option<u32>,
}

/// Why a `.go-version` is unusable.
#[derive(Debug)]
pub enum PinTrouble {
    /// It cannot be read, or is no regular file.
    Unreadable(Error),
    /// Its text is not a pin.
    Text(PinFault),
}

impl fmt::Display for PinTrouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(error) => error.fmt(f),
            Self::Text(fault) => fault.fmt(f),
        }
    }
}

/// A `.go-version` that the walk saw and did not obey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PassedOver {
    /// The file.
    pub path: PathBuf,
    /// Why.
    pub reason: Reason,
}

impl fmt::Display for PassedOver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reason = self.reason.word();
        write!(f, "{} does not count: {reason}", self.path.display())
    }
}

/// Why a pin does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// It came with a dependency: below a module of a module cache.
    ModuleCache,
    /// It lies in an installed tree.
    ManagedTree,
    /// It came with a dependency: below a `vendor` folder.
    Vendor,
    /// Anyone can put a file into its folder.
    WorldWritable,
}

impl Reason {
    /// The word in records.
    pub const fn word(self) -> &'static str {
        match self {
            Self::ModuleCache => "module-cache",
            Self::ManagedTree => "managed-tree",
            Self::Vendor => "vendor",
            Self::WorldWritable => "world-writable",
        }
    }
}

/// The nearest pin that counts, upward from `start`, an absolute path; what was passed over is
/// added to `passed_over`, nearest first.
pub(crate) fn walk(
    start: &Path,
    request: &PlaceRequest<'_>,
    passed_over: &mut Vec<PassedOver>,
) -> PinFound {
    let mut path = start.join(PIN_FILE);
    loop {
        match fs::symlink_metadata(&path) {
            Ok(link) => match look(&path, &link, request) {
                Look::Counts(found) => return found,
                Look::Passed(reason) => passed_over.push(PassedOver {
                    path: path.clone(),
                    reason,
                }),
            },
            Err(error) if is_absent(&error) => {}
            Err(error) => return unreadable(&path, error),
        }
        path.pop();
        if !path.pop() {
            return PinFound::None;
        }
        path.push(PIN_FILE);
    }
}

enum Look {
    Counts(PinFound),
    Passed(Reason),
}

fn look(path: &Path, link: &fs::Metadata, request: &PlaceRequest<'_>) -> Look {
    let folder = path.parent().unwrap_or(path);
    if let Some(reason) = came_with_something(folder, request) {
        return Look::Passed(reason);
    }
    let folder_meta = match fs::metadata(folder) {
        Ok(meta) => meta,
        Err(error) => return Look::Counts(unreadable(path, error)),
    };
    if meta::is_world_writable(&folder_meta) {
        return Look::Passed(Reason::WorldWritable);
    }
    let foreign = |meta: &fs::Metadata| {
        let owner = meta::owner(meta);
        (owner != request.uid && owner != 0).then_some(owner)
    };
    let outside = foreign(&folder_meta).or_else(|| foreign(link));
    Look::Counts(match read_bounded(path, PIN_LIMIT) {
        Ok(Some((bytes, file_meta))) => {
            let foreign = outside.or_else(|| foreign(&file_meta));
            judge(path, folder, bytes, foreign, request)
        }
        failed => match outside {
            Some(owner) if !is_trusted(folder, request) => PinFound::Stopped {
                path: path.to_owned(),
                owner,
                pin: None,
            },
            _ => PinFound::Faulty {
                path: path.to_owned(),
                trouble: PinTrouble::Unreadable(failed.err().unwrap_or_else(|| dangling(path))),
            },
        },
    })
}

fn judge(
    path: &Path,
    folder: &Path,
    bytes: Vec<u8>,
    foreign: Option<u32>,
    request: &PlaceRequest<'_>,
) -> PinFound {
    let pin = parse_pin(&bytes).map(|line| PinFile {
        path: path.to_owned(),
        folder: folder.to_owned(),
        bytes,
        line,
        foreign,
    });
    match (foreign, pin) {
        // The text of a foreign file is not repeated in a message.
        (Some(owner), pin) if !is_trusted(folder, request) => PinFound::Stopped {
            path: path.to_owned(),
            owner,
            pin: pin.ok(),
        },
        (_, Ok(pin)) => PinFound::Pin(pin),
        (_, Err(fault)) => PinFound::Faulty {
            path: path.to_owned(),
            trouble: PinTrouble::Text(fault),
        },
    }
}

fn is_trusted(folder: &Path, request: &PlaceRequest<'_>) -> bool {
    request
        .trusted_places
        .iter()
        .any(|place| folder.starts_with(place))
}

fn unreadable(path: &Path, source: io::Error) -> PinFound {
    PinFound::Faulty {
        path: path.to_owned(),
        trouble: PinTrouble::Unreadable(Error::Read {
            path: path.to_owned(),
            source,
        }),
    }
}

/// The name is there and leads nowhere: a link whose target is missing.
fn dangling(path: &Path) -> Error {
    Error::Read {
        path: path.to_owned(),
        source: io::Error::from(io::ErrorKind::NotFound),
    }
}

/// Whether what lies in `folder` came with a dependency or a toolchain.
fn came_with_something(folder: &Path, request: &PlaceRequest<'_>) -> Option<Reason> {
    // The names decide first whether a look at the disk is worth it: usually not.
    let has = |test: &dyn Fn(&str) -> bool| {
        folder
            .components()
            .any(|part| part.as_os_str().to_str().is_some_and(test))
    };
    if has(&|name| name == "vendor") && is_vendored(folder) {
        return Some(Reason::Vendor);
    }
    if has(&|name| ReleaseId::parse(name).is_some())
        && below(folder, &request.layout.toolchains()).is_some()
    {
        return Some(Reason::ManagedTree);
    }
    let of_a_module = |rest: &Path| {
        rest.starts_with("cache")
            || rest
                .components()
                .any(|part| part.as_os_str().to_string_lossy().contains('@'))
    };
    (of_a_module(folder) || has(&|name| name == "cache")).then_some(())?;
    (request.module_caches)()
        .iter()
        .any(|cache| below(folder, cache).is_some_and(of_a_module))
        .then_some(Reason::ModuleCache)
}

/// What of `folder` lies below `root`, whichever way `root` is written; `None` where it does not
/// lie strictly below.
fn below<'a>(folder: &'a Path, root: &Path) -> Option<&'a Path> {
    let strip = |root: &Path| {
        folder
            .strip_prefix(root)
            .ok()
            .filter(|rest| !rest.as_os_str().is_empty())
    };
    strip(root).or_else(|| strip(&fs::canonicalize(root).ok()?))
}

/// Whether a component named `vendor` is a module's vendor folder: it holds `modules.txt`, or a
/// go.mod or go.work lies beside it. A person may be called Vendor; their projects keep their pins.
fn is_vendored(folder: &Path) -> bool {
    folder
        .ancestors()
        .filter(|at| at.components().next_back() == Some(Component::Normal("vendor".as_ref())))
        .any(|vendor| {
            vendor.join("modules.txt").exists()
                || vendor.with_file_name("go.mod").exists()
                || vendor.with_file_name("go.work").exists()
        })
}
