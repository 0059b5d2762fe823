//! What stops a use case, as facts. Words for people, hints and exit codes are the program's.

use std::fmt;
use std::path::{Path, PathBuf};

use goseal_core::digest::H1;
use goseal_core::manifest::Difference;
use goseal_core::plan::RunRefusal;
use goseal_core::release::ReleaseId;
use goseal_core::version::VersionSyntax;

/// The result of every use case.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a use case stopped.
#[derive(Debug)]
pub enum Error {
    /// A file that runs are decided from cannot be read.
    Inputs(Box<goseal_inputs::Error>),
    /// A TOML file is wrong.
    Config(Box<goseal_config::Error>),
    /// The disk, or an archive or seal on it.
    Store(Box<goseal_store::Error>),
    /// The wire.
    Fetch(Box<goseal_fetch::Error>),
    /// Something does not verify, or evidence is missing.
    Trust(Box<goseal_trust::Error>),
    /// The log.
    Ledger(Box<goseal_ledger::Error>),
    /// A pin that does not say which release, or not to this user.
    Pin {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        fault: PinFault,
    },
    /// Nothing says which release runs here.
    NoPin {
        /// Where it was looked for, upward.
        folder: PathBuf,
    },
    /// A release that is not installed.
    NotInstalled {
        /// Which.
        id: ReleaseId,
    },
    /// `--offline` or `--frozen` forbids what would be needed.
    Forbidden {
        /// What would be needed, and what forbids it.
        what: Forbidden,
        /// The release.
        id: ReleaseId,
    },
    /// What was typed names no release, or none that the source offers.
    Request(RequestFault),
    /// The lock and something that was proved contradict each other.
    LockContradicted(Box<LockContradiction>),
    /// An installed tree differs from what was published.
    Differs {
        /// The release.
        id: ReleaseId,
        /// Every difference, in order of names.
        differences: Vec<Difference>,
    },
    /// The shim or `exec` refuses to run.
    Refused(Box<RunRefusal>),
    /// A part of goseal itself is not where it should be, or the platform has no Go.
    Broken {
        /// What is missing or wrong.
        what: String,
    },
}

/// A lock that says another h1 than something that was proved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockContradiction {
    /// The lock.
    pub path: PathBuf,
    /// The release.
    pub id: ReleaseId,
    /// What the lock says.
    pub locked: H1,
    /// Who says otherwise.
    pub other: &'static str,
    /// What that says.
    pub found: H1,
}

/// What is wrong with a pin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PinFault {
    /// Its text, with the line.
    Text(String),
    /// It belongs to neither the caller nor root. Holds the owner's id.
    Foreign(u32),
}

/// What `--offline` and `--frozen` forbid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Forbidden {
    /// Fetching, under `--offline`.
    Fetch,
    /// Installing without a lock, under `--frozen`. Holds where the lock would lie.
    NoLock(PathBuf),
    /// Installing what the lock has no entry for, under `--frozen`. Holds the lock.
    NoEntry(PathBuf),
}

/// Why a request names no release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RequestFault {
    /// It is not an exact release, where one is needed.
    Inexact(VersionSyntax),
    /// The source offers nothing that it could mean. Holds the request.
    NothingOffered(String),
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
    /// An address that cannot be a source. Holds the text.
    Source(String),
}

impl Error {
    pub(crate) fn pin(path: &Path, fault: &str) -> Self {
        Self::Pin {
            path: path.to_owned(),
            fault: PinFault::Text(fault.to_owned()),
        }
    }

    pub(crate) fn broken(what: impl Into<String>) -> Self {
        Self::Broken { what: what.into() }
    }

    pub(crate) fn no_platform() -> Self {
        Self::broken("go is not published for the platform of this build")
    }

    /// The stable word for records.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Inputs(_) => "inputs",
            Self::Config(_) => "config",
            Self::Store(_) => "store",
            Self::Fetch(_) => "fetch",
            Self::Trust(_) => "trust",
            Self::Ledger(_) => "ledger",
            Self::Pin { .. } => "pin",
            Self::NoPin { .. } => "no-pin",
            Self::NotInstalled { .. } => "not-installed",
            Self::Forbidden { .. } => "forbidden",
            Self::Request(_) => "request",
            Self::LockContradicted(_) => "lock-contradicted",
            Self::Differs { .. } => "differs",
            Self::Refused(refusal) => refusal.code,
            Self::Broken { .. } => "broken",
        }
    }

    /// Whether bytes are not what they should be, as opposed to out of reach or out of space.
    pub fn is_distrust(&self) -> bool {
        match self {
            Self::Store(error) => error.is_distrust(),
            Self::Trust(error) => error.is_distrust(),
            Self::LockContradicted(_) | Self::Differs { .. } => true,
            _ => false,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inputs(error) => error.fmt(f),
            Self::Config(error) => error.fmt(f),
            Self::Store(error) => error.fmt(f),
            Self::Fetch(error) => error.fmt(f),
            Self::Trust(error) => error.fmt(f),
            Self::Ledger(error) => error.fmt(f),
            Self::Pin {
                path,
                fault: PinFault::Text(text),
            } => {
                write!(f, "{}: {text}", path.display())
            }
            Self::Pin {
                path,
                fault: PinFault::Foreign(owner),
            } => {
                write!(f, "{} belongs to user {owner}", path.display())
            }
            Self::NoPin { folder } => {
                write!(
                    f,
                    "no .go-version in {} or above, and no default",
                    folder.display()
                )
            }
            Self::NotInstalled { id } => write!(f, "{id} is not installed"),
            Self::Forbidden { what, id } => format_forbidden(f, what, id),
            Self::Request(fault) => fault.fmt(f),
            Self::LockContradicted(lock) => {
                let LockContradiction {
                    path,
                    id,
                    locked,
                    other,
                    found,
                } = lock.as_ref();
                write!(
                    f,
                    "{} says {locked} for {id}, {other} {found}",
                    path.display()
                )
            }
            Self::Differs { id, differences } => format_differs(f, id, differences),
            Self::Refused(refusal) => f.write_str(&refusal.what),
            Self::Broken { what } => f.write_str(what),
        }
    }
}

/// Names the first file: a shim has one line to say it in, and so has the record.
fn format_differs(
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

fn format_forbidden(f: &mut fmt::Formatter<'_>, what: &Forbidden, id: &ReleaseId) -> fmt::Result {
    match what {
        Forbidden::Fetch => write!(
            f,
            "{id} is not installed, and --offline forbids to fetch it"
        ),
        Forbidden::NoLock(path) => {
            write!(f, "--frozen needs {}, which is not there", path.display())
        }
        Forbidden::NoEntry(path) => write!(f, "{} has no entry for {id}", path.display()),
    }
}

impl fmt::Display for RequestFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inexact(syntax) => syntax.fmt(f),
            Self::NothingOffered(request) => {
                write!(
                    f,
                    "the source offers no release for `{}`",
                    request.escape_debug()
                )
            }
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
            Self::Source(text) => {
                write!(
                    f,
                    "`{}` is neither a folder nor an address",
                    text.escape_debug()
                )
            }
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Inputs(error) => error.source(),
            Self::Config(error) => error.source(),
            Self::Store(error) => error.source(),
            Self::Fetch(error) => error.source(),
            Self::Trust(error) => error.source(),
            Self::Ledger(error) => error.source(),
            _ => None,
        }
    }
}

/// A crate's error is this crate's variant of the same name, and keeps its own words.
macro_rules! from_crates {
    ($($variant:ident($error:ty)),+ $(,)?) => {
        $(impl From<$error> for Error {
            fn from(error: $error) -> Self {
                Self::$variant(Box::new(error))
            }
        })+
    };
}

from_crates! {
    Inputs(goseal_inputs::Error),
    Config(goseal_config::Error),
    Store(goseal_store::Error),
    Fetch(goseal_fetch::Error),
    Trust(goseal_trust::Error),
    Ledger(goseal_ledger::Error),
}

impl From<RunRefusal> for Error {
    fn from(refusal: RunRefusal) -> Self {
        Self::Refused(Box::new(refusal))
    }
}

impl From<RequestFault> for Error {
    fn from(fault: RequestFault) -> Self {
        Self::Request(fault)
    }
}
