//! A relay on loopback in front of the real module proxy: what it fetched once is served to every
//! test of this process, and each server of it has faults of its own.

use std::collections::HashMap;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, OnceLock};

use goseal_core::release::ReleaseId;
use goseal_lab::Sandbox;
use goseal_lab::server::{Answer, Server};

use super::network::{Network, network_for, skipped, with_shims_on_path};

type Slot = Arc<OnceLock<Answer>>;

/// Everything that was fetched: path to answer, once for the whole process (three zips, 220 MB).
static FETCHED: OnceLock<Mutex<HashMap<String, Slot>>> = OnceLock::new();

/// Where zips, lookups and tiles lie below a proxy.
pub(super) fn zip_path(id: &ReleaseId) -> String {
    format!("/golang.org/toolchain/@v/{}.zip", id.module_version())
}

/// The path of the record.
pub(super) fn lookup_path(id: &ReleaseId) -> String {
    let version = id.module_version();
    format!("/sumdb/sum.golang.org/lookup/golang.org/toolchain@{version}")
}

/// A relay for one test, or a line that says why `test` is skipped.
pub(super) fn relay_for(test: &str) -> Option<Server> {
    let network = network_for(test)?;
    let Some(base) = network.first_proxy() else {
        skipped(
            test,
            "there is no module proxy on the web to put a relay in front of",
        );
        return None;
    };
    if !has_curl(network) {
        skipped(test, "the relay fetches with curl, and it is not on PATH");
        return None;
    }
    Some(Server::start(move |request| fetched(base, request.path())))
}

fn has_curl(network: &Network) -> bool {
    std::env::split_paths(&network.path).any(|folder| folder.join("curl").is_file())
}

/// A sandbox whose GOPROXY is the relay, in memory where there is enough of it.
pub(super) fn sandbox_behind(relay: &Server) -> Sandbox {
    let mut sandbox = match folder_in_memory() {
        Some(folder) => Sandbox::new_below(folder),
        None => Sandbox::new(),
    };
    sandbox.set_var("GOPROXY", relay.url());
    with_shims_on_path(&mut sandbox);
    sandbox
}

/// What the real proxy answers for `path`, asked at most once.
pub(super) fn fetched(base: &str, path: &str) -> Answer {
    let slots = FETCHED.get_or_init(Mutex::default);
    // The lock is not held while one of them is fetched.
    let slot = Arc::clone(slots.lock().unwrap().entry(path.to_owned()).or_default());
    slot.get_or_init(|| fetch(&format!("{base}{path}"))).clone()
}

/// One GET with curl. The address goes through its standard input: it may hold a password.
fn fetch(url: &str) -> Answer {
    let body = tempfile::NamedTempFile::new().unwrap();
    let mut curl = Command::new("curl")
        .args(["--silent", "--show-error", "--location", "--retry", "3"])
        .args([
            "--max-time",
            "300",
            "--write-out",
            "%{http_code}",
            "--output",
        ])
        .arg(body.path())
        .args(["--config", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut config = curl.stdin.take().unwrap();
    writeln!(config, "url = \"{url}\"").unwrap();
    drop(config);
    let ended = curl.wait_with_output().unwrap();
    let status = String::from_utf8_lossy(&ended.stdout).parse().unwrap_or(0);
    match status {
        200 => Answer::ok(
            "application/octet-stream",
            std::fs::read(body.path()).unwrap(),
        ),
        0 => Answer::status(502),
        other => Answer::status(other),
    }
}

/// What the sandboxes of this process need at once, in KiB: two trees of 250 MB, two build caches.
const MEMORY_KIB: u64 = 3 << 20;

/// A folder of the system's that lies in memory, has room, and lets programs run from it: fifty
/// installs are thousands of file operations each, and a disk's sync between them takes minutes.
fn folder_in_memory() -> Option<&'static Path> {
    static FOLDER: OnceLock<Option<&'static Path>> = OnceLock::new();
    *FOLDER.get_or_init(|| {
        let folder = Path::new("/dev/shm");
        (free_kib(folder)? >= MEMORY_KIB && runs_programs(folder)).then_some(folder)
    })
}

fn free_kib(folder: &Path) -> Option<u64> {
    let asked = Command::new("df").arg("-Pk").arg(folder).output().ok()?;
    let text = String::from_utf8(asked.stdout).ok()?;
    text.lines().nth(1)?.split_whitespace().nth(3)?.parse().ok()
}

fn runs_programs(folder: &Path) -> bool {
    let tried = tempfile::tempdir_in(folder).and_then(|folder| {
        let program = folder.path().join("true");
        std::fs::copy("/bin/true", &program)?;
        Command::new(program).status()
    });
    tried.is_ok_and(|status| status.success())
}
