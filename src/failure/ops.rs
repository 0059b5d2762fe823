//! The words, hints and codes of what use cases stop for.

use std::error::Error as _;

use goseal_core::exit::Exit;
use goseal_core::platform::Platform;
use goseal_core::release::ReleaseId;
use goseal_core::version::{Version, VersionSyntax};
use goseal_inputs::{PassedOver, Reason};
use goseal_ops::{Breakage, Error, FetchError, PinFault, RequestFault, Unfetched};

use super::crates::named;
use super::{Failure, aligned, crates, rebuild, wire};
use crate::render::quote_sh;

/// Differences of one tree that are shown.
const SHOWN: usize = 20;

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let claims = error.claims();
        let fact = match (&claims, &error) {
            (Some(claims), _) => claims.about.clone(),
            (None, Error::Fetch(error)) => wire::fact(error),
            (None, Error::Trust(error)) => crates::fact_of_trust(error),
            (None, error) => error.to_string(),
        };
        let detail = match claims {
            Some(claims) => aligned(&[
                (&claims.expected.0, &claims.expected.1),
                (&claims.found.0, &claims.found.1),
            ]),
            None => detail_of(&error),
        };
        Self {
            exit: exit_of(&error),
            distrust: error.is_distrust(),
            causes: causes_of(&error, &fact, &detail),
            detail,
            hint: hint_of(&error),
            fact,
        }
    }
}

/// What lies below an error, nearest first; what the lines above it say already is left out.
fn causes_of(error: &Error, fact: &str, detail: &[String]) -> Vec<String> {
    let mut causes = Vec::new();
    let mut source = error.source();
    while let Some(cause) = source {
        let text = cause.to_string();
        // Where both values are shown, the cause is the same once more on one line.
        if !fact.contains(&text) && detail.is_empty() {
            causes.push(text);
        }
        source = cause.source();
    }
    causes
}

fn exit_of(error: &Error) -> Exit {
    if error.is_distrust() {
        return Exit::Distrust;
    }
    match error {
        Error::Inputs(error) => crates::exit_of_inputs(error),
        Error::Config(_) | Error::Pin { .. } => Exit::Project,
        Error::Store(_) => Exit::Disk,
        Error::Ledger(error) => crates::exit_of_ledger(error),
        Error::Fetch(error) => match error.as_ref() {
            FetchError::Io { .. } => Exit::Disk,
            _ => Exit::Unobtainable,
        },
        Error::Trust(error) => crates::exit_of_trust(error),
        Error::NotInstalled { why, .. } => match why {
            Unfetched::Unasked | Unfetched::Offline { .. } => Exit::Offline,
            Unfetched::NoLock(_) | Unfetched::NoEntry(_) => Exit::Project,
        },
        Error::Request(fault) => exit_of_request(fault),
        Error::LockContradicted(_) | Error::Differs { .. } => Exit::Distrust,
        Error::Refused(_) => Exit::Refused,
        Error::Rebuild(fault) => rebuild::exit(fault),
        Error::Broken(breakage) => match breakage {
            Breakage::Part(_) | Breakage::Unlistable(_) => Exit::Disk,
            Breakage::Platform => Exit::Unobtainable,
            Breakage::Bug(_) => Exit::Bug,
        },
    }
}

fn exit_of_request(fault: &RequestFault) -> Exit {
    match fault {
        RequestFault::Inexact { .. } | RequestFault::Platform(_) | RequestFault::Tree { .. } => {
            Exit::Usage
        }
        RequestFault::Source {
            by: "goseal.toml" | "config.toml",
            ..
        }
        | RequestFault::NoLock(_)
        | RequestFault::NotLocked(..) => Exit::Project,
        RequestFault::Source { .. } => Exit::Usage,
        RequestFault::NothingOffered { .. } | RequestFault::NoFile { .. } => Exit::Unobtainable,
        RequestFault::InUse { .. } => Exit::Disk,
        RequestFault::AgainstPin { .. } => Exit::Refused,
    }
}

fn detail_of(error: &Error) -> Vec<String> {
    match error {
        Error::Config(error) => {
            let snippet = error.snippet().unwrap_or_default();
            snippet.lines().map(str::to_owned).collect()
        }
        // One difference stands in the fact already.
        Error::Differs { differences, .. } if differences.len() > 1 => {
            let shown = differences.iter().take(SHOWN).map(ToString::to_string);
            let more = differences.len().saturating_sub(SHOWN);
            let rest = (more > 0).then(|| format!("and {more} more"));
            shown.chain(rest).collect()
        }
        Error::Pin {
            fault: PinFault::Line { installed, .. },
            ..
        }
        | Error::Request(RequestFault::Inexact { installed, .. }) => candidates(installed),
        Error::Fetch(error) => wire::detail(error),
        Error::Rebuild(fault) => rebuild::detail(fault),
        _ => Vec::new(),
    }
}

/// The exact releases that are here, without asking anybody.
fn candidates(installed: &[Version]) -> Vec<String> {
    if installed.is_empty() {
        return Vec::new();
    }
    let names: Vec<String> = installed.iter().map(ToString::to_string).collect();
    vec![format!(
        "installed: {}; `goseal list --remote` shows all",
        names.join(", ")
    )]
}

fn hint_without_pin(passed_over: Option<&PassedOver>) -> String {
    let open = passed_over.filter(|pin| pin.reason == Reason::WorldWritable);
    match open.and_then(|pin| pin.path.parent()) {
        Some(folder) => format!("`chmod o-w {}` makes it count", folder.display()),
        None => "`goseal pin latest` pins the newest release here".to_owned(),
    }
}

fn hint_of(error: &Error) -> Option<String> {
    let hint = match error {
        Error::Inputs(error) => return crates::hint_of_inputs(error),
        Error::Config(error) => return crates::hint_of_config(error),
        Error::Store(error) => return crates::hint_of_store(error),
        Error::Ledger(error) => return crates::hint_of_ledger(error),
        Error::Trust(error) => crates::hint_of_trust(error),
        Error::Fetch(error) => return wire::hint(error),
        Error::Pin { path, fault } => hint_of_pin(path, fault),
        Error::NotInstalled { id, why } => match why {
            Unfetched::Unasked => format!("`goseal install {}` installs it", named(id)),
            Unfetched::Offline { from } => {
                format!("`{}` fetches it", fetching(id, from.as_deref()))
            }
            Unfetched::NoLock(_) => {
                "`goseal lock` writes it, to be reviewed and committed".to_owned()
            }
            Unfetched::NoEntry(_) => super::lock_adds(id),
        },
        Error::Request(fault) => hint_of_request(fault),
        Error::LockContradicted(_) => crates::WHO_CHANGED_THE_LOCK.to_owned(),
        Error::Differs { id, .. } => format!(
            "`goseal verify --repair {}` puts back what was published",
            named(id)
        ),
        Error::Refused(refusal) => refusal.mend.clone(),
        Error::Rebuild(fault) => return rebuild::hint(fault),
        Error::Broken(breakage) => match breakage {
            Breakage::Part(_) => {
                "install goseal again: program and shim are one build, in one folder".to_owned()
            }
            Breakage::Platform => return None,
            Breakage::Unlistable(_) => {
                "set GOSEAL_HOME to a folder without the separator of PATH in its name".to_owned()
            }
            Breakage::Bug(_) => "report it with the command that you typed".to_owned(),
        },
    };
    Some(hint)
}

/// The command that fetches a release, ready to be typed.
fn fetching(id: &ReleaseId, from: Option<&str>) -> String {
    let mut words = format!("goseal install {}", id.version);
    if Platform::of_this_build() != Some(id.platform) {
        words = format!("{words} --platform {}", id.platform);
    }
    if let Some(from) = from {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"/._-:+%".contains(&b);
        let from = if from.bytes().all(plain) {
            from.to_owned()
        } else {
            quote_sh(from)
        };
        words = format!("{words} --from {from}");
    }
    words
}

fn hint_of_nearest(nearest: &[Version]) -> String {
    let names: Vec<String> = nearest.iter().map(ToString::to_string).collect();
    match names.as_slice() {
        [] => "`goseal list --remote` shows what there is".to_owned(),
        names => format!(
            "the nearest that are offered: {}; `goseal list --remote` shows all",
            names.join(", ")
        ),
    }
}

fn hint_of_pin(path: &std::path::Path, fault: &PinFault) -> String {
    match fault {
        PinFault::Text(_) => {
            "`goseal pin latest` writes one exact release into it, such as 1.22.5".to_owned()
        }
        PinFault::Line { minor, .. } => {
            format!("`goseal pin 1.{minor}` writes the newest release of that line into it")
        }
        PinFault::Absent { passed_over } => hint_without_pin(passed_over.as_ref()),
        PinFault::Foreign { config, .. } => format!(
            "if you trust it, name {} in `trusted_places` of {}",
            path.parent().unwrap_or(path).display(),
            config.display()
        ),
    }
}

fn hint_of_request(fault: &RequestFault) -> String {
    match fault {
        RequestFault::Inexact { syntax, installed } => match (syntax, installed.last()) {
            (_, Some(newest)) => format!("name one of them, such as {newest}"),
            (VersionSyntax::Language { minor }, None) => {
                format!("`goseal list --remote` shows the releases of 1.{minor}")
            }
            (_, None) => "give one exact release, such as 1.22.5".to_owned(),
        },
        RequestFault::NothingOffered { nearest, .. } => hint_of_nearest(nearest),
        RequestFault::NoLock(_) | RequestFault::NotLocked(..) => {
            "`goseal lock` writes it, to be reviewed and committed".to_owned()
        }
        RequestFault::InUse { id, .. } => format!(
            "end them first, or `goseal uninstall --force {}` removes it all the same",
            id.version
        ),
        RequestFault::NoFile {
            instead: Some(name),
            ..
        } => format!("this release has it as {name}: `goseal which --file {name}`"),
        RequestFault::NoFile {
            id, outside: true, ..
        } => format!(
            "`goseal uninstall {0}`, then `goseal install --from FOLDER` with {1} in it unpacks them \
             where goseal.lock has its sha256",
            named(id),
            id.archive_file_name()
        ),
        RequestFault::NoFile { id, .. } => {
            format!(
                "`goseal verify {}` says whether a file is missing",
                named(id)
            )
        }
        RequestFault::AgainstPin { asked, .. } => {
            format!("`goseal pin {}` changes the pin", asked.version)
        }
        RequestFault::Platform(_) => {
            "name it as Go does: GOOS/GOARCH, such as linux/amd64".to_owned()
        }
        RequestFault::Tree { .. } => {
            "give the folder that is GOROOT; `--platform` names what its VERSION does not"
                .to_owned()
        }
        RequestFault::Source { by: "--policy", .. } => "give the file of a policy".to_owned(),
        RequestFault::Source {
            by: "bundle sign", ..
        } => "give the signature that minisign wrote beside bundle.toml".to_owned(),
        RequestFault::Source { .. } => {
            "give a module proxy's address, a mirror, a bundle, a folder of archives or a Go tree"
                .to_owned()
        }
    }
}
