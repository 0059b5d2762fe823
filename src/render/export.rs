//! The lock in the words of other tools. Pure functions; what the lock does not know is said.
//!
//! An archive is exported only with its digest. The h1 is not one: it covers the files, not the
//! bytes of an archive, and no other tool than Go and goseal can check it.

use std::fmt::Write as _;

use goseal_core::lock::{LockEntry, LockedArchive};
use goseal_core::platform::Platform;
use goseal_core::release::ReleaseId;
use goseal_ops::Locked;
use serde_json::{Value, json};

use super::toolchain::position_json;
use crate::cli::Export;

/// The lock for one reader.
pub(crate) fn export_text(locked: &Locked, form: Export) -> String {
    match form {
        Export::Dockerfile => dockerfile(locked),
        Export::Env => env(locked),
        Export::Nix => nix(locked),
        Export::Bazel => bazel(locked),
        Export::Json => super::document("lock-export", export_json(locked)),
    }
}

fn head(locked: &Locked, comment: &str) -> String {
    format!(
        "{comment} Go {}, from goseal.lock: `goseal lock --export` writes it.\n",
        locked.version
    )
}

/// Entries whose archive is known, and the platforms of the others.
fn archives(locked: &Locked) -> (Vec<(&ReleaseId, &LockedArchive)>, Vec<Platform>) {
    let mut known = Vec::new();
    let mut unknown = Vec::new();
    for (id, entry) in &locked.entries {
        match &entry.archive {
            Some(archive) => known.push((id, archive)),
            None => unknown.push(id.platform),
        }
    }
    (known, unknown)
}

/// A line for each platform that an export leaves out.
fn unknown_text(unknown: &[Platform], comment: &str) -> String {
    let line = |platform: &Platform| {
        format!(
            "{comment} {platform}: goseal.lock has no digest of its archive, so it is not here.\n"
        )
    };
    unknown.iter().map(line).collect()
}

fn url(locked: &Locked, archive: &LockedArchive) -> String {
    format!("{}{}", locked.archive_base, archive.file_name)
}

/// A stage for each platform, and one that is the platform's of the build. Docker: `ADD --checksum`
/// does not unpack; `TARGETOS` and `TARGETARCH` are `BuildKit`'s.
fn dockerfile(locked: &Locked) -> String {
    let (known, unknown) = archives(locked);
    let linux = |platform: &Platform| platform.os() == "linux";
    let mut text = head(locked, "#");
    let unknown: Vec<Platform> = unknown.into_iter().filter(linux).collect();
    text.push_str(&unknown_text(&unknown, "#"));
    let known = known.iter().filter(|(id, _)| linux(&id.platform));
    let mut stages = 0;
    for (id, archive) in known {
        writeln!(
            text,
            "\nFROM scratch AS go-linux-{}\nADD --checksum=sha256:{} {} /go.tar.gz",
            id.platform.arch(),
            archive.sha256,
            url(locked, archive)
        )
        .ok();
        stages += 1;
    }
    if stages == 0 {
        text.push_str("# There is no archive for linux to be held to a digest.\n");
        return text;
    }
    text.push_str(
        "\nFROM go-${TARGETOS}-${TARGETARCH} AS go-archive\n\n\
         # In the stage that builds:\n\
         # RUN --mount=type=bind,from=go-archive,source=/go.tar.gz,target=/tmp/go.tar.gz \\\n\
         #     tar -C /usr/local -xzf /tmp/go.tar.gz\n\
         # ENV PATH=/usr/local/go/bin:$PATH GOTOOLCHAIN=local\n",
    );
    text
}

/// `GO_LINUX_AMD64_`: letters that a shell takes in a name.
fn prefix(id: &ReleaseId) -> String {
    let name = format!("GO_{}_{}", id.platform.os(), id.platform.arch());
    name.to_uppercase()
}

fn env(locked: &Locked) -> String {
    let version = locked.version;
    let mut text = head(locked, "#");
    writeln!(text, "GO_VERSION={version}\nGOTOOLCHAIN=go{version}").ok();
    for (id, entry) in &locked.entries {
        let name = prefix(id);
        writeln!(text, "{name}_H1={}", entry.h1).ok();
        match &entry.archive {
            None => writeln!(text, "# {name}_SHA256 is not known"),
            Some(archive) => writeln!(
                text,
                "{name}_URL={}\n{name}_SHA256={}",
                url(locked, archive),
                archive.sha256
            ),
        }
        .ok();
    }
    text
}

/// The name of a platform in nixpkgs, where it has one. Source: lib/systems/doubles.nix.
fn nix_system(platform: Platform) -> Option<String> {
    let processor = match platform.arch() {
        "amd64" => "x86_64",
        "arm64" => "aarch64",
        "386" => "i686",
        "arm" => "armv6l",
        "ppc64le" => "powerpc64le",
        "riscv64" => "riscv64",
        "loong64" => "loongarch64",
        "s390x" => "s390x",
        _ => return None,
    };
    let system = Some(platform.os())
        .filter(|os| ["linux", "darwin", "freebsd", "netbsd", "openbsd"].contains(os))?;
    Some(format!("{processor}-{system}"))
}

/// A function from `fetchurl` to a set; `hash` is the SRI form that nixpkgs asks for.
fn nix(locked: &Locked) -> String {
    let (known, unknown) = archives(locked);
    let mut text = head(locked, "#");
    text.push_str(&unknown_text(&unknown, "#"));
    writeln!(
        text,
        "{{ fetchurl }}:\n{{\n  version = \"{0}\";\n  gotoolchain = \"go{0}\";\n  src = {{",
        locked.version
    )
    .ok();
    for (id, archive) in known {
        let Some(system) = nix_system(id.platform) else {
            writeln!(text, "    # {}: nixpkgs has no name for it", id.platform).ok();
            continue;
        };
        writeln!(
            text,
            "    {system} = fetchurl {{\n      url = \"{}\";\n      hash = \"sha256-{}\";\n    }};",
            url(locked, archive),
            archive.sha256.to_base64()
        )
        .ok();
    }
    text.push_str("  };\n  h1 = {\n");
    for (id, entry) in &locked.entries {
        writeln!(text, "    \"{}\" = \"{}\";", id.platform, entry.h1).ok();
    }
    text.push_str("  };\n}\n");
    text
}

/// `sdks` is a dictionary of lists in a module extension: file name, then digest.
fn bazel(locked: &Locked) -> String {
    let (known, unknown) = archives(locked);
    let mut text = head(locked, "#");
    text.push_str(&unknown_text(&unknown, "#"));
    if known.is_empty() {
        text.push_str("# There is no archive to be held to a digest.\n");
        return text;
    }
    writeln!(
        text,
        "go_sdk = use_extension(\"@rules_go//go:extensions.bzl\", \"go_sdk\")\n\
         go_sdk.download(\n    version = \"{}\",\n    urls = [\"{}{{}}\"],\n    sdks = {{",
        locked.version, locked.archive_base
    )
    .ok();
    for (id, archive) in known {
        writeln!(
            text,
            "        \"{}_{}\": [\n            \"{}\",\n            \"{}\",\n        ],",
            id.platform.os(),
            id.platform.arch(),
            archive.file_name,
            archive.sha256
        )
        .ok();
    }
    text.push_str("    },\n)\n");
    text
}

fn export_json(locked: &Locked) -> Value {
    let entries: Vec<Value> = locked
        .entries
        .iter()
        .map(|(id, entry)| entry_json(locked, id, entry))
        .collect();
    json!({
        "version": locked.version.to_string(),
        "gotoolchain": format!("go{}", locked.version),
        "toolchains": entries,
    })
}

fn entry_json(locked: &Locked, id: &ReleaseId, entry: &LockEntry) -> Value {
    let archive = entry.archive.as_ref().map_or(Value::Null, |archive| {
        json!({
            "name": archive.file_name,
            "url": url(locked, archive),
            "sha256": archive.sha256.to_string(),
            "size": archive.size,
        })
    });
    json!({
        "platform": id.platform.to_string(),
        "h1": entry.h1.to_string(),
        "module": format!("golang.org/toolchain@{}", id.module_version()),
        "sumdb": position_json(entry.position.as_ref()),
        "archive": archive,
    })
}

#[cfg(test)]
mod tests {
    use goseal_core::digest::{H1, Sha256};
    use goseal_core::version::Version;

    use super::*;

    fn locked(known: bool) -> Locked {
        let entry = |text: &str, byte: u8, known: bool| {
            let id = ReleaseId::parse(&format!("go1.26.10.{text}")).unwrap();
            let archive = known.then(|| LockedArchive {
                file_name: id.archive_file_name(),
                sha256: Sha256::from_bytes([byte; 32]),
                size: Some(66_000_000),
            });
            let h1 = H1::from_sha256(Sha256::from_bytes([byte + 1; 32]));
            let position = None;
            let entry = LockEntry {
                h1,
                position,
                archive,
            };
            (id, entry)
        };
        Locked {
            path: "/p/goseal.lock".into(),
            version: Version::parse("1.26.10").unwrap(),
            entries: vec![
                entry("darwin-arm64", 0x10, known),
                entry("linux-amd64", 0x20, known),
                entry("linux-arm64", 0x30, false),
                entry("windows-amd64", 0x40, known),
            ],
            archive_base: "https://go.dev/dl/".to_owned(),
        }
    }

    #[test]
    fn a_dockerfile_holds_each_archive_to_its_digest() {
        insta::assert_snapshot!(export_text(&locked(true), Export::Dockerfile), @r"
        # Go 1.26.10, from goseal.lock: `goseal lock --export` writes it.
        # linux/arm64: goseal.lock has no digest of its archive, so it is not here.

        FROM scratch AS go-linux-amd64
        ADD --checksum=sha256:2020202020202020202020202020202020202020202020202020202020202020 https://go.dev/dl/go1.26.10.linux-amd64.tar.gz /go.tar.gz

        FROM go-${TARGETOS}-${TARGETARCH} AS go-archive

        # In the stage that builds:
        # RUN --mount=type=bind,from=go-archive,source=/go.tar.gz,target=/tmp/go.tar.gz \
        #     tar -C /usr/local -xzf /tmp/go.tar.gz
        # ENV PATH=/usr/local/go/bin:$PATH GOTOOLCHAIN=local
        ");
        insta::assert_snapshot!(export_text(&locked(false), Export::Dockerfile), @"
        # Go 1.26.10, from goseal.lock: `goseal lock --export` writes it.
        # linux/amd64: goseal.lock has no digest of its archive, so it is not here.
        # linux/arm64: goseal.lock has no digest of its archive, so it is not here.
        # There is no archive for linux to be held to a digest.
        ");
    }

    #[test]
    fn an_environment_file_names_what_is_not_known_in_a_comment() {
        insta::assert_snapshot!(export_text(&locked(true), Export::Env), @"
        # Go 1.26.10, from goseal.lock: `goseal lock --export` writes it.
        GO_VERSION=1.26.10
        GOTOOLCHAIN=go1.26.10
        GO_DARWIN_ARM64_H1=h1:ERERERERERERERERERERERERERERERERERERERERERE=
        GO_DARWIN_ARM64_URL=https://go.dev/dl/go1.26.10.darwin-arm64.tar.gz
        GO_DARWIN_ARM64_SHA256=1010101010101010101010101010101010101010101010101010101010101010
        GO_LINUX_AMD64_H1=h1:ISEhISEhISEhISEhISEhISEhISEhISEhISEhISEhISE=
        GO_LINUX_AMD64_URL=https://go.dev/dl/go1.26.10.linux-amd64.tar.gz
        GO_LINUX_AMD64_SHA256=2020202020202020202020202020202020202020202020202020202020202020
        GO_LINUX_ARM64_H1=h1:MTExMTExMTExMTExMTExMTExMTExMTExMTExMTExMTE=
        # GO_LINUX_ARM64_SHA256 is not known
        GO_WINDOWS_AMD64_H1=h1:QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE=
        GO_WINDOWS_AMD64_URL=https://go.dev/dl/go1.26.10.windows-amd64.zip
        GO_WINDOWS_AMD64_SHA256=4040404040404040404040404040404040404040404040404040404040404040
        ");
    }

    #[test]
    fn nix_gets_a_function_of_fetchurl() {
        insta::assert_snapshot!(export_text(&locked(true), Export::Nix), @r#"
        # Go 1.26.10, from goseal.lock: `goseal lock --export` writes it.
        # linux/arm64: goseal.lock has no digest of its archive, so it is not here.
        { fetchurl }:
        {
          version = "1.26.10";
          gotoolchain = "go1.26.10";
          src = {
            aarch64-darwin = fetchurl {
              url = "https://go.dev/dl/go1.26.10.darwin-arm64.tar.gz";
              hash = "sha256-EBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBA=";
            };
            x86_64-linux = fetchurl {
              url = "https://go.dev/dl/go1.26.10.linux-amd64.tar.gz";
              hash = "sha256-ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICA=";
            };
            # windows/amd64: nixpkgs has no name for it
          };
          h1 = {
            "darwin/arm64" = "h1:ERERERERERERERERERERERERERERERERERERERERERE=";
            "linux/amd64" = "h1:ISEhISEhISEhISEhISEhISEhISEhISEhISEhISEhISE=";
            "linux/arm64" = "h1:MTExMTExMTExMTExMTExMTExMTExMTExMTExMTExMTE=";
            "windows/amd64" = "h1:QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE=";
          };
        }
        "#);
    }

    #[test]
    fn bazel_gets_an_extension_of_its_module() {
        insta::assert_snapshot!(export_text(&locked(true), Export::Bazel), @r#"
        # Go 1.26.10, from goseal.lock: `goseal lock --export` writes it.
        # linux/arm64: goseal.lock has no digest of its archive, so it is not here.
        go_sdk = use_extension("@rules_go//go:extensions.bzl", "go_sdk")
        go_sdk.download(
            version = "1.26.10",
            urls = ["https://go.dev/dl/{}"],
            sdks = {
                "darwin_arm64": [
                    "go1.26.10.darwin-arm64.tar.gz",
                    "1010101010101010101010101010101010101010101010101010101010101010",
                ],
                "linux_amd64": [
                    "go1.26.10.linux-amd64.tar.gz",
                    "2020202020202020202020202020202020202020202020202020202020202020",
                ],
                "windows_amd64": [
                    "go1.26.10.windows-amd64.zip",
                    "4040404040404040404040404040404040404040404040404040404040404040",
                ],
            },
        )
        "#);
        insta::assert_snapshot!(export_text(&locked(false), Export::Bazel), @"
        # Go 1.26.10, from goseal.lock: `goseal lock --export` writes it.
        # darwin/arm64: goseal.lock has no digest of its archive, so it is not here.
        # linux/amd64: goseal.lock has no digest of its archive, so it is not here.
        # linux/arm64: goseal.lock has no digest of its archive, so it is not here.
        # windows/amd64: goseal.lock has no digest of its archive, so it is not here.
        # There is no archive to be held to a digest.
        ");
    }

    #[test]
    fn json_has_everything_and_null_for_what_is_not_known() {
        insta::assert_snapshot!(export_text(&locked(true), Export::Json), @r#"
        {
          "schema": "goseal.lock-export/1",
          "version": "1.26.10",
          "gotoolchain": "go1.26.10",
          "toolchains": [
            {
              "platform": "darwin/arm64",
              "h1": "h1:ERERERERERERERERERERERERERERERERERERERERERE=",
              "module": "golang.org/toolchain@v0.0.1-go1.26.10.darwin-arm64",
              "sumdb": null,
              "archive": {
                "name": "go1.26.10.darwin-arm64.tar.gz",
                "url": "https://go.dev/dl/go1.26.10.darwin-arm64.tar.gz",
                "sha256": "1010101010101010101010101010101010101010101010101010101010101010",
                "size": 66000000
              }
            },
            {
              "platform": "linux/amd64",
              "h1": "h1:ISEhISEhISEhISEhISEhISEhISEhISEhISEhISEhISE=",
              "module": "golang.org/toolchain@v0.0.1-go1.26.10.linux-amd64",
              "sumdb": null,
              "archive": {
                "name": "go1.26.10.linux-amd64.tar.gz",
                "url": "https://go.dev/dl/go1.26.10.linux-amd64.tar.gz",
                "sha256": "2020202020202020202020202020202020202020202020202020202020202020",
                "size": 66000000
              }
            },
            {
              "platform": "linux/arm64",
              "h1": "h1:MTExMTExMTExMTExMTExMTExMTExMTExMTExMTExMTE=",
              "module": "golang.org/toolchain@v0.0.1-go1.26.10.linux-arm64",
              "sumdb": null,
              "archive": null
            },
            {
              "platform": "windows/amd64",
              "h1": "h1:QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE=",
              "module": "golang.org/toolchain@v0.0.1-go1.26.10.windows-amd64",
              "sumdb": null,
              "archive": {
                "name": "go1.26.10.windows-amd64.zip",
                "url": "https://go.dev/dl/go1.26.10.windows-amd64.zip",
                "sha256": "4040404040404040404040404040404040404040404040404040404040404040",
                "size": 66000000
              }
            }
          ]
        }
        "#);
    }
}
