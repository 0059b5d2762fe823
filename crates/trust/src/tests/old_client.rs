//! A client as they were written before 2026-05, with one switch for each mistake. With all of them
//! off it is a correct, if plain, client; so what it accepts with one on is that mistake's doing.

use std::collections::BTreeMap;

use goseal_tlog::{
    AuthenticTiles, Hash, Node, SignedHead, Tile, TilePaths, leaf_hash, node_hash, root,
    root_nodes, tiles_for_record, tiles_for_tree,
};

use super::database::{LOOKUP, Source, id};
use crate::Roots;

#[derive(Default, Clone, Copy)]
pub(super) struct OldClient {
    /// CVE-2026-42501: an answer without a line of the module contradicts nothing, so it passes.
    pub(super) nothing_is_fine: bool,
    /// CVE-2026-56864: lines are sought in all that was answered, not in the proved record.
    pub(super) lines_from_everything: bool,
    /// CVE-2026-56865: tiles are compared with their parents from the number of subtree hashes on,
    /// as if each of these had a tile of its own.
    pub(super) late_start: bool,
}

impl OldClient {
    /// Whether it takes `h1` for the hash of the release.
    pub(super) fn accepts(self, source: &Source<'_>, roots: &Roots, h1: &str) -> bool {
        let data = String::from_utf8(source.get(LOOKUP).unwrap()).unwrap();
        let lines = if data.is_empty() {
            Some(String::new())
        } else {
            self.proved_text(source, roots, &data)
        };
        let Some(mut lines) = lines else {
            return false;
        };
        if self.lines_from_everything {
            lines = data;
        }
        let prefix = format!("golang.org/toolchain {} ", id().module_version());
        let mut own = lines.lines().filter(|line| line.starts_with(&prefix));
        match own.next() {
            Some(line) => line == format!("{prefix}{h1}"),
            None => self.nothing_is_fine,
        }
    }

    fn proved_text(self, source: &Source<'_>, roots: &Roots, data: &str) -> Option<String> {
        let (number, rest) = data.split_once('\n')?;
        let (text, note) = rest.split_once("\n\n")?;
        let text = format!("{text}\n");
        let head = roots.open_head(note.as_bytes(), "lookup").ok()?;
        let leaf = self.leaf(source, &head, number.parse().ok()?)?;
        (leaf == leaf_hash(text.as_bytes())).then_some(text)
    }

    fn leaf(self, source: &Source<'_>, head: &SignedHead, record: u64) -> Option<Hash> {
        let size = head.head().size;
        let tiles = tiles_for_record(size, record).ok()?;
        let bytes: Vec<Vec<u8>> = tiles
            .iter()
            .map(|tile| source.get(&tile.format_path(TilePaths::Sumdb)).ok())
            .collect::<Option<_>>()?;
        let by_tile: BTreeMap<Tile, &Vec<u8>> = tiles.iter().copied().zip(&bytes).collect();
        let edge = tiles_for_tree(size);
        let bound = edge
            .iter()
            .map(|tile| (*tile, by_tile[tile].clone()))
            .collect();
        AuthenticTiles::authenticate(head.head(), bound).ok()?;
        let skipped = if self.late_start {
            root_nodes(size).len()
        } else {
            edge.len()
        };
        for tile in tiles.iter().skip(skipped) {
            let parent = Tile::holding(tile.top()?, size)?;
            let entry = entry(by_tile[&parent], tile.index());
            if whole(by_tile[tile]) != entry {
                return None;
            }
        }
        let tile = Tile::holding(Node::leaf(record), size)?;
        Some(entry(by_tile[&tile], record))
    }
}

/// The entry of a tile, by its number in the level.
fn entry(bytes: &[u8], index: u64) -> Hash {
    let at = usize::try_from(index % 256).unwrap() * 32;
    Hash::from_bytes(bytes[at..at + 32].try_into().unwrap())
}

/// The hash over a full tile.
pub(super) fn whole(bytes: &[u8]) -> Hash {
    let node = |node: Node| {
        let first = node.first();
        let hashes = (first..node.end()).map(|index| entry(bytes, index));
        Ok(fold(hashes.collect()))
    };
    root(256, &mut { node }).unwrap()
}

fn fold(mut row: Vec<Hash>) -> Hash {
    while row.len() > 1 {
        row = row
            .chunks(2)
            .map(|pair| node_hash(&pair[0], &pair[1]))
            .collect();
    }
    row[0]
}
