//! The log as use cases write it: one chain for this machine and user, begun where there is none.
//!
//! Owns: which key redacts, which digest names the machine, what a verb's record holds. Does not
//! do: the record's bytes, which are the ledger's.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use goseal_core::evidence::Evidence;
use goseal_core::release::ReleaseId;
use goseal_ledger::record::{
    Draft, Event, Genesis, Outcome, Owner, Refused, RunId, User, Verb, Wall,
};
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
        let owner = owner(world)?;
        let folder = ledger_folder(world, written, &owner);
        let key = redaction_key(world, &folder)?;
        let ledger = Ledger::at(&folder, owner);
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

    /// Appends the record of a verb. Words after a `--` and the command that follows it are meant
    /// for somebody else's program: they are a count only.
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
    pub(crate) fn argv(&self, arguments: &[OsString]) -> Argv {
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

/// The key of the log in `folder`: in the state, or beside the log where policy moved that and the
/// state cannot be written.
fn redaction_key(world: &World, folder: &Path) -> Result<[u8; KEY_LENGTH]> {
    let usual = goseal_inputs::redaction_key_path(&world.layout);
    let moved = folder != world.layout.audit();
    let beside = goseal_inputs::ledger_redaction_key_path(folder);
    if moved
        && read_key(&usual)?.is_none()
        && (read_key(&beside)?.is_some() || !goseal_inputs::may_be_written(&usual))
    {
        return kept_random(world, &beside);
    }
    kept_random(world, &usual)
}

/// A random secret of this machine and user, made when it is first asked for.
fn kept_random(world: &World, path: &Path) -> Result<[u8; KEY_LENGTH]> {
    if let Some(key) = read_key(path)? {
        return Ok(key);
    }
    let mut key = [0; KEY_LENGTH];
    world.machine.random(&mut key);
    goseal_store::write_private(path, &key)?;
    // Somebody else may have been later and theirs holds.
    Ok(read_key(path)?.unwrap_or(key))
}

fn read_key(path: &Path) -> Result<Option<[u8; KEY_LENGTH]>> {
    let bytes = goseal_store::read_bounded(path, KEY_LENGTH as u64)?;
    Ok(bytes.and_then(|bytes| bytes.try_into().ok()))
}

/// Passes an outcome on; where it is distrust, that is on record first. For what happens outside of
/// an install's own start and end.
///
/// # Errors
///
/// The outcome's own, or [`crate::Error::Ledger`] where the record cannot be written.
pub(crate) fn keep_distrust<T>(
    world: &World,
    written: &Written,
    id: &ReleaseId,
    outcome: Result<T>,
) -> Result<T> {
    if let Err(error) = &outcome
        && error.is_distrust()
    {
        let journal = Journal::open(world, written)?;
        let refused = Event::Refused(Refused {
            release: id.to_string(),
            source: journal.text(""),
            archive: None,
            h1: None,
            code: error.code().to_owned(),
            reason: journal.text(&error.to_string()),
        });
        journal.append(journal.new_run(), refused)?;
    }
    outcome
}

/// The words of evidence that records hold.
pub(crate) fn words(evidence: &[Evidence]) -> Vec<String> {
    evidence
        .iter()
        .map(|evidence| evidence.word().to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use goseal_core::policy::Policy;

    use super::*;
    use crate::error::Error;
    use crate::scene::{Scene, h1, release};

    fn arguments(words: &[&str]) -> Vec<OsString> {
        words.iter().map(OsString::from).collect()
    }

    #[test]
    fn a_verb_is_on_record_and_words_meant_for_others_are_a_count() {
        let scene = Scene::new();
        let journal = Journal::open(&scene.world, &Written::default()).unwrap();
        let words = arguments(&["--go", "1.22.5", "--", "deploy", "to-production", "now"]);
        journal.verb("exec", &words, Outcome::Ok).unwrap();
        let log = scene.log();
        assert!(log.contains("\"type\":\"genesis\""), "{log}");
        assert!(
            log.contains("\"deploy\"") && !log.contains("to-production"),
            "{log}"
        );
        assert!(log.contains("\"user_words\":2"), "{log}");
    }

    #[test]
    fn keys_and_log_are_private_and_kept() {
        let scene = Scene::new();
        let keys = scene.world.layout.keys();
        drop(Journal::open(&scene.world, &Written::default()).unwrap());
        let path = goseal_inputs::redaction_key_path(&scene.world.layout);
        let key = std::fs::read(&path).unwrap();
        drop(Journal::open(&scene.world, &Written::default()).unwrap());
        assert_eq!(std::fs::read(&path).unwrap(), key);
        for folder in [keys, scene.world.layout.audit()] {
            let mode = std::fs::metadata(&folder).unwrap().permissions().mode();
            assert_eq!(mode & 0o7777, 0o700, "{}", folder.display());
        }
    }

    #[test]
    fn a_policy_moves_the_log_to_a_folder_of_machine_and_user() {
        let scene = Scene::new();
        let folder = scene.root().join("logs");
        let written = Written {
            policy: Some(Policy {
                ledger_dir: Some(folder.clone()),
                ..Policy::default()
            }),
            ..Written::default()
        };
        let place = log_folder(&scene.world, &written).unwrap();
        let uid = format!("-{}", scene.world.user.uid);
        assert!(place.starts_with(&folder) && place.to_str().unwrap().ends_with(&uid));
        drop(Journal::open(&scene.world, &written).unwrap());
        assert!(place.join("log.jsonl").is_file());
        assert_eq!(scene.log(), "");
    }

    #[test]
    fn distrust_is_on_record_and_other_failures_pass() {
        let scene = Scene::new();
        let id = release("1.22.5");
        let keep = |error: Error| {
            let kept = keep_distrust::<()>(&scene.world, &Written::default(), &id, Err(error));
            kept.unwrap_err()
        };
        keep(Error::not_installed(id));
        assert_eq!(scene.log(), "");
        keep(Error::LockContradicted(Box::new(
            crate::error::LockContradiction {
                path: "/p/goseal.lock".into(),
                id,
                locked: h1(1),
                other: "the installed tree",
                found: h1(2),
            },
        )));
        let log = scene.log();
        assert!(log.contains("\"type\":\"refused\""), "{log}");
        assert!(log.contains("\"code\":\"lock-contradicted\""), "{log}");
    }
}
