//! The hints and codes of the crates below the use cases: files, disk, log, evidence.

use std::io;
use std::path::Path;

use goseal_core::evidence::Evidence;
use goseal_core::exit::Exit;
use goseal_core::platform::Platform;
use goseal_core::release::ReleaseId;
use goseal_inputs::Error as InputsError;
use goseal_ledger::Error as LedgerError;
use goseal_ops::ConfigError;
use goseal_store::Error as StoreError;
use goseal_trust::{Error as TrustError, SignatureFault};

/// What helps where the lock and something proved disagree.
pub(super) const WHO_CHANGED_THE_LOCK: &str =
    "find out who changed goseal.lock, and when, before anything else";

/// What helps where a source or the network between served what is not so.
const WHO_SERVED_IT: &str =
    "find out who served it before anything else; nothing of it was kept or used";

/// A file that is there and says nothing usable is the project's, one that the system refuses is
/// the disk's.
pub(super) fn exit_of_inputs(error: &InputsError) -> Exit {
    match error {
        InputsError::NotRegular { .. } | InputsError::TooLarge { .. } => Exit::Project,
        InputsError::Read { .. } | InputsError::Guard { .. } | InputsError::Length { .. } => {
            Exit::Disk
        }
    }
}

pub(super) fn hint_of_inputs(error: &InputsError) -> Option<String> {
    match error {
        InputsError::Read { source, .. } => hint_of_io(source),
        InputsError::NotRegular { .. } => Some("put a regular file there".to_owned()),
        InputsError::TooLarge { .. } => Some("shorten it".to_owned()),
        InputsError::Guard { path, owner } => {
            let path = path.display();
            let chown = if *owner == 0 {
                String::new()
            } else {
                format!("sudo chown root {path} && ")
            };
            Some(format!(
                "`{chown}sudo chmod go-w {path}`, once what lies there is known to be right"
            ))
        }
        InputsError::Length { .. } => Some("remove it: it is made anew".to_owned()),
    }
}

pub(super) fn hint_of_config(error: &ConfigError) -> Option<String> {
    let hint = match error {
        ConfigError::UnknownKey {
            nearest: Some(known),
            ..
        } => format!("write `{known}`, or remove it"),
        ConfigError::UnknownKey { nearest: None, .. } | ConfigError::ProgramKey { .. } => {
            "remove it".to_owned()
        }
        ConfigError::UserInformation { .. } => {
            "remove the user and the password from the address".to_owned()
        }
        ConfigError::UnknownFormat {
            found, expected, ..
        } if found > expected => "use the goseal that wrote it, or a later one".to_owned(),
        _ => return None,
    };
    Some(hint)
}

/// What helps against a refusal of the system, where that is known.
pub(super) fn hint_of_io(error: &io::Error) -> Option<String> {
    let hint = match error.kind() {
        io::ErrorKind::PermissionDenied => "give this user access to it",
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "make room on that disk",
        io::ErrorKind::ReadOnlyFilesystem => "make that file system writable",
        io::ErrorKind::CrossesDevices => "put the whole home on one file system, with GOSEAL_HOME",
        _ => return None,
    };
    Some(hint.to_owned())
}

pub(super) fn hint_of_store(error: &StoreError) -> Option<String> {
    match error {
        StoreError::Io { source, .. } => hint_of_io(source),
        StoreError::NotAFolder { .. } => Some("put a folder of its own there".to_owned()),
        StoreError::NotAFile { .. } => Some("put a regular file there".to_owned()),
        StoreError::TooLong { .. } | StoreError::AlreadyInstalled { .. } => None,
        StoreError::Text { .. } => {
            Some("set GOSEAL_HOME to a folder without a line feed in its name".to_owned())
        }
        StoreError::Seal { path, .. } => Some(hint_of_seal(path)),
        StoreError::Names { path, .. } if release_of_seal(path).is_some() => {
            Some(hint_of_seal(path))
        }
        StoreError::Archive { .. }
        | StoreError::Name { .. }
        | StoreError::Names { .. }
        | StoreError::Limit { .. }
        | StoreError::Size { .. }
        | StoreError::OtherRelease { .. }
        | StoreError::H1 { .. } => Some(WHO_SERVED_IT.to_owned()),
    }
}

/// The release of a file in `seals/<id>/`.
fn release_of_seal(path: &Path) -> Option<ReleaseId> {
    let folder = path.parent()?;
    let seals = folder.parent()?.file_name()?;
    let id = folder.file_name()?.to_str()?;
    ReleaseId::parse(id).filter(|_| seals == "seals")
}

/// What names a release on the command line: the platform too, where it is not this machine's.
pub(super) fn named(id: &ReleaseId) -> String {
    if Platform::of_this_build() == Some(id.platform) {
        id.version.to_string()
    } else {
        format!("{} --platform {}", id.version, id.platform)
    }
}

fn hint_of_seal(path: &Path) -> String {
    let version = release_of_seal(path).map_or("VERSION".to_owned(), |id| named(&id));
    format!("`goseal uninstall {version}` removes it, so that it can be installed anew")
}

/// A record or a call that is not one is our own mistake; the rest is the disk's.
pub(super) fn exit_of_ledger(error: &LedgerError) -> Exit {
    match error {
        LedgerError::TooLong { .. } | LedgerError::WrongEvent { .. } => Exit::Bug,
        _ => Exit::Disk,
    }
}

pub(super) fn hint_of_ledger(error: &LedgerError) -> Option<String> {
    let hint = match error {
        LedgerError::Io { source, .. }
        | LedgerError::Write {
            source: Some(source),
            ..
        } => return hint_of_io(source),
        // The disk took less than a record and said nothing: it is full.
        LedgerError::Write { source: None, .. } => "make room on that disk",
        LedgerError::Busy { .. } => "end the process that holds it",
        LedgerError::NoChain { .. } => "`goseal init` begins the log",
        LedgerError::NotARecord { .. } | LedgerError::SegmentExists { .. } => {
            "`goseal audit verify` names what is damaged"
        }
        LedgerError::TooLong { .. } | LedgerError::WrongEvent { .. } => {
            "report it with the command that you typed"
        }
        _ => return None,
    };
    Some(hint.to_owned())
}

/// The fact, with a release where the crate has a path of the database's protocol.
pub(super) fn fact_of_trust(error: &TrustError) -> String {
    match error {
        TrustError::EvidenceMissing { id, evidence } => {
            format!("policy requires `{evidence}` evidence of {id}, and there is none")
        }
        _ => error.to_string(),
    }
}

/// Evidence that is not there: a lock is the project's, everything else a source's.
pub(super) fn exit_of_trust(error: &TrustError) -> Exit {
    match error {
        TrustError::EvidenceMissing {
            evidence: Evidence::Lock,
            ..
        } => Exit::Project,
        _ => Exit::Unobtainable,
    }
}

pub(super) fn hint_of_trust(error: &TrustError) -> String {
    match error {
        TrustError::EvidenceMissing {
            evidence: Evidence::Lock,
            id,
        } => super::lock_adds(id),
        TrustError::Apart { .. } => {
            "install from a source that joins it: a module proxy, or a newer mirror".to_owned()
        }
        TrustError::EvidenceMissing { .. } => {
            "the organisation's policy requires it: ask who wrote that policy".to_owned()
        }
        TrustError::Missing { .. } => "`goseal list --remote` shows what there is".to_owned(),
        TrustError::Contradiction { left, .. } if left.0 == "goseal.lock" => {
            WHO_CHANGED_THE_LOCK.to_owned()
        }
        TrustError::Signature { fault, .. } => hint_of_signature(fault).to_owned(),
        TrustError::Fork(_) => {
            "send what is kept in `sumdb/forks` to the Go team: one of the two is a lie".to_owned()
        }
        TrustError::Proof(_) | TrustError::Head { place: "proof", .. } => {
            "where it is an installed tree's, `goseal verify --repair` proves that anew".to_owned()
        }
        _ => WHO_SERVED_IT.to_owned(),
    }
}

fn hint_of_signature(fault: &SignatureFault) -> &'static str {
    match fault {
        SignatureFault::Missing => {
            "put back what was there: who signs it has it, with its signature"
        }
        SignatureFault::NotAKey(_) => "copy the second line of the publisher's `.pub` file",
        SignatureFault::UnknownKey { .. } => {
            "compare it with the publisher's own: `minisign` in policy.toml or config.toml names keys"
        }
        SignatureFault::Legacy | SignatureFault::Word(_) | SignatureFault::Number(..) => {
            "ask who publishes it to sign it as docs/evidence.md has it"
        }
        SignatureFault::Frozen { .. } => {
            "find out why nothing newer was served: policy.toml bounds the age with `max_age_days`"
        }
        _ => WHO_SERVED_IT,
    }
}
