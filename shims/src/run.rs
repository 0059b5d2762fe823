//! One run, from the entry to its end.

use std::ffi::OsString;
use std::time::Instant;

use goseal_core::exit::Exit;
use goseal_core::plan::Plan;
use goseal_core::policy::LogFailure;
use goseal_ledger::record::Status;

use crate::failure;
use crate::journal::{Journal, Trouble, status_of};
use crate::launch::{self, Ready, Stop};
use crate::parent;
use crate::refusal::{Refusal, say};
use crate::site::Site;
use crate::sys::{self, Ended, Offered, Program, Signals};

/// Runs, and says how this process ends.
pub(crate) fn run(offered: &Offered) -> Ended {
    let site = match Site::find() {
        Ok(site) => site,
        Err(refusal) => return end_refused(&refusal),
    };
    let stopped = match launch::tool_of(&offered.name) {
        Ok(tool) => match launch::place_of(&site, offered, tool) {
            Ok(place) => match launch::prepare(&site, offered, tool, &place) {
                Ok(ready) => return carry_out(&site, offered, ready),
                Err(stop) => stop,
            },
            Err(refusal) => refusal.into(),
        },
        Err(refusal) => refusal.into(),
    };
    match stopped {
        Stop::Told(code) => Ended::Exit(code),
        Stop::Refused(refusal, plan) => refuse(&site, offered, &refusal, plan.as_deref()),
    }
}

/// Says the refusal and puts it on record: in the ledger of the layout where there is no plan,
/// which alone has word of another one.
fn refuse(site: &Site, offered: &Offered, refusal: &Refusal, plan: Option<&Plan>) -> Ended {
    sys::fail_at_size_limit();
    let audit = site.layout.audit();
    let folder = plan.map_or(&audit, |plan| &plan.ledger);
    let release = plan.map(|plan| plan.release.to_string());
    let recorded =
        Journal::open(site, offered, folder).and_then(|journal| journal.refused(refusal, release));
    if let Err(Trouble::Log(reason)) = recorded {
        say(&[&format!("this refusal is not on record: {reason}")]);
    }
    end_refused(refusal)
}

fn end_refused(refusal: &Refusal) -> Ended {
    refusal.say();
    Ended::Exit(refusal.exit.code().into())
}

/// The start record, the child, the end record.
fn carry_out(site: &Site, offered: &Offered, mut ready: Ready<'_>) -> Ended {
    // From here to the end a signal reaches the child, or keeps it from starting, but never leaves
    // a start without an end.
    let signals = Signals::catch();
    let opened = Journal::open(site, offered, &ready.found.plan.ledger);
    let started = opened.and_then(|journal| journal.start(&ready).map(|at| (journal, at)));
    let (journal, at) = match started {
        Ok(started) => started,
        Err(Trouble::Told(code)) => return Ended::Exit(code),
        Err(Trouble::Log(reason)) => {
            return without_record((site, offered), &signals, ready, &reason);
        }
    };
    let parent = at.position(journal.run()).to_string();
    complete(&mut ready, Some(parent));
    let begun = Instant::now();
    let (ended, status) = child(&signals, offered, &ready);
    let duration = begun.elapsed();
    let hint = match ended {
        Ended::Exit(code) if code != 0 => failure::hint(offered, &ready, code),
        _ => None,
    };
    let recorded = journal.end(status, duration, hint.as_ref().map(|_| "forced-setting"));
    if let Some(hint) = hint {
        say(&[&hint]);
    }
    if let Err(Trouble::Log(reason)) = recorded {
        say(&[&format!("the end of this run is not on record: {reason}")]);
    }
    ended
}

/// The log cannot be written: block refuses, warn runs and says so in the log as soon as it can.
fn without_record(
    (site, offered): (&Site, &Offered),
    signals: &Signals,
    mut ready: Ready<'_>,
    reason: &str,
) -> Ended {
    if ready.found.plan.log_failure == LogFailure::Block {
        return end_refused(&Refusal::new(
            "log",
            format!("this run cannot be recorded: {reason}"),
            "mend the log, or set `ledger.on_failure` to `warn` in the policy",
        ));
    }
    say(&[&format!("this run is not on record: {reason}")]);
    complete(&mut ready, None);
    let (ended, _) = child(signals, offered, &ready);
    if let Ok(journal) = Journal::open(site, offered, &ready.found.plan.ledger) {
        // The loss was said on stderr; a log that still fails adds nothing to that.
        let _ = journal.warned(reason);
    }
    ended
}

/// Adds what the child gets beyond the plan: who its parent is, and the folder that was taken.
fn complete(ready: &mut Ready<'_>, parent: Option<String>) {
    let environment = &mut ready.applied.environment;
    let mut set = |name: &str, value: Option<OsString>| {
        environment.retain(|(key, _)| key != name);
        environment.extend(value.map(|value| (OsString::from(name), value)));
    };
    set(parent::VARIABLE, parent.map(OsString::from));
    if let Some(folder) = &ready.place.set_pwd {
        set("PWD", Some(folder.clone().into_os_string()));
    }
}

fn child(signals: &Signals, offered: &Offered, ready: &Ready<'_>) -> (Ended, Status) {
    if let Some(signal) = Signals::early() {
        let ended = Ended::Signal(signal);
        return (ended, status_of(ended));
    }
    let executable = ready.found.plan.executable(ready.tool);
    let program = Program {
        path: &executable,
        name: ready.tool.word(),
        argv: &offered.argv,
        environment: &ready.applied.environment,
    };
    match signals.spawn(&program).and_then(|running| running.wait()) {
        Ok(ended) => (ended, status_of(ended)),
        Err(error) => {
            let refusal = Refusal {
                exit: Exit::CannotExecute,
                ..Refusal::new(
                    "cannot-execute",
                    format!("cannot execute {}: {error}", executable.display()),
                    format!("run `goseal verify {}`", ready.found.plan.release.version),
                )
            };
            let status = Status::NotStarted(error.raw_os_error().unwrap_or(0));
            (end_refused(&refusal), status)
        }
    }
}
