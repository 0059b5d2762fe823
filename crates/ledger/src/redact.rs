//! Redaction: what no record may hold is replaced before anything is hashed.
//!
//! A secret becomes `[redacted:<16 hex>]`, the first 8 bytes of its HMAC-SHA256 (RFC 2104) under
//! the machine's redaction key: with the key one can ask "was it this value?", without it nothing.
//! The home folder becomes `~`. The rules look at shapes and names (`redact::rules`), not at
//! entropy: a secret of no listed shape passes.

mod rules;

use std::ffi::OsStr;
use std::path::Path;

use goseal_core::digest::Sha256;
use hmac::{Hmac, KeyInit as _, Mac as _};

use rules::Extent;

/// The version of the rules; it stands in every record that holds text which passed them.
pub const RULES_VERSION: u32 = 1;

/// Text that passed the rules. Only a [`Redactor`] makes one (or `default`: the empty text).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Redacted {
    pub(crate) bytes: Vec<u8>,
    pub(crate) count: u32,
}

impl Redacted {
    /// The text after redaction; bytes that are not UTF-8 are kept.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// How many secrets were replaced.
    pub const fn count(&self) -> u32 {
        self.count
    }
}

/// Arguments that passed the rules, and how many were the user's own program's.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Argv {
    pub(crate) words: Vec<Redacted>,
    pub(crate) user_words: u32,
}

impl Argv {
    /// The arguments that are on record.
    pub fn words(&self) -> &[Redacted] {
        &self.words
    }

    /// How many more there were, meant for the user's own program.
    pub const fn user_words(&self) -> u32 {
        self.user_words
    }
}

/// The rules with the machine's key and the user's home.
#[derive(Clone)]
pub struct Redactor {
    key: [u8; 32],
    home: Option<Vec<u8>>,
}

impl Redactor {
    /// `key` is the machine's redaction key; `home` the folder that is written `~` (not `/`).
    pub fn new(key: &[u8; 32], home: Option<&Path>) -> Self {
        let home = home.map(|home| home.as_os_str().as_encoded_bytes());
        let home = home.map(|home| home.strip_suffix(b"/").unwrap_or(home).to_vec());
        Self {
            key: *key,
            home: home.filter(|home| home.len() > 1),
        }
    }

    /// Arguments; those from the index `user_from` on are the user's own program's and become a
    /// count.
    pub fn argv<T: AsRef<OsStr>>(&self, argv: &[T], user_from: Option<usize>) -> Argv {
        let ours = argv.get(..user_from.unwrap_or(argv.len())).unwrap_or(argv);
        let mut before: &[u8] = b"";
        let words = ours.iter().map(|word| {
            let word = word.as_ref().as_encoded_bytes();
            let redacted = match rules::after_flag(before, word) {
                Some(secret) => self.replace_tail(word, secret.start),
                None => self.scan(word, Extent::Word),
            };
            before = word;
            redacted
        });
        Argv {
            words: words.collect(),
            user_words: u32::try_from(argv.len() - ours.len()).unwrap_or(u32::MAX),
        }
    }

    /// The value of a variable of the environment; whole where the name says that it is a secret.
    pub fn value(&self, name: &str, value: &OsStr) -> Redacted {
        let value = value.as_encoded_bytes();
        if rules::is_secret_name(name.as_bytes()) {
            self.replace_tail(value, 0)
        } else {
            self.scan(value, Extent::Word)
        }
    }

    /// A path.
    pub fn path(&self, path: &Path) -> Redacted {
        self.scan(path.as_os_str().as_encoded_bytes(), Extent::Word)
    }

    /// Free text: reasons, addresses. A named secret ends at the next space here, elsewhere with
    /// the word.
    pub fn text(&self, text: &str) -> Redacted {
        self.scan(text.as_bytes(), Extent::Space)
    }

    fn scan(&self, text: &[u8], extent: Extent) -> Redacted {
        let mut redacted = Redacted {
            bytes: Vec::with_capacity(text.len()),
            count: 0,
        };
        let mut at = 0;
        while let Some(byte) = text.get(at) {
            if let Some(secret) = rules::secret_at(text, at, extent) {
                let secret = rules::with_what_it_announces(text, secret, extent);
                redacted
                    .bytes
                    .extend_from_slice(text.get(at..secret.start).unwrap_or_default());
                self.push_tag(&mut redacted, text.get(secret.clone()).unwrap_or_default());
                at = secret.end;
            } else if let Some(length) = self.home_at(text, at) {
                redacted.bytes.push(b'~');
                at += length;
            } else {
                redacted.bytes.push(*byte);
                at += 1;
            }
        }
        redacted
    }

    /// What stands before `from` passes the rules like any text; the rest is a secret.
    fn replace_tail(&self, text: &[u8], from: usize) -> Redacted {
        let (before, secret) = text.split_at_checked(from).unwrap_or((text, b""));
        let mut redacted = self.scan(before, Extent::Word);
        if !secret.is_empty() {
            self.push_tag(&mut redacted, secret);
        }
        redacted
    }

    fn push_tag(&self, redacted: &mut Redacted, secret: &[u8]) {
        let mut mac = Hmac::<sha2::Sha256>::new_from_slice(&self.key)
            .expect("HMAC takes a key of any length");
        mac.update(secret);
        let tag = Sha256::from_bytes(mac.finalize().into_bytes().into());
        redacted.bytes.extend_from_slice(b"[redacted:");
        crate::form::push_hex(&mut redacted.bytes, &crate::form::head(&tag));
        redacted.bytes.push(b']');
        redacted.count = redacted.count.saturating_add(1);
    }

    /// The length of the home folder's path where it stands at `at` as a whole path or its start.
    fn home_at(&self, text: &[u8], at: usize) -> Option<usize> {
        let home = self.home.as_ref()?;
        let rest = text.get(at..)?.strip_prefix(home.as_slice())?;
        let joins = |b: &u8| b.is_ascii_alphanumeric() || b"_-.".contains(b) || !b.is_ascii();
        let before = at.checked_sub(1).and_then(|before| text.get(before));
        let stands_alone = !before.is_some_and(joins) && !rest.first().is_some_and(joins);
        stands_alone.then_some(home.len())
    }
}

impl std::fmt::Debug for Redactor {
    /// Without the key.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Redactor").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
