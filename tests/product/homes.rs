//! Homes: who may enter which folder, what `init` and `install` mend, where Go's settings are found.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use goseal_lab::sandbox::{Run, product_binary};
use goseal_lab::{Release, Sandbox, World, skipped};

const VERSION: &str = "1.22.5";

/// A project that pins [`VERSION`], in a world that serves it; PATH has the system's own tools.
fn project(world: &World) -> Sandbox {
    let mut sandbox = Sandbox::with_world(world);
    sandbox.file("project/.go-version", format!("{VERSION}\n"));
    sandbox.set_path(&[Path::new("/usr/bin"), Path::new("/bin")]);
    sandbox
}

fn goseal(sandbox: &Sandbox, words: &[&str]) -> Run {
    sandbox.command(product_binary("goseal-lab")).args(words)
}

fn mode(path: &Path) -> u32 {
    let about = fs::metadata(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    about.permissions().mode() & 0o7777
}

#[test]
fn what_is_private_is_so_from_its_creation() {
    let world = World::start([Release::here(VERSION)]);
    let sandbox = project(&world);
    let script = "umask 0; exec \"$GOSEAL\" install";
    let shell = sandbox.command("/bin/sh").args(["-c", script]);
    let _ = shell
        .env("GOSEAL", product_binary("goseal-lab"))
        .run()
        .expect_code(0);
    let shim = sandbox.goseal_home().join("shims/go");
    let _ = sandbox.command(&shim).arg("version").run().expect_code(0);

    let home = sandbox.goseal_home();
    for private in ["keys", "audit", "sumdb", "stamps", "plans/1", "staging"] {
        assert_eq!(mode(&home.join(private)), 0o700, "{private}");
    }
    for entry in fs::read_dir(home.join("keys")).unwrap() {
        assert_eq!(mode(&entry.unwrap().path()), 0o600);
    }
    assert_eq!(mode(&home.join("audit/log.jsonl")), 0o600);
    // Others may run what was installed; nobody but the owner may change it.
    for shared in ["", "shims", "toolchains", "seals"] {
        assert_eq!(mode(&home.join(shared)) & 0o022, 0, "{shared}");
        assert_ne!(mode(&home.join(shared)) & 0o005, 0, "{shared}");
    }
}

#[test]
fn install_makes_the_shims_that_are_not_there() {
    let world = World::start([Release::here(VERSION)]);
    let sandbox = project(&world);
    let shims = sandbox.goseal_home().join("shims");
    let _ = goseal(&sandbox, &["install"]).run().expect_code(0);
    let before = fs::metadata(shims.join("go")).unwrap().ino();
    fs::remove_file(shims.join("gofmt")).unwrap();

    let _ = goseal(&sandbox, &["install"]).run().expect_code(0);
    assert!(shims.join("gofmt").is_file());
    let after = fs::metadata(shims.join("go")).unwrap().ino();
    assert_eq!(after, before, "a shim that is right stays as it is");
}

#[test]
fn the_first_go_that_is_not_ours_says_where_modules_come_from() {
    let world = World::start([Release::here(VERSION)]);
    let mut sandbox = project(&world);
    sandbox.remove_var("GOPROXY");
    sandbox.set_var("GOENV", "off");
    let _ = goseal(&sandbox, &["init"]).run().expect_code(0);
    // The shims of another home, which are not ours by their path.
    let other = sandbox.root().join("other");
    let elsewhere = goseal(&sandbox, &["init"]).env("GOSEAL_HOME", &other);
    let _ = elsewhere.run().expect_code(0);
    let go = sandbox.file("go/bin/go", "");
    sandbox.file("go/go.env", format!("GOPROXY={}\n", world.proxy_url()));
    let ours = sandbox.goseal_home().join("shims");
    sandbox.set_path(&[&ours, &other.join("shims"), go.parent().unwrap()]);

    let _ = goseal(&sandbox, &["install"]).run().expect_code(0);
    assert!(
        world.count("/proxy/golang.org/*") > 0,
        "{:?}",
        world.requests()
    );
}

/// The program and the shim in a folder of their own.
fn build_in(folder: &Path) -> PathBuf {
    fs::create_dir(folder).unwrap();
    for name in ["goseal-lab", "goseal-shim"] {
        fs::copy(product_binary(name), folder.join(name)).unwrap();
    }
    folder.join("goseal-lab")
}

#[test]
fn a_program_that_was_moved_is_found_again_after_init() {
    let world = World::start([Release::here(VERSION)]);
    let sandbox = project(&world);
    let old = sandbox.root().join("old");
    let program = build_in(&old);
    let _ = sandbox
        .command(&program)
        .arg("install")
        .run()
        .expect_code(0);
    let shim = sandbox.goseal_home().join("shims/go");
    let version = || sandbox.command(&shim).arg("version").run();
    let _ = version().expect_code(0);

    let new = sandbox.root().join("new");
    fs::rename(&old, &new).unwrap();
    let _ = version().expect_code(0);
    // A file that decides is new: there is no plan for it, and nobody to make one.
    sandbox.file("project/goseal.toml", "trimpath = true\n");
    let refused = version().expect_code(125);
    assert!(
        refused.stderr.contains("old/goseal-lab"),
        "{}",
        refused.stderr
    );
    assert!(refused.stderr.contains("goseal init"), "{}", refused.stderr);

    let _ = sandbox
        .command(new.join("goseal-lab"))
        .arg("init")
        .run()
        .expect_code(0);
    let home = sandbox.read("goseal/shims/home");
    assert!(home.contains("/new/goseal-lab\n"), "{home}");
    let _ = version().expect_code(0);
}

#[test]
fn init_writes_a_damaged_home_file_anew() {
    let sandbox = Sandbox::new();
    let _ = goseal(&sandbox, &["init"]).run().expect_code(0);
    let path = sandbox.goseal_home().join("shims/home");
    let whole = fs::read(&path).unwrap();
    fs::remove_file(&path).unwrap();
    sandbox.file("goseal/shims/home", "nonsense\n");
    let refused = goseal(&sandbox, &["list"]).run().expect_code(7);
    assert!(
        refused.stderr.contains("hint: `goseal init`"),
        "{}",
        refused.stderr
    );
    let _ = goseal(&sandbox, &["init"]).run().expect_code(0);
    assert_eq!(fs::read(&path).unwrap(), whole);
}

#[test]
fn a_lock_that_cannot_be_written_is_the_disks_fault() {
    let world = World::start([Release::here(VERSION)]);
    let sandbox = project(&world);
    let lock = sandbox.project().join("goseal.lock");
    // Also for root, whom no mode stops.
    fs::create_dir(sandbox.root().join("x")).unwrap();
    let _ = goseal(&sandbox, &["init"]).run().expect_code(0);
    fs::set_permissions(sandbox.project(), fs::Permissions::from_mode(0o555)).unwrap();
    let run = match as_nobody(&sandbox) {
        Some(run) => run.args(["lock"]),
        None if is_root() => {
            let test = "homes::a_lock_that_cannot_be_written_is_the_disks_fault";
            return skipped(test, "there is no setpriv, and no mode stops root");
        }
        None => goseal(&sandbox, &["lock"]),
    };
    let refused = run.run().expect_code(7);
    let text = sandbox.redact(&refused.stderr);
    assert!(
        text.contains("cannot write [ROOT]/project/goseal.lock\n"),
        "{text}"
    );
    assert!(!lock.exists());
    fs::set_permissions(sandbox.project(), fs::Permissions::from_mode(0o755)).unwrap();
}

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|about| about.uid() == 0)
}

/// The program as a user whom modes do stop, with a home of its own in the sandbox.
fn as_nobody(sandbox: &Sandbox) -> Option<Run> {
    const NOBODY: u32 = 65534;
    let setpriv = Path::new("/usr/bin/setpriv");
    if !is_root() || !setpriv.is_file() {
        return None;
    }
    fs::set_permissions(sandbox.root(), fs::Permissions::from_mode(0o755)).unwrap();
    let home = sandbox.root().join("nobody");
    fs::create_dir(&home).unwrap();
    std::os::unix::fs::chown(&home, Some(NOBODY), Some(NOBODY)).unwrap();
    let words = ["--reuid=65534", "--regid=65534", "--clear-groups"];
    let run = sandbox.command(setpriv).args(words);
    Some(
        run.arg(product_binary("goseal-lab"))
            .env("GOSEAL_HOME", home),
    )
}
