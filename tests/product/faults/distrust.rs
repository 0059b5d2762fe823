//! Bytes that are not what was published. One answer to all of them: exit 5, nothing installed, the
//! refusal on record with its reason, and no second try.

use goseal_lab::{ALWAYS, Evil, Fault, Release, World};

use super::{Expected, Scene, VERSION, assert_install_ends, flipped};

/// Faults of the database end so, or as what is merely out of reach.
const REFUSED: Expected<'_> = Expected {
    exit: 5,
    record: "refused",
    words: "",
};

fn refused(words: &str) -> Expected<'_> {
    Expected { words, ..REFUSED }
}

#[test]
fn a_zip_that_is_not_the_published_one_is_refused_and_fetched_once() {
    let honest = Release::here(VERSION);
    let other = Release::here("1.22.6");
    let id = Scene::id();
    let zip = honest.module_zip();
    let middle = zip.len() / 2;
    let name_of_entry = zip.len() - 60;
    let rows = [
        ("a bit in the first entry", flipped(zip.clone(), 400)),
        ("a bit in the middle", flipped(zip.clone(), middle)),
        (
            "a bit in the directory",
            flipped(zip.clone(), name_of_entry),
        ),
        (
            "a bit in the last byte",
            flipped(zip.clone(), zip.len() - 1),
        ),
        ("cut in the middle", zip[..middle].to_vec()),
        ("nothing", Vec::new()),
        ("a page of a portal", b"<html>Sign in</html>".to_vec()),
        ("another release under its own name", other.module_zip()),
        (
            "another release under this name",
            other.clone().claiming(&id).module_zip(),
        ),
        (
            "one file more",
            honest
                .clone()
                .with_file("src/evil.go", "package evil\n")
                .module_zip(),
        ),
        (
            "one file less",
            honest.clone().without("src/cmd/go.mod").module_zip(),
        ),
        (
            "one file changed",
            honest
                .clone()
                .with_file("bin/go", "#!/bin/sh\necho evil\n")
                .module_zip(),
        ),
    ];
    for (row, bytes) in rows {
        let scene = Scene::new();
        scene.world.swap_zip(&id, bytes);
        let _ = assert_install_ends(&scene, row, &REFUSED);
        assert_eq!(
            scene.world.count(&World::zip_path(&id)),
            1,
            "{row}: fetched again"
        );
        assert_eq!(
            scene.world.count("/dl/*"),
            0,
            "{row}: another source was asked"
        );
    }
}

#[test]
fn a_bit_that_turns_over_on_the_wire_is_refused() {
    for at in [0, 31, 70_000] {
        let scene = Scene::new();
        let path = World::zip_path(&Scene::id());
        scene.world.fail(&path, Fault::FlipBit { at }, ALWAYS);
        let _ = assert_install_ends(&scene, &format!("bit of byte {at}"), &REFUSED);
        assert_eq!(scene.world.count(&path), 1);
    }
}

#[test]
fn the_message_says_which_release_a_mixed_up_zip_is() {
    let scene = Scene::new();
    let other = Release::here("1.22.6").claiming(&Scene::id());
    scene.world.swap_zip(&Scene::id(), other.module_zip());
    let outcome = assert_install_ends(&scene, "mix-up", &refused("go1.22.6"));
    assert!(outcome.stderr.contains(VERSION), "{}", outcome.snapshot());
}

#[test]
fn the_message_names_what_was_published_and_what_was_served() {
    let scene = Scene::new();
    let honest = Release::here(VERSION);
    let changed = honest.clone().with_file("bin/go", "#!/bin/sh\necho evil\n");
    scene.world.swap_zip(&Scene::id(), changed.module_zip());
    let outcome = assert_install_ends(&scene, "changed", &refused("h1:"));
    for h1 in [honest.h1(), changed.h1()] {
        let snapshot = outcome.snapshot();
        assert!(snapshot.contains(&h1.to_string()), "{h1}\n{snapshot}");
    }
    let record = scene.records(&["refused"]).pop().unwrap();
    assert_eq!(record["h1"], changed.h1().to_string());
    assert!(record["archive"]["sha256"].is_string());
    assert_eq!(record["code"], "trust");
}

#[test]
fn a_lookup_that_does_not_say_what_it_should_is_refused() {
    let number = |text: &str| Evil::BadRecordId(text.to_owned());
    let rows = [
        ("nothing in it", Evil::EmptyLookup),
        ("another module's record", Evil::UnrelatedModule),
        ("another h1", Evil::WrongH1),
        ("a number beyond the tree", Evil::RecordIdBeyondTree),
        ("a negative number", number("-1")),
        ("a leading zero", number("007")),
        ("two to the 63rd", number("9223372036854775808")),
        ("no number", number("x")),
        ("an empty number", number("")),
        ("only an unknown key", Evil::UnknownKeyOnly),
        ("101 signatures", Evil::TooManySignatures),
        (
            "a bad signature beside a good one",
            Evil::KnownKeyBadSignature,
        ),
    ];
    for (row, evil) in rows {
        let scene = Scene::new();
        scene.world.evil(evil);
        let _ = assert_install_ends(&scene, row, &REFUSED);
        assert_eq!(scene.latest(), None, "{row}: its head is kept");
        let asked = scene.world.count(&World::lookup_path(&Scene::id()));
        assert_eq!(asked, 1, "{row}: the liar was asked again");
        scene.assert_tiles_are_honest();
    }
}

#[test]
fn a_bit_in_the_lookup_is_refused_wherever_it_is() {
    let scene = Scene::new();
    let path = World::lookup_path(&Scene::id());
    let length = scene.world.sumdb(|sumdb| {
        let module = format!("golang.org/toolchain@v0.0.1-{}", Scene::id());
        sumdb.answer(&format!("/lookup/{module}")).body.len()
    });
    for at in (0..length).step_by(23).chain([length - 1]) {
        scene.world.repent();
        scene.world.fail(&path, Fault::FlipBit { at }, ALWAYS);
        let _ = assert_install_ends(&scene, &format!("bit of byte {at}"), &REFUSED);
    }
}

#[test]
fn lines_behind_the_tree_in_a_note_are_never_a_record() {
    let id = Scene::id();
    let other = Release::here("1.22.6").claiming(&id);
    let lines = format!(
        "golang.org/toolchain v0.0.1-{id} {}\ngolang.org/toolchain v0.0.1-{id}/go.mod {}\n",
        other.h1(),
        goseal_lab::sumdb::GO_MOD_H1
    );
    let scene = Scene::new();
    scene.world.swap_zip(&id, other.module_zip());
    scene.world.evil(Evil::ExtraLinesInNote(lines.clone()));
    let _ = assert_install_ends(&scene, "beside the true record", &REFUSED);
    scene.world.evil(Evil::UnrelatedModule);
    let _ = assert_install_ends(&scene, "without the true record", &REFUSED);
}

#[test]
fn a_forged_record_is_refused_for_every_shape_of_tree() {
    let id = Scene::id();
    let other = Release::here("1.22.6").claiming(&id);
    for size in [101, 255, 256, 257, 300, 511, 513] {
        for levels in 0..3 {
            let scene = Scene::with(World::with_records([Release::here(VERSION)], size));
            scene.world.swap_zip(&id, other.module_zip());
            let h1 = other.h1();
            scene.world.evil(Evil::ForgedRecord { h1, levels });
            let row = format!("{size} records, {levels} levels forged");
            let _ = assert_install_ends(&scene, &row, &REFUSED);
            scene.assert_tiles_are_honest();
        }
    }
}

#[test]
fn every_tile_that_is_used_is_checked_whole() {
    let honest = Scene::installed();
    let used: Vec<(usize, usize)> = honest
        .world
        .requests()
        .iter()
        .filter_map(|request| place_of_tile(request.path()))
        .collect();
    assert!(used.len() >= 2, "{used:?}");
    for (level, index) in used {
        for bit in [0, 77, 255, usize::MAX] {
            let scene = Scene::new();
            scene.world.evil(Evil::FlipTileBit { level, index, bit });
            let row = format!("bit {bit} of tile {level}/{index}");
            let _ = assert_install_ends(&scene, &row, &REFUSED);
            assert_eq!(scene.latest(), None, "{row}: its head is kept");
            scene.assert_tiles_are_honest();
        }
    }
}

/// `/proxy/sumdb/<name>/tile/8/0/001.p/44` is level 0, tile 1.
fn place_of_tile(path: &str) -> Option<(usize, usize)> {
    let (_, place) = path.split_once("/tile/8/")?;
    let (level, index) = place.split_once('/')?;
    let index = index.split('.').next()?;
    Some((level.parse().ok()?, index.parse().ok()?))
}

#[test]
fn tiles_of_a_wrong_length_are_refused() {
    for (row, evil) in [
        ("a byte short", Evil::ShortTile),
        ("a byte long", Evil::LongTile),
        ("a full tile of 8191 bytes", Evil::FullTile8191),
    ] {
        let scene = Scene::with(World::with_records([Release::here(VERSION)], 512));
        scene.world.evil(evil);
        let _ = assert_install_ends(&scene, row, &REFUSED);
        scene.assert_tiles_are_honest();
    }
}

#[test]
fn a_database_that_lacks_tiles_is_out_of_reach_and_not_a_liar() {
    let scene = Scene::new();
    scene.world.evil(Evil::NoPartialTiles);
    let expected = Expected {
        exit: 4,
        record: "failed",
        words: "not carried",
    };
    let outcome = assert_install_ends(&scene, "no partial tiles", &expected);
    let address = format!("{}/proxy/sumdb/", scene.world.url());
    assert!(outcome.stderr.contains(&address), "{}", outcome.snapshot());
}

#[test]
fn no_variable_turns_the_checks_off() {
    let id = Scene::id();
    let scene = Scene::new();
    let other = Release::here("1.22.6").claiming(&id);
    scene.world.swap_zip(&id, other.module_zip());
    for (name, value) in [
        ("GOSUMDB", "off"),
        ("GONOSUMDB", "*"),
        ("GONOSUMCHECK", "1"),
        ("GOFLAGS", "-insecure"),
        ("GOINSECURE", "*"),
        ("GOPRIVATE", "*"),
        ("GONOPROXY", "*"),
    ] {
        let before = scene.sandbox.snapshot_of_places();
        let _ = scene.install().env(name, value).run().expect_code(5);
        scene.assert_nothing_but_traces(&before);
    }
}

#[test]
fn a_refused_release_is_installed_once_the_world_is_honest_again() {
    let scene = Scene::new();
    let id = Scene::id();
    let honest = Release::here(VERSION).module_zip();
    scene.world.swap_zip(&id, flipped(honest.clone(), 5_000));
    let _ = assert_install_ends(&scene, "flipped", &REFUSED);
    scene.world.swap_zip(&id, honest);
    let _ = scene.install().run().expect_code(0);
    let _ = scene.goseal(&["verify"]).run().expect_code(0);
    let _ = scene.verdict();
}
