//! The house test: what the design says about the code, held by reading the code.
//!
//! Each rule is a test with a sentence for a name. Each rule is a function from text to findings,
//! and a second test shows that the function finds a planted fault: a rule that can never fail
//! guards nothing.

mod floors;
mod fuzz;
mod lints;
mod packages;
mod sources;
mod text;

use std::path::{Path, PathBuf};
use std::process::Command;

/// The folder of the root manifest.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The text of a file of the repository; the path is relative to its root.
fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A manifest of the repository.
fn manifest(path: impl AsRef<Path>) -> toml::Table {
    let path = path.as_ref();
    read(path)
        .parse()
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every tracked file, relative to the root, with `/`; in a copy without git, every file that does
/// not lie in a `target` folder or a hidden one.
fn tracked() -> Vec<String> {
    let listed = Command::new("git")
        .arg("-C")
        .arg(root())
        .args(["ls-files", "-z"])
        .output();
    let mut files = match listed {
        Ok(output) if output.status.success() && !output.stdout.is_empty() => {
            String::from_utf8_lossy(&output.stdout)
                .split('\0')
                .filter(|name| !name.is_empty())
                .map(str::to_owned)
                .collect()
        }
        _ => walked(),
    };
    files.retain(|name| root().join(name).is_file());
    assert!(
        files.len() > 20,
        "only {} files were found in {}",
        files.len(),
        root().display()
    );
    files
}

fn walked() -> Vec<String> {
    let mut folders = vec![PathBuf::new()];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(root().join(&folder))
            .into_iter()
            .flatten()
            .flatten()
        {
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = folder.join(&name);
            let hidden = name.starts_with('.') && name != ".ci" && name != ".go-version.example";
            if entry.path().is_dir() && !hidden && name != "target" {
                folders.push(path);
            } else if entry.path().is_file() {
                files.push(path.to_string_lossy().replace('\\', "/"));
            }
        }
    }
    files
}

/// Every tracked Rust source file with its text.
fn rust_files() -> Vec<(String, String)> {
    tracked()
        .into_iter()
        .filter(|name| {
            name.rsplit_once('.')
                .is_some_and(|(_, extension)| extension == "rs")
        })
        .map(|name| (name.clone(), read(&name)))
        .collect()
}

/// Fails with every finding, one a line.
#[track_caller]
fn none(findings: &[String]) {
    assert!(
        findings.is_empty(),
        "{} findings:\n  {}",
        findings.len(),
        findings.join("\n  ")
    );
}
