//! One release on its way into a mirror: fetched, proved, judged, and only then visible.

use goseal_core::archive::{Archive, ArchiveForm};
use goseal_core::evidence::Evidence;
use goseal_core::policy::Apart;
use goseal_core::release::ReleaseId;
use goseal_core::unverified::Unverified;
use goseal_fetch::Target;
use goseal_store::Stage;
use goseal_trust::{Question, SumRecord};

use super::{Sync, version_file};
use crate::error::{RequestFault, Result};
use crate::prove::prove;

/// The one file `go.mod` of every toolchain; its hash stands in every record.
pub(super) const GO_MOD: &str = "module golang.org/toolchain\n";

/// Bytes of `VERSION` that are read; Go's own have 40.
const VERSION_LIMIT: u64 = 4096;

impl Sync<'_> {
    /// Fetches, proves and places a release; gives the answer to its lookup and the zip's size.
    pub(super) fn take(&self, id: &ReleaseId) -> Result<(Vec<u8>, u64)> {
        let layout = &self.world.layout;
        let lock = self.situation.written.lock.as_ref();
        let entry = lock.and_then(|lock| lock.entries.get(id));
        let demand = entry.and_then(|entry| entry.position);
        let proved = prove(self.world, self.sources, id, demand.as_ref())?;
        let guard = goseal_store::lock_release(layout, id, || {})?;
        let stage = Stage::new(layout, &guard)?;
        let zip = self.fetch(&stage)?;
        let manifest = goseal_store::unpack(&zip, &stage, false, None, self.progress)?;
        goseal_trust::judge(&Question {
            id: *id,
            h1: manifest.h1(id),
            archive: Some(&zip),
            lock: entry,
            sumdb: Some(&proved.record),
            minisign: None,
            index: &[],
            required: &[Evidence::Sumdb],
            out_of_reach: &[],
            apart: Apart::Allow,
        })?;
        let version = stage.tree().join("VERSION");
        let version = goseal_store::read_bounded(&version, VERSION_LIMIT)?.unwrap_or_default();
        self.folder
            .write(&version_file(id, "mod"), GO_MOD.as_bytes())?;
        let info = info(id, &String::from_utf8_lossy(&version));
        self.folder
            .write(&version_file(id, "info"), info.as_bytes())?;
        self.folder.take(&version_file(id, "zip"), &zip)?;
        Ok((lookup_of(&proved.record), zip.untrusted().size))
    }

    fn fetch(&self, stage: &Stage<'_>) -> Result<Unverified<Archive>> {
        let (path, mut file) = stage.archive_file()?;
        let target = Target {
            file: &mut file,
            path: &path,
        };
        let sources = &self.sources.toolchains;
        let client = &self.sources.client;
        let fetched = client.download(sources, &stage.release(), target, self.progress)?;
        let fetched = self.sources.as_listed(fetched)?.archive;
        let archive = fetched.untrusted();
        if archive.form == ArchiveForm::ModuleZip {
            return Ok(fetched);
        }
        let reason = "serves a release archive, and a mirror is made of module zips".to_owned();
        let text = archive.served_by.clone();
        let by = "the source";
        Err(RequestFault::Source { text, by, reason }.into())
    }
}

/// A record as the database answers a lookup.
pub(super) fn lookup_of(record: &SumRecord) -> Vec<u8> {
    let SumRecord { number, text, .. } = record;
    format!("{number}\n{text}\n{}", record.head.note()).into_bytes()
}

/// The `.info` of a release. Its time is the one in `VERSION`, which the h1 covers; releases up to
/// 1.20 have none.
fn info(id: &ReleaseId, version: &str) -> String {
    let plain = |text: &&str| {
        let form = |byte: u8| byte.is_ascii_digit() || b"-:.TZ+".contains(&byte);
        !text.is_empty() && text.len() <= 40 && text.bytes().all(form)
    };
    let time = version.lines().find_map(|line| line.strip_prefix("time "));
    let time = time.filter(plain);
    let time = time.map_or_else(String::new, |time| format!(",\"Time\":\"{time}\""));
    format!("{{\"Version\":\"{}\"{time}}}", id.module_version())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_info_holds_the_time_of_the_release_and_nothing_that_ends_the_string() {
        let id = ReleaseId::parse("go1.22.5.linux-amd64").unwrap();
        let begin = "{\"Version\":\"v0.0.1-go1.22.5.linux-amd64\"";
        for (version, rest) in [
            (
                "go1.22.5\ntime 2024-06-27T20:11:12Z\n",
                ",\"Time\":\"2024-06-27T20:11:12Z\"}",
            ),
            ("go1.20", "}"),
            ("go1.22.5\ntime \"},\"\n", "}"),
            ("go1.22.5\ntime \n", "}"),
        ] {
            assert_eq!(info(&id, version), format!("{begin}{rest}"));
        }
    }
}
