//! What can go wrong while inputs are read.

use std::fmt;
use std::io;
use std::path::PathBuf;

/// The result of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// An input that is there and cannot be used. A missing input is no error.
#[derive(Debug)]
pub enum Error {
    /// The file could not be opened or read.
    Read {
        /// The file.
        path: PathBuf,
        /// The system's word.
        source: io::Error,
    },
    /// A directory, FIFO, socket or device stands where a file is expected.
    NotRegular {
        /// The path.
        path: PathBuf,
    },
    /// More bytes than an input may have.
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The most bytes that are read.
        limit: usize,
    },
    /// A file that says what others must do, or its folder, can be changed by others.
    Guard {
        /// The file or folder.
        path: PathBuf,
        /// Whose it is, by numeric id.
        owner: u32,
    },
    /// A file of a fixed length has another.
    Length {
        /// The file.
        path: PathBuf,
        /// Bytes it must have.
        expected: usize,
        /// Bytes it has.
        actual: usize,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read { path, source } => write!(f, "cannot read {}: {source}", path.display()),
            Self::NotRegular { path } => write!(f, "{} is not a regular file", path.display()),
            Self::TooLarge { path, limit } => {
                write!(f, "{} is longer than {limit} bytes", path.display())
            }
            Self::Guard { path, owner } => write!(
                f,
                "{} belongs to user {owner}, and others may change it",
                path.display()
            ),
            Self::Length {
                path,
                expected,
                actual,
            } => write!(
                f,
                "{} has {actual} bytes instead of {expected}",
                path.display()
            ),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Read { source, .. } => Some(source),
            Self::NotRegular { .. }
            | Self::TooLarge { .. }
            | Self::Guard { .. }
            | Self::Length { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_names_its_path() {
        let path = PathBuf::from("/a/b");
        let texts = [
            Error::Read {
                path: path.clone(),
                source: io::Error::from(io::ErrorKind::PermissionDenied),
            },
            Error::NotRegular { path: path.clone() },
            Error::TooLarge {
                path: path.clone(),
                limit: 4096,
            },
            Error::Guard {
                path: path.clone(),
                owner: 1001,
            },
            Error::Length {
                path,
                expected: 32,
                actual: 31,
            },
        ]
        .map(|error| error.to_string());
        assert_eq!(
            texts,
            [
                "cannot read /a/b: permission denied",
                "/a/b is not a regular file",
                "/a/b is longer than 4096 bytes",
                "/a/b belongs to user 1001, and others may change it",
                "/a/b has 31 bytes instead of 32",
            ]
        );
    }
}
