//! A wire that fails: exit 4 with the address, or success after another try; always in bounded
//! time.

use std::time::{Duration, Instant};

use goseal_lab::sandbox::Outcome;
use goseal_lab::{ALWAYS, Fault, Lab, Release, World};

use super::{Expected, Scene, VERSION, assert_install_ends};

/// Faults that never end, with windows of a second and two retries, are given up within this.
const BOUND: Duration = Duration::from_secs(40);

fn database(path: &str) -> String {
    format!("/proxy/sumdb/{}/{path}", Lab::database_name())
}

/// What comes of a fault.
#[derive(Clone, Copy)]
enum End {
    /// Installed, by resuming or by another try.
    Installed,
    /// Exit 4 and a `failed` record.
    Failed,
    /// Exit 5 and a `refused` record.
    Refused,
}

fn assert_ends(row: &str, pattern: &str, fault: Fault, times: u32, end: End) -> (Scene, Outcome) {
    let scene = Scene::new();
    scene.world.fail(pattern, fault, times);
    let began = Instant::now();
    let outcome = match end {
        End::Installed => {
            let outcome = scene.install().run();
            assert_eq!(outcome.code, Some(0), "{row}\n{}", outcome.snapshot());
            let _ = scene.goseal(&["verify"]).run().expect_code(0);
            scene.assert_nothing_staged();
            outcome
        }
        End::Failed => {
            let expected = Expected {
                exit: 4,
                record: "failed",
                words: &scene.world.url(),
            };
            assert_install_ends(&scene, row, &expected)
        }
        End::Refused => {
            let expected = Expected {
                exit: 5,
                record: "refused",
                words: "",
            };
            assert_install_ends(&scene, row, &expected)
        }
    };
    let took = began.elapsed();
    assert!(took < BOUND, "{row} took {took:?}");
    (scene, outcome)
}

#[test]
fn a_zip_that_comes_badly_once_is_resumed_or_fetched_again() {
    let zip = World::zip_path(&Scene::id());
    for (row, fault) in [
        ("500", Fault::Status(500)),
        ("503", Fault::Status(503)),
        ("429", Fault::Status(429)),
        ("reset at once", Fault::ResetAfter(0)),
        ("reset in the middle", Fault::ResetAfter(50_000)),
        ("stalled in the middle", Fault::StallAfter(50_000)),
    ] {
        let (scene, _) = assert_ends(row, &zip, fault, 1, End::Installed);
        assert!(scene.world.count(&zip) >= 2, "{row}");
    }
}

#[test]
fn a_cut_at_every_32_kib_is_resumed_to_the_end() {
    let zip = World::zip_path(&Scene::id());
    let (scene, _) = assert_ends(
        "cuts",
        &zip,
        Fault::ResetAfter(33_000),
        ALWAYS,
        End::Installed,
    );
    let requests = scene.world.requests();
    let ranges: Vec<_> = requests
        .iter()
        .filter(|request| request.path() == zip)
        .map(|request| request.header("range").unwrap_or("whole").to_owned())
        .collect();
    assert_eq!(ranges[..2], ["whole", "bytes=33000-"], "{ranges:?}");
    assert!(ranges.len() >= 3);
}

#[test]
fn a_zip_that_never_comes_is_exit_4_with_the_address() {
    let zip = World::zip_path(&Scene::id());
    for (row, fault) in [
        ("500", Fault::Status(500)),
        ("401", Fault::Status(401)),
        ("403", Fault::Status(403)),
        ("404", Fault::Status(404)),
        ("410", Fault::Status(410)),
        ("no bytes", Fault::ResetAfter(0)),
        ("a few bytes a try", Fault::ResetAfter(100)),
        ("silence", Fault::StallAfter(0)),
        ("silence in the middle", Fault::StallAfter(20)),
        ("ten bytes a second", Fault::SlowDrip),
        ("no end", Fault::Endless),
        ("a length beyond the limit", Fault::WrongLength(1 << 40)),
        ("a length beyond the body", Fault::WrongLength(1 << 20)),
        ("gzip that was not asked for", Fault::Gzip),
        ("a redirect to itself", Fault::RedirectTo(zip.clone())),
        (
            "a redirect to a scheme",
            Fault::RedirectTo("ftp://127.0.0.1/x".to_owned()),
        ),
        (
            "a redirect to a file",
            Fault::RedirectTo("file:///etc/passwd".to_owned()),
        ),
    ] {
        let (scene, _) = assert_ends(row, &zip, fault, ALWAYS, End::Failed);
        assert_eq!(
            scene.world.count("/dl/*"),
            0,
            "{row}: another source was asked"
        );
    }
}

#[test]
fn a_zip_of_a_wrong_length_that_arrives_is_distrust() {
    let zip = World::zip_path(&Scene::id());
    for (row, fault) in [
        ("cut, and the length agrees", Fault::Truncate(60_000)),
        ("longer, and the length agrees", Fault::ExtraBytes(1)),
        ("another body", Fault::Replace((*b"not a zip").into())),
    ] {
        let _ = assert_ends(row, &zip, fault, ALWAYS, End::Refused);
    }
}

#[test]
fn a_range_that_is_ignored_begins_anew() {
    let scene = Scene::new();
    let zip = World::zip_path(&Scene::id());
    scene.world.fail(&zip, Fault::ResetAfter(50_000), 1);
    scene.world.fail(&zip, Fault::IgnoreRange, ALWAYS);
    let _ = scene.install().run().expect_code(0);
    let _ = scene.goseal(&["verify"]).run().expect_code(0);
}

#[test]
fn a_redirect_to_another_host_of_the_same_scheme_is_followed_and_recorded() {
    let scene = Scene::new();
    let zip = World::zip_path(&Scene::id());
    let elsewhere = World::start([Release::here(VERSION)]);
    let target = format!("{}{zip}", elsewhere.url());
    scene
        .world
        .fail(&zip, Fault::RedirectTo(target.clone()), ALWAYS);
    let _ = scene.install().run().expect_code(0);
    let installed = scene.records(&["installed"]).pop().unwrap();
    let source = installed["source"].to_string();
    assert!(
        source.contains(&target) && source.contains(&scene.world.url()),
        "{source}"
    );
}

#[test]
fn a_database_that_comes_badly_once_is_asked_again() {
    for path in ["supported", "lookup/*", "tile/*"] {
        for (row, fault) in [
            ("500", Fault::Status(500)),
            ("reset", Fault::ResetAfter(1)),
            ("silence", Fault::StallAfter(1)),
        ] {
            let row = format!("{path}: {row}");
            let _ = assert_ends(&row, &database(path), fault, 1, End::Installed);
        }
    }
}

#[test]
fn a_database_out_of_reach_is_exit_4_with_the_address_and_nobody_else_is_asked() {
    let rows = [
        ("500", Fault::Status(500)),
        ("403", Fault::Status(403)),
        ("reset", Fault::ResetAfter(1)),
        ("silence", Fault::StallAfter(1)),
        ("gzip", Fault::Gzip),
        ("a redirect", Fault::RedirectTo("/direct/latest".to_owned())),
    ];
    for path in ["supported", "lookup/*", "tile/*"] {
        for (row, fault) in &rows {
            let row = format!("{path}: {row}");
            let (scene, _) = assert_ends(&row, &database(path), fault.clone(), ALWAYS, End::Failed);
            assert_eq!(scene.world.count("/direct/*"), 0, "{row}: went direct");
        }
    }
}

#[test]
fn a_database_that_trickles_is_too_slow_and_one_without_end_is_a_liar() {
    for (path, fault, end) in [
        ("lookup/*", Fault::SlowDrip, End::Failed),
        ("tile/*", Fault::SlowDrip, End::Failed),
        ("supported", Fault::Endless, End::Failed),
        ("lookup/*", Fault::Endless, End::Refused),
        ("tile/*", Fault::Endless, End::Refused),
    ] {
        let row = format!("{path}: {fault:?}");
        let _ = assert_ends(&row, &database(path), fault, ALWAYS, end);
    }
}

#[test]
fn a_proxy_that_says_it_serves_the_database_and_does_not_is_never_passed_by() {
    for (path, status) in [("lookup/*", 404), ("lookup/*", 410), ("tile/*", 404)] {
        let scene = Scene::new();
        scene
            .world
            .fail(&database(path), Fault::Status(status), ALWAYS);
        let before = scene.sandbox.snapshot_of_places();
        let outcome = scene.install().run();
        let snapshot = outcome.snapshot();
        assert!(
            matches!(outcome.code, Some(4 | 5)),
            "{path} {status}\n{snapshot}"
        );
        scene.assert_nothing_but_traces(&before);
        assert_eq!(
            scene.world.count("/direct/*"),
            0,
            "{path} {status}: went direct"
        );
        assert_eq!(scene.records(&["installed"]).len(), 0);
    }
}
