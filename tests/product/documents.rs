//! `--format json` of each verb: one document, with its schema's name and version first.

use goseal_lab::sandbox::Outcome;
use serde_json::Value;

use crate::stage::{NEW, OLD, Stage, shown};

/// The document, whose schema must be the verb's.
pub(crate) fn document(outcome: &Outcome, verb: &str) -> Value {
    let document: Value = serde_json::from_str(&outcome.stdout)
        .unwrap_or_else(|error| panic!("{verb}: {error}\n{}", outcome.snapshot()));
    assert_eq!(document["schema"], format!("goseal.{verb}/1"));
    let first = document.as_object().and_then(|fields| fields.keys().next());
    assert_eq!(first.map(String::as_str), Some("schema"), "{verb}");
    document
}

pub(crate) fn json(stage: &Stage, words: &[&str]) -> Outcome {
    let json = ["--format", "json"];
    let at = words
        .iter()
        .position(|word| *word == "--")
        .unwrap_or(words.len());
    let (before, after) = words.split_at(at);
    stage.goseal(before.iter().chain(&json).chain(after)).run()
}

#[test]
fn every_reporting_verb_writes_one_document_of_its_schema() {
    let stage = Stage::installed();
    for (words, verb) in [
        (&["init", "--no-profile"][..], "init"),
        (&["install"], "install"),
        (&["lock"], "lock"),
        (&["lock", "--check"], "lock"),
        (&["pin", OLD], "pin"),
        (&["pin"], "pin"),
        (&["current"], "current"),
        (&["default"], "default"),
        (&["default", OLD], "default"),
        (&["list"], "list"),
        (&["list", "--remote"], "list"),
        (&["which"], "which"),
        (&["which", "gofmt", "--published"], "which"),
        (&["env"], "env"),
        (&["explain"], "explain"),
        (&["explain", "--", "build", "-mod=mod"], "explain"),
        (&["verify"], "verify"),
        (&["verify", "--all", "--quick"], "verify"),
        (&["audit", "verify"], "audit-verify"),
        (&["audit", "show"], "audit-show"),
        (&["uninstall", OLD], "uninstall"),
    ] {
        let outcome = json(&stage, words).expect_code(0);
        document(&outcome, verb);
        assert!(outcome.stdout.ends_with("}\n"), "{words:?}");
    }
}

#[test]
fn which_init_and_default() {
    let stage = Stage::installed();
    let all: String = [
        &["which"][..],
        &["which", "--published"],
        &["init", "--no-profile", "--shell", "sh"],
        &["default"],
    ]
    .map(|words| shown(&json(&stage, words)))
    .concat();
    insta::assert_snapshot!(all, @r#"
    exit: 0
    --- stdout
    {
      "schema": "goseal.which/1",
      "path": "[ROOT]/goseal/toolchains/go1.22.5.[PLATFORM]/bin/go"
    }
    --- stderr
    exit: 0
    --- stdout
    {
      "schema": "goseal.which/1",
      "path": "[ROOT]/goseal/toolchains/go1.22.5.[PLATFORM]/pkg/goseal/go"
    }
    --- stderr
    exit: 0
    --- stdout
    {
      "schema": "goseal.init/1",
      "shims": "[ROOT]/goseal/shims",
      "written": false,
      "line": "export PATH='[ROOT]/goseal/shims':\"$PATH\"",
      "profile": null,
      "doors": []
    }
    --- stderr
    exit: 0
    --- stdout
    {
      "schema": "goseal.default/1",
      "version": null,
      "file": null
    }
    --- stderr
    there is no default: `goseal default latest` sets one
    "#);
}

#[test]
#[expect(clippy::too_many_lines, reason = "the documents are long")]
fn pin_and_lock() {
    let stage = Stage::pinned();
    crate::pins::lock_only_this_platform(&stage);
    let pinned = shown(&json(&stage, &["pin", NEW]));
    insta::assert_snapshot!(pinned, @r#"
    exit: 0
    --- stdout
    {
      "schema": "goseal.pin/1",
      "version": "1.26.10",
      "before": "1.22.5",
      "file": "[ROOT]/project/.go-version",
      "installed": false,
      "lock": {
        "path": "[ROOT]/project/goseal.lock",
        "stale": false,
        "written": true,
        "added": [
          "go1.26.10.[PLATFORM]"
        ],
        "completed": [],
        "dropped": [],
        "left_out": [],
        "index_answered": true,
        "toolchains": [
          {
            "version": "1.26.10",
            "platform": "[OS/ARCH]",
            "h1": "h1:[BASE64]",
            "sumdb": {
              "record": 233,
              "tree_size": 300,
              "tree_root": "[BASE64]"
            }
          }
        ]
      }
    }
    --- stderr
    `goseal install` installs it
    "#);
    let left_out = shown(&json(
        &stage,
        &["lock", "--check", "--platform", "linux/s390x"],
    ));
    insta::assert_snapshot!(left_out, @r#"
    exit: 1
    --- stdout
    {
      "schema": "goseal.lock/1",
      "path": "[ROOT]/project/goseal.lock",
      "stale": true,
      "written": false,
      "added": [],
      "completed": [],
      "dropped": [],
      "left_out": [
        {
          "platform": "linux/s390x",
          "reason": "the checksum database, as it was served, has no record of go1.26.10.linux-s390x",
          "named": true
        }
      ],
      "index_answered": true,
      "toolchains": [
        {
          "version": "1.26.10",
          "platform": "[OS/ARCH]",
          "h1": "h1:[BASE64]",
          "sumdb": {
            "record": 233,
            "tree_size": 300,
            "tree_root": "[BASE64]"
          }
        }
      ]
    }
    --- stderr
    "#);
}

#[test]
fn verify_names_what_differs() {
    let stage = Stage::installed();
    let good = shown(&json(&stage, &["verify"]));
    let path = stage.tree(OLD).join("src/fmt/print.go");
    let script = "chmod u+w \"$0\" && echo '// evil' >>\"$0\"";
    let run = stage
        .sandbox
        .command("/bin/sh")
        .args(["-c", script])
        .arg(path);
    let _ = run.run().expect_code(0);
    let bad = json(&stage, &["verify"]).expect_code(5);
    let found = document(&bad, "verify");
    assert_eq!(found["toolchains"][0]["good"], false);
    insta::assert_snapshot!(good, @r#"
    exit: 0
    --- stdout
    {
      "schema": "goseal.verify/1",
      "toolchains": [
        {
          "version": "1.22.5",
          "platform": "[OS/ARCH]",
          "path": "[ROOT]/goseal/toolchains/go1.22.5.[PLATFORM]",
          "h1": "h1:[BASE64]",
          "evidence": [
            "sumdb"
          ],
          "unmet": [],
          "joined": true,
          "minisign": null,
          "sumdb": {
            "record": 166,
            "tree_size": 300,
            "tree_root": "[BASE64]"
          },
          "archive": {
            "name": "v0.0.1-go1.22.5.[PLATFORM].zip",
            "sha256": "[SHA256]",
            "size": [SIZE]
          },
          "served_by": "[WORLD]/proxy/golang.org/toolchain/@v/v0.0.1-go1.22.5.[PLATFORM].zip",
          "installed_at": "2026-01-02T03:04:05.000000002Z",
          "good": true,
          "depth": "deep",
          "files": 19,
          "proof": true,
          "differences": [],
          "faults": []
        }
      ]
    }
    --- stderr
    "#);
    insta::assert_snapshot!(found["toolchains"][0]["differences"].to_string(), @r#"["changed src/fmt/print.go"]"#);
}

#[test]
fn audit_verify_and_show() {
    let stage = Stage::installed();
    let _ = stage.go(["version"]).run().expect_code(0);
    insta::assert_snapshot!(shown(&json(&stage, &["audit", "verify"])), @r#"
    exit: 0
    --- stdout
    {
      "schema": "goseal.audit-verify/1",
      "log": "[ROOT]/goseal/audit",
      "chain": "[ID]",
      "records": 5,
      "first": 0,
      "last": 4,
      "intact": true,
      "anchored": null,
      "damages": [],
      "blobs": [],
      "torn": [],
      "unended": null,
      "unknown_outcomes": []
    }
    --- stderr
    "#);
    let outcome = json(&stage, &["audit", "show", "0"]);
    let shown_record = document(&outcome, "audit-show")["records"][0].clone();
    assert_eq!(shown_record["type"], "genesis");
    // Every field as it stands in the log.
    assert_eq!(shown_record, stage.records()[0]);
}

#[test]
fn explain_holds_every_setting_with_its_reason() {
    let stage = Stage::installed();
    let words = ["explain", "--format", "json", "--", "build", "-toolexec=x"];
    let outcome = stage
        .goseal(words)
        .env("GOFLAGS", "-mod=mod")
        .run()
        .expect_code(0);
    let explained = document(&outcome, "explain");
    let settings = explained["settings"].as_array().unwrap();
    let setting = settings
        .iter()
        .find(|one| one["name"] == "GOFLAGS")
        .unwrap();
    insta::assert_snapshot!(serde_json::to_string_pretty(setting).unwrap(), @r#"
    {
      "name": "GOFLAGS",
      "value": "",
      "action": "forced",
      "by": "goseal",
      "reason": "flags leak into every command through it",
      "offered": {
        "environment": "-mod=mod",
        "go_file": null
      }
    }
    "#);
    insta::assert_snapshot!(serde_json::to_string_pretty(&explained["arguments"]).unwrap(), @r#"
    {
      "allowed": true,
      "verb": "build",
      "weakened": [
        {
          "code": "toolexec",
          "what": "-toolexec=x"
        }
      ],
      "ambiguous": [],
      "foreign_code": true
    }
    "#);
    assert!(
        settings
            .iter()
            .all(|one| one["reason"].as_str().is_some_and(|why| !why.is_empty()))
    );
}
