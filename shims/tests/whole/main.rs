//! The shim as people meet it: a copied binary named `go`, a release behind a door, a program that
//! is asked, a real ledger. Everything in temporary folders.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod asking;
mod child;
mod drift;
mod refusing;
mod signals;
mod world;
