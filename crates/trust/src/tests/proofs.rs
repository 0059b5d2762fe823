use proptest::prelude::*;

use super::database::{Database, Source, database, look_up, roots};
use crate::{Error, Roots, format_proof, verify_proof};

/// The record of go1.22.5 linux/amd64 in sum.golang.org, proved under the embedded head.
const REAL: &str = include_str!("go1.22.5.linux-amd64.proof");

#[test]
fn a_proof_of_the_public_database_verifies_without_it() {
    let record = verify_proof(REAL, &Roots::go()).unwrap();
    assert_eq!(record.id.to_string(), "go1.22.5.linux-amd64");
    assert_eq!(record.number, 27_869_929);
    assert_eq!(
        record.h1.to_string(),
        "h1:LQChnsjY/4sr12W+7pci1Qg1+X/n7vmLOOaq2aTBG0w="
    );
    assert!(record.joined);
    assert_eq!(format_proof(&record), REAL);
}

#[test]
fn no_byte_of_a_proof_can_be_another() {
    let roots = Roots::go();
    for at in 0..REAL.len() {
        let mut bent = REAL.as_bytes().to_vec();
        bent[at] ^= 1;
        let Ok(text) = String::from_utf8(bent) else {
            continue;
        };
        let found = verify_proof(&text, &roots);
        assert!(found.is_err_and(|error| error.is_distrust()), "byte {at}");
    }
}

#[test]
fn no_part_of_a_proof_can_be_missing_or_twice() {
    let roots = Roots::go();
    let lines: Vec<&str> = REAL.split_inclusive('\n').collect();
    for at in 0..lines.len() {
        let mut short = lines.clone();
        short.remove(at);
        assert!(
            verify_proof(&short.concat(), &roots).is_err(),
            "without {at}"
        );
        // A record may hold its go.mod line twice, and nothing else; a signature may stand twice.
        if at != 3 && at + 1 < lines.len() {
            let mut long = lines.clone();
            long.insert(at, lines[at]);
            assert!(verify_proof(&long.concat(), &roots).is_err(), "{at} twice");
        }
    }
    for cut in 0..REAL.len() {
        if let Some(head) = REAL.get(..cut) {
            assert!(verify_proof(head, &roots).is_err(), "{cut} bytes");
        }
    }
}

#[test]
fn a_proof_is_good_only_under_the_roots_of_its_database() {
    let own = look_up(&Source::new(database(), 66_000), 1_000).unwrap();
    let text = format_proof(&own.record);
    let found = verify_proof(&text, &Roots::go());
    assert!(matches!(found, Err(Error::Head { place: "proof", .. })));
    let record = verify_proof(&text, &roots(database(), 1_000)).unwrap();
    assert!(!record.joined, "a proof alone joins nothing");
    assert_eq!(record.position(), own.record.position());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn proofs_are_read_and_written_the_same(size in 301u64..700) {
        let database = Database::new(size, 0, "");
        let proved = look_up(&Source::new(&database, size), size).unwrap();
        let text = format_proof(&proved.record);
        let read = verify_proof(&text, &roots(&database, size)).unwrap();
        prop_assert_eq!(read, proved.record);
    }

    #[test]
    fn text_at_random_is_no_proof(text: String) {
        prop_assert!(verify_proof(&text, &Roots::go()).is_err());
        let framed = format!("goseal.proof/1\nrecord {text}");
        prop_assert!(verify_proof(&framed, &Roots::go()).is_err());
    }
}
