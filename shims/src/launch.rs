//! From what was offered to what will run: place, plan, verdict, environment.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use goseal_core::chdir::chdir_of;
use goseal_core::flags;
use goseal_core::plan::{Applied, Around, Judged, Plan, Verdict};
use goseal_core::policy::Profile;
use goseal_core::tool::Tool;
use goseal_inputs::{
    PinFile, PinFound, Place, PlaceRequest, ReleaseSource, find_place, module_caches, nearest,
};
use goseal_ledger::record::Checked;

use crate::drift;
use crate::outputs;
use crate::parent::Parent;
use crate::plans::{Found, env_of, go_env_path, plan_of};
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
    /// What was compared with the seal.
    pub(crate) checked: Checked,
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
    /// The shim refuses: to be said and put on record, in the plan's ledger where there is a plan.
    Refused(Refusal, Option<Box<Plan>>),
    /// The program refused, said why and recorded it: end with this code.
    Told(i32),
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal, None)
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
    match judge(site, offered, tool, place, &found) {
        Ok(judged) => {
            let checked = drift::check(site, &found.plan, &judged, (tool, &place.folder))?;
            let known = Known {
                tool,
                found,
                judged,
                parent,
                checked,
            };
            follow(site, offered, place, known)
        }
        Err(refusal) => Err(Stop::Refused(refusal, Some(Box::new(found.plan)))),
    }
}

/// Whether this run of the plan may start, by door, place and arguments.
fn judge(
    site: &Site,
    offered: &Offered,
    tool: Tool,
    place: &Place,
    found: &Found,
) -> Result<Judged, Refusal> {
    check_door(site, found, tool)?;
    if let Some(door) = &site.door {
        found.plan.admit_door(door)?;
    }
    if found.plan.profile == Profile::Strict {
        check_strict(place)?;
    }
    if tool == Tool::Go {
        outputs::check(site, &found.plan, offered, &place.folder)?;
    }
    let folder = Some(place.folder.as_path());
    match found.plan.judge_in(tool, &offered.argv, folder) {
        Verdict::Allowed(judged) => Ok(judged),
        Verdict::Refused(refusal) => Err(refusal.into()),
    }
}

/// What is known once the run may start.
struct Known {
    tool: Tool,
    found: Found,
    judged: Judged,
    parent: Option<Parent>,
    checked: Checked,
}

/// Builds the child's environment.
fn follow<'a>(
    site: &Site,
    offered: &Offered,
    place: &'a Place,
    known: Known,
) -> Result<Ready<'a>, Stop> {
    let Known {
        tool,
        found,
        judged,
        parent,
        checked,
    } = known;
    // In a home that cannot be written Go would not start to build.
    let no_place = tool == Tool::Go && !goseal_inputs::may_be_written(&found.plan.gocache);
    let scratch = if no_place {
        Some(private_scratch(offered)?)
    } else {
        judged.foreign_code.then(|| scratch(site)).transpose()?
    };
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
        checked,
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
            "write one exact release into it, or run `goseal pin latest`",
        )),
        PinFound::None => Ok(parent
            .and_then(Parent::release)
            .map(ReleaseSource::Parent)
            .or(site.door.map(ReleaseSource::Door))
            .unwrap_or(ReleaseSource::Default)),
    }
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
        Some(stamp) if site.own.is_some_and(|own| site::is_same(&stamp, &own)) => {
            Err(Refusal::new(
                "recursion",
                format!("{} is the shim itself", executable.display()),
                format!("run `goseal install {}`", found.plan.release.version),
            ))
        }
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

/// A build cache for one run where the home has no place for any.
fn private_scratch(offered: &Offered) -> Result<Scratch, Refusal> {
    let above = offered
        .var("TMPDIR")
        .filter(|folder| Path::new(folder).is_absolute());
    let above = above.map_or(Path::new("/tmp"), Path::new);
    let name = u128::from_ne_bytes(sys::random());
    Scratch::make_in(above, &format!("goseal-{name:032x}")).map_err(|error| {
        let folder = above.display();
        let what = format!("cannot make a build cache for one run in {folder}: {error}");
        Refusal::new("scratch", what, "make it writable")
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
