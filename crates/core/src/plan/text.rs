//! The plan's text: lines of a key and its fields, and nothing that could be read in two ways.
//!
//! A field is bytes; a byte that is not printable ASCII, a space or `%` is written `%XX`. There is
//! exactly one text for a plan: whatever [`Plan::format`] would not write is refused.

mod read;

use std::fmt::{self, Write as _};
use std::path::Path;

use super::{Forced, Identity, Plan};
use crate::evidence::SumdbPosition;
use crate::layout::PLAN_FORMAT;
use crate::policy::LogFailure;

/// Bytes of a plan that are read; more is a fault.
pub const PLAN_LIMIT: usize = 256 * 1024;

/// A text that is not a plan of this format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanFault {
    /// What is wrong, as a noun phrase.
    pub fault: &'static str,
    /// The line, from 1; 0 where the whole text is at fault.
    pub line: usize,
}

impl fmt::Display for PlanFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => f.write_str(self.fault),
            line => write!(f, "{} at line {line}", self.fault),
        }
    }
}

impl std::error::Error for PlanFault {}

impl Plan {
    /// The text of the plan. Inverse of [`Plan::parse`].
    pub fn format(&self) -> String {
        let mut text = Writer(String::with_capacity(4096));
        text.line("goseal.plan", &[PLAN_FORMAT.to_string().as_bytes()]);
        text.line("build", &[self.build.as_bytes()]);
        text.line("inputs", &[self.inputs.to_string().as_bytes()]);
        text.line("release", &[self.release.to_string().as_bytes()]);
        text.line("chosen", &[self.chosen.by.word().as_bytes()]);
        if let Some(file) = &self.chosen.file {
            text.line("chosen-file", &[bytes_of(file)]);
        }
        if let Some(line) = self.chosen.line {
            text.line("chosen-line", &[line.to_string().as_bytes()]);
        }
        text.line("root", &[bytes_of(&self.root)]);
        text.line("h1", &[self.h1.to_string().as_bytes()]);
        for evidence in &self.evidence {
            text.line("evidence", &[evidence.word().as_bytes()]);
        }
        for unmet in &self.unmet {
            text.line("unmet", &[unmet.word().as_bytes()]);
        }
        if let Some(position) = &self.position {
            text.position(position);
        }
        text.line("profile", &[self.profile.word().as_bytes()]);
        text.line(
            "log-failure",
            &[log_failure_word(self.log_failure).as_bytes()],
        );
        text.line("ledger", &[bytes_of(&self.ledger)]);
        text.line("gocache", &[bytes_of(&self.gocache)]);
        for identity in &self.identity {
            text.identity(identity);
        }
        if let Some(deep) = self.deep {
            text.line("deep", &[deep.to_string().as_bytes()]);
        }
        for Forced {
            name,
            value,
            by,
            reason,
        } in &self.forced
        {
            text.line("forced", &[name, value, by, reason].map(String::as_bytes));
        }
        for (name, value) in &self.carried {
            text.line("carried", &[name.as_bytes(), value.as_bytes()]);
        }
        for pattern in &self.private {
            text.line("private", &[pattern.as_str().as_bytes()]);
        }
        if let Some(seconds) = self.not_after {
            text.line("not-after", &[seconds.to_string().as_bytes()]);
        }
        text.line("end", &[]);
        text.0
    }

    /// Reads a plan. Inverse of [`Plan::format`].
    ///
    /// # Errors
    ///
    /// [`PlanFault`] for every text that [`Plan::format`] would not write, and for a text of more
    /// than [`PLAN_LIMIT`] bytes.
    pub fn parse(bytes: &[u8]) -> Result<Self, PlanFault> {
        let whole = |fault| PlanFault { fault, line: 0 };
        if bytes.len() > PLAN_LIMIT {
            return Err(whole("a plan that is too long"));
        }
        let text = std::str::from_utf8(bytes)
            .ok()
            .filter(|text| text.is_ascii())
            .ok_or_else(|| whole("bytes that are not ASCII"))?;
        let plan = read::Reader::new(text).plan()?;
        if plan.format() == text {
            Ok(plan)
        } else {
            Err(whole("a plan that is not written as plans are"))
        }
    }
}

const fn log_failure_word(on_failure: LogFailure) -> &'static str {
    match on_failure {
        LogFailure::Block => "block",
        LogFailure::Warn => "warn",
    }
}

fn bytes_of(path: &Path) -> &[u8] {
    path.as_os_str().as_encoded_bytes()
}

struct Writer(String);

impl Writer {
    fn line(&mut self, key: &str, fields: &[&[u8]]) {
        self.0.push_str(key);
        for field in fields {
            self.0.push(' ');
            field.iter().for_each(|byte| self.byte(*byte));
        }
        self.0.push('\n');
    }

    fn byte(&mut self, byte: u8) {
        if byte.is_ascii_graphic() && byte != b'%' {
            self.0.push(char::from(byte));
        } else {
            write!(self.0, "%{byte:02X}").expect("writing to a String cannot fail");
        }
    }

    fn position(&mut self, position: &SumdbPosition) {
        let fields = [
            position.record.to_string(),
            position.tree_size.to_string(),
            position.tree_root.to_string(),
        ];
        self.line("position", &fields.each_ref().map(String::as_bytes));
    }

    fn identity(&mut self, identity: &Identity) {
        let stamp = &identity.stamp;
        let numbers = [
            stamp.size.to_string(),
            stamp.mtime_ns.to_string(),
            stamp.ctime_ns.to_string(),
            stamp.inode.to_string(),
            stamp.device.to_string(),
            identity.sha256.to_string(),
        ];
        let mut fields = vec![identity.name.as_str().as_bytes(), bytes_of(&identity.path)];
        fields.extend(numbers.iter().map(String::as_bytes));
        self.line("identity", &fields);
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests;
