//! A checkpoint begins with exactly what it is written as: no number or hash has a second spelling.
#![no_main]

use goseal_tlog::{Checkpoint, MAX_SIZE, VerifierKey};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(checkpoint) = Checkpoint::parse(text) {
        let written = checkpoint.to_string();
        assert!(text.starts_with(&written));
        assert!(checkpoint.head.size <= MAX_SIZE);
        assert_eq!(Checkpoint::parse(&written), Ok(checkpoint));
    }
    if let Ok(key) = VerifierKey::parse(text) {
        assert_eq!(key.to_string(), text);
    }
});
