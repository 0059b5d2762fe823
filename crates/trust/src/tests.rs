//! The client against databases in memory, honest and not.

mod cves;
mod database;
mod faults;
mod joining;
mod judging;
mod old_client;
mod proofs;
mod signed;
mod texts;
