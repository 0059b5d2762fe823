//! The text of a minisign public key, as people copy it.

use std::fmt;

/// The line of base64 in a minisign public key file: 42 bytes, `Ed` first, in 56 characters. Whether
/// the bytes are a point of the curve is for the verifier to say.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MinisignKey(String);

impl MinisignKey {
    /// Reads the line. The two bytes `Ed` make `RW` and one of four letters.
    pub fn parse(text: &str) -> Option<Self> {
        let is_base64 = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/');
        let begins = matches!(text.as_bytes(), [b'R', b'W', b'Q'..=b'T', ..]);
        (begins && text.len() == 56 && text.bytes().all(is_base64)).then(|| Self(text.to_owned()))
    }

    /// The line.
    pub fn text(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for MinisignKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_one_form() {
        let key = "RWQLLL5nvkRCe2Zq9KhEBpYWlooIceatlpdGCyq6Gjc8d0VWLmPKzyyF";
        assert_eq!(MinisignKey::parse(key).unwrap().text(), key);
        for text in [
            "",
            &key[1..],
            &format!("{key}A"),
            &key.replacen("RW", "RU", 1),
            &key.replacen("RWQ", "RWU", 1),
            &key.replacen('+', "=", 1).replacen('Q', " ", 1),
        ] {
            assert_eq!(MinisignKey::parse(text), None, "{text}");
        }
    }
}
