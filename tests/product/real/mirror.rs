//! A mirror made from the real proxy carries a real release to machines without a network: by
//! goseal in every form of it, and by plain Go.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
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

/// What a machine with the network makes: the mirror, its documents, and the forms of it.
struct Made {
    _online: Sandbox,
    folder: PathBuf,
    h1: Value,
    record: Value,
    forms: Vec<String>,
}

fn make(network: &Network) -> Made {
    let online = network.sandbox();
    let folder = online.root().join("mirror");
    let shown = folder.display().to_string();
    let packed = online.root().join("go.bundle").display().to_string();
    let run = |words: &[&str]| {
        let outcome = goseal(&online).args(words).time_limit(LIMIT).run();
        json(&outcome.expect_code(0))
    };
    let versions = ["--versions", VERSION, "--format", "json"];
    let synced = run(&[&["mirror", "sync", &shown][..], &versions].concat());
    let first = &synced["releases"][0];
    let bundle = ["bundle", "create", "--from", &shown, "-o", &packed];
    let made = run(&[&bundle[..], &versions].concat());
    assert_eq!(made["releases"][0]["h1"], first["h1"]);
    let checked = run(&["mirror", "check", "--format", "json", &shown]);
    assert_eq!(checked["findings"], Value::Array(Vec::new()));
    Made {
        h1: first["h1"].clone(),
        record: first["record"].clone(),
        forms: vec![shown.clone(), format!("file://{shown}"), packed],
        folder,
        _online: online,
    }
}

#[test]
fn a_mirror_of_the_real_proxy_installs_the_same_toolchain_in_every_form_and_by_plain_go() {
    let test = "mirror::a_mirror_of_the_real_proxy_..";
    let Some(network) = network_for(test) else {
        return;
    };
    let mut made = make(network);
    let website = Website::serve(&made.folder);
    match &website {
        Some(website) => made.forms.push(website.url.clone()),
        None => skipped(test, "the website: there is no python3"),
    }
    for from in &made.forms {
        let toolchain = install(network, from);
        assert_eq!(toolchain["h1"], made.h1, "{from}");
        assert_eq!(
            toolchain["evidence"],
            serde_json::json!(["sumdb"]),
            "{from}"
        );
        assert_eq!(toolchain["sumdb"]["record"], made.record, "{from}");
    }
    match (&website, network.go_folder.as_deref()) {
        (Some(website), Some(go)) => {
            assert_eq!(made.h1, by_plain_go(network, go, &website.url));
        }
        _ => skipped(test, "plain Go: there is none on PATH, or no website"),
    }
}
