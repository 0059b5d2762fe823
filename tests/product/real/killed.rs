//! Installs of a real release that are killed.

use std::hash::{BuildHasher as _, RandomState};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use goseal_lab::Sandbox;
use goseal_lab::server::Server;

use super::relay::{relay_for, sandbox_behind};
use super::{assert_log_is_intact, goseal, names_in, release, say};

const VERSION: &str = "1.22.5";

/// How many installs are killed before their end.
const KILLS: u32 = 50;

/// So many of them in a new home, one after the other, before the command may come to its end.
const KILLS_A_HOME: u32 = 10;

#[test]
fn an_install_killed_at_any_of_fifty_moments_succeeds_when_asked_again() {
    let Some(relay) = relay_for("killed::an_install_killed_at_any_of_fifty_moments_..") else {
        return;
    };
    // A little longer, so that the last moments lie about the commit and behind it.
    let mut whole = whole_install(&relay).mul_f64(1.2);
    let (mut kills, mut ended) = (0, 0);
    while kills < KILLS {
        let sandbox = sandbox_behind(&relay);
        for part in 0..KILLS_A_HOME {
            // One moment in each tenth of the time that an install takes.
            let moment = whole.mul_f64((f64::from(part) + random()) / f64::from(KILLS_A_HOME));
            if killed_at(&sandbox, moment) {
                kills += 1;
            } else {
                // The machine has become faster since the time was taken.
                ended += 1;
                whole = whole.mul_f64(0.9);
                uninstall(&sandbox);
            }
            assert_nothing_is_half_there(&sandbox);
        }
        succeeds_now(&sandbox);
        assert!(
            ended <= 2 * KILLS,
            "most installs end before they are killed"
        );
    }
    say(&format!(
        "real: killed {kills} installs, {ended} ended before; the last within {} ms",
        whole.as_millis()
    ));
}

/// How long an undisturbed install takes here: the shorter of two, the first one fills the relay.
fn whole_install(relay: &Server) -> Duration {
    let time = || {
        let sandbox = sandbox_behind(relay);
        let began = Instant::now();
        let _ = goseal(&sandbox)
            .args(["install", VERSION])
            .run()
            .expect_code(0);
        began.elapsed()
    };
    time().min(time())
}

/// Starts an install and kills it; false where it came to its end before.
fn killed_at(sandbox: &Sandbox, moment: Duration) -> bool {
    let mut install = goseal(sandbox).args(["install", VERSION]).start();
    thread::sleep(moment);
    install.kill();
    let outcome = install.wait();
    match (outcome.code, outcome.signal) {
        (None, Some(9)) => true,
        (Some(0), None) => false,
        _ => panic!("{}", outcome.snapshot()),
    }
}

/// At most what the next install removes, and a log that is whole.
fn assert_nothing_is_half_there(sandbox: &Sandbox) {
    let home = sandbox.goseal_home();
    let trees = names_in(&home.join("toolchains"));
    if !trees.is_empty() {
        // The kill came between the rename and the record: what is there is whole.
        assert_eq!(trees, [release(VERSION).to_string()]);
        uninstall(sandbox);
    }
    assert!(
        names_in(&home.join("staging")).len() <= 1,
        "stages are removed"
    );
    if Path::new(&home.join("audit/log.jsonl")).exists() {
        assert_log_is_intact(sandbox);
    }
}

fn uninstall(sandbox: &Sandbox) {
    let _ = goseal(sandbox)
        .args(["verify", VERSION])
        .run()
        .expect_code(0);
    let _ = goseal(sandbox)
        .args(["uninstall", VERSION])
        .run()
        .expect_code(0);
}

fn succeeds_now(sandbox: &Sandbox) {
    let _ = goseal(sandbox)
        .args(["install", VERSION])
        .run()
        .expect_code(0);
    let _ = goseal(sandbox)
        .args(["verify", VERSION])
        .run()
        .expect_code(0);
    assert!(names_in(&sandbox.goseal_home().join("staging")).is_empty());
    assert_log_is_intact(sandbox);
}

/// In 0.0..1.0; another one every time.
fn random() -> f64 {
    let bits = u32::try_from(RandomState::new().hash_one(()) >> 32).expect("32 bits are left");
    f64::from(bits) / f64::from(u32::MAX)
}
