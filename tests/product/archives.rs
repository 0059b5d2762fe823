//! Release archives, which hold four folders more than the h1 covers: `api`, `doc`, `misc`, `test`.
//!
//! They lie in a folder that `--from` names; the checksum database is asked through the proxy.

use std::fs;
use std::path::Path;

use goseal_lab::Release;
use goseal_lab::sandbox::Outcome;

use crate::stage::{NEW, OLD, Stage};

/// One file of each folder that no h1 covers.
const OUTSIDE: [&str; 4] = [
    "api/go1.1.txt",
    "doc/godebug.md",
    "misc/go_android_exec/README",
    "test/helloworld.go",
];

fn id() -> String {
    Release::here(OLD).id().to_string()
}

/// A place with a folder `archives` that holds `served` under the name of the release.
fn stage(served: &Release) -> Stage {
    let stage = Stage::pinned();
    put(&stage, served);
    stage
}

fn put(stage: &Stage, served: &Release) {
    let name = served.id().archive_file_name();
    stage
        .sandbox
        .file(&format!("archives/{name}"), served.tar_gz());
}

fn install(stage: &Stage) -> Outcome {
    let folder = stage.sandbox.root().join("archives");
    let words = ["install", "--from", folder.to_str().unwrap()];
    stage.goseal(words).run()
}

fn seal_line(stage: &Stage, key: &str) -> String {
    let seal = stage.sandbox.read(&format!("goseal/seals/{}/seal", id()));
    let line = seal.lines().find_map(|line| line.strip_prefix(key));
    line.expect("the seal has that line").trim().to_owned()
}

fn assert_refused(stage: &Stage, outcome: Outcome, words: &str) {
    let refused = outcome.expect_code(5);
    assert!(refused.stderr.contains(words), "{}", refused.snapshot());
    assert!(!stage.tree(OLD).exists());
    let record = stage.last("refused");
    assert_eq!(record["release"], id());
    assert_eq!(stage.world.count("*.zip"), 0, "no second source is tried");
}

/// Which of the four folders are in the tree.
fn there(tree: &Path) -> Vec<&'static str> {
    let mut names = OUTSIDE.to_vec();
    names.retain(|name| tree.join(name).exists());
    names
}

#[test]
fn an_archive_has_the_h1_and_the_evidence_of_the_zip() {
    let stage = stage(&Release::here(OLD));
    let installed = install(&stage).expect_code(0);
    let said = "  without    api, doc, misc and test, which the h1 does not cover\n";
    assert!(installed.stdout.contains(said), "{}", installed.snapshot());
    let by_archive = (seal_line(&stage, "h1"), seal_line(&stage, "evidence"));
    assert_eq!(seal_line(&stage, "form"), "release-tar-gz");
    assert_eq!(seal_line(&stage, "outside_h1"), "left");
    assert_eq!(there(&stage.tree(OLD)), [""; 0]);
    assert_eq!(stage.world.count("*.zip"), 0);
    let _ = stage.goseal(["verify", OLD]).run().expect_code(0);
    let ran = stage.go(["version"]).run().expect_code(0);
    assert!(ran.stdout.starts_with("go version go1.22.5"));

    let _ = stage.goseal(["uninstall", OLD]).run().expect_code(0);
    stage.install(&[]);
    let by_zip = (seal_line(&stage, "h1"), seal_line(&stage, "evidence"));
    assert_eq!(by_archive, by_zip);
    assert_eq!(by_zip.1, "sumdb");
    assert_eq!(by_zip.0, Release::here(OLD).h1().to_string());
    assert_eq!(seal_line(&stage, "form"), "module-zip");
}

#[test]
fn one_byte_changed_in_src_is_distrust() {
    let evil = Release::here(OLD).with_file("src/fmt/print.go", "package fnt\n");
    let stage = stage(&evil);
    assert_refused(&stage, install(&stage), "h1 of go1.22.5.");
}

#[test]
fn one_byte_changed_in_test_is_left_out_where_no_digest_covers_it() {
    let evil = Release::here(OLD).with_file("test/helloworld.go", "package mian\n");
    let stage = stage(&evil);
    let installed = install(&stage).expect_code(0);
    assert!(
        installed
            .stdout
            .contains("  without    api, doc, misc and test")
    );
    assert_eq!(seal_line(&stage, "outside_h1"), "left");
    assert_eq!(there(&stage.tree(OLD)), [""; 0]);
}

#[test]
fn a_lock_that_covers_the_archive_lets_all_of_it_in() {
    let stage = stage(&Release::here(OLD));
    let _ = stage.goseal(["lock"]).run().expect_code(0);
    assert!(
        stage
            .sandbox
            .read("project/goseal.lock")
            .contains("\nsha256 = ")
    );
    let installed = install(&stage).expect_code(0);
    assert!(
        !installed.stdout.contains("without"),
        "{}",
        installed.snapshot()
    );
    assert_eq!(seal_line(&stage, "evidence"), "lock sumdb");
    assert_eq!(seal_line(&stage, "outside_h1"), "unpacked");
    assert_eq!(seal_line(&stage, "h1"), Release::here(OLD).h1().to_string());
    assert_eq!(there(&stage.tree(OLD)), OUTSIDE);
    let _ = stage.goseal(["verify", OLD]).run().expect_code(0);
    // What the h1 does not cover is compared all the same.
    let file = stage.tree(OLD).join("test/helloworld.go");
    fs::remove_file(&file).unwrap_or_else(|_| {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = file.parent().unwrap();
        fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).unwrap();
        fs::remove_file(&file).unwrap();
    });
    let found = stage.goseal(["verify", OLD]).run().expect_code(5);
    assert!(found.stdout.contains("  missing test/helloworld.go\n"));
}

#[test]
fn one_byte_changed_in_test_is_distrust_where_a_lock_covers_it() {
    let stage = stage(&Release::here(OLD));
    let _ = stage.goseal(["lock"]).run().expect_code(0);
    put(
        &stage,
        &Release::here(OLD).with_file("test/helloworld.go", "package mian\n"),
    );
    assert_refused(&stage, install(&stage), "sha256 of go1.22.5.");
}

#[test]
fn a_lock_without_the_archives_digest_covers_nothing() {
    let stage = stage(&Release::here(OLD));
    let _ = stage.goseal(["lock"]).run().expect_code(0);
    let lock = stage.sandbox.read("project/goseal.lock");
    let of_the_archive = |line: &&str| {
        let keys = ["archive", "sha256", "size"];
        keys.iter().any(|key| line.starts_with(key))
    };
    let kept: Vec<&str> = lock.lines().filter(|line| !of_the_archive(line)).collect();
    let without = kept.join("\n") + "\n";
    assert_ne!(without, lock);
    stage.sandbox.file("project/goseal.lock", without);
    let _ = install(&stage).expect_code(0);
    assert_eq!(seal_line(&stage, "evidence"), "lock sumdb");
    assert_eq!(seal_line(&stage, "outside_h1"), "left");
    assert_eq!(there(&stage.tree(OLD)), [""; 0]);
}

#[test]
fn what_the_h1_does_not_cover_is_no_part_of_a_rebuild() {
    let release = Release::here(OLD).buildable();
    let stage = Stage::serving([release.clone(), Release::here(NEW)]);
    stage.pin("project", OLD);
    put(&stage, &release);
    let _ = stage.goseal(["lock"]).run().expect_code(0);
    let _ = install(&stage).expect_code(0);
    assert_eq!(seal_line(&stage, "outside_h1"), "unpacked");
    stage.install(&[NEW]);
    let _ = stage.goseal(["rebuild", OLD]).run().expect_code(0);
}
