//! A bundle: one file that carries toolchains with their proofs to a machine without a network.
//!
//! Owns: what goes into one, in which order, and what is asked of one before it is a source.
//! Promises: the same content and serial make the same bytes; a bundle that lists something else
//! than it holds is refused; its toolchains are proved as if they came over the wire, so that a
//! signature is never the reason to believe one. Does not do: signing, which is the publisher's.

mod make;

use std::collections::BTreeMap;
use std::path::Path;

use goseal_core::bundle::{BUNDLE_SIGNATURE, BUNDLE_TOML, Bundle, BundleFile};
use goseal_core::digest::Sha256;
use goseal_core::evidence::Evidence;
use goseal_fetch::{Extent, Pack};
use goseal_store::{BundleMember, Error as StoreError};
use goseal_trust::{
    Error as TrustError, MAX_SIGNATURE, SignatureFault, Signed, SignedKind, Verified,
};

pub use self::make::{BundleReport, BundleRequest, create_bundle, sign_bundle};
use crate::error::Result;
use crate::signed;
use crate::situation::Written;
use crate::world::World;

/// Members up to this size are held against the list when a bundle is opened; a zip is when it is
/// read.
const SMALL: u64 = 1 << 20;

/// Seconds of a day.
const DAY: u64 = 24 * 60 * 60;

/// A bundle that may be read from.
pub(crate) struct Opened {
    /// Its file and members.
    pub pack: Pack,
    /// What its list says of its zips, by the name under which each is served.
    pub listed: BTreeMap<String, Sha256>,
    /// Its list, where a signature over it counts here.
    pub signed: Option<Verified<Signed>>,
}

/// Opens a bundle as a source: its members, and the digests of its zips by the names under which
/// they are served.
///
/// Where system or user name keys, a signature that is there must be by one of them; where policy
/// demands `minisign`, it must be there. Else a bundle without one is as good: what is installed from
/// it is proved by the checksum database. Its age is that of its signature, else its own word.
///
/// # Errors
///
/// [`crate::Error::Store`] for a file that is no bundle, or holds something else than it lists;
/// [`crate::Error::Config`] for its list; [`crate::Error::Trust`] for its signature or age.
pub(crate) fn open_bundle(world: &World, written: &Written, path: &Path) -> Result<Opened> {
    let path = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let (pack, members) = index(&path)?;
    let named = |at: usize| members.get(at).map(|member| member.name.as_str());
    if named(0) != Some(BUNDLE_TOML) {
        return Err(fault(&path, None, "no bundle.toml in the first place"));
    }
    let bytes = pack.read(BUNDLE_TOML, goseal_config::FILE_LIMIT as u64)?;
    let is_signed = named(1) == Some(BUNDLE_SIGNATURE);
    let signature = if is_signed {
        let text = pack.read(BUNDLE_SIGNATURE, MAX_SIGNATURE as u64)?;
        Some(String::from_utf8_lossy(&text).into_owned())
    } else {
        None
    };
    let signed = check_signature(world, written, &bytes, signature.as_deref())?;
    let bundle = goseal_config::parse_bundle(&bytes, Path::new(&pack.member(BUNDLE_TOML)))?;
    if signed.is_none() {
        check_age(world, written, &bundle)?;
    }
    let rest = members.get(1 + usize::from(is_signed)..);
    check_members(&pack, rest.unwrap_or_default(), &bundle)?;
    let zips = bundle
        .files
        .iter()
        .filter(|file| file.size > SMALL || is_zip(&file.name));
    let listed = zips.map(|file| (pack.member(&file.name), file.sha256));
    Ok(Opened {
        listed: listed.collect(),
        signed,
        pack,
    })
}

/// The file as a source, and its members in their order.
fn index(path: &Path) -> Result<(Pack, Vec<BundleMember>)> {
    let members = goseal_store::read_bundle(path)?;
    let extents = members.iter().map(|member| {
        let BundleMember { name, offset, size } = member.clone();
        (name, Extent { offset, size })
    });
    Ok((Pack::new(path.to_owned(), extents.collect()), members))
}

/// Judges the signature where it counts; one that does says how old the bundle is.
fn check_signature(
    world: &World,
    written: &Written,
    bytes: &[u8],
    signature: Option<&str>,
) -> Result<Option<Verified<Signed>>> {
    let policy = written.policy.as_ref();
    let required = policy.is_some_and(|policy| policy.evidence.contains(&Evidence::Minisign));
    let Some(signature) = signature else {
        if required {
            let what = "signature of bundle bundle.toml".to_owned();
            let fault = SignatureFault::Malformed("it is not there");
            return Err(TrustError::Signature { what, fault }.into());
        }
        return Ok(None);
    };
    if signed::keys(written)?.is_empty() && !required {
        return Ok(None);
    }
    let bytes = bytes.to_vec();
    let kind = SignedKind::Bundle;
    signed::verify(world, written, kind, BUNDLE_TOML, bytes, signature).map(Some)
}

/// An unsigned bundle is as old as it says.
fn check_age(world: &World, written: &Written, bundle: &Bundle) -> Result<()> {
    let policy = written.policy.as_ref();
    let Some(days) = policy.and_then(|policy| policy.max_age_days) else {
        return Ok(());
    };
    let (now, _) = world.machine.now();
    let not_before = now.saturating_sub(u64::from(days) * DAY);
    if bundle.serial >= not_before {
        return Ok(());
    }
    let fault = SignatureFault::Frozen {
        signed_at: Some(bundle.serial),
        not_before,
    };
    let what = "bundle.toml, by its own serial".to_owned();
    Err(TrustError::Signature { what, fault }.into())
}

/// What lies there is what is listed, in that order.
fn check_members(pack: &Pack, members: &[BundleMember], bundle: &Bundle) -> Result<()> {
    let path = pack.path();
    let mut listed = bundle.files.iter();
    for member in members {
        let BundleMember { name, size, .. } = member;
        let Some(file) = listed.next().filter(|file| file.name == *name) else {
            return Err(fault(path, Some(name), "another place than in its list"));
        };
        if file.size != *size {
            return Err(fault(path, Some(name), "another size than its list says"));
        }
        if *size <= SMALL {
            let bytes = pack.read(name, SMALL)?;
            check_digest(pack, file, Sha256::of(&bytes))?;
        }
    }
    match listed.next() {
        None => Ok(()),
        Some(missing) => Err(fault(
            path,
            Some(&missing.name),
            "a line in the list and no bytes",
        )),
    }
}

fn check_digest(pack: &Pack, file: &BundleFile, found: Sha256) -> Result<()> {
    if file.sha256 == found {
        return Ok(());
    }
    let what = "another digest than its list says";
    Err(fault(pack.path(), Some(&file.name), what))
}

fn is_zip(name: &str) -> bool {
    name.strip_suffix(".zip").is_some()
}

/// The fault of a bundle; `fault` is a noun phrase.
pub(crate) fn fault(path: &Path, entry: Option<&str>, fault: &'static str) -> crate::error::Error {
    StoreError::Archive {
        path: path.to_owned(),
        entry: entry.map(str::to_owned),
        fault,
    }
    .into()
}
