//! A mirror is a file tree, a website and a module proxy with the database's answers inside, and
//! whoever reads it trusts it no more than any proxy.

use std::fs;
use std::path::{Path, PathBuf};

use goseal_lab::sandbox::Outcome;
use goseal_lab::server::{Answer, Server};
use goseal_lab::{Fault, Lab, Release};
use serde_json::Value;

use crate::documents::{document, json};
use crate::stage::{NEW, OLD, Stage, platform, shown};

/// A world of two releases, the older one for another platform too, and `mirror/` in its sandbox.
fn stage() -> Stage {
    let other = Release::new(OLD, other_platform());
    Stage::serving([Release::here(OLD), Release::here(NEW), other])
}

fn other_platform() -> &'static str {
    if platform().1 == "darwin/arm64" {
        "linux/amd64"
    } else {
        "darwin/arm64"
    }
}

fn mirror(stage: &Stage) -> PathBuf {
    stage.sandbox.root().join("mirror")
}

/// Runs `mirror sync` over these words.
fn sync(stage: &Stage, words: &[&str]) -> Outcome {
    let folder = mirror(stage).display().to_string();
    let all = ["mirror", "sync"].iter().chain(words);
    stage.goseal(all.copied().chain([folder.as_str()])).run()
}

/// A mirror with both releases for this machine, and one for another.
fn synced() -> Stage {
    let stage = stage();
    let both = format!("{OLD},{NEW}");
    let _ = sync(&stage, &["--versions", &both]).expect_code(0);
    let other = ["--versions", OLD, "--platforms", other_platform()];
    let _ = sync(&stage, &other).expect_code(0);
    stage
}

/// A machine that never saw the world and cannot reach it.
fn elsewhere(stage: &Stage) -> Stage {
    let mut sandbox = Stage::sandbox_of(&stage.world);
    sandbox.set_var("GOPROXY", "off");
    let world = goseal_lab::World::start([]);
    Stage { world, sandbox }
}

fn check(stage: &Stage, place: &str) -> Outcome {
    stage
        .goseal(["mirror", "check", place, "--format", "json"])
        .run()
}

/// Serves the files of a folder, as any static web server does.
fn website(folder: &Path) -> Server {
    let folder = folder.to_owned();
    Server::start(move |request| {
        let path = request.path().trim_start_matches('/').to_owned();
        match fs::read(folder.join(path)) {
            Ok(bytes) => Answer::ok("application/octet-stream", bytes),
            Err(_) => Answer::status(404),
        }
    })
}

fn install(stage: &Stage, version: &str, from: &str) -> Value {
    let words = ["install", version, "--from", from, "--format", "json"];
    let outcome = stage.goseal(words).run().expect_code(0);
    document(&outcome, "install")["toolchains"][0].clone()
}

/// Every file below the mirror, with its bytes.
fn files(root: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if !path.ends_with(".lock") {
                found.push((path.clone(), fs::read(path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

#[test]
fn one_folder_installs_the_same_toolchain_as_folder_as_file_address_and_as_website() {
    let stage = synced();
    let folder = mirror(&stage).display().to_string();
    let site = website(&mirror(&stage));
    stage.pin("project", OLD);
    stage.install(&[]);
    let online = document(&json(&stage, &["current"]), "current");
    for from in [folder.clone(), format!("file://{folder}"), site.url()] {
        let machine = elsewhere(&stage);
        let installed = install(&machine, OLD, &from);
        for field in ["h1", "evidence", "archive"] {
            assert_eq!(installed[field], online[field], "{from} {field}");
        }
        let record = |value: &Value| value["sumdb"]["record"].clone();
        assert_eq!(record(&installed), record(&online), "{from}");
        let served = installed["served_by"].as_str().unwrap();
        let address = from.trim_start_matches("file://");
        assert!(served.starts_with(address), "{served}");
        let _ = machine.goseal(["verify", OLD]).run().expect_code(0);
        // Which release it is for is nobody's business but the reader's.
        let _ = install(&machine, NEW, &from);
    }
}

#[test]
fn every_file_of_a_mirror_lies_under_the_name_by_which_go_asks_for_it() {
    let stage = synced();
    let version = Release::here(OLD).id().module_version();
    let read = |path: &str| stage.sandbox.read(&format!("mirror/{path}"));
    let at = |path: String| format!("golang.org/toolchain/@v/{path}");
    assert_eq!(
        read(&at(format!("{version}.mod"))),
        "module golang.org/toolchain\n"
    );
    let info = "{\"Version\":\"VERSION\",\"Time\":\"2024-07-02T18:40:00Z\"}";
    let info = info.replace("VERSION", &version);
    assert_eq!(read(&at(format!("{version}.info"))), info);
    let list = read(&at("list".to_owned()));
    assert_eq!(list.lines().count(), 3, "{list}");
    assert!(list.contains(&version), "{list}");
    let name = Lab::database_name();
    let latest = read(&format!("sumdb/{name}/latest"));
    assert_eq!(latest, stage.world.sumdb(|sumdb| sumdb.latest()));
    assert_eq!(read(&format!("sumdb/{name}/supported")), "");
    for line in list.lines() {
        let lookup = read(&format!("sumdb/{name}/lookup/golang.org/toolchain@{line}"));
        assert!(
            lookup.ends_with(&latest),
            "one head for the whole folder: {lookup}"
        );
    }
}

#[test]
fn a_second_sync_fetches_only_what_is_missing_and_the_head_never_goes_back() {
    let stage = stage();
    let _ = sync(&stage, &["--versions", OLD]).expect_code(0);
    let before = files(&mirror(&stage));
    assert_eq!(stage.world.count("*.zip"), 1);
    let _ = sync(&stage, &["--versions", OLD]).expect_code(0);
    assert_eq!(files(&mirror(&stage)), before, "nothing was new");
    assert_eq!(stage.world.count("*.zip"), 1);
    stage.world.sumdb(|sumdb| sumdb.grow(600));
    let both = format!("{OLD},{NEW}");
    let outcome = sync(&stage, &["--versions", &both]).expect_code(0);
    assert_eq!(stage.world.count("*.zip"), 2);
    insta::assert_snapshot!(shown(&outcome), @r"
    exit: 0
    --- stdout
      + go1.26.10.[PLATFORM]
      = go1.22.5.[PLATFORM]
    [ROOT]/mirror holds 2 toolchains, proved in a tree of 900
    --- stderr
    ");
    let size = |stage: &Stage| {
        let latest = stage
            .sandbox
            .read(&format!("mirror/sumdb/{}/latest", Lab::database_name()));
        latest.lines().nth(1).unwrap().parse::<u64>().unwrap()
    };
    assert_eq!(size(&stage), 900);
    // A machine that knows less, and a database that shows an old head: neither takes it back.
    stage.world.evil(goseal_lab::Evil::OldHead(300));
    let fresh = Stage::sandbox_of(&stage.world);
    let folder = mirror(&stage).display().to_string();
    let run = fresh.command(goseal_lab::sandbox::product_binary("goseal-lab"));
    let words = ["mirror", "sync", "--versions", OLD, folder.as_str()];
    let _ = run.args(words).run().expect_code(0);
    assert_eq!(size(&stage), 900);
}

#[test]
fn releases_stay_until_they_are_pruned() {
    let stage = synced();
    let _ = sync(&stage, &["--versions", NEW]).expect_code(0);
    assert_eq!(
        stage
            .sandbox
            .read("mirror/golang.org/toolchain/@v/list")
            .lines()
            .count(),
        3
    );
    let outcome = sync(&stage, &["--prune", "--versions", NEW]).expect_code(0);
    let gone = format!("  - {}\n", Release::new(OLD, other_platform()).id());
    assert!(outcome.stdout.contains(&gone), "{}", outcome.snapshot());
    let holds = "holds 1 toolchain, proved in a tree of 300";
    assert!(outcome.stdout.contains(holds), "{}", outcome.snapshot());
    let left = files(&mirror(&stage));
    let old = |(path, _): &&(PathBuf, Vec<u8>)| path.to_string_lossy().contains(OLD);
    assert_eq!(left.iter().find(old), None);
    let _ = check(&stage, &mirror(&stage).display().to_string()).expect_code(0);
}

#[test]
fn a_release_that_nobody_carries_is_named_and_stops_no_other() {
    let stage = stage();
    let other = format!("{},plan9/386", platform().1);
    let outcome = sync(&stage, &["--versions", OLD, "--platforms", "windows/arm64"]);
    insta::assert_snapshot!(shown(&outcome), @r"
    exit: 1
    --- stdout
      ! go1.22.5.windows-arm64 is not carried: the checksum database, as it was served, has no record of go1.22.5.windows-arm64
    [ROOT]/mirror holds no toolchain
    --- stderr
    ");
    let _ = sync(&stage, &["--versions", OLD, "--platforms", &other]).expect_code(2);
    let both = format!("{},windows/arm64", platform().1);
    let _ = sync(&stage, &["--versions", OLD, "--platforms", &both]).expect_code(1);
    let list = stage.sandbox.read("mirror/golang.org/toolchain/@v/list");
    assert_eq!(
        list,
        format!("{}\n", Release::here(OLD).id().module_version())
    );
    assert_eq!(stage.last("verb")["outcome"], "findings");
}

#[test]
fn bytes_that_are_not_proved_never_become_visible() {
    let stage = stage();
    let id = Release::here(OLD).id().to_string();
    let evil = Release::here(OLD).with_file("src/fmt/print.go", "package evil\n");
    stage.world.swap_zip(&id, evil.module_zip());
    let _ = sync(&stage, &["--versions", OLD]).expect_code(5);
    assert_eq!(files(&mirror(&stage)), []);
    assert_eq!(stage.last("verb")["outcome"], "refused");
    let _ = stage.last("refused");
}

#[test]
fn a_check_says_what_is_wrong_and_whether_it_is_a_lie_or_a_gap() {
    let stage = synced();
    let folder = mirror(&stage).display().to_string();
    let whole = check(&stage, &folder).expect_code(0);
    assert_eq!(
        document(&whole, "mirror")["findings"],
        Value::Array(Vec::new())
    );
    let site = website(&mirror(&stage));
    let _ = check(&stage, &site.url()).expect_code(0);
    for (path, bytes) in files(&mirror(&stage)) {
        let name = path
            .strip_prefix(mirror(&stage))
            .unwrap()
            .display()
            .to_string();
        fs::remove_file(&path).unwrap();
        let gone = check(&stage, &folder);
        // Tiles for those who hold an older head prove no release of this folder.
        let needed = gone.code == Some(1);
        assert!(
            needed || name.contains("/tile/"),
            "{name} is gone: {}",
            gone.snapshot()
        );
        let mut bent = bytes.clone();
        if let Some(byte) = bent.get_mut(bytes.len() / 2) {
            *byte ^= 1;
            fs::write(&path, &bent).unwrap();
            let outcome = check(&stage, &folder);
            let small = [".info", ".mod", "/list"]
                .iter()
                .any(|end| name.ends_with(end));
            let expected = if small { 1 } else { 5 };
            assert!(
                outcome.code == Some(expected) || !needed || name.contains(".info"),
                "{name} is bent: {}",
                outcome.snapshot()
            );
        }
        fs::write(&path, bytes).unwrap();
    }
    let _ = check(&stage, &folder).expect_code(0);
    let _ = check(&stage, "nowhere").expect_code(2);
}

#[test]
fn a_mirror_under_an_older_head_than_ours_installs_and_says_so() {
    let stage = synced();
    let folder = mirror(&stage).display().to_string();
    stage.world.sumdb(|sumdb| sumdb.grow(70_000));
    stage.world.publish(Release::here("1.26.9"));
    let mut machine = elsewhere(&stage);
    let proxy = stage.world.proxy_url();
    machine.sandbox.set_var("GOPROXY", proxy);
    machine.install(&["1.26.9"]);
    machine.sandbox.set_var("GOPROXY", "off");
    // What joins the two is in no file of the mirror, and what is kept of it is thrown away.
    let _ = fs::remove_dir_all(machine.sandbox.goseal_home().join("sumdb/tile"));
    let outcome = machine
        .goseal(["install", OLD, "--from", &folder])
        .run()
        .expect_code(0);
    assert!(
        outcome.stdout.contains("in a tree of 300, head not joined"),
        "{}",
        outcome.snapshot()
    );
    let latest = machine.sandbox.read("goseal/sumdb/latest");
    assert_eq!(
        latest,
        stage.world.sumdb(|sumdb| sumdb.latest()),
        "it never goes back"
    );
    let _ = machine.goseal(["verify", OLD]).run().expect_code(0);
    let apart = |machine: &Stage| {
        let listed = machine.goseal(["list"]).run().expect_code(0);
        listed.stdout.matches("head not joined").count()
    };
    assert_eq!(apart(&machine), 1);
    // The next network joins it, and a seal is not written anew for that.
    let seal = |machine: &Stage| {
        let id = Release::here(OLD).id();
        machine.sandbox.read(&format!("goseal/seals/{id}/seal"))
    };
    let before = seal(&machine);
    machine.sandbox.set_var("GOPROXY", stage.world.proxy_url());
    machine.install(&[NEW]);
    assert_eq!(apart(&machine), 0);
    assert_eq!(seal(&machine), before);
}

#[test]
fn a_mirror_of_another_history_is_found_out_at_the_next_network() {
    let stage = synced();
    let folder = mirror(&stage).display().to_string();
    let mut machine = elsewhere(&stage);
    // The history that everybody else sees parts before the head of the mirror.
    stage.world.sumdb(|sumdb| sumdb.grow(70_000));
    stage.world.evil(goseal_lab::Evil::Fork { at: 290 });
    stage.world.publish(Release::here("1.26.9"));
    machine.sandbox.set_var("GOPROXY", stage.world.proxy_url());
    machine.install(&["1.26.9"]);
    machine.sandbox.set_var("GOPROXY", "off");
    let _ = fs::remove_dir_all(machine.sandbox.goseal_home().join("sumdb/tile"));
    let words = ["install", OLD, "--from", &folder];
    let _ = machine.goseal(words).run().expect_code(0);
    machine.sandbox.set_var("GOPROXY", stage.world.proxy_url());
    let _ = machine.goseal(["install", NEW]).run().expect_code(5);
    let forks = machine.sandbox.goseal_home().join("sumdb/forks");
    assert_eq!(fs::read_dir(forks).unwrap().count(), 1);
    let refused = machine.last("refused");
    assert_eq!(refused["release"], Release::here(OLD).id().to_string());
}

#[test]
fn a_killed_sync_leaves_what_the_next_one_completes() {
    let stage = stage();
    let _ = sync(&stage, &["--versions", OLD]).expect_code(0);
    let name = Lab::database_name();
    fs::remove_dir_all(mirror(&stage).join(format!("sumdb/{name}/lookup"))).unwrap();
    fs::remove_file(mirror(&stage).join("golang.org/toolchain/@v/list")).unwrap();
    let _ = sync(&stage, &["--versions", OLD]).expect_code(0);
    assert_eq!(stage.world.count("*.zip"), 1);
    let _ = check(&stage, &mirror(&stage).display().to_string()).expect_code(0);
    stage.world.fail("*.zip", Fault::Status(500), 100);
    let _ = sync(&stage, &["--versions", NEW]).expect_code(4);
    let of_new = |(path, _): &(PathBuf, Vec<u8>)| path.to_string_lossy().contains(NEW);
    assert!(!files(&mirror(&stage)).iter().any(of_new));
}

#[test]
fn a_mirror_that_gives_another_release_under_a_name_is_refused() {
    let stage = synced();
    let zip = |version: &str| {
        let version = Release::here(version).id().module_version();
        mirror(&stage).join(format!("golang.org/toolchain/@v/{version}.zip"))
    };
    fs::copy(zip(NEW), zip(OLD)).unwrap();
    let folder = mirror(&stage).display().to_string();
    let machine = elsewhere(&stage);
    let run = machine.goseal(["install", OLD, "--from", &folder]);
    let _ = run.run().expect_code(5);
    assert!(!machine.tree(OLD).exists());
    // Not even a whole mirror of it: record and zip of the one, under the name of the other.
    let lookup = |version: &str| {
        let version = Release::here(version).id().module_version();
        let name = Lab::database_name();
        mirror(&stage).join(format!(
            "sumdb/{name}/lookup/golang.org/toolchain@{version}"
        ))
    };
    fs::copy(lookup(NEW), lookup(OLD)).unwrap();
    let run = machine.goseal(["install", OLD, "--from", &folder]);
    let _ = run.run().expect_code(5);
    assert!(!machine.tree(OLD).exists());
}

#[test]
fn no_variable_makes_a_folder_believed() {
    let stage = synced();
    let evil = Release::here(OLD).with_file("src/fmt/print.go", "package evil\n");
    let version = Release::here(OLD).id().module_version();
    let zip = format!("mirror/golang.org/toolchain/@v/{version}.zip");
    stage.sandbox.file(&zip, evil.module_zip());
    let mut machine = elsewhere(&stage);
    let address = format!("file://{}", mirror(&stage).display());
    for (name, value) in [
        ("GOPROXY", address.as_str()),
        ("GOSUMDB", "off"),
        ("GONOSUMDB", "*"),
        ("GOPRIVATE", "*"),
        ("GOFLAGS", "-insecure"),
        ("GIT_HTTP_USER_AGENT", "proxy.example"),
    ] {
        machine.sandbox.set_var(name, value);
    }
    let _ = machine.goseal(["install", OLD]).run().expect_code(5);
    assert!(!machine.tree(OLD).exists());
}
