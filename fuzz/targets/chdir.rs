//! A directory of `-C` comes from the arguments and from nowhere else, and one that stands first
//! counts whatever follows.
#![no_main]

use std::ffi::OsString;
use std::path::Path;

use goseal_core::chdir::chdir_of;
use goseal_core::flags;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let argv = goseal_fuzz::argv(data);
    let names = |word: &OsString| {
        let bytes = word.as_encoded_bytes();
        bytes.starts_with(b"-C") || bytes.starts_with(b"--C")
    };
    let found = chdir_of(&argv);
    let _ = flags::ignores_project(&argv);
    if !argv.iter().any(names) {
        assert_eq!(found, None);
        let first = [OsString::from("-C"), OsString::from("/first")];
        let led: Vec<OsString> = first.into_iter().chain(argv).collect();
        let led = chdir_of(&led).expect("the first words of all");
        assert_eq!(Path::new(&led), Path::new("/first"));
    }
});
