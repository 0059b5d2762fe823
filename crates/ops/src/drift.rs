//! A shim found that an installed tree is not as it was left: are its bytes still those of the seal?
//!
//! A cache restore or an image layer changes inodes and times and no content: such a tree is stamped
//! anew and runs. Only bytes refuse, and names that were never published; other permissions do not,
//! `verify` says them.

use goseal_core::plan::RunRefusal;
use goseal_core::progress::Silent;
use goseal_core::release::ReleaseId;

use crate::error::{Error, Result};
use crate::journal::Journal;
use crate::situation::read_machine;
use crate::verify::{remember, verify_one};
use crate::world::World;

/// Compares every byte of an installed tree with its seal, on record, and remembers the table of a
/// tree that is whole.
///
/// # Errors
///
/// [`Error::NotInstalled`]; [`Error::Differs`] and [`Error::Refused`] for a tree that drifted;
/// [`Error::Store`] and [`Error::Trust`] for a seal or proof that is damaged; [`Error::Ledger`].
pub fn compare_tree(world: &World, id: ReleaseId) -> Result<()> {
    let journal = Journal::open(world, &read_machine(world)?)?;
    let (found, seq) = verify_one(world, &journal, &id, false, &Silent)?;
    if !found.differences.is_empty() {
        return Err(Error::Differs {
            id,
            differences: found.differences,
        });
    }
    if let Some(first) = found.faults.first() {
        let more = match found.faults.len() {
            1 => String::new(),
            all => format!(" and {} more", all - 1),
        };
        return Err(Error::from(RunRefusal {
            code: "differs",
            what: format!("{id} differs from what was installed: {first}{more}"),
            mend: format!("`goseal verify --repair {}` puts it back", id.version),
        }));
    }
    if !found.modes.is_empty() {
        remember(world, &found, seq);
    }
    Ok(())
}
