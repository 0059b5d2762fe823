//! The one line after a failure of Go: which forced setting made it fail, and where to change it.
//!
//! Owns: the choice of the line. Found by looking at go.mod, the arguments and the changed
//! variables after a failure, never by reading what Go printed; so the line says what is so and
//! where it is set, and does not claim to know what Go said.

use std::ffi::OsString;

use crate::flags::{self, Line};
use crate::gomod;
use crate::plan::{Action, Change, ChosenBy, Plan};
use crate::quoted;
use crate::settings::row_of;
use crate::tool::Tool;

/// What is known after Go failed.
#[derive(Debug, Clone, Copy)]
pub struct FailureFacts<'a> {
    /// The plan that ran.
    pub plan: &'a Plan,
    /// The tool that failed.
    pub tool: Tool,
    /// Its arguments without `argv[0]`.
    pub argv: &'a [OsString],
    /// The go.mod that Go used.
    pub go_mod: Option<&'a [u8]>,
    /// Whether a source file of the place imports "C".
    pub imports_c: bool,
    /// Whether the tree has `misc/`, which the module form leaves out.
    pub has_misc: bool,
    /// What differed from the environment that was offered.
    pub changes: &'a [Change],
}

/// The line, without line feed; `None` where no forced setting is known to be in the way.
pub fn hint_after_failure(facts: &FailureFacts<'_>) -> Option<String> {
    if facts.tool == Tool::Gofmt {
        return None;
    }
    let line = flags::read(facts.argv);
    let builds = line
        .verb
        .is_some_and(|verb| verb.takes_value("toolexec").is_some());
    about_release(facts)
        .filter(|_| line.verb.is_some_and(|verb| reads_go_mod(verb.name)))
        .or_else(|| builds.then(|| about_cgo(facts, &line)).flatten())
        .or_else(|| about_misc(facts))
        .or_else(|| about_offered(facts))
}

/// What `-exec` is given for WebAssembly up to 1.23: a script of a folder that is not there.
fn about_misc(facts: &FailureFacts<'_>) -> Option<String> {
    let below = facts.plan.root.join("misc/wasm");
    let below = below.to_str().filter(|_| !facts.has_misc)?;
    let named = |word: &OsString| word.to_str().is_some_and(|word| word.contains(below));
    facts.argv.iter().any(named).then(|| {
        format!(
            "the module form of {} leaves misc/wasm out; `goseal which --file \
             misc/wasm/go_js_wasm_exec` says how to get it",
            facts.plan.release.version
        )
    })
}

/// Verbs that do not care what go.mod asks for.
fn reads_go_mod(verb: &str) -> bool {
    ![
        "version",
        "env",
        "bug",
        "telemetry",
        "doc",
        "mod init",
        "mod edit",
    ]
    .contains(&verb)
}

fn about_release(facts: &FailureFacts<'_>) -> Option<String> {
    let plan = facts.plan;
    let asked = gomod::go_line(facts.go_mod?)?;
    let version = plan.release.version;
    if version.satisfies_go_line(asked)? {
        return None;
    }
    let chosen = match plan.chosen.by {
        ChosenBy::Pin => format!("{} pins {version}", place_of_choice(plan)),
        by => format!("{version} runs by {} without a pin", by.word()),
    };
    let act = match plan.chosen.by {
        ChosenBy::Pin => "changes the pin",
        _ => "pins a release here",
    };
    Some(format!(
        "go.mod asks for go {asked}, {chosen} and GOTOOLCHAIN is local; `goseal pin {asked}` {act}"
    ))
}

/// `.go-version:1`, by the file's own name.
fn place_of_choice(plan: &Plan) -> String {
    let file = plan
        .chosen
        .file
        .as_deref()
        .and_then(|file| file.file_name());
    let name = file.map_or_else(
        || crate::pin::PIN_FILE.into(),
        |name| name.to_string_lossy(),
    );
    match plan.chosen.line {
        Some(line) => format!("{name}:{line}"),
        None => name.into_owned(),
    }
}

fn about_cgo(facts: &FailureFacts<'_>, line: &Line<'_>) -> Option<String> {
    if facts.plan.forced_value("CGO_ENABLED") != Some("0") {
        return None;
    }
    let goflags = facts.plan.forced_value("GOFLAGS").unwrap_or_default();
    let chosen = quoted::split(goflags).unwrap_or_default();
    let needs = ["race", "msan", "asan"].into_iter().find(|flag| {
        let given = line.flags.iter().rev().find(|given| given.name == *flag);
        match given {
            Some(given) => !given.is_off(),
            None => chosen.iter().any(|word| {
                let word = word.trim_start_matches('-');
                word == *flag || word.strip_prefix(flag) == Some("=true")
            }),
        }
    });
    let why = match needs {
        Some(flag) => format!("-{flag} needs cgo"),
        None if facts.imports_c => "a source file imports \"C\"".to_owned(),
        None => return None,
    };
    Some(format!(
        "{why} and CGO_ENABLED is 0; `cgo = true` in goseal.toml sets it to 1"
    ))
}

/// Variables whose loss can make Go fail, in the order in which they are likely.
const LIKELY: [&str; 8] = [
    "CGO_ENABLED",
    "GOFLAGS",
    "GOEXPERIMENT",
    "GOWORK",
    "GONOSUMDB",
    "GOSUMDB",
    "CGO_CFLAGS",
    "CGO_LDFLAGS",
];

fn about_offered(facts: &FailureFacts<'_>) -> Option<String> {
    let lost = |name: &&str| {
        facts.changes.iter().find(|change| {
            let dropped = matches!(change.action, Action::Forced | Action::Stripped);
            let given = change
                .offered
                .as_ref()
                .is_some_and(|offered| !offered.is_empty());
            change.name == **name && dropped && given
        })
    };
    let change = LIKELY.iter().find_map(lost)?;
    let offered = change.offered.as_ref()?.to_string_lossy();
    if change.name == "GOFLAGS" {
        return about_goflags(&offered);
    }
    let place = row_of(&change.name).map(|row| row.belongs)?;
    // The value may be a secret or long; the name is enough to find it.
    Some(format!(
        "{} was offered and not applied; {place}",
        change.name
    ))
}

/// The key of goseal.toml for each flag that has one.
const KEYS: [(&str, &str); 7] = [
    ("mod", "`mod` in goseal.toml takes readonly or vendor"),
    ("trimpath", "`trimpath` in goseal.toml sets it"),
    ("buildvcs", "`buildvcs` in goseal.toml sets it"),
    ("tags", "`tags` in goseal.toml sets them"),
    ("race", "`race` in goseal.toml sets it"),
    ("pgo", "`pgo` in goseal.toml sets it"),
    (
        "ldflags",
        "`ldflags` in goseal.toml takes -s, -w, -X and -buildid",
    ),
];

fn about_goflags(offered: &str) -> Option<String> {
    let words = quoted::split(offered).ok()?;
    let name = |word: &str| {
        let word = word.trim_start_matches('-');
        word.split('=').next().unwrap_or(word).to_owned()
    };
    let keyed = words.iter().find_map(|word| {
        let (_, key) = KEYS.iter().find(|(flag, _)| *flag == name(word))?;
        let shown = if name(word) == "mod" {
            word.clone()
        } else {
            format!("-{}", name(word))
        };
        Some(format!(
            "GOFLAGS with {shown} was offered and not applied; {key}"
        ))
    });
    let first = words.first()?;
    keyed.or_else(|| {
        let flag = name(first);
        Some(format!(
            "GOFLAGS with -{flag} was offered and not applied; give the flag on the command line"
        ))
    })
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use crate::decide::{Known, decide};
    use crate::plan::Chosen;
    use crate::plan::samples::known;
    use crate::project::Project;

    struct Case<'a> {
        line: &'a str,
        go_mod: Option<&'a str>,
        imports_c: bool,
        offered: &'a [(&'a str, &'a str)],
    }

    fn hint(plan: &Plan, case: &Case<'_>) -> Option<String> {
        let argv: Vec<OsString> = case.line.split_whitespace().map(OsString::from).collect();
        let offered: Vec<(OsString, OsString)> = case
            .offered
            .iter()
            .map(|(name, value)| (name.into(), value.into()))
            .collect();
        hint_after_failure(&FailureFacts {
            plan,
            tool: Tool::Go,
            argv: &argv,
            go_mod: case.go_mod.map(str::as_bytes),
            imports_c: case.imports_c,
            has_misc: false,
            changes: &plan.apply(&offered).changes,
        })
    }

    const PLAIN: Case<'_> = Case {
        line: "build ./...",
        go_mod: Some("go 1.22\n"),
        imports_c: false,
        offered: &[],
    };

    const CASES: &[(Case<'_>, Option<&str>)] = &[
        (PLAIN, None),
        (
            Case {
                go_mod: Some("module m\n\ngo 1.27\n"),
                ..PLAIN
            },
            Some(
                "go.mod asks for go 1.27, .go-version:1 pins 1.22.5 and GOTOOLCHAIN is local; \
                     `goseal pin 1.27` changes the pin",
            ),
        ),
        (
            Case {
                line: "env",
                go_mod: Some("go 1.27"),
                ..PLAIN
            },
            None,
        ),
        (
            Case {
                go_mod: Some("go 1.22.5\ntoolchain go1.99.0"),
                ..PLAIN
            },
            None,
        ),
        (
            Case {
                go_mod: Some("go x"),
                ..PLAIN
            },
            None,
        ),
        (
            Case {
                line: "test -race ./...",
                ..PLAIN
            },
            Some("-race needs cgo and CGO_ENABLED is 0; `cgo = true` in goseal.toml sets it to 1"),
        ),
        (
            Case {
                line: "test -race=false ./...",
                ..PLAIN
            },
            None,
        ),
        (
            Case {
                line: "run . -race",
                ..PLAIN
            },
            None,
        ),
        (
            Case {
                imports_c: true,
                ..PLAIN
            },
            Some(
                "a source file imports \"C\" and CGO_ENABLED is 0; `cgo = true` in goseal.toml \
                     sets it to 1",
            ),
        ),
        (
            Case {
                offered: &[("GOFLAGS", "-v -mod=mod")],
                ..PLAIN
            },
            Some(
                "GOFLAGS with -mod=mod was offered and not applied; `mod` in goseal.toml takes \
                     readonly or vendor",
            ),
        ),
        (
            Case {
                offered: &[("GOFLAGS", "-tags=secret")],
                ..PLAIN
            },
            Some(
                "GOFLAGS with -tags was offered and not applied; `tags` in goseal.toml sets \
                     them",
            ),
        ),
        (
            Case {
                offered: &[("GOFLAGS", "-modfile=x")],
                ..PLAIN
            },
            Some(
                "GOFLAGS with -modfile was offered and not applied; give the flag on the \
                     command line",
            ),
        ),
        (
            Case {
                offered: &[("CGO_ENABLED", "1")],
                ..PLAIN
            },
            Some("CGO_ENABLED was offered and not applied; set `cgo` in goseal.toml"),
        ),
        (
            Case {
                offered: &[("GOSUMDB", "off"), ("GOFOO", "1")],
                ..PLAIN
            },
            Some(
                "GOSUMDB was offered and not applied; list the modules in `private` of \
                     goseal.toml",
            ),
        ),
        (
            Case {
                offered: &[("GOFLAGS", ""), ("GOENV", "x")],
                ..PLAIN
            },
            None,
        ),
    ];

    #[test]
    fn one_line_says_which_setting_and_where_to_change_it() {
        let plan = decide(&known()).unwrap();
        for (case, line) in CASES {
            assert_eq!(
                hint(&plan, case).as_deref(),
                *line,
                "{} {:?}",
                case.line,
                case.offered
            );
        }
    }

    #[test]
    fn chosen_race_without_cgo_is_told_and_cgo_ends_it() {
        let race = Project {
            race: Some(true),
            ..Project::default()
        };
        let plan = |project| {
            decide(&Known {
                project: Some(project),
                ..known()
            })
            .unwrap()
        };
        assert!(
            hint(&plan(&race), &PLAIN)
                .unwrap()
                .starts_with("-race needs cgo")
        );
        let both = Project {
            cgo: Some(true),
            ..race.clone()
        };
        assert_eq!(
            hint(
                &plan(&both),
                &Case {
                    imports_c: true,
                    ..PLAIN
                }
            ),
            None
        );
    }

    #[test]
    fn without_a_pin_the_line_names_what_chose() {
        let chosen = Chosen {
            by: ChosenBy::Default,
            file: None,
            line: None,
        };
        let plan = decide(&Known { chosen, ..known() }).unwrap();
        assert_eq!(
            hint(
                &plan,
                &Case {
                    go_mod: Some("go 1.27.1"),
                    ..PLAIN
                }
            )
            .unwrap(),
            "go.mod asks for go 1.27.1, 1.22.5 runs by default without a pin and GOTOOLCHAIN is \
             local; `goseal pin 1.27.1` pins a release here"
        );
    }

    #[test]
    fn what_the_module_form_leaves_out_is_told_where_an_argument_names_it() {
        let plan = decide(&known()).unwrap();
        let exec = format!("-exec={}/misc/wasm/go_js_wasm_exec", plan.root.display());
        let told = |argv: &[&str], has_misc| {
            let argv: Vec<OsString> = argv.iter().map(OsString::from).collect();
            hint_after_failure(&FailureFacts {
                plan: &plan,
                tool: Tool::Go,
                argv: &argv,
                go_mod: None,
                imports_c: false,
                has_misc,
                changes: &[],
            })
        };
        assert_eq!(
            told(&["test", &exec, "."], false).unwrap(),
            "the module form of 1.22.5 leaves misc/wasm out; `goseal which --file \
             misc/wasm/go_js_wasm_exec` says how to get it"
        );
        assert_eq!(told(&["test", &exec, "."], true), None);
        assert_eq!(told(&["test", "-exec=/own/misc/wasm/x", "."], false), None);
    }

    #[test]
    fn gofmt_has_no_hint() {
        let plan = decide(&known()).unwrap();
        let facts = FailureFacts {
            plan: &plan,
            tool: Tool::Gofmt,
            argv: &[],
            go_mod: Some(b"go 1.99"),
            imports_c: true,
            has_misc: false,
            changes: &[],
        };
        assert_eq!(hint_after_failure(&facts), None);
    }
}
