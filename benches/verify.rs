//! What a deep verify of an installed toolchain costs, beside `openssl` over the same files; and what
//! the shim's look at the whole tree's table costs.
//!
//! `cargo bench --bench verify [-- VERSION RUNS]`. Needs the module proxy of Go's own configuration
//! for one install, `find`, `xargs` and `openssl`. The tree lies in memory; both run in turn, each on
//! as many processors as there are, so a ratio compares runs of one minute. Aims: at most 0.6 of
//! openssl's time, memory that does not grow with the tree, 20 ms for the table.

#![expect(clippy::print_stdout, reason = "figures are printed")]

mod support;

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use support::{Run, binary, memory_folder, row, run, seconds, variable};

#[expect(clippy::disallowed_methods, reason = "a bench reads its own arguments")]
fn main() {
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|a| a != "--bench")
        .collect();
    let version = arguments.first().map_or("1.22.5", String::as_str);
    let runs: usize = arguments.get(1).and_then(|n| n.parse().ok()).unwrap_or(7);
    let folder = memory_folder();
    run(goseal(folder.path()).args(["install", version]));
    let trees = folder.path().join("home/toolchains");
    let tree = std::fs::read_dir(&trees)
        .ok()
        .and_then(|mut trees| trees.next()?.ok())
        .expect("a toolchain was installed")
        .path();
    let (mut ours, mut openssl): (Vec<Run>, Vec<Run>) = Default::default();
    let mut tables = Vec::new();
    for _ in 0..=runs {
        ours.push(run(goseal(folder.path()).args(["verify", version])));
        openssl.push(run(&mut digests(&tree)));
        tables.push(table(&tree));
    }
    // The first round warms the caches of names and files.
    for figures in [&mut ours, &mut openssl] {
        figures.remove(0);
    }
    tables.remove(0);
    println!(
        "go{version}, {runs} rounds in turn, from memory{:>26} {:>9} {:>9}",
        "min", "median", "max"
    );
    row("goseal verify, every byte", &seconds(&ours), "s");
    row("find, xargs, openssl dgst -sha256", &seconds(&openssl), "s");
    let pairs = seconds(&ours).into_iter().zip(seconds(&openssl));
    let ratio: Vec<f64> = pairs.map(|(a, b)| a / b).collect();
    row("goseal / openssl", &ratio, "(aim 0.6)");
    #[expect(
        clippy::cast_precision_loss,
        reason = "KiB of memory are far below 2^52"
    )]
    let peaks: Vec<f64> = ours
        .iter()
        .map(|run| run.peak_kib as f64 / 1024.0)
        .collect();
    row("peak memory of goseal verify", &peaks, "MiB");
    row("the table of the whole tree", &tables, "ms (aim 20)");
    // The tree is read-only; the folder could not be removed.
    Command::new("chmod")
        .args(["-R", "u+w"])
        .arg(folder.path())
        .status()
        .ok();
}

fn goseal(folder: &Path) -> Command {
    let mut command = Command::new(binary("goseal"));
    command
        .env_clear()
        .env("PATH", variable("PATH"))
        .env("HOME", folder)
        .env("GOSEAL_HOME", folder.join("home"))
        .current_dir(folder);
    for name in ["GOPROXY", "HTTPS_PROXY", "SSL_CERT_FILE"] {
        if !variable(name).is_empty() {
            command.env(name, variable(name));
        }
    }
    command
}

/// Every file's digest by openssl, the arguments spread over the processors.
fn digests(tree: &Path) -> Command {
    let mut command = Command::new("sh");
    command
        .args([
            "-c",
            "find . -type f -print0 | xargs -0 -n 2000 -P \"$(nproc)\" openssl dgst -sha256",
        ])
        .current_dir(tree);
    command
}

/// Milliseconds of one look at the table.
fn table(tree: &Path) -> f64 {
    let begun = Instant::now();
    goseal_inputs::tree_digest(tree).expect("the tree can be walked");
    begun.elapsed().as_secs_f64() * 1e3
}
