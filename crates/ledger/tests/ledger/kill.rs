//! Writers killed at random moments.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use goseal_ledger::Ledger;
use goseal_ledger::record::{Event, Start};
use goseal_ledger::verify::verify_folder;

use crate::drafts::{Home, draft, end_event, owner, redactor, start};

/// The variable that hands a folder to a child.
pub(crate) const MARKER: &str = "GOSEAL_TEST_LEDGER";

#[expect(
    clippy::disallowed_methods,
    reason = "the child of a test learns its folder from the environment"
)]
pub(crate) fn handed_over() -> Option<PathBuf> {
    std::env::var_os(MARKER).map(PathBuf::from)
}

#[test]
#[ignore = "runs as the child of another test"]
fn appends_until_it_is_killed() {
    let Some(folder) = handed_over() else {
        return;
    };
    let ledger = Ledger::at(&folder, owner());
    let pid = u64::from(std::process::id());
    for n in 0..1_000_000 {
        let words = n % 12;
        let argv = redactor().argv(
            &vec!["y".repeat(200); usize::try_from(words).unwrap()],
            None,
        );
        let event = Event::Start(Box::new(Start { argv, ..start() }));
        let draft = draft(pid << 32 | n, event);
        ledger
            .append(&draft, Duration::from_mins(1), &mut |_| {})
            .unwrap();
    }
}

fn writer(home: &Home) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "kill::appends_until_it_is_killed",
            "--ignored",
            "--quiet",
        ])
        .env(MARKER, home.audit())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
fn killed_writers_lose_nothing_that_was_acknowledged_and_damage_nothing() {
    let home = Home::new();
    let mut moment = 12_345_u64;
    let mut last = 0;
    for round in 0..30 {
        let mut children = [writer(&home), writer(&home)];
        for child in &mut children {
            moment = moment
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695);
            std::thread::sleep(Duration::from_micros(4_000 + (moment >> 40) % 20_000));
            child.kill().unwrap();
            child.wait().unwrap();
        }
        let at = home.append(round, end_event());
        assert!(at.seq > last);
        last = at.seq;
    }
    let verdict = verify_folder(&home.audit()).unwrap();
    assert!(verdict.is_intact(), "{:?}", verdict.damages);
    assert_eq!(
        (verdict.records, verdict.range),
        (last + 1, Some((0, last)))
    );
    // The children did write: not every one was killed before its first record.
    assert!(last > 60, "{last}");
}
