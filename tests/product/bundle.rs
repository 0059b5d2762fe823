//! A bundle is one file that installs what the network would have, and is believed no more.

use std::fs;
use std::path::PathBuf;

use goseal_lab::publisher::Publisher;
use goseal_lab::{Lab, Release};
use serde_json::Value;

use crate::documents::{document, json};
use crate::stage::{NEW, OLD, Stage, shown};

/// When the lab's clock stands, 2026-01-02, and a day in seconds.
const NOW: u64 = goseal_lab::clock::LAB_TIME;
const DAY: u64 = 86_400;

fn path(stage: &Stage) -> PathBuf {
    stage.sandbox.root().join("go.bundle")
}

fn create(stage: &Stage, words: &[&str]) -> goseal_lab::sandbox::Outcome {
    let out = path(stage).display().to_string();
    let fixed = ["bundle", "create", "-o", out.as_str()];
    stage.goseal(fixed.iter().chain(words).copied()).run()
}

/// A stage with a bundle of [`OLD`].
fn bundled() -> Stage {
    let stage = Stage::new();
    let _ = create(&stage, &["--versions", OLD]).expect_code(0);
    stage
}

/// A machine that never saw the world and cannot reach it.
fn elsewhere(stage: &Stage) -> Stage {
    let mut sandbox = Stage::sandbox_of(&stage.world);
    sandbox.set_var("GOPROXY", "off");
    let world = goseal_lab::World::start([]);
    Stage { world, sandbox }
}

fn install(machine: &Stage, stage: &Stage) -> goseal_lab::sandbox::Outcome {
    let from = path(stage).display().to_string();
    let words = ["install", OLD, "--from", &from, "--format", "json"];
    machine.goseal(words).run()
}

/// Puts `text` into the place of a policy of this machine.
fn policy(machine: &mut Stage, text: &str) {
    let path = machine.sandbox.file("policy.toml", text);
    machine.sandbox.set_var("GOSEAL_LAB_POLICY", path);
}

/// Names and bytes of the members, read header by header as POSIX has them.
fn members(stage: &Stage) -> Vec<(String, Vec<u8>)> {
    let bytes = fs::read(path(stage)).unwrap();
    let mut at = 0;
    let mut members = Vec::new();
    while bytes[at] != 0 {
        let text = |from: usize, to: usize| {
            let field = bytes[at + from..at + to].split(|byte| *byte == 0).next();
            String::from_utf8(field.unwrap().to_vec()).unwrap()
        };
        let size = usize::from_str_radix(text(124, 136).trim(), 8).unwrap();
        let content = bytes[at + 512..at + 512 + size].to_vec();
        members.push((text(0, 100), content));
        at += 512 + size.next_multiple_of(512);
    }
    members
}

/// The list of a bundle.
fn list(stage: &Stage) -> Vec<u8> {
    members(stage).remove(0).1
}

fn names(stage: &Stage) -> Vec<String> {
    members(stage).into_iter().map(|(name, _)| name).collect()
}

/// Signs the bundle as its publisher would, by the product's own verb.
fn sign(stage: &Stage, publisher: &Publisher, comment: &str) -> goseal_lab::sandbox::Outcome {
    let text = publisher.sign(&list(stage), comment);
    let signature = stage.sandbox.file("bundle.toml.minisig", text);
    let words = [path(stage), signature].map(|path| path.display().to_string());
    stage.goseal(["bundle", "sign", &words[0], &words[1]]).run()
}

fn comment(at: u64) -> String {
    format!("timestamp:{at}\tfile:bundle.toml\thashed")
}

#[test]
fn a_bundle_gives_the_same_seal_as_the_network() {
    let stage = bundled();
    stage.pin("project", OLD);
    stage.install(&[]);
    let online = document(&json(&stage, &["current"]), "current");
    let machine = elsewhere(&stage);
    let outcome = install(&machine, &stage).expect_code(0);
    let installed = document(&outcome, "install")["toolchains"][0].clone();
    for field in ["h1", "evidence", "sumdb", "archive"] {
        assert_eq!(installed[field], online[field], "{field}");
    }
    let served = installed["served_by"].as_str().unwrap();
    let begin = format!("{}#golang.org/toolchain/@v/", path(&stage).display());
    assert!(served.starts_with(&begin), "{served}");
    let proof = |stage: &Stage| {
        let id = Release::here(OLD).id();
        stage.sandbox.read(&format!("goseal/seals/{id}/proof"))
    };
    assert_eq!(proof(&machine), proof(&stage));
    let _ = machine.goseal(["verify", OLD]).run().expect_code(0);
    assert_eq!(machine.last("installed")["source"], served);
}

#[test]
fn the_list_lies_first_and_everything_else_in_order() {
    let stage = bundled();
    let names = names(&stage);
    assert_eq!(names[0], "bundle.toml");
    assert!(names[1..].is_sorted(), "{names:?}");
    let version = Release::here(OLD).id().module_version();
    for name in [
        format!("golang.org/toolchain/@v/{version}.zip"),
        format!("sumdb/{}/latest", Lab::database_name()),
        "goseal.lock".to_owned(),
    ] {
        assert!(names.contains(&name), "{name}: {names:?}");
    }
    let text = String::from_utf8(list(&stage)).unwrap();
    for line in [
        "schema = \"goseal.bundle/1\"",
        "date = \"2026-01-02T03:04:05.000000000Z\"",
        &format!("serial = {NOW}"),
        "versions = [\"1.22.5\"]",
        "tree_size = 300",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
    let left = fs::read_dir(stage.sandbox.root()).unwrap();
    let left = left.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let parts: Vec<String> = left.filter(|name| name.contains("parts")).collect();
    assert_eq!(parts, [""; 0]);
}

#[test]
fn the_same_input_makes_the_same_bytes() {
    let stage = bundled();
    let first = fs::read(path(&stage)).unwrap();
    let fresh = Stage {
        sandbox: Stage::sandbox_of(&stage.world),
        world: goseal_lab::World::start([]),
    };
    let _ = create(&fresh, &["--versions", OLD]).expect_code(0);
    assert!(first == fs::read(path(&fresh)).unwrap());
    let _ = create(&fresh, &["--versions", OLD, "--serial", "7"]).expect_code(0);
    assert!(first != fs::read(path(&fresh)).unwrap());
    let _ = create(&fresh, &["--versions", OLD, "--serial", &NOW.to_string()]).expect_code(0);
    assert!(first == fs::read(path(&fresh)).unwrap());
}

#[test]
fn what_was_made_is_said_and_what_nobody_carries_is_named() {
    let stage = Stage::new();
    let outcome = create(&stage, &["--versions", OLD]).expect_code(0);
    insta::assert_snapshot!(shown(&outcome), @r"
    exit: 0
    --- stdout
    [ROOT]/go.bundle holds 1 toolchain, proved in a tree of 300
      sha256     [SHA256]
      serial     1767323045 (2026-01-02T03:04:05.000000000Z)
    --- stderr
    it is not signed; `goseal bundle sign --help` says how, for those who demand a signature
    ");
    assert_eq!(stage.last("verb")["verb"], "bundle");
    let _ = fs::remove_file(path(&stage));
    let _ = create(&stage, &["--versions", "1.24.1"]).expect_code(4);
    assert!(!path(&stage).exists());
    let both = format!("{OLD},1.24.1");
    let outcome = create(&stage, &["--versions", &both, "--format", "json"]).expect_code(1);
    let made = document(&outcome, "bundle");
    assert_eq!(made["left_out"].as_array().unwrap().len(), 1);
    assert_eq!(made["releases"].as_array().unwrap().len(), 1);
}

#[test]
fn a_policy_travels_with_its_signature_and_must_be_one() {
    let stage = Stage::new();
    let policy = stage.sandbox.file("org/p.toml", "default = \"1.22.5\"\n");
    stage.sandbox.file("org/p.toml.minisig", "signature");
    let policy = policy.display().to_string();
    let _ = create(&stage, &["--versions", OLD, "--policy", &policy]).expect_code(0);
    let names = names(&stage);
    assert!(names.contains(&"policy.toml".to_owned()), "{names:?}");
    assert!(
        names.contains(&"policy.toml.minisig".to_owned()),
        "{names:?}"
    );
    // Carried, and applied by nobody.
    let machine = elsewhere(&stage);
    let _ = install(&machine, &stage).expect_code(0);
    let wrong = stage.sandbox.file("org/wrong.toml", "nonsense = 1\n");
    let wrong = wrong.display().to_string();
    let _ = create(&stage, &["--versions", OLD, "--policy", &wrong]).expect_code(3);
}

#[test]
fn a_signature_counts_where_keys_are_named_and_must_be_there_where_policy_says_so() {
    let (ours, stranger) = (Publisher::named("ours"), Publisher::named("a stranger"));
    let keys = format!("minisign = [\"{}\"]\n", ours.key());
    let required = format!("evidence = [\"sumdb\", \"minisign\"]\n{keys}");
    let stage = bundled();
    let refused = |policy_text: &str| {
        let mut machine = elsewhere(&stage);
        policy(&mut machine, policy_text);
        install(&machine, &stage).code
    };
    // Not signed.
    assert_eq!(refused(""), Some(0));
    assert_eq!(refused(&keys), Some(0));
    assert_eq!(refused(&required), Some(5));
    // Signed by somebody whom nobody here named.
    let _ = sign(&stage, &stranger, &comment(NOW)).expect_code(0);
    assert_eq!(names(&stage)[..2], ["bundle.toml", "bundle.toml.minisig"]);
    assert_eq!(refused(""), Some(0));
    assert_eq!(refused(&keys), Some(5));
    assert_eq!(refused(&required), Some(5));
    // Signed by the publisher; the stranger's signature is replaced.
    let _ = sign(&stage, &ours, &comment(NOW)).expect_code(0);
    assert_eq!(
        names(&stage)
            .iter()
            .filter(|name| name.contains("minisig"))
            .count(),
        1
    );
    assert_eq!(refused(&keys), Some(0));
    // A signed list that names the zip is the evidence that policy demands.
    let mut machine = elsewhere(&stage);
    policy(&mut machine, &required);
    let installed = install(&machine, &stage).expect_code(0);
    let found = document(&installed, "install")["toolchains"][0].clone();
    assert_eq!(found["evidence"], serde_json::json!(["sumdb", "minisign"]));
    assert_eq!(found["minisign"]["key"], ours.id());
}

#[test]
fn a_bundle_does_not_go_back_and_is_not_older_than_the_policy_allows() {
    let ours = Publisher::named("ours");
    let keys = format!("minisign = [\"{}\"]\n", ours.key());
    let stage = bundled();
    let mut machine = elsewhere(&stage);
    policy(&mut machine, &keys);
    let again = |machine: &Stage| {
        let _ = machine.goseal(["uninstall", OLD]).run();
        install(machine, &stage).code
    };
    let _ = sign(&stage, &ours, &comment(NOW)).expect_code(0);
    assert_eq!(again(&machine), Some(0));
    let _ = sign(&stage, &ours, &comment(NOW - 1)).expect_code(0);
    assert_eq!(again(&machine), Some(5), "a rollback");
    let record = machine.last("refused");
    assert!(
        record["reason"].as_str().unwrap().contains("went back"),
        "{record}"
    );
    let mut fresh = elsewhere(&stage);
    policy(&mut fresh, &format!("max_age_days = 3\n{keys}"));
    assert_eq!(again(&fresh), Some(0));
    let _ = sign(&stage, &ours, &comment(NOW - 4 * DAY)).expect_code(0);
    let mut late = elsewhere(&stage);
    policy(&mut late, &format!("max_age_days = 3\n{keys}"));
    assert_eq!(again(&late), Some(5), "a freeze");
    // Unsigned, it is as old as it says.
    let old = (NOW - 4 * DAY).to_string();
    let _ = create(&stage, &["--versions", OLD, "--serial", &old]).expect_code(0);
    let mut unsigned = elsewhere(&stage);
    policy(&mut unsigned, "max_age_days = 3\n");
    assert_eq!(again(&unsigned), Some(5));
    policy(&mut unsigned, "max_age_days = 5\n");
    assert_eq!(again(&unsigned), Some(0));
}

#[test]
fn what_is_no_signature_of_this_list_is_not_put_into_a_bundle() {
    let stage = bundled();
    let before = fs::read(path(&stage)).unwrap();
    let ours = Publisher::named("ours");
    let _ = sign(&stage, &ours, "timestamp:1\tfile:other.toml").expect_code(0);
    // Without a key only the form can be judged; with one, all of it.
    fs::write(path(&stage), &before).unwrap();
    let keys = format!("minisign = [\"{}\"]\n", ours.key());
    let config = stage.sandbox.file("goseal/config.toml", keys);
    assert!(config.exists());
    let _ = sign(&stage, &ours, "timestamp:1\tfile:other.toml").expect_code(5);
    let _ = sign(&stage, &Publisher::named("a stranger"), &comment(NOW)).expect_code(5);
    assert!(before == fs::read(path(&stage)).unwrap());
    let _ = sign(&stage, &ours, &comment(NOW)).expect_code(0);
    let nonsense = stage
        .sandbox
        .file("x.minisig", "nonsense")
        .display()
        .to_string();
    let bundle = path(&stage).display().to_string();
    let _ = stage
        .goseal(["bundle", "sign", &bundle, &nonsense])
        .run()
        .expect_code(5);
    let _ = stage
        .goseal(["bundle", "sign", &bundle, "/nowhere"])
        .run()
        .expect_code(2);
}

#[test]
fn no_byte_of_a_bundle_can_be_another_without_being_seen() {
    let stage = bundled();
    let sound = fs::read(path(&stage)).unwrap();
    let length = sound.len();
    let machine = elsewhere(&stage);
    // Every place in the first 8 KiB is a header or a line of the list; behind it every member is.
    let places = (0..8192)
        .step_by(487)
        .chain((8192..length).step_by(length / 40));
    for at in places {
        let mut bent = sound.clone();
        bent[at] ^= 1;
        fs::write(path(&stage), &bent).unwrap();
        let outcome = install(&machine, &stage);
        // What fills a block up to its end is no member's.
        let unused = outcome.code == Some(0) && sound[at] == 0;
        assert!(
            matches!(outcome.code, Some(3 | 5)) || unused,
            "{at}: {}",
            outcome.snapshot()
        );
        if unused {
            let _ = machine.goseal(["uninstall", OLD]).run().expect_code(0);
        }
    }
    for cut in [0, 100, 512, length / 2, length - 1024] {
        fs::write(path(&stage), &sound[..cut]).unwrap();
        let outcome = install(&machine, &stage);
        assert_eq!(outcome.code, Some(5), "{cut}: {}", outcome.snapshot());
    }
    assert!(!machine.of_type("refused").is_empty());
}

#[test]
fn a_bundle_under_an_older_head_than_ours_installs_and_says_so() {
    let stage = bundled();
    stage.world.sumdb(|sumdb| sumdb.grow(70_000));
    let mut machine = elsewhere(&stage);
    machine.sandbox.set_var("GOPROXY", stage.world.proxy_url());
    machine.install(&[NEW]);
    machine.sandbox.set_var("GOPROXY", "off");
    let _ = fs::remove_dir_all(machine.sandbox.goseal_home().join("sumdb/tile"));
    let from = path(&stage).display().to_string();
    let outcome = machine
        .goseal(["install", OLD, "--from", &from])
        .run()
        .expect_code(0);
    let said = "in a tree of 300, head not joined";
    assert!(outcome.stdout.contains(said), "{}", outcome.snapshot());
    let found: Value = document(&json(&machine, &["list"]), "list");
    assert_eq!(found["toolchains"].as_array().unwrap().len(), 2);
}
