//! One file a verb: what was typed becomes a request, the result is rendered.

mod audit;
mod bundle;
mod current;
mod exec;
mod explain;
mod init;
mod install;
mod lock;
mod mirror;
mod outdated;
mod pin;
mod plan;
mod rebuild;
mod self_update;
mod space;
mod verify;

use std::ffi::OsString;
use std::path::Path;

use goseal_core::exit::Exit;
use goseal_core::release::ReleaseId;
use goseal_ops::{Error, RefusedRun, World};

use crate::cli::Verb;
use crate::failure::Failure;
use crate::ui::Ui;

/// What a verb ends with.
pub(crate) type Outcome = Result<Exit, Failure>;

/// What every verb is handed.
pub(crate) struct Desk<'a> {
    /// The outside.
    pub(crate) world: &'a World,
    /// The terminal.
    pub(crate) ui: &'a Ui,
    /// The arguments as typed, program and verb left out; for the record.
    pub(crate) arguments: &'a [OsString],
}

/// Who asked for a run: what the record of its refusal holds whatever refused it.
pub(crate) struct Asker<'a> {
    /// `go` or `gofmt` where a shim asked, `exec` where a person did.
    pub(crate) tool: &'a str,
    /// The folder where it would have worked.
    pub(crate) place: &'a Path,
    /// The arguments as typed; none of a shim, which keeps them to itself: they decide nothing here.
    pub(crate) arguments: &'a [OsString],
}

impl Asker<'_> {
    /// The failure of a run that was refused, after it was put on record.
    pub(crate) fn refused(&self, desk: &Desk<'_>, error: Error) -> Failure {
        let (code, release) = (error.code(), error.release());
        self.on_record(desk, Failure::of_run(error), code, release)
    }

    /// No failure without a trace; where even that fails, the reason is a cause more.
    pub(crate) fn on_record(
        &self,
        desk: &Desk<'_>,
        mut failure: Failure,
        code: &str,
        release: Option<ReleaseId>,
    ) -> Failure {
        let run = RefusedRun {
            tool: self.tool,
            place: self.place,
            arguments: self.arguments,
            release,
            exit: failure.exit.code(),
            code,
            what: &failure.fact,
        };
        if let Err(error) = goseal_ops::record_refusal(desk.world, &run) {
            let reason = format!("this refusal is not on record: {error}");
            failure.causes.push(reason);
        }
        failure
    }
}

/// Runs one verb.
///
/// # Errors
///
/// [`Failure`], ready to be shown.
pub(crate) fn run(verb: Verb, desk: &Desk<'_>) -> Outcome {
    match verb {
        Verb::Init(args) => init::run(&args, desk),
        Verb::Default(args) => pin::default(&args, desk),
        Verb::Pin(args) => pin::run(&args, desk),
        Verb::Lock(args) => lock::run(&args, desk),
        Verb::Install(args) => install::run(&args, desk),
        Verb::Uninstall(args) => space::uninstall(&args, desk),
        Verb::Prune(args) => space::prune(&args, desk),
        Verb::List(args) => space::list(&args, desk),
        Verb::Outdated(args) => outdated::run(&args, desk),
        Verb::Current(args) => current::run(&args, desk),
        Verb::Which(args) => current::which(&args, desk),
        Verb::Exec(args) => exec::run(args, desk),
        Verb::Env(args) => exec::env(&args, desk),
        Verb::Explain(args) => explain::run(&args, desk),
        Verb::Verify(args) => verify::run(&args, desk),
        Verb::Mirror(args) => mirror::run(&args.verb, desk),
        Verb::Rebuild(args) => rebuild::run(&args, desk),
        Verb::Bundle(args) => bundle::run(&args.verb, desk),
        Verb::Audit(args) => audit::run(&args.verb, desk),
        Verb::Own(args) => self_update::run(&args.verb, desk),
        Verb::Plan(args) => plan::run(&args, desk),
    }
}
