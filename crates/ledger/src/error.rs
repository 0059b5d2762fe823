//! Why the log could not be written or read.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

/// A failure of the ledger. Every variant names the path it is about.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// A system call failed.
    Io {
        /// What was being done, as a verb: `open`, `read`, `rename`.
        action: &'static str,
        /// Where.
        path: PathBuf,
        /// The system's word.
        source: io::Error,
    },
    /// Another process held the lock all the time.
    Busy {
        /// The lock file.
        path: PathBuf,
        /// How long it was polled.
        waited: Duration,
    },
    /// There is no chain of this machine and uid.
    NoChain {
        /// The ledger's folder.
        folder: PathBuf,
        /// Whether a chain of another machine or uid lies there.
        other_owner: bool,
    },
    /// A record could not be written whole. What was written stays; the next appender names it.
    Write {
        /// The file.
        path: PathBuf,
        /// How many bytes were written.
        written: usize,
        /// How many there were.
        expected: usize,
        /// The system's word; absent when it wrote less and said nothing.
        source: Option<io::Error>,
    },
    /// A record does not fit in 4,096 bytes whatever is moved into blobs.
    TooLong {
        /// The shortest length found.
        length: usize,
    },
    /// The draft's event is not one that this call takes.
    WrongEvent {
        /// The event's type.
        kind: &'static str,
    },
    /// A closed segment of that name is there already.
    SegmentExists {
        /// The segment.
        path: PathBuf,
    },
    /// The newest record has the greatest number that there is: no writer of ours left it.
    NoNumberLeft {
        /// The ledger's folder.
        folder: PathBuf,
    },
    /// There is no whole record at that place.
    NotARecord {
        /// The file.
        path: PathBuf,
        /// The offset.
        offset: u64,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io { action, path, .. } => write!(f, "cannot {action} {}", path.display()),
            Self::Busy { path, waited } => write!(
                f,
                "another process has held {} for {} ms",
                path.display(),
                waited.as_millis()
            ),
            Self::NoChain {
                folder,
                other_owner: false,
            } => write!(f, "no chain in {}", folder.display()),
            Self::NoChain {
                folder,
                other_owner: true,
            } => write!(
                f,
                "the chain in {} belongs to another machine or user",
                folder.display()
            ),
            Self::Write {
                path,
                written,
                expected,
                ..
            } => write!(
                f,
                "wrote {written} of {expected} bytes of a record to {}",
                path.display()
            ),
            Self::TooLong { length } => {
                write!(f, "a record of {length} bytes, at most 4096 fit")
            }
            Self::WrongEvent { kind } => write!(f, "a record of type {kind} has no place here"),
            Self::SegmentExists { path } => {
                write!(f, "the closed segment {} is there already", path.display())
            }
            Self::NoNumberLeft { folder } => write!(
                f,
                "the newest record in {} has number {}, and none follows it",
                folder.display(),
                u64::MAX
            ),
            Self::NotARecord { path, offset } => write!(
                f,
                "no whole record at offset {offset} of {}",
                path.display()
            ),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            Self::Write { source, .. } => source.as_ref().map(|e| e as _),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_without_a_number_left_says_so() {
        let folder = PathBuf::from("/a");
        assert_eq!(
            Error::NoNumberLeft { folder }.to_string(),
            "the newest record in /a has number 18446744073709551615, and none follows it"
        );
    }

    #[test]
    fn a_folder_without_our_chain_is_named() {
        for (other_owner, text) in [
            (false, "no chain in /a"),
            (true, "the chain in /a belongs to another machine or user"),
        ] {
            let folder = "/a".into();
            let error = Error::NoChain {
                folder,
                other_owner,
            };
            assert_eq!(error.to_string(), text);
        }
    }

    #[test]
    fn each_failure_says_what_where_and_how_much() {
        let path = PathBuf::from("/a/log.jsonl");
        let source = || io::Error::from_raw_os_error(28);
        for (error, text) in [
            (
                Error::Io {
                    action: "open",
                    path: path.clone(),
                    source: source(),
                },
                "cannot open /a/log.jsonl",
            ),
            (
                Error::Busy {
                    path: path.clone(),
                    waited: Duration::from_secs(5),
                },
                "another process has held /a/log.jsonl for 5000 ms",
            ),
            (
                Error::Write {
                    path: path.clone(),
                    written: 512,
                    expected: 1536,
                    source: None,
                },
                "wrote 512 of 1536 bytes of a record to /a/log.jsonl",
            ),
            (
                Error::TooLong { length: 5000 },
                "a record of 5000 bytes, at most 4096 fit",
            ),
            (
                Error::WrongEvent { kind: "genesis" },
                "a record of type genesis has no place here",
            ),
            (
                Error::SegmentExists { path: path.clone() },
                "the closed segment /a/log.jsonl is there already",
            ),
            (
                Error::NotARecord { path, offset: 512 },
                "no whole record at offset 512 of /a/log.jsonl",
            ),
        ] {
            assert_eq!(error.to_string(), text);
        }
    }
}
