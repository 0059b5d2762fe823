//! A lock that says something else than what is served, proved or installed.

use goseal_lab::{Evil, Release, World};

use super::{Expected, Scene, VERSION, assert_install_ends};

/// A scene whose project has the lock that `goseal lock` writes.
fn locked() -> Scene {
    let scene = Scene::new();
    let _ = scene.goseal(&["lock"]).run().expect_code(0);
    scene
}

/// The lock with the value of one key replaced.
fn with_value(text: &str, key: &str, value: &str) -> String {
    let lines = text.lines().map(|line| match line.split_once(" = ") {
        Some((name, _)) if name == key => format!("{key} = {value}\n"),
        _ => format!("{line}\n"),
    });
    lines.collect()
}

fn contradicting() -> Vec<(&'static str, &'static str, String)> {
    let other = Release::here("1.22.6");
    let root = format!("\"{}\"", "0".repeat(64));
    vec![
        ("another h1", "h1", format!("\"{}\"", other.h1())),
        ("another record number", "record", "7".to_owned()),
        ("another root", "tree_root", root),
        (
            "a smaller tree with this root",
            "tree_size",
            "299".to_owned(),
        ),
    ]
}

#[test]
fn a_lock_that_contradicts_the_database_is_distrust_and_named() {
    for (row, key, value) in contradicting() {
        let scene = locked();
        let text = scene.sandbox.read("project/goseal.lock");
        let wrong = with_value(&text, key, &value);
        assert_ne!(text, wrong, "{row}");
        scene.sandbox.file("project/goseal.lock", &wrong);
        let known = scene.latest();
        let expected = Expected {
            exit: 5,
            record: "refused",
            words: "goseal.lock",
        };
        let _ = assert_install_ends(&scene, row, &expected);
        assert_eq!(scene.latest(), known, "{row}: the lock moved the head");
        assert_eq!(scene.sandbox.read("project/goseal.lock"), wrong, "{row}");
        for args in [
            &["lock"][..],
            &["lock", "--check"],
            &["install", "--frozen"],
        ] {
            let outcome = scene.goseal(args).run();
            let snapshot = outcome.snapshot();
            assert_eq!(outcome.code, Some(5), "{row}: {args:?}\n{snapshot}");
            assert!(
                snapshot.contains("goseal.lock"),
                "{row}: {args:?}\n{snapshot}"
            );
            assert_eq!(
                scene.sandbox.read("project/goseal.lock"),
                wrong,
                "{row}: {args:?}"
            );
        }
    }
}

#[test]
fn a_lock_that_contradicts_an_installed_tree_is_distrust_on_record() {
    let scene = Scene::installed();
    let _ = scene.goseal(&["lock"]).run().expect_code(0);
    let text = scene.sandbox.read("project/goseal.lock");
    let other = Release::here("1.22.6").h1();
    let wrong = with_value(&text, "h1", &format!("\"{other}\""));
    scene.sandbox.file("project/goseal.lock", wrong);
    let before = scene.sandbox.snapshot_of_places();
    let outcome = scene.install().run().expect_code(5);
    assert!(
        outcome.stderr.contains("goseal.lock"),
        "{}",
        outcome.snapshot()
    );
    before.assert_unchanged_except(&["goseal/audit", "goseal/locks"]);
    let refused = scene.records(&["refused"]);
    assert_eq!(refused.len(), 1, "{:#?}", scene.log());
    assert_eq!(refused[0]["code"], "lock-contradicted");
    let outcome = scene.go(&["version"]).run().expect_code(125);
    assert!(
        outcome.stderr.contains("goseal.lock"),
        "{}",
        outcome.snapshot()
    );
}

#[test]
fn a_whole_lie_in_step_with_the_zip_is_still_caught_by_the_lock() {
    // Database and zip agree with each other; only what was reviewed says otherwise.
    let scene = locked();
    let other = Release::here("1.22.6").claiming(&Scene::id());
    let lying = World::start([other]);
    let scene = Scene {
        world: lying,
        sandbox: scene.sandbox,
    };
    let before = scene.sandbox.snapshot_of_places();
    let outcome = scene
        .install()
        .env("GOPROXY", scene.world.proxy_url())
        .run()
        .expect_code(5);
    assert!(!outcome.stderr.is_empty());
    scene.assert_nothing_but_traces(&before);
}

#[test]
fn a_lock_of_a_tree_that_is_not_there_yet_is_held_against_it_when_it_is() {
    let scene = locked();
    let text = scene.sandbox.read("project/goseal.lock");
    scene
        .sandbox
        .file("project/goseal.lock", with_value(&text, "tree_size", "301"));
    // A proxy may be behind the one that was locked from: nothing contradicts yet.
    let _ = scene.install().run().expect_code(0);
    let _ = scene.goseal(&["uninstall", VERSION]).run().expect_code(0);
    scene.world.sumdb(|sumdb| sumdb.grow(40));
    let expected = Expected {
        exit: 5,
        record: "refused",
        words: "goseal.lock",
    };
    let _ = assert_install_ends(&scene, "the tree of 301 has another root", &expected);
}

#[test]
fn a_lock_holds_when_the_database_is_rolled_back() {
    let scene = locked();
    scene.world.evil(Evil::OldHead(110));
    let expected = Expected {
        exit: 5,
        record: "refused",
        words: "",
    };
    let _ = assert_install_ends(&scene, "rolled back", &expected);
}

#[test]
fn a_lock_that_cannot_be_read_is_exit_3_and_points_at_the_line() {
    for (row, text) in [
        ("no TOML", "version = \n"),
        ("another format", "version = 2\n"),
        ("an unknown key", "version = 1\nevil = true\n"),
        (
            "no h1",
            "version = 1\n[[toolchain]]\nversion = \"1.22.5\"\nplatform = \"linux/amd64\"\n",
        ),
        ("a conflict of a merge", "<<<<<<< ours\nversion = 1\n"),
    ] {
        let scene = Scene::new();
        scene.sandbox.file("project/goseal.lock", text);
        let before = scene.sandbox.snapshot_of_places();
        let outcome = scene.install().run();
        let snapshot = outcome.snapshot();
        assert_eq!(outcome.code, Some(3), "{row}\n{snapshot}");
        assert!(snapshot.contains("goseal.lock:"), "{row}\n{snapshot}");
        before.assert_unchanged_except(&["goseal/audit"]);
        assert!(
            scene.world.requests().is_empty(),
            "{row}: the wire was asked"
        );
    }
}

#[test]
fn a_frozen_install_needs_a_lock_with_this_entry() {
    let scene = Scene::new();
    let outcome = scene.goseal(&["install", "--frozen"]).run().expect_code(3);
    assert!(
        outcome.stderr.contains("goseal.lock"),
        "{}",
        outcome.snapshot()
    );
    scene.sandbox.file("project/goseal.lock", "version = 1\n");
    let outcome = scene.goseal(&["install", "--frozen"]).run().expect_code(3);
    assert!(outcome.stderr.contains(VERSION), "{}", outcome.snapshot());
    assert_eq!(scene.world.count("*.zip"), 0);
}
