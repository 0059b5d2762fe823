//! Size and last use, what nobody wants any more, and trees that are in use.

use std::fs;
use std::path::PathBuf;

use goseal_lab::Release;
use goseal_lab::sandbox::Running;

use crate::documents::{document, json};
use crate::stage::{NEW, OLD, Stage};

fn id(version: &str) -> String {
    Release::here(version).id().to_string()
}

/// Both releases installed, the project pinned to [`OLD`].
fn both() -> Stage {
    let stage = Stage::installed();
    stage.install(&[NEW]);
    stage
}

/// A run in a folder with a pin of its own: that makes it a known project.
fn run_in(stage: &Stage, folder: &str, version: &str) -> PathBuf {
    let pin = stage.pin(folder, version);
    let folder = stage.sandbox.root().join(folder);
    let _ = stage.go(["version"]).cwd(folder).run().expect_code(0);
    pin
}

/// A program of the tree that runs until it is killed.
fn running(stage: &Stage, version: &str) -> Running {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = stage.tree(version).join("pkg/tool");
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
    let program = folder.join("sleeper");
    fs::copy("/bin/sleep", &program).unwrap();
    stage.sandbox.command(&program).arg("60").start()
}

#[test]
fn list_shows_size_and_the_last_run() {
    let stage = both();
    let list = || document(&json(&stage, &["list"]), "list")["toolchains"].clone();
    let before = list();
    assert!(before[0]["size_on_disk"].as_u64().unwrap() > 100_000);
    assert_eq!(before[0]["last_used"], serde_json::Value::Null);
    let _ = stage.go(["version"]).run().expect_code(0);
    let after = list();
    assert_eq!(after[0]["last_used"], stage.last("start")["time"]);
    assert_eq!(after[1]["last_used"], serde_json::Value::Null);
    let text = stage.goseal(["list"]).run().expect_code(0).stdout;
    let day = after[0]["last_used"]
        .as_str()
        .unwrap()
        .split('T')
        .next()
        .unwrap();
    assert!(text.lines().next().unwrap().contains(day), "{text}");
}

#[test]
fn prune_shows_what_it_would_do_and_removes_only_when_it_is_told_to() {
    let stage = both();
    let places = stage.sandbox.snapshot_of_places();
    let shown = stage.goseal(["prune"]).run().expect_code(0);
    assert!(
        shown.stdout.starts_with(&format!("- {}", id(NEW))),
        "{shown:?}"
    );
    let pin = stage.sandbox.project().join(".go-version");
    let kept = format!("  {:<28} stays: {} names it\n", id(OLD), pin.display());
    assert!(shown.stdout.ends_with(&kept), "{shown:?}");
    assert!(shown.stderr.contains("nothing is removed"), "{shown:?}");
    places.assert_unchanged_except(&[]);

    let _ = stage.goseal(["prune", "--yes"]).run().expect_code(0);
    assert!(stage.tree(OLD).is_dir() && !stage.tree(NEW).exists());
    let verbs = stage.of_type("verb");
    let [.., prune, uninstall] = verbs.as_slice() else {
        panic!("{verbs:#?}");
    };
    assert_eq!(
        (&prune["verb"], &prune["argv"][0]),
        (&"prune".into(), &"--yes".into())
    );
    assert_eq!(uninstall["verb"], "uninstall");
    assert_eq!(uninstall["argv"][0], id(NEW));
    let again = stage.goseal(["prune", "--yes"]).run().expect_code(0);
    assert!(again.stdout.ends_with("nothing to remove\n"), "{again:?}");
    let _ = stage.go(["version"]).run().expect_code(0);
}

#[test]
fn a_project_is_known_by_a_run_in_it_as_long_as_its_pin_is_there() {
    let stage = both();
    let pin = run_in(&stage, "other", NEW);
    let kept = json(&stage, &["prune", "--yes"]);
    let kept = document(&kept, "prune");
    assert_eq!(kept["toolchains"], serde_json::json!([]));
    assert_eq!(kept["kept"][1]["toolchain"], id(NEW));
    fs::remove_file(pin).unwrap();
    let gone = document(&json(&stage, &["prune", "--yes"]), "prune");
    assert_eq!(gone["removed"], serde_json::json!([id(NEW)]));
    assert!(!stage.tree(NEW).exists());
}

#[test]
fn the_default_stays() {
    let stage = both();
    let _ = stage.goseal(["default", NEW]).run().expect_code(0);
    let kept = document(&json(&stage, &["prune", "--yes"]), "prune");
    assert_eq!(kept["removed"], serde_json::json!([]));
    assert!(stage.tree(NEW).is_dir());
}

#[test]
fn caches_and_plans_of_what_is_gone_go_too() {
    let stage = both();
    let pin = run_in(&stage, "other", NEW);
    let _ = stage.go(["version"]).run().expect_code(0);
    let cache = |version: &str| {
        let name = Release::here(version).h1().sha256().to_string();
        stage.sandbox.goseal_home().join("gocache").join(name)
    };
    for version in [OLD, NEW] {
        fs::create_dir_all(cache(version).join("00")).unwrap();
        fs::write(cache(version).join("00/a"), "built").unwrap();
    }
    let plans = stage.sandbox.goseal_home().join("plans/1");
    let count = || fs::read_dir(&plans).unwrap().count();
    assert_eq!(count(), 2);
    fs::remove_file(pin).unwrap();
    let shown = stage.goseal(["prune"]).run().expect_code(0).stdout;
    assert!(shown.contains(cache(NEW).to_str().unwrap()), "{shown}");
    let _ = stage.goseal(["prune", "--yes"]).run().expect_code(0);
    assert!(cache(OLD).exists() && !cache(NEW).exists());
    assert_eq!(count(), 1);
    // Also when the toolchain itself went another way.
    let _ = stage.goseal(["uninstall", OLD]).run().expect_code(0);
    let _ = stage.goseal(["prune", "--yes"]).run().expect_code(0);
    assert!(!cache(OLD).exists());
}

#[test]
#[cfg(target_os = "linux")]
fn a_tree_that_a_process_runs_from_stays_unless_that_is_forced() {
    let stage = both();
    let sleeper = running(&stage, NEW);
    let process = sleeper.id();
    let refused = stage.goseal(["uninstall", NEW]).run().expect_code(7);
    assert_eq!(
        refused.stderr,
        format!(
            "error: {} is in use by process {process}\nhint: end them first, or `goseal uninstall \
             --force {NEW}` removes it all the same\n",
            id(NEW)
        )
    );
    assert_eq!(stage.last("verb")["outcome"], "failed");
    let kept = document(&json(&stage, &["prune", "--yes"]), "prune");
    assert_eq!(kept["kept"][1]["reason"], format!("in use by {process}"));
    assert!(stage.tree(NEW).is_dir());
    let forced = stage.goseal(["uninstall", "--force", NEW]).run();
    let forced = forced.expect_code(0);
    assert!(
        forced
            .stderr
            .contains(&format!("was in use by the processes {process}")),
        "{forced:?}"
    );
    assert!(!stage.tree(NEW).exists());
    drop(sleeper);
}
