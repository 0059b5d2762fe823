//! Whatever a proxy does to the answers of the checksum database, the client ends with the h1 that
//! the database recorded or with an error, and the greatest head that it knows is the database's.
#![no_main]

use std::sync::LazyLock;

use goseal_core::release::ReleaseId;
use goseal_fuzz::bend::bend;
use goseal_tlog::{Checkpoint, SUMDB_ORIGIN, SignedHead, Signer, Tile, TilePaths, Tree, leaf_hash};
use goseal_trust::{Absent, Client, Roots, Step, format_proof, verify_proof};
use libfuzzer_sys::fuzz_target;

const RECORDS: u64 = 1_000;
const NUMBER: u64 = 300;
const H1: &str = "h1:LQChnsjY/4sr12W+7pci1Qg1+X/n7vmLOOaq2aTBG0w=";
const EVIL: &str = "h1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

fn id() -> ReleaseId {
    ReleaseId::parse("go1.22.5.linux-amd64").expect("a release")
}

fn text(h1: &str) -> String {
    format!("golang.org/toolchain {} {h1}\n", id().module_version())
}

/// A database under a key.
struct Database {
    tree: Tree,
    signer: Signer,
    h1: &'static str,
}

impl Database {
    fn new(seed: u8, h1: &'static str) -> Self {
        let mut tree = Tree::new();
        for record in 0..RECORDS {
            let other = format!("example.com/m{record} v1.0.0 {H1}\n");
            let data = if record == NUMBER { text(h1) } else { other };
            tree.append(leaf_hash(data.as_bytes()));
        }
        let signer = Signer::from_seed("sum.example", &[seed; 32]).expect("a name");
        Self { tree, signer, h1 }
    }

    fn head(&self, size: u64) -> SignedHead {
        let head = self.tree.head_at(size).expect("a tree of that size");
        let origin = SUMDB_ORIGIN.to_owned();
        SignedHead::sign(Checkpoint { origin, head }, &self.signer).expect("a head")
    }

    fn answer(&self, path: &str, size: u64) -> Option<Vec<u8>> {
        if path.starts_with("lookup/") {
            let text = format!("{NUMBER}\n{}\n{}", text(self.h1), self.head(size).note());
            return Some(text.into());
        }
        let tile = Tile::parse_path(TilePaths::Sumdb, path).expect("a tile or the lookup");
        self.tree.tile(tile).ok()
    }
}

static HONEST: LazyLock<Database> = LazyLock::new(|| Database::new(7, H1));
/// The same log with another record, under a key that nobody pinned.
static EVIL_TWIN: LazyLock<Database> = LazyLock::new(|| Database::new(8, EVIL));

/// What happens to one answer: three bytes choose who answers and how long the edits are.
fn served(path: &str, size: u64, data: &mut &[u8]) -> Result<Vec<u8>, Absent> {
    let Some((&[who, length], rest)) = data.split_first_chunk::<2>() else {
        return HONEST.answer(path, size).ok_or(Absent);
    };
    let (edits, rest) = rest.split_at(usize::from(length % 32).min(rest.len()));
    *data = rest;
    let answer = match who % 8 {
        0 => EVIL_TWIN.answer(path, size),
        1 => None,
        2 => Some(edits.to_vec()),
        _ => HONEST.answer(path, size),
    };
    answer.map(|answer| bend(&answer, edits)).ok_or(Absent)
}

fuzz_target!(|data: &[u8]| {
    let Some((&[a, b, c, d, mirror], mut rest)) = data.split_first_chunk::<5>() else {
        return;
    };
    let size =
        |high, low| NUMBER + 1 + u64::from(u16::from_be_bytes([high, low])) % (RECORDS - NUMBER);
    let (ours, theirs) = (size(a, b), size(c, d));
    let key = HONEST.signer.verifier().to_string();
    let roots = Roots::new(&key, HONEST.head(ours).note()).expect("roots");
    let mut latest = roots.embedded().clone();
    let mut client = Client::new(roots.clone(), &id(), &latest, mirror % 2 == 1).expect("a client");
    for _ in 0..20 {
        let Ok(step) = client.step() else { return };
        match step {
            Step::Need(reads) => {
                assert!(!reads.is_empty());
                for read in reads {
                    let answer = served(read.path(), theirs, &mut rest);
                    if client.answer(&read, answer).is_err() {
                        return;
                    }
                }
            }
            Step::Swap { expected, new } => {
                assert_eq!(expected, latest);
                assert!(new.head().size > latest.head().size);
                let honest = HONEST.tree.head_at(new.head().size);
                assert_eq!(honest.as_ref(), Ok(new.head()));
                latest = new;
                client.swapped();
            }
            Step::Done(proved) => {
                let record = &proved.record;
                assert_eq!(
                    (record.h1.to_string(), record.number),
                    (H1.to_owned(), NUMBER)
                );
                assert_eq!(
                    HONEST.tree.head_at(record.head.head().size).as_ref(),
                    Ok(record.head.head())
                );
                let kept = verify_proof(&format_proof(record), &roots).expect("a proof");
                assert_eq!(kept.h1, record.h1);
                return;
            }
        }
    }
    panic!("the client does not come to an end");
});
