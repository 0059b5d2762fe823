//! Every fault of sources, evidence and settings in one list: what is served or done, how it must
//! end, what is said, what is on record, and that nothing is left.
//!
//! Owns: the list. A row's number is the one under which the threat model's suites know the fault;
//! a row whose number is missing fails a test. Many rows have more inputs in the modules beside this
//! one, which go through every bit and every shape; `more` names them.

mod database;
mod heads;
mod index;
mod policy;
mod product;
mod settings;
mod wire;

use std::any::Any;
use std::path::Path;

use goseal_lab::sandbox::{Outcome, Run};

use super::Scene;

/// One fault.
struct Row {
    number: u8,
    what: &'static str,
    cases: &'static [Case],
    /// Tests with more inputs of the same fault: file below `tests/product`, and name.
    more: &'static [(&'static str, &'static str)],
}

/// One input, and how it must end.
struct Case {
    what: &'static str,
    /// Makes the scene with the fault in it, and what must live as long.
    plant: fn() -> (Scene, Held),
    run: fn(&Scene) -> Run,
    exit: i32,
    /// On stderr or stdout; empty where the exit code says it all.
    says: &'static str,
    /// The last record of this install: `installed`, `refused`, `failed`; none where the run is
    /// not one.
    record: Option<&'static str>,
    /// What else must hold.
    then: fn(&Scene, &Outcome),
}

/// A server and the like.
type Held = Box<dyn Any>;

/// Refused as distrust: the commonest end.
const REFUSED: Case = Case {
    what: "",
    plant: || planted(|_| {}),
    run: Scene::install,
    exit: 5,
    says: "not to be trusted",
    record: Some("refused"),
    then: |_, _| {},
};

/// Out of reach.
const FAILED: Case = Case {
    exit: 4,
    says: "",
    record: Some("failed"),
    ..REFUSED
};

/// Installed all the same.
const INSTALLED: Case = Case {
    exit: 0,
    says: "",
    record: Some("installed"),
    ..REFUSED
};

/// A fresh scene with a fault.
fn planted(act: impl FnOnce(&mut Scene)) -> (Scene, Held) {
    let mut scene = Scene::new();
    act(&mut scene);
    (scene, Box::new(()))
}

const ROWS: &[&[Row]] = &[
    index::ROWS,
    wire::ROWS,
    database::ROWS,
    heads::ROWS,
    settings::ROWS,
    product::ROWS,
    policy::ROWS,
];

fn rows() -> impl Iterator<Item = &'static Row> {
    ROWS.iter().copied().flatten()
}

impl Case {
    fn play(&self, row: &Row) {
        let name = format!("{} ({}): {}", row.number, row.what, self.what);
        let (scene, held) = (self.plant)();
        let before = scene.sandbox.snapshot_of_places();
        let outcome = (self.run)(&scene).run();
        let said = outcome.snapshot();
        assert_eq!(outcome.code, Some(self.exit), "{name}\n{said}");
        assert!(said.contains(self.says), "{name}: not said\n{said}");
        let looks_of_distrust = said.contains("not to be trusted");
        assert_eq!(looks_of_distrust, self.exit == 5, "{name}\n{said}");
        if self.exit != 0 {
            scene.assert_nothing_but_traces(&before);
        }
        if let Some(record) = self.record {
            let ends = scene.records(&["installed", "refused", "failed"]);
            let last = ends.last().unwrap_or_else(|| panic!("{name}: no record"));
            assert_eq!(last["type"], record, "{name}: {last}");
        }
        (self.then)(&scene, &outcome);
        let unknown = &scene.verdict()["unknown_outcomes"];
        assert_eq!(unknown, &serde_json::json!([]), "{name}");
        drop(held);
    }
}

/// A test a row.
macro_rules! play {
    ($($name:ident $number:literal)+) => {
        $(#[test]
        fn $name() {
            let row = rows().find(|row| row.number == $number).expect("the row is there");
            assert!(!row.cases.is_empty());
            for case in row.cases {
                case.play(row);
            }
        })+

        #[test]
        fn no_row_is_missing_and_each_has_a_test() {
            let mut numbers: Vec<u8> = rows().map(|row| row.number).collect();
            numbers.sort_unstable();
            assert_eq!(numbers, [$($number),+]);
            assert_eq!(numbers, WANTED);
        }
    };
}

/// Rows that are here; 30, a PGP signature, is no evidence of goseal's.
const WANTED: [u8; 23] = [
    9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 60, 61,
];

play! {
    row_9_an_index_with_another_sha256 9
    row_10_an_index_with_another_size 10
    row_11_an_index_with_odd_names 11
    row_12_an_index_that_contradicts_itself 12
    row_13_tls_that_does_not_hold 13
    row_14_bodies_that_are_not_what_they_say 14
    row_15_slow_retrieval 15
    row_16_a_connection_that_is_cut 16
    row_17_another_release_under_this_name 17
    row_18_a_list_that_hides_the_newest 18
    row_19_a_head_that_never_grows 19
    row_20_lookups_of_something_else 20
    row_21_lines_behind_the_tree_in_a_note 21
    row_22_forged_tiles 22
    row_23_tiles_with_wrong_bits_or_lengths 23
    row_24_a_forked_head 24
    row_25_signatures_that_do_not_count 25
    row_26_record_numbers_that_are_none 26
    row_27_the_kept_head_was_touched 27
    row_28_a_proxy_that_promises_the_database 28
    row_29_settings_that_weaken 29
    row_60_a_release_of_goseal_that_does_not_hold 60
    row_61_a_policy_that_does_not_count 61
}

#[test]
fn every_test_that_a_row_names_is_there() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/product");
    for row in rows() {
        for (file, test) in row.more {
            let text = std::fs::read_to_string(folder.join(file)).unwrap();
            let there = text.contains(&format!("#[test]\nfn {test}("));
            assert!(there, "{}: {file} has no test {test}", row.number);
        }
    }
}
