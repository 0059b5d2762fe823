//! Installed toolchains: found by their seals, read back, removed.
//!
//! Owns: reading `seals/` and `toolchains/`, removal. Promises: what has no seal is not installed;
//! manifest and proof are handed out only when they are the ones that the seal binds.
//! Does not do: comparing trees with manifests (see `scan` and [`Manifest::differences`]).

use std::path::{Path, PathBuf};

use goseal_core::digest::Sha256;
use goseal_core::layout::Layout;
use goseal_core::manifest::{EntryName, Manifest};
use goseal_core::release::ReleaseId;

use crate::error::{Error, Result};
use crate::files::read_no_link;
use crate::lock::ReleaseGuard;
use crate::place::Folder;
use crate::seal::{HEAD_LIMIT, SealHead};
use crate::stage;
use crate::unpack::place_of;

/// Bytes of a manifest; 50,000 files with long names need 10 MiB.
const MANIFEST_LIMIT: u64 = 64 << 20;
/// Bytes of a proof; a real one has about 4 KiB.
const PROOF_LIMIT: u64 = 1 << 20;

/// A toolchain with its seal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installed {
    /// The release.
    pub id: ReleaseId,
    /// GOROOT.
    pub root: PathBuf,
    /// What its seal says.
    pub seal: SealHead,
}

/// One executable of an installed toolchain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Executable {
    /// By which it was published: `bin/go`.
    pub name: EntryName,
    /// Where it lies: behind the door, if it has one.
    pub path: PathBuf,
    /// SHA-256 of its content, by the manifest.
    pub sha256: Sha256,
}

impl Installed {
    /// Whether it has doors; a tree without any never runs here.
    pub const fn has_doors(&self) -> bool {
        self.seal.door.is_some()
    }

    /// Where the file of a published name lies, relative to GOROOT: behind its door, if it has one.
    pub fn place(&self, published: &str) -> String {
        place_of(published, self.has_doors())
    }

    /// The executables in `bin/` and `pkg/tool/`, in order of their names.
    pub fn executables(&self, manifest: &Manifest) -> Vec<Executable> {
        let runs = |name: &EntryName| {
            let name = name.as_str();
            name.starts_with("bin/") || name.starts_with("pkg/tool/")
        };
        let files = manifest.iter().filter(|(name, _)| runs(name));
        files
            .map(|(name, entry)| Executable {
                name: name.clone(),
                path: self.root.join(self.place(name.as_str())),
                sha256: entry.sha256,
            })
            .collect()
    }
}

/// The toolchain of a release, if its tree is in place and sealed. Its files are not looked at.
///
/// # Errors
///
/// [`Error::Seal`] for a seal that is malformed or of another release; [`Error::NotAFolder`] where
/// the tree is a link; [`Error::Io`].
pub fn find(layout: &Layout, release: &ReleaseId) -> Result<Option<Installed>> {
    let root = layout.tree(release);
    match std::fs::symlink_metadata(&root) {
        Ok(about) if about.is_dir() => {}
        Ok(_) => return Err(Error::NotAFolder { path: root }),
        Err(e) if is_nothing(&e) => return Ok(None),
        Err(e) => return Err(Error::io("look at", &root, e)),
    }
    let path = layout.seal_folder(release).join("seal");
    let Some(bytes) = read_no_link(&path, HEAD_LIMIT)? else {
        return Ok(None);
    };
    let seal = SealHead::parse(&bytes).map_err(|fault| Error::seal(&path, fault))?;
    if seal.proven.release != *release {
        return Err(Error::seal(&path, "the name of another release"));
    }
    Ok(Some(Installed {
        id: *release,
        root,
        seal,
    }))
}

fn is_nothing(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{NotADirectory, NotFound};
    matches!(error.kind(), NotFound | NotADirectory)
}

/// What [`list`] says of one tree: `None` for a tree without a seal.
pub type Listed = (ReleaseId, Result<Option<Installed>>);

/// Every tree whose name is a release, in the order of [`ReleaseId`], each with what [`find`] says.
///
/// # Errors
///
/// [`Error::Io`] where the folder of the trees cannot be listed.
pub fn list(layout: &Layout) -> Result<Vec<Listed>> {
    let folder = match Folder::open(&layout.toolchains()) {
        Ok(folder) => folder,
        Err(Error::Io { source, .. }) if is_nothing(&source) => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let names = folder.names()?;
    let mut releases: Vec<_> = names
        .iter()
        .filter_map(|(name, _)| ReleaseId::parse(name))
        .collect();
    releases.sort_unstable();
    let found = releases.into_iter().map(|id| (id, find(layout, &id)));
    Ok(found.collect())
}

/// The published files of an installed toolchain.
///
/// # Errors
///
/// [`Error::Seal`] when the file is not the one that the seal binds, or is missing; [`Error::Io`].
pub fn read_manifest(layout: &Layout, installed: &Installed) -> Result<Manifest> {
    let path = layout.seal_folder(&installed.id).join("manifest");
    let text = read_bound(&path, MANIFEST_LIMIT, &installed.seal.manifest)?;
    let manifest = Manifest::parse(&text).map_err(|source| Error::Names {
        path: path.clone(),
        source,
    })?;
    if manifest.h1(&installed.id) == installed.seal.proven.h1 {
        Ok(manifest)
    } else {
        Err(Error::seal(&path, "another h1 than the seal"))
    }
}

/// The proof's text; empty where the evidence needs none.
///
/// # Errors
///
/// [`Error::Seal`] when the file is not the one that the seal binds, or is missing; [`Error::Io`].
pub fn read_proof(layout: &Layout, installed: &Installed) -> Result<String> {
    let path = layout.seal_folder(&installed.id).join("proof");
    read_bound(&path, PROOF_LIMIT, &installed.seal.proof)
}

fn read_bound(path: &Path, limit: u64, digest: &Sha256) -> Result<String> {
    let bytes =
        read_no_link(path, limit)?.ok_or_else(|| Error::seal(path, "no content: it is missing"))?;
    if Sha256::of(&bytes) != *digest {
        return Err(Error::seal(path, "another digest than the seal says"));
    }
    String::from_utf8(bytes).map_err(|_| Error::seal(path, "bytes that are not UTF-8"))
}

/// Removes the toolchain of the release whose lock the caller holds: the tree first, out of its
/// place by one rename, the seal last. Whether there was a tree.
///
/// # Errors
///
/// [`Error::Io`]. The same call then removes what is left.
pub fn uninstall(layout: &Layout, guard: &ReleaseGuard) -> Result<bool> {
    let name = guard.release().to_string();
    let store = Folder::root(layout.store())?;
    let toolchains = store.ensure("toolchains", 0o755)?;
    let staging = store.ensure("staging", 0o700)?;
    let there = toolchains.type_of(&name)?.is_some();
    if there {
        if let Ok(tree) = toolchains.sub(&name) {
            tree.set_mode(0o700)?;
        }
        let aside = stage::new_name(&guard.release())?;
        toolchains.rename(&name, &staging, &aside)?;
        toolchains.sync()?;
        staging.remove(&aside)?;
    }
    store.ensure("seals", 0o755)?.remove(&name)?;
    Ok(there)
}
