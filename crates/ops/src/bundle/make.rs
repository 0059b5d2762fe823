//! Making a bundle, and putting a publisher's signature into its place.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use goseal_core::bundle::{BUNDLE_SIGNATURE, BUNDLE_TOML, Bundle, BundleFile};
use goseal_core::digest::Sha256;
use goseal_core::lock::{Lock, LockEntry};
use goseal_core::progress::Progress;
use goseal_ledger::record::{Outcome, Wall};
use goseal_store::{BundleContent, MirrorFolder};
use goseal_trust::{
    Error as TrustError, Freshness, MAX_SIGNATURE, PublisherKey, SignatureFault, SignedKind,
    Stated, verify_signed,
};

use super::{fault, index};
use crate::error::{Error, RequestFault, Result};
use crate::journal::Journal;
use crate::mirror::{MirrorReport, MirrorRequest, fill};
use crate::signed;
use crate::situation::{LOCK_FILE, Situation, read_machine};
use crate::world::World;

/// Under which names a policy travels.
const POLICY: &str = "policy.toml";
const POLICY_SIGNATURE: &str = "policy.toml.minisig";

/// What a person asked for.
#[derive(Debug, Clone, Default)]
pub struct BundleRequest {
    /// Exact releases as typed; without any, the one that runs here.
    pub versions: Vec<String>,
    /// Platforms as typed; without any, this one and those that the project or policy names.
    pub platforms: Vec<String>,
    /// A source that is asked instead of everything else.
    pub from: Option<String>,
    /// The file to be written.
    pub out: PathBuf,
    /// A policy to take along; its signature is taken with it, where it lies beside it.
    pub policy: Option<PathBuf>,
    /// The serial; without it, the seconds since 1970.
    pub serial: Option<u64>,
}

/// A bundle that was made.
#[derive(Debug)]
pub struct BundleReport {
    /// The file.
    pub path: PathBuf,
    /// Its bytes.
    pub size: u64,
    /// Its digest.
    pub sha256: Sha256,
    /// What it says of itself.
    pub bundle: Bundle,
    /// What came in and what did not.
    pub mirror: MirrorReport,
}

/// Makes a bundle of releases, each proved.
///
/// # Errors
///
/// As [`crate::sync_mirror`]; [`Error::Request`] where no source carries any of the releases;
/// [`Error::Config`] for a policy that is none.
pub fn create_bundle(
    world: &World,
    request: &BundleRequest,
    arguments: &[OsString],
    progress: &dyn Progress,
    on_wait: &dyn Fn(),
) -> Result<BundleReport> {
    let situation = Situation::here(world)?;
    let journal = Journal::open(world, &situation.written)?;
    let outcome = make(world, &situation, request, progress, on_wait);
    let ended = match &outcome {
        Ok(report) if report.mirror.left_out.is_empty() => Outcome::Ok,
        Ok(_) => Outcome::Findings,
        Err(error) if error.is_distrust() => Outcome::Refused,
        Err(_) => Outcome::Failed,
    };
    journal.verb("bundle", arguments, ended)?;
    outcome
}

/// The folder in which a bundle is gathered, gone when this is.
struct Parts(PathBuf);

impl Drop for Parts {
    fn drop(&mut self) {
        // What cannot be removed now is used and removed by the next one of that name.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn make(
    world: &World,
    situation: &Situation,
    request: &BundleRequest,
    progress: &dyn Progress,
    on_wait: &dyn Fn(),
) -> Result<BundleReport> {
    let out = &request.out;
    let name = out.file_name().unwrap_or_default().display().to_string();
    let parts = Parts(out.with_file_name(format!(".{name}.parts")));
    let folder = MirrorFolder::open(&parts.0, on_wait)?;
    let wanted = MirrorRequest {
        versions: request.versions.clone(),
        platforms: request.platforms.clone(),
        folder: parts.0.clone(),
        from: request.from.clone(),
        prune: true,
    };
    let mirror = fill(world, situation, &wanted, &folder, progress)?;
    let Some(stated) = &mirror.stated else {
        let asked = request.versions.join(", ");
        return Err(RequestFault::NothingOffered {
            request: asked,
            nearest: Vec::new(),
        }
        .into());
    };
    let mut members = members_of(&folder, stated)?;
    if let Some(policy) = &request.policy {
        members.extend(policy_members(policy)?);
    }
    members.sort_by(|(one, _), (other, _)| one.cmp(other));
    let bundle = list_of(world, stated, &members, request.serial)?;
    let text = BundleContent::Bytes(goseal_config::format_bundle(&bundle).into());
    members.insert(0, (BUNDLE_TOML.to_owned(), text));
    goseal_store::write_bundle(out, &members)?;
    let (sha256, size) = goseal_store::digest_file(out)?;
    Ok(BundleReport {
        path: out.clone(),
        size,
        sha256,
        bundle,
        mirror,
    })
}

/// Everything of the mirror, and the lock that its records make.
fn members_of(folder: &MirrorFolder, stated: &Stated) -> Result<Vec<(String, BundleContent)>> {
    let mut members = Vec::new();
    for below in ["golang.org", "sumdb"] {
        for name in folder.names_below(below)? {
            let file = BundleContent::File(folder.path().join(&name));
            members.push((name, file));
        }
    }
    let entries = stated.records.iter().map(|(id, record)| {
        let entry = LockEntry {
            h1: record.h1,
            position: Some(record.position()),
            archive: None,
        };
        (*id, entry)
    });
    let entries = entries.collect();
    let lock = goseal_config::format_lock(&Lock { entries });
    members.push((LOCK_FILE.to_owned(), BundleContent::Bytes(lock.into())));
    Ok(members)
}

/// A policy must be one, or nobody finds out before it is needed.
fn policy_members(path: &Path) -> Result<Vec<(String, BundleContent)>> {
    let limit = goseal_config::FILE_LIMIT as u64;
    let bytes = goseal_store::read_bounded(path, limit)?;
    let bytes = bytes.ok_or_else(|| no_file(path, "--policy"))?;
    goseal_config::parse_policy(&bytes, path)?;
    let mut members = vec![(POLICY.to_owned(), BundleContent::Bytes(bytes))];
    let mut signature = path.as_os_str().to_owned();
    signature.push(".minisig");
    let signature = goseal_store::read_bounded(Path::new(&signature), MAX_SIGNATURE as u64)?;
    if let Some(signature) = signature {
        let content = BundleContent::Bytes(signature);
        members.push((POLICY_SIGNATURE.to_owned(), content));
    }
    Ok(members)
}

fn no_file(path: &Path, by: &'static str) -> Error {
    let text = path.display().to_string();
    let reason = "is no file".to_owned();
    RequestFault::Source { text, by, reason }.into()
}

fn list_of(
    world: &World,
    stated: &Stated,
    members: &[(String, BundleContent)],
    serial: Option<u64>,
) -> Result<Bundle> {
    let mut files = Vec::new();
    for (name, content) in members {
        let (sha256, size) = match content {
            BundleContent::Bytes(bytes) => (Sha256::of(bytes), bytes.len() as u64),
            BundleContent::File(path) | BundleContent::Part(path, ..) => {
                goseal_store::digest_file(path)?
            }
        };
        let name = name.clone();
        files.push(BundleFile { name, sha256, size });
    }
    let serial = serial.unwrap_or_else(|| world.machine.now().0);
    let versions: BTreeSet<_> = stated.records.keys().map(|id| id.version).collect();
    let platforms: BTreeSet<_> = stated.records.keys().map(|id| id.platform).collect();
    let head = stated.head.head();
    Ok(Bundle {
        serial,
        date: Wall::new(serial, 0).to_string(),
        versions: versions.into_iter().collect(),
        platforms: platforms.into_iter().collect(),
        tree_size: head.size,
        tree_root: Sha256::from_bytes(*head.root.as_bytes()),
        files,
    })
}

/// Puts a signature over `bundle.toml`, which minisign made, into the second place of a bundle. One
/// that is there is replaced.
///
/// # Errors
///
/// [`Error::Trust`] for a text that is no signature, is for another file, or is not by a key that
/// system or user name, where they name any; [`Error::Store`] for a file that is no bundle.
pub fn sign_bundle(
    world: &World,
    path: &Path,
    signature: &Path,
    arguments: &[OsString],
) -> Result<()> {
    let written = read_machine(world)?;
    let journal = Journal::open(world, &written)?;
    let outcome = signed::keys(&written).and_then(|keys| put_signature(path, signature, &keys));
    let ended = match &outcome {
        Ok(()) => Outcome::Ok,
        Err(error) if error.is_distrust() => Outcome::Refused,
        Err(_) => Outcome::Failed,
    };
    journal.verb("bundle", arguments, ended)?;
    outcome
}

fn put_signature(path: &Path, signature: &Path, keys: &[PublisherKey]) -> Result<()> {
    let (pack, members) = index(path)?;
    let text = goseal_store::read_bounded(signature, MAX_SIGNATURE as u64)?;
    let text = text.ok_or_else(|| no_file(signature, "bundle sign"))?;
    if members
        .first()
        .is_none_or(|first| first.name != BUNDLE_TOML)
    {
        return Err(fault(path, None, "no bundle.toml in the first place"));
    }
    let list = pack.read(BUNDLE_TOML, goseal_config::FILE_LIMIT as u64)?;
    check_form(list, &String::from_utf8_lossy(&text), keys)?;
    let kept = members
        .iter()
        .filter(|member| member.name != BUNDLE_SIGNATURE);
    let mut contents: Vec<(String, BundleContent)> = kept
        .map(|member| {
            let part = BundleContent::Part(path.to_owned(), member.offset, member.size);
            (member.name.clone(), part)
        })
        .collect();
    contents.insert(1, (BUNDLE_SIGNATURE.to_owned(), BundleContent::Bytes(text)));
    Ok(goseal_store::write_bundle(path, &contents)?)
}

/// Without keys only the form can be judged: whoever reads the bundle has them.
fn check_form(list: Vec<u8>, signature: &str, keys: &[PublisherKey]) -> Result<()> {
    let (kind, fresh) = (SignedKind::Bundle, Freshness::default());
    match verify_signed(kind, BUNDLE_TOML, list, signature, keys, &fresh) {
        Ok(_) => Ok(()),
        Err(TrustError::Signature {
            fault: SignatureFault::UnknownKey { named, .. },
            ..
        }) if named.is_empty() => Ok(()),
        Err(error) => Err(error.into()),
    }
}
