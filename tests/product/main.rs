//! Whole-product tests: the built programs in a sandbox, against the mock world of `tests/lab`.

// The attribute tells clippy that all of it is tests; the lab's Go is a shell script.
#[cfg(test)]
#[cfg(unix)]
mod anytree;
#[cfg(test)]
#[cfg(unix)]
mod archives;
#[cfg(test)]
#[cfg(unix)]
mod bundle;
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
mod drift;
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
mod exports;
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
mod mirror;
#[cfg(test)]
#[cfg(unix)]
mod newcomer;
#[cfg(test)]
#[cfg(unix)]
mod old;
#[cfg(test)]
#[cfg(unix)]
mod outdated;
#[cfg(test)]
#[cfg(unix)]
mod owners;
#[cfg(test)]
#[cfg(unix)]
mod pins;
#[cfg(test)]
#[cfg(unix)]
mod platforms;
#[cfg(test)]
#[cfg(unix)]
mod proofs;
#[cfg(test)]
#[cfg(unix)]
mod real;
#[cfg(test)]
#[cfg(unix)]
mod rebuild;
mod reference;
#[cfg(test)]
#[cfg(unix)]
mod releases;
#[cfg(test)]
#[cfg(unix)]
mod shims;
#[cfg(test)]
#[cfg(unix)]
mod sources;
#[cfg(test)]
#[cfg(unix)]
mod space;
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
mod upgrades;
#[cfg(test)]
#[cfg(unix)]
mod verbs;
#[cfg(test)]
#[cfg(unix)]
mod way;
#[cfg(test)]
#[cfg(unix)]
mod words;
