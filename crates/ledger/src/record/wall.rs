//! The wall clock in a record: RFC 3339, UTC, nanoseconds.

use std::fmt;
use std::time::Duration;

/// A moment since the Unix epoch, UTC. Written `2026-11-22T18:13:08.000000001Z`: always nine
/// digits of nanoseconds and `Z` (RFC 3339).
///
/// The years are 1970 to 9999; what lies beyond is held at the end, so that the text always has 30
/// bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Wall {
    secs: u64,
    nanos: u32,
}

/// 9999-12-31T23:59:59Z.
const LAST_SECOND: u64 = 253_402_300_799;

impl Wall {
    /// From seconds since the epoch and nanoseconds (of a second; held below 10^9).
    pub const fn new(secs: u64, nanos: u32) -> Self {
        Self {
            secs: if secs > LAST_SECOND {
                LAST_SECOND
            } else {
                secs
            },
            nanos: if nanos > 999_999_999 {
                999_999_999
            } else {
                nanos
            },
        }
    }

    /// From the time since the epoch.
    pub const fn since_epoch(time: Duration) -> Self {
        Self::new(time.as_secs(), time.subsec_nanos())
    }

    /// Whole seconds since the epoch.
    pub const fn secs(&self) -> u64 {
        self.secs
    }

    /// Nanoseconds of the second.
    pub const fn nanos(&self) -> u32 {
        self.nanos
    }

    /// Reads the form that `Display` writes, and no other.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = |from: usize, to: usize| -> Option<u64> {
            let part = text.get(from..to)?;
            part.bytes()
                .all(|b| b.is_ascii_digit())
                .then(|| part.parse().ok())?
        };
        let (year, month, day) = (digits(0, 4)?, digits(5, 7)?, digits(8, 10)?);
        let (hour, minute, second) = (digits(11, 13)?, digits(14, 16)?, digits(17, 19)?);
        let nanos = u32::try_from(digits(20, 29)?).ok()?;
        if !(1970..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day)
        {
            return None;
        }
        let secs = days_from_civil(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second;
        let wall = Self::new(secs, nanos);
        (wall.to_string() == text).then_some(wall)
    }
}

/// Days from 1970-01-01 to a date of the proleptic Gregorian calendar, from 1970 on.
fn days_from_civil(year: u64, month: u64, day: u64) -> u64 {
    // Years begin in March, so that the leap day is the last one of its year.
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year / 400, year % 400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// The inverse of [`days_from_civil`].
fn civil_from_days(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    let year = era * 400 + year + u64::from(month <= 2);
    (year, month, day)
}

impl fmt::Display for Wall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = civil_from_days(self.secs / 86_400);
        let of_day = self.secs % 86_400;
        let (hour, minute, second) = (of_day / 3_600, of_day / 60 % 60, of_day % 60);
        let nanos = self.nanos;
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{nanos:09}Z"
        )
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn known_moments_are_written_as_rfc_3339_has_them() {
        for (secs, nanos, text) in [
            (0, 0, "1970-01-01T00:00:00.000000000Z"),
            (951_782_400, 1, "2000-02-29T00:00:00.000000001Z"),
            (1_795_371_188, 999_999_999, "2026-11-22T18:13:08.999999999Z"),
            (LAST_SECOND + 5, 0, "9999-12-31T23:59:59.000000000Z"),
        ] {
            let wall = Wall::new(secs, nanos);
            assert_eq!(wall.to_string(), text);
            assert_eq!(Wall::parse(text), Some(wall));
        }
    }

    #[test]
    fn refuses_every_other_form() {
        for text in [
            "",
            "2026-11-22T18:13:08Z",
            "2026-11-22 18:13:08.000000000Z",
            "2026-02-30T00:00:00.000000000Z",
            "2026-11-22T24:00:00.000000000Z",
            "2026-11-22T18:13:08.000000000+00:00",
            "1969-11-22T18:13:08.000000000Z",
            "２026-11-22T18:13:08.00000000Z",
        ] {
            assert_eq!(Wall::parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_moment_reads_back(secs in 0..=LAST_SECOND, nanos in 0u32..1_000_000_000) {
            let wall = Wall::new(secs, nanos);
            prop_assert_eq!(Wall::parse(&wall.to_string()), Some(wall));
        }
    }
}
