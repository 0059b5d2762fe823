//! A lock for everybody, from the real database.

use std::time::Duration;

use goseal_lab::sandbox::Running;
use serde_json::Value;

use super::network::{cut_the_cable, network_for, skipped};
use super::toolchains::{oracle, oracle_by_the_shim};
use super::{assert_log_is_intact, goseal, json};

/// Published for five of the six platforms that are locked where nobody names one.
const VERSION: &str = "1.26.10";
const CARRIED: [&str; 5] = [
    "darwin/amd64",
    "darwin/arm64",
    "linux/amd64",
    "linux/arm64",
    "windows/amd64",
];
const ABSENT: &str = "windows/arm64";

/// One download of 70 MB on a slow line, and the oracle's build.
const LIMIT: Duration = Duration::from_mins(10);

#[test]
fn one_machine_locks_five_platforms_and_the_lock_installs_frozen() {
    let Some(network) = network_for("locks::one_machine_locks_five_platforms_..") else {
        return;
    };
    let mut sandbox = network.sandbox();
    sandbox.file("project/.go-version", format!("{VERSION}\n"));
    let modules = CARRIED.map(|platform| {
        let platform = platform.replace('/', "-");
        format!("v0.0.1-go{VERSION}.{platform}")
    });
    let go = network.go_folder.as_deref();
    let asked = go.map(|go| oracle(network, &sandbox, go, &modules).start());
    let locked = goseal(&sandbox)
        .args(["lock", "--format", "json"])
        .time_limit(LIMIT)
        .run()
        .expect_code(0);
    let locked = json(&locked);
    assert_five_and_the_sixth_named(&locked);

    let checked = goseal(&sandbox).args(["lock", "--check"]).time_limit(LIMIT);
    let _ = checked.run().expect_code(0);
    let named = ["lock", "--check", "--platform", ABSENT];
    let named = goseal(&sandbox).args(named).time_limit(LIMIT);
    let _ = named.run().expect_code(1);
    let frozen = goseal(&sandbox)
        .args(["install", "--frozen", "--format", "json"])
        .time_limit(LIMIT)
        .run()
        .expect_code(0);
    let evidence = &json(&frozen)["toolchains"][0]["evidence"];
    assert_eq!(*evidence, serde_json::json!(["lock", "sumdb"]));
    if network.first_proxy().is_some() {
        let said = asked.map_or_else(
            || oracle_by_the_shim(network, &sandbox, &modules),
            Running::wait,
        );
        let said = said.expect_code(0).stdout;
        let h1s: Vec<&Value> = entries(&locked, "h1");
        assert_eq!(h1s, said.lines().collect::<Vec<_>>());
    } else {
        skipped(
            "locks: comparison with golang.org/x/mod",
            "the oracle asks through a module proxy on the web, and there is none",
        );
    }
    // What the lock holds needs no network.
    cut_the_cable(&mut sandbox);
    let export = goseal(&sandbox).args(["lock", "--export", "env"]).run();
    assert!(
        export
            .expect_code(0)
            .stdout
            .contains("GO_DARWIN_ARM64_H1=h1:")
    );
    assert_log_is_intact(&sandbox);
}

/// Five platforms are locked, and the sixth is named with the reason.
fn assert_five_and_the_sixth_named(locked: &Value) {
    let platforms: Vec<&Value> = entries(locked, "platform");
    assert_eq!(platforms, CARRIED);
    let [left_out] = locked["left_out"].as_array().unwrap().as_slice() else {
        panic!("{locked}");
    };
    assert_eq!(left_out["platform"], ABSENT);
    assert_eq!(left_out["named"], false);
    let reason = left_out["reason"].as_str().unwrap();
    assert!(
        reason.contains("no record of go1.26.10.windows-arm64"),
        "{reason}"
    );
}

/// One field of every locked platform.
fn entries<'a>(locked: &'a Value, field: &str) -> Vec<&'a Value> {
    let toolchains = locked["toolchains"].as_array().unwrap();
    toolchains.iter().map(|entry| &entry[field]).collect()
}
