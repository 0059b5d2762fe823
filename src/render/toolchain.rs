//! Toolchains and locks.

use std::fmt::Write as _;

use goseal_core::evidence::{Evidence, SumdbPosition};
use goseal_core::plan::Chosen;
use goseal_core::release::ReleaseId;
use goseal_ops::{Current, LockChange, LockReport};
use goseal_store::{Installed, SealHead};
use serde_json::{Value, json};

/// `sumdb (record 69478010 in a tree of 71909756), lock`.
pub(crate) fn evidence_text(seal: &SealHead) -> String {
    let words = seal
        .proven
        .evidence
        .iter()
        .map(|rung| match (rung, &seal.proven.sumdb) {
            (Evidence::Sumdb, Some(at)) => {
                let joined = if seal.proven.joined {
                    ""
                } else {
                    ", head not joined"
                };
                format!(
                    "sumdb (record {} in a tree of {}{joined})",
                    at.record, at.tree_size
                )
            }
            (Evidence::Minisign, _) => match &seal.proven.minisign {
                Some(by) => format!("minisign (key {}, serial {})", by.key, by.serial),
                None => rung.word().to_owned(),
            },
            _ => rung.word().to_owned(),
        });
    let met = words.collect::<Vec<_>>().join(", ");
    let unmet: Vec<&str> = seal.proven.unmet.iter().map(Evidence::word).collect();
    if unmet.is_empty() {
        met
    } else {
        format!("{met}; out of reach: {}", unmet.join(", "))
    }
}

fn position_json(position: Option<&SumdbPosition>) -> Value {
    position.map_or(Value::Null, |at| {
        json!({
            "record": at.record,
            "tree_size": at.tree_size,
            "tree_root": at.tree_root.to_base64(),
        })
    })
}

/// One installed toolchain as facts.
pub(crate) fn installed_json(installed: &Installed) -> Value {
    let Installed { id, root, seal } = installed;
    let words: Vec<&str> = seal.proven.evidence.iter().map(Evidence::word).collect();
    let unmet: Vec<&str> = seal.proven.unmet.iter().map(Evidence::word).collect();
    let minisign = seal.proven.minisign.as_ref();
    json!({
        "version": id.version.to_string(),
        "platform": id.platform.to_string(),
        "path": root,
        "h1": seal.proven.h1.to_string(),
        "evidence": words,
        "unmet": unmet,
        "joined": seal.proven.joined,
        "minisign": minisign.map(|by| json!({"key": by.key, "serial": by.serial})),
        "sumdb": position_json(seal.proven.sumdb.as_ref()),
        "archive": {
            "name": seal.archive_name,
            "sha256": seal.archive_sha256.to_string(),
            "size": seal.archive_size,
        },
        "served_by": seal.served_by,
        "installed_at": seal.installed_at,
    })
}

/// The installed toolchains, a line each.
pub(crate) fn list_text(installed: &[Installed]) -> String {
    let mut text = String::new();
    for one in installed {
        let evidence = evidence_text(&one.seal);
        writeln!(
            text,
            "{:<28} {} {evidence}",
            one.id.to_string(),
            one.seal.proven.h1
        )
        .ok();
    }
    text
}

/// `pin /p/.go-version:1`: what chose a release, and the line that says so.
pub(super) fn chosen_text(chosen: &Chosen) -> String {
    let mut text = format!("{} ", chosen.by.word());
    if let Some(file) = &chosen.file {
        write!(text, "{}", file.display()).ok();
    }
    if let Some(line) = chosen.line {
        write!(text, ":{line}").ok();
    }
    text
}

/// What runs here, for people.
pub(crate) fn current_text(current: &Current) -> String {
    let id = current.choice.id;
    let chosen = &current.choice.chosen;
    let mut text = format!("go{} for {}\n", id.version, id.platform);
    writeln!(text, "  chosen by  {}", chosen_text(chosen)).ok();
    match &current.installed {
        Some(installed) => {
            writeln!(text, "  path       {}", installed.root.display()).ok();
            writeln!(text, "  h1         {}", installed.seal.proven.h1).ok();
            writeln!(text, "  evidence   {}", evidence_text(&installed.seal)).ok();
            writeln!(text, "  served by  {}", installed.seal.served_by).ok();
        }
        None => {
            writeln!(text, "  path       not installed: `goseal install`").ok();
        }
    }
    text
}

/// What runs here, for machines: `version`, `path`, `h1`, `evidence` and where they come from.
pub(crate) fn current_json(current: &Current) -> Value {
    let id = current.choice.id;
    let chosen = &current.choice.chosen;
    let mut facts = json!({
        "version": id.version.to_string(),
        "platform": id.platform.to_string(),
        "path": null,
        "h1": null,
        "evidence": [],
        "installed": current.installed.is_some(),
        "chosen_by": chosen.by.word(),
        "chosen_file": chosen.file,
        "chosen_line": chosen.line,
    });
    let installed = current.installed.as_ref().map(installed_json);
    if let (Some(Value::Object(more)), Value::Object(facts)) = (installed, &mut facts) {
        facts.extend(more);
    }
    facts
}

/// What changed in a lock, a line each, and what could not be locked.
pub(crate) fn lock_changes_text(report: &LockReport) -> String {
    let mut text = String::new();
    for change in &report.changes {
        match change {
            LockChange::Added(id, h1) => writeln!(text, "  + {id:<28} {h1}"),
            LockChange::Completed(id) => writeln!(text, "  ~ {id}"),
            LockChange::Dropped(id) => writeln!(text, "  - {id}"),
        }
        .ok();
    }
    for (platform, reason) in &report.left_out {
        writeln!(text, "  ! {platform} is not locked: {reason}").ok();
    }
    text
}

/// The same for machines.
pub(crate) fn lock_changes_json(report: &LockReport) -> Value {
    let names = |pick: fn(&LockChange) -> Option<ReleaseId>| -> Vec<String> {
        report
            .changes
            .iter()
            .filter_map(pick)
            .map(|id| id.to_string())
            .collect()
    };
    let added = names(|change| match change {
        LockChange::Added(id, _) => Some(*id),
        _ => None,
    });
    let completed = names(|change| match change {
        LockChange::Completed(id) => Some(*id),
        _ => None,
    });
    let dropped = names(|change| match change {
        LockChange::Dropped(id) => Some(*id),
        _ => None,
    });
    let left_out: Vec<Value> = report
        .left_out
        .iter()
        .map(|(platform, reason)| json!({"platform": platform.to_string(), "reason": reason}))
        .collect();
    let entries: Vec<Value> = report
        .lock
        .entries
        .iter()
        .map(|(id, entry)| {
            json!({
                "version": id.version.to_string(),
                "platform": id.platform.to_string(),
                "h1": entry.h1.to_string(),
                "sumdb": position_json(entry.position.as_ref()),
            })
        })
        .collect();
    json!({
        "path": report.path,
        "stale": report.is_stale(),
        "written": report.written,
        "added": added,
        "completed": completed,
        "dropped": dropped,
        "left_out": left_out,
        "index_answered": report.index,
        "toolchains": entries,
    })
}
