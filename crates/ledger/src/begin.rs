//! Beginning a chain, and moving a superseded one away.
//!
//! Only the program does this; a shim without a chain asks it.

use std::fs;
use std::path::Path;
use std::time::Duration;

use crate::append::{Appended, Ledger};
use crate::blob;
use crate::disk::{self, LOG, OLD, SEGMENTS, io};
use crate::error::Error;
use crate::form::BLOCK;
use crate::position;
use crate::record::{Draft, Event, RunId};

/// What [`Ledger::begin`] found or did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Begun {
    /// A chain of this machine and uid was there; nothing was written.
    Already,
    /// The genesis record was written.
    New {
        /// Where it landed: `seq` 0, offset 0.
        at: Appended,
        /// The chain of another owner that was moved to `old/`, where there was one.
        superseded: Option<[u8; 16]>,
    },
}

impl Ledger {
    /// Begins the chain with a genesis draft, unless there is one of this owner. Makes the folder.
    ///
    /// A chain of another machine or uid moves whole to `old/<chain id>/`, and the new genesis
    /// names it. A killed `begin` is finished by the next one; what it moved is then named only if
    /// the move itself was not complete.
    ///
    /// # Errors
    ///
    /// [`Error::WrongEvent`] where the draft is no genesis; [`Error::Busy`], [`Error::Write`],
    /// [`Error::Io`].
    pub fn begin(
        &self,
        genesis: &Draft,
        patience: Duration,
        on_wait: &mut dyn FnMut(Duration),
    ) -> Result<Begun, Error> {
        let Event::Genesis(stated) = &genesis.event else {
            return Err(Error::WrongEvent {
                kind: genesis.event.kind(),
            });
        };
        disk::make_folder(&self.folder)?;
        let _lock = disk::take_lock(&self.folder, patience, on_wait)?;
        let superseded = match self.chain() {
            Ok(_) => return Ok(Begun::Already),
            Err(Error::NoChain {
                other_owner: true, ..
            }) => {
                let id = chain_id(&self.folder);
                let name = id.map_or_else(
                    || format!("unreadable-{}", RunId::from_bytes(stated.chain)),
                    |id| RunId::from_bytes(id).to_string(),
                );
                self.move_away(&name)?;
                id
            }
            Err(Error::NoChain { .. }) => {
                // A genesis that was cut: evidence, but no chain that a record could belong to.
                if self.may_be_cut_genesis()? {
                    self.move_away(&format!("torn-{}", RunId::from_bytes(stated.chain)))?;
                }
                None
            }
            Err(error) => return Err(error),
        };
        let mut genesis = genesis.clone();
        if let Event::Genesis(genesis) = &mut genesis.event {
            genesis.predecessor = genesis.predecessor.or(superseded);
        }
        let at = self.write_genesis(&genesis)?;
        Ok(Begun::New { at, superseded })
    }

    /// Whether a log without a record is what a killed `begin` leaves: a file of one record at most.
    /// Anything greater held records once and is damage, which a new chain would hide.
    fn may_be_cut_genesis(&self) -> Result<bool, Error> {
        let path = self.folder.join(LOG);
        match fs::symlink_metadata(&path) {
            Ok(about) if about.is_file() && about.len() <= BLOCK => Ok(true),
            Ok(_) => Err(Error::NotARecord { path, offset: 0 }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(io("look at", &path)(error)),
        }
    }

    /// Moves everything but the lock. The segments go last: while anything of the old chain is
    /// here, its genesis can still be found here or its blobs are already with it.
    fn move_away(&self, name: &str) -> Result<(), Error> {
        let target = self.folder.join(OLD).join(name);
        disk::make_folder(&target)?;
        for part in [blob::FOLDER, "tlog", LOG, SEGMENTS] {
            let from = self.folder.join(part);
            if fs::symlink_metadata(&from).is_ok() {
                fs::rename(&from, target.join(part)).map_err(io("rename", &from))?;
            }
        }
        Ok(())
    }
}

/// The chain id in the genesis record of a folder.
fn chain_id(folder: &Path) -> Option<[u8; 16]> {
    let genesis = position::read_at(folder, 0, 0).ok()?;
    let id = RunId::parse(genesis.get("chain")?.as_str()?)?;
    Some(*id.as_bytes())
}
