//! Every kind of damage is found, at the number where it begins.

use std::fs;
use std::time::Duration;

use goseal_ledger::replay::{Entry, Replay};
use goseal_ledger::verify::{DamageKind, Verdict, verify_folder};
use goseal_ledger::{Error, Ledger};

use crate::drafts::{Home, draft, end_event, every_event, owner, run, start_event};

/// A log of 13 records and the range of each one's bytes.
fn log() -> (Home, Vec<u8>, Vec<std::ops::Range<usize>>) {
    let home = Home::new();
    for n in 1..=12_u64 {
        let event = if n % 2 == 1 {
            start_event()
        } else {
            end_event()
        };
        home.append(n.div_ceil(2), event);
    }
    let bytes = home.bytes();
    let mut ranges = Vec::new();
    let mut offset = 0;
    for line in bytes.split_inclusive(|b| *b == b'\n') {
        if line[0] == b'{' {
            ranges.push(offset..offset + line.len());
        }
        offset += line.len();
    }
    assert_eq!(ranges.len(), 13);
    (home, bytes, ranges)
}

fn judge(home: &Home, bytes: &[u8]) -> Verdict {
    fs::write(home.log(), bytes).unwrap();
    verify_folder(&home.audit()).unwrap()
}

fn found(verdict: &Verdict) -> Vec<(u64, DamageKind)> {
    verdict.damages.iter().map(|d| (d.seq, d.kind)).collect()
}

#[test]
fn an_untouched_log_is_intact() {
    let (home, bytes, _) = log();
    let verdict = judge(&home, &bytes);
    assert_eq!(found(&verdict), []);
    assert_eq!(
        (verdict.records, verdict.range, verdict.anchored),
        (13, Some((0, 12)), None)
    );
}

#[test]
fn one_changed_byte_anywhere_is_found_at_its_record() {
    let (home, bytes, ranges) = log();
    for (seq, range) in (0..).zip(&ranges) {
        for at in range.clone().step_by(7).chain([range.start, range.end - 1]) {
            let mut edited = bytes.clone();
            edited[at] ^= 1;
            let verdict = judge(&home, &edited);
            let damages = found(&verdict);
            assert!(!damages.is_empty(), "{at} of {seq}");
            let text = bytes[range.clone()]
                .iter()
                .rposition(|b| *b == b'}')
                .unwrap();
            match at - range.start {
                // Only of what cannot be read any more is nothing known but the place.
                at if at <= text => assert_eq!(damages[0].0, seq, "{at}: {damages:?}"),
                // The padding: the record stands, and what does not belong is behind it.
                _ => assert!(
                    damages.iter().any(|d| d.1 == DamageKind::Foreign),
                    "{at}: {damages:?}"
                ),
            }
            if at - range.start < text - 26 {
                assert_eq!(damages, [(seq, DamageKind::Edited)], "{at}");
            }
            assert!(verdict.records >= 12, "{at}: {damages:?}");
        }
    }
}

#[test]
fn a_changed_filler_is_foreign() {
    let (home, bytes, ranges) = log();
    let filler = (1..13)
        .find(|n| ranges[n - 1].end != ranges[*n].start)
        .unwrap();
    let mut edited = bytes.clone();
    edited[ranges[filler - 1].end + 100] = b'x';
    assert_eq!(
        found(&judge(&home, &edited)),
        [(filler as u64, DamageKind::Foreign)]
    );
}

#[test]
fn a_deleted_record_is_missing() {
    let (home, bytes, ranges) = log();
    for (seq, range) in ranges.iter().enumerate().take(12) {
        let mut cut = bytes.clone();
        cut.drain(range.clone());
        let verdict = judge(&home, &cut);
        let damages = found(&verdict);
        assert!(
            damages.contains(&(seq as u64, DamageKind::Missing)),
            "{seq}: {damages:?}"
        );
        assert!(
            damages
                .iter()
                .all(|(_, kind)| matches!(kind, DamageKind::Missing | DamageKind::Shifted))
        );
        assert_eq!(verdict.records, 12);
        // Overwritten with fillers nothing shifts.
        let mut blank = bytes.clone();
        for (at, byte) in blank[range.clone()].iter_mut().enumerate() {
            *byte = if at % 512 == 511 { b'\n' } else { b' ' };
        }
        assert_eq!(
            found(&judge(&home, &blank)),
            [(seq as u64, DamageKind::Missing)]
        );
    }
}

#[test]
fn several_deleted_records_are_one_gap() {
    let (home, bytes, ranges) = log();
    let mut cut = bytes.clone();
    cut.drain(ranges[4].start..ranges[7].start);
    let verdict = judge(&home, &cut);
    let missing: Vec<_> = verdict
        .damages
        .iter()
        .filter(|d| d.kind == DamageKind::Missing)
        .collect();
    assert_eq!((missing.len(), missing[0].seq), (1, 4));
    assert_eq!(missing[0].detail, "4 to 6 are not there");
}

#[test]
fn swapped_records_are_misplaced() {
    let (home, bytes, ranges) = log();
    // Two ends, of one slot each.
    let mut swapped = bytes.clone();
    swapped[ranges[4].clone()].copy_from_slice(&bytes[ranges[6].clone()]);
    swapped[ranges[6].clone()].copy_from_slice(&bytes[ranges[4].clone()]);
    let damages = found(&judge(&home, &swapped));
    assert!(damages.contains(&(4, DamageKind::Misplaced)), "{damages:?}");
    assert!(damages.contains(&(5, DamageKind::Misplaced)), "{damages:?}");
    assert!(
        !damages.iter().any(|(_, kind)| *kind == DamageKind::Missing),
        "{damages:?}"
    );
}

#[test]
fn a_doubled_record_is_found_beside_itself_and_further_on() {
    let (home, bytes, ranges) = log();
    for (seq, behind) in [(4, 4), (4, 8), (12, 12), (0, 12)] {
        let mut doubled = bytes[..ranges[behind].end].to_vec();
        doubled.extend_from_slice(&bytes[ranges[seq].clone()]);
        doubled.extend_from_slice(&bytes[ranges[behind].end..]);
        let damages = found(&judge(&home, &doubled));
        assert!(
            damages.contains(&(seq as u64, DamageKind::Doubled)),
            "{seq} {behind}: {damages:?}"
        );
    }
}

#[test]
fn a_record_cut_in_the_middle_of_the_log_is_cut() {
    let (home, bytes, ranges) = log();
    for cut in [1, 300, 512, 1000, 1200] {
        let mut bytes = bytes.clone();
        bytes.drain(ranges[3].start + cut..ranges[3].end);
        let verdict = judge(&home, &bytes);
        let damages = found(&verdict);
        assert!(
            damages.contains(&(3, DamageKind::Cut)),
            "{cut}: {damages:?}"
        );
        assert!(
            damages.contains(&(3, DamageKind::Missing)),
            "{cut}: {damages:?}"
        );
        assert_eq!(verdict.records, 12, "{cut}");
    }
}

#[test]
fn bytes_between_records_are_foreign() {
    let (home, bytes, ranges) = log();
    let line = format!("{:<511}\n", "hello");
    for inserted in [&line[..], "x", "\n", "hello\n", "\0\0\0\0"] {
        let mut bytes = bytes.clone();
        bytes.splice(ranges[5].start..ranges[5].start, inserted.bytes());
        let verdict = judge(&home, &bytes);
        assert_eq!(verdict.damages[0].seq, 5, "{inserted:?}: {verdict:?}");
        assert_eq!(verdict.records, 13, "{inserted:?}");
    }
}

#[test]
fn a_record_that_was_written_again_with_a_good_sum_breaks_the_link_behind_it() {
    let (home, bytes, ranges) = log();
    let line = String::from_utf8(bytes[ranges[6].clone()].to_vec()).unwrap();
    let (body, _) = line.trim_end().rsplit_once(r#","sum":""#).unwrap();
    let body = body.replace(r#""exit":0"#, r#""exit":1"#);
    let sum = goseal_core::digest::Sha256::of(body.as_bytes()).to_string();
    let forged = format!("{:<511}\n", format!(r#"{body},"sum":"{}"}}"#, &sum[..16]));
    let mut bytes = bytes;
    bytes[ranges[6].clone()].copy_from_slice(forged.as_bytes());
    assert_eq!(found(&judge(&home, &bytes)), [(7, DamageKind::Relinked)]);
}

#[test]
fn an_edited_newest_record_shows_and_goes_on_showing_after_the_next_append() {
    let (home, mut bytes, ranges) = log();
    bytes[ranges[12].start + 200] ^= 1;
    assert_eq!(found(&judge(&home, &bytes)), [(12, DamageKind::Edited)]);
    home.append(50, end_event());
    home.append(51, end_event());
    let verdict = verify_folder(&home.audit()).unwrap();
    assert_eq!(found(&verdict), [(12, DamageKind::Edited)]);
    assert_eq!(verdict.torn.len(), 1);
}

#[test]
fn the_chain_goes_on_behind_a_lost_line_end() {
    let (home, bytes, ranges) = log();
    for seq in [11, 12] {
        let mut edited = bytes.clone();
        edited[ranges[seq].end - 1] = b'x';
        fs::write(home.log(), &edited).unwrap();
        assert_eq!(home.append(50, end_event()).seq, 13 + u64::from(seq == 12));
        let verdict = verify_folder(&home.audit()).unwrap();
        assert!(
            !verdict
                .damages
                .iter()
                .any(|d| d.kind == DamageKind::Doubled),
            "{verdict:?}"
        );
        assert_eq!(verdict.is_intact(), seq == 12, "{verdict:?}");
    }
}

#[test]
fn a_torn_record_that_names_other_bytes_is_a_mismatch() {
    let (home, bytes, _) = log();
    fs::write(home.log(), [&bytes[..], b"{\"schema\":\"goseal"].concat()).unwrap();
    home.append(50, end_event());
    let mut bytes = home.bytes();
    let at = bytes
        .windows(18)
        .rposition(|w| w == b"{\"schema\":\"goseal ")
        .unwrap();
    bytes[at + 3] = b'X';
    let damages = found(&judge(&home, &bytes));
    assert!(
        damages.contains(&(13, DamageKind::TornMismatch)),
        "{damages:?}"
    );
    assert!(damages.contains(&(13, DamageKind::Foreign)), "{damages:?}");
}

#[test]
fn garbage_at_the_end_is_foreign() {
    let (home, bytes, _) = log();
    let verdict = judge(&home, &[&bytes[..], b"hello"].concat());
    assert_eq!(found(&verdict), [(13, DamageKind::Foreign)]);
}

#[test]
fn a_tail_cut_at_a_record_is_not_seen_and_nothing_claims_it_is() {
    let (home, bytes, ranges) = log();
    let verdict = judge(&home, &bytes[..ranges[9].end]);
    assert_eq!(
        (found(&verdict), verdict.records, verdict.anchored),
        (vec![], 10, None)
    );
}

#[test]
fn a_missing_segment_is_a_gap_and_a_cut_one_is_damage() {
    let (home, bytes, ranges) = log();
    let segments = home.audit().join("segments");
    fs::create_dir(&segments).unwrap();
    let first = segments.join(format!("{:020}.jsonl", 0));
    let second = segments.join(format!("{:020}.jsonl", 5));
    fs::write(&first, &bytes[..ranges[5].start]).unwrap();
    fs::write(&second, &bytes[ranges[5].start..ranges[9].start]).unwrap();
    let mut rest = bytes[ranges[9].start..].to_vec();
    let ends = |home: &Home, rest: &[u8]| found(&judge(home, rest));
    let seqs = |damages: Vec<(u64, DamageKind)>| -> Vec<_> {
        damages
            .into_iter()
            .filter(|(_, kind)| *kind != DamageKind::Shifted)
            .collect()
    };
    assert_eq!(seqs(ends(&home, &rest)), []);
    // The last line of a closed segment without its LF, without its text's end, edited.
    let good = fs::read(&second).unwrap();
    fs::write(&second, &good[..good.len() - 1]).unwrap();
    assert!(ends(&home, &rest).contains(&(8, DamageKind::Shifted)));
    fs::write(&second, &good[..good.len() - 300]).unwrap();
    assert_eq!(
        seqs(ends(&home, &rest)),
        [(8, DamageKind::Missing), (8, DamageKind::Cut)]
    );
    let mut edited = good.clone();
    let at = edited.len() - 400;
    edited[at] ^= 1;
    fs::write(&second, &edited).unwrap();
    assert_eq!(seqs(ends(&home, &rest)), [(8, DamageKind::Edited)]);
    fs::remove_file(&second).unwrap();
    assert_eq!(seqs(ends(&home, &rest)), [(5, DamageKind::Missing)]);
    fs::remove_file(&first).unwrap();
    assert_eq!(seqs(ends(&home, &rest)), [(0, DamageKind::Missing)]);
    rest.clear();
    assert_eq!(ends(&home, &rest), []);
}

#[test]
fn a_log_that_ends_inside_the_padding_of_its_last_record_is_told_and_mended_by_the_next() {
    let (home, bytes, ranges) = log();
    let last = ranges[12].clone();
    let text = bytes.iter().rposition(|b| *b == b'}').unwrap();
    assert_eq!(judge(&home, &bytes).unended, None);
    for length in [text + 1, text.midpoint(last.end), last.end - 1] {
        let verdict = judge(&home, &bytes[..length]);
        assert_eq!(verdict.unended, Some(12), "{length}");
        assert!(verdict.is_intact() && verdict.torn.is_empty(), "{length}");
        assert_eq!(verdict.records, 13);
        home.append(50, end_event());
        let mended = verify_folder(&home.audit()).unwrap();
        assert!(mended.is_intact(), "{length}: {mended:?}");
        assert_eq!((mended.unended, mended.records), (None, 14), "{length}");
    }
}

#[test]
fn a_start_without_an_end_is_an_unknown_outcome_for_runs_and_installs() {
    let home = Home::new();
    let events = every_event();
    let of = |kind: &str| {
        events
            .iter()
            .find(|event| event.kind() == kind)
            .unwrap()
            .clone()
    };
    home.append(1, of("start"));
    home.append(2, of("start"));
    home.append(1, of("end"));
    home.append(3, of("install_started"));
    for (n, end) in [(4, "installed"), (5, "refused"), (6, "failed")] {
        home.append(n, of("install_started"));
        home.append(n, of(end));
    }
    home.append(7, of("run_refused"));
    let verdict = verify_folder(&home.audit()).unwrap();
    let unknown: Vec<_> = verdict
        .unknown_outcomes
        .iter()
        .map(|u| (u.run, u.seq, u.install))
        .collect();
    assert_eq!(unknown, [(run(2), 2, false), (run(3), 4, true)]);
    assert!(verdict.is_intact());
}

#[test]
fn a_record_of_another_owner_or_a_second_genesis_has_no_place() {
    let (home, bytes, ranges) = log();
    let line = String::from_utf8(bytes[ranges[12].clone()].to_vec()).unwrap();
    let (body, _) = line.trim_end().rsplit_once(r#","sum":""#).unwrap();
    for (from, to) in [
        (r#""type":"end""#, r#""type":"genesis""#),
        (r#""owner":"78"#, r#""owner":"79"#),
        (r#""exit":0"#, r#""exit":00"#),
        (r#""exit":0"#, r#""exit":0,"exit":0"#),
    ] {
        let body = body.replace(from, to);
        let sum = goseal_core::digest::Sha256::of(body.as_bytes()).to_string();
        let forged = format!("{:<511}\n", format!(r#"{body},"sum":"{}"}}"#, &sum[..16]));
        let mut bytes = bytes.clone();
        bytes[ranges[12].clone()].copy_from_slice(forged.as_bytes());
        assert_eq!(
            found(&judge(&home, &bytes)),
            [(12, DamageKind::Malformed)],
            "{to}"
        );
    }
}

/// The sum is no secret: anybody can write a record of any number.
#[test]
fn a_forged_record_with_the_greatest_number_is_damage_and_no_panic() {
    let (home, bytes, ranges) = log();
    let line = bytes[ranges[12].clone()].to_vec();
    let text = String::from_utf8(line).unwrap();
    let (body, _) = text.rsplit_once(r#","sum":""#).unwrap();
    let body = body.replace(&format!("{:020}", 12), &u64::MAX.to_string());
    let sum = goseal_core::digest::Sha256::of(body.as_bytes()).to_string();
    let forged = format!("{:<511}\n", format!(r#"{body},"sum":"{}"}}"#, &sum[..16]));
    let edited = forged.replace(r#""exit":0"#, r#""exit":1"#);
    assert_ne!(edited, forged);
    let mut bytes = bytes[..ranges[12].start].to_vec();
    bytes.extend(forged.as_bytes());
    let verdict = judge(&home, &bytes);
    assert_eq!(found(&verdict), [(12, DamageKind::Missing)]);

    let refused = Ledger::at(&home.audit(), owner()).append(
        &draft(50, end_event()),
        Duration::from_secs(5),
        &mut |_| {},
    );
    assert!(
        matches!(refused, Err(Error::NoNumberLeft { .. })),
        "{refused:?}"
    );
    assert_eq!(home.bytes(), bytes);

    bytes.extend(edited.repeat(2).as_bytes());
    bytes.extend(forged.as_bytes());
    let kinds: Vec<_> = found(&judge(&home, &bytes))
        .into_iter()
        .map(|(_, kind)| kind)
        .collect();
    for kind in [DamageKind::Missing, DamageKind::Edited] {
        assert!(kinds.contains(&kind), "{kinds:?}");
    }
}

#[test]
fn a_replay_streams_records_torn_bytes_and_gaps() {
    let (home, bytes, ranges) = log();
    fs::write(home.log(), [&bytes[..], b"{\"sch"].concat()).unwrap();
    let at = home.append(50, end_event());
    let mut log = home.bytes();
    for (at, byte) in log[ranges[2].clone()].iter_mut().enumerate() {
        *byte = if at % 512 == 511 { b'\n' } else { b' ' };
    }
    let mut entries = Vec::new();
    let mut replay = Replay::new();
    replay
        .file("x", &mut &log[..], true, &mut |entry| entries.push(entry))
        .unwrap();
    let words: Vec<String> = entries
        .iter()
        .map(|entry| match entry {
            Entry::Record(record, _) => record.seq.to_string(),
            Entry::Torn(seq, torn) => format!("torn {seq:?} {}", torn.length),
            Entry::Gap(gap) => format!("gap {gap:?}"),
            Entry::Unended(seq) => format!("unended {seq}"),
        })
        .collect();
    assert_eq!(
        words.join(", "),
        "0, 1, gap 2..3, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, torn Some(13) 5, 13, 14"
    );
    assert_eq!(at.seq, 14);
}
