//! The two hashes of RFC 6962, section 2.1.

use std::fmt;

use base64ct::{Base64, Encoding as _};
use sha2::{Digest as _, Sha256};

/// A SHA-256 in a tree: of a record, or of two hashes. Its text is canonical base64.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash([u8; 32]);

impl Hash {
    /// Bytes of a hash.
    pub const LEN: usize = 32;

    /// Wraps the 32 bytes of a hash.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Reads 44 characters of base64; the inverse of its `Display`.
    pub fn parse_base64(text: &str) -> Option<Self> {
        let mut bytes = [0; 32];
        let length = Base64::decode(text, &mut bytes).ok()?.len();
        (length == Self::LEN).then_some(Self(bytes))
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&Base64::encode_string(&self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hash({self})")
    }
}

/// The hash of a record: SHA-256 of 0x00 and its bytes.
pub fn leaf_hash(data: &[u8]) -> Hash {
    hash(&[&[0x00], data])
}

/// The hash of two subtrees: SHA-256 of 0x01 and their hashes.
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    hash(&[&[0x01], &left.0, &right.0])
}

/// The root of the tree without records: SHA-256 of nothing.
pub(crate) fn empty_root() -> Hash {
    hash(&[])
}

fn hash(parts: &[&[u8]]) -> Hash {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update(part);
    }
    Hash(digest.finalize().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaves_and_nodes_hash_as_in_certificate_transparency() {
        let table = [
            (empty_root(), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="),
            (
                leaf_hash(b""),
                "bjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB0=",
            ),
            (
                node_hash(&leaf_hash(b""), &leaf_hash(b"\0")),
                "+sVCA+fMaWzw38tCySodnbr3CtnmIfS9jZhmLwDjwSU=",
            ),
        ];
        for (found, text) in table {
            assert_eq!(found.to_string(), text);
        }
    }

    #[test]
    fn base64_is_read_and_written_the_same_and_canonical() {
        let text = "iHqVxqh8cyFgqTcentUiEjZ88MD/U2r6w+0h9y1wcFA=";
        assert_eq!(Hash::parse_base64(text).unwrap().to_string(), text);
        for wrong in [
            "",
            &text[1..],
            &text[..43],
            &text.replace("FA=", "FB="),
            "AAAA",
        ] {
            assert_eq!(Hash::parse_base64(wrong), None, "{wrong}");
        }
    }
}
