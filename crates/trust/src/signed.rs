//! Files that a publisher signed with minisign: release indexes, mirrors' indexes, bundles,
//! policies, releases of this program.
//!
//! A signature counts when one of the keys that system or user named made it, over these bytes, and
//! its trusted comment says for which file. The trusted comment is signed too; it is words
//! `key:value` between spaces and tabs, as minisign itself writes them:
//!
//! ```text
//! timestamp:1700000000<TAB>file:index.json<TAB>hashed
//! timestamp:1700000000 file:index.json serial:7
//! ```
//!
//! * `file` must be there and be the name under which the bytes were served.
//! * `serial` is the number that may not go back; where it is not there, `timestamp` serves as the
//!   serial. A publisher keeps to one of the two. Equal is no rollback: it is the same state again.
//! * `timestamp` is when it was signed. Where an age is demanded, a signature without one is too old.
//! * Other words are passed over. A word that counts and stands there twice is refused.
//!
//! Only signatures over the `BLAKE2b` hash of the file count, which minisign has made by default since
//! 0.8; the legacy form, over the bytes themselves, is refused: one form is enough.
//!
//! Source: `jedisct1.github.io/minisign`, "Signature format".

mod fault;

use base64ct::{Base64, Encoding as _};
use minisign_verify::{PublicKey, Signature};

pub use self::fault::SignatureFault;
use crate::error::Error;
use crate::verified::Verified;

/// Most bytes of a file that is verified whole: an index of all releases has one to two million.
pub const MAX_SIGNED: usize = 64 * 1024 * 1024;

/// Most bytes of a signature's text: minisign writes comments of at most 8 KiB and 1 KiB.
pub const MAX_SIGNATURE: usize = 10 * 1024;

/// The algorithm in a key, and in a legacy signature.
const ED25519: &[u8] = b"Ed";
/// The algorithm in a signature over the hash.
const ED25519_HASHED: &[u8] = b"ED";

/// A key whose signatures count. It is handed in: nothing here reads one from anywhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublisherKey {
    key: PublicKey,
    id: String,
}

impl PublisherKey {
    /// Reads the line of base64 of a minisign public key, `RW` and 54 more characters.
    ///
    /// # Errors
    ///
    /// [`Error::Signature`] with [`SignatureFault::NotAKey`].
    pub fn parse(text: &str) -> Result<Self, Error> {
        let no_key = || fault_of("minisign key", SignatureFault::NotAKey(shortened(text)));
        let bytes = Base64::decode_vec(text).map_err(|_| no_key())?;
        let (ED25519, rest) = bytes.split_at_checked(2).ok_or_else(no_key)? else {
            return Err(no_key());
        };
        let id = rest.first_chunk().ok_or_else(no_key)?;
        let key = PublicKey::from_base64(text).map_err(|_| no_key())?;
        Ok(Self {
            key,
            id: key_id(*id),
        })
    }

    /// The id that minisign shows for the key: 16 upper-case hexadecimal digits.
    pub fn id(&self) -> &str {
        &self.id
    }
}

/// As minisign shows it: the eight bytes are a number, the least byte first.
fn key_id(bytes: [u8; 8]) -> String {
    format!("{:016X}", u64::from_le_bytes(bytes))
}

/// What kind of file was signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SignedKind {
    /// The index of release archives.
    Index,
    /// The index of a mirror.
    Mirror,
    /// The list of a bundle.
    Bundle,
    /// The organisation's policy.
    Policy,
    /// A release of this program.
    Product,
}

impl SignedKind {
    /// The word in messages, records and the names of kept serials.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Index => "index",
            Self::Mirror => "mirror",
            Self::Bundle => "bundle",
            Self::Policy => "policy",
            Self::Product => "product",
        }
    }
}

/// What a signature is measured against: nothing, unless something is known or demanded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Freshness {
    /// The greatest serial seen so far of this kind under this key; a smaller one is a rollback.
    pub known_serial: Option<u64>,
    /// Seconds since 1970, UTC; what was signed before is a freeze.
    pub not_before: Option<u64>,
}

/// Bytes that a publisher signed, with what the signature says of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// What kind of file.
    pub kind: SignedKind,
    /// Its name, by the signature.
    pub file: String,
    /// The number that may not go back.
    pub serial: u64,
    /// When it was signed, in seconds since 1970, where the signature says so.
    pub signed_at: Option<u64>,
    /// The id of the key that signed it.
    pub key: String,
    /// The bytes.
    pub bytes: Vec<u8>,
}

impl Verified<Signed> {
    /// The same, if it is fresh by this measure too: for a caller that knows it only once it knows
    /// whose key signed, or what the file says.
    ///
    /// # Errors
    ///
    /// [`Error::Signature`] with [`SignatureFault::Rollback`] or [`SignatureFault::Frozen`].
    pub fn as_fresh_as(self, freshness: &Freshness) -> Result<Self, Error> {
        match check_fresh(self.serial, self.signed_at, freshness) {
            Ok(()) => Ok(self),
            Err(fault) => Err(signature_fault(self.kind, &self.file, fault)),
        }
    }
}

/// Judges a signature over bytes that were served as `file_name`. `signature` is the text of a
/// `.minisig` file. Gives the bytes back with what the signature says of them.
///
/// # Errors
///
/// [`Error::Signature`] names the first of these that is so: too long, no signature, legacy form,
/// unknown key, forged, another file, no serial, rollback, freeze.
#[expect(
    clippy::too_many_arguments,
    reason = "the four that were served, and the two that they are measured against"
)]
pub fn verify_signed(
    kind: SignedKind,
    file_name: &str,
    bytes: Vec<u8>,
    signature: &str,
    keys: &[PublisherKey],
    freshness: &Freshness,
) -> Result<Verified<Signed>, Error> {
    let wrong = |fault| signature_fault(kind, file_name, fault);
    let (key, comment) = check_signature(&bytes, signature, keys).map_err(wrong)?;
    let said = TrustedComment::parse(comment.trusted_comment()).map_err(wrong)?;
    if said.file != file_name {
        return Err(wrong(SignatureFault::OtherFile(shortened(said.file))));
    }
    let serial = said.serial.or(said.timestamp);
    let serial = serial.ok_or_else(|| wrong(SignatureFault::Word("serial")))?;
    check_fresh(serial, said.timestamp, freshness).map_err(wrong)?;
    Ok(Verified::vouch(Signed {
        kind,
        file: file_name.to_owned(),
        serial,
        signed_at: said.timestamp,
        key,
        bytes,
    }))
}

/// The id of the key that made the signature, and the signature itself.
fn check_signature(
    bytes: &[u8],
    text: &str,
    keys: &[PublisherKey],
) -> Result<(String, Signature), SignatureFault> {
    for (what, found, limit) in [
        ("file", bytes.len(), MAX_SIGNED),
        ("signature", text.len(), MAX_SIGNATURE),
    ] {
        if found > limit {
            return Err(SignatureFault::TooLong(what, found, limit));
        }
    }
    let signer = signer_of(text)?;
    let signature = Signature::decode(text)
        .map_err(|_| SignatureFault::Malformed("its four lines are not those of one"))?;
    // Two keys may have one id: each is tried.
    let mut named = keys.iter().filter(|key| key.id == signer).peekable();
    if named.peek().is_none() {
        return Err(SignatureFault::UnknownKey {
            key: signer,
            named: keys.iter().map(|key| key.id.clone()).collect(),
        });
    }
    if named.any(|key| key.key.verify(bytes, &signature, false).is_ok()) {
        Ok((signer, signature))
    } else {
        Err(SignatureFault::Forged(signer))
    }
}

/// The id of the key in the second line; the form of the text is checked on the way.
fn signer_of(text: &str) -> Result<String, SignatureFault> {
    let malformed = SignatureFault::Malformed;
    let lines: Vec<&str> = text.lines().collect();
    let [_, signature, _, _] = lines.as_slice() else {
        return Err(malformed("it does not have four lines"));
    };
    let bytes =
        Base64::decode_vec(signature).map_err(|_| malformed("its second line is not base64"))?;
    let (algorithm, rest) = bytes
        .split_at_checked(2)
        .ok_or(malformed("its second line is too short"))?;
    let id = rest
        .first_chunk()
        .ok_or(malformed("its second line is too short"))?;
    match algorithm {
        ED25519_HASHED => Ok(key_id(*id)),
        ED25519 => Err(SignatureFault::Legacy),
        _ => Err(malformed("its algorithm is unknown")),
    }
}

fn check_fresh(
    serial: u64,
    signed_at: Option<u64>,
    freshness: &Freshness,
) -> Result<(), SignatureFault> {
    if let Some(known) = freshness.known_serial.filter(|known| serial < *known) {
        return Err(SignatureFault::Rollback {
            known,
            found: serial,
        });
    }
    let frozen = |not_before: &u64| signed_at.is_none_or(|at| at < *not_before);
    match freshness.not_before.filter(frozen) {
        Some(not_before) => Err(SignatureFault::Frozen {
            signed_at,
            not_before,
        }),
        None => Ok(()),
    }
}

/// What a trusted comment says.
struct TrustedComment<'a> {
    file: &'a str,
    serial: Option<u64>,
    timestamp: Option<u64>,
}

impl<'a> TrustedComment<'a> {
    fn parse(text: &'a str) -> Result<Self, SignatureFault> {
        let number = |word| match value_of(text, word)? {
            None => Ok(None),
            Some(value) => match plain_number(value) {
                Some(number) => Ok(Some(number)),
                None => Err(SignatureFault::Number(word, shortened(value))),
            },
        };
        Ok(Self {
            file: value_of(text, "file")?.ok_or(SignatureFault::Word("file"))?,
            serial: number("serial")?,
            timestamp: number("timestamp")?,
        })
    }
}

/// The value of a word, which may stand there once.
fn value_of<'a>(text: &'a str, word: &'static str) -> Result<Option<&'a str>, SignatureFault> {
    let mut values = text
        .split([' ', '\t'])
        .filter_map(|part| part.split_once(':'))
        .filter(|(name, _)| *name == word)
        .map(|(_, value)| value);
    match (values.next(), values.next()) {
        (found, None) => Ok(found),
        (_, Some(_)) => Err(SignatureFault::Word(word)),
    }
}

/// A decimal number as it is written in one way only.
fn plain_number(text: &str) -> Option<u64> {
    text.parse()
        .ok()
        .filter(|number: &u64| number.to_string() == text)
}

fn shortened(text: &str) -> String {
    text.chars().take(64).collect()
}

/// The error that a signature of a file does not count.
pub fn signature_fault(kind: SignedKind, file_name: &str, fault: SignatureFault) -> Error {
    fault_of(&format!("signature of {} {file_name}", kind.word()), fault)
}

fn fault_of(what: &str, fault: SignatureFault) -> Error {
    Error::Signature {
        what: what.to_owned(),
        fault,
    }
}
