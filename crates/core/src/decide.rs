//! The decision: what every run of a release in a place gets, from everything that was read.
//!
//! Owns: the defaults, who may choose what, and which of two demands is the stricter.
//! Does not do: reading; judging arguments.

mod flags;

use std::path::Path;

use crate::digest::{H1, Sha256};
use crate::evidence::{Evidence, SumdbPosition};
use crate::goenv::GoEnv;
use crate::plan::{
    Chosen, ChosenBy, Forced, Identity, NO_PRIVATE, Plan, RunRefusal, may_be_carried,
};
use crate::policy::{Apart, LogFailure, OutOfReach, Policy, Profile, UserConfig};
use crate::project::{ModulePattern, Project};
use crate::release::ReleaseId;
use crate::settings::reason_of;

/// Everything that a plan is decided from.
#[derive(Debug, Clone)]
pub struct Known<'a> {
    /// The build that the `home` file states.
    pub build: &'a str,
    /// The digest of the inputs.
    pub inputs: Sha256,
    /// The release that runs.
    pub release: ReleaseId,
    /// What chose it.
    pub chosen: Chosen,
    /// GOROOT, absolute.
    pub root: &'a Path,
    /// The identity, from the seal.
    pub h1: H1,
    /// The evidence that the install met, from the seal, and `rebuilt` where that is stated.
    pub evidence: &'a [Evidence],
    /// The evidence that was out of reach at the install, from the seal.
    pub unmet: &'a [Evidence],
    /// Whether the head of the record is joined to the known history, from the seal.
    pub joined: bool,
    /// Where the checksum database records the release, from the seal.
    pub position: Option<SumdbPosition>,
    /// The files whose stamps are compared, as they are now.
    pub identity: &'a [Identity],
    /// Sequence number of the record of the last deep verify.
    pub deep: Option<u64>,
    /// The ledger's folder, absolute.
    pub ledger: &'a Path,
    /// Go's build cache for this toolchain, absolute.
    pub gocache: &'a Path,
    /// `goseal.toml` beside the pin.
    pub project: Option<&'a Project>,
    /// The path of that file, for messages.
    pub project_file: Option<&'a Path>,
    /// The organisation's policy.
    pub policy: Option<&'a Policy>,
    /// The user's `config.toml`.
    pub user: Option<&'a UserConfig>,
    /// The user's Go file.
    pub goenv: Option<&'a GoEnv>,
    /// Seconds since 1970 after which an input is too old.
    pub not_after: Option<i64>,
}

/// Decides.
///
/// # Errors
///
/// [`RunRefusal`] where no run may start at all: strict without a pin, a demanded policy that is
/// not in force, evidence that policy requires and the install did not meet, a choice that this
/// release cannot carry out, a path that is not UTF-8.
pub fn decide(known: &Known<'_>) -> Result<Plan, RunRefusal> {
    let profile = profile_of(known);
    check_demands(known, profile)?;
    let forced = forced_of(known, profile)?;
    Ok(Plan {
        build: known.build.to_owned(),
        inputs: known.inputs,
        release: known.release,
        chosen: known.chosen.clone(),
        root: known.root.to_owned(),
        h1: known.h1,
        evidence: known.evidence.to_vec(),
        unmet: known.unmet.to_vec(),
        position: known.position,
        profile,
        log_failure: log_failure_of(known),
        ledger: known.ledger.to_owned(),
        gocache: known.gocache.to_owned(),
        identity: known.identity.to_vec(),
        deep: known.deep,
        forced,
        carried: carried_of(known.goenv, profile),
        private: private_of(known, profile).to_vec(),
        not_after: known.not_after,
    })
}

/// The strictest of what policy, user and project ask for.
fn profile_of(known: &Known<'_>) -> Profile {
    let asked = [
        known.policy.and_then(|policy| policy.profile),
        known.user.and_then(|user| user.profile),
        known.project.and_then(|project| project.profile),
    ];
    asked.into_iter().flatten().max().unwrap_or_default()
}

/// Policy decides; a user may tighten it, and decides alone where there is no policy.
fn log_failure_of(known: &Known<'_>) -> LogFailure {
    let user = known.user.and_then(|user| user.log_failure);
    match known.policy {
        None => user.unwrap_or_default(),
        Some(_) if user == Some(LogFailure::Block) => LogFailure::Block,
        Some(policy) => policy.log_failure.unwrap_or_default(),
    }
}

/// A project's own list counts only in standard and where no organisation has a say: elsewhere it
/// counts inside the policy's list, to which it then adds nothing.
fn private_of<'a>(known: &Known<'a>, profile: Profile) -> &'a [ModulePattern] {
    match (known.policy, known.project) {
        (Some(policy), _) => &policy.private,
        (None, Some(project)) if profile == Profile::Standard => &project.private,
        _ => &[],
    }
}

fn carried_of(goenv: Option<&GoEnv>, profile: Profile) -> Vec<(String, String)> {
    let values = goenv.into_iter().flat_map(GoEnv::iter);
    values
        .filter(|(name, _)| may_be_carried(name, profile))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

fn check_demands(known: &Known<'_>, profile: Profile) -> Result<(), RunRefusal> {
    if profile == Profile::Strict && known.chosen.by == ChosenBy::Default {
        return Err(RunRefusal {
            code: "default-in-strict",
            what: "no `.go-version` here, and the strict profile takes no default".into(),
            mend: format!("`goseal pin {}` pins the release", known.release.version),
        });
    }
    if let Some(demand) = known.project.and_then(|project| project.policy.as_ref()) {
        let met = known.policy.is_some_and(|policy| {
            policy.name.as_deref() == Some(&demand.name)
                && policy
                    .serial
                    .is_some_and(|serial| serial >= demand.least_serial)
        });
        if !met {
            return Err(RunRefusal {
                code: "policy-demand",
                what: format!(
                    "{} demands the policy `{}` at serial {} or later, and it is not in force",
                    project_name(known),
                    demand.name,
                    demand.least_serial
                ),
                mend: "install the organisation's policy on this machine".into(),
            });
        }
    }
    check_evidence(known)
}

/// Evidence that was out of reach at the install is missing as long as policy does not accept that,
/// whether the policy names it or not: by default everything that was asked counts.
fn check_evidence(known: &Known<'_>) -> Result<(), RunRefusal> {
    let required = known
        .policy
        .map(|policy| policy.evidence.as_slice())
        .unwrap_or_default();
    let accepted = known.policy.and_then(|policy| policy.out_of_reach) == Some(OutOfReach::Accept);
    let (version, release) = (known.release.version, known.release);
    let mend = format!("`goseal install {version}` proves it anew");
    let lacking = required
        .iter()
        .find(|rung| !known.evidence.contains(rung) && !known.unmet.contains(rung));
    if let Some(rung) = lacking {
        return Err(RunRefusal {
            code: "evidence",
            what: format!("policy requires `{rung}` evidence, and {release} lacks it"),
            mend: match rung {
                Evidence::Rebuilt => format!("`goseal rebuild {version}` makes it"),
                _ => mend,
            },
        });
    }
    if let Some(rung) = known.unmet.first().filter(|_| !accepted) {
        return Err(RunRefusal {
            code: "evidence",
            what: format!(
                "`{rung}` was out of reach when {release} was installed, which policy does not accept"
            ),
            mend,
        });
    }
    let apart = known.policy.and_then(|policy| policy.apart) == Some(Apart::Refuse);
    if apart && !known.joined {
        return Err(RunRefusal {
            code: "apart",
            what: format!(
                "the proof of {release} is not joined to the known history, which policy requires"
            ),
            mend,
        });
    }
    Ok(())
}

fn project_name(known: &Known<'_>) -> String {
    known
        .project_file
        .map_or_else(|| "goseal.toml".into(), |file| file.display().to_string())
}

const GOSEAL: &str = "goseal";
const PROJECT: &str = "goseal.toml";
const POLICY: &str = "policy";

fn forced_of(known: &Known<'_>, profile: Profile) -> Result<Vec<Forced>, RunRefusal> {
    let mut list = List(Vec::with_capacity(14));
    list.push("GOTOOLCHAIN", "local", GOSEAL);
    list.push("GOENV", "off", GOSEAL);
    list.push("GOROOT", path_text(known.root)?, GOSEAL);
    list.push("GO111MODULE", "on", GOSEAL);
    list.push("GOSUMDB", "sum.golang.org", GOSEAL);
    let private = private_of(known, profile);
    let patterns: Vec<&str> = private.iter().map(ModulePattern::as_str).collect();
    match (private.is_empty(), known.policy) {
        (true, _) => list.push("GONOSUMDB", NO_PRIVATE, GOSEAL),
        (false, by) => {
            list.push(
                "GONOSUMDB",
                &patterns.join(","),
                by.map_or(PROJECT, |_| POLICY),
            );
        }
    }
    list.push("GOCACHE", path_text(known.gocache)?, GOSEAL);
    let words = flags::words(known, profile)?;
    list.push("GOFLAGS", &words.text, words.by);
    let cgo = known.project.and_then(|project| project.cgo);
    let value = if cgo == Some(true) { "1" } else { "0" };
    list.push("CGO_ENABLED", value, cgo.map_or(GOSEAL, |_| PROJECT));
    if let Some(project) = known.project {
        list.push_choice("GOOS", project.goos.as_deref());
        list.push_choice("GOARCH", project.goarch.as_deref());
        let experiment = project.experiment.join(",");
        list.push_choice(
            "GOEXPERIMENT",
            Some(experiment.as_str()).filter(|e| !e.is_empty()),
        );
    }
    if let Some(policy) = known.policy {
        let insecure: Vec<&str> = policy.insecure.iter().map(ModulePattern::as_str).collect();
        if !insecure.is_empty() {
            list.push("GOINSECURE", &insecure.join(","), POLICY);
        }
        if let (Profile::Strict, Some(auth)) = (profile, &policy.auth) {
            list.push("GOAUTH", auth, POLICY);
        }
    }
    Ok(list.0)
}

struct List(Vec<Forced>);

impl List {
    fn push(&mut self, name: &str, value: &str, by: &str) {
        self.0.push(Forced {
            name: name.to_owned(),
            value: value.to_owned(),
            by: by.to_owned(),
            reason: reason_of(name).unwrap_or_default().to_owned(),
        });
    }

    fn push_choice(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.push(name, value, PROJECT);
        }
    }
}

fn path_text(path: &Path) -> Result<&str, RunRefusal> {
    path.to_str().ok_or_else(|| RunRefusal {
        code: "path",
        what: format!("`{}` is not UTF-8", path.display()),
        mend: "set GOSEAL_HOME to a folder whose name is UTF-8 and run `goseal init`".into(),
    })
}

#[cfg(test)]
#[cfg(unix)]
mod tests;
