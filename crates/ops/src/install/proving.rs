//! The steps of an install that decide whether bytes are believed: who is asked, what is fetched, what
//! the judge is handed.

use std::thread;

use goseal_core::archive::Archive;
use goseal_core::digest::H1;
use goseal_core::evidence::Evidence;
use goseal_core::unverified::Unverified;
use goseal_fetch::{Address, Source};
use goseal_store::Stage;
use goseal_trust::{Question, Verified};

use super::Steps;
use super::obtain::Obtained;
use crate::error::Result;
use crate::evidence::{Demands, Findings, Indexes, ask_indexes, ask_sumdb};
use crate::sources::Origin;

impl Steps<'_> {
    /// Indexes are asked first, since they may say where the archive comes from; the proof is
    /// fetched while the archive comes in.
    pub(super) fn fetch_and_prove(
        &self,
        stage: &Stage<'_>,
    ) -> Result<(Obtained, Findings, Vec<Evidence>)> {
        let id = stage.release();
        let world = self.job.world;
        let written = &self.job.situation.written;
        let demands = self.demands();
        let locked = self.entry.and_then(|entry| entry.position);
        let indexes = ask_indexes(world, written, self.sources, &demands, &id)?;
        let first = self.asked_first(&demands, &indexes)?;
        let (fetched, sumdb) = thread::scope(|scope| {
            let proving =
                scope.spawn(|| ask_sumdb(world, self.sources, &demands, &id, locked.as_ref()));
            let progress = self.job.progress;
            let fetched = self.sources.obtain(stage, first.as_ref(), progress);
            match proving.join() {
                Ok(sumdb) => (fetched, sumdb),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        });
        // What cannot be honest says more than what could not be fetched.
        let mut findings = Findings {
            sumdb: sumdb?,
            indexes,
        };
        let unmet = findings.settle(&demands, self.entry.is_some());
        // Where both are out of reach, what was asked for is what is said to be missing.
        let fetched = fetched?;
        Ok((fetched, findings, unmet?))
    }

    fn demands(&self) -> Demands<'_> {
        Demands::of(self.job.situation.written.policy.as_ref())
    }

    /// go.dev's index speaks of release archives alone, so where it is required they are asked before
    /// everything else, unless a source was named.
    fn asked_first(&self, demands: &Demands<'_>, indexes: &Indexes) -> Result<Option<Origin>> {
        let by_name = demands.required.contains(&Evidence::Index);
        if !by_name || indexes.index.found().is_none() || !self.sources.mirrors.is_empty() {
            return Ok(None);
        }
        let base = Address::parse(&self.job.world.product.archive_base)?;
        let source = Source::ArchiveBase { base, size: None };
        Ok(Some(Origin::Fetched(source)))
    }

    pub(super) fn judge(
        &self,
        archive: &Unverified<Archive>,
        h1: H1,
        findings: &Findings,
        unmet: &[Evidence],
    ) -> Result<Verified<goseal_trust::Release>> {
        let demands = self.demands();
        Ok(goseal_trust::judge(&Question {
            id: self.guard.release(),
            h1,
            archive: Some(archive),
            lock: self.entry,
            sumdb: findings.sumdb.found().map(|answered| &answered.record),
            minisign: findings.signed_claims(),
            index: findings.index_claims(),
            required: demands.required,
            out_of_reach: unmet,
            apart: demands.apart,
        })?)
    }
}
