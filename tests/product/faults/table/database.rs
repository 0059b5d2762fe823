//! The checksum database: lookups, notes, tiles, numbers, and a proxy that only promises it.

use goseal_lab::{ALWAYS, Evil, Fault, Lab, Release, World};

use super::super::{Scene, VERSION};
use super::{Case, FAILED, Held, REFUSED, Row, planted};

/// A lie: refused, asked once, and nothing of it is kept.
const LIE: Case = Case {
    then: |scene, _| {
        assert_eq!(scene.latest(), None, "its head is kept");
        let lookup = World::lookup_path(&Scene::id());
        assert!(scene.world.count(&lookup) <= 1, "the liar was asked again");
        scene.assert_tiles_are_honest();
    },
    ..REFUSED
};

fn lying(evil: Evil) -> (Scene, Held) {
    planted(|scene| scene.world.evil(evil))
}

/// Database and zip agree on another release.
fn forged(size: u64, levels: usize) -> (Scene, Held) {
    let other = Release::here("1.22.6").claiming(&Scene::id());
    let scene = Scene::with(World::with_records([Release::here(VERSION)], size));
    scene.world.swap_zip(&Scene::id(), other.module_zip());
    let h1 = other.h1();
    scene.world.evil(Evil::ForgedRecord { h1, levels });
    (scene, Box::new(()))
}

/// A line of another release's h1 behind the tree, and the zip that it fits.
fn extra_lines(also: Option<Evil>) -> (Scene, Held) {
    planted(|scene| {
        let other = Release::here("1.22.6").claiming(&Scene::id());
        let line = format!(
            "golang.org/toolchain v0.0.1-{} {}\n",
            Scene::id(),
            other.h1()
        );
        scene.world.swap_zip(&Scene::id(), other.module_zip());
        scene.world.evil(Evil::ExtraLinesInNote(line));
        if let Some(evil) = also {
            scene.world.evil(evil);
        }
    })
}

fn tiles(evil: Evil) -> (Scene, Held) {
    let scene = Scene::with(World::with_records([Release::here(VERSION)], 512));
    scene.world.evil(evil);
    (scene, Box::new(()))
}

fn number(text: &str) -> (Scene, Held) {
    lying(Evil::BadRecordId(text.to_owned()))
}

/// The proxy says that it has the database, and then does not have this.
fn promised(path: &str, status: u16) -> (Scene, Held) {
    planted(|scene| {
        let path = format!("/proxy/sumdb/{}/{path}", Lab::database_name());
        scene.world.fail(&path, Fault::Status(status), ALWAYS);
    })
}

const PROMISED: Case = Case {
    then: |scene, _| assert_eq!(scene.world.count("/direct/*"), 0, "went direct"),
    ..FAILED
};

pub(super) const ROWS: &[Row] = &[
    Row {
        number: 20,
        what: "a lookup with nothing in it, or of another module (CVE-2026-42501)",
        cases: &[
            Case {
                what: "nothing",
                plant: || lying(Evil::EmptyLookup),
                ..LIE
            },
            Case {
                what: "another module's true record",
                plant: || lying(Evil::UnrelatedModule),
                ..LIE
            },
        ],
        more: &[(
            "faults/distrust.rs",
            "a_lookup_that_does_not_say_what_it_should_is_refused",
        )],
    },
    Row {
        number: 21,
        what: "an h1 line behind the tree in a signed note (CVE-2026-56864)",
        cases: &[
            Case {
                what: "beside the true record",
                plant: || extra_lines(None),
                ..REFUSED
            },
            Case {
                what: "without it",
                plant: || extra_lines(Some(Evil::UnrelatedModule)),
                ..REFUSED
            },
        ],
        more: &[(
            "faults/distrust.rs",
            "lines_behind_the_tree_in_a_note_are_never_a_record",
        )],
    },
    Row {
        number: 22,
        what: "tiles that were made to fit a forged record (CVE-2026-56865)",
        cases: &[
            Case {
                what: "only the record",
                plant: || forged(511, 0),
                ..LIE
            },
            Case {
                what: "level 0",
                plant: || forged(511, 1),
                ..LIE
            },
            Case {
                what: "levels 0 and 1",
                plant: || forged(513, 2),
                ..LIE
            },
        ],
        more: &[(
            "faults/distrust.rs",
            "a_forged_record_is_refused_for_every_shape_of_tree",
        )],
    },
    Row {
        number: 23,
        what: "a tile with a bit turned over, too short, too long",
        cases: &[
            Case {
                what: "a bit",
                plant: || {
                    tiles(Evil::FlipTileBit {
                        level: 0,
                        index: 1,
                        bit: 77,
                    })
                },
                ..LIE
            },
            Case {
                what: "a byte short",
                plant: || tiles(Evil::ShortTile),
                ..LIE
            },
            Case {
                what: "a byte long",
                plant: || tiles(Evil::LongTile),
                ..LIE
            },
            Case {
                what: "a full tile of 8191 bytes in the place of a partial one",
                plant: || tiles(Evil::FullTile8191),
                ..LIE
            },
        ],
        more: &[
            (
                "faults/distrust.rs",
                "every_tile_that_is_used_is_checked_whole",
            ),
            ("faults/distrust.rs", "tiles_of_a_wrong_length_are_refused"),
        ],
    },
    Row {
        number: 25,
        what: "a note signed by an unknown key, by 101 keys, badly by the known one",
        cases: &[
            Case {
                what: "an unknown key alone",
                plant: || lying(Evil::UnknownKeyOnly),
                ..LIE
            },
            Case {
                what: "101 signatures",
                plant: || lying(Evil::TooManySignatures),
                ..LIE
            },
            Case {
                what: "a bad one under the known key before the good one",
                plant: || lying(Evil::KnownKeyBadSignature),
                ..LIE
            },
        ],
        more: &[(
            "faults/distrust.rs",
            "a_lookup_that_does_not_say_what_it_should_is_refused",
        )],
    },
    Row {
        number: 26,
        what: "a record number beyond the tree, or no number",
        cases: &[
            Case {
                what: "the size of the tree",
                plant: || lying(Evil::RecordIdBeyondTree),
                ..LIE
            },
            Case {
                what: "negative",
                plant: || number("-1"),
                ..LIE
            },
            Case {
                what: "a leading zero",
                plant: || number("007"),
                ..LIE
            },
            Case {
                what: "two to the 63rd",
                plant: || number("9223372036854775808"),
                ..LIE
            },
        ],
        more: &[(
            "faults/distrust.rs",
            "a_lookup_that_does_not_say_what_it_should_is_refused",
        )],
    },
    Row {
        number: 28,
        what: "a proxy that says it serves the database, and then does not",
        cases: &[
            Case {
                what: "no lookup",
                plant: || promised("lookup/*", 404),
                says: "has no record of",
                ..PROMISED
            },
            Case {
                what: "the lookup is gone",
                plant: || promised("lookup/*", 410),
                says: "has no record of",
                ..PROMISED
            },
            Case {
                what: "no tiles",
                plant: || promised("tile/*", 404),
                ..PROMISED
            },
        ],
        more: &[(
            "faults/wire.rs",
            "a_proxy_that_says_it_serves_the_database_and_does_not_is_never_passed_by",
        )],
    },
];
