//! A place to run programs in that knows nothing of the machine around it.
//!
//! Owns: a temporary root with `home/`, `project/`, `goseal/`, `tmp/` and `bin/`, and the whole
//! environment of every program that is started in it. Promises: an empty environment but for the
//! variables named in [`Sandbox::new`]; a program that does not end is killed and fails the test;
//! the root is removed at the end, read-only trees included. Does not do: stopping a program from
//! reading or writing elsewhere by absolute paths.

mod places;
mod run;

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

pub use places::Places;
pub use run::{Outcome, Run, Running};

use crate::clock::{LAB_CLOCK, LAB_TIME};
use crate::world::World;

/// A proxy that is not there: 127.0.0.1 with the discard port, where nothing listens.
pub const DEAD_PROXY: &str = "http://127.0.0.1:9";

/// The place, and the environment of what runs in it.
#[derive(Debug)]
pub struct Sandbox {
    /// Removes the folder when it is dropped.
    _folder: TempDir,
    root: PathBuf,
    vars: BTreeMap<OsString, OsString>,
    redactions: Vec<(String, &'static str)>,
}

impl Sandbox {
    /// A new place. GOPROXY is [`DEAD_PROXY`], so nothing can be fetched.
    ///
    /// Set are `HOME`, `USERPROFILE`, `XDG_{CONFIG,DATA,STATE,CACHE}_HOME`, `APPDATA`,
    /// `LOCALAPPDATA`, `TMPDIR`, `GOSEAL_HOME` (all below the root), `PATH` (`bin/` of the root,
    /// empty), `GOPROXY`, `LC_ALL=C`, `TZ=UTC`, `COLUMNS=100`, `NO_COLOR=1` and the lab's clock.
    ///
    /// # Panics
    ///
    /// Where the root cannot be made.
    pub fn new() -> Self {
        Self::new_below(&std::env::temp_dir())
    }

    /// The same with its root in the folder `parent`.
    ///
    /// # Panics
    ///
    /// As [`Sandbox::new`].
    pub fn new_below(parent: &Path) -> Self {
        let folder =
            TempDir::with_prefix_in("goseal-lab-", parent).expect("a temporary folder can be made");
        // macOS has its temporary folders behind a link.
        let root = fs::canonicalize(folder.path()).expect("the new folder is there");
        for name in ["home", "project", "goseal", "tmp", "bin"] {
            fs::create_dir(root.join(name)).expect("a folder can be made in a new folder");
        }
        let home = root.join("home");
        let places = [
            ("HOME", home.clone()),
            ("USERPROFILE", home.clone()),
            ("XDG_CONFIG_HOME", home.join(".config")),
            ("XDG_DATA_HOME", home.join(".local/share")),
            ("XDG_STATE_HOME", home.join(".local/state")),
            ("XDG_CACHE_HOME", home.join(".cache")),
            ("APPDATA", home.join("AppData/Roaming")),
            ("LOCALAPPDATA", home.join("AppData/Local")),
            ("TMPDIR", root.join("tmp")),
            ("GOSEAL_HOME", root.join("goseal")),
            ("PATH", root.join("bin")),
        ];
        let time = LAB_TIME.to_string();
        let words = [
            ("GOPROXY", DEAD_PROXY),
            ("LC_ALL", "C"),
            ("TZ", "UTC"),
            ("COLUMNS", "100"),
            ("NO_COLOR", "1"),
            (LAB_CLOCK, time.as_str()),
        ];
        let places = places.map(|(name, path)| (name.into(), path.into()));
        let words = words.map(|(name, word)| (name.into(), word.into()));
        Self {
            vars: places.into_iter().chain(words).collect(),
            redactions: vec![(root.display().to_string(), "[ROOT]")],
            _folder: folder,
            root,
        }
    }

    /// A new place whose GOPROXY is that of `world`.
    ///
    /// # Panics
    ///
    /// As [`Sandbox::new`].
    pub fn with_world(world: &World) -> Self {
        let mut sandbox = Self::new();
        sandbox.set_var("GOPROXY", world.proxy_url());
        let url = world.url();
        let address = url.trim_start_matches("http://").to_owned();
        sandbox.redactions.push((url, "[WORLD]"));
        sandbox.redactions.push((address, "[WORLD]"));
        sandbox
    }

    /// The root of everything, without links in its path.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// `HOME`.
    pub fn home(&self) -> PathBuf {
        self.root.join("home")
    }

    /// The working directory of every program where nothing else is said.
    pub fn project(&self) -> PathBuf {
        self.root.join("project")
    }

    /// `GOSEAL_HOME`.
    pub fn goseal_home(&self) -> PathBuf {
        self.root.join("goseal")
    }

    /// Sets a variable for every program from now on.
    pub fn set_var(&mut self, name: impl Into<OsString>, value: impl Into<OsString>) {
        self.vars.insert(name.into(), value.into());
    }

    /// Removes a variable for every program from now on.
    pub fn remove_var(&mut self, name: impl AsRef<OsStr>) {
        self.vars.remove(name.as_ref());
    }

    /// Sets PATH to exactly these folders.
    ///
    /// # Panics
    ///
    /// Where a folder's name cannot stand in PATH.
    pub fn set_path(&mut self, folders: &[&Path]) {
        let path = std::env::join_paths(folders).expect("the folder can stand in PATH");
        self.set_var("PATH", path);
    }

    /// Writes a file, `path` being relative to the root; makes the folders above it.
    ///
    /// # Panics
    ///
    /// Where it cannot be written.
    pub fn file(&self, path: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.root.join(path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)
                .unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        }
        fs::write(&path, content).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        path
    }

    /// Reads a file, `path` being relative to the root; bytes that are no UTF-8 are replaced.
    ///
    /// # Panics
    ///
    /// Where it cannot be read.
    pub fn read(&self, path: &str) -> String {
        let path = self.root.join(path);
        let bytes = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Prepares a program that runs here; `program` is its full path.
    pub fn command(&self, program: impl AsRef<Path>) -> Run {
        Run::new(self, program.as_ref())
    }

    /// Remembers everything that lies below the root now.
    pub fn snapshot_of_places(&self) -> Places {
        Places::of(&self.root)
    }

    /// Replaces the root by `[ROOT]` and the world's address by `[WORLD]`.
    pub fn redact(&self, text: &str) -> String {
        redact(&self.redactions, text)
    }
}

impl Default for Sandbox {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        places::make_removable(&self.root);
    }
}

fn redact(redactions: &[(String, &'static str)], text: &str) -> String {
    redactions
        .iter()
        .fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}

/// The program `name` that was built beside the test that runs now (`target/<profile>/<name>`).
///
/// # Panics
///
/// Where it was not built; the message is the command that builds it.
pub fn product_binary(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("a running test has a path");
    let folder = test
        .ancestors()
        .skip(1)
        .find(|folder| folder.file_name() != Some(OsStr::new("deps")))
        .expect("a test lies in a folder");
    let program = folder.join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    assert!(
        program.is_file(),
        "{} is not built; build it with: cargo build{} --workspace --bin {name}",
        program.display(),
        if folder.ends_with("release") {
            " --release"
        } else {
            ""
        },
    );
    program
}
