//! Releases of the program itself.

use goseal_lab::Publisher;
use goseal_lab::sandbox::Run;

use super::super::Scene;
use super::{Case, FAILED, Held, Row, planted};
use crate::releases::{LIST, Offer, copied_program, trust};

/// A home made by a program that may be replaced, and an offer that is changed before and after it
/// is published.
fn offered(change: impl FnOnce(&mut Offer), after: impl FnOnce(&Scene)) -> (Scene, Held) {
    planted(|scene| {
        let _ = copied_program(&scene.sandbox);
        trust(&scene.sandbox, &Publisher::named("releases"));
        // Small files that are never put into place; one that is must be the real program.
        let mut offer = Offer::of(
            b"#!/bin/sh\necho goseal 0.2.0\n".to_vec(),
            b"a shim that is long enough".to_vec(),
        );
        change(&mut offer);
        let _ = offer.publish(&scene.sandbox, "offer");
        after(scene);
    })
}

fn update(scene: &Scene) -> Run {
    let program = scene.sandbox.root().join("program/goseal-lab");
    let from = scene.sandbox.root().join("offer");
    let run = scene.sandbox.command(program);
    run.args(["self", "update", "--from"]).arg(from)
}

/// Makes a file of the offer shorter.
fn cut(scene: &Scene, name: &str) {
    let path = scene.sandbox.root().join("offer").join(name);
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() - 1]).unwrap();
}

fn assert_on_record(scene: &Scene, outcome: &str) {
    let record = scene.records(&["verb"]).pop().unwrap();
    assert_eq!(record["verb"], "self update");
    assert_eq!(record["outcome"], outcome);
}

/// Distrust: exit 5, on record, and nothing is changed.
const UNTRUE: Case = Case {
    run: update,
    record: None,
    then: |scene, _| assert_on_record(scene, "refused"),
    ..super::REFUSED
};

const OUT_OF_REACH: Case = Case {
    run: update,
    record: None,
    then: |scene, _| assert_on_record(scene, "failed"),
    ..FAILED
};

pub(super) const ROWS: &[Row] = &[Row {
    number: 60,
    what: "a release of goseal that is old, cut, forged, or for another platform",
    cases: &[
        Case {
            what: "a signed list that is older than one that was seen",
            plant: || {
                offered(
                    |offer| {
                        *offer = Offer::later();
                        offer.version = "0.1.0".to_owned();
                    },
                    |scene| {
                        let _ = update(scene).run().expect_code(0);
                        let mut older = Offer::later();
                        older.serial = 11;
                        older.comment = format!("timestamp:1700000001 file:{LIST} serial:11");
                        let _ = older.publish(&scene.sandbox, "offer");
                    },
                )
            },
            says: "it went back: serial 12 was seen, 11 found",
            ..UNTRUE
        },
        Case {
            what: "a signed list with an older version than the one that runs",
            plant: || offered(|offer| offer.version = "0.0.9".to_owned(), |_| {}),
            says: "version of goseal",
            ..UNTRUE
        },
        Case {
            what: "a list with another serial than its signature",
            plant: || offered(|offer| offer.serial = 13, |_| {}),
            says: "serial of goseal-releases.toml",
            ..UNTRUE
        },
        Case {
            what: "a program that was cut",
            plant: || offered(|_| {}, |scene| cut(scene, "goseal-program")),
            says: "size of goseal-program",
            ..UNTRUE
        },
        Case {
            what: "a shim with a bit turned over",
            plant: || {
                offered(
                    |_| {},
                    |scene| {
                        let path = scene.sandbox.root().join("offer/goseal-shim");
                        let bytes = super::super::flipped(std::fs::read(&path).unwrap(), 99);
                        std::fs::write(&path, bytes).unwrap();
                    },
                )
            },
            says: "sha256 of goseal-shim",
            ..UNTRUE
        },
        Case {
            what: "a list that was cut",
            plant: || offered(|_| {}, |scene| cut(scene, LIST)),
            says: "does not verify under key",
            ..UNTRUE
        },
        Case {
            what: "signed by a key that nobody named",
            plant: || {
                offered(
                    |offer| offer.publisher = Publisher::named("another"),
                    |_| {},
                )
            },
            says: "which is not named",
            ..UNTRUE
        },
        Case {
            what: "no key is named, and none is compiled in",
            plant: || {
                offered(
                    |_| {},
                    |scene| {
                        scene.sandbox.file("goseal/config.toml", "");
                    },
                )
            },
            says: "no key is named",
            ..UNTRUE
        },
        Case {
            what: "a signature that was made for another file",
            plant: || {
                offered(
                    |offer| offer.comment = "timestamp:1700000000 file:index.json".to_owned(),
                    |_| {},
                )
            },
            says: "it is for a file `index.json`",
            ..UNTRUE
        },
        Case {
            what: "a program that does not start on this platform",
            plant: || {
                let other = b"\x7fELF\x02\x01\x01 of another machine".to_vec();
                offered(|offer| offer.program = other, |_| {})
            },
            says: "platform of goseal-program",
            ..UNTRUE
        },
        Case {
            what: "nothing for this platform",
            plant: || {
                offered(
                    |offer| offer.platform = "freebsd/riscv64".to_owned(),
                    |_| {},
                )
            },
            says: "it has nothing for ",
            ..OUT_OF_REACH
        },
        Case {
            what: "a list without a signature",
            plant: || {
                offered(
                    |_| {},
                    |scene| {
                        let path = format!("offer/{LIST}.minisig");
                        std::fs::remove_file(scene.sandbox.root().join(path)).unwrap();
                    },
                )
            },
            says: "not carried",
            ..OUT_OF_REACH
        },
    ],
    more: &[],
}];
