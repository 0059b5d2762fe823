//! From what was offered to what will run: place, plan, verdict, environment.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use goseal_core::chdir::chdir_of;
use goseal_core::flags;
use goseal_core::layout::PLAN_FORMAT;
use goseal_core::plan::{Applied, Around, Judged, Verdict};
use goseal_core::policy::Profile;
use goseal_core::tool::Tool;
use goseal_inputs::{
    PinFile, PinFound, Place, PlaceRequest, ReleaseSource, Sources, find_place, gather,
    module_caches, nearest, policy_path, user_go_env_path,
};

use crate::ask::{self, Answer, Question};
use crate::check::{self, Found};
use crate::parent::Parent;
use crate::refusal::Refusal;
use crate::scratch::Scratch;
use crate::site::{self, Site};
use crate::sys::{self, Offered};

/// Everything that is known before the start record.
pub(crate) struct Ready<'a> {
    /// The tool.
    pub(crate) tool: Tool,
    /// Where it works.
    pub(crate) place: &'a Place,
    /// The plan.
    pub(crate) found: Found,
    /// What the arguments mean.
    pub(crate) judged: Judged,
    /// The child's environment, without what follows from the start record.
    pub(crate) applied: Applied,
    /// The believed parent.
    pub(crate) parent: Option<Parent>,
    /// The build cache that is thrown away when this value goes.
    _scratch: Option<Scratch>,
}

impl Ready<'_> {
    /// Codes of everything by which this run is less exact or hermetic than the plan alone.
    pub(crate) fn weakened(&self) -> Vec<String> {
        let mut codes: Vec<String> = self
            .judged
            .weakened
            .iter()
            .map(|weakening| weakening.code.to_owned())
            .collect();
        if !self.judged.ambiguous.is_empty() {
            codes.push("ambiguous-flag".to_owned());
        }
        if self.place.disagreement.is_some() {
            codes.push("two-places".to_owned());
        }
        codes.extend(
            self.place
                .passed_over
                .iter()
                .map(|pin| format!("pin-passed-over-{}", pin.reason.word())),
        );
        codes.dedup();
        codes
    }
}

/// Why there is no [`Ready`].
#[derive(Debug)]
pub(crate) enum Stop {
    /// The shim refuses: to be said and put on record.
    Refused(Refusal),
    /// The program refused, said why and recorded it: end with this code.
    Told(i32),
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// The tool that `argv[0]` asks for.
pub(crate) fn tool_of(name: &OsStr) -> Result<Tool, Refusal> {
    Path::new(name)
        .file_name()
        .and_then(Tool::of_file_name)
        .ok_or_else(|| {
            Refusal::new(
                "unknown-name",
                format!("`{}` is neither go nor gofmt", name.to_string_lossy()),
                "call it by one of these names",
            )
        })
}

/// Where the run works.
pub(crate) fn place_of(site: &Site, offered: &Offered, tool: Tool) -> Result<Place, Refusal> {
    let cwd = sys::working_directory().map_err(|error| {
        Refusal::new(
            "no-folder",
            format!("cannot name the working directory: {error}"),
            "change to a folder that exists",
        )
    })?;
    let chdir = match tool {
        Tool::Go => chdir_of(&offered.argv),
        Tool::Gofmt => None,
    };
    let caches = || {
        let home = site.account.as_ref().map(|account| account.home.as_path());
        module_caches(
            &env_of(offered),
            go_env_path(site, offered).as_deref(),
            home,
        )
    };
    Ok(find_place(&PlaceRequest {
        cwd: &cwd,
        pwd: offered.var("PWD").map(OsString::as_os_str),
        chdir: chdir.as_deref(),
        layout: &site.layout,
        module_caches: &caches,
        trusted_places: &[],
        uid: site.uid,
    }))
}

/// Finds the plan, judges the arguments, builds the environment.
pub(crate) fn prepare<'a>(
    site: &Site,
    offered: &Offered,
    tool: Tool,
    place: &'a Place,
) -> Result<Ready<'a>, Stop> {
    let audit = site.layout.audit();
    let parent = Parent::believed(site, offered, &audit);
    let source = match source_of(site, place, parent.as_ref())? {
        // They build outside of any project: what they need says nothing about the pin.
        ReleaseSource::Pin(pin) if tool == Tool::Go && flags::ignores_project(&offered.argv) => {
            ReleaseSource::DefaultOrPin(pin)
        }
        source => source,
    };
    let found = plan_of(site, offered, place, tool, source)?;
    // A policy may have moved the ledger; only the plan says so.
    let parent = match parent {
        None if found.plan.ledger != audit => Parent::believed(site, offered, &found.plan.ledger),
        parent => parent,
    };
    check_door(site, &found, tool)?;
    if let Some(door) = &site.door {
        found.plan.admit_door(door).map_err(Refusal::from)?;
    }
    if found.plan.profile == Profile::Strict {
        check_strict(place)?;
    }
    let judged = match found
        .plan
        .judge_in(tool, &offered.argv, Some(&place.folder))
    {
        Verdict::Allowed(judged) => judged,
        Verdict::Refused(refusal) => return Err(Refusal::from(refusal).into()),
    };
    let scratch = judged.foreign_code.then(|| scratch(site)).transpose()?;
    let around = Around {
        parent: parent.as_ref().and_then(Parent::plan),
        foreign_work: tool == Tool::Go && has_foreign_work(place),
        gocache: scratch.as_ref().map(|scratch| scratch.folder().to_owned()),
    };
    let applied = found.plan.apply_around(&offered.environment, &around);
    Ok(Ready {
        tool,
        place,
        found,
        judged,
        applied,
        parent,
        _scratch: scratch,
    })
}

/// What says which release runs, in the order of the rules: pin, believed parent, door, default.
fn source_of<'a>(
    site: &Site,
    place: &'a Place,
    parent: Option<&Parent>,
) -> Result<ReleaseSource<'a>, Refusal> {
    match &place.pin {
        // Of a foreign owner: the shim reads no TOML, so it does not know the trusted places. A
        // program that does writes a plan under this digest, and none otherwise: then it refuses.
        PinFound::Pin(pin) | PinFound::Stopped { pin: Some(pin), .. } => {
            Ok(ReleaseSource::Pin(pin))
        }
        PinFound::Stopped {
            path,
            owner,
            pin: None,
        } => Err(Refusal::new(
            "pin-owner",
            format!(
                "{} belongs to user {owner}, not to user {} or root, and is no pin",
                path.display(),
                site.uid
            ),
            "remove it, or work in a folder of your own",
        )),
        PinFound::Faulty { path, trouble } => Err(Refusal::new(
            "pin",
            format!("{}: {trouble}", path.display()),
            "write one exact release into it, or run `goseal pin`",
        )),
        PinFound::None => Ok(parent
            .and_then(Parent::release)
            .map(ReleaseSource::Parent)
            .or(site.door.map(ReleaseSource::Door))
            .unwrap_or(ReleaseSource::Default)),
    }
}

/// The plan: read, else asked for and read.
fn plan_of(
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
        user_go_env: go_env.as_deref(),
        release,
    })
    .map_err(|error| Refusal::new("input", error.to_string(), "make it readable, or remove it"))?;
    let digest = gathered.digest;
    if let Some(found) = check::read_plan(site, &digest)?
        && check::changed_file(&found.plan).is_none()
    {
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
    let found = match check::parse_plan(site, &digest, &text) {
        Some(found) => Some(found),
        None => check::read_plan(site, &digest)?,
    };
    let found = found.ok_or_else(|| no_plan(site, &digest.to_string()))?;
    match check::changed_file(&found.plan) {
        None => Ok(found),
        Some(path) => Err(Refusal::new(
            "identity",
            format!("{} is not the file that was verified", path.display()),
            format!("run `goseal verify {}`", found.plan.release.version),
        )
        .into()),
    }
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

/// The executable behind the door must not be this shim again: it would call itself for ever.
fn check_door(site: &Site, found: &Found, tool: Tool) -> Result<(), Refusal> {
    let executable = found.plan.executable(tool);
    let known = found
        .plan
        .identity
        .iter()
        .find(|identity| identity.path == executable)
        .map(|identity| identity.stamp);
    let stamp = known.or_else(|| goseal_inputs::stamp(&executable).ok());
    match stamp {
        Some(stamp) if site::is_same(&stamp, &site.own) => Err(Refusal::new(
            "recursion",
            format!("{} is the shim itself", executable.display()),
            format!("run `goseal install {}`", found.plan.release.version),
        )),
        _ => Ok(()),
    }
}

fn check_strict(place: &Place) -> Result<(), Refusal> {
    if let Some(disagreement) = &place.disagreement {
        let names: Vec<&str> = disagreement
            .differences
            .iter()
            .map(|difference| difference.name)
            .collect();
        return Err(Refusal::new(
            "two-places",
            format!(
                "{} and {} are one folder and lead to different {}",
                disagreement.logical.display(),
                disagreement.physical.display(),
                names.join(", ")
            ),
            format!("cd {}", disagreement.physical.display()),
        ));
    }
    Ok(())
}

fn scratch(site: &Site) -> Result<Scratch, Refusal> {
    let name = u128::from_ne_bytes(sys::random());
    Scratch::make(site.layout.cache(), &format!("{name:032x}")).map_err(|error| {
        Refusal::new(
            "scratch",
            format!(
                "cannot make a build cache for one run in {}: {error}",
                site.layout.cache().display()
            ),
            "make it writable",
        )
    })
}

/// Whether the nearest `go.work` lies above the project.
fn has_foreign_work(place: &Place) -> bool {
    let Some(PinFile { folder, .. }) = pin_of(place) else {
        return false;
    };
    nearest(&place.folder, "go.work").is_some_and(|work| !work.starts_with(folder))
}

fn pin_of(place: &Place) -> Option<&PinFile> {
    match &place.pin {
        PinFound::Pin(pin) | PinFound::Stopped { pin: Some(pin), .. } => Some(pin),
        _ => None,
    }
}

fn env_of(offered: &Offered) -> impl Fn(&str) -> Option<OsString> {
    |name| offered.var(name).cloned()
}

fn go_env_path(site: &Site, offered: &Offered) -> Option<PathBuf> {
    let home = site.account.as_ref().map(|account| account.home.as_path());
    user_go_env_path(&env_of(offered), home)
}
