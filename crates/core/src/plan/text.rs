//! The plan's text: lines of a key and its fields, and nothing that could be read in two ways.
//!
//! A field is bytes; a byte that is not printable ASCII, a space or `%` is written `%XX`. There is
//! exactly one text for a plan: whatever [`Plan::format`] would not write is refused.

use std::ffi::{OsStr, OsString};
use std::fmt::{self, Write as _};
use std::path::{Path, PathBuf};

use super::{Chosen, ChosenBy, Forced, Identity, Plan, Stamp};
use crate::digest::{H1, Sha256};
use crate::evidence::{Evidence, SumdbPosition};
use crate::layout::PLAN_FORMAT;
use crate::manifest::EntryName;
use crate::policy::{LogFailure, Profile};
use crate::project::ModulePattern;
use crate::release::ReleaseId;

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
        let mut reader = Reader { rest: text, at: 0 };
        let plan = reader.plan()?;
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

/// Reads line after line; keys come in the order in which [`Plan::format`] writes them.
struct Reader<'a> {
    rest: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn fault(&self, fault: &'static str) -> PlanFault {
        PlanFault {
            fault,
            line: self.at,
        }
    }

    /// The fields of the next line, if it has this key.
    fn try_line(&mut self, key: &str) -> Option<Fields<'a>> {
        let (line, rest) = self.rest.split_once('\n')?;
        let fields = line.strip_prefix(key)?;
        if !(fields.is_empty() || fields.starts_with(' ')) {
            return None;
        }
        self.rest = rest;
        self.at += 1;
        Some(Fields {
            rest: fields,
            line: self.at,
        })
    }

    fn line(&mut self, key: &str) -> Result<Fields<'a>, PlanFault> {
        self.try_line(key).ok_or_else(|| {
            self.at += 1;
            self.fault("a missing, unknown or misplaced key")
        })
    }

    fn one<T>(
        &mut self,
        key: &str,
        read: impl FnOnce(&mut Fields<'a>) -> Result<T, PlanFault>,
    ) -> Result<T, PlanFault> {
        let mut fields = self.line(key)?;
        let value = read(&mut fields)?;
        fields.end().map(|()| value)
    }

    fn maybe<T>(
        &mut self,
        key: &str,
        read: impl FnOnce(&mut Fields<'a>) -> Result<T, PlanFault>,
    ) -> Result<Option<T>, PlanFault> {
        let Some(mut fields) = self.try_line(key) else {
            return Ok(None);
        };
        let value = read(&mut fields)?;
        fields.end().map(|()| Some(value))
    }

    fn many<T>(
        &mut self,
        key: &str,
        read: impl Fn(&mut Fields<'a>) -> Result<T, PlanFault>,
    ) -> Result<Vec<T>, PlanFault> {
        let mut values = Vec::new();
        while let Some(value) = self.maybe(key, &read)? {
            values.push(value);
        }
        Ok(values)
    }

    fn plan(&mut self) -> Result<Plan, PlanFault> {
        if self.one("goseal.plan", Fields::number::<u32>)? != PLAN_FORMAT {
            return Err(self.fault("another format"));
        }
        let plan = Plan {
            build: self.one("build", Fields::text)?,
            inputs: self.one("inputs", Fields::sha256)?,
            release: self.one("release", |f| f.parsed(ReleaseId::parse, "no release"))?,
            chosen: Chosen {
                by: self.one("chosen", |f| {
                    f.parsed(ChosenBy::parse, "no word for a choice")
                })?,
                file: self.maybe("chosen-file", Fields::path)?,
                line: self.maybe("chosen-line", Fields::number)?,
            },
            root: self.one("root", Fields::path)?,
            h1: self.one("h1", |f| f.parsed(|text| H1::parse(text).ok(), "no h1"))?,
            evidence: self.many("evidence", |f| f.parsed(Evidence::parse, "no evidence"))?,
            position: self.maybe("position", Fields::position)?,
            profile: self.one("profile", |f| f.parsed(parse_profile, "no profile"))?,
            log_failure: self.one("log-failure", |f| {
                f.parsed(parse_log_failure, "no word for a failing log")
            })?,
            ledger: self.one("ledger", Fields::path)?,
            gocache: self.one("gocache", Fields::path)?,
            identity: self.many("identity", Fields::identity)?,
            deep: self.maybe("deep", Fields::number)?,
            forced: self.many("forced", Fields::forced)?,
            carried: self.many("carried", |f| Ok((f.name()?, f.value()?)))?,
            private: self.many("private", |f| f.parsed(ModulePattern::parse, "no pattern"))?,
            not_after: self.maybe("not-after", Fields::number)?,
        };
        self.one("end", |_| Ok(()))?;
        if self.rest.is_empty() {
            Ok(plan)
        } else {
            Err(self.fault("text after the end"))
        }
    }
}

fn parse_profile(word: &str) -> Option<Profile> {
    [Profile::Standard, Profile::Strict]
        .into_iter()
        .find(|profile| profile.word() == word)
}

fn parse_log_failure(word: &str) -> Option<LogFailure> {
    [LogFailure::Block, LogFailure::Warn]
        .into_iter()
        .find(|on_failure| log_failure_word(*on_failure) == word)
}

/// The fields of one line, each preceded by one space.
struct Fields<'a> {
    rest: &'a str,
    line: usize,
}

impl Fields<'_> {
    fn fault(&self, fault: &'static str) -> PlanFault {
        PlanFault {
            fault,
            line: self.line,
        }
    }

    fn end(&self) -> Result<(), PlanFault> {
        if self.rest.is_empty() {
            Ok(())
        } else {
            Err(self.fault("one field too many"))
        }
    }

    fn bytes(&mut self) -> Result<Vec<u8>, PlanFault> {
        let rest = self
            .rest
            .strip_prefix(' ')
            .ok_or_else(|| self.fault("a missing field"))?;
        let end = rest.find(' ').unwrap_or(rest.len());
        let (field, rest) = rest
            .split_at_checked(end)
            .ok_or_else(|| self.fault("no field"))?;
        self.rest = rest;
        unescape(field).ok_or_else(|| self.fault("a malformed escape"))
    }

    fn text(&mut self) -> Result<String, PlanFault> {
        String::from_utf8(self.bytes()?).map_err(|_| self.fault("a field that is not UTF-8"))
    }

    /// The name of a variable: not empty, no `=`, no NUL.
    fn name(&mut self) -> Result<String, PlanFault> {
        let name = self.text()?;
        if name.is_empty() || name.contains(['=', '\0']) {
            return Err(self.fault("a name that no variable has"));
        }
        Ok(name)
    }

    /// The value of a variable: no NUL.
    fn value(&mut self) -> Result<String, PlanFault> {
        let value = self.text()?;
        if value.contains('\0') {
            return Err(self.fault("a value that no variable has"));
        }
        Ok(value)
    }

    fn parsed<T>(
        &mut self,
        parse: impl FnOnce(&str) -> Option<T>,
        fault: &'static str,
    ) -> Result<T, PlanFault> {
        let text = self.text()?;
        parse(&text).ok_or_else(|| self.fault(fault))
    }

    fn number<T: std::str::FromStr>(&mut self) -> Result<T, PlanFault> {
        self.parsed(|text| text.parse().ok(), "no number")
    }

    fn sha256(&mut self) -> Result<Sha256, PlanFault> {
        self.parsed(|text| Sha256::parse_hex(text).ok(), "no digest")
    }

    fn path(&mut self) -> Result<PathBuf, PlanFault> {
        let bytes = self.bytes()?;
        os_string_of(bytes)
            .filter(|text| !has_nul(text))
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
            .ok_or_else(|| self.fault("no absolute path"))
    }

    fn position(&mut self) -> Result<SumdbPosition, PlanFault> {
        Ok(SumdbPosition {
            record: self.number()?,
            tree_size: self.number()?,
            tree_root: self.sha256()?,
        })
    }

    fn identity(&mut self) -> Result<Identity, PlanFault> {
        Ok(Identity {
            name: self.parsed(|text| EntryName::parse(text).ok(), "no published name")?,
            path: self.path()?,
            stamp: Stamp {
                size: self.number()?,
                mtime_ns: self.number()?,
                ctime_ns: self.number()?,
                inode: self.number()?,
                device: self.number()?,
            },
            sha256: self.sha256()?,
        })
    }

    fn forced(&mut self) -> Result<Forced, PlanFault> {
        Ok(Forced {
            name: self.name()?,
            value: self.value()?,
            by: self.text()?,
            reason: self.text()?,
        })
    }
}

fn has_nul(text: &OsStr) -> bool {
    text.as_encoded_bytes().contains(&0)
}

#[cfg(unix)]
#[expect(
    clippy::unnecessary_wraps,
    reason = "on other systems not every text is a path"
)]
fn os_string_of(bytes: Vec<u8>) -> Option<OsString> {
    use std::os::unix::ffi::OsStringExt as _;
    Some(OsString::from_vec(bytes))
}

#[cfg(not(unix))]
fn os_string_of(bytes: Vec<u8>) -> Option<OsString> {
    String::from_utf8(bytes).ok().map(OsString::from)
}

fn unescape(field: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(field.len());
    let mut rest = field.as_bytes().iter();
    while let Some(byte) = rest.next() {
        if *byte == b'%' {
            let high = char::from(*rest.next()?).to_digit(16)?;
            let low = char::from(*rest.next()?).to_digit(16)?;
            bytes.push(u8::try_from(high << 4 | low).ok()?);
        } else {
            bytes.push(*byte);
        }
    }
    Some(bytes)
}

#[cfg(test)]
#[cfg(unix)]
#[path = "text_tests.rs"]
mod tests;
