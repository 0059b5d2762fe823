//! What stops a rebuild, as facts.

use std::fmt;

use goseal_core::release::ReleaseId;
use goseal_core::version::Version;

/// What stops a rebuild before its outcome can be compared.
#[derive(Debug)]
pub enum RebuildFault {
    /// Releases are built on Linux and macOS only.
    Host,
    /// A release before 1.21: what comes out differs from build to build.
    NotReproducible(ReleaseId),
    /// Neither the checksum database nor a lock vouches for the tree that holds the sources.
    Unproved(ReleaseId),
    /// An installed tree is not as it was sealed; the first thing that is wrong with it.
    Drifted {
        /// The release.
        id: ReleaseId,
        /// What is wrong.
        fault: String,
    },
    /// The release does not say which compiler it needs.
    NoRule(ReleaseId),
    /// No installed release can compile it.
    NoBootstrap {
        /// What is to be built.
        id: ReleaseId,
        /// The oldest release that can compile it.
        least: Version,
    },
    /// The release that was named cannot compile it.
    Bootstrap {
        /// What is to be built.
        id: ReleaseId,
        /// What was named.
        named: Version,
        /// The oldest release that can compile it.
        least: Version,
    },
    /// The build's shell cannot be run.
    Shell(std::io::Error),
    /// The build ended badly.
    Failed {
        /// What was to be built.
        id: ReleaseId,
        /// How it ended.
        status: String,
        /// Its last lines, escaped.
        last: Vec<String>,
    },
}

impl RebuildFault {
    /// Whether bytes are not what they should be.
    pub const fn is_distrust(&self) -> bool {
        matches!(self, Self::Drifted { .. })
    }
}

impl fmt::Display for RebuildFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Host => f.write_str("a release is built on Linux and macOS only"),
            Self::NotReproducible(id) => {
                write!(
                    f,
                    "{id} is older than 1.21: no two builds of it are the same"
                )
            }
            Self::Unproved(id) => write!(
                f,
                "neither the checksum database nor a lock vouches for {id}"
            ),
            Self::Drifted { id, fault } => write!(f, "{id}: {fault}"),
            Self::NoRule(id) => {
                write!(f, "src/make.bash of {id} names no release that compiles it")
            }
            Self::NoBootstrap { id, least } => write!(
                f,
                "no other release is installed that compiles {id}: it needs go{least} or later"
            ),
            Self::Bootstrap { id, named, least } if named == &id.version => {
                let _ = least;
                write!(f, "{id} is to be compiled by another release than itself")
            }
            Self::Bootstrap { id, named, least } => {
                write!(
                    f,
                    "{id} needs go{least} or later to be compiled, not go{named}"
                )
            }
            Self::Shell(_) => f.write_str("cannot run bash, which builds a release"),
            Self::Failed { id, status, .. } => write!(f, "the build of {id} ended with {status}"),
        }
    }
}
