//! Signed notes: a text and who vouches for it.
//!
//! Source: C2SP signed-note; golang.org/x/mod `sumdb/note`. Stricter than both: every signature of
//! a key that we know must verify, not the first alone.

use std::fmt;

use base64ct::{Base64, Encoding as _};
use ed25519_dalek::Signer as _;
use sha2::{Digest as _, Sha256};

use crate::Error;

/// Bytes of the greatest note that is read.
pub const MAX_NOTE: usize = 1_000_000;

/// Signatures of one note, at most.
pub const MAX_SIGNATURES: usize = 100;

/// The only algorithm: Ed25519 over the text.
const ED25519: u8 = 0x01;

/// What a line of a signature begins with: an em dash and a space.
const SIGNATURE_LINE: &str = "\u{2014} ";

/// Name and hash of a key, as they stand in notes. Two keys can share a name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId {
    name: String,
    hash: [u8; 4],
}

impl KeyId {
    fn new(name: &str, public: &[u8; 32]) -> Result<Self, Error> {
        if !is_name(name) {
            return Err(Error::Key("the name is empty or holds a space or `+`"));
        }
        let mut digest = Sha256::new();
        for part in [name.as_bytes(), b"\n", &[ED25519], public] {
            digest.update(part);
        }
        let all: [u8; 32] = digest.finalize().into();
        let [a, b, c, d, ..] = all;
        Ok(Self {
            name: name.to_owned(),
            hash: [a, b, c, d],
        })
    }

    /// The name of the key.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}+{:08x}", self.name, u32::from_be_bytes(self.hash))
    }
}

fn is_name(text: &str) -> bool {
    let bad = |c: char| c.is_whitespace() || c.is_control() || c == '+';
    !text.is_empty() && !text.contains(bad)
}

/// A public key that notes are opened with. Its text is `name+hash+base64`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifierKey {
    id: KeyId,
    key: ed25519_dalek::VerifyingKey,
}

impl VerifierKey {
    /// Reads `name+hash+base64`; the inverse of its `Display`.
    ///
    /// # Errors
    ///
    /// [`Error::Key`] for any other text, a hash that is not that of name and key, another
    /// algorithm than Ed25519, and a key of small order.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(_), Some(encoded)) = (parts.next(), parts.next(), parts.next())
        else {
            return Err(Error::Key("expected name+hash+base64"));
        };
        let mut bytes = [0; 33];
        let Ok([ED25519, public @ ..]) = Base64::decode(encoded, &mut bytes) else {
            return Err(Error::Key("no Ed25519 key in base64"));
        };
        let Ok(public) = <&[u8; 32]>::try_from(public) else {
            return Err(Error::Key("the Ed25519 key has not 32 bytes"));
        };
        let key = Self::new(name, public)?;
        if key.to_string() == text {
            return Ok(key);
        }
        Err(Error::Key("the hash is not that of name and key"))
    }

    fn new(name: &str, public: &[u8; 32]) -> Result<Self, Error> {
        let key = ed25519_dalek::VerifyingKey::from_bytes(public)
            .ok()
            .filter(|key| !key.is_weak())
            .ok_or(Error::Key("not a point of Ed25519, or one of small order"))?;
        Ok(Self {
            id: KeyId::new(name, public)?,
            key,
        })
    }

    /// Name and hash.
    pub const fn id(&self) -> &KeyId {
        &self.id
    }

    /// RFC 8032 with canonical scalar and points.
    fn verifies(&self, text: &str, signature: &[u8]) -> bool {
        ed25519_dalek::Signature::from_slice(signature)
            .is_ok_and(|signature| self.key.verify_strict(text.as_bytes(), &signature).is_ok())
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = vec![ED25519];
        bytes.extend_from_slice(self.key.as_bytes());
        write!(f, "{}+{}", self.id, Base64::encode_string(&bytes))
    }
}

/// A private key that notes are signed with. It is never printed.
pub struct Signer {
    key: ed25519_dalek::SigningKey,
    verifier: VerifierKey,
}

impl Signer {
    /// The key of an Ed25519 seed.
    ///
    /// # Errors
    ///
    /// [`Error::Key`] where the name is empty or holds a space, a control character or `+`.
    pub fn from_seed(name: &str, seed: &[u8; 32]) -> Result<Self, Error> {
        let key = ed25519_dalek::SigningKey::from_bytes(seed);
        let verifier = VerifierKey::new(name, key.verifying_key().as_bytes())?;
        Ok(Self { key, verifier })
    }

    /// The key that opens what this one signs.
    pub const fn verifier(&self) -> &VerifierKey {
        &self.verifier
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({})", self.verifier.id)
    }
}

/// A text for which a key that we know has vouched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    text: String,
    signers: Vec<KeyId>,
}

impl Note {
    /// The signed text, which ends in LF.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The known keys that signed it, each once, in the order of the note; at least one.
    pub fn signers(&self) -> &[KeyId] {
        &self.signers
    }
}

/// A signature as it stands in a note.
struct SignatureLine<'a> {
    name: &'a str,
    hash: [u8; 4],
    signature: Vec<u8>,
}

impl<'a> SignatureLine<'a> {
    fn parse(line: &'a str) -> Option<Self> {
        let (name, encoded) = line.strip_prefix(SIGNATURE_LINE)?.split_once(' ')?;
        let bytes = Base64::decode_vec(encoded).ok()?;
        let (hash, signature) = bytes.split_first_chunk::<4>()?;
        (is_name(name) && !signature.is_empty()).then(|| Self {
            name,
            hash: *hash,
            signature: signature.to_vec(),
        })
    }

    fn is_of(&self, id: &KeyId) -> bool {
        self.name == id.name && self.hash == id.hash
    }
}

fn check_text(text: &str) -> Result<(), Error> {
    if text.len() > MAX_NOTE {
        return Err(Error::Note("more than 1,000,000 bytes"));
    }
    if text.bytes().any(|byte| byte < 0x20 && byte != b'\n') {
        return Err(Error::Note("a control character other than LF"));
    }
    if text.ends_with('\n') {
        return Ok(());
    }
    Err(Error::Note("the text does not end in LF"))
}

/// Opens a note with the keys that are known. Signatures of other keys are passed over.
///
/// # Errors
///
/// [`Error::Note`] for what is not a signed note or has more than [`MAX_SIGNATURES`];
/// [`Error::Signature`] where any signature of a known key does not verify;
/// [`Error::UnknownSigners`] where there is none of a known key.
pub fn open(note: &[u8], keys: &[VerifierKey]) -> Result<Note, Error> {
    let note = str::from_utf8(note).map_err(|_| Error::Note("not UTF-8"))?;
    check_text(note)?;
    let (body, lines) = note
        .rsplit_once("\n\n")
        .ok_or(Error::Note("no blank line before the signatures"))?;
    let text = note.get(..=body.len()).unwrap_or_default();
    let lines = lines.strip_suffix('\n').unwrap_or(lines);
    if lines.split('\n').count() > MAX_SIGNATURES {
        return Err(Error::Note("more than 100 signatures"));
    }
    let mut signers: Vec<KeyId> = Vec::new();
    for line in lines.split('\n') {
        let line = SignatureLine::parse(line).ok_or(Error::Note("a malformed signature line"))?;
        let Some(key) = keys.iter().find(|key| line.is_of(&key.id)) else {
            continue;
        };
        if !key.verifies(text, &line.signature) {
            return Err(Error::Signature {
                key: key.id.to_string(),
            });
        }
        if !signers.contains(&key.id) {
            signers.push(key.id.clone());
        }
    }
    if signers.is_empty() {
        return Err(Error::UnknownSigners);
    }
    Ok(Note {
        text: text.to_owned(),
        signers,
    })
}

/// Signs a text; the inverse of [`open`]. Ed25519 takes no randomness, so the same text and keys
/// give the same note.
///
/// # Errors
///
/// [`Error::Note`] for a text that cannot be opened again, and for no signer or more than
/// [`MAX_SIGNATURES`].
pub fn sign(text: &str, signers: &[&Signer]) -> Result<String, Error> {
    check_text(text)?;
    if signers.is_empty() || signers.len() > MAX_SIGNATURES {
        return Err(Error::Note("expected 1 to 100 signatures"));
    }
    let mut note = format!("{text}\n");
    for signer in signers {
        let id = &signer.verifier.id;
        let mut bytes = id.hash.to_vec();
        bytes.extend_from_slice(&signer.key.sign(text.as_bytes()).to_bytes());
        let signature = Base64::encode_string(&bytes);
        note.extend([SIGNATURE_LINE, &id.name, " ", &signature, "\n"]);
    }
    Ok(note)
}

#[cfg(test)]
mod tests;
