//! The database held against `goseal-tlog`, which shares no code with it.

use std::collections::BTreeMap;

use goseal_core::release::ReleaseId;
use goseal_lab::{Evil, Lab, Release, Sumdb, World};
use goseal_tlog::{
    AuthenticTiles, Error, Hash, Node, SUMDB_ORIGIN, SignedHead, Tile, TilePaths, TreeHead,
    VerifierKey, leaf_hash, prove_consistency, tiles_for_consistency, tiles_for_record,
};

use crate::client::get;

fn key() -> VerifierKey {
    VerifierKey::parse(&Lab::verifier_key_text()).unwrap()
}

fn open(note: &str) -> Result<TreeHead, Error> {
    SignedHead::open(note.as_bytes(), SUMDB_ORIGIN, &key()).map(|signed| *signed.head())
}

/// How a read goes: the database by itself, or over the wire.
type Read<'a> = &'a dyn Fn(&str) -> String;

fn read_tile(sumdb: &Sumdb, tile: Tile) -> Vec<u8> {
    let path = format!("/{}", tile.format_path(TilePaths::Sumdb));
    let answer = sumdb.answer(&path);
    assert_eq!(answer.status, 200, "{path}");
    answer.body.to_vec()
}

fn tiles(sumdb: &Sumdb, wanted: Vec<Tile>) -> BTreeMap<Tile, Vec<u8>> {
    wanted
        .into_iter()
        .map(|tile| (tile, read_tile(sumdb, tile)))
        .collect()
}

/// The hash that the tiles hold for a record, once all of them are bound to the head.
fn authentic_leaf(sumdb: &Sumdb, head: &TreeHead, record: u64) -> Result<Hash, Error> {
    let wanted = tiles_for_record(head.size, record)?;
    AuthenticTiles::authenticate(head, tiles(sumdb, wanted))?.read(Node::leaf(record))
}

/// Number, text and note of a lookup's answer.
fn split(answer: &str) -> (String, String, String) {
    let (id, rest) = answer.split_once('\n').unwrap();
    let (text, note) = rest.split_once("\n\n").unwrap();
    (id.to_owned(), format!("{text}\n"), note.to_owned())
}

fn lookup(sumdb: &Sumdb, id: &ReleaseId) -> (String, String, String) {
    let path = format!("/lookup/golang.org/toolchain@{}", id.module_version());
    let answer = sumdb.answer(&path);
    assert_eq!(answer.status, 200);
    split(std::str::from_utf8(&answer.body).unwrap())
}

fn releases() -> [Release; 2] {
    [("1.22.5", "linux/amd64"), ("1.26.10", "darwin/arm64")]
        .map(|(version, platform)| Release::new(version, platform))
}

#[test]
fn every_record_is_proved_by_the_head() {
    for size in [102, 256, 257, 300, 700] {
        let sumdb = Sumdb::new(&releases(), size);
        let head = open(&sumdb.latest()).unwrap();
        assert_eq!(head.size, size);
        for record in 0..size {
            let text = sumdb.record(record).unwrap();
            let leaf = authentic_leaf(&sumdb, &head, record).unwrap();
            assert_eq!(leaf, leaf_hash(text.as_bytes()), "{record} of {size}");
        }
    }
}

#[test]
fn records_of_releases_say_their_h1() {
    let sumdb = Sumdb::new(&releases(), 300);
    for release in releases() {
        let (id, text, note) = lookup(&sumdb, &release.id());
        let version = release.id().module_version();
        let h1 = release.h1();
        assert_eq!(
            text,
            format!(
                "golang.org/toolchain {version} {h1}\ngolang.org/toolchain {version}/go.mod \
                 h1:8wlg68NqwW7eMnI1aABk/C2pDYXj8mrMY4TyRfiLeS0=\n"
            )
        );
        assert_eq!(id, sumdb.record_number(&release.id()).unwrap().to_string());
        assert_eq!(note, sumdb.latest());
    }
    assert_eq!(
        sumdb
            .answer("/lookup/golang.org/toolchain@v0.0.1-go1.1.linux-amd64")
            .status,
        404
    );
    assert_eq!(
        sumdb.answer("/lookup/filler.lab.example/m7@v1.0.7").status,
        200
    );
    assert_eq!(
        sumdb.answer("/lookup/filler.lab.example/m7@v1.0.8").status,
        404
    );
}

#[test]
fn every_head_extends_the_embedded_one() {
    let mut sumdb = Sumdb::new(&releases(), 300);
    let mut old = open(&Lab::embedded_head_note()).unwrap();
    for grown in [0, 1, 211, 488] {
        sumdb.grow(grown);
        let head = open(&sumdb.latest()).unwrap();
        let wanted = tiles_for_consistency(head.size, old.size).unwrap();
        let tiles = AuthenticTiles::authenticate(&head, tiles(&sumdb, wanted)).unwrap();
        let proof = prove_consistency(head.size, old.size, &mut |node| tiles.read(node)).unwrap();
        goseal_tlog::check_consistency(&head, &old, &proof).unwrap();
        old = head;
    }
}

#[test]
fn a_database_of_seventy_thousand_records_has_three_levels() {
    let sumdb = Sumdb::new(&releases(), 70_000);
    let head = open(&sumdb.latest()).unwrap();
    let id = releases()[1].id();
    let record = sumdb.record_number(&id).unwrap();
    let leaf = authentic_leaf(&sumdb, &head, record).unwrap();
    assert_eq!(leaf, leaf_hash(lookup(&sumdb, &id).1.as_bytes()));
    assert_eq!(sumdb.answer("/tile/8/2/000.p/1").body.len(), 32);
}

#[test]
fn lies_about_notes_are_what_they_say() {
    let mut sumdb = Sumdb::new(&releases(), 300);
    let mut told = |evil: Evil| {
        sumdb.repent();
        sumdb.evil(evil);
        sumdb.latest()
    };
    for evil in [
        Evil::UnknownKeyOnly,
        Evil::TooManySignatures,
        Evil::KnownKeyBadSignature,
    ] {
        let note = told(evil.clone());
        assert!(open(&note).is_err(), "{evil:?}");
    }
    assert_eq!(
        told(Evil::TooManySignatures).matches('\u{2014}').count(),
        101
    );
    assert_eq!(open(&told(Evil::OldHead(150))).unwrap().size, 150);
    let note = told(Evil::ExtraLinesInNote(
        "golang.org/x v1 h1:evil\n".to_owned(),
    ));
    assert!(note.contains("h1:evil"));
    assert_eq!(open(&note).unwrap().size, 300);
}

#[test]
fn lies_about_records_are_what_they_say() {
    let id = releases()[0].id();
    let mut sumdb = Sumdb::new(&releases(), 300);
    let honest = lookup(&sumdb, &id);
    sumdb.evil(Evil::WrongH1);
    let wrong = lookup(&sumdb, &id);
    assert_eq!((&wrong.0, &wrong.2), (&honest.0, &honest.2));
    assert_ne!(wrong.1, honest.1);
    sumdb.repent();
    sumdb.evil(Evil::UnrelatedModule);
    let (number, text, _) = lookup(&sumdb, &id);
    assert_eq!((number.as_str(), text), ("0", sumdb.record(0).unwrap()));
    for (evil, number) in [
        (Evil::RecordIdBeyondTree, "300"),
        (Evil::BadRecordId("-1".to_owned()), "-1"),
    ] {
        sumdb.repent();
        sumdb.evil(evil);
        assert_eq!(lookup(&sumdb, &id).0, number);
    }
    sumdb.evil(Evil::EmptyLookup);
    let path = format!("/lookup/golang.org/toolchain@{}", id.module_version());
    assert_eq!(sumdb.answer(&path).body.len(), 0);
    sumdb.repent();
    assert_eq!(lookup(&sumdb, &id), honest);
}

#[test]
fn a_forged_record_fits_the_tiles_below_and_no_others() {
    let id = releases()[0].id();
    let mut sumdb = Sumdb::new(&releases(), 70_000);
    for levels in [1, 2] {
        sumdb.repent();
        let head = open(&sumdb.latest()).unwrap();
        let record = sumdb.record_number(&id).unwrap();
        sumdb.evil(Evil::ForgedRecord {
            h1: releases()[1].h1(),
            levels,
        });
        assert_eq!(open(&sumdb.latest()).unwrap(), head);
        let text = lookup(&sumdb, &id).1;
        let level_0 = read_tile(&sumdb, Tile::new(0, record / 256, 256).unwrap());
        let at = usize::try_from(record % 256).unwrap() * 32;
        assert_eq!(
            level_0[at..at + 32],
            leaf_hash(text.as_bytes()).as_bytes()[..]
        );
        let error = authentic_leaf(&sumdb, &head, record).unwrap_err();
        let forged = format!("tile/8/{}/", levels - 1);
        assert!(
            matches!(&error, Error::TileForged { tile, .. } if tile.starts_with(&forged)),
            "{error:?}"
        );
    }
}

#[test]
fn spoilt_tiles_are_what_they_say() {
    let mut sumdb = Sumdb::new(&releases(), 300);
    let length = |sumdb: &Sumdb, path: &str| {
        let answer = sumdb.answer(path);
        (answer.status, answer.body.len())
    };
    let honest = sumdb.answer("/tile/8/0/000").body;
    assert_eq!(length(&sumdb, "/tile/8/0/001.p/44"), (200, 44 * 32));
    assert_eq!(length(&sumdb, "/tile/8/0/001.p/45").0, 404);
    assert_eq!(length(&sumdb, "/tile/8/0/001").0, 404);
    sumdb.evil(Evil::FlipTileBit {
        level: 0,
        index: 0,
        bit: 10,
    });
    let flipped = sumdb.answer("/tile/8/0/000").body;
    assert_eq!(
        (honest[1] ^ flipped[1], honest[2..] == flipped[2..]),
        (4, true)
    );
    for (evil, full, partial) in [
        (Evil::ShortTile, (200, 8191), (200, 44 * 32 - 1)),
        (Evil::LongTile, (200, 8193), (200, 44 * 32 + 1)),
        (Evil::FullTile8191, (200, 8191), (404, 14)),
        (Evil::NoPartialTiles, (200, 8192), (404, 14)),
    ] {
        sumdb.repent();
        sumdb.evil(evil.clone());
        assert_eq!(length(&sumdb, "/tile/8/0/000"), full, "{evil:?}");
        assert_eq!(length(&sumdb, "/tile/8/0/001.p/44"), partial, "{evil:?}");
    }
}

#[test]
fn a_fork_is_whole_in_itself_and_contradicts_the_log() {
    let mut sumdb = Sumdb::new(&releases(), 300);
    let old = open(&sumdb.head(200).unwrap()).unwrap();
    let honest = open(&sumdb.latest()).unwrap();
    sumdb.evil(Evil::Fork { at: 150 });
    let head = open(&sumdb.latest()).unwrap();
    assert_eq!(head.size, honest.size);
    assert_ne!(head.root, honest.root);
    let id = releases()[0].id();
    let (number, text, _) = lookup(&sumdb, &id);
    let leaf = authentic_leaf(&sumdb, &head, number.parse().unwrap()).unwrap();
    assert_eq!(leaf, leaf_hash(text.as_bytes()));
    let wanted = tiles_for_consistency(head.size, old.size).unwrap();
    let tiles = AuthenticTiles::authenticate(&head, tiles(&sumdb, wanted)).unwrap();
    let proof = prove_consistency(head.size, old.size, &mut |node| tiles.read(node)).unwrap();
    assert!(goseal_tlog::check_consistency(&head, &old, &proof).is_err());
}

#[test]
fn the_world_serves_it_through_the_proxy_and_directly() {
    let world = World::start(releases());
    let read: Read<'_> = &|path| get(&world, path).text().to_owned();
    let latest = world.sumdb(|sumdb| sumdb.latest());
    assert_eq!(
        get(&world, "/proxy/sumdb/sumdb.lab.example/supported").status,
        200
    );
    assert_eq!(
        get(&world, "/proxy/sumdb/sum.golang.org/supported").status,
        404
    );
    assert_eq!(read("/proxy/sumdb/sumdb.lab.example/latest"), latest);
    assert_eq!(read("/direct/latest"), latest);
    let answer = read(&World::lookup_path("go1.22.5.linux-amd64"));
    assert!(answer.contains(&releases()[0].h1().to_string()));
    let later = Release::new("1.27.4", "linux/amd64");
    world.publish(later.clone());
    let answer = read(&World::lookup_path("go1.27.4.linux-amd64"));
    assert!(answer.starts_with("300\n") && answer.contains(&later.h1().to_string()));
}
