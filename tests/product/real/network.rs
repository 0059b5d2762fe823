//! Whether the network may be used, and how it is reached from a sandbox.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use goseal_lab::Sandbox;
use goseal_lab::sandbox::DEAD_PROXY;

/// The variable that allows it.
const ALLOWED: &str = "GOSEAL_TEST_NETWORK";
/// The variable that allows minutes too.
const LONG: &str = "GOSEAL_TEST_LONG";

/// What says how the network is reached; the product reads the same ones.
const CARRIED: [&str; 8] = [
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "NO_PROXY",
    "https_proxy",
    "http_proxy",
    "no_proxy",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
];

/// The network of this machine.
#[derive(Debug)]
pub(super) struct Network {
    /// GOPROXY as Go's own configuration has it; none on a machine without Go and without GOPROXY.
    pub(super) goproxy: Option<String>,
    /// The folder of the Go on PATH.
    pub(super) go_folder: Option<PathBuf>,
    /// PATH of the machine.
    pub(super) path: OsString,
    carried: Vec<(&'static str, OsString)>,
}

/// The network, or a line that says why `test` is skipped.
pub(super) fn network_for(test: &str) -> Option<&'static Network> {
    static NETWORK: OnceLock<Option<Network>> = OnceLock::new();
    let network = NETWORK.get_or_init(find);
    if network.is_none() {
        skipped(
            test,
            &format!("it needs the network; {ALLOWED}=1 allows it"),
        );
    }
    network.as_ref()
}

/// The same for a test that takes minutes of all processors.
pub(super) fn network_for_long(test: &str) -> Option<&'static Network> {
    let network = network_for(test)?;
    if !is_set(LONG) {
        skipped(test, &format!("it takes minutes; {LONG}=1 allows it"));
        return None;
    }
    Some(network)
}

#[expect(
    clippy::disallowed_methods,
    reason = "what a test may do is said by whoever starts it"
)]
fn is_set(name: &str) -> bool {
    env::var_os(name).is_some_and(|value| value == "1")
}

/// Says that a test, or a part of one, did not run.
pub(super) fn skipped(test: &str, why: &str) {
    goseal_lab::skipped(&format!("real::{test}"), why);
}

#[expect(
    clippy::disallowed_methods,
    reason = "how the network is reached is a fact of the machine"
)]
fn find() -> Option<Network> {
    if env::var_os(ALLOWED).is_none_or(|value| value != "1") {
        return None;
    }
    let path = env::var_os("PATH").unwrap_or_default();
    let go_folder = env::split_paths(&path).find(|folder| folder.join("go").is_file());
    let carried = CARRIED
        .iter()
        .filter_map(|name| Some((*name, env::var_os(name)?)));
    let named = env::var("GOPROXY").ok().filter(|list| !list.is_empty());
    Some(Network {
        goproxy: named.or_else(|| goproxy_of_go(go_folder.as_deref()?)),
        go_folder,
        path,
        carried: carried.collect(),
    })
}

/// What Go says itself, asked where no project is.
fn goproxy_of_go(folder: &Path) -> Option<String> {
    let asked = Command::new(folder.join("go"))
        .args(["env", "GOPROXY"])
        .env("GOTOOLCHAIN", "local")
        .current_dir("/")
        .output()
        .ok()?;
    let list = String::from_utf8(asked.stdout).ok()?.trim().to_owned();
    (asked.status.success() && !list.is_empty()).then_some(list)
}

impl Network {
    /// A sandbox that reaches it, with `sh` and its tools on PATH.
    pub(super) fn sandbox(&self) -> Sandbox {
        let mut sandbox = Sandbox::new();
        match &self.goproxy {
            Some(list) => sandbox.set_var("GOPROXY", list),
            None => sandbox.remove_var("GOPROXY"),
        }
        for (name, value) in &self.carried {
            sandbox.set_var(name, value);
        }
        with_shims_on_path(&mut sandbox);
        sandbox
    }

    /// The first proxy of the list, without a slash at its end; none where that is none on the web.
    pub(super) fn first_proxy(&self) -> Option<&str> {
        let first = self.goproxy.as_deref()?.split([',', '|']).next()?.trim();
        let web = first.starts_with("https://") || first.starts_with("http://");
        web.then(|| first.trim_end_matches('/'))
    }
}

/// As in a user's shell: the shims first, then the system's tools.
pub(super) fn with_shims_on_path(sandbox: &mut Sandbox) {
    let shims = sandbox.goseal_home().join("shims");
    let bin = sandbox.root().join("bin");
    sandbox.set_path(&[&shims, &bin, "/usr/bin".as_ref(), "/bin".as_ref()]);
}

/// From now on nothing can be fetched, neither through a module proxy nor directly.
pub(super) fn cut_the_cable(sandbox: &mut Sandbox) {
    for name in ["GOPROXY", "HTTPS_PROXY", "HTTP_PROXY"] {
        sandbox.set_var(name, DEAD_PROXY);
    }
    for name in ["NO_PROXY", "no_proxy", "https_proxy", "http_proxy"] {
        sandbox.remove_var(name);
    }
}
