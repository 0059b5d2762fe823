//! Rebuilds and the statements of them.

use std::fmt::Write as _;

use goseal_ops::RebuildOutcome;
use goseal_store::Rebuilt;
use serde_json::{Value, json};

/// How many differences are shown to people.
const SHOWN: usize = 50;

/// `with go1.26.10 on linux/amd64`: who built it.
pub(crate) fn rebuilt_text(statement: &Rebuilt) -> String {
    let unsigned = match statement.unsigned {
        0 => String::new(),
        count => format!(", {count} executables compared without their signatures"),
    };
    format!(
        "with go{} on {}{unsigned}",
        statement.bootstrap.version, statement.host
    )
}

/// For people: equal and why that is worth something, or every file that differs.
pub(crate) fn rebuild_text(outcome: &RebuildOutcome) -> String {
    let statement = &outcome.statement;
    let id = statement.release;
    let count = outcome.differences.len();
    let mut text = if outcome.is_equal() {
        let files = statement.files;
        format!("{id}: built again, equal to what was published ({files} files)\n")
    } else {
        let noun = if count == 1 {
            "file differs"
        } else {
            "files differ"
        };
        format!("{id}: built again, not what was published: {count} {noun}\n")
    };
    for one in outcome.differences.iter().take(SHOWN) {
        writeln!(text, "  {one}").ok();
    }
    if let Some(more) = count.checked_sub(SHOWN).filter(|more| *more > 0) {
        writeln!(text, "  and {more} more").ok();
    }
    writeln!(text, "  h1         {}", statement.h1).ok();
    writeln!(text, "  sources    {}", statement.sources).ok();
    writeln!(text, "  rebuilt    {}", rebuilt_text(statement)).ok();
    text
}

/// A statement as facts.
pub(crate) fn statement_json(statement: &Rebuilt) -> Value {
    let environment: Vec<String> = statement
        .environment
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    json!({
        "sources": statement.sources.to_string(),
        "bootstrap": statement.bootstrap.to_string(),
        "bootstrap_h1": statement.bootstrap_h1.to_string(),
        "host": statement.host.to_string(),
        "files": statement.files,
        "unsigned": statement.unsigned,
        "archive": {
            "sha256": statement.archive_sha256.to_string(),
            "size": statement.archive_size,
        },
        "environment": environment,
        "built_at": statement.built_at,
    })
}

/// For machines.
pub(crate) fn rebuild_json(outcome: &RebuildOutcome) -> Value {
    let id = outcome.statement.release;
    let names = |all: Vec<String>| Value::from(all);
    json!({
        "version": id.version.to_string(),
        "platform": id.platform.to_string(),
        "h1": outcome.statement.h1.to_string(),
        "equal": outcome.is_equal(),
        "differences": names(outcome.differences.iter().map(ToString::to_string).collect()),
        "unsigned": names(outcome.unsigned.iter().map(ToString::to_string).collect()),
        "rebuilt": statement_json(&outcome.statement),
    })
}
