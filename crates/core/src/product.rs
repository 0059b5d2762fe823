//! Releases of this program itself, as a publisher lists them.

use std::collections::BTreeMap;
use std::fmt;

use crate::digest::Sha256;
use crate::platform::Platform;

/// The name of the list, beside the files that it lists.
pub const PRODUCT_INDEX: &str = "goseal-releases.toml";

/// A version of this program: three numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProductVersion {
    numbers: [u32; 3],
}

impl ProductVersion {
    /// Reads `1.2.3`: no leading zeros, nothing before or after.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('.').map(number);
        let numbers = [parts.next()??, parts.next()??, parts.next()??];
        parts.next().is_none().then_some(Self { numbers })
    }
}

fn number(text: &str) -> Option<u32> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let plain = digits && (text == "0" || !text.starts_with('0'));
    plain.then(|| text.parse().ok()).flatten()
}

impl fmt::Display for ProductVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [major, minor, patch] = self.numbers;
        write!(f, "{major}.{minor}.{patch}")
    }
}

/// One file of a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductFile {
    /// Its name beside the list: letters, digits, `.`, `_`, `-`.
    pub file: String,
    /// SHA-256 of it.
    pub sha256: Sha256,
    /// Its bytes.
    pub size: u64,
}

impl ProductFile {
    /// Whether a text may be such a name: plain, not hidden, at most 100 characters.
    pub fn is_name(text: &str) -> bool {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        (1..=100).contains(&text.len()) && !text.starts_with('.') && text.bytes().all(plain)
    }
}

/// What is published for one platform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductRelease {
    /// Its version.
    pub version: ProductVersion,
    /// The program.
    pub program: ProductFile,
    /// The shim that belongs to it.
    pub shim: ProductFile,
}

/// The list of releases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductIndex {
    /// The number that may not go back; the signature's own must be the same.
    pub serial: u64,
    /// What there is for each platform.
    pub releases: BTreeMap<Platform, ProductRelease>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_three_numbers_in_one_form() {
        for text in ["0.1.0", "1.22.333", "0.0.0", "4294967295.0.1"] {
            assert_eq!(ProductVersion::parse(text).unwrap().to_string(), text);
        }
        for text in [
            "",
            "1",
            "1.2",
            "1.2.3.4",
            "01.2.3",
            "1.02.3",
            "1.2.",
            "1.2.x",
            "v1.2.3",
            "1.2.3-rc1",
            "+1.2.3",
            " 1.2.3",
            "4294967296.0.0",
            "１.2.3",
        ] {
            assert_eq!(ProductVersion::parse(text), None, "{text:?}");
        }
        let version = |text| ProductVersion::parse(text).unwrap();
        assert!(version("0.10.0") > version("0.9.9"));
        assert!(version("1.0.0") > version("0.99.99"));
    }

    #[test]
    fn a_file_name_leads_nowhere() {
        for name in ["goseal", "goseal-0.2.0.linux-amd64", "a_b"] {
            assert!(ProductFile::is_name(name), "{name}");
        }
        for name in ["", "..", ".x", "a/b", "/a", "a\\b", "a b", "a\n", "é"] {
            assert!(!ProductFile::is_name(name), "{name}");
        }
    }
}
