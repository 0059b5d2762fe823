//! Every place of a home, from its roots.

use std::path::{Path, PathBuf};

use crate::digest::H1;
use crate::release::ReleaseId;

/// The number in `plans/<format>/`; a plan of another format is never read.
pub const PLAN_FORMAT: u32 = 1;

/// Below an installed tree: the folder behind the doors.
pub const BEHIND_DOOR: &str = "pkg/goseal";

/// The published names whose places in an installed tree are taken by doors.
pub const DOORS: [&str; 2] = ["go", "gofmt"];

/// The places of one home: where everything lies, as pure path arithmetic.
///
/// Four roots: `store` (shared: shims, toolchains, seals), `state` (log, keys, heads, locks),
/// `cache` (what can be made again) and `config`. `GOSEAL_HOME` puts all four under one folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    store: PathBuf,
    state: PathBuf,
    cache: PathBuf,
    config: PathBuf,
}

impl Layout {
    /// Everything under one root, as `GOSEAL_HOME` asks.
    pub fn rooted(root: &Path) -> Self {
        Self {
            store: root.to_owned(),
            state: root.to_owned(),
            cache: root.to_owned(),
            config: root.to_owned(),
        }
    }

    /// Each root in its own place, as the platform's conventions or a `home` file have it.
    pub fn new(store: PathBuf, state: PathBuf, cache: PathBuf, config: PathBuf) -> Self {
        Self {
            store,
            state,
            cache,
            config,
        }
    }

    /// The root of shims, toolchains, seals and the locks of releases.
    pub fn store(&self) -> &Path {
        &self.store
    }

    /// The root of log, keys and heads.
    pub fn state(&self) -> &Path {
        &self.state
    }

    /// The root of what can be made again.
    pub fn cache(&self) -> &Path {
        &self.cache
    }

    /// The root of the user's configuration.
    pub fn config(&self) -> &Path {
        &self.config
    }

    /// The one folder on PATH.
    pub fn shims(&self) -> PathBuf {
        self.store.join("shims")
    }

    /// The file beside the shims that names the program and the places.
    pub fn shims_home(&self) -> PathBuf {
        self.shims().join("home")
    }

    /// All installed trees.
    pub fn toolchains(&self) -> PathBuf {
        self.store.join("toolchains")
    }

    /// GOROOT of an installed release.
    pub fn tree(&self, id: &ReleaseId) -> PathBuf {
        self.toolchains().join(id.to_string())
    }

    /// `seals/<id>/`, with `seal`, `manifest` and `proof` in it.
    pub fn seal_folder(&self, id: &ReleaseId) -> PathBuf {
        self.store.join("seals").join(id.to_string())
    }

    /// Folders that nobody but root and the caller may write, or the tree and its seal could be
    /// exchanged as a whole.
    pub fn guarded(&self, id: &ReleaseId) -> [PathBuf; 4] {
        [
            self.toolchains(),
            self.tree(id),
            self.store.join("seals"),
            self.seal_folder(id),
        ]
    }

    /// Where installs are staged. In the store, so that the commit is a rename.
    pub fn staging(&self) -> PathBuf {
        self.store.join("staging")
    }

    /// The lock that is held while a release is installed. In the store: it makes ten installs one.
    pub fn release_lock(&self, id: &ReleaseId) -> PathBuf {
        self.store.join("locks").join(format!("release-{id}"))
    }

    /// The lock around the head of the checksum database.
    pub fn sumdb_lock(&self) -> PathBuf {
        self.state.join("locks").join("sumdb")
    }

    /// Heads and tiles of the checksum database.
    pub fn sumdb(&self) -> PathBuf {
        self.state.join("sumdb")
    }

    /// The greatest serials of signed files that were seen, `<kind>-<key id>`.
    pub fn serials(&self) -> PathBuf {
        self.state.join("serials")
    }

    /// The ledger's folder: `log.jsonl`, `lock`, `segments/`, `blobs/`.
    pub fn audit(&self) -> PathBuf {
        self.state.join("audit")
    }

    /// Keys of this machine and user.
    pub fn keys(&self) -> PathBuf {
        self.state.join("keys")
    }

    /// Launch plans of the current format.
    pub fn plans(&self) -> PathBuf {
        self.cache.join("plans").join(PLAN_FORMAT.to_string())
    }

    /// Go's build cache for one toolchain.
    ///
    /// Named by the SHA-256 inside the h1 in hexadecimal, which every file system can hold.
    pub fn gocache(&self, h1: &H1) -> PathBuf {
        self.cache.join("gocache").join(h1.sha256().to_string())
    }

    /// The copy of the release index that answered last.
    pub fn release_index(&self) -> PathBuf {
        self.cache.join("index")
    }

    /// The user's `config.toml`.
    pub fn user_config(&self) -> PathBuf {
        self.config.join("config.toml")
    }
}

/// The place in an installed tree of a file with that published name, relative to GOROOT.
///
/// `bin/go` and `bin/gofmt` are doors; the published executables lie in [`BEHIND_DOOR`].
pub fn place_in_tree(published: &str) -> String {
    match door_of(published) {
        Some(tool) => format!("{BEHIND_DOOR}/{tool}"),
        None => published.to_owned(),
    }
}

/// The file name of the door that stands in the place of a published name, `go` or `gofmt.exe`.
pub fn door_of(published: &str) -> Option<&str> {
    let tool = published.strip_prefix("bin/")?;
    DOORS
        .contains(&tool.strip_suffix(".exe").unwrap_or(tool))
        .then_some(tool)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn executables_lie_behind_their_doors() {
        assert_eq!(place_in_tree("bin/go"), "pkg/goseal/go");
        assert_eq!(place_in_tree("bin/gofmt.exe"), "pkg/goseal/gofmt.exe");
        assert_eq!(place_in_tree("src/bin/go"), "src/bin/go");
        assert_eq!(place_in_tree("bin/other"), "bin/other");
    }

    #[test]
    fn a_home_under_one_root_keeps_everything_there() {
        let layout = Layout::rooted(Path::new("/h"));
        let id = ReleaseId::parse("go1.22.5.linux-amd64").unwrap();
        for place in [
            layout.tree(&id),
            layout.seal_folder(&id),
            layout.release_lock(&id),
            layout.audit(),
            layout.plans(),
            layout.user_config(),
        ] {
            assert!(place.starts_with("/h"), "{}", place.display());
        }
    }
}
