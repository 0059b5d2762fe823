//! Why a run does not start, and how that is said.

use std::fmt::Write as _;
use std::io::Write as _;

use goseal_core::exit::Exit;
use goseal_core::plan::RunRefusal;

/// A refusal: one fact, one act that mends it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// 125, 126 or 127.
    pub(crate) exit: Exit,
    /// A stable word for the record.
    pub(crate) code: &'static str,
    /// The fact.
    pub(crate) what: String,
    /// The act.
    pub(crate) mend: String,
}

impl Refusal {
    /// A refusal with 125.
    pub(crate) fn new(
        code: &'static str,
        what: impl Into<String>,
        mend: impl Into<String>,
    ) -> Self {
        Self {
            exit: Exit::Refused,
            code,
            what: what.into(),
            mend: mend.into(),
        }
    }

    /// Says it on stderr.
    pub(crate) fn say(&self) {
        say(&[&self.what, &self.mend]);
    }
}

impl From<RunRefusal> for Refusal {
    fn from(refusal: RunRefusal) -> Self {
        Self::new(refusal.code, refusal.what, refusal.mend)
    }
}

/// Writes lines on stderr, each beginning with `goseal: `, in one piece. Control characters, which
/// paths and arguments may hold, are escaped. A stderr that cannot be written changes nothing.
pub(crate) fn say(lines: &[&str]) {
    let _ = std::io::stderr().write_all(format(lines).as_bytes());
}

fn format(lines: &[&str]) -> String {
    let mut text = String::new();
    for line in lines.iter().filter(|line| !line.is_empty()) {
        text.push_str("goseal: ");
        for character in line.chars() {
            if character.is_control() {
                let _ = write!(text, "{}", character.escape_debug());
            } else {
                text.push(character);
            }
        }
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_ours_and_holds_no_control_characters() {
        assert_eq!(
            format(&["a\nb\u{1b}[31m", "", "mend"]),
            "goseal: a\\nb\\u{1b}[31m\ngoseal: mend\n"
        );
    }
}
