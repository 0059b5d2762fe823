//! What a record says: typed drafts, one struct for each event.
//!
//! A draft lacks only what the chain adds under the lock: `seq`, `prev`, `owner` and `sum`. Free
//! text that could carry a secret has the type [`Redacted`], which only
//! [`crate::redact::Redactor`] makes, so nothing reaches a digest unredacted.
//!
//! The names and the order of fields are `record.schema.json`.

mod encode;
mod events;
mod install;
mod run;
mod wall;

use std::fmt;

use goseal_core::digest::Sha256;

pub use crate::redact::{Argv, Redacted};
pub(crate) use encode::{Encoded, encode};
pub use events::{Event, Gap, Genesis, PolicyNote, Torn, User, Verb, Warned};
pub use install::{
    Archive, Depth, Failed, InstallStarted, Installed, Outcome, Rebuilt, Refused, Verified,
};
pub use run::{Action, Change, Checked, Claim, End, PinNote, RunRefused, Start, Status};
pub use wall::Wall;

/// 16 random bytes that link the records of one run; zeros where there is no run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct RunId([u8; 16]);

impl RunId {
    /// No run: 16 zeros.
    pub const NONE: Self = Self([0; 16]);

    /// Wraps 16 random bytes.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The 16 bytes.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// Reads exactly 32 lower-case hexadecimal digits; the inverse of its `Display`.
    pub fn parse(text: &str) -> Option<Self> {
        crate::form::parse_hex(text.as_bytes()).map(Self)
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Whose chain: the machine and the uid. A chain belongs to exactly one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owner {
    /// [`crate::machine_digest`] of this machine.
    pub machine: Sha256,
    /// The uid that runs.
    pub uid: u32,
}

impl Owner {
    /// What every record says in `owner`: the first 8 bytes of the SHA-256 of `goseal owner`, the
    /// 32 bytes of the machine and the uid in 4 bytes, the most significant first.
    ///
    /// It lets an appender see from the newest record alone that a home was cloned or moved.
    pub fn tag(&self) -> [u8; 8] {
        let mut text = b"goseal owner".to_vec();
        text.extend_from_slice(self.machine.as_bytes());
        text.extend_from_slice(&self.uid.to_be_bytes());
        crate::form::head(&Sha256::of(&text))
    }
}

/// A record before the chain takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The run, or [`RunId::NONE`].
    pub run: RunId,
    /// 16 random bytes, so that a digest which outlives a prune tells nothing.
    pub nonce: [u8; 16],
    /// When it happened, by the wall clock.
    pub time: Wall,
    /// Nanoseconds since boot, suspended time included (`CLOCK_BOOTTIME`); 0 where unknown.
    pub boot_ns: u64,
    /// The system's id of this boot, as it prints it; at most 64 bytes are kept.
    pub boot_id: Option<String>,
    /// What happened.
    pub event: Event,
}
