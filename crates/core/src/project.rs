//! `goseal.toml` as values: what a project may choose, and nothing else.

use crate::platform::Platform;
use crate::policy::Profile;

/// `mod = ..`: how Go finds the modules of a build.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ModMode {
    /// `-mod=readonly`.
    Readonly,
    /// `-mod=vendor`.
    Vendor,
}

/// The project's choices. Absent means "as without the file".
///
/// Nothing here can name a program: opening a cloned folder must not run code.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Project {
    /// `cgo`: whether CGO_ENABLED is 1.
    pub cgo: Option<bool>,
    /// `mod`.
    pub mod_mode: Option<ModMode>,
    /// `trimpath`.
    pub trimpath: Option<bool>,
    /// `buildvcs`.
    pub buildvcs: Option<bool>,
    /// `tags`: each a Go build tag (letters, digits, `_`, `.`).
    pub tags: Vec<String>,
    /// `race`.
    pub race: Option<bool>,
    /// `pgo`: `off`, `auto`, or a relative path inside the project.
    pub pgo: Option<String>,
    /// `ldflags`: only `-s`, `-w`, `-X name=value`, `-buildid=..`; one flag an element.
    pub ldflags: Vec<String>,
    /// `goos`.
    pub goos: Option<String>,
    /// `goarch`.
    pub goarch: Option<String>,
    /// `experiment`: names for GOEXPERIMENT.
    pub experiment: Vec<String>,
    /// `private`: module patterns, each naming a host; a recorded weakening.
    pub private: Vec<ModulePattern>,
    /// `profile`: can only tighten.
    pub profile: Option<Profile>,
    /// `policy`: the organisation's policy that this project demands, `example >= 12`.
    pub policy: Option<PolicyDemand>,
    /// `platforms`: what `goseal lock` covers.
    pub platforms: Vec<Platform>,
    /// `sources`: where toolchains are fetched, in this order.
    pub sources: Vec<String>,
}

/// A demand for an organisation's policy at a least serial.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyDemand {
    /// The policy's name.
    pub name: String,
    /// The least serial that satisfies.
    pub least_serial: u64,
}

/// A pattern of module paths, as in GOPRIVATE, that names a host.
///
/// `*`, `*/x` and `*.com` name no host: with them a project would switch the checksum database off
/// for everything. The last two labels of the first path part must be literal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ModulePattern(String);

impl ModulePattern {
    /// Reads one pattern; `None` where it names no host or holds a comma, space or control character.
    pub fn parse(text: &str) -> Option<Self> {
        let host = text.split('/').next()?;
        let literal = |label: &str| {
            !label.is_empty()
                && label
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b == b'-')
        };
        let labels: Vec<&str> = host.rsplit('.').collect();
        let names_a_host = labels.len() >= 2 && labels.iter().take(2).all(|label| literal(label));
        let clean = text.chars().all(|c| c.is_ascii_graphic() && c != ',');
        (names_a_host && clean).then(|| Self(text.to_owned()))
    }

    /// The pattern as Go reads it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_private_pattern_names_a_host() {
        for text in [
            "corp.example",
            "corp.example/*",
            "*.corp.example/team",
            "git.corp.example/a/b",
        ] {
            assert!(ModulePattern::parse(text).is_some(), "{text}");
        }
        for text in [
            "",
            "*",
            "*/*",
            "*.com",
            "gith?b.com",
            "corp",
            "a.b,*",
            "[a-z].com",
            "/x",
            "a.b c",
            "*.*",
        ] {
            assert!(ModulePattern::parse(text).is_none(), "{text}");
        }
    }
}
