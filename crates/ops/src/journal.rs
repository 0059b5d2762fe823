//! The log as use cases write it: one chain for this machine and user, begun where there is none.
//!
//! Owns: which key redacts, which digest names the machine, what a verb's record holds. Does not
//! do: the record's bytes, which are the ledger's.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use goseal_core::evidence::Evidence;
use goseal_ledger::record::{Draft, Event, Genesis, Outcome, Owner, RunId, User, Verb, Wall};
use goseal_ledger::redact::{Argv, Redacted, Redactor};
use goseal_ledger::{Appended, Begun, Ledger};

use crate::error::Result;
use crate::situation::Written;
use crate::world::World;

/// How long an append waits for the lock before it gives up. RULES: five seconds.
pub const PATIENCE: Duration = Duration::from_secs(5);

/// Bytes of the redaction key and of a machine's own random id.
const KEY_LENGTH: usize = goseal_inputs::REDACTION_KEY_LENGTH;

/// The log of this machine and user, open for records.
pub struct Journal<'w> {
    world: &'w World,
    ledger: Ledger,
    redactor: Redactor,
}

impl<'w> Journal<'w> {
    /// Opens the log; begins its chain where there is none of this machine and user.
    ///
    /// # Errors
    ///
    /// [`crate::Error::Ledger`] and [`crate::Error::Store`].
    pub fn open(world: &'w World, written: &Written) -> Result<Self> {
        let key = kept_random(world, &goseal_inputs::redaction_key_path(&world.layout))?;
        let owner = owner(world)?;
        let ledger = Ledger::at(&ledger_folder(world, written, &owner), owner);
        let redactor = Redactor::new(&key, world.user.home.as_deref());
        let journal = Self {
            world,
            ledger,
            redactor,
        };
        journal.begin(&owner)?;
        Ok(journal)
    }

    fn begin(&self, owner: &Owner) -> Result<Begun> {
        let mut chain = [0; 16];
        self.world.machine.random(&mut chain);
        let genesis = self.draft(
            RunId::NONE,
            Event::Genesis(Genesis {
                chain,
                machine: owner.machine,
                user: self.user(),
                predecessor: None,
                key: None,
                goseal: self.world.product.name.clone(),
            }),
        );
        Ok(self.ledger.begin(&genesis, PATIENCE, &mut |_| {})?)
    }

    /// Appends one record and says where it landed.
    ///
    /// # Errors
    ///
    /// [`crate::Error::Ledger`].
    pub fn append(&self, run: RunId, event: Event) -> Result<Appended> {
        Ok(self
            .ledger
            .append(&self.draft(run, event), PATIENCE, &mut |_| {})?)
    }

    /// Appends the record of a verb.
    ///
    /// # Errors
    ///
    /// [`crate::Error::Ledger`].
    pub fn verb(&self, verb: &str, arguments: &[OsString], outcome: Outcome) -> Result<Appended> {
        let exit = match outcome {
            Outcome::Ok => 0,
            Outcome::Findings => 1,
            Outcome::Refused => 5,
            Outcome::Failed => 7,
        };
        let argv = self.argv(arguments);
        let verb = Verb {
            verb: verb.to_owned(),
            argv,
            outcome,
            exit,
            user: self.user(),
        };
        self.append(RunId::NONE, Event::Verb(verb))
    }

    /// Arguments after redaction. What follows a command after `--` is its own, and only counted.
    pub fn argv(&self, arguments: &[OsString]) -> Argv {
        let command = arguments.iter().position(|word| word == "--");
        self.redactor.argv(arguments, command.map(|at| at + 2))
    }

    /// A new run id.
    pub fn new_run(&self) -> RunId {
        let mut bytes = [0; 16];
        self.world.machine.random(&mut bytes);
        RunId::from_bytes(bytes)
    }

    /// The rules of redaction with this machine's key.
    pub fn redactor(&self) -> &Redactor {
        &self.redactor
    }

    /// Free text after redaction.
    pub fn text(&self, text: &str) -> Redacted {
        self.redactor.text(text)
    }

    /// Who runs this, as records name it.
    pub fn user(&self) -> User {
        User {
            uid: self.world.user.uid,
            name: Some(self.world.user.name.clone()),
        }
    }

    fn draft(&self, run: RunId, event: Event) -> Draft {
        let mut nonce = [0; 16];
        self.world.machine.random(&mut nonce);
        let (seconds, nanos) = self.world.machine.now();
        Draft {
            run,
            nonce,
            time: Wall::new(seconds, nanos),
            boot_ns: self.world.machine.since_boot_ns(),
            boot_id: goseal_inputs::boot_id(),
            event,
        }
    }
}

/// Where this machine's and user's log lies: policy's folder, else the home's.
///
/// # Errors
///
/// [`crate::Error::Store`] where the machine has no id and none can be kept.
pub(crate) fn log_folder(world: &World, written: &Written) -> Result<PathBuf> {
    let owner = owner(world)?;
    Ok(ledger_folder(world, written, &owner))
}

fn ledger_folder(world: &World, written: &Written, owner: &Owner) -> PathBuf {
    let policy = written
        .policy
        .as_ref()
        .and_then(|policy| policy.ledger_dir.as_deref());
    match policy {
        Some(folder) => folder.join(format!("{}-{}", owner.machine, owner.uid)),
        None => world.layout.audit(),
    }
}

fn owner(world: &World) -> Result<Owner> {
    let id = match goseal_inputs::machine_id(&world.layout) {
        Some(id) => id,
        None => kept_random(world, &goseal_inputs::machine_key_path(&world.layout))?.to_vec(),
    };
    Ok(Owner {
        machine: goseal_ledger::machine_digest(&id),
        uid: world.user.uid,
    })
}

/// A random secret of this machine and user, made when it is first asked for.
fn kept_random(world: &World, path: &Path) -> Result<[u8; KEY_LENGTH]> {
    if let Some(key) = read_key(path)? {
        return Ok(key);
    }
    let mut key = [0; KEY_LENGTH];
    world.machine.random(&mut key);
    goseal_store::write_atomic(path, &key, 0o600)?;
    // Somebody else may have been later and theirs holds.
    Ok(read_key(path)?.unwrap_or(key))
}

fn read_key(path: &Path) -> Result<Option<[u8; KEY_LENGTH]>> {
    let bytes = goseal_store::read_bounded(path, KEY_LENGTH as u64)?;
    Ok(bytes.and_then(|bytes| bytes.try_into().ok()))
}

/// The words of evidence that records hold.
pub(crate) fn words(evidence: &[Evidence]) -> Vec<String> {
    evidence
        .iter()
        .map(|evidence| evidence.word().to_owned())
        .collect()
}
