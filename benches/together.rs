//! What ten installs of one release at once cost, beside one: one download, ten successes.
//!
//! `cargo bench --bench together [-- VERSION RUNS]`. Needs the module proxy of Go's own
//! configuration. Both write to memory, in turn, so a ratio compares runs of one minute. Aim: the
//! ten end within 1.3 times the time of the one.

#![expect(clippy::print_stdout, reason = "figures are printed")]

#[expect(dead_code, reason = "shared with the other benches")]
mod support;

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use support::{Run, binary, memory_folder, row, run, seconds, variable};

/// Installs at once.
const MANY: usize = 10;

#[expect(clippy::disallowed_methods, reason = "a bench reads its own arguments")]
fn main() {
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|a| a != "--bench")
        .collect();
    let version = arguments.first().map_or("1.22.5", String::as_str);
    let runs: usize = arguments.get(1).and_then(|n| n.parse().ok()).unwrap_or(5);
    let (mut one, mut many): (Vec<Run>, Vec<Run>) = Default::default();
    for _ in 0..=runs {
        one.push(alone(version));
        many.push(together(version));
    }
    // The first round warms caches of names, files and the proxy.
    one.remove(0);
    many.remove(0);
    println!(
        "go{version}, {runs} rounds in turn, into memory{:>26} {:>9} {:>9}",
        "min", "median", "max"
    );
    row("one goseal install", &seconds(&one), "s");
    row("ten at once, until the last one ends", &seconds(&many), "s");
    let ratios: Vec<f64> = seconds(&many)
        .iter()
        .zip(seconds(&one))
        .map(|(many, one)| many / one)
        .collect();
    row("ten / one", &ratios, "(aim 1.3)");
}

fn install(version: &str, folder: &Path) -> Command {
    let mut command = Command::new(binary("goseal"));
    command
        .env_clear()
        .env("PATH", variable("PATH"))
        .env("HOME", folder)
        .env("GOSEAL_HOME", folder.join("home"))
        .args(["install", version])
        .current_dir(folder);
    for name in ["GOPROXY", "HTTPS_PROXY", "SSL_CERT_FILE"] {
        if !variable(name).is_empty() {
            command.env(name, variable(name));
        }
    }
    command
}

fn alone(version: &str) -> Run {
    let folder = memory_folder();
    run(&mut install(version, folder.path()))
}

/// From the first start to the end of the last; the tree must have been fetched once.
fn together(version: &str) -> Run {
    let folder = memory_folder();
    let begun = Instant::now();
    let children: Vec<_> = (0..MANY)
        .map(|_| {
            install(version, folder.path())
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .expect("goseal starts")
        })
        .collect();
    let mut wall = Duration::ZERO;
    let mut fetched = 0;
    for child in children {
        let ended = child.wait_with_output().expect("the child is ours");
        wall = begun.elapsed();
        let errors = String::from_utf8_lossy(&ended.stderr);
        assert!(ended.status.success(), "{}\n{errors}", ended.status);
        let said = String::from_utf8_lossy(&ended.stdout);
        fetched += usize::from(said.contains(&format!("go{version} installed in")));
    }
    assert_eq!(fetched, 1, "the others find it there");
    Run { wall, peak_kib: 0 }
}
