//! `goseal exec`, and what `explain` says of the run about to happen.

use goseal_lab::Release;

use crate::stage::{NEW, OLD, Stage, shown};

#[test]
fn exec_runs_a_command_with_the_pinned_go_in_front() {
    let stage = Stage::installed();
    let run = stage.goseal([
        "exec",
        "--",
        "sh",
        "-c",
        "command -v go; go version; echo $GOFLAGS.",
    ]);
    let outcome = run.env("GOFLAGS", "-mod=mod").run().expect_code(0);
    let door = stage.tree(OLD).join("bin/go");
    let mut lines = outcome.stdout.lines();
    assert_eq!(lines.next(), door.to_str());
    assert!(
        lines
            .next()
            .unwrap()
            .starts_with(&format!("go version go{OLD} "))
    );
    assert_eq!(lines.next(), Some("."));
    assert_eq!(stage.last("verb")["verb"], "exec");
    assert_eq!(
        stage.last("start")["release"],
        Release::here(OLD).id().to_string()
    );
    let direct = stage
        .goseal(["exec", "--", "go", "version"])
        .run()
        .expect_code(0);
    assert!(
        direct.stdout.starts_with(&format!("go version go{OLD} ")),
        "{}",
        direct.stdout
    );
    let _ = stage
        .goseal(["exec", "--", "sh", "-c", "exit 9"])
        .run()
        .expect_code(9);
}

#[test]
fn exec_with_go_is_for_places_without_a_pin() {
    let stage = Stage::installed();
    stage.install(&[NEW]);
    let none = stage.sandbox.file("none/readme", "");
    let none = none.parent().unwrap();
    let words = ["exec", "--go", NEW, "--", "sh", "-c", "go version"];
    let outcome = stage.goseal(words).cwd(none).run().expect_code(0);
    assert!(
        outcome.stdout.starts_with(&format!("go version go{NEW} ")),
        "{}",
        outcome.stdout
    );
    let _ = stage
        .goseal(["exec", "--go", OLD, "--", "go", "version"])
        .run()
        .expect_code(0);
    let refused = stage.goseal(words).run();
    insta::assert_snapshot!(shown(&refused), @"
    exit: 125
    --- stdout
    --- stderr
    goseal: [ROOT]/project/.go-version pins go1.22.5.[PLATFORM], and go1.26.10.[PLATFORM] was asked for
    goseal: hint: `goseal pin 1.26.10` changes the pin
    ");
}

#[test]
fn what_exec_refuses_is_said_like_a_shim_and_on_record() {
    let stage = Stage::installed();
    let missing = ["exec", "--", "no-such-command"];
    let not_installed = ["exec", "--go", NEW, "--", "true"];
    let none = stage.sandbox.file("none/readme", "");
    let file = stage.sandbox.file("project/plain", "no program");
    let plain = ["exec", "--", file.to_str().unwrap()];
    let refused = [
        stage
            .goseal(["exec", "--go", NEW, "--", "true"])
            .run()
            .expect_code(125),
        stage.goseal(plain).run().expect_code(126),
        stage.goseal(missing).run().expect_code(127),
        stage
            .goseal(not_installed)
            .cwd(none.parent().unwrap())
            .run()
            .expect_code(127),
        stage
            .goseal(["exec", "--", "true"])
            .cwd(none.parent().unwrap())
            .run()
            .expect_code(127),
    ];
    for outcome in &refused {
        for line in outcome.stderr.lines() {
            assert!(line.starts_with("goseal: "), "{line}");
        }
    }
    let refusals = stage.of_type("run_refused");
    let said: Vec<_> = refusals
        .iter()
        .map(|one| (&one["exit"], &one["code"]))
        .collect();
    let expected = [
        (125, "request"),
        (126, "cannot-execute"),
        (127, "no-command"),
        (127, "not-installed"),
        (127, "no-pin"),
    ];
    assert_eq!(said.len(), expected.len(), "{refusals:#?}");
    for ((exit, code), expected) in said.iter().zip(expected) {
        assert_eq!((*exit, *code), (&expected.0.into(), &expected.1.into()));
    }
}

#[test]
fn what_exec_refuses_is_a_document_where_one_is_asked_for() {
    let stage = Stage::new();
    let words = ["exec", "--format", "json", "--", "go", "version"];
    let refused = stage.goseal(words).run().expect_code(127);
    let document = crate::documents::document(&refused, "exec");
    assert_eq!(
        (&document["ran"], &document["exit"]),
        (&false.into(), &127.into())
    );
    assert!(
        document["hint"]
            .as_str()
            .unwrap()
            .contains("goseal default latest")
    );
    // What a command writes is its own.
    stage.pin("project", OLD);
    stage.install(&[]);
    let ran = stage.goseal(words).run().expect_code(0);
    assert!(
        ran.stdout.starts_with("go version go1.22.5"),
        "{}",
        ran.stdout
    );
}

#[test]
fn the_arguments_of_a_command_that_exec_runs_are_only_counted() {
    let stage = Stage::installed();
    let words = ["exec", "--", "echo", "hunter2", "correct horse"];
    let _ = stage.goseal(words).run().expect_code(0);
    assert!(!stage.lines().concat().contains("hunter2"));
    let record = stage.last("verb");
    assert_eq!(
        record["argv"],
        serde_json::json!(["--", "echo"]),
        "{record}"
    );
    assert_eq!(record["user_words"], 2, "{record}");
}

#[test]
fn explain_says_who_offered_what_and_what_is_in_force() {
    let mut stage = Stage::installed();
    stage.sandbox.set_var("GOFLAGS", "-mod=mod");
    stage.sandbox.set_var("GOUNHEARDOF", "1");
    stage.sandbox.file(
        "home/.config/go/env",
        "GOFLAGS=-buildvcs=false\nGONOPROXY=corp.example\n",
    );
    stage
        .sandbox
        .file("project/go.mod", "module hello\n\ngo 1.27\n");
    let explained = stage.goseal(["explain"]).run();
    insta::assert_snapshot!(shown(&explained), @r#"
    exit: 0
    --- stdout
    go1.22.5.[PLATFORM] by pin [ROOT]/project/.go-version:1
      profile   standard
      h1        h1:[BASE64]
      evidence  sumdb (record 166 in a tree of 300)
      note      [ROOT]/project/go.mod asks for go 1.27, and 1.22.5 runs

    CGO_ENABLED = "0"
        forced by goseal: its default depends on a C compiler being found
    GO111MODULE = "on"
        forced by goseal: without modules there is no checksum database
    GOCACHE = "[ROOT]/goseal/gocache/[SHA256]"
        forced by goseal: a build cache shared by toolchains or foreign code poisons builds
    GOENV = "off"
        forced by goseal: a user's Go file changes builds unseen
    GOFLAGS = ""
        forced by goseal: flags leak into every command through it
        the environment offers "-mod=mod"
        your Go file offers "-buildvcs=false"
    GONOPROXY = "corp.example"
        carried by you: without it private names go to the public proxy
    GONOSUMDB = "none.invalid"
        forced by goseal: an empty one falls back to GOPRIVATE, which may be *
    GOPROXY = "[WORLD]/proxy"
        carried by you: companies reach modules through it
    GOROOT = "[ROOT]/goseal/toolchains/go1.22.5.[PLATFORM]"
        forced by goseal: another tree's sources would be compiled
    GOSUMDB = "sum.golang.org"
        forced by goseal: another database could vouch for anything
    GOTOOLCHAIN = "local"
        forced by goseal: the pin is the only authority over the release
    GOUNHEARDOF = (not set)
        stripped by goseal: names of this form change builds, and this one is in no table
        the environment offers "1"
    --- stderr
    "#);
}

#[test]
fn explain_judges_arguments_as_the_shim_would() {
    let stage = Stage::installed();
    let verdict = |words: &[&str]| {
        let outcome = stage
            .goseal(["explain", "--"].iter().chain(words))
            .run()
            .expect_code(0);
        outcome
            .stdout
            .split_once("\n\n")
            .unwrap()
            .1
            .split_once("\n\n")
            .unwrap()
            .1
            .to_owned()
    };
    let standard = verdict(&["build", "-toolexec=x"])
        + &verdict(&["test", ".", "-run", "-exec"])
        + &verdict(&["env", "-w", "GOFLAGS=-mod=mod"]);
    stage
        .sandbox
        .file("project/goseal.toml", "profile = \"strict\"\n");
    let strict = verdict(&["build", "-toolexec=x"]);
    insta::assert_snapshot!(standard + &strict, @"
    allowed: build
        weakened (toolexec): -toolexec=x
        the build runs foreign code: it gets a build cache of its own
    allowed: test
    refused (env-w): `go env -w GOFLAGS` would change every Go of this user and none of these runs
        goseal.toml has the keys mod, trimpath, buildvcs, tags, race, pgo and ldflags
    refused (toolexec): `-toolexec=x` runs a program for every tool of the build, and the profile is strict
        leave the flag out
    ");
}
