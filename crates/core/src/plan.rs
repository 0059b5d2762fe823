//! The launch plan: everything a shim needs to know to run one release in one place.
//!
//! Owns: the plan's types, its text form, the judgement of arguments and the child's environment.
//!
//! Promises: `Plan::parse(plan.format()) == plan`, and no other text is read as a plan; `judge` and
//! `apply` are pure, so `explain` and the shim never differ.
//!
//! Does not do: finding or reading anything; running.

mod apply;
mod judge;
mod outputs;
#[cfg(test)]
pub(crate) mod samples;
mod text;

use std::ffi::OsString;
use std::path::PathBuf;

pub(crate) use apply::may_be_carried;
pub use apply::{Around, NO_PRIVATE};
pub use outputs::{Output, outputs};
pub use text::{PLAN_LIMIT, PlanFault};

use crate::digest::{H1, Sha256};
use crate::evidence::{Evidence, SumdbPosition};
use crate::layout::place_in_tree;
use crate::manifest::EntryName;
use crate::policy::{LogFailure, Profile};
use crate::project::ModulePattern;
use crate::release::ReleaseId;
use crate::tool::Tool;

/// What the system says of a file without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// Bytes.
    pub size: u64,
    /// Time of the last change of content, nanoseconds since 1970.
    pub mtime_ns: i64,
    /// Time of the last change of the inode, nanoseconds since 1970; 0 where there is none.
    pub ctime_ns: i64,
    /// The inode's number; 0 where there is none.
    pub inode: u64,
    /// The device's number; 0 where there is none.
    pub device: u64,
}

/// A file whose stamp is compared on every run: the executables and `go.env`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The published name.
    pub name: EntryName,
    /// Where it lies, absolute.
    pub path: PathBuf,
    /// What the system said when its content was last compared with the seal.
    pub stamp: Stamp,
    /// SHA-256 of its content, as the seal has it.
    pub sha256: Sha256,
}

/// What chose the release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChosenBy {
    /// The nearest `.go-version`.
    Pin,
    /// The run that started this one, in a place without a pin.
    Parent,
    /// The door that was run, in a place without a pin.
    Door,
    /// The `default` of the organisation or the user.
    Default,
}

impl ChosenBy {
    /// All four, in the order in which they are asked.
    pub const ALL: [Self; 4] = [Self::Pin, Self::Parent, Self::Door, Self::Default];

    /// The word in plans and records.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pin => "pin",
            Self::Parent => "parent",
            Self::Door => "door",
            Self::Default => "default",
        }
    }

    /// The inverse of [`ChosenBy::word`].
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|by| by.word() == word)
    }
}

/// What chose the release, and where it says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen {
    /// What chose it.
    pub by: ChosenBy,
    /// The file that names it, absolute.
    pub file: Option<PathBuf>,
    /// The line in that file, from 1.
    pub line: Option<u32>,
}

/// A variable that every run of this plan gets, whatever was offered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forced {
    /// The variable's name.
    pub name: String,
    /// Its value; may be empty.
    pub value: String,
    /// Who forces it: `goseal`, `goseal.toml`, `policy`.
    pub by: String,
    /// Why, in a short sentence.
    pub reason: String,
}

/// A launch plan. Made by [`crate::decide::decide`], read back by the shim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The build of goseal that decided, as the `home` file states it.
    pub build: String,
    /// The digest of the inputs; it names the plan's file.
    pub inputs: Sha256,
    /// The release that runs.
    pub release: ReleaseId,
    /// What chose it.
    pub chosen: Chosen,
    /// GOROOT: `<store>/toolchains/<id>`, absolute.
    pub root: PathBuf,
    /// The identity of the release.
    pub h1: H1,
    /// Which evidence the install met, strongest first.
    pub evidence: Vec<Evidence>,
    /// Which evidence was out of reach at the install, and is missing since.
    pub unmet: Vec<Evidence>,
    /// Where the checksum database records it.
    pub position: Option<SumdbPosition>,
    /// The strictest of what policy, user and project ask for.
    pub profile: Profile,
    /// What happens when the record cannot be written.
    pub log_failure: LogFailure,
    /// The ledger's folder, absolute.
    pub ledger: PathBuf,
    /// The value of GOCACHE, absolute.
    pub gocache: PathBuf,
    /// The files whose stamps are compared.
    pub identity: Vec<Identity>,
    /// Sequence number of the record of the last deep verify.
    pub deep: Option<u64>,
    /// What every run gets.
    pub forced: Vec<Forced>,
    /// Carried variables of the user's Go file; each counts where the environment offers none.
    pub carried: Vec<(String, String)>,
    /// Patterns of modules that need no checksum database, by policy or project.
    pub private: Vec<ModulePattern>,
    /// Seconds since 1970 after which the plan must be decided again.
    pub not_after: Option<i64>,
}

impl Plan {
    /// The published executable of a tool, behind its door.
    pub fn executable(&self, tool: Tool) -> PathBuf {
        let published = format!("bin/{}{}", tool.word(), self.release.platform.exe_suffix());
        self.root.join(place_in_tree(&published))
    }

    /// The value that the plan forces on a variable.
    pub fn forced_value(&self, name: &str) -> Option<&str> {
        self.forced
            .iter()
            .find(|forced| forced.name == name)
            .map(|forced| forced.value.as_str())
    }
}

/// Whether a run may start with these arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It may.
    Allowed(Judged),
    /// It may not: 125.
    Refused(RunRefusal),
}

/// What the arguments of an allowed run mean.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Judged {
    /// The verb, one or two words: `build`, `mod verify`. `None` for gofmt and unknown verbs.
    pub verb: Option<String>,
    /// What the arguments weaken; for the record.
    pub weakened: Vec<Weakening>,
    /// The index in the arguments from which they belong to the user's own program.
    pub user_args: Option<usize>,
    /// The build executes programs that goseal does not know: GOCACHE must be thrown away after.
    pub foreign_code: bool,
    /// Flags that the table does not know; what follows them may be read wrongly.
    pub ambiguous: Vec<String>,
}

/// One thing by which a run is less exact or less hermetic than the plan alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Weakening {
    /// A stable word, such as `mod-mod`.
    pub code: &'static str,
    /// What was said: `-mod=mod`.
    pub what: String,
}

/// Why a run does not start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunRefusal {
    /// A stable word, such as `env-w`.
    pub code: &'static str,
    /// The fact.
    pub what: String,
    /// The one act that mends it.
    pub mend: String,
}

/// The child's environment, and how it differs from what was offered.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Applied {
    /// The whole environment; no forced, chosen or carried name is in it twice.
    pub environment: Vec<(OsString, OsString)>,
    /// Every difference from what was offered.
    pub changes: Vec<Change>,
    /// Settings in effect that came from the caller and are worth recording: free ones that the
    /// table names, and carried ones.
    pub in_effect: Vec<(String, OsString)>,
}

/// One difference between the environment that was offered and the child's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The variable.
    pub name: String,
    /// What was offered; `None` where nothing was.
    pub offered: Option<OsString>,
    /// What the child gets; `None` where it gets nothing.
    pub value: Option<String>,
    /// What was done.
    pub action: Action,
}

/// What was done to a variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Set to the plan's value.
    Forced,
    /// Removed.
    Stripped,
    /// Set from the user's Go file.
    Carried,
    /// Set, and weaker than the plan alone by what the user or the project asks for.
    Weakened,
}

impl Action {
    /// The word in records and in `explain`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Forced => "forced",
            Self::Stripped => "stripped",
            Self::Carried => "carried",
            Self::Weakened => "weakened",
        }
    }
}
