//! The events of an install and of a verify.

use goseal_core::digest::{H1, Sha256};
use goseal_core::evidence::SumdbPosition;

use super::events::User;
use crate::redact::Redacted;

/// An archive: what was or will be unpacked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Archive {
    /// Its SHA-256.
    pub sha256: Sha256,
    /// Its length in bytes.
    pub size: u64,
}

/// An install is about to begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstallStarted {
    /// The release.
    pub release: String,
    /// Where it will be fetched: an address or a folder.
    pub source: Redacted,
    /// Who asked.
    pub user: User,
}

/// An install ended with a sealed tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installed {
    /// The release.
    pub release: String,
    /// Where it was fetched.
    pub source: Redacted,
    /// The archive, where there was one.
    pub archive: Option<Archive>,
    /// The identity.
    pub h1: H1,
    /// The evidence met.
    pub evidence: Vec<String>,
    /// The evidence that was out of reach, which policy accepts.
    pub unmet: Vec<String>,
    /// Where it stands in the checksum database.
    pub sumdb: Option<SumdbPosition>,
}

/// An install ended because something does not verify.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The release.
    pub release: String,
    /// Where it was fetched.
    pub source: Redacted,
    /// The archive that was refused, where there was one.
    pub archive: Option<Archive>,
    /// The identity that was computed, where it came to that.
    pub h1: Option<H1>,
    /// The refusal's stable code.
    pub code: String,
    /// What did not verify.
    pub reason: Redacted,
}

/// An install ended without a verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failed {
    /// The release.
    pub release: String,
    /// Where it was fetched.
    pub source: Redacted,
    /// The failure's stable code.
    pub code: String,
    /// What failed.
    pub reason: Redacted,
}

/// What a verb came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Done, nothing found.
    Ok,
    /// Done, something found.
    Findings,
    /// Refused: distrust or policy.
    Refused,
    /// Not done.
    Failed,
}

impl Outcome {
    /// The word in records.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Findings => "findings",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }
}

/// How far a verify looked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// Identity only.
    Quick,
    /// Every byte.
    Deep,
}

impl Depth {
    /// The word in records.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Quick => "quick",
            Self::Deep => "deep",
        }
    }
}

/// An installed tree was compared with its seal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// The release.
    pub release: String,
    /// The identity found, where it was computed.
    pub h1: Option<H1>,
    /// How far it looked.
    pub depth: Depth,
    /// What came of it.
    pub outcome: Outcome,
    /// How many files differ.
    pub differences: u64,
}
