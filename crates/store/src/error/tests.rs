use goseal_core::digest::Sha256;
use goseal_core::manifest::EntryName;

use super::*;

fn path() -> PathBuf {
    PathBuf::from("/s/x")
}

fn check(cases: impl IntoIterator<Item = (Error, &'static str)>, distrust: bool) {
    for (error, text) in cases {
        assert_eq!(error.to_string(), text);
        assert_eq!(error.is_distrust(), distrust, "{text}");
        let source = std::error::Error::source(&error).is_some();
        assert_eq!(source, matches!(error, Error::Io { .. }));
    }
}

#[test]
fn faults_of_the_disk_say_what_and_where() {
    let cases = [
        (
            Error::io("open", &path(), io::ErrorKind::NotFound),
            "cannot open /s/x",
        ),
        (
            Error::NotAFolder { path: path() },
            "/s/x is a link or no folder",
        ),
        (
            Error::NotAFile { path: path() },
            "/s/x is not a regular file",
        ),
        (
            Error::TooLong {
                path: path(),
                limit: 4096,
            },
            "/s/x has more than 4096 bytes",
        ),
        (
            Error::Text {
                what: "a note of the seal",
                text: shown(b"a\nb"),
            },
            "a note of the seal `a\\nb` cannot be written into one line",
        ),
        (
            Error::AlreadyInstalled { path: path() },
            "/s/x is installed already",
        ),
    ];
    check(cases, false);
}

#[test]
fn faults_of_an_archive_say_what_and_where() {
    let cases = [
        (
            Error::Archive {
                path: path(),
                entry: None,
                fault: "bytes after its end",
            },
            "/s/x has bytes after its end",
        ),
        (
            Error::Archive {
                path: path(),
                entry: Some("a".into()),
                fault: "two sizes",
            },
            "/s/x: entry `a` has two sizes",
        ),
        (
            Error::Name {
                path: path(),
                source: EntryName::parse("..").unwrap_err(),
            },
            "/s/x: `..` has an empty, `.` or `..` part",
        ),
        (
            Error::Names {
                path: path(),
                source: ManifestFault::Duplicate(EntryName::parse("a").unwrap()),
            },
            "/s/x: `a` is there twice",
        ),
        (
            Error::Limit {
                path: path(),
                what: "files",
                limit: 50_000,
            },
            "/s/x unpacks to more than 50000 files",
        ),
    ];
    check(cases, true);
}

#[test]
fn contradictions_say_what_was_expected_and_what_is_there() {
    let h1 = |text: &[u8]| H1::from_sha256(Sha256::of(text));
    let cases = [
        (
            Error::Size {
                path: path(),
                expected: 2,
                actual: 1,
            },
            "/s/x has 1 bytes, and 2 came in",
        ),
        (
            Error::OtherRelease {
                path: path(),
                expected: "go1.22.5".into(),
                actual: "go1.22.6".into(),
            },
            "/s/x is the release `go1.22.6`, not `go1.22.5`",
        ),
        (
            Error::H1 {
                release: ReleaseId::parse("go1.22.5.linux-amd64").unwrap(),
                expected: h1(b"a"),
                actual: h1(b"b"),
            },
            "the staged files of go1.22.5.linux-amd64 have \
             h1:PiPoFgA5WUoziU9lZOGxNIu9egCI1CxKy3PurtWcAJ0=, and \
             h1:ypeBEsobvcr6wjGzmiPcTaeG7/gUfE5yuYB3ha/uSLs= was verified",
        ),
        (
            Error::seal(&path(), "another schema than goseal.seal/1"),
            "/s/x has another schema than goseal.seal/1",
        ),
    ];
    check(cases, true);
}
