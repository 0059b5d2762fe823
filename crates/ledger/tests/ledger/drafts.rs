//! Drafts and folders for the tests.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use goseal_core::digest::{H1, Sha256};
use goseal_core::evidence::SumdbPosition;
use goseal_core::policy::Profile;
use goseal_ledger::record::{
    Action, Archive, Change, Checked, Claim, Depth, Draft, End, Event, Failed, Gap, Genesis,
    InstallStarted, Installed, Outcome, Owner, PinNote, PolicyNote, Rebuilt, Refused, RunId,
    RunRefused, Start, Status, User, Verb, Verified, Wall, Warned,
};
use goseal_ledger::redact::{Argv, Redacted, Redactor};
use goseal_ledger::{Appended, Ledger, machine_digest};

pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

pub(crate) fn owner() -> Owner {
    Owner {
        machine: machine_digest(b"0123456789abcdef"),
        uid: 1000,
    }
}

pub(crate) fn user() -> User {
    User {
        uid: 1000,
        name: Some("ann".to_owned()),
    }
}

pub(crate) fn redactor() -> Redactor {
    Redactor::new(&[7; 32], Some(Path::new("/home/ann")))
}

/// The `n`th draft of a test, one second after the one before.
pub(crate) fn draft(n: u64, event: Event) -> Draft {
    let mut nonce = [0; 16];
    nonce[8..].copy_from_slice(&n.to_be_bytes());
    Draft {
        run: run(n),
        nonce,
        time: Wall::new(1_795_371_188 + n, 123_456_789),
        boot_ns: 1_000_000_000 + n,
        boot_id: Some("5c5a5d0e-7f3b-4c57-9d0a-2f4b8f4f6a11".to_owned()),
        event,
    }
}

pub(crate) fn run(n: u64) -> RunId {
    let mut run = [0xab; 16];
    run[8..].copy_from_slice(&n.to_be_bytes());
    RunId::from_bytes(run)
}

pub(crate) fn genesis() -> Draft {
    Draft {
        run: RunId::NONE,
        ..draft(
            0,
            Event::Genesis(Genesis {
                chain: [0xc4; 16],
                machine: owner().machine,
                user: user(),
                predecessor: None,
                key: None,
                goseal: "0.1.0".to_owned(),
            }),
        )
    }
}

pub(crate) fn change(name: &str, action: Action, offered: &str, value: &str) -> Change {
    let redacted = |value: &str| Some(redactor().value(name, &OsString::from(value)));
    Change {
        name: name.to_owned(),
        action,
        offered: redacted(offered).filter(|_| !offered.is_empty()),
        value: redacted(value).filter(|_| !value.is_empty()),
    }
}

pub(crate) fn sumdb() -> SumdbPosition {
    SumdbPosition {
        record: 28_734_412,
        tree_size: 61_250_118,
        tree_root: Sha256::of(b"root"),
    }
}

/// What a run in a shell looks like.
pub(crate) fn start() -> Start {
    Start {
        tool: "go".to_owned(),
        argv: redactor().argv(&["build", "-o", "/home/ann/bin/hello", "./..."], None),
        cwd: redactor().path(Path::new("/home/ann/src/hello")),
        pin: PinNote {
            how: "file".to_owned(),
            file: Some(redactor().path(Path::new("/home/ann/src/hello/.go-version"))),
            line: Some(1),
        },
        release: "go1.26.10.linux-amd64".to_owned(),
        h1: Some(H1::from_sha256(Sha256::of(b"tree"))),
        evidence: vec!["lock".to_owned(), "sumdb".to_owned()],
        sumdb: Some(sumdb()),
        checked: Checked::Stat,
        deep_seq: Some(2),
        plan: Some(Sha256::of(b"plan")),
        inputs: Some(Sha256::of(b"inputs")),
        profile: Profile::Standard,
        environment: vec![
            change("GOTOOLCHAIN", Action::Forced, "auto", "local"),
            change("GOFLAGS", Action::Forced, "-mod=mod", ""),
            change("GOENV", Action::Forced, "", "off"),
            change("GOSUMDB", Action::Forced, "off", "sum.golang.org"),
            change("GIT_DIR", Action::Stripped, "/home/ann/x", ""),
        ],
        pid: 4242,
        ppid: 4141,
        pid_start: Some(987_654),
        user: user(),
        host: "build-7".to_owned(),
        terminal: true,
        ..Start::default()
    }
}

pub(crate) fn start_event() -> Event {
    Event::Start(Box::new(start()))
}

pub(crate) fn end_event() -> Event {
    Event::End(End {
        status: Status::Exit(0),
        duration_ns: 1_234_567_890,
        hint: None,
    })
}

fn release() -> String {
    "go1.22.5.linux-amd64".to_owned()
}

fn source() -> Redacted {
    redactor().text("https://u:p@go.dev/dl/")
}

fn reason() -> Redacted {
    redactor().text("the h1 differs\nfrom the record")
}

fn argv() -> Argv {
    redactor().argv(&["1.22.5", "--frozen"], None)
}

/// One event of every type that an appender takes, some of them twice.
pub(crate) fn every_event() -> Vec<Event> {
    [
        run_events(),
        install_events(),
        tree_events(),
        other_events(),
    ]
    .concat()
}

fn run_events() -> Vec<Event> {
    let full = Start {
        unmet: vec!["index".to_owned(), "minisign".to_owned()],
        door: Some(release()),
        weakened: vec!["flag-gcflags".to_owned()],
        parent: goseal_ledger::position::Position::parse(&format!("{}:7:4096", run(1))),
        ci: vec![Claim {
            name: "actor".to_owned(),
            value: redactor().text("ann"),
        }],
        ..start()
    };
    let end = |status| {
        Event::End(End {
            status,
            duration_ns: u64::MAX,
            hint: Some("cgo".to_owned()),
        })
    };
    vec![
        start_event(),
        end_event(),
        Event::Start(Box::new(full)),
        Event::Start(Box::default()),
        end(Status::Signal(9)),
        end(Status::NotStarted(13)),
        end(Status::Exit(-1)),
        Event::RunRefused(RunRefused {
            exit: 125,
            code: "toolexec".to_owned(),
            what: redactor().text("-toolexec=./x"),
            tool: "go".to_owned(),
            argv: argv(),
            cwd: redactor().path(Path::new("/srv")),
            release: Some(release()),
            user: user(),
        }),
    ]
}

fn install_events() -> Vec<Event> {
    let archive = Some(Archive {
        sha256: Sha256::of(b"archive"),
        size: 70_000_000,
    });
    let h1 = H1::from_sha256(Sha256::of(b"tree"));
    vec![
        Event::InstallStarted(InstallStarted {
            release: release(),
            source: source(),
            user: user(),
        }),
        Event::Installed(Box::new(Installed {
            release: release(),
            source: source(),
            archive: archive.clone(),
            h1,
            evidence: vec!["sumdb".to_owned()],
            unmet: vec!["index".to_owned()],
            sumdb: Some(sumdb()),
        })),
        Event::Refused(Refused {
            release: release(),
            source: source(),
            archive,
            h1: Some(h1),
            code: "h1".to_owned(),
            reason: reason(),
        }),
        Event::Failed(Failed {
            release: release(),
            source: source(),
            code: "network".to_owned(),
            reason: reason(),
        }),
    ]
}

fn tree_events() -> Vec<Event> {
    let h1 = H1::from_sha256(Sha256::of(b"tree"));
    vec![
        Event::Verified(Verified {
            release: release(),
            h1: None,
            source: None,
            depth: Depth::Deep,
            outcome: Outcome::Ok,
            differences: 0,
        }),
        Event::Rebuilt(Box::new(Rebuilt {
            release: release(),
            h1: Some(H1::from_sha256(Sha256::of(b"h1"))),
            archive: Some(Archive {
                sha256: Sha256::of(b"built"),
                size: 7,
            }),
            sources: Some(H1::from_sha256(Sha256::of(b"sources"))),
            bootstrap: Some("go1.26.10.linux-amd64".to_owned()),
            bootstrap_h1: Some(H1::from_sha256(Sha256::of(b"bootstrap"))),
            outcome: Outcome::Refused,
            differences: 2,
            code: Some("rebuild".to_owned()),
            reason: Some(reason()),
        })),
        Event::Verified(Verified {
            release: release(),
            h1: Some(h1),
            source: Some(source()),
            depth: Depth::Deep,
            outcome: Outcome::Findings,
            differences: 2,
        }),
    ]
}

fn other_events() -> Vec<Event> {
    vec![
        policy(Some("acme"), Some(7), Some(Sha256::of(b"policy"))),
        policy(None, Some(7), None),
        policy(None, None, None),
        Event::Verb(Verb {
            verb: "install".to_owned(),
            argv: argv(),
            outcome: Outcome::Failed,
            exit: 4,
            user: User::default(),
        }),
        Event::Gap(Gap {
            lost: Some(2),
            reason: reason(),
        }),
        Event::Warned(Warned {
            lost_run: Some(run(9)),
            code: "disk-full".to_owned(),
            reason: reason(),
        }),
    ]
}

fn policy(name: Option<&str>, serial: Option<u64>, sha256: Option<Sha256>) -> Event {
    Event::Policy(PolicyNote {
        name: name.map(str::to_owned),
        serial,
        sha256,
        action: "loaded".to_owned(),
    })
}

/// A ledger with its genesis in a folder that goes with the test.
pub(crate) struct Home {
    pub(crate) ledger: Ledger,
    folder: tempfile::TempDir,
}

impl Home {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let ledger = Ledger::at(&folder.path().join("audit"), owner());
        ledger.begin(&genesis(), PATIENCE, &mut |_| {}).unwrap();
        Self { ledger, folder }
    }

    pub(crate) fn audit(&self) -> PathBuf {
        self.folder.path().join("audit")
    }

    pub(crate) fn log(&self) -> PathBuf {
        self.audit().join("log.jsonl")
    }

    pub(crate) fn append(&self, n: u64, event: Event) -> Appended {
        let draft = draft(n, event);
        self.ledger.append(&draft, PATIENCE, &mut |_| {}).unwrap()
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        std::fs::read(self.log()).unwrap()
    }
}
