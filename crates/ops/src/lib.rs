//! The order of steps of each use case.
//!
//! Owns: which room is asked when, what is on record before and after, what is kept. Promises: a
//! use case that fails leaves nothing behind but its record; nothing here prints, asks the
//! environment or the time: the [`World`] is handed in.
//!
//! Does not do: words for people, hints, exit codes, the wire and the disk themselves.

pub mod audit;
mod bundle;
mod claims;
mod current;
mod error;
mod explain;
mod init;
mod install;
mod join;
mod journal;
mod launch;
mod lock;
mod mirror;
mod pin;
mod prove;
#[cfg(test)]
mod scene;
mod signed;
mod situation;
mod sources;
mod stamps;
mod verify;
mod world;

pub use bundle::{BundleReport, BundleRequest, create_bundle, sign_bundle};
pub use claims::Claims;
pub use current::{Current, current, list, which};
pub use goseal_fetch::{Limits, Pace};

pub use error::{Breakage, Error, LockContradiction, PinFault, RequestFault, Result, Unfetched};
pub use explain::{Explanation, Row, explain};
// What the wire says went wrong; the roof has words for each and no other business with it.
pub use goseal_config::Error as ConfigError;
pub use goseal_fetch::{Absence, Answer, Error as FetchError};
pub use init::{Homestead, init};
pub use install::{InstallOutcome, InstallRequest, install, uninstall};
pub use journal::{Journal, PATIENCE};
pub use launch::{
    Asked, Command, PlanWritten, RefusedRun, answer_shim, begin_chain, exec, plan_here,
    record_refusal, settings,
};
pub use lock::{LockChange, LockReport, LockRequest, lock};
pub use mirror::{
    MirrorCheck, MirrorFinding, MirrorReport, MirrorRequest, check_mirror, sync_mirror,
};
pub use pin::{Chosen, default, offered, pin, show_default};
pub use situation::{Choice, Situation, Written, read_machine};
pub use verify::{Verification, VerifyRequest, verify};
pub use world::{Environment, Machine, Product, User, World};
