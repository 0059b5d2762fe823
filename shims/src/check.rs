//! Whose files the shim believes, and whether an installed tree is still the one of the plan.

use std::fs::{self, Metadata};
use std::path::Path;

use goseal_core::plan::Plan;

use crate::refusal::Refusal;

/// Store, shims, `home` and plans belong to root or the caller and are writable by nobody else. A
/// group may write where it is the caller's own or root's: many systems give each user one.
pub(crate) fn check_owner(path: &Path, uid: u32) -> Result<(), Refusal> {
    let meta = fs::metadata(path).map_err(|error| {
        Refusal::new(
            "unreadable",
            format!("cannot read {}: {error}", path.display()),
            "run `goseal init`",
        )
    })?;
    check_meta(path, &meta, uid)
}

/// [`check_owner`] for a file that is open already.
#[cfg(unix)]
pub(crate) fn check_meta(path: &Path, meta: &Metadata, uid: u32) -> Result<(), Refusal> {
    use std::os::unix::fs::MetadataExt as _;
    let (owner, mode) = (meta.uid(), meta.mode());
    if owner != 0 && owner != uid {
        return Err(Refusal::new(
            "foreign-owner",
            format!(
                "{} belongs to user {owner}, not to user {uid} or root",
                path.display()
            ),
            format!("chown it to root or to user {uid}, or run `goseal init`"),
        ));
    }
    let group_writes = mode & 0o020 != 0 && meta.gid() != 0;
    if mode & 0o002 != 0 || (group_writes && meta.gid() != crate::sys::gid()) {
        return Err(Refusal::new(
            "open-mode",
            format!(
                "{} can be written by others, mode {:o}",
                path.display(),
                mode & 0o7777
            ),
            format!("run `chmod go-w {}`", path.display()),
        ));
    }
    Ok(())
}

/// Without owners there is nothing to compare.
#[cfg(not(unix))]
#[expect(
    clippy::unnecessary_wraps,
    reason = "the signature of the other systems"
)]
pub(crate) fn check_meta(_: &Path, _: &Metadata, _: u32) -> Result<(), Refusal> {
    Ok(())
}

/// The first file of the plan's identity that is not as it was when its content was last compared
/// with the seal.
pub(crate) fn changed_file(plan: &Plan) -> Option<&Path> {
    plan.identity
        .iter()
        .find(|identity| {
            goseal_inputs::stamp(&identity.path).ok().as_ref() != Some(&identity.stamp)
        })
        .map(|identity| identity.path.as_path())
}
