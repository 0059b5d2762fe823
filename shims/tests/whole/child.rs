//! What the child gets, and what becomes of its end.

use std::fs;
use std::io::Write as _;
use std::os::unix::process::ExitStatusExt as _;
use std::process::Stdio;

use goseal_core::digest::Sha256;
use goseal_core::evidence::Evidence;

use crate::world::{World, field, stderr};

#[test]
fn every_exit_code_is_passed_through() {
    let world = World::new();
    for code in 0..=255 {
        world.body(&format!("exit {code}"));
        let status = world.go().status().unwrap();
        assert_eq!(status.code(), Some(code));
    }
}

#[test]
fn a_signal_that_ends_the_child_ends_the_shim() {
    let world = World::new();
    for (name, number) in [
        ("TERM", 15),
        ("KILL", 9),
        ("HUP", 1),
        ("SEGV", 11),
        ("USR1", 10),
    ] {
        world.body(&format!("kill -{name} $$; sleep 9"));
        let status = crate::signals::go(&world).status().unwrap();
        assert_eq!(
            (status.signal(), status.core_dumped()),
            (Some(number), false)
        );
    }
}

#[test]
fn stdin_stdout_and_stderr_are_the_childs_alone() {
    let world = World::new();
    world.body("cat; echo to stderr >&2; exit 3");
    let mut child = world
        .go()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let text = b"bytes \0\xff\n".repeat(10_000);
    let mut stdin = child.stdin.take().unwrap();
    let sent = text.clone();
    let writer = std::thread::spawn(move || stdin.write_all(&sent).unwrap());
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    assert_eq!(output.stdout, text);
    assert_eq!(stderr(&output), "to stderr\n");
    assert_eq!(output.status.code(), Some(3));
}

#[test]
fn the_child_sees_the_forced_environment() {
    let world = World::new();
    let status = world
        .go()
        .env("GOFLAGS", "-mod=mod")
        .env("GOTOOLCHAIN", "auto")
        .env("GOSUMDB", "off")
        .env("GOENV", world.root.join("none"))
        .env("GOROOT", "/elsewhere")
        .env("FREE", "kept")
        .status()
        .unwrap();
    assert!(status.success());
    let root = world.tree();
    for (name, value) in [
        ("GOTOOLCHAIN", "local"),
        ("GOSUMDB", "sum.golang.org"),
        ("GOENV", "off"),
        ("GOROOT", root.to_str().unwrap()),
        ("FREE", "kept"),
    ] {
        assert_eq!(world.seen(name).as_deref(), Some(value), "{name}");
    }
    assert_eq!(world.seen("GOFLAGS").unwrap_or_default(), "");
}

#[test]
fn evidence_that_was_out_of_reach_is_in_the_record_of_every_run() {
    for (unmet, expected) in [
        (vec![], false),
        (vec![Evidence::Sumdb, Evidence::Minisign], true),
    ] {
        let world = World::new();
        world.body("exit 0");
        world.write_plan(|plan| plan.unmet = unmet);
        assert!(world.go().status().unwrap().success());
        let started = r#""type":"start""#;
        let records = world.records();
        let start = records.iter().rfind(|record| record.contains(started));
        let start = start.unwrap();
        assert_eq!(
            start.contains(r#""unmet":["sumdb","minisign"]"#),
            expected,
            "{start}"
        );
        assert_eq!(start.contains(r#""unmet""#), expected, "{start}");
    }
}

#[test]
fn arguments_pass_untouched() {
    let world = World::new();
    let words = ["run", ".", "a b", "", "-x=\u{1b}[31m"];
    assert!(world.go().args(words).status().unwrap().success());
    let seen = fs::read_to_string(world.root.join("seen.argv")).unwrap();
    assert_eq!(seen, words.map(|word| format!("{word}\n")).concat());
}

#[test]
fn a_run_leaves_two_chained_records() {
    let world = World::new();
    world.body("exit 4");
    world.go().arg("version").status().unwrap();
    let records = world.records();
    let [start, end] = records.as_slice() else {
        panic!("{records:?}");
    };
    assert_eq!(
        (field(start, "type"), field(end, "type")),
        ("start".into(), "end".into())
    );
    assert_eq!(field(start, "run"), field(end, "run"));
    assert_eq!(field(end, "prev"), Sha256::of(start.as_bytes()).to_string());
    assert_eq!(field(start, "release"), world.release.to_string());
    let parent = world.seen("GOSEAL_PARENT").unwrap();
    assert!(parent.starts_with(&field(start, "run")), "{parent}");
}

#[test]
fn no_descriptor_of_the_shim_reaches_the_child() {
    let world = World::new();
    world.body("for fd in /proc/$$/fd/*; do readlink $fd; done >&2");
    let output = world.go().output().unwrap();
    let ours = world.root.to_str().unwrap().to_owned();
    let text = stderr(&output);
    let leaked: Vec<&str> = text
        .lines()
        .filter(|line| {
            line.starts_with(&ours) && !line.ends_with("/pkg/goseal/go") && !line.ends_with("/body")
        })
        .collect();
    assert!(leaked.is_empty(), "{leaked:?}");
}

#[test]
fn a_closed_stderr_never_becomes_the_log() {
    let world = World::new();
    world.body("echo garbage >&2; exit 5");
    let shim = world.layout.shims().join("go");
    let status = world
        .command("/bin/sh".as_ref())
        .args(["-c", "exec \"$0\" <&- >&- 2>&-"])
        .arg(&shim)
        .status()
        .unwrap();
    assert_eq!(status.code(), Some(5));
    assert_eq!(world.records().len(), 2);
    assert!(world.records().iter().all(|line| line.starts_with('{')));
}

#[test]
fn a_door_runs_its_own_release_where_there_is_no_pin() {
    let world = World::new();
    assert!(world.door().status().unwrap().success());
    assert!(world.ran());
    assert!(world.asked()[0].contains(&format!("--release door {} ", world.release)));
}

#[test]
fn the_pin_decides_at_a_door_too() {
    let world = World::new();
    assert!(
        world
            .door()
            .current_dir(&world.project)
            .status()
            .unwrap()
            .success()
    );
    assert!(world.asked()[0].contains("--release pin --tool"));
}

#[test]
fn a_nested_run_without_a_pin_gets_the_release_of_its_parent() {
    let world = World::new();
    let shim = world.layout.shims().join("go");
    let (shim, elsewhere) = (shim.display(), world.elsewhere.display());
    world.body(&format!(
        "if [ \"$1\" = nested ]; then exit 6; fi; cd '{elsewhere}'; '{shim}' nested"
    ));
    assert_eq!(world.go().status().unwrap().code(), Some(6));
    let asked = world.asked();
    assert!(
        asked[1].contains(&format!("--release parent {} ", world.release)),
        "{asked:?}"
    );
    let records = world.records();
    assert_eq!(records.len(), 4);
    assert!(
        records[1].contains(&field(&records[0], "run")),
        "{}",
        records[1]
    );
}

#[test]
fn a_claimed_parent_that_is_no_ancestor_is_not_believed() {
    let world = World::new();
    world.go().status().unwrap();
    let claim = world.seen("GOSEAL_PARENT").unwrap();
    for claim in [
        claim.as_str(),
        "",
        "x",
        "00000000000000000000000000000000:0:0",
    ] {
        let mut nested = world.go();
        nested
            .current_dir(&world.elsewhere)
            .env("GOSEAL_PARENT", claim);
        nested.status().unwrap();
        assert!(world.asked().last().unwrap().contains("--release default "));
        assert_ne!(world.seen("GOSEAL_PARENT").as_deref(), Some(claim));
    }
}

#[test]
fn a_folder_that_pwd_names_wrongly_is_set_right() {
    let world = World::new();
    let link = world.elsewhere.join("link");
    std::os::unix::fs::symlink(&world.project, &link).unwrap();
    fs::write(world.elsewhere.join("go.mod"), "module other\n").unwrap();
    let status = world.go().env("PWD", &link).status().unwrap();
    assert!(status.success());
    let project = world.project.to_str().unwrap();
    assert_eq!(world.seen("PWD").as_deref(), Some(project));
    assert!(world.records()[0].contains("two-places"));
}

#[test]
fn foreign_code_in_the_build_gets_a_cache_that_is_thrown_away() {
    let world = World::new();
    world.body("echo x >\"$GOCACHE/left\"");
    let status = world
        .go()
        .args(["build", "-toolexec=/bin/x", "."])
        .status()
        .unwrap();
    assert!(status.success());
    let cache = world.seen("GOCACHE").unwrap();
    assert!(cache.contains("throwaway"), "{cache}");
    assert!(!std::path::Path::new(&cache).exists());
}

#[test]
fn install_and_run_of_a_package_at_a_version_ask_for_the_default_first() {
    let world = World::new();
    for (words, source) in [
        (
            &["install", "golang.org/x/tools/gopls@latest"][..],
            "default or pin",
        ),
        (
            &["run", "-mod", "mod", "a.example/b@v1", "c@d"],
            "default or pin",
        ),
        (&["run", ".", "c@d"], "pin"),
        (&["get", "a.example/b@v1"], "pin"),
    ] {
        world.go().args(words).status().unwrap();
        let expected = format!("--release {source} --tool go");
        let asked = world.asked();
        assert!(
            asked.last().unwrap().ends_with(&expected),
            "{words:?}: {asked:?}"
        );
        std::fs::remove_dir_all(world.layout.plans()).unwrap();
    }
}

#[test]
fn a_failure_that_a_forced_setting_explains_gets_one_line() {
    let world = World::new();
    fs::write(world.project.join("go.mod"), "module m\n\ngo 1.99\n").unwrap();
    world.body("exit 1");
    let output = world.go().args(["build", "."]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let text = stderr(&output);
    assert!(
        text.starts_with("goseal: go.mod asks for go 1.99"),
        "{text}"
    );
    assert_eq!(text.lines().count(), 1);
    assert_eq!(field(&world.records()[1], "hint"), "forced-setting");
    world.body("exit 0");
    assert_eq!(
        stderr(&world.go().args(["build", "."]).output().unwrap()),
        ""
    );
}

#[test]
fn any_bytes_pass_as_arguments_and_stay_one_record() {
    use std::os::unix::ffi::OsStrExt as _;
    let world = World::new();
    let strange = std::ffi::OsStr::from_bytes(b"\xff\n\x1b[31m\",\"type\":\"end\"");
    let status = world
        .go()
        .arg("version")
        .arg(strange)
        .arg("x".repeat(100_000))
        .status();
    assert!(status.unwrap().success());
    let seen = fs::read(world.root.join("seen.argv")).unwrap();
    assert!(
        seen.windows(strange.len())
            .any(|part| part == strange.as_bytes())
    );
    let records = world.records();
    assert_eq!(records.len(), 2);
    assert!(records[0].is_ascii());
}
