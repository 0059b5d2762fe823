//! A home in memory, one stage in it, and the look around after an archive was unpacked.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::num::NonZero;
use std::path::{Path, PathBuf};

use goseal_core::archive::{Archive, ArchiveForm};
use goseal_core::digest::Sha256;
use goseal_core::layout::{Layout, place_in_tree};
use goseal_core::manifest::{MAX_FILES, Manifest};
use goseal_core::progress::Silent;
use goseal_core::release::ReleaseId;
use goseal_core::unverified::Unverified;
use goseal_store::{MIN_UNPACKED, Stage, lock_release, unpack};

/// The release that every archive claims to be.
pub const RELEASE: &str = "go1.22.5.linux-amd64";

/// Where the homes lie: a file system in memory where there is one.
fn memory() -> PathBuf {
    let shared = Path::new("/dev/shm");
    if shared.is_dir() {
        shared.to_owned()
    } else {
        std::env::temp_dir()
    }
}

/// Unpacks and checks what must hold whatever the bytes are: a refusal is distrust and leaves no
/// tree; what is unpacked is exactly what the manifest says, within the bounds; outside of the
/// stage nothing is there that was not there before.
pub fn check_unpack(bytes: &[u8], form: ArchiveForm, covered: bool) -> Option<Manifest> {
    let place = tempfile::Builder::new()
        .prefix("goseal-fuzz-")
        .tempdir_in(memory())
        .expect("a folder in memory");
    let home = place.path().join("home");
    fs::create_dir(&home).expect("a home");
    fs::write(place.path().join("outside"), "as it was").expect("a file beside the home");
    let layout = Layout::rooted(&home);
    let release = ReleaseId::parse(RELEASE).expect("a release");
    let guard = lock_release(&layout, &release, || {}).expect("a lock");
    let stage = Stage::new(&layout, &guard).expect("a stage");
    let (path, mut file) = stage.archive_file().expect("a file for the archive");
    file.write_all(bytes).expect("room for the archive");
    let archive = Unverified::new(Archive {
        release,
        path,
        form,
        file_name: "archive".into(),
        sha256: Sha256::of(bytes),
        size: bytes.len() as u64,
        served_by: "https://proxy.example".into(),
    });
    let unpacked = unpack(&archive, &stage, covered, NonZero::new(1), &Silent);
    match &unpacked {
        Ok(manifest) => check_tree(&stage.tree(), manifest),
        Err(error) => {
            assert!(error.is_distrust(), "not the archive's fault: {error}");
            assert!(!stage.tree().exists(), "{error}: a tree is left");
        }
    }
    drop(stage);
    assert_eq!(names(&layout.staging()), [] as [&str; 0]);
    assert_eq!(names(&home), ["locks", "staging"]);
    assert_eq!(names(place.path()), ["home", "outside"]);
    let outside = fs::read(place.path().join("outside")).expect("the file beside the home");
    assert_eq!(outside, b"as it was");
    unpacked.ok()
}

/// The files of the tree are those of the manifest, byte for byte, and nothing else.
fn check_tree(tree: &Path, manifest: &Manifest) {
    assert!(
        manifest.total_size() <= MIN_UNPACKED,
        "more bytes than the limit"
    );
    assert!(manifest.len() <= MAX_FILES);
    let mut found = BTreeMap::new();
    walk(tree, tree, &mut found);
    assert_eq!(found.len(), manifest.len(), "files beside the manifest's");
    for (name, entry) in manifest.iter() {
        let there = found
            .get(&place_in_tree(name.as_str()))
            .expect("a file of the manifest");
        assert_eq!((there.0, there.1), (entry.sha256, entry.size), "{name}");
    }
}

fn walk(root: &Path, folder: &Path, found: &mut BTreeMap<String, (Sha256, u64)>) {
    for entry in fs::read_dir(folder).expect("a folder of the tree") {
        let entry = entry.expect("an entry of the tree");
        let (path, kind) = (entry.path(), entry.file_type().expect("a type"));
        if kind.is_dir() {
            walk(root, &path, found);
            continue;
        }
        assert!(kind.is_file(), "{} is no regular file", path.display());
        let bytes = fs::read(&path).expect("a file of the tree");
        let place = path.strip_prefix(root).expect("below the tree");
        let place = place.to_str().expect("a name that is text").to_owned();
        found.insert(place, (Sha256::of(&bytes), bytes.len() as u64));
    }
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder");
    let mut names: Vec<String> = entries
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    names.sort();
    names
}
