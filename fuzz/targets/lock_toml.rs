//! A lock that can be read is written and read the same, and its text has one form.
#![no_main]

use std::path::Path;

use goseal_config::{format_lock, parse_lock};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let path = Path::new("goseal.lock");
    match parse_lock(data, path) {
        Ok(lock) => {
            let text = format_lock(&lock);
            let again = parse_lock(text.as_bytes(), path).expect("a lock that we wrote");
            assert_eq!(again, lock);
            assert_eq!(format_lock(&again), text);
        }
        Err(error) => {
            let _ = (error.to_string(), error.snippet());
        }
    }
});
