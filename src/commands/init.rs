//! `goseal init`.

use std::fs::OpenOptions;
use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use goseal_core::exit::Exit;
use serde_json::json;

use super::{Desk, Outcome};
use crate::cli::{Format, InitArgs, Shell};
use crate::failure::Failure;
use crate::render;

/// What marks the line that `init` adds to a profile.
const MARK: &str = "# added by goseal init";

/// Makes the homes, installs the shims, offers the line for the shell.
pub(crate) fn run(args: &InitArgs, desk: &Desk<'_>) -> Outcome {
    let shell = args
        .shell
        .unwrap_or_else(|| shell_of(desk.world.environment.get("SHELL")));
    let line = line_for(shell, &desk.world.layout.shims());
    if args.print {
        desk.ui.data(&format!("{line}\n"))?;
        return Ok(Exit::Done);
    }
    let made = goseal_ops::init(desk.world, desk.arguments)?;
    let profile = if args.no_profile {
        None
    } else {
        offer(desk, shell, &line)?
    };
    if args.output.format == Format::Json {
        let facts = json!({
            "shims": made.shims, "written": made.written, "line": line, "profile": profile,
            "doors": made.doors.iter().map(ToString::to_string).collect::<Vec<_>>(),
        });
        desk.ui.data(&render::document("init", facts))?;
        return Ok(Exit::Done);
    }
    desk.ui
        .data(&format!("shims are in {}\n", made.shims.display()))?;
    for id in &made.doors {
        desk.ui.note(&format!("the doors of {id} are renewed"));
    }
    match profile {
        Some(profile) => desk
            .ui
            .note(&format!("{} has the line now", profile.display())),
        None => desk
            .ui
            .note(&format!("this line puts them on PATH:\n  {line}")),
    }
    Ok(Exit::Done)
}

fn shell_of(variable: Option<&std::ffi::OsStr>) -> Shell {
    let name = variable
        .map(Path::new)
        .and_then(Path::file_name)
        .and_then(|name| name.to_str());
    match name {
        Some("bash") => Shell::Bash,
        Some("zsh") => Shell::Zsh,
        Some("fish") => Shell::Fish,
        Some("pwsh" | "powershell") => Shell::Powershell,
        _ => Shell::Sh,
    }
}

/// The line that puts the shims first on PATH.
fn line_for(shell: Shell, shims: &Path) -> String {
    let shims = shims.display().to_string();
    match shell {
        Shell::Sh | Shell::Bash | Shell::Zsh => {
            format!("export PATH={}:\"$PATH\"", render::quote_sh(&shims))
        }
        Shell::Fish => format!("set -gx PATH {} $PATH", render::quote_fish(&shims)),
        Shell::Powershell => {
            format!(
                "$env:PATH = {} + [IO.Path]::PathSeparator + $env:PATH",
                render::quote_powershell(&shims)
            )
        }
    }
}

/// Asks on a terminal whether the profile should get the line; returns the profile that has it.
fn offer(desk: &Desk<'_>, shell: Shell, line: &str) -> Result<Option<PathBuf>, Failure> {
    let Some(profile) = profile_of(shell, desk) else {
        return Ok(None);
    };
    let text = std::fs::read_to_string(&profile).unwrap_or_default();
    if text.lines().any(|present| present == line) {
        return Ok(Some(profile));
    }
    if !(std::io::stdin().is_terminal() && std::io::stderr().is_terminal()) {
        return Ok(None);
    }
    desk.ui.note(&format!(
        "add this line to {}? [y/N]\n  {line}",
        profile.display()
    ));
    let mut answer = String::new();
    // A terminal that is gone has not said yes.
    std::io::stdin().read_line(&mut answer).ok();
    if !matches!(answer.trim(), "y" | "Y" | "yes") {
        return Ok(None);
    }
    append(&profile, line).map_err(|error| {
        Failure::new(Exit::Disk, format!("cannot write {}", profile.display()))
            .by(&error)
            .hint("put the line there by hand: `goseal init --print` prints it")
    })?;
    Ok(Some(profile))
}

fn append(profile: &Path, line: &str) -> std::io::Result<()> {
    let mut file = OpenOptions::new().append(true).create(true).open(profile)?;
    writeln!(file, "\n{MARK}\n{line}")
}

fn profile_of(shell: Shell, desk: &Desk<'_>) -> Option<PathBuf> {
    let home = desk.world.environment.path("HOME").map(Path::to_owned);
    let home = home.or_else(|| desk.world.user.home.clone())?;
    let file = match shell {
        Shell::Sh => ".profile",
        Shell::Bash => ".bashrc",
        Shell::Zsh => ".zshrc",
        Shell::Fish => ".config/fish/config.fish",
        Shell::Powershell => return None,
    };
    Some(home.join(file))
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::*;

    #[test]
    fn the_line_survives_a_path_with_spaces_and_quotes() {
        let shims = Path::new("/h/o'neil and/shims");
        assert_eq!(
            line_for(Shell::Zsh, shims),
            r#"export PATH='/h/o'\''neil and/shims':"$PATH""#
        );
        assert_eq!(
            line_for(Shell::Fish, shims),
            r"set -gx PATH '/h/o\'neil and/shims' $PATH"
        );
        assert_eq!(
            line_for(Shell::Powershell, shims),
            "$env:PATH = '/h/o''neil and/shims' + [IO.Path]::PathSeparator + $env:PATH"
        );
    }

    #[test]
    fn the_shell_is_the_one_that_the_variable_names() {
        let of = |text: &str| shell_of(Some(OsString::from(text).as_os_str()));
        assert_eq!(of("/usr/bin/zsh"), Shell::Zsh);
        assert_eq!(of("/opt/nu"), Shell::Sh);
        assert_eq!(shell_of(None), Shell::Sh);
    }
}
