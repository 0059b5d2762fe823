//! docs/files.md says what the code reads: every key in its tables, every example as it stands.

use std::collections::BTreeSet;
use std::path::Path;

use crate::{lock, policy, project, user};

/// The part of the page below the heading of a file, up to the next heading.
fn section(file: &str) -> String {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/files.md");
    let page = std::fs::read_to_string(page).unwrap();
    let lines = page
        .lines()
        .skip_while(|line| *line != format!("## {file}"));
    let lines: Vec<&str> = lines
        .skip(1)
        .take_while(|line| !line.starts_with("## "))
        .collect();
    assert!(lines.len() > 5, "{file} has no section");
    lines.join("\n")
}

/// The first cells of the rows of a section's tables, without their head.
fn documented(section: &str) -> BTreeSet<String> {
    let cells = section.lines().filter_map(|line| line.strip_prefix("| `"));
    cells
        .filter_map(|rest| Some(rest.split_once('`')?.0.to_owned()))
        .collect()
}

/// The TOML blocks of a section.
fn examples(section: &str) -> Vec<String> {
    let blocks = section.split("```toml\n").skip(1);
    blocks
        .map(|block| block.split("```").next().unwrap().to_owned())
        .collect()
}

fn known(keys: &[&str], ledger: &[&str]) -> BTreeSet<String> {
    let plain = keys
        .iter()
        .filter(|key| **key != "ledger")
        .map(|key| (*key).to_owned());
    plain
        .chain(ledger.iter().map(|key| format!("ledger.{key}")))
        .collect()
}

/// Holds one section: its table has every key and no other, and its examples parse and show each.
fn hold(
    file: &str,
    keys: &[&str],
    ledger: &[&str],
    parse: &dyn Fn(&[u8], &Path) -> Option<String>,
) {
    let section = section(file);
    assert_eq!(
        documented(&section),
        known(keys, ledger),
        "the table of {file}"
    );
    let examples = examples(&section);
    assert!(!examples.is_empty(), "{file} has no example");
    for example in &examples {
        assert_eq!(
            parse(example.as_bytes(), Path::new(file)),
            None,
            "{example}"
        );
    }
    let shown = examples.concat();
    for key in keys.iter().chain(ledger).filter(|key| **key != "ledger") {
        let set = shown
            .lines()
            .any(|line| line.starts_with(&format!("{key} = ")));
        assert!(set, "no example of {file} shows `{key}`");
    }
}

fn fault<T>(parsed: Result<T, crate::Error>) -> Option<String> {
    parsed.err().map(|error| error.to_string())
}

#[test]
fn the_page_of_files_has_every_key_and_its_examples_are_read() {
    hold("goseal.toml", &project::KEYS, &[], &|bytes, path| {
        fault(crate::parse_project(bytes, path))
    });
    hold("goseal.lock", &lock::KEYS, &[], &|bytes, path| {
        fault(crate::parse_lock(bytes, path))
    });
    hold(
        "config.toml",
        &user::KEYS,
        &user::LEDGER_KEYS,
        &|bytes, path| fault(crate::parse_user_config(bytes, path)),
    );
    hold(
        "policy.toml",
        &policy::KEYS,
        &policy::LEDGER_KEYS,
        &|bytes, path| fault(crate::parse_policy(bytes, path)),
    );
}
