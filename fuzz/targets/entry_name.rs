//! A name of an archive never leads out of the folder it is joined to, in a tree of ours either;
//! the name of the module zip and the published name belong to each other and to no other.
#![no_main]

use std::path::{Component, Path};

use goseal_core::layout::place_in_tree;
use goseal_core::manifest::EntryName;
use libfuzzer_sys::fuzz_target;

const ROOT: &str = "/store/staging/x/tree";

fn stays_inside(name: &str) {
    let joined = Path::new(ROOT).join(name);
    let rest = joined.strip_prefix(ROOT).expect("below the root");
    assert!(
        rest.components()
            .all(|part| matches!(part, Component::Normal(_)))
    );
    assert_eq!(rest.components().count(), name.split('/').count());
    assert!(!name.contains(['\\', ':', '\0', '\n']));
}

fuzz_target!(|text: &str| {
    if let Ok(name) = EntryName::parse(text) {
        assert_eq!(name.as_str(), text);
        stays_inside(name.as_str());
        stays_inside(&place_in_tree(name.as_str()));
        assert_eq!(EntryName::from_module_name(&name.module_name()), Ok(name));
    }
    if let Ok(name) = EntryName::from_module_name(text) {
        stays_inside(name.as_str());
        assert_eq!(name.module_name(), text);
    }
});
