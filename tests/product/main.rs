//! Whole-product tests: the built programs in a sandbox, against the mock world of `tests/lab`.

#[cfg(test)]
#[cfg(unix)]
mod homes;
mod reference;
#[cfg(test)]
#[cfg(unix)]
mod words;
