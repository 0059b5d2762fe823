//! The verdict over a release of this program: what a publisher signed, and the files it lists.

use goseal_core::digest::Sha256;
use goseal_core::platform::Platform;
use goseal_core::product::{
    PRODUCT_INDEX, ProductFile, ProductIndex, ProductRelease, ProductVersion,
};
use goseal_core::unverified::Unverified;

use crate::error::Error;
use crate::signed::Signed;
use crate::verified::Verified;

const LIST: &str = "the signed list";

/// What the signed list has for a platform; `None` where it has nothing for it.
///
/// `index` is what `signed` says, read. The serial in it must be the signature's: the two are made
/// at different moments, and only together do they say which list is the newer one.
///
/// # Errors
///
/// [`Error::Contradiction`] where the serials differ, and where what is offered is older than what
/// runs: a rollback by whoever serves, or by whoever signs.
pub fn judge_product(
    signed: &Verified<Signed>,
    index: ProductIndex,
    platform: Platform,
    running: ProductVersion,
) -> Result<Option<Verified<ProductRelease>>, Error> {
    if index.serial != signed.serial {
        return Err(Error::Contradiction {
            what: format!("serial of {PRODUCT_INDEX}"),
            left: ("its signature", signed.serial.to_string()),
            right: ("the list", index.serial.to_string()),
        });
    }
    let mut releases = index.releases;
    let Some(release) = releases.remove(&platform) else {
        return Ok(None);
    };
    if release.version < running {
        return Err(Error::Contradiction {
            what: "version of goseal".to_owned(),
            left: ("the running program", running.to_string()),
            right: (LIST, release.version.to_string()),
        });
    }
    Ok(Some(Verified::vouch(release)))
}

/// A file of a release, if it is the one that the signed list names.
///
/// # Errors
///
/// [`Error::Contradiction`] for another size or digest.
pub fn judge_product_file(
    listed: &ProductFile,
    bytes: &Unverified<Vec<u8>>,
) -> Result<Verified<Vec<u8>>, Error> {
    let bytes = bytes.untrusted();
    let differs = |what: &str, left: String, right: String| Error::Contradiction {
        what: format!("{what} of {}", listed.file),
        left: (LIST, left),
        right: ("the file", right),
    };
    let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    if size != listed.size {
        return Err(differs("size", listed.size.to_string(), size.to_string()));
    }
    let sha256 = Sha256::of(bytes);
    if sha256 != listed.sha256 {
        let (left, right) = (listed.sha256.to_string(), sha256.to_string());
        return Err(differs("sha256", left, right));
    }
    Ok(Verified::vouch(bytes.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signed::SignedKind;

    fn file(bytes: &[u8]) -> ProductFile {
        ProductFile {
            file: "goseal-0.2.0".to_owned(),
            sha256: Sha256::of(bytes),
            size: bytes.len() as u64,
        }
    }

    fn judged(serial: u64, offered: &str, platform: &str) -> Result<bool, Error> {
        let signed = Verified::vouch(Signed {
            kind: SignedKind::Product,
            file: PRODUCT_INDEX.to_owned(),
            serial: 12,
            signed_at: None,
            key: "0".to_owned(),
            bytes: Vec::new(),
        });
        let version = |text| ProductVersion::parse(text).unwrap();
        let platform = Platform::parse(platform).unwrap();
        let release = ProductRelease {
            version: version(offered),
            program: file(b"program"),
            shim: file(b"shim"),
        };
        let index = ProductIndex {
            serial,
            releases: [(platform, release)].into(),
        };
        let linux = Platform::parse("linux/amd64").unwrap();
        judge_product(&signed, index, linux, version("0.2.0")).map(|found| found.is_some())
    }

    #[test]
    fn a_release_counts_for_its_platform_and_never_goes_back() {
        assert_eq!(judged(12, "0.2.0", "linux/amd64"), Ok(true));
        assert_eq!(judged(12, "0.10.0", "linux/amd64"), Ok(true));
        assert_eq!(judged(12, "0.3.0", "windows/amd64"), Ok(false));
        for (serial, version) in [(11, "0.3.0"), (13, "0.3.0"), (12, "0.1.9")] {
            let refused = judged(serial, version, "linux/amd64").unwrap_err();
            assert!(refused.is_distrust(), "{refused}");
        }
    }

    #[test]
    fn a_file_is_the_listed_one_or_nothing() {
        let listed = file(b"program");
        let judge = |bytes: &[u8]| judge_product_file(&listed, &Unverified::new(bytes.to_vec()));
        assert_eq!(judge(b"program").unwrap().get(), b"program");
        for bytes in [&b"Program"[..], b"progra", b"programm", b""] {
            assert!(judge(bytes).unwrap_err().is_distrust());
        }
    }
}
