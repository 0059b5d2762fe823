//! A database that shows two histories: both signed notes are kept as proof, and what was known
//! before still holds.

use std::fs;

use goseal_lab::{Evil, Release, World};

use super::{Expected, Scene, VERSION, assert_install_ends, files_below};

/// A scene that knows a head of the database from another release's install.
fn knowing() -> Scene {
    let world = World::start([Release::here(VERSION), Release::here("1.22.6")]);
    let scene = Scene::with(world);
    let _ = scene.goseal(&["install", "1.22.6"]).run().expect_code(0);
    scene
}

#[test]
fn a_fork_keeps_latest_and_saves_both_notes() {
    for (row, at, grow) in [
        ("of the same size", 299, 0),
        ("in the last record", 299, 40),
        ("in the first full tile", 120, 40),
        ("beyond a full tile", 260, 300),
    ] {
        let scene = knowing();
        let known = scene.latest().unwrap();
        scene.world.sumdb(|sumdb| sumdb.grow(grow));
        scene.world.evil(Evil::Fork { at });
        let served = scene.world.sumdb(|sumdb| sumdb.latest());
        let expected = Expected {
            exit: 5,
            record: "refused",
            words: "",
        };
        let _ = assert_install_ends(&scene, row, &expected);
        assert_eq!(scene.latest().as_ref(), Some(&known), "{row}");
        let forks = files_below(&scene.home("sumdb/forks"));
        assert_eq!(forks.len(), 1, "{row}: {forks:?}");
        let kept = fs::read_to_string(&forks[0]).unwrap();
        assert!(
            kept.contains(&known) && kept.contains(&served),
            "{row}\n{kept}"
        );
        scene.assert_tiles_are_honest();
        let _ = scene.install().run().expect_code(0);
    }
}

#[test]
fn a_fork_before_the_embedded_head_is_seen_on_the_first_day() {
    let scene = Scene::new();
    scene.world.evil(Evil::Fork { at: 50 });
    let expected = Expected {
        exit: 5,
        record: "refused",
        words: "",
    };
    let _ = assert_install_ends(&scene, "fork at 50", &expected);
    assert_eq!(files_below(&scene.home("sumdb/forks")).len(), 1);
    assert_eq!(scene.latest(), None);
}

#[test]
fn an_older_head_of_the_same_history_takes_nothing_back() {
    let scene = knowing();
    let known = scene.latest();
    let number = scene.world.sumdb(|sumdb| {
        let id = Release::here(VERSION).id();
        sumdb.record_number(&id).unwrap()
    });
    scene.world.evil(Evil::OldHead(number + 5));
    let _ = scene.install().run().expect_code(0);
    assert_eq!(scene.latest(), known);
}

#[test]
fn a_head_that_is_deleted_damaged_or_rolled_back_by_hand_starts_from_what_is_kept() {
    let old = {
        let scene = knowing();
        scene.world.sumdb(|sumdb| sumdb.head(110)).unwrap()
    };
    let rows: [(&str, Option<&[u8]>); 5] = [
        ("deleted", None),
        ("rolled back", Some(old.as_bytes())),
        (
            "edited",
            Some("go.sum database tree\n1\nAAAA\n\n— x AAAA\n".as_bytes()),
        ),
        ("empty", Some(b"")),
        ("not text", Some(b"\xff\xfe")),
    ];
    for (row, text) in rows {
        let scene = knowing();
        let known = scene.latest();
        let path = scene.home("sumdb/latest");
        match text {
            None => fs::remove_file(&path).unwrap(),
            Some(text) => fs::write(&path, text).unwrap(),
        }
        // A database that forked below the kept head must not profit from it.
        scene.world.evil(Evil::Fork { at: 200 });
        let expected = Expected {
            exit: 5,
            record: "refused",
            words: "",
        };
        let _ = assert_install_ends(&scene, row, &expected);
        scene.world.repent();
        let outcome = scene.install().run();
        assert_eq!(outcome.code, Some(0), "{row}\n{}", outcome.snapshot());
        assert_eq!(scene.latest(), known, "{row}");
        let warned = scene.records(&["warned"]);
        assert_eq!(warned.len(), 1, "{row}: {warned:#?}");
        assert_eq!(warned[0]["code"], "sumdb-state", "{row}");
    }
}
