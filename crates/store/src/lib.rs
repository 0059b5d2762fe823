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

mod bundle;
mod copy;
mod copy_out;
mod doors;
mod error;
mod files;
mod heads;
mod installed;
mod lock;
mod mirror;
mod place;
mod product;
mod regular;
mod scan;
mod seal;
mod serials;
mod space;
mod stage;
mod unpack;

pub use bundle::{BundleContent, BundleMember, digest_file, read_bundle, write_bundle};
pub use copy::copy_tree;
pub use copy_out::copy_out;
pub use doors::{is_owned_by, renew_doors};
pub use error::{Error, Result};
pub use files::{
    forget_plans, install_shims, read_bounded, write_atomic, write_plan, write_private,
};
pub use heads::{
    Swap, head_kept_at, keep_fork, keep_head, keep_seen, list_forks, read_heads, read_latest,
    read_seen, read_tile, swap_latest, write_tile,
};
pub use installed::{
    Executable, Installed, Listed, find, list, read_manifest, read_proof, uninstall,
};
pub use lock::{ReleaseGuard, SumdbGuard, lock_release, lock_sumdb};
pub use mirror::MirrorFolder;
pub use product::{ProductFiles, StagedProduct, digest_of_file, stage_product};
pub use scan::{Door, Scan, read_release_of_tree, read_version_of_tree, scan, scan_installed};
pub use seal::{
    Answered, Doors, Proven, Rebuilt, SealHead, SealNotes, read_rebuilt, remove_rebuilt, restore,
    seal, write_rebuilt,
};
pub use serials::{raise_serial, read_serial};
pub use space::{GoCache, disk_usage, orphaned_caches, processes_in, remove_cache, remove_plans};
pub use stage::{Stage, clean_staging};
pub use unpack::{MAX_UNPACKED, MIN_UNPACKED, unpack};
