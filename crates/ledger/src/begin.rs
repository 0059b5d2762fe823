//! Beginning a chain.
use std::time::Duration;

use crate::append::{Appended, Ledger};
use crate::error::Error;
use crate::record::Draft;

/// What [`Ledger::begin`] found or did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Begun {
    /// A chain of this machine and uid was there; nothing was written.
    Already,
    /// The genesis record was written.
    New {
        /// Where it landed: `seq` 0, offset 0.
        at: Appended,
        /// The chain that was moved to `old/`, where there was one.
        superseded: Option<[u8; 16]>,
    },
}

impl Ledger {
    /// Begins the chain with a genesis draft, unless there is one of this owner.
    ///
    /// # Errors
    ///
    /// See [`Error`].
    pub fn begin(
        &self,
        genesis: &Draft,
        patience: Duration,
        on_wait: &mut dyn FnMut(Duration),
    ) -> Result<Begun, Error> {
        let _ = (genesis, patience, on_wait);
        unimplemented!()
    }
}
