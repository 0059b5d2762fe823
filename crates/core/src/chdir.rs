//! The directory of `-C`, as Go finds it before it does anything else.
//!
//! From 1.21 on Go looks in one place: after the words that name a verb (none, one or two).
//! 1.20 takes it as a flag like any other; later releases stop with an error where it stands there,
//! so that reading it everywhere is right for all of them. Source: `handleChdirFlag` in
//! `cmd/go/main.go`, `AddChdirFlag` in 1.20.

use std::ffi::{OsStr, OsString};
use std::ops::Range;
use std::path::PathBuf;

use crate::flags;

/// The directory of `-C` in the arguments without `argv[0]`. Several lead on from one another.
pub fn chdir_of(argv: &[OsString]) -> Option<OsString> {
    let first = match first_place(argv) {
        Some(Place {
            value: Value::After,
            at,
        }) => argv.get(at + 1).cloned(),
        Some(Place {
            value: Value::From(start),
            at,
        }) => tail(argv.get(at)?, start),
        None => None,
    };
    let mut found = first.into_iter().chain(among_flags(argv));
    let mut dir = PathBuf::from(found.next()?);
    found.for_each(|next| dir.push(next));
    Some(dir.into_os_string())
}

/// The indices that Go takes out of the arguments before it reads them.
pub(crate) fn removed(argv: &[OsString]) -> Range<usize> {
    match first_place(argv) {
        Some(Place {
            value: Value::After,
            at,
        }) => at..at + 2,
        Some(Place {
            value: Value::From(_),
            at,
        }) => at..at + 1,
        None => 0..0,
    }
}

/// Where a `-C` stands, and where its value.
struct Place {
    at: usize,
    value: Value,
}

enum Value {
    /// In the next word.
    After,
    /// In the word itself, from this byte on.
    From(usize),
}

fn first_place(argv: &[OsString]) -> Option<Place> {
    let word = |at: usize| argv.get(at).and_then(|word| word.to_str());
    let at = flags::words_of_verb(word(0), word(1));
    let bytes = argv.get(at)?.as_encoded_bytes();
    let value = match bytes {
        b"-C" | b"--C" => {
            // Alone at the end it has no value; Go then reports it as a flag.
            argv.get(at + 1)?;
            Value::After
        }
        _ if bytes.starts_with(b"-C=") => Value::From(3),
        _ if bytes.starts_with(b"--C=") => Value::From(4),
        _ => return None,
    };
    Some(Place { at, value })
}

/// As 1.20 finds them: every `-C` among the flags that Go reads.
fn among_flags(argv: &[OsString]) -> Vec<OsString> {
    let line = flags::read(argv);
    let given = line.flags.iter().filter(|given| given.name == "C");
    let values = given.filter_map(|given| {
        let word = argv.get(given.at)?;
        match word
            .as_encoded_bytes()
            .iter()
            .position(|byte| *byte == b'=')
        {
            Some(equals) => tail(word, equals + 1),
            None => argv.get(given.at + 1).cloned(),
        }
    });
    values.collect()
}

/// What follows the first `start` bytes, which are ASCII.
#[cfg(unix)]
fn tail(word: &OsStr, start: usize) -> Option<OsString> {
    use std::os::unix::ffi::OsStrExt as _;
    word.as_bytes()
        .get(start..)
        .map(|bytes| OsStr::from_bytes(bytes).to_owned())
}

/// What follows the first `start` bytes, which are ASCII; nothing where the word is not Unicode.
#[cfg(not(unix))]
fn tail(word: &OsStr, start: usize) -> Option<OsString> {
    word.to_str()?.get(start..).map(OsString::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn argv(line: &str) -> Vec<OsString> {
        line.split_whitespace().map(OsString::from).collect()
    }

    /// Seen on 1.26.8 and 1.20.14: the last group on 1.20 only, where the first three forms are no flags.
    #[test]
    fn c_is_found_the_way_go_finds_it() {
        for (line, dir) in [
            ("-C d build", Some("d")),
            ("-C d env", Some("d")),
            ("--C d env", Some("d")),
            ("-C=d env", Some("d")),
            ("--C=d env", Some("d")),
            ("env -C=d", Some("d")),
            ("env -C d GOMOD", Some("d")),
            ("mod -C d verify", Some("d")),
            ("mod verify -C d", Some("d")),
            ("-C d mod verify", Some("d")),
            ("work use -C d .", Some("d")),
            ("test -C=a=b ./...", Some("a=b")),
            ("run -C d . -C e", Some("d")),
            ("tool -C d compile -V", Some("d")),
            ("-C", None),
            ("build -C", None),
            ("build ./... -C d", None),
            ("run . -C d", None),
            ("run main.go -C d", None),
            ("test -args -C d", None),
            ("test -run -C d", None),
            ("build -o -C d", None),
            ("tool compile -C d", None),
            ("help -C d", None),
            ("-Cd build", None),
            ("", None),
            ("version", None),
            ("build -v -C d ./...", Some("d")),
            ("build -tags x -C=d", Some("d")),
            ("test ./... -C d", Some("d")),
            ("build -v -C d -C e", Some("d/e")),
            ("build -C d -v -C=/e", Some("/e")),
            ("build -C=", Some("")),
        ] {
            assert_eq!(chdir_of(&argv(line)), dir.map(OsString::from), "{line}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_directory_that_is_not_utf_8_survives() {
        use std::os::unix::ffi::OsStringExt as _;
        let odd = OsString::from_vec(b"-C=\xff".to_vec());
        assert_eq!(chdir_of(&[odd]), Some(OsString::from_vec(b"\xff".to_vec())));
    }
}
