//! What is offered, who said so, and what is newer than what runs here.

use goseal_lab::sandbox::DEAD_PROXY;
use goseal_lab::world::IndexLie;
use goseal_lab::{ALWAYS, Fault, Release};

use crate::documents::{document, json};
use crate::stage::{NEW, OLD, Stage, shown};

/// A patch of the line of [`OLD`].
const PATCH: &str = "1.22.6";

/// Ten days after the lab's clock stands still.
const TEN_DAYS_LATER: &str = "1768187045";

fn stage() -> Stage {
    let stage = Stage::serving([OLD, PATCH, NEW].map(Release::here));
    stage.pin("project", OLD);
    stage
}

/// A policy that names a feed of this date.
fn with_feed(stage: &mut Stage, date: &str, entries: &str) {
    let text = format!(r#"{{"schema":"goseal.feed/1","date":"{date}","entries":[{entries}]}}"#);
    let feed = stage.sandbox.file("etc/feed.json", text);
    let text = format!("feed = \"{}\"\n", feed.display());
    let policy = stage.sandbox.file("etc/policy.toml", text);
    stage.sandbox.set_var("GOSEAL_LAB_POLICY", policy);
}

fn index_out_of_reach(stage: &Stage) {
    stage.world.fail("/dl/*", Fault::Status(404), ALWAYS);
}

#[test]
fn the_pin_is_compared_with_its_line_and_with_the_newest() {
    let stage = stage();
    let text = stage.goseal(["outdated"]).run();
    insta::assert_snapshot!(shown(&text), @"
    exit: 0
    --- stdout
    1.22.5, chosen by pin [ROOT]/project/.go-version:1
      newer patch  1.22.6
      newer line   1.26.10
      line         Go fixes nothing more in 1.22
    --- stderr
    by the release index [WORLD]/dl/
    ");
    let _ = stage.goseal(["outdated", "--check"]).run().expect_code(1);
    stage.pin("project", NEW);
    let newest = stage.goseal(["outdated", "--check"]).run().expect_code(0);
    insta::assert_snapshot!(shown(&newest), @"
    exit: 0
    --- stdout
    1.26.10, chosen by pin [ROOT]/project/.go-version:1
      newer patch  none: it is the newest of 1.26
    --- stderr
    by the release index [WORLD]/dl/
    ");
}

#[test]
fn holes_that_the_feed_knows_are_named_and_an_old_feed_is_said_to_be_old() {
    let mut stage = stage();
    let entries =
        r#"{"id":"GO-1","introduced":"1.22.0","fixed":"1.22.6"},{"id":"GO-2","fixed":"1.22.7"}"#;
    with_feed(&mut stage, "2025-12-20", entries);
    let outcome = json(&stage, &["outdated"]);
    let found = document(&outcome, "outdated");
    assert_eq!(found["source"], "index");
    assert_eq!(found["feed"]["stale"], false);
    let fixed = |id: &str, fixed: &str| serde_json::json!({"id": id, "fixed": fixed});
    assert_eq!(
        found["releases"][0]["vulnerabilities"],
        serde_json::json!([fixed("GO-1", "1.22.6"), fixed("GO-2", "1.22.7")])
    );
    // Nobody offers the release that closes the second one.
    assert_eq!(found["feed"]["not_offered"], serde_json::json!(["1.22.7"]));
    let later = stage
        .goseal(["outdated"])
        .env("GOSEAL_LAB_CLOCK", TEN_DAYS_LATER);
    insta::assert_snapshot!(shown(&later.run()), @"
    exit: 0
    --- stdout
    1.22.5, chosen by pin [ROOT]/project/.go-version:1
      newer patch  1.22.6
      newer line   1.26.10
      line         Go fixes nothing more in 1.22
      vulnerable   GO-1, fixed in 1.22.6
      vulnerable   GO-2, fixed in 1.22.7
    --- stderr
    by the release index [WORLD]/dl/
    the feed [ROOT]/etc/feed.json is of 2025-12-20, 23 days old
    the feed [ROOT]/etc/feed.json names 1.22.7, which is not offered: whoever was asked hides it or is behind
    ");
    with_feed(&mut stage, "2025-12-32", "");
    let refused = stage.goseal(["outdated"]).run().expect_code(3);
    assert!(refused.stderr.contains("not a deny feed"), "{refused:?}");
    std::fs::remove_file(stage.sandbox.root().join("etc/feed.json")).unwrap();
    let gone = stage.goseal(["outdated"]).run().expect_code(0);
    assert!(gone.stderr.contains("feed.json is not there"), "{gone:?}");
}

#[test]
fn a_default_of_another_release_is_compared_too() {
    let stage = stage();
    let _ = stage.goseal(["default", PATCH]).run().expect_code(0);
    let found = document(&json(&stage, &["outdated"]), "outdated");
    let row = |at: usize| {
        (
            &found["releases"][at]["version"],
            &found["releases"][at]["chosen_by"],
        )
    };
    assert_eq!(row(0), (&OLD.into(), &"pin".into()));
    assert_eq!(row(1), (&PATCH.into(), &"default".into()));
    assert_eq!(found["releases"][1]["newer_line"], NEW);
    let _ = stage.goseal(["default", OLD]).run().expect_code(0);
    let found = document(&json(&stage, &["outdated"]), "outdated");
    assert_eq!(found["releases"].as_array().map(Vec::len), Some(1));
}

#[test]
fn without_the_index_the_list_of_the_proxy_serves_and_without_both_the_copy() {
    let mut stage = stage();
    let words = ["list", "--remote"];
    let offered = |stage: &Stage| document(&json(stage, &words), "list");
    let by_index = offered(&stage);
    index_out_of_reach(&stage);
    let by_proxy = offered(&stage);
    assert_eq!(by_proxy["source"], "proxy");
    assert_eq!(by_proxy["offered"], by_index["offered"]);
    let text = stage.goseal(words).run().expect_code(0);
    assert!(
        text.stderr
            .starts_with("the release index is out of reach: by the list of the proxy http://"),
        "{text:?}"
    );
    // The copy is no evidence: it never fills a lock.
    assert!(stage.sandbox.goseal_home().join("index").is_file());
    let _ = stage.goseal(["lock"]).run().expect_code(0);
    let lock = stage.sandbox.read("project/goseal.lock");
    assert!(!lock.contains("archive"), "{lock}");
    stage.sandbox.set_var("GOPROXY", DEAD_PROXY);
    stage.sandbox.set_var("GOSEAL_LAB_WIRE", "quick");
    stage.sandbox.set_var("GOSEAL_LAB_CLOCK", TEN_DAYS_LATER);
    let by_copy = offered(&stage);
    assert_eq!(
        (&by_copy["source"], &by_copy["age_seconds"]),
        (&"copy".into(), &864_000.into())
    );
    assert_eq!(by_copy["offered"], by_index["offered"]);
    let text = stage.goseal(["outdated"]).run().expect_code(0);
    assert!(
        text.stderr.starts_with(
            "the release index is out of reach: the copy of 10 days ago is used, from"
        ),
        "{text:?}"
    );
    std::fs::remove_file(stage.sandbox.goseal_home().join("index")).unwrap();
    let _ = stage.goseal(words).run().expect_code(4);
}

#[test]
fn a_source_that_the_project_names_is_asked_alone() {
    let stage = stage();
    let sources = format!("sources = [\"{}\"]\n", stage.world.proxy_url());
    stage.sandbox.file("project/goseal.toml", sources);
    let offered = document(&json(&stage, &["list", "--remote"]), "list");
    assert_eq!(offered["source"], "source");
    assert_eq!(stage.world.count("/dl/*"), 0);
}

#[test]
fn where_goproxy_is_off_nobody_is_asked_and_the_copy_serves() {
    let mut stage = stage();
    let words = ["list", "--remote"];
    let _ = stage.goseal(words).run().expect_code(0);
    stage.sandbox.set_var("GOPROXY", "off");
    let asked = stage.world.requests().len();
    let offered = document(&json(&stage, &words), "list");
    assert_eq!(offered["source"], "copy");
    std::fs::remove_file(stage.sandbox.goseal_home().join("index")).unwrap();
    let refused = stage.goseal(words).run().expect_code(4);
    assert!(refused.stderr.contains("GOPROXY is `off`"), "{refused:?}");
    assert_eq!(stage.world.requests().len(), asked);
}

#[test]
fn an_index_that_could_mislead_is_not_used_and_not_kept() {
    for lie in [
        IndexLie::Duplicate,
        IndexLie::FileName("../x.tar.gz".to_owned()),
        IndexLie::FileName("https://a.example/x.tar.gz".to_owned()),
        IndexLie::Text("[]{}".to_owned()),
    ] {
        let stage = stage();
        stage.world.lie(lie.clone());
        let offered = document(&json(&stage, &["list", "--remote"]), "list");
        assert_eq!(offered["source"], "proxy", "{lie:?}");
        assert!(!stage.sandbox.goseal_home().join("index").exists());
        let locked = document(&json(&stage, &["lock"]), "lock");
        assert_eq!(locked["index_answered"], false, "{lie:?}");
        let lock = stage.sandbox.read("project/goseal.lock");
        assert!(!lock.contains("archive"), "{lie:?}: {lock}");
    }
}

#[test]
fn an_index_without_a_digest_is_no_evidence() {
    let stage = stage();
    stage.world.lie(IndexLie::EmptySha256);
    let _ = stage.goseal(["lock"]).run().expect_code(0);
    assert!(
        !stage
            .sandbox
            .read("project/goseal.lock")
            .contains("archive")
    );
}

#[test]
fn a_release_that_nobody_offers_names_the_nearest() {
    let stage = stage();
    for words in [&["install", "1.22.99"][..], &["pin", "1.22.99"]] {
        let refused = stage.goseal(words).run();
        insta::allow_duplicates! {
            insta::assert_snapshot!(shown(&refused), @"
            exit: 4
            --- stdout
            --- stderr
            error: the source offers no release for `1.22.99`
            hint: the nearest that are offered: 1.22.5, 1.22.6, 1.26.10; `goseal list --remote` shows all
            ");
        }
    }
    assert_eq!(
        stage.last("failed")["release"],
        Release::here("1.22.99").id().to_string()
    );
    let line = stage.goseal(["pin", "1.30"]).run().expect_code(4);
    assert!(
        line.stderr
            .contains("the nearest that are offered: 1.26.10;"),
        "{line:?}"
    );
    assert_eq!(
        stage.sandbox.read("project/.go-version"),
        format!("{OLD}\n")
    );
}

#[test]
fn offline_names_the_command_that_fetches_with_its_source() {
    let stage = stage();
    let words = ["install", "--offline", NEW, "--from", "./my mirror"];
    let refused = stage.goseal(words).run().expect_code(6);
    assert!(
        refused
            .stderr
            .contains("hint: `goseal install 1.26.10 --from './my mirror'` fetches it"),
        "{refused:?}"
    );
    let words = [
        "install",
        "--offline",
        "--from",
        "https://u:secret@a.example/p",
    ];
    let refused = stage.goseal(words).run().expect_code(6);
    assert!(
        refused
            .stderr
            .contains("`goseal install 1.22.5 --from https://a.example/p` fetches it"),
        "{refused:?}"
    );
    assert!(stage.world.requests().is_empty());
}
