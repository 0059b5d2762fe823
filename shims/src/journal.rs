//! The records of one run.

use std::ffi::OsStr;
use std::io::IsTerminal as _;
use std::path::Path;
use std::time::Duration;

use goseal_core::plan::{Action as PlanAction, Applied, Judged};
use goseal_core::policy::Profile;
use goseal_core::settings::{Class, class_in};
use goseal_core::tool::Tool;
use goseal_inputs::REDACTION_KEY_LENGTH;
use goseal_ledger::record::{
    Action, Change, Draft, End, Event, Owner, PinNote, RunId, RunRefused, Start, Status, User,
    Wall, Warned,
};
use goseal_ledger::redact::{Argv, Redactor};
use goseal_ledger::{Appended, Error, Ledger, machine_digest};

use crate::ask::{self, Answer};
use crate::launch::Ready;
use crate::parent::Parent;
use crate::refusal::{Refusal, say};
use crate::site::Site;
use crate::sys::{self, Ended, Offered};

/// How long the log's lock is waited for (RULES, Ledger).
const PATIENCE: Duration = Duration::from_secs(5);

/// One run's pen.
pub(crate) struct Journal<'a> {
    site: &'a Site,
    offered: &'a Offered,
    ledger: Ledger,
    redactor: Redactor,
    run: RunId,
    boot_id: Option<String>,
}

/// Why there is no record.
pub(crate) enum Trouble {
    /// The ledger's word.
    Log(String),
    /// The program refused to begin a chain, said why and recorded what could be: end so.
    Told(i32),
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        let source = std::error::Error::source(&error).map(|source| format!(": {source}"));
        Self::Log(format!("{error}{}", source.unwrap_or_default()))
    }
}

impl<'a> Journal<'a> {
    /// Opens the ledger in `folder`; keys that are not there yet are asked of the program.
    pub(crate) fn open(
        site: &'a Site,
        offered: &'a Offered,
        folder: &Path,
    ) -> Result<Self, Trouble> {
        let keys = match Keys::read(site)? {
            Some(keys) => keys,
            None => begin_chain(site).and_then(|()| Keys::made(site))?,
        };
        let owner = Owner {
            machine: machine_digest(&keys.machine),
            uid: site.uid,
        };
        let home = site.account.as_ref().map(|account| account.home.as_path());
        Ok(Self {
            site,
            offered,
            ledger: Ledger::at(folder, owner),
            redactor: Redactor::new(&keys.redaction, home),
            run: RunId::from_bytes(sys::random()),
            boot_id: goseal_inputs::boot_id(),
        })
    }

    /// The run's id.
    pub(crate) fn run(&self) -> RunId {
        self.run
    }

    /// Appends the start record; a chain that is not there yet is asked of the program.
    pub(crate) fn start(&self, ready: &Ready<'_>) -> Result<Appended, Trouble> {
        let draft = self.draft(Event::Start(Box::new(self.start_of(ready))));
        match self.append(&draft) {
            Err(Error::NoChain { .. }) => {
                begin_chain(self.site)?;
                Ok(self.append(&draft)?)
            }
            result => Ok(result?),
        }
    }

    /// Appends the end record.
    pub(crate) fn end(
        &self,
        status: Status,
        duration: Duration,
        hint: Option<&str>,
    ) -> Result<Appended, Trouble> {
        let end = End {
            status,
            duration_ns: u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX),
            hint: hint.map(str::to_owned),
        };
        Ok(self.append(&self.draft(Event::End(end)))?)
    }

    /// Says in the log that this run's start could not be said in it.
    pub(crate) fn warned(&self, reason: &str) -> Result<Appended, Trouble> {
        let warned = Warned {
            lost_run: Some(self.run),
            code: "log".to_owned(),
            reason: self.redactor.text(reason),
        };
        Ok(self.append(&self.draft(Event::Warned(warned)))?)
    }

    /// Appends a refusal.
    pub(crate) fn refused(
        &self,
        refusal: &Refusal,
        release: Option<String>,
    ) -> Result<Appended, Trouble> {
        let name = Path::new(&self.offered.name);
        let refused = RunRefused {
            exit: refusal.exit.code(),
            code: refusal.code.to_owned(),
            what: self.redactor.text(&refusal.what),
            tool: name
                .file_name()
                .unwrap_or(OsStr::new(""))
                .to_string_lossy()
                .chars()
                .take(64)
                .collect(),
            argv: self.argv(None),
            cwd: self.redactor.path(&cwd()),
            release,
            user: self.user(),
        };
        let draft = self.draft(Event::RunRefused(refused));
        match self.append(&draft) {
            Err(Error::NoChain { .. }) => {
                begin_chain(self.site)?;
                Ok(self.append(&draft)?)
            }
            result => Ok(result?),
        }
    }

    fn append(&self, draft: &Draft) -> Result<Appended, Error> {
        let mut said = false;
        self.ledger.append(draft, PATIENCE, &mut |_| {
            if !said {
                say(&["waiting for the log, which another process holds"]);
            }
            said = true;
        })
    }

    fn draft(&self, event: Event) -> Draft {
        let (time, boot_ns) = sys::clocks();
        Draft {
            run: self.run,
            nonce: sys::random(),
            time: Wall::since_epoch(time),
            boot_ns,
            boot_id: self.boot_id.clone(),
            event,
        }
    }

    fn argv(&self, user_from: Option<usize>) -> Argv {
        self.redactor.argv(&self.offered.argv, user_from)
    }

    fn user(&self) -> User {
        User {
            uid: self.site.uid,
            name: self
                .site
                .account
                .as_ref()
                .map(|account| account.name.clone()),
        }
    }

    fn start_of(&self, ready: &Ready<'_>) -> Start {
        let plan = &ready.found.plan;
        let pid = std::process::id();
        let process = goseal_inputs::process(pid);
        Start {
            tool: ready.tool.word().to_owned(),
            argv: self.argv(user_words(ready.tool, &ready.judged)),
            cwd: self.redactor.path(&ready.place.folder),
            pin: PinNote {
                how: plan.chosen.by.word().to_owned(),
                file: plan
                    .chosen
                    .file
                    .as_ref()
                    .map(|file| self.redactor.path(file)),
                line: plan.chosen.line,
            },
            release: plan.release.to_string(),
            door: self
                .site
                .door
                .filter(|door| *door != plan.release)
                .map(|door| door.to_string()),
            h1: Some(plan.h1),
            evidence: plan
                .evidence
                .iter()
                .map(|evidence| evidence.word().to_owned())
                .collect(),
            unmet: plan
                .unmet
                .iter()
                .map(|evidence| evidence.word().to_owned())
                .collect(),
            sumdb: plan.position,
            deep_seq: plan.deep,
            plan: Some(ready.found.digest),
            inputs: Some(plan.inputs),
            profile: plan.profile,
            environment: self.changes(&ready.applied, plan.profile),
            weakened: ready.weakened(),
            parent: ready.parent.as_ref().map(Parent::position),
            pid,
            ppid: process.map_or(0, |process| process.parent),
            pid_start: process.map(|process| process.start),
            user: self.user(),
            host: sys::host(),
            terminal: std::io::stderr().is_terminal()
                || std::io::stdout().is_terminal()
                || sys::stdin_is_terminal(),
            ..Start::default()
        }
    }

    fn changes(&self, applied: &Applied, profile: Profile) -> Vec<Change> {
        let differences = applied.changes.iter().map(|change| Change {
            name: change.name.clone(),
            action: action_of(change.action),
            offered: change
                .offered
                .as_ref()
                .map(|value| self.redactor.value(&change.name, value)),
            value: change
                .value
                .as_ref()
                .map(|value| self.redactor.value(&change.name, value.as_ref())),
        });
        let told = |name: &str| applied.changes.iter().any(|change| change.name == name);
        let as_offered = applied.in_effect.iter().filter(|(name, _)| !told(name));
        let as_offered = as_offered.map(|(name, value)| Change {
            name: name.clone(),
            action: match class_in(name, profile) {
                Some(Class::Carried) => Action::Carried,
                _ => Action::Free,
            },
            offered: None,
            value: Some(self.redactor.value(name, value)),
        });
        differences.chain(as_offered).collect()
    }
}

/// What the program makes once for each machine.
struct Keys {
    redaction: [u8; REDACTION_KEY_LENGTH],
    machine: Vec<u8>,
}

impl Keys {
    /// `None` where the program has not made them yet.
    fn read(site: &Site) -> Result<Option<Self>, Trouble> {
        let redaction = goseal_inputs::read_redaction_key(&site.layout)
            .map_err(|error| Trouble::Log(error.to_string()))?;
        let machine = goseal_inputs::machine_id(&site.layout);
        Ok(redaction
            .zip(machine)
            .map(|(redaction, machine)| Self { redaction, machine }))
    }

    /// After the program was asked to make them.
    fn made(site: &Site) -> Result<Self, Trouble> {
        Self::read(site)?.ok_or_else(|| {
            let folder = site.layout.keys();
            Trouble::Log(format!("there are no keys in {}", folder.display()))
        })
    }
}

fn begin_chain(site: &Site) -> Result<(), Trouble> {
    match ask::chain(site) {
        Ok(Answer::Done(_)) => Ok(()),
        Ok(Answer::Told(code)) => Err(Trouble::Told(code)),
        Err(refusal) => Err(Trouble::Log(refusal.what)),
    }
}

/// The index in the arguments from which they are the user's own program's. gofmt has none.
fn user_words(tool: Tool, judged: &Judged) -> Option<usize> {
    judged.user_args.filter(|_| tool == Tool::Go)
}

fn action_of(action: PlanAction) -> Action {
    match action {
        PlanAction::Forced => Action::Forced,
        PlanAction::Stripped => Action::Stripped,
        PlanAction::Carried => Action::Carried,
        PlanAction::Weakened => Action::Chosen,
    }
}

/// How a child ended, as the record has it.
pub(crate) fn status_of(ended: Ended) -> Status {
    match ended {
        Ended::Exit(code) => Status::Exit(code),
        Ended::Signal(signal) => Status::Signal(signal),
    }
}

/// The working directory for the record; empty where the system has none.
fn cwd() -> std::path::PathBuf {
    sys::working_directory().unwrap_or_default()
}
