//! A home with one installed release, whose go is a script, and a project that pins it.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use goseal_core::decide::{Known, decide};
use goseal_core::digest::{H1, Sha256};
use goseal_core::evidence::Evidence;
use goseal_core::home::{Home, State};
use goseal_core::layout::Layout;
use goseal_core::manifest::EntryName;
use goseal_core::plan::{Chosen, ChosenBy, Identity, Plan};
use goseal_core::platform::Platform;
use goseal_core::policy::UserConfig;
use goseal_core::release::ReleaseId;
use goseal_core::version::Version;
use goseal_ledger::record::{Draft, Event, Genesis, Owner, RunId, User, Wall};
use goseal_ledger::{Ledger, machine_digest};

pub(crate) const BUILD: &str = "0.1.0+test";

pub(crate) struct World {
    _temp: tempfile::TempDir,
    /// Everything of goseal: store, state, cache, configuration.
    pub(crate) root: PathBuf,
    pub(crate) layout: Layout,
    pub(crate) release: ReleaseId,
    /// A folder with a pin.
    pub(crate) project: PathBuf,
    /// A folder without one.
    pub(crate) elsewhere: PathBuf,
    pub(crate) uid: u32,
}

impl World {
    /// With a chain that has begun and a program that writes plans.
    pub(crate) fn new() -> Self {
        let world = Self::without_chain();
        world.begin_chain();
        world
    }

    pub(crate) fn without_chain() -> Self {
        let temp = tempfile::tempdir().unwrap();
        let top = fs::canonicalize(temp.path()).unwrap();
        let root = top.join("home");
        let world = Self {
            uid: fs::metadata(&top).unwrap().uid(),
            layout: Layout::rooted(&root),
            release: ReleaseId {
                version: Version::parse("1.22.5").unwrap(),
                platform: Platform::of_this_build().unwrap(),
            },
            project: top.join("project"),
            elsewhere: top.join("elsewhere"),
            _temp: temp,
            root,
        };
        for folder in [&world.root, &world.project, &world.elsewhere] {
            fs::create_dir(folder).unwrap();
        }
        fs::write(world.project.join(".go-version"), "1.22.5\n").unwrap();
        world.install_shims();
        world.install_release();
        world.write_program();
        world.write_plan(|_| {});
        world.body("exit 0");
        world
    }

    fn home(&self) -> Home {
        Home {
            build: BUILD.to_owned(),
            program: self.root.join("goseal"),
            store: self.root.clone(),
            state: State::Own {
                uid: self.uid,
                state: self.root.clone(),
                cache: self.root.clone(),
                config: self.root.clone(),
            },
        }
    }

    pub(crate) fn tree(&self) -> PathBuf {
        self.layout.tree(&self.release)
    }

    fn install_shims(&self) {
        let shims = self.layout.shims();
        fs::create_dir(&shims).unwrap();
        for name in ["go", "gofmt"] {
            fs::copy(env!("CARGO_BIN_EXE_goseal-shim"), shims.join(name)).unwrap();
        }
        fs::write(self.layout.shims_home(), self.home().format()).unwrap();
    }

    fn install_release(&self) {
        let tree = self.tree();
        let behind = tree.join("pkg/goseal");
        fs::create_dir_all(&behind).unwrap();
        fs::create_dir(tree.join("bin")).unwrap();
        fs::copy(env!("CARGO_BIN_EXE_goseal-shim"), tree.join("bin/go")).unwrap();
        fs::write(behind.join("home"), self.home().format()).unwrap();
        let root = self.root.display();
        for name in ["go", "gofmt"] {
            let script = format!(
                "#!/bin/sh\n\
                 env >'{root}/seen.env'\n\
                 printf '%s\\n' \"$@\" >'{root}/seen.argv'\n\
                 . '{root}/body'\n"
            );
            write_executable(&behind.join(name), &script);
        }
    }

    /// What the release's go does when it runs.
    pub(crate) fn body(&self, script: &str) {
        fs::write(self.root.join("body"), script).unwrap();
    }

    /// The program: notes what it is asked; refuses where `refuse` holds an exit code; else gives
    /// the prepared plan the digest that is asked for, and brings the chain that lies prepared.
    fn write_program(&self) {
        let root = self.root.display();
        let script = format!(
            "#!/bin/sh\n\
             cd '{root}'\n\
             echo \"$@\" >>asked\n\
             if [ -f refuse ]; then echo 'goseal: refused by the program' >&2; exit $(cat refuse); fi\n\
             if [ \"$2\" = --chain ]; then mv prepared/* . ; exit 0; fi\n\
             while [ $# -gt 0 ]; do [ \"$1\" = --digest ] && digest=$2; shift; done\n\
             mkdir -p plans/1\n\
             sed \"s/^inputs .*/inputs $digest/\" plan >plans/1/$digest\n"
        );
        write_executable(&self.root.join("goseal"), &script);
    }

    /// Prepares the plan that the program writes, after a change of it.
    pub(crate) fn write_plan(&self, change: impl FnOnce(&mut Plan)) {
        let tree = self.tree();
        let identity: Vec<Identity> = ["go", "gofmt"]
            .map(|name| {
                let path = tree.join("pkg/goseal").join(name);
                Identity {
                    name: EntryName::parse(&format!("bin/{name}")).unwrap(),
                    stamp: goseal_inputs::stamp(&path).unwrap(),
                    sha256: Sha256::of(name.as_bytes()),
                    path,
                }
            })
            .into();
        let mut plan = decide(&Known {
            build: BUILD,
            inputs: Sha256::of(b"another"),
            release: self.release,
            chosen: Chosen {
                by: ChosenBy::Pin,
                file: Some(self.project.join(".go-version")),
                line: Some(1),
            },
            root: &tree,
            h1: H1::from_sha256(Sha256::of(b"h1")),
            evidence: &[Evidence::Sumdb],
            unmet: &[],
            joined: true,
            position: None,
            identity: &identity,
            deep: None,
            ledger: &self.layout.audit(),
            gocache: &self.root.join("gocache/x"),
            project: None,
            project_file: None,
            policy: None,
            user: Some(&UserConfig::default()),
            goenv: None,
            not_after: None,
        })
        .unwrap();
        change(&mut plan);
        fs::write(self.root.join("plan"), plan.format()).unwrap();
    }

    pub(crate) fn begin_chain(&self) {
        self.make_keys();
        let machine = machine_digest(&goseal_inputs::machine_id(&self.layout).unwrap());
        let owner = Owner {
            machine,
            uid: self.uid,
        };
        let genesis = Genesis {
            chain: [7; 16],
            machine,
            user: User {
                uid: self.uid,
                name: None,
            },
            predecessor: None,
            key: None,
            goseal: BUILD.to_owned(),
        };
        let draft = Draft {
            run: RunId::NONE,
            nonce: [1; 16],
            time: Wall::new(1, 0),
            boot_ns: 0,
            boot_id: None,
            event: Event::Genesis(genesis),
        };
        fs::create_dir_all(self.layout.audit()).unwrap();
        Ledger::at(&self.layout.audit(), owner)
            .begin(&draft, Duration::from_secs(5), &mut |_| {})
            .unwrap();
    }

    fn make_keys(&self) {
        fs::create_dir_all(self.layout.keys()).unwrap();
        fs::write(goseal_inputs::redaction_key_path(&self.layout), [3; 32]).unwrap();
        fs::write(goseal_inputs::machine_key_path(&self.layout), [4; 16]).unwrap();
    }

    /// Moves keys and chain to where the program brings them from when it is asked.
    pub(crate) fn prepare_chain(&self) {
        self.begin_chain();
        let prepared = self.root.join("prepared");
        fs::create_dir(&prepared).unwrap();
        for name in ["keys", "audit"] {
            fs::rename(self.root.join(name), prepared.join(name)).unwrap();
        }
    }

    /// `go` in the project, in an environment of its own.
    pub(crate) fn go(&self) -> Command {
        self.command(&self.layout.shims().join("go"))
    }

    /// `go` through the door, in a folder without a pin.
    pub(crate) fn door(&self) -> Command {
        let mut command = self.command(&self.tree().join("bin/go"));
        command.current_dir(&self.elsewhere);
        command
    }

    pub(crate) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(&self.project)
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("HOME", &self.root);
        command
    }

    /// Whether the release's go has run since the last time that was asked.
    pub(crate) fn ran(&self) -> bool {
        fs::remove_file(self.root.join("seen.env")).is_ok()
    }

    /// What the child saw of a variable; `None` where it was not set.
    pub(crate) fn seen(&self, name: &str) -> Option<String> {
        let text = fs::read_to_string(self.root.join("seen.env")).unwrap();
        let values: Vec<&str> = text
            .lines()
            .filter_map(|line| line.strip_prefix(name)?.strip_prefix('='))
            .collect();
        assert!(values.len() <= 1, "{name} is set twice");
        values.first().map(|value| (*value).to_owned())
    }

    /// The questions that the program was asked, one a line.
    pub(crate) fn asked(&self) -> Vec<String> {
        let text = fs::read_to_string(self.root.join("asked")).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    /// The program refuses with this code from now on.
    pub(crate) fn refuse(&self, code: i32) {
        fs::write(self.root.join("refuse"), code.to_string()).unwrap();
    }

    /// The records in order, trimmed, without the genesis.
    pub(crate) fn records(&self) -> Vec<String> {
        let log = fs::read_to_string(self.layout.audit().join("log.jsonl")).unwrap();
        log.lines()
            .map(|line| line.trim_end().to_owned())
            .filter(|line| !line.is_empty() && !line.contains(r#""type":"genesis""#))
            .collect()
    }
}

/// The value of a field of a record that is a string without escapes, or a number.
pub(crate) fn field(record: &str, name: &str) -> String {
    let key = format!("\"{name}\":");
    let Some((_, rest)) = record.split_once(&key) else {
        panic!("no {name} in {record}");
    };
    match rest.strip_prefix('"') {
        Some(text) => text.split('"').next().unwrap().to_owned(),
        None => rest.split([',', '}']).next().unwrap().to_owned(),
    }
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Written under another name and renamed: a file that is still open for writing in a process
/// that forks at that moment cannot be executed (ETXTBSY).
pub(crate) fn write_executable(path: &Path, text: &str) {
    let other = path.with_extension("new");
    fs::write(&other, text).unwrap();
    fs::set_permissions(&other, fs::Permissions::from_mode(0o755)).unwrap();
    fs::rename(&other, path).unwrap();
}

/// A test that cannot run, in the one form that `.ci/run` repeats; past the harness, which keeps
/// what a passing test prints to itself.
pub(crate) fn skipped(test: &str, why: &str) {
    // A stderr that is gone has nobody to read it.
    let _ = writeln!(std::io::stderr(), "SKIPPED shims::{test}: {why}");
}
