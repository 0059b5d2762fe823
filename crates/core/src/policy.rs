//! Policy as values: what the organisation and the user require.

use std::path::PathBuf;

use crate::evidence::Evidence;
use crate::minisign::MinisignKey;
use crate::platform::Platform;
use crate::project::ModulePattern;
use crate::version::Version;

/// How much a run may weaken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Profile {
    /// Shells: records and warns, refuses little.
    #[default]
    Standard,
    /// CI: refuses with 125 before Go starts.
    Strict,
}

impl Profile {
    /// The word in files and records.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Strict => "strict",
        }
    }
}

/// What happens to a run when its record cannot be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LogFailure {
    /// Go does not run: 125.
    #[default]
    Block,
    /// Go runs, a line on stderr says so, and the loss is recorded as soon as it can be.
    Warn,
}

/// What an install does when a source of evidence is out of reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OutOfReach {
    /// Nothing is installed.
    #[default]
    Refuse,
    /// What is left counts, if anything is; what was out of reach is named from then on.
    Accept,
}

/// What becomes of a proof whose head is not joined to the known history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Apart {
    /// It counts, from sources named as mirror, folder or bundle, and is named.
    #[default]
    Allow,
    /// It does not count.
    Refuse,
}

/// The organisation's `policy.toml`. Every field absent means "no demand".
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Policy {
    /// `name`, for a project's demand.
    pub name: Option<String>,
    /// `serial`.
    pub serial: Option<u64>,
    /// `profile`: the least strict one allowed.
    pub profile: Option<Profile>,
    /// `evidence`: the rungs that an install must meet; empty means the default, sumdb, and the lock
    /// where there is one.
    pub evidence: Vec<Evidence>,
    /// `out_of_reach`.
    pub out_of_reach: Option<OutOfReach>,
    /// `minisign`: the keys whose signatures count; where there is one, the user's own do not.
    pub minisign: Vec<MinisignKey>,
    /// `max_age_days`: how long ago a signature may have been made.
    pub max_age_days: Option<u32>,
    /// `apart`.
    pub apart: Option<Apart>,
    /// `feed`: the file of releases that must not run.
    pub feed: Option<PathBuf>,
    /// `default`: the release for places without a pin.
    pub default: Option<Version>,
    /// `private`: patterns that need no checksum database.
    pub private: Vec<ModulePattern>,
    /// `insecure`: the value of GOINSECURE.
    pub insecure: Vec<ModulePattern>,
    /// `auth`: the value of GOAUTH in strict.
    pub auth: Option<String>,
    /// `platforms` that `goseal lock` covers.
    pub platforms: Vec<Platform>,
    /// `trusted_places`: folders whose pins count whoever owns them.
    pub trusted_places: Vec<PathBuf>,
    /// `ledger.on_failure`.
    pub log_failure: Option<LogFailure>,
    /// `ledger.dir`: where the ledgers of this machine lie.
    pub ledger_dir: Option<PathBuf>,
}

/// The user's `config.toml`. It can name places and a default, and tighten; it cannot weaken.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UserConfig {
    /// `default`: the release for places without a pin, written by `goseal default`.
    pub default: Option<Version>,
    /// `profile`.
    pub profile: Option<Profile>,
    /// `trusted_places`.
    pub trusted_places: Vec<PathBuf>,
    /// `ledger.on_failure`: `block` tightens a `warn` of nobody; `warn` counts where no policy is.
    pub log_failure: Option<LogFailure>,
    /// `minisign`: keys whose signatures count where the policy names none.
    pub minisign: Vec<MinisignKey>,
    /// `sources`: where toolchains are fetched, in this order.
    pub sources: Vec<String>,
}
