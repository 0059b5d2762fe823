//! Three mistakes that clients of the checksum database made until 2026, each shown on a client
//! that makes it and refused by ours.

use goseal_tlog::{
    Checkpoint, Node, SUMDB_ORIGIN, Tile, TilePaths, leaf_hash, root_nodes, sign, tiles_for_tree,
};

use super::database::{
    Database, EVIL, H1, LOOKUP, NUMBER, Source, database, id, look_up, other_text, roots, signer,
    text,
};
use super::old_client::OldClient;
use crate::Error;

const CORRECT: OldClient = OldClient {
    nothing_is_fine: false,
    lines_from_everything: false,
    late_start: false,
};

#[test]
fn an_honest_database_is_believed_by_every_client() {
    let source = Source::new(database(), 66_000);
    let roots = roots(database(), 66_000);
    let all = OldClient {
        nothing_is_fine: true,
        lines_from_everything: true,
        late_start: true,
    };
    for client in [CORRECT, all] {
        assert!(client.accepts(&source, &roots, H1));
        assert!(!client.accepts(&source, &roots, EVIL));
    }
    let proved = look_up(&source, 66_000).unwrap();
    assert_eq!(proved.record.h1.to_string(), H1);
    assert_eq!(proved.record.number, NUMBER);
    assert!(proved.record.joined);
}

#[test]
fn cve_2026_42501_an_empty_or_unrelated_answer_vouches_for_nothing() {
    let head = database().head(66_000);
    let unrelated = format!("5\n{}\n{}", other_text(5), head.note());
    let roots = roots(database(), 66_000);
    let old = OldClient {
        nothing_is_fine: true,
        ..CORRECT
    };
    for answer in [String::new(), unrelated] {
        let source = Source::new(database(), 66_000).with(LOOKUP, answer.clone());
        assert!(
            old.accepts(&source, &roots, EVIL),
            "the old way accepts {answer:?}"
        );
        assert!(!CORRECT.accepts(&source, &roots, EVIL));
        let refused = look_up(&source, 66_000).unwrap_err();
        assert!(refused.is_distrust(), "{refused}");
        assert!(
            matches!(refused, Error::Lookup(_) | Error::RecordLine { .. }),
            "{refused}"
        );
    }
}

#[test]
fn cve_2026_56864_hash_lines_come_from_the_proved_record_alone() {
    let version = id().module_version();
    let line = format!("golang.org/toolchain {version} {EVIL}\n");
    let extended = Checkpoint {
        origin: SUMDB_ORIGIN.to_owned(),
        head: *database().head(66_000).head(),
    };
    // The note is signed as a whole, so that only the place of the line speaks against it.
    let note = sign(&format!("{extended}{line}"), &[&signer()]).unwrap();
    let roots = roots(database(), 66_000);
    let old = OldClient {
        lines_from_everything: true,
        ..CORRECT
    };

    let unrelated = format!("5\n{}\n{note}", other_text(5));
    let source = Source::new(database(), 66_000).with(LOOKUP, unrelated);
    assert!(old.accepts(&source, &roots, EVIL), "the old way accepts it");
    assert!(!CORRECT.accepts(&source, &roots, EVIL));
    assert!(look_up(&source, 66_000).unwrap_err().is_distrust());

    let beside_the_real_one = format!("{NUMBER}\n{}\n{note}", text(H1));
    let source = Source::new(database(), 66_000).with(LOOKUP, beside_the_real_one);
    let proved = look_up(&source, 66_000).unwrap();
    assert_eq!(proved.record.h1.to_string(), H1);
}

/// The tile of the record with a forged hash in its place.
fn forged_tile(database: &Database, size: u64) -> (String, Vec<u8>) {
    let tile = Tile::holding(Node::leaf(NUMBER), size).unwrap();
    let mut bytes = database.tree.tile(tile).unwrap();
    let at = usize::try_from(NUMBER % 256).unwrap() * 32;
    bytes[at..at + 32].copy_from_slice(leaf_hash(text(EVIL).as_bytes()).as_bytes());
    (tile.format_path(TilePaths::Sumdb), bytes)
}

#[test]
fn cve_2026_56865_a_forged_tile_is_compared_with_its_parent_at_every_size() {
    let database = Database::new(1_600, 0, "");
    let old = OldClient {
        late_start: true,
        ..CORRECT
    };
    let mut tried = 0;
    for size in (513..1_600).filter(|size| root_nodes(*size).len() > tiles_for_tree(*size).len()) {
        let (path, bytes) = forged_tile(&database, size);
        let answer = format!("{NUMBER}\n{}\n{}", text(EVIL), database.head(size).note());
        let source = Source::new(&database, size)
            .with(&path, bytes)
            .with(LOOKUP, answer);
        let roots = roots(&database, size);
        assert!(
            old.accepts(&source, &roots, EVIL),
            "the old way accepts it at {size}"
        );
        assert!(!CORRECT.accepts(&source, &roots, EVIL), "{size}");
        let refused = look_up(&source, size);
        assert!(
            matches!(
                refused,
                Err(Error::Tile(goseal_tlog::Error::TileForged { .. }))
            ),
            "{size}: {refused:?}"
        );
        tried += 1;
    }
    assert!(tried > 1_000, "{tried}");
}

#[test]
fn cve_2026_56865_real_trees_have_far_more_subtrees_than_edge_tiles() {
    for (size, subtrees, tiles) in [(65_209_736, 11, 4), (28_905_453, 16, 4)] {
        assert_eq!(root_nodes(size).len(), subtrees, "{size}");
        assert_eq!(tiles_for_tree(size).len(), tiles, "{size}");
    }
}
