//! The run that started this one, where its claim is believed.
//!
//! `GOSEAL_PARENT=<run>:<segment>:<offset>` is a claim of the environment. It is believed when a
//! start record of that run stands there and its process, by id and start time, is a live ancestor
//! of this one.

use std::path::Path;

use goseal_core::digest::Sha256;
use goseal_core::plan::Plan;
use goseal_core::release::ReleaseId;
use goseal_ledger::position::{Position, read_at};
use goseal_ledger::read::Json;

use crate::plans::read_plan;
use crate::site::Site;
use crate::sys::Offered;

/// The variable by which a run tells its children where its start record stands.
pub(crate) const VARIABLE: &str = "GOSEAL_PARENT";

/// Ancestors that are looked at: a shell in an editor in a session has about ten.
const MOST_ANCESTORS: usize = 64;

/// A believed parent.
#[derive(Debug, Clone)]
pub(crate) struct Parent {
    position: Position,
    release: Option<ReleaseId>,
    plan: Option<Plan>,
}

impl Parent {
    /// The believed parent by the ledger in `folder`; `None` where nothing is claimed, or the claim
    /// does not hold.
    pub(crate) fn believed(site: &Site, offered: &Offered, folder: &Path) -> Option<Self> {
        let position = Position::parse(offered.var(VARIABLE)?.to_str()?)?;
        let record = read_at(folder, position.segment, position.offset).ok()?;
        let word = |name: &str| record.get(name).and_then(Json::as_str);
        let number = |name: &str| record.get(name).and_then(Json::as_u64);
        let digest = |name: &str| Sha256::parse_hex(word(name)?).ok();
        let pid = u32::try_from(number("pid")?).ok()?;
        let is_its_start = record.kind == "start" && record.run == position.run;
        if !is_its_start || !is_live_ancestor(pid, number("pid_start")?) {
            return None;
        }
        let plan = digest("inputs")
            .and_then(|inputs| read_plan(site, &inputs).ok().flatten())
            .filter(|found| Some(found.digest) == digest("plan"))
            .map(|found| found.plan);
        Some(Self {
            position,
            release: word("release").and_then(ReleaseId::parse),
            plan,
        })
    }

    /// Where its start record stands.
    pub(crate) fn position(&self) -> Position {
        self.position
    }

    /// The release that it runs.
    pub(crate) fn release(&self) -> Option<ReleaseId> {
        self.release
    }

    /// Its plan, where it still lies there unchanged: values that it set were not offered by the
    /// user.
    pub(crate) fn plan(&self) -> Option<&Plan> {
        self.plan.as_ref()
    }
}

fn is_live_ancestor(pid: u32, start: u64) -> bool {
    let mut at = std::process::id();
    for _ in 0..MOST_ANCESTORS {
        let Some(process) = goseal_inputs::process(at) else {
            return false;
        };
        if at == pid {
            return process.start == start;
        }
        at = process.parent;
    }
    false
}
