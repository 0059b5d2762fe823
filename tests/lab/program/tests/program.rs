//! The lab's program by itself.
//!
//! Cargo builds a package's programs for its tests and for nothing else: this file is why
//! `cargo test --workspace` on a fresh clone builds the program that the product's tests run.

use std::process::Command;

#[test]
fn it_is_goseal_and_says_so() {
    let asked = Command::new(env!("CARGO_BIN_EXE_goseal-lab"))
        .arg("--version")
        .env_clear()
        .output()
        .unwrap();
    assert!(asked.status.success(), "{asked:?}");
    assert!(asked.stdout.starts_with(b"goseal "), "{asked:?}");
}
