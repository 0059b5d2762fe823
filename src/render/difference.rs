//! What changes from one release to another.

use std::fmt::Write as _;

use goseal_core::manifest::Difference;
use goseal_ops::{Change, Counts, FileChanges};
use serde_json::{Map, Value, json};

use super::outdated::{vulnerability_json, vulnerability_text};
use super::space::size_text;

fn counts_text(counts: &Counts) -> String {
    let Counts {
        changed,
        added,
        removed,
    } = counts;
    format!("{changed} changed, {added} added, {removed} removed")
}

/// `changed bin/go`, in the words of an upgrade.
fn executable_text(difference: &Difference) -> String {
    let word = match difference {
        Difference::Changed(_) => "changed",
        Difference::Missing(_) => "removed",
        Difference::Extra(_) => "added",
    };
    format!("{word:<7} {}", difference.name())
}

/// The whole difference.
pub(crate) fn change_text(change: &Change) -> String {
    let mut text = format!("{} -> {}\n", change.from, change.to);
    for entry in &change.closed {
        writeln!(text, "  fixes        {}", vulnerability_text(entry)).ok();
    }
    for entry in &change.open {
        writeln!(text, "  vulnerable   {}", vulnerability_text(entry)).ok();
    }
    let Some(files) = &change.files else {
        return text;
    };
    let (old, new) = files.sizes;
    writeln!(
        text,
        "  size         {} -> {}",
        size_text(old),
        size_text(new)
    )
    .ok();
    writeln!(text, "  files        {}", counts_text(&files.all)).ok();
    for (folder, counts) in &files.folders {
        let folder = if folder.is_empty() { "." } else { folder };
        writeln!(text, "    {folder:<10} {}", counts_text(counts)).ok();
    }
    for (at, difference) in files.executables.iter().enumerate() {
        let label = if at == 0 { "executables" } else { "" };
        writeln!(text, "  {label:<12} {}", executable_text(difference)).ok();
    }
    text
}

/// The same in a few lines, for who did not ask for it; nothing where nothing is known.
pub(crate) fn change_notes(change: &Change) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(files) = &change.files {
        lines.push(format!(
            "{} -> {}: files {}; executables {}",
            change.from,
            change.to,
            counts_text(&files.all),
            files.executables.len()
        ));
    }
    let closed = change.closed.iter();
    lines.extend(closed.map(|entry| format!("{} fixes {}", change.to, entry.id)));
    let open = change.open.iter();
    lines.extend(
        open.map(|entry| format!("{} is vulnerable: {}", change.to, vulnerability_text(entry))),
    );
    lines
}

/// For machines.
pub(crate) fn change_json(change: &Change) -> Value {
    let vulnerabilities =
        |entries: &[_]| -> Value { entries.iter().map(vulnerability_json).collect() };
    json!({
        "before": change.from.to_string(),
        "version": change.to.to_string(),
        "fixes": vulnerabilities(&change.closed),
        "vulnerabilities": vulnerabilities(&change.open),
        "files": change.files.as_ref().map_or(Value::Null, files_json),
    })
}

fn files_json(files: &FileChanges) -> Value {
    let folders: Map<String, Value> = files
        .folders
        .iter()
        .map(|(folder, counts)| (folder.clone(), counts_json(counts)))
        .collect();
    let names = |pick: fn(&Difference) -> bool| -> Value {
        let picked = files.executables.iter().filter(|one| pick(one));
        picked.map(|one| one.name().to_string()).collect()
    };
    json!({
        "all": counts_json(&files.all),
        "folders": folders,
        "executables": {
            "changed": names(|one| matches!(one, Difference::Changed(_))),
            "added": names(|one| matches!(one, Difference::Extra(_))),
            "removed": names(|one| matches!(one, Difference::Missing(_))),
        },
        "size_before": files.sizes.0,
        "size": files.sizes.1,
    })
}

fn counts_json(counts: &Counts) -> Value {
    json!({
        "changed": counts.changed,
        "added": counts.added,
        "removed": counts.removed,
    })
}
