//! The wire: certificates, redirects, lengths, rates, cuts.

use goseal_lab::{ALWAYS, Authority, Certificate, Fault, Https, Release, World};

use super::super::{Scene, VERSION};
use super::{Case, FAILED, Held, INSTALLED, REFUSED, Row, planted};

pub(super) const ROWS: &[Row] = &[
    Row {
        number: 13,
        what: "TLS that is expired, of another host or unknown; redirects",
        cases: TLS,
        more: &[
            (
                "faults/wire.rs",
                "a_redirect_to_another_host_of_the_same_scheme_is_followed_and_recorded",
            ),
            (
                "faults/wire.rs",
                "a_database_out_of_reach_is_exit_4_with_the_address_and_nobody_else_is_asked",
            ),
            (
                "faults/proxies.rs",
                "credentials_do_not_follow_a_redirect_to_another_host",
            ),
        ],
    },
    Row {
        number: 14,
        what: "an endless body, a length that lies, an encoding that was not asked for",
        cases: BODIES,
        more: &[
            (
                "faults/wire.rs",
                "a_zip_that_never_comes_is_exit_4_with_the_address",
            ),
            (
                "faults/wire.rs",
                "a_zip_of_a_wrong_length_that_arrives_is_distrust",
            ),
            (
                "faults/wire.rs",
                "a_database_that_trickles_is_too_slow_and_one_without_end_is_a_liar",
            ),
        ],
    },
    Row {
        number: 15,
        what: "ten bytes a second",
        cases: &[Case {
            what: "the zip",
            plant: || zip_with(Fault::SlowDrip, ALWAYS),
            says: "below the minimum rate",
            then: |scene, _| {
                // The lock is free, and the same command succeeds.
                scene.world.repent();
                let _ = scene.install().run().expect_code(0);
            },
            ..FAILED
        }],
        more: &[(
            "faults/wire.rs",
            "a_database_that_trickles_is_too_slow_and_one_without_end_is_a_liar",
        )],
    },
    Row {
        number: 16,
        what: "the connection is cut at every MiB",
        cases: &[Case {
            what: "an archive of 5 MiB",
            plant: || {
                let big = Release::here(VERSION).with_file("src/big.txt", noise(5 << 20));
                let scene = Scene::with(World::start([big]));
                let path = World::zip_path(&Scene::id());
                scene.world.fail(&path, Fault::ResetAfter(1 << 20), ALWAYS);
                (scene, Box::new(()))
            },
            then: |scene, _| {
                let ranges: Vec<_> = scene
                    .world
                    .requests()
                    .iter()
                    .filter(|request| request.path() == World::zip_path(&Scene::id()))
                    .map(|request| request.header("range").unwrap_or("whole").to_owned())
                    .collect();
                assert_eq!(
                    ranges[..3],
                    ["whole", "bytes=1048576-", "bytes=2097152-"],
                    "{ranges:?}"
                );
                let _ = scene.goseal(&["verify"]).run().expect_code(0);
            },
            ..INSTALLED
        }],
        more: &[
            (
                "faults/wire.rs",
                "a_cut_at_every_32_kib_is_resumed_to_the_end",
            ),
            ("faults/wire.rs", "a_range_that_is_ignored_begins_anew"),
        ],
    },
    Row {
        number: 17,
        what: "a valid archive of another release under this name",
        cases: &[
            Case {
                what: "under its own names inside",
                plant: || zip_is(Release::here("1.22.6").module_zip()),
                says: "1.22.6",
                ..REFUSED
            },
            Case {
                what: "with names and VERSION of this one",
                plant: || {
                    let other = Release::here("1.22.6").claiming(&Scene::id());
                    zip_is(other.module_zip())
                },
                ..REFUSED
            },
            Case {
                what: "of this version for another platform",
                plant: || zip_is(Release::new(VERSION, "freebsd/riscv64").module_zip()),
                says: "freebsd-riscv64",
                ..REFUSED
            },
        ],
        more: &[
            (
                "faults/distrust.rs",
                "a_zip_that_is_not_the_published_one_is_refused_and_fetched_once",
            ),
            (
                "faults/distrust.rs",
                "the_message_says_which_release_a_mixed_up_zip_is",
            ),
        ],
    },
];

/// The proxy behind https on loopback; GOPROXY names it.
fn over_tls(certificate: Certificate, trusted: bool) -> (Scene, Held) {
    let mut scene = Scene::new();
    let authority = Authority::new();
    let server = Https::start(&authority, certificate, scene.world.server().address());
    let list = format!("{}/proxy", server.url());
    scene.sandbox.set_var("GOPROXY", list);
    let file = scene.sandbox.file("authority.pem", authority.pem());
    if trusted {
        scene.sandbox.set_var("SSL_CERT_FILE", file);
    }
    (scene, Box::new((server, authority)))
}

/// The same, where the zip is somewhere else behind https, and GOPROXY has a password.
fn over_tls_to_another_host() -> (Scene, Held) {
    let mut scene = Scene::new();
    let authority = Authority::new();
    let elsewhere = World::start([Release::here(VERSION)]);
    let first = Https::start(
        &authority,
        Certificate::Good,
        scene.world.server().address(),
    );
    let second = Https::start(&authority, Certificate::Good, elsewhere.server().address());
    let list = format!("{}/proxy", first.url());
    let list = list.replace("https://", "https://me:s3cr3t-pass@");
    scene.sandbox.set_var("GOPROXY", list);
    let file = scene.sandbox.file("authority.pem", authority.pem());
    scene.sandbox.set_var("SSL_CERT_FILE", file);
    let path = World::zip_path(&Scene::id());
    let target = format!("{}{path}", second.url());
    scene.world.fail(&path, Fault::RedirectTo(target), ALWAYS);
    (scene, Box::new((first, second, elsewhere)))
}

fn tls_is_said_and_nothing_else_was_asked(scene: &Scene) {
    // Nothing is sent over a connection that does not hold, and nobody else is asked.
    assert_eq!(scene.world.requests().len(), 0);
}

const TLS_FAILED: Case = Case {
    says: "TLS failed",
    then: |scene, _| tls_is_said_and_nothing_else_was_asked(scene),
    ..FAILED
};

const TLS: &[Case] = &[
    Case {
        what: "a private authority that SSL_CERT_FILE names",
        plant: || over_tls(Certificate::Good, true),
        ..INSTALLED
    },
    Case {
        what: "a private authority that nobody names",
        plant: || over_tls(Certificate::Good, false),
        ..TLS_FAILED
    },
    Case {
        what: "expired",
        plant: || over_tls(Certificate::Expired, true),
        ..TLS_FAILED
    },
    Case {
        what: "not valid yet",
        plant: || over_tls(Certificate::NotYetValid, true),
        ..TLS_FAILED
    },
    Case {
        what: "of another host",
        plant: || over_tls(Certificate::OtherHost, true),
        ..TLS_FAILED
    },
    Case {
        what: "variables of git, curl, Go and others that switch it off",
        plant: || over_tls(Certificate::Good, false),
        run: |scene| {
            let file = scene.sandbox.root().join("authority.pem");
            let names = ["GIT_SSL_CAINFO", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE"];
            let run = names
                .iter()
                .fold(scene.install(), |run, name| run.env(name, &file));
            run.env("GIT_SSL_NO_VERIFY", "1")
                .env("GOINSECURE", "*")
                .env("GOFLAGS", "-insecure")
        },
        ..TLS_FAILED
    },
    Case {
        what: "a redirect from https to http",
        plant: || {
            let (scene, held) = over_tls(Certificate::Good, true);
            let path = World::zip_path(&Scene::id());
            let target = format!("{}{path}", scene.world.url());
            scene.world.fail(&path, Fault::RedirectTo(target), ALWAYS);
            (scene, held)
        },
        says: "it leads from https to http",
        ..FAILED
    },
    Case {
        what: "a redirect to another host over https",
        plant: over_tls_to_another_host,
        then: |scene, _| {
            let log = scene.log();
            let installed = log.iter().rfind(|record| record["type"] == "installed");
            let source = installed.unwrap()["source"].to_string();
            assert_eq!(source.matches("https://localhost:").count(), 2, "{source}");
            assert!(!format!("{log:?}").contains("s3cr3t"));
        },
        ..INSTALLED
    },
];

fn zip_with(fault: Fault, times: u32) -> (Scene, Held) {
    planted(|scene| {
        let path = World::zip_path(&Scene::id());
        scene.world.fail(&path, fault, times);
    })
}

fn zip_is(bytes: Vec<u8>) -> (Scene, Held) {
    planted(|scene| scene.world.swap_zip(&Scene::id(), bytes))
}

const BODIES: &[Case] = &[
    Case {
        what: "a body without end",
        plant: || zip_with(Fault::Endless, ALWAYS),
        says: "body longer than",
        ..FAILED
    },
    Case {
        what: "a length beyond what an archive may have",
        plant: || zip_with(Fault::WrongLength(1 << 40), ALWAYS),
        says: "body longer than",
        ..FAILED
    },
    Case {
        what: "a length beyond the body",
        plant: || zip_with(Fault::WrongLength(1 << 20), ALWAYS),
        ..FAILED
    },
    Case {
        what: "gzip around it",
        plant: || zip_with(Fault::Gzip, ALWAYS),
        says: "content encoding `gzip`, expected none",
        ..FAILED
    },
    Case {
        what: "bytes behind its end",
        plant: || zip_with(Fault::ExtraBytes(1), ALWAYS),
        ..REFUSED
    },
];

/// Bytes that no compression makes smaller.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let words = std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    });
    words.flatten().take(length).collect()
}
