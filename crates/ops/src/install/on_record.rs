//! What an install puts on record: that it began, and how it ended.

use goseal_core::archive::Archive;
use goseal_core::digest::H1;
use goseal_ledger::record::{self, Event, RunId};
use goseal_store::Installed;

use crate::error::{Error, Result};
use crate::journal::{Journal, words};

/// An install is about to begin.
pub(super) fn started_event(journal: &Journal<'_>, release: String, source: &str) -> Event {
    Event::InstallStarted(record::InstallStarted {
        release,
        source: journal.text(source),
        user: journal.user(),
    })
}

/// An install ended with a sealed tree.
pub(super) fn installed_event(journal: &Journal<'_>, installed: &Installed) -> Event {
    let seal = &installed.seal;
    Event::Installed(Box::new(record::Installed {
        release: installed.id.to_string(),
        source: journal.text(&seal.served_by),
        archive: Some(record::Archive {
            sha256: seal.archive_sha256,
            size: seal.archive_size,
        }),
        h1: seal.proven.h1,
        evidence: words(&seal.proven.evidence),
        sumdb: seal.proven.sumdb,
        unmet: words(&seal.proven.unmet),
    }))
}

/// An install that stopped, with what it had seen by then.
pub(super) struct Stopped {
    /// Why.
    pub(super) error: Error,
    archive: Option<Archive>,
    h1: Option<H1>,
}

impl<E: Into<Error>> From<E> for Box<Stopped> {
    fn from(error: E) -> Self {
        Stopped::at(error, None, None)
    }
}

impl Stopped {
    /// Stopped by `error`, after so much was seen.
    pub(super) fn at(
        error: impl Into<Error>,
        archive: Option<&Archive>,
        h1: Option<H1>,
    ) -> Box<Self> {
        let (error, archive) = (error.into(), archive.cloned());
        Box::new(Self { error, archive, h1 })
    }

    /// Appends the end: refused where something does not verify, else failed. Gives the error back.
    pub(super) fn record(
        self,
        journal: &Journal<'_>,
        run: RunId,
        release: String,
    ) -> Result<Error> {
        let reason = journal.text(&self.error.to_string());
        let served = self
            .archive
            .as_ref()
            .map_or("", |archive| archive.served_by.as_str());
        let source = journal.text(served);
        let code = self.error.code().to_owned();
        let event = if self.error.is_distrust() {
            let archive = self.archive.as_ref();
            let archive = archive.map(|it| record::Archive {
                sha256: it.sha256,
                size: it.size,
            });
            Event::Refused(record::Refused {
                release,
                source,
                archive,
                h1: self.h1,
                code,
                reason,
            })
        } else {
            Event::Failed(record::Failed {
                release,
                source,
                code,
                reason,
            })
        };
        journal.append(run, event)?;
        Ok(self.error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene::{Scene, h1, release};
    use crate::situation::Written;

    #[test]
    fn an_end_is_refused_for_distrust_and_failed_for_everything_else() {
        let scene = Scene::new();
        let journal = Journal::open(&scene.world, &Written::default()).unwrap();
        let id = release("1.22.5");
        let ended = |error: Error| {
            let stopped = Stopped::at(error, None, Some(h1(1)));
            let run = journal.new_run();
            stopped.record(&journal, run, id.to_string()).unwrap();
            scene.log().lines().last().unwrap().to_owned()
        };
        let record = ended(Error::Differs {
            id,
            differences: Vec::new(),
        });
        assert!(record.contains("\"type\":\"refused\""), "{record}");
        assert!(record.contains(&h1(1).to_string()), "{record}");
        let record = ended(Error::not_installed(id));
        assert!(record.contains("\"type\":\"failed\""), "{record}");
        assert!(record.contains("\"code\":\"not-installed\""), "{record}");
    }
}
