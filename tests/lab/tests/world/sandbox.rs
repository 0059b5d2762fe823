use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use goseal_lab::sandbox::product_binary;
use goseal_lab::{Dump, Release, Sandbox, World};

/// A sandbox with `fakego` in `bin/`.
fn with_fakego() -> (Sandbox, std::path::PathBuf) {
    let sandbox = Sandbox::new();
    let release = Release::here("1.22.5");
    let program = sandbox.file("goroot/bin/go", &release.files()["bin/go"]);
    fs::set_permissions(&program, fs::Permissions::from_mode(0o555)).unwrap();
    (sandbox, program)
}

#[test]
fn a_program_sees_the_sandbox_and_nothing_else() {
    let (sandbox, program) = with_fakego();
    let outcome = sandbox
        .command(&program)
        .args(["fakego-dump", "a b", "", "line\nbreak"])
        .env("GIVEN", "x=y")
        .env_remove("TZ")
        .run()
        .expect_code(0);
    let dump = Dump::parse(&outcome.stdout).unwrap();
    assert_eq!(
        (dump.tool.as_str(), dump.version.as_str()),
        ("go", "go1.22.5")
    );
    assert_eq!(dump.args, ["a b", "", "line\u{1}break"]);
    assert_eq!(dump.cwd, sandbox.project().display().to_string());
    assert_eq!(dump.program, program.display().to_string());
    let names: Vec<_> = dump.env.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "APPDATA",
            "COLUMNS",
            "GIVEN",
            "GOPROXY",
            "GOSEAL_HOME",
            "GOSEAL_LAB_CLOCK",
            "HOME",
            "LC_ALL",
            "LOCALAPPDATA",
            "NO_COLOR",
            "PATH",
            "TMPDIR",
            "USERPROFILE",
            "XDG_CACHE_HOME",
            "XDG_CONFIG_HOME",
            "XDG_DATA_HOME",
            "XDG_STATE_HOME"
        ]
    );
    assert_eq!(dump.var("GIVEN"), Some("x=y"));
    assert_eq!(dump.var("GOPROXY"), Some("http://127.0.0.1:9"));
}

#[test]
fn fakego_answers_as_go_would() {
    let (sandbox, program) = with_fakego();
    let platform = Release::here("1.22.5").id().platform;
    let run = |args: &[&str]| {
        let run = sandbox
            .command(&program)
            .args(args)
            .env("GOFLAGS", "-mod=mod");
        let outcome = run.stdin("given\n").run();
        (outcome.code, outcome.signal, outcome.stdout, outcome.stderr)
    };
    let said = |code, text: String| (Some(code), None, text, String::new());
    assert_eq!(
        run(&["version"]),
        said(0, format!("go version go1.22.5 {platform}\n"))
    );
    assert_eq!(
        run(&["env", "GOFLAGS", "GOSUMDB", "GOVERSION"]),
        said(0, "-mod=mod\n\ngo1.22.5\n".to_owned())
    );
    assert_eq!(run(&["fakego-exit", "42"]), said(42, String::new()));
    assert_eq!(
        run(&["build", "./..."]),
        said(0, "fakego: go build ./...\n".to_owned())
    );
    assert_eq!(run(&["fakego-cat"]), said(0, "given\n".to_owned()));
    assert_eq!(
        run(&["fakego-signal", "TERM"]),
        (None, Some(15), String::new(), String::new())
    );
    assert_eq!(
        run(&["fakego-fail", "no"]),
        (Some(1), None, String::new(), "no\n".to_owned())
    );
    let (_, _, text, _) = run(&["-C", "..", "fakego-dump"]);
    assert_eq!(
        Dump::parse(&text).unwrap().cwd,
        sandbox.root().display().to_string()
    );
    let (_, _, text, _) = run(&["fakego-generate", "fakego-dump", "nested"]);
    assert_eq!(Dump::parse(&text).unwrap().args, ["nested"]);
}

#[test]
fn a_program_that_does_not_end_is_killed() {
    let (sandbox, program) = with_fakego();
    let run = |seconds: &str| sandbox.command(&program).args(["fakego-sleep", seconds]);
    let run_long = AssertUnwindSafe(|| run("60").time_limit(Duration::from_millis(200)).run());
    assert!(catch_unwind(run_long).is_err());
    let mut running = run("60").start();
    assert!(!running.has_ended());
    running.kill();
    assert_eq!(running.wait().signal, Some(9));
}

#[test]
fn snapshots_name_neither_the_root_nor_the_port() {
    let world = World::start([]);
    let sandbox = Sandbox::with_world(&world);
    let program = sandbox.file(
        "say.sh",
        "#!/bin/sh\necho $GOPROXY $HOME ${GOPROXY#http://}\n",
    );
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(
        sandbox.command(program).run().snapshot(),
        "exit: 0\n--- stdout\n[WORLD]/proxy [ROOT]/home [WORLD]/proxy\n--- stderr\n"
    );
}

#[test]
fn every_trace_is_named() {
    let sandbox = Sandbox::new();
    sandbox.file("project/a", "1");
    sandbox.file("project/b", "1");
    let before = sandbox.snapshot_of_places();
    before.assert_unchanged();
    sandbox.file("project/a", "2");
    sandbox.file("goseal/audit/log.jsonl", "");
    fs::remove_file(sandbox.project().join("b")).unwrap();
    std::os::unix::fs::symlink("/", sandbox.project().join("c")).unwrap();
    fs::set_permissions(sandbox.home(), fs::Permissions::from_mode(0o700)).unwrap();
    fs::set_permissions(sandbox.home(), fs::Permissions::from_mode(0o711)).unwrap();
    let differences = before.differences(&["goseal/audit"]);
    assert_eq!(
        differences,
        [
            "added project/c",
            "changed home",
            "changed project/a",
            "removed project/b"
        ]
    );
    assert!(catch_unwind(AssertUnwindSafe(|| before.assert_unchanged())).is_err());
}

#[test]
fn nothing_is_left_even_of_read_only_trees() {
    let sandbox = Sandbox::new();
    let root = sandbox.root().to_owned();
    sandbox.file("goseal/toolchains/x/bin/go", "");
    for folder in ["goseal/toolchains/x/bin", "goseal/toolchains/x"] {
        fs::set_permissions(root.join(folder), fs::Permissions::from_mode(0o555)).unwrap();
    }
    drop(sandbox);
    assert!(!root.exists());
}

#[test]
fn a_program_that_was_not_built_is_named_with_the_command() {
    let error = catch_unwind(|| product_binary("no-such-program")).unwrap_err();
    let message = error.downcast_ref::<String>().unwrap();
    assert!(
        message.ends_with("cargo build --workspace --bin no-such-program"),
        "{message}"
    );
}
