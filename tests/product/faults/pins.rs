//! Pins that are no pins: `install` ends with 3, the shim with 125, and no path is ever built from
//! what they say.

use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;
use std::time::{Duration, Instant};

use super::Scene;

/// Refused by both, on record, within two seconds.
fn assert_refused(scene: &Scene, row: &str) {
    let before = scene.sandbox.snapshot_of_places();
    for (args, code) in [(None, 125), (Some("install"), 3)] {
        let began = Instant::now();
        let run = match args {
            None => scene.go(&["version"]),
            Some(verb) => scene.goseal(&[verb]),
        };
        let outcome = run.time_limit(Duration::from_secs(20)).run();
        let snapshot = outcome.snapshot();
        assert_eq!(outcome.code, Some(code), "{row}\n{snapshot}");
        assert!(snapshot.contains(".go-version"), "{row}\n{snapshot}");
        assert!(!outcome.stderr.contains('\u{1b}'), "{row}\n{snapshot}");
        assert!(began.elapsed() < Duration::from_secs(10), "{row}");
        if code == 125 {
            let ours = outcome
                .stderr
                .lines()
                .all(|line| line.starts_with("goseal: "));
            assert!(ours && outcome.stdout.is_empty(), "{row}\n{snapshot}");
        }
    }
    before.assert_unchanged_except(&["goseal/audit"]);
    assert!(
        scene.world.requests().is_empty(),
        "{row}: the wire was asked"
    );
    let refused = scene.records(&["run_refused"]);
    assert_eq!(refused.len(), 1, "{row}: {refused:#?}");
    assert_eq!(refused[0]["exit"], 125, "{row}");
}

#[test]
fn texts_that_are_no_exact_release_are_refused() {
    let long = format!("{}1.22.5\n", "#\n".repeat(5 << 20));
    let rows: [(&str, &[u8]); 28] = [
        ("leads up", b"../../../tmp/x\n"),
        ("absolute", b"/etc/passwd\n"),
        ("absolute on Windows", b"C:\\x\n"),
        ("UNC", b"\\\\host\\share\n"),
        ("a second version", b"1.22.5\n1.21.0\n"),
        ("the same twice", b"1.22.5\n1.22.5\n"),
        ("two on a line", b"1.22.5 1.21.0\n"),
        ("NUL at the end", b"1.22.5\0"),
        ("NUL inside", b"1.22\0.5\n"),
        ("10 MB", long.as_bytes()),
        ("empty", b""),
        ("comments only", b"# 1.22.5\n"),
        ("latest", b"latest\n"),
        ("a line", b"1.22\n"),
        ("a wildcard", b"1.22.x\n"),
        ("a range", b">=1.22\n"),
        ("system", b"system\n"),
        ("a suffix", b"1.22.5-evil\n"),
        ("a command", b"go1.22.5;rm -rf /\n"),
        ("a template", b"{{exec \"id\"}}\n"),
        ("full-width digits", "１.22.5\n".as_bytes()),
        ("Arabic digits", "1.22.٥\n".as_bytes()),
        ("not UTF-8", b"\xff\xfe1.22.5\n"),
        ("a leading zero", b"1.022.5\n"),
        ("a number too great", b"1.99999999999999999999.1\n"),
        ("escape codes", b"\x1b[31m1.22.5\n"),
        ("a pad of no-break spaces", "1.22.5\u{a0}\n".as_bytes()),
        ("old Mac line ends", b"1.22.5\r1.21.0\r"),
    ];
    for (row, bytes) in rows {
        let scene = Scene::new();
        scene.sandbox.file("project/.go-version", bytes);
        assert_refused(&scene, row);
    }
}

#[test]
fn things_that_are_no_files_are_refused_without_blocking() {
    type Make = fn(&std::path::Path);
    let make: [(&str, Make); 5] = [
        ("a folder", |path| fs::create_dir(path).unwrap()),
        ("a pipe", |path| {
            let made = Command::new("/usr/bin/mkfifo").arg(path).status().unwrap();
            assert!(made.success());
        }),
        ("a link to an endless device", |path| {
            symlink("/dev/zero", path).unwrap();
        }),
        ("a link to a terminal", |path| {
            symlink("/dev/tty", path).unwrap();
        }),
        ("a link to itself", |path| {
            symlink(".go-version", path).unwrap();
        }),
    ];
    for (row, make) in make {
        let scene = Scene::new();
        let path = scene.sandbox.project().join(".go-version");
        fs::remove_file(&path).unwrap();
        make(&path);
        assert_refused(&scene, row);
    }
}

#[test]
fn what_editors_leave_in_a_pin_is_tolerated() {
    let scene = Scene::installed();
    for text in [
        "1.22.5",
        "go1.22.5\n",
        "1.22.5\r\n",
        "\u{feff}1.22.5\n",
        "\u{feff}# pinned\r\n\r\n1.22.5 # by us\r\n",
        "  1.22.5\t\n\n",
    ] {
        scene.sandbox.file("project/.go-version", text);
        let outcome = scene.go(&["version"]).run();
        assert_eq!(outcome.code, Some(0), "{text:?}\n{}", outcome.snapshot());
        assert!(outcome.stdout.contains("go1.22.5"), "{text:?}");
        let _ = scene.install().run().expect_code(0);
    }
}

#[test]
fn a_pin_that_is_not_installed_is_127_with_the_command_and_no_other_go() {
    let scene = Scene::installed();
    scene.sandbox.file("project/.go-version", "1.22.6\n");
    let other = scene
        .sandbox
        .file("other/go", "#!/bin/sh\necho another go\n");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(&other, mode).unwrap();
    let path = format!("{}:/usr/bin:/bin", other.parent().unwrap().display());
    let outcome = scene
        .go(&["version"])
        .env("PATH", path)
        .run()
        .expect_code(127);
    assert!(
        outcome.stderr.contains("goseal install 1.22.6"),
        "{}",
        outcome.snapshot()
    );
    assert_eq!(outcome.stdout, "");
    assert_eq!(scene.records(&["run_refused"]).pop().unwrap()["exit"], 127);
}

#[test]
fn a_version_that_is_typed_wrong_is_a_wrong_command_line() {
    for text in [
        "latest",
        "1.22",
        "../x",
        "/etc/passwd",
        "1.22.5;id",
        "",
        "１.22.5",
    ] {
        let scene = Scene::new();
        let before = scene.sandbox.snapshot_of_places();
        let outcome = scene.goseal(&["install", "--", text]).run();
        assert_eq!(outcome.code, Some(2), "{text}\n{}", outcome.snapshot());
        before.assert_unchanged_except(&["goseal/audit"]);
    }
}
