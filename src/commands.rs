//! One file a verb: what was typed becomes a request, the result is rendered.

mod audit;
mod current;
mod exec;
mod explain;
mod init;
mod install;
mod lock;
mod pin;
mod plan;
mod verify;

use goseal_core::exit::Exit;
use goseal_ops::World;

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
    pub(crate) arguments: &'a [std::ffi::OsString],
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
        Verb::Uninstall(args) => install::uninstall(&args, desk),
        Verb::List(args) => current::list(&args, desk),
        Verb::Current(args) => current::run(&args, desk),
        Verb::Which(args) => current::which(&args, desk),
        Verb::Exec(args) => exec::run(args, desk),
        Verb::Env(args) => exec::env(&args, desk),
        Verb::Explain(args) => explain::run(&args, desk),
        Verb::Verify(args) => verify::run(&args, desk),
        Verb::Audit(args) => audit::run(&args.verb, desk),
        Verb::Plan(args) => plan::run(&args, desk),
    }
}
