//! Where a run would write because its arguments say so.
//!
//! Owns: the flags that name a place for Go to write. Promises: paths as text, joined to the working
//! folder; links are for those who can follow them. Does not do: refusing.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::RunRefusal;
use crate::flags::{self, Line};

/// Flags that name a file or folder which Go writes. Source: `go help build`, `go help testflag`.
const OUTPUTS: [&str; 8] = [
    "o",
    "outputdir",
    "coverprofile",
    "cpuprofile",
    "memprofile",
    "blockprofile",
    "mutexprofile",
    "trace",
];

/// A place that a run was told to write to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// The flag as it is written in messages: `-o bin/go`.
    pub flag: String,
    /// The place; relative only where the working folder is not known.
    pub place: PathBuf,
}

impl Output {
    /// What is said of a place in the managed trees or the shims.
    pub fn refusal(&self) -> RunRefusal {
        RunRefusal {
            code: "output-place",
            what: format!("`{}` lies in the managed trees or shims", self.flag),
            mend: "write the output somewhere else".into(),
        }
    }
}

/// The places that these arguments (without `argv[0]`) name, for a run in `folder`.
pub fn outputs(argv: &[OsString], folder: Option<&Path>) -> Vec<Output> {
    of_line(&flags::read(argv), argv, folder)
}

pub(super) fn of_line(line: &Line<'_>, argv: &[OsString], folder: Option<&Path>) -> Vec<Output> {
    let at = |value: &str| folder.map_or_else(|| value.into(), |folder| folder.join(value));
    let named = line.flags.iter().filter_map(|given| {
        let name = given.name.strip_prefix("test.").unwrap_or(&given.name);
        let value = given.value.as_deref().filter(|_| OUTPUTS.contains(&name))?;
        Some(Output {
            flag: format!("-{} {value}", given.name),
            place: at(value),
        })
    });
    let mut found: Vec<Output> = named.collect();
    // The tools behind `go tool` read their own flags; compiler, assembler and linker write to `-o`.
    if line.verb.is_some_and(|verb| verb.name == "tool") {
        let words: Vec<_> = argv.iter().map(|word| word.to_string_lossy()).collect();
        let next = words.iter().skip(1).map(Some).chain([None]);
        found.extend(words.iter().zip(next).filter_map(|(word, next)| {
            let bare = word.strip_prefix('-')?.trim_start_matches('-');
            let value = match bare.strip_prefix("o=") {
                Some(value) => value,
                None => next.filter(|_| bare == "o")?,
            };
            Some(Output {
                flag: format!("-o {value}"),
                place: at(value),
            })
        }));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_flag_that_names_a_place_is_found_for_the_verbs_that_know_it() {
        for (line, places) in [
            ("build -o bin/go .", &["/p/bin/go"][..]),
            ("test -c -o=../x .", &["/p/../x"]),
            ("test . -outputdir out -cpuprofile c", &["/p/out", "/p/c"]),
            ("test -test.coverprofile=/t/c .", &["/t/c"]),
            ("tool compile -o /t/go main.go", &["/t/go"]),
            ("tool link -o=go main.o", &["/p/go"]),
            ("run . -o x", &[]),
            ("version", &[]),
        ] {
            let argv: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            let found: Vec<_> = outputs(&argv, Some(Path::new("/p")))
                .into_iter()
                .map(|output| output.place.display().to_string())
                .collect();
            assert_eq!(found, places, "{line}");
        }
    }
}
