//! A project pinned to real Go, in a shell and under a user's configuration that disagree with it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use goseal_lab::Sandbox;
use goseal_lab::sandbox::{Outcome, Run};
use goseal_lab::server::Server;
use serde_json::Value;

use super::relay::{relay_for, sandbox_behind};
use super::{assert_log_is_intact, goseal, json, records_of, release};

const VERSION: &str = "1.22.5";

/// A first build compiles the standard library.
const LIMIT: Duration = Duration::from_mins(4);

/// What the shell offers; none of it may count.
const OFFERED: [(&str, &str); 3] = [
    ("GOFLAGS", "-mod=mod"),
    ("GOTOOLCHAIN", "auto"),
    ("GOSUMDB", "off"),
];

/// A place with real Go, a pinned project, and everything around it against it.
struct Place {
    sandbox: Sandbox,
    _relay: Server,
}

fn place_for(test: &str) -> Option<Place> {
    let relay = relay_for(test)?;
    let mut sandbox = sandbox_behind(&relay);
    let _ = goseal(&sandbox)
        .args(["install", VERSION])
        .run()
        .expect_code(0);
    sandbox.file("home/.config/go/env", "GOFLAGS=-buildvcs=false\n");
    for (name, value) in OFFERED {
        sandbox.set_var(name, value);
    }
    sandbox.file("project/.go-version", format!("{VERSION}\n"));
    sandbox.file("project/go.mod", "module example.com/small\n\ngo 1.22\n");
    sandbox.file("project/main.go", MAIN);
    sandbox.file("project/main_test.go", TEST);
    Some(Place {
        sandbox,
        _relay: relay,
    })
}

const MAIN: &str = r#"package main

import "fmt"

//go:generate go version
//go:generate go env GOFLAGS GOTOOLCHAIN GOSUMDB

func greeting() string { return "hello from a small module" }

func main() { fmt.Println(greeting()) }
"#;

const TEST: &str = r#"package main

import (
	"os"
	"os/exec"
	"testing"
)

func TestNestedGoSeesTheForcedSettings(t *testing.T) {
	out, err := exec.Command("go", "env", "GOFLAGS", "GOTOOLCHAIN", "GOSUMDB", "GOVERSION").CombinedOutput()
	if want := "\nlocal\nsum.golang.org\ngo1.22.5\n"; err != nil || string(out) != want {
		t.Errorf("go env printed %q, %v, not %q", out, err, want)
	}
	if file := os.Getenv("GOENV"); file != "off" {
		t.Errorf("GOENV is %q", file)
	}
}

func TestGreeting(t *testing.T) {
	if greeting() == "" {
		t.Error("no greeting")
	}
}
"#;

impl Place {
    fn shim(&self, tool: &str) -> PathBuf {
        self.sandbox.goseal_home().join("shims").join(tool)
    }

    fn tree(&self) -> PathBuf {
        let id = release(VERSION).to_string();
        self.sandbox.goseal_home().join("toolchains").join(id)
    }

    /// Go as the user's shell finds it, in the project.
    fn go<const N: usize>(&self, args: [&str; N]) -> Run {
        self.run(&self.shim("go"), args)
    }

    fn run<const N: usize>(&self, program: &Path, args: [&str; N]) -> Run {
        self.sandbox
            .command(program)
            .args(args)
            .cwd(self.sandbox.project())
            .time_limit(LIMIT)
    }

    /// A value that is kept beside the log.
    fn blob(&self, reference: &Value) -> String {
        let digest = reference["sha256"].as_str().expect("a reference to a blob");
        self.sandbox.read(&format!("goseal/audit/blobs/{digest}"))
    }

    /// How many runs are on record, each with its end.
    fn runs(&self) -> usize {
        let starts = records_of(&self.sandbox, "start");
        let ends = records_of(&self.sandbox, "end");
        let ended = |run: &Value| ends.iter().any(|end| end["run"] == *run);
        let open: Vec<_> = starts.iter().filter(|one| !ended(&one["run"])).collect();
        assert!(open.is_empty(), "without an end: {open:#?}");
        starts.len()
    }
}

/// Lines of stderr that are ours.
fn our_lines(outcome: &Outcome) -> Vec<&str> {
    let lines = outcome.stderr.lines();
    lines.filter(|line| line.starts_with("goseal: ")).collect()
}

#[test]
fn the_forced_settings_win_over_shell_and_user_and_every_run_is_on_record() {
    let Some(place) = place_for("project::the_forced_settings_win_..") else {
        return;
    };
    let env = json(&place.go(["env", "-json"]).run().expect_code(0));
    let root = place.tree().display().to_string();
    for (name, value) in [
        ("GOFLAGS", ""),
        ("GOTOOLCHAIN", "local"),
        ("GOSUMDB", "sum.golang.org"),
        // What Go prints for `off`; the user's own file would have a path.
        ("GOENV", ""),
        ("GO111MODULE", "on"),
        ("CGO_ENABLED", "0"),
        ("GOVERSION", "go1.22.5"),
        ("GOROOT", root.as_str()),
    ] {
        assert_eq!(env[name], value, "{name}");
    }
    let version = place.go(["version"]).run().expect_code(0);
    assert!(version.stdout.starts_with("go version go1.22.5 "));
    assert_eq!(version.stderr, "");
    let overridden: Vec<_> = records_of(&place.sandbox, "start")
        .iter()
        .map(|record| (record["release"].clone(), record["environment"].clone()))
        .collect();
    assert_eq!(overridden.len(), 2);
    for (release_run, blob) in overridden {
        let changes = place.blob(&blob);
        assert_eq!(release_run, release(VERSION).to_string());
        for (name, _) in OFFERED {
            assert!(changes.contains(name), "{name} is not in {changes}");
        }
    }

    at_the_door(&place);
    asked_for_more(&place);

    assert_eq!(place.runs(), 5);
    assert_log_is_intact(&place.sandbox);
}

/// `$(go env GOROOT)/bin/go`, as scripts and editors call it.
fn at_the_door(place: &Place) {
    let script = "\"$(go env GOROOT)/bin/go\" version";
    let outcome = place.run("/bin/sh".as_ref(), ["-c", script]).run();
    let outcome = outcome.expect_code(0);
    assert!(outcome.stdout.starts_with("go version go1.22.5 "));
    // One record for the question, one for the run at the door; neither is the other's child.
    let starts = records_of(&place.sandbox, "start");
    assert_eq!(starts.len(), 4);
    assert_eq!(starts[3]["argv"], serde_json::json!(["version"]));
    assert_eq!(starts[3]["release"], release(VERSION).to_string());
}

/// go.mod wants a newer Go than the pin: Go's own error, and one line of ours.
fn asked_for_more(place: &Place) {
    place
        .sandbox
        .file("project/go.mod", "module example.com/small\n\ngo 1.27\n");
    let outcome = place.go(["build", "./..."]).run().expect_code(1);
    assert!(
        outcome
            .stderr
            .contains("go.mod requires go >= 1.27 (running go 1.22.5; GOTOOLCHAIN=local)"),
        "{}",
        outcome.snapshot()
    );
    assert_eq!(
        our_lines(&outcome),
        [
            "goseal: go.mod asks for go 1.27, .go-version:1 pins 1.22.5 and GOTOOLCHAIN is local; `goseal pin 1.27` changes the pin"
        ]
    );
}

#[test]
fn a_small_module_is_built_tested_and_generated_by_the_pinned_go() {
    let Some(place) = place_for("project::a_small_module_..") else {
        return;
    };
    let generated = place.go(["generate"]).run().expect_code(0);
    assert!(
        generated.stdout.contains("go version go1.22.5 ")
            && generated.stdout.ends_with("\n\nlocal\nsum.golang.org\n"),
        "{}",
        generated.snapshot()
    );
    // The outer run and the two nested ones.
    assert_eq!(place.runs(), 3);

    let ran = place.go(["run", "."]).run().expect_code(0);
    assert_eq!(ran.stdout, "hello from a small module\n");
    let tested = place.go(["test", "-vet=off", "./..."]).run().expect_code(0);
    assert!(tested.stdout.starts_with("ok  \texample.com/small"));
    let vetted = place.go(["vet", "./..."]).run().expect_code(0);
    assert_eq!(our_lines(&vetted), Vec::<&str>::new());

    let race = place.go(["build", "-race", "."]).run();
    assert_ne!(race.code, Some(0));
    assert_eq!(
        our_lines(&race),
        ["goseal: -race needs cgo and CGO_ENABLED is 0; `cgo = true` in goseal.toml sets it to 1"],
        "{}",
        race.snapshot()
    );
    formatted(&place);
    installed(&place);
    assert_log_is_intact(&place.sandbox);
}

fn formatted(place: &Place) {
    place
        .sandbox
        .file("project/ugly.go", "package main\nfunc  ugly( ) { }\n");
    let formatted = place.run(&place.shim("gofmt"), ["-l", "."]).run();
    assert_eq!(formatted.expect_code(0).stdout, "ugly.go\n");
    let _ = place.go(["fmt", "./..."]).run().expect_code(0);
    assert_eq!(
        place.sandbox.read("project/ugly.go"),
        "package main\n\nfunc ugly() {}\n"
    );
}

/// `go install` of the project's own main, into the caller's GOBIN.
fn installed(place: &Place) {
    let bin = place.sandbox.root().join("gobin");
    let _ = place
        .go(["install", "."])
        .env("GOBIN", &bin)
        .run()
        .expect_code(0);
    let ran = place.run(&bin.join("small"), []).run().expect_code(0);
    assert_eq!(ran.stdout, "hello from a small module\n");
    let built = place.run(&place.shim("go"), ["version", "-m", "../gobin/small"]);
    let built = built.run().expect_code(0);
    assert!(built.stdout.contains("go1.22.5"), "{}", built.snapshot());
}
