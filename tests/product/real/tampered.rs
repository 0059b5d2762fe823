//! Real bytes, changed on the way.

use goseal_core::release::ReleaseId;
use goseal_lab::server::Server;
use goseal_lab::{ALWAYS, Fault, Sandbox};

use super::network::{network_for, skipped};
use super::relay::{fetched, lookup_path, relay_for, sandbox_behind, zip_path};
use super::{assert_log_is_intact, assert_nothing_is_installed, goseal, records_of, release, say};

/// The release that is asked for.
const VERSION: &str = "1.22.5";

/// Another one, whose name is as long.
const OTHER: &str = "1.22.6";

/// What the real proxy answers, which the faults are made from.
fn real(path: &str) -> Vec<u8> {
    let base = network_for("tampered").and_then(|network| network.first_proxy());
    let answer = fetched(base.expect("there is a relay"), path);
    assert_eq!(answer.status, 200, "{path}");
    answer.body.to_vec()
}

/// `goseal install` in a new place: exit 5, nothing installed, and the refusal on record.
fn assert_refused(relay: &Server, what: &str) -> Sandbox {
    let sandbox = sandbox_behind(relay);
    let outcome = goseal(&sandbox).args(["install", VERSION]).run();
    assert_eq!(outcome.code, Some(5), "{what}\n{}", outcome.snapshot());
    assert!(
        outcome.stderr.starts_with("error: not to be trusted:"),
        "{what}\n{}",
        outcome.snapshot()
    );
    let refused = records_of(&sandbox, "refused");
    assert_eq!(refused.len(), 1, "{what}\n{}", outcome.snapshot());
    assert_eq!(
        refused[0]["release"],
        release(VERSION).to_string(),
        "{what}"
    );
    let started = records_of(&sandbox, "install_started");
    assert_eq!(started[0]["run"], refused[0]["run"], "{what}");
    assert_nothing_is_installed(&sandbox);
    assert_log_is_intact(&sandbox);
    let said = outcome.stderr.lines().next().unwrap_or_default();
    say(&format!("real: {what}: {}", sandbox.redact(said)));
    sandbox
}

/// The same place, asked again when nobody lies any more: no trace of the lie is believed.
fn assert_recovers(relay: &Server, sandbox: &Sandbox) {
    relay.forgive();
    let _ = goseal(sandbox)
        .args(["install", VERSION])
        .run()
        .expect_code(0);
    let _ = goseal(sandbox)
        .args(["verify", VERSION])
        .run()
        .expect_code(0);
}

fn flip(relay: &Server, path: &str, at: usize) {
    relay.forgive();
    relay.fail(path, Fault::FlipBit { at }, ALWAYS);
}

#[test]
fn a_flipped_bit_in_the_zip_is_refused() {
    let Some(relay) = relay_for("tampered::a_flipped_bit_in_the_zip_..") else {
        return;
    };
    let path = zip_path(&release(VERSION));
    let length = real(&path).len();
    let places = [
        ("the first local header's name", 40),
        ("the middle of the data", length / 2),
        ("the list of files", length - 100_000),
        ("the end record", length - 3),
    ];
    for (what, at) in places {
        flip(&relay, &path, at);
        let sandbox = assert_refused(&relay, &format!("a bit flipped in the zip, {what}"));
        if at == length / 2 {
            assert_recovers(&relay, &sandbox);
        }
    }
}

#[test]
fn a_flipped_bit_in_the_record_is_refused() {
    let Some(relay) = relay_for("tampered::a_flipped_bit_in_the_record_..") else {
        return;
    };
    let path = lookup_path(&release(VERSION));
    let record = String::from_utf8(real(&path)).unwrap();
    let at = |text: &str, further: usize| record.find(text).unwrap() + further;
    let places = [
        ("its number", 0),
        ("its hash", at(" h1:", 10)),
        ("the tree's size", at("go.sum database tree\n", 21)),
        ("the tree's root", at("go.sum database tree\n", 35)),
        ("the signature", record.trim_end().len() - 10),
    ];
    for (what, at) in places {
        flip(&relay, &path, at);
        let sandbox = assert_refused(&relay, &format!("a bit flipped in the record, {what}"));
        if what == "its hash" {
            assert_recovers(&relay, &sandbox);
        }
    }
}

#[test]
fn a_flipped_bit_in_a_tile_of_any_level_is_refused() {
    let Some(relay) = relay_for("tampered::a_flipped_bit_in_a_tile_of_any_level_..") else {
        return;
    };
    let honest = sandbox_behind(&relay);
    let _ = goseal(&honest)
        .args(["install", VERSION])
        .run()
        .expect_code(0);
    let mut tiles: Vec<String> = relay
        .requests()
        .iter()
        .map(|request| request.path().to_owned())
        .filter(|path| path.contains("/tile/"))
        .collect();
    // One of each level: those of one level are judged alike.
    let level = |path: &String| {
        path.split("/tile/8/")
            .nth(1)
            .map(|rest| rest[..1].to_owned())
    };
    tiles.sort();
    tiles.dedup_by_key(|path| level(path));
    assert!(
        tiles.len() >= 3,
        "a tree of 70 million records has more levels: {tiles:?}"
    );
    for tile in tiles {
        flip(&relay, &tile, 17);
        let sandbox = assert_refused(&relay, &format!("a bit flipped in {tile}"));
        if tile.contains("/tile/8/0/") {
            assert_recovers(&relay, &sandbox);
        }
    }
}

#[test]
fn the_zip_of_another_release_under_this_name_is_refused() {
    let Some(relay) = relay_for("tampered::the_zip_of_another_release_..") else {
        return;
    };
    let (asked, other) = (release(VERSION), release(OTHER));
    let path = zip_path(&asked);
    if fetched_status(&other) != 200 {
        skipped(
            "tampered::the_zip_of_another_release_..",
            "the proxy has no second release",
        );
        return;
    }
    let zip = real(&zip_path(&other));
    for (what, body) in [
        ("as it is", zip.clone()),
        ("with every file renamed", renamed(zip, &other, &asked)),
    ] {
        relay.forgive();
        relay.fail(&path, Fault::Replace(body.into()), ALWAYS);
        let _ = assert_refused(
            &relay,
            &format!("the zip of {OTHER} under this name, {what}"),
        );
    }
}

fn fetched_status(id: &ReleaseId) -> u16 {
    let network = network_for("tampered").and_then(|network| network.first_proxy());
    fetched(network.expect("there is a relay"), &zip_path(id)).status
}

/// The zip of one release with the file names of another, in place: the names are equally long.
fn renamed(mut zip: Vec<u8>, from: &ReleaseId, to: &ReleaseId) -> Vec<u8> {
    let name = |id: &ReleaseId| format!("golang.org/toolchain@{}/", id.module_version());
    let (from, to) = (name(from).into_bytes(), name(to).into_bytes());
    assert_eq!(from.len(), to.len());
    let mut at = 0;
    let mut count = 0;
    while at + from.len() <= zip.len() {
        if zip[at] == from[0] && zip[at..].starts_with(&from) {
            zip[at..at + to.len()].copy_from_slice(&to);
            at += to.len();
            count += 1;
        } else {
            at += 1;
        }
    }
    assert!(count > 10_000, "only {count} names were found");
    zip
}
