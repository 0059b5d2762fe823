//! A downloaded archive: where it lies, what form it has, what was seen while it came in.

use std::path::PathBuf;

use crate::digest::Sha256;
use crate::release::ReleaseId;

/// The two forms in which Go publishes one toolchain, and the two containers of archives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArchiveForm {
    /// The module zip of `golang.org/toolchain`: names begin with the module prefix, `go.mod` files
    /// are called `_go.mod`, no modes.
    ModuleZip,
    /// The release archive for Unix systems: names begin with `go/`.
    ReleaseTarGz,
    /// The release archive for Windows: names begin with `go/`.
    ReleaseZip,
    /// No archive: a tree that lay there. Its digest is that of its manifest's text.
    Tree,
}

/// An archive in a stage. Digest and size were taken from the bytes as they lie in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Archive {
    /// The release that was asked for; nothing in the archive has confirmed it.
    pub release: ReleaseId,
    /// The file that holds the bytes.
    pub path: PathBuf,
    /// Which form the source promised.
    pub form: ArchiveForm,
    /// The last part of the address or path that it came from.
    pub file_name: String,
    /// SHA-256 of the whole file.
    pub sha256: Sha256,
    /// Bytes.
    pub size: u64,
    /// The address or path that served it, without user information.
    pub served_by: String,
}
