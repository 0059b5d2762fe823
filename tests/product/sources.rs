//! Where toolchains come from: every kind of source gives the same toolchain, in the order in which
//! they are named, and what lies there is never adopted.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use goseal_lab::Release;
use goseal_lab::sandbox::Outcome;
use serde_json::Value;

use crate::documents::document;
use crate::stage::{NEW, OLD, Stage, shown};

fn install(stage: &Stage, version: &str, words: &[&str]) -> Outcome {
    let all = ["install", version, "--format", "json"];
    stage.goseal(all.iter().chain(words).copied()).run()
}

fn toolchain(outcome: &Outcome) -> Value {
    document(outcome, "install")["toolchains"][0].clone()
}

/// Unpacks a release as its archive would be, below the sandbox's root.
fn unpacked(stage: &Stage, release: &Release, folder: &str) -> PathBuf {
    for (name, bytes) in release.files() {
        stage.sandbox.file(&format!("{folder}/{name}"), bytes);
    }
    stage.sandbox.root().join(folder)
}

/// A folder with the release archive of [`OLD`] in it.
fn archives(stage: &Stage) -> PathBuf {
    let release = Release::here(OLD);
    let name = format!("dl/{}", release.id().archive_file_name());
    stage.sandbox.file(&name, release.archive());
    stage.sandbox.root().join("dl")
}

fn mirror(stage: &Stage) -> PathBuf {
    let folder = stage.sandbox.root().join("mirror");
    let place = folder.display().to_string();
    let sync = stage.goseal(["mirror", "sync", "--versions", OLD, &place]);
    let _ = sync.run().expect_code(0);
    folder
}

#[test]
fn every_kind_of_source_gives_the_same_identity() {
    let stage = Stage::new();
    let tree = unpacked(&stage, &Release::here(OLD), "tree")
        .display()
        .to_string();
    let dl = archives(&stage).display().to_string();
    let mirror = mirror(&stage).display().to_string();
    let (proxy, base) = (stage.world.proxy_url(), stage.world.archive_base());
    let h1 = Release::here(OLD).h1().to_string();
    for (from, served) in [
        (proxy.clone(), proxy.clone()),
        (format!("proxy+{proxy}"), proxy.clone()),
        (format!("archives+{base}"), base),
        (format!("archives:{dl}"), dl.clone()),
        (dl.clone(), dl),
        (mirror.clone(), mirror.clone()),
        (format!("file://{mirror}"), mirror),
        (format!("tree:{tree}"), tree.clone()),
        (format!("file://{tree}"), tree.clone()),
        (tree.clone(), tree),
    ] {
        let outcome = install(&stage, OLD, &["--from", &from]).expect_code(0);
        let installed = toolchain(&outcome);
        assert_eq!(installed["h1"], h1, "{from}");
        assert_eq!(
            installed["evidence"],
            serde_json::json!(["sumdb"]),
            "{from}"
        );
        let by = installed["served_by"].as_str().unwrap();
        assert!(by.starts_with(&served), "{from}: {by}");
        let _ = stage.goseal(["verify", OLD]).run().expect_code(0);
        let _ = stage.goseal(["uninstall", OLD]).run().expect_code(0);
    }
}

#[test]
fn a_tree_is_copied_and_never_adopted_or_linked() {
    let stage = Stage::new();
    let tree = unpacked(&stage, &Release::here(OLD), "tree");
    let before = fs::read_dir(&tree).unwrap().count();
    let from = tree.display().to_string();
    let _ = install(&stage, OLD, &["--from", &from]).expect_code(0);
    let about = |path: &Path| fs::metadata(path).unwrap();
    let copy = stage.tree(OLD).join("src/fmt/print.go");
    assert_eq!(about(&copy).nlink(), 1);
    assert_ne!(
        about(&copy).ino(),
        about(&tree.join("src/fmt/print.go")).ino()
    );
    assert_eq!(fs::read_dir(&tree).unwrap().count(), before);
    // The folders that no h1 covers are not taken from a tree.
    assert!(tree.join("test/helloworld.go").is_file());
    assert!(!stage.tree(OLD).join("test").exists());
    fs::remove_dir_all(&tree).unwrap();
    let _ = stage.goseal(["verify", OLD]).run().expect_code(0);
    let record = stage.last("installed");
    assert_eq!(record["source"], from);
    assert_eq!(record["archive"], Value::Null);
}

#[test]
fn the_doors_of_a_managed_tree_are_mapped_back() {
    let stage = Stage::new();
    stage.install(&[OLD]);
    let from = stage.tree(OLD).display().to_string();
    let other = Stage {
        sandbox: Stage::sandbox_of(&stage.world),
        world: goseal_lab::World::start([]),
    };
    let outcome = install(&other, OLD, &["--from", &from]).expect_code(0);
    assert_eq!(
        toolchain(&outcome)["h1"],
        Release::here(OLD).h1().to_string()
    );
    let _ = other.goseal(["verify", OLD]).run().expect_code(0);
}

#[test]
fn a_tree_that_is_not_the_published_one_is_refused_and_leaves_nothing() {
    let stage = Stage::new();
    let evil = Release::here(OLD).with_file("src/fmt/print.go", "package evil\n");
    let tree = unpacked(&stage, &evil, "tree").display().to_string();
    let outcome = stage.goseal(["install", OLD, "--from", &tree]).run();
    insta::assert_snapshot!(shown(&outcome), @r"
    exit: 5
    --- stdout
    --- stderr
    error: not to be trusted: the checksum database and the unpacked files disagree on the h1 of go1.22.5.[PLATFORM]
      the checksum database  h1:[BASE64]
      the unpacked files     h1:[BASE64]
    hint: find out who served it before anything else; nothing of it was kept or used
    ");
    assert!(!stage.tree(OLD).exists());
    let staging = stage.sandbox.goseal_home().join("staging");
    assert_eq!(fs::read_dir(staging).unwrap().count(), 0);
    assert_eq!(stage.last("refused")["source"], tree);
    // A link in the place of a file is no file: the identity is another one.
    let linked = unpacked(&stage, &Release::here(OLD), "linked");
    let file = linked.join("src/fmt/print.go");
    fs::rename(&file, linked.join("away")).unwrap();
    std::os::unix::fs::symlink(linked.join("away"), &file).unwrap();
    let linked = linked.display().to_string();
    let _ = install(&stage, OLD, &["--from", &linked]).expect_code(5);
    // Another release is not carried here.
    let outcome = stage.goseal(["install", NEW, "--from", &tree]).run();
    insta::assert_snapshot!(shown(&outcome), @r"
    exit: 4
    --- stdout
    --- stderr
    error: not carried by any source
      holds another release  [ROOT]/tree
    hint: `goseal list --remote` shows what there is
    ");
}

#[test]
fn the_projects_order_counts_and_the_first_that_carries_it_is_taken() {
    let stage = Stage::new();
    stage.pin("project", OLD);
    let tree = unpacked(&stage, &Release::here(NEW), "project/tree");
    let tree = fs::canonicalize(tree).unwrap();
    mirror(&stage);
    archives(&stage);
    let sources = |list: &str| {
        stage
            .sandbox
            .file("project/goseal.toml", format!("sources = [{list}]\n"));
        let _ = stage.goseal(["uninstall", OLD]).run();
        let outcome = stage
            .goseal(["install", "--format", "json"])
            .run()
            .expect_code(0);
        let by = toolchain(&outcome)["served_by"]
            .as_str()
            .unwrap()
            .to_owned();
        let by = by.replace(&stage.sandbox.root().display().to_string(), "");
        by.replace(&stage.world.url(), "WORLD")
    };
    let base = stage.world.archive_base();
    for (list, begin) in [
        ("\"../mirror\", \"archives:../dl\"".to_owned(), "/mirror/"),
        ("\"archives:../dl\", \"../mirror\"".to_owned(), "/dl/"),
        ("\"tree:./tree\", \"../mirror\"".to_owned(), "/mirror/"),
        (format!("\"tree:./tree\", \"archives+{base}\""), "WORLD/dl/"),
    ] {
        let by = sources(&list);
        assert!(by.starts_with(begin), "{list}: {by}");
    }
    let record = stage.last("install_started");
    let places = record["source"].as_str().unwrap();
    let expected = format!("{} {base}/", tree.display());
    assert!(
        places
            .trim_end_matches('/')
            .starts_with(expected.trim_end_matches('/')),
        "{places}"
    );
}

#[test]
fn what_is_no_source_is_said_before_anything_is_asked() {
    let stage = Stage::new();
    let before = stage.world.requests().len();
    let file = stage
        .sandbox
        .file("file", "not a bundle")
        .display()
        .to_string();
    for (from, code) in [
        ("tree:/nowhere", 2),
        ("archives:nowhere", 2),
        ("nowhere", 2),
        ("archives+ftp://a.example", 4),
        (file.as_str(), 5),
        ("bundle:/nowhere", 2),
    ] {
        let outcome = install(&stage, OLD, &["--from", from]);
        assert_eq!(outcome.code, Some(code), "{from}: {}", outcome.snapshot());
        let record = stage.records().pop().unwrap();
        let kind = record["type"].as_str().unwrap();
        assert!(matches!(kind, "failed" | "refused"), "{from}: {record}");
    }
    assert_eq!(stage.world.requests().len(), before);
}

#[test]
fn credentials_go_to_their_host_over_https_alone_and_into_no_log() {
    let mut stage = Stage::new();
    let url = stage.world.proxy_url();
    let host = url
        .trim_start_matches("http://")
        .split(':')
        .next()
        .unwrap()
        .to_owned();
    let text = format!("machine {host} login me password s3cret-of-netrc\n");
    stage.sandbox.file("home/.netrc", &text);
    let _ = install(&stage, OLD, &[]).expect_code(0);
    let asked = stage.world.requests();
    assert!(!asked.is_empty());
    for request in &asked {
        assert_eq!(request.header("authorization"), None, "{}", request.path());
    }
    // User information of GOPROXY goes to that host, and is seen nowhere else.
    let with_user = url.replace("http://", "http://me:s3cret-of-goproxy@");
    stage.sandbox.set_var("GOPROXY", with_user);
    let _ = install(&stage, NEW, &[]).expect_code(0);
    let new = &stage.world.requests()[asked.len()..];
    assert!(
        new.iter()
            .all(|request| request.header("authorization").is_some())
    );
    let seal = |version: &str| {
        let id = Release::here(version).id();
        stage.sandbox.read(&format!("goseal/seals/{id}/seal"))
    };
    let log = stage.lines().join("\n");
    for text in [log, seal(OLD), seal(NEW)] {
        assert!(!text.contains("s3cret"), "{text}");
    }
    let refused = format!(
        "sources = [\"{}\"]\n",
        url.replace("http://", "http://u:s3cret@")
    );
    stage.pin("project", OLD);
    stage.sandbox.file("project/goseal.toml", refused);
    let outcome = stage.goseal(["install"]).run().expect_code(3);
    assert!(
        !outcome.snapshot().contains("s3cret"),
        "{}",
        outcome.snapshot()
    );
}
