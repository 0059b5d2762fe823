//! The events of a run: start, end, refusal.

use goseal_core::digest::{H1, Sha256};
use goseal_core::evidence::SumdbPosition;
use goseal_core::policy::Profile;

use super::events::User;
use crate::position::Position;
use crate::redact::{Argv, Redacted};

/// Which pin gave the release.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PinNote {
    /// How it was chosen: `file`, `parent`, `door`, `default`, `asked` (`exec --go`).
    pub how: String,
    /// The file, where there is one.
    pub file: Option<Redacted>,
    /// Its line, from 1.
    pub line: Option<u32>,
}

/// What was compared with the seal at that moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Checked {
    /// Size, times, inode and device of the executables and `go.env`.
    #[default]
    Stat,
    /// The same for every file of the tree.
    Tree,
    /// Every byte of the tree.
    Deep,
}

impl Checked {
    /// The word in records.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Stat => "stat",
            Self::Tree => "tree",
            Self::Deep => "deep",
        }
    }
}

/// What was done about one name of the environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Set to goseal's value.
    Forced,
    /// Set to the project's or the policy's choice.
    Chosen,
    /// The user's value was carried over.
    Carried,
    /// Removed.
    Stripped,
    /// Passed through untouched, and recorded.
    Free,
}

impl Action {
    /// The word in records.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Forced => "forced",
            Self::Chosen => "chosen",
            Self::Carried => "carried",
            Self::Stripped => "stripped",
            Self::Free => "free",
        }
    }
}

/// One difference between the environment that was offered and the effective one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The name.
    pub name: String,
    /// What was done.
    pub action: Action,
    /// What was offered, where something was.
    pub offered: Option<Redacted>,
    /// The effective value; absent where the name is not set.
    pub value: Option<Redacted>,
}

/// Something the environment says about itself (`GITHUB_ACTOR` and the like); voucher `claimed`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// What it is about: `provider`, `actor`, `repository`, `run`, `job`.
    pub name: String,
    /// What is claimed.
    pub value: Redacted,
}

/// A run is about to start.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Start {
    /// The tool: `go`, `gofmt`, or what `exec` runs.
    pub tool: String,
    /// The arguments after the tool's name; the user's own program's are a count only.
    pub argv: Argv,
    /// The working directory.
    pub cwd: Redacted,
    /// Which pin gave the release.
    pub pin: PinNote,
    /// The release, `go1.22.5.linux-amd64`.
    pub release: String,
    /// The release of the door, where the pin names another one.
    pub door: Option<String>,
    /// The identity that the seal states.
    pub h1: Option<H1>,
    /// The evidence met at the install, in words of [`goseal_core::evidence::Evidence::word`].
    pub evidence: Vec<String>,
    /// The evidence that was out of reach at the install, and is missing since.
    pub unmet: Vec<String>,
    /// Where the release stands in the checksum database.
    pub sumdb: Option<SumdbPosition>,
    /// What was compared with the seal for this run.
    pub checked: Checked,
    /// The `seq` of the last deep verify.
    pub deep_seq: Option<u64>,
    /// SHA-256 of the plan's own bytes.
    pub plan: Option<Sha256>,
    /// The digest of the inputs that the plan was decided from.
    pub inputs: Option<Sha256>,
    /// The profile in force.
    pub profile: Profile,
    /// What was changed in the environment.
    pub environment: Vec<Change>,
    /// The codes of the weakenings that were allowed.
    pub weakened: Vec<String>,
    /// The start record of the believed parent.
    pub parent: Option<Position>,
    /// The shim's process id.
    pub pid: u32,
    /// The id of its parent process.
    pub ppid: u32,
    /// When the shim's process started, in the system's own unit (Linux: field 22 of
    /// `/proc/self/stat`, clock ticks since boot); with `pid` it names one process.
    pub pid_start: Option<u64>,
    /// Who runs it; voucher `kernel`.
    pub user: User,
    /// The host's name.
    pub host: String,
    /// Whether stdin, stdout or stderr is a terminal.
    pub terminal: bool,
    /// What a CI provider's variables claim; voucher `claimed`.
    pub ci: Vec<Claim>,
}

/// How a child ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It exited with this code.
    Exit(i32),
    /// A signal of this number ended it.
    Signal(i32),
    /// It could not be started: the system's error number.
    NotStarted(i32),
}

/// The run of the same id ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct End {
    /// How.
    pub status: Status,
    /// Nanoseconds from spawn to end.
    pub duration_ns: u64,
    /// The code of the line of help that was printed, where one was.
    pub hint: Option<String>,
}

/// A run was refused before Go started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunRefused {
    /// The exit code: 125, 126 or 127.
    pub exit: u8,
    /// The refusal's stable code.
    pub code: String,
    /// What was refused: the flag, the file, the setting.
    pub what: Redacted,
    /// The tool.
    pub tool: String,
    /// The arguments.
    pub argv: Argv,
    /// The working directory.
    pub cwd: Redacted,
    /// The release, where one was found.
    pub release: Option<String>,
    /// Who ran it.
    pub user: User,
}
