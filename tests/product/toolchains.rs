//! The documents about installed toolchains.

use crate::documents::{document, json};
use crate::stage::{OLD, Stage, shown};

#[test]
fn current_holds_version_path_h1_and_evidence() {
    let stage = Stage::installed();
    let outcome = json(&stage, &["current"]);
    let current = document(&outcome, "current");
    assert_eq!(current["version"], OLD);
    assert_eq!(current["path"], stage.tree(OLD).to_str().unwrap());
    let h1 = goseal_lab::Release::here(OLD).h1().to_string();
    assert_eq!(current["h1"], h1);
    assert_eq!(current["evidence"], serde_json::json!(["sumdb"]));
    insta::assert_snapshot!(shown(&outcome), @r#"
    exit: 0
    --- stdout
    {
      "schema": "goseal.current/1",
      "version": "1.22.5",
      "platform": "[OS/ARCH]",
      "path": "[ROOT]/goseal/toolchains/go1.22.5.[PLATFORM]",
      "h1": "h1:[BASE64]",
      "evidence": [
        "sumdb"
      ],
      "installed": true,
      "chosen_by": "pin",
      "chosen_file": "[ROOT]/project/.go-version",
      "chosen_line": 1,
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
      "installed_at": "2026-01-02T03:04:05.000000002Z"
    }
    --- stderr
    "#);
}

#[test]
fn current_of_a_release_that_is_not_installed_says_so_in_the_same_fields() {
    let stage = Stage::pinned();
    insta::assert_snapshot!(shown(&json(&stage, &["current"])), @r#"
    exit: 0
    --- stdout
    {
      "schema": "goseal.current/1",
      "version": "1.22.5",
      "platform": "[OS/ARCH]",
      "path": null,
      "h1": null,
      "evidence": [],
      "installed": false,
      "chosen_by": "pin",
      "chosen_file": "[ROOT]/project/.go-version",
      "chosen_line": 1
    }
    --- stderr
    "#);
}

#[test]
#[expect(clippy::too_many_lines, reason = "the documents are long")]
fn install_list_and_uninstall() {
    let stage = Stage::pinned();
    let install = shown(&json(&stage, &["install"]));
    let again = json(&stage, &["install"]);
    assert_eq!(
        document(&again, "install")["toolchains"][0]["already"],
        true
    );
    insta::assert_snapshot!(install, @r#"
    exit: 0
    --- stdout
    {
      "schema": "goseal.install/1",
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
          "already": false,
          "database": "[WORLD]/proxy/sumdb/sumdb.lab.example"
        }
      ]
    }
    --- stderr
    "#);
    let rest: String = [
        &["list"][..],
        &["list", "--remote"],
        &["uninstall", OLD],
        &["list"],
    ]
    .map(|words| shown(&json(&stage, words)))
    .concat();
    insta::assert_snapshot!(rest, @r#"
    exit: 0
    --- stdout
    {
      "schema": "goseal.list/1",
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
          "installed_at": "2026-01-02T03:04:05.000000002Z"
        }
      ]
    }
    --- stderr
    exit: 0
    --- stdout
    {
      "schema": "goseal.list/1",
      "offered": [
        "1.22.5",
        "1.26.10"
      ],
      "served_by": "[WORLD]/proxy/golang.org/toolchain/@v/list"
    }
    --- stderr
    exit: 0
    --- stdout
    {
      "schema": "goseal.uninstall/1",
      "removed": [
        "go1.22.5.[PLATFORM]"
      ]
    }
    --- stderr
    exit: 0
    --- stdout
    {
      "schema": "goseal.list/1",
      "toolchains": []
    }
    --- stderr
    "#);
}
