//! Disks that refuse: no record, no run; a failed install leaves nothing.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use goseal_lab::sandbox::{Outcome, Run};
use goseal_lab::{Fault, World};

use super::kills::only_child;
use super::{Scene, names_in};

/// Ways in which the log cannot be written; each is undone by [`mend`].
fn break_log(scene: &Scene, how: &str) {
    let log = scene.home("audit/log.jsonl");
    fs::rename(&log, scene.home("audit/kept")).unwrap();
    match how {
        "a folder" => fs::create_dir(&log).unwrap(),
        "a full device" => symlink("/dev/full", &log).unwrap(),
        "a link to nowhere" => symlink("/nonexistent/x", &log).unwrap(),
        other => panic!("{other}"),
    }
}

fn mend(scene: &Scene) {
    let log = scene.home("audit/log.jsonl");
    if fs::remove_dir(&log).is_err() {
        fs::remove_file(&log).unwrap();
    }
    fs::rename(scene.home("audit/kept"), &log).unwrap();
}

const WAYS: [&str; 3] = ["a folder", "a full device", "a link to nowhere"];

fn assert_refused(outcome: &Outcome, row: &str) {
    let snapshot = outcome.snapshot();
    assert_eq!(outcome.code, Some(125), "{row}\n{snapshot}");
    assert_eq!(outcome.stdout, "", "{row}: Go ran");
    assert!(!outcome.stderr.is_empty(), "{row}: nothing is said");
    let ours = outcome
        .stderr
        .lines()
        .all(|line| line.starts_with("goseal: "));
    assert!(ours, "{row}\n{snapshot}");
}

#[test]
fn without_a_record_go_does_not_run() {
    for how in WAYS {
        let scene = Scene::installed();
        let _ = scene.go(&["version"]).run().expect_code(0);
        break_log(&scene, how);
        assert_refused(&scene.go(&["version"]).run(), how);
        let door = scene.sandbox.command(scene.tree().join("bin/go"));
        assert_refused(&door.arg("version").run(), &format!("{how}, the door"));
        let exec = scene.goseal(&["exec", "--", "/bin/echo", "ran"]).run();
        assert_eq!(exec.code, Some(125), "{how}\n{}", exec.snapshot());
        assert_eq!(exec.stdout, "", "{how}");
        mend(&scene);
        let _ = scene.go(&["version"]).run().expect_code(0);
        let _ = scene.verdict();
    }
}

#[test]
fn with_warn_go_runs_and_a_line_says_that_it_is_not_on_record() {
    for how in WAYS {
        let scene = Scene::installed();
        scene
            .sandbox
            .file("goseal/config.toml", "[ledger]\non_failure = \"warn\"\n");
        let _ = scene.go(&["version"]).run().expect_code(0);
        break_log(&scene, how);
        let outcome = scene.go(&["version"]).run();
        let snapshot = outcome.snapshot();
        assert_eq!(outcome.code, Some(0), "{how}\n{snapshot}");
        assert!(outcome.stdout.contains("go1.22.5"), "{how}\n{snapshot}");
        assert!(outcome.stderr.contains("goseal: "), "{how}\n{snapshot}");
        assert!(
            outcome.stderr.contains("not on record"),
            "{how}\n{snapshot}"
        );
        let failed = scene.go(&["fakego-exit", "3"]).run();
        assert_eq!(failed.code, Some(3), "{how}\n{}", failed.snapshot());
    }
}

#[test]
fn with_warn_a_loss_is_put_on_record_as_soon_as_it_can_be() {
    let scene = Scene::installed();
    scene
        .sandbox
        .file("goseal/config.toml", "[ledger]\non_failure = \"warn\"\n");
    let _ = scene.go(&["version"]).run().expect_code(0);
    break_log(&scene, "a folder");
    let running = scene.go(&["fakego-sleep", "3"]).start();
    thread::sleep(Duration::from_millis(1_500));
    mend(&scene);
    let _ = running.wait().expect_code(0);
    let warned = scene.records(&["warned"]);
    assert_eq!(warned.len(), 1, "{:#?}", scene.log());
    assert_eq!(warned[0]["code"], "log");
    assert!(warned[0]["lost_run"].is_string(), "{}", warned[0]);
}

/// The command under a limit of the size of files it may write, in blocks of 512 bytes.
fn limited(scene: &Scene, blocks: u32, signal: &str, program: &Path, args: &[&str]) -> Run {
    let script = format!("{signal} ulimit -f {blocks}; exec \"$0\" \"$@\"");
    let shell = scene.sandbox.command("/bin/sh").args(["-c", &script]);
    shell.arg(program).args(args)
}

/// The signal of the limit as it is, and ignored, so that the write itself fails.
const SIGNALS: [&str; 2] = ["trap '' XFSZ;", ""];

#[test]
fn a_log_that_may_not_grow_keeps_go_from_running() {
    for signal in SIGNALS {
        let scene = Scene::installed();
        let _ = scene.go(&["version"]).run().expect_code(0);
        let shim = scene.home("shims/go");
        let outcome = limited(&scene, 1, signal, &shim, &["version"]).run();
        assert_refused(&outcome, &format!("`{signal}`"));
        let _ = scene.go(&["version"]).run().expect_code(0);
        let _ = scene.verdict();
    }
}

#[test]
fn an_install_that_cannot_be_recorded_asks_nobody_and_leaves_nothing() {
    for how in WAYS {
        let scene = Scene::new();
        break_log(&scene, how);
        let before = scene.sandbox.snapshot_of_places();
        let outcome = scene.install().run();
        let snapshot = outcome.snapshot();
        assert_eq!(outcome.code, Some(7), "{how}\n{snapshot}");
        assert!(snapshot.contains("log.jsonl"), "{how}\n{snapshot}");
        before.assert_unchanged_except(&["goseal/locks", "goseal/audit/lock"]);
        assert!(
            scene.world.requests().is_empty(),
            "{how}: the wire was asked"
        );
        mend(&scene);
        let _ = scene.install().run().expect_code(0);
    }
}

#[test]
fn an_install_that_outgrows_its_space_is_exit_7_and_leaves_nothing() {
    // The log fits, the download does not; then the download fits, the doors do not.
    for blocks in [64, 400] {
        let scene = Scene::new();
        let before = scene.sandbox.snapshot_of_places();
        let program = goseal_lab::sandbox::product_binary("goseal-lab");
        let outcome = limited(&scene, blocks, "trap '' XFSZ;", &program, &["install"]).run();
        let snapshot = outcome.snapshot();
        assert_eq!(outcome.code, Some(7), "{blocks}\n{snapshot}");
        assert!(snapshot.contains("[ROOT]"), "{blocks}: no path\n{snapshot}");
        scene.assert_nothing_but_traces(&before);
        let ends = scene.records(&["failed"]);
        assert_eq!(ends.len(), 1, "{blocks}: {:#?}", scene.log());
        let _ = scene.install().run().expect_code(0);
        let _ = scene.goseal(&["verify"]).run().expect_code(0);
    }
}

#[test]
fn a_file_in_the_place_of_a_folder_is_exit_7_and_names_it() {
    for folder in [
        "staging",
        "toolchains",
        "seals",
        "locks",
        "sumdb",
        "sumdb/heads",
    ] {
        let scene = Scene::new();
        let path = scene.home(folder);
        let aside = set_aside(&path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, "in the way\n").unwrap();
        let outcome = scene.install().run();
        let snapshot = outcome.snapshot();
        assert_eq!(outcome.code, Some(7), "{folder}\n{snapshot}");
        assert!(
            snapshot.contains(&format!("/{folder}")),
            "{folder}\n{snapshot}"
        );
        assert_eq!(
            fs::read_to_string(&path).unwrap(),
            "in the way\n",
            "{folder}"
        );
        let visible = names_in(&scene.home("toolchains"));
        assert!(visible.is_empty(), "{folder}: {visible:?}");
        fs::remove_file(&path).unwrap();
        if let Some(aside) = aside {
            fs::rename(aside, &path).unwrap();
        }
        scene.assert_nothing_staged();
        let again = scene.install().run();
        assert_eq!(again.code, Some(0), "{folder}\n{}", again.snapshot());
        let _ = scene.goseal(&["verify"]).run().expect_code(0);
        let _ = scene.verdict();
    }
}

/// Moves a folder out of the way, where there is one.
fn set_aside(path: &Path) -> Option<PathBuf> {
    let aside = path.with_extension("aside");
    fs::rename(path, &aside).ok().map(|()| aside)
}

#[test]
fn a_link_in_the_place_of_a_folder_is_not_followed() {
    for folder in ["staging", "toolchains", "seals"] {
        let scene = Scene::new();
        let elsewhere = scene.sandbox.root().join("elsewhere");
        fs::create_dir(&elsewhere).unwrap();
        let aside = set_aside(&scene.home(folder));
        symlink(&elsewhere, scene.home(folder)).unwrap();
        let outcome = scene.install().run();
        assert_eq!(outcome.code, Some(7), "{folder}\n{}", outcome.snapshot());
        assert_eq!(names_in(&elsewhere), [""; 0], "{folder}");
        drop(aside);
    }
}

#[test]
fn stamps_that_cannot_be_kept_fail_nobody() {
    let scene = Scene::new();
    scene.sandbox.file("goseal/stamps", "in the way\n");
    let _ = scene.install().run().expect_code(0);
    let _ = scene.install().run().expect_code(0);
    let _ = scene.go(&["version"]).run().expect_code(0);
}

#[test]
fn an_install_whose_end_cannot_be_recorded_leaves_nothing() {
    let scene = Scene::new();
    let before = scene.sandbox.snapshot_of_places();
    let zip = World::zip_path(&Scene::id());
    scene.world.fail(&zip, Fault::StallAfter(1_000), 1);
    let running = scene.install().start();
    while scene.world.count(&zip) == 0 {
        thread::sleep(Duration::from_millis(2));
    }
    // The install began on record; from now on nobody can write.
    let lock = fs::File::open(scene.home("audit/lock")).unwrap();
    lock.lock().unwrap();
    let outcome = running.wait().expect_code(7);
    drop(lock);
    assert!(
        outcome.stderr.contains("audit/lock"),
        "{}",
        outcome.snapshot()
    );
    before.assert_unchanged_except(&[
        "goseal/audit",
        "goseal/locks",
        "goseal/sumdb",
        "goseal/staging",
        "goseal/seals",
        "goseal/toolchains",
        "goseal/stamps",
    ]);
    assert_eq!(names_in(&scene.home("toolchains")), [""; 0]);
    scene.assert_nothing_staged();
    let unknown = scene.verdict()["unknown_outcomes"]
        .as_array()
        .unwrap()
        .len();
    assert_eq!(unknown, 1);
    let _ = scene.install().run().expect_code(0);
}

#[test]
fn a_log_that_was_overwritten_is_damage_and_no_new_chain_hides_it() {
    let scene = Scene::installed();
    for _ in 0..12 {
        let _ = scene.log();
    }
    let path = scene.home("audit/log.jsonl");
    let length = fs::read(&path).unwrap().len();
    assert!(length > 8192);
    for byte in [0, b'x', b' '] {
        fs::write(&path, vec![byte; length]).unwrap();
        assert_refused(&scene.go(&["version"]).run(), &format!("byte {byte}"));
        let outcome = scene.goseal(&["install", "1.22.6"]).run();
        assert_eq!(outcome.code, Some(7), "byte {byte}\n{}", outcome.snapshot());
        let outcome = scene.goseal(&["audit", "verify"]).run();
        assert_eq!(outcome.code, Some(5), "byte {byte}\n{}", outcome.snapshot());
        assert_eq!(fs::read(&path).unwrap().len(), length, "byte {byte}");
    }
}

/// The signals that a process ignores, as the kernel shows them.
fn ignored(pid: u32) -> String {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("SigIgn:"));
    line.unwrap_or_default().to_owned()
}

/// Between fork and exec a child still has the dispositions of the shim.
fn wait_for_its_own_program(child: u32, shim: u32) {
    let program = |pid: u32| fs::read_link(format!("/proc/{pid}/exe")).ok();
    let began = std::time::Instant::now();
    while program(child).is_none() || program(child) == program(shim) {
        assert!(
            began.elapsed().as_secs() < 20,
            "the child is still the shim"
        );
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
}

#[test]
fn a_child_without_a_record_has_the_same_signals_as_one_with() {
    let scene = Scene::installed();
    scene
        .sandbox
        .file("goseal/config.toml", "[ledger]\non_failure = \"warn\"\n");
    let _ = scene.go(&["version"]).run().expect_code(0);
    let look = || {
        let running = scene.go(&["fakego-sleep", "20"]).start();
        let child = only_child(running.id());
        wait_for_its_own_program(child, running.id());
        let seen = ignored(child);
        drop(running);
        std::process::Command::new("/bin/kill")
            .arg(child.to_string())
            .status()
            .unwrap();
        seen
    };
    let with = look();
    break_log(&scene, "a folder");
    assert_eq!(look(), with);
    let bits = u64::from_str_radix(with.trim_start_matches("SigIgn:").trim(), 16).unwrap();
    for signal in [13, 25] {
        assert_eq!(
            bits >> (signal - 1) & 1,
            0,
            "signal {signal} is ignored: {with}"
        );
    }
}
