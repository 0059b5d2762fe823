//! A part of the database under one head: complete for its clients, and judged.

use std::collections::BTreeMap;

use goseal_tlog::SignedHead;

use super::database::{Database, LOOKUP, Source, database, id, roots, run};
use crate::{Absent, Client, Error, Snapshot, Stated, Verified};

/// Makes the snapshot of what `source` serves, for those who know the heads of `older`.
fn snapshot(
    source: &Source<'_>,
    head: &SignedHead,
    older: &[SignedHead],
) -> Result<Verified<Stated>, Error> {
    let roots = roots(database(), 301);
    let mut snapshot = Snapshot::new(&roots, head.note().as_bytes(), "latest")?;
    let lookup = source.get(LOOKUP).unwrap();
    snapshot.take_lookup(&roots, &id(), lookup)?;
    for head in older {
        snapshot.take_older(head.clone())?;
    }
    loop {
        let reads = snapshot.needs()?;
        if reads.is_empty() {
            return snapshot.judge();
        }
        for read in reads {
            snapshot.answer(&read, source.get(read.path()))?;
        }
    }
}

/// Asks the files of a snapshot and nothing else, as somebody who knows a head of `known` records.
fn ask(files: &BTreeMap<String, Vec<u8>>, known: u64) -> Result<u64, Error> {
    let roots = roots(database(), known);
    let start = roots.embedded().clone();
    let mut client = Client::new(roots, &id(), &start, false)?;
    for _ in 0..20 {
        match client.step()? {
            crate::Step::Need(reads) => {
                for read in reads {
                    let found = files.get(read.path()).cloned().ok_or(Absent);
                    client.answer(&read, found)?;
                }
            }
            crate::Step::Swap { .. } => client.swapped(),
            crate::Step::Done(proved) => return Ok(proved.record.head.head().size),
        }
    }
    panic!("the client does not come to an end")
}

#[test]
fn whoever_knows_an_older_head_that_was_taken_proves_the_record_from_the_files_alone() {
    let heads: Vec<SignedHead> = [301, 512, 1_000, 65_536].map(|n| database().head(n)).into();
    for size in [65_537, 66_000] {
        // The answer to the lookup was given under an older head.
        let source = Source::new(database(), 66_000).with(LOOKUP, database().answer(400));
        let stated = snapshot(&source, &database().head(size), &heads).unwrap();
        assert_eq!(stated.joins, [301, 400, 512, 1_000, 65_536]);
        for known in [301, 400, 512, 1_000, 65_536] {
            assert_eq!(ask(&stated.files, known).unwrap(), size, "{known}");
        }
        assert_eq!(stated.records[&id()].head.head().size, size);
        let latest = stated.files["latest"].as_slice();
        assert_eq!(latest, database().head(size).note().as_bytes());
        assert!(stated.files[LOOKUP].ends_with(latest));
        assert!(ask(&stated.files, 40_000).is_err(), "nobody took that head");
    }
}

#[test]
fn an_older_head_whose_tiles_are_not_there_is_left_out_and_a_record_needs_its_own() {
    let plain = Source::new(database(), 66_000);
    let head = database().head(66_000);
    let stated = snapshot(&plain, &head, &[database().head(40_000)]).unwrap();
    let only = |path: &&String| path.starts_with("tile/8/0/") && !path.contains(".p/");
    let of_the_record = "tile/8/0/001".to_owned();
    let joining = stated
        .files
        .keys()
        .filter(only)
        .find(|path| **path != of_the_record);
    let source = Source::new(database(), 66_000).without(joining.unwrap());
    let less = snapshot(&source, &head, &[database().head(40_000)]).unwrap();
    assert_eq!(less.joins, Vec::<u64>::new());
    let source = Source::new(database(), 66_000).without(&of_the_record);
    let refused = snapshot(&source, &head, &[]).unwrap_err();
    assert_eq!(
        refused,
        Error::Missing {
            path: of_the_record
        }
    );
}

#[test]
fn a_bent_tile_a_bent_record_and_a_forked_head_are_distrust() {
    let head = database().head(66_000);
    let honest = snapshot(&Source::new(database(), 66_000), &head, &[]).unwrap();
    for (path, bytes) in &honest.files {
        if !path.starts_with("tile/") {
            continue;
        }
        let mut bent = bytes.clone();
        bent[5] ^= 1;
        let source = Source::new(database(), 66_000).with(path, bent);
        let refused = snapshot(&source, &head, &[]).unwrap_err();
        assert!(refused.is_distrust(), "{path}: {refused}");
    }
    let other = Database::new(66_000, 500, "other");
    let refused = snapshot(
        &Source::new(database(), 66_000),
        &head,
        &[other.head(40_000)],
    );
    assert!(matches!(refused, Err(Error::Fork(_))), "{refused:?}");
    let refused = snapshot(
        &Source::new(database(), 66_000),
        &head,
        &[other.head(66_000)],
    );
    assert!(matches!(refused, Err(Error::Fork(_))), "{refused:?}");
    let answer = database().answer(66_000).replace("LQChn", "AQChn");
    let source = Source::new(database(), 66_000).with(LOOKUP, answer);
    let refused = snapshot(&source, &head, &[]).unwrap_err();
    assert!(
        matches!(refused, Error::Inclusion { .. } | Error::Lookup(_)),
        "{refused:?}"
    );
}

#[test]
fn a_partial_tile_that_is_not_there_is_taken_from_the_full_one_and_kept_in_its_width() {
    // The source has grown since: it has no partial tiles of 65,700 records any more.
    let partial = "tile/8/0/256.p/164".to_owned();
    let source = Source::new(database(), 66_000).without(&partial);
    let stated = snapshot(&source, &database().head(65_700), &[]).unwrap();
    assert_eq!(ask(&stated.files, 301).unwrap(), 65_700);
    assert!(stated.files.keys().all(|path| !path.ends_with("8/0/256")));
    let mut latest = database().head(301);
    let client = Client::new(roots(database(), 301), &id(), &latest, false).unwrap();
    assert!(run(client, &source, &mut latest).is_ok());
}
