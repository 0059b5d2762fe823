//! The environment: what the child sees of what was offered, what the record says of it, and what
//! `goseal env` prints.

use std::collections::BTreeMap;

use goseal_lab::sandbox::Run;
use goseal_lab::{Dump, Release};
use serde_json::Value;

use crate::stage::{OLD, Stage, shown};

/// Everything that leaks into builds from shells and files, and must not.
const OFFERED: [(&str, &str); 22] = [
    ("CGO_CFLAGS", "-DX"),
    ("CGO_ENABLED", "1"),
    ("CGO_UNHEARD_OF", "1"),
    ("GIT_DIR", "/elsewhere/.git"),
    ("GIT_HTTP_USER_AGENT", "anything"),
    ("GIT_UNHEARD_OF", "1"),
    ("GO111MODULE", "off"),
    ("GOCACHE", "/elsewhere/cache"),
    ("GOCACHEPROG", "/elsewhere/prog"),
    ("GOCOMPILEDEBUG", "checkptr=0"),
    ("GOEXPERIMENT", "arenas"),
    ("GOFLAGS", "-mod=mod"),
    ("GONOSUMDB", "*"),
    ("GOPRIVATE", "*"),
    ("GOROOT", "/elsewhere/go"),
    ("GOSUMDB", "off"),
    ("GOTOOLCHAIN", "auto"),
    ("GOTOOLCHAIN_INTERNAL_SWITCH_COUNT", "1"),
    ("GOUNHEARDOF", "1"),
    ("GOWORK", "/elsewhere/go.work"),
    ("GO_UNHEARD_OF", "1"),
    ("GOINSECURE", "*"),
];

fn offered(stage: &Stage, run: Run) -> Run {
    let file = "GOFLAGS=-buildvcs=false\nGOSUMDB=off\nGONOPROXY=corp.example\nGOTOOLCHAIN=auto\n";
    let file = stage.sandbox.file("home/own.env", file);
    let run = run.env("GOENV", file);
    let run = OFFERED
        .iter()
        .fold(run, |run, (name, value)| run.env(name, value));
    run.env("GOOGLE_X", "free")
        .env("GOLAND_X", "free")
        .env("UNRELATED", "a\nb")
}

fn dump(stage: &Stage, run: Run) -> Dump {
    let outcome = offered(stage, run).run().expect_code(0);
    Dump::parse(&outcome.stdout).expect("a dump")
}

#[test]
fn the_child_sees_the_forced_settings_whatever_was_offered() {
    let stage = Stage::installed();
    let seen = dump(&stage, stage.go(["fakego-dump"]));
    let root = stage.tree(OLD).display().to_string();
    for (name, value) in [
        ("GOTOOLCHAIN", "local"),
        ("GOENV", "off"),
        ("GOROOT", root.as_str()),
        ("GO111MODULE", "on"),
        ("GOSUMDB", "sum.golang.org"),
        ("GONOSUMDB", "none.invalid"),
        ("GOFLAGS", ""),
        ("CGO_ENABLED", "0"),
        // Carried: private names stay private, and the user's Go file still says through whom.
        ("GOPRIVATE", "*"),
        ("GONOPROXY", "corp.example"),
        ("GOPROXY", stage.world.proxy_url().as_str()),
        // None of goseal's business.
        ("GOOGLE_X", "free"),
        ("GOLAND_X", "free"),
        ("UNRELATED", "a\u{1}b"),
    ] {
        assert_eq!(seen.var(name), Some(value), "{name}");
    }
    let cache = seen.var("GOCACHE").unwrap();
    let own = stage.sandbox.goseal_home().join("gocache");
    assert!(cache.starts_with(own.to_str().unwrap()), "{cache}");
    for name in [
        "CGO_CFLAGS",
        "CGO_UNHEARD_OF",
        "GIT_DIR",
        "GIT_HTTP_USER_AGENT",
        "GIT_UNHEARD_OF",
        "GOCACHEPROG",
        "GOCOMPILEDEBUG",
        "GOEXPERIMENT",
        "GOINSECURE",
        "GOTOOLCHAIN_INTERNAL_SWITCH_COUNT",
        "GOUNHEARDOF",
        "GOWORK",
        "GO_UNHEARD_OF",
    ] {
        assert_eq!(seen.var(name), None, "{name}");
    }
}

#[test]
fn go_env_prints_the_forced_values() {
    let stage = Stage::installed();
    let words = [
        "env",
        "GOTOOLCHAIN",
        "GOFLAGS",
        "GOSUMDB",
        "GOENV",
        "GO111MODULE",
        "CGO_ENABLED",
    ];
    let outcome = offered(&stage, stage.go(words)).run().expect_code(0);
    assert_eq!(outcome.stdout, "local\n\nsum.golang.org\noff\non\n0\n");
}

#[test]
fn the_record_names_each_change_with_what_was_offered() {
    let stage = Stage::installed();
    let _ = dump(&stage, stage.go(["fakego-dump"]));
    let start = stage.last("start");
    let all = stage.changes(&start);
    let count = all.len();
    let named = |change: Value| (change["name"].as_str().unwrap().to_owned(), change);
    let changes: BTreeMap<String, Value> = all.into_iter().map(named).collect();
    assert_eq!(changes.len(), count, "each name once: {changes:#?}");
    for (name, value) in OFFERED {
        // Carried as it was offered.
        if name == "GOPRIVATE" {
            assert_eq!(changes[name]["action"], "carried");
            assert_eq!(changes[name]["value"], value);
            continue;
        }
        let change = changes
            .get(name)
            .unwrap_or_else(|| panic!("{name} is not in {changes:#?}"));
        assert_eq!(change["offered"], value, "{name}");
        let forced = [
            "CGO_ENABLED",
            "GO111MODULE",
            "GOCACHE",
            "GOFLAGS",
            "GOROOT",
            "GOSUMDB",
        ];
        let forced = forced.contains(&name) || ["GOTOOLCHAIN", "GONOSUMDB"].contains(&name);
        let action = if forced { "forced" } else { "stripped" };
        assert_eq!(change["action"], action, "{name}");
        assert_eq!(change["value"].is_null(), !forced, "{name}");
    }
    assert_eq!(changes["GOENV"]["action"], "forced");
    assert_eq!(changes["GONOPROXY"]["action"], "carried");
    assert_eq!(changes["GONOPROXY"]["value"], "corp.example");
    assert!(!changes.contains_key("GOOGLE_X") && !changes.contains_key("UNRELATED"));
}

#[test]
fn a_pattern_that_names_a_host_is_kept_from_the_database_and_recorded() {
    let stage = Stage::installed();
    let run = stage
        .go(["fakego-dump"])
        .env("GOPRIVATE", "*,corp.example/team");
    let outcome = run.run().expect_code(0);
    let seen = Dump::parse(&outcome.stdout).unwrap();
    assert_eq!(seen.var("GONOSUMDB"), Some("corp.example/team"));
    let changes = stage.changes(&stage.last("start"));
    let change = changes
        .iter()
        .find(|change| change["name"] == "GONOSUMDB")
        .unwrap();
    assert_eq!(change["action"], "chosen", "{change}");
}

#[test]
fn the_project_chooses_what_it_may_and_no_more() {
    let stage = Stage::installed();
    let toml = "cgo = true\ntags = [\"netgo\"]\ntrimpath = true\nexperiment = [\"arenas\"]\n";
    stage.sandbox.file("project/goseal.toml", toml);
    let outcome = stage
        .go(["fakego-dump"])
        .env("GOFLAGS", "-mod=mod")
        .run()
        .expect_code(0);
    let seen = Dump::parse(&outcome.stdout).unwrap();
    assert_eq!(seen.var("GOFLAGS"), Some("-trimpath=true -tags=netgo"));
    assert_eq!(seen.var("CGO_ENABLED"), Some("1"));
    assert_eq!(seen.var("GOEXPERIMENT"), Some("arenas"));
    stage
        .sandbox
        .file("project/goseal.toml", "toolexec = \"./evil.sh\"\n");
    let refused = stage.go(["version"]).run().expect_code(125);
    assert!(refused.stderr.starts_with("goseal: "), "{}", refused.stderr);
    assert!(refused.stderr.contains("toolexec"), "{}", refused.stderr);
}

#[test]
fn a_failure_that_a_forced_setting_explains_gets_one_line_of_help() {
    let words = "go: go.mod requires go >= 1.27 (running go 1.22.5; GOTOOLCHAIN=local)";
    let script = format!("#!/bin/sh\necho '{words}' >&2\nexit 1\n");
    let stage = Stage::serving([Release::here(OLD).with_file("bin/go", script)]);
    stage.pin("project", OLD);
    stage.install(&[]);
    stage
        .sandbox
        .file("project/go.mod", "module hello\n\ngo 1.27\n");
    let run = stage.go(["build", "./..."]).env("GOTOOLCHAIN", "auto");
    insta::assert_snapshot!(shown(&run.run()), @"
    exit: 1
    --- stdout
    --- stderr
    go: go.mod requires go >= 1.27 (running go 1.22.5; GOTOOLCHAIN=local)
    goseal: go.mod asks for go 1.27, .go-version:1 pins 1.22.5 and GOTOOLCHAIN is local; `goseal pin 1.27` changes the pin
    ");
    let end = stage.last("end");
    assert_eq!(
        (&end["exit"], &end["hint"]),
        (&1.into(), &"forced-setting".into())
    );
}

#[test]
fn env_in_a_shell_gives_the_forced_values() {
    let stage = Stage::installed();
    let script = "eval \"$(\"$GOSEAL\" env)\" && printf '%s|' \"$GOTOOLCHAIN\" \"$GOENV\" \
                  \"$GO111MODULE\" \"$GOSUMDB\" \"$GONOSUMDB\" \"$GOFLAGS\" \"$CGO_ENABLED\" \
                  \"$GOROOT\" \"$GONOPROXY\" && command -v go && go version";
    let outcome = offered(&stage, stage.shell(script)).run().expect_code(0);
    let root = stage.tree(OLD);
    let values = format!(
        "local|off|on|sum.golang.org|none.invalid||0|{root}|corp.example|{root}/bin/go\n",
        root = root.display()
    );
    let rest = outcome
        .stdout
        .strip_prefix(&values)
        .unwrap_or_else(|| panic!("{outcome:?}"));
    assert!(rest.starts_with(&format!("go version go{OLD} ")), "{rest}");
}

#[test]
fn env_twice_does_not_make_path_grow() {
    let stage = Stage::installed();
    let script = "eval \"$(\"$GOSEAL\" env)\"; once=$PATH; eval \"$(\"$GOSEAL\" env)\"; \
                  [ \"$PATH\" = \"$once\" ] && echo same";
    assert_eq!(stage.shell(script).run().expect_code(0).stdout, "same\n");
}

#[test]
#[expect(clippy::too_many_lines, reason = "the documents are long")]
fn env_in_each_format() {
    let stage = Stage::installed();
    let mut all = String::new();
    for format in ["sh", "fish", "powershell", "dotenv", "json"] {
        let outcome = stage.goseal(["env", "--format", format]).run();
        all.push_str(&shown(&outcome));
    }
    insta::assert_snapshot!(all, @r#"
    exit: 0
    --- stdout
    export GOTOOLCHAIN='local'
    export GOENV='off'
    export GOROOT='[ROOT]/goseal/toolchains/go1.22.5.[PLATFORM]'
    export GO111MODULE='on'
    export GOSUMDB='sum.golang.org'
    export GONOSUMDB='none.invalid'
    export GOCACHE='[ROOT]/goseal/gocache/[SHA256]'
    export GOFLAGS=''
    export CGO_ENABLED='0'
    export PATH='[ROOT]/goseal/toolchains/go1.22.5.[PLATFORM]/bin:[ROOT]/goseal/shims:/usr/bin:/bin'
    --- stderr
    exit: 0
    --- stdout
    set -gx GOTOOLCHAIN 'local'
    set -gx GOENV 'off'
    set -gx GOROOT '[ROOT]/goseal/toolchains/go1.22.5.[PLATFORM]'
    set -gx GO111MODULE 'on'
    set -gx GOSUMDB 'sum.golang.org'
    set -gx GONOSUMDB 'none.invalid'
    set -gx GOCACHE '[ROOT]/goseal/gocache/[SHA256]'
    set -gx GOFLAGS ''
    set -gx CGO_ENABLED '0'
    set -gx PATH '[ROOT]/goseal/toolchains/go1.22.5.[PLATFORM]/bin:[ROOT]/goseal/shims:/usr/bin:/bin'
    --- stderr
    exit: 0
    --- stdout
    $env:GOTOOLCHAIN = 'local'
    $env:GOENV = 'off'
    $env:GOROOT = '[ROOT]/goseal/toolchains/go1.22.5.[PLATFORM]'
    $env:GO111MODULE = 'on'
    $env:GOSUMDB = 'sum.golang.org'
    $env:GONOSUMDB = 'none.invalid'
    $env:GOCACHE = '[ROOT]/goseal/gocache/[SHA256]'
    $env:GOFLAGS = ''
    $env:CGO_ENABLED = '0'
    $env:PATH = '[ROOT]/goseal/toolchains/go1.22.5.[PLATFORM]/bin:[ROOT]/goseal/shims:/usr/bin:/bin'
    --- stderr
    exit: 0
    --- stdout
    GOTOOLCHAIN=local
    GOENV=off
    GOROOT=[ROOT]/goseal/toolchains/go1.22.5.[PLATFORM]
    GO111MODULE=on
    GOSUMDB=sum.golang.org
    GONOSUMDB=none.invalid
    GOCACHE=[ROOT]/goseal/gocache/[SHA256]
    GOFLAGS=
    CGO_ENABLED=0
    PATH=[ROOT]/goseal/toolchains/go1.22.5.[PLATFORM]/bin:[ROOT]/goseal/shims:/usr/bin:/bin
    --- stderr
    exit: 0
    --- stdout
    {
      "schema": "goseal.env/1",
      "environment": {
        "GOTOOLCHAIN": "local",
        "GOENV": "off",
        "GOROOT": "[ROOT]/goseal/toolchains/go1.22.5.[PLATFORM]",
        "GO111MODULE": "on",
        "GOSUMDB": "sum.golang.org",
        "GONOSUMDB": "none.invalid",
        "GOCACHE": "[ROOT]/goseal/gocache/[SHA256]",
        "GOFLAGS": "",
        "CGO_ENABLED": "0",
        "PATH": "[ROOT]/goseal/toolchains/go1.22.5.[PLATFORM]/bin:[ROOT]/goseal/shims:/usr/bin:/bin"
      }
    }
    --- stderr
    "#);
}

#[test]
fn a_value_that_no_environment_file_can_hold_is_refused() {
    let stage = Stage::installed();
    let run = stage.goseal(["env", "--format", "dotenv"]);
    let refused = run.env("PATH", "/usr/bin:/evil\nGOFLAGS=-toolexec=x").run();
    insta::assert_snapshot!(shown(&refused), @"
    exit: 2
    --- stdout
    --- stderr
    error: the value of PATH has a line feed
    hint: `--format json` can hold it
    ");
}
