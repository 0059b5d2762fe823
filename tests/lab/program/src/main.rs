//! goseal under the lab's trust roots, policy path, archive base, patience and clock: for tests only.
//!
//! The same library as the release; the release does not depend on this, and a test searches the
//! release binary for the lab's key.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use goseal::{Limits, Machine, Pace, Product, RealMachine, Roots};
use goseal_lab::Lab;
use goseal_lab::clock::{LAB_CLOCK, parse_clock};

/// Where the lab's policy lies; without it nowhere.
const LAB_POLICY: &str = "GOSEAL_LAB_POLICY";
/// The base of the lab's release archives.
const LAB_ARCHIVES: &str = "GOSEAL_LAB_ARCHIVES";
/// `quick`: faults of the wire show within seconds, and an archive has at most 8 MiB.
const LAB_WIRE: &str = "GOSEAL_LAB_WIRE";

fn main() -> ExitCode {
    let roots = Roots::new(&Lab::verifier_key_text(), &Lab::embedded_head_note())
        .expect("the lab's roots are its own");
    let (pace, limits) = match variable(LAB_WIRE).as_deref() {
        Some("quick") => quick(),
        _ => (Pace::default(), Limits::default()),
    };
    let product = Product {
        roots,
        policy_path: variable(LAB_POLICY).map_or_else(
            || PathBuf::from("/nonexistent/goseal-lab/policy.toml"),
            PathBuf::from,
        ),
        archive_base: variable(LAB_ARCHIVES).unwrap_or_else(|| "http://127.0.0.1:9/dl/".to_owned()),
        pace,
        limits,
        ..goseal::product()
    };
    let clock = variable(LAB_CLOCK).and_then(|text| parse_clock(&text).ok());
    let machine = LabMachine {
        clock,
        ticks: AtomicU32::new(0),
    };
    goseal::run(product, Box::new(machine))
}

/// Windows of a second, two retries: what takes minutes in the field takes seconds in a test.
fn quick() -> (Pace, Limits) {
    let pace = Pace {
        connect_timeout: Duration::from_secs(2),
        window: Duration::from_secs(1),
        window_bytes: 1024,
        retries: 2,
        backoff: Duration::from_millis(20),
        backoff_limit: Duration::from_millis(100),
        patience: Duration::from_secs(2),
        ..Pace::default()
    };
    let limits = Limits {
        archive: 8 << 20,
        ..Limits::default()
    };
    (pace, limits)
}

#[expect(
    clippy::disallowed_methods,
    reason = "the lab's own variables, before the world is gathered"
)]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// The real machine with a clock that stands still, but for a nanosecond a look.
struct LabMachine {
    clock: Option<u64>,
    ticks: AtomicU32,
}

impl Machine for LabMachine {
    fn now(&self) -> (u64, u32) {
        match self.clock {
            None => RealMachine.now(),
            Some(seconds) => {
                let nanos = self.ticks.fetch_add(1, Ordering::Relaxed);
                (seconds, nanos % 1_000_000_000)
            }
        }
    }

    fn since_boot_ns(&self) -> u64 {
        RealMachine.since_boot_ns()
    }

    fn random(&self, bytes: &mut [u8]) {
        RealMachine.random(bytes);
    }
}
