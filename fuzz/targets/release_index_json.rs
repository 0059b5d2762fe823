//! An index of releases names each release and platform once, by the name that its archive has.
#![no_main]

use std::collections::BTreeSet;

use goseal_fetch::parse_index;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let index = match parse_index(data, "https://go.dev/dl/") {
        Ok(index) => index,
        Err(error) => {
            let told = error.to_string();
            assert!(!told.chars().any(char::is_control), "{told:?}");
            return;
        }
    };
    let index = index.untrusted();
    let ids: BTreeSet<_> = index.entries.iter().map(|entry| entry.id).collect();
    assert_eq!(ids.len(), index.entries.len());
    for entry in &index.entries {
        assert_eq!(entry.file_name, entry.id.archive_file_name());
        assert!(!entry.file_name.contains(['/', '\\', '\0', ':']));
        assert!(entry.size != Some(0));
        assert_eq!(index.find(&entry.id), Some(entry));
    }
});
