//! Every setting of the run about to happen: offered by whom, in force, by whom, why.
//!
//! Calls what the shim calls, `Plan::apply` and `Plan::judge`, and prints what they return.

use std::ffi::OsString;

use goseal_core::goenv::GoEnv;
use goseal_core::gomod;
use goseal_core::hint::cgo_in_the_way;
use goseal_core::plan::{Action, Applied, Plan, Verdict};
use goseal_core::settings::row_of;
use goseal_core::tool::Tool;
use goseal_store::SealHead;

use crate::error::{Error, Result};
use crate::launch::plan_here;
use crate::situation::Situation;
use crate::world::World;

/// Bytes of a go.mod that are read.
const GO_MOD_LIMIT: u64 = 1 << 20;

/// One variable of the run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its name.
    pub name: String,
    /// What the environment offers.
    pub environment: Option<String>,
    /// What the user's Go file offers.
    pub go_file: Option<String>,
    /// What the run gets; `None` where it gets nothing.
    pub value: Option<String>,
    /// `forced`, `carried`, `stripped`, `weakened`, `free`.
    pub action: &'static str,
    /// Who decided: `goseal`, `goseal.toml`, `policy`, `you`.
    pub by: String,
    /// Why.
    pub reason: String,
}

/// Everything about the run about to happen.
#[derive(Debug)]
pub struct Explanation {
    /// The plan that it would get.
    pub plan: Plan,
    /// The variables, in the order of names.
    pub rows: Vec<Row>,
    /// What is said of the arguments; `None` where none were given.
    pub verdict: Option<Verdict>,
    /// What a forced setting does to these arguments, where it makes Go fail.
    pub in_the_way: Option<String>,
    /// The seal of the tree that would run.
    pub seal: SealHead,
    /// What other files say about the release, as facts.
    pub notes: Vec<String>,
}

/// Explains a run from the working directory.
///
/// # Errors
///
/// What [`Situation::here`] and [`crate::launch::plan_here`] say.
pub fn explain(world: &World, arguments: &[OsString]) -> Result<Explanation> {
    let situation = Situation::here(world)?;
    let plan = plan_here(world, &situation)?;
    let applied = plan.apply(world.environment.all());
    let verdict = (!arguments.is_empty()).then(|| plan.judge(Tool::Go, arguments));
    let installed = goseal_store::find(&world.layout, &plan.release)?
        .ok_or(Error::not_installed(plan.release))?;
    Ok(Explanation {
        in_the_way: cgo_in_the_way(&plan, arguments),
        rows: rows(&Variables {
            world,
            goenv: situation.written.goenv.as_ref(),
            plan: &plan,
            applied: &applied,
        }),
        verdict,
        seal: installed.seal,
        notes: notes(&situation, &plan)?,
        plan,
    })
}

/// Why a name without a row of its own is stripped.
const BY_PATTERN: &str = "names of this form change builds, and this one is in no table";

/// What is known of the run's variables while the rows are made.
struct Variables<'a> {
    world: &'a World,
    goenv: Option<&'a GoEnv>,
    plan: &'a Plan,
    applied: &'a Applied,
}

impl Variables<'_> {
    fn row(&self, name: &str, action: &'static str, by: &str) -> Row {
        let environment = self.world.environment.get(name);
        Row {
            name: name.to_owned(),
            environment: environment.map(|value| value.to_string_lossy().into_owned()),
            go_file: self
                .goenv
                .and_then(|goenv| goenv.get(name))
                .map(str::to_owned),
            value: self.effective(name),
            action,
            by: by.to_owned(),
            reason: row_of(name).map_or(BY_PATTERN, |row| row.reason).to_owned(),
        }
    }

    fn effective(&self, name: &str) -> Option<String> {
        let found = self.applied.environment.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.to_string_lossy().into_owned())
    }

    fn forced(&self) -> impl Iterator<Item = Row> {
        self.plan.forced.iter().map(|forced| Row {
            reason: forced.reason.clone(),
            ..self.row(&forced.name, "forced", &forced.by)
        })
    }

    /// The action and the doer of a name that the plan does not force.
    fn unforced(&self) -> impl Iterator<Item = Row> {
        let changed = self.applied.changes.iter().map(|change| {
            let by = if change.action == Action::Stripped {
                "goseal"
            } else {
                "you"
            };
            self.row(&change.name, change.action.word(), by)
        });
        let in_effect = self.applied.in_effect.iter().map(|(name, _)| {
            let class = row_of(name).map_or("free", |row| row.class_in(self.plan.profile).word());
            self.row(name, class, "you")
        });
        // What the user's Go file sets and nobody takes over is dropped by GOENV=off.
        let dropped = self.goenv.into_iter().flat_map(GoEnv::iter);
        let dropped = dropped.map(|(name, _)| self.row(name, "stripped", "goseal"));
        changed.chain(in_effect).chain(dropped)
    }
}

fn rows(variables: &Variables<'_>) -> Vec<Row> {
    let mut rows: Vec<Row> = variables.forced().collect();
    for row in variables.unforced() {
        match rows.iter_mut().find(|known| known.name == row.name) {
            None => rows.push(row),
            Some(known) if row.action == Action::Weakened.word() => known.by = row.by,
            Some(_) => {}
        }
    }
    rows.sort_by(|a, b| a.name.cmp(&b.name));
    rows
}

/// What go.mod says of the release, and pins that were seen and do not count.
fn notes(situation: &Situation, plan: &Plan) -> Result<Vec<String>> {
    let mut notes: Vec<String> = situation
        .place
        .passed_over
        .iter()
        .map(ToString::to_string)
        .collect();
    let folders = situation.place.folder.ancestors();
    let Some(path) = folders
        .map(|folder| folder.join("go.mod"))
        .find(|path| path.is_file())
    else {
        return Ok(notes);
    };
    let bytes = goseal_store::read_bounded(&path, GO_MOD_LIMIT)?.unwrap_or_default();
    let version = plan.release.version;
    if let Some(line) = gomod::go_line(&bytes)
        && version.satisfies_go_line(line) == Some(false)
    {
        notes.push(format!(
            "{} asks for go {line}, and {version} runs",
            path.display()
        ));
    }
    if let Some(line) = gomod::toolchain_line(&bytes)
        && let Some(named) = line.strip_prefix("go")
        && version.satisfies_go_line(named) == Some(false)
    {
        notes.push(format!(
            "{} names the toolchain {line}, which GOTOOLCHAIN=local ignores: {version} runs",
            path.display()
        ));
    }
    Ok(notes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene::{Scene, plan, release};

    fn explained(scene: &Scene, plan: &Plan) -> Vec<Row> {
        let goenv = GoEnv::parse(b"GOFLAGS=-x\nGOPRIVATE=a.example\nGOVCS=off\n");
        let applied = plan.apply(scene.world.environment.all());
        rows(&Variables {
            world: &scene.world,
            goenv: Some(&goenv),
            plan,
            applied: &applied,
        })
    }

    #[test]
    fn every_row_says_who_offered_what_and_who_decided() {
        let mut scene = Scene::new();
        scene.set(&[("GOFLAGS", "-mod=mod"), ("GOFROB", "1"), ("GOOS", "linux")]);
        let plan = plan(&scene.world, release("1.22.5"));
        let rows = explained(&scene, &plan);
        let row = |name: &str| rows.iter().find(|row| row.name == name).unwrap();

        let goflags = row("GOFLAGS");
        assert_eq!(
            (goflags.action, goflags.value.as_deref()),
            ("forced", Some(""))
        );
        assert_eq!(goflags.environment.as_deref(), Some("-mod=mod"));
        assert_eq!(goflags.go_file.as_deref(), Some("-x"));
        let unknown = row("GOFROB");
        assert_eq!((unknown.action, unknown.value.clone()), ("stripped", None));
        assert_eq!(unknown.reason, BY_PATTERN);
        assert_eq!(row("GOOS").action, "free");

        let names: Vec<&str> = rows.iter().map(|row| row.name.as_str()).collect();
        let mut once = names.clone();
        once.sort_unstable();
        once.dedup();
        assert_eq!(names, once, "sorted, and each name once");
        assert!(rows.iter().all(|row| !row.reason.is_empty()));
    }

    #[test]
    fn what_go_mod_asks_for_beyond_the_pin_is_a_note() {
        let scene = Scene::new();
        scene.file("project/.go-version", "1.22.5\n");
        let plan = plan(&scene.world, release("1.22.5"));
        let said = |text: &str| {
            scene.file("project/go.mod", text);
            let situation = Situation::here(&scene.world).unwrap();
            notes(&situation, &plan).unwrap().join("; ")
        };
        assert_eq!(said("module x\n\ngo 1.22\n"), "");
        assert!(said("module x\n\ngo 1.27\n").ends_with("asks for go 1.27, and 1.22.5 runs"));
        let toolchain = said("module x\n\ngo 1.22\ntoolchain go1.27.4\n");
        assert!(
            toolchain.contains("names the toolchain go1.27.4"),
            "{toolchain}"
        );
    }
}
