//! Arguments judged in standard and in strict.

use super::super::*;
use crate::decide::{Known, decide};
use crate::policy::Profile;
use crate::project::{ModMode, Project};

use super::super::samples::known;

fn plan(profile: Profile, project: &Project) -> Plan {
    let project = Project {
        profile: Some(profile),
        ..project.clone()
    };
    decide(&Known {
        project: Some(&project),
        ..known()
    })
    .unwrap()
}

fn argv(line: &str) -> Vec<OsString> {
    line.split_whitespace().map(OsString::from).collect()
}

fn allowed(plan: &Plan, line: &str) -> Judged {
    match plan.judge_in(Tool::Go, &argv(line), Some("/src/p".as_ref())) {
        Verdict::Allowed(judged) => judged,
        Verdict::Refused(refusal) => panic!("{line}: {refusal:?}"),
    }
}

fn refused(plan: &Plan, line: &str) -> RunRefusal {
    match plan.judge_in(Tool::Go, &argv(line), Some("/src/p".as_ref())) {
        Verdict::Refused(refusal) => refusal,
        Verdict::Allowed(judged) => panic!("{line}: {judged:?}"),
    }
}

#[test]
fn weakenings_are_noted_in_standard_and_refused_in_strict() {
    let standard = plan(Profile::Standard, &Project::default());
    let strict = plan(Profile::Strict, &Project::default());
    for (line, code, foreign) in [
        ("build -mod=mod ./...", "mod-mod", false),
        ("list -modfile=x.mod ./...", "modfile", false),
        ("build -overlay x.json", "overlay", false),
        ("test . -toolexec=X", "toolexec", true),
        ("list -export -toolexec ./evil.sh", "toolexec", true),
        ("run -exec x .", "exec", false),
        ("vet -vettool=x ./...", "vettool", true),
        ("fix -fixtool=x ./...", "fixtool", true),
        ("get -insecure x", "insecure", false),
        ("build -compiler=gccgo", "compiler", true),
        ("build -gcflags=-N", "gcflags", false),
        ("build -asmflags=-D", "asmflags", false),
        ("build -gccgoflags=-O", "gccgoflags", false),
        ("build -pkgdir=x", "pkgdir", false),
        ("build -installsuffix=x", "installsuffix", false),
        ("build -buildvcs=false", "buildvcs-off", false),
        ("mod download -modcacherw", "modcacherw", false),
        ("env -w GOPROXY=direct", "env-w", false),
        ("env -u GOPRIVATE", "env-u", false),
        ("build -ldflags=-r=/x", "ldflags", false),
    ] {
        let judged = allowed(&standard, line);
        let codes: Vec<_> = judged.weakened.iter().map(|found| found.code).collect();
        assert_eq!(codes, [code], "{line}");
        assert_eq!(judged.foreign_code, foreign, "{line}");
        assert_eq!(refused(&strict, line).code, code, "{line}");
    }
}

#[test]
fn what_weakens_nothing_is_allowed_everywhere() {
    for profile in [Profile::Standard, Profile::Strict] {
        let plan = plan(profile, &Project::default());
        for line in [
            "build ./...",
            "version",
            "",
            "nothing",
            "test -run -exec ./...",
            "run . -exec x",
            "test . -args -toolexec=X",
            "build -ldflags=-s -o /src/p/bin/x",
            "build -mod=vendor -trimpath",
            "env GOFLAGS",
            "env -json",
            "env -w=false GOFLAGS",
            "install ./cmd/...",
            "install example.com/cmd/x@latest",
            "get std",
            "mod tidy",
        ] {
            assert_eq!(allowed(&plan, line).weakened, [], "{line}");
        }
        let judged = plan.judge(Tool::Gofmt, &argv("-w -r a->b ."));
        assert_eq!(judged, Verdict::Allowed(Judged::default()));
    }
}

#[test]
fn verbs_users_arguments_and_unknown_flags_are_told() {
    let plan = plan(Profile::Standard, &Project::default());
    for (line, verb, user_args, ambiguous) in [
        ("build", "build", None, ""),
        ("mod -C d verify", "mod verify", None, ""),
        ("run . --password x", "run", Some(2), ""),
        ("test ./... -args x", "test", Some(3), ""),
        ("build -new x ./...", "build", None, "-new"),
        ("run -new x . secret", "run", Some(3), "-new"),
        ("test -mine ./...", "test", None, "-mine"),
        ("test ./... -mine", "test", None, ""),
    ] {
        let judged = allowed(&plan, line);
        assert_eq!(judged.verb.as_deref(), Some(verb), "{line}");
        assert_eq!(judged.user_args, user_args, "{line}");
        assert_eq!(judged.ambiguous.join(" "), ambiguous, "{line}");
    }
    let strict = super::tests::plan(Profile::Strict, &Project::default());
    assert_eq!(
        refused(&strict, "build -new x -toolexec=y").code,
        "toolexec"
    );
    assert_eq!(allowed(&strict, "build -new x").ambiguous, ["-new"]);
}

/// `go install cmd/go` puts the real go back over the door.
#[test]
fn nothing_is_written_into_managed_trees_or_shims() {
    for profile in [Profile::Standard, Profile::Strict] {
        let plan = plan(profile, &Project::default());
        for (line, code) in [
            ("install std", "install-std"),
            ("install cmd/go", "install-std"),
            ("install -v cmd/...", "install-std"),
            ("install cmd", "install-std"),
            (
                "install /store/toolchains/go1.22.5.linux-amd64/src/cmd/go",
                "install-std",
            ),
            ("build -o /store/shims/go .", "output-place"),
            ("build -o=/store/x/../shims/go .", "output-place"),
            ("build -o ../../store/shims/ .", "output-place"),
            (
                "test -c -o /store/toolchains/go1.22.5.linux-amd64/bin/go .",
                "output-place",
            ),
            ("test . -c -o /store/toolchains/x", "output-place"),
        ] {
            assert_eq!(refused(&plan, line).code, code, "{line}");
        }
        assert_eq!(allowed(&plan, "build -o /store/shims2/go").weakened, []);
    }
}

#[test]
fn env_w_of_other_variables_is_refused_with_the_place() {
    let plan = plan(Profile::Standard, &Project::default());
    for (line, code, place) in [
        (
            "env -w GOFLAGS=-mod=mod",
            "env-w",
            "goseal.toml has the keys",
        ),
        ("env -w GOTOOLCHAIN=auto", "env-w", "`goseal pin VERSION`"),
        ("env -w CGO_ENABLED=1", "env-w", "set `cgo` in goseal.toml"),
        (
            "env -w GOPROXY=x GOSUMDB=off",
            "env-w",
            "`private` of goseal.toml",
        ),
        ("env -u GOFLAGS", "env-u", "goseal.toml has the keys"),
        (
            "env -w GOINSECURE=x",
            "env-w",
            "`insecure` in the organisation's policy",
        ),
        ("env -w GOFOO=x", "env-w", "`goseal explain`"),
    ] {
        let refusal = refused(&plan, line);
        assert_eq!(refusal.code, code, "{line}");
        assert!(refusal.mend.contains(place), "{line}: {}", refusal.mend);
    }
}

#[test]
fn a_flag_that_replaces_a_chosen_one_is_a_weakening() {
    let project = Project {
        mod_mode: Some(ModMode::Vendor),
        trimpath: Some(true),
        tags: vec!["a".into(), "b".into()],
        buildvcs: Some(false),
        ..Project::default()
    };
    let standard = plan(Profile::Standard, &project);
    for (line, codes) in [
        ("build -mod=readonly", "mod-other"),
        ("build -mod=mod", "mod-mod"),
        ("build -mod=vendor -trimpath -tags a,b -buildvcs=false", ""),
        ("build -trimpath=false", "trimpath-off"),
        ("build -tags=c", "tags-other"),
        ("run . -tags=c", ""),
    ] {
        let found: Vec<_> = allowed(&standard, line)
            .weakened
            .iter()
            .map(|w| w.code)
            .collect();
        assert_eq!(found.join(" "), codes, "{line}");
    }
    let strict = plan(Profile::Strict, &Project::default());
    assert_eq!(
        refused(&strict, "build -trimpath=false"),
        RunRefusal {
            code: "trimpath-off",
            what: "`-trimpath=false` replaces `-trimpath`, which the project or profile sets, and \
                   the profile is strict"
                .into(),
            mend: "leave the flag out, or set `trimpath` in goseal.toml".into(),
        }
    );
}

#[test]
fn another_releases_door_is_refused_in_strict() {
    let other = ReleaseId::parse("go1.21.0.linux-amd64").unwrap();
    let standard = plan(Profile::Standard, &Project::default());
    let strict = plan(Profile::Strict, &Project::default());
    assert_eq!(standard.admit_door(&other), Ok(()));
    assert_eq!(strict.admit_door(&strict.release), Ok(()));
    assert_eq!(strict.admit_door(&other).unwrap_err().code, "other-door");
}
