//! A mirror made from the real proxy carries a real release to machines without a network: by
//! goseal in every form of it, and by plain Go.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use goseal_lab::Sandbox;
use goseal_lab::sandbox::DEAD_PROXY;
use serde_json::Value;

use super::network::{Network, cut_the_cable, network_for, skipped};
use super::{goseal, json, release};

const VERSION: &str = "1.22.5";

/// One download of 70 MB on a slow line.
const LIMIT: Duration = Duration::from_mins(5);

/// The static web server that every machine with Python has; it ends with the test.
struct Website {
    server: Child,
    url: String,
}

impl Website {
    fn serve(folder: &Path) -> Option<Self> {
        let mut server = Command::new("python3")
            .args(["-u", "-m", "http.server", "0", "--bind", "127.0.0.1"])
            .current_dir(folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        // `Serving HTTP on 127.0.0.1 port 40123 (http://127.0.0.1:40123/) ...`
        let mut line = String::new();
        BufReader::new(server.stdout.as_mut()?)
            .read_line(&mut line)
            .ok()?;
        let port = line.split(" port ").nth(1)?.split(' ').next()?;
        let url = format!("http://127.0.0.1:{port}");
        Some(Self { server, url })
    }
}

impl Drop for Website {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// A machine that reaches nothing but this one.
fn machine(network: &Network) -> Sandbox {
    let mut sandbox = network.sandbox();
    cut_the_cable(&mut sandbox);
    sandbox
}

/// Installs from one form of the mirror, on a machine of its own; gives the document.
fn install(network: &Network, from: &str) -> Value {
    let machine = machine(network);
    let run = goseal(&machine)
        .args(["install", VERSION, "--from", from, "--format", "json"])
        .time_limit(LIMIT)
        .run()
        .expect_code(0);
    let toolchain = json(&run)["toolchains"][0].clone();
    let served = toolchain["served_by"].as_str().unwrap();
    let place = from.trim_start_matches("file://");
    assert!(served.starts_with(place), "{served}");
    toolchain
}

/// Plain Go with nothing but the mirror; gives the h1 that it found.
fn by_plain_go(network: &Network, go: &Path, url: &str) -> String {
    let machine = machine(network);
    let gopath = machine.root().join("gopath");
    let run = machine
        .command(go.join("go"))
        .arg("version")
        .env("GOPROXY", url)
        .env("GOTOOLCHAIN", format!("go{VERSION}"))
        .env("GONOSUMDB", "")
        .env("GOFLAGS", "-modcacherw")
        .env("GOPATH", &gopath)
        .env("HTTPS_PROXY", DEAD_PROXY)
        .time_limit(LIMIT)
        .run()
        .expect_code(0);
    let said = format!("go version go{VERSION} ");
    assert!(run.stdout.starts_with(&said), "{}", run.snapshot());
    let name = format!("{}.ziphash", release(VERSION).module_version());
    let downloads = gopath.join("pkg/mod/cache/download/golang.org/toolchain/@v");
    std::fs::read_to_string(downloads.join(name)).unwrap()
}

#[test]
fn a_mirror_of_the_real_proxy_installs_the_same_toolchain_in_every_form_and_by_plain_go() {
    let test = "mirror::a_mirror_of_the_real_proxy_..";
    let Some(network) = network_for(test) else {
        return;
    };
    let online = network.sandbox();
    let (folder, bundle) = (
        online.root().join("mirror"),
        online.root().join("go.bundle"),
    );
    let run = |words: &[&str]| {
        let outcome = goseal(&online).args(words).time_limit(LIMIT).run();
        json(&outcome.expect_code(0))
    };
    let shown = folder.display().to_string();
    let synced = run(&[
        "mirror",
        "sync",
        "--versions",
        VERSION,
        "--format",
        "json",
        &shown,
    ]);
    let h1 = synced["releases"][0]["h1"].as_str().unwrap().to_owned();
    let packed = bundle.display().to_string();
    let made = run(&[
        "bundle",
        "create",
        "--versions",
        VERSION,
        "--from",
        &shown,
        "--format",
        "json",
        "-o",
        &packed,
    ]);
    assert_eq!(made["releases"][0]["h1"], h1);
    let checked = run(&["mirror", "check", "--format", "json", &shown]);
    assert_eq!(checked["findings"], Value::Array(Vec::new()));

    let mut forms = vec![shown.clone(), format!("file://{shown}"), packed];
    let website = Website::serve(&folder);
    match &website {
        Some(website) => forms.push(website.url.clone()),
        None => skipped(test, "the website: there is no python3"),
    }
    for from in &forms {
        let toolchain = install(network, from);
        assert_eq!(toolchain["h1"], h1, "{from}");
        assert_eq!(
            toolchain["evidence"],
            serde_json::json!(["sumdb"]),
            "{from}"
        );
        assert_eq!(
            toolchain["sumdb"]["record"],
            synced["releases"][0]["record"]
        );
    }
    match (&website, network.go_folder.as_deref()) {
        (Some(website), Some(go)) => assert_eq!(by_plain_go(network, go, &website.url), h1),
        _ => skipped(test, "plain Go: there is none on PATH, or no website"),
    }
}
