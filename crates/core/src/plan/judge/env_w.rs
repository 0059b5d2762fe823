//! `go env -w` and `go env -u`: they write the user's Go file, GOENV=off or not.

use super::Found;
use crate::flags::Line;
use crate::plan::{RunRefusal, Weakening};
use crate::settings::{Class, row_of};

/// Carried variables may be written in standard, and that is noted; any other is refused with
/// the place where the setting belongs.
pub(super) fn judge_env(line: &Line<'_>) -> Result<Option<Found>, RunRefusal> {
    let flag = |name: &str| {
        line.flags
            .iter()
            .any(|given| given.name == name && !given.is_off())
    };
    let (code, flag) = match (flag("w"), flag("u")) {
        (false, false) => return Ok(None),
        (true, _) => ("env-w", "-w"),
        (false, true) => ("env-u", "-u"),
    };
    let names: Vec<&str> = line
        .operands
        .iter()
        .map(|(_, word)| word.split_once('=').map_or(word.as_ref(), |(name, _)| name))
        .collect();
    if let Some(name) = names.iter().copied().find(|name| !is_users(name)) {
        return Err(RunRefusal {
            code,
            what: format!(
                "`go env {flag} {name}` would change every Go of this user and none \
                of these runs"
            ),
            mend: place_of(name),
        });
    }
    Ok(Some(Found {
        weakening: Weakening {
            code,
            what: format!("{flag} {}", names.join(" ")),
        },
        does: "changes a file that other runs read".into(),
        mend: "set the variable in the environment, or its key in the organisation's policy".into(),
    }))
}

fn is_users(name: &str) -> bool {
    row_of(name).is_some_and(|row| row.class == Class::Carried && name.starts_with("GO"))
}

/// Where a setting belongs that `go env -w` may not write.
fn place_of(name: &str) -> String {
    row_of(name)
        .map(|row| row.belongs)
        .filter(|place| !place.is_empty())
        .unwrap_or("`goseal explain` shows every setting and who sets it")
        .to_owned()
}
