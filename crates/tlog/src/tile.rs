//! Tiles: the hashes of a tree in files of 256, at paths that say which.
//!
//! Source: golang.org/x/mod `sumdb/tlog/tile.go` (height 8, as the checksum database serves them)
//! and C2SP tlog-tiles.

use crate::Error;
use crate::hash::{Hash, node_hash};
use crate::tree::{MAX_SIZE, Node, Tree, root_nodes};

/// Levels of the tree in one tile.
pub const TILE_HEIGHT: u8 = 8;

/// Hashes in a full tile.
pub const TILE_WIDTH: u16 = 1 << TILE_HEIGHT;

/// Bytes of a full tile.
pub const TILE_BYTES: usize = TILE_WIDTH as usize * Hash::LEN;

/// How the paths of tiles are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TilePaths {
    /// With the height, as the checksum database writes them: `tile/8/0/x001/234.p/5`.
    Sumdb,
    /// Without it, as C2SP tlog-tiles writes them: `tile/0/x001/234.p/5`.
    C2sp,
}

impl TilePaths {
    const fn prefix(self) -> &'static str {
        match self {
            Self::Sumdb => "tile/8/",
            Self::C2sp => "tile/",
        }
    }
}

/// A tile: up to 256 neighbouring hashes of one height, 8 times its level above the records.
///
/// A value is always within [`MAX_SIZE`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tile {
    level: u8,
    index: u64,
    width: u16,
}

impl Tile {
    /// The tile of that level and number with its first `width` hashes, 1 to 256; `None` where the
    /// greatest tree has no such tile.
    pub fn new(level: u8, index: u64, width: u16) -> Option<Self> {
        let rows = MAX_SIZE.checked_shr(u32::from(level) * u32::from(TILE_HEIGHT))?;
        let end = index
            .checked_mul(u64::from(TILE_WIDTH))?
            .checked_add(u64::from(width))?;
        let valid = (1..=TILE_WIDTH).contains(&width) && end <= rows;
        valid.then_some(Self {
            level,
            index,
            width,
        })
    }

    /// The tile of a tree of `size` records from which the hash of `node` is read; `None` where the
    /// tree does not hold all of the node's records.
    pub fn holding(node: Node, size: u64) -> Option<Self> {
        let level = node.level() / TILE_HEIGHT;
        let index = node.index() >> (TILE_HEIGHT - node.level() % TILE_HEIGHT);
        let row = size.min(MAX_SIZE) >> (level * TILE_HEIGHT);
        let width = row.checked_sub(index * u64::from(TILE_WIDTH))?;
        let width = u16::try_from(width).unwrap_or(TILE_WIDTH).min(TILE_WIDTH);
        (node.end() <= size).then(|| Self::new(level, index, width))?
    }

    /// Level of the tile, 0 to 7.
    pub const fn level(&self) -> u8 {
        self.level
    }

    /// Number of the tile in its level.
    pub const fn index(&self) -> u64 {
        self.index
    }

    /// Hashes in the tile, 1 to 256.
    pub const fn width(&self) -> u16 {
        self.width
    }

    /// Bytes that it has: 32 for each hash.
    pub const fn bytes(&self) -> usize {
        self.width as usize * Hash::LEN
    }

    /// The same tile with all of its 256 hashes, as a greater tree has it.
    #[must_use]
    pub const fn full(&self) -> Self {
        Self {
            width: TILE_WIDTH,
            ..*self
        }
    }

    /// Whether it has all of its 256 hashes and so never changes again.
    pub const fn is_full(&self) -> bool {
        self.width == TILE_WIDTH
    }

    /// The subtree over a full tile, whose hash is one entry of the tile above; `None` for a
    /// partial tile, over which there is none.
    pub fn top(&self) -> Option<Node> {
        let level = (self.level + 1) * TILE_HEIGHT;
        self.is_full().then(|| Node::new(level, self.index))?
    }

    /// Writes the path, relative to the base address of the log.
    pub fn format_path(&self, paths: TilePaths) -> String {
        let mut text = format!("{:03}", self.index % 1000);
        let mut rest = self.index / 1000;
        while rest > 0 {
            text = format!("x{:03}/{text}", rest % 1000);
            rest /= 1000;
        }
        let (prefix, level) = (paths.prefix(), self.level);
        if self.is_full() {
            return format!("{prefix}{level}/{text}");
        }
        format!("{prefix}{level}/{text}.p/{}", self.width)
    }

    /// Reads a path; the inverse of [`Tile::format_path`].
    ///
    /// # Errors
    ///
    /// [`Error::TilePath`] for any other text, numbers written in another way included.
    pub fn parse_path(paths: TilePaths, text: &str) -> Result<Self, Error> {
        parse(paths, text)
            .filter(|tile| tile.format_path(paths) == text)
            .ok_or_else(|| Error::TilePath(text.chars().take(100).collect()))
    }

    /// Refuses bytes of another length than the tile has.
    ///
    /// # Errors
    ///
    /// [`Error::TileLength`].
    pub fn check_length(&self, bytes: &[u8]) -> Result<(), Error> {
        if bytes.len() == self.bytes() {
            return Ok(());
        }
        Err(Error::TileLength {
            tile: self.format_path(TilePaths::Sumdb),
            expected: self.bytes(),
            found: bytes.len(),
        })
    }

    /// The hash of a subtree, from the bytes of the tile; `None` where the tile does not hold it.
    /// Nothing is checked: ask [`crate::AuthenticTiles`] for a hash to believe.
    pub(crate) fn hash_within(&self, bytes: &[u8], node: Node) -> Option<Hash> {
        let height = node.level().checked_sub(self.level * TILE_HEIGHT)?;
        let first = node.index().checked_shl(u32::from(height))?;
        let from = first.checked_sub(self.index * u64::from(TILE_WIDTH))?;
        let from = usize::try_from(from).ok()?.checked_mul(Hash::LEN)?;
        let length = Hash::LEN.checked_shl(u32::from(height))?;
        fold(bytes.get(from..from.checked_add(length)?)?)
    }

    /// The hash over all 256 hashes of a full tile.
    pub(crate) fn top_hash(&self, bytes: &[u8]) -> Option<Hash> {
        self.is_full().then(|| fold(bytes))?
    }
}

/// The hash over a power of two of neighbouring hashes.
fn fold(bytes: &[u8]) -> Option<Hash> {
    let (hashes, rest) = bytes.as_chunks::<{ Hash::LEN }>();
    if !rest.is_empty() || !hashes.len().is_power_of_two() {
        return None;
    }
    let mut row: Vec<Hash> = hashes.iter().map(|hash| Hash::from_bytes(*hash)).collect();
    while row.len() > 1 {
        let (pairs, _) = row.as_chunks::<2>();
        row = pairs.iter().map(|[l, r]| node_hash(l, r)).collect();
    }
    row.first().copied()
}

fn parse(paths: TilePaths, text: &str) -> Option<Tile> {
    let (level, rest) = text.strip_prefix(paths.prefix())?.split_once('/')?;
    let (groups, width) = match rest.split_once(".p/") {
        Some((groups, width)) => (groups, width.parse().ok().filter(|w| *w < TILE_WIDTH)?),
        None => (rest, TILE_WIDTH),
    };
    let mut index = 0u64;
    for group in groups.split('/') {
        let digits: u64 = group.strip_prefix('x').unwrap_or(group).parse().ok()?;
        index = index.checked_mul(1000)?.checked_add(digits)?;
    }
    Tile::new(level.parse().ok()?, index, width)
}

/// The tiles on the right edge of a tree, lowest level last: the ones that bind its root.
///
/// At most one for each level: for the sizes of the checksum database, 4.
pub fn tiles_for_tree(size: u64) -> Vec<Tile> {
    let mut tiles: Vec<Tile> = root_nodes(size)
        .into_iter()
        .filter_map(|node| Tile::holding(node, size))
        .collect();
    tiles.dedup();
    tiles
}

/// The tiles to publish when a tree grows from `old` to `new` records, lowest level first; full
/// tiles that `old` had already are left out, partial ones that have grown are there in their new
/// width.
pub fn tiles_for_growth(old: u64, new: u64) -> Vec<Tile> {
    let mut tiles = Vec::new();
    for level in 0.. {
        let shift = u32::from(level * TILE_HEIGHT);
        let row = |size: u64| size.min(MAX_SIZE).checked_shr(shift).unwrap_or(0);
        let (was, is) = (row(old), row(new));
        if was >= is {
            break;
        }
        let wide = u64::from(TILE_WIDTH);
        for index in was / wide..is.div_ceil(wide) {
            let width = u16::try_from((is - index * wide).min(wide)).unwrap_or(TILE_WIDTH);
            tiles.extend(Tile::new(level, index, width));
        }
    }
    tiles
}

impl Tree {
    /// The bytes of a tile.
    ///
    /// # Errors
    ///
    /// [`Error::Unproved`] where the tree does not hold all of its hashes yet.
    pub fn tile(&self, tile: Tile) -> Result<Vec<u8>, Error> {
        let mut bytes = Vec::with_capacity(tile.bytes());
        let first = tile.index * u64::from(TILE_WIDTH);
        for index in first..first + u64::from(tile.width) {
            let level = tile.level * TILE_HEIGHT;
            let node = Node::new(level, index).ok_or(Error::Unproved { level, index })?;
            bytes.extend_from_slice(self.node(node)?.as_bytes());
        }
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::leaf_hash;
    use proptest::prelude::*;

    #[test]
    fn paths_are_those_of_the_checksum_database_and_of_c2sp() {
        let table = [
            (Tile::new(0, 0, 256), "tile/8/0/000", "tile/0/000"),
            (Tile::new(4, 5, 256), "tile/8/4/005", "tile/4/005"),
            (
                Tile::new(0, 1_234_067, 256),
                "tile/8/0/x001/x234/067",
                "tile/0/x001/x234/067",
            ),
            (
                Tile::new(1, 1000, 7),
                "tile/8/1/x001/000.p/7",
                "tile/1/x001/000.p/7",
            ),
            (
                Tile::new(2, 999, 255),
                "tile/8/2/999.p/255",
                "tile/2/999.p/255",
            ),
        ];
        for (tile, sumdb, c2sp) in table {
            let tile = tile.unwrap();
            assert_eq!(tile.format_path(TilePaths::Sumdb), sumdb);
            assert_eq!(tile.format_path(TilePaths::C2sp), c2sp);
            assert_eq!(Tile::parse_path(TilePaths::Sumdb, sumdb), Ok(tile));
            assert_eq!(Tile::parse_path(TilePaths::C2sp, c2sp), Ok(tile));
        }
    }

    #[test]
    fn refuses_paths_that_are_not_written_the_one_way() {
        for text in [
            "",
            "tile/8/0",
            "tile/8/0/",
            "tile/8/0/0",
            "tile/8/0/00",
            "tile/8/0/0000",
            "tile/8/0/x000/000",
            "tile/8/0/x001/x000",
            "tile/8/0/001/000",
            "tile/8/00/000",
            "tile/8/+0/000",
            "tile/8/0/+01",
            "tile/8/0/000.p/0",
            "tile/8/0/000.p/256",
            "tile/8/0/000.p/01",
            "tile/8/0/000.p/",
            "tile/8/0/000/",
            "tile/8/8/000",
            "tile/8/-1/000",
            "tile/8/0/x999/x999/x999/x999/x999/x999/999",
            "tile/8/data/000",
            "tile/7/0/000",
            "/tile/8/0/000",
            "tile/8/0/000.p/1/",
            "tile/8/0/../000",
            "tile/8/0/１２３",
        ] {
            assert!(Tile::parse_path(TilePaths::Sumdb, text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_path_is_read_and_written_the_same(
            level in 0u8..8, index in 0u64..1 << 54, width in 1u16..=256, sumdb: bool,
        ) {
            let paths = if sumdb { TilePaths::Sumdb } else { TilePaths::C2sp };
            if let Some(tile) = Tile::new(level, index, width) {
                prop_assert_eq!(Tile::parse_path(paths, &tile.format_path(paths)), Ok(tile));
            }
        }

        #[test]
        fn what_is_read_as_a_path_is_written_the_same(text in "tile/8/[0-9]/(x?[0-9]{3}/){0,3}[0-9]{2,3}(\\.p/[0-9]{1,3})?") {
            if let Ok(tile) = Tile::parse_path(TilePaths::Sumdb, &text) {
                prop_assert_eq!(tile.format_path(TilePaths::Sumdb), text);
            }
        }

        #[test]
        fn the_edge_of_a_tree_has_a_tile_a_level_and_each_root_node_is_in_one(size in 0u64..=MAX_SIZE) {
            let tiles = tiles_for_tree(size);
            prop_assert!(tiles.windows(2).all(|pair| pair[0].level() > pair[1].level()));
            for node in root_nodes(size) {
                prop_assert!(tiles.contains(&Tile::holding(node, size).unwrap()));
            }
            let covered: u64 = tiles.iter().map(|tile| {
                let shift = tile.level() * TILE_HEIGHT;
                u64::from(tile.width()) << shift
            }).sum();
            prop_assert_eq!(covered, size);
        }
    }

    #[test]
    fn growth_publishes_what_golang_mod_publishes() {
        let paths = |old, new| -> Vec<String> {
            tiles_for_growth(old, new)
                .iter()
                .map(|tile| tile.format_path(TilePaths::Sumdb))
                .collect()
        };
        assert_eq!(paths(0, 0), Vec::<String>::new());
        assert_eq!(paths(5, 5), Vec::<String>::new());
        assert_eq!(paths(0, 1), ["tile/8/0/000.p/1"]);
        assert_eq!(paths(0, 256), ["tile/8/0/000", "tile/8/1/000.p/1"]);
        assert_eq!(
            paths(255, 257),
            ["tile/8/0/000", "tile/8/0/001.p/1", "tile/8/1/000.p/1"]
        );
        assert_eq!(paths(256, 300), ["tile/8/0/001.p/44"]);
        assert_eq!(
            paths(65_535, 65_536),
            ["tile/8/0/255", "tile/8/1/000", "tile/8/2/000.p/1"]
        );
    }

    #[test]
    fn a_tile_gives_the_hashes_of_all_subtrees_within_it() {
        let mut tree = Tree::new();
        for record in 0..600u64 {
            tree.append(leaf_hash(&record.to_be_bytes()));
        }
        for level in 0..9 {
            for index in 0..600 >> level {
                let node = Node::new(level, index).unwrap();
                let tile = Tile::holding(node, 600).unwrap();
                let bytes = tree.tile(tile).unwrap();
                assert_eq!(tile.check_length(&bytes), Ok(()));
                assert_eq!(
                    tile.hash_within(&bytes, node),
                    tree.node(node).ok(),
                    "{node:?}"
                );
            }
        }
        assert_eq!(Tile::holding(Node::leaf(600), 600), None);
        assert_eq!(Tile::holding(Node::leaf(9_000), 600), None);
    }
}
