//! The whole ladder of evidence of one release: what is required, what is met, what is not.
//!
//! For an installed release the table comes from its seal and its stored proof, which is checked
//! again, and nobody is asked. For another one the sources are asked, and no archive is fetched.

use std::fmt::Write as _;

use goseal_core::digest::H1;
use goseal_core::evidence::Evidence;
use goseal_core::lock::{LockEntry, LockedArchive};
use goseal_core::plan::Chosen;
use goseal_core::release::ReleaseId;
use goseal_store::Installed;
use goseal_trust::{SumRecord, verify_proof};

use crate::error::{Error, Result};
use crate::evidence::{Demands, Finding, ask_indexes, ask_sumdb};
use crate::journal::keep_distrust;
use crate::situation::Situation;
use crate::sources::sources;
use crate::world::World;

/// The ladder of the release that runs here.
#[derive(Debug)]
pub struct TrustTable {
    /// The release.
    pub id: ReleaseId,
    /// What chose it.
    pub chosen: Chosen,
    /// The identity of the installed tree; none where it is not installed, and sources were asked.
    pub h1: Option<H1>,
    /// Every rung, strongest first.
    pub rungs: Vec<Rung>,
}

impl TrustTable {
    /// Whether something does not verify, or two say different things.
    pub fn is_contradicted(&self) -> bool {
        let contradicted = |rung: &Rung| matches!(rung.state, RungState::Contradicted(_));
        self.rungs.iter().any(contradicted)
    }
}

/// One rung of the ladder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rung {
    /// Which.
    pub evidence: Evidence,
    /// Whether policy requires it, by name or by default.
    pub required: bool,
    /// What became of it.
    pub state: RungState,
    /// What is known of it: a stable name and a value.
    pub facts: Vec<(&'static str, String)>,
}

/// What became of a rung.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RungState {
    /// It vouches for the release.
    Met,
    /// It could not be asked. Holds why.
    OutOfReach(String),
    /// It does not verify, or says something else than another one. Holds what.
    Contradicted(String),
    /// It says nothing of this release. Holds why.
    NotThere(&'static str),
}

impl RungState {
    /// The stable word.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::OutOfReach(_) => "unreachable",
            Self::Contradicted(_) => "contradicted",
            Self::NotThere(_) => "not there",
        }
    }

    /// Why it is so, where it is not met.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Met => None,
            Self::OutOfReach(why) | Self::Contradicted(why) => Some(why),
            Self::NotThere(why) => Some(why),
        }
    }
}

/// The ladder of the release that runs here.
///
/// # Errors
///
/// What [`Situation::here`] says; [`Error::Store`] for a seal that is damaged. What does not verify is
/// no error here but a row; where a source said it, it is on record.
pub fn trust_table(world: &World) -> Result<TrustTable> {
    let situation = Situation::here(world)?;
    let choice = situation.choice()?.clone();
    let installed = goseal_store::find(&world.layout, &choice.id)?;
    let looking = Looking {
        world,
        situation: &situation,
        id: choice.id,
        demands: Demands::of(situation.written.policy.as_ref()),
    };
    let states = match &installed {
        Some(installed) => looking.sealed(installed)?,
        None => looking.asked()?,
    };
    let locked = looking.entry().is_some();
    let rungs = Evidence::ALL.into_iter().zip(states);
    Ok(TrustTable {
        id: choice.id,
        chosen: choice.chosen,
        h1: installed.map(|installed| installed.seal.proven.h1),
        rungs: rungs
            .map(|(evidence, (state, facts))| Rung {
                evidence,
                required: looking.demands.requires(evidence, locked),
                state,
                facts,
            })
            .collect(),
    })
}

/// What became of a rung, and what is known of it.
type Row = (RungState, Vec<(&'static str, String)>);

struct Looking<'a> {
    world: &'a World,
    situation: &'a Situation,
    id: ReleaseId,
    demands: Demands<'a>,
}

impl Looking<'_> {
    fn entry(&self) -> Option<&LockEntry> {
        let lock = self.situation.written.lock.as_ref()?;
        lock.entries.get(&self.id)
    }

    /// The four rows of an installed release, from its seal.
    fn sealed(&self, installed: &Installed) -> Result<[Row; 5]> {
        let proven = &installed.seal.proven;
        let answered = &installed.seal.answered;
        let unmet = |rung: Evidence, row: Row| {
            if proven.unmet.contains(&rung) {
                let why = "when it was installed".to_owned();
                return (RungState::OutOfReach(why), Vec::new());
            }
            row
        };
        let met = |rung| proven.evidence.contains(&rung);
        let signed = match &proven.minisign {
            Some(by) if met(Evidence::Minisign) => {
                let mut facts = vec![("key", by.key.clone()), ("serial", by.serial.to_string())];
                push_address(&mut facts, answered.minisign.as_ref());
                (RungState::Met, facts)
            }
            _ => not_there("no signed index vouched for it"),
        };
        let index = if met(Evidence::Index) {
            let mut facts = Vec::new();
            push_address(&mut facts, answered.index.as_ref());
            (RungState::Met, facts)
        } else {
            not_there(
                "it was not asked when this was installed, because no policy required it by name",
            )
        };
        Ok([
            self.lock_row(Some(("the installed tree", proven.h1))),
            unmet(Evidence::Sumdb, self.proof_row(installed)?),
            unmet(Evidence::Minisign, signed),
            unmet(Evidence::Index, index),
            self.rebuilt_row(installed)?,
        ])
    }

    /// The statement of a rebuild, if it is of this tree.
    fn rebuilt_row(&self, installed: &Installed) -> Result<Row> {
        let found = goseal_store::read_rebuilt(&self.world.layout, &installed.id)?;
        Ok(match found {
            None => not_there("nobody here built it from its sources"),
            Some(statement) if statement.is_of(installed) => (
                RungState::Met,
                vec![("bootstrap", statement.bootstrap.to_string())],
            ),
            Some(statement) => {
                let what = format!("it is of {} with {}", statement.release, statement.h1);
                (RungState::Contradicted(what), Vec::new())
            }
        })
    }

    /// The stored proof, checked again.
    fn proof_row(&self, installed: &Installed) -> Result<Row> {
        let proven = &installed.seal.proven;
        let text = goseal_store::read_proof(&self.world.layout, installed)?;
        if proven.sumdb.is_none() || text.is_empty() {
            return Ok(not_there("it was installed without its proof"));
        }
        let record = match verify_proof(&text, &self.world.product.roots) {
            Ok(record) => record,
            Err(error) => return Ok((RungState::Contradicted(error.to_string()), Vec::new())),
        };
        let mut facts = record_facts(&record, proven.joined);
        push_address(&mut facts, installed.seal.answered.sumdb.as_ref());
        let same = record.id == installed.id
            && record.h1 == proven.h1
            && Some(record.position()) == proven.sumdb;
        let state = if same {
            RungState::Met
        } else {
            let what = format!("the stored proof is of {} with {}", record.id, record.h1);
            RungState::Contradicted(what)
        };
        Ok((state, facts))
    }

    /// The lock, compared with what somebody else says the h1 is.
    fn lock_row(&self, other: Option<(&str, H1)>) -> Row {
        let path = self.situation.lock_path.display().to_string();
        let facts = vec![("file", path)];
        let Some(entry) = self.entry() else {
            return not_there("no lock here has an entry for it");
        };
        match other.filter(|(_, h1)| *h1 != entry.h1) {
            None => (RungState::Met, facts),
            Some((who, h1)) => {
                let what = format!("it says {}, {who} {h1}", entry.h1);
                (RungState::Contradicted(what), facts)
            }
        }
    }

    /// The four rows of a release that is not installed: everybody is asked, nothing is fetched.
    fn asked(&self) -> Result<[Row; 5]> {
        let (world, written) = (self.world, &self.situation.written);
        let sources = sources(world, written, None)?;
        let locked = self.entry().and_then(|entry| entry.position);
        let sumdb = ask_sumdb(world, &sources, &self.demands, &self.id, locked.as_ref());
        let sumdb = keep_distrust(world, written, &self.id, sumdb);
        let proved = match &sumdb {
            Ok(Finding::Found(answered)) => Some(("the checksum database", answered.record.h1)),
            _ => None,
        };
        let lock = self.lock_row(proved);
        let sumdb = row_of(sumdb, |answered| {
            let mut facts = record_facts(&answered.record, answered.record.joined);
            push_address(&mut facts, Some(&answered.served_by));
            facts
        })?;
        let indexes = ask_indexes(world, written, &sources, &self.demands, &self.id);
        let (minisign, index) = match keep_distrust(world, written, &self.id, indexes) {
            Ok(indexes) => (
                row_of(Ok(indexes.minisign), |signed| {
                    let by = signed.index.get();
                    let mut facts = vec![("key", by.key.clone())];
                    facts.push(("serial", by.serial.to_string()));
                    facts.extend(claim_facts(&signed.says.archives));
                    push_address(&mut facts, Some(&signed.says.served_by));
                    facts
                })?,
                row_of(Ok(indexes.index), |indexed| {
                    let mut facts = claim_facts(&indexed.archives);
                    push_address(&mut facts, Some(&indexed.served_by));
                    facts
                })?,
            ),
            Err(error) => (row_of::<()>(Err(error), |()| Vec::new())?, not_asked()),
        };
        let rebuilt = not_there("it is not installed");
        Ok([lock, sumdb, minisign, index, rebuilt])
    }
}

/// What asking came to, as a row; what is our own fault stays an error.
fn row_of<T>(
    asked: Result<Finding<T>>,
    facts: impl FnOnce(&T) -> Vec<(&'static str, String)>,
) -> Result<Row> {
    match asked {
        Ok(Finding::Found(found)) => Ok((RungState::Met, facts(&found))),
        Ok(Finding::OutOfReach(error)) => Ok((RungState::OutOfReach(one_line(&error)), Vec::new())),
        Ok(Finding::NotThere) => Ok(not_there("it was asked and says nothing of this release")),
        Ok(Finding::NotAsked) => Ok(not_asked()),
        Err(Error::Trust(error)) if !error.is_distrust() => {
            Ok(not_there("it was asked and says nothing of this release"))
        }
        Err(error) if error.is_distrust() => {
            Ok((RungState::Contradicted(one_line(&error)), Vec::new()))
        }
        Err(error) => Err(error),
    }
}

const fn not_there(why: &'static str) -> Row {
    (RungState::NotThere(why), Vec::new())
}

const fn not_asked() -> Row {
    not_there("not asked: nobody named a key for it, or policy does not require it")
}

fn record_facts(record: &SumRecord, joined: bool) -> Vec<(&'static str, String)> {
    let position = record.position();
    let head = if joined { "joined" } else { "apart" };
    vec![
        ("record", position.record.to_string()),
        ("tree_size", position.tree_size.to_string()),
        ("head", head.to_owned()),
    ]
}

fn claim_facts(archives: &[LockedArchive]) -> Vec<(&'static str, String)> {
    let line = |archive: &LockedArchive| format!("{} {}", archive.sha256, archive.file_name);
    archives.iter().map(|one| ("archive", line(one))).collect()
}

fn push_address(facts: &mut Vec<(&'static str, String)>, address: Option<&String>) {
    facts.extend(address.map(|address| ("served_by", address.clone())));
}

/// An error and its causes.
fn one_line(error: &Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        // A crate that shows its cause itself is not shown twice.
        let words = error.to_string();
        if !text.contains(&words) {
            write!(text, ": {words}").ok();
        }
        cause = error.source();
    }
    text
}
