//! What an install costs, beside Go's own toolchain download and beside curl, openssl and unzip.
//!
//! `cargo bench --bench install [-- VERSION RUNS]`. Needs the module proxy of Go's own
//! configuration, a `go` on PATH, curl, openssl and unzip. All three write to memory, in turn, so a
//! ratio compares runs of one minute. Aims: at most 0.25 of Go's own time, at most 0.45 of
//! download, digest and unzip, at most 96 MiB at the peak.

#![expect(clippy::print_stdout, reason = "figures are printed")]

mod support;

use std::path::Path;
use std::process::Command;

use support::{Run, binary, memory_folder, row, run, seconds, variable};

#[expect(clippy::disallowed_methods, reason = "a bench reads its own arguments")]
fn main() {
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|a| a != "--bench")
        .collect();
    let version = arguments.first().map_or("1.22.5", String::as_str);
    let runs: usize = arguments.get(1).and_then(|n| n.parse().ok()).unwrap_or(5);
    let (mut ours, mut go, mut unzip): (Vec<Run>, Vec<Run>, Vec<Run>) = Default::default();
    for _ in 0..=runs {
        ours.push(goseal(version));
        go.push(gos_own(version));
        unzip.push(curl_openssl_unzip(version));
    }
    // The first round warms caches of names, files and the proxy.
    for figures in [&mut ours, &mut go, &mut unzip] {
        figures.remove(0);
    }
    println!(
        "go{version}, {runs} rounds in turn, into memory{:>26} {:>9} {:>9}",
        "min", "median", "max"
    );
    row("goseal install", &seconds(&ours), "s");
    row("go's own download (GOTOOLCHAIN)", &seconds(&go), "s");
    row("curl, openssl dgst -sha256, unzip", &seconds(&unzip), "s");
    let ratio = |other: &[Run]| -> Vec<f64> {
        seconds(&ours)
            .iter()
            .zip(seconds(other))
            .map(|(a, b)| a / b)
            .collect()
    };
    row("goseal / go's own", &ratio(&go), "(aim 0.25)");
    row(
        "goseal / curl, openssl, unzip",
        &ratio(&unzip),
        "(aim 0.45)",
    );
    #[expect(
        clippy::cast_precision_loss,
        reason = "KiB of memory are far below 2^52"
    )]
    let peaks: Vec<f64> = ours
        .iter()
        .map(|run| run.peak_kib as f64 / 1024.0)
        .collect();
    row("peak memory of goseal install", &peaks, "MiB (aim 96)");
}

fn sandboxed(program: impl AsRef<std::ffi::OsStr>, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command
        .env_clear()
        .env("PATH", variable("PATH"))
        .env("HOME", folder)
        .current_dir(folder);
    for name in ["GOPROXY", "HTTPS_PROXY", "SSL_CERT_FILE"] {
        if !variable(name).is_empty() {
            command.env(name, variable(name));
        }
    }
    command
}

fn goseal(version: &str) -> Run {
    let folder = memory_folder();
    let mut command = sandboxed(binary("goseal"), folder.path());
    command
        .env("GOSEAL_HOME", folder.path().join("home"))
        .args(["install", version]);
    run(&mut command)
}

fn gos_own(version: &str) -> Run {
    let folder = memory_folder();
    let mut command = sandboxed("go", folder.path());
    command
        .env("GOTOOLCHAIN", format!("go{version}"))
        .arg("version");
    for (name, place) in [("GOPATH", "gopath"), ("GOCACHE", "gocache")] {
        command.env(name, folder.path().join(place));
    }
    let figures = run(&mut command);
    // Go makes its module cache read-only; the folder could not be removed.
    Command::new("chmod")
        .args(["-R", "u+w"])
        .arg(folder.path())
        .status()
        .ok();
    figures
}

fn curl_openssl_unzip(version: &str) -> Run {
    let folder = memory_folder();
    let proxy = Command::new("go")
        .args(["env", "GOPROXY"])
        .output()
        .expect("a go on PATH")
        .stdout;
    let proxy = String::from_utf8(proxy)
        .expect("an address")
        .trim()
        .to_owned();
    let base = proxy.split([',', '|']).next().unwrap_or_default();
    let script = format!(
        "curl -sSf -o t.zip '{base}/golang.org/toolchain/@v/v0.0.1-go{version}.linux-amd64.zip' \
         && openssl dgst -sha256 t.zip && unzip -q t.zip -d tree"
    );
    run(sandboxed("sh", folder.path()).args(["-c", &script]))
}
