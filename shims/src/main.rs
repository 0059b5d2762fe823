//! The `go` and `gofmt` that people type.
//!
//! Owns: finding its home and the place, asking for the plan, the child with its signals, the two
//! records around it.
//!
//! Promises: no record, no run; no plan, no run; the child's status is passed through exactly, and
//! its stdin, stdout and stderr are never touched. Every line of its own begins with `goseal: `.
//!
//! Does not do: decide (core does), read TOML, search PATH, talk to the network.

#![cfg_attr(all(unix, not(test)), no_main)]

mod ask;
mod check;
mod drift;
mod failure;
mod journal;
mod launch;
mod outputs;
mod parent;
mod plans;
mod refusal;
mod run;
mod scratch;
mod site;
mod sys;

#[cfg(any(windows, test))]
fn main() {
    #[cfg(windows)]
    sys::start();
}
