use goseal_core::policy::Profile;
use goseal_core::project::{ModMode, PolicyDemand};
use proptest::prelude::*;

use super::*;

fn parse(text: &str) -> Result<Project, Error> {
    parse_project(text.as_bytes(), Path::new("goseal.toml"))
}

fn refusal(text: &str) -> String {
    parse(text).unwrap_err().to_string()
}

#[test]
fn reads_every_key() {
    let project = parse(
        r#"
        cgo = true
        mod = "vendor"
        trimpath = true
        buildvcs = false
        tags = ["netgo", "osusergo"]
        race = false
        pgo = "default.pgo"
        ldflags = ["-s", "-X main.version=1"]
        goos = "linux"
        goarch = "arm64"
        experiment = ["norangefunc"]
        private = ["corp.example/*"]
        profile = "strict"
        policy = "example >= 12"
        platforms = ["linux/amd64"]
        sources = ["https://go.dev/dl", "./mirror"]
        "#,
    );
    let expected = Project {
        cgo: Some(true),
        mod_mode: Some(ModMode::Vendor),
        trimpath: Some(true),
        buildvcs: Some(false),
        tags: vec!["netgo".into(), "osusergo".into()],
        race: Some(false),
        pgo: Some("default.pgo".into()),
        ldflags: vec!["-s".into(), "-X main.version=1".into()],
        goos: Some("linux".into()),
        goarch: Some("arm64".into()),
        experiment: vec!["norangefunc".into()],
        private: ModulePattern::parse("corp.example/*").into_iter().collect(),
        profile: Some(Profile::Strict),
        policy: Some(PolicyDemand {
            name: "example".into(),
            least_serial: 12,
        }),
        platforms: Platform::parse("linux/amd64").into_iter().collect(),
        sources: vec!["https://go.dev/dl".into(), "./mirror".into()],
    };
    assert_eq!(project, Ok(expected));
}

#[test]
fn an_empty_file_chooses_nothing() {
    for text in ["", "\u{feff}", "# a comment\r\n", "\n\n"] {
        assert_eq!(parse(text), Ok(Project::default()), "{text:?}");
    }
}

#[test]
fn an_unknown_key_is_refused_at_its_line() {
    for (text, expected) in [
        (
            "cgo = true\n\ntag = [\"x\"]",
            "goseal.toml:3:1: unknown key `tag`, the nearest known key is `tags`",
        ),
        (
            "[tags]\nx = 1",
            "goseal.toml:1:1: `tags` must be a list of texts, found a table",
        ),
        (
            "goflags = \"\"",
            "goseal.toml:1:1: unknown key `goflags`, the nearest known key is `ldflags`",
        ),
        ("a.b = 1", "goseal.toml:1:1: unknown key `a`"),
        (
            "[build]\ncgo = true",
            "goseal.toml:1:2: unknown key `build`",
        ),
        ("\"a\\nb\" = 1", "goseal.toml:1:1: unknown key `a\\nb`"),
        ("\u{feff}zzz = 1", "goseal.toml:1:1: unknown key `zzz`"),
        (
            "cgo = 1\nzzz = 1\naaa = 1",
            "goseal.toml:2:1: unknown key `zzz`",
        ),
    ] {
        assert_eq!(refusal(text), expected);
    }
}

#[test]
fn a_project_cannot_name_a_program() {
    for key in [
        "toolexec",
        "exec",
        "vettool",
        "CC",
        "cxx",
        "GOAUTH",
        "GOCACHEPROG",
        "pkg-config",
        "fixtool",
    ] {
        insta::allow_duplicates! {
            insta::assert_snapshot!(
                refusal(&format!("cgo = true\n\n{key} = \"./x\"")).replace(key, "KEY"),
                @"goseal.toml:3:1: unknown key `KEY`: it names a program, which no project may"
            );
        }
    }
}

#[test]
fn values_are_checked_and_pointed_at() {
    for (text, expected) in [
        (
            "cgo = 1",
            "goseal.toml:1:7: `cgo` must be true or false, found a number",
        ),
        (
            "cgo = \"1\"",
            "goseal.toml:1:7: `cgo` must be true or false, found a text",
        ),
        (
            "mod = \"mod\"",
            "goseal.toml:1:7: `mod` must be `readonly` or `vendor`, found `mod`",
        ),
        (
            "tags = \"a\"",
            "goseal.toml:1:8: `tags` must be a list of texts, found a text",
        ),
        (
            "tags = [\n  \"a\",\n  true,\n]",
            "goseal.toml:3:3: `tags` must be a text in quotes, found true",
        ),
        (
            "tags = [\"a\", \"a\"]",
            "goseal.toml:1:14: `a` stands there twice",
        ),
        (
            "tags = [\"é\", \"a\"]",
            "goseal.toml:1:9: `tags` must be a build tag of letters, digits, `_` and `.`, found `é`",
        ),
        (
            "pgo = \"../x\"",
            "goseal.toml:1:7: `pgo` must be `off`, `auto` or a path inside the project, found `../x`",
        ),
        (
            "ldflags = [\"-extld=x\"]",
            "goseal.toml:1:12: `ldflags` must be one of `-s`, `-w`, `-X name=value`, `-buildid=id`, without quotes or spaces in the value, found `-extld=x`",
        ),
        (
            "goos = \"Linux\"",
            "goseal.toml:1:8: `goos` must be a name that Go uses, such as `linux` or `amd64`, found `Linux`",
        ),
        (
            "private = [\"*\"]",
            "goseal.toml:1:12: `private` must be a module pattern that names a host, such as `corp.example/*`, found `*`",
        ),
        (
            "profile = \"loose\"",
            "goseal.toml:1:11: `profile` must be `standard` or `strict`, found `loose`",
        ),
        (
            "policy = \"x\"",
            "goseal.toml:1:10: `policy` must be a demand such as `example >= 12`, found `x`",
        ),
        (
            "platforms = [\"linux-amd64\"]",
            "goseal.toml:1:14: `platforms` must be a platform such as `linux/amd64`, found `linux-amd64`",
        ),
        (
            "sources = [\"go.dev/dl\"]",
            "goseal.toml:1:12: `sources` must be an https address, or a folder that starts with /, ./ or ../, found `go.dev/dl`",
        ),
    ] {
        assert_eq!(refusal(text), expected);
    }
}

#[test]
fn what_is_not_toml_is_refused_where_the_parser_stopped() {
    for (text, expected) in [
        (
            "cgo = \n",
            "goseal.toml:1:7: not TOML: string values must be quoted, expected literal string",
        ),
        (
            "cgo = true\ncgo = false",
            "goseal.toml:2:1: not TOML: duplicate key",
        ),
        (
            "x",
            "goseal.toml:1:2: not TOML: key with no value, expected `=`",
        ),
    ] {
        assert_eq!(refusal(text), expected);
    }
}

#[test]
fn bytes_that_are_no_text_and_files_too_long_are_refused() {
    let parse = |bytes: &[u8]| parse_project(bytes, Path::new("goseal.toml")).unwrap_err();
    assert_eq!(
        parse(b"cgo = true\ntags = [\"\xff\"]").to_string(),
        "goseal.toml:2:10: a byte that is not UTF-8"
    );
    let long = vec![b'#'; crate::FILE_LIMIT + 1];
    assert_eq!(
        parse(&long).to_string(),
        "goseal.toml: 1048577 bytes, at most 1048576 are read"
    );
    assert_eq!(parse(&long).snippet(), None);
    assert!(parse_project(&vec![b'#'; crate::FILE_LIMIT], Path::new("goseal.toml")).is_ok());
}

#[test]
fn user_information_is_refused_and_shown_nowhere() {
    let text = "sources = [\"https://go.dev/dl\", \"https://me:hunter2@corp.example/go\"]";
    let error = parse(text).unwrap_err();
    assert_eq!(
        error.to_string(),
        "goseal.toml:1:33: `sources` holds an address with user information"
    );
    insta::assert_snapshot!(error.snippet().unwrap(), @r#"
    1 | sources = ["https://go.dev/dl", "https://***@corp.example/go"]
      |                                 ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    "#);
    for text in [
        "private = [\"https://me:hunter2@corp.example\"]",
        "zzz = \"https://me:hunter2@corp.example\"",
        "sources = \"https://me:hunter2@corp.example\"",
        "sources = [\"https://me:hunter2@corp.example\"",
        "sources = [https://me:hunter2@corp.example]",
    ] {
        let error = parse(text).unwrap_err();
        let shown = format!("{error}\n{}", error.snippet().unwrap());
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}

#[test]
fn a_snippet_shows_the_line_and_what_is_meant() {
    let snippet = |text: &str| parse(text).unwrap_err().snippet().unwrap();
    insta::assert_snapshot!(snippet("cgo = true\n\n  toolexec = \"./x\"\n"), @r#"
    3 |   toolexec = "./x"
      |   ^^^^^^^^
    "#);
    insta::assert_snapshot!(snippet("tags = [\"ä\tö\"] # why\r\ncgo = true"), @r##"
    1 | tags = ["ä ö"] # why
      |         ^^^^^
    "##);
    insta::assert_snapshot!(snippet(&format!("tags = [{} \"a b\"]", " ".repeat(200))), @r#"
    1 |                                                                                                "a b"
      |                                                                                                ^^^^^
    "#);
    insta::assert_snapshot!(snippet("cgo = "), @"
    1 | cgo =
      |       ^
    ");
}

#[test]
fn the_file_has_at_most_25_keys() {
    assert!(KEYS.len() <= 25);
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(text in "\\PC*") {
        if let Err(error) = parse(&text) {
            let _ = (error.to_string(), error.snippet());
        }
    }

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        if let Err(error) = parse_project(&bytes, Path::new("p")) {
            let _ = (error.to_string(), error.snippet());
        }
    }

    #[test]
    fn no_value_makes_the_reader_panic(key in proptest::sample::select(&KEYS[..]), value in "[\\[\\]\"'{}=, a-z0-9@:/\n.-]{0,40}") {
        if let Err(error) = parse(&format!("{key} = {value}")) {
            let _ = (error.to_string(), error.snippet());
        }
    }
}
