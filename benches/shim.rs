//! What the shim costs in front of `go version`: two chained records, the child waited for.
//!
//! `cargo bench --bench shim [-- RUNS]`, after `sh install.sh --try`, whose static shim and
//! installed toolchain are measured. Interleaved runs: the bare binary twice (A and A, which shows
//! the noise), an empty static program that only spawns and waits, and the shim. First pinned to
//! one processor, then free. Aims: pinned at most +0.50 ms over the bare binary (+0.40 later), free
//! at most +0.25 ms over the empty program.

#![expect(clippy::print_stdout, reason = "figures are printed")]

#[expect(dead_code, reason = "shared with the other benches")]
mod support;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use support::{memory_folder, row};

const RUNS: usize = 1000;
const WARM_UP: usize = 50;
/// The argument with which the bench starts itself on one processor.
const PINNED: &str = "--pinned";

#[expect(clippy::disallowed_methods, reason = "a bench reads its own arguments")]
fn main() {
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|a| a != "--bench")
        .collect();
    let runs = arguments
        .iter()
        .find_map(|word| word.parse().ok())
        .unwrap_or(RUNS);
    let pinned = arguments.iter().any(|word| word == PINNED);
    if !pinned {
        let own = std::env::current_exe().expect("the bench has a path");
        let mut taskset = Command::new("taskset");
        taskset
            .args(["-c", "0"])
            .arg(own)
            .args([PINNED, &runs.to_string()]);
        if !taskset.status().is_ok_and(|status| status.success()) {
            println!("SKIPPED the pinned figures: taskset is not there");
        }
    }
    measure(
        runs,
        if pinned {
            "pinned to one processor"
        } else {
            "free"
        },
    );
}

/// What is run: a program and its arguments, in the project, under one environment.
struct Contestant {
    what: &'static str,
    words: Vec<PathBuf>,
    milliseconds: Vec<f64>,
}

fn measure(runs: usize, how: &str) {
    let tried = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/try");
    let trees = std::fs::read_dir(tried.join("home/toolchains"));
    let tree = trees
        .ok()
        .and_then(|mut trees| trees.next())
        .and_then(Result::ok);
    let tree = tree
        .expect("`sh install.sh --try` has installed a toolchain")
        .path();
    let bare = tree.join("pkg/goseal/go");
    let folder = memory_folder();
    let spawner = build_spawner(folder.path());
    let shim = tried.join("home/shims/go");
    let go_version = |words: &[&PathBuf]| -> Vec<PathBuf> {
        words
            .iter()
            .map(|word| (*word).clone())
            .chain([PathBuf::from("version")])
            .collect()
    };
    let mut contestants = [
        ("the bare binary", go_version(&[&bare])),
        ("the bare binary again", go_version(&[&bare])),
        (
            "an empty static program that spawns and waits",
            go_version(&[&spawner, &bare]),
        ),
        ("the shim, two chained records", go_version(&[&shim])),
    ]
    .map(|(what, words)| Contestant {
        what,
        words,
        milliseconds: Vec::with_capacity(runs),
    });
    for round in 0..WARM_UP + runs {
        for contestant in &mut contestants {
            let spent = time(&contestant.words, &tried.join("hello"), &tree);
            if round >= WARM_UP {
                contestant.milliseconds.push(spent);
            }
        }
    }
    println!(
        "`go version`, {how}, {runs} interleaved runs{:>24} {:>9} {:>9}",
        "min", "median", "max"
    );
    for contestant in &contestants {
        row(contestant.what, &contestant.milliseconds, "ms");
    }
    let medians = contestants.map(|contestant| support::median(contestant.milliseconds));
    let [bare, again, spawner, shim] = medians;
    println!("noise (A/A)                 {:+.3} ms", again - bare);
    println!("shim over the bare binary   {:+.3} ms", shim - bare);
    println!("shim over the empty program {:+.3} ms\n", shim - spawner);
}

fn time(words: &[PathBuf], project: &Path, root: &Path) -> f64 {
    let (program, arguments) = words.split_first().expect("a program");
    let mut command = Command::new(program);
    command.args(arguments).env_clear().current_dir(project);
    command
        .env("PATH", "/usr/bin:/bin")
        .env("HOME", project)
        .env("GOROOT", root);
    command.env("GOTOOLCHAIN", "local").env("GOENV", "off");
    command.stdin(Stdio::null()).stdout(Stdio::null());
    let begun = Instant::now();
    let status = command.status().expect("it starts");
    let spent = begun.elapsed();
    assert!(status.success(), "{command:?}: {status}");
    spent.as_secs_f64() * 1e3
}

fn build_spawner(folder: &Path) -> PathBuf {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/support/spawner.rs");
    let target = folder.join("spawner");
    let mut rustc = Command::new("rustc");
    rustc.args([
        "-O",
        "--edition",
        "2024",
        "-C",
        "target-feature=+crt-static",
    ]);
    rustc
        .arg("--target")
        .arg(format!("{}-unknown-linux-musl", std::env::consts::ARCH));
    rustc.arg(source).arg("-o").arg(&target);
    assert!(
        rustc.status().is_ok_and(|status| status.success()),
        "{rustc:?}"
    );
    target
}
