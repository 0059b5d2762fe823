//! The plan of a run: read by the digest of its inputs, else asked for and read.

use std::ffi::OsString;
use std::path::PathBuf;

use goseal_core::digest::Sha256;
use goseal_core::layout::PLAN_FORMAT;
use goseal_core::plan::{PLAN_LIMIT, Plan};
use goseal_core::tool::Tool;
use goseal_inputs::{
    Place, ReleaseSource, Sources, gather, policy_path, read_bounded, user_go_env_path,
};

use crate::ask::{self, Answer, Question};
use crate::check::{changed_file, check_meta, check_owner};
use crate::launch::Stop;
use crate::refusal::Refusal;
use crate::site::Site;
use crate::sys::{self, Offered};

/// A plan and the digest of its own bytes.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    /// The plan.
    pub(crate) plan: Plan,
    /// SHA-256 of its text.
    pub(crate) digest: Sha256,
}

/// Reads the plan of that digest; `None` where there is none, or one that says it is another's.
///
/// # Errors
///
/// A [`Refusal`] for a plan that others can write.
pub(crate) fn read_plan(site: &Site, inputs: &Sha256) -> Result<Option<Found>, Refusal> {
    let folder = site.layout.plans();
    let path = folder.join(inputs.to_string());
    // What cannot be read is asked for again.
    let Ok(Some((bytes, meta))) = read_bounded(&path, PLAN_LIMIT) else {
        return Ok(None);
    };
    check_owner(&folder, site.uid)?;
    check_meta(&path, &meta, site.uid)?;
    Ok(parse_plan(site, inputs, &bytes))
}

/// Reads the text of the plan of that digest.
fn parse_plan(site: &Site, inputs: &Sha256, bytes: &[u8]) -> Option<Found> {
    let plan = Plan::parse(bytes).ok()?;
    let expired = plan.not_after.is_some_and(|end| sys::now_seconds() > end);
    let is_it = plan.inputs == *inputs && plan.build == site.home.build && !expired;
    is_it.then(|| Found {
        plan,
        digest: Sha256::of(bytes),
    })
}

/// The plan: read, else asked for and read.
pub(crate) fn plan_of(
    site: &Site,
    offered: &Offered,
    place: &Place,
    tool: Tool,
    release: ReleaseSource<'_>,
) -> Result<Found, Stop> {
    let go_env = go_env_path(site, offered);
    let gathered = gather(&Sources {
        layout: &site.layout,
        home: &site.home,
        policy: policy_path(),
        uid: site.uid,
        user_go_env: go_env.as_deref(),
        release,
    })
    .map_err(|error| Refusal::new("input", error.to_string(), "make it readable, or remove it"))?;
    let digest = gathered.digest;
    if let Some(found) = read_plan(site, &digest)?
        && changed_file(&found.plan).is_none()
    {
        check_guarded(site, &found.plan)?;
        return Ok(found);
    }
    let question = Question {
        digest,
        place: &place.folder,
        release: &release.text(),
        tool,
    };
    let text = match ask::plan(site, &question)? {
        Answer::Done(text) => text,
        Answer::Told(code) => return Err(Stop::Told(code)),
    };
    let found = match parse_plan(site, &digest, &text) {
        Some(found) => Some(found),
        None => read_plan(site, &digest)?,
    };
    let found = found.ok_or_else(|| no_plan(site, &digest.to_string()))?;
    check_guarded(site, &found.plan)?;
    match changed_file(&found.plan) {
        None => Ok(found),
        Some(path) => Err(Refusal::new(
            "identity",
            format!("{} is not the file that was verified", path.display()),
            format!("run `goseal verify {}`", found.plan.release.version),
        )
        .into()),
    }
}

/// Who may rename around the tree could exchange it as a whole.
fn check_guarded(site: &Site, plan: &Plan) -> Result<(), Refusal> {
    let folders = site.layout.guarded(&plan.release);
    // What cannot be looked at is the program's to say.
    let seen = folders
        .iter()
        .filter_map(|folder| Some((folder, std::fs::metadata(folder).ok()?)));
    for (folder, meta) in seen {
        check_meta(folder, &meta, site.uid)?;
    }
    Ok(())
}

fn no_plan(site: &Site, digest: &str) -> Refusal {
    Refusal::new(
        "no-plan",
        format!(
            "{} says it wrote plan {PLAN_FORMAT}/{digest}, and there is none",
            site.home.program.display()
        ),
        "run `goseal init`: the program and the shims are of two builds",
    )
}

/// The offered environment as a function.
pub(crate) fn env_of(offered: &Offered) -> impl Fn(&str) -> Option<OsString> {
    |name| offered.var(name).cloned()
}

/// Where the user's Go file is looked for.
pub(crate) fn go_env_path(site: &Site, offered: &Offered) -> Option<PathBuf> {
    let home = site.account.as_ref().map(|account| account.home.as_path());
    user_go_env_path(&env_of(offered), home)
}
