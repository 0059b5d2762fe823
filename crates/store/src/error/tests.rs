use goseal_core::digest::Sha256;
use goseal_core::manifest::EntryName;

use super::*;

#[test]
fn each_error_says_its_fact_and_on_which_side_it_is() {
    let path = || PathBuf::from("/s/x");
    let name = |text| EntryName::parse(text).unwrap();
    let h1 = |text: &[u8]| H1::from_sha256(Sha256::of(text));
    let cases = [
        (
            Error::io("open", &path(), io::ErrorKind::NotFound),
            false,
            "cannot open /s/x",
        ),
        (
            Error::NotAFolder { path: path() },
            false,
            "/s/x is a link or no folder",
        ),
        (
            Error::NotAFile { path: path() },
            false,
            "/s/x is not a regular file",
        ),
        (
            Error::TooLong {
                path: path(),
                limit: 4096,
            },
            false,
            "/s/x has more than 4096 bytes",
        ),
        (
            Error::Text {
                what: "a note of the seal",
                text: shown(b"a\nb"),
            },
            false,
            "a note of the seal `a\\nb` cannot be written into one line",
        ),
        (
            Error::AlreadyInstalled { path: path() },
            false,
            "/s/x is installed already",
        ),
        (
            Error::Archive {
                path: path(),
                entry: None,
                fault: "bytes after its end",
            },
            true,
            "/s/x has bytes after its end",
        ),
        (
            Error::Archive {
                path: path(),
                entry: Some("a".into()),
                fault: "two sizes",
            },
            true,
            "/s/x: entry `a` has two sizes",
        ),
        (
            Error::Name {
                path: path(),
                source: EntryName::parse("..").unwrap_err(),
            },
            true,
            "/s/x: `..` has an empty, `.` or `..` part",
        ),
        (
            Error::Names {
                path: path(),
                source: ManifestFault::Duplicate(name("a")),
            },
            true,
            "/s/x: `a` is there twice",
        ),
        (
            Error::Limit {
                path: path(),
                what: "files",
                limit: 50_000,
            },
            true,
            "/s/x unpacks to more than 50000 files",
        ),
        (
            Error::Size {
                path: path(),
                expected: 2,
                actual: 1,
            },
            true,
            "/s/x has 1 bytes, and 2 came in",
        ),
        (
            Error::OtherRelease {
                path: path(),
                expected: "go1.22.5".into(),
                actual: "go1.22.6".into(),
            },
            true,
            "/s/x is the release `go1.22.6`, not `go1.22.5`",
        ),
        (
            Error::H1 {
                release: ReleaseId::parse("go1.22.5.linux-amd64").unwrap(),
                expected: h1(b"a"),
                actual: h1(b"b"),
            },
            true,
            "the staged files of go1.22.5.linux-amd64 have \
             h1:PiPoFgA5WUoziU9lZOGxNIu9egCI1CxKy3PurtWcAJ0=, and \
             h1:ypeBEsobvcr6wjGzmiPcTaeG7/gUfE5yuYB3ha/uSLs= was verified",
        ),
        (
            Error::seal(&path(), "another schema than goseal.seal/1"),
            true,
            "/s/x has another schema than goseal.seal/1",
        ),
    ];
    for (error, distrust, text) in cases {
        assert_eq!(error.to_string(), text);
        assert_eq!(error.is_distrust(), distrust, "{text}");
        let source = std::error::Error::source(&error).is_some();
        assert_eq!(source, matches!(error, Error::Io { .. }));
    }
}
