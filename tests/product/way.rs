//! The first whole way: pin, install, run through the shim, two chained records, verify.

use goseal_core::digest::Sha256;
use goseal_lab::Release;
use goseal_lab::sandbox::DEAD_PROXY;
use serde_json::Value;

use crate::stage::{NEW, OLD, Stage};

#[test]
fn a_pinned_release_is_installed_proved_and_run_and_two_records_say_so() {
    let stage = Stage::pinned();
    let release = Release::here(OLD);
    let installed = stage.goseal(["install"]).run().expect_code(0);
    assert!(installed.stdout.contains(&release.h1().to_string()));
    assert!(installed.stdout.contains("evidence   sumdb (record "));

    let ran = stage.go(["version"]).run().expect_code(0);
    let platform = release.id().platform;
    let line = format!("go version go{OLD} {}/{}\n", platform.os(), platform.arch());
    assert_eq!(ran.stdout, line);
    assert_eq!(ran.stderr, "");

    let (start, end) = (stage.last("start"), stage.last("end"));
    assert_eq!(start["run"], end["run"]);
    assert_eq!(start["release"], release.id().to_string());
    assert_eq!(start["h1"], release.h1().to_string());
    assert_eq!(start["evidence"], serde_json::json!(["sumdb"]));
    assert_eq!(start["pin"]["how"], "pin");
    assert_eq!(start["tool"], "go");
    assert_eq!(start["argv"], serde_json::json!(["version"]));
    assert_eq!(end["exit"], 0);

    let verdict = stage.goseal(["audit", "verify"]).run().expect_code(0);
    assert!(
        verdict.stdout.contains("verdict   intact"),
        "{}",
        verdict.stdout
    );
}

#[test]
fn every_record_names_the_digest_of_the_one_before() {
    let stage = Stage::installed();
    let _ = stage.go(["version"]).run().expect_code(0);
    let _ = stage.go(["fakego-exit", "3"]).run().expect_code(3);
    let kinds: Vec<_> = stage
        .records()
        .iter()
        .map(|one| one["type"].clone())
        .collect();
    assert_eq!(
        kinds,
        [
            "genesis",
            "install_started",
            "installed",
            "start",
            "end",
            "start",
            "end"
        ]
    );
    let mut before = "0".repeat(64);
    for (seq, line) in stage.lines().iter().enumerate() {
        let record: Value = serde_json::from_str(line).unwrap();
        assert_eq!(record["seq"], format!("{seq:020}"), "{line}");
        assert_eq!(record["prev"], before, "{line}");
        before = Sha256::of(line.as_bytes()).to_string();
    }
}

#[test]
fn the_install_is_on_record_with_its_evidence_and_where_it_came_from() {
    let stage = Stage::installed();
    let (started, installed) = (stage.last("install_started"), stage.last("installed"));
    assert_eq!(started["run"], installed["run"]);
    let release = Release::here(OLD);
    assert_eq!(installed["release"], release.id().to_string());
    assert_eq!(installed["h1"], release.h1().to_string());
    assert_eq!(installed["evidence"], serde_json::json!(["sumdb"]));
    let proxy = stage.world.proxy_url();
    let from = |record: &Value| record["source"].as_str().unwrap().to_owned();
    assert!(from(&started).contains(&proxy), "{started}");
    assert!(from(&installed).contains(&proxy), "{installed}");
}

#[test]
fn a_second_install_asks_nobody_and_changes_nothing() {
    let stage = Stage::installed();
    let (asked, places) = (
        stage.world.requests().len(),
        stage.sandbox.snapshot_of_places(),
    );
    let again = stage.goseal(["install"]).run().expect_code(0);
    assert!(again.stdout.contains(&format!("go{OLD} is installed in ")));
    assert_eq!(stage.world.requests().len(), asked);
    places.assert_unchanged();
}

#[test]
fn the_exit_status_and_the_streams_of_the_tool_pass_through_untouched() {
    let stage = Stage::installed();
    let _ = stage.go(["fakego-exit", "42"]).run().expect_code(42);
    let failed = stage
        .go(["fakego-fail", "no such package"])
        .run()
        .expect_code(1);
    assert_eq!(
        (failed.stdout.as_str(), failed.stderr.as_str()),
        ("", "no such package\n")
    );
    let copied = stage
        .go(["fakego-cat"])
        .stdin("a\0b\n")
        .run()
        .expect_code(0);
    assert_eq!(copied.stdout, "a\0b\n");
    let killed = stage.go(["fakego-signal", "TERM"]).run();
    assert_eq!((killed.code, killed.signal), (None, Some(15)));
    assert_eq!(stage.last("end")["signal"], 15);
}

#[test]
fn gofmt_goes_the_same_way() {
    let stage = Stage::installed();
    let gofmt = stage.sandbox.goseal_home().join("shims/gofmt");
    let ran = stage
        .sandbox
        .command(gofmt)
        .args(["-l", "."])
        .run()
        .expect_code(0);
    assert_eq!(ran.stdout, "fakego: gofmt -l .\n");
    assert_eq!(stage.last("start")["tool"], "gofmt");
}

#[test]
fn a_pin_that_moves_takes_the_next_run_with_it() {
    let stage = Stage::installed();
    stage.install(&[NEW]);
    let _ = stage.go(["version"]).run().expect_code(0);
    stage.pin("project", NEW);
    let ran = stage.go(["version"]).run().expect_code(0);
    assert!(ran.stdout.starts_with(&format!("go version go{NEW} ")));
    stage.pin("project", OLD);
    let ran = stage.go(["version"]).run().expect_code(0);
    assert!(ran.stdout.starts_with(&format!("go version go{OLD} ")));
}

#[test]
fn a_folder_in_the_form_of_a_proxy_is_a_source_without_a_network() {
    let stage = Stage::pinned();
    stage.install(&[]);
    let proxy = stage.sandbox.root().join("folder");
    for request in stage.world.requests() {
        if let Some(path) = request.path().strip_prefix("/proxy/") {
            let body = stage.get(request.path());
            stage.sandbox.file(&format!("folder/{path}"), body);
        }
    }
    let mut other = Stage::pinned();
    other.sandbox.set_var("GOPROXY", DEAD_PROXY);
    let from = [
        "install",
        "--from",
        proxy.to_str().unwrap(),
        "--format",
        "json",
    ];
    let installed = other.goseal(from).run().expect_code(0);
    assert!(
        other.world.requests().is_empty(),
        "{:?}",
        other.world.requests()
    );
    let document: Value = serde_json::from_str(&installed.stdout).unwrap();
    let one = &document["toolchains"][0];
    assert_eq!(one["h1"], Release::here(OLD).h1().to_string());
    assert_eq!(one["evidence"], serde_json::json!(["sumdb"]));
    assert!(
        one["served_by"].as_str().unwrap().contains("folder"),
        "{one}"
    );
    let _ = other.go(["version"]).run().expect_code(0);
    let _ = other.goseal(["verify"]).run().expect_code(0);
}
