//! Appending: torn tails, rotation, the lock, many writers, a full disk.

use std::fs;
use std::process::Command;
use std::sync::Mutex;
use std::time::Duration;

use goseal_ledger::position::read_at;
use goseal_ledger::record::{Draft, Event, Start, Wall};
use goseal_ledger::verify::{Verdict, verify_folder};
use goseal_ledger::{Error, Ledger};

use crate::drafts::{
    Home, PATIENCE, draft, end_event, genesis, owner, redactor, start, start_event,
};

fn verdict(home: &Home) -> Verdict {
    verify_folder(&home.audit()).unwrap()
}

/// The log after `n` appends, and where the last one's write began.
fn log_with_a_last_write(home: &Home, n: u64) -> (Vec<u8>, usize) {
    for n in 1..n {
        home.append(n, end_event());
    }
    let before = home.bytes().len();
    home.append(n, start_event());
    (home.bytes(), before)
}

/// Cuts the log at `cut`, appends, and holds what must be so afterwards.
fn cut_and_append(home: &Home, bytes: &[u8], cut: usize, before: usize) {
    fs::write(home.log(), &bytes[..cut]).unwrap();
    let text_end = bytes.iter().rposition(|b| *b == b'}').unwrap() + 1;
    let records = verdict(home).records;
    let at = home.append(100, end_event());
    let after = verdict(home);
    assert!(after.is_intact(), "cut at {cut}: {after:?}");
    assert_eq!(home.bytes()[..cut], bytes[..cut], "cut at {cut}");
    let last = bytes[before..].iter().position(|b| *b == b'{').unwrap() + before;
    if cut > last && cut < text_end {
        let [(Some(seq), torn)] = after.torn[..] else {
            panic!("cut at {cut}: {:?}", after.torn);
        };
        assert_eq!(
            (seq, torn.offset, torn.length),
            (records, last as u64, (cut - last) as u64)
        );
        assert_eq!(after.records, records + 2);
    } else {
        assert_eq!(after.torn, [], "cut at {cut}");
        assert_eq!(after.records, records + 1);
    }
    assert_eq!(at.seq + 1, after.records);
    assert_eq!(
        read_at(&home.audit(), 0, at.offset).unwrap().sha256,
        at.sha256
    );
}

#[test]
fn a_record_cut_at_any_byte_is_evidence_and_the_chain_goes_on() {
    let home = Home::new();
    let (bytes, before) = log_with_a_last_write(&home, 2);
    for cut in before..=bytes.len() {
        cut_and_append(&home, &bytes, cut, before);
    }
}

#[test]
fn a_record_behind_fillers_cut_at_any_byte_is_evidence_too() {
    let home = Home::new();
    // Genesis and 4 ends fill 6 slots; a start of 3 goes behind two fillers.
    let (bytes, before) = log_with_a_last_write(&home, 5);
    assert!(
        bytes[before..before + 512]
            .iter()
            .all(u8::is_ascii_whitespace)
    );
    for cut in (before..=bytes.len()).step_by(3) {
        cut_and_append(&home, &bytes, cut, before);
    }
}

#[test]
fn a_torn_record_that_is_torn_itself_is_named_by_the_next() {
    let home = Home::new();
    let (bytes, before) = log_with_a_last_write(&home, 3);
    fs::write(home.log(), &bytes[..before + 700]).unwrap();
    home.append(10, end_event());
    let twice = home.bytes();
    let torn = twice
        .windows(13)
        .position(|w| w == br#""type":"torn""#)
        .unwrap();
    for cut in torn..torn + 200 {
        fs::write(home.log(), &twice[..cut]).unwrap();
        home.append(11, end_event());
        let verdict = verdict(&home);
        assert!(verdict.is_intact(), "{verdict:?}");
        assert_eq!(verdict.torn.len(), 1);
        assert_eq!(verdict.torn[0].1.length, (cut - before) as u64);
    }
}

#[test]
fn zeros_that_a_power_cut_leaves_are_evidence_whatever_their_length() {
    let home = Home::new();
    home.append(1, start_event());
    let bytes = home.bytes();
    for length in [1, 511, 512, 513, 4096, 5000, 70_000] {
        fs::write(home.log(), [&bytes[..], &vec![0; length]].concat()).unwrap();
        let open = verdict(&home);
        assert_eq!((open.is_intact(), open.torn.len()), (true, 1), "{open:?}");
        home.append(2, end_event());
        home.append(3, end_event());
        let verdict = verdict(&home);
        assert!(verdict.is_intact(), "{length}: {verdict:?}");
        assert_eq!(verdict.torn[0].1.length, length as u64);
        assert_eq!((verdict.records, verdict.range), (5, Some((0, 4))));
    }
}

#[test]
fn many_writers_make_one_dense_chain() {
    let home = Home::new();
    let seen = Mutex::new(Vec::new());
    let append = &|n: u64| {
        let draft = draft(n, end_event());
        let patience = Duration::from_mins(1);
        let at = home.ledger.append(&draft, patience, &mut |_| {}).unwrap();
        seen.lock().unwrap().push(at.seq);
    };
    std::thread::scope(|scope| {
        for thread in 0..8_u64 {
            scope.spawn(move || (thread * 1000..thread * 1000 + 200).for_each(append));
        }
    });
    let mut seen = seen.into_inner().unwrap();
    seen.sort_unstable();
    assert!(seen.iter().copied().eq(1..=1600));
    let verdict = verdict(&home);
    assert!(verdict.is_intact(), "{verdict:?}");
    assert_eq!((verdict.records, verdict.torn.len()), (1601, 0));
}

fn at_time(n: u64, secs: u64) -> Draft {
    Draft {
        time: Wall::new(secs, 0),
        ..draft(n, start_event())
    }
}

#[test]
fn a_day_old_segment_is_closed_and_the_chain_goes_on_in_the_next() {
    let home = Home::new();
    let begun = genesis().time.secs();
    let append = |draft: &Draft| home.ledger.append(draft, PATIENCE, &mut |_| {}).unwrap();
    let first = append(&at_time(1, begun + 86_399));
    assert_eq!((first.segment, first.rotated), (0, false));
    let second = append(&at_time(2, begun + 86_400));
    assert_eq!(
        (second.segment, second.offset, second.rotated),
        (2, 0, true)
    );
    let third = append(&at_time(3, begun));
    assert_eq!((third.segment, third.rotated), (2, false));
    let closed = home.audit().join("segments/00000000000000000000.jsonl");
    assert!(closed.is_file());
    for at in [first, second, third] {
        assert_eq!(
            read_at(&home.audit(), at.segment, at.offset).unwrap().seq,
            at.seq
        );
    }
    let verdict = verdict(&home);
    assert!(verdict.is_intact(), "{verdict:?}");
    assert_eq!(verdict.range, Some((0, 3)));
}

#[test]
fn a_segment_never_grows_beyond_eight_mebibytes() {
    let home = Home::new();
    let mut event = start();
    // Seven long words of 250 bytes and more: a record of eight slots.
    event.argv = redactor().argv(&vec!["x".repeat(250); 9], None);
    let event = Event::Start(Box::new(event));
    let mut last = home.append(1, event.clone());
    while !last.rotated {
        last = home.append(last.seq + 1, event.clone());
    }
    let closed = home.audit().join("segments/00000000000000000000.jsonl");
    let length = fs::metadata(closed).unwrap().len();
    assert!((8 << 20) - 8192 < length && length <= 8 << 20, "{length}");
    assert!(verdict(&home).is_intact());
}

#[test]
fn a_writer_that_died_between_closing_and_beginning_is_followed() {
    let home = Home::new();
    home.append(1, end_event());
    let closed = home.audit().join("segments");
    fs::create_dir(&closed).unwrap();
    fs::rename(home.log(), closed.join("00000000000000000000.jsonl")).unwrap();
    let at = home.append(2, end_event());
    assert_eq!((at.seq, at.segment, at.offset), (2, 2, 0));
    // Its first record was cut: the file begins with the torn one.
    let bytes = home.bytes();
    fs::write(home.log(), &bytes[..300]).unwrap();
    let at = home.append(3, end_event());
    assert_eq!((at.seq, at.segment), (3, 2));
    let verdict = verdict(&home);
    assert!(verdict.is_intact(), "{verdict:?}");
    assert_eq!(verdict.torn.len(), 1);
}

#[test]
fn refuses_to_close_a_segment_over_another() {
    let home = Home::new();
    let closed = home.audit().join("segments");
    fs::create_dir(&closed).unwrap();
    fs::write(closed.join("00000000000000000000.jsonl"), "").unwrap();
    let draft = at_time(1, genesis().time.secs() + 90_000);
    let error = home
        .ledger
        .append(&draft, PATIENCE, &mut |_| {})
        .unwrap_err();
    assert!(matches!(error, Error::SegmentExists { .. }), "{error}");
    assert_eq!(home.bytes().len(), 1024);
}

#[test]
fn a_held_lock_is_waited_for_and_a_line_is_due_after_a_second() {
    let home = Home::new();
    let lock = fs::File::open(home.audit().join("lock")).unwrap();
    lock.lock().unwrap();
    let mut told = Vec::new();
    let patience = Duration::from_millis(1200);
    let draft = draft(1, end_event());
    let error = home
        .ledger
        .append(&draft, patience, &mut |waited| told.push(waited))
        .unwrap_err();
    assert!(
        matches!(error, Error::Busy { waited, .. } if waited >= patience),
        "{error}"
    );
    assert!(
        matches!(told[..], [waited] if waited >= Duration::from_secs(1)),
        "{told:?}"
    );
    drop(lock);
    assert_eq!(home.append(2, end_event()).seq, 1);
}

#[test]
fn the_lock_is_never_data_and_never_goes() {
    let home = Home::new();
    home.append(1, end_event());
    assert_eq!(fs::read(home.audit().join("lock")).unwrap(), b"");
}

#[test]
fn refuses_events_that_are_not_the_callers() {
    let home = Home::new();
    let torn = goseal_ledger::record::Torn {
        offset: 0,
        length: 0,
        sha256: owner().machine,
    };
    for event in [genesis().event, Event::Torn(torn)] {
        let error = home
            .ledger
            .append(&draft(1, event), PATIENCE, &mut |_| {})
            .unwrap_err();
        assert!(matches!(error, Error::WrongEvent { .. }), "{error}");
    }
    let error = home
        .ledger
        .begin(&draft(1, end_event()), PATIENCE, &mut |_| {})
        .unwrap_err();
    assert!(
        matches!(error, Error::WrongEvent { kind: "end" }),
        "{error}"
    );
}

#[test]
fn a_blob_that_lost_bytes_is_written_again() {
    let home = Home::new();
    let long = "x".repeat(300);
    let event = || {
        Event::Start(Box::new(Start {
            argv: redactor().argv(&[&long], None),
            ..start()
        }))
    };
    home.append(1, event());
    let name = goseal_core::digest::Sha256::of(long.as_bytes()).to_string();
    let blob = home.audit().join("blobs").join(name);
    fs::write(&blob, "x").unwrap();
    assert_eq!(verdict(&home).blobs.len(), 1);
    home.append(2, event());
    assert_eq!(fs::read_to_string(&blob).unwrap(), long);
    fs::remove_file(&blob).unwrap();
    let faults = verdict(&home).blobs;
    assert!(
        matches!(faults[..], [fault] if fault.missing && fault.seq == 1),
        "{faults:?}"
    );
}

/// Appends until the limit on the size of files stops it; the child of the test below.
#[test]
#[ignore = "runs as the child of another test"]
fn appends_until_the_disk_is_full() {
    let Some(folder) = crate::kill::handed_over() else {
        return;
    };
    let ledger = Ledger::at(&folder, owner());
    for n in 1..100 {
        match ledger.append(&draft(n, start_event()), PATIENCE, &mut |_| {}) {
            Ok(_) => {}
            Err(Error::Write {
                written, expected, ..
            }) => {
                fs::write(folder.join("outcome"), format!("{written} of {expected}")).unwrap();
                return;
            }
            Err(error) => panic!("{error}"),
        }
    }
}

#[cfg(unix)]
#[test]
fn a_full_disk_tears_a_record_and_the_chain_goes_on_when_there_is_room() {
    let home = Home::new();
    // In units of 512 bytes: room for the first slots of a record and not for its last.
    let script = "trap '' XFSZ; ulimit -f $1; shift; exec \"$@\"";
    let status = Command::new("sh")
        .args(["-c", script, "sh", "10"])
        .arg(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "append::appends_until_the_disk_is_full",
            "--ignored",
            "--quiet",
        ])
        .env(crate::kill::MARKER, home.audit())
        .stdout(std::process::Stdio::null())
        .status()
        .unwrap();
    assert!(status.success());
    let outcome = fs::read_to_string(home.audit().join("outcome")).unwrap();
    assert_eq!(outcome, "1024 of 1536");
    let torn = verdict(&home);
    assert!(torn.is_intact() && torn.torn.len() == 1, "{torn:?}");
    home.append(50, end_event());
    let verdict = verdict(&home);
    assert!(verdict.is_intact(), "{verdict:?}");
    assert_eq!(verdict.torn[0].1.length, 1024);
}
