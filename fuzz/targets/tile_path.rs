//! The path of a tile has one spelling in each form, and leads to a place below the log's address.
#![no_main]

use goseal_tlog::{Tile, TilePaths};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    for paths in [TilePaths::Sumdb, TilePaths::C2sp] {
        let Ok(tile) = Tile::parse_path(paths, text) else {
            continue;
        };
        assert_eq!(tile.format_path(paths), text);
        assert_eq!(
            Tile::new(tile.level(), tile.index(), tile.width()),
            Some(tile)
        );
        assert!(
            text.split('/')
                .all(|part| !part.is_empty() && part != ".." && part != ".")
        );
        assert!(tile.check_length(&vec![0; tile.bytes()]).is_ok());
        assert!(tile.check_length(&vec![0; tile.bytes() - 1]).is_err());
        if let Some(top) = tile.top() {
            assert_eq!(
                top.first(),
                (tile.index() * 256) << (8 * u64::from(tile.level()))
            );
        }
    }
});
