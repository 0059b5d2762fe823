//! What the shim refuses and what it passes over, as people see it.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;

use goseal_lab::Release;
use goseal_lab::sandbox::Outcome;

use crate::stage::{NEW, OLD, Stage, shown};

/// Every line is ours, and the refusal is on record with this code.
fn check_refusal(stage: &Stage, outcome: &Outcome, code: &str) {
    assert_eq!(outcome.stdout, "");
    for line in outcome.stderr.lines() {
        assert!(line.starts_with("goseal: "), "{line}");
    }
    let refused = stage.last("run_refused");
    assert_eq!(refused["code"], code, "{refused}");
    assert_eq!(refused["exit"].as_i64(), outcome.code.map(i64::from));
    assert!(stage.of_type("start").is_empty());
}

fn initialised() -> Stage {
    let stage = Stage::pinned();
    let _ = stage.goseal(["init", "--no-profile"]).run().expect_code(0);
    stage
}

#[test]
fn a_toolchain_that_is_not_installed_is_127_with_the_command_that_installs_it() {
    let stage = initialised();
    let refused = stage.go(["build", "./..."]).run();
    check_refusal(&stage, &refused, "not-installed");
    insta::assert_snapshot!(shown(&refused), @"
    exit: 127
    --- stdout
    --- stderr
    goseal: go1.22.5.[PLATFORM] is not installed
    goseal: hint: `goseal install 1.22.5` installs it
    ");
    let record = stage.last("run_refused");
    assert_eq!(record["release"], Release::here(OLD).id().to_string());
    // The command in the message is the one that helps.
    let _ = stage
        .shell("\"$GOSEAL\" install 1.22.5")
        .run()
        .expect_code(0);
    let _ = stage.go(["version"]).run().expect_code(0);
}

#[test]
fn no_pin_and_no_default_is_127_with_the_command_that_sets_one() {
    let stage = initialised();
    let elsewhere = stage.sandbox.file("elsewhere/readme", "");
    let refused = stage.go(["version"]).cwd(elsewhere.parent().unwrap()).run();
    check_refusal(&stage, &refused, "no-pin");
    insta::assert_snapshot!(shown(&refused), @"
    exit: 127
    --- stdout
    --- stderr
    goseal: no .go-version in [ROOT]/elsewhere or above, and no default
    goseal: hint: in a project `goseal pin latest` pins a release; `goseal default latest` sets one for all other places
    ");
}

#[test]
fn no_other_go_is_ever_taken() {
    let mut stage = initialised();
    let other = stage.sandbox.file("bin/go", "#!/bin/sh\necho another go\n");
    fs::set_permissions(&other, fs::Permissions::from_mode(0o755)).unwrap();
    let shims = stage.sandbox.goseal_home().join("shims");
    stage.sandbox.set_path(&[&shims, other.parent().unwrap()]);
    let refused = stage.go(["version"]).run().expect_code(127);
    check_refusal(&stage, &refused, "not-installed");
}

#[test]
fn a_bad_pin_is_125_through_the_shim_and_3_from_goseal() {
    let stage = Stage::installed();
    for (text, said) in [
        ("", "no version"),
        ("1.22\n", "1.22"),
        ("1.22.5\n1.26.10\n", "second"),
        ("latest\n", "latest"),
        ("1.22.5 1.26.10\n", "1.22.5 1.26.10"),
        ("\u{1b}[31mred\n", "\\u{1b}"),
    ] {
        stage.sandbox.file("project/.go-version", text);
        let refused = stage.go(["version"]).run().expect_code(125);
        check_refusal(&stage, &refused, "pin");
        assert!(
            refused.stderr.contains(said),
            "{text:?}: {}",
            refused.stderr
        );
        for words in [
            &["current"][..],
            &["install"],
            &["lock"],
            &["explain"],
            &["env"],
            &["which"],
        ] {
            let refused = stage.goseal(words).run().expect_code(3);
            assert!(
                refused.stderr.contains(said),
                "{text:?}: {}",
                refused.stderr
            );
            assert!(!refused.stderr.contains('\u{1b}'), "{text:?}");
        }
    }
}

#[test]
fn windows_line_ends_comments_and_a_byte_order_mark_are_tolerated() {
    let stage = Stage::installed();
    for text in [
        "\u{feff}1.22.5\r\n",
        "# why\r\n\r\n1.22.5 # lts\r\n",
        "go1.22.5",
        "  1.22.5\t\n\n# end",
    ] {
        stage.sandbox.file("project/.go-version", text);
        let _ = stage.go(["version"]).run().expect_code(0);
        let _ = stage.goseal(["current"]).run().expect_code(0);
    }
}

#[test]
fn a_fifo_as_pin_is_refused_and_blocks_nobody() {
    let stage = Stage::installed();
    let pin = stage.sandbox.project().join(".go-version");
    fs::remove_file(&pin).unwrap();
    let _ = stage
        .sandbox
        .command("/usr/bin/mkfifo")
        .arg(&pin)
        .run()
        .expect_code(0);
    let soon = Duration::from_secs(10);
    let refused = stage
        .go(["version"])
        .time_limit(soon)
        .run()
        .expect_code(125);
    check_refusal(&stage, &refused, "pin");
    let refused = stage
        .goseal(["current"])
        .time_limit(soon)
        .run()
        .expect_code(3);
    assert!(refused.stderr.contains(".go-version"), "{}", refused.stderr);
    // `pin` is what mends it.
    let _ = stage
        .goseal(["pin", OLD])
        .time_limit(soon)
        .run()
        .expect_code(0);
    let _ = stage.go(["version"]).run().expect_code(0);
}

#[test]
fn pins_that_came_with_a_dependency_do_not_count() {
    let mut stage = Stage::installed();
    stage.sandbox.file("project/go.mod", "module hello\n");
    stage.sandbox.file("project/vendor/modules.txt", "");
    stage.pin("project/vendor/dep.example/dep", NEW);
    let vendored = stage.sandbox.project().join("vendor/dep.example/dep");
    let ran = stage.go(["version"]).cwd(&vendored).run().expect_code(0);
    assert!(
        ran.stdout.starts_with(&format!("go version go{OLD} ")),
        "{}",
        ran.stdout
    );
    let start = stage.last("start");
    assert_eq!(
        start["weakened"],
        serde_json::json!(["pin-passed-over-vendor"])
    );

    let cache = stage.sandbox.root().join("modules");
    stage.sandbox.set_var("GOMODCACHE", &cache);
    stage.pin("modules/dep.example/dep@v1.0.0", NEW);
    let module = cache.join("dep.example/dep@v1.0.0");
    let refused = stage.go(["version"]).cwd(&module).run().expect_code(127);
    assert!(
        refused.stderr.contains("no .go-version"),
        "{}",
        refused.stderr
    );
    let _ = stage.goseal(["default", OLD]).run().expect_code(0);
    let ran = stage.go(["version"]).cwd(&module).run().expect_code(0);
    assert!(
        ran.stdout.starts_with(&format!("go version go{OLD} ")),
        "{}",
        ran.stdout
    );
    let start = stage.last("start");
    assert_eq!(start["pin"]["how"], "default");
    assert_eq!(
        start["weakened"],
        serde_json::json!(["pin-passed-over-module-cache"])
    );
}

#[test]
fn a_pin_that_anyone_can_write_is_passed_over_and_said() {
    let stage = Stage::installed();
    stage.pin("project/open", NEW);
    let open = stage.sandbox.project().join("open");
    fs::set_permissions(&open, fs::Permissions::from_mode(0o1777)).unwrap();
    let ran = stage.go(["version"]).cwd(&open).run().expect_code(0);
    assert!(
        ran.stdout.starts_with(&format!("go version go{OLD} ")),
        "{}",
        ran.stdout
    );
    let start = stage.last("start");
    assert_eq!(
        start["weakened"],
        serde_json::json!(["pin-passed-over-world-writable"])
    );
    let current = stage.goseal(["current"]).cwd(&open).run().expect_code(0);
    assert!(
        current.stdout.starts_with(&format!("go{OLD} ")),
        "{}",
        current.stdout
    );
    assert!(
        current.stderr.contains("does not count: world-writable"),
        "{}",
        current.stderr
    );
}

#[test]
fn the_place_is_the_one_where_go_itself_would_work() {
    let stage = Stage::installed();
    stage.install(&[NEW]);
    stage.pin("other", NEW);
    let other = stage.sandbox.root().join("other");
    let at = other.to_str().unwrap();
    let equals = format!("-C={at}");
    for words in [vec!["-C", at, "version"], vec![equals.as_str(), "version"]] {
        let ran = stage.go(&words).run().expect_code(0);
        assert!(
            ran.stdout.starts_with(&format!("go version go{NEW} ")),
            "{words:?}"
        );
    }
    // A link into another project, PWD as a shell sets it: Go builds the module of the link's name.
    std::os::unix::fs::symlink(&other, stage.sandbox.project().join("link")).unwrap();
    let link = stage.sandbox.project().join("link");
    let ran = stage.go(["version"]).cwd(&link).run().expect_code(0);
    assert!(
        ran.stdout.starts_with(&format!("go version go{NEW} ")),
        "{}",
        ran.stdout
    );
    let _ = Path::new(at);
}

#[test]
fn a_flag_that_runs_foreign_code_is_on_record_and_gets_its_own_cache() {
    let stage = Stage::installed();
    let _ = stage
        .go(["build", "-toolexec=./x", "./..."])
        .run()
        .expect_code(0);
    assert_eq!(
        stage.last("start")["weakened"],
        serde_json::json!(["toolexec"])
    );
    stage
        .sandbox
        .file("project/goseal.toml", "profile = \"strict\"\n");
    let refused = stage.go(["build", "-toolexec=./x", "./..."]).run();
    insta::assert_snapshot!(shown(&refused), @"
    exit: 125
    --- stdout
    --- stderr
    goseal: `-toolexec=./x` runs a program for every tool of the build, and the profile is strict
    goseal: leave the flag out
    ");
}

#[test]
fn a_link_in_a_project_does_not_lead_the_output_of_go_over_a_shim() {
    let stage = Stage::installed();
    let home = stage.sandbox.goseal_home();
    let link = |name: &str, to: &std::path::Path| {
        let at = stage.sandbox.file("project/link", "");
        std::os::unix::fs::symlink(to, at.with_file_name(name)).unwrap();
    };
    link("bin", &home.join("shims"));
    link("home", &home);
    let refused = |run: goseal_lab::sandbox::Run| {
        let outcome = run.run().expect_code(125);
        assert!(
            outcome.stderr.contains("managed trees or shims"),
            "{}",
            outcome.snapshot()
        );
    };
    for words in [
        &["build", "-o", "bin/go", "."][..],
        &["build", "-o=bin/", "."],
        &["build", "-o", "home/shims/go", "."],
        &["test", "-c", "-o", "bin/gofmt", "."],
        &["test", "-outputdir", "bin", "-cpuprofile", "gofmt", "."],
        &["test", "-coverprofile", "home/shims/go", "."],
        &["tool", "compile", "-o", "bin/go", "main.go"],
        &["build", "-o", "home/toolchains/x", "."],
    ] {
        refused(stage.go(words));
    }
    let bin = stage.sandbox.file("project/x", "").with_file_name("bin");
    refused(stage.go(["install", "."]).env("GOBIN", bin));
    // Elsewhere it writes what it likes.
    let _ = stage
        .go(["build", "-o", "out/go", "."])
        .run()
        .expect_code(0);
    assert_eq!(stage.last("run_refused")["code"], "output-place");
}
