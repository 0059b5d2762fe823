//! `goseal rebuild`, with releases whose `make.bash` is a small script of the lab's.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use goseal_lab::Release;
use goseal_lab::sandbox::Outcome;
use serde_json::Value;

use crate::documents::{document, json};
use crate::stage::{NEW, OLD, Stage, shown};

/// A place with these installed; the project is pinned to [`OLD`].
fn stage(releases: impl IntoIterator<Item = Release>) -> Stage {
    let releases: Vec<Release> = releases.into_iter().collect();
    let versions: Vec<String> = releases
        .iter()
        .map(|it| it.id().version.to_string())
        .collect();
    let stage = Stage::serving(releases);
    stage.pin("project", OLD);
    stage.install(&versions.iter().map(String::as_str).collect::<Vec<_>>());
    stage
}

fn buildable() -> Release {
    Release::here(OLD).buildable()
}

/// One that builds itself from these words.
fn built_by(script: &str) -> Release {
    let script = format!("#!/usr/bin/env bash\nbootgo=1.20.6\n{script}\n");
    buildable().with_file("src/make.bash", script)
}

fn statement(stage: &Stage) -> PathBuf {
    let id = Release::here(OLD).id().to_string();
    stage
        .sandbox
        .goseal_home()
        .join("seals")
        .join(id)
        .join("rebuilt")
}

/// Nothing of a build is left.
fn assert_no_scratch(stage: &Stage) {
    let staging = fs::read_dir(stage.sandbox.goseal_home().join("staging")).unwrap();
    assert_eq!(staging.count(), 0);
}

fn assert_refused(stage: &Stage, outcome: &Outcome, code: &str) {
    let record = stage.last("rebuilt");
    assert_ne!(record["outcome"], "ok", "{}", outcome.snapshot());
    assert_eq!(record["code"], code, "{record}");
    assert!(!statement(stage).exists());
    assert_no_scratch(stage);
}

/// The release without what the build makes: what its statement is about.
fn sources_of(release: &Release) -> Release {
    let made = |name: &&String| name.starts_with("bin/") || name.starts_with("pkg/tool/");
    let names: Vec<String> = release.files().keys().filter(made).cloned().collect();
    let sources = release.clone();
    names
        .iter()
        .fold(sources, |sources, name| sources.without(name))
}

#[test]
fn a_release_that_comes_out_of_its_sources_is_stated_verified_and_on_record() {
    let stage = stage([buildable(), Release::here(NEW)]);
    let rebuilt = stage.goseal(["rebuild", OLD]).run();
    insta::assert_snapshot!(shown(&rebuilt), @"
    exit: 0
    --- stdout
    go1.22.5.[PLATFORM]: built again, equal to what was published (24 files)
      h1         h1:[BASE64]
      sources    h1:[BASE64]
      rebuilt    with go1.26.10 on [OS/ARCH]
    --- stderr
    ");
    assert_no_scratch(&stage);
    let text = fs::read_to_string(statement(&stage)).unwrap();
    assert!(
        !text.contains(stage.sandbox.root().to_str().unwrap()),
        "{text}"
    );
    // How long the platform's name is decides the size.
    let of_the_machine = |line: &&str| line.starts_with("size ") || line.starts_with("build ");
    let lines = text.lines().filter(|line| !of_the_machine(line));
    let text = crate::stage::plain(&lines.collect::<Vec<_>>().join("\n"));
    insta::assert_snapshot!(text, @"
    goseal.rebuilt/1
    release go1.22.5.[PLATFORM]
    h1 h1:[BASE64]
    sources h1:[BASE64]
    bootstrap go1.26.10.[PLATFORM]
    bootstrap_h1 h1:[BASE64]
    host [OS/ARCH]
    files 24
    unsigned 0
    sha256 [SHA256]
    env PATH=/usr/bin:/bin
    env HOME=$SCRATCH/home
    env TMPDIR=$SCRATCH/tmp
    env LC_ALL=C
    env GOROOT_BOOTSTRAP=$SCRATCH/bootstrap
    env GOTOOLCHAIN=local
    env GOENV=off
    env GOPROXY=off
    built 2026-01-02T03:04:05.000000001Z
    ");
    let record = stage.last("rebuilt");
    let published = Release::here(OLD).buildable();
    assert_eq!(record["outcome"], "ok");
    assert_eq!(record["differences"], "0");
    assert_eq!(record["h1"], published.h1().to_string());
    assert_eq!(record["bootstrap"], Release::here(NEW).id().to_string());
    assert_eq!(record["bootstrap_h1"], Release::here(NEW).h1().to_string());
    let sources = sources_of(&published);
    assert_eq!(record["sources"], sources.h1().to_string());

    let verified = stage.goseal(["verify", OLD]).run().expect_code(0);
    let here = goseal_core::platform::Platform::of_this_build().unwrap();
    let line = format!("\n  rebuilt    with go{NEW} on {here}\n");
    assert!(verified.stdout.contains(&line), "{}", verified.snapshot());
    let found = document(&json(&stage, &["verify", OLD]), "verify");
    let facts = &found["toolchains"][0]["rebuilt"];
    assert_eq!(facts["bootstrap"], Release::here(NEW).id().to_string());
    assert_eq!(facts["sources"], sources.h1().to_string());
}

#[test]
fn the_document_holds_what_was_built_from_what_by_what() {
    let stage = stage([buildable(), Release::here(NEW)]);
    let outcome = json(&stage, &["rebuild"]);
    let found = document(&outcome, "rebuild");
    assert_eq!(found["equal"], true);
    assert_eq!(found["version"], OLD);
    assert_eq!(found["h1"], buildable().h1().to_string());
    assert_eq!(found["differences"], serde_json::json!([]));
    assert_eq!(found["rebuilt"]["unsigned"], 0);
    let environment = found["rebuilt"]["environment"].as_array().unwrap();
    assert!(environment.contains(&Value::from("GOENV=off")));
}

#[test]
fn executables_that_do_not_come_out_of_the_sources_are_named_file_by_file() {
    // What was published was built from another print.go than the one beside it.
    let evil = buildable().with_file("src/fmt/print.go", "package fmt // and more\n");
    let stage = stage([evil, Release::here(NEW)]);
    let found = stage.goseal(["rebuild", OLD]).run().expect_code(5);
    let tools = goseal_core::platform::Platform::of_this_build().unwrap();
    let tools = format!("{}_{}", tools.os(), tools.arch());
    insta::assert_snapshot!(shown(&found).replace(&tools, "[OS_ARCH]"), @"
    exit: 5
    --- stdout
    go1.22.5.[PLATFORM]: built again, not what was published: 5 files differ
      changed bin/go
      changed bin/gofmt
      changed pkg/tool/[OS_ARCH]/asm
      changed pkg/tool/[OS_ARCH]/compile
      changed pkg/tool/[OS_ARCH]/link
      h1         h1:[BASE64]
      sources    h1:[BASE64]
      rebuilt    with go1.26.10 on [OS/ARCH]
    --- stderr
    ");
    let record = stage.last("rebuilt");
    assert_eq!(record["outcome"], "refused");
    assert_eq!(record["differences"], "5");
    assert!(!statement(&stage).exists());
    assert_no_scratch(&stage);
    let found = stage.goseal(["rebuild", OLD, "--format", "json"]).run();
    let found: Value = serde_json::from_str(&found.expect_code(5).stdout).unwrap();
    assert_eq!(found["equal"], false);
    assert_eq!(found["differences"].as_array().unwrap().len(), 5);
}

#[test]
fn what_the_build_adds_or_leaves_out_is_named_too() {
    let script = Release::here(OLD).buildable().files()["src/make.bash"].clone();
    let script = String::from_utf8(script).unwrap();
    let more = script.replace("# The module zip.\n", "rm LICENSE; echo x >lib/x\n");
    assert_ne!(more, script);
    let stage = stage([
        buildable().with_file("src/make.bash", more),
        Release::here(NEW),
    ]);
    let found = stage.goseal(["rebuild", OLD]).run().expect_code(5);
    let named = "2 files differ\n  missing LICENSE\n  extra   lib/x\n";
    assert!(found.stdout.contains(named), "{}", found.snapshot());
}

#[test]
fn the_build_sees_an_empty_environment_and_a_failure_shows_its_last_lines() {
    let stage = stage([
        built_by("env | sort | sed 's/^/> /'\nexit 3"),
        Release::here(NEW),
    ]);
    let failed = stage
        .goseal(["rebuild", OLD])
        .env("GOFLAGS", "-mod=mod")
        .env("GOROOT", "/elsewhere")
        .env("CC", "evil")
        .env("SECRET", "x")
        .run()
        .expect_code(4);
    // bash itself sets these.
    let of_bash = ["PWD", "SHLVL", "_", "OLDPWD"];
    let seen: Vec<&str> = failed
        .stderr
        .lines()
        .filter_map(|line| line.trim().strip_prefix("> ")?.split('=').next())
        .filter(|name| !of_bash.contains(name))
        .collect();
    let expected = [
        "GOENV",
        "GOPROXY",
        "GOROOT_BOOTSTRAP",
        "GOTOOLCHAIN",
        "HOME",
        "LC_ALL",
        "PATH",
        "TMPDIR",
    ];
    assert_eq!(seen, expected, "{}", failed.snapshot());
    let said = "ended with exit status: 3";
    assert!(failed.stderr.contains(said), "{}", failed.snapshot());
    assert_refused(&stage, &failed, "rebuild");
}

#[test]
fn a_build_that_makes_no_archive_failed() {
    let stage = stage([built_by("echo nothing to do"), Release::here(NEW)]);
    let failed = stage.goseal(["rebuild", OLD]).run().expect_code(4);
    let said = format!("ended with no v0.0.1-{}.zip", Release::here(OLD).id());
    assert!(failed.stderr.contains(&said), "{}", failed.snapshot());
    assert!(failed.stderr.contains("nothing to do"));
    assert_refused(&stage, &failed, "rebuild");
}

#[test]
fn the_oldest_release_that_can_compiles_unless_one_is_named() {
    let old = ["1.20.5", "1.21.13", NEW].map(Release::here);
    let stage = stage([buildable()].into_iter().chain(old));
    let by = |words: &[&str]| {
        let words = ["rebuild", OLD].iter().chain(words);
        let _ = stage.goseal(words).run().expect_code(0);
        stage.last("rebuilt")["bootstrap"].clone()
    };
    assert_eq!(by(&[]), Release::here("1.21.13").id().to_string());
    assert_eq!(
        by(&["--bootstrap", NEW]),
        Release::here(NEW).id().to_string()
    );
    let refused = |version: &str, code: i32| {
        let run = stage.goseal(["rebuild", OLD, "--bootstrap", version]).run();
        let run = run.expect_code(code);
        assert_eq!(stage.last("rebuilt")["outcome"], "failed");
        run.stderr
    };
    assert!(refused("1.20.5", 2).contains("needs go1.20.6 or later to be compiled, not go1.20.5"));
    assert!(refused(OLD, 2).contains("by another release than itself"));
    assert!(refused("1.27.4", 6).contains("`goseal install 1.27.4` installs it"));
    let _ = refused("1.27", 2);
}

#[test]
fn without_a_compiler_the_command_that_installs_one_is_named_and_nothing_is_fetched() {
    let stage = stage([buildable(), Release::here("1.20.5")]);
    let before = stage.world.requests().len();
    for words in [&["rebuild", OLD][..], &["rebuild", OLD, "--offline"]] {
        let refused = stage.goseal(words).run().expect_code(6);
        let hint = "`goseal install 1.20.6` installs the oldest one";
        assert!(refused.stderr.contains(hint), "{}", refused.snapshot());
        assert_refused(&stage, &refused, "rebuild");
    }
    assert_eq!(stage.world.requests().len(), before);
}

#[test]
fn only_releases_from_1_21_on_and_only_installed_ones() {
    let stage = stage([Release::here(OLD), Release::here("1.20.14")]);
    let old = stage.goseal(["rebuild", "1.20.14"]).run().expect_code(2);
    assert!(
        old.stderr.contains("is older than 1.21"),
        "{}",
        old.snapshot()
    );
    let absent = stage.goseal(["rebuild", NEW]).run().expect_code(6);
    let hint = format!("`goseal install {NEW}` installs it");
    assert!(absent.stderr.contains(&hint), "{}", absent.snapshot());
}

#[test]
fn sources_and_compilers_that_drifted_are_never_built_from() {
    for (version, name) in [(OLD, "src/fmt/print.go"), (NEW, "src/runtime/proc.go")] {
        let stage = stage([buildable(), Release::here(NEW)]);
        let file = stage.tree(version).join(name);
        make_writable(&file);
        fs::write(&file, "package evil\n").unwrap();
        let refused = stage.goseal(["rebuild", OLD]).run().expect_code(5);
        let said = format!("changed {name}");
        assert!(refused.stderr.contains(&said), "{}", refused.snapshot());
        assert_refused(&stage, &refused, "differs");
    }
}

fn make_writable(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(0o644)).unwrap();
}

#[test]
fn another_platform_is_built_here_and_compared_with_what_was_published_for_it() {
    let far = Release::new(OLD, "windows/amd64").buildable();
    let id = far.id().to_string();
    let stage = Stage::serving([far, Release::here(NEW)]);
    let words = ["rebuild", OLD, "--platform", "windows/amd64"];
    let absent = stage.goseal(words).run().expect_code(6);
    let hint = "`goseal install 1.22.5 --platform windows/amd64` installs it";
    assert!(absent.stderr.contains(hint), "{}", absent.snapshot());
    let _ = stage
        .goseal(["install", OLD, "--platform", "windows/amd64"])
        .run()
        .expect_code(0);
    stage.install(&[NEW]);
    let built = stage.goseal(words).run().expect_code(0);
    let said = format!("{id}: built again, equal to what was published");
    assert!(built.stdout.starts_with(&said), "{}", built.snapshot());
    let text = stage.sandbox.read(&format!("goseal/seals/{id}/rebuilt"));
    assert!(
        text.contains("\nenv GOOS=windows\nenv GOARCH=amd64\n"),
        "{text}"
    );
}

#[test]
fn a_killed_rebuild_leaves_a_stage_that_the_next_command_removes() {
    let stage = Stage::serving([Release::here(NEW)]);
    stage.pin("project", OLD);
    // The script waits as long as this file is there.
    let wait = stage.sandbox.file("wait", "");
    let script = String::from_utf8(buildable().files()["src/make.bash"].clone()).unwrap();
    let waiting = format!("set -e\n[ ! -e {} ] || sleep 3\n", wait.display());
    let script = script.replacen("set -e\n", &waiting, 1);
    stage
        .world
        .publish(buildable().with_file("src/make.bash", script));
    stage.install(&[OLD, NEW]);
    let mut running = stage.goseal(["rebuild", OLD]).start();
    let staging = stage.sandbox.goseal_home().join("staging");
    let scratch = || {
        let names = fs::read_dir(&staging).into_iter().flatten();
        names
            .flatten()
            .any(|entry| entry.path().join("build/log").exists())
    };
    let begun = Instant::now();
    while !scratch() {
        assert!(
            begun.elapsed() < Duration::from_secs(30),
            "it never began to build"
        );
        std::thread::sleep(Duration::from_millis(5));
    }
    running.kill();
    drop(running);
    assert!(scratch() && !statement(&stage).exists());
    fs::remove_file(&wait).unwrap();
    let _ = stage.goseal(["rebuild", OLD]).run().expect_code(0);
    assert!(statement(&stage).exists());
    assert_no_scratch(&stage);
}

#[test]
fn policy_can_demand_it_of_every_run() {
    let stage = stage([buildable(), Release::here(NEW)]);
    let policy = stage
        .sandbox
        .file("policy.toml", "evidence = [\"rebuilt\"]\n");
    let exec = || {
        let run = stage.goseal(["exec", "--", "true"]);
        run.env("GOSEAL_LAB_POLICY", &policy).run()
    };
    let refused = exec().expect_code(125);
    let said = "policy requires `rebuilt` evidence";
    assert!(refused.stderr.contains(said), "{}", refused.snapshot());
    assert!(
        refused
            .stderr
            .contains(&format!("`goseal rebuild {OLD}` makes it"))
    );
    // The install itself is asked for what it stands on, and for nothing that it cannot have.
    let installed = stage.goseal(["install"]).env("GOSEAL_LAB_POLICY", &policy);
    let _ = installed.run().expect_code(0);
    let _ = stage.goseal(["uninstall", OLD]).run().expect_code(0);
    let installed = stage.goseal(["install"]).env("GOSEAL_LAB_POLICY", &policy);
    let installed = installed.run().expect_code(0);
    assert!(installed.stdout.contains("evidence   sumdb (record"));
    let _ = stage.goseal(["rebuild", OLD]).run().expect_code(0);
    let _ = exec().expect_code(0);
    // It goes with the tree.
    let _ = stage.goseal(["uninstall", OLD]).run().expect_code(0);
    assert!(!statement(&stage).exists());
}

#[test]
fn a_run_says_that_its_toolchain_was_rebuilt_as_soon_as_it_is() {
    let stage = stage([buildable(), Release::here(NEW)]);
    let evidence = || {
        let _ = stage.go(["version"]).run().expect_code(0);
        stage.last("start")["evidence"].clone()
    };
    assert_eq!(evidence(), serde_json::json!(["sumdb"]));
    let _ = stage.goseal(["rebuild"]).run().expect_code(0);
    assert_eq!(evidence(), serde_json::json!(["sumdb", "rebuilt"]));
}

#[test]
fn a_statement_of_another_h1_is_a_fault_and_no_evidence() {
    let stage = stage([buildable(), Release::here(NEW)]);
    let _ = stage.goseal(["rebuild", OLD]).run().expect_code(0);
    let path = statement(&stage);
    let good = fs::read_to_string(&path).unwrap();
    let other = Release::here(NEW).h1().to_string();
    make_writable(&path);
    fs::write(&path, good.replace(&buildable().h1().to_string(), &other)).unwrap();
    for depth in ["--deep", "--quick"] {
        let found = stage.goseal(["verify", OLD, depth]).run().expect_code(5);
        let said = "  the statement of a rebuild is of go1.22.5.";
        assert!(found.stdout.contains(said), "{}", found.snapshot());
    }
    let policy = stage
        .sandbox
        .file("policy.toml", "evidence = [\"sumdb\", \"rebuilt\"]\n");
    let run = stage.goseal(["exec", "--", "true"]);
    let _ = run.env("GOSEAL_LAB_POLICY", &policy).run().expect_code(125);
    fs::write(&path, good + "more\n").unwrap();
    let found = stage.goseal(["verify", OLD]).run().expect_code(5);
    assert!(
        found.stderr.contains("/rebuilt has a "),
        "{}",
        found.snapshot()
    );
}
