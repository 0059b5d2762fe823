//! `verify --tree`: any Go on the machine, whoever put it there; and what puts an installed one back.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use goseal_core::manifest::EntryName;
use goseal_lab::sandbox::Outcome;
use goseal_lab::{ALWAYS, Evil, Fault, Release, World};
use serde_json::Value;

use crate::stage::{OLD, Stage, shown};

/// Lays a release out as its archive would be unpacked, without goseal.
fn unpacked(stage: &Stage, release: &Release) -> PathBuf {
    for (name, bytes) in release.files() {
        stage.sandbox.file(&format!("usr/go/{name}"), bytes);
    }
    stage.sandbox.root().join("usr/go")
}

fn verify(stage: &Stage, root: &Path) -> Outcome {
    let run = stage.goseal(["verify", "--tree"]).arg(root);
    run.env("GOSEAL_LAB_WIRE", "quick").run()
}

fn document(stage: &Stage, root: &Path) -> Value {
    let run = stage.goseal(["verify", "--format", "json", "--tree"]);
    let outcome = run.arg(root).env("GOSEAL_LAB_WIRE", "quick").run();
    let mut document: Value = serde_json::from_str(&outcome.stdout)
        .unwrap_or_else(|error| panic!("{error}\n{}", outcome.snapshot()));
    assert_eq!(document["schema"], "goseal.verify/1");
    document["trees"][0].take()
}

#[test]
fn a_tree_from_an_archive_is_as_published_and_what_no_h1_covers_is_said() {
    let stage = Stage::new();
    let root = unpacked(&stage, &Release::here(OLD));
    let before = stage.sandbox.snapshot_of_places();
    let found = verify(&stage, &root);
    insta::assert_snapshot!(shown(&found), @r"
    exit: 0
    --- stdout
    [ROOT]/usr/go: go1.22.5 [OS/ARCH] is as published
      files      19
      not judged 4 files in api, doc, misc and test, which no h1 covers
      h1         h1:[BASE64]
      record     166 in a tree of 300, served by [WORLD]/proxy/sumdb/sumdb.lab.example
    --- stderr
    ");
    before.assert_unchanged_except(&[
        "goseal/audit",
        "goseal/keys",
        "goseal/sumdb",
        "goseal/locks",
    ]);
    assert_eq!(stage.world.count("*.zip"), 0, "the h1 alone decides");
    let record = stage.last("verified");
    assert_eq!(record["outcome"], "ok");
    assert_eq!(record["depth"], "deep");
    assert!(
        record["source"].as_str().unwrap().ends_with("usr/go"),
        "{record}"
    );
}

/// A tree that differs in every way that can be named.
fn spoiled(stage: &Stage) -> PathBuf {
    let root = unpacked(stage, &Release::here(OLD));
    let env = root.join("go.env");
    let text = fs::read_to_string(&env).unwrap();
    fs::write(&env, text + "GOFLAGS=-mod=mod\n").unwrap();
    let compile = tool(&root, "compile");
    let mut bytes = fs::read(&compile).unwrap();
    bytes[7] ^= 1;
    fs::write(&compile, bytes).unwrap();
    fs::remove_file(root.join("src/runtime/proc.go")).unwrap();
    for name in ["asm", "link"] {
        fs::remove_file(tool(&root, name)).unwrap();
    }
    fs::write(root.join("src/evil.go"), "package evil\n").unwrap();
    fs::write(root.join("README"), "mine\n").unwrap();
    fs::write(root.join("test/extra.go"), "nobody judges this\n").unwrap();
    symlink("../evil", root.join("src/link")).unwrap();
    root
}

#[test]
fn a_tree_that_differs_is_told_file_by_file_and_line_by_line() {
    let stage = Stage::new();
    let root = spoiled(&stage);
    let before = stage.sandbox.snapshot_of_places();
    let found = verify(&stage, &root);
    let tools = tool(Path::new(""), "");
    let text = shown(&found).replace(tools.to_str().unwrap(), "pkg/tool/[OS_ARCH]/");
    insta::assert_snapshot!(text, @r"
    exit: 5
    --- stdout
    [ROOT]/usr/go: go1.22.5 [OS/ARCH] differs from what was published
      go.env differs: line 4 added
      pkg/tool/[OS_ARCH]/compile differs: sha256 [SHA256] (40000 bytes), published [SHA256] (40000 bytes)
      2 files missing under pkg/tool
        pkg/tool/[OS_ARCH]/asm
        pkg/tool/[OS_ARCH]/link
      1 file missing under src/runtime
        src/runtime/proc.go
      1 file that was never published
        README
      1 file that was never published under src
        src/evil.go
      src/link is a symbolic link
      files      18
      not judged 5 files in api, doc, misc and test, which no h1 covers
      h1         h1:[BASE64]
      published  h1:[BASE64]
      record     166 in a tree of 300, served by [WORLD]/proxy/sumdb/sumdb.lab.example
    --- stderr
    ");
    let traces = [
        "goseal/audit",
        "goseal/keys",
        "goseal/sumdb",
        "goseal/locks",
        "goseal/staging",
    ];
    before.assert_unchanged_except(&traces);
    assert!(!stage.tree(OLD).exists(), "nothing was installed");
    let record = stage.last("verified");
    assert_eq!(
        (&record["outcome"], &record["differences"]),
        (&"findings".into(), &"8".into())
    );
    let tree = document(&stage, &root);
    assert_eq!(tree["differences"]["missing"].as_array().unwrap().len(), 3);
    assert_eq!(tree["differences"]["changed"][0]["name"], "go.env");
    let line = &tree["differences"]["changed"][0]["lines"][0];
    assert_eq!((&line["act"], &line["first"]), (&"added".into(), &4.into()));
    assert_eq!(tree["not_judged"], 5);
}

fn tool(root: &Path, name: &str) -> PathBuf {
    let platform = Release::here(OLD).id().platform;
    root.join(format!(
        "pkg/tool/{}_{}/{name}",
        platform.os(),
        platform.arch()
    ))
}

#[test]
fn many_files_are_counted_by_folder_and_all_of_them_are_in_the_document() {
    let mut release = Release::here(OLD);
    for n in 0..12 {
        release = release.with_file(&format!("src/many/a{n}.go"), "package many\n");
    }
    let stage = Stage::serving([release.clone()]);
    let root = unpacked(&stage, &release);
    fs::remove_dir_all(root.join("src/many")).unwrap();
    let found = verify(&stage, &root).expect_code(5);
    assert!(
        found.stdout.contains("  12 files missing under src/many\n"),
        "{}",
        found.stdout
    );
    assert!(!found.stdout.contains("a7.go"), "{}", found.stdout);
    let tree = document(&stage, &root);
    assert_eq!(tree["differences"]["missing"].as_array().unwrap().len(), 12);
}

#[test]
fn where_the_zip_cannot_be_had_the_tree_differs_and_that_is_said() {
    let stage = Stage::new();
    let root = unpacked(&stage, &Release::here(OLD).with_file("go.env", "x\n"));
    let zip = World::zip_path(&Release::here(OLD).id().to_string());
    stage.world.fail(&zip, Fault::Status(404), ALWAYS);
    let found = verify(&stage, &root).expect_code(5);
    assert!(
        found.stdout.contains("differs from what was published\n"),
        "{}",
        found.stdout
    );
    assert!(
        found.stdout.contains("which files differ is not known: "),
        "{}",
        found.stdout
    );
    assert_eq!(stage.last("verified")["outcome"], "findings");

    // A source that lies about the release is no reason to believe the tree.
    stage.world.repent();
    let evil = Release::here(OLD).with_file("src/evil.go", "package evil\n");
    stage
        .world
        .swap_zip(&Release::here(OLD).id().to_string(), evil.module_zip());
    let found = verify(&stage, &root).expect_code(5);
    assert!(
        found.stdout.contains("which files differ is not known: "),
        "{}",
        found.stdout
    );
    assert_eq!(
        stage.of_type("refused").len(),
        1,
        "the source's lie is on record"
    );
}

#[test]
fn a_database_that_lies_or_is_away_is_no_verdict_and_on_record() {
    for (evil, code, outcome) in [(Some(Evil::WrongH1), 5, "refused"), (None, 4, "failed")] {
        let stage = Stage::new();
        let root = unpacked(&stage, &Release::here(OLD));
        match evil {
            Some(evil) => stage.world.evil(evil),
            None => stage
                .world
                .fail("/proxy/sumdb/*", Fault::Status(500), ALWAYS),
        }
        let found = verify(&stage, &root).expect_code(code);
        assert_eq!(found.stdout, "");
        assert_eq!(stage.last("verified")["outcome"], outcome);
    }
}

#[test]
fn an_installed_tree_is_judged_by_its_published_names_and_its_doors_are_ours() {
    let stage = Stage::installed();
    let root = stage.tree(OLD);
    let found = verify(&stage, &root).expect_code(0);
    assert!(found.stdout.contains("is as published"), "{}", found.stdout);
    let bin = root.join("bin");
    for folder in [&root, &bin] {
        fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).unwrap();
    }
    fs::remove_file(bin.join("gofmt")).unwrap();
    fs::remove_file(bin.join("go")).unwrap();
    fs::write(bin.join("go"), "#!/bin/sh\necho evil\n").unwrap();
    let found = verify(&stage, &root).expect_code(5);
    assert!(
        found.stdout.contains("the door bin/go is not the one"),
        "{}",
        found.stdout
    );
    assert!(
        found.stdout.contains("the door bin/gofmt is missing"),
        "{}",
        found.stdout
    );
    let _ = stage.goseal(["verify"]).run().expect_code(5);
}

#[test]
fn a_tree_of_another_platform_is_named_by_hand() {
    let here = Release::here(OLD).id().platform.to_string();
    let other = if here == "linux/arm64" {
        "linux/amd64"
    } else {
        "linux/arm64"
    };
    let release = Release::new(OLD, other);
    let stage = Stage::serving([release.clone()]);
    let root = unpacked(&stage, &release);
    // By its layout first.
    let _ = verify(&stage, &root).expect_code(0);
    let named = |platform: &str| {
        let words = ["verify", "--platform", platform, "--tree"];
        stage.goseal(words).arg(&root).run()
    };
    let _ = named(other).expect_code(0);
    let wrong = named(&here).expect_code(4);
    assert!(
        wrong.stderr.contains("has no record of"),
        "{}",
        wrong.stderr
    );
    let _ = named("plan9").expect_code(2);
    fs::remove_dir_all(root.join("pkg/tool")).unwrap();
    let unsaid = verify(&stage, &root).expect_code(2);
    assert!(unsaid.stderr.contains("--platform"), "{}", unsaid.stderr);
}

#[test]
fn names_in_a_strange_tree_move_no_cursor() {
    let stage = Stage::new();
    let root = unpacked(&stage, &Release::here(OLD));
    fs::write(root.join("src/\u{1b}[2Jevil.go"), "x").unwrap();
    symlink("/", root.join("src/\nlink")).unwrap();
    let found = verify(&stage, &root).expect_code(5);
    assert!(!found.stdout.contains('\u{1b}'), "{:?}", found.stdout);
    assert!(EntryName::parse("src/\u{1b}[2Jevil.go").is_err());
    assert!(
        found
            .stdout
            .contains("evil.go is no file that a release has"),
        "{}",
        found.stdout
    );
}

/// Ways in which an installed tree, or what is kept of it, can be damaged.
fn damage(stage: &Stage, how: &str) {
    let script = match how {
        "a file" => "chmod u+w src/fmt src/fmt/print.go && echo evil >>src/fmt/print.go",
        "an executable" => "chmod u+w pkg/goseal/go && echo evil >>pkg/goseal/go",
        "a file less" => "chmod u+w src && rm src/go.mod",
        "a file more" => "chmod u+w src && echo x >src/evil.go",
        "a door" => "chmod u+w bin && rm bin/go && echo x >bin/go",
        "a link" => "chmod u+w src && ln -s / src/l",
        "a mode" => "chmod 666 src/go.mod",
        "the seal" => "cd ../../seals/go*; chmod u+w . seal; sed -i s/size/SIZE/ seal",
        "the proof" => "cd ../../seals/go*; chmod u+w . proof; echo >>proof",
        "the manifest" => "cd ../../seals/go*; chmod u+w . manifest; echo >>manifest",
        other => panic!("{other}"),
    };
    let shell = stage.sandbox.command("/bin/sh").args(["-ec", script]);
    let _ = shell.cwd(stage.tree(OLD)).run().expect_code(0);
}

const DAMAGES: [&str; 10] = [
    "a file",
    "an executable",
    "a file less",
    "a file more",
    "a door",
    "a link",
    "a mode",
    "the seal",
    "the proof",
    "the manifest",
];

#[test]
fn a_repair_puts_back_whatever_differs_and_go_runs_again() {
    for how in DAMAGES {
        let stage = Stage::installed();
        damage(&stage, how);
        let _ = stage.goseal(["verify"]).run().expect_code(5);
        let repaired = stage.goseal(["verify", "--repair"]).run();
        assert_eq!(repaired.code, Some(0), "{how}\n{}", repaired.snapshot());
        assert!(
            repaired.stdout.contains("as published"),
            "{how}\n{}",
            repaired.stdout
        );
        let _ = stage.goseal(["verify"]).run().expect_code(0);
        let _ = stage.go(["build", "./..."]).run().expect_code(0);
        let left = fs::read_dir(stage.sandbox.goseal_home().join("staging")).unwrap();
        assert_eq!(left.count(), 0, "{how}");
        assert_eq!(stage.of_type("install_started").len(), 2, "{how}");
        assert_eq!(stage.of_type("installed").len(), 2, "{how}");
    }
}

#[test]
fn a_repair_says_what_differed_and_a_good_tree_is_left_alone() {
    let stage = Stage::installed();
    damage(&stage, "a file");
    let repaired = stage.goseal(["verify", "--repair", OLD]).run();
    let again = stage.goseal(["verify", "--repair"]).run();
    insta::assert_snapshot!(shown(&repaired) + &shown(&again), @r"
    exit: 0
    --- stdout
    go1.22.5.[PLATFORM]: restored; there were 2 differences
      changed src/fmt/print.go
      src/fmt/print.go has other permissions than it was installed with
    go1.22.5.[PLATFORM]: as published (deep: 19 files, h1:[BASE64], stored proof holds)
    --- stderr
    exit: 0
    --- stdout
    go1.22.5.[PLATFORM]: as published (deep: 19 files, h1:[BASE64], stored proof holds)
    --- stderr
    ");
    assert_eq!(stage.of_type("installed").len(), 2);
}

#[test]
fn a_folder_with_the_zip_alone_repairs_without_a_network_and_keeps_the_proof() {
    let mut stage = Stage::installed();
    damage(&stage, "an executable");
    let id = Release::here(OLD).id().to_string();
    let zip = format!("mirror/golang.org/toolchain/@v/v0.0.1-{id}.zip");
    stage.sandbox.file(&zip, Release::here(OLD).module_zip());
    let kept = |name: &str| stage.sandbox.read(&format!("goseal/seals/{id}/{name}"));
    let proof = kept("proof");
    let sumdb = |seal: &str| {
        let line = seal.lines().find(|line| line.starts_with("sumdb "));
        line.unwrap().to_owned()
    };
    let position = sumdb(&kept("seal"));
    stage
        .sandbox
        .set_var("GOPROXY", goseal_lab::sandbox::DEAD_PROXY);
    let folder = stage.sandbox.root().join("mirror");
    let run = stage.goseal(["verify", "--repair", "--from"]).arg(folder);
    let _ = run.run().expect_code(0);
    let kept = |name: &str| stage.sandbox.read(&format!("goseal/seals/{id}/{name}"));
    assert_eq!((kept("proof"), sumdb(&kept("seal"))), (proof, position));
    let _ = stage.go(["version"]).run().expect_code(0);
}

#[test]
fn a_repair_from_a_lying_source_changes_nothing() {
    let stage = Stage::installed();
    damage(&stage, "a file");
    let evil = Release::here(OLD).with_file("src/evil.go", "package evil\n");
    stage
        .world
        .swap_zip(&Release::here(OLD).id().to_string(), evil.module_zip());
    let before = stage.sandbox.snapshot_of_places();
    let refused = stage.goseal(["verify", "--repair"]).run().expect_code(5);
    assert!(
        refused.stderr.contains("not to be trusted"),
        "{}",
        refused.stderr
    );
    // The look before the repair found the tree changed, which the next build is to know.
    before.assert_unchanged_except(&[
        "goseal/audit",
        "goseal/locks",
        "goseal/staging",
        "goseal/stamps",
    ]);
    assert_eq!(stage.of_type("refused").len(), 1);
}

#[test]
fn a_reader_of_the_tree_always_finds_a_whole_one_while_it_is_repaired() {
    let stage = Stage::installed();
    let root = stage.tree(OLD);
    let done = AtomicBool::new(false);
    // Files that a rename in two steps would take away for a moment.
    let is_whole = || {
        let files = ["VERSION", "bin/go", "src/runtime/proc.go"];
        files.iter().all(|name| root.join(name).is_file())
    };
    let look = || {
        let mut looks = 0_u32;
        while !done.load(Ordering::Relaxed) {
            assert!(is_whole());
            looks += 1;
        }
        looks
    };
    std::thread::scope(|scope| {
        let reader = scope.spawn(look);
        for _ in 0..3 {
            damage(&stage, "an executable");
            let repaired = stage.goseal(["verify", "--repair"]).run();
            assert_eq!(repaired.code, Some(0), "{}", repaired.snapshot());
        }
        done.store(true, Ordering::Relaxed);
        assert!(reader.join().unwrap() > 100);
    });
}
