//! What differs between systems: the entry, the child, its signals, who runs.

#[cfg(unix)]
mod facts;
#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;
#[cfg(unix)]
mod words;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

#[cfg(unix)]
pub(crate) use self::{facts::*, unix::*};
#[cfg(windows)]
pub(crate) use windows::*;

/// What the shim was started with. Gathered once.
#[derive(Debug)]
pub(crate) struct Offered {
    /// `argv[0]`.
    pub(crate) name: OsString,
    /// The arguments after it.
    pub(crate) argv: Vec<OsString>,
    /// The environment, in its order, doubles included.
    pub(crate) environment: Vec<(OsString, OsString)>,
}

impl Offered {
    /// The first variable of that name, as Go takes it.
    pub(crate) fn var(&self, name: &str) -> Option<&OsString> {
        let found = self.environment.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value)
    }
}

/// What to start.
#[derive(Debug)]
pub(crate) struct Program<'a> {
    /// The executable, absolute.
    pub(crate) path: &'a Path,
    /// What it is called: its `argv[0]`.
    pub(crate) name: &'a str,
    /// Its arguments after that.
    pub(crate) argv: &'a [OsString],
    /// Its whole environment.
    pub(crate) environment: &'a [(OsString, OsString)],
}

/// How a process ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    /// With this code.
    Exit(i32),
    /// By this signal.
    Signal(i32),
}

/// The working directory as the system names it.
#[expect(
    clippy::disallowed_methods,
    reason = "the shim's own gathering of the outside world"
)]
pub(crate) fn working_directory() -> std::io::Result<PathBuf> {
    std::env::current_dir()
}

/// Gathers what was offered, runs, and says with which code to end. A signal that ended the child
/// ends this process before this returns.
#[cfg_attr(test, expect(dead_code, reason = "the test harness has its own entry"))]
#[expect(
    clippy::disallowed_methods,
    reason = "the shim's own gathering of the outside world"
)]
fn enter(mut words: impl Iterator<Item = OsString>) -> i32 {
    let offered = Offered {
        name: words.next().unwrap_or_default(),
        argv: words.collect(),
        environment: std::env::vars_os().collect(),
    };
    match crate::run::run(&offered) {
        Ended::Exit(code) => code,
        Ended::Signal(signal) => die_by(signal),
    }
}

/// The wall clock since the epoch; zero before it.
#[expect(
    clippy::disallowed_methods,
    reason = "the shim's own gathering of the outside world"
)]
fn wall() -> std::time::Duration {
    std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap_or_default()
}

/// Seconds of the wall clock since the epoch.
pub(crate) fn now_seconds() -> i64 {
    i64::try_from(wall().as_secs()).unwrap_or(i64::MAX)
}
