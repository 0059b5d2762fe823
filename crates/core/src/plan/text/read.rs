//! Reading the plan's text.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use super::{PlanFault, log_failure_word};
use crate::digest::{H1, Sha256};
use crate::evidence::{Evidence, SumdbPosition};
use crate::layout::PLAN_FORMAT;
use crate::manifest::EntryName;
use crate::plan::{Chosen, ChosenBy, Forced, Identity, Plan, Stamp};
use crate::policy::{LogFailure, Profile};
use crate::project::ModulePattern;
use crate::release::ReleaseId;

/// Reads line after line; keys come in the order in which [`Plan::format`] writes them.
pub(super) struct Reader<'a> {
    rest: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    pub(super) const fn new(text: &'a str) -> Self {
        Self { rest: text, at: 0 }
    }

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

    /// The whole plan, up to its last byte.
    pub(super) fn plan(&mut self) -> Result<Plan, PlanFault> {
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
            unmet: self.many("unmet", |f| f.parsed(Evidence::parse, "no evidence"))?,
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
