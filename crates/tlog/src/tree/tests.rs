use std::cell::Cell;
use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::hash::leaf_hash;

/// Trees of up to 100 records are taken exhaustively.
const RECORDS: u64 = 100;

fn leaf(record: u64) -> Hash {
    leaf_hash(format!("leaf {record}").as_bytes())
}

fn tree() -> Tree {
    let mut tree = Tree::new();
    for record in 0..RECORDS {
        assert_eq!(tree.append(leaf(record)), record);
    }
    tree
}

/// The root by the recursive definition of RFC 6962, section 2.1.
fn defined_root(records: std::ops::Range<u64>) -> Hash {
    match records.end - records.start {
        0 => crate::hash::empty_root(),
        1 => leaf(records.start),
        _ => {
            let middle = split(records.start, records.end);
            let left = defined_root(records.start..middle);
            node_hash(&left, &defined_root(middle..records.end))
        }
    }
}

/// A store that panics when it is asked for a hash that the caller should not need.
struct Allowed<'a> {
    tree: &'a Tree,
    size: u64,
    /// The record whose own way to the root must not be asked for.
    except: Option<u64>,
    reads: Cell<u32>,
}

impl Allowed<'_> {
    fn read(&self, node: Node) -> Hash {
        assert!(node.end() <= self.size, "{node:?} is outside {}", self.size);
        if let Some(record) = self.except {
            assert!(
                !(node.first()..node.end()).contains(&record),
                "{node:?} holds {record}"
            );
        }
        self.reads.set(self.reads.get() + 1);
        self.tree.node(node).unwrap()
    }
}

fn allowed(tree: &Tree, size: u64, except: Option<u64>) -> Allowed<'_> {
    Allowed {
        tree,
        size,
        except,
        reads: Cell::new(0),
    }
}

/// Every way in which a proof can be a little wrong.
fn mutations(proof: &[Hash]) -> Vec<Vec<Hash>> {
    let mut all = vec![[proof, &[leaf(0)]].concat(), [&[leaf(0)], proof].concat()];
    for at in 0..proof.len() {
        let mut bent = proof.to_vec();
        let mut bytes = *bent[at].as_bytes();
        bytes[at % 32] ^= 0x10;
        bent[at] = Hash::from_bytes(bytes);
        all.push(bent);
        let mut short = proof.to_vec();
        short.remove(at);
        all.push(short);
        if at > 0 && proof[at] != proof[at - 1] {
            let mut swapped = proof.to_vec();
            swapped.swap(at, at - 1);
            all.push(swapped);
        }
    }
    all
}

#[test]
fn the_root_of_every_tree_is_the_defined_one() {
    let tree = tree();
    for size in 0..=RECORDS {
        let store = allowed(&tree, size, None);
        let root = root(size, &mut |node| Ok(store.read(node))).unwrap();
        assert_eq!(root, defined_root(0..size), "{size}");
        assert_eq!(store.reads.get(), size.count_ones());
        assert_eq!(tree.head_at(size), Ok(TreeHead { size, root }));
    }
    assert!(tree.head_at(RECORDS + 1).is_err());
}

#[test]
fn every_record_of_every_tree_is_proved_and_nothing_else() {
    let tree = tree();
    for size in 1..=RECORDS {
        let head = tree.head_at(size).unwrap();
        for record in 0..size {
            let store = allowed(&tree, size, Some(record));
            let proof = prove_inclusion(size, record, &mut |node| Ok(store.read(node))).unwrap();
            assert_eq!(
                inclusion_nodes(size, record).unwrap().len(),
                store.reads.get() as usize
            );
            let check = |record, leaf, proof: &[Hash]| check_inclusion(&head, record, &leaf, proof);
            assert_eq!(
                check(record, leaf(record), &proof),
                Ok(()),
                "{record} in {size}"
            );
            assert!(check(record, leaf(record + 1), &proof).is_err());
            if size > 1 {
                assert!(check((record + 1) % size, leaf(record), &proof).is_err());
            }
            for bent in mutations(&proof) {
                assert!(
                    check(record, leaf(record), &bent).is_err(),
                    "{record} in {size}"
                );
            }
        }
        assert!(prove_inclusion(size, size, &mut |node| tree.node(node)).is_err());
        assert!(check_inclusion(&head, size, &leaf(size), &[]).is_err());
    }
}

#[test]
fn every_tree_is_proved_to_begin_with_every_smaller_one_and_nothing_else() {
    let tree = tree();
    for size in 0..=RECORDS {
        let head = tree.head_at(size).unwrap();
        for old_size in 0..=size {
            let old = tree.head_at(old_size).unwrap();
            let store = allowed(&tree, size, None);
            let proof =
                prove_consistency(size, old_size, &mut |node| Ok(store.read(node))).unwrap();
            let reads = consistency_nodes(size, old_size).unwrap();
            assert_eq!(reads.len(), store.reads.get() as usize);
            assert_eq!(
                check_consistency(&head, &old, &proof),
                Ok(()),
                "{old_size} in {size}"
            );
            for bent in mutations(&proof) {
                assert!(
                    check_consistency(&head, &old, &bent).is_err(),
                    "{old_size} in {size}"
                );
            }
            let other = TreeHead {
                size: old_size,
                root: leaf(1_000),
            };
            assert!(check_consistency(&head, &other, &proof).is_err());
            if old_size > 0 {
                let other = TreeHead {
                    size,
                    root: leaf(1_000),
                };
                assert!(check_consistency(&other, &old, &proof).is_err());
            }
        }
        assert!(prove_consistency(size, size + 1, &mut |node| tree.node(node)).is_err());
        let greater = TreeHead {
            size: size + 1,
            root: head.root,
        };
        assert!(check_consistency(&head, &greater, &[]).is_err());
    }
}

#[test]
fn a_log_that_forked_has_no_consistent_proof() {
    let ours = tree();
    for at in 0..RECORDS {
        let mut forked = Tree::new();
        for record in 0..RECORDS {
            forked.append(if record == at {
                leaf(5_000)
            } else {
                leaf(record)
            });
        }
        let old = ours.head_at(at + 1).unwrap();
        let head = forked.head_at(RECORDS).unwrap();
        let proof = prove_consistency(RECORDS, at + 1, &mut |node| forked.node(node)).unwrap();
        let found = check_consistency(&head, &old, &proof);
        assert!(matches!(found, Err(Error::Root { .. })), "{at}");
    }
}

#[test]
fn trees_near_the_limit_neither_overflow_nor_hang() {
    for size in [MAX_SIZE, MAX_SIZE - 1, (1 << 61) + 1] {
        for record in [0, size / 3, size - 1] {
            assert!(inclusion_nodes(size, record).unwrap().len() <= 62 * 62);
            assert!(consistency_nodes(size, record).is_ok());
        }
        assert_eq!(root_nodes(size).len(), size.count_ones() as usize);
    }
    for size in [MAX_SIZE + 1, u64::MAX] {
        assert!(inclusion_nodes(size, 0).is_err());
        assert!(consistency_nodes(size, 1).is_err());
        assert!(root(size, &mut |_| Ok(leaf(0))).is_err());
    }
    assert_eq!(Node::new(62, 0).map(|node| node.end()), Some(MAX_SIZE));
    assert_eq!(Node::new(62, 1), None);
    assert_eq!(Node::new(63, 0), None);
    assert_eq!(Node::new(64, 0), None);
}

/// A log of 70,000 records: more than two levels of tiles.
static LONG: LazyLock<Tree> = LazyLock::new(|| {
    let mut tree = Tree::new();
    (0..70_000).for_each(|record| {
        tree.append(leaf(record));
    });
    tree
});

proptest! {
    #[test]
    fn every_prefix_of_a_long_log_is_the_tree_that_it_was(
        size in 0_u64..=70_000,
        share in 0_u64..=1_000,
        record in 0_u64..70_000,
        other in 0_u64..70_000,
    ) {
        let old = size * share / 1_000;
        let head = LONG.head_at(size).unwrap();
        // The tree as it was: nothing that came later is read.
        let mut read = |node: Node| {
            assert!(node.end() <= size);
            LONG.node(node)
        };
        let was = LONG.head_at(old).unwrap();
        prop_assert_eq!(root(old, &mut |node| {
            assert!(node.end() <= old);
            LONG.node(node)
        }), Ok(was.root));
        let proof = prove_consistency(size, old, &mut read).unwrap();
        prop_assert_eq!(check_consistency(&head, &was, &proof), Ok(()));
        // Through the middle it is the same as at once.
        let middle = old + (size - old) / 2;
        let half = LONG.head_at(middle).unwrap();
        let first = prove_consistency(middle, old, &mut read).unwrap();
        let second = prove_consistency(size, middle, &mut read).unwrap();
        prop_assert_eq!(check_consistency(&half, &was, &first), Ok(()));
        prop_assert_eq!(check_consistency(&head, &half, &second), Ok(()));
        // A record has one place and keeps it.
        if record < old {
            for head in [was, head] {
                let proof = prove_inclusion(head.size, record, &mut read).unwrap();
                prop_assert_eq!(check_inclusion(&head, record, &leaf(record), &proof), Ok(()));
                let elsewhere = check_inclusion(&head, other, &leaf(record), &proof);
                prop_assert_eq!(elsewhere.is_ok(), other == record);
            }
        }
        // A log with another record in its beginning is not that log grown.
        let forked = TreeHead { size: old, root: leaf(70_000 + other) };
        prop_assert!(check_consistency(&head, &forked, &proof).is_err());
    }
}
