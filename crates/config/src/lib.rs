//! What people write in TOML, and the deny feed, read with spans and turned into the words of core.
//!
//! Owns: the grammar of `goseal.toml`, `goseal.lock`, `config.toml` and `policy.toml`: which keys
//! there are, what each may hold, and the text of `goseal.lock`; the grammar of the deny feed.
//!
//! Promises: an unknown key is an error, never passed over; every message names file, line and
//! column, what was expected and what was found; no message and no snippet shows the user
//! information of an address. [`format_lock`] is the inverse of [`parse_lock`].
//!
//! Does not do: reading or writing files, deciding what a setting means, judging which of two files
//! is stricter, advice.

mod address;
mod bundle;
mod document;
mod error;
mod feed;
mod lock;
mod nearest;
mod policy;
mod project;
mod releases;
#[cfg(test)]
mod tests;
mod user;
mod word;

pub use bundle::{format_bundle, parse_bundle};
pub use document::FILE_LIMIT;
pub use error::{Error, Place};
pub use feed::{FEED_LIMIT, parse_feed};
pub use lock::{format_lock, parse_lock};
pub use policy::parse_policy;
pub use project::parse_project;
pub use releases::parse_releases;
pub use user::{parse_user_config, set_user_default};
