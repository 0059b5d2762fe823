use goseal_core::evidence::Evidence;

use super::database::{database, id};
use crate::{Error, Fork};

#[test]
fn every_error_says_what_was_found_and_where() {
    let unknown = goseal_tlog::Error::UnknownSigners;
    let table = [
        (
            Error::Head {
                place: "lookup",
                source: unknown,
            },
            "checksum database, head in lookup: signed note: no signature of a known key",
        ),
        (
            Error::Rollback { known: 5, found: 4 },
            "checksum database went back: 5 records known, 4 found",
        ),
        (
            Error::Lookup("not UTF-8"),
            "checksum database, lookup: not UTF-8",
        ),
        (
            Error::RecordNumber { record: 5, size: 5 },
            "checksum database, record 5 is outside its tree of 5 records",
        ),
        (
            Error::RecordLine {
                id: id(),
                line: "a\tb".into(),
            },
            "checksum database, record of go1.22.5.linux-amd64 holds the line `a\\tb`",
        ),
        (
            Error::RecordHash { id: id(), found: 0 },
            "checksum database, record of go1.22.5.linux-amd64 has 0 h1 lines, expected 1",
        ),
    ];
    for (error, text) in table {
        assert_eq!(error.to_string(), text);
    }
}

#[test]
fn every_error_of_proof_and_verdict_names_both_sides() {
    let unknown = goseal_tlog::Error::UnknownSigners;
    let table = [
        (
            Error::Tile(goseal_tlog::Error::TileLength {
                tile: "tile/8/0/001".into(),
                expected: 8192,
                found: 8191,
            }),
            "checksum database, tile: tile/8/0/001 has 8191 bytes, expected 8192",
        ),
        (
            Error::Inclusion {
                record: 5,
                source: unknown,
            },
            "checksum database, record 5 is not in the tree: signed note: no signature of a known \
             key",
        ),
        (
            Error::Missing {
                path: "tile/8/0/001".into(),
            },
            "checksum database has no tile/8/0/001",
        ),
        (
            Error::Missing {
                path: "lookup/golang.org/toolchain@v0.0.1-go1.22.99.linux-amd64".into(),
            },
            "the checksum database, as it was served, has no record of go1.22.99.linux-amd64",
        ),
        (Error::Proof("no record"), "stored proof: no record"),
        (
            Error::Contradiction {
                what: "h1 of x".into(),
                left: ("goseal.lock", "a".into()),
                right: ("the checksum database", "b".into()),
            },
            "h1 of x: a in goseal.lock, b in the checksum database",
        ),
        (
            Error::EvidenceMissing {
                id: id(),
                evidence: Evidence::Sumdb,
            },
            "go1.22.5.linux-amd64: required evidence sumdb is not there",
        ),
    ];
    for (error, text) in table {
        assert_eq!(error.to_string(), text);
    }
}

#[test]
fn a_fork_names_both_heads() {
    let (known, served) = (database().head(5), database().head(6));
    let text = format!(
        "checksum database signed two histories: known 5 records with root {}, served 6 records \
         with root {}",
        known.head().root,
        served.head().root
    );
    let fork = Fork {
        known,
        served,
        proof: Vec::new(),
    };
    assert_eq!(Error::Fork(Box::new(fork)).to_string(), text);
}

#[test]
fn what_is_not_there_is_no_distrust() {
    let path = String::new();
    assert!(!Error::Missing { path }.is_distrust());
    let evidence = Evidence::Lock;
    assert!(!Error::EvidenceMissing { id: id(), evidence }.is_distrust());
    assert!(Error::Rollback { known: 2, found: 1 }.is_distrust());
}
