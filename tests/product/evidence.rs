//! The ladder of evidence: what policy demands, what is met, what contradicts, what is out of reach.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use goseal_lab::sandbox::{Outcome, Run};
use goseal_lab::{ALWAYS, Fault, IndexLie, Publisher, Release, World};

use crate::documents::{document, json};
use crate::stage::{NEW, OLD, Stage, shown};

/// The comment of a signature of an index, with that serial.
fn comment(serial: u64) -> String {
    format!("timestamp:1700000000\tfile:index.json\tserial:{serial}")
}

/// A project with a pin, a policy with these lines, and a wire whose faults show within seconds.
fn stage(policy: &str) -> Stage {
    let mut stage = Stage::pinned();
    stage.sandbox.set_var("GOSEAL_LAB_WIRE", "quick");
    set_policy(&mut stage, policy);
    stage
}

fn set_policy(stage: &mut Stage, text: &str) {
    let path = stage.sandbox.file("etc/policy.toml", text);
    stage.sandbox.set_var("GOSEAL_LAB_POLICY", path);
}

/// The policy that requires what a publisher signed.
fn requires_minisign(publisher: &Publisher) -> String {
    format!(
        "evidence = [\"sumdb\", \"minisign\"]\nminisign = [\"{}\"]\n",
        publisher.key()
    )
}

/// Installs from the world's proxy as from a mirror.
fn from_mirror(stage: &Stage) -> Run {
    let mirror = stage.world.proxy_url();
    stage.goseal(["install", "--from", &mirror])
}

/// Serves the mirror's index with a signature of the publisher.
fn sign_mirror(world: &World, publisher: &Publisher, serial: u64) {
    let index = world.mirror_index_text();
    let signature = publisher.sign(index.as_bytes(), &comment(serial));
    world.serve_signed_index("/proxy", &index, &signature);
}

fn assert_nothing_installed(stage: &Stage, row: &str) {
    let trees = stage.sandbox.goseal_home().join("toolchains");
    let left = fs::read_dir(trees).map_or(0, Iterator::count);
    assert_eq!(left, 0, "{row}");
}

fn seal(stage: &Stage, version: &str) -> String {
    let id = Release::here(version).id();
    stage.sandbox.read(&format!("goseal/seals/{id}/seal"))
}

#[test]
fn a_signed_index_of_a_mirror_vouches_for_what_it_serves() {
    let publisher = Publisher::named("ours");
    let stage = stage(&requires_minisign(&publisher));
    sign_mirror(&stage.world, &publisher, 9);
    let installed = from_mirror(&stage).run().expect_code(0);
    insta::assert_snapshot!(shown(&installed), @r#"
    exit: 0
    --- stdout
    go1.22.5 installed in [ROOT]/goseal/toolchains/go1.22.5.[PLATFORM]
      h1         h1:[BASE64]
      evidence   sumdb (record 166 in a tree of 300), minisign (key E0DED28CC83379E6, serial 9)
      served by  [WORLD]/proxy/golang.org/toolchain/@v/v0.0.1-go1.22.5.[PLATFORM].zip
      database   [WORLD]/proxy/sumdb/sumdb.lab.example
      without    api, doc, misc and test, which the h1 does not cover
    --- stderr
    "#);
    let lines = seal(&stage, OLD);
    assert!(lines.contains("\nevidence sumdb minisign\n"), "{lines}");
    let record = stage.last("installed");
    assert_eq!(record["evidence"], serde_json::json!(["sumdb", "minisign"]));
    assert_eq!(record["unmet"], serde_json::Value::Null);
    let table = stage.goseal(["explain", "--trust"]).run().expect_code(0);
    insta::assert_snapshot!(shown(&table), @r"
    exit: 0
    --- stdout
    go1.22.5.[PLATFORM] by pin [ROOT]/project/.go-version:1
      h1        h1:[BASE64]

    lock      not there: no lock here has an entry for it

    sumdb     met, required
      record     166
      tree size  300
      head       joined
      served by  [WORLD]/proxy/sumdb/sumdb.lab.example

    minisign  met, required
      key        E0DED28CC83379E6
      serial     9
      served by  [WORLD]/proxy/index.json

    index     not there: it was not asked when this was installed, because no policy required it by name

    rebuilt   not there: nobody here built it from its sources
    --- stderr
    ");
    let shown = document(&json(&stage, &["current"]), "current");
    assert_eq!(shown["minisign"]["key"], publisher.id());
    assert_eq!(shown["minisign"]["serial"], 9);
    assert_eq!(shown["unmet"], serde_json::json!([]));
    // Where it is required and met, runs go on.
    let _ = stage.goseal(["exec", "--", "true"]).run().expect_code(0);
}

#[test]
fn a_folder_has_its_signed_index_at_its_top() {
    let publisher = Publisher::named("ours");
    let stage = stage(&requires_minisign(&publisher));
    let id = Release::here(OLD).id().to_string();
    let zip = stage.get(&World::zip_path(&id));
    let place = format!("mirror/golang.org/toolchain/@v/v0.0.1-{id}.zip");
    stage.sandbox.file(&place, zip);
    let folder = stage.sandbox.root().join("mirror");
    let install = || {
        let folder = folder.to_str().unwrap();
        stage.goseal(["install", "--from", folder]).run()
    };
    let _ = install().expect_code(4);
    let index = stage.world.mirror_index_text();
    let signature = publisher.sign(index.as_bytes(), "timestamp:1700000000\tfile:index.json");
    stage.sandbox.file("mirror/index.json.minisig", signature);
    // A signature over nothing is no index.
    let _ = install().expect_code(4);
    stage.sandbox.file("mirror/index.json", index);
    let _ = install().expect_code(0);
    let lines = seal(&stage, OLD);
    assert!(lines.contains("\nminisign_served_by "), "{lines}");
    assert!(lines.contains("mirror/index.json\n"), "{lines}");
}

#[test]
#[expect(clippy::too_many_lines, reason = "one table, a case a few lines")]
fn a_signature_that_does_not_count_ends_the_install() {
    let (ours, other) = (Publisher::named("ours"), Publisher::named("other"));
    let stage = stage(&format!("{}max_age_days = 30\n", requires_minisign(&ours)));
    let index = stage.world.mirror_index_text();
    // The lab's clock stands in 2026; what was signed then is young enough.
    let now = goseal_lab::clock::LAB_TIME;
    let fresh = format!("timestamp:{now}\tfile:index.json\thashed");
    let tampered = index.replace("go1.22.5", "go1.22.6");
    let rows: [(&str, &str, String, i32, &str); 6] = [
        (
            "unknown key",
            &index,
            other.sign(index.as_bytes(), &fresh),
            5,
            "which is not named",
        ),
        (
            "tampered",
            &tampered,
            ours.sign(index.as_bytes(), &fresh),
            5,
            "does not verify under key",
        ),
        (
            "other file",
            &index,
            ours.sign(index.as_bytes(), &fresh.replace("index", "list")),
            5,
            "it is for a file `list.json`",
        ),
        (
            "too old",
            &index,
            ours.sign(index.as_bytes(), &comment(9)),
            5,
            "it was signed at 1700000000",
        ),
        (
            "no signature",
            &index,
            "<html>".to_owned(),
            5,
            "no minisign signature",
        ),
        (
            "no index",
            "<html>",
            ours.sign(b"<html>", &fresh),
            4,
            "not a release index",
        ),
    ];
    for (row, index, signature, code, words) in rows {
        stage.world.serve_signed_index("/proxy", index, &signature);
        let outcome = from_mirror(&stage).run().expect_code(code);
        assert!(
            outcome.stderr.contains(words),
            "{row}: {}",
            outcome.snapshot()
        );
        assert_nothing_installed(&stage, row);
        let ended = if code == 5 { "refused" } else { "failed" };
        assert_eq!(
            stage.last(ended)["release"],
            Release::here(OLD).id().to_string()
        );
    }
    stage
        .world
        .serve_signed_index("/proxy", &index, &ours.sign(index.as_bytes(), &fresh));
    let _ = from_mirror(&stage).run().expect_code(0);
}

#[test]
fn a_serial_of_an_index_does_not_go_back() {
    let publisher = Publisher::named("ours");
    let stage = stage(&requires_minisign(&publisher));
    sign_mirror(&stage.world, &publisher, 9);
    let _ = from_mirror(&stage).run().expect_code(0);
    let mirror = stage.world.proxy_url();
    let other = |serial| {
        sign_mirror(&stage.world, &publisher, serial);
        stage.goseal(["install", NEW, "--from", &mirror]).run()
    };
    let refused = other(8).expect_code(5);
    let words = "it went back: serial 9 was seen, 8 found";
    assert!(refused.stderr.contains(words), "{}", refused.snapshot());
    let _ = other(9).expect_code(0);
}

#[test]
fn an_index_that_says_something_else_is_named_with_what_it_says() {
    let publisher = Publisher::named("ours");
    let stage = stage(&requires_minisign(&publisher));
    let honest = stage.world.mirror_index_text();
    let digest = honest.split("\"sha256\":\"").nth(1).unwrap();
    let digest = digest.get(..64).unwrap();
    let lie = honest.replacen(digest, &"0".repeat(64), 1);
    let signature = publisher.sign(lie.as_bytes(), &comment(1));
    stage.world.serve_signed_index("/proxy", &lie, &signature);
    let refused = from_mirror(&stage).run().expect_code(5);
    for words in ["the signed index", "the archive", "the sha256 of "] {
        assert!(refused.stderr.contains(words), "{}", refused.snapshot());
    }
    assert_nothing_installed(&stage, "lie");
}

#[test]
fn what_is_required_and_not_there_installs_nothing() {
    let publisher = Publisher::named("ours");
    let mut stage = stage(&requires_minisign(&publisher));
    let refused = from_mirror(&stage).run().expect_code(4);
    insta::assert_snapshot!(shown(&refused), @r#"
    exit: 4
    --- stdout
    --- stderr
    error: policy requires `minisign` evidence of go1.22.5.[PLATFORM], and there is none
    hint: the organisation's policy requires it: ask who wrote that policy
    "#);
    assert_nothing_installed(&stage, "no index");
    // Without a key nobody's signature counts.
    sign_mirror(&stage.world, &publisher, 1);
    set_policy(&mut stage, "evidence = [\"minisign\"]\n");
    let _ = from_mirror(&stage).run().expect_code(4);
    assert_nothing_installed(&stage, "no key");
    // The user's own key counts where the policy names none, and not where it does.
    let own = format!("minisign = [\"{}\"]\n", publisher.key());
    stage.sandbox.file("goseal/config.toml", own);
    set_policy(&mut stage, &requires_minisign(&Publisher::named("other")));
    let _ = from_mirror(&stage).run().expect_code(5);
    assert_nothing_installed(&stage, "the user's key");
    set_policy(&mut stage, "evidence = [\"sumdb\", \"minisign\"]\n");
    let _ = from_mirror(&stage).run().expect_code(0);
}

#[test]
fn a_project_names_no_key() {
    let stage = Stage::pinned();
    let key = Publisher::named("evil").key();
    stage
        .sandbox
        .file("project/goseal.toml", format!("minisign = [\"{key}\"]\n"));
    let refused = stage.goseal(["install"]).run().expect_code(3);
    assert!(refused.stderr.contains("unknown key `minisign`"));
}

#[test]
fn the_release_index_counts_where_it_is_required_by_name_and_covers_the_archive() {
    let stage = stage("evidence = [\"sumdb\", \"index\"]\n");
    let _ = stage.goseal(["install"]).run().expect_code(0);
    let lines = seal(&stage, OLD);
    assert!(lines.contains("\nevidence sumdb index\n"), "{lines}");
    assert!(lines.contains("\noutside_h1 unpacked\n"), "{lines}");
    assert!(lines.contains("\nform release-tar-gz\n"), "{lines}");
    let table = stage.goseal(["explain", "--trust"]).run().expect_code(0);
    insta::assert_snapshot!(shown(&table), @r"
    exit: 0
    --- stdout
    go1.22.5.[PLATFORM] by pin [ROOT]/project/.go-version:1
      h1        h1:[BASE64]

    lock      not there: no lock here has an entry for it

    sumdb     met, required
      record     166
      tree size  300
      head       joined
      served by  [WORLD]/proxy/sumdb/sumdb.lab.example

    minisign  not there: no signed index vouched for it

    index     met, required
      served by  [WORLD]/dl/

    rebuilt   not there: nobody here built it from its sources
    --- stderr
    ");
}

#[test]
fn an_index_that_lies_about_an_archive_is_refused() {
    for (lie, code, words) in [
        (IndexLie::WrongSha256, 5, "the release index"),
        (IndexLie::WrongSize, 5, "the release index"),
        (
            IndexLie::FileName("../x.tar.gz".into()),
            4,
            "no name of an archive",
        ),
        (
            IndexLie::FileName("https://a.example/x.tar.gz".into()),
            4,
            "no name of an archive",
        ),
        (IndexLie::Duplicate, 4, "two archives"),
        (IndexLie::EmptySha256, 4, "requires `index` evidence"),
        (IndexLie::Missing, 4, "requires `index` evidence"),
    ] {
        let stage = stage("evidence = [\"sumdb\", \"index\"]\n");
        let row = format!("{lie:?}");
        stage.world.lie(lie);
        let outcome = stage.goseal(["install"]).run().expect_code(code);
        assert!(
            outcome.stderr.contains(words),
            "{row}: {}",
            outcome.snapshot()
        );
        assert_nothing_installed(&stage, &row);
        let _ = stage.last(if code == 5 { "refused" } else { "failed" });
    }
}

#[test]
fn two_indexes_that_disagree_are_both_named() {
    let publisher = Publisher::named("ours");
    let stage = stage(&format!(
        "evidence = [\"sumdb\", \"index\"]\nminisign = [\"{}\"]\n",
        publisher.key()
    ));
    let honest = stage.world.index_text();
    stage.world.lie(IndexLie::WrongSize);
    // The mirror serves a zip, of which neither speaks: that they disagree is enough.
    let signature = publisher.sign(honest.as_bytes(), &comment(3));
    stage
        .world
        .serve_signed_index("/proxy", &honest, &signature);
    let refused = from_mirror(&stage).run().expect_code(5);
    for words in ["the signed index", "the release index", "the size of "] {
        assert!(refused.stderr.contains(words), "{}", refused.snapshot());
    }
    assert_nothing_installed(&stage, "disagreement");
}

/// A locked release, and a database that nobody can ask.
fn without_database(policy: &str) -> Stage {
    let stage = stage(policy);
    let _ = stage.goseal(["lock"]).run().expect_code(0);
    let database = "/proxy/sumdb/*";
    stage.world.fail(database, Fault::Status(502), ALWAYS);
    stage
}

const ACCEPTS: &str = "out_of_reach = \"accept\"\n";

#[test]
fn what_is_out_of_reach_is_accepted_only_by_policy_and_named_from_then_on() {
    let mut stage = without_database("");
    let refused = stage.goseal(["install"]).run().expect_code(4);
    assert!(refused.stderr.contains("502"), "{}", refused.snapshot());
    assert_nothing_installed(&stage, "refuse");

    set_policy(&mut stage, ACCEPTS);
    let installed = stage.goseal(["install"]).run().expect_code(0);
    insta::assert_snapshot!(shown(&installed), @r#"
    exit: 0
    --- stdout
    go1.22.5 installed in [ROOT]/goseal/toolchains/go1.22.5.[PLATFORM]
      h1         h1:[BASE64]
      evidence   lock; out of reach: sumdb
      served by  [WORLD]/proxy/golang.org/toolchain/@v/v0.0.1-go1.22.5.[PLATFORM].zip
      without    api, doc, misc and test, which the h1 does not cover
    --- stderr
    "#);
    let lines = seal(&stage, OLD);
    assert!(
        lines.contains("\nevidence lock\n") && lines.contains("\nunmet sumdb\n"),
        "{lines}"
    );
    assert_eq!(
        stage.last("installed")["unmet"],
        serde_json::json!(["sumdb"])
    );
    let listed = stage.goseal(["list"]).run().expect_code(0);
    assert!(
        listed.stdout.contains("lock; out of reach: sumdb"),
        "{}",
        listed.snapshot()
    );
    let current = document(&json(&stage, &["current"]), "current");
    assert_eq!(current["unmet"], serde_json::json!(["sumdb"]));
    let table = stage.goseal(["explain", "--trust"]).run().expect_code(0);
    insta::assert_snapshot!(shown(&table), @r"
    exit: 0
    --- stdout
    go1.22.5.[PLATFORM] by pin [ROOT]/project/.go-version:1
      h1        h1:[BASE64]

    lock      met, required
      file       [ROOT]/project/goseal.lock

    sumdb     unreachable, required: when it was installed

    minisign  not there: no signed index vouched for it

    index     not there: it was not asked when this was installed, because no policy required it by name

    rebuilt   not there: nobody here built it from its sources
    --- stderr
    ");
    let _ = stage.goseal(["verify"]).run().expect_code(0);
}

#[test]
fn what_was_out_of_reach_is_refused_where_policy_changed_until_it_is_proved_anew() {
    let mut stage = without_database(ACCEPTS);
    let _ = stage.goseal(["install"]).run().expect_code(0);

    // The policy that accepts it is what lets it run.
    let exec = |stage: &Stage| stage.goseal(["exec", "--", "true"]).run();
    let _ = exec(&stage).expect_code(0);
    set_policy(&mut stage, "");
    let refused = exec(&stage).expect_code(125);
    insta::assert_snapshot!(shown(&refused), @r#"
    exit: 125
    --- stdout
    --- stderr
    goseal: `sumdb` was out of reach when go1.22.5.[PLATFORM] was installed, which policy does not accept
    goseal: hint: `goseal install 1.22.5` proves it anew
    "#);
    assert_eq!(stage.last("run_refused")["code"], "evidence");

    // What the hint says helps: the tree is proved anew and takes its own place.
    stage.world.server().forgive();
    let again = stage.goseal(["install"]).run().expect_code(0);
    assert!(
        again.stdout.contains("lock, sumdb (record"),
        "{}",
        again.snapshot()
    );
    let _ = exec(&stage).expect_code(0);
    let _ = stage.goseal(["verify"]).run().expect_code(0);
}

#[test]
fn a_lock_that_names_the_tree_is_evidence_for_runs_of_its_project() {
    let mut stage = Stage::new();
    stage.install(&[OLD]);
    set_policy(&mut stage, "evidence = [\"lock\", \"sumdb\"]\n");
    stage.pin("project", OLD);
    let exec = |stage: &Stage| stage.goseal(["exec", "--", "true"]).run();
    let refused = exec(&stage).expect_code(125);
    assert!(
        refused.stderr.contains("requires `lock` evidence"),
        "{}",
        refused.snapshot()
    );
    let _ = stage.goseal(["lock"]).run().expect_code(0);
    let _ = exec(&stage).expect_code(0);
}

#[test]
fn nothing_is_installed_on_no_evidence_and_none_against_the_lock() {
    let stage = stage(ACCEPTS);
    let database = "/proxy/sumdb/*";
    stage.world.fail(database, Fault::Status(502), ALWAYS);
    let _ = stage.goseal(["install"]).run().expect_code(4);
    assert_nothing_installed(&stage, "no lock");

    let stage = without_database(ACCEPTS);
    let lock = stage.sandbox.read("project/goseal.lock");
    let line = lock.lines().find(|line| line.starts_with("h1 = ")).unwrap();
    let other = Release::here(NEW).h1();
    let changed = lock.replace(line, &format!("h1 = \"{other}\""));
    stage.sandbox.file("project/goseal.lock", changed);
    let refused = stage.goseal(["install"]).run().expect_code(5);
    assert!(
        refused.stderr.contains("goseal.lock"),
        "{}",
        refused.snapshot()
    );
    assert_nothing_installed(&stage, "another lock");
}

#[test]
fn a_release_that_is_not_installed_has_a_ladder_of_what_its_sources_say() {
    let stage = Stage::pinned();
    let _ = stage.goseal(["lock"]).run().expect_code(0);
    let table = stage.goseal(["explain", "--trust"]).run().expect_code(0);
    insta::assert_snapshot!(shown(&table), @r"
    exit: 0
    --- stdout
    go1.22.5.[PLATFORM] by pin [ROOT]/project/.go-version:1
      h1        not installed: the sources were asked

    lock      met, required
      file       [ROOT]/project/goseal.lock

    sumdb     met, required
      record     166
      tree size  300
      head       joined
      served by  [WORLD]/proxy/sumdb/sumdb.lab.example

    minisign  not there: not asked: nobody named a key for it, or policy does not require it

    index     not there: not asked: nobody named a key for it, or policy does not require it

    rebuilt   not there: it is not installed
    --- stderr
    ");
    assert_eq!(stage.world.count("*.zip"), 0, "no archive is fetched");
    let lock = stage.sandbox.read("project/goseal.lock");
    let line = lock.lines().find(|line| line.starts_with("h1 = ")).unwrap();
    let other = Release::here(NEW).h1();
    let changed = lock.replace(line, &format!("h1 = \"{other}\""));
    stage.sandbox.file("project/goseal.lock", changed);
    let words = ["explain", "--trust", "--format", "json"];
    let outcome = stage.goseal(words).run().expect_code(5);
    let table = document(&outcome, "explain");
    assert_eq!(table["trust"][0]["state"], "contradicted");
    assert_eq!(table["trust"][1]["state"], "met");
    assert!(table["trust"][1]["record"].is_u64(), "{table}");
}

#[test]
fn a_tree_that_an_older_build_installed_has_its_ladder_too() {
    let stage = Stage::installed();
    let id = Release::here(OLD).id();
    let path = stage.sandbox.goseal_home().join(format!("seals/{id}/seal"));
    let text = fs::read_to_string(&path).unwrap();
    let lines = text.split_inclusive('\n');
    let old: String = lines
        .filter(|line| !line.starts_with("sumdb_served_by "))
        .collect();
    assert_ne!(old, text);
    fs::remove_file(&path).unwrap();
    fs::write(&path, old).unwrap();
    stage.world.fail("*", Fault::Status(502), ALWAYS);
    let table = stage.goseal(["explain", "--trust"]).run().expect_code(0);
    insta::assert_snapshot!(shown(&table), @r"
    exit: 0
    --- stdout
    go1.22.5.[PLATFORM] by pin [ROOT]/project/.go-version:1
      h1        h1:[BASE64]

    lock      not there: no lock here has an entry for it

    sumdb     met, required
      record     166
      tree size  300
      head       joined

    minisign  not there: no signed index vouched for it

    index     not there: it was not asked when this was installed, because no policy required it by name

    rebuilt   not there: nobody here built it from its sources
    --- stderr
    ");
    let _ = stage.goseal(["verify"]).run().expect_code(0);
}

#[test]
fn a_proof_that_does_not_verify_is_contradicted_in_the_ladder() {
    let stage = Stage::installed();
    let id = Release::here(OLD).id();
    let folder = stage.sandbox.goseal_home().join(format!("seals/{id}"));
    let proof = fs::read_to_string(folder.join("proof")).unwrap();
    let other = Release::here(NEW).h1().to_string();
    let own = Release::here(OLD).h1().to_string();
    let forged = proof.replace(&own, &other);
    let seal = fs::read_to_string(folder.join("seal")).unwrap();
    let digest = |text: &str| goseal_core::digest::Sha256::of(text.as_bytes()).to_string();
    for (name, text) in [
        ("proof", forged.clone()),
        ("seal", seal.replace(&digest(&proof), &digest(&forged))),
    ] {
        fs::remove_file(folder.join(name)).unwrap();
        fs::write(folder.join(name), text).unwrap();
    }
    let outcome = stage.goseal(["explain", "--trust"]).run().expect_code(5);
    assert!(
        outcome.stdout.contains("sumdb     contradicted"),
        "{}",
        outcome.snapshot()
    );
}

/// A mirror that was made before the database grew, for a machine that has seen it grown.
#[test]
fn a_mirror_whose_head_is_not_joined_counts_unless_policy_refuses_it() {
    let releases = || [Release::here(OLD), Release::here(NEW)];
    let mirror = World::with_records(releases(), 4_000);
    let mut stage = stage("apart = \"refuse\"\n");
    stage.world = World::with_records(releases(), 4_000);
    stage.world.sumdb(|sumdb| sumdb.grow(9_000));
    stage.sandbox.set_var("GOPROXY", stage.world.proxy_url());
    let _ = stage.goseal(["install", NEW]).run().expect_code(0);
    let tiles = stage.sandbox.goseal_home().join("sumdb/tile");
    fs::remove_dir_all(tiles).unwrap();

    let from = mirror.proxy_url();
    let install = |stage: &Stage| stage.goseal(["install", "--from", &from]).run();
    let refused = install(&stage).expect_code(4);
    let words = "not joined to the known history";
    assert!(refused.stderr.contains(words), "{}", refused.snapshot());
    set_policy(&mut stage, "");
    let _ = install(&stage).expect_code(0);
    assert!(
        seal(&stage, OLD).contains(" apart\n"),
        "{}",
        seal(&stage, OLD)
    );
    let table = stage.goseal(["explain", "--trust"]).run().expect_code(0);
    assert!(
        table.stdout.contains("head       apart"),
        "{}",
        table.snapshot()
    );
    let exec = |stage: &Stage| stage.goseal(["exec", "--", "true"]).run();
    let _ = exec(&stage).expect_code(0);
    set_policy(&mut stage, "apart = \"refuse\"\n");
    let refused = exec(&stage).expect_code(125);
    assert!(refused.stderr.contains(words), "{}", refused.snapshot());
}

/// Fault 61: what an attacker, or an accident, does to a policy that the machine names a key for.
#[test]
fn a_policy_whose_signature_does_not_count_stops_everything() {
    let (ours, other) = (Publisher::named("ours"), Publisher::named("other"));
    let policy = "name = \"example\"\nprofile = \"strict\"\n";
    let weaker = "name = \"example\"\n";
    let comment = "timestamp:1700000000\tfile:policy.toml\thashed";
    let sign = |by: &Publisher, text: &str| by.sign(text.as_bytes(), comment);
    let mut stage = Stage::installed();
    set_policy(&mut stage, policy);
    stage.sandbox.file(
        "etc/policy.pub",
        format!("untrusted comment: ours\n{}\n", ours.key()),
    );
    let place = stage.sandbox.root().join("etc");
    let exec = || stage.goseal(["exec", "--", "true"]).run();
    let put = |name: &str, text: &str| {
        fs::write(place.join(name), text).unwrap();
    };
    put("policy.toml.minisig", &sign(&ours, policy));
    let _ = exec().expect_code(0);
    let rows: [(&str, Option<&str>, Option<String>); 5] = [
        ("unsigned", Some(weaker), None),
        (
            "signed for another text",
            Some(weaker),
            Some(sign(&ours, policy)),
        ),
        ("unknown key", Some(weaker), Some(sign(&other, weaker))),
        ("no signature", Some(policy), Some("nonsense".to_owned())),
        ("removed", None, None),
    ];
    for (row, text, signature) in rows {
        for (name, text) in [
            ("policy.toml", text),
            ("policy.toml.minisig", signature.as_deref()),
        ] {
            let _ = fs::remove_file(place.join(name));
            if let Some(text) = text {
                put(name, text);
            }
        }
        let refused = exec().expect_code(125);
        assert!(
            refused
                .stderr
                .contains("not to be trusted: signature of policy policy.toml"),
            "{row}: {}",
            refused.snapshot()
        );
        assert_eq!(stage.last("run_refused")["code"], "trust", "{row}");
        let _ = stage.goseal(["install", NEW]).run().expect_code(5);
        assert_eq!(stage.last("refused")["code"], "trust", "{row}");
    }
    put("policy.toml", policy);
    put("policy.toml.minisig", &sign(&ours, policy));
    let _ = exec().expect_code(0);
}

#[test]
fn a_policy_that_others_may_change_is_none() {
    let mut stage = Stage::installed();
    set_policy(&mut stage, "profile = \"strict\"\n");
    let mode = |path: &Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    };
    let etc = stage.sandbox.root().join("etc");
    let exec = || -> Outcome { stage.goseal(["exec", "--", "true"]).run() };
    let _ = exec().expect_code(0);
    mode(&etc.join("policy.toml"), 0o666);
    let refused = exec().expect_code(125);
    assert!(
        refused.stderr.contains("others may change it"),
        "{}",
        refused.snapshot()
    );
    let _ = stage.goseal(["install", NEW]).run().expect_code(7);
    mode(&etc.join("policy.toml"), 0o644);
    mode(&etc, 0o777);
    let _ = exec().expect_code(125);
    mode(&etc, 0o755);
    let _ = exec().expect_code(0);
}
