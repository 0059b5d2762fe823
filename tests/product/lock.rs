//! `goseal lock`, and installs by it.

use goseal_lab::sandbox::DEAD_PROXY;
use goseal_lab::{Fault, Release};

use crate::stage::{NEW, OLD, Stage, shown};

/// Two platforms that this machine is not.
const FAR: [&str; 2] = ["windows/arm64", "freebsd/riscv64"];

fn stage() -> Stage {
    let far = FAR.map(|platform| Release::new(OLD, platform));
    let stage = Stage::serving(
        [Release::here(OLD), Release::here(NEW)]
            .into_iter()
            .chain(far),
    );
    stage.pin("project", OLD);
    stage
}

fn lock_text(stage: &Stage) -> String {
    stage.sandbox.read("project/goseal.lock")
}

#[test]
fn it_is_written_once_and_then_up_to_date() {
    let stage = stage();
    let written = stage.goseal(["lock", "--platform", FAR[0]]).run();
    let text = lock_text(&stage);
    let again = stage.goseal(["lock", "--platform", FAR[0]]).run();
    assert_eq!(lock_text(&stage), text);
    let checked = stage
        .goseal(["lock", "--check", "--platform", FAR[0]])
        .run();
    insta::assert_snapshot!(shown(&written) + &shown(&again) + &shown(&checked), @"
    exit: 0
    --- stdout
    [ROOT]/project/goseal.lock is written
      + go1.22.5.windows-arm64 h1:[BASE64]
    --- stderr
    exit: 0
    --- stdout
    [ROOT]/project/goseal.lock is up to date
    --- stderr
    exit: 0
    --- stdout
    [ROOT]/project/goseal.lock is up to date
    --- stderr
    ");
    // No archive is fetched for a lock.
    assert_eq!(stage.world.count("*.zip"), 0);
    assert_eq!(stage.world.count("/dl/*.gz"), 0);
}

#[test]
fn the_file_is_one_sorted_block_an_entry() {
    let stage = stage();
    let words = ["lock", "--platform", FAR[0], "--platform", FAR[1]];
    let _ = stage.goseal(words).run().expect_code(0);
    insta::assert_snapshot!(crate::stage::plain(&lock_text(&stage)), @r#"
    version = 1

    [[toolchain]]
    version = "1.22.5"
    platform = "freebsd/riscv64"
    h1 = "h1:[BASE64]"
    record = 259
    tree_size = 300
    tree_root = "[SHA256]"
    archive = "go1.22.5.freebsd-riscv64.tar.gz"
    sha256 = "[SHA256]"
    size = [SIZE]

    [[toolchain]]
    version = "1.22.5"
    platform = "windows/arm64"
    h1 = "h1:[BASE64]"
    record = 219
    tree_size = 300
    tree_root = "[SHA256]"
    archive = "go1.22.5.windows-arm64.zip"
    sha256 = "[SHA256]"
    size = [SIZE]
    "#);
}

#[test]
fn check_is_1_and_writes_nothing_when_the_lock_is_missing_stale_or_incomplete() {
    let stage = stage();
    let missing = stage.goseal(["lock", "--check"]).run().expect_code(1);
    assert!(!stage.sandbox.project().join("goseal.lock").exists());
    assert!(
        missing.stdout.contains("goseal.lock is stale\n"),
        "{}",
        missing.stdout
    );

    let _ = stage.goseal(["lock"]).run().expect_code(0);
    let places = stage.sandbox.snapshot_of_places();
    let _ = stage.goseal(["lock", "--check"]).run().expect_code(0);
    let incomplete = stage
        .goseal(["lock", "--check", "--platform", FAR[1]])
        .run()
        .expect_code(1);
    assert!(
        incomplete
            .stdout
            .contains(&format!("  + go{OLD}.freebsd-riscv64 ")),
        "{incomplete:?}"
    );
    places.assert_unchanged_except(&["goseal/sumdb", "goseal/index"]);

    stage.pin("project", NEW);
    let outdated = stage.goseal(["lock", "--check"]).run().expect_code(1);
    assert!(
        outdated.stdout.contains(&format!("  + go{NEW}.")),
        "{}",
        outdated.stdout
    );
    assert!(
        outdated.stdout.contains(&format!("  - go{OLD}.")),
        "{}",
        outdated.stdout
    );
}

#[test]
fn a_platform_that_is_not_carried_is_named_with_its_reason_and_stops_no_other() {
    let stage = stage();
    let outcome = stage
        .goseal(["lock", "--platform", "linux/s390x", "--platform", FAR[0]])
        .run();
    insta::assert_snapshot!(shown(&outcome), @"
    exit: 1
    --- stdout
    [ROOT]/project/goseal.lock is written
      + go1.22.5.windows-arm64 h1:[BASE64]
      ! linux/s390x is not locked: the checksum database, as it was served, has no record of go1.22.5.linux-s390x
    --- stderr
    ");
    assert!(lock_text(&stage).contains("windows/arm64"));
    let unknown = stage.goseal(["lock", "--platform", "toaster/amd64"]).run();
    let unknown = unknown.expect_code(2).stderr;
    assert!(
        unknown.starts_with("error: `toaster/amd64` is not a platform"),
        "{unknown}"
    );
}

#[test]
fn a_lock_that_names_another_identity_is_distrust_never_an_update() {
    let stage = stage();
    let _ = stage.goseal(["lock"]).run().expect_code(0);
    let (old, new) = (
        Release::here(OLD).h1().to_string(),
        Release::here(NEW).h1().to_string(),
    );
    let text = lock_text(&stage).replace(&old, &new);
    stage.sandbox.file("project/goseal.lock", &text);
    for words in [
        &["lock"][..],
        &["lock", "--check"],
        &["pin", OLD],
        &["install"],
    ] {
        let refused = stage.goseal(words).run().expect_code(5);
        assert!(
            refused.stderr.contains("error: not to be trusted:"),
            "{words:?}: {refused:?}"
        );
        assert_eq!(lock_text(&stage), text, "{words:?}");
    }
    assert!(!stage.tree(OLD).exists());
    assert_eq!(
        stage.last("refused")["release"],
        Release::here(OLD).id().to_string()
    );
}

#[test]
fn without_the_release_index_the_lock_is_made_and_says_what_it_lacks() {
    let stage = stage();
    stage
        .world
        .fail("/dl/*", Fault::Status(404), goseal_lab::ALWAYS);
    let outcome = stage.goseal(["lock", "--platform", FAR[0]]).run();
    insta::assert_snapshot!(shown(&outcome), @"
    exit: 0
    --- stdout
    [ROOT]/project/goseal.lock is written
      + go1.22.5.windows-arm64 h1:[BASE64]
    --- stderr
    the release index is out of reach: no archive digests
    ");
    assert!(!lock_text(&stage).contains("archive"));
    stage.world.repent();
    let completed = stage
        .goseal(["lock", "--platform", FAR[0]])
        .run()
        .expect_code(0);
    assert!(completed.stdout.contains("  ~ go"), "{}", completed.stdout);
    assert!(lock_text(&stage).contains("archive = "));
}

#[test]
fn frozen_installs_what_the_lock_holds_and_nothing_else() {
    let stage = stage();
    let no_lock = stage.goseal(["install", "--frozen"]).run();
    let _ = stage
        .goseal(["lock", "--platform", FAR[0]])
        .run()
        .expect_code(0);
    let no_entry = stage.goseal(["install", "--frozen"]).run();
    insta::assert_snapshot!(shown(&no_lock) + &shown(&no_entry), @r"
    exit: 3
    --- stdout
    --- stderr
    error: --frozen needs [ROOT]/project/goseal.lock, which is not there
    hint: `goseal lock` writes it, to be reviewed and committed
    exit: 3
    --- stdout
    --- stderr
    error: [ROOT]/project/goseal.lock has no entry for go1.22.5.[PLATFORM]
    hint: `goseal lock --platform [OS/ARCH]` adds it where 1.22.5 is pinned; `goseal default 1.22.5` locks it for places without a pin
    ");
    assert!(!stage.tree(OLD).exists());
    let _ = stage.goseal(["lock"]).run().expect_code(0);
    let frozen = stage
        .goseal(["install", "--frozen", "--format", "json"])
        .run()
        .expect_code(0);
    assert!(frozen.stdout.contains("\"lock\""), "{}", frozen.stdout);
    let refused = stage
        .goseal(["install", "--frozen", NEW])
        .run()
        .expect_code(3);
    assert!(
        refused.stderr.contains("has no entry"),
        "{}",
        refused.stderr
    );
}

#[test]
fn offline_installs_nothing_new_and_accepts_what_is_there() {
    let mut stage = stage();
    let refused = stage.goseal(["install", "--offline"]).run();
    insta::assert_snapshot!(shown(&refused), @"
    exit: 6
    --- stdout
    --- stderr
    error: go1.22.5.[PLATFORM] is not installed, and --offline forbids to fetch it
    hint: `goseal install 1.22.5` fetches it
    ");
    assert!(stage.world.requests().is_empty());
    stage.install(&[]);
    stage.sandbox.set_var("GOPROXY", DEAD_PROXY);
    let _ = stage.goseal(["install", "--offline"]).run().expect_code(0);
    let _ = stage.goseal(["verify"]).run().expect_code(0);
    let _ = stage.go(["version"]).run().expect_code(0);
}
