//! Doors of installed trees after the program has moved, or another build of it has come.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use goseal_lab::sandbox::{Run, product_binary};

use crate::stage::{OLD, Stage};

/// The program and its shim in a folder of their own, as an archive of a release holds them.
fn copied(stage: &Stage, folder: &str) -> PathBuf {
    let folder = stage.sandbox.root().join(folder);
    fs::create_dir(&folder).unwrap();
    for name in ["goseal-lab", "goseal-shim"] {
        fs::copy(product_binary(name), folder.join(name)).unwrap();
    }
    folder
}

fn program(stage: &Stage, folder: &Path, words: &[&str]) -> Run {
    stage.sandbox.command(folder.join("goseal-lab")).args(words)
}

/// The door of the tree from a folder where it has not run yet, so that it has to ask its program.
fn door_asks(stage: &Stage, folder: &str) -> Run {
    let pin = stage.pin(folder, OLD);
    stage.door(OLD, ["version"]).cwd(pin.parent().unwrap())
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

#[test]
fn doors_work_again_after_the_program_moved_and_init_ran() {
    let stage = Stage::pinned();
    let first = copied(&stage, "first");
    let _ = program(&stage, &first, &["install"]).run().expect_code(0);
    let _ = door_asks(&stage, "a").run().expect_code(0);

    let second = stage.sandbox.root().join("second");
    fs::rename(&first, &second).unwrap();
    let lost = door_asks(&stage, "b").run().expect_code(125);
    assert!(lost.stderr.contains("goseal-lab"), "{lost:?}");

    let init = program(&stage, &second, &["init", "--no-profile"]).run();
    let told = init.expect_code(0).stderr;
    assert!(told.contains(&format!("the doors of go{OLD}.")), "{told}");
    let _ = door_asks(&stage, "c").run().expect_code(0);
    let _ = stage.go(["version"]).run().expect_code(0);
    let _ = program(&stage, &second, &["verify"]).run().expect_code(0);
    let _ = program(&stage, &second, &["audit", "verify"])
        .run()
        .expect_code(0);

    let tree = stage.tree(OLD);
    for (path, expected) in [
        ("bin", 0o555),
        ("bin/go", 0o555),
        ("pkg/goseal", 0o555),
        ("pkg/goseal/home", 0o444),
    ] {
        assert_eq!(mode(&tree.join(path)), expected, "{path}");
    }
    // Nothing is left to do.
    let again = program(&stage, &second, &["init", "--no-profile"]).run();
    assert!(!again.expect_code(0).stderr.contains("the doors of"));
}

#[test]
fn init_mends_a_door_that_somebody_changed_and_touches_no_tree_with_a_damaged_seal() {
    let stage = Stage::installed();
    let door = stage.tree(OLD).join("bin/go");
    fs::set_permissions(&door, fs::Permissions::from_mode(0o755)).unwrap();
    fs::write(&door, "#!/bin/sh\necho another\n").unwrap();
    let _ = stage.goseal(["verify"]).run().expect_code(5);
    let _ = stage.goseal(["init", "--no-profile"]).run().expect_code(0);
    let _ = stage.goseal(["verify"]).run().expect_code(0);

    let id = stage.tree(OLD).file_name().unwrap().to_owned();
    let seal = stage
        .sandbox
        .goseal_home()
        .join("seals")
        .join(id)
        .join("seal");
    fs::set_permissions(&seal, fs::Permissions::from_mode(0o644)).unwrap();
    let text = fs::read_to_string(&seal).unwrap().replace("\nh1 ", "\nh2 ");
    fs::write(&seal, &text).unwrap();
    let _ = stage.goseal(["init", "--no-profile"]).run().expect_code(0);
    assert_eq!(fs::read_to_string(&seal).unwrap(), text);
}
