//! What a run at a place would get: the plan, decided from what lies there now.
//!
//! The same gathering and the same decision for the shim that asks, for `exec`, `env` and
//! `explain`: there is no second opinion.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use goseal_core::digest::Sha256;
use goseal_core::home::Home;
use goseal_core::inputs::Role;
use goseal_core::plan::{Chosen, ChosenBy, Plan, RunRefusal};
use goseal_core::release::ReleaseId;
use goseal_core::tool::Tool;
use goseal_inputs::{Gathered, ReleaseSource, Sources};
use goseal_ledger::record::{Event, Outcome, RunRefused};
use goseal_store::Installed;

use crate::error::{Breakage, Error, RequestFault, Result};
use crate::evidence::evidence_now;
use crate::init::home_of;
use crate::journal::{Journal, log_folder};
use crate::situation::{Choice, PROJECT_FILE, Situation, go_env_path, read_machine};
use crate::stamps;
use crate::world::World;

/// What a shim asks.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The `home` file that the shim stands on.
    pub home: Home,
    /// The digest of inputs that it computed.
    pub digest: Sha256,
    /// The folder where Go would work, as Go names it.
    pub place: PathBuf,
    /// `pin`, `pin of 1001`, `default or pin`, `default`, `door ID` or `parent ID`.
    pub release: String,
    /// The tool that was called.
    pub tool: Tool,
}

/// What became of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlanWritten {
    /// It lies where the shim looks for it.
    OnDisk,
    /// The cache cannot be written; this is its text.
    Text(String),
}

/// Decides the plan that a shim asks for and writes it.
///
/// # Errors
///
/// [`Error::NotInstalled`], [`Error::Pin`]; [`Error::Differs`] for a tree that drifted;
/// [`Error::Refused`] where the decision is no, or where the inputs changed since the shim read
/// them; what [`Situation::at`] says.
pub fn answer_shim(world: &World, asked: &Asked) -> Result<PlanWritten> {
    let situation = Situation::at(world, &asked.place, Some(asked.place.as_os_str()))?;
    let choice = choice_of(&situation, &asked.release)?;
    let source = source_of(&situation, &choice, &asked.release);
    let gathered = gather(world, &asked.home, source)?;
    if gathered.digest != asked.digest {
        return Err(Error::from(RunRefusal {
            code: "inputs-changed",
            what: "the files that decide this run changed while they were read".to_owned(),
            mend: "run it again".to_owned(),
        }));
    }
    let plan = decide(world, &situation, &choice, &gathered, &asked.home.build)?;
    let text = plan.format();
    match goseal_store::write_plan(&world.layout, &gathered.digest, &text) {
        Ok(()) => Ok(PlanWritten::OnDisk),
        Err(_) => Ok(PlanWritten::Text(text)),
    }
}

/// The plan of a run from the working directory, decided now and written nowhere.
///
/// # Errors
///
/// As [`answer_shim`].
pub fn plan_here(world: &World, situation: &Situation) -> Result<Plan> {
    plan_for(world, situation, situation.choice()?)
}

/// The same for another choice of release.
///
/// # Errors
///
/// As [`answer_shim`].
pub(crate) fn plan_for(world: &World, situation: &Situation, choice: &Choice) -> Result<Plan> {
    let home = home_of(world)?;
    let gathered = gather(world, &home, source_of(situation, choice, ""))?;
    decide(world, situation, choice, &gathered, &home.build)
}

/// The release that the shim's word names.
fn choice_of(situation: &Situation, word: &str) -> Result<Choice> {
    let named = |by: ChosenBy, id: &str| {
        let id = ReleaseId::parse(id).ok_or_else(|| {
            Error::part(format!("the shim names a release `{id}`, which is none"))
        })?;
        Ok(Choice {
            id,
            chosen: Chosen {
                by,
                file: None,
                line: None,
            },
        })
    };
    match word.split_once(' ') {
        Some(("door", id)) => named(ChosenBy::Door, id),
        Some(("parent", id)) => named(ChosenBy::Parent, id),
        Some(("default", _)) => match &situation.default {
            Some(default) => Ok(default.clone()),
            None => situation.choice().cloned(),
        },
        _ => situation.choice().cloned(),
    }
}

/// What the inputs say of the release; the text is the shim's own word again.
fn source_of<'s>(situation: &'s Situation, choice: &Choice, word: &str) -> ReleaseSource<'s> {
    match (choice.chosen.by, situation.pin()) {
        (ChosenBy::Door, _) => ReleaseSource::Door(choice.id),
        (ChosenBy::Parent, _) => ReleaseSource::Parent(choice.id),
        (_, Some(pin)) if word.starts_with("default or ") => ReleaseSource::DefaultOrPin(pin),
        (ChosenBy::Pin, Some(pin)) => ReleaseSource::Pin(pin),
        _ => ReleaseSource::Default,
    }
}

fn gather(world: &World, home: &Home, release: ReleaseSource<'_>) -> Result<Gathered> {
    let user_go_env = go_env_path(world);
    Ok(goseal_inputs::gather(&Sources {
        layout: &world.layout,
        home,
        policy: &world.product.policy_path,
        uid: world.user.uid,
        user_go_env: user_go_env.as_deref(),
        release,
    })?)
}

fn decide(
    world: &World,
    situation: &Situation,
    choice: &Choice,
    gathered: &Gathered,
    build: &str,
) -> Result<Plan> {
    let id = choice.id;
    // A tree without doors was put there by another platform's install: nothing of it runs.
    let found = goseal_store::find(&world.layout, &id)?.filter(Installed::has_doors);
    let installed = found.ok_or(Error::not_installed(id))?;
    situation.check_lock(&installed)?;
    stamps::check_guard(world, &id)?;
    let (identity, deep) = compared(world, &installed)?;
    let written = &situation.written;
    // Door, parent and default have no project: `goseal.toml` counts only beside the pin.
    let project = written
        .project
        .as_ref()
        .filter(|_| choice.chosen.by == ChosenBy::Pin);
    let project_file = situation.pin().map(|pin| pin.folder.join(PROJECT_FILE));
    let ledger = log_folder(world, written)?;
    let seal = &installed.seal;
    debug_assert!(
        gathered.part(Role::Release).is_some(),
        "every role is gathered"
    );
    Ok(goseal_core::decide::decide(&goseal_core::decide::Known {
        build,
        inputs: gathered.digest,
        release: id,
        chosen: choice.chosen.clone(),
        root: &installed.root,
        h1: seal.proven.h1,
        evidence: &evidence_now(world, situation, &installed),
        unmet: &seal.proven.unmet,
        joined: seal.proven.joined,
        position: seal.proven.sumdb,
        identity: &identity,
        deep,
        ledger: &ledger,
        gocache: &world.layout.gocache(&seal.proven.h1),
        project,
        project_file: project_file.as_deref(),
        policy: written.policy.as_ref(),
        user: written.user.as_ref(),
        goenv: written.goenv.as_ref(),
        not_after: written.not_after,
    })?)
}

/// The identity of the installed tree, compared with its manifest where it changed, remembered.
fn compared(
    world: &World,
    installed: &Installed,
) -> Result<(Vec<goseal_core::plan::Identity>, Option<u64>)> {
    let known = stamps::read(&world.layout, &installed.id);
    let manifest = goseal_store::read_manifest(&world.layout, installed)?;
    let identity = stamps::identity_of(installed, &manifest, &known)?;
    // Where the state cannot be written the next plan hashes again; nobody is refused for it.
    let _ = stamps::write(&world.layout, &installed.id, known.deep, &identity);
    Ok((identity, known.deep))
}

/// A command under the forced settings, ready to be run.
#[derive(Debug)]
pub struct Command {
    /// The program and its arguments.
    pub words: Vec<OsString>,
    /// The whole environment, PATH included.
    pub environment: Vec<(OsString, OsString)>,
    /// The release whose doors are first on PATH.
    pub id: ReleaseId,
}

/// The environment of `exec` and `env`: the plan's, with the release's doors and then the shims
/// first on PATH.
///
/// # Errors
///
/// [`Error::Broken`] where a folder cannot stand in PATH.
pub(crate) fn environment(world: &World, plan: &Plan) -> Result<Vec<(OsString, OsString)>> {
    let mut environment = plan.apply(world.environment.all()).environment;
    let doors = plan.root.join("bin");
    let shims = world.layout.shims();
    let offered = world
        .environment
        .get("PATH")
        .map(OsString::from)
        .unwrap_or_default();
    let rest =
        std::env::split_paths(&offered).filter(|folder| *folder != doors && *folder != shims);
    let folders: Vec<PathBuf> = [doors.clone(), shims.clone()]
        .into_iter()
        .chain(rest)
        .collect();
    let path = std::env::join_paths(folders).map_err(|_| {
        // What stood in PATH can stand there again; only ours may hold its separator.
        let ours = if std::env::join_paths([&doors]).is_err() {
            doors
        } else {
            shims
        };
        Error::Broken(Breakage::Unlistable(ours))
    })?;
    environment.retain(|(name, _)| name != "PATH");
    environment.push((OsString::from("PATH"), path));
    Ok(environment)
}

/// Prepares a command with the release that runs here, or with `asked` where no pin holds. On
/// record before it is run.
///
/// # Errors
///
/// [`Error::Request`] where a pin names another release than the one asked for; as [`plan_here`];
/// [`Error::Ledger`].
pub fn exec(
    world: &World,
    asked: Option<&str>,
    words: Vec<OsString>,
    arguments: &[OsString],
) -> Result<Command> {
    let situation = Situation::here(world)?;
    let choice = match asked {
        None => situation.choice()?.clone(),
        Some(text) => asked_for(&situation, crate::current::exact(world, text)?)?,
    };
    let plan = plan_for(world, &situation, &choice)?;
    let environment = environment(world, &plan)?;
    Journal::open(world, &situation.written)?.verb("exec", arguments, Outcome::Ok)?;
    Ok(Command {
        words,
        environment,
        id: choice.id,
    })
}

/// The settings that a run here gets: everything that goseal sets, and PATH.
///
/// # Errors
///
/// As [`plan_here`].
pub fn settings(world: &World) -> Result<Vec<(String, OsString)>> {
    let situation = Situation::here(world)?;
    let plan = plan_here(world, &situation)?;
    let environment = environment(world, &plan)?;
    let wanted = |name: &str| {
        name == "PATH"
            || plan.forced_value(name).is_some()
            || plan.carried.iter().any(|(carried, _)| carried == name)
    };
    let named = environment
        .into_iter()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value)));
    Ok(named.filter(|(name, _)| wanted(name)).collect())
}

/// Begins the chain and makes the keys of this machine and user, where there are none.
///
/// # Errors
///
/// [`Error::Ledger`] and [`Error::Store`].
pub fn begin_chain(world: &World) -> Result<()> {
    Journal::open(world, &read_machine(world)?).map(|_| ())
}

/// A run that was refused before anything of it started.
#[derive(Debug)]
pub struct RefusedRun<'a> {
    /// `go`, `gofmt` or `exec`.
    pub tool: &'a str,
    /// The folder where it would have worked.
    pub place: &'a Path,
    /// The arguments as typed; what follows a command after `--` is its own and only counted.
    pub arguments: &'a [OsString],
    /// The release, where one was found.
    pub release: Option<ReleaseId>,
    /// 125, 126 or 127.
    pub exit: u8,
    /// A stable word.
    pub code: &'a str,
    /// The fact.
    pub what: &'a str,
}

/// Puts on record that a run was refused: to a shim, or by `exec`.
///
/// # Errors
///
/// [`Error::Ledger`] and [`Error::Store`].
pub fn record_refusal(world: &World, run: &RefusedRun<'_>) -> Result<()> {
    // A policy that does not count says nothing about the log's place, and is why this is refused.
    let written = read_machine(world).unwrap_or_default();
    let journal = Journal::open(world, &written)?;
    let refused = RunRefused {
        exit: run.exit,
        code: run.code.to_owned(),
        what: journal.text(run.what),
        tool: run.tool.to_owned(),
        argv: journal.argv(run.arguments),
        cwd: journal.redactor().path(run.place),
        release: run.release.map(|id| id.to_string()),
        user: journal.user(),
    };
    journal.append(journal.new_run(), Event::RunRefused(refused))?;
    Ok(())
}

fn asked_for(situation: &Situation, id: ReleaseId) -> Result<Choice> {
    match (situation.pin(), &situation.choice) {
        (Some(pin), Some(pinned)) if pinned.id != id => Err(RequestFault::AgainstPin {
            asked: id,
            pin: pin.path.clone(),
            pinned: pinned.id,
        }
        .into()),
        (Some(_), Some(pinned)) => Ok(pinned.clone()),
        _ => Ok(Choice {
            id,
            chosen: Chosen {
                by: ChosenBy::Door,
                file: None,
                line: None,
            },
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene::{Scene, plan, release};

    fn value(environment: &[(OsString, OsString)], name: &str) -> Vec<String> {
        let found = environment.iter().filter(|(key, _)| key == name);
        found
            .map(|(_, value)| value.to_string_lossy().into_owned())
            .collect()
    }

    #[test]
    fn doors_and_shims_stand_first_on_path_and_once() {
        let mut scene = Scene::new();
        let shims = scene.world.layout.shims();
        let offered = format!("/a:{}:/b", shims.display());
        scene.set(&[("PATH", &offered), ("GOFLAGS", "-mod=mod")]);
        let plan = plan(&scene.world, release("1.22.5"));
        let environment = environment(&scene.world, &plan).unwrap();
        let doors = plan.root.join("bin");
        let path = format!("{}:{}:/a:/b", doors.display(), shims.display());
        assert_eq!(value(&environment, "PATH"), [path]);
        assert_eq!(value(&environment, "GOTOOLCHAIN"), ["local"]);
        assert_eq!(value(&environment, "GOFLAGS"), [""]);
    }

    #[test]
    fn a_home_that_cannot_stand_in_path_is_named() {
        let mut scene = Scene::new();
        scene.world.layout = goseal_core::layout::Layout::rooted(std::path::Path::new("/a:b"));
        let plan = plan(&scene.world, release("1.22.5"));
        let refused = environment(&scene.world, &plan).unwrap_err();
        assert!(
            matches!(refused, Error::Broken(Breakage::Unlistable(_))),
            "{refused}"
        );
    }

    #[test]
    fn the_shims_word_chooses_the_release() {
        let scene = Scene::new();
        scene.file("project/.go-version", "1.22.5\n");
        scene.file("policy.toml", "default = \"1.20.1\"\n");
        let situation = Situation::here(&scene.world).unwrap();
        let chosen = |word: &str| {
            let choice = choice_of(&situation, word).unwrap();
            (choice.id, choice.chosen.by)
        };
        let door = format!("door {}", release("1.21.1"));
        assert_eq!(chosen("pin"), (release("1.22.5"), ChosenBy::Pin));
        assert_eq!(
            chosen("default or pin"),
            (release("1.20.1"), ChosenBy::Default)
        );
        assert_eq!(chosen(&door), (release("1.21.1"), ChosenBy::Door));
        assert!(choice_of(&situation, "door ../x").is_err());
    }

    #[test]
    fn a_release_that_is_asked_for_must_be_the_pinned_one() {
        let scene = Scene::new();
        let situation = Situation::here(&scene.world).unwrap();
        let asked = |situation: &Situation, version| asked_for(situation, release(version));
        let free = asked(&situation, "1.21.1").unwrap();
        assert_eq!(free.id, release("1.21.1"));
        scene.file("project/.go-version", "1.22.5\n");
        let situation = Situation::here(&scene.world).unwrap();
        assert_eq!(
            asked(&situation, "1.22.5").unwrap().chosen.by,
            ChosenBy::Pin
        );
        let refused = asked(&situation, "1.21.1").unwrap_err();
        assert!(matches!(
            refused,
            Error::Request(RequestFault::AgainstPin { .. })
        ));
    }

    #[test]
    fn a_refused_run_is_on_record_with_its_place() {
        let scene = Scene::new();
        let refused = RefusedRun {
            tool: "exec",
            place: &scene.world.cwd,
            arguments: &[],
            release: Some(release("1.22.5")),
            exit: 127,
            code: "not-installed",
            what: "it is not installed",
        };
        record_refusal(&scene.world, &refused).unwrap();
        let log = scene.log();
        assert!(log.contains("\"type\":\"run_refused\""), "{log}");
        assert!(log.contains("\"exit\":127"), "{log}");
    }
}
