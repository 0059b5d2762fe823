//! What can go wrong on the disk or inside an archive, as facts with paths and values.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use goseal_core::digest::H1;
use goseal_core::manifest::{ManifestFault, NameFault};
use goseal_core::release::ReleaseId;

/// The result of everything in this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A failure of the store.
#[derive(Debug)]
pub enum Error {
    /// The system refused an action on a file or folder.
    Io {
        /// What was tried, as a verb: `open`, `rename`.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// A place in which a folder is expected holds a link or another kind of file.
    NotAFolder {
        /// The place.
        path: PathBuf,
    },
    /// A place in which a regular file is expected holds something else.
    NotAFile {
        /// The place.
        path: PathBuf,
    },
    /// A file is longer than it may be.
    TooLong {
        /// The file.
        path: PathBuf,
        /// Bytes that are allowed.
        limit: u64,
    },
    /// A text cannot be written into a file of lines.
    Text {
        /// Which text, as a noun phrase.
        what: &'static str,
        /// The text, escaped and cut.
        text: String,
    },
    /// An archive that is not formed as Go forms its archives.
    Archive {
        /// The archive.
        path: PathBuf,
        /// The entry, where one is at fault; escaped and cut.
        entry: Option<String>,
        /// What is wrong, as a noun phrase.
        fault: &'static str,
    },
    /// An archive or tree holds a name that is refused.
    Name {
        /// The archive.
        path: PathBuf,
        /// The name and why.
        source: NameFault,
    },
    /// The names of an archive or tree do not go together.
    Names {
        /// The archive or the tree's root.
        path: PathBuf,
        /// Which, and why.
        source: ManifestFault,
    },
    /// An archive asks for more than it may.
    Limit {
        /// The archive.
        path: PathBuf,
        /// Of what, as a plural noun.
        what: &'static str,
        /// How many are allowed.
        limit: u64,
    },
    /// An archive's file does not have the size that was seen while it came in.
    Size {
        /// The archive.
        path: PathBuf,
        /// Bytes that came in.
        expected: u64,
        /// Bytes in the file.
        actual: u64,
    },
    /// The `VERSION` file names another release.
    OtherRelease {
        /// The archive or the tree's root.
        path: PathBuf,
        /// `go<version>` of the release that was asked for.
        expected: String,
        /// The first line of `VERSION`, escaped and cut.
        actual: String,
    },
    /// What lies in the stage is not what was verified.
    H1 {
        /// The release.
        release: ReleaseId,
        /// The identity that was verified.
        expected: H1,
        /// The identity of the staged files.
        actual: H1,
    },
    /// A file of a seal is damaged or contradicts another.
    Seal {
        /// The file.
        path: PathBuf,
        /// What is wrong, as a noun phrase.
        fault: &'static str,
    },
    /// The release is installed and sealed already.
    AlreadyInstalled {
        /// Its tree.
        path: PathBuf,
    },
}

impl Error {
    /// Whether it says that bytes are not the published ones (exit 5), not that the disk failed
    /// (exit 7).
    pub const fn is_distrust(&self) -> bool {
        match self {
            Self::Io { .. }
            | Self::NotAFolder { .. }
            | Self::NotAFile { .. }
            | Self::TooLong { .. }
            | Self::Text { .. }
            | Self::AlreadyInstalled { .. } => false,
            Self::Archive { .. }
            | Self::Name { .. }
            | Self::Names { .. }
            | Self::Limit { .. }
            | Self::Size { .. }
            | Self::OtherRelease { .. }
            | Self::H1 { .. }
            | Self::Seal { .. } => true,
        }
    }

    pub(crate) fn io(action: &'static str, path: &Path, source: impl Into<io::Error>) -> Self {
        Self::Io {
            action,
            path: path.to_owned(),
            source: source.into(),
        }
    }

    pub(crate) fn seal(path: &Path, fault: &'static str) -> Self {
        Self::Seal {
            path: path.to_owned(),
            fault,
        }
    }
}

/// At most 128 characters of a text from outside, escaped.
pub(crate) fn shown(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    text.chars()
        .take(128)
        .flat_map(char::escape_debug)
        .collect()
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io { action, path, .. } => write!(f, "cannot {action} {}", path.display()),
            Self::NotAFolder { path } => {
                write!(f, "{} is a link or no folder", path.display())
            }
            Self::NotAFile { path } => write!(f, "{} is not a regular file", path.display()),
            Self::TooLong { path, limit } => {
                write!(f, "{} has more than {limit} bytes", path.display())
            }
            Self::Text { what, text } => {
                write!(f, "{what} `{text}` cannot be written into one line")
            }
            Self::Archive { path, entry, fault } => match entry {
                Some(entry) => write!(f, "{}: entry `{entry}` has {fault}", path.display()),
                None => write!(f, "{} has {fault}", path.display()),
            },
            Self::Name { path, source } => write!(f, "{}: {source}", path.display()),
            Self::Names { path, source } => write!(f, "{}: {source}", path.display()),
            Self::Limit { path, what, limit } => {
                write!(f, "{} unpacks to more than {limit} {what}", path.display())
            }
            Self::Size {
                path,
                expected,
                actual,
            } => write!(
                f,
                "{} has {actual} bytes, and {expected} came in",
                path.display()
            ),
            Self::OtherRelease {
                path,
                expected,
                actual,
            } => write!(
                f,
                "{} is the release `{actual}`, not `{expected}`",
                path.display()
            ),
            Self::H1 {
                release,
                expected,
                actual,
            } => write!(
                f,
                "the staged files of {release} have {actual}, and {expected} was verified"
            ),
            Self::Seal { path, fault } => write!(f, "{} has {fault}", path.display()),
            Self::AlreadyInstalled { path } => {
                write!(f, "{} is installed already", path.display())
            }
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
