//! Is there something newer than what runs here, and does it fix known vulnerabilities?
//!
//! The deny feed of the policy is the organisation's own word. A source that hides a release which
//! the feed names is found by that, and an old feed is said to be old.

use std::path::{Path, PathBuf};

use goseal_config::{FEED_LIMIT, parse_feed};
use goseal_core::feed::{Feed, FeedEntry};
use goseal_core::plan::Chosen;
use goseal_core::version::Version;

use crate::error::Result;
use crate::offers::{Offers, offers};
use crate::situation::{Choice, Situation, Written};
use crate::world::World;

/// After so many days a feed is said to be old. Go fixes vulnerabilities once a month.
const FEED_DAYS: u64 = 14;

/// Lines of releases that Go maintains: the newest and the one before.
const MAINTAINED: u16 = 2;

/// What is known of one release that is chosen here.
#[derive(Debug, Clone)]
pub struct Row {
    /// The release.
    pub version: Version,
    /// What chose it.
    pub chosen: Chosen,
    /// The newest release of its line, where it is newer.
    pub newer_patch: Option<Version>,
    /// The newest release of all, where it is of a newer line.
    pub newer_line: Option<Version>,
    /// Whether Go still fixes vulnerabilities in its line; unknown where nothing is offered.
    pub maintained: Option<bool>,
    /// Vulnerabilities that the feed knows in it.
    pub vulnerabilities: Vec<FeedEntry>,
}

impl Row {
    /// Whether something should be done: a newer patch, a line that is not maintained, a known
    /// vulnerability.
    pub fn is_finding(&self) -> bool {
        self.newer_patch.is_some()
            || self.maintained == Some(false)
            || !self.vulnerabilities.is_empty()
    }
}

/// What is to be said of the feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedNote {
    /// Its path.
    pub path: PathBuf,
    /// Its date as written; `None` where it is not there.
    pub date: Option<String>,
    /// Its age in days.
    pub age_days: Option<u64>,
    /// Whether it is older than it should be, or not there.
    pub stale: bool,
    /// Releases that it names as fixing a vulnerability, and that were not offered although their
    /// line is: somebody hides them, or does not know of them yet. Ascending.
    pub not_offered: Vec<Version>,
}

/// The answer.
#[derive(Debug, Clone)]
pub struct Outdated {
    /// The pin, and the default where it is another release.
    pub rows: Vec<Row>,
    /// What is offered, and who said so.
    pub offers: Offers,
    /// The policy's feed, where it names one.
    pub feed: Option<FeedNote>,
}

impl Outdated {
    /// Whether anything should be done.
    pub fn has_findings(&self) -> bool {
        self.rows.iter().any(Row::is_finding)
    }
}

/// Compares what runs here with what is offered.
///
/// # Errors
///
/// As [`Situation::here`]; [`crate::Error::Pin`] where neither a pin nor a default is;
/// [`crate::Error::Fetch`] where nobody says what is offered; [`crate::Error::Config`] for a feed
/// that is none.
pub fn outdated(world: &World) -> Result<Outdated> {
    let situation = Situation::here(world)?;
    let first = situation.choice()?;
    let other = situation.default.as_ref();
    let other = other.filter(|choice| choice.id.version != first.id.version);
    let feed = read_feed(&situation.written)?;
    let offers = offers(world, &situation)?;
    let known = feed.as_ref().and_then(|(_, feed)| feed.as_ref());
    let row = |choice: &Choice| row(choice, &offers, known);
    let rows = std::iter::once(first).chain(other).map(row).collect();
    let (now, _) = world.machine.now();
    let note = feed
        .as_ref()
        .map(|(path, feed)| note(path, feed.as_ref(), &offers, now));
    Ok(Outdated {
        rows,
        offers,
        feed: note,
    })
}

/// The feed that the policy names and its path; no feed where the file is not there.
///
/// # Errors
///
/// [`crate::Error::Store`] and [`crate::Error::Config`].
pub(crate) fn read_feed(written: &Written) -> Result<Option<(PathBuf, Option<Feed>)>> {
    let policy = written.policy.as_ref();
    let Some(path) = policy.and_then(|policy| policy.feed.clone()) else {
        return Ok(None);
    };
    let bytes = goseal_store::read_bounded(&path, FEED_LIMIT as u64)?;
    let feed = bytes.map(|bytes| parse_feed(&bytes, &path)).transpose()?;
    Ok(Some((path, feed)))
}

fn row(choice: &Choice, offers: &Offers, feed: Option<&Feed>) -> Row {
    let version = choice.id.version;
    let newer = |other: &Version| *other > version;
    let newest = offers.newest(None);
    let vulnerabilities = feed
        .map(|feed| feed.vulnerabilities(version))
        .unwrap_or_default();
    Row {
        version,
        chosen: choice.chosen.clone(),
        newer_patch: offers.newest(Some(version.minor())).filter(newer),
        newer_line: newest.filter(|newest| newest.minor() > version.minor()),
        maintained: newest.map(|newest| version.minor() + MAINTAINED > newest.minor()),
        vulnerabilities: vulnerabilities.into_iter().cloned().collect(),
    }
}

fn note(path: &Path, feed: Option<&Feed>, offers: &Offers, now: u64) -> FeedNote {
    let age_days = feed.map(|feed| feed.day.days_until(now));
    let offered = |version: &Version| offers.releases.iter().any(|id| id.version == *version);
    // A line of which nothing is offered was never promised.
    let line_offered = |version: &Version| offers.newest(Some(version.minor())).is_some();
    let fixes = feed.iter().flat_map(|feed| &feed.entries);
    let fixes = fixes.filter_map(|entry| entry.fixed);
    let mut not_offered: Vec<Version> = fixes
        .filter(|version| !version.is_prerelease() && line_offered(version) && !offered(version))
        .collect();
    not_offered.sort_unstable();
    not_offered.dedup();
    FeedNote {
        path: path.to_owned(),
        date: feed.map(|feed| feed.date.clone()),
        age_days,
        stale: age_days.is_none_or(|days| days > FEED_DAYS),
        not_offered,
    }
}

#[cfg(test)]
mod tests {
    use goseal_core::plan::ChosenBy;

    use super::*;
    use crate::offers::OfferedBy;
    use crate::scene::release;

    fn v(text: &str) -> Version {
        Version::parse(text).unwrap()
    }

    fn offered(versions: &[&str]) -> Offers {
        Offers {
            releases: versions.iter().map(|text| release(text)).collect(),
            by: OfferedBy::Index,
            served_by: "https://a.example/".to_owned(),
        }
    }

    fn row_of(version: &str, offers: &Offers) -> Row {
        let chosen = Chosen {
            by: ChosenBy::Pin,
            file: None,
            line: None,
        };
        let id = release(version);
        row(&Choice { id, chosen }, offers, None)
    }

    #[test]
    fn a_patch_of_the_line_is_one_thing_and_a_newer_line_another() {
        let offers = offered(&["1.22.5", "1.22.6", "1.26.10", "1.27.4", "1.28rc1"]);
        let old = row_of("1.22.5", &offers);
        assert_eq!(old.newer_patch, Some(v("1.22.6")));
        assert_eq!(old.newer_line, Some(v("1.27.4")));
        assert_eq!((old.maintained, old.is_finding()), (Some(false), true));
        let maintained = row_of("1.26.10", &offers);
        assert_eq!(maintained.newer_patch, None);
        assert_eq!(maintained.newer_line, Some(v("1.27.4")));
        assert!(!maintained.is_finding());
        let ahead = row_of("1.28rc1", &offers);
        assert_eq!((ahead.newer_patch, ahead.newer_line), (None, None));
        assert_eq!(row_of("1.22.5", &offered(&[])).maintained, None);
    }

    #[test]
    fn a_fix_that_is_hidden_and_a_feed_that_is_old_are_named() {
        let text = r#"{"schema":"goseal.feed/1","date":"2026-01-01","entries":[
            {"id":"A","introduced":"1.22.0","fixed":"1.22.7"},
            {"id":"B","introduced":"1.22.0","fixed":"1.22.6"},
            {"id":"C","fixed":"1.13.1"}]}"#;
        let feed = parse_feed(text.as_bytes(), Path::new("feed")).unwrap();
        let offers = offered(&["1.22.5", "1.22.6"]);
        let path = Path::new("/etc/feed.json");
        let day = |days: u64| 1_767_225_600 + days * 86_400;
        let fresh = note(path, Some(&feed), &offers, day(14));
        assert_eq!((fresh.age_days, fresh.stale), (Some(14), false));
        assert_eq!(fresh.not_offered, [v("1.22.7")]);
        assert!(note(path, Some(&feed), &offers, day(15)).stale);
        let gone = note(path, None, &offers, day(0));
        assert_eq!((gone.date, gone.stale), (None, true));
    }
}
