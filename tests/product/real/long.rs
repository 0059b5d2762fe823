//! Real rebuilds, minutes each: run where `GOSEAL_TEST_LONG=1` and `GOSEAL_TEST_NETWORK=1`.

use std::path::PathBuf;
use std::time::Duration;

use goseal_lab::sandbox::Outcome;
use goseal_lab::{Release, Sandbox};

use super::network::network_for_long;
use super::{goseal, json, names_in, release};
use crate::stage::Stage;

/// What is built again, and by what.
const OLD: &str = "1.22.5";
const NEW: &str = "1.26.10";
/// What builds [`NEW`].
const NEWER: &str = "1.27.4";

/// Three minutes on two processors that do nothing else.
const LIMIT: Duration = Duration::from_mins(40);

/// The module zips that were published; source: their records and docs/rebuild.md.
const OLD_ZIP: &str = "0eb73889fac3ef46a759ca3f8079a7ff656158ee6aedfe127221101824001a77";
const WINDOWS_ZIP: &str = "d0af8a5bd523b052167052ab3b33db2acf289be57e12f8d9b14621abe85e7a22";

fn installed(sandbox: &Sandbox, words: &[&str]) {
    let run = goseal(sandbox).arg("install").args(words).time_limit(LIMIT);
    let _ = run.run().expect_code(0);
}

fn tree(sandbox: &Sandbox, version: &str) -> PathBuf {
    let trees = sandbox.goseal_home().join("toolchains");
    trees.join(release(version).to_string())
}

fn assert_clean(sandbox: &Sandbox) {
    assert!(names_in(&sandbox.goseal_home().join("staging")).is_empty());
}

#[test]
fn long_a_real_release_comes_out_of_its_sources_byte_for_byte() {
    let Some(network) = network_for_long("long::a_real_release_comes_out_of_its_sources_..") else {
        return;
    };
    let sandbox = network.sandbox();
    installed(&sandbox, &[OLD, NEW]);
    let words = ["rebuild", OLD, "--bootstrap", NEW, "--format", "json"];
    let rebuilt = goseal(&sandbox).args(words).time_limit(LIMIT).run();
    let rebuilt = json(&rebuilt.expect_code(0));
    assert_eq!(rebuilt["equal"], true);
    if release(OLD).to_string() == "go1.22.5.linux-amd64" {
        assert_eq!(rebuilt["rebuilt"]["archive"]["sha256"], OLD_ZIP);
    }
    let verified = goseal(&sandbox)
        .args(["verify", OLD])
        .time_limit(LIMIT)
        .run();
    let verified = verified.expect_code(0);
    assert!(
        verified
            .stdout
            .contains("\n  rebuilt    with go1.26.10 on ")
    );
    assert_clean(&sandbox);
}

#[test]
fn long_windows_is_built_here_byte_for_byte() {
    let Some(network) = network_for_long("long::windows_is_built_here_..") else {
        return;
    };
    let sandbox = network.sandbox();
    installed(&sandbox, &[NEWER]);
    installed(&sandbox, &[NEW, "--platform", "windows/amd64"]);
    let words = [
        "rebuild",
        NEW,
        "--platform",
        "windows/amd64",
        "--format",
        "json",
    ];
    let rebuilt = goseal(&sandbox).args(words).time_limit(LIMIT).run();
    let rebuilt = json(&rebuilt.expect_code(0));
    assert_eq!(rebuilt["equal"], true);
    assert_eq!(rebuilt["rebuilt"]["archive"]["sha256"], WINDOWS_ZIP);
    assert_clean(&sandbox);
}

/// Real trees under the lab's database: the sources differ by one byte from those that the
/// published executables were built from, and the archive holds the four folders too.
#[test]
fn long_one_byte_of_the_sources_is_seen_in_the_executables() {
    let Some(network) = network_for_long("long::one_byte_of_the_sources_..") else {
        return;
    };
    let sandbox = network.sandbox();
    installed(&sandbox, &[OLD, NEW]);
    let print = std::fs::read_to_string(tree(&sandbox, OLD).join("src/fmt/print.go")).unwrap();
    // What a bad verb prints: the string is in every tool that formats.
    let changed = print.replacen("(PANIC=", "(PANIK=", 1);
    assert_ne!(changed, print);
    let evil = Release::of_tree(&tree(&sandbox, OLD)).with_file("src/fmt/print.go", changed);
    let stage = Stage::serving([evil, Release::of_tree(&tree(&sandbox, NEW))]);
    stage.pin("project", OLD);
    let install = stage.goseal(["install", OLD, NEW]).time_limit(LIMIT).run();
    let _ = install.expect_code(0);
    let found = stage.goseal(["rebuild", OLD]).time_limit(LIMIT).run();
    assert_names_executables(&found.expect_code(5));
    assert_clean(&stage.sandbox);
}

fn assert_names_executables(found: &Outcome) {
    let tools = release(OLD).platform;
    let compile = format!(
        "  changed pkg/tool/{}_{}/compile\n",
        tools.os(),
        tools.arch()
    );
    for line in ["  changed bin/go\n", &compile] {
        assert!(found.stdout.contains(line), "{}", found.snapshot());
    }
    assert!(!found.stdout.contains("print.go"), "{}", found.snapshot());
}

/// The archive of a real tree and the four folders that the h1 does not cover.
#[test]
fn long_an_archive_of_a_real_tree_has_the_h1_of_the_zip() {
    let Some(network) = network_for_long("long::an_archive_of_a_real_tree_..") else {
        return;
    };
    let sandbox = network.sandbox();
    installed(&sandbox, &[OLD]);
    let of_zip = h1_of(&sandbox);
    let mut release = Release::of_tree(&tree(&sandbox, OLD));
    for name in ["api/x.txt", "doc/x.md", "misc/wasm/x.js", "test/x.go"] {
        release = release.with_file(name, "outside of the h1\n");
    }
    let archive = release.tar_gz();
    sandbox.file(
        &format!("archives/{}", release.id().archive_file_name()),
        archive,
    );
    let _ = goseal(&sandbox)
        .args(["uninstall", OLD])
        .run()
        .expect_code(0);
    let folder = sandbox.root().join("archives");
    installed(&sandbox, &[OLD, "--from", folder.to_str().unwrap()]);
    assert_eq!(h1_of(&sandbox), of_zip);
    assert!(!tree(&sandbox, OLD).join("test").exists());
}

fn h1_of(sandbox: &Sandbox) -> String {
    let seals = sandbox.goseal_home().join("seals");
    let seal = std::fs::read_to_string(seals.join(release(OLD).to_string()).join("seal")).unwrap();
    let line = |key: &str| seal.lines().find_map(|line| line.strip_prefix(key));
    assert_eq!(line("evidence "), Some("sumdb"));
    line("h1 ").unwrap().to_owned()
}
