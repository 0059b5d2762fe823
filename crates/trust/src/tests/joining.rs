//! Known history only grows, and what a mirror serves is joined to it where that can be done.

use goseal_core::digest::Sha256;
use goseal_core::evidence::SumdbPosition;

use super::database::{Database, LOOKUP, Source, database, id, look_up, roots, run};
use crate::{Client, Error, Proved, Step};

fn position(size: u64, root: [u8; 32]) -> SumdbPosition {
    SumdbPosition {
        record: 300,
        tree_size: size,
        tree_root: Sha256::from_bytes(root),
    }
}

fn mirror(source: &Source<'_>, ours: u64) -> (Result<Proved, Error>, u64) {
    let roots = roots(source.database, ours);
    let mut latest = roots.embedded().clone();
    let client = Client::new(roots, &id(), &latest, true).unwrap();
    (run(client, source, &mut latest), latest.head().size)
}

#[test]
fn a_greater_head_takes_the_place_of_ours_and_a_smaller_one_does_not() {
    for (ours, served, after) in [
        (301, 66_000, 66_000),
        (1_000, 1_001, 1_001),
        (65_535, 65_536, 65_536),
        (66_000, 66_000, 66_000),
        (66_000, 301, 66_000),
        (65_536, 512, 65_536),
    ] {
        let roots = roots(database(), ours);
        let mut latest = roots.embedded().clone();
        let client = Client::new(roots, &id(), &latest, false).unwrap();
        let source =
            Source::new(database(), ours.max(served)).with(LOOKUP, database().answer(served));
        let proved = run(client, &source, &mut latest).unwrap();
        assert_eq!(latest.head().size, after, "{ours} {served}");
        assert_eq!(proved.record.head.head().size, after);
        assert_eq!(proved.record.position().tree_size, after);
        assert_eq!(proved.record.evidence_text(), "sumdb");
    }
}

#[test]
fn every_size_of_a_small_database_joins_every_other() {
    let database = Database::new(700, 0, "");
    for ours in (301..700).step_by(37) {
        for served in (301..700).step_by(41) {
            let source = Source::new(&database, 700).with(LOOKUP, database.answer(served));
            assert!(look_up(&source, ours).is_ok(), "{ours} {served}");
        }
    }
}

#[test]
fn no_path_is_asked_for_twice_and_all_that_is_kept_was_served() {
    let source = Source::new(database(), 66_000);
    let proved = look_up(&source, 40_000).unwrap();
    let mut asked = source.asked.borrow().clone();
    asked.sort();
    let kept: Vec<String> = proved.keep.keys().cloned().collect();
    assert_eq!(asked, kept);
    for (path, bytes) in &proved.keep {
        assert_eq!(Ok(bytes.clone()), source.get(path));
    }
}

#[test]
fn another_process_that_was_first_is_joined_too() {
    for (now, ends_at) in [(20_000, 50_000), (50_000, 50_000), (66_000, 66_000)] {
        let roots = roots(database(), 1_000);
        let latest = roots.embedded().clone();
        let mut client = Client::new(roots, &id(), &latest, false).unwrap();
        let source = Source::new(database(), 66_000).with(LOOKUP, database().answer(50_000));
        let mut known = database().head(now);
        let mut swaps = 0;
        let proved = loop {
            match client.step().unwrap() {
                Step::Need(reads) => reads.iter().for_each(|read| {
                    client.answer(read, source.get(read.path())).unwrap();
                }),
                Step::Swap { expected, new } if expected == known => {
                    known = new;
                    client.swapped();
                }
                Step::Swap { .. } => {
                    swaps += 1;
                    client.conflict(&known).unwrap();
                }
                Step::Done(proved) => break proved,
            }
        };
        assert_eq!(swaps, 1);
        assert_eq!(known.head().size, ends_at);
        assert_eq!(proved.record.head.head().size, ends_at);
    }
}

#[test]
fn a_mirror_under_an_older_head_is_believed_under_it_and_says_so() {
    // The mirror holds the tiles of its own head and none of the greater tree's edge.
    let source = Source::new(database(), 1_000);
    let (proved, latest) = mirror(&source, 66_000);
    let record = proved.unwrap().record;
    assert!(!record.joined);
    assert_eq!(record.evidence_text(), "sumdb, head 1000 not joined");
    assert_eq!(latest, 66_000);
    // Any other source must join it.
    let found = look_up(&Source::new(database(), 1_000), 66_000);
    assert!(matches!(found, Err(Error::Missing { .. })));
}

#[test]
fn a_mirror_that_holds_the_joining_tiles_is_joined() {
    let source = Source::new(database(), 66_000).with(LOOKUP, database().answer(1_000));
    let (proved, _) = mirror(&source, 66_000);
    assert!(proved.unwrap().record.joined);
}

#[test]
fn a_mirror_with_a_greater_head_that_cannot_be_joined_leaves_ours_as_it_is() {
    let own = goseal_tlog::tiles_for_record(66_000, 300).unwrap();
    let joining = goseal_tlog::tiles_for_consistency(66_000, 40_000).unwrap();
    let mut source = Source::new(database(), 66_000);
    for tile in joining.iter().filter(|tile| !own.contains(tile)) {
        source = source.without(&tile.format_path(goseal_tlog::TilePaths::Sumdb));
    }
    assert!(!source.changed.is_empty());
    let (proved, latest) = mirror(&source, 40_000);
    let record = proved.unwrap().record;
    assert_eq!(record.evidence_text(), "sumdb, head 66000 not joined");
    assert_eq!(latest, 40_000);
}

#[test]
fn a_mirror_without_the_tiles_of_its_own_record_is_of_no_use() {
    let source = Source::new(database(), 1_000).without("tile/8/0/001");
    let (found, _) = mirror(&source, 66_000);
    let path = "tile/8/0/001".to_owned();
    assert_eq!(found, Err(Error::Missing { path }));
}

#[test]
fn the_root_in_the_lock_is_demanded_of_the_database() {
    let root = |size| *database().tree.head_at(size).unwrap().root.as_bytes();
    let look_up = |demand: SumdbPosition| {
        let roots = roots(database(), 60_000);
        let mut latest = roots.embedded().clone();
        let client = Client::new(roots, &id(), &latest, false)
            .unwrap()
            .demanding(&demand);
        run(client, &Source::new(database(), 66_000), &mut latest)
    };
    for size in [1, 301, 50_000, 66_000] {
        assert!(look_up(position(size, root(size))).is_ok(), "{size}");
        let found = look_up(position(size, [1; 32])).unwrap_err();
        assert!(matches!(
            found,
            Error::Contradiction {
                left: ("goseal.lock", _),
                ..
            }
        ));
        assert!(found.is_distrust());
    }
    // A lock made under a greater head than anybody here has seen is no contradiction.
    assert!(look_up(position(70_000, [1; 32])).is_ok());
}
