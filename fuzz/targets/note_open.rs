//! A note opens only with the text that the key signed, however the note around it is bent.
#![no_main]

use std::sync::LazyLock;

use goseal_fuzz::bend::bend;
use goseal_tlog::{Note, Signer, open, sign};
use libfuzzer_sys::fuzz_target;

const TEXT: &str = "go.sum database tree\n300\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n";

static SIGNER: LazyLock<Signer> =
    LazyLock::new(|| Signer::from_seed("sum.example", &[7; 32]).expect("a name"));
static NOTE: LazyLock<String> = LazyLock::new(|| {
    let other = Signer::from_seed("other.example", &[8; 32]).expect("a name");
    sign(TEXT, &[&SIGNER, &other]).expect("a text")
});

fn check(note: &[u8]) {
    let opened: Result<Note, _> = open(note, &[SIGNER.verifier().clone()]);
    if let Ok(opened) = opened {
        assert_eq!(opened.text(), TEXT);
        assert_eq!(opened.signers(), [SIGNER.verifier().id().clone()]);
    }
}

fuzz_target!(|data: &[u8]| {
    check(data);
    check(&bend(NOTE.as_bytes(), data));
});
