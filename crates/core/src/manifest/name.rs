//! Names of files inside a toolchain: relative, plain, and the same on every file system.

use std::fmt;

use super::OUTSIDE_H1;

/// Components of one name; Go's own trees reach 9.
const MAX_DEPTH: usize = 32;
/// Bytes of one name; Go's own reach 130.
const MAX_LENGTH: usize = 1024;
/// Bytes of one part: what the common file systems hold.
const MAX_PART: usize = 255;

/// A name below GOROOT, parts joined by `/`, that cannot lead anywhere else on any system.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryName(String);

/// Why a name is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameFault {
    /// What is wrong, as a noun phrase.
    pub fault: &'static str,
    /// The name, at most 128 characters of it.
    pub name: String,
}

impl fmt::Display for NameFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` has {}", self.name.escape_debug(), self.fault)
    }
}

impl std::error::Error for NameFault {}

impl EntryName {
    /// Reads a name.
    ///
    /// # Errors
    ///
    /// [`NameFault`] for an empty or absolute name, `.` or `..` parts, `\`, `:`, control characters,
    /// combining marks (so that no two spellings of one letter can meet), parts that Windows changes
    /// (a dot or space at the end, device names), parts over 255 bytes, names over 1,024 bytes or
    /// 32 parts, and a last part `_go.mod`: to the h1 it would be the same file as `go.mod`, which
    /// it is not to Go.
    pub fn parse(text: &str) -> Result<Self, NameFault> {
        match fault_of(text) {
            None => Ok(Self(text.to_owned())),
            Some(fault) => Err(NameFault {
                fault,
                name: text.chars().take(128).collect(),
            }),
        }
    }

    /// The name as it was published in the release archive, without `go/`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the h1 of a toolchain covers a file of this name.
    pub fn is_covered_by_h1(&self) -> bool {
        !self
            .0
            .split_once('/')
            .is_some_and(|(top, _)| OUTSIDE_H1.contains(&top))
    }

    /// The name in the module zip: a last part `go.mod` is written `_go.mod`.
    pub fn module_name(&self) -> String {
        match self.0.strip_suffix("go.mod") {
            Some(folder) if folder.is_empty() || folder.ends_with('/') => {
                format!("{folder}_go.mod")
            }
            _ => self.0.clone(),
        }
    }

    /// The published name of a file that the module zip calls `text`; inverse of
    /// [`EntryName::module_name`].
    ///
    /// # Errors
    ///
    /// [`NameFault`] as [`EntryName::parse`], and for a last part `go.mod`, which no module zip
    /// holds below its root.
    pub fn from_module_name(text: &str) -> Result<Self, NameFault> {
        let (folder, last) = text.rsplit_once('/').map_or(("", text), |(_, last)| {
            (text.split_at(text.len() - last.len()).0, last)
        });
        match last {
            "go.mod" => Err(NameFault {
                fault: "a last part that module zips never have",
                name: text.chars().take(128).collect(),
            }),
            "_go.mod" => Self::parse(&format!("{folder}go.mod")),
            _ => Self::parse(text),
        }
    }
}

impl fmt::Display for EntryName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn fault_of(text: &str) -> Option<&'static str> {
    if text.is_empty() || text.len() > MAX_LENGTH {
        return Some("no part, or more than 1,024 bytes");
    }
    if text
        .chars()
        .any(|c| c.is_control() || matches!(c, '\\' | ':' | '\u{300}'..='\u{36f}'))
    {
        return Some("a character that is not allowed in names");
    }
    if text.split('/').count() > MAX_DEPTH {
        return Some("more than 32 parts");
    }
    if text.rsplit('/').next() == Some("_go.mod") {
        return Some("a last part that only module zips have");
    }
    text.split('/').find_map(fault_of_part)
}

fn fault_of_part(part: &str) -> Option<&'static str> {
    if matches!(part, "" | "." | "..") {
        return Some("an empty, `.` or `..` part");
    }
    if part.len() > MAX_PART {
        return Some("a part of more than 255 bytes");
    }
    if part.ends_with(['.', ' ']) {
        return Some("a part that ends in a dot or space");
    }
    let stem = part.split('.').next().unwrap_or(part);
    is_device(stem.as_bytes()).then_some("a part that Windows takes for a device")
}

fn is_device(stem: &[u8]) -> bool {
    let is_one_of = |word: &[u8], devices: &[&str]| {
        let mut devices = devices.iter();
        devices.any(|device| word.eq_ignore_ascii_case(device.as_bytes()))
    };
    match stem {
        [word @ .., digit] if word.len() == 3 => {
            digit.is_ascii_digit() && is_one_of(word, &["COM", "LPT"])
        }
        word => is_one_of(word, &["CON", "PRN", "AUX", "NUL"]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_every_name_that_leads_elsewhere() {
        for text in [
            "",
            "/abs",
            "../evil",
            "a/../../b",
            "a//b",
            "./a",
            "C:\\x",
            "\\\\?\\x",
            "a\0b",
            "a\nb",
            "a.",
            "a ",
            "CON",
            "src/con.go",
            "aux.h",
            "COM1",
            "lpt9.txt",
            "a/",
            "_go.mod",
            "src/_go.mod",
            "e\u{301}",
            &"a/".repeat(40),
            &"x".repeat(1025),
            &format!("src/{}/a", "x".repeat(256)),
        ] {
            assert!(EntryName::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn accepts_the_odd_names_of_real_releases() {
        for text in [
            "src/cmd/go/testdata/mod/x.txt",
            "lib/time/zoneinfo.zip",
            "test/fixedbugs/issue27836.dir/Äfoo.go",
            "src/a b.go",
            "src/console.go",
            "src/com10.go",
        ] {
            assert!(EntryName::parse(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn go_mod_is_renamed_and_back_only_as_a_whole_last_part() {
        for (name, module) in [
            ("go.mod", "_go.mod"),
            ("src/go.mod", "src/_go.mod"),
            ("src/xgo.mod", "src/xgo.mod"),
            ("go.mod/a", "go.mod/a"),
        ] {
            let entry = EntryName::parse(name).unwrap();
            assert_eq!(entry.module_name(), module);
            assert_eq!(EntryName::from_module_name(module).unwrap(), entry);
        }
        assert!(EntryName::from_module_name("src/go.mod").is_err());
        assert!(EntryName::from_module_name("src/_go.mod/x").is_ok());
    }

    #[test]
    fn the_four_dropped_folders_are_not_covered() {
        for (text, covered) in [
            ("test/a.go", false),
            ("doc/x", false),
            ("src/test/a", true),
            ("api", true),
            ("tests/a", true),
        ] {
            assert_eq!(
                EntryName::parse(text).unwrap().is_covered_by_h1(),
                covered,
                "{text}"
            );
        }
    }
}
