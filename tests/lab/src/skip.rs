//! Tests that could not run: one line each, in one form, which `.ci/run` repeats in its summary.

use std::io::Write as _;

/// Writes `SKIPPED test: why` past the harness, which keeps what a passing test prints to itself.
pub fn skipped(test: &str, why: &str) {
    // A stderr that is gone has nobody to read it.
    let _ = writeln!(std::io::stderr(), "SKIPPED {test}: {why}");
}
