//! The one line after a failure of Go: which forced setting made it fail, and where to change it.
//!
//! Owns: the choice of the line. Found by looking at go.mod, the arguments and the changed
//! variables after a failure, never by reading what Go printed; so the line says what is so and
//! where it is set, and does not claim to know what Go said.

use std::ffi::OsString;

use crate::flags::{self, Line, Verb};
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
    /// The status that it ended with.
    pub exit: i32,
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
        .or_else(|| {
            builds
                .then(|| about_cgo(facts.plan, &line, facts.imports_c))
                .flatten()
        })
        .or_else(|| about_misc(facts))
        .or_else(|| about_offered(facts, &line))
}

/// What `CGO_ENABLED=0` does to a run with these arguments, before it starts; `None` where nothing
/// is known to be in the way. Source files are not looked at.
pub fn cgo_in_the_way(plan: &Plan, argv: &[OsString]) -> Option<String> {
    let line = flags::read(argv);
    let builds = line.verb?.takes_value("toolexec").is_some();
    builds.then(|| about_cgo(plan, &line, false)).flatten()
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

/// Flags that need cgo; on macOS `-race` does not from 1.20 on. Source: `instrumentInit` in
/// `cmd/go/internal/work/init.go`, release notes of 1.20.
fn needs_cgo(plan: &Plan) -> impl Iterator<Item = &'static str> {
    let release = plan.release;
    let race = release.platform.os() != "darwin" || release.version.minor() < 20;
    let flags = [("race", race), ("msan", true), ("asan", true)];
    flags
        .into_iter()
        .filter_map(|(flag, needs)| needs.then_some(flag))
}

fn about_cgo(plan: &Plan, line: &Line<'_>, imports_c: bool) -> Option<String> {
    if plan.forced_value("CGO_ENABLED") != Some("0") {
        return None;
    }
    let goflags = plan.forced_value("GOFLAGS").unwrap_or_default();
    let chosen = quoted::split(goflags).unwrap_or_default();
    let needs = needs_cgo(plan).find(|flag| {
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
        None if imports_c => "a source file imports \"C\"".to_owned(),
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

fn about_offered(facts: &FailureFacts<'_>, line: &Line<'_>) -> Option<String> {
    let verb = line.verb.filter(|verb| reads_go_mod(verb.name))?;
    LIKELY.iter().find_map(|name| {
        let change = facts.changes.iter().find(|change| {
            let dropped = matches!(change.action, Action::Forced | Action::Stripped);
            change.name == **name && dropped
        })?;
        let offered = change.offered.as_ref().filter(|it| !it.is_empty())?;
        if *name == "GOFLAGS" {
            return about_goflags(facts, verb, &offered.to_string_lossy());
        }
        let place = row_of(&change.name).map(|row| row.belongs)?;
        // The value may be a secret or long; the name is enough to find it.
        Some(format!(
            "{} was offered and not applied; {place}",
            change.name
        ))
    })
}

/// The key of goseal.toml for each flag that has one and can be missed.
const KEYS: [(&str, &str); 4] = [
    ("mod", "`mod` in goseal.toml takes readonly or vendor"),
    ("buildvcs", "`buildvcs` in goseal.toml sets it"),
    ("tags", "`tags` in goseal.toml sets them"),
    (
        "ldflags",
        "`ldflags` in goseal.toml takes -s, -w, -X and -buildid",
    ),
];

/// Flags that only make a run say, check or write more: without them nothing fails that would not
/// fail with them.
const HARMLESS: [&str; 22] = [
    "a",
    "asan",
    "benchmem",
    "count",
    "cover",
    "covermode",
    "coverpkg",
    "coverprofile",
    "cpuprofile",
    "failfast",
    "json",
    "memprofile",
    "modcacherw",
    "msan",
    "p",
    "pgo",
    "race",
    "shuffle",
    "trimpath",
    "v",
    "work",
    "x",
];

/// Whether the loss of a word of GOFLAGS can make the verb fail: Go passes over words that a verb
/// does not know, and some never make the difference.
fn can_be_missed(verb: &Verb, name: &str, value: Option<&str>) -> bool {
    let default = match name {
        "mod" => value == Some("readonly"),
        "buildvcs" => value != Some("false"),
        _ => false,
    };
    verb.takes_value(name).is_some() && !HARMLESS.contains(&name) && !default
}

/// From 1.21 on Go ends with 2 where the command line itself is wrong; a build or a test that
/// fails is 1. Before, a build that failed was 2 as well.
const USAGE: i32 = 2;

fn about_goflags(facts: &FailureFacts<'_>, verb: &Verb, offered: &str) -> Option<String> {
    if facts.exit == USAGE && facts.plan.release.version.minor() >= 21 {
        return None;
    }
    let words = quoted::split(offered).ok()?;
    let missed: Vec<(&str, &str)> = words
        .iter()
        .filter_map(|word| {
            let bare = word.trim_start_matches('-');
            let (name, value) = match bare.split_once('=') {
                Some((name, value)) => (name, Some(value)),
                None => (bare, None),
            };
            can_be_missed(verb, name, value).then_some((name, word.as_str()))
        })
        .collect();
    let keyed = missed.iter().find_map(|(name, word)| {
        let (_, key) = KEYS.iter().find(|(flag, _)| flag == name)?;
        let shown = if *name == "mod" {
            (*word).to_owned()
        } else {
            format!("-{name}")
        };
        Some(format!(
            "GOFLAGS with {shown} was offered and not applied; {key}"
        ))
    });
    keyed.or_else(|| {
        let (name, _) = missed.first()?;
        Some(format!(
            "GOFLAGS with -{name} was offered and not applied; give the flag on the command line"
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
    use crate::release::ReleaseId;

    struct Case<'a> {
        line: &'a str,
        go_mod: Option<&'a str>,
        imports_c: bool,
        exit: i32,
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
            exit: case.exit,
            imports_c: case.imports_c,
            has_misc: false,
            changes: &plan.apply(&offered).changes,
        })
    }

    const PLAIN: Case<'_> = Case {
        line: "build ./...",
        go_mod: Some("go 1.22\n"),
        imports_c: false,
        exit: 1,
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
    fn goflags_are_not_blamed_for_failures_that_cannot_come_from_them() {
        let plan = decide(&known()).unwrap();
        let said = |line: &str, exit: i32, goflags: &str| {
            let offered = [("GOFLAGS", goflags)];
            hint(
                &plan,
                &Case {
                    line,
                    exit,
                    offered: &offered,
                    ..PLAIN
                },
            )
        };
        for (line, exit, goflags) in [
            // Another verb than those that read the flag, or none at all.
            ("version nowhere", 1, "-mod=mod"),
            ("env -w X", 1, "-mod=mod"),
            ("doc nothing", 1, "-tags=a"),
            ("clean -modcache", 1, "-timeout=1h"),
            ("build ./...", 1, "-short -timeout=1h"),
            ("nonsense", 2, "-mod=mod"),
            // A command line that Go does not understand.
            ("build -nonsense", 2, "-mod=mod"),
            // Flags that only say or check more, and those that say what holds anyway.
            ("build ./...", 1, "-v -x -race -trimpath -p=4 -pgo=off"),
            ("test ./...", 1, "-count=1 -mod=readonly -buildvcs=auto"),
        ] {
            assert_eq!(said(line, exit, goflags), None, "{line} {goflags}");
        }
        for (line, goflags, word) in [
            ("build ./...", "-v -mod=mod", "-mod=mod"),
            ("build ./...", "-buildvcs=false", "-buildvcs"),
            ("test ./...", "-v -short", "-short"),
            ("vet ./...", "-tags=a", "-tags"),
        ] {
            let told = said(line, 1, goflags).unwrap();
            assert!(
                told.starts_with(&format!("GOFLAGS with {word} was")),
                "{told}"
            );
        }
    }

    #[test]
    fn what_cgo_off_does_to_arguments_is_known_before_they_run() {
        let plan = decide(&known()).unwrap();
        let said = |line: &str| {
            let argv: Vec<OsString> = line.split_whitespace().map(OsString::from).collect();
            cgo_in_the_way(&plan, &argv)
        };
        for (line, told) in [
            ("build -race", Some("-race needs cgo")),
            ("test -msan .", Some("-msan needs cgo")),
            ("build -race=false", None),
            ("run . -race", None),
            ("env -race", None),
            ("build ./...", None),
        ] {
            let found = said(line);
            let found = found.as_deref().and_then(|text| text.split(" and ").next());
            assert_eq!(found, told, "{line}");
        }
        let mut mac = plan.clone();
        mac.release = ReleaseId::parse("go1.22.5.darwin-arm64").unwrap();
        let argv = ["build", "-race"].map(OsString::from);
        assert_eq!(cgo_in_the_way(&mac, &argv), None);
        mac.release = ReleaseId::parse("go1.19.1.darwin-arm64").unwrap();
        assert!(cgo_in_the_way(&mac, &argv).is_some());
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
                exit: 1,
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
            exit: 1,
            imports_c: true,
            has_misc: false,
            changes: &[],
        };
        assert_eq!(hint_after_failure(&facts), None);
    }
}
