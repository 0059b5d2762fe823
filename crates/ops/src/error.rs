//! What stops a use case, as facts. Words for people, hints and exit codes are the program's.

mod faults;
mod rebuild;

use std::fmt;
use std::path::PathBuf;

use goseal_core::digest::H1;
use goseal_core::manifest::Difference;
use goseal_core::plan::RunRefusal;
use goseal_core::release::ReleaseId;

pub use self::faults::{Breakage, PinFault, RequestFault, Unfetched};
use self::faults::{format_differs, format_no_pin, format_not_installed};
pub use self::rebuild::RebuildFault;

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
    /// A pin that does not say which release, or not to this user, or is not there.
    Pin {
        /// The file, or the folder from which it was looked for upward.
        path: PathBuf,
        /// What is wrong with it.
        fault: PinFault,
    },
    /// A release that is not installed.
    NotInstalled {
        /// Which.
        id: ReleaseId,
        /// Why it was not fetched.
        why: Unfetched,
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
    /// Neither the project nor the wire nor the disk is at fault, but goseal or where it was put.
    Broken(Breakage),
    /// A release could not be built from its sources.
    Rebuild(Box<RebuildFault>),
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

impl Error {
    /// A release that is not installed, where nothing is fetched.
    pub const fn not_installed(id: ReleaseId) -> Self {
        Self::NotInstalled {
            id,
            why: Unfetched::Unasked,
        }
    }

    pub(crate) fn part(what: impl Into<String>) -> Self {
        Self::Broken(Breakage::Part(what.into()))
    }

    pub(crate) const fn no_platform() -> Self {
        Self::Broken(Breakage::Platform)
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
            Self::Pin {
                fault: PinFault::Absent { .. },
                ..
            } => "no-pin",
            Self::Pin { .. } => "pin",
            Self::NotInstalled {
                why: Unfetched::Unasked,
                ..
            } => "not-installed",
            Self::NotInstalled { .. } => "forbidden",
            Self::Request(_) => "request",
            Self::LockContradicted(_) => "lock-contradicted",
            Self::Differs { .. } => "differs",
            Self::Refused(refusal) => refusal.code,
            Self::Broken(_) => "broken",
            Self::Rebuild(_) => "rebuild",
        }
    }

    /// The release that it speaks of, where it is one that would have run here.
    pub fn release(&self) -> Option<ReleaseId> {
        match self {
            Self::NotInstalled { id, .. } | Self::Differs { id, .. } => Some(*id),
            Self::Request(RequestFault::AgainstPin { pinned, .. }) => Some(*pinned),
            _ => None,
        }
    }

    /// Whether bytes are not what they should be, as opposed to out of reach or out of space.
    pub fn is_distrust(&self) -> bool {
        match self {
            Self::Store(error) => error.is_distrust(),
            Self::Trust(error) => error.is_distrust(),
            Self::LockContradicted(_) | Self::Differs { .. } => true,
            Self::Rebuild(fault) => fault.is_distrust(),
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
                fault: PinFault::Absent { passed_over },
            } => format_no_pin(f, path, passed_over.as_ref()),
            Self::Pin { path, fault } => write!(f, "{}: {fault}", path.display()),
            Self::NotInstalled { id, why } => format_not_installed(f, id, why),
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
            Self::Broken(breakage) => breakage.fmt(f),
            Self::Rebuild(fault) => fault.fmt(f),
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
            Self::Rebuild(fault) => match fault.as_ref() {
                RebuildFault::Shell(error) => Some(error),
                _ => None,
            },
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

impl From<RebuildFault> for Error {
    fn from(fault: RebuildFault) -> Self {
        Self::Rebuild(Box::new(fault))
    }
}

impl From<RequestFault> for Error {
    fn from(fault: RequestFault) -> Self {
        Self::Request(fault)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene::{h1, release};

    #[test]
    fn a_contradicted_lock_is_a_fact_on_one_line_for_the_record() {
        let error = Error::LockContradicted(Box::new(LockContradiction {
            path: "/p/goseal.lock".into(),
            id: release("1.22.5"),
            locked: h1(1),
            other: "the installed tree",
            found: h1(2),
        }));
        assert!(error.is_distrust());
        let text = error.to_string();
        assert!(text.contains(&h1(1).to_string()) && text.contains(&h1(2).to_string()));
        assert!(!text.contains('\n'));
    }

    #[test]
    fn a_pin_and_a_request_say_what_is_wrong_with_them() {
        let pin = |fault| Error::Pin {
            path: "/p/.go-version".into(),
            fault,
        };
        let line = PinFault::Line {
            at: 2,
            minor: 22,
            installed: Vec::new(),
        };
        let foreign = PinFault::Foreign {
            owner: 7,
            config: PathBuf::new(),
        };
        let source = RequestFault::Source {
            text: "x".into(),
            by: "--from",
            reason: "is no place".into(),
        };
        for (error, text) in [
            (
                pin(line),
                "/p/.go-version: line 2: `1.22` is a line of releases, not one exact release",
            ),
            (pin(foreign), "/p/.go-version: it belongs to user 7"),
            (source.into(), "--from: `x` is no place"),
        ] {
            assert_eq!(error.to_string(), text);
        }
    }
}
