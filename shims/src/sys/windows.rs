//! The child on Windows: started, waited for. A console sends Ctrl-C to every process of the group,
//! and std's child keeps its own handling; nothing is passed on.

use std::io;
use std::process::{Child, Command};

use super::{Ended, Program};

/// There is no signal for a file that outgrows its limit.
pub(crate) fn fail_at_size_limit() -> bool {
    false
}

/// Nothing is caught.
pub(crate) struct Signals;

impl Signals {
    /// Nothing is caught.
    pub(crate) fn catch() -> Self {
        Self
    }

    /// There are no signals.
    pub(crate) fn early() -> Option<i32> {
        None
    }

    /// Starts the program with this process's handles and working directory.
    ///
    /// # Errors
    ///
    /// What the system says about the executable.
    pub(crate) fn spawn(&self, program: &Program<'_>) -> io::Result<Running> {
        let child = Command::new(program.path)
            .args(program.argv)
            .env_clear()
            .envs(
                program
                    .environment
                    .iter()
                    .map(|(name, value)| (name, value)),
            )
            .spawn()?;
        Ok(Running { child })
    }
}

/// A running child.
pub(crate) struct Running {
    child: Child,
}

impl Running {
    /// Waits until the child has ended.
    ///
    /// # Errors
    ///
    /// What the system says where the child cannot be waited for.
    pub(crate) fn wait(mut self) -> io::Result<Ended> {
        let status = self.child.wait()?;
        Ok(Ended::Exit(status.code().unwrap_or(1)))
    }
}

/// There are no signals.
pub(crate) fn die_by(signal: i32) -> i32 {
    128 + signal
}

/// The user id that stands for everyone where the system has none.
pub(crate) fn uid() -> u32 {
    0
}

/// The entry point behind `main`.
#[expect(clippy::disallowed_methods, reason = "arguments are gathered once")]
#[expect(clippy::exit, reason = "exit codes here have 32 bits, ExitCode has 8")]
pub(crate) fn start() {
    std::process::exit(super::enter(std::env::args_os()));
}

/// 16 bytes that no other run has: of the clock, the process and std's random keys.
pub(crate) fn random() -> [u8; 16] {
    use std::hash::{BuildHasher as _, RandomState};
    let mut bytes = [0; 16];
    for half in bytes.chunks_exact_mut(8) {
        let word = RandomState::new().hash_one(std::process::id());
        half.copy_from_slice(&word.to_le_bytes());
    }
    bytes
}

/// The wall clock since the epoch; nanoseconds since boot are not known.
pub(crate) fn clocks() -> (std::time::Duration, u64) {
    (super::wall(), 0)
}

/// The host's name is not known without a variable.
pub(crate) fn host() -> String {
    String::new()
}

/// Whether stdin is a terminal.
pub(crate) fn stdin_is_terminal() -> bool {
    std::io::IsTerminal::is_terminal(&std::io::stdin())
}
