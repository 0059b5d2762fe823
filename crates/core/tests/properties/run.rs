//! Policy is monotone, and the environment of a run holds what a rule names and nothing else.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::Path;

use goseal_core::decide::{Known, decide};
use goseal_core::digest::{H1, Sha256};
use goseal_core::evidence::Evidence;
use goseal_core::goenv::GoEnv;
use goseal_core::plan::{Action, Chosen, ChosenBy, Plan, Verdict};
use goseal_core::policy::{LogFailure, Policy, Profile, UserConfig};
use goseal_core::project::{ModMode, ModulePattern, Project};
use goseal_core::release::ReleaseId;
use goseal_core::settings::{Class, class_in, rows};
use goseal_core::tool::Tool;
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

/// What a project, a policy and a user say, and the user's Go file.
#[derive(Debug, Clone)]
struct Said {
    project: Project,
    policy: Option<Policy>,
    user: UserConfig,
    goenv: String,
}

fn profile() -> impl Strategy<Value = Option<Profile>> {
    of(select(vec![Profile::Standard, Profile::Strict]))
}

fn log_failure() -> impl Strategy<Value = Option<LogFailure>> {
    of(select(vec![LogFailure::Block, LogFailure::Warn]))
}

fn patterns() -> impl Strategy<Value = Vec<ModulePattern>> {
    let all: Vec<_> = ["*.corp.example", "git.corp.example/team", "old.example"]
        .into_iter()
        .map(|text| ModulePattern::parse(text).unwrap())
        .collect();
    subsequence(all, 0..=3)
}

fn project() -> impl Strategy<Value = Project> {
    let switches = (
        of(any::<bool>()),
        of(any::<bool>()),
        of(any::<bool>()),
        of(any::<bool>()),
    );
    let modes = of(select(vec![ModMode::Readonly, ModMode::Vendor]));
    let tags = subsequence(vec!["a".to_owned(), "b.c".to_owned()], 0..=2);
    let goos = of(select(vec!["linux".to_owned(), "plan9".to_owned()]));
    (switches, modes, tags, goos, patterns(), profile()).prop_map(
        |((cgo, trimpath, buildvcs, race), mod_mode, tags, goos, private, profile)| Project {
            cgo,
            mod_mode,
            trimpath,
            buildvcs,
            tags,
            race,
            goos,
            private,
            profile,
            ..Project::default()
        },
    )
}

fn policy() -> impl Strategy<Value = Policy> {
    let auth = of(Just("netrc".to_owned()));
    let evidence = subsequence(vec![Evidence::Lock, Evidence::Sumdb], 0..=2);
    (
        profile(),
        evidence,
        patterns(),
        patterns(),
        auth,
        log_failure(),
    )
        .prop_map(
            |(profile, evidence, private, insecure, auth, log_failure)| Policy {
                profile,
                evidence,
                private,
                insecure,
                auth,
                log_failure,
                ..Policy::default()
            },
        )
}

/// A line of a Go file or of an environment: names of the table, of its patterns, and free ones.
fn variable() -> impl Strategy<Value = (String, String)> {
    let mut names: Vec<String> = rows().map(|row| row.name.replace('*', "X")).collect();
    names.extend(["GONEW", "GO_X", "CGO_X", "GIT_DIR", "HOME", "A_B", "gopath"].map(str::to_owned));
    (select(names), "[a-z./,=*-]{0,12}")
}

fn variables() -> impl Strategy<Value = Vec<(String, String)>> {
    proptest::collection::vec(variable(), 0..12)
}

fn said() -> impl Strategy<Value = Said> {
    let user = (profile(), log_failure()).prop_map(|(profile, log_failure)| UserConfig {
        profile,
        log_failure,
        ..UserConfig::default()
    });
    (project(), of(policy()), user, variables()).prop_map(|(project, policy, user, lines)| Said {
        project,
        policy,
        user,
        goenv: lines
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect::<Vec<_>>()
            .join("\n"),
    })
}

/// Decides for a pinned go1.22.5 that met all evidence.
fn plan_of(said: &Said) -> Plan {
    let goenv = GoEnv::parse(said.goenv.as_bytes());
    let known = Known {
        build: "0.1.0",
        inputs: Sha256::of(b"inputs"),
        release: ReleaseId::parse("go1.22.5.linux-amd64").unwrap(),
        chosen: Chosen {
            by: ChosenBy::Pin,
            file: Some("/src/p/.go-version".into()),
            line: Some(1),
        },
        root: Path::new("/store/toolchains/go1.22.5.linux-amd64"),
        h1: H1::from_sha256(Sha256::of(b"h1")),
        evidence: &Evidence::ALL,
        unmet: &[],
        joined: true,
        position: None,
        identity: &[],
        deep: None,
        ledger: Path::new("/state/audit"),
        gocache: Path::new("/cache/gocache/x"),
        project: Some(&said.project),
        project_file: Some(Path::new("/src/p/goseal.toml")),
        policy: said.policy.as_ref(),
        user: Some(&said.user),
        goenv: Some(&goenv),
        not_after: None,
    };
    decide(&known).unwrap()
}

/// The same, with one more demand of the policy.
fn with_more(said: &Said, more: &Policy) -> Said {
    let mut policy = said.policy.clone().unwrap_or_default();
    policy.profile = policy.profile.max(more.profile);
    policy.evidence.extend(&more.evidence);
    policy.insecure.extend(more.insecure.iter().cloned());
    policy.auth = policy.auth.or_else(|| more.auth.clone());
    if more.log_failure == Some(LogFailure::Block) {
        policy.log_failure = more.log_failure;
    }
    Said {
        policy: Some(policy),
        ..said.clone()
    }
}

fn names(plan: &Plan) -> BTreeSet<&str> {
    plan.forced
        .iter()
        .map(|forced| forced.name.as_str())
        .collect()
}

fn argv() -> impl Strategy<Value = Vec<OsString>> {
    let words = [
        "build",
        "test",
        "install",
        "env",
        "-w",
        "GOFLAGS=-mod=mod",
        "GOPROXY=x",
        "-mod=mod",
        "-toolexec=x",
        "-exec",
        "-race=false",
        "-tags",
        "b",
        "./...",
        "cmd/go",
        "-o",
        "/store/shims/go",
        "-args",
        "--",
        "-unknown",
        "-C",
        "/store/toolchains",
    ];
    let words = select(words.map(OsString::from).to_vec());
    proptest::collection::vec(words, 0..7)
}

fn is_refused(plan: &Plan, argv: &[OsString]) -> bool {
    matches!(plan.judge(Tool::Go, argv), Verdict::Refused(_))
}

proptest! {
    #[test]
    fn one_more_demand_of_a_policy_takes_nothing_back(
        said in said(),
        more in policy(),
        argv in argv(),
        offered in variables(),
    ) {
        let (before, after) = (plan_of(&said), plan_of(&with_more(&said, &more)));
        prop_assert!(names(&before).is_subset(&names(&after)));
        prop_assert!(before.profile <= after.profile);
        // Without a policy the user alone says what happens without a log.
        if said.policy.is_some() && before.log_failure == LogFailure::Block {
            prop_assert_eq!(after.log_failure, LogFailure::Block);
        }
        prop_assert!(!is_refused(&before, &argv) || is_refused(&after, &argv));
        // What the caller could not set before, the caller cannot set after.
        let offered: Vec<(OsString, OsString)> =
            offered.iter().map(|(name, value)| (name.into(), value.into())).collect();
        let free = |plan: &Plan| {
            let kept = plan.apply(&offered).environment.into_iter();
            let kept = kept.filter(|(name, _)| {
                plan.forced.iter().all(|forced| *name != *forced.name)
                    && plan.carried.iter().all(|(carried, _)| name != carried.as_str())
            });
            kept.collect::<BTreeSet<_>>()
        };
        let carried_before: BTreeSet<_> = before.carried.iter().map(|(name, _)| name).collect();
        for (name, value) in free(&after) {
            let was_carried = name.to_str().is_some_and(|name| carried_before.contains(&name.to_owned()));
            prop_assert!(was_carried || free(&before).contains(&(name.clone(), value)), "{:?}", name);
        }
    }

    #[test]
    fn a_class_only_tightens_from_standard_to_strict((name, _) in variable()) {
        let (standard, strict) = (class_in(&name, Profile::Standard), class_in(&name, Profile::Strict));
        match standard {
            Some(Class::Forced) => prop_assert_eq!(strict, Some(Class::Forced)),
            Some(Class::Stripped) => {
                prop_assert!(matches!(strict, Some(Class::Stripped | Class::Forced)));
            }
            Some(Class::Chosen) => prop_assert!(matches!(
                strict,
                Some(Class::Chosen | Class::Stripped | Class::Forced)
            )),
            _ => {}
        }
    }

    #[test]
    fn the_environment_has_no_variable_that_no_rule_names(said in said(), offered in variables()) {
        let plan = plan_of(&said);
        let offered: Vec<(OsString, OsString)> =
            offered.iter().map(|(name, value)| (name.into(), value.into())).collect();
        let applied = plan.apply(&offered);
        for (name, value) in &applied.environment {
            let text = name.to_str().unwrap();
            let times = applied.environment.iter().filter(|(other, _)| other == name).count();
            if let Some(forced) = plan.forced_value(text) {
                prop_assert_eq!(times, 1, "{} stands there twice", text);
                // The user's own patterns that name a host may follow the plan's.
                if text != "GONOSUMDB" {
                    prop_assert_eq!(value.to_str(), Some(forced));
                }
                continue;
            }
            let class = class_in(text, plan.profile);
            let was_offered = offered.contains(&(name.clone(), value.clone()));
            match class {
                Some(Class::Carried) => {
                    let filed = plan.carried.iter().any(|(carried, from)| carried == text && *value == **from);
                    prop_assert!(was_offered || filed, "{} comes from nowhere", text);
                    prop_assert_eq!(times, 1, "{} stands there twice", text);
                }
                None | Some(Class::Free) => prop_assert!(was_offered, "{} comes from nowhere", text),
                Some(other) => prop_assert!(false, "{} is {:?} and not forced", text, other),
            }
        }
        for forced in &plan.forced {
            let there = applied.environment.iter().any(|(name, _)| *name == *forced.name);
            prop_assert!(there, "{} is not set", forced.name);
        }
    }

    #[test]
    fn applying_a_plan_to_its_own_environment_changes_nothing(said in said(), offered in variables()) {
        let plan = plan_of(&said);
        let offered: Vec<(OsString, OsString)> =
            offered.iter().map(|(name, value)| (name.into(), value.into())).collect();
        let once: BTreeSet<_> = plan.apply(&offered).environment.into_iter().collect();
        let pairs: Vec<_> = once.iter().cloned().collect();
        let again = plan.apply(&pairs);
        prop_assert_eq!(again.environment.into_iter().collect::<BTreeSet<_>>(), once);
        let forced = again.changes.iter().filter(|change| change.action == Action::Forced);
        prop_assert_eq!(forced.count(), 0);
    }
}
