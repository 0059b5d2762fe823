//! Four real releases, straight from the real proxy.

use std::path::Path;
use std::time::Duration;

use goseal_lab::Sandbox;
use goseal_lab::sandbox::{Outcome, Run, Running};
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
    // The Go on PATH builds the oracle while the releases come in.
    let go = network.go_folder.as_deref();
    let modules = VERSIONS.map(|version| release(version).module_version());
    let asked = go.map(|go| oracle(network, &sandbox, go, &modules).start());
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
    if network.first_proxy().is_some() {
        let said = asked.map_or_else(
            || oracle_by_the_shim(network, &sandbox, &modules),
            Running::wait,
        );
        let said = said.expect_code(0);
        assert_eq!(said.stdout.lines().collect::<Vec<_>>(), h1s);
    } else {
        skipped(
            "toolchains: comparison with golang.org/x/mod",
            "the oracle asks through a module proxy on the web, and there is none",
        );
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

/// Where there is no Go on PATH, one of the releases that were just installed builds the oracle.
pub(super) fn oracle_by_the_shim(
    network: &Network,
    sandbox: &Sandbox,
    modules: &[String],
) -> Outcome {
    let shims = sandbox.goseal_home().join("shims");
    sandbox.file("oracle/.go-version", "1.26.10\n");
    oracle(network, sandbox, &shims, modules).run()
}

/// golang.org/x/mod's own client, built and run by the Go in the folder `go`: the h1 of versions of
/// the toolchain's module, a line each.
pub(super) fn oracle(network: &Network, sandbox: &Sandbox, go: &Path, modules: &[String]) -> Run {
    oracle_program(network, sandbox, go).arg("h1").args(modules)
}

/// The same without its arguments.
pub(super) fn oracle_program(network: &Network, sandbox: &Sandbox, go: &Path) -> Run {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracle");
    for name in ["go.mod", "go.sum", "main.go", "proof.go"] {
        sandbox.file(
            &format!("oracle/{name}"),
            std::fs::read(source.join(name)).unwrap(),
        );
    }
    // Building net/http takes half a minute; what was built stays in the target folder.
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("gocache");
    let rest = std::env::split_paths(&network.path);
    let path = std::env::join_paths([go.to_owned()].into_iter().chain(rest)).unwrap();
    sandbox
        .command(go.join("go"))
        .args(["run", "."])
        .env("PATH", path)
        .env("GOCACHE", cache)
        .env("GOTOOLCHAIN", "auto")
        .env("CGO_ENABLED", "0")
        .cwd(sandbox.root().join("oracle"))
        .time_limit(LIMIT)
}
