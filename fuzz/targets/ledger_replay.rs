//! No bytes make the replay panic. A log that a writer left is intact, bent it says so or holds the
//! same records: none is made up, and one that is gone or changed shows.
#![no_main]

use std::sync::LazyLock;
use std::time::Duration;

use goseal_core::digest::Sha256;
use goseal_fuzz::bend::bend;
use goseal_ledger::Ledger;
use goseal_ledger::record::{Draft, End, Event, Genesis, Owner, RunId, Status, User, Wall};
use goseal_ledger::replay::{Damage, Entry, Replay};
use libfuzzer_sys::fuzz_target;

/// A log of ten records as the appender writes it.
static LOG: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let folder = tempfile::tempdir().expect("a folder");
    let user = User {
        uid: 1000,
        name: Some("ann".into()),
    };
    let machine = Sha256::of(b"machine");
    let ledger = Ledger::at(
        folder.path(),
        Owner {
            machine,
            uid: user.uid,
        },
    );
    let genesis = Genesis {
        chain: [0xc4; 16],
        machine,
        user,
        predecessor: None,
        key: None,
        goseal: "0.1.0".into(),
    };
    let draft = |n: u8, event| Draft {
        run: RunId::from_bytes([n; 16]),
        nonce: [n; 16],
        time: Wall::new(1_795_000_000 + u64::from(n), 0),
        boot_ns: 1,
        boot_id: None,
        event,
    };
    let patience = Duration::from_secs(1);
    let begun = ledger.begin(&draft(0, Event::Genesis(genesis)), patience, &mut |_| {});
    begun.expect("a chain");
    for n in 1..10 {
        let end = End {
            status: Status::Exit(i32::from(n)),
            duration_ns: u64::from(n),
            hint: None,
        };
        let appended = ledger.append(&draft(n, Event::End(end)), patience, &mut |_| {});
        appended.expect("a record");
    }
    std::fs::read(folder.path().join("log.jsonl")).expect("the log")
});

/// The digests of its records; nothing is wrong with it.
static GOOD: LazyLock<Vec<Sha256>> = LazyLock::new(|| {
    let (good, torn, damages) = replay(&LOG, true);
    assert_eq!((good.len(), torn, damages), (10, false, Vec::new()));
    good
});

fn replay(bytes: &[u8], open: bool) -> (Vec<Sha256>, bool, Vec<Damage>) {
    let (mut records, mut torn) = (Vec::new(), false);
    let mut replay = Replay::new();
    let mut source = bytes;
    let read = replay.file("log.jsonl", &mut source, open, &mut |entry| match entry {
        Entry::Record(record, _) => records.push(record.sha256),
        Entry::Torn(_, _) => torn = true,
        Entry::Gap(_) => {}
    });
    read.expect("memory can be read");
    (records, torn, replay.finish())
}

/// Every line that looks like a record gets the sum that it needs, as a forger would do it.
fn summed(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        let end = line.windows(8).rposition(|part| part == b",\"sum\":\"");
        let body = end.and_then(|end| line.get(..end));
        match body.filter(|body| body.starts_with(b"{\"schema\"")) {
            Some(body) => {
                let sum = Sha256::of(body).to_string();
                let sum = sum.get(..16).unwrap_or_default();
                let text = [body, format!(",\"sum\":\"{sum}\"}}").as_bytes()].concat();
                out.extend_from_slice(&text);
                out.resize(out.len() + (511 - text.len() % 512), b' ');
                out.push(b'\n');
            }
            None => out.extend_from_slice(line),
        }
    }
    out
}

fuzz_target!(|data: &[u8]| {
    let open = data.len() % 2 == 0;
    replay(data, open);
    replay(&summed(data), open);
    let bent = bend(&LOG, data);
    replay(&summed(&bent), open);
    let (records, torn, damages) = replay(&bent, open);
    assert!(
        records.iter().all(|record| GOOD.contains(record)),
        "a record that nobody wrote"
    );
    // What is cut at the end of a record is gone until an anchor says more; all else shows.
    if damages.is_empty() && !torn {
        assert!(
            GOOD.starts_with(&records),
            "records are missing, and nothing says so"
        );
        assert!(
            LOG.starts_with(&bent) || bent == *LOG || is_blank(&bent, &records),
            "bytes that nobody wrote, and nothing says so"
        );
    }
});

/// Whether what is left beside whole records is padding.
fn is_blank(bent: &[u8], records: &[Sha256]) -> bool {
    let lines = bent
        .split(|byte| *byte == b'\n')
        .filter(|line| line.iter().any(|byte| *byte != b' '));
    lines.count() == records.len()
}
