//! What was built, held against what was published, file by file.

use goseal_core::manifest::{Difference, EntryName, Manifest};
use goseal_core::progress::Progress;
use goseal_core::unverified::Unverified;
use goseal_store::{Installed, Stage};

use super::build::Built;
use super::macho::without_signature;
use crate::error::Result;

/// Bytes of one executable that are read; the largest has 30 MB.
const EXECUTABLE_LIMIT: u64 = 256 << 20;

/// How a build compares.
pub(super) struct Compared {
    /// Files that were compared.
    pub(super) files: u64,
    /// Executables that are the same but for their signatures.
    pub(super) unsigned: Vec<EntryName>,
    /// Everything that differs.
    pub(super) differences: Vec<Difference>,
}

/// Reads the built archive as any other and compares it. Executables of macOS are published with a
/// signature that no build can make: they are compared without it.
///
/// # Errors
///
/// [`crate::Error::Store`], for an archive that is not formed as Go's own too.
pub(super) fn compare(
    stage: &Stage<'_>,
    installed: &Installed,
    published: &Manifest,
    built: &Built,
    progress: &dyn Progress,
) -> Result<Compared> {
    let archive = Unverified::new(built.archive.clone());
    let found = goseal_store::unpack(&archive, stage, false, None, progress)?;
    let mut compared = Compared {
        files: found.len() as u64,
        unsigned: Vec::new(),
        differences: Vec::new(),
    };
    let signed = installed.id.platform.os() == "darwin";
    for difference in published.differences(&found) {
        match &difference {
            Difference::Changed(name)
                if signed && same_without_signature(stage, installed, name)? =>
            {
                compared.unsigned.push(name.clone());
            }
            _ => compared.differences.push(difference),
        }
    }
    Ok(compared)
}

/// Whether both are Mach-O executables that differ by nothing but a signature.
fn same_without_signature(
    stage: &Stage<'_>,
    installed: &Installed,
    name: &EntryName,
) -> Result<bool> {
    let published = installed.root.join(installed.place(name.as_str()));
    let mut bare = Vec::new();
    for path in [published, stage.tree().join(name.as_str())] {
        let bytes = goseal_store::read_bounded(&path, EXECUTABLE_LIMIT)?;
        bare.push(bytes.and_then(|bytes| without_signature(&bytes)));
    }
    Ok(matches!(bare.as_slice(), [Some(one), Some(other)] if one == other))
}
