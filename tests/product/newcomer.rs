//! What somebody sees who meets goseal for the first time and makes a mistake.

use goseal_lab::sandbox::product_binary;
use goseal_lab::{Release, Sandbox, World};

/// One command in the project folder: its exit code, and what it said on both streams.
fn said(sandbox: &Sandbox, arguments: &str) -> (Option<i32>, String) {
    let run = sandbox.command(product_binary("goseal-lab"));
    let outcome = run.args(arguments.split(' ')).run();
    let text = format!("{}{}", outcome.stdout, outcome.stderr);
    (outcome.code, sandbox.redact(&text))
}

fn newcomer() -> (World, Sandbox) {
    let world = World::start([Release::here("1.22.5")]);
    let sandbox = Sandbox::with_world(&world);
    (world, sandbox)
}

#[test]
fn a_source_that_is_no_folder_is_not_blamed_on_goproxy() {
    let (_world, sandbox) = newcomer();
    let (code, text) = said(&sandbox, "install --from /not/there 1.22.5");
    assert_eq!(code, Some(2), "{text}");
    assert!(
        text.contains("`/not/there` is neither a folder nor an address"),
        "{text}"
    );
    assert!(!text.contains("GOPROXY"), "{text}");
}

#[test]
fn a_relative_source_of_a_project_is_taken_from_the_projects_folder() {
    let (_world, sandbox) = newcomer();
    sandbox.file("project/.go-version", "1.22.5\n");
    sandbox.file("project/goseal.toml", "sources = [\"./mirror\"]\n");
    sandbox.file("project/mirror/golang.org/toolchain/@v/list", "");
    sandbox.file("project/deep/file", "");
    let run = sandbox
        .command(product_binary("goseal-lab"))
        .args(["list", "--remote"]);
    let outcome = run.cwd(sandbox.project().join("deep")).run();
    assert_eq!(
        (outcome.code, outcome.stdout.as_str()),
        (Some(0), ""),
        "{}",
        outcome.stderr
    );
}

#[test]
fn the_shims_of_another_home_on_path_do_not_hide_the_go_behind_them() {
    let (world, mut sandbox) = newcomer();
    sandbox.file("other/shims/go", "");
    sandbox.file("other/shims/home", "format 1\n");
    sandbox.file("real/bin/go", "");
    sandbox.file("real/go.env", format!("GOPROXY={}\n", world.proxy_url()));
    let folders = ["other/shims", "real/bin"].map(|folder| sandbox.root().join(folder));
    sandbox.remove_var("GOPROXY");
    sandbox.set_path(&folders.each_ref().map(std::path::PathBuf::as_path));
    let (code, text) = said(&sandbox, "list --remote");
    assert_eq!(code, Some(0), "{text}");
    assert!(text.starts_with("1.22.5\n"), "{text}");
    assert!(text.contains("by the list of the proxy [WORLD]/"), "{text}");
}

#[test]
fn a_release_without_a_record_is_named_with_the_way_to_find_one() {
    let (_world, sandbox) = newcomer();
    sandbox.file("project/.go-version", "1.22.99\n");
    let (code, text) = said(&sandbox, "install");
    assert_eq!(code, Some(4), "{text}");
    assert!(
        text.contains("the source offers no release for `1.22.99`"),
        "{text}"
    );
    assert!(
        text.contains("the nearest that are offered: 1.22.5; `goseal list --remote` shows all"),
        "{text}"
    );
}

#[test]
fn uninstalling_what_is_not_there_does_not_advise_to_install_it() {
    let (_world, sandbox) = newcomer();
    let (code, text) = said(&sandbox, "uninstall 1.22.5");
    assert_eq!(code, Some(6), "{text}");
    assert!(
        text.contains("hint: `goseal list` shows what is installed"),
        "{text}"
    );
}

#[test]
fn a_lock_that_misses_a_platform_is_not_up_to_date() {
    let (_world, sandbox) = newcomer();
    let (code, text) = said(&sandbox, "pin 1.22");
    assert_eq!(code, Some(0), "{text}");
    let (code, text) = said(&sandbox, "lock --platform freebsd/riscv64");
    assert_eq!(code, Some(4), "{text}");
    assert!(!text.contains("up to date"), "{text}");
    assert!(text.contains("freebsd/riscv64 is not locked"), "{text}");
}

#[test]
fn a_default_is_installed_by_its_name() {
    let (_world, sandbox) = newcomer();
    let (code, text) = said(&sandbox, "default 1.22");
    assert_eq!(code, Some(0), "{text}");
    assert!(
        text.contains("`goseal install 1.22.5` installs it"),
        "{text}"
    );
}

#[test]
fn a_log_that_was_never_begun_says_what_begins_it() {
    let (_world, sandbox) = newcomer();
    let (code, text) = said(&sandbox, "audit verify");
    assert_eq!(code, Some(7), "{text}");
    assert!(
        text.contains("hint: `goseal init` begins the log"),
        "{text}"
    );
}

#[cfg(unix)]
#[test]
fn a_pin_that_anyone_can_write_is_named_when_nothing_else_says_a_release() {
    use std::os::unix::fs::PermissionsExt as _;

    let (_world, sandbox) = newcomer();
    let open = |mode| {
        let mode = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(sandbox.project(), mode).unwrap();
    };
    sandbox.file("project/.go-version", "1.22.5\n");
    open(0o777);
    let (code, text) = said(&sandbox, "install");
    assert_eq!(code, Some(3), "{text}");
    assert!(
        text.contains(".go-version does not count: world-writable"),
        "{text}"
    );
    assert!(text.contains("makes it count"), "{text}");

    // Writing another one there helps nobody, and is said.
    let (code, text) = said(&sandbox, "pin 1.22.5");
    assert_eq!(code, Some(0), "{text}");
    assert!(
        text.contains(".go-version does not count: world-writable"),
        "{text}"
    );
    open(0o755);
    let (code, text) = said(&sandbox, "install");
    assert_eq!(code, Some(0), "{text}");
}
