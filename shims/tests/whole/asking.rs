//! When the program is asked, and what its answer means.

use std::fs;

use crate::world::{World, stderr, write_executable};

#[test]
fn the_program_is_asked_once_for_a_plan() {
    let world = World::new();
    for _ in 0..3 {
        assert!(world.go().status().unwrap().success());
        assert!(world.ran());
    }
    let asked = world.asked();
    assert_eq!(asked.len(), 1, "{asked:?}");
    let home = world.layout.shims_home();
    let expected = format!("plan --shim --home {} --digest ", home.display());
    assert!(asked[0].starts_with(&expected), "{asked:?}");
    let place = world.project.display();
    let end = format!(" --place {place} --release pin --tool go");
    assert!(asked[0].ends_with(&end), "{asked:?}");
}

#[test]
fn another_input_asks_for_another_plan() {
    let world = World::new();
    for (at, name) in [".go-version", "goseal.toml", "goseal.lock"]
        .iter()
        .enumerate()
    {
        assert!(world.go().status().unwrap().success());
        assert_eq!(world.asked().len(), at + 1);
        fs::write(world.project.join(name), "1.22.5 # changed\n").unwrap();
    }
}

#[test]
fn the_programs_refusal_is_the_shims_exit_code_and_nothing_is_added() {
    let world = World::new();
    for code in [125, 126, 127] {
        world.refuse(code);
        let output = world.go().output().unwrap();
        assert_eq!(output.status.code(), Some(code));
        assert_eq!(stderr(&output), "goseal: refused by the program\n");
    }
    assert!(!world.ran());
    assert!(world.records().is_empty());
}

#[test]
fn a_program_that_breaks_off_is_said_and_recorded() {
    let world = World::new();
    world.refuse(3);
    let output = world.go().output().unwrap();
    assert_eq!(output.status.code(), Some(125));
    let said = stderr(&output);
    assert!(said.contains("broke off: exit status: 3"), "{said}");
    assert!(!world.ran());
    assert_eq!(world.records().len(), 1);
}

#[test]
fn changed_executables_are_the_programs_to_judge() {
    let world = World::new();
    assert!(world.go().status().unwrap().success());
    let behind = world.tree().join("pkg/goseal/go");
    let text = fs::read_to_string(&behind).unwrap();
    write_executable(&behind, &text);
    world.write_plan(|_| {});
    assert!(world.go().status().unwrap().success());
    assert_eq!(world.asked().len(), 2);
}

#[test]
fn executables_that_are_not_the_plans_do_not_run() {
    let world = World::new();
    assert!(world.go().status().unwrap().success());
    assert!(world.ran());
    let behind = world.tree().join("pkg/goseal/go");
    write_executable(&behind, "#!/bin/sh\nexit 0\n");
    let output = world.go().output().unwrap();
    assert_eq!(output.status.code(), Some(125));
    assert!(stderr(&output).contains("is not the file that was verified"));
    assert!(
        world
            .records()
            .last()
            .unwrap()
            .contains(r#""code":"identity""#)
    );
}

#[test]
fn a_plan_of_another_build_or_digest_is_no_plan() {
    let world = World::new();
    world.write_plan(|plan| plan.build = "0.0.9".to_owned());
    let output = world.go().output().unwrap();
    assert_eq!(output.status.code(), Some(125));
    assert!(
        stderr(&output).contains("and there is none"),
        "{}",
        stderr(&output)
    );
    assert!(!world.ran());
}

#[test]
fn an_expired_plan_is_asked_for_again() {
    let world = World::new();
    world.write_plan(|plan| plan.not_after = Some(1));
    assert_eq!(world.go().status().unwrap().code(), Some(125));
    assert!(!world.ran());
}

#[test]
fn a_plan_may_come_over_the_pipe_where_it_cannot_be_written() {
    let world = World::new();
    let root = world.root.display();
    let script = format!(
        "#!/bin/sh\n\
         while [ $# -gt 0 ]; do [ \"$1\" = --digest ] && digest=$2; shift; done\n\
         sed \"s/^inputs .*/inputs $digest/\" '{root}/plan'\n"
    );
    write_executable(&world.root.join("goseal"), &script);
    assert!(world.go().status().unwrap().success());
    assert!(world.ran());
    assert!(!world.layout.plans().exists());
}

#[test]
fn a_chain_that_is_not_there_is_asked_for() {
    let world = World::without_chain();
    world.prepare_chain();
    assert!(world.go().status().unwrap().success());
    assert!(world.ran());
    assert_eq!(world.records().len(), 2);
    let home = world.layout.shims_home();
    let expected = format!("plan --chain --home {}", home.display());
    assert_eq!(world.asked()[1], expected);
}

#[test]
fn a_program_that_is_gone_is_named() {
    let world = World::new();
    fs::remove_file(world.root.join("goseal")).unwrap();
    let output = world.go().output().unwrap();
    assert_eq!(output.status.code(), Some(125));
    assert!(
        stderr(&output).contains("cannot run"),
        "{}",
        stderr(&output)
    );
}
