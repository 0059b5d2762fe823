//! Mirrors and bundles.

use std::fmt::Write as _;

use goseal_core::bundle::Bundle;
use goseal_ops::{BundleReport, MirrorCheck, MirrorReport};
use serde_json::{Value, json};

use super::plain as printable;

/// What a sync did, a line for each release, and what the folder shows now.
pub(crate) fn mirror_text(report: &MirrorReport) -> String {
    let mut text = String::new();
    for (id, _) in &report.added {
        writeln!(text, "  + {id}").ok();
    }
    for id in &report.kept {
        writeln!(text, "  = {id}").ok();
    }
    for id in &report.removed {
        writeln!(text, "  - {id}").ok();
    }
    for (id, reason) in &report.left_out {
        writeln!(text, "  ! {id} is not carried: {}", printable(reason)).ok();
    }
    let folder = report.folder.display().to_string();
    match &report.stated {
        Some(stated) => writeln!(
            text,
            "{} holds {}, proved in a tree of {}",
            printable(&folder),
            toolchains(stated.records.len()),
            stated.head.head().size
        ),
        None => writeln!(text, "{} holds no toolchain", printable(&folder)),
    }
    .ok();
    text
}

fn toolchains(count: usize) -> String {
    match count {
        1 => "1 toolchain".to_owned(),
        more => format!("{more} toolchains"),
    }
}

/// The same for machines.
pub(crate) fn mirror_json(report: &MirrorReport) -> Value {
    let added: Vec<Value> = report
        .added
        .iter()
        .map(|(id, size)| json!({"release": id.to_string(), "size": size}))
        .collect();
    let names = |ids: &[goseal_core::release::ReleaseId]| -> Vec<String> {
        ids.iter().map(ToString::to_string).collect()
    };
    let left_out: Vec<Value> = report
        .left_out
        .iter()
        .map(|(id, reason)| json!({"release": id.to_string(), "reason": reason}))
        .collect();
    let releases: Vec<Value> = report
        .stated
        .iter()
        .flat_map(|stated| stated.records.values())
        .map(|record| {
            json!({
                "release": record.id.to_string(),
                "h1": record.h1.to_string(),
                "record": record.number,
            })
        })
        .collect();
    json!({
        "folder": report.folder,
        "added": added,
        "kept": names(&report.kept),
        "removed": names(&report.removed),
        "left_out": left_out,
        "releases": releases,
        "head": report.stated.as_ref().map(|stated| head_json(&stated.head)),
    })
}

fn head_json(head: &goseal_trust::SignedHead) -> Value {
    json!({"tree_size": head.head().size, "tree_root": head.head().root.to_string()})
}

/// What a check found, a line each.
pub(crate) fn mirror_check_text(check: &MirrorCheck) -> String {
    let mut text = String::new();
    for finding in &check.findings {
        let word = if finding.distrust {
            "not to be trusted: "
        } else {
            ""
        };
        let (file, what) = (printable(&finding.file), printable(&finding.what));
        writeln!(text, "  ! {file}: {word}{what}").ok();
    }
    let head = check.head.as_ref().map(|head| head.head().size);
    let head = head.map_or_else(
        || "without a signed head".to_owned(),
        |size| format!("in a tree of {size}"),
    );
    let state = match check.findings.len() {
        0 => "all of it verifies".to_owned(),
        1 => "1 finding".to_owned(),
        more => format!("{more} findings"),
    };
    writeln!(
        text,
        "{} lists {} {head}: {state}",
        printable(&check.place),
        toolchains(check.releases.len())
    )
    .ok();
    text
}

/// The same for machines.
pub(crate) fn mirror_check_json(check: &MirrorCheck) -> Value {
    let findings: Vec<Value> = check
        .findings
        .iter()
        .map(|finding| {
            json!({"file": finding.file, "what": finding.what, "distrust": finding.distrust})
        })
        .collect();
    let releases: Vec<String> = check.releases.iter().map(ToString::to_string).collect();
    json!({
        "place": check.place,
        "releases": releases,
        "head": check.head.as_ref().map(head_json),
        "findings": findings,
        "distrust": check.is_distrust(),
    })
}

/// A bundle that was made.
pub(crate) fn bundle_text(report: &BundleReport) -> String {
    let mut text = String::new();
    for (id, reason) in &report.mirror.left_out {
        writeln!(text, "  ! {id} is not carried: {}", printable(reason)).ok();
    }
    let count = report.mirror.added.len();
    let path = report.path.display().to_string();
    writeln!(
        text,
        "{} holds {}, proved in a tree of {}",
        printable(&path),
        toolchains(count),
        report.bundle.tree_size
    )
    .ok();
    writeln!(text, "  sha256     {}", report.sha256).ok();
    let Bundle { serial, date, .. } = &report.bundle;
    writeln!(text, "  serial     {serial} ({date})").ok();
    text
}

/// The same for machines.
pub(crate) fn bundle_json(report: &BundleReport) -> Value {
    let mut facts = mirror_json(&report.mirror);
    if let Value::Object(facts) = &mut facts {
        for name in ["folder", "added", "kept", "removed"] {
            facts.remove(name);
        }
        let file = json!({
            "path": report.path,
            "size": report.size,
            "sha256": report.sha256.to_string(),
            "serial": report.bundle.serial,
            "date": report.bundle.date,
        });
        if let Value::Object(file) = file {
            facts.extend(file);
        }
    }
    facts
}
