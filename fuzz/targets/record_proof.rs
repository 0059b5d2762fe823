//! A proof that nobody made never verifies: another record, another place, other hashes, another
//! older tree.
#![no_main]

use std::sync::LazyLock;

use goseal_fuzz::bend::bend;
use goseal_tlog::{
    Hash, Tree, TreeHead, check_consistency, check_inclusion, leaf_hash, prove_consistency,
    prove_inclusion,
};
use libfuzzer_sys::fuzz_target;

const RECORDS: u64 = 777;

fn leaf(record: u64) -> Hash {
    leaf_hash(&record.to_be_bytes())
}

static TREE: LazyLock<Tree> = LazyLock::new(|| {
    let mut tree = Tree::new();
    (0..RECORDS).for_each(|record| {
        tree.append(leaf(record));
    });
    tree
});

/// The hashes of a proof, bent; a rest of fewer than 32 bytes is dropped.
fn bent(proof: &[Hash], edits: &[u8]) -> Vec<Hash> {
    let bytes: Vec<u8> = proof.iter().flat_map(|hash| *hash.as_bytes()).collect();
    let bytes = bend(&bytes, edits);
    let hashes = bytes
        .chunks_exact(32)
        .filter_map(|hash| hash.try_into().ok());
    hashes.map(Hash::from_bytes).collect()
}

fuzz_target!(|data: &[u8]| {
    let Some((&[a, b, c, d, e, f], edits)) = data.split_first_chunk::<6>() else {
        return;
    };
    let place = |high, low| u64::from(u16::from_be_bytes([high, low]));
    let size = place(a, b) % RECORDS + 1;
    let (record, other) = (place(c, d) % size, place(e, f));
    let head = TREE.head_at(size).expect("a tree of that size");
    let mut read = |node| TREE.node(node);
    let good = prove_inclusion(size, record, &mut read).expect("a proof");
    assert_eq!(check_inclusion(&head, record, &leaf(record), &good), Ok(()));
    let proof = bent(&good, edits);
    let same = proof == good;
    assert_eq!(
        check_inclusion(&head, record, &leaf(record), &proof).is_ok(),
        same
    );
    assert!(check_inclusion(&head, record, &leaf(RECORDS + other), &proof).is_err());
    if other != record {
        assert!(check_inclusion(&head, other, &leaf(record), &proof).is_err());
    }

    let old = TREE.head_at(record).expect("a smaller tree");
    let good = prove_consistency(size, record, &mut read).expect("a proof");
    assert_eq!(check_consistency(&head, &old, &good), Ok(()));
    let proof = bent(&good, edits);
    assert_eq!(
        check_consistency(&head, &old, &proof).is_ok(),
        proof == good
    );
    let forked = TreeHead {
        size: record,
        root: leaf(RECORDS + other),
    };
    assert!(check_consistency(&head, &forked, &proof).is_err());
});
