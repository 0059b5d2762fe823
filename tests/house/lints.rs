//! One table of lints for all, and a reason for every dependency.

use crate::floors::manifests;
use crate::{manifest, none, read};

/// The lints of the shim beside those of the workspace: the same, but `unsafe_code` is denied where
/// the workspace forbids it, so that two files of system calls may lift it.
fn shim_lint_findings(workspace: &toml::Table, shim: &toml::Table) -> Vec<String> {
    let lints = |value: Option<&toml::Value>| value.and_then(toml::Value::as_table).cloned();
    let mut ours = lints(
        workspace
            .get("workspace")
            .and_then(|table| table.get("lints")),
    )
    .expect("the workspace has a table of lints");
    let theirs = lints(shim.get("lints")).expect("the shim has a table of lints");

    let mut findings = Vec::new();
    let rust = ours.get_mut("rust").and_then(toml::Value::as_table_mut);
    let level = rust.and_then(|rust| rust.insert("unsafe_code".into(), "deny".into()));
    if level.as_ref().and_then(toml::Value::as_str) != Some("forbid") {
        findings.push("the workspace does not forbid unsafe_code".to_owned());
    }
    for group in ["rust", "clippy"] {
        let (ours, theirs) = (ours.get(group), theirs.get(group));
        if ours != theirs {
            findings.push(format!(
                "lints.{group} of the shim is {theirs:?}, expected {ours:?}"
            ));
        }
    }
    findings
}

/// Lines of `[workspace.dependencies]` from outside that no comment explains. A comment holds for
/// the lines below it up to a blank one.
fn unexplained(text: &str) -> Vec<String> {
    let mut findings = Vec::new();
    let (mut inside, mut explained) = (false, false);
    for line in text.lines().map(str::trim) {
        if line.starts_with('[') {
            inside = line == "[workspace.dependencies]";
            explained = false;
        } else if line.starts_with('#') {
            explained = true;
        } else if line.is_empty() {
            explained = false;
        } else if inside && !explained && !line.starts_with("goseal") {
            findings.push(format!("no comment says why: {line}"));
        }
    }
    findings
}

#[test]
fn the_shim_has_the_lints_of_the_workspace() {
    none(&shim_lint_findings(
        &manifest("Cargo.toml"),
        &manifest("shims/Cargo.toml"),
    ));
}

#[test]
fn a_lint_that_the_shim_lacks_is_found() {
    let table = |text: &str| text.parse::<toml::Table>().unwrap();
    let ours =
        table("[workspace.lints]\nrust = { unsafe_code = 'forbid' }\nclippy = { exit = 'deny' }");
    let good = table("[lints]\nrust = { unsafe_code = 'deny' }\nclippy = { exit = 'deny' }");
    let bad = table("[lints]\nrust = { unsafe_code = 'deny' }\nclippy = {}");
    assert!(shim_lint_findings(&ours, &good).is_empty());
    assert_eq!(shim_lint_findings(&ours, &bad).len(), 1);
    let lax =
        table("[workspace.lints]\nrust = { unsafe_code = 'warn' }\nclippy = { exit = 'deny' }");
    assert_eq!(
        shim_lint_findings(&lax, &good),
        ["the workspace does not forbid unsafe_code"]
    );
}

#[test]
fn every_other_crate_takes_the_lints_of_the_workspace() {
    let mut findings = Vec::new();
    for path in manifests()
        .iter()
        .filter(|path| *path != "shims/Cargo.toml")
    {
        let inherits = manifest(path)
            .get("lints")
            .and_then(|lints| lints.get("workspace"))
            .and_then(toml::Value::as_bool);
        if inherits != Some(true) {
            findings.push(format!("{path} has no `lints.workspace = true`"));
        }
    }
    none(&findings);
}

#[test]
fn every_dependency_has_a_comment_that_says_why() {
    none(&unexplained(&read("Cargo.toml")));
}

#[test]
fn a_dependency_without_a_comment_is_found() {
    let text = "[workspace.dependencies]\ngoseal = {}\n\n# why\na = \"1\"\nb = \"1\"\n\nc = \"1\"\n[x]\nd = 1";
    assert_eq!(unexplained(text), ["no comment says why: c = \"1\""]);
}
