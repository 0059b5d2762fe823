//! Every setting of the run about to happen: offered by whom, in force, by whom, why.
//!
//! Calls what the shim calls, `Plan::apply` and `Plan::judge`, and prints what they return.

use std::ffi::OsString;

use goseal_core::goenv::GoEnv;
use goseal_core::gomod;
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
        .ok_or(Error::NotInstalled { id: plan.release })?;
    Ok(Explanation {
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
        .map(|pin| {
            format!(
                "{} does not count: {}",
                pin.path.display(),
                pin.reason.word()
            )
        })
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
