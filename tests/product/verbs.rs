//! The text of each verb, as people see it.

use std::fs;

use goseal_lab::Release;

use crate::stage::{NEW, OLD, Stage, shown};

#[test]
fn install_says_what_was_installed_and_why_it_is_believed() {
    let stage = Stage::pinned();
    let first = stage.goseal(["install"]).run();
    let again = stage.goseal(["install"]).run();
    insta::assert_snapshot!(shown(&first) + &shown(&again), @"
    exit: 0
    --- stdout
    go1.22.5 installed in [ROOT]/goseal/toolchains/go1.22.5.[PLATFORM]
      h1         h1:[BASE64]
      evidence   sumdb (record 166 in a tree of 300)
      served by  [WORLD]/proxy/golang.org/toolchain/@v/v0.0.1-go1.22.5.[PLATFORM].zip
      database   [WORLD]/proxy/sumdb/sumdb.lab.example
      without    api, doc, misc and test, which the h1 does not cover
    --- stderr
    exit: 0
    --- stdout
    go1.22.5 is installed in [ROOT]/goseal/toolchains/go1.22.5.[PLATFORM]
      h1         h1:[BASE64]
      evidence   sumdb (record 166 in a tree of 300)
      served by  [WORLD]/proxy/golang.org/toolchain/@v/v0.0.1-go1.22.5.[PLATFORM].zip
      without    api, doc, misc and test, which the h1 does not cover
    --- stderr
    ");
}

#[test]
fn install_takes_several_releases() {
    let stage = Stage::pinned();
    let both = stage.goseal(["install", OLD, NEW]).run().expect_code(0);
    assert_eq!(
        both.stdout.matches("  h1         ").count(),
        2,
        "{}",
        both.stdout
    );
    assert!(stage.tree(OLD).is_dir() && stage.tree(NEW).is_dir());
}

#[test]
fn list_names_what_is_installed_and_what_is_offered() {
    let stage = Stage::installed();
    let list = stage.goseal(["list"]).run();
    let remote = stage.goseal(["list", "--remote"]).run();
    insta::assert_snapshot!(shown(&list) + &shown(&remote), @"
    exit: 0
    --- stdout
    go1.22.5.[PLATFORM] [SIZE] -          h1:[BASE64] sumdb (record 166 in a tree of 300)
    --- stderr
    exit: 0
    --- stdout
    1.22.5
    1.26.10
    --- stderr
    by the release index [WORLD]/dl/
    ");
}

#[test]
fn current_says_which_release_and_why() {
    let stage = Stage::pinned();
    let before = stage.goseal(["current"]).run();
    stage.install(&[]);
    let after = stage.goseal(["current"]).run();
    insta::assert_snapshot!(shown(&before) + &shown(&after), @"
    exit: 0
    --- stdout
    go1.22.5 for [OS/ARCH]
      chosen by  pin [ROOT]/project/.go-version:1
      path       not installed: `goseal install`
    --- stderr
    exit: 0
    --- stdout
    go1.22.5 for [OS/ARCH]
      chosen by  pin [ROOT]/project/.go-version:1
      path       [ROOT]/goseal/toolchains/go1.22.5.[PLATFORM]
      h1         h1:[BASE64]
      evidence   sumdb (record 166 in a tree of 300)
      served by  [WORLD]/proxy/golang.org/toolchain/@v/v0.0.1-go1.22.5.[PLATFORM].zip
      without    api, doc, misc and test, which the h1 does not cover
    --- stderr
    ");
}

#[test]
fn which_prints_the_door_and_the_published_executable_is_a_record() {
    let stage = Stage::installed();
    let (tree, before) = (stage.tree(OLD), stage.records().len());
    for (words, place) in [
        (&["which"][..], "bin/go"),
        (&["which", "go"], "bin/go"),
        (&["which", "gofmt"], "bin/gofmt"),
    ] {
        let outcome = stage.goseal(words).run().expect_code(0);
        assert_eq!(outcome.stdout, format!("{}\n", tree.join(place).display()));
    }
    assert_eq!(stage.records().len(), before);
    let published = stage.goseal(["which", "--published"]).run().expect_code(0);
    let path = tree.join("pkg/goseal/go");
    assert_eq!(published.stdout, format!("{}\n", path.display()));
    let bytes = fs::read(path).unwrap();
    assert_eq!(Some(&bytes), Release::here(OLD).files().get("bin/go"));
    assert_eq!(stage.records().len(), before + 1);
    let record = stage.last("verb");
    assert_eq!(
        (&record["verb"], &record["outcome"]),
        (&"which".into(), &"ok".into())
    );
}

#[test]
fn which_of_a_release_that_is_not_installed_is_6_with_the_command_that_installs_it() {
    let stage = Stage::pinned();
    insta::assert_snapshot!(shown(&stage.goseal(["which"]).run()), @"
    exit: 6
    --- stdout
    --- stderr
    error: go1.22.5.[PLATFORM] is not installed
    hint: `goseal install 1.22.5` installs it
    ");
}

#[test]
fn verify_recomputes_a_tree_deeply_and_quickly() {
    let stage = Stage::installed();
    stage.install(&[NEW]);
    let deep = stage.goseal(["verify", "--deep", OLD]).run();
    let quick = stage.goseal(["verify", "--quick"]).run();
    let all = stage.goseal(["verify", "--all"]).run();
    insta::assert_snapshot!(shown(&deep) + &shown(&quick) + &shown(&all), @r"
    exit: 0
    --- stdout
    go1.22.5.[PLATFORM]: as published (deep: 19 files, h1:[BASE64], stored proof holds)
    --- stderr
    exit: 0
    --- stdout
    go1.22.5.[PLATFORM]: executables as published (quick: 6 files)
    --- stderr
    exit: 0
    --- stdout
    go1.22.5.[PLATFORM]: as published (deep: 19 files, h1:[BASE64], stored proof holds)
    go1.26.10.[PLATFORM]: as published (deep: 19 files, h1:[BASE64], stored proof holds)
    --- stderr
    ");
    assert_eq!(stage.of_type("verified").len(), 4);
    // The next run's record says when the last deep look was.
    let seq: u64 = stage.of_type("verified")[2]["seq"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    let _ = stage.go(["version"]).run().expect_code(0);
    assert_eq!(stage.last("start")["deep_seq"], seq.to_string());
}

#[test]
fn verify_names_every_file_that_differs_and_ends_with_5() {
    let stage = Stage::installed();
    let script = "chmod u+w src/fmt src/fmt/print.go . LICENSE src && echo evil >>src/fmt/print.go && rm LICENSE && echo x >src/extra.go && \
                  chmod 444 src/fmt/print.go src/extra.go && chmod 555 src/fmt src .";
    let run = stage
        .sandbox
        .command("/bin/sh")
        .args(["-c", script])
        .cwd(stage.tree(OLD));
    let _ = run.run().expect_code(0);
    let found = stage.goseal(["verify"]).run();
    insta::assert_snapshot!(shown(&found), @"
    exit: 5
    --- stdout
    go1.22.5.[PLATFORM]: 3 differences from what was published (deep)
      missing LICENSE
      extra   src/extra.go
      changed src/fmt/print.go
    --- stderr
    ");
    let record = stage.last("verified");
    assert_eq!(record["outcome"], "findings");
}

#[test]
fn uninstall_removes_a_tree_and_the_next_run_is_127() {
    let stage = Stage::installed();
    let removed = stage.goseal(["uninstall", OLD]).run();
    let again = stage.goseal(["uninstall", OLD]).run();
    insta::assert_snapshot!(shown(&removed) + &shown(&again), @"
    exit: 0
    --- stdout
    go1.22.5.[PLATFORM] is removed
    --- stderr
    exit: 6
    --- stdout
    --- stderr
    error: go1.22.5.[PLATFORM] is not installed
    hint: `goseal list` shows what is installed
    ");
    assert!(!stage.tree(OLD).exists());
    let verbs = stage.of_type("verb");
    assert_eq!(
        (&verbs[0]["verb"], &verbs[0]["outcome"]),
        (&"uninstall".into(), &"ok".into())
    );
    let _ = stage.go(["version"]).run().expect_code(127);
    stage.install(&[]);
    let _ = stage.go(["version"]).run().expect_code(0);
}

#[test]
fn audit_show_and_verify_are_for_people() {
    let stage = Stage::installed();
    let _ = stage.go(["version"]).run().expect_code(0);
    let verdict = stage.goseal(["audit", "verify"]).run();
    insta::assert_snapshot!(shown(&verdict), @"
    exit: 0
    --- stdout
    log       [ROOT]/goseal/audit
    chain     [ID]
    records   5, 0 to 4
    anchored  none
    verdict   intact: every record is whole and follows the one before
              self-consistent only: nothing is anchored outside this account, so a cut tail or a log computed anew would not show
    --- stderr
    ");
    let one = stage.goseal(["audit", "show", "2"]).run();
    insta::assert_snapshot!(shown(&one), @r#"
    exit: 0
    --- stdout
         2  2026-01-02T03:04:05.000000003Z  installed
            run          [ID]
            release      go1.22.5.[PLATFORM]
            h1           h1:[BASE64]
            evidence     sumdb
            sumdb        {"record":"166","size":"300","root":"[SHA256]"}
            source       [WORLD]/proxy/golang.org/toolchain/@v/v0.0.1-go1.22.5.[PLATFORM].zip
            archive      [ARCHIVE]
            redaction    {"rules":1,"count":0}
    --- stderr
    "#);
    let last = stage
        .goseal(["audit", "show", "--last", "2"])
        .run()
        .expect_code(0);
    assert!(
        last.stdout.contains("  end\n") && last.stdout.contains("  verb\n"),
        "{}",
        last.stdout
    );
    assert_eq!(stage.last("verb")["verb"], "audit show");
}
