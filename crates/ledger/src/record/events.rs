//! The events of this version, and those that are neither of a run nor of an install.

use goseal_core::digest::Sha256;

use super::install::{Failed, InstallStarted, Installed, Outcome, Rebuilt, Refused, Verified};
use super::run::{End, RunRefused, Start};
use crate::redact::{Argv, Redacted};

/// What happened. [`Event::kind`] is the record's `type`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// The first record of a chain; only [`crate::Ledger::begin`] takes it.
    Genesis(Genesis),
    /// A run is about to start. Appended before Go starts: no record, no run.
    Start(Box<Start>),
    /// The run of the same id ended.
    End(End),
    /// A run was refused before Go started.
    RunRefused(RunRefused),
    /// An install is about to begin. Appended before anything is fetched.
    InstallStarted(InstallStarted),
    /// The install of the same id ended with a sealed tree.
    Installed(Box<Installed>),
    /// The install of the same id ended because something does not verify.
    Refused(Refused),
    /// The install of the same id ended without a verdict: network, disk, space.
    Failed(Failed),
    /// A tree was compared with what was published.
    Verified(Verified),
    /// A release was built from its sources and compared with what was published.
    Rebuilt(Box<Rebuilt>),
    /// The organisation's policy was first used or changed.
    Policy(PolicyNote),
    /// A verb that changes or reads something on record.
    Verb(Verb),
    /// The bytes that a killed writer left. The appender makes it; nobody else should.
    Torn(Torn),
    /// Records are known to be missing here.
    Gap(Gap),
    /// A run went on without its record because policy says warn.
    Warned(Warned),
}

impl Event {
    /// The record's `type`.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Genesis(_) => "genesis",
            Self::Start(_) => "start",
            Self::End(_) => "end",
            Self::RunRefused(_) => "run_refused",
            Self::InstallStarted(_) => "install_started",
            Self::Installed(_) => "installed",
            Self::Refused(_) => "refused",
            Self::Failed(_) => "failed",
            Self::Verified(_) => "verified",
            Self::Rebuilt(_) => "rebuilt",
            Self::Policy(_) => "policy",
            Self::Verb(_) => "verb",
            Self::Torn(_) => "torn",
            Self::Gap(_) => "gap",
            Self::Warned(_) => "warned",
        }
    }
}

/// A user as the system names it; its voucher in the record is `kernel`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct User {
    /// The uid that runs.
    pub uid: u32,
    /// The name in the password database, where there is one.
    pub name: Option<String>,
}

/// The first record of a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Genesis {
    /// 16 random bytes that name the chain.
    pub chain: [u8; 16],
    /// [`crate::machine_digest`]; with `user.uid` the owner of the chain.
    pub machine: Sha256,
    /// Whose chain it is.
    pub user: User,
    /// The chain before this one. [`crate::Ledger::begin`] fills it when it moves one away.
    pub predecessor: Option<[u8; 16]>,
    /// The verifier key of the chain's checkpoints (C2SP form), once there is one.
    pub key: Option<String>,
    /// The build of goseal, as `--version` prints it.
    pub goseal: String,
}

/// The organisation's policy was first used or changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyNote {
    /// Its name.
    pub name: Option<String>,
    /// Its serial.
    pub serial: Option<u64>,
    /// SHA-256 of its bytes; `None` when it is gone.
    pub sha256: Option<Sha256>,
    /// What happened to it: `loaded`, `changed`, `gone`.
    pub action: String,
}

/// A verb of the program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verb {
    /// Its name: `init`, `pin`, `audit show`.
    pub verb: String,
    /// Its arguments.
    pub argv: Argv,
    /// What it came to.
    pub outcome: Outcome,
    /// The exit code.
    pub exit: u8,
    /// Who ran it.
    pub user: User,
}

/// Bytes that a killed writer left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Torn {
    /// Where they begin in this file.
    pub offset: u64,
    /// How many they are.
    pub length: u64,
    /// Their SHA-256.
    pub sha256: Sha256,
}

/// Records are known to be missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// How many, where that is known.
    pub lost: Option<u64>,
    /// Why.
    pub reason: Redacted,
}

/// A run went on without its record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warned {
    /// The run whose record was lost.
    pub lost_run: Option<super::RunId>,
    /// The stable code of what happened.
    pub code: String,
    /// Why the record could not be written.
    pub reason: Redacted,
}
