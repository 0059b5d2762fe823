//! Everything that goes wrong, seen from outside: bytes that lie, a wire that fails, processes that
//! are killed, disks that refuse.
//!
//! Owns the scene that every table here plays in. Each row is one input; the exit code, the words
//! and the record are what a user, a script and an auditor see.

mod changed;
mod crashes;
mod disk;
mod distrust;
mod forks;
mod kills;
mod locks;
mod pins;
mod proxies;
mod table;
mod together;
mod wire;

use std::fs;
use std::path::{Path, PathBuf};

use goseal_lab::sandbox::{Outcome, Places, Run, product_binary};
use goseal_lab::{Release, Sandbox, World};
use serde_json::Value;

/// The release that the project pins.
const VERSION: &str = "1.22.5";

/// Where a failed install may leave something: the log, locks, what is known of the database and of
/// publishers, and the folder of stages, which must be empty.
const TRACES: [&str; 5] = [
    "goseal/audit",
    "goseal/locks",
    "goseal/serials",
    "goseal/sumdb",
    "goseal/staging",
];

/// A world, a place in it, and a project that pins [`VERSION`].
struct Scene {
    world: World,
    sandbox: Sandbox,
}

impl Scene {
    /// One release, honest, in a home that `goseal init` made.
    fn new() -> Self {
        Self::with(World::start([Release::here(VERSION)]))
    }

    fn with(world: World) -> Self {
        let scene = Self::bare_with(world);
        let _ = scene.goseal(&["init", "--no-profile"]).run().expect_code(0);
        scene
    }

    /// One release, honest, and no home yet.
    fn bare() -> Self {
        Self::bare_with(World::start([Release::here(VERSION)]))
    }

    fn bare_with(world: World) -> Self {
        let mut sandbox = Sandbox::with_world(&world);
        sandbox.set_var("GOSEAL_LAB_WIRE", "quick");
        sandbox.file("project/.go-version", format!("{VERSION}\n"));
        Self { world, sandbox }
    }

    /// The same with the release installed.
    fn installed() -> Self {
        let scene = Self::new();
        let _ = scene.install().run().expect_code(0);
        scene
    }

    fn id() -> String {
        Release::here(VERSION).id().to_string()
    }

    fn goseal(&self, args: &[&str]) -> Run {
        let program = product_binary("goseal-lab");
        self.sandbox.command(program).args(args)
    }

    fn install(&self) -> Run {
        self.goseal(&["install"])
    }

    /// `go` as the shell finds it.
    fn go(&self, args: &[&str]) -> Run {
        let shim = self.sandbox.goseal_home().join("shims/go");
        self.sandbox.command(shim).args(args)
    }

    /// A path below GOSEAL_HOME.
    fn home(&self, path: &str) -> PathBuf {
        self.sandbox.goseal_home().join(path)
    }

    fn tree(&self) -> PathBuf {
        self.home("toolchains").join(Self::id())
    }

    /// Every record, oldest first.
    fn log(&self) -> Vec<Value> {
        let shown = self
            .goseal(&["audit", "show", "--last", "100000", "--format", "json"])
            .run()
            .expect_code(0);
        let document: Value = serde_json::from_str(&shown.stdout).expect("audit show writes JSON");
        document["records"]
            .as_array()
            .expect("there are records")
            .clone()
    }

    /// The records of these types, oldest first.
    fn records(&self, kinds: &[&str]) -> Vec<Value> {
        let mut log = self.log();
        log.retain(|record| kinds.iter().any(|kind| record["type"] == **kind));
        log
    }

    /// The verdict of `audit verify`, whose exit code must be 0.
    fn verdict(&self) -> Value {
        let verified = self
            .goseal(&["audit", "verify", "--format", "json"])
            .run()
            .expect_code(0);
        serde_json::from_str(&verified.stdout).expect("audit verify writes JSON")
    }

    /// Asserts that nothing is installed, staged or left since `before`.
    fn assert_nothing_but_traces(&self, before: &Places) {
        before.assert_unchanged_except(&TRACES);
        self.assert_nothing_staged();
    }

    fn assert_nothing_staged(&self) {
        let staged = names_in(&self.home("staging"));
        assert!(staged.is_empty(), "left in staging: {staged:?}");
    }

    /// The head that is kept, as its signed note; none before the first.
    fn latest(&self) -> Option<String> {
        fs::read_to_string(self.home("sumdb/latest")).ok()
    }

    /// Asserts that every cached tile is the database's own.
    fn assert_tiles_are_honest(&self) {
        self.world.repent();
        let sumdb = self.home("sumdb");
        for path in files_below(&sumdb.join("tile")) {
            let name = path.strip_prefix(&sumdb).unwrap().display().to_string();
            let honest = self.world.sumdb(|sumdb| sumdb.answer(&format!("/{name}")));
            assert!(
                *honest.body == *fs::read(&path).unwrap(),
                "the cached {name} is not the database's"
            );
        }
    }
}

/// What a refused or failed install must look like.
struct Expected<'a> {
    exit: i32,
    /// `refused` or `failed`.
    record: &'a str,
    /// In the message, and in the record's reason.
    words: &'a str,
}

/// Installs, and holds the outcome against what is expected: exit code, words, nothing left, the
/// reason on record, no secret.
fn assert_install_ends(scene: &Scene, row: &str, expected: &Expected<'_>) -> Outcome {
    let before = scene.sandbox.snapshot_of_places();
    let outcome = scene.install().run();
    let snapshot = outcome.snapshot();
    assert_eq!(outcome.code, Some(expected.exit), "{row}\n{snapshot}");
    assert!(
        outcome.stderr.contains(expected.words),
        "{row}: `{}` is not said\n{snapshot}",
        expected.words
    );
    let looks_of_distrust = outcome.stderr.contains("not to be trusted");
    assert_eq!(looks_of_distrust, expected.exit == 5, "{row}\n{snapshot}");
    scene.assert_nothing_but_traces(&before);
    let ends = scene.records(&["installed", "refused", "failed"]);
    let last = ends.last().unwrap_or_else(|| panic!("{row}: no record"));
    assert_eq!(last["type"], expected.record, "{row}\n{snapshot}");
    let reason = last["reason"].to_string();
    assert!(
        scene
            .sandbox
            .redact(&reason)
            .contains(&scene.sandbox.redact(expected.words)),
        "{row}: the record says {reason}"
    );
    outcome
}

fn names_in(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if entry.file_type().unwrap().is_dir() {
                folders.push(path);
            } else {
                files.push(path);
            }
        }
    }
    files
}

/// The bytes with one bit turned over.
fn flipped(mut bytes: Vec<u8>, at: usize) -> Vec<u8> {
    let at = at % bytes.len();
    bytes[at] ^= 1;
    bytes
}
