//! Whole-product tests: the built programs in a sandbox, against the mock world of `tests/lab`.

#[cfg(test)]
mod faults;
mod reference;
