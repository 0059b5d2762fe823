//! The release index, where policy demands it.

use goseal_lab::IndexLie;

use super::super::Scene;
use super::{Case, FAILED, Held, INSTALLED, REFUSED, Row, planted};

const MORE: &[(&str, &str)] = &[
    (
        "evidence.rs",
        "an_index_that_lies_about_an_archive_is_refused",
    ),
    ("evidence.rs", "two_indexes_that_disagree_are_both_named"),
];

/// Archives are fetched, and what the index says of them is required.
fn required(lie: Option<IndexLie>) -> (Scene, Held) {
    planted(|scene| {
        let base = format!("{}/", scene.world.archive_base());
        scene.sandbox.set_var("GOSEAL_LAB_ARCHIVES", base);
        let policy = "evidence = [\"sumdb\", \"index\"]\n";
        let policy = scene.sandbox.file("etc/policy.toml", policy);
        scene.sandbox.set_var("GOSEAL_LAB_POLICY", policy);
        if let Some(lie) = lie {
            scene.world.lie(lie);
        }
    })
}

fn named(name: &str) -> (Scene, Held) {
    required(Some(IndexLie::FileName(name.to_owned())))
}

pub(super) const ROWS: &[Row] = &[
    Row {
        number: 9,
        what: "an index with another sha256",
        cases: &[
            Case {
                what: "honest, so that the others fail for what they are",
                plant: || required(None),
                ..INSTALLED
            },
            Case {
                what: "another sha256",
                plant: || required(Some(IndexLie::WrongSha256)),
                says: "the release index",
                ..REFUSED
            },
            Case {
                what: "an empty one is no evidence",
                plant: || required(Some(IndexLie::EmptySha256)),
                says: "requires `index` evidence",
                ..FAILED
            },
        ],
        more: MORE,
    },
    Row {
        number: 10,
        what: "an index with the right sha256 and another size",
        cases: &[Case {
            what: "one byte more",
            plant: || required(Some(IndexLie::WrongSize)),
            says: "the release index",
            ..REFUSED
        }],
        more: MORE,
    },
    Row {
        number: 11,
        what: "an index with a file name that leads elsewhere",
        cases: &[
            Case {
                what: "a folder up",
                plant: || named("../x.tar.gz"),
                says: "no name of an archive",
                ..FAILED
            },
            Case {
                what: "an address",
                plant: || named("https://a.example/go1.22.5.linux-amd64.tar.gz"),
                says: "no name of an archive",
                ..FAILED
            },
            Case {
                what: "the root",
                plant: || named("/go1.22.5.linux-amd64.tar.gz"),
                says: "no name of an archive",
                ..FAILED
            },
        ],
        more: MORE,
    },
    Row {
        number: 12,
        what: "an index with two archives of one release and platform",
        cases: &[Case {
            what: "another sha256",
            plant: || required(Some(IndexLie::Duplicate)),
            says: "two archives",
            ..FAILED
        }],
        more: MORE,
    },
];
