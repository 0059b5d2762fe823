//! The newest records, read back within a bound.

use std::fs;

use goseal_ledger::record::Draft;
use goseal_ledger::{SLOT, read_recent};

use crate::drafts::{Home, PATIENCE, draft, end_event, start_event};

fn append(home: &Home, draft: &Draft) {
    home.ledger.append(draft, PATIENCE, &mut |_| {}).unwrap();
}

fn recent(home: &Home, limit: u64) -> (Vec<u64>, bool) {
    let mut found = Vec::new();
    let whole = read_recent(&home.audit(), "start", limit, &mut |record| {
        assert_eq!(record.kind, "start");
        found.push(record.seq);
    });
    (found, whole.unwrap())
}

#[test]
fn records_of_the_type_are_read_back_across_segments_and_a_bound_is_kept() {
    let home = Home::new();
    home.append(1, start_event());
    home.append(2, end_event());
    let all = u64::MAX;
    assert_eq!(recent(&home, all), (vec![1], true));
    // A day later the log is closed, and the next record lies in a new file.
    append(&home, &draft(90_000, start_event()));
    append(&home, &draft(90_001, end_event()));
    assert_eq!(recent(&home, all), (vec![3, 1], true));
    let open = fs::metadata(home.log()).unwrap().len();
    assert_eq!(recent(&home, open), (vec![3], false));
    assert_eq!(recent(&home, SLOT), (Vec::new(), false));
    // It is the end that is read.
    append(&home, &draft(90_002, start_event()));
    let added = fs::metadata(home.log()).unwrap().len() - open;
    assert_eq!(recent(&home, added), (vec![5], false));
}

#[test]
fn where_there_is_no_log_there_is_nothing_and_damage_is_passed_over() {
    let nowhere = tempfile::tempdir().unwrap();
    let read = read_recent(nowhere.path(), "start", 1, &mut |_| {
        panic!("there is nothing")
    });
    assert!(read.unwrap());
    let home = Home::new();
    home.append(1, start_event());
    home.append(2, start_event());
    let text = fs::read_to_string(home.log()).unwrap();
    fs::write(
        home.log(),
        text.replacen("\"tool\":\"go\"", "\"tool\":\"no\"", 1),
    )
    .unwrap();
    assert_eq!(recent(&home, u64::MAX).0, [2]);
}
