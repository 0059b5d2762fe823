//! A publisher that signs files in minisign's form.
//!
//! Owns: a key that follows from a name, and the text of signatures over it. Does not do: verifying.
//!
//! Source: `jedisct1.github.io/minisign`, "Signature format".

use base64ct::{Base64, Encoding as _};
use blake2::{Blake2b512, Digest as _};
use ed25519_dalek::{Signer as _, SigningKey};
use goseal_core::digest::Sha256;

/// A publisher with its key.
pub struct Publisher {
    key: SigningKey,
    id: [u8; 8],
}

impl Publisher {
    /// The publisher of that name: its seed is the SHA-256 of the name after `goseal lab publisher `,
    /// its key's id the first eight bytes of the SHA-256 of that.
    pub fn named(name: &str) -> Self {
        let seed = Sha256::of(format!("goseal lab publisher {name}").as_bytes());
        let mut id = [0; 8];
        let digest = Sha256::of(seed.as_bytes());
        id.iter_mut()
            .zip(digest.as_bytes())
            .for_each(|(to, from)| *to = *from);
        Self {
            key: SigningKey::from_bytes(seed.as_bytes()),
            id,
        }
    }

    /// The line of its public key.
    pub fn key(&self) -> String {
        let mut bytes = b"Ed".to_vec();
        bytes.extend(self.id);
        bytes.extend(self.key.verifying_key().as_bytes());
        Base64::encode_string(&bytes)
    }

    /// The id of its key, as minisign shows it.
    pub fn id(&self) -> String {
        format!("{:016X}", u64::from_le_bytes(self.id))
    }

    /// A signature over the hash of `bytes`, with that trusted comment.
    pub fn sign(&self, bytes: &[u8], comment: &str) -> String {
        let signature = self.key.sign(&Blake2b512::digest(bytes)).to_bytes();
        let mut line = b"ED".to_vec();
        line.extend(self.id);
        line.extend(signature);
        let global = [&signature, comment.as_bytes()].concat();
        format!(
            "untrusted comment: signature of the lab\n{}\ntrusted comment: {comment}\n{}\n",
            Base64::encode_string(&line),
            Base64::encode_string(&self.key.sign(&global).to_bytes())
        )
    }
}
