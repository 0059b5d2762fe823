//! The wire: module proxies, archives below a base address, the release index, the reads of the
//! checksum database.
//!
//! Owns: how Go's proxy list is read and walked, the HTTP client, resume, retries, redirects, the
//! minimum rate, size limits, the grammar of the version list and of the JSON index.
//!
//! Promises: what comes back is [`Unverified`](goseal_core::unverified::Unverified) or plain bytes
//! for somebody else to judge. Every body is bounded. User information of an address is sent to
//! that host only and printed nowhere. No host is built in. Functions block; one current-thread
//! runtime lies inside [`Client`], which is `Send`, `Sync` and cheap to clone.
//!
//! Does not do: trust, unpacking, caching, the environment, version control, finding `.netrc`. The caller
//! hands in settings, files and addresses.

mod address;
mod client;
mod download;
mod error;
mod exchange;
mod file;
mod index;
mod netrc;
mod pace;
mod pack;
pub mod proxy;
mod read;
mod redirect;
mod roots;
mod signed;
mod sumdb;
mod transfer;
mod versions;

pub use address::Address;
pub use client::{Client, Limits, Network, Options};
pub use download::{Source, Target};
pub use error::{Absence, Answer, Error};
pub use file::Served;
pub use index::{Index, IndexEntry, parse_index};
pub use netrc::Netrc;
pub use pace::Pace;
pub use pack::{Extent, Pack};
pub use signed::{INDEX_FILE, SignedBytes};
pub use sumdb::SumdbBase;
pub use versions::Versions;
