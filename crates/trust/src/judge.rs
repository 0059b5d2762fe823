//! The verdict over all evidence about one release.

use goseal_core::archive::{Archive, ArchiveForm};
use goseal_core::digest::{H1, Sha256};
use goseal_core::evidence::{Evidence, SignedBy, SumdbPosition};
use goseal_core::lock::{LockEntry, LockedArchive};
use goseal_core::policy::Apart;
use goseal_core::release::ReleaseId;
use goseal_core::unverified::Unverified;

use crate::error::Error;
use crate::record::SumRecord;
use crate::signed::{Signed, SignedKind};
use crate::verified::Verified;

const LOCK: &str = "goseal.lock";
const SUMDB: &str = "the checksum database";
const SIGNED: &str = "the signed index";
const INDEX: &str = "the release index";
const FILES: &str = "the unpacked files";
const ARCHIVE: &str = "the archive";

/// What a signed index says of the archives of a release.
#[derive(Debug, Clone, Copy)]
pub struct SignedClaims<'a> {
    /// The index, whose signature was verified.
    pub index: &'a Verified<Signed>,
    /// What it says of the release's archives; without a digest it says nothing.
    pub archives: &'a [LockedArchive],
}

/// Everything that is known about a release whose files lie unpacked.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// The release that was asked for.
    pub id: ReleaseId,
    /// The identity of the files, computed from them (`Manifest::h1`).
    pub h1: H1,
    /// The archive that they came from; `None` for a tree that lay there.
    pub archive: Option<&'a Unverified<Archive>>,
    /// What was reviewed into `goseal.lock`.
    pub lock: Option<&'a LockEntry>,
    /// What the checksum database says.
    pub sumdb: Option<&'a Verified<SumRecord>>,
    /// What an index says that a named key signed.
    pub minisign: Option<SignedClaims<'a>>,
    /// What go.dev's own release index says of the archives: a cross-check, and evidence only where
    /// it is required by name.
    pub index: &'a [LockedArchive],
    /// The evidence that must be met; empty: sumdb, and lock where there is an entry.
    pub required: &'a [Evidence],
    /// What was asked and is out of reach, where policy accepts that: it need not be met.
    pub out_of_reach: &'a [Evidence],
    /// Whether a proof counts whose head is not joined to the known history.
    pub apart: Apart,
}

/// A release that is believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// Which one.
    pub id: ReleaseId,
    /// Its identity.
    pub h1: H1,
    /// Why it is believed, strongest first; never empty.
    pub evidence: Vec<Evidence>,
    /// What was asked, was out of reach, and is missing since.
    pub unmet: Vec<Evidence>,
    /// Where the checksum database records it.
    pub sumdb: Option<SumdbPosition>,
    /// Whose signature the index had, where `minisign` is met.
    pub minisign: Option<SignedBy>,
    /// Whether the head of that record is joined to the known history; true without `sumdb`.
    pub joined: bool,
    /// The archive's file name, SHA-256 and size, where there was one.
    pub archive: Option<(String, Sha256, u64)>,
    /// What served it, without user information.
    pub served_by: Option<String>,
}

/// Judges a release: whatever is known must agree, and what is required must be there. What is out
/// of reach and accepted need not be there, but something must.
///
/// # Errors
///
/// [`Error::Contradiction`] names two sources that disagree, with what each says;
/// [`Error::EvidenceMissing`] the first requirement that is not met; [`Error::Apart`] where that is
/// the database's proof, because its head is not joined to the known history.
pub fn judge(question: &Question<'_>) -> Result<Verified<Release>, Error> {
    let archive = question.archive.map(Unverified::untrusted);
    check_release(question, archive)?;
    check_identity(question)?;
    check_position(question)?;
    let claims = Claims::of(question);
    claims.check_agreement()?;
    check_archive(archive, claims.locked, LOCK)?;
    let signed = check_archive(archive, claims.signed, SIGNED)?;
    let indexed = check_archive(archive, claims.indexed, INDEX)?;
    let sumdb = question
        .sumdb
        .filter(|it| it.joined || question.apart == Apart::Allow);
    let met = |evidence: &Evidence| match evidence {
        Evidence::Lock => question.lock.is_some(),
        Evidence::Sumdb => sumdb.is_some(),
        Evidence::Minisign => signed,
        Evidence::Index => indexed && question.required.contains(&Evidence::Index),
        // Nobody can build from a tree that is not there yet: see `check_required`.
        Evidence::Rebuilt => false,
    };
    let evidence: Vec<Evidence> = Evidence::ALL.into_iter().filter(met).collect();
    check_required(question, &evidence)?;
    Ok(Verified::vouch(Release {
        id: question.id,
        h1: question.h1,
        minisign: claims.signer.filter(|_| signed),
        unmet: question.out_of_reach.to_vec(),
        evidence,
        sumdb: question.sumdb.map(|record| record.position()),
        joined: question.sumdb.is_none_or(|record| record.joined),
        archive: archive.map(|it| (it.file_name.clone(), it.sha256, it.size)),
        served_by: archive.map(|it| it.served_by.clone()),
    }))
}

/// Whether a digest that people reviewed, that a named key signed, or that go.dev's index states,
/// covers the whole archive, so that the folders that no h1 covers may be unpacked too.
pub fn covers(
    archive: &Unverified<Archive>,
    lock: Option<&LockEntry>,
    minisign: Option<SignedClaims<'_>>,
    index: &[LockedArchive],
) -> bool {
    // A module zip has nothing beside what its h1 covers.
    let archive = Some(archive.untrusted()).filter(|it| it.form != ArchiveForm::ModuleZip);
    let locked = lock.and_then(|lock| lock.archive.as_ref());
    let signed = minisign.filter(is_index).map_or(&[][..], |it| it.archives);
    [locked.map_or(&[][..], std::slice::from_ref), signed, index]
        .into_iter()
        .any(|claims| matches!(check_archive(archive, claims, INDEX), Ok(true)))
}

/// Every requirement is met or accepted as out of reach, and something is met.
fn check_required(question: &Question<'_>, met: &[Evidence]) -> Result<(), Error> {
    let required = required(question);
    let accepted = |rung: &Evidence| question.out_of_reach.contains(rung) && !met.is_empty();
    let lacking = required
        .into_iter()
        .find(|rung| !met.contains(rung) && !accepted(rung));
    match (lacking, question.sumdb) {
        (Some(Evidence::Sumdb), Some(record)) => Err(Error::Apart {
            id: question.id,
            size: record.head.head().size,
        }),
        (Some(evidence), _) => Err(Error::EvidenceMissing {
            id: question.id,
            evidence,
        }),
        (None, _) => Ok(()),
    }
}

/// What lock, signed index and release index say of the release's archives.
struct Claims<'a> {
    locked: &'a [LockedArchive],
    signed: &'a [LockedArchive],
    signer: Option<SignedBy>,
    indexed: &'a [LockedArchive],
}

impl<'a> Claims<'a> {
    fn of(question: &Question<'a>) -> Self {
        let locked = question.lock.and_then(|lock| lock.archive.as_ref());
        let signed = question.minisign.filter(is_index);
        Self {
            locked: locked.map_or(&[], std::slice::from_ref),
            signed: signed.map_or(&[], |it| it.archives),
            signer: signed.map(|it| SignedBy {
                key: it.index.key.clone(),
                serial: it.index.serial,
            }),
            indexed: question.index,
        }
    }

    /// Whatever two of them say of one file is the same, whether it is the one that was fetched or
    /// not.
    fn check_agreement(&self) -> Result<(), Error> {
        let said = [
            (LOCK, self.locked),
            (SIGNED, self.signed),
            (INDEX, self.indexed),
        ];
        for (at, (left_name, left)) in said.iter().enumerate() {
            for (right_name, right) in said.iter().skip(at + 1) {
                compare((left_name, left), (right_name, right))?;
            }
        }
        Ok(())
    }
}

/// A list of archives, and no other kind of file that the same key may have signed.
fn is_index(claims: &SignedClaims<'_>) -> bool {
    matches!(
        claims.index.kind,
        SignedKind::Index | SignedKind::Mirror | SignedKind::Bundle
    )
}

/// Two lists of claims, each with its source's name.
fn compare(
    left: (&'static str, &[LockedArchive]),
    right: (&'static str, &[LockedArchive]),
) -> Result<(), Error> {
    let same_file = |one: &LockedArchive| {
        let found = right.1.iter().find(|it| it.file_name == one.file_name);
        found.cloned()
    };
    for one in left.1 {
        let Some(other) = same_file(one) else {
            continue;
        };
        let differs = |what: &str, here: String, there: String| Error::Contradiction {
            what: format!("{what} of {}", one.file_name),
            left: (left.0, here),
            right: (right.0, there),
        };
        if one.sha256 != other.sha256 {
            let (here, there) = (one.sha256.to_string(), other.sha256.to_string());
            return Err(differs("sha256", here, there));
        }
        if let (Some(here), Some(there)) = (one.size, other.size)
            && here != there
        {
            return Err(differs("size", here.to_string(), there.to_string()));
        }
    }
    Ok(())
}

fn required(question: &Question<'_>) -> Vec<Evidence> {
    // `rebuilt` is demanded of a run, not of the install; what it stands on is demanded here.
    let (rebuilt, named): (Vec<_>, Vec<_>) = question
        .required
        .iter()
        .partition(|it| **it == Evidence::Rebuilt);
    let carries = |it: &Evidence| matches!(it, Evidence::Lock | Evidence::Sumdb);
    if !named.is_empty() && (rebuilt.is_empty() || named.iter().any(carries)) {
        return named;
    }
    let lock = question.lock.map(|_| Evidence::Lock);
    let first = lock.into_iter().chain([Evidence::Sumdb]);
    first.chain(named).collect()
}

/// All of them speak of the release that was asked for.
fn check_release(question: &Question<'_>, archive: Option<&Archive>) -> Result<(), Error> {
    let asked = ("the request", question.id.to_string());
    let sources = [
        (SUMDB, question.sumdb.map(|record| record.id)),
        (ARCHIVE, archive.map(|archive| archive.release)),
    ];
    for (source, id) in sources {
        if let Some(id) = id.filter(|id| *id != question.id) {
            return Err(Error::Contradiction {
                what: "release".to_owned(),
                left: asked,
                right: (source, id.to_string()),
            });
        }
    }
    Ok(())
}

/// Lock, database and files have one h1. The two claims are compared first: that they differ says
/// more than that the files match one of them.
fn check_identity(question: &Question<'_>) -> Result<(), Error> {
    let lock = question.lock.map(|lock| (LOCK, lock.h1));
    let sumdb = question.sumdb.map(|record| (SUMDB, record.h1));
    let files = Some((FILES, question.h1));
    for pair in [(lock, sumdb), (lock, files), (sumdb, files)] {
        let (Some(left), Some(right)) = pair else {
            continue;
        };
        if left.1 != right.1 {
            return Err(Error::Contradiction {
                what: format!("h1 of {}", question.id),
                left: (left.0, left.1.to_string()),
                right: (right.0, right.1.to_string()),
            });
        }
    }
    Ok(())
}

/// The lock names the record that the database has; where both name a tree of one size, one root.
fn check_position(question: &Question<'_>) -> Result<(), Error> {
    let locked = question.lock.and_then(|lock| lock.position);
    let proved = question.sumdb.map(|record| record.position());
    let (Some(locked), Some(proved)) = (locked, proved) else {
        return Ok(());
    };
    let contradiction = |what, left, right| Error::Contradiction {
        what,
        left: (LOCK, left),
        right: (SUMDB, right),
    };
    if locked.record != proved.record {
        return Err(contradiction(
            format!("record number of {}", question.id),
            locked.record.to_string(),
            proved.record.to_string(),
        ));
    }
    if locked.tree_size == proved.tree_size && locked.tree_root != proved.tree_root {
        return Err(contradiction(
            format!("root of {} records", locked.tree_size),
            locked.tree_root.to_base64(),
            proved.tree_root.to_base64(),
        ));
    }
    Ok(())
}

/// Whether one of the claims about archives is about this archive, and true. A lock names no module
/// zip, so none is held against it.
fn check_archive(
    archive: Option<&Archive>,
    claims: &[LockedArchive],
    source: &'static str,
) -> Result<bool, Error> {
    let Some(archive) = archive else {
        return Ok(false);
    };
    let is_about = |claim: &&LockedArchive| claim.file_name == archive.file_name;
    let Some(claim) = claims.iter().find(is_about) else {
        return Ok(false);
    };
    let posing = archive.form == ArchiveForm::ModuleZip
        && (source == LOCK || claim.file_name == archive.release.archive_file_name());
    if posing {
        return Ok(false);
    }
    let contradiction = |what, left, right| Error::Contradiction {
        what: format!("{what} of {}", archive.file_name),
        left: (source, left),
        right: (ARCHIVE, right),
    };
    if archive.sha256 != claim.sha256 {
        let (left, right) = (claim.sha256.to_string(), archive.sha256.to_string());
        return Err(contradiction("sha256", left, right));
    }
    match claim.size.filter(|size| *size != archive.size) {
        Some(size) => Err(contradiction(
            "size",
            size.to_string(),
            archive.size.to_string(),
        )),
        None => Ok(true),
    }
}
