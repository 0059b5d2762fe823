//! The machine's own Go against what was published, and a real proof on a machine without goseal.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use super::network::{Network, cut_the_cable, network_for, skipped};
use super::toolchains::oracle_program;
use super::{goseal, json, records_of, release, say};

const VERSION: &str = "1.22.5";
const LIMIT: Duration = Duration::from_mins(5);

/// GOROOT of the Go on PATH and what its `go version` says.
fn own_go(network: &Network) -> Option<(String, String)> {
    let go = network.go_folder.as_deref()?.join("go");
    let ask = |words: &[&str]| {
        let mut command = Command::new(&go);
        let asked = command.args(words).env("GOTOOLCHAIN", "local");
        let output = asked.current_dir("/").output().ok()?;
        Some(String::from_utf8(output.stdout).ok()?.trim().to_owned())
    };
    Some((ask(&["env", "GOROOT"])?, ask(&["env", "GOVERSION"])?))
}

#[test]
fn the_machines_own_go_is_as_published_or_every_difference_is_named() {
    const TEST: &str = "verifying::the_machines_own_go_..";
    let Some(network) = network_for(TEST) else {
        return;
    };
    let Some((root, version)) = own_go(network) else {
        return skipped(TEST, "there is no Go on PATH");
    };
    let sandbox = network.sandbox();
    let words = ["verify", "--format", "json", "--tree", &root];
    let outcome = goseal(&sandbox).args(words).time_limit(LIMIT).run();
    if outcome.code == Some(2) || outcome.stderr.contains("has no record of") {
        return skipped(TEST, "the Go on PATH is no release");
    }
    let document = json(&outcome);
    let tree = &document["trees"][0];
    assert_eq!(format!("go{}", tree["version"].as_str().unwrap()), version);
    let good = tree["good"].as_bool().unwrap();
    assert_eq!(
        outcome.code,
        Some(if good { 0 } else { 5 }),
        "{}",
        outcome.snapshot()
    );
    if !good {
        let found = &tree["differences"];
        let named: usize = ["changed", "missing", "extra"]
            .map(|kind| found[kind].as_array().map_or(0, Vec::len))
            .iter()
            .sum();
        let faults = tree["faults"].as_array().unwrap().len();
        assert!(named + faults > 0, "{}", outcome.snapshot());
        say(&format!("real: {root} differs: {}", found["changed"]));
    }
    assert_eq!(records_of(&sandbox, "verified").len(), 1);
}

#[test]
fn a_real_proof_is_checked_by_golang_org_x_mod_alone() {
    const TEST: &str = "verifying::a_real_proof_..";
    let Some(network) = network_for(TEST) else {
        return;
    };
    let mut sandbox = network.sandbox();
    let run = goseal(&sandbox).args(["install", VERSION]);
    let _ = run.time_limit(LIMIT).run().expect_code(0);
    let file = sandbox.root().join("go.proof");
    let exported = goseal(&sandbox).args(["verify", "--export"]).arg(&file);
    let _ = exported.arg(VERSION).run().expect_code(0);
    // Every head that this machine saw, the database's newest among them, is one history.
    let heads = goseal(&sandbox).args(["verify", "--heads", "--format", "json"]);
    let heads = json(&heads.run().expect_code(0));
    assert_eq!(
        (&heads["good"], &heads["joined"]),
        (&true.into(), &true.into())
    );

    let go = network.go_folder.as_deref().map(Path::to_owned);
    let go = go.unwrap_or_else(|| sandbox.goseal_home().join("shims"));
    sandbox.file("oracle/.go-version", "1.26.10\n");
    let oracle = |file: &Path| {
        let run = oracle_program(network, &sandbox, &go).args(["proof", "-"]);
        run.arg(file).run()
    };
    let said = oracle(&file).expect_code(0);
    let h1 = goseal(&sandbox).args(["verify", "--format", "json", "--proof"]);
    let h1 = json(&h1.arg(&file).run().expect_code(0))["proof"]["h1"].clone();
    let module = release(VERSION).module_version();
    let expected = format!("golang.org/toolchain {module} {}\n", h1.as_str().unwrap());
    assert!(said.stdout.starts_with(&expected), "{}", said.snapshot());

    let text = std::fs::read_to_string(&file).unwrap();
    let bent = text.replace("h1:L", "h1:M");
    assert_ne!(bent, text);
    let bent = sandbox.file("bent.proof", bent);
    assert_ne!(oracle(&bent).code, Some(0));

    cut_the_cable(&mut sandbox);
    let _ = goseal(&sandbox)
        .args(["verify", "--proof"])
        .arg(&file)
        .run()
        .expect_code(0);
    let _ = goseal(&sandbox)
        .args(["verify", "--proof"])
        .arg(&bent)
        .run()
        .expect_code(5);
    let offline = goseal(&sandbox).args(["verify", "--heads", "--offline"]);
    let _ = offline.run().expect_code(0);
}

#[test]
fn the_page_about_proofs_shows_the_lines_that_are_tested() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |path: &str| std::fs::read_to_string(root.join(path)).unwrap();
    let source = read("tests/oracle/proof.go");
    let (_, function) = source.split_once("func checkProof(").unwrap();
    let body: Vec<&str> = function
        .lines()
        .skip(1)
        .take_while(|line| *line != "}")
        .collect();
    assert!((10..=12).contains(&body.len()), "{body:#?}");
    let page = read("docs/proofs.md");
    let shown = page
        .split("```go\n")
        .nth(1)
        .unwrap()
        .split("```")
        .next()
        .unwrap();
    let shown: Vec<&str> = shown.lines().map(str::trim).collect();
    let body: Vec<&str> = body.into_iter().map(str::trim).collect();
    assert_eq!(shown, body);
}
