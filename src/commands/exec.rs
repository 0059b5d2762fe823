//! `goseal exec` and `env`.

use std::convert::Infallible;
use std::ffi::OsString;
use std::io;
use std::process::Command;

use goseal_core::exit::Exit;
use serde_json::{Map, Value, json};

use super::{Asker, Desk, Outcome};
use crate::cli::{EnvArgs, EnvFormat, ExecArgs, Format};
use crate::failure::Failure;
use crate::render;

/// Runs a command in place of this process, with the pinned Go and the forced settings.
///
/// Refusals end with 125, a command that cannot be executed with 126, one that is not there, and a
/// release that is not installed, with 127.
pub(crate) fn run(args: ExecArgs, desk: &Desk<'_>) -> Outcome {
    let format = args.format;
    let failure = match start(args, desk) {
        Ok(never) => match never {},
        Err(failure) => failure,
    };
    if format == Format::Json {
        desk.ui.data(&render::document("exec", refusal(&failure)))?;
    }
    Err(failure)
}

fn refusal(failure: &Failure) -> Value {
    json!({
        "ran": false,
        "exit": failure.exit.code(),
        "distrust": failure.distrust,
        "error": failure.fact,
        "causes": failure.causes,
        "hint": failure.hint,
    })
}

/// Starts the command in place of this process; returns only where that is refused or fails.
fn start(args: ExecArgs, desk: &Desk<'_>) -> Result<Infallible, Failure> {
    let who = Asker {
        tool: "exec",
        place: &desk.world.cwd,
        arguments: desk.arguments,
    };
    let prepared = goseal_ops::exec(desk.world, args.go.as_deref(), args.command, desk.arguments);
    let prepared = match prepared {
        Ok(prepared) => prepared,
        Err(error) => return Err(who.refused(desk, error)),
    };
    let mut words = prepared.words.iter();
    let program = words.next().cloned().unwrap_or_default();
    let mut command = Command::new(&program);
    command
        .args(words)
        .env_clear()
        .envs(prepared.environment.iter().map(|(k, v)| (k, v)));
    let error = replace(&mut command);
    let (exit, code, fact) = match error.kind() {
        io::ErrorKind::NotFound => (Exit::NoToolchain, "no-command", "is not there"),
        _ => (Exit::CannotExecute, "cannot-execute", "cannot be executed"),
    };
    let failure = Failure::new(exit, format!("{} {fact}", program.display())).by(&error);
    Err(who.on_record(desk, failure, code, Some(prepared.id)))
}

/// Replaces this process; returns only where that fails.
#[cfg(unix)]
fn replace(command: &mut Command) -> io::Error {
    std::os::unix::process::CommandExt::exec(command)
}

/// Runs it and ends with its status; returns only where it cannot start.
#[cfg(not(unix))]
#[expect(clippy::exit, reason = "there is no exec on this system")]
fn replace(command: &mut Command) -> io::Error {
    match command.status() {
        Ok(status) => std::process::exit(status.code().unwrap_or(1)),
        Err(error) => error,
    }
}

/// Prints the forced settings.
pub(crate) fn env(args: &EnvArgs, desk: &Desk<'_>) -> Outcome {
    let settings = goseal_ops::settings(desk.world)?;
    let mut lines = Vec::new();
    let mut facts = Map::new();
    for (name, value) in &settings {
        let value = readable(name, value)?;
        match args.format {
            EnvFormat::Sh => lines.push(format!("export {name}={}", render::quote_sh(value))),
            EnvFormat::Fish => lines.push(format!("set -gx {name} {}", render::quote_fish(value))),
            EnvFormat::Powershell => {
                lines.push(format!("$env:{name} = {}", render::quote_powershell(value)));
            }
            EnvFormat::Dotenv => lines.push(format!("{name}={}", one_line(name, value)?)),
            EnvFormat::Json => {
                facts.insert(name.clone(), Value::String(value.to_owned()));
            }
        }
    }
    desk.ui.data(&match args.format {
        EnvFormat::Json => render::document("env", json!({ "environment": facts })),
        _ => render::lines(lines),
    })?;
    Ok(Exit::Done)
}

fn readable<'v>(name: &str, value: &'v OsString) -> Result<&'v str, Failure> {
    let fact = || format!("the value of {name} is not UTF-8");
    value.to_str().ok_or_else(|| {
        Failure::new(Exit::Usage, fact()).hint("`goseal exec -- CMD` passes it on as it is")
    })
}

fn one_line<'v>(name: &str, value: &'v str) -> Result<&'v str, Failure> {
    if value.contains(['\n', '\r']) {
        let fact = format!("the value of {name} has a line feed");
        return Err(Failure::new(Exit::Usage, fact).hint("`--format json` can hold it"));
    }
    Ok(value)
}
