//! GOPROXY end to end: who is asked, in which order, and what of it may be written down.

use goseal_lab::{ALWAYS, Fault, Release, World};

use super::{Scene, VERSION, files_below};

/// Installs with a list in which `A`, `B` and `C` stand for three worlds; says how it ended and
/// which worlds were asked for the zip.
fn walked(list: &str, faults: [Option<u16>; 3]) -> (Option<i32>, String) {
    let worlds = ["A", "B", "C"].map(|_| World::start([Release::here(VERSION)]));
    for (world, fault) in worlds.iter().zip(faults) {
        if let Some(status) = fault {
            world.fail("*", Fault::Status(status), ALWAYS);
        }
    }
    let mut value = list.to_owned();
    for (name, world) in ["A", "B", "C"].iter().zip(&worlds) {
        value = value.replace(name, &world.proxy_url());
    }
    let scene = Scene::new();
    let outcome = scene.install().env("GOPROXY", value).run();
    let asked = ["A", "B", "C"]
        .iter()
        .zip(&worlds)
        .filter(|(_, world)| world.count("*.zip") > 0)
        .map(|(name, _)| *name)
        .collect();
    assert!(
        scene.world.requests().is_empty(),
        "{list}: a proxy that is not in the list"
    );
    (outcome.code, asked)
}

#[test]
fn a_list_is_walked_as_go_walks_it() {
    let (gone, broken, forbidden) = (Some(404), Some(500), Some(403));
    for (list, faults, code, asked) in [
        ("A,B", [None, None, None], 0, "A"),
        ("A,B", [gone, None, None], 0, "AB"),
        ("A,B", [Some(410), None, None], 0, "AB"),
        ("A,B", [broken, None, None], 4, "A"),
        ("A|B", [broken, None, None], 0, "AB"),
        ("A,B", [forbidden, None, None], 4, "A"),
        ("A|B", [forbidden, None, None], 0, "AB"),
        ("A,B|C", [gone, broken, None], 0, "ABC"),
        ("A|B,C", [broken, broken, None], 4, "AB"),
        ("A,direct", [None, None, None], 0, "A"),
        ("direct,A", [None, None, None], 4, ""),
        ("direct", [None, None, None], 4, ""),
        ("off", [None, None, None], 4, ""),
        ("off,A", [None, None, None], 4, ""),
        ("off|A", [None, None, None], 4, ""),
        ("A,off", [None, None, None], 0, "A"),
        ("A,off", [broken, None, None], 4, "A"),
        (" A , B ", [None, None, None], 0, "A"),
    ] {
        assert_eq!(
            walked(list, faults),
            (Some(code), asked.to_owned()),
            "{list} {faults:?}"
        );
    }
}

#[test]
fn a_list_that_go_refuses_is_refused_before_anything_is_asked() {
    for list in [
        ",",
        "nonsense",
        "ftp://a.example",
        "/srv/proxy",
        "file://host/x",
    ] {
        let scene = Scene::new();
        let before = scene.sandbox.snapshot_of_places();
        let outcome = scene.install().env("GOPROXY", list).run();
        assert_eq!(outcome.code, Some(4), "{list}\n{}", outcome.snapshot());
        assert!(
            outcome.stderr.contains("GOPROXY"),
            "{list}\n{}",
            outcome.snapshot()
        );
        scene.assert_nothing_but_traces(&before);
    }
}

#[test]
fn a_release_that_no_proxy_carries_is_exit_4_and_nothing_nearer_is_taken() {
    let scene = Scene::new();
    scene.sandbox.file("project/.go-version", "1.22.9\n");
    let before = scene.sandbox.snapshot_of_places();
    let outcome = scene.install().run().expect_code(4);
    assert!(outcome.stderr.contains("1.22.9"), "{}", outcome.snapshot());
    scene.assert_nothing_but_traces(&before);
    assert_eq!(scene.world.count("*1.22.5*.zip"), 0);
}

/// Every text that goseal leaves or says.
fn assert_never_written(scene: &Scene, row: &str, said: &str, secrets: &[&str]) {
    for secret in secrets {
        assert!(!said.contains(secret), "{row}: `{secret}` is said\n{said}");
        for path in files_below(&scene.sandbox.goseal_home()) {
            let bytes = std::fs::read(&path).unwrap();
            let found = bytes
                .windows(secret.len())
                .any(|window| window == secret.as_bytes());
            assert!(!found, "{row}: `{secret}` is in {}", path.display());
        }
    }
}

#[test]
fn credentials_of_a_proxy_are_sent_to_it_and_written_nowhere() {
    let secrets = ["s3cr3t-pass", "czNjcjN0LXBhc3M", "me:s3", "bWU6czNj"];
    for (row, fault) in [
        ("it works", None),
        ("the zip is gone", Some(Fault::Status(404))),
        ("the zip is forbidden", Some(Fault::Status(401))),
        ("the zip is cut", Some(Fault::ResetAfter(10))),
        ("the zip is another", Some(Fault::Replace((*b"x").into()))),
        (
            "it redirects",
            Some(Fault::RedirectTo(
                "http://u:s3cr3t-pass@127.0.0.1:9/".to_owned(),
            )),
        ),
        (
            "it redirects to no address",
            Some(Fault::RedirectTo("http://u:s3cr3t-pass@[".to_owned())),
        ),
    ] {
        let scene = Scene::new();
        let path = World::zip_path(&Scene::id());
        if let Some(fault) = fault {
            scene.world.fail(&path, fault, ALWAYS);
        }
        let address = scene
            .world
            .proxy_url()
            .replace("http://", "http://me:s3cr3t-pass@");
        let mut said = String::new();
        for args in [
            &["install"][..],
            &["install", "--format", "json"],
            &["list", "--remote"],
        ] {
            said += &scene.goseal(args).env("GOPROXY", &address).run().snapshot();
        }
        for args in [
            &["current", "--format", "json"][..],
            &["audit", "show", "--last", "1000", "--format", "json"],
            &["audit", "show", "--last", "1000"],
            &["lock"],
        ] {
            said += &scene.goseal(args).env("GOPROXY", &address).run().snapshot();
        }
        let shim = scene.go(&["version"]).env("GOPROXY", &address).run();
        said += &shim.snapshot();
        assert_never_written(&scene, row, &said, &secrets);
        assert!(!scene.sandbox.read("project/.go-version").contains("s3cr3t"));
        let sent = scene.world.requests();
        let zip = sent.iter().find(|request| request.path() == path).unwrap();
        assert!(zip.header("authorization").is_some(), "{row}: {zip:?}");
    }
}

#[test]
fn a_broken_list_with_credentials_does_not_show_them() {
    for list in [
        "ftp://me:s3cr3t-pass@a.example/",
        "http://me:s3cr3t-pass@a.example:99999/",
        "http://me:s3cr3t-pass@/",
        "me:s3cr3t-pass@",
        "file://me:s3cr3t-pass@host/x",
    ] {
        let scene = Scene::new();
        let outcome = scene.install().env("GOPROXY", list).run();
        assert_eq!(outcome.code, Some(4), "{list}\n{}", outcome.snapshot());
        assert_never_written(&scene, list, &outcome.snapshot(), &["s3cr3t-pass"]);
    }
}

#[test]
fn credentials_do_not_follow_a_redirect_to_another_host() {
    let scene = Scene::new();
    let path = World::zip_path(&Scene::id());
    let elsewhere = World::start([Release::here(VERSION)]);
    let port = elsewhere.server().address().port();
    let target = format!("http://localhost:{port}{path}");
    scene.world.fail(&path, Fault::RedirectTo(target), ALWAYS);
    let address = scene
        .world
        .proxy_url()
        .replace("http://", "http://me:s3cr3t-pass@");
    let _ = scene.install().env("GOPROXY", address).run().expect_code(0);
    for request in elsewhere.requests() {
        assert_eq!(request.header("authorization"), None, "{request:?}");
    }
}
