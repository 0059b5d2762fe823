//! SHA-256 digests and the `h1:` identity that Go gives to a module.

use std::fmt;

use base64ct::{Base64, Encoding as _};
use sha2::Digest as _;

/// A digest that is not written the way its kind is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DigestSyntax {
    /// What was expected, as a noun phrase.
    pub expected: &'static str,
    /// What was found, at most 100 characters of it.
    pub found: String,
}

impl fmt::Display for DigestSyntax {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "expected {}, found `{}`",
            self.expected,
            self.found.escape_debug()
        )
    }
}

impl std::error::Error for DigestSyntax {}

fn syntax(expected: &'static str, text: &str) -> DigestSyntax {
    DigestSyntax {
        expected,
        found: text.chars().take(100).collect(),
    }
}

/// A SHA-256 digest: 32 bytes, written as 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sha256([u8; 32]);

impl Sha256 {
    /// The digest of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self(sha2::Sha256::digest(bytes).into())
    }

    /// Wraps the 32 bytes of a digest computed elsewhere.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Reads exactly 64 lower-case hexadecimal digits.
    ///
    /// # Errors
    ///
    /// [`DigestSyntax`] for any other text, upper-case digits and the empty text included: an
    /// absent digest is the caller's `Option`, never a digest.
    pub fn parse_hex(text: &str) -> Result<Self, DigestSyntax> {
        let wrong = || syntax("64 lower-case hexadecimal digits", text);
        let mut bytes = [0; 32];
        if text.len() != 64 {
            return Err(wrong());
        }
        for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            let digits = pair.iter().map(|digit| hex_value(*digit));
            *byte = digits
                .reduce(|high, low| Some(high? << 4 | low?))
                .flatten()
                .ok_or_else(wrong)?;
        }
        Ok(Self(bytes))
    }

    /// The digest in standard base64 with padding, 44 characters, as signed trees write it.
    pub fn to_base64(&self) -> String {
        Base64::encode_string(&self.0)
    }
}

fn hex_value(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

impl fmt::Display for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A manifest writes 10,000 of these: one text, not 32 pieces.
        let digit = |value: u8| if value < 10 { b'0' } else { b'a' - 10 } + value;
        let mut text = [0; 64];
        for (pair, byte) in text.chunks_exact_mut(2).zip(self.0) {
            pair.copy_from_slice(&[digit(byte >> 4), digit(byte & 15)]);
        }
        f.write_str(std::str::from_utf8(&text).map_err(|_| fmt::Error)?)
    }
}

impl fmt::Debug for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sha256({self})")
    }
}

/// The identity of a toolchain: `h1:` and the base64 SHA-256 over the digests of its files.
///
/// It is the same for the release archive and the module zip of one release and platform.
/// Source: golang.org/x/mod `sumdb/dirhash`, `Hash1`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct H1(Sha256);

impl H1 {
    /// Wraps the SHA-256 of the summary that [`crate::manifest::Manifest::h1`] describes.
    pub const fn from_sha256(digest: Sha256) -> Self {
        Self(digest)
    }

    /// The SHA-256 behind the `h1:` form.
    pub const fn sha256(&self) -> Sha256 {
        self.0
    }

    /// Reads `h1:` followed by 44 characters of canonical base64.
    ///
    /// # Errors
    ///
    /// [`DigestSyntax`] for any other text, and for base64 whose unused bits are not zero.
    pub fn parse(text: &str) -> Result<Self, DigestSyntax> {
        let wrong = || syntax("`h1:` and 44 characters of base64", text);
        let encoded = text.strip_prefix("h1:").ok_or_else(wrong)?;
        let mut bytes = [0; 32];
        match Base64::decode(encoded, &mut bytes) {
            Ok(decoded) if decoded.len() == 32 => Ok(Self(Sha256(bytes))),
            _ => Err(wrong()),
        }
    }
}

impl fmt::Display for H1 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "h1:{}", self.0.to_base64())
    }
}

impl fmt::Debug for H1 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    #[test]
    fn hex_is_read_and_written_the_same() {
        assert_eq!(Sha256::of(b"").to_string(), EMPTY);
        assert_eq!(Sha256::parse_hex(EMPTY), Ok(Sha256::of(b"")));
    }

    #[test]
    fn refuses_hex_of_another_length_case_or_alphabet() {
        for text in [
            "",
            &EMPTY[1..],
            &EMPTY.to_uppercase(),
            &EMPTY.replace('e', "g"),
        ] {
            assert!(Sha256::parse_hex(text).is_err(), "{text}");
        }
    }

    #[test]
    fn h1_is_read_and_written_the_same() {
        let text = "h1:LQChnsjY/4sr12W+7pci1Qg1+X/n7vmLOOaq2aTBG0w=";
        assert_eq!(H1::parse(text).unwrap().to_string(), text);
    }

    #[test]
    fn refuses_an_h1_that_is_short_unpadded_or_not_canonical() {
        for text in [
            "LQChnsjY/4sr12W+7pci1Qg1+X/n7vmLOOaq2aTBG0w=",
            "h1:LQChnsjY/4sr12W+7pci1Qg1+X/n7vmLOOaq2aTBG0w",
            "h1:LQChnsjY/4sr12W+7pci1Qg1+X/n7vmLOOaq2aTBG0x=",
            "h1:",
            "h2:LQChnsjY/4sr12W+7pci1Qg1+X/n7vmLOOaq2aTBG0w=",
        ] {
            assert!(H1::parse(text).is_err(), "{text}");
        }
    }
}
