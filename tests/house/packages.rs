//! How many packages from outside there are, and which the shim may not have.

use std::collections::BTreeSet;
use std::process::Command;

use crate::{manifest, none, root};

/// Packages from outside in the shim. Measured when the limit was set: 19.
const SHIM_LIMIT: usize = 20;
/// Packages from outside in the program, on the platform at hand.
const PROGRAM_LIMIT: usize = 200;
/// Packages in Cargo.lock, ours included, for all platforms and for tests.
const LOCK_LIMIT: usize = 320;

/// What the shim never links: it starts before every Go, and everything in it is trusted.
const NOT_IN_THE_SHIM: [&str; 7] = [
    "clap",
    "tokio",
    "reqwest",
    "serde",
    "toml",
    "regex",
    "directories",
];

/// Names and versions from outside in the output of `cargo tree --prefix none`.
fn from_outside(tree: &str) -> BTreeSet<(String, String)> {
    tree.lines()
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            Some((words.next()?.to_owned(), words.next()?.to_owned()))
        })
        .filter(|(name, _)| name != "goseal" && !name.starts_with("goseal-"))
        .collect()
}

/// What of a tree the shim may not have.
fn shim_findings(packages: &BTreeSet<(String, String)>) -> Vec<String> {
    let mut findings: Vec<String> = packages
        .iter()
        .filter(|(name, _)| {
            NOT_IN_THE_SHIM
                .iter()
                .any(|banned| name == banned || name.starts_with(&format!("{banned}_")))
        })
        .map(|(name, version)| format!("the shim links {name} {version}"))
        .collect();
    findings.extend(too_many("the shim", packages.len(), SHIM_LIMIT));
    findings
}

fn too_many(what: &str, found: usize, limit: usize) -> Option<String> {
    (found > limit).then(|| format!("{what} has {found} packages, at most {limit} are allowed"))
}

fn tree(package: &str) -> BTreeSet<(String, String)> {
    let output = Command::new(env!("CARGO"))
        .current_dir(root())
        .args([
            "tree",
            "-p",
            package,
            "-e",
            "normal",
            "--prefix",
            "none",
            "--locked",
            "--offline",
        ])
        .output()
        .expect("cargo can be started");
    let (out, err) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(output.status.success(), "cargo tree -p {package}: {err}");
    from_outside(&out)
}

#[test]
fn the_shim_has_few_packages_and_none_that_parse_or_talk() {
    none(&shim_findings(&tree("goseal-shim")));
}

#[test]
fn the_program_has_at_most_200_packages_from_outside() {
    let packages = tree("goseal");
    assert!(
        packages.iter().any(|(name, _)| name == "clap"),
        "the tree was not read"
    );
    none(
        &too_many("the program", packages.len(), PROGRAM_LIMIT)
            .into_iter()
            .collect::<Vec<_>>(),
    );
}

#[test]
fn the_lock_file_has_at_most_320_packages() {
    let lock = manifest("Cargo.lock");
    let packages = lock
        .get("package")
        .and_then(toml::Value::as_array)
        .map_or(0, Vec::len);
    assert!(packages > 10, "the lock file was not read");
    none(
        &too_many("Cargo.lock", packages, LOCK_LIMIT)
            .into_iter()
            .collect::<Vec<_>>(),
    );
}

#[test]
fn a_banned_package_and_one_too_many_are_found() {
    let tree = "goseal-shim v0.1.0 (/x)\nserde_core v1.0.0\nsha2 v0.11.0\nsha2 v0.11.0 (*)\n\ntomli v1.0.0\n";
    let packages = from_outside(tree);
    assert_eq!(packages.len(), 3);
    assert_eq!(
        shim_findings(&packages),
        ["the shim links serde_core v1.0.0"]
    );
    let many = (0..=SHIM_LIMIT)
        .map(|n| (format!("p{n}"), "v1".to_owned()))
        .collect();
    assert_eq!(
        shim_findings(&many),
        ["the shim has 21 packages, at most 20 are allowed"]
    );
}
