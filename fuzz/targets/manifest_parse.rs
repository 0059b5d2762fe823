//! A text that is read as a manifest is exactly what the manifest is written as; it differs from
//! itself nowhere, and no two of its files are one file to the h1.
#![no_main]

use std::collections::BTreeSet;

use goseal_core::manifest::Manifest;
use goseal_core::release::ReleaseId;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Ok(manifest) = Manifest::parse(text) else {
        return;
    };
    assert_eq!(manifest.format(), text);
    assert!(manifest.differences(&manifest).is_empty());
    assert!(
        manifest
            .iter()
            .all(|(_, entry)| entry.size <= manifest.total_size())
    );
    let names: BTreeSet<String> = manifest
        .iter()
        .map(|(name, _)| name.module_name())
        .collect();
    assert_eq!(names.len(), manifest.len());
    let _ = manifest.h1(&ReleaseId::parse("go1.22.5.linux-amd64").expect("a release"));
});
