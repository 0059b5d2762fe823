//! Four real releases, straight from the real proxy.

use std::path::Path;
use std::time::Duration;

use goseal_lab::Sandbox;
use goseal_lab::sandbox::Running;
use serde_json::Value;

use super::network::{Network, cut_the_cable, network_for, skipped};
use super::{assert_log_is_intact, goseal, json, names_in, records_of, release};

/// One of each line that is supported, and the one that the peers' examples name.
const VERSIONS: [&str; 4] = ["1.22.5", "1.25.14", "1.26.10", "1.27.4"];

/// Four downloads of 70 MB on a slow line.
const LIMIT: Duration = Duration::from_mins(10);

#[test]
fn four_real_releases_are_what_the_public_database_says_and_verify_without_a_network() {
    let Some(network) = network_for("toolchains::four_real_releases_..") else {
        return;
    };
    let mut sandbox = network.sandbox();
    let oracle = start_oracle(network, &sandbox);
    let installed = goseal(&sandbox)
        .arg("install")
        .args(VERSIONS)
        .args(["--format", "json"])
        .time_limit(LIMIT)
        .run()
        .expect_code(0);
    let installed = json(&installed);
    let h1s: Vec<&str> = installed["toolchains"]
        .as_array()
        .unwrap()
        .iter()
        .map(|toolchain| toolchain["h1"].as_str().unwrap())
        .collect();
    assert_eq!(h1s.len(), VERSIONS.len());
    for toolchain in installed["toolchains"].as_array().unwrap() {
        assert_eq!(toolchain["evidence"], serde_json::json!(["sumdb"]));
    }
    if let Some(oracle) = oracle {
        let said = oracle.wait().expect_code(0);
        assert_eq!(said.stdout.lines().collect::<Vec<_>>(), h1s);
    }
    on_record(&sandbox, &h1s);

    cut_the_cable(&mut sandbox);
    let verified = goseal(&sandbox)
        .args(["verify", "--all", "--format", "json"])
        .time_limit(LIMIT)
        .run()
        .expect_code(0);
    let verified = json(&verified);
    let verified = verified["toolchains"].as_array().unwrap();
    assert_eq!(verified.len(), VERSIONS.len());
    for toolchain in verified {
        let (good, proof) = (&toolchain["good"], &toolchain["proof"]);
        assert_eq!((good, proof), (&Value::Bool(true), &Value::Bool(true)));
    }
    assert_log_is_intact(&sandbox);
}

fn on_record(sandbox: &Sandbox, h1s: &[&str]) {
    let ids = VERSIONS.map(|version| release(version).to_string());
    let records = records_of(sandbox, "installed");
    let seen: Vec<_> = records
        .iter()
        .map(|record| (&record["release"], &record["h1"]))
        .collect();
    let ids_as_json = ids.clone().map(Value::from);
    let h1s: Vec<_> = h1s.iter().map(|h1| Value::from(*h1)).collect();
    assert_eq!(seen, ids_as_json.iter().zip(&h1s).collect::<Vec<_>>());
    assert_eq!(names_in(&sandbox.goseal_home().join("toolchains")), ids);
    assert!(names_in(&sandbox.goseal_home().join("staging")).is_empty());
}

/// golang.org/x/mod's own client, at work while the releases come in. It is built by the Go on
/// PATH; a machine without one has nobody else to ask.
fn start_oracle(network: &Network, sandbox: &Sandbox) -> Option<Running> {
    let (Some(folder), Some(_)) = (&network.go_folder, network.first_proxy()) else {
        skipped(
            "toolchains: comparison with golang.org/x/mod",
            "it needs a Go on PATH and a module proxy",
        );
        return None;
    };
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracle");
    for name in ["go.mod", "go.sum", "main.go"] {
        sandbox.file(
            &format!("oracle/{name}"),
            std::fs::read(source.join(name)).unwrap(),
        );
    }
    // Building net/http takes half a minute; what was built stays in the target folder.
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("gocache");
    let versions = VERSIONS.map(|version| release(version).module_version());
    let oracle = sandbox
        .command(folder.join("go"))
        .args(["run", ".", "h1"])
        .args(versions)
        .env("PATH", &network.path)
        .env("GOCACHE", cache)
        .env("GOTOOLCHAIN", "auto")
        .env("CGO_ENABLED", "0")
        .cwd(sandbox.root().join("oracle"))
        .time_limit(LIMIT);
    Some(oracle.start())
}
