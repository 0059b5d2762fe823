//! Tiles that are bound to a signed root, the only place from which a hash is read.

use std::collections::{BTreeMap, BTreeSet};

use crate::Error;
use crate::hash::Hash;
use crate::tile::{Tile, TilePaths, tiles_for_tree};
use crate::tree::{
    Node, TreeHead, check_root, consistency_nodes, inclusion_nodes, root, root_nodes,
};

/// Tiles of one tree, every one of them authenticated.
///
/// A tile comes in through [`AuthenticTiles::authenticate`] or [`AuthenticTiles::insert`]: the ones
/// on the right edge because together they hash to the root, every other because its hash is an
/// entry of a tile that is already in. A hash is read from no other.
#[derive(Debug, Clone)]
pub struct AuthenticTiles {
    head: TreeHead,
    tiles: BTreeMap<Tile, Vec<u8>>,
}

impl AuthenticTiles {
    /// Takes tiles in any order, with all of the right edge ([`tiles_for_tree`]) among them.
    ///
    /// # Errors
    ///
    /// [`Error::TileLength`], [`Error::Root`] where the edge is not that of the tree,
    /// [`Error::TileForged`], [`Error::Unproved`] where the edge or a parent is not there. Nothing
    /// is kept then.
    pub fn authenticate(
        head: &TreeHead,
        mut tiles: BTreeMap<Tile, Vec<u8>>,
    ) -> Result<Self, Error> {
        let mut authentic = Self {
            head: *head,
            tiles: BTreeMap::new(),
        };
        for tile in tiles_for_tree(head.size) {
            if let Some(bytes) = tiles.remove(&tile) {
                tile.check_length(&bytes)?;
                authentic.tiles.insert(tile, bytes);
            }
        }
        // Every entry of an edge tile is part of the root, so all of them are bound at once.
        check_root(head, root(head.size, &mut |node| authentic.read(node))?)?;
        for (tile, bytes) in tiles.into_iter().rev() {
            authentic.insert(tile, bytes)?;
        }
        Ok(authentic)
    }

    /// Takes one more tile, whose parent is in already.
    ///
    /// # Errors
    ///
    /// [`Error::TileLength`], [`Error::TileForged`], [`Error::Unproved`] where the parent is not
    /// in.
    pub fn insert(&mut self, tile: Tile, bytes: Vec<u8>) -> Result<(), Error> {
        tile.check_length(&bytes)?;
        let unproved = || Error::Unproved {
            level: tile.level(),
            index: tile.index(),
        };
        let top = tile.top().ok_or_else(unproved)?;
        let expected = self.read(top)?;
        let found = tile.top_hash(&bytes).ok_or_else(unproved)?;
        if found != expected {
            return Err(Error::TileForged {
                tile: tile.format_path(TilePaths::Sumdb),
                expected,
                found,
            });
        }
        self.tiles.insert(tile, bytes);
        Ok(())
    }

    /// The hash of a subtree.
    ///
    /// # Errors
    ///
    /// [`Error::Unproved`] where no tile that is in holds it.
    pub fn read(&self, node: Node) -> Result<Hash, Error> {
        Tile::holding(node, self.head.size)
            .and_then(|tile| tile.hash_within(self.tiles.get(&tile)?, node))
            .ok_or(Error::Unproved {
                level: node.level(),
                index: node.index(),
            })
    }

    /// The tree that all of them belong to.
    pub const fn head(&self) -> &TreeHead {
        &self.head
    }

    /// The tiles: what may be kept.
    pub const fn tiles(&self) -> &BTreeMap<Tile, Vec<u8>> {
        &self.tiles
    }
}

/// The tiles from which a record and the proof of its inclusion are read, with all that
/// authenticate them: the edge first, every other after its parent.
///
/// # Errors
///
/// [`Error::Range`] where the tree does not hold the record.
pub fn tiles_for_record(size: u64, record: u64) -> Result<Vec<Tile>, Error> {
    let mut nodes = inclusion_nodes(size, record)?;
    nodes.push(Node::leaf(record));
    Ok(with_parents(size, &nodes))
}

/// The tiles from which the proof of consistency with a tree of `old` records is read, with all
/// that authenticate them: the edge first, every other after its parent.
///
/// # Errors
///
/// [`Error::Range`] where `old` is greater than `size`.
pub fn tiles_for_consistency(size: u64, old: u64) -> Result<Vec<Tile>, Error> {
    Ok(with_parents(size, &consistency_nodes(size, old)?))
}

/// The tiles that any client reads which knows a tree of `old` records: those of
/// [`tiles_for_consistency`], and those from which golang.org/x/mod computes the older root itself
/// (`tlog.TreeHash`), which reads subtrees that a proof leaves out.
///
/// # Errors
///
/// [`Error::Range`] where `old` is greater than `size`.
pub fn tiles_for_older_clients(size: u64, old: u64) -> Result<Vec<Tile>, Error> {
    let mut nodes = consistency_nodes(size, old)?;
    nodes.extend(root_nodes(old));
    Ok(with_parents(size, &nodes))
}

fn with_parents(size: u64, nodes: &[Node]) -> Vec<Tile> {
    let edge = tiles_for_tree(size);
    let mut others = BTreeSet::new();
    for node in nodes {
        let mut tile = Tile::holding(*node, size);
        while let Some(at) = tile.filter(|at| !edge.contains(at)) {
            others.insert(at);
            tile = at.top().and_then(|top| Tile::holding(top, size));
        }
    }
    edge.into_iter().chain(others.into_iter().rev()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Tree, check_inclusion, leaf_hash, prove_inclusion};

    fn tree(size: u64) -> Tree {
        let mut tree = Tree::new();
        for record in 0..size {
            tree.append(leaf_hash(&record.to_be_bytes()));
        }
        tree
    }

    fn served(tree: &Tree, tiles: &[Tile]) -> BTreeMap<Tile, Vec<u8>> {
        tiles
            .iter()
            .map(|tile| (*tile, tree.tile(*tile).unwrap()))
            .collect()
    }

    #[test]
    fn a_record_is_proved_from_exactly_the_tiles_that_are_asked_for() {
        let tree = tree(70_000);
        for size in [1, 2, 255, 256, 257, 512, 65_536, 65_793, 70_000] {
            let head = tree.head_at(size).unwrap();
            for record in [0, 1, size / 2, size - 1] {
                let asked = tiles_for_record(size, record.min(size - 1)).unwrap();
                let tiles = AuthenticTiles::authenticate(&head, served(&tree, &asked)).unwrap();
                let record = record.min(size - 1);
                let leaf = tiles.read(Node::leaf(record)).unwrap();
                let proof = prove_inclusion(size, record, &mut |node| tiles.read(node)).unwrap();
                assert_eq!(check_inclusion(&head, record, &leaf, &proof), Ok(()));
                assert_eq!(tiles.tiles().len(), asked.len());
            }
        }
    }

    #[test]
    fn without_any_one_of_the_tiles_nothing_is_proved() {
        let tree = tree(66_000);
        let head = tree.head_at(66_000).unwrap();
        let asked = tiles_for_record(66_000, 300).unwrap();
        assert_eq!(asked.len(), 5);
        for left_out in &asked {
            let mut some = served(&tree, &asked);
            some.remove(left_out);
            let proved = AuthenticTiles::authenticate(&head, some).and_then(|tiles| {
                prove_inclusion(66_000, 300, &mut |node| tiles.read(node))?;
                tiles.read(Node::leaf(300))
            });
            assert!(
                matches!(proved, Err(Error::Unproved { .. })),
                "{left_out:?}: {proved:?}"
            );
        }
    }

    #[test]
    fn refuses_every_flipped_byte_of_every_tile() {
        let tree = tree(66_000);
        let head = tree.head_at(66_000).unwrap();
        let asked = tiles_for_record(66_000, 300).unwrap();
        for tile in &asked {
            for at in (0..tile.bytes()).step_by(97) {
                let mut bent = served(&tree, &asked);
                bent.get_mut(tile).unwrap()[at] ^= 0x80;
                let found = AuthenticTiles::authenticate(&head, bent);
                assert!(
                    matches!(found, Err(Error::Root { .. } | Error::TileForged { .. })),
                    "{tile:?} at {at}"
                );
            }
        }
    }

    #[test]
    fn refuses_tiles_that_are_short_long_or_of_another_width() {
        let tree = tree(600);
        let head = tree.head_at(600).unwrap();
        for (tile, length) in [(0, 31), (0, 8191), (1, 8191), (2, 8193), (2, 0)] {
            let asked = tiles_for_record(600, 3).unwrap();
            let mut bent = served(&tree, &asked);
            bent.get_mut(&asked[tile]).unwrap().resize(length, 0);
            let found = AuthenticTiles::authenticate(&head, bent);
            assert!(
                matches!(found, Err(Error::TileLength { .. })),
                "{tile} {length}"
            );
        }
        let mut other = served(&tree, &tiles_for_record(600, 3).unwrap());
        let narrow = Tile::new(0, 0, 200).unwrap();
        other.insert(narrow, tree.tile(narrow).unwrap());
        let found = AuthenticTiles::authenticate(&head, other).unwrap_err();
        assert_eq!(found, Error::Unproved { level: 0, index: 0 });
    }

    #[test]
    fn the_empty_tree_needs_no_tile_and_has_one_root() {
        let head = Tree::new().head_at(0).unwrap();
        assert!(AuthenticTiles::authenticate(&head, BTreeMap::new()).is_ok());
        let other = TreeHead {
            size: 0,
            root: leaf_hash(b""),
        };
        assert!(AuthenticTiles::authenticate(&other, BTreeMap::new()).is_err());
    }
}
