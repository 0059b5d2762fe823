//! Where a run works, which pin holds there, and the bytes that its plan is decided from.
//!
//! Owns: the rule of `PWD` and `-C`, the walk up to the pin with its owners and modes, the reading
//! of every input in the order of [`goseal_core::inputs::Role`], the stamps of files and trees, and the
//! compiled-in path of the organisation's policy; and who runs on which machine, as the system
//! says it.
//!
//! Promises: the program and the shim link this crate, so that they cannot differ about a place or
//! a digest. Nothing here blocks on a FIFO or a device, and every read is bounded.
//!
//! Does not do: read the environment or the clock, write, decide, parse TOML.

mod account;
mod error;
mod gather;
mod machine;
mod meta;
mod place;
mod read;
mod tree;
mod walk;

pub use account::Account;
pub use error::{Error, Result};
pub use gather::{
    Gathered, INPUT_LIMIT, Part, ReleaseSource, Sources, gather, module_caches, policy_key_path,
    policy_path, policy_signature_path, seal_path, user_go_env_path,
};
pub use machine::{
    Process, REDACTION_KEY_LENGTH, boot_id, ledger_redaction_key_path, machine_id,
    machine_key_path, process, read_redaction_key, redaction_key_path,
};
pub use meta::{is_same_file, may_be_written, real_place, stamp};
pub use place::{Difference, Disagreement, Place, PlaceRequest, find_place, nearest};
pub use read::{check_guarded, read_bounded, read_guarded};
pub use tree::{format_tree_stamp, parse_tree_stamp, tree_digest, tree_stamp_path};
pub use walk::{PassedOver, PinFile, PinFound, PinTrouble, Reason};
