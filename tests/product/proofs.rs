//! Proofs that travel, and the heads that a machine has seen.

use std::fs;

use goseal_core::digest::Sha256;
use goseal_lab::sandbox::Outcome;
use goseal_lab::{ALWAYS, Evil, Fault, Release, Sandbox};
use serde_json::Value;

use crate::stage::{OLD, Stage, shown};

#[test]
fn a_proof_is_exported_and_checked_on_a_machine_that_has_nothing() {
    let stage = Stage::installed();
    let written = stage.goseal(["verify", "--export", "go.proof"]).run();
    let file = stage.sandbox.project().join("go.proof");
    let text = fs::read_to_string(&file).unwrap();
    let printed = stage.goseal(["verify", "--export", "-", OLD]).run();
    assert_eq!(printed.stdout, text);
    let id = Release::here(OLD).id();
    assert_eq!(
        text,
        stage.sandbox.read(&format!("goseal/seals/{id}/proof"))
    );

    // Another machine, without a network.
    let other = Sandbox::new();
    let copy = other.file("project/go.proof", &text);
    let program = goseal_lab::sandbox::product_binary("goseal-lab");
    let check = |words: &[&str]| other.command(&program).args(words).arg(&copy).run();
    let checked = check(&["verify", "--proof"]);
    let document = check(&["verify", "--format", "json", "--proof"]);
    insta::assert_snapshot!(shown(&written) + &shown(&checked), @r"
    exit: 0
    --- stdout
    go1.22.5.[PLATFORM]: its proof is in go.proof
    --- stderr
    exit: 0
    --- stdout
    go1.22.5.[PLATFORM]: the proof holds
      h1         h1:[BASE64]
      record     166 in a tree of 300
      root       [BASE64]
      signed by  sumdb.lab.example
    --- stderr
    ");
    let document: Value = serde_json::from_str(&document.stdout).unwrap();
    assert_eq!(document["schema"], "goseal.verify/1");
    assert_eq!(document["proof"]["h1"], Release::here(OLD).h1().to_string());
    assert_eq!(document["proof"]["version"], OLD);
    let verb = stage.of_type("verb");
    assert_eq!(verb.last().unwrap()["verb"], "verify");
}

#[test]
fn every_byte_of_a_proof_counts() {
    let stage = Stage::installed();
    let _ = stage
        .goseal(["verify", "--export", "go.proof"])
        .run()
        .expect_code(0);
    let text = fs::read_to_string(stage.sandbox.project().join("go.proof")).unwrap();
    let h1 = Release::here(OLD).h1().to_string();
    let other = Release::here("1.22.6").h1().to_string();
    let size = text.split("go.sum database tree\n").nth(1).unwrap();
    let size = size.lines().next().unwrap();
    for (what, bent) in [
        ("another h1", text.replace(&h1, &other)),
        ("another number", text.replacen("record 1", "record 2", 1)),
        ("another release", text.replace(OLD, "1.22.6")),
        (
            "another size",
            text.replace(&format!("\n{size}\n"), "\n301\n"),
        ),
        (
            "no signature",
            text.rsplit_once("\n\u{2014}").unwrap().0.to_owned(),
        ),
        ("one hash less", {
            let (head, hashes) = text.split_once("\n\n").unwrap();
            format!("{head}\n\n{}", hashes.split_once('\n').unwrap().1)
        }),
        (
            "another first line",
            text.replacen("goseal.proof/1", "goseal.proof/2", 1),
        ),
        ("nothing", String::new()),
    ] {
        assert_ne!(bent, text, "{what}");
        stage.sandbox.file("project/bent.proof", &bent);
        let refused = stage.goseal(["verify", "--proof", "bent.proof"]).run();
        assert_eq!(refused.code, Some(5), "{what}\n{}", refused.snapshot());
        let verb = stage.of_type("verb");
        assert_eq!(verb.last().unwrap()["outcome"], "refused", "{what}");
    }
    fs::write(
        stage.sandbox.project().join("bent.proof"),
        b"goseal.proof/1\n\xff",
    )
    .unwrap();
    let _ = stage
        .goseal(["verify", "--proof", "bent.proof"])
        .run()
        .expect_code(5);
    let _ = stage
        .goseal(["verify", "--proof", "none.proof"])
        .run()
        .expect_code(7);
}

#[test]
fn a_proof_that_does_not_hold_is_not_exported() {
    // The second time the seal was made to fit.
    for fitting in [false, true] {
        let stage = Stage::installed();
        let id = Release::here(OLD).id();
        let seals = stage.sandbox.goseal_home().join(format!("seals/{id}"));
        let replace = |name: &str, change: &dyn Fn(String) -> String| {
            let old = fs::read_to_string(seals.join(name)).unwrap();
            fs::remove_file(seals.join(name)).unwrap();
            fs::write(seals.join(name), change(old)).unwrap();
        };
        let old = Sha256::of(&fs::read(seals.join("proof")).unwrap()).to_string();
        replace("proof", &|text| text + "\n");
        let new = Sha256::of(&fs::read(seals.join("proof")).unwrap()).to_string();
        if fitting {
            replace("seal", &|text| text.replace(&old, &new));
        }
        let export = |words: &[&str]| stage.goseal(["verify"].iter().chain(words)).run();
        let _ = export(&["--export", "go.proof"]).expect_code(5);
        assert!(!stage.sandbox.project().join("go.proof").exists());
        let _ = export(&["--export", "go.proof", "1.26.9"]).expect_code(6);
        let _ = export(&[]).expect_code(5);
    }
}

/// A machine that has seen the database grow twice.
fn grown() -> Stage {
    let stage = Stage::installed();
    for grow in [40, 400] {
        stage.world.sumdb(|sumdb| sumdb.grow(grow));
        let _ = stage.goseal(["uninstall", OLD]).run().expect_code(0);
        stage.install(&[]);
    }
    stage
}

fn heads(stage: &Stage, more: &[&str]) -> Outcome {
    let words = ["verify", "--heads"].iter().chain(more);
    let run = stage.goseal(words).env("GOSEAL_LAB_WIRE", "quick");
    run.run()
}

fn document(stage: &Stage, more: &[&str]) -> Value {
    let words: Vec<&str> = more.iter().copied().chain(["--format", "json"]).collect();
    serde_json::from_str(&heads(stage, &words).stdout).unwrap()
}

#[test]
fn every_head_that_was_seen_extends_the_one_before() {
    let stage = grown();
    stage.world.sumdb(|sumdb| sumdb.grow(1_000));
    let found = heads(&stage, &[]);
    insta::assert_snapshot!(shown(&found), @r"
    exit: 0
    --- stdout
             100  [BASE64]  the oldest (goseal)
             300  [BASE64]  extends the one before (state, newest since 2026-01-02T03:04:05Z)
             340  [BASE64]  extends the one before (state, newest since 2026-01-02T03:04:05Z)
             740  [BASE64]  extends the one before (state, latest, go1.22.5.[PLATFORM], newest since 2026-01-02T03:04:05Z)
            1740  [BASE64]  extends the one before (database, newest since 2026-01-02T03:04:05Z)
    5 heads: one history; the newest asked from [WORLD]/proxy/sumdb/sumdb.lab.example
    --- stderr
    ");
    // The newest is known from now on, without a network too.
    let latest = stage.sandbox.read("goseal/sumdb/latest");
    assert!(latest.contains("\n1740\n"), "{latest}");
    assert_eq!(stage.sandbox.read("goseal/sumdb/heads/1740"), latest);
    let offline = document(&stage, &["--offline"]);
    assert_eq!(
        (&offline["good"], &offline["joined"]),
        (&true.into(), &true.into())
    );
    assert_eq!(offline["database"], Value::Null);
    assert_eq!(offline["heads"].as_array().unwrap().len(), 5);
}

#[test]
fn without_the_tiles_heads_are_not_joined_and_nothing_is_claimed() {
    let stage = grown();
    fs::remove_dir_all(stage.sandbox.goseal_home().join("sumdb/tile")).unwrap();
    let apart = heads(&stage, &["--offline"]).expect_code(1);
    assert!(apart.stdout.contains("not joined: "), "{}", apart.stdout);
    assert!(
        apart.stdout.contains("not all of them are joined"),
        "{}",
        apart.stdout
    );
    // The wire has them.
    let _ = heads(&stage, &[]).expect_code(0);
    let _ = heads(&stage, &["--offline"]).expect_code(0);
}

#[test]
fn a_database_that_is_away_is_said_and_what_is_kept_is_judged() {
    let stage = grown();
    stage
        .world
        .fail("/proxy/sumdb/*", Fault::Status(500), ALWAYS);
    let found = heads(&stage, &[]).expect_code(0);
    assert!(
        found.stderr.contains("was not asked for its newest head"),
        "{}",
        found.stderr
    );
    assert!(found.stdout.contains("one history"), "{}", found.stdout);
}

#[test]
fn a_tile_that_rotted_in_the_cache_is_asked_for_again() {
    let stage = grown();
    let tiles = stage.sandbox.goseal_home().join("sumdb/tile/8");
    let script =
        "find . -type f | while read f; do printf x | dd of=\"$f\" conv=notrunc 2>/dev/null; done";
    let shell = stage.sandbox.command("/bin/sh").args(["-ec", script]);
    let _ = shell.cwd(tiles).run().expect_code(0);
    let _ = heads(&stage, &["--offline"]).expect_code(5);
    let _ = heads(&stage, &[]).expect_code(0);
    let _ = heads(&stage, &["--offline"]).expect_code(0);
}

#[test]
fn a_fork_that_the_database_shows_now_is_kept_once_and_latest_stays() {
    for (row, at, grow) in [("of the same size", 299, 0), ("grown", 120, 70)] {
        let stage = Stage::installed();
        let known = stage.sandbox.read("goseal/sumdb/latest");
        stage.world.sumdb(|sumdb| sumdb.grow(grow));
        stage.world.evil(Evil::Fork { at });
        let served = stage.world.sumdb(|sumdb| sumdb.latest());
        let records = stage.records().len();
        let refused = heads(&stage, &[]);
        assert_eq!(refused.code, Some(5), "{row}\n{}", refused.snapshot());
        assert!(
            refused.stderr.contains("two histories"),
            "{row}\n{}",
            refused.stderr
        );
        assert_eq!(stage.sandbox.read("goseal/sumdb/latest"), known, "{row}");
        let folder = stage.sandbox.goseal_home().join("sumdb/forks");
        let forks: Vec<_> = fs::read_dir(folder).unwrap().flatten().collect();
        assert_eq!(forks.len(), 1, "{row}");
        let kept = fs::read_to_string(forks[0].path()).unwrap();
        assert!(
            kept.contains(&known) && kept.contains(&served),
            "{row}\n{kept}"
        );
        assert_eq!(stage.records().len(), records + 1, "{row}: one record");
        assert_eq!(stage.last("refused")["code"], "trust", "{row}");
        // What was kept speaks when everything else is honest again.
        stage.world.repent();
        let found = heads(&stage, &[]).expect_code(5);
        assert!(
            found.stdout.contains("two histories: "),
            "{row}\n{}",
            found.stdout
        );
    }
}

#[test]
fn heads_of_two_histories_on_this_machine_are_a_fork() {
    let stage = grown();
    stage.world.evil(Evil::Fork { at: 200 });
    let forked = stage.world.sumdb(|sumdb| sumdb.latest());
    stage.world.repent();
    stage.world.sumdb(|sumdb| sumdb.grow(5));
    // Somebody put the head of another history between the kept ones.
    let size = forked.lines().nth(1).unwrap();
    stage
        .sandbox
        .file(&format!("goseal/sumdb/heads/{size}"), &forked);
    let refused = heads(&stage, &[]);
    assert_eq!(refused.code, Some(5), "{}", refused.snapshot());
}

#[test]
fn what_is_kept_as_a_head_and_is_none_is_named() {
    let stage = Stage::installed();
    stage.sandbox.file(
        "goseal/sumdb/heads/400",
        "go.sum database tree\n400\nAAAA\n",
    );
    let found = heads(&stage, &[]).expect_code(5);
    assert!(
        found.stdout.contains("damaged: a head of state"),
        "{}",
        found.stdout
    );
}

#[test]
fn a_database_that_no_longer_grows_is_said_after_thirty_days() {
    let mut stage = Stage::installed();
    let at = |day: u64| (goseal_lab::clock::LAB_TIME + day * 86_400).to_string();
    for (day, code) in [(0, 0), (30, 0), (31, 1)] {
        stage.sandbox.set_var(goseal_lab::clock::LAB_CLOCK, at(day));
        let found = heads(&stage, &[]);
        assert_eq!(found.code, Some(code), "day {day}\n{}", found.snapshot());
        assert_eq!(
            found.stderr.contains("has been the newest for 31 days"),
            code == 1,
            "{}",
            found.stderr
        );
    }
    assert_eq!(document(&stage, &[])["days"], 31);
    // It grows again.
    stage.world.sumdb(|sumdb| sumdb.grow(1));
    let _ = heads(&stage, &[]).expect_code(0);
    assert_eq!(document(&stage, &[])["days"], 0);
}
