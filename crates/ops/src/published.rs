//! What was published, fetched into a stage and proved there: what trees are compared with and
//! restored from.

use goseal_core::archive::Archive;
use goseal_core::evidence::Evidence;
use goseal_core::lock::LockEntry;
use goseal_core::manifest::Manifest;
use goseal_core::policy::Apart;
use goseal_core::progress::Progress;
use goseal_fetch::Target;
use goseal_store::Stage;
use goseal_trust::{Question, Release, SumRecord, Verified};

use crate::error::Result;
use crate::evidence::Findings;
use crate::sources::Sources;

/// A release that lies unpacked in a stage and is what the database's record says.
pub(crate) struct Published<'g> {
    /// Where it lies; gone when this value is.
    pub stage: Stage<'g>,
    /// The archive that it came from.
    pub archive: Archive,
    /// Its files.
    pub manifest: Manifest,
    /// Whether the folders that no h1 covers were unpacked.
    pub outside_h1: bool,
    /// The verdict.
    pub verified: Verified<Release>,
}

/// Why a release's files are believed.
#[derive(Clone, Copy)]
pub(crate) struct Reasons<'a> {
    /// The database's record.
    pub record: &'a Verified<SumRecord>,
    /// What the project's lock says.
    pub lock: Option<&'a LockEntry>,
    /// What the indexes say.
    pub indexes: Option<&'a Findings>,
    /// What policy demands by name.
    pub required: &'a [Evidence],
    /// The rungs that are out of reach, which policy accepts.
    pub unmet: &'a [Evidence],
    /// Whether a proof apart from the known history counts.
    pub apart: Apart,
}

/// Fetches the archive of the stage's release, unpacks it and judges it.
///
/// # Errors
///
/// [`crate::Error::Fetch`] where no source carries it; [`crate::Error::Store`] and
/// [`crate::Error::Trust`] where what it carries is not the release.
pub(crate) fn fetch_published<'g>(
    sources: &Sources,
    stage: Stage<'g>,
    reasons: Reasons<'_>,
    progress: &dyn Progress,
) -> Result<Published<'g>> {
    let id = stage.release();
    let (path, mut file) = stage.archive_file()?;
    let target = Target {
        file: &mut file,
        path: &path,
    };
    let client = &sources.client;
    let fetched = client.download(&sources.toolchains, &id, target, progress)?;
    let signed = reasons.indexes.and_then(Findings::signed_claims);
    let indexed = reasons.indexes.map_or(&[][..], Findings::index_claims);
    let outside_h1 = goseal_trust::covers(&fetched, reasons.lock, signed, indexed);
    let manifest = goseal_store::unpack(&fetched, &stage, outside_h1, None, progress)?;
    let verified = goseal_trust::judge(&Question {
        id,
        h1: manifest.h1(&id),
        archive: Some(&fetched),
        lock: reasons.lock,
        sumdb: Some(reasons.record),
        minisign: signed,
        index: indexed,
        required: reasons.required,
        out_of_reach: reasons.unmet,
        apart: reasons.apart,
    })?;
    Ok(Published {
        archive: fetched.untrusted().clone(),
        stage,
        manifest,
        outside_h1,
        verified,
    })
}
