//! `goseal pin --diff`: what another release would change, before anything is written.

use std::fs;

use goseal_lab::{ALWAYS, Fault, Release, World};

use crate::documents::{document, json};
use crate::stage::{NEW, OLD, Stage, shown};

fn with_feed(stage: &mut Stage) {
    let text = r#"{"schema":"goseal.feed/1","date":"2026-01-01","entries":[
        {"id":"GO-1","introduced":"1.22.0","fixed":"1.22.6"},{"id":"GO-2"}]}"#;
    let feed = stage.sandbox.file("etc/feed.json", text);
    let text = format!("feed = \"{}\"\n", feed.display());
    let policy = stage.sandbox.file("etc/policy.toml", text);
    stage.sandbox.set_var("GOSEAL_LAB_POLICY", policy);
}

#[test]
fn it_shows_files_tools_and_vulnerabilities_and_writes_nothing() {
    let mut stage = Stage::installed();
    with_feed(&mut stage);
    let places = stage.sandbox.snapshot_of_places();
    let text = stage.goseal(["pin", "latest", "--diff"]).run();
    let folder = crate::stage::platform().0.replace('-', "_");
    let text = shown(&text).replace(&folder, "[FOLDER]");
    insta::assert_snapshot!(text, @"
    exit: 0
    --- stdout
    1.22.5 -> 1.26.10
      fixes        GO-1, fixed in 1.22.6
      vulnerable   GO-2, not fixed yet
      size         [SIZE] -> 0.1 MiB
      files        8 changed, 0 added, 0 removed
        .          1 changed, 0 added, 0 removed
        bin        2 changed, 0 added, 0 removed
        pkg/tool   3 changed, 0 added, 0 removed
        src        2 changed, 0 added, 0 removed
      executables  changed bin/go
                   changed bin/gofmt
                   changed pkg/tool/[FOLDER]/asm
                   changed pkg/tool/[FOLDER]/compile
                   changed pkg/tool/[FOLDER]/link
    --- stderr
    ");
    places.assert_unchanged_except(&["goseal/sumdb", "goseal/staging", "goseal/locks"]);
    assert!(!stage.tree(NEW).exists());
    let staging = fs::read_dir(stage.sandbox.goseal_home().join("staging"));
    assert_eq!(staging.unwrap().count(), 0);
    let outcome = json(&stage, &["pin", "latest", "--diff"]);
    let change = document(&outcome, "pin-diff");
    assert_eq!(
        (&change["before"], &change["version"]),
        (&OLD.into(), &NEW.into())
    );
    assert_eq!(change["fixes"][0]["id"], "GO-1");
    assert_eq!(change["vulnerabilities"][0]["id"], "GO-2");
    // Without a request there is nothing to compare with.
    let _ = stage.goseal(["pin", "--diff"]).run().expect_code(2);
}

#[test]
fn of_installed_releases_the_seals_say_it_and_nothing_is_fetched() {
    let stage = Stage::installed();
    stage.install(&[NEW]);
    let zips = stage.world.count("*.zip");
    let _ = stage.goseal(["pin", NEW, "--diff"]).run().expect_code(0);
    assert_eq!(stage.world.count("*.zip"), zips);
}

#[test]
fn a_release_that_is_not_the_published_one_is_not_compared() {
    let stage = Stage::installed();
    let id = Release::here(NEW).id().to_string();
    let evil = Release::here(NEW).with_file("src/evil.go", "package evil\n");
    stage.world.swap_zip(&id, evil.module_zip());
    let refused = stage.goseal(["pin", NEW, "--diff"]).run().expect_code(5);
    assert!(refused.stderr.contains("not to be trusted"), "{refused:?}");
    assert_eq!(stage.last("refused")["release"], id);
    let staging = fs::read_dir(stage.sandbox.goseal_home().join("staging"));
    assert_eq!(staging.unwrap().count(), 0);
    stage.world.repent();
    stage
        .world
        .fail(&World::zip_path(&id), Fault::Status(404), ALWAYS);
    let _ = stage.goseal(["pin", NEW, "--diff"]).run().expect_code(4);
}

#[test]
fn a_plain_pin_says_what_is_known_before_it_writes() {
    let mut stage = Stage::installed();
    stage.install(&[NEW]);
    with_feed(&mut stage);
    let said = stage.goseal(["pin", NEW]).run().expect_code(0).stderr;
    assert!(said.starts_with("1.22.5 -> 1.26.10: files "), "{said}");
    assert!(said.contains("\n1.26.10 fixes GO-1\n"), "{said}");
    assert!(
        said.contains("\n1.26.10 is vulnerable: GO-2, not fixed yet\n"),
        "{said}"
    );
    let again = stage.goseal(["pin", NEW]).run().expect_code(0).stderr;
    assert!(!again.contains("->"), "{again}");
}
