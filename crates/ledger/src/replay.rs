//! Replay.

/// One thing that no writer left so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    /// The first `seq` that is affected.
    pub seq: u64,
    /// What it is.
    pub kind: DamageKind,
    /// Where and what, in words.
    pub detail: String,
}

/// The kinds of damage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum DamageKind {
    /// A whole line whose sum does not hold.
    Edited,
    /// Records are missing before this one.
    Missing,
    /// A record stands where another belongs.
    Misplaced,
    /// A record stands there a second time.
    Doubled,
    /// The sum holds, and `prev` is not the digest of the record before.
    Relinked,
    /// A part of a record, not named by a torn record.
    Cut,
    /// Bytes that are neither record nor filler and that no torn record names.
    Foreign,
    /// A torn record whose bytes are not as it says.
    TornMismatch,
    /// A record whose sum holds and that is not in the schema's form.
    Malformed,
}

impl DamageKind {
    /// The word in reports.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Edited => "edited",
            Self::Missing => "missing",
            Self::Misplaced => "misplaced",
            Self::Doubled => "doubled",
            Self::Relinked => "relinked",
            Self::Cut => "cut",
            Self::Foreign => "foreign bytes",
            Self::TornMismatch => "torn mismatch",
            Self::Malformed => "malformed",
        }
    }
}
