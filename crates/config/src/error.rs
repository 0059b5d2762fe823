//! What is wrong with a file, and where.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::address::without_user_info;

/// Characters of a source line that a snippet shows; longer lines are shown around the place.
const SNIPPET_WIDTH: usize = 100;

/// A place in a file, with the line that stands there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place(Box<Spot>);

/// Boxed, so that a `Result` stays small.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Spot {
    path: PathBuf,
    line: usize,
    column: usize,
    width: usize,
    text: String,
}

impl Place {
    /// The place of the bytes `span` of `source`; positions beyond the end mean the end.
    pub(crate) fn new(path: &Path, source: &str, span: Range<usize>) -> Self {
        let start = floor_boundary(source, span.start);
        let end = floor_boundary(source, span.end).max(start);
        let before = source.get(..start).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let line_end = source
            .get(start..)
            .and_then(|rest| rest.find('\n'))
            .map_or(source.len(), |at| start + at);
        let characters =
            |from: usize, to: usize| source.get(from..to).unwrap_or_default().chars().count();
        let text = source.get(line_start..line_end).unwrap_or_default();
        Self(Box::new(Spot {
            path: path.to_owned(),
            line: before.matches('\n').count() + 1,
            column: characters(line_start, start) + 1,
            width: characters(start, end.min(line_end)),
            text: text.trim_end_matches('\r').to_owned(),
        }))
    }

    /// The file, as the caller named it.
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    /// The line, from 1.
    pub fn line(&self) -> usize {
        self.0.line
    }

    /// The column in characters, from 1.
    pub fn column(&self) -> usize {
        self.0.column
    }

    /// The source line with its number and, below it, carets under what is meant. User information
    /// of an address is shown as `***`, control characters as a space.
    fn snippet(&self) -> String {
        let Spot {
            line,
            column,
            width,
            text,
            ..
        } = self.0.as_ref();
        let indent = column - 1;
        let prefix: String = text.chars().take(indent).collect();
        let marked: String = text.chars().skip(indent).take(*width).collect();
        let text = printable(without_user_info(text).trim_end());
        let indent = without_user_info(&prefix).chars().count();
        let width = without_user_info(&marked).chars().count().max(1);

        let skipped = (indent + width).saturating_sub(SNIPPET_WIDTH).min(indent);
        let shown: String = text.chars().skip(skipped).take(SNIPPET_WIDTH).collect();
        let number = line.to_string();
        format!(
            "{number} | {shown}\n{:pad$} | {:indent$}{}",
            "",
            "",
            "^".repeat(width.min(SNIPPET_WIDTH)),
            pad = number.len(),
            indent = indent - skipped,
        )
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}:{}:{}",
            self.path().display(),
            self.line(),
            self.column()
        )
    }
}

/// The greatest character boundary of `text` that is not beyond `at`.
fn floor_boundary(text: &str, at: usize) -> usize {
    (0..=at.min(text.len()))
        .rev()
        .find(|&at| text.is_char_boundary(at))
        .unwrap_or(0)
}

fn printable(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

/// Why a file was refused. The program maps every variant to exit 3, except for the policy's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// The file holds more bytes than are read.
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Bytes that were handed in.
        bytes: usize,
        /// The most that is read: [`crate::FILE_LIMIT`].
        limit: usize,
    },
    /// A byte that is not UTF-8.
    NotUtf8 {
        /// The byte.
        at: Place,
    },
    /// The text is not TOML.
    NotToml {
        /// Where the parser stopped.
        at: Place,
        /// The parser's words.
        message: String,
    },
    /// A deny feed in another form.
    NotFeed {
        /// Where the reader stopped; the beginning where two entries do not go together.
        at: Place,
        /// What is wrong.
        message: String,
    },
    /// A key that the file does not have.
    UnknownKey {
        /// The key.
        at: Place,
        /// Its name, at most 64 characters of it.
        key: String,
        /// The known key that differs in at most two letters.
        nearest: Option<&'static str>,
    },
    /// A key of a project that would name a program to run.
    ProgramKey {
        /// The key.
        at: Place,
        /// Its name, at most 64 characters of it.
        key: String,
    },
    /// A key that must be there is not.
    MissingKey {
        /// The table that lacks it.
        at: Place,
        /// Its name.
        key: &'static str,
    },
    /// A value of another TOML type.
    WrongType {
        /// The value.
        at: Place,
        /// The key.
        key: &'static str,
        /// The expected type, as a noun phrase.
        expected: &'static str,
        /// The found type, as a noun phrase.
        found: &'static str,
    },
    /// A value of the right type that is not allowed.
    WrongValue {
        /// The value.
        at: Place,
        /// The key.
        key: &'static str,
        /// What is allowed, as a noun phrase.
        expected: &'static str,
        /// The value, at most 64 characters of it, without user information.
        found: String,
    },
    /// An address with user information: whoever reads the file would read it too.
    UserInformation {
        /// The address.
        at: Place,
        /// The key.
        key: &'static str,
    },
    /// Something that may stand there once stands there twice.
    Duplicate {
        /// The second.
        at: Place,
        /// What stands there twice, at most 64 characters of it.
        what: String,
    },
    /// A `goseal.lock` of another version of the format.
    UnknownFormat {
        /// The version.
        at: Place,
        /// The version that was found.
        found: u64,
        /// The version that this build reads.
        expected: u64,
    },
}

impl Error {
    /// Where the fault lies; `None` for a file as a whole.
    pub fn place(&self) -> Option<&Place> {
        match self {
            Self::TooLarge { .. } => None,
            Self::NotUtf8 { at }
            | Self::NotToml { at, .. }
            | Self::NotFeed { at, .. }
            | Self::UnknownKey { at, .. }
            | Self::ProgramKey { at, .. }
            | Self::MissingKey { at, .. }
            | Self::WrongType { at, .. }
            | Self::WrongValue { at, .. }
            | Self::UserInformation { at, .. }
            | Self::Duplicate { at, .. }
            | Self::UnknownFormat { at, .. } => Some(at),
        }
    }

    /// Two lines for a terminal: the source line with its number, and carets under what is meant.
    /// `None` for a file as a whole. At most about 110 characters wide; no user information of an
    /// address and no control character is in it.
    pub fn snippet(&self) -> Option<String> {
        self.place().map(Place::snippet)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge { path, bytes, limit } => {
                write!(
                    f,
                    "{}: {bytes} bytes, at most {limit} are read",
                    path.display()
                )
            }
            Self::NotUtf8 { at } => write!(f, "{at}: a byte that is not UTF-8"),
            Self::NotToml { at, message } => write!(f, "{at}: not TOML: {message}"),
            Self::NotFeed { at, message } => write!(f, "{at}: not a deny feed: {message}"),
            Self::UnknownKey { at, key, nearest } => {
                write!(f, "{at}: unknown key `{}`", key.escape_debug())?;
                nearest.map_or(Ok(()), |known| {
                    write!(f, ", the nearest known key is `{known}`")
                })
            }
            Self::ProgramKey { at, key } => write!(
                f,
                "{at}: unknown key `{}`: it names a program, which no project may",
                key.escape_debug()
            ),
            Self::MissingKey { at, key } => write!(f, "{at}: `{key}` is missing"),
            Self::WrongType {
                at,
                key,
                expected,
                found,
            } => {
                write!(f, "{at}: `{key}` must be {expected}, found {found}")
            }
            Self::WrongValue {
                at,
                key,
                expected,
                found,
            } => {
                write!(
                    f,
                    "{at}: `{key}` must be {expected}, found `{}`",
                    found.escape_debug()
                )
            }
            Self::UserInformation { at, key } => {
                write!(f, "{at}: `{key}` holds an address with user information")
            }
            Self::Duplicate { at, what } => {
                write!(f, "{at}: `{}` stands there twice", what.escape_debug())
            }
            Self::UnknownFormat {
                at,
                found,
                expected,
            } => {
                write!(
                    f,
                    "{at}: version {found} of the format, this build reads version {expected}"
                )
            }
        }
    }
}

impl std::error::Error for Error {}
