//! SIGKILL at any moment: a whole tree or none, a log that verifies, and the same command succeeds.

use std::fs;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use goseal_lab::sandbox::Running;
use serde_json::json;

use super::{Scene, names_in};

/// Looks at what a killed install left, then installs and verifies.
pub(super) fn assert_recovers(scene: &Scene, row: &str) {
    let visible = names_in(&scene.home("toolchains"));
    if !visible.is_empty() {
        let verified = scene.goseal(&["verify"]).run();
        assert_eq!(
            verified.code,
            Some(0),
            "{row}: half a tree\n{}",
            verified.snapshot()
        );
    }
    let again = scene.install().run();
    assert_eq!(again.code, Some(0), "{row}\n{}", again.snapshot());
    let verified = scene.goseal(&["verify"]).run();
    assert_eq!(verified.code, Some(0), "{row}\n{}", verified.snapshot());
    let ran = scene.go(&["version"]).run();
    assert_eq!(ran.code, Some(0), "{row}\n{}", ran.snapshot());
    scene.assert_nothing_staged();
}

/// Every begun install or run without an end is an unknown outcome, and nothing else is.
pub(super) fn assert_unknown_outcomes_are_told(scene: &Scene) {
    let verdict = scene.verdict();
    assert_eq!(verdict["intact"], true, "{verdict}");
    let told = verdict["unknown_outcomes"].as_array().unwrap().len();
    let (mut begun, mut ended) = (0, 0);
    for record in scene.log() {
        match record["type"].as_str().unwrap() {
            "start" | "install_started" => begun += 1,
            "end" | "installed" | "failed" | "refused" => ended += 1,
            _ => {}
        }
    }
    assert_eq!(told, begun - ended, "{verdict}");
}

fn kill_after(mut running: Running, delay: Duration) {
    thread::sleep(delay);
    running.kill();
    drop(running);
}

#[test]
fn an_install_killed_at_any_moment_is_done_by_the_next_one() {
    const KILLS: u32 = 30;
    let scene = Scene::new();
    let began = Instant::now();
    let _ = scene.install().run().expect_code(0);
    let usual = began.elapsed();
    for kill in 0..KILLS {
        let _ = scene.goseal(&["uninstall", "1.22.5"]).run().expect_code(0);
        let delay = usual * kill / KILLS;
        kill_after(scene.install().start(), delay);
        assert_recovers(&scene, &format!("killed after {delay:?} of {usual:?}"));
    }
    assert_unknown_outcomes_are_told(&scene);
}

#[test]
fn the_very_first_install_killed_at_any_moment_is_done_by_the_next_one() {
    let usual = {
        let scene = Scene::bare();
        let began = Instant::now();
        let _ = scene.install().run().expect_code(0);
        began.elapsed()
    };
    for kill in 0..10 {
        let scene = Scene::bare();
        let delay = usual * kill / 10;
        kill_after(scene.install().start(), delay);
        assert_recovers(&scene, &format!("killed after {delay:?} of {usual:?}"));
        assert_unknown_outcomes_are_told(&scene);
    }
}

#[test]
fn a_shim_killed_at_any_moment_leaves_a_log_that_verifies() {
    const KILLS: u32 = 20;
    let scene = Scene::installed();
    let began = Instant::now();
    let _ = scene.go(&["version"]).run().expect_code(0);
    let usual = began.elapsed();
    for kill in 0..KILLS {
        // Every fourth run has no plan yet, so that the program it asks is left behind too.
        if kill % 4 == 0 {
            fs::remove_dir_all(scene.home("plans")).ok();
        }
        kill_after(scene.go(&["version"]).start(), usual * kill / KILLS);
        let _ = scene.go(&["version"]).run().expect_code(0);
    }
    assert_unknown_outcomes_are_told(&scene);
}

/// The one child of a process, once it has one.
pub(super) fn only_child(pid: u32) -> u32 {
    let began = Instant::now();
    loop {
        let path = format!("/proc/{pid}/task/{pid}/children");
        let list = fs::read_to_string(path).unwrap_or_default();
        if let Ok(child) = list.trim().parse() {
            return child;
        }
        assert!(began.elapsed() < Duration::from_secs(20), "no child");
        thread::sleep(Duration::from_millis(1));
    }
}

fn kill_process(pid: u32) {
    let kill = Command::new("/bin/kill")
        .args(["-9", &pid.to_string()])
        .status();
    assert!(kill.unwrap().success());
}

#[test]
fn a_killed_child_is_told_to_the_caller_and_on_record() {
    let scene = Scene::installed();
    let _ = scene.go(&["version"]).run().expect_code(0);
    for _ in 0..5 {
        let running = scene.go(&["fakego-sleep", "30"]).start();
        kill_process(only_child(running.id()));
        let outcome = running.wait();
        assert_eq!(outcome.signal, Some(9), "{}", outcome.snapshot());
    }
    let ends = scene.records(&["end"]);
    assert_eq!(ends.len(), 6);
    for end in &ends[1..] {
        assert_eq!(end["signal"], 9, "{end}");
    }
    assert_eq!(scene.verdict()["unknown_outcomes"], json!([]));
}

#[test]
fn a_program_that_is_killed_while_it_is_asked_for_a_plan_is_said_and_recorded() {
    let scene = Scene::installed();
    let running = scene.go(&["version"]).start();
    // The first child of a run without a plan is the program.
    kill_process(only_child(running.id()));
    let outcome = running.wait().expect_code(125);
    assert!(
        outcome.stderr.starts_with("goseal: "),
        "{}",
        outcome.snapshot()
    );
    assert_eq!(scene.records(&["run_refused"])[0]["code"], "no-plan");
    let _ = scene.go(&["version"]).run().expect_code(0);
}
