//! Failures as people read them: the fact, what caused it, one hint, and the exit code.
//!
//! Owns every hint and every mapping from an error to an exit code. Libraries know neither.
//! Promises: distrust has a label of its own and no hint that tells to try again; two values that
//! should be one stand below each other; nothing from outside moves the terminal.

mod crates;
mod ops;
mod rebuild;
mod wire;

use goseal_core::exit::Exit;
use goseal_ops::{Error, PinFault};

use crate::render::plain as printable;
use crate::ui::Ui;
use crate::world::Unusable;

/// What helps where a run finds neither a pin nor a default.
const NO_PIN_HINT: &str = "in a project `goseal pin latest` pins a release; `goseal default latest` \
                           sets one for all other places";

/// A failure, ready to be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    /// What the process returns.
    pub(crate) exit: Exit,
    /// Whether something is not what it should be, as opposed to out of reach.
    pub(crate) distrust: bool,
    /// The fact, a lowercase fragment.
    pub(crate) fact: String,
    /// What caused it, nearest first.
    pub(crate) causes: Vec<String>,
    /// Lines that show the place or the values.
    pub(crate) detail: Vec<String>,
    /// One act that helps.
    pub(crate) hint: Option<String>,
}

impl Failure {
    /// A fact by itself.
    pub(crate) fn new(exit: Exit, fact: impl Into<String>) -> Self {
        Self {
            exit,
            distrust: exit == Exit::Distrust,
            fact: fact.into(),
            causes: Vec::new(),
            detail: Vec::new(),
            hint: None,
        }
    }

    /// The same with what caused it.
    pub(crate) fn by(mut self, cause: &dyn std::fmt::Display) -> Self {
        self.causes.push(cause.to_string());
        self
    }

    /// The same with an act that helps.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The failure of a run: 127 where there is no toolchain to run, 125 for everything else.
    pub(crate) fn of_run(error: Error) -> Self {
        let pin_is_absent = |passed_over: bool| {
            matches!(
                &error,
                Error::Pin {
                    fault: PinFault::Absent { passed_over: pin },
                    ..
                } if pin.is_some() == passed_over
            )
        };
        // Whoever runs Go somewhere, an editor for instance, may have no project there to pin. A
        // pin that is there and does not count has a mend of its own.
        let hint = pin_is_absent(false).then(|| NO_PIN_HINT.to_owned());
        let exit = match &error {
            Error::NotInstalled { .. } => Exit::NoToolchain,
            _ if hint.is_some() || pin_is_absent(true) => Exit::NoToolchain,
            _ => Exit::Refused,
        };
        let failure = Self::from(error);
        Self {
            exit,
            hint: hint.or(failure.hint),
            ..failure
        }
    }

    /// Writes it the way every verb does.
    pub(crate) fn show(&self, ui: &Ui) {
        for line in self.lines(|label| ui.red(label), |label| ui.cyan(label)) {
            ui.note(&line);
        }
    }

    /// Writes it the way a shim does: every line begins with `goseal: `.
    pub(crate) fn show_as_shim(&self, ui: &Ui) {
        for line in self.shim_lines() {
            ui.note(&line);
        }
    }

    /// `error:`, `  caused by:`, the detail, `hint:`.
    fn lines(&self, red: impl Fn(&str) -> String, cyan: impl Fn(&str) -> String) -> Vec<String> {
        let label = if self.distrust {
            "error: not to be trusted:"
        } else {
            "error:"
        };
        let mut lines = vec![format!("{} {}", red(label), printable(&self.fact))];
        let causes = self.causes.iter().map(|cause| printable(cause));
        lines.extend(causes.map(|cause| format!("  caused by: {cause}")));
        let detail = self.detail.iter().map(|line| printable(line));
        lines.extend(detail.map(|line| format!("  {line}")));
        let hint = self.hint.iter().map(|hint| printable(hint));
        lines.extend(hint.map(|hint| format!("{} {hint}", cyan("hint:"))));
        lines
    }

    fn shim_lines(&self) -> Vec<String> {
        let label = if self.distrust {
            "not to be trusted: "
        } else {
            ""
        };
        let fact = format!("{label}{}", self.fact);
        let causes = self
            .causes
            .iter()
            .map(|cause| format!("caused by: {cause}"));
        let hint = self.hint.iter().map(|hint| format!("hint: {hint}"));
        let rest = causes.chain(self.detail.iter().cloned()).chain(hint);
        let all = std::iter::once(fact).chain(rest);
        all.map(|line| format!("goseal: {}", printable(&line)))
            .collect()
    }
}

/// How an entry comes into a lock: `goseal lock` locks what is pinned, and nothing else.
fn lock_adds(id: &goseal_core::release::ReleaseId) -> String {
    let (platform, version) = (id.platform, id.version);
    format!(
        "`goseal lock --platform {platform}` adds it where {version} is pinned; `goseal default \
         {version}` locks it for places without a pin"
    )
}

/// Two values, aligned below each other: `expected  h1:..` and `found     h1:..`.
fn aligned(pairs: &[(&str, &str)]) -> Vec<String> {
    let width = pairs.iter().map(|(label, _)| label.chars().count()).max();
    let width = width.unwrap_or_default();
    pairs
        .iter()
        .map(|(label, value)| format!("{label:width$}  {value}"))
        .collect()
}

impl From<std::io::Error> for Failure {
    /// The data could not be written to stdout.
    fn from(error: std::io::Error) -> Self {
        Self::new(Exit::Disk, "cannot write to stdout").by(&error)
    }
}

impl From<Unusable> for Failure {
    fn from(unusable: Unusable) -> Self {
        match unusable {
            Unusable::WorkingDirectory(error) => {
                Self::new(Exit::Disk, "the working directory cannot be read")
                    .by(&error)
                    .hint("change to a folder that is there")
            }
            Unusable::OwnPath(error) => {
                Self::new(Exit::Disk, "the path of this program cannot be found").by(&error)
            }
            Unusable::NoHome => Self::new(Exit::Disk, "this user has no home folder")
                .hint("set GOSEAL_HOME to an absolute folder that holds everything"),
            Unusable::HomeFile(path, fault) => {
                Self::new(Exit::Disk, format!("{}: {fault}", path.display()))
                    .hint("`goseal init` writes it anew")
            }
            Unusable::RelativeHome(path) => {
                let fact = format!("GOSEAL_HOME is `{}`, which is not absolute", path.display());
                Self::new(Exit::Usage, fact).hint("give GOSEAL_HOME an absolute path")
            }
        }
    }
}

#[cfg(test)]
mod tests;
