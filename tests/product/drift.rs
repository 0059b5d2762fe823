//! Whole trees that change after they were installed, seen by the shim before Go compiles from
//! them.

use std::fs::{self, File, FileTimes};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

use goseal_lab::Release;

use crate::stage::{NEW, OLD, Stage};

/// The verbs before which the tree is compared.
const VERBS: [&str; 6] = ["build", "generate", "install", "run", "test", "vet"];

fn id() -> String {
    Release::here(OLD).id().to_string()
}

/// The file that holds the table's digest; its mtime is the time of the last comparison.
fn table(stage: &Stage) -> PathBuf {
    let stamps = stage.sandbox.goseal_home().join("stamps");
    stamps.join(format!("{}.tree", id()))
}

#[expect(
    clippy::disallowed_methods,
    reason = "the shim's clock is the machine's"
)]
fn now() -> SystemTime {
    SystemTime::now()
}

fn date_table(stage: &Stage, at: SystemTime) {
    let file = File::options().write(true).open(table(stage)).unwrap();
    file.set_modified(at).unwrap();
}

/// Eleven minutes pass.
fn let_time_pass(stage: &Stage) {
    date_table(stage, now() - Duration::from_mins(11));
}

/// Changes one byte in place and puts size, mode and times back as far as a program can.
fn edit_and_hide(path: &Path) {
    let meta = fs::metadata(path).unwrap();
    let mut bytes = fs::read(path).unwrap();
    let at = bytes.len() / 2;
    bytes[at] ^= 1;
    fs::set_permissions(path, fs::Permissions::from_mode(0o644)).unwrap();
    fs::write(path, bytes).unwrap();
    let times = FileTimes::new()
        .set_modified(meta.modified().unwrap())
        .set_accessed(meta.accessed().unwrap());
    let file = File::options().write(true).open(path).unwrap();
    file.set_times(times).unwrap();
    fs::set_permissions(path, meta.permissions()).unwrap();
}

fn strict(stage: &Stage) {
    stage
        .sandbox
        .file("project/goseal.toml", "profile = \"strict\"\n");
}

fn checked(stage: &Stage) -> String {
    stage.last("start")["checked"].as_str().unwrap().to_owned()
}

#[test]
fn a_tree_that_was_exchanged_is_compared_before_the_ten_minutes_are_over() {
    let stage = Stage::installed();
    let _ = stage.go(["build", "./..."]).run().expect_code(0);
    // The same executables in other files, as a copy of the tree has them, and one source edited.
    let tree = stage.tree(OLD);
    let copy = "chmod -R u+w \"$0\" && cp -Rp \"$0\" \"$0.new\" && rm -r \"$0\" && mv \"$0.new\" \"$0\" \
                && echo '// evil' >>\"$0/src/fmt/print.go\" && chmod -R a-w \"$0\"";
    let run = stage
        .sandbox
        .command("/bin/sh")
        .args(["-c", copy])
        .arg(&tree);
    let _ = run.run().expect_code(0);
    let refused = stage.go(["build", "./..."]).run().expect_code(125);
    assert!(
        refused.stderr.contains("src/fmt/print.go"),
        "{}",
        refused.snapshot()
    );
}

#[test]
fn an_edited_source_file_with_its_old_mtime_builds_nothing_and_is_named() {
    for verb in VERBS {
        let stage = Stage::installed();
        let _ = stage.go([verb, "./..."]).run().expect_code(0);
        edit_and_hide(&stage.tree(OLD).join("src/fmt/print.go"));
        let_time_pass(&stage);
        let starts = stage.of_type("start").len();
        let refused = stage.go([verb, "./..."]).run();
        assert_eq!(refused.code, Some(125), "{verb}\n{}", refused.snapshot());
        assert_eq!(refused.stdout, "", "{verb}");
        assert!(
            refused.stderr.contains("src/fmt/print.go"),
            "{verb}\n{}",
            refused.stderr
        );
        let ours = refused
            .stderr
            .lines()
            .all(|line| line.starts_with("goseal: "));
        assert!(ours, "{verb}\n{}", refused.stderr);
        assert_eq!(stage.of_type("start").len(), starts, "{verb}");
        let record = stage.last("run_refused");
        assert_eq!(record["code"], "differs", "{verb}");
        assert!(
            record["what"].to_string().contains("src/fmt/print.go"),
            "{record}"
        );
        let found = stage.last("verified");
        assert_eq!(
            (&found["outcome"], &found["depth"]),
            (&"findings".into(), &"deep".into())
        );
        // It stays refused, through the door too, until it is put back.
        let _ = stage.door(OLD, [verb]).run().expect_code(125);
        let _ = stage.goseal(["verify", "--repair"]).run().expect_code(0);
        let _ = stage.go([verb, "./..."]).run().expect_code(0);
    }
}

#[test]
fn what_a_tree_holds_beside_edited_files_is_seen_too() {
    type Change = fn(&Path);
    let changes: [(&str, Change); 4] = [
        ("extra.go", |root| {
            fs::write(root.join("src/extra.go"), "x").unwrap();
        }),
        ("src/go.mod", |root| {
            fs::remove_file(root.join("src/go.mod")).unwrap();
        }),
        ("src/l", |root| {
            std::os::unix::fs::symlink("/", root.join("src/l")).unwrap();
        }),
        ("the door bin/gofmt", |root| {
            let bin = root.join("bin");
            fs::set_permissions(&bin, fs::Permissions::from_mode(0o755)).unwrap();
            fs::remove_file(bin.join("gofmt")).unwrap();
        }),
    ];
    for (name, change) in changes {
        let stage = Stage::installed();
        let src = stage.tree(OLD).join("src");
        fs::set_permissions(&src, fs::Permissions::from_mode(0o755)).unwrap();
        change(&stage.tree(OLD));
        let_time_pass(&stage);
        let refused = stage.go(["build"]).run();
        assert_eq!(refused.code, Some(125), "{name}\n{}", refused.snapshot());
        assert!(refused.stderr.contains(name), "{name}\n{}", refused.stderr);
        assert_eq!(stage.last("run_refused")["code"], "differs", "{name}");
    }
}

#[test]
fn standard_compares_at_most_once_in_ten_minutes_and_says_what_it_did() {
    let stage = Stage::installed();
    // The install itself was the first comparison.
    let _ = stage.go(["build"]).run().expect_code(0);
    assert_eq!(checked(&stage), "stat");
    let_time_pass(&stage);
    let _ = stage.go(["build"]).run().expect_code(0);
    assert_eq!(checked(&stage), "tree");
    let _ = stage.go(["test"]).run().expect_code(0);
    assert_eq!(checked(&stage), "stat");
    let_time_pass(&stage);
    let _ = stage.go(["version"]).run().expect_code(0);
    assert_eq!(checked(&stage), "stat", "version compiles nothing");
    let _ = stage.go(["list", "std"]).run().expect_code(0);
    assert_eq!(checked(&stage), "stat");
    let _ = stage.go(["vet"]).run().expect_code(0);
    assert_eq!(checked(&stage), "tree");
}

#[test]
fn strict_compares_every_time() {
    let stage = Stage::installed();
    strict(&stage);
    for verb in VERBS {
        let _ = stage.go([verb, "./..."]).run().expect_code(0);
        assert_eq!(checked(&stage), "tree", "{verb}");
    }
    edit_and_hide(&stage.tree(OLD).join("src/fmt/print.go"));
    let _ = stage.go(["build"]).run().expect_code(125);
}

#[test]
fn a_time_that_lies_ahead_is_no_comparison() {
    let stage = Stage::installed();
    date_table(&stage, now() + Duration::from_hours(1));
    let _ = stage.go(["build"]).run().expect_code(0);
    assert_eq!(checked(&stage), "tree");
    let _ = stage.go(["build"]).run().expect_code(0);
    assert_eq!(checked(&stage), "stat");
}

#[test]
fn a_lost_or_damaged_table_makes_the_program_hash_and_nobody_is_refused() {
    for text in [None, Some("nonsense\n"), Some("")] {
        let stage = Stage::installed();
        match text {
            None => fs::remove_file(table(&stage)).unwrap(),
            Some(text) => fs::write(table(&stage), text).unwrap(),
        }
        let _ = stage.go(["build"]).run().expect_code(0);
        assert_eq!(checked(&stage), "deep", "{text:?}");
        assert_eq!(stage.last("verified")["outcome"], "ok");
        let_time_pass(&stage);
        let _ = stage.go(["build"]).run().expect_code(0);
        assert_eq!(checked(&stage), "tree", "{text:?}");
    }
}

#[test]
fn a_cache_restore_or_an_image_layer_is_hashed_once_and_refuses_nobody() {
    for profile in ["standard", "strict"] {
        let stage = Stage::installed();
        stage
            .sandbox
            .file("project/goseal.toml", format!("profile = \"{profile}\"\n"));
        let _ = stage.go(["build"]).run().expect_code(0);
        let home = stage.sandbox.goseal_home();
        let away = stage.sandbox.root().join("away");
        for (from, to) in [(&home, &away), (&away, &home)] {
            let script = "cp -a \"$0\" \"$1\" && chmod -R u+w \"$0\" && rm -rf \"$0\"";
            let mut shell = Command::new("/bin/sh");
            let moved = shell.args(["-ec", script]).args([from, to]).status();
            assert!(moved.unwrap().success());
        }
        let_time_pass(&stage);
        let _ = stage.go(["build"]).run().expect_code(0);
        assert_eq!(checked(&stage), "deep", "{profile}");
        let_time_pass(&stage);
        let _ = stage.go(["build"]).run().expect_code(0);
        assert_eq!(checked(&stage), "tree", "{profile}");
        assert_eq!(stage.of_type("run_refused").len(), 0, "{profile}");
    }
}

#[test]
fn other_permissions_are_said_by_verify_and_refuse_nobody() {
    let stage = Stage::installed();
    let file = stage.tree(OLD).join("src/fmt/print.go");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    let_time_pass(&stage);
    let _ = stage.go(["build"]).run().expect_code(0);
    assert_eq!(checked(&stage), "deep");
    let_time_pass(&stage);
    let _ = stage.go(["build"]).run().expect_code(0);
    assert_eq!(checked(&stage), "tree");
    let found = stage.goseal(["verify"]).run().expect_code(5);
    assert!(
        found.stdout.contains("has other permissions"),
        "{}",
        found.stdout
    );
}

#[test]
fn a_verify_and_a_repair_are_comparisons_too() {
    let stage = Stage::installed();
    fs::remove_file(table(&stage)).unwrap();
    let _ = stage.goseal(["verify"]).run().expect_code(0);
    let _ = stage.go(["build"]).run().expect_code(0);
    assert_eq!(checked(&stage), "stat");
    // A tree that differs leaves no table behind that would vouch for it.
    edit_and_hide(&stage.tree(OLD).join("src/fmt/print.go"));
    fs::remove_file(table(&stage)).unwrap();
    let _ = stage.goseal(["verify"]).run().expect_code(5);
    assert_eq!(fs::read_to_string(table(&stage)).unwrap(), "");
    let _ = stage.go(["build"]).run().expect_code(125);
}

#[test]
fn each_release_has_a_table_of_its_own() {
    let stage = Stage::installed();
    stage.install(&[NEW]);
    edit_and_hide(&stage.tree(OLD).join("src/fmt/print.go"));
    let_time_pass(&stage);
    let _ = stage.go(["build"]).run().expect_code(125);
    stage.pin("project", NEW);
    let _ = stage.go(["build"]).run().expect_code(0);
}
