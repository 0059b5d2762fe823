//! Whose store and state it is: a store that root installed and others use, a home that cannot be
//! written, folders that others may write. Needs root and a mount namespace of its own; SKIPPED
//! elsewhere.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::Command;

use goseal_lab::sandbox::Run;
use serde_json::Value;

use crate::stage::{OLD, Stage};

/// A user who is nobody on this machine.
const UID: u32 = 1000;

/// Whether a test may change users and see an `/etc` of its own.
fn can_change_users() -> bool {
    let root = fs::metadata("/proc/self").is_ok_and(|about| about.uid() == 0);
    let mut unshare = Command::new("/usr/bin/unshare");
    let script = "mount --bind /tmp /mnt && setpriv --reuid=1000 --regid=1000 --clear-groups true";
    unshare.args([
        "--mount",
        "--propagation",
        "private",
        "/bin/sh",
        "-ec",
        script,
    ]);
    let can = root && unshare.output().is_ok_and(|output| output.status.success());
    if !can {
        eprintln!("SKIPPED owners: this user cannot change users and mount");
    }
    can
}

/// A store that root installed, and a user of another uid with a home of its own.
struct Image {
    stage: Stage,
    home: PathBuf,
}

impl Image {
    fn new() -> Self {
        let stage = Stage::installed();
        let root = stage.sandbox.root().to_owned();
        fs::set_permissions(&root, fs::Permissions::from_mode(0o755)).unwrap();
        let home = root.join("u");
        fs::create_dir(&home).unwrap();
        chown(&home, Some(UID), Some(UID)).unwrap();
        let passwd = format!(
            "root:x:0:0::/root:/bin/sh\nu:x:{UID}:{UID}::{}:/bin/sh\n",
            home.display()
        );
        let temp = root.join("tmp");
        fs::set_permissions(&temp, fs::Permissions::from_mode(0o1777)).unwrap();
        stage.sandbox.file("etc/passwd", passwd);
        stage
            .sandbox
            .file("etc/machine-id", "0123456789abcdef0123456789abcdef\n");
        Self { stage, home }
    }

    /// The shim as that user, who sees the sandbox's `etc` as `/etc`.
    fn go(&self, words: &[&str]) -> Run {
        let script = "mount --bind \"$0\" /etc && exec setpriv --reuid=1000 --regid=1000 \
                      --clear-groups \"$@\"";
        let shim = self.stage.sandbox.goseal_home().join("shims/go");
        let unshare = self.stage.sandbox.command("/usr/bin/unshare");
        unshare
            .args([
                "--mount",
                "--propagation",
                "private",
                "/bin/sh",
                "-ec",
                script,
            ])
            .arg(self.stage.sandbox.root().join("etc"))
            .arg(shim)
            .args(words)
            .env("HOME", &self.home)
            .env("GOSEAL_LAB_POLICY", "/etc/goseal/policy.toml")
            .env_remove("GOSEAL_HOME")
            .env_remove("XDG_CONFIG_HOME")
    }

    fn policy(&self, text: &str) {
        self.stage.sandbox.file("etc/goseal/policy.toml", text);
    }
}

/// The records of a log that lies in `folder`.
fn records(folder: &Path) -> Vec<Value> {
    let text = fs::read_to_string(folder.join("log.jsonl")).unwrap_or_default();
    let lines = text
        .lines()
        .map(str::trim_end)
        .filter(|line| !line.is_empty());
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn checked(folder: &Path) -> Vec<String> {
    let starts = records(folder)
        .into_iter()
        .filter(|record| record["type"] == "start");
    starts
        .map(|start| start["checked"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_store_that_root_installed_works_for_another_user_and_stays_as_it_is() {
    if !can_change_users() {
        return;
    }
    let image = Image::new();
    let before = image.stage.sandbox.snapshot_of_places();
    for words in [&["version"][..], &["build", "./..."], &["build", "./..."]] {
        let outcome = image.go(words).run();
        assert_eq!(outcome.code, Some(0), "{words:?}\n{}", outcome.snapshot());
    }
    let state = image.home.join(".local/state/goseal");
    // The user's own state knows nothing of the tree at first: it is hashed once.
    assert_eq!(checked(&state.join("audit")), ["stat", "deep", "stat"]);
    let log = fs::metadata(state.join("audit/log.jsonl")).unwrap();
    assert_eq!((log.uid(), log.mode() & 0o777), (UID, 0o600));
    before.assert_unchanged_except(&["u"]);
}

#[test]
fn a_home_that_cannot_be_written_needs_a_place_for_the_log_and_says_so() {
    if !can_change_users() {
        return;
    }
    let image = Image::new();
    chown(&image.home, Some(0), Some(0)).unwrap();
    let refused = image.go(&["version"]).run();
    assert_eq!(refused.code, Some(125), "{}", refused.snapshot());
    assert!(refused.stderr.contains("ledger.dir"), "{}", refused.stderr);

    let logs = image.stage.sandbox.root().join("logs");
    fs::create_dir(&logs).unwrap();
    fs::set_permissions(&logs, fs::Permissions::from_mode(0o1777)).unwrap();
    image.policy(&format!("[ledger]\ndir = \"{}\"\n", logs.display()));
    for words in [&["version"][..], &["build", "./..."], &["build", "./..."]] {
        let outcome = image.go(words).run();
        assert_eq!(outcome.code, Some(0), "{words:?}\n{}", outcome.snapshot());
    }
    let own: Vec<PathBuf> = fs::read_dir(&logs)
        .unwrap()
        .map(|it| it.unwrap().path())
        .collect();
    assert_eq!(own.len(), 1, "{own:?}");
    assert!(
        own[0].to_str().unwrap().ends_with(&format!("-{UID}")),
        "{own:?}"
    );
    // Nothing can be remembered, so every build compares every byte.
    assert_eq!(checked(&own[0]), ["stat", "deep", "deep"]);
    assert_eq!(fs::read_dir(&image.home).unwrap().count(), 0);
    // A build cache of its own, away again with the run.
    let cache = image.go(&["env", "GOCACHE"]).run().expect_code(0);
    let temp = image.stage.sandbox.root().join("tmp/goseal-");
    assert!(
        cache.stdout.starts_with(temp.to_str().unwrap()),
        "{}",
        cache.stdout
    );
    assert!(!Path::new(cache.stdout.trim_end()).exists());
}

#[test]
fn a_store_or_shims_that_others_may_write_run_nothing() {
    let stage = Stage::installed();
    let home = stage.sandbox.goseal_home();
    let id = stage.tree(OLD).file_name().unwrap().to_owned();
    for folder in [
        home.clone(),
        home.join("shims"),
        home.join("shims/home"),
        home.join("toolchains"),
        home.join("toolchains").join(&id),
        home.join("seals"),
        home.join("seals").join(&id),
    ] {
        let mode = fs::metadata(&folder).unwrap().permissions();
        let open = fs::Permissions::from_mode(mode.mode() | 0o002);
        fs::set_permissions(&folder, open).unwrap();
        let refused = stage.go(["version"]).run();
        assert_eq!(
            refused.code,
            Some(125),
            "{}\n{}",
            folder.display(),
            refused.snapshot()
        );
        let path = stage.sandbox.redact(&folder.display().to_string());
        let said = stage.sandbox.redact(&refused.stderr);
        // The shim says it, or the program that was asked for the first plan.
        let facts = [
            format!("{path} can be written by others"),
            format!("{path} belongs to user"),
        ];
        assert!(facts.iter().any(|fact| said.contains(fact)), "{said}");
        assert!(said.contains(&format!("chmod go-w {path}")), "{said}");
        fs::set_permissions(&folder, mode).unwrap();
    }
    let _ = stage.go(["version"]).run().expect_code(0);
}

#[test]
fn a_store_that_belongs_to_somebody_else_runs_nothing() {
    if !can_change_users() {
        return;
    }
    let image = Image::new();
    chown(image.stage.sandbox.goseal_home(), Some(1234), None).unwrap();
    let refused = image.go(&["version"]).run();
    assert_eq!(refused.code, Some(125), "{}", refused.snapshot());
    assert!(
        refused.stderr.contains("belongs to user 1234"),
        "{}",
        refused.stderr
    );
}
