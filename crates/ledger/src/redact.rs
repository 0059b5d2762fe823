//! Redaction, before anything is hashed.
use std::ffi::OsStr;
use std::path::Path;

/// The version of the rules; it stands in every record that holds redacted text.
pub const RULES_VERSION: u32 = 1;

/// Text that passed the rules. Only a [`Redactor`] makes one (or `default`: the empty text).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Redacted {
    pub(crate) bytes: Vec<u8>,
    pub(crate) count: u32,
}

/// Arguments that passed the rules, and how many were the user's own program's.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Argv {
    pub(crate) words: Vec<Redacted>,
    pub(crate) user_words: u32,
}

/// The rules with the machine's key and the user's home.
#[derive(Debug, Clone)]
pub struct Redactor {
    key: [u8; 32],
    home: Option<Vec<u8>>,
}

impl Redactor {
    /// `key` is the machine's redaction key; `home` the folder that is written `~`.
    pub fn new(key: &[u8; 32], home: Option<&Path>) -> Self {
        Self {
            key: *key,
            home: home.map(|home| home.as_os_str().as_encoded_bytes().to_vec()),
        }
    }

    /// Arguments; those from `user_from` on are the user's own program's: a count only.
    pub fn argv<T: AsRef<OsStr>>(&self, argv: &[T], user_from: Option<usize>) -> Argv {
        let _ = (argv, user_from, &self.key, &self.home);
        unimplemented!()
    }

    /// The value of a variable of the environment.
    pub fn value(&self, name: &str, value: &OsStr) -> Redacted {
        let _ = (name, value);
        unimplemented!()
    }

    /// A path.
    pub fn path(&self, path: &Path) -> Redacted {
        let _ = path;
        unimplemented!()
    }

    /// Free text: reasons, addresses.
    pub fn text(&self, text: &str) -> Redacted {
        let _ = text;
        unimplemented!()
    }
}
