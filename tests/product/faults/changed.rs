//! Trees that change after they were installed: what runs is what was proved, or nothing.

use std::fs::{self, File, FileTimes};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use super::Scene;

/// Changes a file's bytes in place and puts size, mode and times back as far as a program can.
fn edit_and_hide(path: &Path, change: impl FnOnce(Vec<u8>) -> Vec<u8>) {
    let meta = fs::metadata(path).unwrap();
    let old = fs::read(path).unwrap();
    let new = change(old.clone());
    assert_ne!(old, new);
    fs::set_permissions(path, fs::Permissions::from_mode(0o644)).unwrap();
    fs::write(path, new).unwrap();
    let times = FileTimes::new()
        .set_modified(meta.modified().unwrap())
        .set_accessed(meta.accessed().unwrap());
    File::options()
        .write(true)
        .open(path)
        .unwrap()
        .set_times(times)
        .unwrap();
    fs::set_permissions(path, meta.permissions()).unwrap();
    let now = fs::metadata(path).unwrap();
    assert_eq!(now.modified().unwrap(), meta.modified().unwrap());
}

fn one_byte(mut bytes: Vec<u8>) -> Vec<u8> {
    let at = bytes.len() / 2;
    bytes[at] ^= 1;
    bytes
}

#[test]
fn a_changed_executable_never_runs_and_is_named() {
    let watched = [
        ("pkg/goseal/go", "bin/go"),
        ("pkg/goseal/gofmt", "bin/gofmt"),
        ("go.env", "go.env"),
    ];
    for (path, name) in watched {
        for ran_before in [false, true] {
            let row = format!("{path}, ran before: {ran_before}");
            let scene = Scene::installed();
            if ran_before {
                let _ = scene.go(&["version"]).run().expect_code(0);
            }
            edit_and_hide(&scene.tree().join(path), one_byte);
            let outcome = scene.go(&["version"]).run();
            let snapshot = outcome.snapshot();
            assert_eq!(outcome.code, Some(125), "{row}\n{snapshot}");
            assert_eq!(outcome.stdout, "", "{row}");
            assert!(
                outcome.stderr.contains(name),
                "{row}: the file is not named\n{snapshot}"
            );
            let ours = outcome
                .stderr
                .lines()
                .all(|line| line.starts_with("goseal: "));
            assert!(ours, "{row}\n{snapshot}");
            let refused = scene.records(&["run_refused"]).pop().unwrap();
            assert_eq!(refused["code"], "differs", "{row}");
            let what = refused["what"].to_string();
            assert!(what.contains(name), "{row}: the record says {what}");
            let door = scene
                .sandbox
                .command(scene.tree().join("bin/go"))
                .arg("version")
                .run();
            assert_eq!(door.code, Some(125), "{row}: the door\n{}", door.snapshot());
            for args in [&["verify"][..], &["verify", "--quick"]] {
                let outcome = scene.goseal(args).run();
                let snapshot = outcome.snapshot();
                assert_eq!(outcome.code, Some(5), "{row}: {args:?}\n{snapshot}");
                assert!(snapshot.contains(name), "{row}: {args:?}\n{snapshot}");
            }
            let again = scene.install().run();
            assert_eq!(again.code, Some(5), "{row}: adopted\n{}", again.snapshot());
        }
    }
}

#[test]
fn a_changed_tree_is_put_back_by_what_the_hint_says() {
    let scene = Scene::installed();
    edit_and_hide(&scene.tree().join("pkg/goseal/go"), one_byte);
    let _ = scene.go(&["version"]).run().expect_code(125);
    let found = scene.install().run().expect_code(5);
    assert!(
        found.stderr.contains("`goseal verify --repair 1.22.5`"),
        "{}",
        found.stderr
    );
    let repair = ["verify", "--repair", "1.22.5"];
    let _ = scene.goseal(&repair).run().expect_code(0);
    let _ = scene.goseal(&["verify"]).run().expect_code(0);
    let _ = scene.go(&["version"]).run().expect_code(0);
}

#[test]
fn every_way_in_which_a_tree_can_differ_is_found_by_verify() {
    type Change = fn(&Path);
    let rows: [(&str, &str, Change); 9] = [
        ("a source file", "src/go.mod", |path| {
            edit_and_hide(path, one_byte);
        }),
        ("VERSION", "VERSION", |path| edit_and_hide(path, one_byte)),
        ("a missing file", "src/go.mod", |path| {
            open(path.parent().unwrap());
            fs::remove_file(path).unwrap();
        }),
        ("a file more", "src/evil.go", |path| {
            open(path.parent().unwrap());
            fs::write(path, "package evil\n").unwrap();
        }),
        ("a link", "src/link", |path| {
            open(path.parent().unwrap());
            std::os::unix::fs::symlink("/etc/passwd", path).unwrap();
        }),
        ("a mode", "VERSION", |path| {
            fs::set_permissions(path, fs::Permissions::from_mode(0o777)).unwrap();
        }),
        ("a door", "bin/go", |path| {
            open(path.parent().unwrap());
            edit_and_hide(path, one_byte);
        }),
        ("the door's home", "pkg/goseal/home", |path| {
            edit_and_hide(path, one_byte);
        }),
        ("a tool", "compile", |path| {
            let tool = super::files_below(&path.parent().unwrap().join("pkg/tool"))
                .into_iter()
                .find(|tool| tool.ends_with("compile"))
                .unwrap();
            edit_and_hide(&tool, one_byte);
        }),
    ];
    for (row, name, change) in rows {
        let scene = Scene::installed();
        change(&scene.tree().join(name));
        let outcome = scene.goseal(&["verify"]).run();
        let snapshot = outcome.snapshot();
        assert_eq!(outcome.code, Some(5), "{row}\n{snapshot}");
        assert!(
            snapshot.contains(name),
            "{row}: `{name}` is not named\n{snapshot}"
        );
        let record = scene.records(&["verified"]).pop().unwrap();
        assert_eq!(record["outcome"], "findings", "{row}: {record}");
    }
}

fn open(folder: &Path) {
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn a_manifest_or_proof_that_is_edited_is_distrust() {
    for name in ["manifest", "proof"] {
        let scene = Scene::installed();
        let path = scene.home("seals").join(Scene::id()).join(name);
        edit_and_hide(&path, one_byte);
        let outcome = scene.goseal(&["verify"]).run();
        let snapshot = outcome.snapshot();
        assert_eq!(outcome.code, Some(5), "{name}\n{snapshot}");
        assert!(snapshot.contains(name), "{name}\n{snapshot}");
        let record = scene.records(&["verified"]).pop().unwrap();
        assert_eq!(record["outcome"], "refused", "{name}: {record}");
    }
}

#[test]
fn every_line_of_a_seal_that_can_be_recomputed_is() {
    let digest = "0".repeat(64);
    let h1 = goseal_lab::Release::here("1.22.6").h1().to_string();
    let position = format!("7 300 {digest} joined");
    for (key, value) in [
        ("release", "go1.22.6.linux-amd64"),
        ("h1", &h1),
        ("sumdb", &position),
        ("manifest", &digest),
        ("proof", &digest),
        ("door", &digest),
        ("home", &digest),
        ("evidence", "lock sumdb evil"),
        ("form", "rar"),
    ] {
        let scene = Scene::installed();
        let path = scene.home("seals").join(Scene::id()).join("seal");
        let prefix = format!("{key} ");
        edit_and_hide(&path, |old| {
            let text = String::from_utf8(old).unwrap();
            let lines = text.lines().map(|line| {
                let line = line
                    .strip_prefix(&prefix)
                    .map_or(line.to_owned(), |_| format!("{prefix}{value}"));
                line + "\n"
            });
            lines.collect::<String>().into_bytes()
        });
        let outcome = scene.goseal(&["verify"]).run();
        assert_eq!(outcome.code, Some(5), "{key}\n{}", outcome.snapshot());
    }
}

#[test]
fn a_tree_without_a_seal_never_runs_and_is_replaced() {
    let scene = Scene::installed();
    fs::remove_dir_all(scene.home("seals")).unwrap();
    let outcome = scene.go(&["version"]).run();
    assert!(
        matches!(outcome.code, Some(125 | 127)),
        "{}",
        outcome.snapshot()
    );
    let _ = scene.install().run().expect_code(0);
    let _ = scene.go(&["version"]).run().expect_code(0);
    let _ = scene.goseal(&["verify"]).run().expect_code(0);
}

#[test]
fn a_touched_but_equal_file_runs_and_is_stamped_anew() {
    let scene = Scene::installed();
    let _ = scene.go(&["version"]).run().expect_code(0);
    let stamps = format!("goseal/stamps/{}", Scene::id());
    let before = scene.sandbox.read(&stamps);
    let path = scene.tree().join("pkg/goseal/go");
    // Only the change time moves.
    let mode = fs::metadata(&path).unwrap().permissions();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(&path, mode).unwrap();
    let _ = scene.go(&["version"]).run().expect_code(0);
    assert_ne!(scene.sandbox.read(&stamps), before);
    assert_eq!(scene.records(&["run_refused"]).len(), 0);
    let asked = scene.home("plans/1");
    let plans = super::names_in(&asked);
    let _ = scene.go(&["version"]).run().expect_code(0);
    assert_eq!(super::names_in(&asked), plans);
}

#[test]
fn a_cache_restore_of_the_whole_home_works() {
    let scene = Scene::installed();
    let _ = scene.go(&["version"]).run().expect_code(0);
    let (home, away) = (
        scene.sandbox.goseal_home(),
        scene.sandbox.root().join("away"),
    );
    let copy = |from: &Path, to: &Path| {
        let copied = Command::new("/bin/cp")
            .arg("-a")
            .args([from, to])
            .status()
            .unwrap();
        assert!(copied.success());
    };
    copy(&home, &away);
    let removed = Command::new("/bin/sh")
        .args(["-c", "chmod -R u+w \"$0\" && rm -rf \"$0\""])
        .arg(&home)
        .status()
        .unwrap();
    assert!(removed.success() && !home.exists());
    copy(&away, &home);
    let outcome = scene.go(&["version"]).run().expect_code(0);
    assert!(outcome.stdout.contains("go1.22.5"));
    let _ = scene.goseal(&["verify"]).run().expect_code(0);
    let _ = scene.install().run().expect_code(0);
    assert_eq!(scene.records(&["run_refused"]).len(), 0);
    let _ = scene.verdict();
}
