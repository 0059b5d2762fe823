//! The exit codes of this interface, each met by a command; and what the release must not hold.

use std::fs;

use goseal_lab::sandbox::{DEAD_PROXY, product_binary};
use goseal_lab::{Lab, Release};

use crate::stage::{NEW, OLD, Stage};

#[test]
fn each_documented_code_is_what_a_command_ends_with() {
    let mut stage = Stage::pinned();
    let code = |stage: &Stage, words: &[&str]| stage.goseal(words).run().code.unwrap();
    assert_eq!(code(&stage, &["list"]), 0);
    assert_eq!(code(&stage, &["lock", "--check"]), 1);
    for words in [
        &["no-such-verb"][..],
        &["install", "1.22"],
        &["lock", "--platform", "x"],
        &[],
    ] {
        assert_eq!(code(&stage, words), 2, "{words:?}");
    }
    assert_eq!(code(&stage, &["install", "--frozen"]), 3);
    assert_eq!(code(&stage, &["install", "1.99.1"]), 4);
    let id = Release::here(OLD).id().to_string();
    stage
        .world
        .swap_zip(&id, Release::here(NEW).claiming(&id).module_zip());
    assert_eq!(code(&stage, &["install"]), 5);
    assert_eq!(code(&stage, &["install", "--offline"]), 6);
    assert_eq!(code(&stage, &["which"]), 6);
    assert_eq!(code(&stage, &["exec", "--go", NEW, "--", "true"]), 125);
    assert_eq!(code(&stage, &["exec", "--", "true"]), 127);
    stage.install(&[NEW]);
    stage.pin("project", NEW);
    let plain = stage.sandbox.file("project/plain", "no program");
    assert_eq!(code(&stage, &["exec", "--", plain.to_str().unwrap()]), 126);
    assert_eq!(code(&stage, &["exec", "--", "no-such-command"]), 127);
    stage.sandbox.set_var("GOPROXY", DEAD_PROXY);
    assert_eq!(code(&stage, &["install", OLD]), 4);
    let file = stage.sandbox.file("a-file", "");
    stage.sandbox.set_var("GOSEAL_HOME", file);
    assert_eq!(code(&stage, &["install", OLD]), 7);
    assert_eq!(code(&stage, &["init", "--no-profile"]), 7);
}

#[test]
fn distrust_looks_different_from_a_network_that_is_down() {
    let stage = Stage::pinned();
    let id = Release::here(OLD).id().to_string();
    stage
        .world
        .swap_zip(&id, Release::here(NEW).claiming(&id).module_zip());
    let refused = stage.goseal(["install"]).run().expect_code(5);
    assert!(
        refused.stderr.starts_with("error: not to be trusted: "),
        "{}",
        refused.stderr
    );
    assert!(
        !refused.stderr.contains("HTTPS_PROXY"),
        "{}",
        refused.stderr
    );
    assert_eq!(stage.last("refused")["release"], id);
    let down = stage
        .goseal(["install"])
        .env("GOPROXY", DEAD_PROXY)
        .run()
        .expect_code(4);
    assert!(!down.stderr.contains("trusted"), "{}", down.stderr);
    assert_eq!(stage.last("failed")["release"], id);
    assert!(!stage.tree(OLD).exists());
}

#[test]
fn help_and_version_are_data_and_mistakes_are_not() {
    let stage = Stage::new();
    for words in [&["--help"][..], &["--version"], &["install", "--help"]] {
        let outcome = stage.goseal(words).run().expect_code(0);
        assert!(
            !outcome.stdout.is_empty() && outcome.stderr.is_empty(),
            "{words:?}"
        );
    }
    let mistake = stage.goseal(["instal"]).run().expect_code(2);
    assert!(
        mistake.stdout.is_empty() && mistake.stderr.contains("install"),
        "{mistake:?}"
    );
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let stage = Stage::installed();
    let script = "\"$GOSEAL\" explain | true; \"$GOSEAL\" list >/dev/full; echo $?";
    let outcome = stage.shell(script).run().expect_code(0);
    if cfg!(target_os = "linux") {
        assert_eq!(outcome.stdout, "7\n");
        assert!(
            outcome.stderr.contains("cannot write to stdout"),
            "{}",
            outcome.stderr
        );
    }
}

#[test]
fn the_program_that_is_released_knows_nothing_of_the_lab() {
    let holds = |name: &str, words: &str| {
        let bytes = fs::read(product_binary(name)).unwrap();
        bytes
            .windows(words.len())
            .any(|window| window == words.as_bytes())
    };
    let key = Lab::verifier_key_text();
    let public = key.rsplit('+').next().unwrap();
    for words in ["GOSEAL_LAB", key.as_str(), public, Lab::database_name()] {
        assert!(!holds("goseal", words), "goseal holds `{words}`");
        assert!(!holds("goseal-shim", words), "goseal-shim holds `{words}`");
    }
    // The search itself finds what is there.
    assert!(holds("goseal-lab", "GOSEAL_LAB"));
    assert!(holds("goseal", "sum.golang.org"));
}

#[test]
fn the_program_that_is_released_is_moved_by_no_variable_of_the_lab() {
    let stage = Stage::pinned();
    let policy = stage.sandbox.file("policy.toml", "default = \"1.22.5\"\n");
    let none = stage.sandbox.file("none/readme", "");
    let run = stage
        .sandbox
        .command(product_binary("goseal"))
        .arg("current");
    let run = run
        .cwd(none.parent().unwrap())
        .env("GOSEAL_LAB_POLICY", &policy);
    let _ = run.run().expect_code(3);
}
