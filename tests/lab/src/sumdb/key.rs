//! The lab's key and the notes that it signs.
//!
//! Source: C2SP signed-note; golang.org/x/mod `sumdb/note`.

use base64ct::{Base64, Encoding as _};
use ed25519_dalek::{Signer as _, SigningKey};
use goseal_core::digest::Sha256;

/// Ed25519 in the key hash and in the text of a key.
const ALGORITHM: u8 = 1;

/// A signing key with its name.
pub(crate) struct Key {
    name: String,
    key: SigningKey,
}

impl Key {
    /// The key of that name: its seed is the SHA-256 of the name after `goseal lab key `.
    pub(crate) fn named(name: &str) -> Self {
        let seed = Sha256::of(format!("goseal lab key {name}").as_bytes());
        Self {
            name: name.to_owned(),
            key: SigningKey::from_bytes(seed.as_bytes()),
        }
    }

    /// 0x01 and the 32 bytes of the public key.
    fn public(&self) -> Vec<u8> {
        let mut bytes = vec![ALGORITHM];
        bytes.extend_from_slice(self.key.verifying_key().as_bytes());
        bytes
    }

    /// The first four bytes of SHA-256(name, LF, public).
    fn hash(&self) -> [u8; 4] {
        let mut bytes = format!("{}\n", self.name).into_bytes();
        bytes.extend(self.public());
        let [a, b, c, d, ..] = *Sha256::of(&bytes).as_bytes();
        [a, b, c, d]
    }

    /// `name+hash+key`, what a client is given.
    pub(crate) fn verifier_text(&self) -> String {
        let hash = u32::from_be_bytes(self.hash());
        let public = Base64::encode_string(&self.public());
        format!("{}+{hash:08x}+{public}", self.name)
    }

    /// One signature line over `text`; with `spoil` its last byte is another.
    pub(crate) fn signature_line(&self, text: &str, spoil: bool) -> String {
        let mut bytes = self.hash().to_vec();
        bytes.extend(self.key.sign(text.as_bytes()).to_bytes());
        if let Some(last) = bytes.last_mut().filter(|_| spoil) {
            *last ^= 1;
        }
        format!("\u{2014} {} {}\n", self.name, Base64::encode_string(&bytes))
    }
}
