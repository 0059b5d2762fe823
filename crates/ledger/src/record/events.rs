//! The events of this version, one struct each.

use goseal_core::digest::{H1, Sha256};
use goseal_core::evidence::SumdbPosition;
use goseal_core::policy::Profile;

use crate::position::Position;
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
    /// An installed tree was compared with its seal.
    Verified(Verified),
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
