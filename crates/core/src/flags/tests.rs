//! The table held against what real releases say, and command lines read as Go reads them.

use super::*;

/// What `go help` of four releases says, one `verb flag` a line with `=` where a value follows.
///
/// Made by a script that asks `go help` for every verb, `go help testflag` for test and
/// `go tool vet -flags` and `go tool fix -flags` for the analyses, and keeps only the names: from
/// the usage line each `[-flag]`, `[-flag value]` and `[-flag=value]`, from the lists each line that
/// begins with a dash and has at most three words after the name, for `edit` each `-flag=value` of
/// the text. Lines `verb X` name the verbs, the words of a verb joined by a dash.
const CASES: [(&str, &str); 4] = [
    ("1.20.14", include_str!("cases/go1.20.14.txt")),
    ("1.22.5", include_str!("cases/go1.22.5.txt")),
    ("1.26.8", include_str!("cases/go1.26.8.txt")),
    ("1.27.4", include_str!("cases/go1.27.4.txt")),
];

#[test]
fn an_unknown_flag_of_a_supported_release_fails() {
    for (release, cases) in CASES {
        for case in cases.lines() {
            let (first, second) = case.split_once(' ').unwrap();
            let name = if first == "verb" { second } else { first }.replace('-', " ");
            let verb = VERBS.iter().find(|verb| verb.name == name).expect(case);
            if first != "verb" {
                let (flag, value) = match second.strip_suffix('=') {
                    Some(flag) => (flag, true),
                    None => (second, false),
                };
                assert_eq!(verb.takes_value(flag), Some(value), "{release}: {case}");
            }
        }
    }
}

#[test]
fn a_flag_stands_once_for_a_verb() {
    for verb in VERBS {
        let mut flags: Vec<_> = verb
            .flags()
            .map(|flag| flag.trim_end_matches('='))
            .collect();
        let all = flags.len();
        flags.sort_unstable();
        flags.dedup();
        let doubled = ["json", "v", "tags", "cover"];
        assert!(all - flags.len() <= doubled.len(), "{}", verb.name);
    }
}

fn argv(line: &str) -> Vec<OsString> {
    line.split_whitespace().map(OsString::from).collect()
}

/// A line, its verb, its flags, its operands, and where the user's own arguments begin.
type Row = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    Option<usize>,
);

const LINES: &[Row] = &[
    ("build -v -o x ./...", "build", "-v -o=x", "./...", None),
    ("build -- -v", "build", "", "-v", None),
    ("build ./... -v", "build", "", "./... -v", None),
    ("-C d build -v", "build", "-v", "", None),
    ("build -C d -v", "build", "-v", "", None),
    ("test -run -exec ./...", "test", "-run=-exec", "./...", None),
    ("run . -exec x", "run", "", ".", Some(2)),
    ("run -exec x . -exec", "run", "-exec=x", ".", Some(4)),
    ("run a.go b.go c d.go", "run", "", "a.go b.go", Some(3)),
    ("run ./cmd", "run", "", "./cmd", None),
    ("test . -toolexec=X", "test", "-toolexec=X", ".", None),
    ("test . -args -toolexec=X", "test", "", ".", Some(3)),
    ("test . --args x", "test", "", ".", Some(3)),
    ("test . -- -toolexec=X", "test", "", ".", Some(2)),
    ("test -mine x . -exec y", "test", "-mine", "", Some(3)),
    ("test . -mine x -exec y", "test", "-mine -exec=y", ".", None),
    ("test . -v x -exec y", "test", "-v", ".", Some(3)),
    ("test . -mine=1 x -exec y", "test", "-mine=1", ".", Some(3)),
    ("test -test.run X .", "test", "-test.run=X", ".", None),
    ("test a b -v", "test", "-v", "a b", None),
    ("vet -vettool=x ./...", "vet", "-vettool=x", "./...", None),
    (
        "vet ./... -vettool x",
        "vet",
        "-vettool=x",
        "./... -vettool x",
        None,
    ),
    (
        "vet -printf.funcs a ./...",
        "vet",
        "-printf.funcs=a",
        "./...",
        None,
    ),
    ("tool compile -V", "tool", "", "compile -V", None),
    ("tool -n mine -x", "tool", "-n", "mine", Some(3)),
    (
        "mod edit -require=a@v1",
        "mod edit",
        "-require=a@v1",
        "",
        None,
    ),
    (
        "env -w GOFLAGS=-mod=mod",
        "env",
        "-w",
        "GOFLAGS=-mod=mod",
        None,
    ),
    (
        "build -unknown x -toolexec=y .",
        "build",
        "-unknown -toolexec=y",
        "x .",
        None,
    ),
    (
        "run -unknown x -toolexec=y .",
        "run",
        "-unknown -toolexec=y",
        "x .",
        Some(3),
    ),
    (
        "build -trimpath=false",
        "build",
        "-trimpath=false",
        "",
        None,
    ),
];

#[test]
fn lines_are_read_as_go_reads_them() {
    for (line, verb, flags, operands, user_args) in LINES.iter().copied() {
        let argv = argv(line);
        let read = read(&argv);
        assert_eq!(read.verb.map(|verb| verb.name), Some(verb), "{line}");
        let found: Vec<_> = read.flags.iter().map(Given::text).collect();
        assert_eq!(found.join(" "), flags, "{line}");
        let found: Vec<_> = read
            .operands
            .iter()
            .map(|(_, word)| word.as_ref())
            .collect();
        assert_eq!(found.join(" "), operands, "{line}");
        assert_eq!(read.user_args, user_args, "{line}");
    }
    for line in [
        "",
        "-v build",
        "help build",
        "mod",
        "mod nothing",
        "nothing",
        "--",
    ] {
        assert_eq!(read(&argv(line)), Line::default(), "{line}");
    }
}

/// `go install pkg@version` and `go run pkg@version` ignore the project.
#[test]
fn a_package_at_a_version_ignores_the_project() {
    for (line, ignores) in [
        ("install golang.org/x/tools/gopls@latest", true),
        ("install -v a.example/b@v1 a.example/c@v1", true),
        ("run -race a.example/b@v1 x", true),
        ("run . a@b", false),
        ("run main.go a@b", false),
        ("install ./x@y", false),
        ("install /x@y", false),
        ("install ./...", false),
        ("get a.example/b@v1", false),
        ("", false),
    ] {
        assert_eq!(ignores_project(&argv(line)), ignores, "{line}");
    }
}

#[test]
fn watched_flags_weaken_when_their_row_says() {
    for (line, codes) in [
        ("build -mod=mod", "mod-mod"),
        ("build -mod=vendor", ""),
        ("build -mod mod", "mod-mod"),
        ("build -compiler=gc", ""),
        ("build -compiler gccgo", "compiler"),
        ("build -buildvcs=false", "buildvcs-off"),
        ("build -buildvcs", ""),
        ("get -insecure x", "insecure"),
        ("get -insecure=false x", ""),
        ("build -ldflags=-s", ""),
        ("build -ldflags=-extld=cc", "ldflags-program ldflags"),
        (
            "build -ldflags=all=-linkmode=external",
            "ldflags-program ldflags",
        ),
        ("build -ldflags=-r=/x", "ldflags"),
        ("build -ldflags=-X=a.b=c", ""),
        ("fix -fixtool=x", "fixtool"),
    ] {
        let argv = argv(line);
        let read = read(&argv);
        let found: Vec<_> = WATCHED
            .iter()
            .filter(|watch| read.flags.iter().any(|given| watch.matches(given)))
            .map(|watch| watch.code)
            .collect();
        assert_eq!(found.join(" "), codes, "{line}");
    }
    let quoted = ["-ldflags=-s -w -X 'a.b=c d' -buildid="].map(OsString::from);
    let argv: Vec<_> = [OsString::from("build")]
        .into_iter()
        .chain(quoted)
        .collect();
    let given = &read(&argv).flags[0];
    assert!(!WATCHED.iter().any(|watch| watch.matches(given)));
}

#[test]
fn every_watched_flag_is_in_the_table() {
    for watch in WATCHED {
        assert!(
            VERBS
                .iter()
                .any(|verb| verb.takes_value(watch.flag).is_some()),
            "{}",
            watch.flag
        );
    }
}
