//! What every test of the good paths begins with: a mock world, a sandbox, the built programs, and
//! the log as it lies on disk, read by other code than the product's own.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};

use goseal_core::platform::Platform;
use goseal_lab::sandbox::{Outcome, Run, product_binary};
use goseal_lab::{Release, Sandbox, World};
use serde_json::Value;

/// The release that most tests pin.
pub(crate) const OLD: &str = "1.22.5";
/// A second one.
pub(crate) const NEW: &str = "1.26.10";

/// A world and a place in it. `PATH` holds the shims and the system's own tools.
pub(crate) struct Stage {
    pub(crate) world: World,
    pub(crate) sandbox: Sandbox,
}

impl Stage {
    /// Serves [`OLD`] and [`NEW`] for this machine; nothing is pinned or installed.
    pub(crate) fn new() -> Self {
        Self::serving([Release::here(OLD), Release::here(NEW)])
    }

    /// Serves these.
    pub(crate) fn serving(releases: impl IntoIterator<Item = Release>) -> Self {
        let world = World::start(releases);
        let sandbox = Self::sandbox_of(&world);
        Self { world, sandbox }
    }

    /// Another place in the same world.
    pub(crate) fn sandbox_of(world: &World) -> Sandbox {
        let mut sandbox = Sandbox::with_world(world);
        sandbox.set_var("GOSEAL_LAB_ARCHIVES", format!("{}/", world.archive_base()));
        let shims = sandbox.goseal_home().join("shims");
        sandbox.set_path(&[&shims, Path::new("/usr/bin"), Path::new("/bin")]);
        sandbox
    }

    /// The same, with the project pinned to [`OLD`].
    pub(crate) fn pinned() -> Self {
        let stage = Self::new();
        stage.pin("project", OLD);
        stage
    }

    /// The same, installed.
    pub(crate) fn installed() -> Self {
        let stage = Self::pinned();
        stage.install(&[]);
        stage
    }

    /// Writes a pin, `folder` being relative to the root.
    pub(crate) fn pin(&self, folder: &str, version: &str) -> PathBuf {
        let path = format!("{folder}/.go-version");
        self.sandbox.file(&path, format!("{version}\n"))
    }

    /// Installs releases, or the one that runs in the project.
    pub(crate) fn install(&self, versions: &[&str]) {
        let words = ["install"].iter().chain(versions);
        let _ = self.goseal(words).run().expect_code(0);
    }

    /// The program under the lab's trust roots, in the project.
    pub(crate) fn goseal(&self, words: impl IntoIterator<Item = impl AsRef<str>>) -> Run {
        let run = self.sandbox.command(product_binary("goseal-lab"));
        with_words(run, words)
    }

    /// The shim, in the project.
    pub(crate) fn go(&self, words: impl IntoIterator<Item = impl AsRef<str>>) -> Run {
        let shim = self.sandbox.goseal_home().join("shims/go");
        with_words(self.sandbox.command(shim), words)
    }

    /// The door of a release, in the project.
    pub(crate) fn door(
        &self,
        version: &str,
        words: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> Run {
        with_words(
            self.sandbox.command(self.tree(version).join("bin/go")),
            words,
        )
    }

    /// A shell that reads `script`, in the project; `$GOSEAL` is the program.
    pub(crate) fn shell(&self, script: &str) -> Run {
        let run = self.sandbox.command("/bin/sh").args(["-c", script]);
        run.env("GOSEAL", product_binary("goseal-lab"))
    }

    /// The tree of a release.
    pub(crate) fn tree(&self, version: &str) -> PathBuf {
        let id = Release::here(version).id().to_string();
        self.sandbox.goseal_home().join("toolchains").join(id)
    }

    /// Every record of the log, oldest first.
    pub(crate) fn records(&self) -> Vec<Value> {
        self.lines()
            .iter()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// The text of every record, without its padding.
    pub(crate) fn lines(&self) -> Vec<String> {
        let audit = self.sandbox.goseal_home().join("audit");
        // The lab's clock and the shim's are days apart, so the log is rotated now and then.
        let closed = fs::read_dir(audit.join("segments")).into_iter().flatten();
        let mut files: Vec<PathBuf> = closed.map(|entry| entry.unwrap().path()).collect();
        files.sort();
        files.push(audit.join("log.jsonl"));
        let text: String = files
            .iter()
            .map(|path| fs::read_to_string(path).unwrap_or_default())
            .collect();
        let lines = text.lines().map(|line| line.trim_end().to_owned());
        lines.filter(|line| !line.is_empty()).collect()
    }

    /// The records of one type.
    pub(crate) fn of_type(&self, kind: &str) -> Vec<Value> {
        let mut records = self.records();
        records.retain(|record| record["type"] == kind);
        records
    }

    /// The newest record of one type.
    pub(crate) fn last(&self, kind: &str) -> Value {
        let found = self.of_type(kind).pop();
        found.unwrap_or_else(|| panic!("no `{kind}` among {:#?}", self.records()))
    }

    /// The settings of a start record, which may lie in a blob of their own.
    pub(crate) fn changes(&self, record: &Value) -> Vec<Value> {
        let field = &record["environment"];
        let whole = match field["sha256"].as_str() {
            None => field.clone(),
            Some(digest) => {
                let blobs = self.sandbox.goseal_home().join("audit/blobs");
                let bytes = fs::read(find(&blobs, digest).expect("the blob lies there")).unwrap();
                serde_json::from_slice(&bytes).unwrap()
            }
        };
        whole.as_array().cloned().unwrap_or_default()
    }

    /// What the world serves below the proxy's address for a path.
    pub(crate) fn get(&self, target: &str) -> Vec<u8> {
        let address = self.world.server().address();
        let mut stream = TcpStream::connect(address).unwrap();
        let head = format!("GET {target} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let end = answer
            .windows(4)
            .position(|four| four == b"\r\n\r\n")
            .unwrap();
        assert!(answer.starts_with(b"HTTP/1.1 200"), "{target}");
        answer.split_off(end + 4)
    }
}

fn with_words(run: Run, words: impl IntoIterator<Item = impl AsRef<str>>) -> Run {
    words
        .into_iter()
        .fold(run, |run, word| run.arg(word.as_ref()))
}

/// The file below `folder` whose name begins with `digest`, or whose path spells it.
fn find(folder: &Path, digest: &str) -> Option<PathBuf> {
    fs::read_dir(folder).ok()?.flatten().find_map(|entry| {
        let path = entry.path();
        if path.is_dir() {
            return find(&path, digest);
        }
        let name = path.file_name()?.to_str()?;
        name.starts_with(digest).then_some(path)
    })
}

/// The platform as versions of modules and as people write it.
pub(crate) fn platform() -> (String, String) {
    let here = Platform::of_this_build().expect("Go is published for this platform");
    (format!("{}-{}", here.os(), here.arch()), here.to_string())
}

/// What a program said, without what differs from machine to machine: digests, the platform,
/// sizes of archives, ids that chance gives.
pub(crate) fn shown(outcome: &Outcome) -> String {
    plain(&outcome.snapshot())
}

/// The same for any text that the sandbox has redacted.
pub(crate) fn plain(text: &str) -> String {
    let (dashed, slashed) = platform();
    let mut plain = String::new();
    for line in text.replace(&slashed, "[OS/ARCH]").lines() {
        // A column is as wide as the platform's name is long.
        let line = match line.split_once(dashed.as_str()) {
            Some((before, after)) if after.starts_with("  ") => {
                format!("{before}[PLATFORM] {}", after.trim_start())
            }
            _ => line.replace(&dashed, "[PLATFORM]"),
        };
        plain.push_str(&digests(&sizes(&line)));
        plain.push('\n');
    }
    plain
}

/// Sizes of archives, which hold the names of the platform, and of trees, which hold the shim.
fn sizes(line: &str) -> String {
    if let Some((before, after)) = line.split_once(" MiB ")
        && let Some((before, _)) = before.rsplit_once(' ')
    {
        return format!("{before} [SIZE] {after}");
    }
    for name in ["\"size\": ", "\"size_on_disk\": ", "size = "] {
        if let Some((before, _)) = line.split_once(name)
            && before.trim().is_empty()
        {
            return format!("{before}{name}[SIZE]");
        }
    }
    match line.split_once("        archive      {") {
        Some(_) => "        archive      [ARCHIVE]".to_owned(),
        None => line.to_owned(),
    }
}

/// Hexadecimal and base64 words of the length of a digest or an id.
fn digests(line: &str) -> String {
    let hex = words(line, "", |word| {
        let hex = word.bytes().all(|b| b.is_ascii_hexdigit());
        match word.len() {
            64 if hex => Some("[SHA256]"),
            32 if hex => Some("[ID]"),
            _ => None,
        }
    });
    words(&hex, "+/=", |word| {
        (word.len() == 44 && word.ends_with('=')).then_some("[BASE64]")
    })
}

/// Puts what `other` says in the place of words, which are letters, digits and `more`.
fn words(line: &str, more: &str, other: impl Fn(&str) -> Option<&'static str>) -> String {
    let counts = |c: char| c.is_ascii_alphanumeric() || more.contains(c);
    let mut plain = String::new();
    let mut rest = line;
    while let Some(start) = rest.find(counts) {
        let (before, from) = rest.split_at(start);
        let end = from.find(|c| !counts(c)).unwrap_or(from.len());
        let (word, after) = from.split_at(end);
        plain.push_str(before);
        plain.push_str(other(word).unwrap_or(word));
        rest = after;
    }
    plain + rest
}
