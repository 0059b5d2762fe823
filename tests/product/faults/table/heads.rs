//! Time: what is hidden, frozen, forked, or put back by hand.

use std::fs;

use goseal_lab::{ALWAYS, Evil, Fault, Release, World};

use super::super::{Scene, VERSION, files_below};
use super::{Case, Held, INSTALLED, REFUSED, Row, planted};

/// A scene that knows a head of the database from another release's install.
fn knowing(act: impl FnOnce(&Scene)) -> (Scene, Held) {
    let world = World::start([Release::here(VERSION), Release::here("1.22.6")]);
    let scene = Scene::with(world);
    let _ = scene.goseal(&["install", "1.22.6"]).run().expect_code(0);
    act(&scene);
    (scene, Box::new(()))
}

/// The kept head is another one, and the database has forked below the one that was kept.
fn touched(act: impl FnOnce(&std::path::Path)) -> (Scene, Held) {
    knowing(|scene| {
        let known = scene.latest().unwrap();
        scene.sandbox.file("known", known);
        act(&scene.home("sumdb/latest"));
        scene.world.evil(Evil::Fork { at: 200 });
    })
}

const TOUCHED: Case = Case {
    then: |scene, _| {
        scene.world.repent();
        let _ = scene.install().run().expect_code(0);
        assert_eq!(scene.latest(), Some(scene.sandbox.read("known")));
        assert_eq!(scene.records(&["warned"])[0]["code"], "sumdb-state");
    },
    ..REFUSED
};

pub(super) const ROWS: &[Row] = &[
    Row {
        number: 18,
        what: "a mirror hides the newest release",
        cases: &[Case {
            what: "from its list: the pin is not affected",
            plant: || {
                planted(|scene| {
                    let platform = Scene::id().split_once('.').map(|_| Release::here("1.22.4"));
                    let list = format!("{}\n", platform.unwrap().id().module_version());
                    let list = Fault::Replace(list.into_bytes().into());
                    scene.world.fail("*/@v/list", list, ALWAYS);
                })
            },
            then: |scene, _| {
                let pin = scene.sandbox.read("project/.go-version");
                assert_eq!(pin, format!("{VERSION}\n"));
            },
            ..INSTALLED
        }],
        more: &[],
    },
    Row {
        number: 19,
        what: "the head never grows",
        cases: &[Case {
            what: "an older one of the same history is served: nothing is taken back",
            plant: || {
                knowing(|scene| {
                    scene.sandbox.file("known", scene.latest().unwrap());
                    let id = Release::here(VERSION).id();
                    let number = scene.world.sumdb(|sumdb| sumdb.record_number(&id));
                    scene.world.evil(Evil::OldHead(number.unwrap() + 5));
                })
            },
            then: |scene, _| assert_eq!(scene.latest(), Some(scene.sandbox.read("known"))),
            ..INSTALLED
        }],
        more: &[(
            "faults/forks.rs",
            "an_older_head_of_the_same_history_takes_nothing_back",
        )],
    },
    Row {
        number: 24,
        what: "two signed heads of two histories",
        cases: &[Case {
            what: "the last record differs",
            plant: || {
                knowing(|scene| {
                    scene.sandbox.file("known", scene.latest().unwrap());
                    scene.world.sumdb(|sumdb| sumdb.grow(40));
                    scene.world.evil(Evil::Fork { at: 299 });
                })
            },
            then: |scene, _| {
                let known = scene.sandbox.read("known");
                assert_eq!(scene.latest().as_ref(), Some(&known));
                let served = scene.world.sumdb(|sumdb| sumdb.latest());
                let forks = files_below(&scene.home("sumdb/forks"));
                assert_eq!(forks.len(), 1, "{forks:?}");
                let kept = fs::read_to_string(&forks[0]).unwrap();
                assert!(kept.contains(&known) && kept.contains(&served), "{kept}");
            },
            ..REFUSED
        }],
        more: &[
            (
                "faults/forks.rs",
                "a_fork_keeps_latest_and_saves_both_notes",
            ),
            (
                "faults/forks.rs",
                "a_fork_before_the_embedded_head_is_seen_on_the_first_day",
            ),
        ],
    },
    Row {
        number: 27,
        what: "the kept head was deleted, rolled back or edited",
        cases: &[
            Case {
                what: "deleted",
                plant: || touched(|path| fs::remove_file(path).unwrap()),
                ..TOUCHED
            },
            Case {
                what: "edited",
                plant: || touched(|path| fs::write(path, "go.sum database tree\n1\n").unwrap()),
                ..TOUCHED
            },
            Case {
                what: "rolled back",
                plant: || {
                    let old = planted(|_| {})
                        .0
                        .world
                        .sumdb(|sumdb| sumdb.head(110))
                        .unwrap();
                    touched(|path| fs::write(path, old).unwrap())
                },
                ..TOUCHED
            },
        ],
        more: &[(
            "faults/forks.rs",
            "a_head_that_is_deleted_damaged_or_rolled_back_by_hand_starts_from_what_is_kept",
        )],
    },
];
