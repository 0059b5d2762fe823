//! Patience: how long to wait, how often to try again, how slow is too slow. Pure.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// How the client waits and tries again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// The longest time for a connection, TLS included.
    pub connect_timeout: Duration,
    /// The window of the minimum rate, and the longest wait for the head of an answer.
    pub window: Duration,
    /// Bytes that must come in within each window.
    pub window_bytes: u64,
    /// Attempts after the first one that bring less than [`Pace::stride`] new bytes.
    pub retries: u32,
    /// New bytes that make an attempt count as progress, so that the retries begin anew.
    pub stride: u64,
    /// The wait before the first retry; it doubles from one to the next.
    pub backoff: Duration,
    /// The longest wait between two attempts.
    pub backoff_limit: Duration,
    /// The longest sum of waits without progress; a `Retry-After` beyond it ends the attempts.
    pub patience: Duration,
    /// Attempts after the first one where nobody listens: a refused connection costs no time and
    /// seldom mends itself.
    pub refused_retries: u32,
}

impl Default for Pace {
    /// 1 KiB/s over 30 s, 5 retries from 0.5 s on, at most two minutes of waiting; 2 retries, or
    /// 1.5 s, where nobody listens.
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(15),
            window: Duration::from_secs(30),
            window_bytes: 30 * 1024,
            retries: 5,
            stride: 32 * 1024,
            backoff: Duration::from_millis(500),
            backoff_limit: Duration::from_secs(30),
            patience: Duration::from_mins(2),
            refused_retries: 2,
        }
    }
}

/// Numbers that spread retries of many machines; no secret, so a small generator is enough.
///
/// The generator is `SplitMix64` (Steele, Lea, Flood: Fast splittable pseudorandom number
/// generators, 2014). The seed is handed in.
#[derive(Debug)]
pub(crate) struct Jitter(AtomicU64);

impl Jitter {
    const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

    pub(crate) const fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }

    fn next(&self) -> u64 {
        let state = self
            .0
            .fetch_add(Self::STEP, Ordering::Relaxed)
            .wrapping_add(Self::STEP);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Between half of `wait` and all of it.
    fn spread(&self, wait: Duration) -> Duration {
        let half = wait / 2;
        let nanos = u64::try_from(half.as_nanos()).unwrap_or(u64::MAX);
        half + Duration::from_nanos(self.next().checked_rem(nanos).unwrap_or(0))
    }
}

/// The attempts at one thing: says how long to wait before the next, or that there is none.
#[derive(Debug)]
pub(crate) struct Attempts<'a> {
    pace: &'a Pace,
    jitter: &'a Jitter,
    failed: u32,
    waited: Duration,
}

impl<'a> Attempts<'a> {
    pub(crate) const fn new(pace: &'a Pace, jitter: &'a Jitter) -> Self {
        Self {
            pace,
            jitter,
            failed: 0,
            waited: Duration::ZERO,
        }
    }

    /// An attempt brought at least a stride of new bytes: the count begins anew.
    pub(crate) const fn progressed(&mut self) {
        self.failed = 0;
        self.waited = Duration::ZERO;
    }

    /// The wait before the next attempt where nobody listened; `None` when there shall be none.
    pub(crate) fn next_wait_refused(&mut self) -> Option<Duration> {
        if self.failed >= self.pace.refused_retries {
            return None;
        }
        self.next_wait(None)
    }

    /// The wait before the next attempt; `None` when there shall be none.
    pub(crate) fn next_wait(&mut self, retry_after: Option<Duration>) -> Option<Duration> {
        if self.failed >= self.pace.retries {
            return None;
        }
        let doubled = self.pace.backoff.saturating_mul(1 << self.failed.min(20));
        let wait = self.jitter.spread(doubled.min(self.pace.backoff_limit));
        let wait = wait.max(retry_after.unwrap_or_default());
        self.failed += 1;
        self.waited = self.waited.saturating_add(wait);
        (self.waited <= self.pace.patience).then_some(wait)
    }
}

/// The minimum rate: counts bytes within one window after the other.
#[derive(Debug)]
pub(crate) struct Gauge {
    window: Duration,
    needed: u64,
    begun: Duration,
    bytes: u64,
}

impl Gauge {
    /// Times are since any fixed moment, the same for all calls.
    pub(crate) const fn new(pace: &Pace, now: Duration) -> Self {
        Self {
            window: pace.window,
            needed: pace.window_bytes,
            begun: now,
            bytes: 0,
        }
    }

    /// How long the window is still open.
    pub(crate) fn left(&self, now: Duration) -> Duration {
        (self.begun + self.window).saturating_sub(now)
    }

    /// Counts `bytes` that came in; `Err` holds the bytes of a window that had too few.
    pub(crate) fn count(&mut self, bytes: u64, now: Duration) -> Result<(), u64> {
        self.bytes += bytes;
        if self.left(now) > Duration::ZERO {
            return Ok(());
        }
        if self.bytes < self.needed {
            return Err(self.bytes);
        }
        self.begun = now;
        self.bytes = 0;
        Ok(())
    }
}

/// `Retry-After` in seconds (RFC 9110, 10.2.3). The form with a date needs a clock that agrees with
/// the server's; it is passed over and the ordinary wait applies.
pub(crate) fn parse_retry_after(value: &str) -> Option<Duration> {
    let digits = value.trim();
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| Duration::from_secs(digits.parse().unwrap_or(u64::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(count: u64) -> Duration {
        Duration::from_millis(count)
    }

    #[test]
    fn waits_double_are_spread_and_end() {
        let pace = Pace {
            retries: 4,
            backoff: ms(100),
            backoff_limit: ms(300),
            patience: ms(10_000),
            ..Pace::default()
        };
        let jitter = Jitter::new(7);
        let mut attempts = Attempts::new(&pace, &jitter);
        for full in [100, 200, 300, 300] {
            let wait = attempts.next_wait(None).unwrap();
            assert!(
                wait >= ms(full / 2) && wait <= ms(full),
                "{wait:?} of {full}"
            );
        }
        assert_eq!(attempts.next_wait(None), None);
        attempts.progressed();
        assert!(attempts.next_wait(None).is_some());
    }

    #[test]
    fn a_refused_connection_is_given_up_within_two_seconds() {
        let pace = Pace::default();
        let jitter = Jitter::new(7);
        let mut attempts = Attempts::new(&pace, &jitter);
        let waits: Vec<_> = std::iter::from_fn(|| attempts.next_wait_refused()).collect();
        assert_eq!(waits.len(), 2);
        assert!(waits.iter().sum::<Duration>() < ms(2_000), "{waits:?}");
        // What is not refused later still has its other attempts.
        assert!(attempts.next_wait(None).is_some());
    }

    #[test]
    fn the_same_seed_waits_the_same_and_another_does_not() {
        let pace = Pace::default();
        let wait = |seed| {
            Attempts::new(&pace, &Jitter::new(seed))
                .next_wait(None)
                .unwrap()
        };
        assert_eq!(wait(1), wait(1));
        assert_ne!(wait(1), wait(2));
    }

    #[test]
    fn retry_after_is_honoured_up_to_the_patience() {
        let pace = Pace {
            patience: ms(5_000),
            ..Pace::default()
        };
        let jitter = Jitter::new(0);
        let mut attempts = Attempts::new(&pace, &jitter);
        assert_eq!(attempts.next_wait(Some(ms(3_000))), Some(ms(3_000)));
        assert_eq!(attempts.next_wait(Some(ms(3_000))), None);
    }

    #[test]
    fn retry_after_is_read_as_seconds_only() {
        for (value, expected) in [
            ("3", Some(3)),
            (" 120 ", Some(120)),
            ("0", Some(0)),
            ("99999999999999999999", Some(u64::MAX)),
            ("-1", None),
            ("", None),
            ("1.5", None),
            ("Sun, 22 Nov 2026 10:00:00 GMT", None),
        ] {
            assert_eq!(
                parse_retry_after(value),
                expected.map(Duration::from_secs),
                "{value}"
            );
        }
    }

    #[test]
    fn a_window_with_too_few_bytes_is_too_slow() {
        let pace = Pace {
            window: ms(1_000),
            window_bytes: 10,
            ..Pace::default()
        };
        let mut gauge = Gauge::new(&pace, ms(0));
        assert_eq!(gauge.count(4, ms(500)), Ok(()));
        assert_eq!(gauge.left(ms(600)), ms(400));
        assert_eq!(gauge.count(6, ms(1_000)), Ok(()));
        assert_eq!(gauge.count(9, ms(1_900)), Ok(()));
        assert_eq!(gauge.count(0, ms(2_100)), Err(9));
    }
}
