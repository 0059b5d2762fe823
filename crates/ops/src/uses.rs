//! What the log says of toolchains: when each was used last, and which projects are known.
//!
//! A project is known by its pin: the file that a start record names. The log is one user's; other
//! users' projects are not known.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use goseal_core::release::ReleaseId;
use goseal_ledger::read::{Json, Record};
use goseal_ledger::read_recent;
use goseal_ledger::record::Wall;

use crate::error::Result;
use crate::journal::log_folder;
use crate::situation::Written;
use crate::world::World;

/// Bytes of the log that are read for a list: about 20,000 runs, a quarter of a second.
pub(crate) const RECENT: u64 = 32 << 20;

/// What the log says.
#[derive(Debug, Default)]
pub(crate) struct Uses {
    /// The newest run of each release: its number in the log and its time.
    last: BTreeMap<ReleaseId, (u64, Wall)>,
    /// The pins by which releases ran.
    pub pins: BTreeSet<PathBuf>,
    /// Releases that ran by a pin whose path the log does not hold in clear.
    pub unclear: BTreeSet<ReleaseId>,
    /// Whether the whole log was read.
    pub whole: bool,
}

impl Uses {
    /// When a release ran last, as records write it: UTC, RFC 3339.
    pub(crate) fn last(&self, id: &ReleaseId) -> Option<String> {
        self.last.get(id).map(|(_, time)| time.to_string())
    }

    fn note(&mut self, record: &Record, home: Option<&Path>) {
        let release = record.get("release").and_then(Json::as_str);
        let Some(id) = release.and_then(ReleaseId::parse) else {
            return;
        };
        let newest = self.last.entry(id).or_insert((record.seq, record.time));
        if newest.0 < record.seq {
            *newest = (record.seq, record.time);
        }
        let pin = record.get("pin");
        let by_pin = pin.and_then(|pin| pin.get("how")).and_then(Json::as_str) == Some("pin");
        let Some(file) = pin.and_then(|pin| pin.get("file")).filter(|_| by_pin) else {
            return;
        };
        match path_of(file, home) {
            Some(path) => {
                self.pins.insert(path);
            }
            None => {
                self.unclear.insert(id);
            }
        }
    }
}

/// Reads the last `limit` bytes of the log.
///
/// # Errors
///
/// [`crate::Error::Ledger`] and [`crate::Error::Store`].
pub(crate) fn read(world: &World, written: &Written, limit: u64) -> Result<Uses> {
    let folder = log_folder(world, written)?;
    let home = world.user.home.as_deref();
    let mut uses = Uses::default();
    let whole = read_recent(&folder, "start", limit, &mut |record| {
        uses.note(&record, home);
    })?;
    uses.whole = whole;
    Ok(uses)
}

/// The path that a record holds, with the home that redaction took out put back; `None` where it is
/// a beginning only, not UTF-8, or had a secret in it.
fn path_of(file: &Json, home: Option<&Path>) -> Option<PathBuf> {
    let text = file.as_str()?;
    if text.contains("[redacted:") {
        return None;
    }
    let path = match text.strip_prefix("~/") {
        Some(rest) => home?.join(rest),
        None => PathBuf::from(text),
    };
    path.is_absolute().then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_whole_or_none() {
        let of = |json: &str| {
            path_of(
                &Json::parse(json.as_bytes()).unwrap(),
                Some(Path::new("/home/ann")),
            )
        };
        assert_eq!(of(r#""/p/.go-version""#), Some("/p/.go-version".into()));
        assert_eq!(
            of(r#""~/p/.go-version""#),
            Some("/home/ann/p/.go-version".into())
        );
        for unclear in [
            r#""/p/[redacted:0123456789abcdef]/.go-version""#,
            r#"{"sha256":"00","length":300,"first":"/p"}"#,
            r#"{"bytes":"/w=="}"#,
            r#""p/.go-version""#,
        ] {
            assert_eq!(of(unclear), None, "{unclear}");
        }
    }
}
