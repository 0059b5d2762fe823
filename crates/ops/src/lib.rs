//! The order of steps of each use case.
//!
//! Owns: which room is asked when, what is on record before and after, what is kept. Promises: a
//! use case that fails leaves nothing behind but its record; nothing here prints, asks the
//! environment or the time: the [`World`] is handed in.
//!
//! Does not do: words for people, hints, exit codes, the wire and the disk themselves.

mod anytree;
pub mod audit;
mod bundle;
mod claims;
mod current;
mod difference;
mod drift;
mod error;
mod evidence;
mod explain;
mod heads;
mod held;
mod index;
mod init;
mod install;
mod join;
mod journal;
mod launch;
mod lines;
mod lock;
mod locked;
mod mirror;
mod named;
mod offers;
mod outdated;
mod pin;
mod policy;
mod proofs;
mod prove;
mod published;
mod rebuild;
mod repair;
mod rungs;
#[cfg(test)]
mod scene;
mod self_update;
mod signed;
mod situation;
mod sources;
mod space;
mod stamps;
mod uses;
mod verify;
mod world;

pub use anytree::{ChangedFile, Compared, TreeRequest, TreeVerification, verify_tree};
pub use bundle::{BundleReport, BundleRequest, create_bundle, sign_bundle};
pub use claims::Claims;
pub use current::{Current, current, list, which, which_file};
pub use difference::{Change, Counts, FileChanges, difference};
pub use drift::compare_tree;
pub use goseal_fetch::{Limits, Pace};

pub use error::{
    Breakage, Error, LockContradiction, PinFault, RebuildFault, RequestFault, Result, Unfetched,
};
pub use explain::{Explanation, Row, explain};
// What the wire says went wrong; the roof has words for each and no other business with it.
pub use goseal_config::Error as ConfigError;
pub use goseal_fetch::{Absence, Answer, Error as FetchError};
pub use heads::{Heads, HeadsRequest, KeptHead, Link, MAX_AGE_DAYS, verify_heads};
pub use init::{Homestead, init};
pub use install::{InstallOutcome, InstallRequest, install};
pub use journal::{Journal, PATIENCE};
pub use launch::{
    Asked, Command, PlanWritten, RefusedRun, answer_shim, begin_chain, exec, plan_here,
    record_refusal, settings,
};
pub use lines::{LineAct, LineChange};
pub use lock::{LeftOut, LockChange, LockReport, LockRequest, lock};
pub use locked::{Locked, locked};
pub use mirror::{
    MirrorCheck, MirrorFinding, MirrorReport, MirrorRequest, check_mirror, sync_mirror,
};
pub use offers::{OfferedBy, Offers, offers};
pub use outdated::{FeedNote, Outdated, Row as OutdatedRow, outdated};
pub use pin::{Chosen, default, pin, show_default};
pub use proofs::{check_proof, export_proof};
pub use rebuild::{RebuildOutcome, RebuildRequest, rebuild};
pub use repair::{RepairRequest, Repaired, repair};
pub use rungs::{Rung, RungState, TrustTable, trust_table};
pub use self_update::{Updated, self_update};
pub use situation::{Choice, Situation, Written, read_machine};
pub use space::{Kept, Prunable, Removed, Shelved, prunable, prune, shelf, uninstall};
pub use verify::{Verification, VerifyRequest, verify};
pub use world::{Environment, Machine, Product, User, World};
