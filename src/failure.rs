//! Failures as people read them: the fact, what caused it, one hint, and the exit code.
//!
//! Owns every hint and every mapping from an error to an exit code. Libraries know neither.

use std::error::Error as _;

use goseal_core::exit::Exit;
use goseal_core::version::VersionSyntax;
use goseal_ops::{Error, Forbidden, RequestFault};

use crate::ui::Ui;
use crate::world::Unusable;

/// A failure, ready to be shown.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    /// What the process returns.
    pub(crate) exit: Exit,
    /// The fact, a lowercase fragment.
    pub(crate) fact: String,
    /// What caused it, nearest first.
    pub(crate) causes: Vec<String>,
    /// Lines that show the place, without a line feed at the end.
    pub(crate) detail: Option<String>,
    /// One act that helps.
    pub(crate) hint: Option<String>,
}

impl Failure {
    /// Writes it the way every verb does: `error:`, `caused by:`, `hint:`.
    pub(crate) fn show(&self, ui: &Ui) {
        ui.note(&format!("{} {}", ui.red(self.label()), self.fact));
        for cause in &self.causes {
            ui.note(&format!("  caused by: {cause}"));
        }
        if let Some(detail) = &self.detail {
            ui.note(detail);
        }
        if let Some(hint) = &self.hint {
            ui.note(&format!("{} {hint}", ui.cyan("hint:")));
        }
    }

    /// Writes it the way a shim does: every line begins with `goseal: `.
    pub(crate) fn show_as_shim(&self, ui: &Ui) {
        ui.note(&format!("goseal: {}", self.fact));
        let hint = self.hint.iter().map(|hint| format!("hint: {hint}"));
        for line in self.causes.iter().cloned().chain(hint) {
            ui.note(&format!("goseal: {line}"));
        }
    }

    /// Distrust looks different from every other failure.
    fn label(&self) -> &'static str {
        if self.exit == Exit::Distrust {
            "error: not to be trusted:"
        } else {
            "error:"
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let fact = error.to_string();
        let mut causes = Vec::new();
        let mut source = error.source();
        while let Some(cause) = source {
            let text = cause.to_string();
            // A fact may hold its cause's words already; twice says no more.
            if !fact.contains(&text) {
                causes.push(text);
            }
            source = cause.source();
        }
        Self {
            exit: exit_of(&error),
            causes,
            detail: detail_of(&error),
            hint: hint_of(&error),
            fact,
        }
    }
}

impl From<std::io::Error> for Failure {
    /// The data could not be written to stdout.
    fn from(error: std::io::Error) -> Self {
        Self {
            exit: Exit::Disk,
            fact: "cannot write to stdout".to_owned(),
            causes: vec![error.to_string()],
            detail: None,
            hint: None,
        }
    }
}

impl From<Unusable> for Failure {
    fn from(unusable: Unusable) -> Self {
        let (fact, cause, hint) = match unusable {
            Unusable::WorkingDirectory(error) => (
                "the working directory cannot be read".to_owned(),
                Some(error),
                None,
            ),
            Unusable::OwnPath(error) => (
                "the path of this program cannot be found".to_owned(),
                Some(error),
                None,
            ),
            Unusable::NoHome => (
                "there is no home folder for this user".to_owned(),
                None,
                Some("GOSEAL_HOME names a folder for everything".to_owned()),
            ),
            Unusable::HomeFile(path, fault) => (
                format!("{}: {fault}", path.display()),
                None,
                Some("`goseal init` writes it anew".to_owned()),
            ),
            Unusable::RelativeHome(path) => (
                format!("GOSEAL_HOME is `{}`, which is not absolute", path.display()),
                None,
                Some("give GOSEAL_HOME an absolute path".to_owned()),
            ),
        };
        let causes = cause.map(|error| error.to_string()).into_iter().collect();
        Self {
            exit: Exit::Disk,
            fact,
            causes,
            detail: None,
            hint,
        }
    }
}

fn exit_of(error: &Error) -> Exit {
    if error.is_distrust() {
        return Exit::Distrust;
    }
    match error {
        Error::Inputs(_) | Error::Config(_) | Error::Pin { .. } | Error::NoPin { .. } => {
            Exit::Project
        }
        Error::Store(_) | Error::Ledger(_) | Error::Broken { .. } => Exit::Disk,
        Error::Fetch(error) if error.is_of_the_disk() => Exit::Disk,
        Error::Fetch(_) | Error::Trust(_) => Exit::Unobtainable,
        Error::NotInstalled { .. }
        | Error::Forbidden {
            what: Forbidden::Fetch,
            ..
        } => Exit::Offline,
        Error::Forbidden { .. } => Exit::Project,
        Error::Request(fault) => exit_of_request(fault),
        Error::LockContradicted(_) | Error::Differs { .. } => Exit::Distrust,
        Error::Refused(_) => Exit::Refused,
    }
}

fn exit_of_request(fault: &RequestFault) -> Exit {
    match fault {
        RequestFault::Inexact(_) | RequestFault::Platform(_) | RequestFault::Source(_) => {
            Exit::Usage
        }
        RequestFault::NothingOffered(_) => Exit::Unobtainable,
        RequestFault::AgainstPin { .. } => Exit::Refused,
    }
}

fn detail_of(error: &Error) -> Option<String> {
    match error {
        Error::Config(error) => error.snippet(),
        Error::Differs { differences, .. } if differences.len() > 1 => {
            let shown = differences.iter().take(20).map(|one| format!("  {one}"));
            let more = differences.len().saturating_sub(20);
            let rest = (more > 0).then(|| format!("  and {more} more"));
            Some(shown.chain(rest).collect::<Vec<_>>().join("\n"))
        }
        _ => None,
    }
}

fn hint_of(error: &Error) -> Option<String> {
    let hint = match error {
        Error::Pin { .. } => {
            "`.go-version` holds one exact release, such as 1.22.5; `goseal pin 1.22` finds one"
                .to_owned()
        }
        Error::NoPin { .. } => {
            "`goseal pin latest` pins this project, `goseal default latest` all places without a pin"
                .to_owned()
        }
        Error::NotInstalled { id } => format!("`goseal install {}`", id.version),
        Error::Forbidden { what: Forbidden::Fetch, id } => {
            format!("`goseal install {}` without --offline fetches it", id.version)
        }
        Error::Forbidden { .. } => "`goseal lock` writes it; review it and commit it".to_owned(),
        Error::Request(RequestFault::Inexact(VersionSyntax::Language { minor })) => {
            format!("`goseal list --remote` shows the releases of 1.{minor}; `goseal pin 1.{minor}` pins the newest")
        }
        Error::Request(RequestFault::Inexact(_)) => {
            "give an exact release, such as 1.22.5".to_owned()
        }
        Error::Request(RequestFault::NothingOffered(_)) => {
            "`goseal list --remote` shows what there is".to_owned()
        }
        Error::Request(RequestFault::AgainstPin { asked, .. }) => {
            format!("`goseal pin {}` changes the pin", asked.version)
        }
        Error::LockContradicted(_) => {
            "find out who changed the lock before anything else; nothing was installed".to_owned()
        }
        Error::Differs { id, .. } => {
            let version = id.version;
            format!("`goseal uninstall {version}` and `goseal install {version}` put it back")
        }
        Error::Refused(refusal) => refusal.mend.clone(),
        Error::Broken { .. } => "install goseal again: program and shim belong together".to_owned(),
        Error::Fetch(error) if error.is_of_the_disk() => return None,
        Error::Fetch(_) => {
            "GOPROXY, HTTPS_PROXY and SSL_CERT_FILE say how the network is reached".to_owned()
        }
        _ => return None,
    };
    Some(hint)
}
