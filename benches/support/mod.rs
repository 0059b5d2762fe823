//! What the figures share: timed commands, medians, ratios taken in one run.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// One finished run of a command.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Run {
    /// From spawn to the end of the wait.
    pub(crate) wall: Duration,
    /// Peak resident memory of the process itself in KiB; 0 where the system does not say.
    pub(crate) peak_kib: u64,
}

/// Runs a command to its end and insists that it succeeds.
pub(crate) fn run(command: &mut Command) -> Run {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    let begun = Instant::now();
    let mut child = command
        .spawn()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let status_file = format!("/proc/{}/status", child.id());
    let mut peak_kib = 0;
    let status = loop {
        if let Some(status) = child.try_wait().expect("the child is ours") {
            break status;
        }
        peak_kib = high_water_mark(&status_file).unwrap_or(peak_kib);
        std::thread::sleep(Duration::from_millis(2));
    };
    let wall = begun.elapsed();
    let mut errors = String::new();
    if let Some(mut stderr) = child.stderr.take() {
        std::io::Read::read_to_string(&mut stderr, &mut errors).ok();
    }
    assert!(status.success(), "{command:?}: {status}\n{errors}");
    Run { wall, peak_kib }
}

/// `VmHWM` of a process: it only grows, so the last reading before the end is close to the peak.
fn high_water_mark(status_file: &str) -> Option<u64> {
    let text = std::fs::read_to_string(status_file).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// The middle value; of an even number the lower middle.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values
        .get(values.len().saturating_sub(1) / 2)
        .copied()
        .unwrap_or(f64::NAN)
}

/// Seconds of each run.
pub(crate) fn seconds(runs: &[Run]) -> Vec<f64> {
    runs.iter().map(|run| run.wall.as_secs_f64()).collect()
}

/// One row of figures: minimum, median and maximum.
pub(crate) fn row(what: &str, values: &[f64], unit: &str) {
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(0.0, f64::max);
    println!(
        "{what:<52} {low:>9.3} {:>9.3} {high:>9.3} {unit}",
        median(values.to_vec())
    );
}

/// A folder in memory where there is one, so that the disk's noise stays out.
pub(crate) fn memory_folder() -> tempfile::TempDir {
    let place = Path::new("/dev/shm");
    if place.is_dir() {
        tempfile::tempdir_in(place)
    } else {
        tempfile::tempdir()
    }
    .expect("a folder for the figures")
}

/// A variable of the caller's, such as `PATH`.
#[expect(clippy::disallowed_methods, reason = "a bench is its own world")]
pub(crate) fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_default()
}

/// A built binary beside the bench's own: `target/release/<name>`.
pub(crate) fn binary(name: &str) -> std::path::PathBuf {
    let own = std::env::current_exe().expect("the bench has a path");
    let found = own
        .ancestors()
        .map(|folder| folder.join(name))
        .find(|path| path.is_file());
    found.unwrap_or_else(|| panic!("`cargo build --release --workspace` makes `{name}`"))
}
