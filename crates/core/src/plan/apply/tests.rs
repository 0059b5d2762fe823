//! The child's environment: every rule of the table, tried.

use std::os::unix::ffi::OsStringExt as _;

use super::super::samples::known;
use super::*;
use crate::decide::{Known, decide};
use crate::goenv::GoEnv;
use crate::policy::Policy;
use crate::project::Project;

fn plan() -> Plan {
    decide(&known()).unwrap()
}

fn plan_of(project: &Project, goenv: &str) -> Plan {
    let goenv = GoEnv::parse(goenv.as_bytes());
    decide(&Known {
        project: Some(project),
        goenv: Some(&goenv),
        ..known()
    })
    .unwrap()
}

fn strict(goenv: &str) -> Plan {
    let project = Project {
        profile: Some(Profile::Strict),
        ..Project::default()
    };
    plan_of(&project, goenv)
}

fn offer(pairs: &[(&str, &str)]) -> Vec<(OsString, OsString)> {
    pairs
        .iter()
        .map(|(name, value)| (name.into(), value.into()))
        .collect()
}

fn get(applied: &Applied, name: &str) -> Option<String> {
    let mut found = applied.environment.iter().filter(|(each, _)| each == name);
    let value = found
        .next()
        .map(|(_, value)| value.to_str().unwrap().to_owned());
    assert!(found.next().is_none(), "{name} is there twice");
    value
}

fn change(applied: &Applied, name: &str) -> Option<(Option<String>, Option<String>, Action)> {
    let mut found = applied.changes.iter().filter(|change| change.name == name);
    let change = found.next()?;
    assert!(found.next().is_none(), "{name} changed twice");
    let offered = change
        .offered
        .as_ref()
        .map(|value| value.to_str().unwrap().to_owned());
    Some((offered, change.value.clone(), change.action))
}

#[test]
fn every_occurrence_of_a_name_is_removed_before_it_is_set() {
    let offered = offer(&[
        ("GOFLAGS", "-mod=mod"),
        ("PATH", "/bin"),
        ("GOFLAGS", "-toolexec=x"),
        ("GOTOOLCHAIN", "auto"),
        ("GOPROXY", "https://one"),
        ("GOPROXY", "https://two"),
        ("GOFOO", "1"),
        ("GOFOO", "2"),
    ]);
    let applied = plan().apply(&offered);
    assert_eq!(get(&applied, "GOFLAGS").as_deref(), Some(""));
    assert_eq!(get(&applied, "GOTOOLCHAIN").as_deref(), Some("local"));
    assert_eq!(get(&applied, "GOPROXY").as_deref(), Some("https://one"));
    assert_eq!(get(&applied, "GOFOO"), None);
    assert_eq!(
        change(&applied, "GOFLAGS"),
        Some((Some("-mod=mod".into()), Some(String::new()), Action::Forced))
    );
    assert_eq!(
        change(&applied, "GOFOO"),
        Some((Some("1".into()), None, Action::Stripped))
    );
    assert_eq!(change(&applied, "GOPROXY"), None);
    assert_eq!(change(&applied, "GOENV"), None);
}

#[test]
fn without_goseal_toml() {
    let applied = plan().apply(&[]);
    for (name, value) in [
        ("GOFLAGS", ""),
        ("CGO_ENABLED", "0"),
        ("GO111MODULE", "on"),
        ("GOSUMDB", "sum.golang.org"),
        ("GONOSUMDB", "none.invalid"),
        ("GOTOOLCHAIN", "local"),
        ("GOENV", "off"),
        ("GOROOT", "/store/toolchains/go1.22.5.linux-amd64"),
        ("GOCACHE", "/cache/gocache/x"),
    ] {
        assert_eq!(get(&applied, name).as_deref(), Some(value), "{name}");
    }
    assert_eq!(applied.environment.len(), 9);
    assert_eq!(applied.changes, []);
}

#[test]
fn what_is_offered_as_it_is_forced_is_no_change() {
    let applied = plan().apply(&offer(&[("GOTOOLCHAIN", "local"), ("CGO_ENABLED", "0")]));
    assert_eq!(applied.changes, []);
}

#[test]
fn free_names_keep_their_order_their_doubles_and_their_bytes() {
    let odd = OsString::from_vec(b"\xff".to_vec());
    let mut offered = offer(&[
        ("B", "1"),
        ("GOFOO", "x"),
        ("A", ""),
        ("B", "2"),
        ("GOOS", "js"),
    ]);
    offered.push((odd.clone(), odd.clone()));
    offered.push(("HOME".into(), odd.clone()));
    let applied = plan().apply(&offered);
    let mut kept = offer(&[("B", "1"), ("A", ""), ("B", "2"), ("GOOS", "js")]);
    kept.push((odd.clone(), odd.clone()));
    kept.push(("HOME".into(), odd));
    assert_eq!(&applied.environment[..6], kept);
    assert_eq!(applied.in_effect, [("GOOS".into(), "js".into())]);
}

#[test]
fn carried_from_the_environment_or_the_users_go_file() {
    let file = "GOPROXY=https://file\nGOPRIVATE=corp.example\nGOFLAGS=-mod=mod\nGOBIN=/b\n";
    let plan = plan_of(&Project::default(), file);
    let applied = plan.apply(&offer(&[("GOPROXY", "https://shell"), ("GOBIN", "")]));
    assert_eq!(get(&applied, "GOPROXY").as_deref(), Some("https://shell"));
    assert_eq!(get(&applied, "GOPRIVATE").as_deref(), Some("corp.example"));
    assert_eq!(get(&applied, "GOBIN").as_deref(), Some("/b"));
    assert_eq!(get(&applied, "GOFLAGS").as_deref(), Some(""));
    assert_eq!(
        change(&applied, "GOPRIVATE"),
        Some((None, Some("corp.example".into()), Action::Carried))
    );
    assert_eq!(change(&applied, "GOPROXY"), None);
    let names: Vec<_> = applied
        .in_effect
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    assert_eq!(names, ["GOPROXY", "GOBIN", "GOPRIVATE"]);
}

/// GOPRIVATE=* from the shell gave 0 checksum-database requests; an empty GONOSUMDB does not help.
#[test]
fn gonosumdb_is_never_left_empty_and_never_a_bare_star() {
    let project = Project {
        private: vec![ModulePattern::parse("team.example/*").unwrap()],
        ..Project::default()
    };
    let none = Project::default();
    for (project, file, offered, value) in [
        (&none, "", &[][..], "none.invalid"),
        (&none, "", &[("GONOSUMDB", "")], "none.invalid"),
        (&none, "", &[("GONOSUMDB", "*")], "none.invalid"),
        (&none, "", &[("GOPRIVATE", "*")], "none.invalid"),
        (
            &none,
            "",
            &[("GONOSUMDB", "*,corp.example, *.com")],
            "corp.example",
        ),
        (&none, "", &[("GOPRIVATE", "corp.example")], "corp.example"),
        (
            &none,
            "",
            &[("GOPRIVATE", "a.example"), ("GONOSUMDB", "b.example")],
            "b.example",
        ),
        (&none, "GOPRIVATE=a.example", &[], "a.example"),
        (
            &none,
            "GONOSUMDB=a.example",
            &[("GOPRIVATE", "b.example")],
            "a.example",
        ),
        (&project, "", &[], "team.example/*"),
        (
            &project,
            "",
            &[("GONOSUMDB", "b.example,team.example/*")],
            "team.example/*,b.example",
        ),
    ] {
        let applied = plan_of(project, file).apply(&offer(offered));
        assert_eq!(
            get(&applied, "GONOSUMDB").as_deref(),
            Some(value),
            "{offered:?}"
        );
        let weaker = change(&applied, "GONOSUMDB").is_some_and(|c| c.2 == Action::Weakened);
        assert_eq!(weaker, value != NO_PRIVATE, "{offered:?}");
    }
    let strict = strict("GOPRIVATE=a.example").apply(&offer(&[("GONOSUMDB", "b.example")]));
    assert_eq!(get(&strict, "GONOSUMDB").as_deref(), Some("none.invalid"));
    assert_eq!(get(&strict, "GOPRIVATE").as_deref(), Some("a.example"));
}

#[test]
fn strict_takes_programs_and_godebug_from_nobody_but_policy() {
    let offered = offer(&[
        ("GOAUTH", "./evil"),
        ("GIT_SSH_COMMAND", "x"),
        ("GIT_CONFIG_KEY_0", "y"),
        ("GODEBUG", "z=1"),
    ]);
    let standard = plan().apply(&offered);
    let strict_plan = strict("GOAUTH=./evil\n");
    let applied = strict_plan.apply(&offered);
    for (name, value) in &offered {
        let name = name.to_str().unwrap();
        assert_eq!(get(&standard, name).as_deref(), value.to_str(), "{name}");
        assert_eq!(get(&applied, name), None, "{name}");
        assert_eq!(
            change(&applied, name).unwrap().2,
            Action::Stripped,
            "{name}"
        );
    }
    let policy = Policy {
        profile: Some(Profile::Strict),
        auth: Some("netrc".into()),
        insecure: vec![ModulePattern::parse("old.example").unwrap()],
        ..Policy::default()
    };
    let plan = decide(&Known {
        policy: Some(&policy),
        ..known()
    })
    .unwrap();
    let applied = plan.apply(&offered);
    assert_eq!(get(&applied, "GOAUTH").as_deref(), Some("netrc"));
    assert_eq!(get(&applied, "GOINSECURE").as_deref(), Some("old.example"));
}

#[test]
fn what_the_parents_plan_set_is_not_offered_by_the_user() {
    let parents = Project {
        cgo: Some(true),
        private: vec![ModulePattern::parse("team.example").unwrap()],
        ..Project::default()
    };
    let parent = plan_of(&parents, "GOPRIVATE=corp.example\n");
    let mut child = parent
        .apply(&offer(&[("GOSEAL_PARENT", "old")]))
        .environment;
    assert!(child.iter().all(|(name, _)| name != "GOSEAL_PARENT"));
    child.push(("GOSEAL_PARENT".into(), "run:segment:0".into()));
    child.push(("GOFOO".into(), "1".into()));
    let around = Around {
        parent: Some(&parent),
        ..Around::default()
    };
    let applied = plan().apply_around(&child, &around);
    assert_eq!(get(&applied, "CGO_ENABLED").as_deref(), Some("0"));
    assert_eq!(get(&applied, "GONOSUMDB").as_deref(), Some("corp.example"));
    assert_eq!(get(&applied, "GOSEAL_PARENT"), None);
    let mut changed: Vec<_> = applied.changes.iter().map(|c| c.name.as_str()).collect();
    changed.sort_unstable();
    assert_eq!(changed, ["GOFOO", "GONOSUMDB"]);
}

#[test]
fn a_foreign_go_work_is_switched_off_and_a_thrown_away_cache_is_set() {
    let around = Around {
        foreign_work: true,
        gocache: Some("/tmp/thrown".into()),
        parent: None,
    };
    let applied = plan().apply_around(&offer(&[("GOWORK", "/x/go.work")]), &around);
    assert_eq!(get(&applied, "GOWORK").as_deref(), Some("off"));
    assert_eq!(get(&applied, "GOCACHE").as_deref(), Some("/tmp/thrown"));
    let plain = plan().apply(&offer(&[("GOWORK", "/x/go.work")]));
    assert_eq!(get(&plain, "GOWORK"), None);
}

#[test]
fn places_of_go_that_lie_in_trees_or_shims_are_stripped() {
    for (name, value, kept) in [
        ("GOBIN", "/store/shims", false),
        ("GOBIN", "/store/x/../shims/", false),
        ("GOPATH", "/store/toolchains/go1.22.5.linux-amd64", false),
        ("GOBIN", "/home/u/bin", true),
        ("GOPROXY", "/store/shims", true),
    ] {
        let applied = plan().apply(&offer(&[(name, value)]));
        assert_eq!(get(&applied, name).is_some(), kept, "{name}={value}");
        assert_eq!(change(&applied, name).is_none(), kept, "{name}={value}");
    }
}

#[test]
fn on_windows_names_are_compared_without_case() {
    let plan = plan();
    let around = Around::default();
    let pairs = offer(&[("GoFlags", "-mod=mod"), ("Path", "p"), ("goproxy", "x")]);
    let mut run = Run {
        plan: &plan,
        around: &around,
        offered: Offered {
            pairs: &pairs,
            fold: true,
        },
        applied: Applied::default(),
    };
    run.keep_and_strip();
    run.carry();
    run.force();
    let names: Vec<_> = run
        .applied
        .environment
        .iter()
        .map(|(n, _)| n.to_str().unwrap())
        .collect();
    assert_eq!(names[..2], ["Path", "GOPROXY"]);
    assert_eq!(get(&run.applied, "GOFLAGS").as_deref(), Some(""));
    assert!(!names.contains(&"GoFlags"));
}
