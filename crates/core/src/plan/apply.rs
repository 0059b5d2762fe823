//! The child's environment, built from the plan and from what was offered.

use std::borrow::Cow;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use super::{Action, Applied, Change, Forced, Plan};
use crate::policy::Profile;
use crate::project::ModulePattern;
use crate::settings::{Class, class_in};

/// A value of GONOSUMDB that exempts nothing: an empty one would fall back to GOPRIVATE.
pub const NO_PRIVATE: &str = "none.invalid";

/// What the shim knows of the run besides the plan and the environment.
#[derive(Debug, Clone, Default)]
pub struct Around<'a> {
    /// The plan of the believed parent: values that it set were not offered by the user.
    pub parent: Option<&'a Plan>,
    /// The nearest `go.work` lies above the pin's folder: it is not the project's.
    pub foreign_work: bool,
    /// A build cache that is thrown away after the run, instead of the plan's; absolute.
    pub gocache: Option<PathBuf>,
}

impl Plan {
    /// [`Plan::apply_around`] for a run without a parent, on the system this was built for.
    pub fn apply(&self, offered: &[(OsString, OsString)]) -> Applied {
        self.apply_around(offered, &Around::default())
    }

    /// The child's environment.
    ///
    /// Every occurrence of a forced, chosen, carried or stripped name is removed before it is set;
    /// free names keep their order, their doubles and their bytes. Where a name is offered twice
    /// the first counts, as Go takes it. On Windows names are compared without case.
    pub fn apply_around(&self, offered: &[(OsString, OsString)], around: &Around<'_>) -> Applied {
        let mut run = Run {
            plan: self,
            around,
            offered: Offered {
                pairs: offered,
                fold: cfg!(windows),
            },
            applied: Applied::default(),
        };
        run.keep_and_strip();
        run.carry();
        run.force();
        run.applied
    }

    /// The patterns of GONOSUMDB that the plan itself sets.
    fn private_value(&self) -> String {
        join(self.private.iter().map(ModulePattern::as_str))
    }

    /// Whether a path lies in the managed trees or the shims, by its text alone.
    pub fn manages(&self, path: &Path) -> bool {
        let trees = self.root.parent();
        let shims = trees
            .and_then(Path::parent)
            .map(|store| store.join("shims"));
        let path = lexical(path);
        [trees, shims.as_deref()]
            .into_iter()
            .flatten()
            .any(|place| path.starts_with(lexical(place)))
    }
}

/// The path without `.` and with `..` taken back, no link followed.
pub(super) fn lexical(path: &Path) -> PathBuf {
    use std::path::Component::{CurDir, ParentDir};
    let mut clean = PathBuf::new();
    for part in path.components() {
        match part {
            CurDir => {}
            ParentDir => {
                clean.pop();
            }
            part => clean.push(part),
        }
    }
    clean
}

fn join<'a>(patterns: impl Iterator<Item = &'a str>) -> String {
    let mut value = String::new();
    for pattern in patterns {
        if !value.is_empty() {
            value.push(',');
        }
        value.push_str(pattern);
    }
    if value.is_empty() {
        NO_PRIVATE.to_owned()
    } else {
        value
    }
}

/// What was offered, by names as the system compares them.
struct Offered<'a> {
    pairs: &'a [(OsString, OsString)],
    fold: bool,
}

impl Offered<'_> {
    /// The name as the table writes it; `None` for a name that is not UTF-8, which none of Go's is.
    fn canonical<'n>(&self, name: &'n OsStr) -> Option<Cow<'n, str>> {
        let name = name.to_str()?;
        Some(if self.fold {
            name.to_ascii_uppercase().into()
        } else {
            name.into()
        })
    }

    /// The value of the first occurrence, which is the one that Go takes.
    fn first(&self, wanted: &str) -> Option<&OsStr> {
        self.pairs
            .iter()
            .find(|(name, _)| self.canonical(name).as_deref() == Some(wanted))
            .map(|(_, value)| value.as_os_str())
    }
}

struct Run<'a> {
    plan: &'a Plan,
    around: &'a Around<'a>,
    offered: Offered<'a>,
    applied: Applied,
}

impl Run<'_> {
    /// What the user offered: nothing where the value is the one that the parent's plan set.
    fn by_user(&self, name: &str) -> Option<&OsStr> {
        let value = self.offered.first(name)?;
        let parent = self.around.parent;
        let set_by_parent = parent.is_some_and(|parent| {
            let carried = parent.carried.iter().filter(|(carried, _)| carried == name);
            parent
                .forced_value(name)
                .into_iter()
                .chain(carried.map(|(_, value)| value.as_str()))
                .any(|set| value == set)
        });
        (!set_by_parent).then_some(value)
    }

    fn change(&mut self, name: &str, value: Option<&str>, action: Action) {
        let offered = self.by_user(name).map(OsStr::to_owned);
        if offered.is_some() || action == Action::Carried || action == Action::Weakened {
            self.applied.changes.push(Change {
                name: name.to_owned(),
                offered,
                value: value.map(str::to_owned),
                action,
            });
        }
    }

    fn in_effect(&mut self, name: &str, value: &OsStr) {
        let new = !self.applied.in_effect.iter().any(|(seen, _)| seen == name);
        if new {
            self.applied
                .in_effect
                .push((name.to_owned(), value.to_owned()));
        }
    }

    /// Keeps what is free, drops the rest, and notes what was stripped.
    fn keep_and_strip(&mut self) {
        let pairs = self.offered.pairs;
        let mut stripped: Vec<Cow<'_, str>> = Vec::new();
        for (name, value) in pairs {
            let Some(known) = self.offered.canonical(name) else {
                self.applied.environment.push((name.clone(), value.clone()));
                continue;
            };
            if self.is_forced(&known) {
                continue;
            }
            match class_in(&known, self.plan.profile) {
                None => self.applied.environment.push((name.clone(), value.clone())),
                Some(Class::Free) => {
                    self.applied.environment.push((name.clone(), value.clone()));
                    self.in_effect(&known, value);
                }
                Some(Class::Carried) => {}
                // The parent's own word to this run; the shim sets this run's word to its children.
                Some(_) if known == "GOSEAL_PARENT" => {}
                Some(_) if stripped.contains(&known) => {}
                Some(_) => {
                    self.change(&known, None, Action::Stripped);
                    stripped.push(known);
                }
            }
        }
    }

    fn is_forced(&self, name: &str) -> bool {
        let work = self.around.foreign_work && name == "GOWORK";
        work || self.plan.forced_value(name).is_some()
    }

    /// Sets carried variables: the caller's first, else the one of the user's Go file.
    fn carry(&mut self) {
        let mut done: Vec<Cow<'_, str>> = Vec::new();
        let pairs = self.offered.pairs;
        for (name, _) in pairs {
            let Some(name) = self.offered.canonical(name) else {
                continue;
            };
            let carried = class_in(&name, self.plan.profile) == Some(Class::Carried);
            if !carried || self.is_forced(&name) || done.contains(&name) {
                continue;
            }
            self.carry_offered(&name);
            done.push(name);
        }
        for (name, value) in &self.plan.carried {
            let carried = class_in(name, self.plan.profile) == Some(Class::Carried);
            let set = self.applied.in_effect.iter().any(|(set, _)| set == name);
            if !carried || set || self.is_forced(name) || self.leads_inside(name, value.as_ref()) {
                continue;
            }
            self.applied.environment.push((name.into(), value.into()));
            self.in_effect(name, value.as_ref());
            self.change(name, Some(value), Action::Carried);
        }
    }

    fn carry_offered(&mut self, name: &str) {
        let Some(value) = self.offered.first(name).map(OsStr::to_owned) else {
            return;
        };
        // Go takes an empty variable for an absent one.
        if value.is_empty() {
            return;
        }
        if self.leads_inside(name, &value) {
            self.change(name, None, Action::Stripped);
            return;
        }
        self.in_effect(name, &value);
        self.applied.environment.push((name.into(), value));
    }

    /// Whether a place for Go's own writing lies in the managed trees or the shims.
    fn leads_inside(&self, name: &str, value: &OsStr) -> bool {
        ["GOBIN", "GOPATH", "GOMODCACHE", "GOTMPDIR"].contains(&name)
            && self.plan.manages(Path::new(value))
    }

    fn force(&mut self) {
        for Forced {
            name, value, by, ..
        } in &self.plan.forced
        {
            let (value, action) = self.value_and_action(name, value, by);
            let same = self
                .offered
                .first(name)
                .is_some_and(|offered| offered == value.as_str());
            if !same || action == Action::Weakened {
                self.change(name, Some(&value), action);
            }
            self.applied.environment.push((name.into(), value.into()));
        }
        if self.around.foreign_work {
            self.change("GOWORK", Some("off"), Action::Forced);
            self.applied
                .environment
                .push(("GOWORK".into(), "off".into()));
        }
    }

    fn value_and_action(&self, name: &str, value: &str, by: &str) -> (String, Action) {
        match (name, &self.around.gocache) {
            ("GONOSUMDB", _) => {
                let full = self.gonosumdb();
                let weaker = full != value || by == "goseal.toml";
                (
                    full,
                    if weaker {
                        Action::Weakened
                    } else {
                        Action::Forced
                    },
                )
            }
            // A path that is not UTF-8 was refused when the plan was decided; this one is made by
            // the shim, below a place of the plan or of the system.
            ("GOCACHE", Some(cache)) => (cache.to_string_lossy().into_owned(), Action::Forced),
            _ => (value.to_owned(), Action::Forced),
        }
    }

    /// The plan's patterns and, in standard, the user's own that name a host.
    fn gonosumdb(&self) -> String {
        let own = self.plan.private_value();
        if self.plan.profile == Profile::Strict {
            return own;
        }
        let parents = self
            .around
            .parent
            .map(Plan::private_value)
            .unwrap_or_default();
        let mut patterns: Vec<&str> = own.split(',').filter(|own| *own != NO_PRIVATE).collect();
        let users = self.users_patterns();
        for pattern in users.split(',').map(str::trim) {
            let counts = pattern != NO_PRIVATE
                && ModulePattern::parse(pattern).is_some()
                && !parents.split(',').any(|parents| parents == pattern)
                && !patterns.contains(&pattern);
            if counts {
                patterns.push(pattern);
            }
        }
        join(patterns.into_iter())
    }

    /// What Go itself would take: GONOSUMDB, else GOPRIVATE; of each the environment's, else the
    /// one of the user's Go file.
    fn users_patterns(&self) -> String {
        ["GONOSUMDB", "GOPRIVATE"]
            .into_iter()
            .find_map(|name| {
                let offered = self.offered.first(name).and_then(OsStr::to_str);
                let filed = self
                    .plan
                    .carried
                    .iter()
                    .find(|(carried, _)| carried == name);
                offered
                    .filter(|value| !value.is_empty() && *value != NO_PRIVATE)
                    .or(filed.map(|(_, value)| value.as_str()))
            })
            .unwrap_or_default()
            .to_owned()
    }
}

/// Whether a plan of this profile keeps a variable of the user's Go file: carried ones, and the
/// user's own patterns for GONOSUMDB.
pub(crate) fn may_be_carried(name: &str, profile: Profile) -> bool {
    let carried = class_in(name, profile) == Some(Class::Carried);
    (carried && name.starts_with("GO")) || name == "GONOSUMDB"
}

#[cfg(test)]
#[cfg(unix)]
mod tests;
