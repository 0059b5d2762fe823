//! Settings that would weaken what Go itself checks.

use goseal_lab::Dump;

use super::super::{Scene, files_below};
use super::{Case, Row, planted};

/// What is known to make Go take toolchains and modules without a check.
const WEAKENING: [(&str, &str); 6] = [
    ("GIT_HTTP_USER_AGENT", "the public module proxy"),
    ("GOSUMDB", "off"),
    ("GONOSUMDB", "*"),
    ("GONOSUMCHECK", "1"),
    ("GOFLAGS", "-insecure"),
    ("GOTOOLCHAIN", "go1.99.0"),
];

/// What the newest start record says of the environment; it may lie in a blob.
fn recorded_settings(scene: &Scene) -> String {
    let start = scene.records(&["start"]).pop().unwrap();
    let field = &start["environment"];
    let Some(digest) = field["sha256"].as_str() else {
        return field.to_string();
    };
    let mut blobs = files_below(&scene.home("audit/blobs"));
    blobs.retain(|path| path.display().to_string().contains(digest));
    std::fs::read_to_string(blobs.pop().unwrap()).unwrap()
}

pub(super) const ROWS: &[Row] = &[Row {
    number: 29,
    what: "variables that switch the checks off",
    cases: &[
        Case {
            what: "in a run: taken away before Go starts, and each is on record",
            plant: || {
                let (scene, held) = planted(|_| {});
                let _ = scene.install().run().expect_code(0);
                (scene, held)
            },
            run: |scene| {
                let run = scene.go(&["fakego-dump"]);
                let run = WEAKENING
                    .iter()
                    .fold(run, |run, (name, value)| run.env(name, value));
                run.env("GOPROXY", "file:///x")
            },
            exit: 0,
            says: "",
            record: None,
            then: |scene, outcome| {
                let seen = Dump::parse(&outcome.stdout).unwrap();
                let recorded = recorded_settings(scene);
                for (name, value) in WEAKENING {
                    assert_ne!(seen.var(name), Some(value), "{name}");
                    assert!(recorded.contains(name), "{name}: {recorded}");
                }
                // Carried, for GOTOOLCHAIN is local: modules are still checked.
                assert_eq!(seen.var("GOPROXY"), Some("file:///x"));
                assert!(recorded.contains("GOPROXY"), "{recorded}");
                assert_eq!(seen.var("GOTOOLCHAIN"), Some("local"));
            },
        },
        Case {
            what: "in an install: no effect",
            plant: || {
                planted(|scene| {
                    let other = goseal_lab::Release::here("1.22.6").claiming(&Scene::id());
                    scene.world.swap_zip(&Scene::id(), other.module_zip());
                })
            },
            run: |scene| {
                WEAKENING
                    .iter()
                    .fold(scene.install(), |run, (name, value)| run.env(name, value))
            },
            ..super::REFUSED
        },
    ],
    more: &[("faults/distrust.rs", "no_variable_turns_the_checks_off")],
}];
