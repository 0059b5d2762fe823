//! The commit: a verified tree gets its doors and its seal and becomes visible.
//!
//! Owns: `seals/<id>/{seal,manifest,proof}`, the doors of installed trees, `toolchains/`.
//! Promises: a tree is visible under its name only after its seal is on the disk; the seal is
//! written only for what trust has verified; a tree that lies there without a seal is never adopted.
//! Does not do: verifying (that is `trust`), reading seals back (that is `installed`).

mod head;

use std::path::Path;

use goseal_core::archive::Archive;
use goseal_core::digest::Sha256;
use goseal_core::layout::{BEHIND_DOOR, DOORS, door_of};
use goseal_core::manifest::Manifest;
use goseal_trust::{Release, Verified};

pub(crate) use self::head::HEAD_LIMIT;
pub use self::head::{Answered, Proven, SealHead};
use crate::error::{Error, Result, shown};
use crate::files::read_bounded;
use crate::installed::{self, Installed};
use crate::place::{Folder, set_file_mode};
use crate::stage::{self, Stage};

/// Bytes of a shim; ours has about one million.
pub(crate) const SHIM_LIMIT: u64 = 64 << 20;

/// What the seal keeps besides what was verified.
#[derive(Debug, Clone, Copy)]
pub struct SealNotes<'a> {
    /// The proof's text, kept beside the seal; empty where the evidence needs none.
    pub proof: &'a str,
    /// The archive that was unpacked.
    pub archive: &'a Archive,
    /// Who served the evidence.
    pub answered: &'a Answered,
    /// Whether `api doc misc test` were unpacked, as `covered` of [`crate::unpack`] allowed.
    pub outside_h1: bool,
    /// The build of goseal that installs.
    pub build: &'a str,
    /// When, in the form of RFC 3339; handed in, since this crate has no clock.
    pub installed_at: &'a str,
}

/// What is put into a tree in the place of `bin/go` and `bin/gofmt`.
#[derive(Debug, Clone, Copy)]
pub struct Doors<'a> {
    /// The shim's file. It is copied, never linked.
    pub shim: &'a Path,
    /// The text of `pkg/goseal/home`.
    pub home: &'a str,
}

/// Makes what was unpacked into `stage` an installed toolchain, if it is what was verified.
///
/// Durable when it returns. A crash at any point leaves no tree, or the sealed one (whose top folder
/// may then still be 0755).
///
/// # Errors
///
/// [`Error::H1`] when `manifest` is not what was verified; [`Error::AlreadyInstalled`];
/// [`Error::Text`] for notes that do not fit into a line; [`Error::NotAFolder`] and [`Error::Io`].
pub fn seal(
    stage: &Stage<'_>,
    verified: &Verified<Release>,
    manifest: &Manifest,
    notes: &SealNotes<'_>,
    doors: &Doors<'_>,
) -> Result<Installed> {
    let id = stage.release();
    let actual = manifest.h1(&id);
    if verified.id != id || verified.h1 != actual {
        return Err(Error::H1 {
            release: id,
            expected: verified.h1,
            actual,
        });
    }
    let layout = stage.layout();
    if installed::find(layout, &id)?.is_some() {
        let path = layout.tree(&id);
        return Err(Error::AlreadyInstalled { path });
    }
    let tree = stage.open_tree()?;
    let shim = read_bounded(doors.shim, SHIM_LIMIT)?
        .ok_or_else(|| Error::io("open", doors.shim, std::io::ErrorKind::NotFound))?;
    let files = Files::new(verified.get(), manifest, notes, (&shim, doors.home))?;
    put_doors(&tree, manifest, &shim, doors.home)?;
    tree.freeze_below()?;
    drop(tree);
    commit(stage, &files, notes.proof)?;
    Ok(Installed {
        id,
        root: layout.tree(&id),
        seal: files.head,
    })
}

/// The files of a seal, before they are written.
struct Files {
    head: SealHead,
    text: String,
    manifest: String,
}

impl Files {
    fn new(
        verified: &Release,
        manifest: &Manifest,
        notes: &SealNotes<'_>,
        (shim, home): (&[u8], &str),
    ) -> Result<Self> {
        let manifest = manifest.format();
        let archive = notes.archive;
        let judged = verified.archive.clone();
        // What was judged goes before what the caller says.
        let (archive_name, archive_sha256, archive_size) =
            judged.unwrap_or_else(|| (archive.file_name.clone(), archive.sha256, archive.size));
        let served_by = verified.served_by.as_ref().unwrap_or(&archive.served_by);
        let head = SealHead {
            proven: Proven {
                release: verified.id,
                h1: verified.h1,
                evidence: verified.evidence.clone(),
                sumdb: verified.sumdb,
                joined: verified.joined,
                minisign: verified.minisign.clone(),
                unmet: verified.unmet.clone(),
            },
            archive_form: archive.form,
            archive_name,
            archive_sha256,
            archive_size,
            served_by: served_by.clone(),
            answered: notes.answered.clone(),
            outside_h1: notes.outside_h1,
            manifest: Sha256::of(manifest.as_bytes()),
            proof: Sha256::of(notes.proof.as_bytes()),
            door: Sha256::of(shim),
            home: Sha256::of(home.as_bytes()),
            build: notes.build.to_owned(),
            installed_at: notes.installed_at.to_owned(),
        };
        let text = head.format();
        if SealHead::parse(text.as_bytes()).as_ref() != Ok(&head) {
            return Err(Error::Text {
                what: "a seal with the line",
                text: shown(served_by.as_bytes()),
            });
        }
        Ok(Self {
            head,
            text,
            manifest,
        })
    }
}

/// Seal first, one sync of the file system, then the rename that makes the tree visible.
fn commit(stage: &Stage<'_>, files: &Files, proof: &str) -> Result<()> {
    let name = stage.release().to_string();
    let store = Folder::root(stage.layout().store())?;
    let toolchains = store.ensure("toolchains", 0o755)?;
    // An unsealed tree must be gone before its seal is written: the two together would count.
    move_aside(stage, &toolchains, &name)?;
    let seals = store.ensure("seals", 0o755)?.ensure(&name, 0o755)?;
    seals.replace("manifest", files.manifest.as_bytes(), 0o444, false)?;
    seals.replace("proof", proof.as_bytes(), 0o444, false)?;
    seals.replace("seal", files.text.as_bytes(), 0o444, false)?;
    store.sync_file_system()?;
    stage.commit_tree(&toolchains, &name)?;
    toolchains.sync()?;
    toolchains.sub(&name)?.set_mode(0o555)
}

/// Puts a copy of the shim into the place of each published executable that has a door.
fn put_doors(tree: &Folder, manifest: &Manifest, shim: &[u8], home: &str) -> Result<()> {
    let bin = tree.ensure("bin", 0o755)?;
    let published = manifest.iter().map(|(name, _)| name.as_str());
    for door in published.filter_map(door_of) {
        create(&bin, door, shim, 0o555)?;
    }
    let behind = BEHIND_DOOR
        .split('/')
        .try_fold(tree.sub(".")?, |at, part| at.ensure(part, 0o755))?;
    create(&behind, "home", home.as_bytes(), 0o444)
}

fn create(folder: &Folder, name: &str, bytes: &[u8], mode: u32) -> Result<()> {
    use std::io::Write as _;
    let path = folder.path().join(name);
    let mut file = folder.create(name, 0o600)?;
    file.write_all(bytes)
        .map_err(|e| Error::io("write", &path, e))?;
    set_file_mode(&file, mode, &path)
}

/// Takes whatever lies in the place of a tree out of it and removes it.
fn move_aside(stage: &Stage<'_>, toolchains: &Folder, name: &str) -> Result<()> {
    if toolchains.type_of(name)?.is_none() {
        return Ok(());
    }
    if let Ok(folder) = toolchains.sub(name) {
        folder.set_mode(0o700)?;
    }
    let aside = stage::new_name(&stage.release())?;
    toolchains.rename(name, stage.staging(), &aside)?;
    toolchains.sync()?;
    stage.staging().remove(&aside)
}

/// Names of the shims in `shims/`, as [`DOORS`].
pub(crate) const fn shim_names() -> [&'static str; 2] {
    DOORS
}

#[cfg(test)]
mod tests;
