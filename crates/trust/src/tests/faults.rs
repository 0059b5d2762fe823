//! Bad answers by their numbers in the list of faults.

use goseal_tlog::{Checkpoint, SUMDB_ORIGIN, SignedHead, Signer, sign};

use super::database::{
    Database, H1, LOOKUP, NUMBER, Source, database, id, look_up, roots, run, signer, text,
};
use crate::{Client, Error, Roots, StateFault, Step};

const SIZE: u64 = 66_000;

/// The tiles that an honest look-up of the release reads.
fn tiles() -> Vec<String> {
    let source = Source::new(database(), SIZE);
    look_up(&source, SIZE).unwrap();
    let asked = source.asked.into_inner();
    asked.into_iter().filter(|path| path != LOOKUP).collect()
}

fn is_tile_fault(result: &Result<crate::Proved, Error>) -> bool {
    matches!(result, Err(Error::Tile(_)))
}

#[test]
fn fault_23_every_bent_tile_is_refused() {
    let tiles = tiles();
    assert_eq!(tiles.len(), 5);
    for path in tiles {
        let honest = Source::new(database(), SIZE).get(&path).unwrap();
        for at in [0, honest.len() / 2, honest.len() - 1] {
            let mut bent = honest.clone();
            bent[at] ^= 0x80;
            let source = Source::new(database(), SIZE).with(&path, bent);
            let found = look_up(&source, SIZE);
            assert!(is_tile_fault(&found), "{path} at {at}: {found:?}");
        }
        let short = &honest[..honest.len() - 1];
        let long = [honest.as_slice(), b"x"].concat();
        for bytes in [Vec::new(), short.to_vec(), honest[32..].to_vec(), long] {
            let length = bytes.len();
            let found = look_up(&Source::new(database(), SIZE).with(&path, bytes), SIZE);
            assert!(is_tile_fault(&found), "{path} of {length}: {found:?}");
        }
    }
}

#[test]
fn fault_23_a_full_tile_in_the_place_of_a_partial_one_has_8192_bytes() {
    let served = 65_900;
    let partial = "tile/8/0/257.p/108";
    let full = "tile/8/0/257";
    // At 65,900 records the edge is 108 wide; the source holds it in its full width only.
    let edge = Source::new(database(), SIZE)
        .get("tile/8/0/257.p/208")
        .unwrap();
    let mut whole = edge[..108 * 32].to_vec();
    whole.resize(8192, 9);
    let source = |bytes: Vec<u8>| {
        Source::new(database(), served)
            .without(partial)
            .with(full, bytes)
    };
    let proved = look_up(&source(whole.clone()), served).unwrap();
    assert_eq!(proved.keep[partial], edge[..108 * 32]);
    assert!(
        !proved.keep.contains_key(full),
        "the rest of it is not authenticated"
    );
    for length in [0, 32, 108 * 32, 8160, 8191, 8193] {
        let mut bytes = whole.clone();
        bytes.resize(length, 9);
        let found = look_up(&source(bytes), served);
        assert!(is_tile_fault(&found), "{length}: {found:?}");
    }
    let other = Source::new(database(), SIZE).get("tile/8/0/256").unwrap();
    assert!(is_tile_fault(&look_up(&source(other), served)));
    let gone = Source::new(database(), served)
        .without(partial)
        .without(full);
    let found = look_up(&gone, served).unwrap_err();
    assert_eq!(
        found,
        Error::Missing {
            path: partial.to_owned()
        }
    );
    assert!(!found.is_distrust());
}

#[test]
fn fault_25_notes_of_strangers_too_many_hands_and_a_bad_known_hand_are_refused() {
    let head = database().head(SIZE);
    let body = head.checkpoint().to_string();
    let stranger = Signer::from_seed("sum.example", &[8; 32]).unwrap();
    let line = |text: &str, by: &Signer| {
        let note = sign(text, &[by]).unwrap();
        note.split_once("\n\n").unwrap().1.to_owned()
    };
    let (good, bad) = (line(&body, &signer()), line("other\n", &signer()));
    let unknown = line(&body, &stranger);
    for lines in [
        unknown.clone(),
        good.repeat(101),
        format!("{good}{}", unknown.repeat(100)),
        format!("{bad}{good}"),
        format!("{good}{bad}"),
        format!("{unknown}{bad}"),
        String::new(),
    ] {
        let answer = format!("{NUMBER}\n{}\n{body}\n{lines}", text(H1));
        let source = Source::new(database(), SIZE).with(LOOKUP, answer);
        let found = look_up(&source, SIZE);
        assert!(
            matches!(
                found,
                Err(Error::Head {
                    place: "lookup",
                    ..
                })
            ),
            "{lines}"
        );
    }
    let answer = format!("{NUMBER}\n{}\n{body}\n{unknown}{good}", text(H1));
    assert!(look_up(&Source::new(database(), SIZE).with(LOOKUP, answer), SIZE).is_ok());
}

#[test]
fn fault_26_record_numbers_outside_the_tree_or_written_otherwise_are_refused() {
    let note = database().head(SIZE);
    for number in [
        "66000",
        "66001",
        "4611686018427387903",
        "-1",
        "-300",
        "+300",
        "0300",
        "00",
        " 300",
        "300 ",
        "0x12c",
        "4611686018427387904",
        "9223372036854775808",
        "18446744073709551916",
        "",
    ] {
        let answer = format!("{number}\n{}\n{}", text(H1), note.note());
        let found = look_up(&Source::new(database(), SIZE).with(LOOKUP, answer), SIZE);
        let refused = matches!(found, Err(Error::Lookup(_) | Error::RecordNumber { .. }));
        assert!(refused, "{number:?}: {found:?}");
    }
}

#[test]
fn fault_26_a_true_record_under_another_number_is_refused() {
    for number in [0, NUMBER - 1, NUMBER + 1, NUMBER + 256, SIZE - 1] {
        let note = database().head(SIZE);
        let answer = format!("{number}\n{}\n{}", text(H1), note.note());
        let found = look_up(&Source::new(database(), SIZE).with(LOOKUP, answer), SIZE);
        assert!(
            matches!(found, Err(Error::Inclusion { .. })),
            "{number}: {found:?}"
        );
    }
}

#[test]
fn answers_to_a_look_up_that_are_none_are_refused() {
    let honest = database().answer(SIZE);
    for bytes in [
        b"".to_vec(),
        b"\n".to_vec(),
        b"300\n".to_vec(),
        b"<html></html>".to_vec(),
        honest.replace("\n\n", "\n").into_bytes(),
        honest.replacen("\n\n", "\n\n\n", 1).into_bytes(),
        honest.replace('\n', "\r\n").into_bytes(),
        honest.replacen('\n', "\n\n", 1).into_bytes(),
        [honest.as_bytes(), b"\xff"].concat(),
        [honest.as_bytes(), &vec![b' '; crate::MAX_LOOKUP]].concat(),
    ] {
        let found = look_up(
            &Source::new(database(), SIZE).with(LOOKUP, bytes.clone()),
            SIZE,
        );
        let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(60)]);
        assert!(found.is_err_and(|error| error.is_distrust()), "{shown:?}");
    }
    let gone = look_up(&Source::new(database(), SIZE).without(LOOKUP), SIZE).unwrap_err();
    assert!(!gone.is_distrust(), "{gone}");
}

/// A history that is the database's up to its last record.
fn forked(size: u64) -> Database {
    Database::new(size + 64, size - 1, "of another history")
}

#[test]
fn fault_24_a_fork_at_the_last_record_is_shown_with_both_notes_and_the_proof() {
    let ours = Database::new(2_000, 0, "");
    let other = forked(1_000);
    let (roots, served) = (roots(&ours, 1_000), Source::new(&other, 1_064));
    let mut latest = roots.embedded().clone();
    let before = latest.clone();
    let client = Client::new(roots, &id(), &latest, false).unwrap();
    let Err(Error::Fork(fork)) = run(client, &served, &mut latest) else {
        panic!("no fork")
    };
    assert_eq!(latest, before, "what is known does not change");
    assert_eq!((&fork.known, &fork.served), (&before, &other.head(1_064)));
    // The proof is good evidence: it proves what the served tree begins with, and that is not ours.
    let begins = other.tree.head_at(1_000).unwrap();
    let check = |old| goseal_tlog::check_consistency(fork.served.head(), old, &fork.proof);
    assert_eq!(check(&begins), Ok(()));
    assert!(check(fork.known.head()).is_err());
    let kept = fork.format();
    assert!(kept.contains(fork.known.note()) && kept.contains(fork.served.note()));
    assert!(kept.contains(&fork.proof[0].to_string()));
}

#[test]
fn fault_24_a_fork_of_the_same_size_or_a_smaller_one_is_refused_too() {
    let ours = Database::new(2_000, 0, "");
    let other = forked(1_000);
    for (known, served) in [(1_000, 1_000), (1_900, 1_000), (1_064, 1_064)] {
        let answer = other.answer(served);
        // With our own tiles at hand the fork itself shows.
        let with_ours = Source::new(&ours, known).with(LOOKUP, answer);
        let found = look_up(&with_ours, known);
        assert!(
            matches!(found, Err(Error::Fork(_))),
            "{known} {served}: {found:?}"
        );
    }
    // With nothing but the tiles of the other history they are not those of our head.
    let roots = roots(&ours, 1_040);
    let mut latest = roots.embedded().clone();
    let client = Client::new(roots, &id(), &latest, true).unwrap();
    let mut source = Source::new(&other, 1_064);
    source = source.with(LOOKUP, other.answer(1_000));
    assert!(is_tile_fault(&run(client, &source, &mut latest)));
}

#[test]
fn fault_27_a_lost_or_rolled_back_state_starts_from_the_greatest_head_that_is_kept() {
    let roots = roots(database(), 1_000);
    let note = |size| database().head(size).note().as_bytes().to_vec();
    let (small, middle, great) = (note(900), note(2_000), note(3_000));
    let mut edited = great.clone();
    edited[22] ^= 1;
    let start = |latest: Option<&Vec<u8>>, kept: &[&[u8]]| {
        let start = roots.start(latest.map(Vec::as_slice), kept).unwrap();
        (start.head.head().size, start.fault)
    };
    let kept: &[&[u8]] = &[&small, &middle, b"no note"];
    assert_eq!(start(None, &[]), (1_000, None));
    assert_eq!(start(Some(&great), kept), (3_000, None));
    assert_eq!(start(None, kept), (2_000, Some(StateFault::Absent)));
    assert_eq!(
        start(Some(&edited), kept),
        (2_000, Some(StateFault::Damaged))
    );
    assert_eq!(
        start(Some(&small), kept),
        (2_000, Some(StateFault::Older(900)))
    );
    assert_eq!(
        start(Some(&small), &[]),
        (1_000, Some(StateFault::Older(900)))
    );
    let other = forked(2_000).head(2_000);
    let found = roots.start(Some(&middle), &[other.note().as_bytes()]);
    assert!(matches!(found, Err(Error::Fork(_))));
}

#[test]
fn fault_27_a_client_does_not_start_below_the_embedded_head_or_from_a_strangers() {
    let roots = roots(database(), 1_000);
    let older = Client::new(roots.clone(), &id(), &database().head(999), false);
    assert_eq!(
        older.err(),
        Some(Error::Rollback {
            known: 1_000,
            found: 999
        })
    );
    let stranger = Signer::from_seed("sum.example", &[8; 32]).unwrap();
    let checkpoint = Checkpoint {
        origin: SUMDB_ORIGIN.to_owned(),
        head: *database().head(2_000).head(),
    };
    let theirs = SignedHead::sign(checkpoint, &stranger).unwrap();
    let found = Client::new(roots, &id(), &theirs, false).err();
    assert!(matches!(
        found,
        Some(Error::Head {
            place: "latest",
            ..
        })
    ));
}

#[test]
fn a_head_that_went_back_while_the_client_ran_is_refused() {
    let roots = roots(database(), 1_000);
    let latest = database().head(2_000);
    let mut client = Client::new(roots, &id(), &latest, false).unwrap();
    let found = client.conflict(&database().head(1_500));
    assert_eq!(
        found,
        Err(Error::Rollback {
            known: 2_000,
            found: 1_500
        })
    );
    let other = forked(2_000).head(2_000);
    assert!(matches!(client.conflict(&other), Err(Error::Fork(_))));
    assert!(matches!(client.step(), Ok(Step::Need(_))));
}

#[test]
fn the_real_roots_are_those_of_the_public_database() {
    let roots = Roots::go();
    assert_eq!(roots.sumdb_name(), "sum.golang.org");
    assert_eq!(roots.embedded().head().size, 71_909_756);
    assert_eq!(
        roots.embedded().head().root.to_string(),
        "iHqVxqh8cyFgqTcentUiEjZ88MD/U2r6w+0h9y1wcFA="
    );
}
