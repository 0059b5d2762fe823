//! A publisher who signs in minisign's form.
//!
//! Source: `jedisct1.github.io/minisign`, "Signature format".

use base64ct::{Base64, Encoding as _};
use blake2::{Blake2b512, Digest as _};
use ed25519_dalek::{Signer as _, SigningKey};

/// A made-up publisher; the same seed is the same one.
pub struct Publisher {
    key: SigningKey,
    id: [u8; 8],
}

impl Publisher {
    /// The publisher whose key is made of one byte.
    pub fn new(seed: u8) -> Self {
        Self {
            key: SigningKey::from_bytes(&[seed; 32]),
            id: [seed; 8],
        }
    }

    /// The public key, as a configuration names it.
    pub fn key_text(&self) -> String {
        let mut bytes = b"Ed".to_vec();
        bytes.extend(self.id);
        bytes.extend(self.key.verifying_key().as_bytes());
        Base64::encode_string(&bytes)
    }

    /// The text of a `.minisig` file over `bytes`, with that trusted comment.
    pub fn sign(&self, bytes: &[u8], comment: &str) -> String {
        let signature = self.key.sign(&Blake2b512::digest(bytes)).to_bytes();
        let mut line = b"ED".to_vec();
        line.extend(self.id);
        line.extend(signature);
        let global = [&signature, comment.as_bytes()].concat();
        let global = self.key.sign(&global).to_bytes();
        format!(
            "untrusted comment: of the lab\n{}\ntrusted comment: {comment}\n{}\n",
            Base64::encode_string(&line),
            Base64::encode_string(&global),
        )
    }
}
