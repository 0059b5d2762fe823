//! What people are told, and how long they wait for it.

use std::fs;
use std::time::{Duration, Instant};

use goseal_lab::Release;
use goseal_lab::sandbox::DEAD_PROXY;

use crate::stage::{NEW, OLD, Stage, shown};

/// A sandbox whose proxy and archives refuse connections, with the patience of the release.
fn where_nobody_listens() -> Stage {
    let mut stage = Stage::pinned();
    stage.sandbox.set_var("GOPROXY", DEAD_PROXY);
    stage
        .sandbox
        .set_var("GOSEAL_LAB_ARCHIVES", format!("{DEAD_PROXY}/dl/"));
    stage
}

#[test]
fn a_proxy_that_refuses_connections_is_exit_4_within_three_seconds() {
    let stage = where_nobody_listens();
    for words in [
        &["install"][..],
        &["lock"],
        &["pin", "latest"],
        &["list", "--remote"],
    ] {
        let began = Instant::now();
        let outcome = stage.goseal(words).run().expect_code(4);
        let took = began.elapsed();
        assert!(took < Duration::from_secs(3), "{words:?} took {took:?}");
        assert!(outcome.stderr.contains(DEAD_PROXY), "{outcome:?}");
    }
}

#[test]
fn a_lock_for_which_nothing_could_be_obtained_is_exit_4_and_stays_as_it_was() {
    let stage = Stage::serving([Release::here(OLD)]);
    stage.pin("project", OLD);
    let _ = stage.goseal(["lock"]).run().expect_code(0);
    let before = stage.sandbox.read("project/goseal.lock");
    // A release that nobody has: its entry would have taken the place of the old one's.
    stage.pin("project", NEW);
    let outcome = stage.goseal(["lock"]).run();
    insta::assert_snapshot!(shown(&outcome), @r"
    exit: 4
    --- stdout
    [ROOT]/project/goseal.lock is as it was
      . darwin/amd64 is not locked: the checksum database, as it was served, has no record of go1.26.10.darwin-amd64
      . darwin/arm64 is not locked: the checksum database, as it was served, has no record of go1.26.10.darwin-arm64
      ! [OS/ARCH] is not locked: the checksum database, as it was served, has no record of go1.26.10.[PLATFORM]
      . linux/arm64 is not locked: the checksum database, as it was served, has no record of go1.26.10.linux-arm64
      . windows/amd64 is not locked: the checksum database, as it was served, has no record of go1.26.10.windows-amd64
      . windows/arm64 is not locked: the checksum database, as it was served, has no record of go1.26.10.windows-arm64
    --- stderr
    nothing could be obtained: no platform was locked
    ");
    assert_eq!(stage.sandbox.read("project/goseal.lock"), before);
    // CI compares what is there: a lock that cannot be completed is a finding.
    let _ = stage.goseal(["lock", "--check"]).run().expect_code(1);
}

#[test]
fn a_log_whose_last_line_feed_was_cut_is_intact_and_verify_says_what_is_missing() {
    let stage = Stage::installed();
    let log = stage.sandbox.goseal_home().join("audit/log.jsonl");
    let bytes = fs::read(&log).unwrap();
    fs::write(&log, &bytes[..bytes.len() - 1]).unwrap();
    let told = stage.goseal(["audit", "verify"]).run().expect_code(0);
    assert!(
        told.stdout
            .contains("unended   the log ends inside the padding of record "),
        "{told:?}"
    );
    assert!(told.stdout.contains("verdict   intact"), "{told:?}");
    let _ = stage.go(["version"]).run().expect_code(0);
    let mended = stage.goseal(["audit", "verify"]).run().expect_code(0);
    assert!(!mended.stdout.contains("unended"), "{mended:?}");
}

#[test]
fn explain_says_before_the_run_that_race_needs_cgo_and_cgo_is_off() {
    let stage = Stage::installed();
    let explained = stage
        .goseal(["explain", "--", "build", "-race"])
        .run()
        .expect_code(0);
    let words = "Go will refuse: -race needs cgo and CGO_ENABLED is 0; `cgo = true` in goseal.toml";
    assert!(explained.stdout.contains(words), "{explained:?}");
    let json = stage
        .goseal(["explain", "--format", "json", "--", "build", "-race"])
        .run()
        .expect_code(0);
    assert!(
        json.stdout.contains("\"in_the_way\": \"-race needs cgo"),
        "{json:?}"
    );
    stage.sandbox.file("project/goseal.toml", "cgo = true\n");
    let mended = stage
        .goseal(["explain", "--", "build", "-race"])
        .run()
        .expect_code(0);
    assert!(!mended.stdout.contains("will refuse"), "{mended:?}");
}

#[test]
fn a_failure_that_cannot_come_from_goflags_has_no_word_of_them() {
    let script = "#!/bin/sh\nexit 1\n";
    let stage = Stage::serving([Release::here(OLD).with_file("bin/go", script)]);
    stage.pin("project", OLD);
    stage.install(&[]);
    let stderr = |words: &[&str], goflags: &str| {
        let run = stage.go(words).env("GOFLAGS", goflags);
        run.run().expect_code(1).stderr
    };
    assert_eq!(stderr(&["version", "nowhere"], "-mod=mod"), "");
    assert_eq!(stderr(&["build", "./..."], "-v -trimpath"), "");
    let told = stderr(&["build", "./..."], "-v -mod=mod");
    assert!(told.contains("GOFLAGS with -mod=mod was offered"), "{told}");
}

#[test]
fn pin_and_default_say_that_a_release_is_installed_where_it_is() {
    let stage = Stage::installed();
    for verb in ["pin", "default"] {
        let there = stage.goseal([verb, OLD]).run().expect_code(0);
        assert_eq!(there.stderr, "it is installed\n", "{verb}");
        let missing = stage.goseal([verb, NEW]).run().expect_code(0);
        assert!(missing.stderr.contains("` installs it"), "{missing:?}");
    }
}

#[test]
fn with_goproxy_off_nobody_is_asked() {
    let stage = Stage::pinned();
    let asked = stage.world.server().requests().len();
    for words in [&["install"][..], &["lock"], &["pin", "latest"]] {
        let refused = stage
            .goseal(words)
            .env("GOPROXY", "off")
            .run()
            .expect_code(4);
        assert!(
            refused.stderr.contains("nobody was asked") || words != ["install"],
            "{refused:?}"
        );
    }
    assert_eq!(stage.world.server().requests().len(), asked);
}
