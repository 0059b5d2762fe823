//! The table of the whole tree, before the verbs that compile.

use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, SystemTime};

use goseal_core::policy::Profile;

use crate::world::{World, field, stderr};

#[expect(
    clippy::disallowed_methods,
    reason = "the shim's clock is the machine's"
)]
fn is_old(world: &World) {
    let file = File::options().write(true).open(world.table()).unwrap();
    let ago = SystemTime::now() - Duration::from_secs(601);
    file.set_modified(ago).unwrap();
}

fn trees_asked(world: &World) -> usize {
    let asked = world.asked();
    let trees = asked
        .iter()
        .filter(|asked| asked.starts_with("plan --tree "));
    trees.count()
}

fn run(world: &World, words: &[&str]) -> String {
    assert!(world.go().args(words).status().unwrap().success());
    let records = world.records();
    let start = records
        .iter()
        .rfind(|record| record.contains(r#""type":"start""#));
    field(start.unwrap(), "checked")
}

#[test]
fn an_old_comparison_is_made_again_and_kept() {
    let world = World::new();
    assert_eq!(run(&world, &["build"]), "stat");
    is_old(&world);
    assert_eq!(run(&world, &["version"]), "stat");
    assert_eq!(run(&world, &["build"]), "tree");
    assert_eq!(run(&world, &["build"]), "stat");
    assert_eq!(trees_asked(&world), 0);
}

#[test]
fn strict_compares_at_every_run() {
    let world = World::new();
    world.write_plan(|plan| plan.profile = Profile::Strict);
    for _ in 0..2 {
        assert_eq!(run(&world, &["test", "./..."]), "tree");
    }
}

#[test]
fn a_tree_that_was_touched_is_asked_about_and_the_answer_holds() {
    let world = World::new();
    is_old(&world);
    fs::write(world.tree().join("VERSION"), "go1.22.5\n").unwrap();
    assert_eq!(run(&world, &["build"]), "deep");
    let asked = world.asked().pop().unwrap();
    assert!(
        asked.contains(&format!("plan --tree {} --home ", world.release)),
        "{asked}"
    );
    assert!(
        asked.ends_with(&format!("--place {} --tool go", world.project.display())),
        "{asked}"
    );
    world.refuse(125);
    assert_eq!(world.go().arg("build").status().unwrap().code(), Some(125));
    assert_eq!(world.go().arg("version").status().unwrap().code(), Some(0));
}

#[test]
fn where_the_state_cannot_be_written_every_run_compares() {
    let world = World::new();
    if world.uid == 0 {
        eprintln!("SKIPPED: no mode stops root");
        return;
    }
    is_old(&world);
    fs::set_permissions(world.table(), fs::Permissions::from_mode(0o444)).unwrap();
    for _ in 0..2 {
        assert_eq!(run(&world, &["build"]), "tree");
    }
}

#[test]
fn a_table_that_others_may_write_vouches_for_nothing() {
    let world = World::new();
    fs::set_permissions(world.table(), fs::Permissions::from_mode(0o666)).unwrap();
    let output = world.go().arg("build").output().unwrap();
    assert_eq!(output.status.code(), Some(125));
    assert!(
        stderr(&output).contains("can be written by others"),
        "{}",
        stderr(&output)
    );
}
