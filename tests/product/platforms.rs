//! Trees of other platforms: installed by the same rules, kept, verified, listed, removed, never run.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use goseal_core::platform::Platform;
use goseal_lab::Release;

use crate::stage::{NEW, Stage};

/// One that no test machine is, and whose executables have another name.
const OTHER: &str = "windows/amd64";
const ID: &str = "go1.26.10.windows-amd64";

fn stage() -> Stage {
    let stage = Stage::serving([Release::here(NEW), Release::new(NEW, OTHER)]);
    stage.pin("project", NEW);
    stage
}

fn tree(stage: &Stage) -> PathBuf {
    stage.sandbox.goseal_home().join("toolchains").join(ID)
}

fn install(stage: &Stage) {
    let _ = stage
        .goseal(["install", "--platform", OTHER])
        .run()
        .expect_code(0);
}

#[test]
fn a_tree_of_another_platform_is_sealed_without_doors() {
    let stage = stage();
    let installed = stage.goseal(["install", "--platform", OTHER]).run();
    let installed = installed.expect_code(0);
    let said = "  platform   windows/amd64: without doors, it never runs here\n";
    assert!(installed.stdout.contains(said), "{}", installed.snapshot());
    let tree = tree(&stage);
    let published = Release::new(NEW, OTHER);
    for name in ["bin/go.exe", "bin/gofmt.exe", "src/cmd/go.mod"] {
        let there = fs::read(tree.join(name)).unwrap();
        assert_eq!(&there, published.files().get(name).unwrap(), "{name}");
    }
    assert!(!tree.join("pkg/goseal").exists());
    assert_eq!(mode(&tree.join("bin/go.exe")), 0o555);
    assert_eq!(mode(&tree.join("VERSION")), 0o444);
    assert_eq!(mode(&tree), 0o555);
    let seal = stage.sandbox.read(&format!("goseal/seals/{ID}/seal"));
    assert!(seal.contains("\ndoor none\nhome none\n"), "{seal}");
    assert!(
        seal.contains(&format!("\nh1 {}\n", published.h1())),
        "{seal}"
    );
    assert_eq!(stage.last("installed")["release"], ID);
    // This machine's own release was not asked for.
    assert!(!stage.tree(NEW).exists());
}

fn mode(path: &std::path::Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

#[test]
fn it_is_verified_listed_and_removed_by_its_name_and_platform() {
    let stage = stage();
    install(&stage);
    let words = |verb: &'static str| stage.goseal([verb, NEW, "--platform", OTHER]).run();
    let verified = words("verify").expect_code(0);
    let begin = format!("{ID}: as published (deep: ");
    assert!(
        verified.stdout.starts_with(&begin),
        "{}",
        verified.snapshot()
    );
    assert!(verified.stdout.contains("stored proof holds"));
    let quick = stage.goseal(["verify", NEW, "--platform", OTHER, "--quick"]);
    let _ = quick.run().expect_code(0);
    let listed = stage.goseal(["list"]).run().expect_code(0);
    assert!(listed.stdout.starts_with(ID) && listed.stdout.ends_with(", without doors\n"));
    // Without the platform this machine's is meant, which is not there.
    let missing = stage.goseal(["verify", NEW]).run().expect_code(6);
    assert!(missing.stderr.contains("is not installed"));
    let removed = words("uninstall").expect_code(0);
    assert_eq!(removed.stdout, format!("{ID} is removed\n"));
    let again = words("verify").expect_code(6);
    let hint = format!("`goseal install {NEW} --platform {OTHER}` installs it");
    assert!(again.stderr.contains(&hint), "{}", again.snapshot());
}

#[test]
fn what_differs_in_it_is_named_at_its_published_place() {
    let stage = stage();
    install(&stage);
    let go = tree(&stage).join("bin/go.exe");
    fs::set_permissions(&go, fs::Permissions::from_mode(0o755)).unwrap();
    fs::write(&go, "something else").unwrap();
    for deep in [&["--deep"][..], &["--quick"]] {
        let words = ["verify", NEW, "--platform", OTHER].iter().chain(deep);
        let found = stage.goseal(words).run().expect_code(5);
        assert!(
            found.stdout.contains("  changed bin/go.exe\n"),
            "{}",
            found.snapshot()
        );
    }
    let all = stage.goseal(["verify", "--all"]).run().expect_code(5);
    assert!(all.stdout.contains("bin/go.exe has other permissions"));
}

#[test]
fn other_bytes_than_the_database_knows_are_distrust_on_every_platform() {
    let stage = stage();
    let evil = Release::new(NEW, OTHER).with_file("src/fmt/print.go", "package evil\n");
    stage.world.swap_zip(ID, evil.module_zip());
    let refused = stage.goseal(["install", "--platform", OTHER]).run();
    let _ = refused.expect_code(5);
    assert!(!tree(&stage).exists());
    assert_eq!(stage.last("refused")["release"], ID);
}

#[test]
fn frozen_needs_an_entry_for_each_platform_that_is_named() {
    let stage = stage();
    let here = Platform::of_this_build().unwrap().to_string();
    let lock = |platforms: &[&str]| {
        let named = platforms.iter().flat_map(|one| ["--platform", one]);
        let _ = stage.goseal(["lock"].into_iter().chain(named)).run();
    };
    lock(&[&here]);
    let frozen = || {
        let words = [
            "install",
            "--frozen",
            "--platform",
            OTHER,
            "--platform",
            &here,
        ];
        stage.goseal(words).run()
    };
    let refused = frozen().expect_code(3);
    let hint = "`goseal lock --platform windows/amd64` adds it";
    assert!(refused.stderr.contains(hint), "{}", refused.snapshot());
    lock(&[&here, OTHER]);
    let installed = frozen().expect_code(0);
    assert_eq!(
        installed.stdout.matches("evidence   lock, sumdb").count(),
        2
    );
    assert!(tree(&stage).is_dir() && stage.tree(NEW).join("pkg/goseal/go").is_file());
}

#[test]
fn a_text_that_is_no_platform_is_a_wrong_command_line() {
    let stage = stage();
    for verb in ["install", "verify", "uninstall"] {
        let refused = stage.goseal([verb, NEW, "--platform", "beos"]).run();
        let _ = refused.expect_code(2);
    }
}

/// A store that two machines share: what one of them installed for the other.
#[test]
fn a_tree_without_doors_of_this_platform_never_runs_and_an_install_replaces_it() {
    let stage = stage();
    install(&stage);
    let here = Release::here(NEW).id().to_string();
    let home = stage.sandbox.goseal_home();
    let _ = stage.goseal(["install"]).run().expect_code(0);
    let seal = home.join("seals").join(&here).join("seal");
    let text = fs::read_to_string(&seal).unwrap();
    let without: String = text
        .lines()
        .map(|line| match line.split_once(' ') {
            Some((key @ ("door" | "home"), _)) => format!("{key} none\n"),
            _ => format!("{line}\n"),
        })
        .collect();
    fs::set_permissions(&seal, fs::Permissions::from_mode(0o644)).unwrap();
    fs::write(&seal, without).unwrap();
    let refused = stage.go(["version"]).run().expect_code(127);
    assert!(
        refused.stderr.contains("is not installed"),
        "{}",
        refused.snapshot()
    );
    let installed = stage.goseal(["install"]).run().expect_code(0);
    assert!(
        installed.stdout.contains(" installed in "),
        "{}",
        installed.snapshot()
    );
    let ran = stage.go(["version"]).run().expect_code(0);
    assert!(ran.stdout.starts_with("go version go1.26.10"));
}
