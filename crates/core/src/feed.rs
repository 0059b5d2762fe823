//! The deny feed as values: known vulnerabilities, the releases that have them, those that fix them.

use crate::version::Version;

/// A day of the Gregorian calendar, UTC, from 1970 on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day {
    /// Days since 1970-01-01.
    since_epoch: u64,
}

impl Day {
    /// Reads `2026-11-22`, years 1970 to 9999.
    pub fn parse(text: &str) -> Option<Self> {
        let number = |text: &str, digits: usize| {
            let sound = text.len() == digits && text.bytes().all(|b| b.is_ascii_digit());
            sound.then(|| text.parse::<u64>().ok()).flatten()
        };
        let mut parts = text.split('-');
        let year = number(parts.next()?, 4).filter(|year| *year >= 1970)?;
        let month = number(parts.next()?, 2).filter(|month| (1..=12).contains(month))?;
        let day = number(parts.next()?, 2)?;
        if parts.next().is_some() || !(1..=days_of_month(year, month)).contains(&day) {
            return None;
        }
        let months: u64 = (1..month).map(|month| days_of_month(year, month)).sum();
        let since_epoch = days_before_year(year) - days_before_year(1970) + months + day - 1;
        Some(Self { since_epoch })
    }

    /// Whole days from this day's beginning to a moment, in seconds since 1970; 0 for one before.
    pub const fn days_until(&self, seconds: u64) -> u64 {
        (seconds / 86_400).saturating_sub(self.since_epoch)
    }
}

/// Days from 0001-01-01 to the first day of a year: 97 leap days in 400 years.
const fn days_before_year(year: u64) -> u64 {
    let before = year - 1;
    before * 365 + before / 4 - before / 100 + before / 400
}

const fn days_of_month(year: u64, month: u64) -> u64 {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => 31,
    }
}

/// One vulnerability in one line of releases; one of several lines is several entries of one id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedEntry {
    /// The vulnerability's name in a public list, such as `GO-2024-2887`.
    pub id: String,
    /// The first release that has it; `None` for the first of all.
    pub introduced: Option<Version>,
    /// The first release after it that has not; `None` while there is none.
    pub fixed: Option<Version>,
}

impl FeedEntry {
    /// Whether a release has the vulnerability: `introduced <= version < fixed`.
    pub fn affects(&self, version: Version) -> bool {
        self.introduced.is_none_or(|first| first <= version)
            && self.fixed.is_none_or(|fixed| version < fixed)
    }
}

/// What the organisation knows, and of which day that is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feed {
    /// The day on which it was made, as written.
    pub date: String,
    /// The same day.
    pub day: Day,
    /// The entries, as they stand there.
    pub entries: Vec<FeedEntry>,
}

impl Feed {
    /// The vulnerabilities of a release, one entry an id, in the order of the feed.
    pub fn vulnerabilities(&self, version: Version) -> Vec<&FeedEntry> {
        let mut found: Vec<&FeedEntry> = Vec::new();
        for entry in self.entries.iter().filter(|entry| entry.affects(version)) {
            if !found.iter().any(|known| known.id == entry.id) {
                found.push(entry);
            }
        }
        found
    }

    /// The vulnerabilities of `old` that `new` has no more.
    pub fn closed(&self, old: Version, new: Version) -> Vec<&FeedEntry> {
        let still = self.vulnerabilities(new);
        let mut closed = self.vulnerabilities(old);
        closed.retain(|entry| !still.iter().any(|other| other.id == entry.id));
        closed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn v(text: &str) -> Version {
        Version::parse(text).unwrap()
    }

    fn entry(id: &str, introduced: Option<&str>, fixed: Option<&str>) -> FeedEntry {
        FeedEntry {
            id: id.to_owned(),
            introduced: introduced.map(v),
            fixed: fixed.map(v),
        }
    }

    #[test]
    fn days_are_counted_as_the_calendar_has_them() {
        for (text, seconds) in [
            ("1970-01-01", 0),
            ("2000-02-29", 951_782_400),
            ("2000-03-01", 951_868_800),
            ("2026-01-02", 1_767_312_000),
            ("2100-03-01", 4_107_542_400),
        ] {
            let day = Day::parse(text).unwrap();
            assert_eq!(day.days_until(seconds), 0, "{text}");
            assert_eq!(day.days_until(seconds + 86_399), 0, "{text}");
            assert_eq!(day.days_until(seconds + 3 * 86_400), 3, "{text}");
            assert_eq!(day.days_until(seconds.saturating_sub(1)), 0, "{text}");
        }
        for text in [
            "",
            "2026-1-2",
            "2026-02-30",
            "2100-02-29",
            "1969-12-31",
            "2026-13-01",
            "2026-00-01",
            "2026-01-00",
            "2026-01-02-03",
            "２026-01-02",
            "2026-01-+2",
        ] {
            assert_eq!(Day::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_vulnerability_lasts_from_its_introduction_to_its_fix() {
        let closed = entry("A", Some("1.22.0"), Some("1.22.6"));
        for (version, expected) in [
            ("1.21.13", false),
            ("1.22rc1", false),
            ("1.22.0", true),
            ("1.22.5", true),
            ("1.22.6", false),
        ] {
            assert_eq!(closed.affects(v(version)), expected, "{version}");
        }
        assert!(entry("A", None, None).affects(v("1.13")));
    }

    #[test]
    fn an_upgrade_closes_what_the_new_release_has_no_more() {
        let feed = Feed {
            date: "2026-01-02".to_owned(),
            day: Day::parse("2026-01-02").unwrap(),
            entries: vec![
                entry("A", None, Some("1.21.11")),
                entry("A", Some("1.22.0"), Some("1.22.6")),
                entry("B", Some("1.22.0"), None),
            ],
        };
        let ids = |found: Vec<&FeedEntry>| -> String {
            found.iter().map(|entry| entry.id.as_str()).collect()
        };
        assert_eq!(ids(feed.vulnerabilities(v("1.22.5"))), "AB");
        assert_eq!(ids(feed.vulnerabilities(v("1.26.10"))), "B");
        assert_eq!(ids(feed.closed(v("1.22.5"), v("1.26.10"))), "A");
        assert_eq!(ids(feed.closed(v("1.21.0"), v("1.22.5"))), "");
    }
}
