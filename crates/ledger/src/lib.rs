//! The invocation log: record, chain, append, replay.
//!
//! Owns: the bytes of a record (written and read by hand), the chain of digests, the append under
//! its lock, rotation, blobs, the redaction of secrets before anything is hashed, the replay that
//! finds damage.
//!
//! Promises: one record is one `write`; whatever a killed writer leaves stays as evidence and is
//! named by the next writer; a reader finds every byte that no writer put there. Against the owner
//! of the account nothing here proves that a record is true.
//!
//! Does not do: signing, trees and anchors (an op joins `tlog` to this), fetching, asking the
//! clock or the environment (a draft carries its own times), deciding. `shims/` links this crate.
//!
//! A ledger's folder: `lock`, `log.jsonl`, `segments/<20-digit first seq>.jsonl`,
//! `blobs/<sha256>`, `old/<chain id>/`.

mod append;
mod begin;
mod blob;
mod disk;
mod error;
mod form;
mod json;
pub mod position;
pub mod read;
mod recent;
pub mod record;
pub mod redact;
pub mod replay;
mod tail;
pub mod verify;

pub use append::{Appended, Ledger};
pub use begin::Begun;
pub use error::Error;
pub use form::{BLOCK, SLOT};
pub use recent::read_recent;

use goseal_core::digest::Sha256;

/// The digest that names a machine: SHA-256 of `goseal machine` and the system's machine id.
///
/// `system_id` is what the system states (`/etc/machine-id` without its newline) or the bytes of
/// `keys/machine` where there is none; gathering it is the caller's.
pub fn machine_digest(system_id: &[u8]) -> Sha256 {
    let mut text = b"goseal machine".to_vec();
    text.extend_from_slice(system_id);
    Sha256::of(&text)
}
