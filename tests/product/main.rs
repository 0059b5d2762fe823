//! Whole-product tests: the built programs in a sandbox, against the mock world of `tests/lab`.

// The attribute tells clippy that all of it is tests; the lab's Go is a shell script.
#[cfg(test)]
#[cfg(unix)]
mod codes;
#[cfg(test)]
#[cfg(unix)]
mod documents;
#[cfg(test)]
#[cfg(unix)]
mod doors;
#[cfg(test)]
#[cfg(unix)]
mod env;
#[cfg(test)]
#[cfg(unix)]
mod evidence;
#[cfg(test)]
#[cfg(unix)]
mod exec;
#[cfg(test)]
#[cfg(unix)]
mod faults;
#[cfg(test)]
#[cfg(unix)]
mod homes;
#[cfg(test)]
#[cfg(unix)]
mod lock;
#[cfg(test)]
#[cfg(unix)]
mod newcomer;
#[cfg(test)]
#[cfg(unix)]
mod pins;
#[cfg(test)]
#[cfg(unix)]
mod real;
mod reference;
#[cfg(test)]
#[cfg(unix)]
mod releases;
#[cfg(test)]
#[cfg(unix)]
mod shims;
#[cfg(test)]
#[cfg(unix)]
mod stage;
#[cfg(test)]
#[cfg(unix)]
mod table;
#[cfg(test)]
#[cfg(unix)]
mod told;
#[cfg(test)]
#[cfg(unix)]
mod toolchains;
#[cfg(test)]
#[cfg(unix)]
mod verbs;
#[cfg(test)]
#[cfg(unix)]
mod way;
#[cfg(test)]
#[cfg(unix)]
mod words;
