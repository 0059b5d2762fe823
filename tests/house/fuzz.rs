//! The fuzz targets, which no test builds: each is named, says what holds, and has seeds.

use std::collections::BTreeMap;

use crate::{manifest, none, read, root, tracked};

/// Bytes of one seed: they are read by people.
const SEED_LIMIT: u64 = 16 * 1024;

/// The targets of the fuzz crate's manifest: name and path below `fuzz/`.
fn named(manifest: &toml::Table) -> BTreeMap<String, String> {
    let bins = manifest.get("bin").and_then(toml::Value::as_array);
    let text = |bin: &toml::Value, key: &str| Some(bin.get(key)?.as_str()?.to_owned());
    bins.into_iter()
        .flatten()
        .filter_map(|bin| Some((text(bin, "name")?, text(bin, "path")?)))
        .collect()
}

/// What is wrong with the targets: `files` are the names in `targets/` with their texts, `seeds`
/// how many each has.
fn findings(
    named: &BTreeMap<String, String>,
    files: &BTreeMap<String, String>,
    seeds: &BTreeMap<String, usize>,
) -> Vec<String> {
    let mut findings = Vec::new();
    for (name, text) in files {
        if named.get(name) != Some(&format!("targets/{name}.rs")) {
            findings.push(format!("fuzz/Cargo.toml does not name targets/{name}.rs"));
        }
        if !text.starts_with("//! ") {
            findings.push(format!("fuzz/targets/{name}.rs does not say what holds"));
        }
        if !text.contains("assert") && !text.contains("check_unpack") {
            findings.push(format!("fuzz/targets/{name}.rs holds nothing"));
        }
        if !seeds.contains_key(name) {
            findings.push(format!("fuzz/seeds/{name} is empty"));
        }
    }
    let gone = named
        .keys()
        .chain(seeds.keys())
        .filter(|name| !files.contains_key(*name));
    findings.extend(gone.map(|name| format!("there is no fuzz/targets/{name}.rs")));
    findings
}

#[test]
fn every_fuzz_target_is_named_holds_something_and_has_seeds() {
    let (mut files, mut seeds) = (BTreeMap::new(), BTreeMap::new());
    for path in tracked() {
        let target = path.strip_prefix("fuzz/targets/");
        if let Some(name) = target.and_then(|name| name.strip_suffix(".rs")) {
            files.insert(name.to_owned(), read(&path));
        }
        let seed = path.strip_prefix("fuzz/seeds/");
        if let Some((name, _)) = seed.and_then(|seed| seed.split_once('/')) {
            *seeds.entry(name.to_owned()).or_insert(0) += 1;
            let about = std::fs::metadata(root().join(&path)).expect("a tracked file");
            assert!(about.len() <= SEED_LIMIT, "{path} is no small seed");
        }
    }
    assert!(files.len() > 20, "the targets were not read");
    none(&findings(
        &named(&manifest("fuzz/Cargo.toml")),
        &files,
        &seeds,
    ));
}

#[test]
fn a_target_without_name_invariant_or_seed_is_found() {
    let manifest = "[[bin]]\nname = \"gone\"\npath = \"targets/gone.rs\"\n";
    let named = named(&manifest.parse().expect("TOML"));
    let files = BTreeMap::from([("new".to_owned(), "fn main() {}".to_owned())]);
    let seeds = BTreeMap::from([("old".to_owned(), 1)]);
    assert_eq!(
        findings(&named, &files, &seeds),
        [
            "fuzz/Cargo.toml does not name targets/new.rs",
            "fuzz/targets/new.rs does not say what holds",
            "fuzz/targets/new.rs holds nothing",
            "fuzz/seeds/new is empty",
            "there is no fuzz/targets/gone.rs",
            "there is no fuzz/targets/old.rs",
        ]
    );
}
