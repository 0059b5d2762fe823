//! What the arguments of a run mean, and whether it may start.

mod env_w;

use std::ffi::OsString;
use std::path::Path;

use super::outputs::of_line;
use super::{Judged, Plan, RunRefusal, Verdict, Weakening};
use crate::flags::{self, Given, Line, WATCHED};
use crate::policy::Profile;
use crate::quoted;
use crate::release::ReleaseId;
use crate::tool::Tool;

/// A weakening with what a refusal needs to say about it.
struct Found {
    weakening: Weakening,
    does: String,
    mend: String,
}

impl Plan {
    /// [`Plan::judge_in`] where the working directory is not known: relative paths are not compared.
    pub fn judge(&self, tool: Tool, argv: &[OsString]) -> Verdict {
        self.judge_in(tool, argv, None)
    }

    /// Judges the arguments (without `argv[0]`) of a run whose place, `-C` counted, is `folder`.
    ///
    /// In standard a weakening is noted; in strict it is a refusal. What would change the managed
    /// trees, the shims, or settings that goseal owns is refused in both. gofmt may do everything.
    pub fn judge_in(&self, tool: Tool, argv: &[OsString], folder: Option<&Path>) -> Verdict {
        if tool == Tool::Gofmt {
            return Verdict::Allowed(Judged::default());
        }
        let line = flags::read(argv);
        match self.judge_line(&line, argv, folder) {
            Ok(judged) => Verdict::Allowed(judged),
            Err(refusal) => Verdict::Refused(refusal),
        }
    }

    /// Whether a door of another release may start this plan's: only in standard.
    ///
    /// # Errors
    ///
    /// [`RunRefusal`] in strict, where door and plan name different releases.
    pub fn admit_door(&self, door: &ReleaseId) -> Result<(), RunRefusal> {
        if self.profile == Profile::Standard || *door == self.release {
            return Ok(());
        }
        Err(RunRefusal {
            code: "other-door",
            what: format!(
                "the door of {door} was run where {} is pinned",
                self.release
            ),
            mend: "start `go` from the shims".into(),
        })
    }

    fn judge_line(
        &self,
        line: &Line<'_>,
        argv: &[OsString],
        folder: Option<&Path>,
    ) -> Result<Judged, RunRefusal> {
        let Some(verb) = line.verb else {
            return Ok(Judged::default());
        };
        let outputs = of_line(line, argv, folder);
        if let Some(inside) = outputs.iter().find(|output| self.manages(&output.place)) {
            return Err(inside.refusal());
        }
        self.check_places(verb.name, line, folder)?;
        let mut found = self.watched(line);
        found.extend(self.overridden(line, &found));
        if verb.name == "env" {
            found.extend(env_w::judge_env(line)?);
        }
        if let (Profile::Strict, Some(first)) = (self.profile, found.first()) {
            return Err(RunRefusal {
                code: first.weakening.code,
                what: format!(
                    "`{}` {}, and the profile is strict",
                    first.weakening.what, first.does
                ),
                mend: first.mend.clone(),
            });
        }
        Ok(Judged {
            verb: Some(verb.name.to_owned()),
            weakened: found.into_iter().map(|found| found.weakening).collect(),
            user_args: line.user_args,
            foreign_code: is_foreign(line),
            ambiguous: line
                .flags
                .iter()
                .filter(|given| !given.known && !line.operands.iter().any(|(at, _)| *at < given.at))
                .map(|given| format!("-{}", given.name))
                .collect(),
        })
    }

    /// `go install std` and `go install cmd/..` would replace doors or sealed files.
    fn check_places(
        &self,
        verb: &str,
        line: &Line<'_>,
        folder: Option<&Path>,
    ) -> Result<(), RunRefusal> {
        // Up to 1.17 `go get` installed what it got.
        let installs = verb == "install" || (verb == "get" && self.release.version.minor() < 18);
        let own = |name: &str| {
            let path = name.split('@').next().unwrap_or(name);
            let rooted = path.starts_with('.') || Path::new(path).is_absolute();
            matches!(path, "std" | "cmd" | "cmd/...")
                || path.starts_with("cmd/")
                || (rooted && self.is_inside(Path::new(path), folder))
        };
        match line.operands.iter().find(|(_, name)| own(name)) {
            Some((_, name)) if installs => Err(RunRefusal {
                code: "install-std",
                what: format!(
                    "`go {verb} {name}` writes into the sealed tree of {}",
                    self.release
                ),
                mend: "`goseal install` is what changes a toolchain".into(),
            }),
            _ => Ok(()),
        }
    }

    fn is_inside(&self, path: &Path, folder: Option<&Path>) -> bool {
        match folder {
            Some(folder) => self.manages(&folder.join(path)),
            None => path.is_absolute() && self.manages(path),
        }
    }

    fn watched(&self, line: &Line<'_>) -> Vec<Found> {
        let hits = line.flags.iter().flat_map(|given| {
            let rows = WATCHED.iter().filter(|watch| watch.matches(given));
            rows.map(move |watch| (given, watch))
        });
        hits.filter(|(given, _)| !self.is_as_forced(given))
            .map(|(given, watch)| Found {
                weakening: Weakening {
                    code: watch.code,
                    what: given.text(),
                },
                does: watch.does.to_owned(),
                mend: watch.belongs.to_owned(),
            })
            .collect()
    }

    /// Flags that replace a word of the plan's GOFLAGS: the command line wins.
    fn overridden(&self, line: &Line<'_>, watched: &[Found]) -> Vec<Found> {
        let words = self.forced_flags();
        let replaced = line.flags.iter().filter_map(|given| {
            let (_, word) = words.iter().find(|(name, _)| given.name == name.as_str())?;
            let noted = watched
                .iter()
                .any(|found| found.weakening.what == given.text());
            (!noted && !self.is_as_forced(given)).then(|| Found {
                weakening: Weakening {
                    code: code_of_override(&given.name),
                    what: given.text(),
                },
                does: format!("replaces `{word}`, which the project or profile sets"),
                mend: format!("leave the flag out, or set `{}` in goseal.toml", given.name),
            })
        });
        replaced.collect()
    }

    /// Whether a flag only says again what GOFLAGS says.
    fn is_as_forced(&self, given: &Given<'_>) -> bool {
        let on = |value: Option<&str>| value.unwrap_or("true").to_owned();
        self.forced_flags().iter().any(|(name, word)| {
            let value = word.split_once('=').map(|(_, value)| value);
            given.name == name.as_str() && on(given.value.as_deref()) == on(value)
        })
    }

    /// The words of the plan's GOFLAGS: name without dash, and the whole word.
    fn forced_flags(&self) -> Vec<(String, String)> {
        let value = self.forced_value("GOFLAGS").unwrap_or_default();
        let words = quoted::split(value).unwrap_or_default();
        let named = words.into_iter().map(|word| {
            let name = word.trim_start_matches('-');
            (name.split('=').next().unwrap_or(name).to_owned(), word)
        });
        named.collect()
    }
}

/// The stable word for a flag that replaces a chosen one.
fn code_of_override(flag: &str) -> &'static str {
    match flag {
        "trimpath" => "trimpath-off",
        "buildvcs" => "buildvcs-off",
        "mod" => "mod-other",
        "tags" => "tags-other",
        "race" => "race-off",
        "pgo" => "pgo-other",
        "ldflags" => "ldflags-other",
        _ => "goflags-other",
    }
}

fn is_foreign(line: &Line<'_>) -> bool {
    line.flags.iter().any(|given| {
        WATCHED
            .iter()
            .any(|watch| watch.foreign_code && watch.matches(given))
    })
}

#[cfg(test)]
#[cfg(unix)]
mod tests;
