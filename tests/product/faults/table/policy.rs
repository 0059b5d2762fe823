//! The organisation's policy, changed by somebody who may not.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use goseal_lab::Publisher;
use goseal_lab::sandbox::Run;

use super::super::Scene;
use super::{Case, Held, Row, planted};

const STRICT: &str = "profile = \"strict\"\n";
const COMMENT: &str = "timestamp:1700000000\tfile:policy.toml\thashed";

/// A machine that names a key for its policy, signed and strict; then something is done to it.
fn signed(change: impl FnOnce(&Scene, &Publisher)) -> (Scene, Held) {
    planted(|scene| {
        let ours = Publisher::named("ours");
        scene.sandbox.file("etc/policy.toml", STRICT);
        let key = format!("untrusted comment: ours\n{}\n", ours.key());
        scene.sandbox.file("etc/policy.pub", key);
        let signature = ours.sign(STRICT.as_bytes(), COMMENT);
        scene.sandbox.file("etc/policy.toml.minisig", signature);
        change(scene, &ours);
    })
}

fn remove(scene: &Scene, name: &str) {
    fs::remove_file(scene.sandbox.root().join("etc").join(name)).unwrap();
}

/// Under that policy; what looks at the log afterwards is not.
fn install(scene: &Scene) -> Run {
    let policy = scene.sandbox.root().join("etc/policy.toml");
    scene.install().env("GOSEAL_LAB_POLICY", policy)
}

const REFUSED: Case = Case {
    run: install,
    says: "signature of policy policy.toml",
    ..super::REFUSED
};

pub(super) const ROWS: &[Row] = &[Row {
    number: 61,
    what: "a policy that is unsigned, by another key, or writable by others",
    cases: &[
        Case {
            what: "signed by the named key, so that the others fail for what they are",
            plant: || signed(|_, _| {}),
            run: install,
            ..super::INSTALLED
        },
        Case {
            what: "a weaker one without a signature",
            plant: || {
                signed(|scene, _| {
                    scene.sandbox.file("etc/policy.toml", "");
                    remove(scene, "policy.toml.minisig");
                })
            },
            ..REFUSED
        },
        Case {
            what: "a weaker one under the signature of the other",
            plant: || {
                signed(|scene, _| {
                    scene.sandbox.file("etc/policy.toml", "");
                })
            },
            ..REFUSED
        },
        Case {
            what: "a weaker one by an unknown key",
            plant: || {
                signed(|scene, _| {
                    let signature = Publisher::named("other").sign(b"", COMMENT);
                    scene.sandbox.file("etc/policy.toml", "");
                    scene.sandbox.file("etc/policy.toml.minisig", signature);
                })
            },
            ..REFUSED
        },
        Case {
            what: "deleted",
            plant: || {
                signed(|scene, _| {
                    remove(scene, "policy.toml");
                    remove(scene, "policy.toml.minisig");
                })
            },
            ..REFUSED
        },
        Case {
            what: "writable by everybody",
            plant: || {
                signed(|scene, _| {
                    let path = scene.sandbox.root().join("etc/policy.toml");
                    fs::set_permissions(path, fs::Permissions::from_mode(0o666)).unwrap();
                })
            },
            run: install,
            exit: 7,
            says: "others may change it",
            ..super::FAILED
        },
    ],
    more: &[
        (
            "evidence.rs",
            "a_policy_whose_signature_does_not_count_stops_everything",
        ),
        ("evidence.rs", "a_policy_that_others_may_change_is_none"),
    ],
}];
