//! The command line as data: every verb, its flags and its help.
//!
//! Owns the words that people type. Does not decide and does not do: `commands` turns what was
//! typed into requests to `goseal_ops`.

mod carry;
mod locks;
mod own;
mod plan;
mod rebuild;
mod verify;

use std::ffi::OsString;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub(crate) use self::carry::{
    BundleArgs, BundleVerb, CheckArgs, CreateArgs, MirrorArgs, MirrorVerb, SignArgs, SyncArgs,
};
pub(crate) use self::plan::PlanArgs;
pub(crate) use self::rebuild::{Platforms, RebuildArgs};
pub(crate) use self::verify::VerifyArgs;
pub(crate) use locks::{Export, OutdatedArgs, PruneArgs};
pub(crate) use own::{SelfArgs, SelfUpdateArgs, SelfVerb};

const INSTALL_EXAMPLES: &str = "\
Examples:
  goseal install                        what the pin of this project says
  goseal install 1.22.5 1.26.10         two releases by name
  goseal install --frozen               in CI: only what goseal.lock holds
  goseal install --from ./mirror        from a mirror or bundle, offline
  goseal install --platform linux/arm64 a tree for elsewhere, never run";

const PIN_EXAMPLES: &str = "\
Examples:
  goseal pin                            the pin that holds here, and why
  goseal pin latest                     the newest release, written and locked
  goseal pin 1.27                       the newest release of that line
  goseal pin 1.22.5                     this one
  goseal pin 1.27 --diff                what it would change; nothing is written";

const LOCK_EXAMPLES: &str = "\
Examples:
  goseal lock                           what goseal.toml names, or the usual
  goseal lock --platform darwin/arm64   one more platform
  goseal lock --check                   in CI: exit 1 when it is stale
  goseal lock --export dockerfile       what it holds, for other tools";

const EXEC_EXAMPLES: &str = "\
Examples:
  goseal exec -- make test              any command, with the pinned Go first on PATH
  goseal exec --go 1.26.10 -- go vet    another release, where no pin holds";

const SHOW_EXAMPLES: &str = "\
Examples:
  goseal audit show                     the last ten records
  goseal audit show --last 1            the newest
  goseal audit show 0                   how the chain began
  goseal audit show 7 --format json     every field of one record";

/// A hermetic Go toolchain manager: exact, hermetic, provable.
#[derive(Debug, Parser)]
#[command(
    name = "goseal",
    version,
    disable_help_subcommand = true,
    after_long_help = "Exit codes: 0 done, 1 findings, 2 usage, 3 project files, 4 network, 5 distrust, \
                  6 offline, 7 disk, 125 to 127 the shim and exec. See docs/reference/exit-codes.md."
)]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

/// How results are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Default)]
pub(crate) enum Format {
    /// For people.
    #[default]
    Text,
    /// One JSON document with its schema's name and version.
    Json,
}

/// The flag that every reporting verb has.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Output {
    /// Write the result as text or as one JSON document.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub(crate) format: Format,
}

/// Every verb.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Make the homes, install the shims, offer the line for the shell.
    Init(InitArgs),
    /// Show or set the release for places without a pin.
    Default(DefaultArgs),
    /// Show the pin and why it holds, or set it and lock it.
    Pin(PinArgs),
    /// Write goseal.lock for the pinned release, or check it.
    Lock(LockArgs),
    /// Install what the pin says, proved.
    Install(InstallArgs),
    /// Remove an installed toolchain.
    Uninstall(UninstallArgs),
    /// Show the toolchains that no known project pins, and remove them.
    Prune(PruneArgs),
    /// List what is installed, its size and last use, or what is offered.
    List(ListArgs),
    /// Compare with what is offered, and name known vulnerabilities.
    Outdated(OutdatedArgs),
    /// Show the release that runs here, its place, identity and evidence.
    Current(CurrentArgs),
    /// Print the path of the `go` that runs here.
    Which(WhichArgs),
    /// Run a command with the pinned Go and the forced settings.
    Exec(ExecArgs),
    /// Print the forced settings for a shell, an editor or CI.
    Env(EnvArgs),
    /// Explain every setting: offered by whom, forced to what, why.
    Explain(ExplainArgs),
    /// Compare a tree, managed or not, with what was published.
    Verify(VerifyArgs),
    /// Make or check a folder that serves toolchains and proofs.
    Mirror(MirrorArgs),
    /// Build a release from its sources and compare every byte.
    Rebuild(RebuildArgs),
    /// Put toolchains with their proofs into one file.
    Bundle(BundleArgs),
    /// Read and check the log of every run.
    Audit(AuditArgs),
    /// This program itself.
    #[command(name = "self")]
    Own(SelfArgs),
    /// Write the launch plan that a shim asks for.
    #[command(hide = true)]
    Plan(PlanArgs),
}

/// `goseal init`.
#[derive(Debug, Args)]
pub(crate) struct InitArgs {
    /// Print the line for the shell's profile and change nothing else.
    #[arg(long)]
    pub(crate) print: bool,
    /// The shell to write for; without it, the one that SHELL names.
    #[arg(long, value_enum, value_name = "SHELL")]
    pub(crate) shell: Option<Shell>,
    /// Leave the shell's profile alone.
    #[arg(long)]
    pub(crate) no_profile: bool,
    #[command(flatten)]
    pub(crate) output: Output,
}

/// Shells that goseal writes for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Shell {
    /// POSIX shells.
    Sh,
    /// Bash.
    Bash,
    /// Zsh.
    Zsh,
    /// Fish.
    Fish,
    /// PowerShell.
    Powershell,
}

/// `goseal default`.
#[derive(Debug, Args)]
pub(crate) struct DefaultArgs {
    /// A release, a line such as 1.27, or `latest`; without it, shows the default.
    pub(crate) request: Option<String>,
    #[command(flatten)]
    pub(crate) output: Output,
}

/// `goseal pin`.
#[derive(Debug, Args)]
#[command(after_help = PIN_EXAMPLES)]
pub(crate) struct PinArgs {
    /// A release, a line such as 1.27, or `latest`; without it, shows the pin.
    pub(crate) request: Option<String>,
    /// Show which files and tools would change, and known vulnerabilities; write nothing.
    #[arg(long, requires = "request")]
    pub(crate) diff: bool,
    #[command(flatten)]
    pub(crate) output: Output,
}

/// `goseal lock`.
#[derive(Debug, Args)]
#[command(after_help = LOCK_EXAMPLES)]
pub(crate) struct LockArgs {
    /// Write nothing; exit 1 when the lock is stale or incomplete.
    #[arg(long)]
    pub(crate) check: bool,
    /// A platform to lock, such as linux/arm64; may be repeated. Without it, this machine's, and
    /// those that goseal.toml or the policy names; where neither names one, linux, darwin and
    /// windows on amd64 and arm64.
    #[arg(long, value_name = "OS/ARCH")]
    pub(crate) platform: Vec<String>,
    /// Write what goseal.lock holds for another tool; asks nobody and changes nothing.
    #[arg(long, value_enum, value_name = "FORM", conflicts_with_all = ["check", "format"])]
    pub(crate) export: Option<Export>,
    #[command(flatten)]
    pub(crate) output: Output,
}

/// `goseal install`.
#[derive(Debug, Args)]
#[command(after_help = INSTALL_EXAMPLES)]
pub(crate) struct InstallArgs {
    /// Exact releases; without any, the one that runs here.
    #[arg(value_name = "VERSION")]
    pub(crate) versions: Vec<String>,
    /// Only what goseal.lock holds; nothing is resolved.
    #[arg(long)]
    pub(crate) frozen: bool,
    /// Nothing on the wire: exit 6 instead of a fetch.
    #[arg(long)]
    pub(crate) offline: bool,
    /// A module proxy, a mirror, a bundle, a Go tree.
    ///
    /// The address of a module proxy, a mirror folder, a bundle, or with a word in front:
    /// `archives+URL`, `archives:FOLDER`, `tree:FOLDER`. See docs/mirrors.md.
    #[arg(long, value_name = "SOURCE")]
    pub(crate) from: Option<String>,
    #[command(flatten)]
    pub(crate) platforms: Platforms,
    #[command(flatten)]
    pub(crate) output: Output,
}

/// `goseal uninstall`.
#[derive(Debug, Args)]
pub(crate) struct UninstallArgs {
    /// Exact releases.
    #[arg(value_name = "VERSION", required = true)]
    pub(crate) versions: Vec<String>,
    /// Remove a tree that a process runs from.
    #[arg(long)]
    pub(crate) force: bool,
    #[command(flatten)]
    pub(crate) platforms: Platforms,
    #[command(flatten)]
    pub(crate) output: Output,
}

/// `goseal list`.
#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// List what is offered for this platform.
    #[arg(long)]
    pub(crate) remote: bool,
    #[command(flatten)]
    pub(crate) output: Output,
}

/// `goseal current`.
#[derive(Debug, Args)]
pub(crate) struct CurrentArgs {
    #[command(flatten)]
    pub(crate) output: Output,
}

/// Tools of a toolchain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Default)]
pub(crate) enum ToolArg {
    /// The go command.
    #[default]
    Go,
    /// The formatter.
    Gofmt,
}

/// `goseal which`.
#[derive(Debug, Args)]
pub(crate) struct WhichArgs {
    /// The tool.
    #[arg(value_enum, default_value_t)]
    pub(crate) tool: ToolArg,
    /// The published executable behind the door; its use is not guarded, so this is a record.
    #[arg(long)]
    pub(crate) published: bool,
    /// A file of the toolchain by its published name, such as `lib/wasm/wasm_exec.js`.
    #[arg(long, value_name = "NAME", conflicts_with_all = ["tool", "published"])]
    pub(crate) file: Option<String>,
    #[command(flatten)]
    pub(crate) output: Output,
}

/// `goseal exec`.
#[derive(Debug, Args)]
#[command(after_help = EXEC_EXAMPLES)]
pub(crate) struct ExecArgs {
    /// The release to use where no pin holds.
    #[arg(long, value_name = "VERSION")]
    pub(crate) go: Option<String>,
    /// How a refusal is written, which then is a document on stdout too; the command's own output
    /// is its own.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub(crate) format: Format,
    /// The command and its arguments.
    #[arg(last = true, required = true, value_name = "CMD")]
    pub(crate) command: Vec<OsString>,
}

/// How `goseal env` writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Default)]
pub(crate) enum EnvFormat {
    /// `export NAME='value'` for POSIX shells.
    #[default]
    Sh,
    /// `set -gx NAME 'value'`.
    Fish,
    /// `$env:NAME = 'value'`.
    Powershell,
    /// `NAME=value`, for CI's environment files; a value with a line feed is refused.
    Dotenv,
    /// One JSON document.
    Json,
}

/// `goseal env`.
#[derive(Debug, Args)]
pub(crate) struct EnvArgs {
    /// Write for this reader.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub(crate) format: EnvFormat,
}

/// `goseal explain`.
#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// Show the ladder of evidence instead: each rung, whether it is required, what became of it.
    #[arg(long, conflicts_with = "go_arguments")]
    pub(crate) trust: bool,
    /// Arguments of `go` to judge, as they would be typed after `go`.
    #[arg(last = true, value_name = "GO ARGS")]
    pub(crate) go_arguments: Vec<OsString>,
    #[command(flatten)]
    pub(crate) output: Output,
}

/// `goseal audit`.
#[derive(Debug, Args)]
pub(crate) struct AuditArgs {
    #[command(subcommand)]
    pub(crate) verb: AuditVerb,
}

/// The verbs of `goseal audit`.
#[derive(Debug, Subcommand)]
pub(crate) enum AuditVerb {
    /// Check the chain from its first record to its last.
    Verify {
        #[command(flatten)]
        output: Output,
    },
    /// Show records.
    #[command(after_help = SHOW_EXAMPLES)]
    Show {
        /// Sequence numbers; without any, the last ones.
        #[arg(value_name = "SEQ")]
        sequence: Vec<u64>,
        /// How many of the last records.
        #[arg(long, default_value_t = 10, value_name = "N")]
        last: usize,
        #[command(flatten)]
        output: Output,
    },
}
