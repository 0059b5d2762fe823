//! Why a signature does not count, as facts.

use std::fmt;

/// What is wrong with a signature, or with a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignatureFault {
    /// A text that is no minisign public key. Holds at most 64 characters of it.
    NotAKey(String),
    /// There is none, or nothing that it could be over, where one must be.
    Missing,
    /// More bytes than are verified: what is too long, how many it has, how many it may have.
    TooLong(&'static str, usize, usize),
    /// A text that is no minisign signature. Holds what is wrong.
    Malformed(&'static str),
    /// The legacy form, which is not over the hash.
    Legacy,
    /// A key that nobody here named. Holds its id, and the ids that are named.
    UnknownKey {
        /// The id in the signature.
        key: String,
        /// The ids that count.
        named: Vec<String>,
    },
    /// A named key did not make it, or not over these bytes. Holds the key's id.
    Forged(String),
    /// A word that the trusted comment needs and has not, or has twice.
    Word(&'static str),
    /// A word whose value is no number. Holds the word, and at most 64 characters of its value.
    Number(&'static str, String),
    /// It is for a file of another name. Holds that name, at most 64 characters of it.
    OtherFile(String),
    /// It is older than what was seen before under the same key.
    Rollback {
        /// The greatest serial seen.
        known: u64,
        /// The one found.
        found: u64,
    },
    /// It was signed too long ago, or does not say when.
    Frozen {
        /// When it was signed, seconds since 1970.
        signed_at: Option<u64>,
        /// The earliest that counts.
        not_before: u64,
    },
}

impl fmt::Display for SignatureFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAKey(text) => {
                write!(f, "`{}` is no minisign public key", text.escape_debug())
            }
            Self::Missing => f.write_str("it must be there, and is not"),
            Self::TooLong(what, found, limit) => {
                write!(f, "the {what} has {found} bytes, at most {limit} are read")
            }
            Self::Malformed(what) => write!(f, "it is no minisign signature: {what}"),
            Self::Legacy => f.write_str("it is of minisign's legacy form, not over the hash"),
            Self::UnknownKey { key, named } if named.is_empty() => {
                write!(f, "it is by key {key}, and no key is named")
            }
            Self::UnknownKey { key, named } => {
                let named = named.join(", ");
                write!(f, "it is by key {key}, which is not named; named: {named}")
            }
            Self::Forged(key) => write!(f, "it does not verify under key {key}"),
            Self::Word(word) => {
                write!(f, "its trusted comment does not have `{word}:` once")
            }
            Self::Number(word, value) => {
                let value = value.escape_debug();
                write!(
                    f,
                    "`{word}:` in its trusted comment holds `{value}`, no number"
                )
            }
            Self::OtherFile(name) => {
                write!(f, "it is for a file `{}`", name.escape_debug())
            }
            Self::Rollback { known, found } => {
                write!(f, "it went back: serial {known} was seen, {found} found")
            }
            Self::Frozen {
                signed_at: Some(at),
                not_before,
            } => write!(f, "it was signed at {at}, expected {not_before} or later"),
            Self::Frozen {
                signed_at: None,
                not_before,
            } => write!(
                f,
                "it does not say when it was signed, expected {not_before} or later"
            ),
        }
    }
}
