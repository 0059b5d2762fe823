//! A crate imports only from the floors below its own.

use std::collections::BTreeMap;

use crate::{manifest, none, tracked};

/// Who may import a crate.
#[derive(Clone, Copy)]
enum Floor {
    /// The floor's number: the crate imports from lower floors and is imported from higher ones.
    At(u8),
    /// Beside the floors: the crate imports these and nobody imports it.
    Beside(&'static [&'static str]),
    /// Only for tests: it imports these, and others import it for their tests alone.
    Lab(&'static [&'static str]),
}

/// The table of docs/code.md. A crate that is not here is a finding.
const HOUSE: [(&str, Floor); 14] = [
    ("goseal-core", Floor::At(0)),
    ("goseal-tlog", Floor::At(0)),
    ("goseal-trust", Floor::At(1)),
    ("goseal-config", Floor::At(1)),
    ("goseal-ledger", Floor::At(1)),
    ("goseal-inputs", Floor::At(1)),
    ("goseal-checks", Floor::At(1)),
    ("goseal-fetch", Floor::At(2)),
    ("goseal-store", Floor::At(2)),
    ("goseal-ops", Floor::At(3)),
    ("goseal", Floor::At(4)),
    (
        "goseal-shim",
        Floor::Beside(&["goseal-core", "goseal-ledger", "goseal-inputs"]),
    ),
    ("goseal-lab", Floor::Lab(&["goseal-core", "goseal-tlog"])),
    ("goseal-lab-program", Floor::Lab(&["goseal", "goseal-lab"])),
];

/// Crates that hold their imports to a list, from outside too, and who may import them.
const INPUTS_IMPORTS: [&str; 2] = ["goseal-core", "rustix"];
const INPUTS_IMPORTERS: [&str; 3] = ["goseal-shim", "goseal-ops", "goseal"];

fn floor(name: &str) -> Option<Floor> {
    HOUSE
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, floor)| *floor)
}

/// What is wrong with one manifest.
fn findings(manifest: &toml::Table) -> Vec<String> {
    let name = manifest
        .get("package")
        .and_then(|package| package.get("name"))
        .and_then(toml::Value::as_str)
        .unwrap_or("a manifest without a name");
    let Some(own) = floor(name) else {
        return vec![format!("{name} is not in the table of the house")];
    };
    imports(manifest)
        .into_iter()
        .filter_map(|(import, for_tests)| fault(name, own, &import, for_tests))
        .map(|fault| format!("{name} imports {fault}"))
        .collect()
}

/// Why `name` may not import `import`, if it may not.
fn fault(name: &str, own: Floor, import: &str, for_tests: bool) -> Option<String> {
    if name == "goseal-inputs" && !for_tests && !INPUTS_IMPORTS.contains(&import) {
        return Some(format!(
            "{import}, and may import {} only",
            INPUTS_IMPORTS.join(" and ")
        ));
    }
    if !import.starts_with("goseal") {
        return None;
    }
    if import == "goseal-inputs" && !INPUTS_IMPORTERS.contains(&name) {
        return Some(format!(
            "{import}, which is for {} only",
            INPUTS_IMPORTERS.join(", ")
        ));
    }
    let Some(theirs) = floor(import) else {
        return Some(format!("{import}, which is not in the table of the house"));
    };
    match (own, theirs) {
        (_, Floor::Lab(_)) if for_tests => None,
        (Floor::At(own), Floor::At(theirs)) if theirs < own => None,
        (Floor::At(own), Floor::At(theirs)) => {
            Some(format!("{import} of floor {theirs} from floor {own}"))
        }
        (Floor::Beside(list) | Floor::Lab(list), _) if list.contains(&import) => None,
        _ => Some(format!("{import}, which is not for it")),
    }
}

/// The packages that a manifest imports, for every target, and whether for tests only.
pub(crate) fn imports(manifest: &toml::Table) -> BTreeMap<String, bool> {
    let mut found = BTreeMap::new();
    let targets = manifest.get("target").and_then(toml::Value::as_table);
    let tables = targets
        .into_iter()
        .flat_map(|targets| targets.values().filter_map(toml::Value::as_table))
        .chain([manifest]);
    for table in tables {
        for (kind, for_tests) in [
            ("dependencies", false),
            ("build-dependencies", false),
            ("dev-dependencies", true),
        ] {
            let list = table.get(kind).and_then(toml::Value::as_table);
            for (key, value) in list.into_iter().flatten() {
                let renamed = value.get("package").and_then(toml::Value::as_str);
                let name = renamed.unwrap_or(key).to_owned();
                found
                    .entry(name)
                    .and_modify(|only| *only &= for_tests)
                    .or_insert(for_tests);
            }
        }
    }
    found
}

/// The path of every manifest of the workspace.
pub(crate) fn manifests() -> Vec<String> {
    let mut paths = tracked();
    paths.retain(|path| {
        (path == "Cargo.toml" || path.ends_with("/Cargo.toml")) && !path.starts_with("fuzz/")
    });
    paths
}

#[test]
fn a_crate_imports_only_from_lower_floors() {
    let findings: Vec<String> = manifests()
        .iter()
        .flat_map(|path| findings(&manifest(path)))
        .collect();
    none(&findings);
}

#[test]
fn an_import_from_the_same_floor_or_above_is_found() {
    for (text, expected) in [
        (
            "package.name = \"goseal-config\"\n[dependencies]\ngoseal-ledger = {}",
            "goseal-config imports goseal-ledger of floor 1 from floor 1",
        ),
        (
            "package.name = \"goseal-core\"\n[target.'cfg(unix)'.dependencies]\ngoseal-ops = {}",
            "goseal-core imports goseal-ops of floor 3 from floor 0",
        ),
        (
            "package.name = \"goseal-shim\"\n[dependencies]\ngoseal-store = {}",
            "goseal-shim imports goseal-store, which is not for it",
        ),
        (
            "package.name = \"goseal-store\"\n[dependencies]\nlab = { package = \"goseal-lab\" }",
            "goseal-store imports goseal-lab, which is not for it",
        ),
        (
            "package.name = \"goseal-inputs\"\n[dependencies]\nlibc = {}",
            "goseal-inputs imports libc, and may import goseal-core and rustix only",
        ),
        (
            "package.name = \"goseal-store\"\n[dependencies]\ngoseal-inputs = {}",
            "goseal-store imports goseal-inputs, which is for goseal-shim, goseal-ops, goseal only",
        ),
        (
            "package.name = \"goseal-store\"\n[dev-dependencies]\ngoseal-fetch = {}",
            "goseal-store imports goseal-fetch of floor 2 from floor 2",
        ),
        (
            "package.name = \"goseal-attic\"",
            "goseal-attic is not in the table of the house",
        ),
    ] {
        assert_eq!(findings(&text.parse().unwrap()), [expected]);
    }
    for text in [
        "package.name = \"goseal-ops\"\n[dependencies]\ngoseal-inputs = {}\ngoseal-store = {}",
        "package.name = \"goseal-fetch\"\n[dev-dependencies]\ngoseal-lab = {}",
        "package.name = \"goseal-inputs\"\n[dependencies]\nrustix = {}\n[dev-dependencies]\ntempfile = {}",
    ] {
        assert!(findings(&text.parse().unwrap()).is_empty(), "{text}");
    }
}
