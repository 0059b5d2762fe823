//! Real releases for platforms that this machine is not: locked here, installed frozen, verified.

use std::path::Path;
use std::time::Duration;

use goseal_lab::Sandbox;
use serde_json::Value;

use super::network::{cut_the_cable, network_for, network_for_long};
use super::{assert_log_is_intact, goseal, json};

const VERSION: &str = "1.26.10";
/// What the proxy carries of it.
const ALL: [&str; 5] = [
    "darwin/amd64",
    "darwin/arm64",
    "linux/amd64",
    "linux/arm64",
    "windows/amd64",
];
/// One that no test machine is likely to be.
const ONE: [&str; 1] = ["windows/amd64"];

/// Downloads of 70 MB on a slow line.
const LIMIT: Duration = Duration::from_mins(15);

#[test]
fn a_real_release_for_another_platform_installs_frozen_and_verifies() {
    let Some(network) = network_for("platforms::a_real_release_for_another_platform_..") else {
        return;
    };
    lock_install_verify(network.sandbox(), &ONE);
}

#[test]
fn long_five_real_platforms_of_one_release_install_frozen_and_verify() {
    let Some(network) = network_for_long("platforms::long_five_real_platforms_..") else {
        return;
    };
    lock_install_verify(network.sandbox(), &ALL);
}

fn lock_install_verify(mut sandbox: Sandbox, platforms: &[&str]) {
    sandbox.file("project/.go-version", format!("{VERSION}\n"));
    let run = |sandbox: &Sandbox, words: &[&str]| {
        let named = platforms
            .iter()
            .flat_map(|platform| ["--platform", platform]);
        let run = goseal(sandbox)
            .args(words)
            .args(named)
            .time_limit(LIMIT)
            .run();
        run.expect_code(0)
    };
    let _ = run(&sandbox, &["lock"]);
    let installed = json(&run(&sandbox, &["install", "--frozen", "--format", "json"]));
    let installed = installed["toolchains"].as_array().unwrap();
    assert_eq!(installed.len(), platforms.len());
    for (one, platform) in installed.iter().zip(platforms) {
        assert_eq!(one["platform"], *platform);
        assert_eq!(one["evidence"], serde_json::json!(["lock", "sumdb"]));
        let tree = one["path"].as_str().map(Path::new).unwrap();
        let here = goseal_core::platform::Platform::of_this_build().unwrap();
        assert_eq!(
            tree.join("pkg/goseal").exists(),
            here.to_string() == *platform
        );
    }
    cut_the_cable(&mut sandbox);
    let verified = json(&run(&sandbox, &["verify", VERSION, "--format", "json"]));
    let verified = verified["toolchains"].as_array().unwrap();
    assert_eq!(verified.len(), platforms.len());
    for one in verified {
        let (good, proof) = (&one["good"], &one["proof"]);
        assert_eq!((good, proof), (&Value::Bool(true), &Value::Bool(true)));
    }
    assert_log_is_intact(&sandbox);
}
