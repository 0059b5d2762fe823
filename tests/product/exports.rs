//! `goseal lock --export`: what is locked, for other tools.

use goseal_lab::{ALWAYS, Fault, Release};

use crate::documents::document;
use crate::stage::{NEW, OLD, Stage};

const FORMS: [&str; 5] = ["dockerfile", "env", "nix", "bazel", "json"];

/// A platform that this machine is not.
const FAR: &str = "linux/s390x";

fn locked() -> Stage {
    let stage = Stage::serving([
        Release::here(OLD),
        Release::new(OLD, FAR),
        Release::here(NEW),
    ]);
    stage.pin("project", OLD);
    let _ = stage
        .goseal(["lock", "--platform", FAR])
        .run()
        .expect_code(0);
    stage
}

#[test]
fn every_form_names_archive_and_digest_of_the_lock_and_asks_nobody() {
    let stage = locked();
    let lock = stage.sandbox.read("project/goseal.lock");
    let digest = lock.split("sha256 = \"").nth(1).unwrap();
    let (digest, _) = digest.split_once('"').unwrap();
    let asked = stage.world.requests().len();
    let places = stage.sandbox.snapshot_of_places();
    for form in FORMS {
        let text = stage.goseal(["lock", "--export", form]).run();
        let text = text.expect_code(0).stdout;
        let base = stage.world.archive_base();
        assert!(text.contains(&base) && text.contains(OLD), "{form}: {text}");
        let digest = match form {
            // An SRI hash is base64.
            "nix" => "hash = \"sha256-",
            _ => digest,
        };
        assert!(text.contains(digest), "{form}: {text}");
    }
    assert_eq!(stage.world.requests().len(), asked);
    places.assert_unchanged_except(&[]);
}

#[test]
fn an_export_in_json_holds_the_h1_of_the_database() {
    let stage = locked();
    let outcome = stage.goseal(["lock", "--export", "json"]).run();
    let export = document(&outcome, "lock-export");
    let entry = &export["toolchains"][0];
    assert_eq!(entry["platform"], FAR);
    assert_eq!(entry["h1"], Release::new(OLD, FAR).h1().to_string());
    assert_eq!(
        entry["module"],
        "golang.org/toolchain@v0.0.1-go1.22.5.linux-s390x"
    );
}

#[test]
fn an_environment_file_is_read_by_a_shell() {
    let stage = locked();
    let script =
        "\"$GOSEAL\" lock --export env > vars && . ./vars && echo $GOTOOLCHAIN $GO_LINUX_S390X_H1";
    let said = stage.shell(script).run().expect_code(0);
    let h1 = Release::new(OLD, FAR).h1();
    assert_eq!(said.stdout, format!("go{OLD} {h1}\n"));
}

#[test]
fn what_the_index_did_not_say_is_not_invented() {
    let stage = Stage::pinned();
    stage.world.fail("/dl/*", Fault::Status(404), ALWAYS);
    let _ = stage.goseal(["lock"]).run().expect_code(0);
    for form in FORMS {
        // A Dockerfile that fetches nothing must not pass for one in CI.
        let code = i32::from(!["json", "env"].contains(&form));
        let text = stage.goseal(["lock", "--export", form]).run();
        let text = text.expect_code(code).stdout;
        assert!(!text.contains("/dl/go"), "{form}: {text}");
        let said = match form {
            "json" => "\"archive\": null",
            "env" => "_SHA256 is not known",
            _ => "no digest",
        };
        assert!(text.contains(said), "{form}: {text}");
    }
}

#[test]
fn without_a_lock_of_the_pin_nothing_is_exported() {
    let stage = locked();
    stage.pin("project", NEW);
    let refused = stage.goseal(["lock", "--export", "env"]).run();
    let refused = refused.expect_code(3);
    assert!(
        refused
            .stderr
            .contains("goseal.lock has no entry for 1.26.10"),
        "{refused:?}"
    );
    stage.pin("project", OLD);
    let words = ["lock", "--export", "env", "--platform", "aix/ppc64"];
    let unknown = stage.goseal(words).run().expect_code(3);
    assert!(unknown.stderr.contains("has no entry for"), "{unknown:?}");
    std::fs::remove_file(stage.sandbox.project().join("goseal.lock")).unwrap();
    let missing = stage.goseal(["lock", "--export", "env"]).run();
    let missing = missing.expect_code(3);
    assert!(
        missing
            .stderr
            .contains("goseal.lock is not there\nhint: `goseal lock` writes it"),
        "{missing:?}"
    );
    for more in [&["--check"][..], &["--format", "json"]] {
        let words = ["lock", "--export", "env"].iter().chain(more);
        let _ = stage.goseal(words).run().expect_code(2);
    }
}
