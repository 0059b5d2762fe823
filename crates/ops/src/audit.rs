//! Reading the log: is it intact, and what does it say. Reading it is on record too.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::path::PathBuf;

use goseal_ledger::read::Record;
use goseal_ledger::record::Outcome;
use goseal_ledger::replay::Entry;
use goseal_ledger::verify::{Verdict, replay_folder, verify_folder};

use crate::error::Result;
use crate::journal::{Journal, log_folder};
use crate::situation::read_machine;
use crate::world::World;

/// The verdict over this machine's and user's log, and where it lies.
///
/// # Errors
///
/// [`crate::Error::Ledger`] where there is no log or it cannot be read.
pub fn verify_log(world: &World) -> Result<(Verdict, PathBuf)> {
    let folder = log_folder(world, &read_machine(world)?)?;
    Ok((verify_folder(&folder)?, folder))
}

/// Which records to show.
#[derive(Debug, Clone)]
pub enum Which {
    /// These sequence numbers.
    Numbers(Vec<u64>),
    /// So many of the newest.
    Last(usize),
}

/// Records in the order of the log; the look itself is appended after them.
///
/// A record that is damaged has no number that could be believed and is not shown: `audit verify`
/// names it.
///
/// # Errors
///
/// As [`verify_log`].
pub fn show(world: &World, which: &Which, arguments: &[OsString]) -> Result<Vec<Record>> {
    let written = read_machine(world)?;
    let mut found: VecDeque<Record> = VecDeque::new();
    replay_folder(&log_folder(world, &written)?, &mut |entry| {
        let Entry::Record(record, _) = entry else {
            return;
        };
        match which {
            Which::Numbers(numbers) if numbers.contains(&record.seq) => found.push_back(*record),
            Which::Numbers(_) => {}
            Which::Last(count) => {
                found.push_back(*record);
                if found.len() > *count {
                    found.pop_front();
                }
            }
        }
    })?;
    Journal::open(world, &written)?.verb("audit show", arguments, Outcome::Ok)?;
    Ok(found.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;
    use crate::scene::Scene;

    #[test]
    fn a_log_that_was_never_begun_is_an_error_and_not_made() {
        let scene = Scene::new();
        let refused = verify_log(&scene.world).unwrap_err();
        assert!(matches!(refused, Error::Ledger(_)), "{refused}");
        assert!(show(&scene.world, &Which::Last(1), &[]).is_err());
        assert!(!scene.world.layout.audit().exists());
    }

    #[test]
    fn the_look_is_on_record_after_what_it_showed() {
        let scene = Scene::new();
        crate::begin_chain(&scene.world).unwrap();
        let shown = |which: &Which| -> Vec<u64> {
            let records = show(&scene.world, which, &[]).unwrap();
            records.iter().map(|record| record.seq).collect()
        };
        assert_eq!(shown(&Which::Last(10)), [0]);
        assert_eq!(shown(&Which::Last(1)), [1]);
        assert_eq!(shown(&Which::Numbers(vec![2, 0, 99])), [0, 2]);
        let (verdict, folder) = verify_log(&scene.world).unwrap();
        assert!(verdict.is_intact());
        assert_eq!(verdict.records, 4);
        assert_eq!(folder, scene.world.layout.audit());
    }
}
