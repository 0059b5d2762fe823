//! Which release runs: {shim, door} x {parent, none} x {same pin, other pin, no pin, default}, each
//! with its outcome and its record.

use goseal_lab::Release;
use serde_json::Value;

use crate::stage::{NEW, OLD, Stage};

/// Folders beside the project: one pinned like the parent and the door, one pinned otherwise, one
/// without a pin.
fn stage(default: bool) -> Stage {
    let stage = Stage::installed();
    stage.install(&[NEW]);
    stage.pin("same", OLD);
    stage.pin("other", NEW);
    stage.sandbox.file("none/readme", "");
    if default {
        let _ = stage.goseal(["default", NEW]).run().expect_code(0);
    }
    stage
}

/// One cell: how it is called, where, and what must come of it.
struct Cell {
    door: bool,
    parent: bool,
    folder: &'static str,
    /// The release that runs, and by which word; `None` where there is none to run.
    runs: Option<(&'static str, &'static str)>,
}

const fn cell(
    (door, parent): (bool, bool),
    folder: &'static str,
    runs: Option<(&'static str, &'static str)>,
) -> Cell {
    Cell {
        door,
        parent,
        folder,
        runs,
    }
}

const SHIM: (bool, bool) = (false, false);
const SHIM_BELOW: (bool, bool) = (false, true);
const DOOR: (bool, bool) = (true, false);
const DOOR_BELOW: (bool, bool) = (true, true);

fn check(stage: &Stage, cell: &Cell) {
    let what = format!(
        "door {} parent {} in {}",
        cell.door, cell.parent, cell.folder
    );
    let before = stage.records().len();
    let folder = stage.sandbox.root().join(cell.folder);
    let at = folder.to_str().unwrap();
    let run = match (cell.parent, cell.door) {
        (false, false) => stage.go(["version"]).cwd(&folder),
        (false, true) => stage.door(OLD, ["version"]).cwd(&folder),
        // The parent runs in the project, which is pinned; its child is told to work elsewhere.
        (true, false) => stage.go(["fakego-nested", "-C", at, "version"]),
        (true, true) => stage.go(["fakego-generate", "-C", at, "version"]),
    };
    let outcome = run.run();
    let records = stage.records().split_off(before);
    let starts: Vec<&Value> = records
        .iter()
        .filter(|one| one["type"] == "start")
        .collect();
    let Some((version, how)) = cell.runs else {
        assert_eq!(outcome.code, Some(127), "{what}: {}", outcome.snapshot());
        assert!(starts.is_empty(), "{what}");
        let refused = stage.last("run_refused");
        assert_eq!(
            (&refused["exit"], &refused["code"]),
            (&127.into(), &"no-pin".into()),
            "{what}"
        );
        return;
    };
    assert_eq!(outcome.code, Some(0), "{what}: {}", outcome.snapshot());
    let line = format!("go version go{version} ");
    assert!(
        outcome.stdout.starts_with(&line),
        "{what}: {}",
        outcome.stdout
    );
    let own = starts.last().expect("the run is on record");
    assert_eq!(starts.len(), if cell.parent { 2 } else { 1 }, "{what}");
    assert_eq!(
        own["release"],
        Release::here(version).id().to_string(),
        "{what}"
    );
    assert_eq!(own["pin"]["how"], how, "{what}: {own}");
    let door = (cell.door && version != OLD).then(|| Release::here(OLD).id().to_string());
    assert_eq!(own["door"].as_str(), door.as_deref(), "{what}: {own}");
    let parent = own["parent"]
        .as_str()
        .map(|parent| parent.split(':').next().unwrap());
    let expected = cell.parent.then(|| starts[0]["run"].as_str().unwrap());
    assert_eq!(parent, expected, "{what}: {own}");
}

#[test]
fn the_pin_decides_everywhere_then_parent_then_door() {
    let stage = stage(false);
    for one in [
        cell(SHIM, "same", Some((OLD, "pin"))),
        cell(SHIM, "other", Some((NEW, "pin"))),
        cell(SHIM, "none", None),
        cell(SHIM_BELOW, "same", Some((OLD, "pin"))),
        cell(SHIM_BELOW, "other", Some((NEW, "pin"))),
        cell(SHIM_BELOW, "none", Some((OLD, "parent"))),
        cell(DOOR, "same", Some((OLD, "pin"))),
        cell(DOOR, "other", Some((NEW, "pin"))),
        cell(DOOR, "none", Some((OLD, "door"))),
        cell(DOOR_BELOW, "same", Some((OLD, "pin"))),
        cell(DOOR_BELOW, "other", Some((NEW, "pin"))),
        cell(DOOR_BELOW, "none", Some((OLD, "parent"))),
    ] {
        check(&stage, &one);
    }
    let _ = stage.goseal(["audit", "verify"]).run().expect_code(0);
}

#[test]
fn the_default_comes_last() {
    let stage = stage(true);
    for one in [
        cell(SHIM, "none", Some((NEW, "default"))),
        cell(SHIM_BELOW, "none", Some((OLD, "parent"))),
        cell(DOOR, "none", Some((OLD, "door"))),
        cell(DOOR_BELOW, "none", Some((OLD, "parent"))),
        cell(SHIM, "same", Some((OLD, "pin"))),
        cell(DOOR, "other", Some((NEW, "pin"))),
    ] {
        check(&stage, &one);
    }
}

#[test]
fn a_parent_comes_before_the_door_through_which_its_child_is_called() {
    let stage = stage(false);
    let folder = stage.sandbox.root().join("none");
    let old = stage.tree(OLD).join("bin");
    let mut sandbox_path = vec![old.as_path()];
    sandbox_path.extend([std::path::Path::new("/usr/bin"), "/bin".as_ref()]);
    let path = std::env::join_paths(sandbox_path).unwrap();
    // The parent runs the newer release; the first `go` on its PATH is the older one's door.
    let run = stage.go(["fakego-nested", "-C", folder.to_str().unwrap(), "version"]);
    let other = stage.sandbox.root().join("other");
    let outcome = run.cwd(other).env("PATH", path).run().expect_code(0);
    assert!(
        outcome.stdout.starts_with(&format!("go version go{NEW} ")),
        "{}",
        outcome.stdout
    );
    let own = stage.last("start");
    assert_eq!(own["pin"]["how"], "parent");
    assert_eq!(own["door"], Release::here(OLD).id().to_string());
}

#[test]
fn a_parent_that_is_no_ancestor_is_not_believed() {
    let stage = stage(false);
    let _ = stage
        .go(["fakego-nested", "fakego-dump"])
        .run()
        .expect_code(0);
    let claim = stage.of_type("start")[0]["run"]
        .as_str()
        .unwrap()
        .to_owned();
    let none = stage.sandbox.root().join("none");
    for claim in [
        format!("{claim}:0:0"),
        format!("{claim}:0:4096"),
        "nonsense".to_owned(),
    ] {
        let run = stage
            .go(["version"])
            .cwd(&none)
            .env("GOSEAL_PARENT", &claim);
        let _ = run.run().expect_code(127);
        let run = stage.go(["version"]).env("GOSEAL_PARENT", &claim);
        let _ = run.run().expect_code(0);
        assert_eq!(stage.last("start")["parent"], Value::Null, "{claim}");
    }
}

#[test]
fn what_the_parents_plan_set_counts_as_offered_by_nobody() {
    let stage = stage(false);
    let same = stage.sandbox.root().join("other");
    let words = ["fakego-generate", "-C", same.to_str().unwrap(), "version"];
    let run = stage.go(words).env("GOFLAGS", "-mod=mod");
    let _ = run.run().expect_code(0);
    let starts = stage.of_type("start");
    let offered = |record: &Value| -> Vec<String> {
        let changes = stage.changes(record);
        let offered = changes.iter().filter(|change| !change["offered"].is_null());
        offered
            .map(|change| change["name"].as_str().unwrap().to_owned())
            .collect()
    };
    assert!(offered(&starts[0]).contains(&"GOFLAGS".to_owned()));
    assert_eq!(offered(&starts[1]), Vec::<String>::new(), "{}", starts[1]);
}
