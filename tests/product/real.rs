//! The product on real input: the module proxy of Go's own configuration, the public checksum
//! database, real Go.
//!
//! These tests run where `GOSEAL_TEST_NETWORK=1`; elsewhere each writes one line that says that it
//! was skipped and why. Nothing outside of temporary folders is read or written but the network,
//! a Go on PATH (asked once for its GOPROXY, and run against a mirror), `python3` and `curl`.

mod killed;
mod locks;
mod long;
mod mirror;
mod network;
mod old;
mod platforms;
mod project;
mod relay;
mod tampered;
mod toolchains;
mod verifying;

use std::io::Write as _;
use std::path::Path;

use goseal_core::platform::Platform;
use goseal_core::release::ReleaseId;
use goseal_core::version::Version;
use goseal_lab::Sandbox;
use goseal_lab::sandbox::{Outcome, Run, product_binary};
use serde_json::Value;

/// The release of `version` for this machine.
fn release(version: &str) -> ReleaseId {
    ReleaseId {
        version: Version::parse(version).unwrap(),
        platform: Platform::of_this_build().expect("tests run on a platform that Go supports"),
    }
}

/// Writes a line that no test harness keeps to itself.
fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

fn goseal(sandbox: &Sandbox) -> Run {
    sandbox.command(product_binary("goseal"))
}

/// The program itself says what it found, as one document.
fn json(outcome: &Outcome) -> Value {
    serde_json::from_str(&outcome.stdout)
        .unwrap_or_else(|error| panic!("{error}\n{}", outcome.snapshot()))
}

/// Every record of the sandbox's log.
fn records(sandbox: &Sandbox) -> Vec<Value> {
    let shown = goseal(sandbox)
        .args(["audit", "show", "--last", "100000", "--format", "json"])
        .run()
        .expect_code(0);
    match json(&shown)["records"].take() {
        Value::Array(records) => records,
        other => panic!("records are a list, not {other}"),
    }
}

/// The records of one type.
fn records_of(sandbox: &Sandbox, kind: &str) -> Vec<Value> {
    let mut records = records(sandbox);
    records.retain(|record| record["type"] == kind);
    records
}

/// The log is whole.
fn assert_log_is_intact(sandbox: &Sandbox) {
    let verdict = goseal(sandbox)
        .args(["audit", "verify"])
        .run()
        .expect_code(0);
    assert!(
        verdict.stdout.contains("verdict   intact"),
        "{}",
        verdict.snapshot()
    );
}

/// The names in a folder, sorted; none where it is not there.
fn names_in(folder: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// Nothing of any release is there, staged or installed.
fn assert_nothing_is_installed(sandbox: &Sandbox) {
    let home = sandbox.goseal_home();
    for folder in ["toolchains", "staging"] {
        assert_eq!(
            names_in(&home.join(folder)),
            Vec::<String>::new(),
            "{folder}"
        );
    }
    let listed = goseal(sandbox)
        .args(["list", "--format", "json"])
        .run()
        .expect_code(0);
    assert_eq!(json(&listed)["toolchains"], Value::Array(Vec::new()));
}
