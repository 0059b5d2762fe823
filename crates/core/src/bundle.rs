//! What a bundle says of itself: `bundle.toml` as values.

use crate::digest::Sha256;
use crate::platform::Platform;
use crate::version::Version;

/// The first member of a bundle.
pub const BUNDLE_TOML: &str = "bundle.toml";

/// The second member of a bundle that is signed.
pub const BUNDLE_SIGNATURE: &str = "bundle.toml.minisig";

/// The list of a bundle. Nothing in it is proved: the checksum database's records prove the
/// toolchains, and a signature over these bytes the rest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bundle {
    /// A number that grows with each bundle of a publisher: seconds since 1970, UTC, unless the
    /// publisher chose another.
    pub serial: u64,
    /// The same as a date, in the form of RFC 3339; for people.
    pub date: String,
    /// The releases, ascending.
    pub versions: Vec<Version>,
    /// The platforms, ascending.
    pub platforms: Vec<Platform>,
    /// Records in the database's tree under whose head everything is proved.
    pub tree_size: u64,
    /// The root of that tree.
    pub tree_root: Sha256,
    /// Every other member but the signature, in the order in which they lie there.
    pub files: Vec<BundleFile>,
}

/// One member of a bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BundleFile {
    /// Its name.
    pub name: String,
    /// SHA-256 of its bytes.
    pub sha256: Sha256,
    /// Bytes.
    pub size: u64,
}
