//! `policy.toml`: what the organisation demands.

use std::path::{Path, PathBuf};

use goseal_core::evidence::Evidence;
use goseal_core::minisign::MinisignKey;
use goseal_core::platform::Platform;
use goseal_core::policy::Policy;
use goseal_core::project::ModulePattern;
use goseal_core::version::Version;

use crate::address::is_absolute_folder;
use crate::document::{Field, Section, Source};
use crate::error::Error;
use crate::project::{PATTERN, PLATFORM, PROFILE};
use crate::word;

/// The keys of `policy.toml`.
pub(crate) const KEYS: [&str; 16] = [
    "name",
    "serial",
    "profile",
    "evidence",
    "out_of_reach",
    "minisign",
    "max_age_days",
    "apart",
    "feed",
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

/// The most that `max_age_days` may be: a signature that counts for longer bounds nothing.
const MAX_DAYS: u32 = 3660;

pub(crate) const RELEASE: &str = "one exact Go release such as `1.26.10`";
pub(crate) const FOLDER: &str = "an absolute folder";
pub(crate) const MINISIGN: &str = "a minisign public key, 56 characters from `RW` on";
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
            "one of `lock`, `sumdb`, `minisign`, `index`",
            Evidence::parse,
        )?,
        out_of_reach: root.word("out_of_reach", "`refuse` or `accept`", word::out_of_reach)?,
        minisign: root.words("minisign", MINISIGN, MinisignKey::parse)?,
        max_age_days: root.field("max_age_days").map(|it| days(&it)).transpose()?,
        apart: root.word("apart", "`allow` or `refuse`", word::apart)?,
        feed: root.word("feed", "an absolute path of a file", folder)?,
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

/// A number of days, from 1 to about ten years.
fn days(field: &Field<'_>) -> Result<u32, Error> {
    u32::try_from(field.number()?)
        .ok()
        .filter(|days| (1..=MAX_DAYS).contains(days))
        .ok_or_else(|| field.wrong_value("a number of days from 1 to 3660"))
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
    use goseal_core::policy::{Apart, LogFailure, OutOfReach, Profile};

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
            out_of_reach = "accept"
            minisign = ["RWQLLL5nvkRCe2Zq9KhEBpYWlooIceatlpdGCyq6Gjc8d0VWLmPKzyyF"]
            max_age_days = 30
            apart = "refuse"
            feed = "/etc/goseal/feed.json"
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
                out_of_reach: Some(OutOfReach::Accept),
                minisign: MinisignKey::parse(
                    "RWQLLL5nvkRCe2Zq9KhEBpYWlooIceatlpdGCyq6Gjc8d0VWLmPKzyyF"
                )
                .into_iter()
                .collect(),
                max_age_days: Some(30),
                apart: Some(Apart::Refuse),
                feed: Some("/etc/goseal/feed.json".into()),
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
                "policy.toml:1:13: `evidence` must be one of `lock`, `sumdb`, `minisign`, `index`, found `tls`",
            ),
            (
                "minisign = [\"RWQ\"]",
                "policy.toml:1:13: `minisign` must be a minisign public key, 56 characters from `RW` on, found `RWQ`",
            ),
            (
                "max_age_days = 0",
                "policy.toml:1:16: `max_age_days` must be a number of days from 1 to 3660, found `0`",
            ),
            (
                "out_of_reach = \"warn\"",
                "policy.toml:1:16: `out_of_reach` must be `refuse` or `accept`, found `warn`",
            ),
            (
                "apart = \"accept\"",
                "policy.toml:1:9: `apart` must be `allow` or `refuse`, found `accept`",
            ),
            (
                "feed = \"feed.json\"",
                "policy.toml:1:8: `feed` must be an absolute path of a file, found `feed.json`",
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
