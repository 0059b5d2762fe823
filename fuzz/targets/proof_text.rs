//! The kept proof of a real release, bent in any way, proves that release or nothing.
#![no_main]

use std::sync::LazyLock;

use goseal_fuzz::bend::bend;
use goseal_trust::{Roots, format_proof, verify_proof};
use libfuzzer_sys::fuzz_target;

const REAL: &str = include_str!("../../crates/trust/src/tests/go1.22.5.linux-amd64.proof");
static ROOTS: LazyLock<Roots> = LazyLock::new(Roots::go);

fn check(text: &[u8]) {
    let Ok(text) = std::str::from_utf8(text) else {
        return;
    };
    if let Ok(record) = verify_proof(text, &ROOTS) {
        let real = verify_proof(REAL, &ROOTS).expect("the real proof");
        assert_eq!(
            (record.id, record.h1, record.number),
            (real.id, real.h1, real.number)
        );
        assert_eq!(record.head.head(), real.head.head());
        assert_eq!(format_proof(&record), text);
    }
}

fuzz_target!(|data: &[u8]| {
    check(data);
    check(&bend(REAL.as_bytes(), data));
});
