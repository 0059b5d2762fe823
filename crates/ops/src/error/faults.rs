//! What is wrong with a pin, a request, a permission or goseal itself, as facts.

use std::fmt;
use std::path::{Path, PathBuf};

use goseal_core::manifest::Difference;
use goseal_core::release::ReleaseId;
use goseal_core::version::{Version, VersionSyntax};
use goseal_inputs::PassedOver;

/// What is wrong with goseal itself or with where it was put.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Breakage {
    /// A part is missing or belongs to another build. Holds the fact.
    Part(String),
    /// Go is not published for the platform of this build.
    Platform,
    /// A folder of ours that cannot stand in PATH, because it holds the separator.
    Unlistable(PathBuf),
    /// What cannot happen did. Holds what.
    Bug(&'static str),
}

/// What is wrong with a pin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PinFault {
    /// Its text, with the line.
    Text(String),
    /// It names a line of releases, such as 1.22, and not one of them.
    Line {
        /// The line of the file, from 1.
        at: u32,
        /// The `N` of `1.N`.
        minor: u16,
        /// Installed releases of that line, ascending.
        installed: Vec<Version>,
    },
    /// It belongs to neither the caller nor root.
    Foreign {
        /// The owner's numeric id.
        owner: u32,
        /// The file in which the caller can state that the place is trusted.
        config: PathBuf,
    },
    /// There is none in the folder that the error names or above it, and no default.
    Absent {
        /// The nearest pin that was seen on the way and does not count.
        passed_over: Option<PassedOver>,
    },
}

/// Why a release that is not installed was not fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unfetched {
    /// Nothing here fetches: a run, a question.
    Unasked,
    /// `--offline` forbids it.
    Offline {
        /// What `--from` named, without user information.
        from: Option<String>,
    },
    /// Installing without a lock, under `--frozen`. Holds where the lock would lie.
    NoLock(PathBuf),
    /// Installing what the lock has no entry for, under `--frozen`. Holds the lock.
    NoEntry(PathBuf),
}

/// Why a request names no release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RequestFault {
    /// It is not an exact release, where one is needed.
    Inexact {
        /// What it is instead.
        syntax: VersionSyntax,
        /// Installed releases that it could mean, ascending.
        installed: Vec<Version>,
    },
    /// The source offers nothing that it could mean.
    NothingOffered {
        /// The request.
        request: String,
        /// The nearest releases that are offered, ascending; empty where that is not known.
        nearest: Vec<Version>,
    },
    /// There is no lock to show.
    NoLock(PathBuf),
    /// The lock holds nothing of the release that runs here. Holds the lock and the release.
    NotLocked(PathBuf, Version),
    /// Processes run from a tree that is to be removed.
    InUse {
        /// The release.
        id: ReleaseId,
        /// Their ids, ascending.
        processes: Vec<u32>,
    },
    /// `exec --go` asks for another release than the pin that holds here.
    AgainstPin {
        /// What was asked for.
        asked: ReleaseId,
        /// The pin.
        pin: PathBuf,
        /// What it says.
        pinned: ReleaseId,
    },
    /// A platform that Go does not have, or none at all. Holds the text.
    Platform(String),
    /// A file that an installed tree does not have.
    NoFile {
        /// The release.
        id: ReleaseId,
        /// The name as typed.
        name: String,
        /// Whether it lies in a folder that the module form leaves out.
        outside: bool,
        /// Where this release has a file of that name instead.
        instead: Option<String>,
    },
    /// A folder that cannot be the tree of a release.
    Tree {
        /// The folder.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A text that cannot be a source.
    Source {
        /// The text, without user information.
        text: String,
        /// Who names it: `--from`, `goseal.toml`, `config.toml`.
        by: &'static str,
        /// What is wrong with it.
        reason: String,
    },
}

impl fmt::Display for Breakage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Part(what) => f.write_str(what),
            Self::Platform => f.write_str("Go is not published for the platform of this build"),
            Self::Unlistable(folder) => {
                write!(f, "{} cannot stand in PATH", folder.display())
            }
            Self::Bug(what) => f.write_str(what),
        }
    }
}

impl fmt::Display for PinFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Line { at, minor, .. } => {
                let syntax = VersionSyntax::Language { minor: *minor };
                write!(f, "line {at}: {syntax}")
            }
            Self::Foreign { owner, .. } => write!(f, "it belongs to user {owner}"),
            Self::Absent { passed_over: None } => f.write_str("no .go-version, and no default"),
            Self::Absent {
                passed_over: Some(pin),
            } => write!(f, "no .go-version that counts, and no default; {pin}"),
        }
    }
}

pub(super) fn format_no_pin(
    f: &mut fmt::Formatter<'_>,
    folder: &Path,
    passed_over: Option<&PassedOver>,
) -> fmt::Result {
    let folder = folder.display();
    match passed_over {
        None => write!(f, "no .go-version in {folder} or above, and no default"),
        Some(pin) => write!(
            f,
            "no .go-version that counts in {folder} or above, and no default; {pin}"
        ),
    }
}

/// Names the first file: a shim has one line to say it in, and so has the record.
pub(super) fn format_differs(
    f: &mut fmt::Formatter<'_>,
    id: &ReleaseId,
    differences: &[Difference],
) -> fmt::Result {
    write!(f, "{id} differs from what was published")?;
    if let Some(first) = differences.first() {
        write!(f, ": {first}")?;
    }
    match differences.len() {
        0 | 1 => Ok(()),
        more => write!(f, " and {} more", more - 1),
    }
}

pub(super) fn format_not_installed(
    f: &mut fmt::Formatter<'_>,
    id: &ReleaseId,
    why: &Unfetched,
) -> fmt::Result {
    match why {
        Unfetched::Unasked => write!(f, "{id} is not installed"),
        Unfetched::Offline { .. } => write!(
            f,
            "{id} is not installed, and --offline forbids to fetch it"
        ),
        Unfetched::NoLock(path) => {
            write!(f, "--frozen needs {}, which is not there", path.display())
        }
        Unfetched::NoEntry(path) => write!(f, "{} has no entry for {id}", path.display()),
    }
}

fn format_in_use(f: &mut fmt::Formatter<'_>, id: &ReleaseId, processes: &[u32]) -> fmt::Result {
    let noun = if processes.len() == 1 {
        "process"
    } else {
        "processes"
    };
    let shown: Vec<String> = processes.iter().take(5).map(u32::to_string).collect();
    let more = if processes.len() > shown.len() {
        ", .."
    } else {
        ""
    };
    write!(f, "{id} is in use by {noun} {}{more}", shown.join(", "))
}

impl fmt::Display for RequestFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inexact { syntax, .. } => syntax.fmt(f),
            Self::NothingOffered { request, .. } => {
                write!(
                    f,
                    "the source offers no release for `{}`",
                    request.escape_debug()
                )
            }
            Self::NoLock(path) => write!(f, "{} is not there", path.display()),
            Self::NotLocked(path, version) => {
                write!(f, "{} has no entry for {version}", path.display())
            }
            Self::InUse { id, processes } => format_in_use(f, id, processes),
            Self::AgainstPin { asked, pin, pinned } => {
                write!(
                    f,
                    "{} pins {pinned}, and {asked} was asked for",
                    pin.display()
                )
            }
            Self::Platform(text) => {
                write!(
                    f,
                    "`{}` is not a platform such as linux/amd64",
                    text.escape_debug()
                )
            }
            Self::NoFile {
                id, name, outside, ..
            } => {
                write!(f, "{id} has no `{}`", name.escape_debug())?;
                if *outside {
                    f.write_str(": the module form leaves api, doc, misc and test out")?;
                }
                Ok(())
            }
            Self::Tree { path, reason } => write!(f, "{} {reason}", path.display()),
            Self::Source { text, by, reason } => {
                write!(f, "{by}: `{}` {reason}", text.escape_debug())
            }
        }
    }
}
