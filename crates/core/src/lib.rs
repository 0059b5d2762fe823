//! The words of goseal, parsed into types that cannot be wrong.
//!
//! Owns: versions, platforms, digests, manifests and their h1, the places of a home, the grammar
//! of the pin, the tables of settings and flags, the decision what a run may do (`decide`) and its
//! text form (`Plan`), the exit codes.
//!
//! Promises: everything here is a pure function of its arguments, and a value that exists is valid.
//!
//! Does not do: environment, file system, network, clock, async, serde. `shims/` links this crate.

pub mod archive;
pub mod bundle;
pub mod chdir;
pub mod decide;
pub mod digest;
pub mod evidence;
pub mod exit;
pub mod feed;
pub mod flags;
pub mod goenv;
pub mod gomod;
pub mod hint;
pub mod home;
pub mod inputs;
pub mod layout;
pub mod lock;
pub mod manifest;
pub mod minisign;
pub mod pin;
pub mod plan;
pub mod platform;
pub mod policy;
pub mod product;
pub mod progress;
pub mod project;
pub mod quoted;
pub mod release;
pub mod settings;
pub mod tool;
pub mod unverified;
pub mod version;
