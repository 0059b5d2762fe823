//! Everything in a mirror verified again under its own head, as a client with nothing else would.

use std::collections::BTreeMap;
use std::ffi::OsString;

use goseal_core::progress::Progress;
use goseal_core::release::ReleaseId;
use goseal_fetch::proxy::{Hop, Place};
use goseal_fetch::{Client, Error as FetchError, Source, SumdbBase, Target};
use goseal_ledger::record::Outcome;
use goseal_store::Stage;
use goseal_trust::{
    Error as TrustError, Roots, SignedHead, Snapshot, SumRecord, lookup_path, read_lookup,
};

use super::head::Tiles;
use super::take::GO_MOD;
use super::{NOTE_LIMIT, list_file, version_file};
use crate::error::{Error, Result};
use crate::journal::Journal;
use crate::situation::read_machine;
use crate::sources::{client, hop};
use crate::world::World;

/// One thing that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MirrorFinding {
    /// The file, by its path below the mirror's root.
    pub file: String,
    /// What is wrong with it.
    pub what: String,
    /// Whether it is not what it should be, as opposed to not there.
    pub distrust: bool,
}

/// What a check of a mirror found.
#[derive(Debug)]
pub struct MirrorCheck {
    /// The mirror, without user information.
    pub place: String,
    /// Its head, where it has a signed one.
    pub head: Option<SignedHead>,
    /// The releases that it lists.
    pub releases: Vec<ReleaseId>,
    /// Everything that is wrong, in the order in which it was found.
    pub findings: Vec<MirrorFinding>,
}

impl MirrorCheck {
    /// Whether something is not what it should be.
    pub fn is_distrust(&self) -> bool {
        self.findings.iter().any(|finding| finding.distrust)
    }
}

/// Checks a mirror: a folder or an address. Its zips are fetched again and not kept.
///
/// # Errors
///
/// [`Error::Request`] for what is neither; [`Error::Fetch`] where it is out of reach;
/// [`Error::Store`], [`Error::Ledger`]. Whatever is wrong with the mirror is a finding.
pub fn check_mirror(
    world: &World,
    place: &str,
    arguments: &[OsString],
    progress: &dyn Progress,
) -> Result<MirrorCheck> {
    let written = read_machine(world)?;
    let journal = Journal::open(world, &written)?;
    let outcome = checked(world, place, progress);
    let ended = match &outcome {
        Ok(check) if check.findings.is_empty() => Outcome::Ok,
        Ok(check) if check.is_distrust() => Outcome::Refused,
        Ok(_) => Outcome::Findings,
        Err(_) => Outcome::Failed,
    };
    journal.verb("mirror", arguments, ended)?;
    outcome
}

fn checked(world: &World, place: &str, progress: &dyn Progress) -> Result<MirrorCheck> {
    let hop = hop(place, "mirror check")?;
    let name = format!("sumdb/{}", world.product.roots.sumdb_name());
    let base = match &hop.place {
        Place::Folder(folder) => SumdbBase::folder(folder.join(&name)),
        Place::Web(address) => SumdbBase::address(address.clone().at(&name)),
        _ => return Err(Error::part("a mirror that is no place")),
    };
    let mut check = Check {
        world,
        client: client(world)?,
        base,
        source: Source::Proxy(vec![Hop {
            any_error: false,
            ..hop.clone()
        }]),
        progress,
        report: MirrorCheck {
            place: hop.place.to_string(),
            head: None,
            releases: Vec::new(),
            findings: Vec::new(),
        },
    };
    check.list(&hop)?;
    let records = check.database()?;
    for id in check.report.releases.clone() {
        check.release(&id, records.get(&id))?;
    }
    Ok(check.report)
}

struct Check<'a> {
    world: &'a World,
    client: Client,
    base: SumdbBase,
    source: Source,
    progress: &'a dyn Progress,
    report: MirrorCheck,
}

impl Check<'_> {
    fn note(&mut self, file: impl Into<String>, what: &impl ToString, distrust: bool) {
        self.report.findings.push(MirrorFinding {
            file: file.into(),
            what: what.to_string(),
            distrust,
        });
    }

    /// What fails is a finding, but for a mirror that cannot be reached and a disk that fails.
    fn judge(&mut self, file: impl Into<String>, error: Error) -> Result<()> {
        let out_of_reach = match &error {
            Error::Fetch(error) => !matches!(
                error.as_ref(),
                FetchError::NotCarried { .. }
                    | FetchError::TooLong { .. }
                    | FetchError::WrongSize { .. }
                    | FetchError::Index { .. }
            ),
            Error::Trust(_) => false,
            other => !other.is_distrust(),
        };
        if out_of_reach {
            return Err(error);
        }
        self.note(file, &error, error.is_distrust());
        Ok(())
    }

    fn list(&mut self, hop: &Hop) -> Result<()> {
        match self.client.versions(std::slice::from_ref(hop)) {
            Ok(versions) => {
                if versions.skipped > 0 {
                    let what = format!("{} lines that name no release", versions.skipped);
                    self.note(list_file(), &what, false);
                }
                self.report.releases = versions.releases;
                Ok(())
            }
            Err(error) => self.judge(list_file(), error.into()),
        }
    }

    fn read(&mut self, path: &str) -> Result<Option<Vec<u8>>> {
        match self.client.read(&self.base, path, NOTE_LIMIT) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) => self.judge(self.file(path), error.into()).map(|()| None),
        }
    }

    /// The name below the mirror's root of a file of the database.
    fn file(&self, path: &str) -> String {
        super::database_file(self.world, path)
    }

    /// The head, the records and the tiles; gives the records that hold.
    fn database(&mut self) -> Result<BTreeMap<ReleaseId, SumRecord>> {
        self.read("supported")?;
        let Some(note) = self.read("latest")? else {
            return Ok(BTreeMap::new());
        };
        let roots = self.world.product.roots.clone();
        let head = match roots.open_head(&note, "latest") {
            Ok(head) => head,
            Err(error) => {
                self.note(self.file("latest"), &error, true);
                return Ok(BTreeMap::new());
            }
        };
        self.report.head = Some(head.clone());
        let mut lookups = BTreeMap::new();
        for id in self.report.releases.clone() {
            if let Some(lookup) = self.lookup(&roots, &head, &id)? {
                lookups.insert(id, lookup);
            }
        }
        if let Ok(records) = self.under(&roots, &head, &lookups) {
            return Ok(records);
        }
        // One bad record or tile must not hide the others.
        let mut records = BTreeMap::new();
        for (id, lookup) in lookups {
            let alone = BTreeMap::from([(id, lookup)]);
            match self.under(&roots, &head, &alone) {
                Ok(mut one) => records.append(&mut one),
                Err(error) => self.judge(self.file(&lookup_path(&id)), error)?,
            }
        }
        Ok(records)
    }

    fn lookup(
        &mut self,
        roots: &Roots,
        head: &SignedHead,
        id: &ReleaseId,
    ) -> Result<Option<Vec<u8>>> {
        let path = lookup_path(id);
        let Some(bytes) = self.read(&path)? else {
            return Ok(None);
        };
        match read_lookup(bytes.clone(), roots, id) {
            Ok((own, _)) if own.head() == head.head() => Ok(Some(bytes)),
            Ok((own, _)) => {
                let (own, head) = (own.head().size, head.head().size);
                let what = format!("its head has {own} records, `latest` {head}");
                self.note(self.file(&path), &what, false);
                Ok(Some(bytes))
            }
            Err(error) => {
                self.note(self.file(&path), &error, true);
                Ok(None)
            }
        }
    }

    fn under(
        &self,
        roots: &Roots,
        head: &SignedHead,
        lookups: &BTreeMap<ReleaseId, Vec<u8>>,
    ) -> Result<BTreeMap<ReleaseId, SumRecord>> {
        let mut snapshot = Snapshot::new(roots, head.note().as_bytes(), "latest")?;
        for (id, lookup) in lookups {
            snapshot.take_lookup(roots, id, lookup.clone())?;
        }
        let tiles = Tiles {
            world: self.world,
            client: &self.client,
            base: &self.base,
            folder: None,
        };
        let stated = tiles.judge(snapshot, false)?;
        Ok(stated.into_inner().records)
    }

    fn release(&mut self, id: &ReleaseId, record: Option<&SumRecord>) -> Result<()> {
        self.small_files(id)?;
        let Some(record) = record else {
            // Why there is none is a finding already.
            return Ok(());
        };
        match self.zip(id, record) {
            Ok(()) => Ok(()),
            Err(error) => self.judge(version_file(id, "zip"), error),
        }
    }

    /// `.mod` has one content; `.info` names the version that it is asked for.
    fn small_files(&mut self, id: &ReleaseId) -> Result<()> {
        let root = match &self.source {
            Source::Proxy(hops) => hops.first().map(|hop| hop.place.clone()),
            _ => None,
        };
        let base = match root {
            Some(Place::Folder(folder)) => SumdbBase::folder(folder),
            Some(Place::Web(address)) => SumdbBase::address(address),
            _ => return Ok(()),
        };
        let begin = format!("{{\"Version\":\"{}\"", id.module_version());
        for (end, expected) in [("mod", GO_MOD), ("info", begin.as_str())] {
            let name = version_file(id, end);
            match self.client.read(&base, &name, NOTE_LIMIT) {
                Ok(bytes) if bytes.starts_with(expected.as_bytes()) => {}
                Ok(_) => self.note(name, &"another content than every toolchain has", false),
                Err(error) => self.judge(name, error.into())?,
            }
        }
        Ok(())
    }

    fn zip(&self, id: &ReleaseId, record: &SumRecord) -> Result<()> {
        let guard = goseal_store::lock_release(&self.world.layout, id, || {})?;
        let stage = Stage::new(&self.world.layout, &guard)?;
        let (path, mut file) = stage.archive_file()?;
        let target = Target {
            file: &mut file,
            path: &path,
        };
        let sources = std::slice::from_ref(&self.source);
        let zip = self.client.download(sources, id, target, self.progress)?;
        let manifest = goseal_store::unpack(&zip, &stage, false, None, self.progress)?;
        let found = manifest.h1(id);
        if found == record.h1 {
            return Ok(());
        }
        Err(TrustError::Contradiction {
            what: format!("h1 of {id}"),
            left: ("the checksum database", record.h1.to_string()),
            right: ("the unpacked files", found.to_string()),
        }
        .into())
    }
}
