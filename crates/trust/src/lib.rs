//! Why bytes are believed: the checksum-database client and `Verified<T>`.
//!
//! Owns: the trust roots, the client of the checksum database, the verdict over publishers'
//! signatures and over all evidence, the text of a proof. It is the only place that can make a [`Verified`].
//!
//! Promises: nothing is believed for a reason that is not named in the result; every hash comes
//! from a tile that is bound to a head signed by the pinned key; the hash lines of a release come
//! from the text of the proved record and from nowhere else; known history only grows.
//!
//! Does not do: fetching, storing, reading trust roots from the environment or a project. The
//! [`Client`] says what it needs and judges what it is given.

mod client;
mod error;
mod judge;
mod lookup;
mod product;
mod proof;
mod record;
mod roots;
mod signed;
mod snapshot;
mod verified;

pub use client::{Absent, Client, Joint, JointStep, MAX_LOOKUP, Proved, Read, Step};
pub use error::{Error, Fork};
pub use goseal_tlog::{Error as ProofError, Hash, SignedHead};
pub use judge::{Question, Release, SignedClaims, covers, judge};
pub use lookup::{lookup_path, read_lookup};
pub use product::{judge_product, judge_product_file};
pub use proof::{format_proof, verify_proof};
pub use record::SumRecord;
pub use roots::{Roots, Start, StateFault};
pub use signed::{
    Freshness, MAX_SIGNATURE, MAX_SIGNED, PublisherKey, SignatureFault, Signed, SignedKind,
    signature_fault, verify_signed,
};
pub use snapshot::{Snapshot, Stated};
pub use verified::Verified;

#[cfg(test)]
mod tests;
