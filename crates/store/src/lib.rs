//! The disk: locks, staging, unpacking, seals, installed trees, scans, heads, small files.
//!
//! Owns: every write below a home's store and state except the ledger; the refusals of both
//! archive containers; the text of a seal.
//!
//! Promises: bytes that are not verified are visible only in a stage, never in `toolchains/`; the
//! rename of a tree into place is the commit, and it happens after its seal is on the disk; a killed
//! process leaves at most a stage, which the next install removes; nothing below the store's root is
//! reached through a symbolic link.
//!
//! Does not do: network, deciding, clocks (times are handed in), printing. Unix only so far: what
//! differs between systems is in `place` and `lock`.

mod doors;
mod error;
mod files;
mod heads;
mod installed;
mod lock;
mod place;
mod product;
mod scan;
mod seal;
mod serials;
mod stage;
mod unpack;

pub use doors::{is_owned_by, renew_doors};
pub use error::{Error, Result};
pub use files::{install_shims, read_bounded, write_atomic, write_plan, write_private};
pub use heads::{
    Swap, keep_fork, keep_head, read_heads, read_latest, read_tile, swap_latest, write_tile,
};
pub use installed::{
    Executable, Installed, Listed, find, list, read_manifest, read_proof, uninstall,
};
pub use lock::{ReleaseGuard, SumdbGuard, lock_release, lock_sumdb};
pub use product::{ProductFiles, StagedProduct, digest_of_file, stage_product};
pub use scan::{Door, Scan, read_release_of_tree, scan};
pub use seal::{Answered, Doors, Proven, SealHead, SealNotes, seal};
pub use serials::{raise_serial, read_serial};
pub use stage::{Stage, clean_staging};
pub use unpack::{MAX_UNPACKED, MIN_UNPACKED, unpack};
