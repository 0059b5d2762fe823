//! A checksum database in memory under a key of its own, and a way to bend what it serves.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::LazyLock;

use goseal_core::release::ReleaseId;
use goseal_tlog::{Checkpoint, SUMDB_ORIGIN, SignedHead, Signer, Tile, TilePaths, Tree, leaf_hash};

use crate::{Absent, Client, Error, Proved, Roots, Step};

pub(super) const H1: &str = "h1:LQChnsjY/4sr12W+7pci1Qg1+X/n7vmLOOaq2aTBG0w=";
pub(super) const EVIL: &str = "h1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
pub(super) const LOOKUP: &str = "lookup/golang.org/toolchain@v0.0.1-go1.22.5.linux-amd64";

/// The record of the release in [`database`].
pub(super) const NUMBER: u64 = 300;

pub(super) fn id() -> ReleaseId {
    ReleaseId::parse("go1.22.5.linux-amd64").unwrap()
}

/// The record of the release, with that h1.
pub(super) fn text(h1: &str) -> String {
    let version = id().module_version();
    format!(
        "golang.org/toolchain {version} {h1}\n\
         golang.org/toolchain {version}/go.mod h1:8wlg68NqwW7eMnI1aABk/C2pDYXj8mrMY4TyRfiLeS0=\n"
    )
}

pub(super) fn signer() -> Signer {
    Signer::from_seed("sum.example", &[7; 32]).unwrap()
}

pub(super) fn other_text(record: u64) -> String {
    format!("example.com/m{record} v1.0.0 {H1}\n")
}

/// A database whose record [`NUMBER`] is that of the release.
#[derive(Clone)]
pub(super) struct Database {
    pub(super) tree: Tree,
}

impl Database {
    /// `salt` goes into the records from `from` on: two databases that differ only there share
    /// their beginning.
    pub(super) fn new(size: u64, from: u64, salt: &str) -> Self {
        let mut tree = Tree::new();
        for record in 0..size {
            let salt = if record >= from { salt } else { "" };
            let data = if record == NUMBER {
                text(H1)
            } else {
                format!("{}{salt}", other_text(record))
            };
            tree.append(leaf_hash(data.as_bytes()));
        }
        Self { tree }
    }

    pub(super) fn head(&self, size: u64) -> SignedHead {
        let checkpoint = Checkpoint {
            origin: SUMDB_ORIGIN.to_owned(),
            head: self.tree.head_at(size).unwrap(),
        };
        SignedHead::sign(checkpoint, &signer()).unwrap()
    }

    pub(super) fn answer(&self, size: u64) -> String {
        format!("{NUMBER}\n{}\n{}", text(H1), self.head(size).note())
    }
}

/// 66,000 records: tiles on three levels, and the record in a full tile below a full tile.
pub(super) fn database() -> &'static Database {
    static DATABASE: LazyLock<Database> = LazyLock::new(|| Database::new(66_000, 0, ""));
    &DATABASE
}

/// Roots whose embedded head has `size` records.
pub(super) fn roots(database: &Database, size: u64) -> Roots {
    let key = signer().verifier().to_string();
    Roots::new(&key, database.head(size).note()).unwrap()
}

/// What a source serves: a database at a size, with some answers replaced or taken away.
pub(super) struct Source<'a> {
    pub(super) database: &'a Database,
    pub(super) size: u64,
    pub(super) changed: BTreeMap<String, Option<Vec<u8>>>,
    pub(super) asked: RefCell<Vec<String>>,
}

impl<'a> Source<'a> {
    pub(super) fn new(database: &'a Database, size: u64) -> Self {
        Self {
            database,
            size,
            changed: BTreeMap::new(),
            asked: RefCell::default(),
        }
    }

    pub(super) fn with(mut self, path: &str, bytes: impl Into<Vec<u8>>) -> Self {
        self.changed.insert(path.to_owned(), Some(bytes.into()));
        self
    }

    pub(super) fn without(mut self, path: &str) -> Self {
        self.changed.insert(path.to_owned(), None);
        self
    }

    pub(super) fn get(&self, path: &str) -> Result<Vec<u8>, Absent> {
        self.asked.borrow_mut().push(path.to_owned());
        if let Some(changed) = self.changed.get(path) {
            return changed.clone().ok_or(Absent);
        }
        if path == LOOKUP {
            return Ok(self.database.answer(self.size).into());
        }
        let tile = Tile::parse_path(TilePaths::Sumdb, path).expect("a tile or the lookup");
        let entries = self.size >> (8 * tile.level());
        let end = tile.index() * 256 + u64::from(tile.width());
        if end > entries {
            return Err(Absent);
        }
        self.database.tree.tile(tile).map_err(|_| Absent)
    }
}

/// Runs a client to its end, swaps done; `latest` holds the greatest head as a caller would.
pub(super) fn run(
    mut client: Client,
    source: &Source<'_>,
    latest: &mut SignedHead,
) -> Result<Proved, Error> {
    for _ in 0..20 {
        match client.step()? {
            Step::Need(reads) => {
                assert!(!reads.is_empty());
                for read in reads {
                    client.answer(&read, source.get(read.path()))?;
                }
            }
            Step::Swap { expected, new } => {
                assert_eq!(expected, *latest);
                *latest = new;
                client.swapped();
            }
            Step::Done(proved) => return Ok(*proved),
        }
    }
    panic!("the client does not come to an end")
}

/// Looks the release up with `ours` as the greatest head that is known, and embedded.
pub(super) fn look_up(source: &Source<'_>, ours: u64) -> Result<Proved, Error> {
    let roots = roots(source.database, ours);
    let mut latest = roots.embedded().clone();
    let client = Client::new(roots, &id(), &latest, false).unwrap();
    run(client, source, &mut latest)
}
