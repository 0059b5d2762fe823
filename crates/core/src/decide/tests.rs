//! The decision: defaults, choices, and the stricter of two demands.

use super::*;
use crate::plan::samples::known;
use crate::project::{ModMode, PolicyDemand};

fn with(project: &Project) -> Known<'_> {
    Known {
        project: Some(project),
        ..known()
    }
}

fn forced(plan: &Plan, name: &str) -> Option<(String, String)> {
    let found = plan.forced.iter().find(|forced| forced.name == name)?;
    assert!(!found.reason.is_empty(), "{name}");
    Some((found.value.clone(), found.by.clone()))
}

fn goflags(project: &Project) -> String {
    forced(&decide(&with(project)).unwrap(), "GOFLAGS")
        .unwrap()
        .0
}

fn release(text: &str) -> ReleaseId {
    ReleaseId::parse(text).unwrap()
}

fn project(choose: impl FnOnce(&mut Project)) -> Project {
    let mut project = Project::default();
    choose(&mut project);
    project
}

#[test]
fn the_projects_choices_become_words_of_goflags() {
    let ldflags = |flags: &[&str]| {
        flags
            .iter()
            .map(|flag| (*flag).to_owned())
            .collect::<Vec<_>>()
    };
    for (project, value) in [
        (project(|_| ()), ""),
        (
            project(|p| p.mod_mode = Some(ModMode::Vendor)),
            "-mod=vendor",
        ),
        (project(|p| p.trimpath = Some(true)), "-trimpath=true"),
        (project(|p| p.buildvcs = Some(false)), "-buildvcs=false"),
        (
            project(|p| p.tags = vec!["a".into(), "b.c".into()]),
            "-tags=a,b.c",
        ),
        (project(|p| p.race = Some(true)), "-race=true"),
        (
            project(|p| p.pgo = Some("a b.pgo".into())),
            "'-pgo=a b.pgo'",
        ),
        (
            project(|p| p.ldflags = ldflags(&["-s", "-w"])),
            "'-ldflags=-s -w'",
        ),
        (
            project(|p| p.ldflags = ldflags(&["-X main.v=1"])),
            "'-ldflags=-X main.v=1'",
        ),
        (
            project(|p| p.ldflags = ldflags(&["-s", "-X main.v=a b"])),
            "\"-ldflags=-s -X 'main.v=a b'\"",
        ),
        (
            project(|p| p.ldflags = ldflags(&["-buildid="])),
            "-ldflags=-buildid=",
        ),
    ] {
        assert_eq!(goflags(&project), value);
        assert!(crate::quoted::split(value).unwrap().len() <= 1, "{value}");
    }
}

#[test]
fn a_profile_is_named_from_the_folder_of_goseal_toml() {
    for (pgo, word) in [
        ("off", "-pgo=off"),
        ("auto", "-pgo=auto"),
        ("cpu.pgo", "-pgo=/src/p/cpu.pgo"),
        ("a/cpu.pgo", "-pgo=/src/p/a/cpu.pgo"),
    ] {
        let project = project(|p| p.pgo = Some(pgo.into()));
        let project_file = Some(Path::new("/src/p/goseal.toml"));
        let plan = decide(&Known {
            project_file,
            ..with(&project)
        })
        .unwrap();
        assert_eq!(forced(&plan, "GOFLAGS").unwrap().0, word);
    }
}

#[test]
fn chosen_variables_name_goseal_toml() {
    let project = Project {
        cgo: Some(true),
        goos: Some("js".into()),
        goarch: Some("wasm".into()),
        experiment: vec!["a".into(), "b".into()],
        ..Project::default()
    };
    let plan = decide(&with(&project)).unwrap();
    for (name, value) in [
        ("CGO_ENABLED", "1"),
        ("GOOS", "js"),
        ("GOARCH", "wasm"),
        ("GOEXPERIMENT", "a,b"),
    ] {
        assert_eq!(
            forced(&plan, name),
            Some((value.into(), "goseal.toml".into())),
            "{name}"
        );
    }
    let unchosen = decide(&known()).unwrap();
    assert_eq!(
        forced(&unchosen, "CGO_ENABLED"),
        Some(("0".into(), "goseal".into()))
    );
    assert_eq!(forced(&unchosen, "GOEXPERIMENT"), None);
    assert_eq!(crate::plan::Plan::parse(plan.format().as_bytes()), Ok(plan));
}

#[test]
fn the_profile_is_the_strictest_of_three() {
    let (standard, strict) = (Some(Profile::Standard), Some(Profile::Strict));
    for (policy, user, project, expected) in [
        (None, None, None, Profile::Standard),
        (strict, None, standard, Profile::Strict),
        (standard, strict, None, Profile::Strict),
        (None, None, strict, Profile::Strict),
        (standard, standard, standard, Profile::Standard),
    ] {
        let policy = Policy {
            profile: policy,
            ..Policy::default()
        };
        let user = UserConfig {
            profile: user,
            ..UserConfig::default()
        };
        let project = Project {
            profile: project,
            ..Project::default()
        };
        let known = Known {
            policy: Some(&policy),
            user: Some(&user),
            ..with(&project)
        };
        assert_eq!(decide(&known).unwrap().profile, expected);
    }
}

#[test]
fn strict_adds_trimpath_and_leaves_the_modules_to_go() {
    let strict = Project {
        profile: Some(Profile::Strict),
        ..Project::default()
    };
    assert_eq!(goflags(&strict), "-trimpath");
    assert_eq!(
        goflags(&Project {
            trimpath: Some(false),
            ..strict.clone()
        }),
        "-trimpath=false"
    );
    let old = Known {
        release: release("go1.15.linux-amd64"),
        ..with(&strict)
    };
    assert_eq!(decide(&old).unwrap_err().code, "mod-unsaid");
    let said = Project {
        mod_mode: Some(ModMode::Readonly),
        ..strict
    };
    assert!(
        decide(&Known {
            release: release("go1.15.linux-amd64"),
            ..with(&said)
        })
        .is_ok()
    );
}

#[test]
fn choices_that_a_release_cannot_carry_out_are_refused() {
    for (id, project, refused) in [
        (
            "go1.17.linux-amd64",
            project(|p| p.buildvcs = Some(true)),
            true,
        ),
        (
            "go1.18.linux-amd64",
            project(|p| p.buildvcs = Some(true)),
            false,
        ),
        (
            "go1.19.linux-amd64",
            project(|p| p.pgo = Some("auto".into())),
            true,
        ),
        (
            "go1.19.linux-amd64",
            project(|p| p.ldflags = vec!["-X a=b".into()]),
            true,
        ),
        (
            "go1.20.linux-amd64",
            project(|p| p.ldflags = vec!["-X a=b".into()]),
            false,
        ),
        (
            "go1.13.linux-amd64",
            project(|p| p.trimpath = Some(true)),
            false,
        ),
    ] {
        let known = Known {
            release: release(id),
            ..with(&project)
        };
        let code = decide(&known).err().map(|refusal| refusal.code);
        assert_eq!(code, refused.then_some("choice-unknown"), "{id}");
    }
    let both = project(|p| p.ldflags = vec!["-X a='\" x".into()]);
    assert_eq!(decide(&with(&both)).unwrap_err().code, "choice-unquotable");
}

#[test]
fn private_counts_in_strict_or_under_policy_only_inside_the_policys_own() {
    let pattern = |text| vec![ModulePattern::parse(text).unwrap()];
    let project = Project {
        private: pattern("team.example"),
        ..Project::default()
    };
    let strict = Project {
        profile: Some(Profile::Strict),
        ..project.clone()
    };
    let policy = Policy {
        private: pattern("corp.example"),
        ..Policy::default()
    };
    let empty = Policy::default();
    for (project, policy, value, by) in [
        (&project, None, "team.example", "goseal.toml"),
        (&strict, None, "none.invalid", "goseal"),
        (&project, Some(&policy), "corp.example", "policy"),
        (&strict, Some(&policy), "corp.example", "policy"),
        (&project, Some(&empty), "none.invalid", "goseal"),
    ] {
        let plan = decide(&Known {
            policy,
            ..with(project)
        })
        .unwrap();
        assert_eq!(forced(&plan, "GONOSUMDB"), Some((value.into(), by.into())));
    }
}

#[test]
fn a_user_may_tighten_what_happens_without_a_log() {
    use LogFailure::{Block, Warn};
    for (policy, user, expected) in [
        (None, None, Block),
        (None, Some(Warn), Warn),
        (Some(None), Some(Warn), Block),
        (Some(Some(Warn)), None, Warn),
        (Some(Some(Warn)), Some(Block), Block),
        (Some(Some(Block)), Some(Warn), Block),
    ] {
        let policy = policy.map(|log_failure| Policy {
            log_failure,
            ..Policy::default()
        });
        let user = UserConfig {
            log_failure: user,
            ..UserConfig::default()
        };
        let known = Known {
            policy: policy.as_ref(),
            user: Some(&user),
            ..known()
        };
        assert_eq!(decide(&known).unwrap().log_failure, expected);
    }
}

#[test]
fn strict_refuses_a_default() {
    let chosen = |by| Chosen {
        by,
        file: None,
        line: None,
    };
    let strict = Project {
        profile: Some(Profile::Strict),
        ..Project::default()
    };
    let by_default = Known {
        chosen: chosen(ChosenBy::Default),
        ..with(&strict)
    };
    assert_eq!(decide(&by_default).unwrap_err().code, "default-in-strict");
    assert!(
        decide(&Known {
            chosen: chosen(ChosenBy::Door),
            ..with(&strict)
        })
        .is_ok()
    );
    assert!(
        decide(&Known {
            chosen: chosen(ChosenBy::Default),
            ..known()
        })
        .is_ok()
    );
}

#[test]
fn demands_of_project_and_policy_are_met_or_refused() {
    let demand = PolicyDemand {
        name: "example".into(),
        least_serial: 12,
    };
    let project = Project {
        policy: Some(demand),
        ..Project::default()
    };
    let policy = |name: &str, serial| Policy {
        name: Some(name.into()),
        serial: Some(serial),
        ..Policy::default()
    };
    for (policy, met) in [
        (None, false),
        (Some(policy("example", 11)), false),
        (Some(policy("other", 12)), false),
        (Some(policy("example", 12)), true),
        (Some(policy("example", 13)), true),
    ] {
        let known = Known {
            policy: policy.as_ref(),
            ..with(&project)
        };
        assert_eq!(decide(&known).is_ok(), met);
    }
    let policy = Policy {
        evidence: vec![Evidence::Lock],
        ..Policy::default()
    };
    let refusal = decide(&Known {
        policy: Some(&policy),
        ..known()
    })
    .unwrap_err();
    assert_eq!(
        refusal.what,
        "policy requires `lock` evidence, and go1.22.5.linux-amd64 lacks it"
    );
}

#[test]
fn only_carried_names_of_the_users_go_file_stand_in_the_plan() {
    let goenv = GoEnv::parse(b"GOFLAGS=-v\nGOPROXY=p\nGOSUMDB=off\nGONOSUMDB=a.example\nCC=x\n");
    let plan = decide(&Known {
        goenv: Some(&goenv),
        ..known()
    })
    .unwrap();
    let names: Vec<_> = plan.carried.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["GONOSUMDB", "GOPROXY"]);
}

#[test]
fn evidence_that_was_out_of_reach_runs_only_where_policy_accepts_that() {
    let accepts = Policy {
        evidence: vec![Evidence::Lock, Evidence::Sumdb],
        out_of_reach: Some(OutOfReach::Accept),
        ..Policy::default()
    };
    let refuses = Policy {
        out_of_reach: Some(OutOfReach::Refuse),
        ..accepts.clone()
    };
    let silent = Policy::default();
    let index = Policy {
        evidence: vec![Evidence::Index],
        ..accepts.clone()
    };
    for (policy, code) in [
        (Some(&accepts), None),
        (Some(&refuses), Some("evidence")),
        (Some(&silent), Some("evidence")),
        (None, Some("evidence")),
        // It was neither met nor out of reach: it was not asked then.
        (Some(&index), Some("evidence")),
    ] {
        let found = decide(&Known {
            evidence: &[Evidence::Lock],
            unmet: &[Evidence::Sumdb],
            policy,
            ..known()
        });
        match found {
            Ok(plan) => assert_eq!((plan.unmet, code), (vec![Evidence::Sumdb], None)),
            Err(refusal) => assert_eq!(Some(refusal.code), code, "{policy:?}"),
        }
    }
}

#[test]
fn a_proof_apart_from_the_known_history_runs_unless_policy_refuses_it() {
    let policy = |apart| Policy {
        apart,
        ..Policy::default()
    };
    for (apart, joined, runs) in [
        (None, false, true),
        (Some(Apart::Allow), false, true),
        (Some(Apart::Refuse), false, false),
        (Some(Apart::Refuse), true, true),
    ] {
        let policy = policy(apart);
        let found = decide(&Known {
            joined,
            policy: Some(&policy),
            ..known()
        });
        let code = found.err().map(|refusal| refusal.code);
        assert_eq!(code, (!runs).then_some("apart"), "{apart:?} {joined}");
    }
}
