//! Go releases: the grammar of their names and their order.
//!
//! Source: `src/internal/gover/gover.go` of Go, and the names that were really released.

use std::cmp::Ordering;
use std::fmt;

/// The first minor line whose first release is written `1.N.0`, and whose bare `1.N` is a language
/// version rather than a release.
pub const FIRST_DOTTED_MINOR: u16 = 21;

/// What kind of pre-release a version is; betas come before release candidates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Stage {
    Beta(u16),
    Candidate(u16),
    Final,
}

/// An exact Go release, such as `1.22.5`, `1.21rc2`, `1.20` or `1.9.2rc2`.
///
/// A value names one release and nothing else: ranges, language versions, vendor suffixes and
/// path characters cannot be expressed. The order is Go's: `1.20 < 1.20.1 < 1.21rc1 < 1.21.0`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Version {
    minor: u16,
    patch: u16,
    stage: Stage,
}

/// Why a text is not an exact Go release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VersionSyntax {
    /// `1.N` from 1.21 on: a line of releases. Holds the line, for the list of candidates.
    Language {
        /// The `N` of `1.N`.
        minor: u16,
    },
    /// A request that only `goseal pin` resolves: `latest`, `1.22.x`, `>=1.22`, `system`.
    Inexact {
        /// The text, at most 64 characters of it.
        text: String,
    },
    /// Anything else: empty, path characters, suffixes, digits that are not ASCII.
    Malformed {
        /// The text, at most 64 characters of it.
        text: String,
    },
}

impl fmt::Display for VersionSyntax {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Language { minor } => {
                write!(
                    f,
                    "`1.{minor}` is a line of releases, not one exact release"
                )
            }
            Self::Inexact { text } => {
                write!(f, "`{}` is not one exact release", text.escape_debug())
            }
            Self::Malformed { text } => {
                write!(f, "`{}` is not a Go version", text.escape_debug())
            }
        }
    }
}

impl std::error::Error for VersionSyntax {}

impl Version {
    /// Reads `1.22.5` or `go1.22.5`; no surrounding space.
    ///
    /// # Errors
    ///
    /// [`VersionSyntax`] says which of the three kinds of "not an exact release" the text is.
    pub fn parse(text: &str) -> Result<Self, VersionSyntax> {
        let bare = text.strip_prefix("go").unwrap_or(text);
        match parse_exact(bare) {
            Some(Parsed::Release(version)) => Ok(version),
            Some(Parsed::Language(minor)) => Err(VersionSyntax::Language { minor }),
            None if is_inexact(bare) => Err(VersionSyntax::Inexact { text: clip(text) }),
            None => Err(VersionSyntax::Malformed { text: clip(text) }),
        }
    }

    /// The `N` of `1.N`.
    pub const fn minor(&self) -> u16 {
        self.minor
    }

    /// Whether this is a beta or a release candidate.
    pub fn is_prerelease(&self) -> bool {
        self.stage != Stage::Final
    }

    /// Whether a toolchain of this version satisfies a `go` line of a go.mod that says `line`.
    ///
    /// `line` may be a language version (`1.22`), which any release or candidate of that line
    /// satisfies as Go compares them (`1.21 < 1.21rc1`). `None` where `line` is no Go version.
    pub fn satisfies_go_line(&self, line: &str) -> Option<bool> {
        match parse_exact(line)? {
            Parsed::Release(wanted) => Some(*self >= wanted),
            Parsed::Language(minor) => Some(self.minor >= minor),
        }
    }
}

enum Parsed {
    Release(Version),
    Language(u16),
}

fn clip(text: &str) -> String {
    text.chars().take(64).collect()
}

/// Takes a decimal number without leading zeros, at most 4 digits, off the front of `text`.
fn take_number(text: &str) -> Option<(u16, &str)> {
    let end = text
        .bytes()
        .position(|b| !b.is_ascii_digit())
        .unwrap_or(text.len());
    let (digits, rest) = text.split_at_checked(end)?;
    let canonical = digits == "0" || !digits.starts_with('0');
    (canonical && digits.len() <= 4)
        .then(|| digits.parse().ok())
        .flatten()
        .map(|n| (n, rest))
}

fn parse_exact(text: &str) -> Option<Parsed> {
    let (minor, rest) = take_number(text.strip_prefix("1.")?)?;
    if rest.is_empty() {
        return Some(if minor >= FIRST_DOTTED_MINOR {
            Parsed::Language(minor)
        } else {
            Parsed::Release(Version {
                minor,
                patch: 0,
                stage: Stage::Final,
            })
        });
    }
    if let Some(rest) = rest.strip_prefix('.') {
        return parse_patch(minor, rest).map(Parsed::Release);
    }
    let stage = parse_stage(rest)?;
    Some(Parsed::Release(Version {
        minor,
        patch: 0,
        stage,
    }))
}

fn parse_patch(minor: u16, text: &str) -> Option<Version> {
    let (patch, rest) = take_number(text)?;
    // Before 1.21 the first release had no `.0`; writing one names nothing that exists.
    if minor < FIRST_DOTTED_MINOR && patch == 0 {
        return None;
    }
    if rest.is_empty() {
        return Some(Version {
            minor,
            patch,
            stage: Stage::Final,
        });
    }
    // Candidates of a patch were published three times, in 2017: 1.8.5rc4, 1.8.5rc5, 1.9.2rc2.
    let stage = parse_stage(rest)?;
    let known = matches!(
        (minor, patch, stage),
        (8, 5, Stage::Candidate(4 | 5)) | (9, 2, Stage::Candidate(2))
    );
    known.then_some(Version {
        minor,
        patch,
        stage,
    })
}

fn parse_stage(text: &str) -> Option<Stage> {
    let (make, digits): (fn(u16) -> Stage, _) = match text.strip_prefix("rc") {
        Some(digits) => (Stage::Candidate, digits),
        None => (Stage::Beta, text.strip_prefix("beta")?),
    };
    let (number, rest) = take_number(digits)?;
    (rest.is_empty() && number > 0).then(|| make(number))
}

/// Whether `text` is a request that people know from other tools.
fn is_inexact(text: &str) -> bool {
    let words = [
        "latest",
        "stable",
        "system",
        "local",
        "auto",
        "oldstable",
        "lts",
        "1",
    ];
    let range = text.trim_start_matches(['<', '>', '=', '^', '~', ' ', 'v']);
    let ranged = range.len() < text.len() && range.starts_with('1');
    let wildcard = text.strip_prefix("1.").is_some_and(|rest| {
        rest.ends_with(['x', 'X', '*'])
            && rest
                .bytes()
                .all(|b| b.is_ascii_digit() || b".xX*".contains(&b))
    });
    words.contains(&text) || ranged || wildcard
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        let key = |v: &Self| (v.minor, v.patch, v.stage);
        key(self).cmp(&key(other))
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Version {
    /// The form without the `go` prefix, as it stands in `.go-version`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "1.{}", self.minor)?;
        let dotted_zero = self.minor >= FIRST_DOTTED_MINOR && self.stage == Stage::Final;
        if self.patch > 0 || dotted_zero {
            write!(f, ".{}", self.patch)?;
        }
        match self.stage {
            Stage::Beta(n) => write!(f, "beta{n}"),
            Stage::Candidate(n) => write!(f, "rc{n}"),
            Stage::Final => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_every_form_that_was_released() {
        for text in [
            "1.22.5",
            "1.21rc2",
            "1.20",
            "1.9.2rc2",
            "1.18beta1",
            "1.2.2",
            "1.21.0",
            "1.0.3",
        ] {
            assert_eq!(Version::parse(text).unwrap().to_string(), text);
            assert_eq!(
                Version::parse(&format!("go{text}")).unwrap().to_string(),
                text
            );
        }
    }

    #[test]
    fn refuses_a_bare_line_from_1_21_on_as_a_language_version() {
        assert_eq!(
            Version::parse("1.22"),
            Err(VersionSyntax::Language { minor: 22 })
        );
        assert!(Version::parse("1.20").is_ok());
    }

    #[test]
    fn tells_requests_from_nonsense() {
        for text in [
            "latest", "1.22.x", ">=1.22", "system", "~1.22.3", "1.x", "^1.22",
        ] {
            assert!(
                matches!(Version::parse(text), Err(VersionSyntax::Inexact { .. })),
                "{text}"
            );
        }
        for text in [
            "",
            "go",
            "../../../tmp/x",
            "/etc/passwd",
            "C:\\x",
            "1.22.3-evil",
            "go1.22.3;rm -rf",
            "{{exec}}",
            "１.22.3",
            "1.٢٢.3",
            "1.022.3",
            "1.22.03",
            "1.20.0",
            "1.22.5rc1",
            "1.22rc0",
            "2.0.1",
            "1.22.5 ",
            "1.22.99999",
            "go go1.22.5",
            "1.22.5\0",
            "gogo1.22.5",
        ] {
            assert!(
                matches!(Version::parse(text), Err(VersionSyntax::Malformed { .. })),
                "{text}"
            );
        }
    }

    #[test]
    fn orders_as_go_orders() {
        let ascending = [
            "1.2.2",
            "1.8.5rc4",
            "1.8.5rc5",
            "1.9",
            "1.9.1",
            "1.9.2rc2",
            "1.9.2",
            "1.18beta1",
            "1.18rc1",
            "1.18",
            "1.18.1",
            "1.20",
            "1.20.14",
            "1.21rc2",
            "1.21.0",
            "1.22.5",
            "1.22.10",
            "1.27.4",
        ];
        for pair in ascending.windows(2) {
            let [low, high] = [pair[0], pair[1]].map(|text| Version::parse(text).unwrap());
            assert!(low < high, "{low} < {high}");
        }
    }

    #[test]
    fn a_go_line_is_a_minimum() {
        let v = Version::parse("1.22.5").unwrap();
        for (line, expected) in [
            ("1.22", Some(true)),
            ("1.22.5", Some(true)),
            ("1.22.6", Some(false)),
            ("1.27", Some(false)),
            ("x", None),
        ] {
            assert_eq!(v.satisfies_go_line(line), expected, "{line}");
        }
    }

    proptest! {
        #[test]
        fn whatever_parses_prints_itself(text in "(go)?1\\.[0-9]{1,2}(\\.[0-9]{1,2})?((rc|beta)[0-9]{1,2})?") {
            if let Ok(version) = Version::parse(&text) {
                prop_assert_eq!(version.to_string(), text.trim_start_matches("go"));
            }
        }

        #[test]
        fn no_text_makes_a_name_with_a_path_character(text in "\\PC{0,40}") {
            if let Ok(version) = Version::parse(&text) {
                prop_assert!(version.to_string().bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.'));
            }
        }
    }
}
