//! The lock held against a tree that is installed, without a network.

use goseal_core::evidence::SumdbPosition;
use goseal_core::release::ReleaseId;
use goseal_store::Installed;

use crate::error::{Error, LockContradiction, Result};
use crate::situation::Situation;

impl Situation {
    /// An installed tree must be the one that the lock names, where it names one.
    ///
    /// # Errors
    ///
    /// [`Error::LockContradicted`] for another h1; [`Error::Trust`] for another record, or another root
    /// of a tree of one size.
    pub(crate) fn check_lock(&self, installed: &Installed) -> Result<()> {
        let (id, found) = (installed.id, installed.seal.proven.h1);
        let lock = self.written.lock.as_ref();
        let entry = lock.and_then(|lock| lock.entries.get(&id));
        if let (Some(entry), Some(proved)) = (entry, installed.seal.proven.sumdb)
            && let Some(locked) = entry.position
            && entry.h1 == found
        {
            check_position(&id, &locked, &proved)?;
        }
        match entry.filter(|entry| entry.h1 != found) {
            None => Ok(()),
            Some(entry) => Err(Error::LockContradicted(Box::new(LockContradiction {
                path: self.lock_path.clone(),
                id,
                locked: entry.h1,
                other: "the installed tree",
                found,
            }))),
        }
    }
}

/// A lock and a seal that speak of one h1 name one record, and one root where their trees are equal.
fn check_position(id: &ReleaseId, locked: &SumdbPosition, proved: &SumdbPosition) -> Result<()> {
    let contradiction = |what, left, right| {
        Err(Error::from(goseal_trust::Error::Contradiction {
            what,
            left: ("goseal.lock", left),
            right: ("the installed tree's proof", right),
        }))
    };
    if locked.record != proved.record {
        let (left, right) = (locked.record.to_string(), proved.record.to_string());
        return contradiction(format!("record number of {id}"), left, right);
    }
    if locked.tree_size == proved.tree_size && locked.tree_root != proved.tree_root {
        let (left, right) = (locked.tree_root.to_base64(), proved.tree_root.to_base64());
        return contradiction(format!("root of {} records", locked.tree_size), left, right);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use goseal_core::digest::Sha256;

    use super::*;
    use crate::scene::release;

    fn at(record: u64, tree_size: u64, root: u8) -> SumdbPosition {
        SumdbPosition {
            record,
            tree_size,
            tree_root: Sha256::from_bytes([root; 32]),
        }
    }

    #[test]
    fn a_lock_of_another_record_or_another_root_of_one_size_is_distrust_without_a_network() {
        let id = release("1.22.5");
        let proved = at(5, 100, 1);
        // A tree of another size is for the network to join.
        for locked in [at(5, 100, 1), at(5, 90, 2)] {
            assert!(check_position(&id, &locked, &proved).is_ok(), "{locked:?}");
        }
        for (locked, what) in [
            (at(6, 100, 1), "record number"),
            (at(5, 100, 2), "root of 100"),
        ] {
            let refused = check_position(&id, &locked, &proved).unwrap_err();
            assert!(refused.is_distrust(), "{refused}");
            assert!(refused.to_string().contains(what), "{refused}");
        }
    }
}
