//! A world of a test's own: a folder that is thrown away, a clock that stands still, no network.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU8, Ordering};

use goseal_core::decide::{Known, decide};
use goseal_core::digest::{H1, Sha256};
use goseal_core::evidence::Evidence;
use goseal_core::layout::Layout;
use goseal_core::plan::{Chosen, ChosenBy, Plan};
use goseal_core::platform::Platform;
use goseal_core::release::ReleaseId;
use goseal_core::version::Version;
use goseal_trust::Roots;
use tempfile::TempDir;

use crate::world::{Environment, Machine, Product, User, World};

/// What the clock shows.
const NOW: u64 = 1_800_000_000;

/// The world and the folder that it lies in.
pub(crate) struct Scene {
    folder: TempDir,
    pub(crate) world: World,
}

impl Scene {
    /// `home/` is GOSEAL_HOME, `project/` the working directory, `bin/` holds program and shim.
    pub(crate) fn new() -> Self {
        let folder = TempDir::with_prefix("goseal-ops-").unwrap();
        let root = fs::canonicalize(folder.path()).unwrap();
        for name in ["home", "project", "bin"] {
            fs::create_dir(root.join(name)).unwrap();
        }
        fs::write(root.join("bin/goseal-shim"), "the shim").unwrap();
        let world = World {
            product: Product {
                name: "goseal/1.2.3".to_owned(),
                roots: Roots::go(),
                policy_path: root.join("policy.toml"),
                archive_base: "http://127.0.0.1:9/dl/".to_owned(),
                pace: goseal_fetch::Pace::default(),
                limits: goseal_fetch::Limits::default(),
            },
            environment: Environment::default(),
            cwd: root.join("project"),
            user: User {
                uid: owner_of(&root),
                name: "someone".to_owned(),
                home: Some(root.join("user")),
                host: "host".to_owned(),
            },
            layout: Layout::rooted(&root.join("home")),
            program: root.join("bin/goseal"),
            machine: Box::new(Still::at(NOW)),
        };
        Self { folder, world }
    }

    /// The folder.
    pub(crate) fn root(&self) -> PathBuf {
        fs::canonicalize(self.folder.path()).unwrap()
    }

    /// Writes a file, `path` being relative to the root.
    pub(crate) fn file(&self, path: &str, text: &str) -> PathBuf {
        let path = self.root().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    /// The variables of the process, and no others.
    pub(crate) fn set(&mut self, variables: &[(&str, &str)]) {
        let own = |(name, value): &(&str, &str)| (OsString::from(name), OsString::from(value));
        self.world.environment = Environment::new(variables.iter().map(own).collect());
    }

    /// Sets the clock.
    pub(crate) fn at(&mut self, seconds: u64) {
        self.world.machine = Box::new(Still::at(seconds));
    }

    /// The text of the whole log.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.world.layout.audit().join("log.jsonl")).unwrap_or_default()
    }
}

/// The owner of what a test makes is who runs it.
fn owner_of(made: &Path) -> u32 {
    std::os::unix::fs::MetadataExt::uid(&fs::metadata(made).unwrap())
}

/// A release for the platform of this build.
pub(crate) fn release(version: &str) -> ReleaseId {
    ReleaseId {
        version: Version::parse(version).unwrap(),
        platform: Platform::of_this_build().unwrap(),
    }
}

/// An identity that no release has.
pub(crate) fn h1(byte: u8) -> H1 {
    H1::from_sha256(Sha256::from_bytes([byte; 32]))
}

/// The plan of a release without any project.
pub(crate) fn plan(world: &World, id: ReleaseId) -> Plan {
    let chosen = Chosen {
        by: ChosenBy::Pin,
        file: Some(world.cwd.join(".go-version")),
        line: Some(1),
    };
    decide(&Known {
        build: "1.2.3+0",
        inputs: Sha256::of(b"inputs"),
        release: id,
        chosen,
        root: &world.layout.tree(&id),
        h1: h1(1),
        evidence: &[Evidence::Sumdb],
        unmet: &[],
        joined: true,
        position: None,
        identity: &[],
        deep: None,
        ledger: &world.layout.audit(),
        gocache: &world.layout.gocache(&h1(1)),
        project: None,
        project_file: None,
        policy: None,
        user: None,
        goenv: None,
        not_after: None,
    })
    .unwrap()
}

/// A clock that stands still, and chance that counts.
struct Still {
    seconds: u64,
    chance: AtomicU8,
}

impl Still {
    const fn at(seconds: u64) -> Self {
        Self {
            seconds,
            chance: AtomicU8::new(0),
        }
    }
}

impl Machine for Still {
    fn now(&self) -> (u64, u32) {
        (self.seconds, 0)
    }

    fn since_boot_ns(&self) -> u64 {
        7
    }

    fn random(&self, bytes: &mut [u8]) {
        bytes.fill(self.chance.fetch_add(1, Ordering::Relaxed));
    }
}
