//! The ladder of evidence: who is asked for a release, and what came of it.
//!
//! The checksum database is always asked; a signed index where somebody named a key for it; go.dev's
//! own index where policy requires it by name, or where the archive comes from beside it. What does
//! not verify ends everything. What is out of reach ends it too, unless policy accepts that.

use goseal_core::evidence::{Evidence, SumdbPosition};
use goseal_core::lock::LockedArchive;
use goseal_core::policy::{Apart, OutOfReach, Policy};
use goseal_core::release::ReleaseId;
use goseal_fetch::proxy::Place;
use goseal_fetch::{Address, Error as FetchError, INDEX_FILE, Index, Source, parse_index};
use goseal_store::{Answered as Addresses, Installed, SealHead};
use goseal_trust::{Signed, SignedClaims, SignedKind, Verified};

use crate::error::{Error, Result};
use crate::prove::{Answered, prove};
use crate::signed::{keys, verify};
use crate::situation::{Situation, Written};
use crate::sources::Sources;
use crate::world::World;

/// What policy demands of evidence.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Demands<'a> {
    /// The rungs by name; empty is the default.
    pub required: &'a [Evidence],
    /// Whether what is out of reach may be missing.
    pub accepts: bool,
    /// Whether a proof apart from the known history counts.
    pub apart: Apart,
}

impl<'a> Demands<'a> {
    pub(crate) fn of(policy: Option<&'a Policy>) -> Self {
        let out_of_reach = policy.and_then(|policy| policy.out_of_reach);
        let apart = policy.and_then(|policy| policy.apart);
        Self {
            required: policy.map_or(&[], |policy| policy.evidence.as_slice()),
            accepts: out_of_reach == Some(OutOfReach::Accept),
            apart: apart.unwrap_or_default(),
        }
    }

    /// Whether policy requires the rung, by name or by default.
    pub(crate) fn requires(&self, rung: Evidence, locked: bool) -> bool {
        match (self.required, rung) {
            ([], Evidence::Lock) => locked,
            ([], Evidence::Sumdb) => true,
            ([], _) => false,
            (required, rung) => required.contains(&rung),
        }
    }

    /// Whether a tree that is installed has what an install would have to meet now. `rebuilt` is not
    /// asked for: no install meets it.
    pub(crate) fn are_met_by(&self, seal: &SealHead, evidence: &[Evidence]) -> bool {
        let proven = &seal.proven;
        let met = |rung: &Evidence| {
            *rung == Evidence::Rebuilt || evidence.contains(rung) || proven.unmet.contains(rung)
        };
        self.required.iter().all(met)
            && (self.accepts || proven.unmet.is_empty())
            && (self.apart == Apart::Allow || proven.joined)
    }
}

/// What holds for an installed tree here and now: what its install met; `lock` where the lock of
/// this place names its h1; `rebuilt` where a statement speaks of this tree and something stronger
/// proves what it was compared with.
///
/// The lock must have been held against the tree: [`Situation::check_lock`].
pub(crate) fn evidence_now(
    world: &World,
    situation: &Situation,
    installed: &Installed,
) -> Vec<Evidence> {
    let mut evidence = installed.seal.proven.evidence.clone();
    let lock = situation.written.lock.as_ref();
    let locked = lock.is_some_and(|lock| lock.entries.contains_key(&installed.id));
    if locked && !evidence.contains(&Evidence::Lock) {
        evidence.insert(0, Evidence::Lock);
    }
    let carried = [Evidence::Lock, Evidence::Sumdb];
    // A statement that cannot be read is none: `verify` names it.
    let stated = goseal_store::read_rebuilt(&world.layout, &installed.id)
        .ok()
        .flatten()
        .is_some_and(|statement| statement.is_of(installed));
    if stated && evidence.iter().any(|it| carried.contains(it)) {
        evidence.push(Evidence::Rebuilt);
    }
    evidence
}

/// What became of asking for one rung.
#[derive(Debug)]
pub(crate) enum Finding<T> {
    /// Nothing asks for it.
    NotAsked,
    /// It has nothing of this release.
    NotThere,
    /// It could not be asked.
    OutOfReach(Error),
    /// It speaks of the release.
    Found(T),
}

impl<T> Finding<T> {
    pub(crate) const fn found(&self) -> Option<&T> {
        match self {
            Self::Found(found) => Some(found),
            _ => None,
        }
    }

    /// What the outcome of asking is; only what cannot be honest, and our own faults, are errors.
    fn of(outcome: Result<Self>) -> Result<Self> {
        match outcome {
            Err(error) if is_out_of_reach(&error) => Ok(Self::OutOfReach(error)),
            outcome => outcome,
        }
    }
}

/// What go.dev's own index says of the archives of a release.
#[derive(Debug)]
pub(crate) struct Indexed {
    /// Those that have a digest; never empty.
    pub archives: Vec<LockedArchive>,
    /// The address that served it.
    pub served_by: String,
}

/// The same of an index that a named key signed.
#[derive(Debug)]
pub(crate) struct SignedIndex {
    /// The index.
    pub index: Verified<Signed>,
    /// What it says.
    pub says: Indexed,
}

/// What both kinds of index came to.
#[derive(Debug)]
pub(crate) struct Indexes {
    /// A signed one.
    pub minisign: Finding<SignedIndex>,
    /// go.dev's own.
    pub index: Finding<Indexed>,
}

/// What all rungs but the lock came to.
#[derive(Debug)]
pub(crate) struct Findings {
    /// The checksum database.
    pub sumdb: Finding<Answered>,
    /// The indexes.
    pub indexes: Indexes,
}

/// Asks the checksum database.
///
/// # Errors
///
/// [`Error::Trust`] for what does not verify, and for a record that is not there, unless policy
/// names what it requires and does not name the database; [`Error::Store`].
pub(crate) fn ask_sumdb(
    world: &World,
    sources: &Sources,
    demands: &Demands<'_>,
    id: &ReleaseId,
    locked: Option<&SumdbPosition>,
) -> Result<Finding<Answered>> {
    let missing = |error: &Error| match error {
        Error::Trust(error) => matches!(**error, goseal_trust::Error::Missing { .. }),
        _ => false,
    };
    let required = demands.requires(Evidence::Sumdb, false);
    match prove(world, sources, id, locked) {
        Err(error) if missing(&error) && !required => Ok(Finding::NotThere),
        outcome => Finding::of(outcome.map(Finding::Found)),
    }
}

/// Asks the indexes that count here.
///
/// # Errors
///
/// [`Error::Trust`] for a signature that does not count; [`Error::Fetch`] for an index that is none;
/// [`Error::Store`].
pub(crate) fn ask_indexes(
    world: &World,
    written: &Written,
    sources: &Sources,
    demands: &Demands<'_>,
    id: &ReleaseId,
) -> Result<Indexes> {
    let keys = keys(written)?;
    let minisign = match (
        keys.as_slice(),
        demands.required.contains(&Evidence::Minisign),
    ) {
        ([], false) => Finding::NotAsked,
        ([], true) => Finding::NotThere,
        (_, _) => Finding::of(signed_index(world, written, sources, id))?,
    };
    let named = demands.required.contains(&Evidence::Index);
    let index = if named || carries_archives(world, sources) {
        Finding::of(own_index(world, sources, id))?
    } else {
        Finding::NotAsked
    };
    Ok(Indexes { minisign, index })
}

/// The first signed index of the places that toolchains come from, if it lists the release.
fn signed_index(
    world: &World,
    written: &Written,
    sources: &Sources,
    id: &ReleaseId,
) -> Result<Finding<SignedIndex>> {
    if let Some(found) = signed_bundle(sources, id) {
        return Ok(Finding::Found(found));
    }
    for (kind, place) in places(sources) {
        let served = match sources.client.signed_index(&place) {
            Err(FetchError::NotCarried { .. }) => continue,
            served => served?,
        };
        let signature = &served.signature;
        let index = verify(world, written, kind, INDEX_FILE, served.bytes, signature)?;
        let read = parse_index(&index.bytes, &served.served_by)?;
        let Some(says) = indexed(read.untrusted(), id) else {
            continue;
        };
        return Ok(Finding::Found(SignedIndex { index, says }));
    }
    Ok(Finding::NotThere)
}

/// The list of a bundle that a named key signed, if the release's zip is in it.
fn signed_bundle(sources: &Sources, id: &ReleaseId) -> Option<SignedIndex> {
    let file_name = format!("{}.zip", id.module_version());
    sources.signed.iter().find_map(|(list, zips)| {
        let end = format!("/{file_name}");
        let (member, sha256) = zips.iter().find(|(name, _)| name.ends_with(&end))?;
        let (bundle, _) = member.split_once('#')?;
        Some(SignedIndex {
            index: list.clone(),
            says: Indexed {
                archives: vec![LockedArchive {
                    file_name: file_name.clone(),
                    sha256: *sha256,
                    size: None,
                }],
                served_by: bundle.to_owned(),
            },
        })
    })
}

/// Where a signed index may lie: beside what was named as a source, and beside release archives.
fn places(sources: &Sources) -> Vec<(SignedKind, Place)> {
    let named = sources.mirrors.iter().map(|hop| hop.place.clone());
    let named = named.map(|place| (SignedKind::Mirror, place));
    let others = sources.toolchains.iter().filter_map(|source| match source {
        Source::ArchiveBase { base, .. } => Some((SignedKind::Index, Place::Web(base.clone()))),
        Source::Folder { path, .. } => Some((SignedKind::Mirror, Place::Folder(path.clone()))),
        Source::Proxy(_) => None,
    });
    named.chain(others).collect()
}

/// Whether archives come from beside go.dev's own index: what it says is a cross-check then.
fn carries_archives(world: &World, sources: &Sources) -> bool {
    let own = Address::parse(&world.product.archive_base).ok();
    sources.toolchains.iter().any(|source| match source {
        Source::ArchiveBase { base, .. } => Some(base) == own.as_ref(),
        _ => false,
    })
}

/// The index beside the release archives whose address is compiled in. No other index is go.dev's
/// word: whoever serves an archive could serve a digest for it.
fn own_index(world: &World, sources: &Sources, id: &ReleaseId) -> Result<Finding<Indexed>> {
    let base = Address::parse(&world.product.archive_base)?;
    let read = sources.client.index(&base)?;
    Ok(match indexed(read.untrusted(), id) {
        Some(indexed) => Finding::Found(indexed),
        None => Finding::NotThere,
    })
}

/// What an index says of a release; an entry without a digest says nothing.
fn indexed(index: &Index, id: &ReleaseId) -> Option<Indexed> {
    let archives: Vec<LockedArchive> = index
        .archives(id)
        .filter_map(|entry| {
            Some(LockedArchive {
                file_name: entry.file_name.clone(),
                sha256: entry.sha256?,
                size: entry.size,
            })
        })
        .collect();
    (!archives.is_empty()).then(|| Indexed {
        archives,
        served_by: index.served_by.clone(),
    })
}

/// Whether somebody could not be asked, as opposed to saying something wrong or to a fault here.
fn is_out_of_reach(error: &Error) -> bool {
    match error {
        Error::Fetch(error) => !matches!(
            **error,
            FetchError::Io { .. }
                | FetchError::Index { .. }
                | FetchError::Goproxy { .. }
                | FetchError::Setup { .. }
        ),
        _ => false,
    }
}

impl Findings {
    /// The rungs that were asked and are out of reach. `locked` says whether the lock is evidence.
    ///
    /// # Errors
    ///
    /// What kept the first of them out of reach, where policy does not accept that or where nothing
    /// is left.
    pub(crate) fn settle(&mut self, demands: &Demands<'_>, locked: bool) -> Result<Vec<Evidence>> {
        let nothing_left = !locked
            && self.sumdb.found().is_none()
            && self.indexes.minisign.found().is_none()
            && self.indexes.index.found().is_none();
        let may_go_on = demands.accepts && !nothing_left;
        let mut missing = Vec::new();
        let index_counts = demands.required.contains(&Evidence::Index);
        for (rung, error) in [
            (Evidence::Sumdb, take_error(&mut self.sumdb)),
            (Evidence::Minisign, take_error(&mut self.indexes.minisign)),
            (
                Evidence::Index,
                take_error(&mut self.indexes.index).filter(|_| index_counts),
            ),
        ] {
            match error {
                Some(error) if !may_go_on => return Err(error),
                Some(_) => missing.push(rung),
                None => {}
            }
        }
        Ok(missing)
    }

    /// What the signed index says, for the judge.
    pub(crate) fn signed_claims(&self) -> Option<SignedClaims<'_>> {
        let found = self.indexes.minisign.found()?;
        Some(SignedClaims {
            index: &found.index,
            archives: &found.says.archives,
        })
    }

    /// What go.dev's index says, for the judge.
    pub(crate) fn index_claims(&self) -> &[LockedArchive] {
        let found = self.indexes.index.found();
        found.map_or(&[], |found| found.archives.as_slice())
    }

    /// The addresses that served what was met.
    pub(crate) fn addresses(&self, met: &[Evidence]) -> Addresses {
        let minisign = self.indexes.minisign.found();
        let index = self.indexes.index.found();
        let of = |rung, address: Option<&String>| address.filter(|_| met.contains(&rung)).cloned();
        Addresses {
            sumdb: of(Evidence::Sumdb, self.sumdb.found().map(|it| &it.served_by)),
            minisign: of(Evidence::Minisign, minisign.map(|it| &it.says.served_by)),
            index: of(Evidence::Index, index.map(|it| &it.served_by)),
        }
    }
}

fn take_error<T>(finding: &mut Finding<T>) -> Option<Error> {
    match std::mem::replace(finding, Finding::NotThere) {
        Finding::OutOfReach(error) => Some(error),
        other => {
            *finding = other;
            None
        }
    }
}
