//! Which releases there are: the release index, a proxy's list, or a copy of the index.
//!
//! Order: the list of the sources that goseal.toml or config.toml names, and nobody else; else the
//! release index; where it is out of reach the list of Go's own proxy; where that is too the copy
//! that was kept when the index answered. Whoever was asked is said. It is a source's word: it may
//! hide releases, and nothing is believed because it stands there.

use goseal_core::platform::Platform;
use goseal_core::release::ReleaseId;
use goseal_core::version::Version;
use goseal_fetch::proxy::Place;
use goseal_fetch::{Absence, Answer};

use crate::error::{Error, RequestFault, Result};
use crate::index::{ask, kept, releases};
use crate::situation::Situation;
use crate::sources::sources;
use crate::world::World;

/// How many releases are named to somebody who asked for one that nobody offers.
const NEAREST: usize = 3;

/// Who said which releases there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OfferedBy {
    /// A source that goseal.toml or config.toml names.
    Source,
    /// The release index.
    Index,
    /// The module proxy of Go's own configuration, because the index is out of reach.
    Proxy,
    /// A copy of the index, so many seconds old, because everybody is out of reach.
    Copy {
        /// Seconds since the index answered.
        age: u64,
    },
}

impl OfferedBy {
    /// The word in documents.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Index => "index",
            Self::Proxy => "proxy",
            Self::Copy { .. } => "copy",
        }
    }
}

/// The releases that are offered for this platform.
#[derive(Debug, Clone)]
pub struct Offers {
    /// Ascending.
    pub releases: Vec<ReleaseId>,
    /// Who said so.
    pub by: OfferedBy,
    /// Its address, without user information.
    pub served_by: String,
}

impl Offers {
    /// The newest release that is no pre-release, of one line or of all.
    pub fn newest(&self, line: Option<u16>) -> Option<Version> {
        let versions = self.releases.iter().map(|id| id.version);
        let fits = |version: &Version| {
            !version.is_prerelease() && line.is_none_or(|minor| version.minor() == minor)
        };
        versions.filter(fits).max()
    }
}

/// Asks for the releases that are offered.
///
/// # Errors
///
/// [`Error::Fetch`] of the last who was asked, where nobody answers and there is no copy;
/// [`Error::Request`] for a source that is none.
pub fn offers(world: &World, situation: &Situation) -> Result<Offers> {
    let here = Platform::of_this_build().ok_or_else(Error::no_platform)?;
    let sources = sources(world, &situation.written, None)?;
    let made = |releases: Vec<ReleaseId>, by, served_by| {
        let on = releases.into_iter().filter(|id| id.platform == here);
        let mut releases: Vec<ReleaseId> = on.collect();
        releases.sort_unstable();
        Offers {
            releases,
            by,
            served_by,
        }
    };
    let listed = |by| -> Result<Offers> {
        let listed = sources.client.versions(&sources.hops)?;
        Ok(made(listed.releases, by, listed.served_by))
    };
    if !sources.mirrors.is_empty() {
        return listed(OfferedBy::Source);
    }
    // Who sets GOPROXY to `off` wants nobody to be asked.
    let off = matches!(sources.hops.as_slice(), [first, ..] if first.place == Place::Off);
    let index = (!off).then(|| ask(world));
    let unreachable = match index {
        Some(Ok(index)) => return Ok(made(releases(&index), OfferedBy::Index, index.served_by)),
        // Without a proxy the index is the only one who can be asked.
        Some(Err(error)) if sources.hops.is_empty() => error,
        _ => match listed(OfferedBy::Proxy) {
            Ok(offers) => return Ok(offers),
            Err(error) => error,
        },
    };
    let Some(copy) = kept(world) else {
        return Err(unreachable);
    };
    let by = OfferedBy::Copy { age: copy.age };
    Ok(made(releases(&copy.index), by, copy.index.served_by))
}

/// An error, or a better one: where a release could not be had because nobody offers it, the
/// nearest that are offered. What somebody offers and nobody gives keeps its own words, and so
/// does distrust.
pub(crate) fn or_nearest(
    world: &World,
    situation: &Situation,
    version: Version,
    error: Error,
) -> Error {
    let absent = match &error {
        Error::Trust(error) => matches!(**error, goseal_trust::Error::Missing { .. }),
        Error::Fetch(error) => error.absences().is_some_and(was_asked),
        Error::Request(RequestFault::NothingOffered { .. }) => true,
        _ => false,
    };
    if !absent {
        return error;
    }
    let Ok(offers) = offers(world, situation) else {
        return error;
    };
    let versions: Vec<Version> = offers.releases.iter().map(|id| id.version).collect();
    if versions.is_empty() || versions.contains(&version) {
        return error;
    }
    RequestFault::NothingOffered {
        request: version.to_string(),
        nearest: nearest(version, &versions),
    }
    .into()
}

/// Whether somebody was asked and did not have it, as opposed to forbade it.
fn was_asked(places: &[Absence]) -> bool {
    let asked = places
        .iter()
        .filter(|place| !matches!(place.answer, Answer::Direct | Answer::Off));
    let mut answers = asked.map(|place| place.answer).peekable();
    answers.peek().is_some() && answers.all(|answer| answer != Answer::Status(403))
}

/// The offered releases nearest to one that is not: of its own line first, then by their order.
fn nearest(version: Version, offered: &[Version]) -> Vec<Version> {
    let place = offered.partition_point(|other| *other < version);
    let mut ranked: Vec<(bool, usize, Version)> = offered
        .iter()
        .enumerate()
        .map(|(at, other)| {
            let other_line = other.minor() != version.minor();
            let steps = if at < place {
                place - at
            } else {
                at - place + 1
            };
            (other_line, steps, *other)
        })
        .collect();
    ranked.sort_unstable();
    let mut nearest: Vec<Version> = ranked
        .into_iter()
        .take(NEAREST)
        .map(|(_, _, version)| version)
        .collect();
    nearest.sort_unstable();
    nearest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn versions(text: &str) -> Vec<Version> {
        text.split(' ')
            .map(|one| Version::parse(one).unwrap())
            .collect()
    }

    #[test]
    fn nobody_is_asked_for_the_nearest_where_nobody_was_asked_or_somebody_forbade() {
        let places = |answers: &[Answer]| -> Vec<Absence> {
            let place = |answer: &Answer| Absence {
                place: "a".to_owned(),
                answer: *answer,
            };
            answers.iter().map(place).collect()
        };
        for (answers, expected) in [
            (&[Answer::Status(404), Answer::Direct][..], true),
            (&[Answer::NoFile], true),
            (&[Answer::Status(404), Answer::Status(403)], false),
            (&[Answer::Off], false),
            (&[], false),
        ] {
            assert_eq!(was_asked(&places(answers)), expected, "{answers:?}");
        }
    }

    #[test]
    fn the_nearest_are_of_the_same_line_first() {
        let offered = versions("1.21.13 1.22.0 1.22.4 1.22.5 1.22.6 1.23.0 1.26.10");
        for (asked, expected) in [
            ("1.22.99", "1.22.4 1.22.5 1.22.6"),
            ("1.22.3", "1.22.0 1.22.4 1.22.5"),
            ("1.24.1", "1.22.6 1.23.0 1.26.10"),
            ("1.13", "1.21.13 1.22.0 1.22.4"),
        ] {
            let asked = Version::parse(asked).unwrap();
            assert_eq!(nearest(asked, &offered), versions(expected), "{asked}");
        }
    }
}
