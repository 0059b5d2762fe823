//! What does not run, and that it is on record.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;

use goseal_core::policy::{LogFailure, Profile};

use crate::world::{World, field, skipped, stderr};

fn mode(path: &std::path::Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn another_name_is_refused_and_recorded() {
    let world = World::new();
    let shim = world.layout.shims().join("go");
    let other = world.layout.shims().join("cargo");
    fs::copy(&shim, &other).unwrap();
    for mut command in [world.command(&other), {
        let mut command = world.go();
        command.arg0("");
        command
    }] {
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(125));
        assert!(
            stderr(&output)
                .lines()
                .all(|line| line.starts_with("goseal: "))
        );
        let records = world.records();
        assert_eq!(field(records.last().unwrap(), "type"), "run_refused");
        assert_eq!(field(records.last().unwrap(), "code"), "unknown-name");
    }
    assert!(!world.ran());
}

#[test]
fn a_bad_pin_is_refused_with_its_line_and_recorded() {
    let world = World::new();
    fs::write(world.project.join(".go-version"), "# pin\nlatest\n").unwrap();
    let output = world.go().output().unwrap();
    assert_eq!(output.status.code(), Some(125));
    let first = stderr(&output).lines().next().unwrap().to_owned();
    let path = world.project.join(".go-version");
    assert_eq!(
        first,
        format!(
            "goseal: {}: line 2: `latest` is not one exact release",
            path.display()
        )
    );
    assert!(world.asked().is_empty());
    assert_eq!(field(&world.records()[0], "code"), "pin");
}

#[test]
fn a_pin_of_another_user_is_the_programs_to_judge() {
    let world = World::new();
    if world.uid != 0 {
        let test = "refusing::a_pin_of_another_user_is_the_programs_to_judge";
        return skipped(test, "only root can give a file away");
    }
    let pin = world.project.join(".go-version");
    std::os::unix::fs::chown(&pin, Some(1234), None).unwrap();
    world.refuse(125);
    assert_eq!(world.go().status().unwrap().code(), Some(125));
    assert!(world.asked()[0].contains("--release pin of 1234 --tool"));
}

#[test]
fn no_record_no_run() {
    let world = World::new();
    assert!(world.go().status().unwrap().success());
    assert!(world.ran());
    let log = world.layout.audit().join("log.jsonl");
    fs::rename(&log, world.root.join("kept")).unwrap();
    fs::create_dir(&log).unwrap();
    let output = world.go().output().unwrap();
    assert_eq!(output.status.code(), Some(125));
    assert!(
        stderr(&output).contains("this run cannot be recorded"),
        "{}",
        stderr(&output)
    );
    assert!(!world.ran());
}

#[test]
fn where_policy_says_warn_a_run_without_a_record_runs_and_says_so() {
    let world = World::new();
    world.write_plan(|plan| plan.log_failure = LogFailure::Warn);
    let log = world.layout.audit().join("log.jsonl");
    fs::rename(&log, world.root.join("kept")).unwrap();
    fs::create_dir(&log).unwrap();
    world.body("exit 9");
    let output = world.go().output().unwrap();
    assert_eq!(output.status.code(), Some(9));
    assert!(stderr(&output).starts_with("goseal: this run is not on record: "));
    assert_eq!(world.seen("GOSEAL_PARENT"), None);
}

#[test]
fn a_shim_behind_its_own_door_is_refused() {
    let world = World::new();
    let behind = world.tree().join("pkg/goseal/go");
    fs::remove_file(&behind).unwrap();
    fs::hard_link(world.layout.shims().join("go"), &behind).unwrap();
    world.write_plan(|_| {});
    let output = world.go().output().unwrap();
    assert_eq!(output.status.code(), Some(125));
    assert!(
        stderr(&output).contains("is the shim itself"),
        "{}",
        stderr(&output)
    );
    assert_eq!(field(&world.records()[0], "code"), "recursion");
}

#[test]
fn what_cannot_be_executed_is_126_and_has_an_end() {
    let world = World::new();
    mode(&world.tree().join("pkg/goseal/go"), 0o644);
    world.write_plan(|_| {});
    let output = world.go().output().unwrap();
    assert_eq!(output.status.code(), Some(126));
    assert!(stderr(&output).starts_with("goseal: cannot execute "));
    assert_eq!(world.records().len(), 2);
    assert_eq!(field(&world.records()[1], "type"), "end");
}

#[test]
fn folders_that_others_can_write_are_refused() {
    let world = World::new();
    for folder in [world.layout.shims(), world.root.clone()] {
        mode(&folder, 0o777);
        let output = world.go().output().unwrap();
        assert_eq!(output.status.code(), Some(125));
        assert!(
            stderr(&output).contains("can be written by others"),
            "{}",
            stderr(&output)
        );
        mode(&folder, 0o755);
    }
    assert!(world.go().status().unwrap().success());
    mode(&world.layout.plans(), 0o777);
    assert_eq!(world.go().status().unwrap().code(), Some(125));
}

#[test]
fn a_shim_without_a_home_says_so() {
    let world = World::new();
    fs::remove_file(world.layout.shims_home()).unwrap();
    let output = world.go().output().unwrap();
    assert_eq!(output.status.code(), Some(125));
    assert!(
        stderr(&output).contains("run `goseal init`"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn strict_refuses_two_places_and_another_releases_door() {
    let world = World::new();
    world.write_plan(|plan| plan.profile = Profile::Strict);
    let link = world.elsewhere.join("link");
    std::os::unix::fs::symlink(&world.project, &link).unwrap();
    fs::write(world.elsewhere.join("go.mod"), "module other\n").unwrap();
    let output = world.go().env("PWD", &link).output().unwrap();
    assert_eq!(output.status.code(), Some(125));
    assert_eq!(field(&world.records()[0], "code"), "two-places");
    let other = goseal_core::release::ReleaseId {
        version: goseal_core::version::Version::parse("1.24.1").unwrap(),
        ..world.release
    };
    fs::rename(world.tree(), world.layout.tree(&other)).unwrap();
    let door = world.layout.tree(&other).join("bin/go");
    // The pinned release is installed again beside it.
    let copied = std::process::Command::new("cp")
        .arg("-a")
        .args([world.layout.tree(&other), world.tree()])
        .status();
    assert!(copied.unwrap().success());
    world.write_plan(|plan| plan.profile = Profile::Strict);
    fs::remove_dir_all(world.layout.plans()).unwrap();
    let output = world.command(&door).output().unwrap();
    assert_eq!(output.status.code(), Some(125));
    assert_eq!(field(world.records().last().unwrap(), "code"), "other-door");
    assert!(!world.ran());
}

#[test]
fn a_refused_argument_is_on_record_with_its_release_in_the_plans_ledger() {
    let world = World::new();
    let output = world.go().args(["install", "cmd/go"]).output().unwrap();
    assert_eq!(output.status.code(), Some(125));
    assert!(
        stderr(&output)
            .lines()
            .all(|line| line.starts_with("goseal: "))
    );
    let record = &world.records()[0];
    assert_eq!(field(record, "type"), "run_refused");
    assert_eq!(field(record, "release"), world.release.to_string());
    assert!(!world.ran());
    let moved = world.root.join("moved");
    fs::rename(world.layout.audit(), &moved).unwrap();
    world.write_plan(|plan| plan.ledger.clone_from(&moved));
    fs::remove_dir_all(world.layout.plans()).unwrap();
    world.go().args(["install", "std"]).status().unwrap();
    let log = fs::read_to_string(moved.join("log.jsonl")).unwrap();
    assert_eq!(log.matches(r#""type":"run_refused""#).count(), 2);
    assert!(!world.layout.audit().exists());
}
