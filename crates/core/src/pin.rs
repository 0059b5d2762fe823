//! The pin file: one exact release, in a file named `.go-version`.
//!
//! Owns: the grammar of the file. Does not do: finding it, or asking whose it is.

use std::fmt;

use crate::version::{Version, VersionSyntax};

/// The pin's file name.
pub const PIN_FILE: &str = ".go-version";

/// Bytes of a pin that are read. A file that is longer is refused, whatever stands in it.
pub const PIN_LIMIT: usize = 4096;

/// What a pin says, and where in the file it says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PinLine {
    /// The release.
    pub version: Version,
    /// The line that names it, from 1.
    pub line: u32,
}

/// Why a file is no pin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PinFault {
    /// More than [`PIN_LIMIT`] bytes.
    TooLong,
    /// A NUL byte, or bytes that are not UTF-8.
    NotText {
        /// The line, from 1.
        line: u32,
    },
    /// No line holds a version.
    Empty,
    /// A line that is not one exact release.
    Version {
        /// The line, from 1.
        line: u32,
        /// What is wrong with it.
        syntax: VersionSyntax,
    },
    /// A second version.
    Second {
        /// The line of the first, from 1.
        first: u32,
        /// The line of the second, from 1.
        line: u32,
    },
}

impl PinFault {
    /// The line of the fault, from 1; 0 where the whole file is at fault.
    pub const fn line(&self) -> u32 {
        match self {
            Self::TooLong | Self::Empty => 0,
            Self::NotText { line } | Self::Version { line, .. } | Self::Second { line, .. } => {
                *line
            }
        }
    }
}

impl fmt::Display for PinFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong => write!(f, "longer than {PIN_LIMIT} bytes"),
            Self::NotText { line } => write!(f, "line {line} is not text"),
            Self::Empty => f.write_str("no version in it"),
            Self::Version { line, syntax } => write!(f, "line {line}: {syntax}"),
            Self::Second { first, line } => {
                write!(f, "line {line} names a second version, after line {first}")
            }
        }
    }
}

impl std::error::Error for PinFault {}

/// Reads a pin: one exact release on a line of its own.
///
/// A byte order mark, CRLF, blank lines and `#` comments (whole lines and trailing ones) are
/// tolerated; everything else is refused. Reading at most `PIN_LIMIT + 1` bytes of the file is
/// enough for the caller.
///
/// # Errors
///
/// [`PinFault`], with the line.
pub fn parse_pin(bytes: &[u8]) -> Result<PinLine, PinFault> {
    if bytes.len() > PIN_LIMIT {
        return Err(PinFault::TooLong);
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut found: Option<PinLine> = None;
    for (line, raw) in (1..).zip(bytes.split(|byte| *byte == b'\n')) {
        let word = word_of_line(raw).ok_or(PinFault::NotText { line })?;
        if word.is_empty() {
            continue;
        }
        if let Some(PinLine { line: first, .. }) = found {
            return Err(PinFault::Second { first, line });
        }
        let version = Version::parse(word).map_err(|syntax| PinFault::Version { line, syntax })?;
        found = Some(PinLine { version, line });
    }
    found.ok_or(PinFault::Empty)
}

/// A line without its comment and the ASCII blanks around it; `None` where it is not text.
fn word_of_line(raw: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(raw).ok()?;
    if text.contains('\0') {
        return None;
    }
    let code = text.split_once('#').map_or(text, |(code, _)| code);
    Some(code.trim_matches([' ', '\t', '\r']))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn tolerates_marks_blanks_comments_and_line_ends() {
        for (text, line) in [
            ("1.22.5", 1),
            ("1.22.5\n", 1),
            ("go1.22.5\r\n", 1),
            ("\u{feff}1.22.5\n", 1),
            ("\n\n  1.22.5\t\n\n", 3),
            ("# the release\n1.22.5 # see the changelog\n# end", 2),
            ("1.22.5#tight\n", 1),
        ] {
            let pin = parse_pin(text.as_bytes()).unwrap();
            assert_eq!(
                (pin.version.to_string().as_str(), pin.line),
                ("1.22.5", line),
                "{text:?}"
            );
        }
    }

    /// Faults 1 to 5: whatever is not one exact release is refused and never becomes a path.
    #[test]
    fn refuses_whatever_is_not_one_exact_release() {
        let long = "1.22.5\n".to_owned() + &"#".repeat(PIN_LIMIT);
        for (text, fault) in [
            (
                "../../../tmp/x",
                "line 1: `../../../tmp/x` is not a Go version",
            ),
            ("/etc/passwd", "line 1: `/etc/passwd` is not a Go version"),
            ("C:\\x", "line 1: `C:\\\\x` is not a Go version"),
            (
                "1.22.3\n1.21.0",
                "line 2 names a second version, after line 1",
            ),
            (
                "1.22.3\n\n1.22.3",
                "line 3 names a second version, after line 1",
            ),
            ("1.22.3\0", "line 1 is not text"),
            ("\n\0", "line 2 is not text"),
            (&long, "longer than 4096 bytes"),
            ("", "no version in it"),
            ("# nothing\n", "no version in it"),
            ("latest", "line 1: `latest` is not one exact release"),
            (
                "1.22",
                "line 1: `1.22` is a line of releases, not one exact release",
            ),
            ("1.22.x", "line 1: `1.22.x` is not one exact release"),
            (">=1.22", "line 1: `>=1.22` is not one exact release"),
            ("system", "line 1: `system` is not one exact release"),
            ("1.22.3-evil", "line 1: `1.22.3-evil` is not a Go version"),
            (
                "go1.22.3;rm -rf",
                "line 1: `go1.22.3;rm -rf` is not a Go version",
            ),
            ("{{exec}}", "line 1: `{{exec}}` is not a Go version"),
            ("１.22.3", "line 1: `１.22.3` is not a Go version"),
            (
                "1.22.3 1.22.4",
                "line 1: `1.22.3 1.22.4` is not a Go version",
            ),
            (
                "\u{a0}1.22.3",
                "line 1: `\\u{a0}1.22.3` is not a Go version",
            ),
            (
                "1.22.3\u{feff}",
                "line 1: `1.22.3\\u{feff}` is not a Go version",
            ),
            ("1.22\r.3", "line 1: `1.22\\r.3` is not a Go version"),
        ] {
            assert_eq!(
                parse_pin(text.as_bytes()).unwrap_err().to_string(),
                fault,
                "{text:?}"
            );
        }
    }

    #[test]
    fn refuses_bytes_that_are_not_utf_8() {
        assert_eq!(
            parse_pin(b"1.22.5\n\xff"),
            Err(PinFault::NotText { line: 2 })
        );
        assert_eq!(parse_pin(b"1\0.22.5").unwrap_err().line(), 1);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse_pin(&bytes);
        }
    }
}
