//! Installs at once: one download, as many successes.

use std::thread;
use std::time::{Duration, Instant};

use goseal_lab::{ALWAYS, Fault, Release, World};

use super::{Scene, names_in};

fn wait_until(what: &str, mut reached: impl FnMut() -> bool) {
    let began = Instant::now();
    while !reached() {
        assert!(
            began.elapsed() < Duration::from_secs(30),
            "{what} did not happen"
        );
        thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn installs_of_one_release_at_once_download_it_once_and_all_succeed() {
    for count in [2, 10] {
        let scene = Scene::new();
        let running: Vec<_> = (0..count).map(|_| scene.install().start()).collect();
        for one in running {
            let _ = one.wait().expect_code(0);
        }
        let zips = scene.world.count(&World::zip_path(&Scene::id()));
        assert_eq!(zips, 1, "{count} at once");
        assert_eq!(scene.records(&["installed"]).len(), 1);
        assert_eq!(scene.records(&["install_started"]).len(), 1);
        let _ = scene.goseal(&["verify"]).run().expect_code(0);
        assert_eq!(scene.verdict()["unknown_outcomes"], serde_json::json!([]));
        scene.assert_nothing_staged();
    }
}

#[test]
fn the_first_install_of_all_may_happen_many_times_at_once() {
    // No home yet: shims, keys, chain and tree are all made at the same moment.
    let scene = Scene::bare();
    let running: Vec<_> = (0..6).map(|_| scene.install().start()).collect();
    for one in running {
        let _ = one.wait().expect_code(0);
    }
    assert_eq!(scene.world.count(&World::zip_path(&Scene::id())), 1);
    assert_eq!(scene.records(&["genesis"]).len(), 1);
    let _ = scene.go(&["version"]).run().expect_code(0);
    let _ = scene.verdict();
}

#[test]
fn different_releases_install_side_by_side() {
    let versions = ["1.22.5", "1.22.6", "1.23.1", "1.20"];
    let scene = Scene::with(World::start(versions.map(Release::here)));
    // The first one hangs; nobody else waits for it.
    let zip = World::zip_path(&Scene::id());
    scene.world.fail(&zip, Fault::StallAfter(1_000), 1);
    let mut running: Vec<_> = versions
        .iter()
        .map(|version| scene.goseal(&["install", version]).start())
        .collect();
    for one in running.drain(1..) {
        let _ = one.wait().expect_code(0);
    }
    let _ = running.remove(0).wait().expect_code(0);
    let _ = scene.goseal(&["verify", "--all"]).run().expect_code(0);
    assert_eq!(names_in(&scene.home("toolchains")).len(), 4);
    assert_eq!(scene.records(&["installed"]).len(), 4);
    assert_eq!(scene.verdict()["unknown_outcomes"], serde_json::json!([]));
    scene.assert_nothing_staged();
}

#[test]
fn when_the_holder_of_the_lock_is_killed_the_next_one_goes_on() {
    let scene = Scene::new();
    let zip = World::zip_path(&Scene::id());
    scene.world.fail(&zip, Fault::SlowDrip, 1);
    let mut holder = scene.install().env("GOSEAL_LAB_WIRE", "").start();
    wait_until("the first download", || scene.world.count(&zip) == 1);
    let waiting = scene.install().start();
    // The second one says that it waits after a second; a busy machine starts it late.
    thread::sleep(Duration::from_secs(5));
    assert_eq!(scene.world.count(&zip), 1, "the second did not wait");
    holder.kill();
    let killed = holder.wait();
    assert_eq!(killed.signal, Some(9), "{}", killed.snapshot());
    let outcome = waiting.wait().expect_code(0);
    assert!(
        outcome.stderr.contains("waiting for another install"),
        "{}",
        outcome.snapshot()
    );
    assert_eq!(scene.world.count(&zip), 2);
    assert_eq!(
        scene.verdict()["unknown_outcomes"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    scene.assert_nothing_staged();
}

#[test]
fn when_the_holder_of_the_lock_fails_the_next_one_tries_for_itself() {
    let scene = Scene::new();
    let zip = World::zip_path(&Scene::id());
    scene.world.fail(&zip, Fault::Status(500), 3);
    let outcomes: Vec<_> = [scene.install().start(), scene.install().start()]
        .into_iter()
        .map(|running| running.wait().code)
        .collect();
    assert!(
        outcomes.contains(&Some(4)) && outcomes.contains(&Some(0)),
        "{outcomes:?}"
    );
    scene.world.fail(&zip, Fault::Status(500), ALWAYS);
    let _ = scene.install().run().expect_code(0);
    let _ = scene.verdict();
}
