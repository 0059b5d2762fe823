//! What no tracked file says.

use crate::{none, root, tracked};

/// Hosts of package registries, in two pieces, so that this file does not name one either. Which
/// registry is used is the reader's own configuration, never ours.
const HOSTS: [(&str, &str); 19] = [
    ("proxy.golang", ".org"),
    ("goproxy", ".io"),
    ("goproxy", ".cn"),
    ("crates", ".io"),
    ("npmjs", ".org"),
    ("npmjs", ".com"),
    ("yarnpkg", ".com"),
    ("pypi", ".org"),
    ("pythonhosted", ".org"),
    ("rubygems", ".org"),
    ("maven", ".org"),
    ("maven.apache", ".org"),
    ("nuget", ".org"),
    ("packagist", ".org"),
    ("docker", ".io"),
    ("hub.docker", ".com"),
    ("ghcr", ".io"),
    ("quay", ".io"),
    ("jsr", ".io"),
];

/// Notes that belong in an issue.
const NOTES: [(&str, &str); 3] = [("TO", "DO"), ("FIX", "ME"), ("XX", "X:")];

/// How a test says that it cannot run: `SKIPPED name: why`, through `skipped` of the lab, so that
/// `.ci/run` can repeat it. Any other form is lost among what passing tests print.
const OTHER_SKIPS: [(&str, &str); 2] = [("\"skip", "ped: "), ("\"Skip", "ped")];

/// Cargo writes the lock files, of the workspace and of the fuzz targets; they name the registry that
/// was used.
const WRITTEN_BY_CARGO: [&str; 2] = ["Cargo.lock", "fuzz/Cargo.lock"];

fn findings(path: &str, text: &str) -> Vec<String> {
    let mut findings = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let lower = line.to_ascii_lowercase();
        for host in HOSTS.map(|(name, domain)| format!("{name}{domain}")) {
            if names_host(&lower, &host) {
                findings.push(format!("{path}:{} names the registry {host}", at + 1));
            }
        }
        for note in NOTES.map(|(start, end)| format!("{start}{end}")) {
            if line.contains(&note) {
                findings.push(format!(
                    "{path}:{} holds a note that belongs in an issue",
                    at + 1
                ));
            }
        }
        for other in OTHER_SKIPS.map(|(start, end)| format!("{start}{end}")) {
            if line.contains(&other) {
                findings.push(format!(
                    "{path}:{} says in another form that a test is skipped",
                    at + 1
                ));
            }
        }
    }
    findings
}

/// Whether `line` holds `host` as a whole or as the end of a longer host name.
fn names_host(line: &str, host: &str) -> bool {
    let label = |c: char| c.is_ascii_alphanumeric() || c == '-';
    line.match_indices(host).any(|(at, _)| {
        let before = line.get(..at).unwrap_or_default();
        let after = line.get(at + host.len()..).unwrap_or_default();
        !before.ends_with(label) && !after.starts_with(label)
    })
}

#[test]
fn no_file_names_a_package_registry_or_holds_a_note_to_self() {
    let mut found = Vec::new();
    for path in tracked()
        .iter()
        .filter(|path| !WRITTEN_BY_CARGO.contains(&path.as_str()))
    {
        let bytes = std::fs::read(root().join(path)).expect("a tracked file can be read");
        if let Ok(text) = String::from_utf8(bytes) {
            found.extend(findings(path, &text));
        }
    }
    none(&found);
}

#[test]
fn a_registry_and_a_note_to_self_are_found() {
    let host = HOSTS.map(|(name, domain)| format!("{name}{domain}"));
    for host in host {
        assert_eq!(
            findings("a", &format!("x\nhttps://{host}/y")),
            [format!("a:2 names the registry {host}")]
        );
        assert_eq!(
            findings("a", &format!("static.{}", host.to_uppercase())).len(),
            1
        );
        assert!(findings("a", &format!("my{host}")).is_empty());
    }
    for note in NOTES.map(|(start, end)| format!("// {start}{end} later")) {
        assert_eq!(
            findings("a", &note),
            ["a:1 holds a note that belongs in an issue"]
        );
    }
    for skip in OTHER_SKIPS.map(|(start, end)| format!("eprintln!({start}{end}")) {
        assert_eq!(
            findings("a", &skip),
            ["a:1 says in another form that a test is skipped"]
        );
    }
    assert!(findings("a", "sum.golang.org, go.dev/dl, todo, fixme").is_empty());
}
