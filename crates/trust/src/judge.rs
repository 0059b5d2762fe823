//! The verdict over all evidence about one release.

use goseal_core::archive::{Archive, ArchiveForm};
use goseal_core::digest::{H1, Sha256};
use goseal_core::evidence::{Evidence, SumdbPosition};
use goseal_core::lock::{LockEntry, LockedArchive};
use goseal_core::release::ReleaseId;
use goseal_core::unverified::Unverified;

use crate::error::Error;
use crate::record::SumRecord;
use crate::verified::Verified;

const LOCK: &str = "goseal.lock";
const SUMDB: &str = "the checksum database";
const INDEX: &str = "the release index";
const FILES: &str = "the unpacked files";
const ARCHIVE: &str = "the archive";

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
    /// What the release index says of an archive: a cross-check, and evidence only where it is
    /// required by name.
    pub index: Option<&'a LockedArchive>,
    /// The evidence that must be met; empty: sumdb, and lock where there is an entry.
    pub required: &'a [Evidence],
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
    /// Where the checksum database records it.
    pub sumdb: Option<SumdbPosition>,
    /// Whether the head of that record is joined to the known history; true without `sumdb`.
    pub joined: bool,
    /// The archive's file name, SHA-256 and size, where there was one.
    pub archive: Option<(String, Sha256, u64)>,
    /// What served it, without user information.
    pub served_by: Option<String>,
}

/// Judges a release: whatever is known must agree, and what is required must be there.
///
/// # Errors
///
/// [`Error::Contradiction`] names two sources that disagree, with what each says;
/// [`Error::EvidenceMissing`] the first requirement that is not met.
pub fn judge(question: &Question<'_>) -> Result<Verified<Release>, Error> {
    let archive = question.archive.map(Unverified::untrusted);
    check_release(question, archive)?;
    check_identity(question)?;
    check_position(question)?;
    let locked = question.lock.and_then(|lock| lock.archive.as_ref());
    check_archive(archive, locked, LOCK)?;
    let indexed = check_archive(archive, question.index, INDEX)?;
    let met = |evidence| match evidence {
        Evidence::Lock => question.lock.is_some(),
        Evidence::Sumdb => question.sumdb.is_some(),
        // Nobody can build from a tree that is not there yet: see `required`.
        Evidence::Minisign | Evidence::Rebuilt => false,
        Evidence::Index => indexed,
    };
    for evidence in required(question) {
        if !met(evidence) {
            return Err(Error::EvidenceMissing {
                id: question.id,
                evidence,
            });
        }
    }
    Ok(Verified::vouch(Release {
        id: question.id,
        h1: question.h1,
        evidence: Evidence::ALL.into_iter().filter(|it| met(*it)).collect(),
        sumdb: question.sumdb.map(|record| record.position()),
        joined: question.sumdb.is_none_or(|record| record.joined),
        archive: archive.map(|it| (it.file_name.clone(), it.sha256, it.size)),
        served_by: archive.map(|it| it.served_by.clone()),
    }))
}

/// Whether a digest that people reviewed, or the index, covers the whole archive, so that the
/// folders that no h1 covers may be unpacked too.
pub fn covers(
    archive: &Unverified<Archive>,
    lock: Option<&LockEntry>,
    index: Option<&LockedArchive>,
) -> bool {
    let archive = archive.untrusted();
    let locked = lock.and_then(|lock| lock.archive.as_ref());
    [locked, index]
        .into_iter()
        .flatten()
        .any(|claim| matches!(check_archive(Some(archive), Some(claim), INDEX), Ok(true)))
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

/// Whether a claim about a release archive is about this archive, and true.
fn check_archive(
    archive: Option<&Archive>,
    claim: Option<&LockedArchive>,
    source: &'static str,
) -> Result<bool, Error> {
    let (Some(archive), Some(claim)) = (archive, claim) else {
        return Ok(false);
    };
    if archive.form == ArchiveForm::ModuleZip || archive.file_name != claim.file_name {
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
