//! Two heads by themselves: one history, or two.

use goseal_tlog::SignedHead;

use super::database::{Database, Source, database};
use crate::{Error, Joint, JointStep};

/// Joins two heads through what `source` serves; the paths of what may be kept.
fn join(
    known: &SignedHead,
    served: &SignedHead,
    source: &Source<'_>,
) -> Result<Vec<String>, Error> {
    let mut joint = Joint::new(known, served);
    for _ in 0..3 {
        match joint.step()? {
            JointStep::Need(reads) => {
                for read in reads {
                    joint.answer(&read, source.get(read.path()))?;
                }
            }
            JointStep::Joined(tiles) => return Ok(tiles.into_keys().collect()),
        }
    }
    panic!("two heads are not joined in three rounds")
}

#[test]
fn heads_of_one_history_are_joined_whichever_is_the_greater() {
    for (a, b) in [
        (1, 66_000),
        (301, 302),
        (256, 512),
        (65_535, 65_536),
        (300, 300),
    ] {
        let (a, b) = (database().head(a), database().head(b));
        let source = Source::new(database(), 66_000);
        let kept = join(&a, &b, &source).unwrap();
        assert_eq!(kept, join(&b, &a, &source).unwrap());
        assert_eq!(kept.is_empty(), a == b);
    }
}

#[test]
fn heads_of_two_histories_are_a_fork_with_both_of_them() {
    let forked = Database::new(2_000, 700, " forked");
    let (known, source) = (database().head(1_000), Source::new(&forked, 2_000));
    for size in [900, 1_000, 1_001, 2_000] {
        let served = forked.head(size);
        // The tiles of the greater one, whosever it is.
        let honest = Source::new(database(), 66_000);
        let tiles = if size > 1_000 { &source } else { &honest };
        match join(&known, &served, tiles) {
            Err(Error::Fork(fork)) => {
                assert_eq!((&fork.known, &fork.served), (&known, &served), "{size}");
                assert_eq!(fork.proof.is_empty(), size == 1_000);
            }
            other => panic!("{size}: {other:?}"),
        }
    }
    // What both have in common is one history.
    assert!(join(&database().head(700), &forked.head(2_000), &source).is_ok());
}

#[test]
fn a_tile_that_is_bent_short_or_away_joins_nothing() {
    let (a, b) = (database().head(1_000), database().head(66_000));
    let kept = join(&a, &b, &Source::new(database(), 66_000)).unwrap();
    for path in &kept {
        let source = Source::new(database(), 66_000);
        let mut bytes = source.get(path).unwrap();
        bytes[5] ^= 1;
        let bent = join(
            &a,
            &b,
            &Source::new(database(), 66_000).with(path, bytes.clone()),
        );
        assert!(matches!(bent, Err(Error::Tile(_))), "{path}: {bent:?}");
        bytes.pop();
        let short = join(&a, &b, &Source::new(database(), 66_000).with(path, bytes));
        assert!(matches!(short, Err(Error::Tile(_))), "{path}: {short:?}");
    }
    let full = kept.iter().find(|path| !path.contains(".p/")).unwrap();
    let away = join(&a, &b, &Source::new(database(), 66_000).without(full));
    assert!(matches!(away, Err(Error::Missing { .. })), "{away:?}");
}

#[test]
fn a_partial_tile_that_is_gone_is_the_beginning_of_the_full_one() {
    let (a, b) = (database().head(300), database().head(400));
    let kept = join(&a, &b, &Source::new(database(), 400)).unwrap();
    let mut source = Source::new(database(), 66_000);
    for path in kept.iter().filter(|path| path.contains(".p/")) {
        source = source.without(path);
    }
    assert_eq!(join(&a, &b, &source).unwrap(), kept);
}
