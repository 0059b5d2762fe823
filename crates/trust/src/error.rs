//! Why something is not believed.

use std::fmt;

use goseal_core::evidence::Evidence;
use goseal_core::release::ReleaseId;
use goseal_tlog::{Hash, SignedHead};

use crate::signed::SignatureFault;

/// What the path of a lookup of a release begins with, up to the release's own name.
const LOOKUP: &str = "lookup/golang.org/toolchain@v0.0.1-";

/// Two histories of one database, both signed by its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fork {
    /// The head that was known.
    pub known: SignedHead,
    /// The head that was served.
    pub served: SignedHead,
    /// How the greater tree begins, as a proof of consistency: it leads to another root than the
    /// smaller head has. Empty where both have the same size.
    pub proof: Vec<Hash>,
}

impl Fork {
    /// The evidence as text to be kept: both signed notes and the proof, one hash a line.
    pub fn format(&self) -> String {
        let mut text = format!(
            "goseal.fork/1\n\nknown\n{}\nserved\n{}\nproof\n",
            self.known.note(),
            self.served.note()
        );
        for hash in &self.proof {
            text.extend([&hash.to_string(), "\n"]);
        }
        text
    }
}

/// Why something is not believed, or cannot be judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// A verifier key or signed head that does not verify under the pinned key.
    Head {
        /// Whose: `lookup`, `latest`, `embedded`, `proof`.
        place: &'static str,
        /// What is wrong.
        source: goseal_tlog::Error,
    },
    /// Two heads of the database that contradict each other.
    Fork(Box<Fork>),
    /// A head that is older than one that was known before.
    Rollback {
        /// Records in the known head.
        known: u64,
        /// Records in the other one.
        found: u64,
    },
    /// An answer to a lookup that is not one. Holds what is wrong.
    Lookup(&'static str),
    /// A record number that the tree of its own answer does not hold.
    RecordNumber {
        /// The record.
        record: u64,
        /// Records in that tree.
        size: u64,
    },
    /// A line of a record that is not about the release.
    RecordLine {
        /// The release.
        id: ReleaseId,
        /// The line, at most 200 characters of it.
        line: String,
    },
    /// A record with no `h1:` line of the release, or with more than one.
    RecordHash {
        /// The release.
        id: ReleaseId,
        /// How many there are.
        found: usize,
    },
    /// A tile that is not what the signed head commits to.
    Tile(goseal_tlog::Error),
    /// A record that is not in the tree at its number.
    Inclusion {
        /// The record.
        record: u64,
        /// What is wrong.
        source: goseal_tlog::Error,
    },
    /// What a source of the database does not have. No distrust: another source may have it.
    Missing {
        /// Path below the base address of the database.
        path: String,
    },
    /// A stored proof that is not written as one. Holds what is wrong.
    Proof(&'static str),
    /// A signature of a publisher, or the key for one, that does not count.
    Signature {
        /// Whose: `minisign key`, or `signature of index index.json`.
        what: String,
        /// What is wrong with it.
        fault: SignatureFault,
    },
    /// Two sources that say different things about one release.
    Contradiction {
        /// What they speak of, such as `h1 of go1.22.5.linux-amd64`.
        what: String,
        /// A source and what it says.
        left: (&'static str, String),
        /// Another source and what that says.
        right: (&'static str, String),
    },
    /// A proof whose head is not joined to the known history, where policy requires that. No
    /// distrust: the next time that the database is in reach joins it.
    Apart {
        /// The release.
        id: ReleaseId,
        /// Records under the proof's head.
        size: u64,
    },
    /// Evidence that is required and not there. No distrust.
    EvidenceMissing {
        /// The release.
        id: ReleaseId,
        /// What is missing.
        evidence: Evidence,
    },
}

impl Error {
    /// Whether what was seen cannot be honest (exit 5), rather than not be there.
    pub const fn is_distrust(&self) -> bool {
        !matches!(
            self,
            Self::Missing { .. } | Self::Apart { .. } | Self::EvidenceMissing { .. }
        )
    }
}

/// What is said of a record that nobody served: another source may have it.
const NO_RECORD: &str = "the checksum database, as it was served, has no record of";

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Head { place, source } => {
                write!(f, "checksum database, head in {place}: {source}")
            }
            Self::Fork(fork) => {
                let (known, served) = (fork.known.head(), fork.served.head());
                write!(
                    f,
                    "checksum database signed two histories: known {} records with root {}, \
                     served {} records with root {}",
                    known.size, known.root, served.size, served.root
                )
            }
            Self::Rollback { known, found } => write!(
                f,
                "checksum database went back: {known} records known, {found} found"
            ),
            Self::Lookup(fault) => write!(f, "checksum database, lookup: {fault}"),
            Self::RecordNumber { record, size } => write!(
                f,
                "checksum database, record {record} is outside its tree of {size} records"
            ),
            Self::RecordLine { id, line } => write!(
                f,
                "checksum database, record of {id} holds the line `{}`",
                line.escape_debug()
            ),
            Self::RecordHash { id, found } => {
                write!(
                    f,
                    "checksum database, record of {id} has {found} h1 lines, expected 1"
                )
            }
            Self::Tile(source) => write!(f, "checksum database, tile: {source}"),
            Self::Inclusion { record, source } => {
                write!(
                    f,
                    "checksum database, record {record} is not in the tree: {source}"
                )
            }
            Self::Missing { path } => match path.strip_prefix(LOOKUP) {
                Some(release) => write!(f, "{NO_RECORD} {release}"),
                None => write!(f, "checksum database has no {path}"),
            },
            Self::Proof(fault) => write!(f, "stored proof: {fault}"),
            Self::Signature { what, fault } => write!(f, "{what}: {fault}"),
            Self::Contradiction { what, left, right } => write!(
                f,
                "{what}: {} in {}, {} in {}",
                left.1, left.0, right.1, right.0
            ),
            Self::Apart { id, size } => write!(
                f,
                "{id}: its proof is under a head of {size} records that is not joined to the known \
                 history"
            ),
            Self::EvidenceMissing { id, evidence } => {
                write!(f, "{id}: required evidence {evidence} is not there")
            }
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Head { source, .. } | Self::Inclusion { source, .. } | Self::Tile(source) => {
                Some(source)
            }
            _ => None,
        }
    }
}
