//! A crash between every two steps of an install: the kernel is asked to kill it at the first,
//! second, third .. call of each kind that changes the disk.
//!
//! Without `strace` (or where tracing is forbidden) this is skipped, and says so.

use std::process::Command;

use goseal_lab::sandbox::product_binary;
use goseal_lab::skipped;

use super::kills::{assert_recovers, assert_unknown_outcomes_are_told};
use super::{Scene, files_below};

const STRACE: &str = "/usr/bin/strace";

/// Calls that change the disk, and how many of each are tried at most; the calls are spread evenly.
const CALLS: [(&str, usize); 8] = [
    ("renameat", 14),
    ("fsync", 10),
    ("syncfs", 2),
    ("flock", 8),
    ("fchmod", 8),
    ("mkdirat", 8),
    ("unlinkat", 6),
    ("pwrite64,write", 12),
];

fn can_trace() -> bool {
    let traced = Command::new(STRACE)
        .args(["-qq", "-o", "/dev/null", "/bin/true"])
        .status();
    traced.is_ok_and(|status| status.success())
}

/// How often each thread of an honest install makes these calls at most.
fn count(calls: &str) -> usize {
    let scene = Scene::new();
    let log = scene.sandbox.root().join("strace");
    let trace = format!("trace={calls}");
    let program = product_binary("goseal-lab");
    let run = scene
        .sandbox
        .command(STRACE)
        .args(["-f", "-qq", "-e", &trace, "-o"]);
    let _ = run
        .arg(&log)
        .arg(program)
        .arg("install")
        .run()
        .expect_code(0);
    let text = std::fs::read_to_string(log).unwrap();
    let mut threads = std::collections::BTreeMap::new();
    for line in text
        .lines()
        .filter(|line| line.contains('(') && !line.contains("resumed>"))
    {
        let thread = line.split(' ').next().unwrap_or_default();
        *threads.entry(thread.to_owned()).or_insert(0) += 1;
    }
    threads.into_values().max().unwrap_or(0)
}

/// Files beside their places that a kill left between writing and renaming.
fn leftovers(scene: &Scene) -> Vec<String> {
    let hidden = |path: &std::path::PathBuf| {
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        name.starts_with('.').then(|| path.display().to_string())
    };
    files_below(&scene.sandbox.goseal_home())
        .iter()
        .filter_map(hidden)
        .collect()
}

#[test]
fn an_install_killed_between_any_two_steps_is_done_by_the_next_one() {
    if !can_trace() {
        let test = "faults::an_install_killed_between_any_two_steps_is_done_by_the_next_one";
        return skipped(test, &format!("{STRACE} is not there or may not trace"));
    }
    for (calls, most) in CALLS {
        let all = count(calls);
        assert!(all > 0, "an install makes no {calls}");
        let step = all.div_ceil(most);
        for nth in (1..=all).step_by(step) {
            let scene = Scene::new();
            let trace = format!("trace={calls}");
            let inject = format!("inject={calls}:signal=KILL:when={nth}");
            let run = scene
                .sandbox
                .command(STRACE)
                .args(["-f", "-qq", "-o", "/dev/null"]);
            let run = run.args(["-e", &trace, "-e", &inject]);
            let killed = run.arg(product_binary("goseal-lab")).arg("install").run();
            let row = format!("killed at {calls} {nth} of {all}");
            assert!(
                killed.code.is_none_or(|code| code == 0 || code == 137),
                "{row}"
            );
            assert_recovers(&scene, &row);
            assert_unknown_outcomes_are_told(&scene);
            let left = leftovers(&scene);
            assert!(left.is_empty(), "{row}: {left:?}");
        }
    }
}
