//! What can go wrong on the wire.

use std::fmt;
use std::io;
use std::path::PathBuf;

/// Why one place did not have what was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// It answered 403, 404 or 410.
    Status(u16),
    /// A folder without the file.
    NoFile,
    /// A tree of another release.
    OtherRelease,
    /// `direct`: toolchains and their checksums lie in no version control, so nothing is asked.
    Direct,
    /// `off`: the list ends here.
    Off,
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(status) => write!(f, "status {status}"),
            Self::NoFile => f.write_str("no such file"),
            Self::OtherRelease => f.write_str("holds another release"),
            Self::Direct => f.write_str("carries no toolchains"),
            Self::Off => f.write_str("ends the list"),
        }
    }
}

/// One place that was asked and did not have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Absence {
    /// The address without user information, the path, or the word of the list.
    pub place: String,
    /// What it answered.
    pub answer: Answer,
}

impl Absence {
    /// Whether Go goes on to the next proxy behind a `,`: for everything but 403.
    pub(crate) fn lets_go_on(&self) -> bool {
        self.answer != Answer::Status(403)
    }
}

/// Everything that fails here. Addresses in it carry no user information and no query.
#[derive(Debug)]
pub enum Error {
    /// An entry of a GOPROXY list is not one that Go accepts.
    Goproxy {
        /// The entry, without user information; empty where the list has none.
        entry: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A text that is no usable address or no usable path below one.
    Address {
        /// The text, without user information.
        text: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The client cannot be made: a certificate file, a proxy setting, the runtime.
    Setup {
        /// The setting or path.
        what: String,
        /// What is wrong with it.
        reason: String,
    },
    /// No connection, or no answer on it.
    Connect {
        /// The address.
        address: String,
        /// What the connection said.
        reason: String,
    },
    /// The host's certificate is not accepted, or TLS failed in another way.
    Tls {
        /// The address.
        address: String,
        /// What TLS said.
        reason: String,
    },
    /// The body ended before its end.
    Interrupted {
        /// The address.
        address: String,
        /// Bytes that had come in, over all attempts.
        received: u64,
        /// What the connection said.
        reason: String,
    },
    /// Fewer bytes in a window than the minimum rate asks for.
    TooSlow {
        /// The address.
        address: String,
        /// Bytes in the window.
        bytes: u64,
        /// The window in milliseconds.
        window_ms: u64,
    },
    /// An answer that is neither the content nor "not carried".
    Status {
        /// The address.
        address: String,
        /// The status code.
        status: u16,
    },
    /// Nobody who was asked has it.
    NotCarried {
        /// Every place, in the order in which they were asked.
        places: Vec<Absence>,
    },
    /// A redirect that is not followed.
    Redirect {
        /// The address that redirected.
        address: String,
        /// Where to, without user information and query.
        to: String,
        /// Why it is not followed.
        reason: &'static str,
    },
    /// A body longer than it may be.
    TooLong {
        /// The address.
        address: String,
        /// The limit in bytes.
        limit: u64,
    },
    /// The source says another size than the index or the lock.
    WrongSize {
        /// The address or path.
        address: String,
        /// Bytes that were expected.
        expected: u64,
        /// Bytes that the source has.
        actual: u64,
    },
    /// A content encoding, although none was asked for.
    Encoded {
        /// The address.
        address: String,
        /// The encoding, at most 40 characters.
        encoding: String,
    },
    /// The file system failed.
    Io {
        /// The path.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The release index or a version list is not what it must be.
    Index {
        /// The address.
        address: String,
        /// What is wrong with it.
        reason: String,
    },
}

impl Error {
    /// Whether the same request may succeed later without anybody changing anything.
    ///
    /// True for connections, interruptions, slow answers and the statuses 408, 425, 429 and 5xx
    /// (RFC 9110, 15; RFC 8470; RFC 6585).
    pub const fn is_retryable(&self) -> bool {
        match self {
            Self::Connect { .. } | Self::Interrupted { .. } | Self::TooSlow { .. } => true,
            Self::Status { status, .. } => {
                matches!(
                    status,
                    408 | 425 | 429 | 500 | 502 | 503 | 504 | 507 | 509 | 520..=530
                )
            }
            _ => false,
        }
    }

    /// The places that do not carry it, where this is [`Error::NotCarried`].
    pub fn absences(&self) -> Option<&[Absence]> {
        match self {
            Self::NotCarried { places } => Some(places),
            _ => None,
        }
    }

    pub(crate) fn io(path: impl Into<PathBuf>, source: io::Error) -> Self {
        Self::Io {
            path: path.into(),
            source,
        }
    }

    pub(crate) fn absent(place: impl fmt::Display, answer: Answer) -> Self {
        let place = place.to_string();
        Self::NotCarried {
            places: vec![Absence { place, answer }],
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Goproxy { entry, reason } => write!(f, "GOPROXY entry `{entry}`: {reason}"),
            Self::Address { text, reason } => write!(f, "address `{text}`: {reason}"),
            Self::Setup { what, reason } => write!(f, "{what}: {reason}"),
            Self::Connect { address, reason } => write!(f, "{address}: no answer: {reason}"),
            Self::Tls { address, reason } => write!(f, "{address}: TLS failed: {reason}"),
            Self::Interrupted {
                address,
                received,
                reason,
            } => write!(f, "{address}: cut off after {received} bytes: {reason}"),
            Self::TooSlow {
                address,
                bytes,
                window_ms,
            } => write!(
                f,
                "{address}: {bytes} bytes in {window_ms} ms, below the minimum rate"
            ),
            Self::Status { address, status } => write!(f, "{address}: status {status}"),
            Self::NotCarried { places } => write_places(f, places),
            Self::Redirect {
                address,
                to,
                reason,
            } => write!(f, "{address}: redirect to {to}: {reason}"),
            Self::TooLong { address, limit } => {
                write!(f, "{address}: body longer than {limit} bytes")
            }
            Self::WrongSize {
                address,
                expected,
                actual,
            } => write!(f, "{address}: {actual} bytes, expected {expected}"),
            Self::Encoded { address, encoding } => {
                write!(f, "{address}: content encoding `{encoding}`, expected none")
            }
            Self::Io { path, source } => write!(f, "{}: {source}", path.display()),
            Self::Index { address, reason } => write!(f, "{address}: {reason}"),
        }
    }
}

fn write_places(f: &mut fmt::Formatter<'_>, places: &[Absence]) -> fmt::Result {
    f.write_str("not carried")?;
    for (count, absence) in places.iter().enumerate() {
        let before = if count == 0 { ": " } else { "; " };
        write!(f, "{before}{} ({})", absence.place, absence.answer)?;
    }
    Ok(())
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
mod tests {
    use super::*;

    fn of_an_address() -> Vec<Error> {
        let address = || "https://a.example/x".to_owned();
        let reason = || "why".to_owned();
        let status = |status| Error::Status {
            address: address(),
            status,
        };
        vec![
            Error::Connect {
                address: address(),
                reason: reason(),
            },
            Error::Tls {
                address: address(),
                reason: reason(),
            },
            Error::Interrupted {
                address: address(),
                received: 7,
                reason: reason(),
            },
            Error::TooSlow {
                address: address(),
                bytes: 7,
                window_ms: 30_000,
            },
            status(503),
            status(401),
            Error::TooLong {
                address: address(),
                limit: 10,
            },
            Error::WrongSize {
                address: address(),
                expected: 10,
                actual: 11,
            },
            Error::Encoded {
                address: address(),
                encoding: "gzip".to_owned(),
            },
            Error::Index {
                address: address(),
                reason: reason(),
            },
        ]
    }

    fn of_the_rest() -> Vec<Error> {
        let absence = |place: &str, answer| Absence {
            place: place.to_owned(),
            answer,
        };
        let reason = || "why".to_owned();
        vec![
            Error::Goproxy {
                entry: "nonsense".to_owned(),
                reason: reason(),
            },
            Error::Address {
                text: "nonsense".to_owned(),
                reason: reason(),
            },
            Error::Setup {
                what: "HTTPS_PROXY".to_owned(),
                reason: reason(),
            },
            Error::NotCarried { places: vec![] },
            Error::NotCarried {
                places: vec![
                    absence("https://a.example/x", Answer::Status(403)),
                    absence("/srv/x", Answer::NoFile),
                    absence("direct", Answer::Direct),
                    absence("off", Answer::Off),
                ],
            },
            Error::Redirect {
                address: "https://a.example/x".to_owned(),
                to: "http://b.example/".to_owned(),
                reason: "it leads from https to http",
            },
            Error::io("/srv/x", io::Error::other("no space")),
        ]
    }

    fn each() -> Vec<Error> {
        let mut all = of_an_address();
        all.extend(of_the_rest());
        all
    }

    #[test]
    fn every_text_is_a_fact_with_its_address() {
        let lines: Vec<_> = each().iter().map(ToString::to_string).collect();
        insta::assert_snapshot!(lines.join("\n"), @r"
        https://a.example/x: no answer: why
        https://a.example/x: TLS failed: why
        https://a.example/x: cut off after 7 bytes: why
        https://a.example/x: 7 bytes in 30000 ms, below the minimum rate
        https://a.example/x: status 503
        https://a.example/x: status 401
        https://a.example/x: body longer than 10 bytes
        https://a.example/x: 11 bytes, expected 10
        https://a.example/x: content encoding `gzip`, expected none
        https://a.example/x: why
        GOPROXY entry `nonsense`: why
        address `nonsense`: why
        HTTPS_PROXY: why
        not carried
        not carried: https://a.example/x (status 403); /srv/x (no such file); direct (carries no toolchains); off (ends the list)
        https://a.example/x: redirect to http://b.example/: it leads from https to http
        /srv/x: no space
        ");
    }

    #[test]
    fn only_what_may_pass_by_itself_is_retryable() {
        let retryable: Vec<_> = each()
            .iter()
            .filter(|error| error.is_retryable())
            .map(ToString::to_string)
            .collect();
        insta::assert_snapshot!(retryable.join("\n"), @r"
        https://a.example/x: no answer: why
        https://a.example/x: cut off after 7 bytes: why
        https://a.example/x: 7 bytes in 30000 ms, below the minimum rate
        https://a.example/x: status 503
        ");
    }
}
