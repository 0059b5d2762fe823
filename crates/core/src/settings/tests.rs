//! The table held against the rules, `go env` and what Go's programs read.

use std::collections::BTreeSet;

use super::*;

/// Names that cmd/go, compile, link, asm, cgo and vet look up, and `go env` prints, in 1.20.14,
/// 1.22.5, 1.25.14, 1.26.8 and 1.27.4. Made by collecting the string in each `Getenv("..")`,
/// `LookupEnv("..")`, `EnvOrAndChanged("..")` and `envOr("..")` of their sources and the list in
/// `internal/cfg/cfg.go`; names of tests and of the system are left out.
const READ_BY_GO: &str = include_str!("cases/read-by-go.txt");

#[test]
fn every_variable_that_go_reads_is_classed() {
    for name in READ_BY_GO.lines().filter(|line| !line.starts_with('#')) {
        assert!(class_of(name).is_some(), "{name}");
    }
}

#[test]
fn a_name_stands_once_and_says_why() {
    let names: BTreeSet<_> = rows().map(|row| row.name).collect();
    assert_eq!(names.len(), rows().count());
    for row in rows() {
        assert!(may_have_a_row(row.name), "{}", row.name);
        assert!(
            !row.reason.is_empty() && !row.source.is_empty(),
            "{}",
            row.name
        );
        assert!(
            row.reason.len() <= 80 && !row.reason.ends_with('.'),
            "{}",
            row.name
        );
    }
}

#[test]
fn stripped_unless_in_the_table() {
    for (name, class) in [
        ("GOFOO", Some(Class::Stripped)),
        ("GO111FOO", Some(Class::Stripped)),
        ("GO_FOO", Some(Class::Stripped)),
        ("GO_", Some(Class::Stripped)),
        ("GOTOOLCHAIN_X", Some(Class::Stripped)),
        ("CGO_FOO", Some(Class::Stripped)),
        ("GIT_FOO", Some(Class::Stripped)),
        ("GO", None),
        ("GOOGLE_APPLICATION_CREDENTIALS", None),
        ("GOLAND_VM_OPTIONS", None),
        ("GOPHER_X", None),
        ("GOPHER", Some(Class::Stripped)),
        ("Gofoo", None),
        ("GITHUB_ACTIONS", None),
        ("GOSEAL_HOME", None),
        ("GOSEAL_PARENT", Some(Class::Stripped)),
        ("PATH", None),
        ("", None),
    ] {
        assert_eq!(class_of(name), class, "{name}");
    }
}

#[test]
fn free_and_recorded() {
    for name in [
        "GOOS",
        "GOARCH",
        "GOAMD64",
        "GOMAXPROCS",
        "GOGC",
        "GOMEMLIMIT",
        "GOTRACEBACK",
        "GORACE",
        "GOCOVERDIR",
        "GIT_AUTHOR_NAME",
        "GIT_COMMITTER_EMAIL",
        "GIT_TERMINAL_PROMPT",
    ] {
        assert_eq!(
            class_in(name, Profile::Standard),
            Some(Class::Free),
            "{name}"
        );
        assert_eq!(class_in(name, Profile::Strict), Some(Class::Free), "{name}");
    }
    assert_eq!(class_in("GODEBUG", Profile::Standard), Some(Class::Free));
    assert_eq!(class_in("GODEBUG", Profile::Strict), Some(Class::Stripped));
}

#[test]
fn carried_over() {
    for name in [
        "GOPROXY",
        "GOPRIVATE",
        "GONOPROXY",
        "GOVCS",
        "GOPATH",
        "GOBIN",
        "GOMODCACHE",
        "GOTMPDIR",
    ] {
        assert_eq!(
            class_in(name, Profile::Strict),
            Some(Class::Carried),
            "{name}"
        );
    }
    for name in [
        "GOAUTH",
        "GIT_SSH_COMMAND",
        "GIT_ASKPASS",
        "GIT_CONFIG_KEY_0",
    ] {
        assert_eq!(
            class_in(name, Profile::Standard),
            Some(Class::Carried),
            "{name}"
        );
        assert_eq!(
            class_in(name, Profile::Strict),
            Some(Class::Stripped),
            "{name}"
        );
    }
    assert_eq!(class_of("GOINSECURE"), Some(Class::Chosen));
}
