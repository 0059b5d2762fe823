//! The words of a text can be joined, and are then split the same; no word is lost or made up.
#![no_main]

use goseal_core::quoted::{join, split};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Ok(words) = split(text) else { return };
    for word in &words {
        assert!(text.contains(word.as_str()));
    }
    let joined = join(&words).expect("a word that was split can be quoted");
    assert_eq!(split(&joined), Ok(words));
});
