use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use goseal_core::archive::ArchiveForm;
use goseal_core::digest::H1;
use goseal_core::evidence::Evidence;
use goseal_core::layout::Layout;
use goseal_core::lock::LockEntry;
use goseal_core::policy::Apart;
use goseal_core::progress::Silent;
use goseal_core::release::ReleaseId;
use goseal_core::unverified::Unverified;
use goseal_trust::{Question, judge};

use super::*;
use crate::lock::{ReleaseGuard, lock_release, try_lock_release};
use crate::unpack::tests::forge::{PREFIX, entry, zip};
use crate::{find, list, read_manifest, read_proof, read_release_of_tree, scan, uninstall, unpack};

const ID: &str = "go1.22.5.linux-amd64";
const HOME: &str = "format 1\n";

struct House {
    folder: tempfile::TempDir,
    layout: Layout,
    shim: PathBuf,
    id: ReleaseId,
}

fn house() -> House {
    let folder = tempfile::tempdir().unwrap();
    let shim = folder.path().join("goseal-shim");
    std::fs::write(&shim, "shim").unwrap();
    House {
        layout: Layout::rooted(&folder.path().join("home")),
        folder,
        shim,
        id: ReleaseId::parse(ID).unwrap(),
    }
}

fn release_zip() -> Vec<u8> {
    let files = [
        ("VERSION", &b"go1.22.5\n"[..]),
        ("bin/go", b"published go"),
        ("bin/gofmt", b"published gofmt"),
        ("pkg/tool/linux_amd64/compile", b"compile"),
        ("src/_go.mod", b"module std\n"),
        ("src/fmt/print.go", b"package fmt\n"),
    ];
    let entries = files.map(|(name, content)| entry(&format!("{PREFIX}{name}"), content));
    zip(&entries)
}

/// A release that a lock vouches for.
fn verified(id: ReleaseId, h1: H1, archive: Option<&Archive>) -> Verified<Release> {
    let lock = LockEntry {
        h1,
        position: None,
        archive: None,
    };
    let archive = archive.cloned().map(Unverified::new);
    let question = Question {
        id,
        h1,
        archive: archive.as_ref(),
        lock: Some(&lock),
        sumdb: None,
        minisign: None,
        index: &[],
        required: &[Evidence::Lock],
        out_of_reach: &[],
        apart: Apart::Allow,
    };
    judge(&question).unwrap()
}

impl House {
    fn guard(&self) -> ReleaseGuard {
        lock_release(&self.layout, &self.id, || {}).unwrap()
    }

    fn unpack(&self, stage: &Stage<'_>) -> (Archive, Manifest) {
        let bytes = release_zip();
        let (path, mut file) = stage.archive_file().unwrap();
        file.write_all(&bytes).unwrap();
        let archive = Archive {
            release: self.id,
            path,
            form: ArchiveForm::ModuleZip,
            file_name: "v0.0.1-go1.22.5.linux-amd64.zip".into(),
            sha256: Sha256::of(&bytes),
            size: bytes.len() as u64,
            served_by: "https://proxy.example".into(),
        };
        let unverified = Unverified::new(archive.clone());
        let manifest = unpack(&unverified, stage, false, None, &Silent).unwrap();
        (archive, manifest)
    }

    fn install(&self, guard: &ReleaseGuard) -> Result<Installed> {
        let stage = Stage::new(&self.layout, guard)?;
        let (archive, manifest) = self.unpack(&stage);
        let verified = verified(self.id, manifest.h1(&self.id), Some(&archive));
        self.seal(&stage, &verified, &archive, &manifest)
    }

    fn seal(
        &self,
        stage: &Stage<'_>,
        verified: &Verified<Release>,
        archive: &Archive,
        manifest: &Manifest,
    ) -> Result<Installed> {
        let notes = SealNotes {
            proof: "goseal.proof/1\n",
            archive,
            answered: &Answered::default(),
            outside_h1: false,
            build: "0.1.0+test",
            installed_at: "2026-11-22T18:00:00Z",
        };
        let doors = Doors {
            shim: &self.shim,
            home: HOME,
        };
        super::seal(stage, verified, manifest, &notes, &doors)
    }

    fn staged(&self) -> usize {
        std::fs::read_dir(self.layout.staging()).unwrap().count()
    }
}

fn mode(path: &Path) -> u32 {
    std::fs::symlink_metadata(path)
        .unwrap()
        .permissions()
        .mode()
        & 0o7777
}

#[test]
fn an_installed_toolchain_has_its_doors_its_modes_and_its_seal() {
    let house = house();
    let installed = house.install(&house.guard()).unwrap();
    assert_eq!(house.staged(), 0);
    let root = house.layout.tree(&house.id);
    assert_eq!(installed.root, root);
    for (place, content) in [
        ("bin/go", "shim"),
        ("bin/gofmt", "shim"),
        ("pkg/goseal/go", "published go"),
        ("pkg/goseal/gofmt", "published gofmt"),
        ("pkg/goseal/home", HOME),
        ("src/go.mod", "module std\n"),
    ] {
        assert_eq!(std::fs::read_to_string(root.join(place)).unwrap(), content);
        assert_eq!(
            std::fs::symlink_metadata(root.join(place)).unwrap().nlink(),
            1
        );
    }
    assert_eq!(mode(&root.join("bin/go")), 0o555);
    assert_eq!(mode(&root.join("pkg/goseal/home")), 0o444);
    for folder in ["", "bin", "src/fmt", "pkg/goseal", "pkg/tool/linux_amd64"] {
        assert_eq!(mode(&root.join(folder)), 0o555, "{folder}");
    }
    let found = find(&house.layout, &house.id).unwrap().unwrap();
    assert_eq!(found, installed);
    assert_eq!(found.seal.proven.evidence, [Evidence::Lock]);
    assert_eq!(found.seal.served_by, "https://proxy.example");
    read_manifest(&house.layout, &found).unwrap();
    assert_eq!(
        read_proof(&house.layout, &found).unwrap(),
        "goseal.proof/1\n"
    );
}

#[test]
fn executables_are_found_behind_their_doors() {
    let house = house();
    let found = house.install(&house.guard()).unwrap();
    let root = house.layout.tree(&house.id);
    let manifest = read_manifest(&house.layout, &found).unwrap();
    let executables = found.executables(&manifest);
    let places: Vec<_> = executables
        .iter()
        .map(|e| {
            (
                e.name.as_str(),
                e.path.strip_prefix(&root).unwrap().to_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        places,
        [
            ("bin/go", "pkg/goseal/go"),
            ("bin/gofmt", "pkg/goseal/gofmt"),
            (
                "pkg/tool/linux_amd64/compile",
                "pkg/tool/linux_amd64/compile"
            ),
        ]
    );
}

#[test]
fn a_scan_of_an_installed_tree_gives_its_manifest_and_its_doors() {
    let house = house();
    let found = house.install(&house.guard()).unwrap();
    let root = house.layout.tree(&house.id);
    let manifest = read_manifest(&house.layout, &found).unwrap();
    let scanned = scan(&root, true, None, &Silent).unwrap();
    assert_eq!(scanned.manifest, manifest);
    assert_eq!(scanned.home, found.seal.home);
    let doors: Vec<_> = scanned
        .doors
        .iter()
        .map(|door| door.name.as_str())
        .collect();
    assert_eq!(doors, ["go", "gofmt"]);
    assert!(
        scanned
            .doors
            .iter()
            .all(|door| Some(door.sha256) == found.seal.door)
    );
    assert_eq!(
        (scanned.links.len(), scanned.odd.len(), scanned.modes.len()),
        (0, 0, 0)
    );
    assert_eq!(read_release_of_tree(&root).unwrap(), Some(house.id));
}

#[test]
fn what_was_not_verified_is_never_visible() {
    let house = house();
    let guard = house.guard();
    let stage = Stage::new(&house.layout, &guard).unwrap();
    let (archive, manifest) = house.unpack(&stage);
    let other = H1::from_sha256(Sha256::of(b"other"));
    let error = house
        .seal(
            &stage,
            &verified(house.id, other, None),
            &archive,
            &manifest,
        )
        .unwrap_err();
    assert!(matches!(error, Error::H1 { .. }) && error.is_distrust());
    let other = ReleaseId::parse("go1.22.6.linux-amd64").unwrap();
    let verified = verified(other, manifest.h1(&house.id), None);
    assert!(house.seal(&stage, &verified, &archive, &manifest).is_err());
    drop(stage);
    assert!(!house.layout.tree(&house.id).exists());
    assert!(!house.layout.seal_folder(&house.id).exists());
    assert_eq!(house.staged(), 0);
}

#[test]
fn a_release_is_sealed_once() {
    let house = house();
    let guard = house.guard();
    let first = house.install(&guard).unwrap();
    let error = house.install(&guard).unwrap_err();
    assert!(matches!(error, Error::AlreadyInstalled { .. }), "{error}");
    assert_eq!(find(&house.layout, &house.id).unwrap(), Some(first));
    assert_eq!(house.staged(), 0);
}

#[test]
fn notes_that_would_forge_a_line_are_refused() {
    let house = house();
    let guard = house.guard();
    let stage = Stage::new(&house.layout, &guard).unwrap();
    let (mut archive, manifest) = house.unpack(&stage);
    archive.served_by = "x\noutside_h1 unpacked".into();
    let verified = verified(house.id, manifest.h1(&house.id), None);
    let error = house
        .seal(&stage, &verified, &archive, &manifest)
        .unwrap_err();
    assert!(matches!(error, Error::Text { .. }), "{error}");
    assert!(!house.layout.tree(&house.id).exists());
}

#[test]
fn a_tree_without_a_seal_is_not_installed_and_never_adopted() {
    let house = house();
    let root = house.layout.tree(&house.id);
    std::fs::create_dir_all(root.join("src")).unwrap();
    std::fs::write(root.join("src/evil.go"), "package evil").unwrap();
    assert_eq!(find(&house.layout, &house.id).unwrap(), None);
    let listed = list(&house.layout).unwrap();
    assert!(matches!(listed.as_slice(), [(_, Ok(None))]));
    let installed = house.install(&house.guard()).unwrap();
    assert!(!installed.root.join("src/evil.go").exists());
    assert_eq!(house.staged(), 0);
}

#[test]
fn a_link_in_the_place_of_a_tree_is_refused() {
    let house = house();
    let elsewhere = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(house.layout.toolchains()).unwrap();
    symlink(elsewhere.path(), house.layout.tree(&house.id)).unwrap();
    let error = house.install(&house.guard()).unwrap_err();
    assert!(matches!(error, Error::NotAFolder { .. }), "{error}");
    assert_eq!(std::fs::read_dir(elsewhere.path()).unwrap().count(), 0);
    assert!(uninstall(&house.layout, &house.guard()).unwrap());
    assert!(elsewhere.path().exists());
    house.install(&house.guard()).unwrap();
}

#[test]
fn a_seal_without_a_tree_means_nothing() {
    let house = house();
    let installed = house.install(&house.guard()).unwrap();
    std::fs::set_permissions(&installed.root, std::fs::Permissions::from_mode(0o755)).unwrap();
    std::fs::rename(&installed.root, house.layout.store().join("away")).unwrap();
    assert_eq!(find(&house.layout, &house.id).unwrap(), None);
    assert!(list(&house.layout).unwrap().is_empty());
    house.install(&house.guard()).unwrap();
}

#[test]
fn damaged_files_of_a_seal_are_named() {
    let house = house();
    let installed = house.install(&house.guard()).unwrap();
    let folder = house.layout.seal_folder(&house.id);
    let damage = |name: &str| {
        let path = folder.join(name);
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[3] ^= 1;
        std::fs::remove_file(&path).unwrap();
        std::fs::write(&path, bytes).unwrap();
    };
    damage("manifest");
    damage("proof");
    let said = [
        read_manifest(&house.layout, &installed).unwrap_err(),
        read_proof(&house.layout, &installed).unwrap_err(),
    ];
    for error in said {
        assert!(error.is_distrust());
        assert!(
            error
                .to_string()
                .ends_with("has another digest than the seal says")
        );
    }
    damage("seal");
    let error = find(&house.layout, &house.id).unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("seal has another schema than goseal.seal/1")
    );
    std::fs::remove_file(folder.join("proof")).unwrap();
    assert!(
        read_proof(&house.layout, &installed)
            .unwrap_err()
            .is_distrust()
    );
}

#[test]
fn the_seal_of_another_release_is_refused() {
    let house = house();
    house.install(&house.guard()).unwrap();
    let other = ReleaseId::parse("go1.22.6.linux-amd64").unwrap();
    std::fs::create_dir(house.layout.tree(&other)).unwrap();
    let (from, to) = (
        house.layout.seal_folder(&house.id),
        house.layout.seal_folder(&other),
    );
    std::fs::create_dir(&to).unwrap();
    std::fs::copy(from.join("seal"), to.join("seal")).unwrap();
    assert!(find(&house.layout, &other).unwrap_err().is_distrust());
    let listed = list(&house.layout).unwrap();
    assert!(matches!(listed.as_slice(), [(_, Ok(Some(_))), (_, Err(_))]));
}

#[test]
fn what_differs_in_a_tree_is_named() {
    let house = house();
    let installed = house.install(&house.guard()).unwrap();
    let manifest = read_manifest(&house.layout, &installed).unwrap();
    let root = &installed.root;
    for folder in ["src", "src/fmt", "bin"] {
        std::fs::set_permissions(root.join(folder), std::fs::Permissions::from_mode(0o755))
            .unwrap();
    }
    std::fs::remove_file(root.join("src/fmt/print.go")).unwrap();
    std::fs::write(root.join("src/fmt/print.go"), "package evil").unwrap();
    std::fs::write(root.join("src/extra.go"), "").unwrap();
    std::fs::remove_file(root.join("src/go.mod")).unwrap();
    symlink("/etc/passwd", root.join("src/go.mod")).unwrap();
    std::fs::write(root.join("src/a:b"), "").unwrap();
    std::fs::remove_file(root.join("bin/gofmt")).unwrap();
    std::fs::write(root.join("bin/gofmt"), "published gofmt").unwrap();
    let found = scan(root, true, None, &Silent).unwrap();
    let said: Vec<_> = manifest
        .differences(&found.manifest)
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        said,
        [
            "extra   src/extra.go",
            "changed src/fmt/print.go",
            "missing src/go.mod"
        ]
    );
    assert_eq!(found.links, [Path::new("src/go.mod")]);
    assert_eq!(found.odd, [Path::new("src/a:b")]);
    assert_ne!(Some(found.doors[1].sha256), installed.seal.door);
    let mut modes = found.modes.clone();
    modes.sort();
    let expected = ["bin/gofmt", "src/extra.go", "src/fmt/print.go"].map(PathBuf::from);
    assert_eq!(modes, expected);
    let plain = scan(root, false, None, &Silent).unwrap();
    assert_eq!((plain.doors.len(), plain.home), (0, None));
}

#[test]
fn uninstalling_leaves_nothing_and_can_be_repeated() {
    let house = house();
    let guard = house.guard();
    house.install(&guard).unwrap();
    assert!(uninstall(&house.layout, &guard).unwrap());
    assert!(!uninstall(&house.layout, &guard).unwrap());
    assert!(!house.layout.seal_folder(&house.id).exists());
    assert!(!house.layout.tree(&house.id).exists());
    assert_eq!(house.staged(), 0);
    house.install(&guard).unwrap();
}

#[test]
fn of_many_installs_at_once_one_works_and_all_succeed() {
    let house = house();
    let worked = AtomicU32::new(0);
    let work = || {
        let guard = house.guard();
        if find(&house.layout, &house.id).unwrap().is_none() {
            house.install(&guard).unwrap();
            worked.fetch_add(1, Ordering::SeqCst);
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(work);
        }
    });
    assert_eq!(worked.load(Ordering::SeqCst), 1);
    assert_eq!(house.staged(), 0);
}

/// The home of the child that is killed, below its working directory.
const KILLED: &str = "home-of-an-install-that-is-killed";

#[test]
#[ignore = "runs until it is killed; started by `a_killed_install_is_cleaned_up_by_the_next`"]
fn installs_until_it_is_killed() {
    if !Path::new(KILLED).is_dir() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let house = House {
        layout: Layout::rooted(Path::new(KILLED)),
        shim: PathBuf::new(),
        id: ReleaseId::parse(ID).unwrap(),
        folder,
    };
    let guard = house.guard();
    let stage = Stage::new(&house.layout, &guard).unwrap();
    house.unpack(&stage);
    loop {
        std::thread::park();
    }
}

#[test]
fn a_killed_install_is_cleaned_up_by_the_next() {
    let mut house = house();
    let below = house.folder.path().join(KILLED);
    std::fs::create_dir(&below).unwrap();
    house.layout = Layout::rooted(&below);
    let name = "seal::tests::installs_until_it_is_killed";
    let mut child = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", name, "--ignored"])
        .current_dir(house.folder.path())
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let unpacked = || {
        let stages = std::fs::read_dir(house.layout.staging()).ok()?;
        stages
            .flatten()
            .find(|stage| stage.path().join("tree/VERSION").exists())
    };
    while unpacked().is_none() {
        assert!(child.try_wait().unwrap().is_none(), "the child has ended");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    assert!(
        try_lock_release(&house.layout, &house.id)
            .unwrap()
            .is_none()
    );
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(house.staged(), 1);
    assert_eq!(find(&house.layout, &house.id).unwrap(), None);
    house.install(&house.guard()).unwrap();
    assert_eq!(house.staged(), 0);
}

#[test]
fn a_tree_without_doors_holds_the_published_files_at_their_published_places() {
    let house = house();
    // No shim is needed, and none is there.
    std::fs::remove_file(&house.shim).unwrap();
    let guard = house.guard();
    let stage = Stage::new(&house.layout, &guard).unwrap().without_doors();
    let (archive, manifest) = house.unpack(&stage);
    let verified = verified(house.id, manifest.h1(&house.id), Some(&archive));
    let installed = house.seal(&stage, &verified, &archive, &manifest).unwrap();
    assert_eq!((installed.seal.door, installed.seal.home), (None, None));
    assert!(!installed.has_doors());
    assert_eq!(
        std::fs::read(installed.root.join("bin/go")).unwrap(),
        b"published go"
    );
    assert!(!installed.root.join("pkg/goseal").exists());
    let found = find(&house.layout, &house.id).unwrap().unwrap();
    assert_eq!(found, installed);
    let scanned = crate::scan_installed(&found, &Silent).unwrap();
    assert_eq!(scanned.manifest, manifest);
    assert!(scanned.doors.is_empty() && scanned.modes.is_empty() && scanned.home.is_none());
    let places: Vec<_> = found
        .executables(&manifest)
        .into_iter()
        .map(|one| one.path)
        .collect();
    assert!(
        places.contains(&installed.root.join("bin/gofmt")),
        "{places:?}"
    );
    std::fs::set_permissions(
        installed.root.join("bin/go"),
        std::fs::Permissions::from_mode(0o755),
    )
    .unwrap();
    let changed = crate::scan_installed(&found, &Silent).unwrap();
    assert_eq!(changed.modes, [Path::new("bin/go")]);
}

impl House {
    /// As [`House::install`], over what is there.
    fn restore(
        &self,
        joined: bool,
        manifest_of: impl Fn(Manifest) -> Manifest,
    ) -> Result<Installed> {
        let guard = self.guard();
        let stage = Stage::new(&self.layout, &guard)?;
        let (archive, manifest) = self.unpack(&stage);
        let verified = verified(self.id, manifest.h1(&self.id), Some(&archive));
        let notes = SealNotes {
            proof: "goseal.proof/1\n",
            archive: &archive,
            answered: &Answered::default(),
            outside_h1: false,
            build: "0.2.0+test",
            installed_at: "2026-11-23T18:00:00Z",
        };
        let doors = Doors {
            shim: &self.shim,
            home: HOME,
        };
        let manifest = manifest_of(manifest);
        restore(&stage, &verified, &manifest, (&notes, joined), &doors)
    }
}

#[test]
fn a_tree_that_differs_changes_places_with_one_that_does_not() {
    let house = house();
    let installed = house.install(&house.guard()).unwrap();
    let root = &installed.root;
    let tool = root.join("pkg/tool/linux_amd64/compile");
    std::fs::set_permissions(&tool, std::fs::Permissions::from_mode(0o755)).unwrap();
    std::fs::write(&tool, "evil").unwrap();
    // Whoever holds the old tree open keeps it; the new one is another folder in the same place.
    let (held, before) = (
        Folder::open(root).unwrap(),
        std::fs::metadata(root).unwrap().ino(),
    );
    let restored = house.restore(true, |manifest| manifest).unwrap();
    assert_ne!(std::fs::metadata(root).unwrap().ino(), before);
    drop(held);
    assert_eq!(std::fs::read(&tool).unwrap(), b"compile");
    assert_eq!((mode(root), mode(&tool)), (0o555, 0o555));
    assert_eq!(restored.seal.build, "0.2.0+test");
    assert_eq!(find(&house.layout, &house.id).unwrap(), Some(restored));
    assert_eq!(house.staged(), 0);
    let scan = scan(root, true, None, &Silent).unwrap();
    assert_eq!(
        scan.manifest,
        read_manifest(&house.layout, &installed).unwrap()
    );
    assert!(scan.modes.is_empty(), "{:?}", scan.modes);
}

#[test]
fn where_no_sealed_tree_lies_a_restore_is_an_install() {
    let house = house();
    let _ = house.install(&house.guard()).unwrap();
    std::fs::remove_dir_all(house.layout.seal_folder(&house.id)).unwrap();
    let restored = house.restore(false, |manifest| manifest).unwrap();
    assert_eq!(find(&house.layout, &house.id).unwrap(), Some(restored));
    uninstall(&house.layout, &house.guard()).unwrap();
    assert!(house.restore(false, |manifest| manifest).is_ok());
}

#[test]
fn a_restore_of_what_was_not_verified_leaves_the_old_tree() {
    let house = house();
    let installed = house.install(&house.guard()).unwrap();
    let other = |_| Manifest::default();
    let refused = house.restore(true, other).unwrap_err();
    assert!(matches!(refused, Error::H1 { .. }), "{refused}");
    assert_eq!(find(&house.layout, &house.id).unwrap(), Some(installed));
    assert_eq!(house.staged(), 0);
}
