//! Whether the whole tree is as it was when its content was last compared with the seal.
//!
//! For the verbs that compile or run what lies in it, before the start record: in strict every time,
//! in standard at most once in ten minutes. An entry that differs makes the program hash the tree;
//! that, and never the table, refuses a run.

use std::fs::File;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use goseal_core::digest::Sha256;
use goseal_core::plan::{Judged, Plan};
use goseal_core::policy::Profile;
use goseal_core::tool::Tool;
use goseal_inputs::{parse_tree_stamp, read_bounded, tree_digest, tree_stamp_path};
use goseal_ledger::record::Checked;

use crate::ask::{self, Answer};
use crate::check::check_meta;
use crate::launch::Stop;
use crate::refusal::Refusal;
use crate::site::Site;
use crate::sys;

/// The verbs of `go` whose result depends on files that the plan's identity does not name.
const VERBS: [&str; 6] = ["build", "generate", "install", "run", "test", "vet"];

/// How long a comparison holds in standard.
const PERIOD: Duration = Duration::from_mins(10);

/// Our own clock counts whole ones.
const SECOND: Duration = Duration::from_secs(1);

/// Bytes of the file that holds the digest.
const LIMIT: usize = 256;

/// What was compared for this run.
///
/// # Errors
///
/// [`Stop`] where the program finds a difference, or cannot be asked.
pub(crate) fn check(
    site: &Site,
    plan: &Plan,
    judged: &Judged,
    (tool, place): (Tool, &Path),
) -> Result<Checked, Stop> {
    let verb = judged.verb.as_deref().filter(|_| tool == Tool::Go);
    if !verb.is_some_and(|verb| VERBS.contains(&verb)) {
        return Ok(Checked::Stat);
    }
    let path = tree_stamp_path(&site.layout, &plan.release);
    let known = read(&path, site.uid)?;
    if let Some((_, at)) = known
        && plan.profile == Profile::Standard
        && is_recent(at)
    {
        return Ok(Checked::Stat);
    }
    // A tree that cannot be walked is the program's to judge.
    let found = tree_digest(&plan.root).ok();
    if let Some((digest, _)) = known
        && found == Some(digest)
    {
        touch(&path);
        return Ok(Checked::Tree);
    }
    match ask::tree(site, &plan.release, tool, place)? {
        Answer::Done(_) => Ok(Checked::Deep),
        Answer::Told(code) => Err(Stop::Told(code)),
    }
}

/// The digest and the time of the last comparison; `None` where there is none that can be read.
fn read(path: &Path, uid: u32) -> Result<Option<(Sha256, SystemTime)>, Refusal> {
    let Ok(Some((bytes, meta))) = read_bounded(path, LIMIT) else {
        return Ok(None);
    };
    check_meta(path, &meta, uid)?;
    Ok(parse_tree_stamp(&bytes).zip(meta.modified().ok()))
}

/// A time that lies ahead was not set by a comparison; within this second it may have been.
fn is_recent(at: SystemTime) -> bool {
    let age = now().duration_since(at);
    age.map_or_else(|ahead| ahead.duration() < SECOND, |age| age < PERIOD)
}

/// Where the state cannot be written, every run compares.
fn touch(path: &Path) {
    if let Ok(file) = File::options().write(true).open(path) {
        let _ = file.set_modified(now());
    }
}

fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(u64::try_from(sys::now_seconds()).unwrap_or(0))
}
