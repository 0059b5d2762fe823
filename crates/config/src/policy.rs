//! `policy.toml`: what the organisation demands.

use std::path::{Path, PathBuf};

use goseal_core::evidence::Evidence;
use goseal_core::platform::Platform;
use goseal_core::policy::Policy;
use goseal_core::project::ModulePattern;
use goseal_core::version::Version;

use crate::address::is_absolute_folder;
use crate::document::{Section, Source};
use crate::error::Error;
use crate::project::{PATTERN, PLATFORM, PROFILE};
use crate::word;

/// The keys of `policy.toml`.
pub(crate) const KEYS: [&str; 11] = [
    "name",
    "serial",
    "profile",
    "evidence",
    "default",
    "private",
    "insecure",
    "auth",
    "platforms",
    "trusted_places",
    "ledger",
];

/// The keys of its table `[ledger]`.
pub(crate) const LEDGER_KEYS: [&str; 2] = ["on_failure", "dir"];

pub(crate) const RELEASE: &str = "one exact Go release such as `1.26.10`";
pub(crate) const FOLDER: &str = "an absolute folder";
pub(crate) const ON_FAILURE: &str = "`block` or `warn`";

/// Reads the organisation's `policy.toml`. `path` is only named in messages.
///
/// # Errors
///
/// Every variant of [`Error`] but [`Error::ProgramKey`], [`Error::UnknownFormat`],
/// [`Error::MissingKey`] and [`Error::UserInformation`].
pub fn parse_policy(bytes: &[u8], path: &Path) -> Result<Policy, Error> {
    let source = Source::new(bytes, path)?;
    let root = source.parse()?;
    let root = Section::root(&source, &root);
    root.allow_only(&KEYS)?;

    let mut policy = Policy {
        name: root
            .field("name")
            .map(|field| {
                field.word(
                    "a name of lower-case letters, digits and `-`",
                    word::policy_name,
                )
            })
            .transpose()?,
        serial: root
            .field("serial")
            .map(|field| field.number())
            .transpose()?,
        profile: root.word("profile", PROFILE, word::profile)?,
        evidence: root.words(
            "evidence",
            "one of `lock`, `sumdb`, `minisign`, `index`, `rebuilt`",
            Evidence::parse,
        )?,
        default: root.word("default", RELEASE, release)?,
        private: root.words("private", PATTERN, ModulePattern::parse)?,
        insecure: root.words("insecure", PATTERN, ModulePattern::parse)?,
        auth: root.word("auth", "a value of GOAUTH on one line", word::auth)?,
        platforms: root.words("platforms", PLATFORM, |text| Platform::parse(text).ok())?,
        trusted_places: root.words("trusted_places", FOLDER, folder)?,
        log_failure: None,
        ledger_dir: None,
    };
    if let Some(field) = root.field("ledger") {
        let ledger = field.section()?;
        ledger.allow_only(&LEDGER_KEYS)?;
        policy.log_failure = ledger.word("on_failure", ON_FAILURE, word::log_failure)?;
        policy.ledger_dir = ledger.word("dir", FOLDER, folder)?;
    }
    Ok(policy)
}

/// The grammar of one exact release.
pub(crate) fn release(text: &str) -> Option<Version> {
    Version::parse(text).ok()
}

/// An absolute folder of any system: `config.toml` and `policy.toml` are read where they were
/// written, so a folder of another system finds nothing there and does no harm.
pub(crate) fn folder(text: &str) -> Option<PathBuf> {
    is_absolute_folder(text).then(|| PathBuf::from(text))
}

#[cfg(test)]
mod tests {
    use goseal_core::policy::{LogFailure, Profile};

    use super::*;

    fn parse(text: &str) -> Result<Policy, Error> {
        parse_policy(text.as_bytes(), Path::new("policy.toml"))
    }

    #[test]
    fn reads_every_key() {
        let policy = parse(
            r#"
            name = "example"
            serial = 12
            profile = "strict"
            evidence = ["lock", "sumdb"]
            default = "1.26.10"
            private = ["corp.example/*"]
            insecure = ["old.corp.example"]
            auth = "netrc"
            platforms = ["linux/amd64", "darwin/arm64"]
            trusted_places = ["/srv/build"]
            [ledger]
            on_failure = "warn"
            dir = "/var/log/goseal"
            "#,
        )
        .unwrap();
        assert_eq!(
            policy,
            Policy {
                name: Some("example".into()),
                serial: Some(12),
                profile: Some(Profile::Strict),
                evidence: vec![Evidence::Lock, Evidence::Sumdb],
                default: Version::parse("1.26.10").ok(),
                private: ModulePattern::parse("corp.example/*").into_iter().collect(),
                insecure: ModulePattern::parse("old.corp.example")
                    .into_iter()
                    .collect(),
                auth: Some("netrc".into()),
                platforms: ["linux/amd64", "darwin/arm64"]
                    .iter()
                    .map(|text| Platform::parse(text).unwrap())
                    .collect(),
                trusted_places: vec!["/srv/build".into()],
                log_failure: Some(LogFailure::Warn),
                ledger_dir: Some("/var/log/goseal".into()),
            }
        );
        assert_eq!(parse(""), Ok(Policy::default()));
    }

    #[test]
    fn a_policy_that_demands_the_unknown_is_refused() {
        for (text, expected) in [
            (
                "serial = -1",
                "policy.toml:1:10: `serial` must be a number from 0 to 18446744073709551615, found `-1`",
            ),
            (
                "evidence = [\"sumdb\", \"sumdb\"]",
                "policy.toml:1:22: `sumdb` stands there twice",
            ),
            (
                "evidence = [\"tls\"]",
                "policy.toml:1:13: `evidence` must be one of `lock`, `sumdb`, `minisign`, `index`, `rebuilt`, found `tls`",
            ),
            (
                "default = \"1.26\"",
                "policy.toml:1:11: `default` must be one exact Go release such as `1.26.10`, found `1.26`",
            ),
            (
                "[ledger]\nfolder = \"/x\"",
                "policy.toml:2:1: unknown key `folder`",
            ),
            (
                "[ledger]\nonfailure = \"warn\"",
                "policy.toml:2:1: unknown key `onfailure`, the nearest known key is `on_failure`",
            ),
            (
                "ledger = 1",
                "policy.toml:1:10: `ledger` must be a table, found a number",
            ),
            (
                "[ledger]\ndir = \"logs\"",
                "policy.toml:2:7: `dir` must be an absolute folder, found `logs`",
            ),
            (
                "auth = \"a\\nb\"",
                "policy.toml:1:8: `auth` must be a value of GOAUTH on one line, found `a\\nb`",
            ),
        ] {
            assert_eq!(parse(text).unwrap_err().to_string(), expected);
        }
    }

    #[test]
    fn the_file_has_at_most_25_keys() {
        assert!(KEYS.len() + LEDGER_KEYS.len() <= 25);
    }
}
