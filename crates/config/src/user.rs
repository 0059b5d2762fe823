//! `config.toml`: the user's own choices.

use std::path::Path;

use goseal_core::minisign::MinisignKey;
use goseal_core::policy::UserConfig;
use goseal_core::version::Version;

use crate::document::{Section, Source};
use crate::error::Error;
use crate::policy::{FOLDER, MINISIGN, ON_FAILURE, RELEASE, folder, release};
use crate::project::PROFILE;
use crate::word;

/// The keys of `config.toml`.
pub(crate) const KEYS: [&str; 6] = [
    "default",
    "profile",
    "trusted_places",
    "minisign",
    "sources",
    "ledger",
];

/// The keys of its table `[ledger]`.
pub(crate) const LEDGER_KEYS: [&str; 1] = ["on_failure"];

/// Reads the user's `config.toml`. `path` is only named in messages.
///
/// # Errors
///
/// Every variant of [`Error`] but [`Error::ProgramKey`], [`Error::UnknownFormat`] and
/// [`Error::MissingKey`].
pub fn parse_user_config(bytes: &[u8], path: &Path) -> Result<UserConfig, Error> {
    let source = Source::new(bytes, path)?;
    let root = source.parse()?;
    read(&Section::root(&source, &root))
}

fn read(root: &Section<'_>) -> Result<UserConfig, Error> {
    root.allow_only(&KEYS)?;
    let mut config = UserConfig {
        default: root.word("default", RELEASE, release)?,
        profile: root.word("profile", PROFILE, word::profile)?,
        trusted_places: root.words("trusted_places", FOLDER, folder)?,
        log_failure: None,
        minisign: root.words("minisign", MINISIGN, MinisignKey::parse)?,
        sources: root.sources("sources")?,
    };
    if let Some(field) = root.field("ledger") {
        let ledger = field.section()?;
        ledger.allow_only(&LEDGER_KEYS)?;
        config.log_failure = ledger.word("on_failure", ON_FAILURE, word::log_failure)?;
    }
    Ok(config)
}

/// The text of `config.toml` with `default` set to `version`; everything else, comments and line
/// ends included, stays as it is. A file without `default` gets the line below its last setting,
/// above its first table, or at its end.
///
/// # Errors
///
/// As [`parse_user_config`]: a file that cannot be read is not edited.
pub fn set_user_default(bytes: &[u8], path: &Path, version: Version) -> Result<String, Error> {
    let source = Source::new(bytes, path)?;
    let root = source.parse()?;
    let root = Section::root(&source, &root);
    read(&root)?;

    let text = source.text();
    let value = format!("\"{version}\"");
    let (from, to, new) = match root.field("default") {
        Some(field) => (field.span().start, field.span().end, value),
        None => line_for_default(&root, text, &value),
    };
    let before = text.get(..from).unwrap_or_default();
    let after = text.get(to..).unwrap_or_default();
    Ok(format!("{before}{new}{after}"))
}

/// Where a new line for `default` goes, and what to write there.
fn line_for_default(root: &Section<'_>, text: &str, value: &str) -> (usize, usize, String) {
    let last_setting = ["profile", "trusted_places", "minisign", "sources"]
        .into_iter()
        .filter_map(|key| root.field(key))
        .map(|field| field.span().end)
        .max();
    let at = match last_setting {
        Some(end) => text
            .get(end..)
            .and_then(|rest| rest.find('\n'))
            .map(|line| end + line + 1),
        None => root.field("ledger").map(|_| start_of_first_block(text)),
    };
    match at {
        Some(at) => (at, at, format!("default = {value}\n")),
        None if text.is_empty() || text.ends_with('\n') => {
            (text.len(), text.len(), format!("default = {value}\n"))
        }
        None => (text.len(), text.len(), format!("\ndefault = {value}\n")),
    }
}

/// The start of the comment that leads the first line that is neither blank nor a comment.
fn start_of_first_block(text: &str) -> usize {
    let (mut at, mut block) = (0, 0);
    for line in text.split_inclusive('\n') {
        let bare = line.trim();
        at += line.len();
        if bare.is_empty() {
            block = at;
        } else if !bare.starts_with('#') {
            break;
        }
    }
    block
}

#[cfg(test)]
mod tests {
    use goseal_core::policy::{LogFailure, Profile};

    use super::*;

    fn parse(text: &str) -> Result<UserConfig, Error> {
        parse_user_config(text.as_bytes(), Path::new("config.toml"))
    }

    fn set(text: &str) -> String {
        let version = Version::parse("1.27.4").unwrap();
        let edited = set_user_default(text.as_bytes(), Path::new("config.toml"), version).unwrap();
        let (mut before, after) = (parse(text).unwrap(), parse(&edited).unwrap());
        before.default = Some(version);
        assert_eq!(before, after, "{edited}");
        edited
    }

    #[test]
    fn reads_every_key() {
        let config = parse(
            "default = \"go1.26.10\"\nprofile = \"strict\"\ntrusted_places = [\"/w\"]\n\
             minisign = [\"RWQLLL5nvkRCe2Zq9KhEBpYWlooIceatlpdGCyq6Gjc8d0VWLmPKzyyF\"]\n\
             sources = [\"https://go.dev/dl\"]\n[ledger]\non_failure = \"block\"\n",
        );
        let expected = UserConfig {
            default: Version::parse("1.26.10").ok(),
            profile: Some(Profile::Strict),
            trusted_places: vec!["/w".into()],
            log_failure: Some(LogFailure::Block),
            minisign: MinisignKey::parse(
                "RWQLLL5nvkRCe2Zq9KhEBpYWlooIceatlpdGCyq6Gjc8d0VWLmPKzyyF",
            )
            .into_iter()
            .collect(),
            sources: vec!["https://go.dev/dl".into()],
        };
        assert_eq!(config, Ok(expected));
        assert_eq!(parse("# nothing\n"), Ok(UserConfig::default()));
    }

    #[test]
    fn setting_the_default_changes_nothing_else() {
        for (before, after) in [
            ("", "default = \"1.27.4\"\n"),
            ("# mine", "# mine\ndefault = \"1.27.4\"\n"),
            (
                "# a\ndefault   =  '1.22.5'  # why\nprofile = \"strict\"\n",
                "# a\ndefault   =  \"1.27.4\"  # why\nprofile = \"strict\"\n",
            ),
            (
                "profile = \"strict\" # x",
                "profile = \"strict\" # x\ndefault = \"1.27.4\"\n",
            ),
            (
                "profile = \"strict\" # x\r\n\r\n[ledger]\r\n",
                "profile = \"strict\" # x\r\ndefault = \"1.27.4\"\n\r\n[ledger]\r\n",
            ),
            (
                "trusted_places = [\n  \"/a\",\n]\n\n# the log\n[ledger]\non_failure = \"warn\"\n",
                "trusted_places = [\n  \"/a\",\n]\ndefault = \"1.27.4\"\n\n# the log\n[ledger]\non_failure = \"warn\"\n",
            ),
            (
                "# head\n\n# the log\n[ledger]\n",
                "# head\n\ndefault = \"1.27.4\"\n# the log\n[ledger]\n",
            ),
            ("[ledger] # [x]", "default = \"1.27.4\"\n[ledger] # [x]"),
            (
                "ledger.on_failure = \"warn\"",
                "default = \"1.27.4\"\nledger.on_failure = \"warn\"",
            ),
            (
                "ledger = { on_failure = \"warn\" }\n",
                "default = \"1.27.4\"\nledger = { on_failure = \"warn\" }\n",
            ),
            ("\"default\" = \"1.20\"\n", "\"default\" = \"1.27.4\"\n"),
        ] {
            assert_eq!(set(before), after);
        }
    }

    #[test]
    fn a_broken_file_is_not_edited() {
        let version = Version::parse("1.27.4").unwrap();
        for text in ["default = ", "defualt = \"1.22.5\"", "default = \"latest\""] {
            assert!(
                set_user_default(text.as_bytes(), Path::new("c"), version).is_err(),
                "{text}"
            );
        }
    }

    #[test]
    fn the_file_has_at_most_25_keys() {
        assert!(KEYS.len() + LEDGER_KEYS.len() <= 25);
    }
}
