//! Installed releases are removed.

use std::ffi::OsString;

use goseal_core::release::ReleaseId;
use goseal_ledger::record::Outcome;

use crate::current::named_or_here;
use crate::error::{Error, Result};
use crate::journal::Journal;
use crate::named::on_platforms;
use crate::world::World;

/// Removes installed releases; on record.
///
/// # Errors
///
/// [`Error::NotInstalled`], [`Error::Store`], [`Error::Ledger`].
pub fn uninstall(
    world: &World,
    versions: &[String],
    platforms: &[String],
    arguments: &[OsString],
) -> Result<Vec<ReleaseId>> {
    let written = crate::situation::read_machine(world)?;
    let journal = Journal::open(world, &written)?;
    let ids = on_platforms(named_or_here(world, versions)?, platforms)?;
    for id in &ids {
        let guard = goseal_store::lock_release(&world.layout, id, || {})?;
        let removed = goseal_store::uninstall(&world.layout, &guard);
        let outcome = if removed.is_ok() {
            Outcome::Ok
        } else {
            Outcome::Failed
        };
        journal.verb("uninstall", arguments, outcome)?;
        if !removed? {
            return Err(Error::not_installed(*id));
        }
    }
    Ok(ids)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene::Scene;

    #[test]
    fn what_is_not_installed_cannot_be_removed() {
        let scene = Scene::new();
        let refused = uninstall(&scene.world, &["1.22.5".into()], &[], &[]).unwrap_err();
        assert!(matches!(refused, Error::NotInstalled { .. }), "{refused}");
    }
}
