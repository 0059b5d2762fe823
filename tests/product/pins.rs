//! `goseal pin`, `default` and `init`.

use std::fs;

use goseal_lab::Release;

use crate::stage::{NEW, OLD, Stage, platform, shown};

fn serving_three() -> Stage {
    Stage::serving(["1.22.4", OLD, "1.27rc1", NEW].map(Release::here))
}

fn pin_text(stage: &Stage) -> String {
    stage.sandbox.read("project/.go-version")
}

#[test]
fn a_request_is_resolved_to_an_exact_release_and_locked() {
    for (request, version) in [
        (OLD, OLD),
        ("1.22", OLD),
        ("1.22.x", OLD),
        ("go1.22.4", "1.22.4"),
        ("latest", NEW),
        ("1.27rc1", "1.27rc1"),
    ] {
        let stage = serving_three();
        let _ = stage.goseal(["pin", request]).run().expect_code(0);
        assert_eq!(pin_text(&stage), format!("{version}\n"), "{request}");
        let lock = stage.sandbox.read("project/goseal.lock");
        assert!(
            lock.contains(&Release::here(version).h1().to_string()),
            "{request}: {lock}"
        );
        let _ = stage.goseal(["lock", "--check"]).run().expect_code(0);
        let _ = stage.goseal(["install", "--frozen"]).run().expect_code(0);
    }
}

#[test]
fn what_is_not_offered_is_not_pinned() {
    let stage = serving_three();
    for (request, code) in [("1.99", 4), ("1.22.99", 4), (">=1.22", 2), ("1.22.5.6", 2)] {
        let refused = stage.goseal(["pin", request]).run();
        assert_eq!(
            refused.code,
            Some(code),
            "{request}: {}",
            refused.snapshot()
        );
        assert!(
            !stage.sandbox.project().join(".go-version").exists(),
            "{request}"
        );
        assert!(
            !stage.sandbox.project().join("goseal.lock").exists(),
            "{request}"
        );
    }
}

#[test]
fn without_a_request_it_shows_the_pin_and_its_place() {
    let stage = Stage::pinned();
    let below = stage
        .sandbox
        .file("project/cmd/hello/main.go", "package main\n");
    let shown_here = stage.goseal(["pin"]).cwd(below.parent().unwrap()).run();
    insta::assert_snapshot!(shown(&shown_here), @"
    exit: 0
    --- stdout
    go1.22.5 for [OS/ARCH]
      chosen by  pin [ROOT]/project/.go-version:1
      path       not installed: `goseal install`
    --- stderr
    ");
}

/// What is locked beside differs from machine to machine.
pub(crate) fn lock_only_this_platform(stage: &Stage) {
    let (_, platform) = crate::stage::platform();
    let text = format!("platforms = [\"{platform}\"]\n");
    stage.sandbox.file("project/goseal.toml", text);
}

#[test]
fn it_says_what_it_wrote_and_what_stood_there() {
    let stage = serving_three();
    lock_only_this_platform(&stage);
    let first = stage.goseal(["pin", "1.22"]).run();
    let second = stage.goseal(["pin", "latest"]).run();
    insta::assert_snapshot!(shown(&first) + &shown(&second), @"
    exit: 0
    --- stdout
    [ROOT]/project/.go-version says 1.22.5
    [ROOT]/project/goseal.lock is written
      + go1.22.5.[PLATFORM] h1:[BASE64]
    --- stderr
    `goseal install` installs it
    exit: 0
    --- stdout
    [ROOT]/project/.go-version says 1.26.10, was 1.22.5
    [ROOT]/project/goseal.lock is written
      + go1.26.10.[PLATFORM] h1:[BASE64]
      - go1.22.5.[PLATFORM]
    --- stderr
    `goseal install` installs it
    ");
}

#[test]
fn comments_of_the_pin_stay_and_the_nearest_pin_is_the_one_that_changes() {
    let stage = serving_three();
    let text = "# our release\n\n1.22.4 # until spring\n";
    stage.sandbox.file("project/.go-version", text);
    let below = stage.sandbox.file("project/sub/readme", "");
    let run = stage.goseal(["pin", OLD]).cwd(below.parent().unwrap());
    let _ = run.run().expect_code(0);
    assert_eq!(pin_text(&stage), text.replace("1.22.4", OLD));
    assert!(
        !stage
            .sandbox
            .root()
            .join("project/sub/.go-version")
            .exists()
    );
}

#[test]
fn a_broken_pin_is_mended_here_and_from_below() {
    let stage = serving_three();
    let below = stage.sandbox.file("project/sub/readme", "");
    for folder in [stage.sandbox.project(), below.parent().unwrap().to_owned()] {
        stage.sandbox.file("project/.go-version", "1.22\n1.26\n");
        let refused = stage.goseal(["current"]).cwd(&folder).run().expect_code(3);
        assert!(
            refused.stderr.contains("`goseal pin 1.22`"),
            "{}",
            refused.stderr
        );
        // What the hint says is what helps.
        let _ = stage
            .goseal(["pin", "1.22"])
            .cwd(&folder)
            .run()
            .expect_code(0);
        assert_eq!(pin_text(&stage), format!("{OLD}\n"));
        let _ = stage
            .goseal(["lock", "--check"])
            .cwd(&folder)
            .run()
            .expect_code(0);
    }
    assert!(
        !stage
            .sandbox
            .root()
            .join("project/sub/.go-version")
            .exists()
    );
}

#[test]
fn a_first_pin_is_locked_for_the_platforms_of_the_project() {
    let windows = Release::new(OLD, "windows/arm64");
    let stage = Stage::serving([Release::here(OLD), windows]);
    stage
        .sandbox
        .file("project/goseal.toml", "platforms = [\"windows/arm64\"]\n");
    let _ = stage.goseal(["pin", OLD]).run().expect_code(0);
    let lock = stage.sandbox.read("project/goseal.lock");
    assert!(lock.contains("\"windows/arm64\""), "{lock}");
    assert!(lock.contains(&format!("\"{}\"", platform().1)), "{lock}");
    let _ = stage.goseal(["lock", "--check"]).run().expect_code(0);
}

#[test]
fn a_default_is_locked_and_runs_where_no_pin_is() {
    let stage = serving_three();
    let elsewhere = stage.sandbox.file("elsewhere/readme", "");
    let elsewhere = elsewhere.parent().unwrap().to_owned();
    let none = stage.goseal(["default"]).run();
    let set = stage.goseal(["default", "1.22"]).run();
    let says = stage.goseal(["default"]).run();
    insta::assert_snapshot!(shown(&none) + &shown(&set) + &shown(&says), @"
    exit: 0
    --- stdout
    --- stderr
    there is no default: `goseal default latest` sets one
    exit: 0
    --- stdout
    [ROOT]/goseal/config.toml says 1.22.5
    [ROOT]/goseal/goseal.lock is written
      + go1.22.5.[PLATFORM] h1:[BASE64]
    --- stderr
    `goseal install 1.22.5` installs it
    exit: 0
    --- stdout
    1.22.5 by [ROOT]/goseal/config.toml
    --- stderr
    ");
    let _ = stage
        .goseal(["install"])
        .cwd(&elsewhere)
        .run()
        .expect_code(0);
    let ran = stage.go(["version"]).cwd(&elsewhere).run().expect_code(0);
    assert!(
        ran.stdout.starts_with(&format!("go version go{OLD} ")),
        "{}",
        ran.stdout
    );
    assert_eq!(stage.last("start")["pin"]["how"], "default");
}

#[test]
fn a_default_keeps_what_the_user_wrote_beside_it() {
    let stage = serving_three();
    let text = "# mine\nprofile = \"standard\"\n";
    let config = stage.sandbox.file("goseal/config.toml", text);
    let _ = stage.goseal(["default", OLD]).run().expect_code(0);
    let _ = stage.goseal(["default", NEW]).run().expect_code(0);
    let text = fs::read_to_string(config).unwrap();
    assert!(text.contains("# mine\nprofile = \"standard\"\n"), "{text}");
    assert!(text.contains(NEW) && !text.contains(OLD), "{text}");
}

#[test]
fn init_prints_the_line_of_each_shell_and_changes_nothing() {
    let stage = Stage::new();
    let places = stage.sandbox.snapshot_of_places();
    let mut all = String::new();
    for shell in ["sh", "bash", "zsh", "fish", "powershell"] {
        let outcome = stage.goseal(["init", "--print", "--shell", shell]).run();
        all.push_str(&outcome.expect_code(0).stdout);
    }
    places.assert_unchanged();
    insta::assert_snapshot!(stage.sandbox.redact(&all), @r#"
    export PATH='[ROOT]/goseal/shims':"$PATH"
    export PATH='[ROOT]/goseal/shims':"$PATH"
    export PATH='[ROOT]/goseal/shims':"$PATH"
    set -gx PATH '[ROOT]/goseal/shims' $PATH
    $env:PATH = '[ROOT]/goseal/shims' + [IO.Path]::PathSeparator + $env:PATH
    "#);
    let of_variable = stage
        .goseal(["init", "--print"])
        .env("SHELL", "/usr/bin/fish")
        .run();
    assert!(
        of_variable.stdout.starts_with("set -gx PATH "),
        "{}",
        of_variable.stdout
    );
    let script =
        "PATH=/usr/bin:/bin; eval \"$(\"$GOSEAL\" init --print --shell sh)\"; echo \"$PATH\"";
    let path = stage.shell(script).run().expect_code(0);
    let shims = stage.sandbox.goseal_home().join("shims");
    assert_eq!(path.stdout, format!("{}:/usr/bin:/bin\n", shims.display()));
}

#[test]
fn init_makes_the_shims_and_a_second_time_is_harmless() {
    let stage = Stage::pinned();
    let first = stage
        .goseal(["init", "--no-profile", "--shell", "sh"])
        .run();
    insta::assert_snapshot!(shown(&first), @r#"
    exit: 0
    --- stdout
    shims are in [ROOT]/goseal/shims
    --- stderr
    this line puts them on PATH:
      export PATH='[ROOT]/goseal/shims':"$PATH"
    "#);
    for name in ["go", "gofmt", "home"] {
        assert!(
            stage
                .sandbox
                .goseal_home()
                .join("shims")
                .join(name)
                .is_file(),
            "{name}"
        );
    }
    let places = stage.sandbox.snapshot_of_places();
    let _ = stage.goseal(["init", "--no-profile"]).run().expect_code(0);
    let _ = stage.goseal(["init"]).run().expect_code(0);
    places.assert_unchanged_except(&["goseal/audit"]);
    assert_eq!(stage.of_type("verb").len(), 3);
    assert_eq!(stage.last("verb")["verb"], "init");
    // No profile was touched: nobody answered on a terminal.
    assert_eq!(fs::read_dir(stage.sandbox.home()).unwrap().count(), 0);
}

#[test]
fn init_puts_shims_back_that_somebody_removed() {
    let stage = Stage::installed();
    let shims = stage.sandbox.goseal_home().join("shims");
    fs::remove_file(shims.join("go")).unwrap();
    let _ = stage.goseal(["init", "--no-profile"]).run().expect_code(0);
    let _ = stage.go(["version"]).run().expect_code(0);
}
