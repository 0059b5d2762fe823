//! The module proxy of Go's own configuration. Runs only with `GOSEAL_TEST_NETWORK=1`, and says so
//! when it does not.

#![expect(
    clippy::disallowed_methods,
    reason = "a test has no `World`; the variables of the network are gathered here"
)]
#![expect(clippy::unwrap_used, reason = "functions that tests call")]

use std::env;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::Command;

use goseal_core::release::ReleaseId;
use goseal_fetch::proxy::{Hop, goproxy_from};
use goseal_fetch::{Client, Limits, Network, Options, Pace};

fn network() -> Network {
    let value = |name: &str| {
        env::var(name)
            .or_else(|_| env::var(name.to_lowercase()))
            .ok()
    };
    Network {
        https_proxy: value("HTTPS_PROXY"),
        http_proxy: value("HTTP_PROXY"),
        no_proxy: value("NO_PROXY"),
        ca_files: value("SSL_CERT_FILE")
            .map(PathBuf::from)
            .into_iter()
            .collect(),
        ca_folders: value("SSL_CERT_DIR")
            .map(PathBuf::from)
            .into_iter()
            .collect(),
    }
}

/// The client and the list of proxies, or a line that says why the test is skipped.
fn real(test: &str) -> Option<(Client, Vec<Hop>)> {
    if env::var("GOSEAL_TEST_NETWORK").as_deref() != Ok("1") {
        // Past the harness, which shows nothing that a passing test prints.
        let why = "it needs the network; GOSEAL_TEST_NETWORK=1 allows it";
        let _ = writeln!(io::stderr(), "SKIPPED real_proxy::{test}: {why}");
        return None;
    }
    let output = Command::new("go")
        .args(["env", "GOPROXY"])
        .output()
        .unwrap();
    let list = String::from_utf8(output.stdout).unwrap();
    let found = goproxy_from(Some(list.trim()), None, None)
        .unwrap()
        .unwrap();
    let options = Options {
        network: network(),
        user_agent: "goseal/test".to_owned(),
        pace: Pace::default(),
        limits: Limits::default(),
        jitter_seed: u64::from(std::process::id()),
    };
    Some((Client::new(&options).unwrap(), found.hops))
}

#[test]
fn the_real_proxy_lists_1_26_10() {
    let Some((client, hops)) = real("the_real_proxy_lists_1_26_10") else {
        return;
    };
    let versions = client.versions(&hops).unwrap();
    let wanted = ReleaseId::parse("go1.26.10.linux-amd64").unwrap();
    assert!(
        versions.releases.contains(&wanted),
        "{}",
        versions.served_by
    );
}

#[test]
fn the_real_checksum_database_gives_its_head() {
    let Some((client, hops)) = real("the_real_checksum_database_gives_its_head") else {
        return;
    };
    let base = client.sumdb_base(&hops, "sum.golang.org").unwrap();
    let latest = client.read(&base, "latest", 64 << 10).unwrap();
    assert!(latest.starts_with(b"go.sum database tree\n"), "{base}");
}
