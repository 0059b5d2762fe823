//! Real releases before 1.21 and pre-releases: they install, verify and run.

use std::time::Duration;

use super::network::network_for;
use super::{assert_log_is_intact, goseal, release};

/// The oldest, the last that needs GOROOT set, and a pre-release of either age.
const VERSIONS: [&str; 4] = ["1.13.15", "1.20.14", "1.18beta1", "1.26rc1"];

/// A first run compiles what it prints with.
const LIMIT: Duration = Duration::from_mins(10);

const MAIN: &str = "package main\n\nimport \"fmt\"\n\nfunc main() { fmt.Println(\"hello\") }\n";

#[test]
fn releases_before_1_21_and_pre_releases_install_verify_and_run() {
    let Some(network) = network_for("old::releases_before_1_21_..") else {
        return;
    };
    let sandbox = network.sandbox();
    let _ = goseal(&sandbox)
        .arg("install")
        .args(VERSIONS)
        .time_limit(LIMIT)
        .run()
        .expect_code(0);
    let _ = goseal(&sandbox)
        .args(["verify", "--all"])
        .time_limit(LIMIT)
        .run()
        .expect_code(0);
    sandbox.file("project/go.mod", "module example.com/old\n\ngo 1.13\n");
    sandbox.file("project/main.go", MAIN);
    for version in VERSIONS {
        sandbox.file("project/.go-version", format!("{version}\n"));
        let tree = sandbox
            .goseal_home()
            .join("toolchains")
            .join(release(version).to_string());
        for go in [sandbox.goseal_home().join("shims/go"), tree.join("bin/go")] {
            // A GOROOT of somebody's own, as old releases have one compiled in.
            let run = |words: &[&str]| {
                let run = sandbox
                    .command(&go)
                    .args(words)
                    .env("GOROOT", "/usr/local/go");
                run.time_limit(LIMIT).run().expect_code(0).stdout
            };
            let said = run(&["version"]);
            assert!(
                said.starts_with(&format!("go version go{version} ")),
                "{said}"
            );
            assert_eq!(run(&["env", "GOROOT"]).trim_end(), tree.to_str().unwrap());
            assert_eq!(run(&["run", "."]), "hello\n", "{version}");
        }
    }
    assert_log_is_intact(&sandbox);
}
