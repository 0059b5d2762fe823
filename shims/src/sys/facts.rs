//! What the system says on systems of the Unix kind: who runs, clocks, names, random bytes.

use std::time::Duration;

/// The user who runs.
pub(crate) fn uid() -> u32 {
    rustix::process::geteuid().as_raw()
}

/// The group who runs.
pub(crate) fn gid() -> u32 {
    rustix::process::getegid().as_raw()
}

/// 16 bytes from the system's random source.
///
/// A kernel without `getrandom` (before Linux 3.17) cannot run any supported Go.
pub(crate) fn random() -> [u8; 16] {
    let mut bytes = [0; 16];
    let got = rustix::rand::getrandom(&mut bytes[..], rustix::rand::GetRandomFlags::empty());
    debug_assert_eq!(got, Ok(16), "16 bytes are never interrupted (getrandom(2))");
    bytes
}

/// The wall clock since the epoch, and nanoseconds since boot, suspended time included.
pub(crate) fn clocks() -> (Duration, u64) {
    let boot = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    let nanoseconds = boot.tv_sec.saturating_mul(1_000_000_000) + boot.tv_nsec;
    (super::wall(), u64::try_from(nanoseconds).unwrap_or(0))
}

/// The host's name.
pub(crate) fn host() -> String {
    let name = rustix::system::uname();
    name.nodename().to_string_lossy().into_owned()
}

/// Whether stdin is a terminal; std's handle would allocate its buffer for the question.
pub(crate) fn stdin_is_terminal() -> bool {
    rustix::termios::isatty(rustix::stdio::stdin())
}
