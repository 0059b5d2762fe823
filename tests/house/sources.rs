//! The sizes and names of source files, and where async code may be.

use crate::floors::{imports, manifests};
use crate::{manifest, none, rust_files};

/// Lines of a source file without its tests.
const FILE_LIMIT: usize = 400;

/// Names that say nothing of what a module owns.
const EMPTY_NAMES: [&str; 8] = [
    "utils", "util", "helpers", "helper", "common", "misc", "manager", "managers",
];

/// Lines before the module of tests, or all of them.
fn lines_without_tests(text: &str) -> usize {
    let lines: Vec<&str> = text.lines().collect();
    let is_tests = |line: &str| line.starts_with("mod tests") || line.starts_with("pub mod tests");
    match lines.iter().position(|line| is_tests(line)) {
        // The attributes of the module belong to it.
        Some(at) => lines
            .iter()
            .take(at)
            .rev()
            .skip_while(|line| line.starts_with("#["))
            .count(),
        None => lines.len(),
    }
}

fn is_for_tests(path: &str) -> bool {
    path.split('/')
        .any(|part| matches!(part, "tests" | "benches" | "tests.rs"))
}

fn too_long(path: &str, text: &str) -> Option<String> {
    let lines = lines_without_tests(text);
    (!is_for_tests(path) && lines > FILE_LIMIT)
        .then(|| format!("{path} has {lines} lines without its tests, at most {FILE_LIMIT}"))
}

/// Modules of a file that have an empty name, by the file's path and by what stands in it.
fn badly_named(path: &str, text: &str) -> Vec<String> {
    let parts = path
        .split('/')
        .map(|part| part.strip_suffix(".rs").unwrap_or(part));
    let declared = text.lines().filter_map(|line| {
        let (_, rest) = line
            .trim_start()
            .split_once("mod ")
            .filter(|(before, _)| before.is_empty() || before.starts_with("pub"))?;
        rest.split(|c: char| !c.is_alphanumeric() && c != '_')
            .next()
    });
    parts
        .chain(declared)
        .filter(|name| EMPTY_NAMES.contains(name))
        .map(|name| format!("{path} names a module `{name}`"))
        .collect()
}

/// Lines of code, without comments, with their numbers.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = text.lines().enumerate().map(|(at, line)| (at + 1, line));
    lines.filter(|(_, line)| !line.trim_start().starts_with("//"))
}

/// Lints that are switched off without being expected.
fn allowed_lints(path: &str, text: &str) -> Vec<String> {
    let openings = [concat!("#[", "allow("), concat!("#![", "allow(")];
    code(text)
        .filter(|(_, line)| openings.iter().any(|opening| line.contains(opening)))
        .map(|(at, _)| format!("{path}:{at} switches a lint off; `expect` with a reason says when it is no longer needed"))
        .collect()
}

/// Whether `text` holds `word` with no letter, digit or underscore beside it.
fn holds_word(text: &str, word: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word).any(|(at, _)| {
        let before = text.get(..at).unwrap_or_default();
        let after = text.get(at + word.len()..).unwrap_or_default();
        !before.ends_with(part) && !after.starts_with(part)
    })
}

/// Async code outside of the one crate that talks to the network.
fn async_code(path: &str, text: &str) -> Vec<String> {
    if is_for_tests(path) || path.starts_with("crates/fetch/") {
        return Vec::new();
    }
    code(text)
        .filter(|(_, line)| {
            ["reqwest", "tokio", "async fn"]
                .iter()
                .any(|word| holds_word(line, word))
        })
        .map(|(at, line)| format!("{path}:{at} is for crates/fetch alone: {}", line.trim()))
        .collect()
}

#[test]
fn a_source_file_has_at_most_400_lines_without_its_tests() {
    let findings: Vec<String> = rust_files()
        .iter()
        .filter_map(|(path, text)| too_long(path, text))
        .collect();
    none(&findings);
}

#[test]
fn a_file_that_is_too_long_is_found() {
    let long = "x\n".repeat(401);
    assert!(too_long("src/a.rs", &long).is_some());
    assert!(too_long("src/a.rs", &"x\n".repeat(400)).is_none());
    assert!(too_long("crates/a/tests/b.rs", &long).is_none());
    assert!(too_long("crates/a/src/b/tests.rs", &long).is_none());
    let tested = format!(
        "{}#[cfg(test)]\n#[cfg(unix)]\nmod tests {{\n{long}}}\n",
        "x\n".repeat(400)
    );
    assert_eq!(lines_without_tests(&tested), 400);
    assert!(too_long("src/a.rs", &tested).is_none());
}

#[test]
fn a_module_is_named_after_what_it_owns() {
    let findings: Vec<String> = rust_files()
        .iter()
        .flat_map(|(path, text)| badly_named(path, text))
        .collect();
    none(&findings);
}

#[test]
fn a_module_with_an_empty_name_is_found() {
    for (path, text) in [
        ("src/utils.rs", ""),
        ("crates/common/src/lib.rs", ""),
        ("src/a.rs", "pub(crate) mod helpers {\n"),
        ("src/a.rs", "    mod misc;\n"),
    ] {
        assert_eq!(badly_named(path, text).len(), 1, "{path} {text}");
    }
    assert!(badly_named("src/commonplace.rs", "// mod utils\nlet x = \"mod utils\";").is_empty());
}

#[test]
fn no_lint_is_switched_off_silently() {
    let findings: Vec<String> = rust_files()
        .iter()
        .flat_map(|(path, text)| allowed_lints(path, text))
        .collect();
    none(&findings);
}

#[test]
fn a_lint_that_is_switched_off_is_found() {
    let text = format!(
        "fn a() {{}}\n  {}dead_code)]\n// {}x)]\n",
        concat!("#[", "allow("),
        concat!("#[", "allow(")
    );
    assert_eq!(allowed_lints("a.rs", &text).len(), 1);
}

#[test]
fn only_fetch_is_async() {
    let mut findings: Vec<String> = rust_files()
        .iter()
        .flat_map(|(path, text)| async_code(path, text))
        .collect();
    for path in manifests()
        .iter()
        .filter(|path| *path != "crates/fetch/Cargo.toml")
    {
        let wire =
            ["reqwest", "tokio"].map(|name| (name, imports(&manifest(path)).contains_key(name)));
        let held = wire.iter().filter(|(_, held)| *held);
        findings.extend(held.map(|(name, _)| format!("{path} depends on {name}")));
    }
    none(&findings);
}

#[test]
fn async_code_outside_of_fetch_is_found() {
    for line in [
        "use tokio::fs;",
        "pub async fn a() {}",
        "    reqwest::get(x)",
    ] {
        assert_eq!(async_code("crates/store/src/a.rs", line).len(), 1, "{line}");
        assert!(async_code("crates/fetch/src/a.rs", line).is_empty());
    }
    assert!(async_code("src/a.rs", "// tokio lives in fetch\nlet tokio_like = 1;").is_empty());
}
