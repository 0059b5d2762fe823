//! Releases before 1.21 and pre-releases, and files that the module form does not carry.

use goseal_lab::Release;

use crate::stage::{NEW, OLD, Stage, shown};

#[test]
fn every_age_of_release_installs_verifies_and_runs_by_shim_and_door_with_its_goroot() {
    let ages = ["1.13.15", "1.18beta1", "1.20", "1.20.14", "1.21rc2", NEW];
    let stage = Stage::serving(ages.map(Release::here));
    for version in ages {
        stage.pin("project", version);
        stage.install(&[]);
        let verified = stage.goseal(["verify"]).run().expect_code(0);
        let begin = format!("{}: as published (deep: ", Release::here(version).id());
        assert!(
            verified.stdout.starts_with(&begin),
            "{}",
            verified.snapshot()
        );
        let root = stage.tree(version);
        for run in [
            stage.go(["env", "GOROOT", "GOVERSION"]),
            stage.door(version, ["env", "GOROOT", "GOVERSION"]),
        ] {
            let ran = run.env("GOROOT", "/usr/local/go").run().expect_code(0);
            let expected = format!("{}\ngo{version}\n", root.display());
            assert_eq!(ran.stdout, expected);
        }
    }
}

#[test]
fn a_release_that_the_database_does_not_have_is_refused_with_the_reason() {
    let stage = Stage::serving([Release::here(OLD)]);
    // The proxy has its zip, and nobody vouches for it.
    let old = Release::here("1.13.15");
    let id = old.id().to_string();
    stage.world.publish(old);
    stage.world.fail(
        &goseal_lab::World::lookup_path(&id),
        goseal_lab::Fault::Status(404),
        goseal_lab::ALWAYS,
    );
    let refused = stage.goseal(["install", "1.13.15"]).run().expect_code(4);
    assert!(
        refused
            .stderr
            .contains("the checksum database, as it was served, has no record"),
        "{}",
        refused.snapshot()
    );
    assert!(refused.stderr.contains("1.13.15"), "{}", refused.snapshot());
    assert!(!stage.tree("1.13.15").exists());
    assert_eq!(stage.last("failed")["release"], id);
}

#[test]
fn files_are_found_by_their_published_names_and_those_that_are_not_there_are_explained() {
    let wasm = "lib/wasm/wasm_exec.js";
    let stage = Stage::serving([
        Release::here(OLD),
        Release::here(NEW).with_file(wasm, "js\n"),
    ]);
    stage.pin("project", OLD);
    stage.install(&[OLD, NEW]);
    let which = |name: &str| stage.goseal(["which", "--file", name]).run();
    let found = which("src/fmt/print.go").expect_code(0);
    let file = stage.tree(OLD).join("src/fmt/print.go");
    assert_eq!(found.stdout, format!("{}\n", file.display()));
    let door = which("bin/go").expect_code(0);
    assert_eq!(
        door.stdout,
        format!("{}\n", stage.tree(OLD).join("bin/go").display())
    );
    let asked = shown(&which("misc/wasm/wasm_exec.js")) + &shown(&which("src/none.go"));
    stage.pin("project", NEW);
    let moved = shown(&which("misc/wasm/wasm_exec.js"));
    insta::assert_snapshot!(asked + &moved, @r"
    exit: 4
    --- stdout
    --- stderr
    error: go1.22.5.[PLATFORM] has no `misc/wasm/wasm_exec.js`: the module form leaves api, doc, misc and test out
    hint: `goseal uninstall 1.22.5`, then `goseal install --from FOLDER` with go1.22.5.[PLATFORM].tar.gz in it unpacks them where goseal.lock has its sha256
    exit: 4
    --- stdout
    --- stderr
    error: go1.22.5.[PLATFORM] has no `src/none.go`
    hint: `goseal verify 1.22.5` says whether a file is missing
    exit: 4
    --- stdout
    --- stderr
    error: go1.26.10.[PLATFORM] has no `misc/wasm/wasm_exec.js`
    hint: this release has it as lib/wasm/wasm_exec.js: `goseal which --file lib/wasm/wasm_exec.js`
    ");
    for evil in ["../x", "/etc/passwd", "pkg/goseal/home", ""] {
        let _ = which(evil).expect_code(4);
    }
}

#[test]
fn a_failed_run_that_names_misc_wasm_is_told_where_it_comes_from() {
    let stage = Stage::installed();
    let exec = stage.tree(OLD).join("misc/wasm/go_js_wasm_exec");
    let exec = format!("-exec={}", exec.display());
    let failed = stage.go(["fakego-exit", "1", &exec]).run().expect_code(1);
    let line = "goseal: the module form of 1.22.5 leaves misc/wasm out; `goseal which --file misc/wasm/go_js_wasm_exec` says how to get it\n";
    assert!(failed.stderr.ends_with(line), "{}", failed.snapshot());
}
