//! Trees, their roots and their proofs (RFC 6962, section 2.1).
//!
//! A tree of n records is described by the hashes of its complete subtrees, the [`Node`]s. Every
//! function here says what it reads through one closure, so that the same walk gives the proof, or
//! the list of what the proof needs.

use crate::Error;
use crate::hash::{Hash, empty_root, node_hash};

/// Records in the greatest tree: 2^62, so that no sum of sizes leaves 64 bits.
pub const MAX_SIZE: u64 = 1 << 62;

/// A complete subtree: the records `index << level .. (index + 1) << level`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Node {
    /// Height above the records, at most 62.
    level: u8,
    /// Number among the subtrees of that height.
    index: u64,
}

impl Node {
    /// The subtree of one record.
    pub const fn leaf(record: u64) -> Self {
        Self {
            level: 0,
            index: record,
        }
    }

    /// The subtree of that height and number; `None` where it would reach beyond [`MAX_SIZE`].
    pub fn new(level: u8, index: u64) -> Option<Self> {
        let most = MAX_SIZE.checked_shr(u32::from(level))?;
        (index < most).then_some(Self { level, index })
    }

    /// Height above the records.
    pub const fn level(&self) -> u8 {
        self.level
    }

    /// Number among the subtrees of that height.
    pub const fn index(&self) -> u64 {
        self.index
    }

    /// The first record that it holds.
    pub const fn first(&self) -> u64 {
        self.index << self.level
    }

    /// The first record after it.
    pub const fn end(&self) -> u64 {
        (self.index + 1) << self.level
    }
}

/// Size and root of a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TreeHead {
    /// Records, at most [`MAX_SIZE`].
    pub size: u64,
    /// The hash over all of them.
    pub root: Hash,
}

/// Where a hash is read from.
type Read<'a> = &'a mut dyn FnMut(Node) -> Result<Hash, Error>;

/// A neighbour on the way from a leaf to the root.
#[derive(Clone, Copy)]
enum Sibling {
    Left(u64, u64),
    Right(u64, u64),
}

impl Sibling {
    fn hash(self, read: Read<'_>) -> Result<Hash, Error> {
        let (Self::Left(from, to) | Self::Right(from, to)) = self;
        range_hash(from, to, read)
    }
}

/// The complete subtrees that make up the records `from..to`, left to right. The greatest power of
/// two within the length divides `from` in every range that a tree is split into.
fn range_nodes(from: u64, to: u64) -> impl Iterator<Item = Node> {
    let mut at = from;
    std::iter::from_fn(move || {
        let level = to.checked_sub(at)?.checked_ilog2()?;
        let index = at >> level;
        at += 1 << level;
        let level = u8::try_from(level).ok()?;
        Some(Node { level, index })
    })
}

fn range_hash(from: u64, to: u64, read: Read<'_>) -> Result<Hash, Error> {
    let hashes = range_nodes(from, to)
        .map(read)
        .collect::<Result<Vec<_>, _>>()?;
    let folded = hashes
        .into_iter()
        .rev()
        .reduce(|right, left| node_hash(&left, &right));
    Ok(folded.unwrap_or_else(empty_root))
}

/// Where the records `from..to` are split: after the greatest power of two below their number.
fn split(from: u64, to: u64) -> u64 {
    from + (1 << (to - from - 1).ilog2())
}

/// The neighbours of a record, from the leaf up.
fn record_siblings(size: u64, record: u64) -> Result<Vec<Sibling>, Error> {
    if size > MAX_SIZE || record >= size {
        return Err(Error::Range { at: record, size });
    }
    let (mut from, mut to) = (0, size);
    let mut siblings = Vec::new();
    while to - from > 1 {
        let middle = split(from, to);
        if record < middle {
            siblings.push(Sibling::Right(middle, to));
            to = middle;
        } else {
            siblings.push(Sibling::Left(from, middle));
            from = middle;
        }
    }
    siblings.reverse();
    Ok(siblings)
}

/// The neighbours of the older tree's last complete part, from that part up, and the first record
/// of that part. Where it is 0, the part is the whole older tree.
fn growth_siblings(size: u64, old: u64) -> Result<(Vec<Sibling>, u64), Error> {
    if size > MAX_SIZE || old > size {
        return Err(Error::Range { at: old, size });
    }
    let (mut from, mut to) = (0, size);
    let mut siblings = Vec::new();
    while old > 0 && old < to {
        let middle = split(from, to);
        if old <= middle {
            siblings.push(Sibling::Right(middle, to));
            to = middle;
        } else {
            siblings.push(Sibling::Left(from, middle));
            from = middle;
        }
    }
    siblings.reverse();
    Ok((siblings, from))
}

/// The complete subtrees of a tree, left to right: one for each bit of its size.
pub fn root_nodes(size: u64) -> Vec<Node> {
    range_nodes(0, size.min(MAX_SIZE)).collect()
}

/// The root of a tree.
///
/// # Errors
///
/// [`Error::Range`] for a tree beyond [`MAX_SIZE`], and what `read` returns.
pub fn root(size: u64, read: Read<'_>) -> Result<Hash, Error> {
    if size > MAX_SIZE {
        return Err(Error::Range { at: size, size });
    }
    range_hash(0, size, read)
}

/// The proof that a record is in a tree: the hashes beside its way to the root, leaf first.
///
/// # Errors
///
/// [`Error::Range`] where the tree does not hold the record, and what `read` returns.
pub fn prove_inclusion(size: u64, record: u64, read: Read<'_>) -> Result<Vec<Hash>, Error> {
    record_siblings(size, record)?
        .into_iter()
        .map(|sibling| sibling.hash(read))
        .collect()
}

/// Checks that the record with the hash `leaf` is number `record` of a tree.
///
/// # Errors
///
/// [`Error::Range`], [`Error::ProofLength`] or [`Error::Root`].
pub fn check_inclusion(
    head: &TreeHead,
    record: u64,
    leaf: &Hash,
    proof: &[Hash],
) -> Result<(), Error> {
    let siblings = record_siblings(head.size, record)?;
    check_length(siblings.len(), proof.len())?;
    let found = siblings
        .iter()
        .zip(proof)
        .fold(*leaf, |at, (sibling, hash)| match sibling {
            Sibling::Left(..) => node_hash(hash, &at),
            Sibling::Right(..) => node_hash(&at, hash),
        });
    check_root(head, found)
}

/// The proof that a tree of `size` records begins with the tree of its first `old` records.
///
/// # Errors
///
/// [`Error::Range`] where `old` is greater than `size`, and what `read` returns.
pub fn prove_consistency(size: u64, old: u64, read: Read<'_>) -> Result<Vec<Hash>, Error> {
    let (siblings, from) = growth_siblings(size, old)?;
    let mut proof = Vec::with_capacity(siblings.len() + 1);
    if from > 0 {
        proof.push(range_hash(from, old, read)?);
    }
    for sibling in siblings {
        proof.push(sibling.hash(read)?);
    }
    Ok(proof)
}

/// Checks that the tree `head` begins with the tree `old`.
///
/// # Errors
///
/// [`Error::Range`], [`Error::ProofLength`], or [`Error::Root`] which names the older tree where
/// the proof contradicts it, else the newer.
pub fn check_consistency(head: &TreeHead, old: &TreeHead, proof: &[Hash]) -> Result<(), Error> {
    let (siblings, from) = growth_siblings(head.size, old.size)?;
    if old.size == 0 {
        check_length(0, proof.len())?;
        return check_root(old, empty_root());
    }
    let own = usize::from(from > 0);
    check_length(siblings.len() + own, proof.len())?;
    let (first, rest) = proof.split_at(own);
    let start = first.first().copied().unwrap_or(old.root);
    let (mut was, mut is) = (start, start);
    for (sibling, hash) in siblings.iter().zip(rest) {
        match sibling {
            Sibling::Left(..) => (was, is) = (node_hash(hash, &was), node_hash(hash, &is)),
            Sibling::Right(..) => is = node_hash(&is, hash),
        }
    }
    check_root(old, was)?;
    check_root(head, is)
}

fn check_length(expected: usize, found: usize) -> Result<(), Error> {
    if expected == found {
        return Ok(());
    }
    Err(Error::ProofLength { expected, found })
}

pub(crate) fn check_root(head: &TreeHead, found: Hash) -> Result<(), Error> {
    if head.root == found {
        return Ok(());
    }
    Err(Error::Root {
        size: head.size,
        expected: head.root,
        found,
    })
}

/// What [`prove_inclusion`] reads, in its order.
///
/// # Errors
///
/// [`Error::Range`] where the tree does not hold the record.
pub fn inclusion_nodes(size: u64, record: u64) -> Result<Vec<Node>, Error> {
    listed(|read| prove_inclusion(size, record, read))
}

/// What [`prove_consistency`] reads, in its order.
///
/// # Errors
///
/// [`Error::Range`] where `old` is greater than `size`.
pub fn consistency_nodes(size: u64, old: u64) -> Result<Vec<Node>, Error> {
    listed(|read| prove_consistency(size, old, read))
}

fn listed(walk: impl FnOnce(Read<'_>) -> Result<Vec<Hash>, Error>) -> Result<Vec<Node>, Error> {
    let mut nodes = Vec::new();
    walk(&mut |node| {
        nodes.push(node);
        Ok(empty_root())
    })?;
    Ok(nodes)
}

/// A tree in memory: all hashes of complete subtrees, about 64 bytes a record.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    /// For each height the subtrees, left to right.
    levels: Vec<Vec<Hash>>,
}

impl Tree {
    /// The tree without records.
    pub const fn new() -> Self {
        Self { levels: Vec::new() }
    }

    /// Adds the hash of the next record ([`crate::leaf_hash`]) and returns its number.
    pub fn append(&mut self, leaf: Hash) -> u64 {
        let record = self.size();
        let mut hash = leaf;
        for level in 0.. {
            if level == self.levels.len() {
                self.levels.push(Vec::new());
            }
            let Some(row) = self.levels.get_mut(level) else {
                break;
            };
            row.push(hash);
            let [.., left, right] = row.as_slice() else {
                break;
            };
            if row.len() % 2 == 1 {
                break;
            }
            hash = node_hash(left, right);
        }
        record
    }

    /// Records in the tree.
    pub fn size(&self) -> u64 {
        self.levels.first().map_or(0, |row| row.len() as u64)
    }

    /// The hash of a complete subtree.
    ///
    /// # Errors
    ///
    /// [`Error::Unproved`] where the tree does not hold all of its records yet.
    pub fn node(&self, node: Node) -> Result<Hash, Error> {
        let row = self.levels.get(usize::from(node.level));
        let hash = row.zip(usize::try_from(node.index).ok());
        let hash = hash.and_then(|(row, index)| row.get(index));
        hash.copied().ok_or(Error::Unproved {
            level: node.level,
            index: node.index,
        })
    }

    /// The head of the tree of the first `size` records.
    ///
    /// # Errors
    ///
    /// [`Error::Range`] where there are not so many.
    pub fn head_at(&self, size: u64) -> Result<TreeHead, Error> {
        if size > self.size() {
            return Err(Error::Range {
                at: size,
                size: self.size(),
            });
        }
        let root = root(size, &mut |node| self.node(node))?;
        Ok(TreeHead { size, root })
    }
}

#[cfg(test)]
mod tests;
