//! Faults as data: what goes wrong with an answer, for which paths, how often.
//!
//! Owns the list of faults and the script that hands them out. Does not deliver them: see
//! [`crate::server`].

use std::sync::Arc;

/// How often a fault applies that never stops.
pub const ALWAYS: u32 = u32::MAX;

/// What goes wrong with one answer.
///
/// Faults that change the body do so before a range is cut from it; `bytes` of the others counts
/// the body of that one answer, so that a resumed download meets them again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// The answer is this status with a short text as its body.
    Status(u16),
    /// The connection ends after so many bytes of the announced body.
    ResetAfter(usize),
    /// Nothing more comes after so many bytes, and the connection stays open.
    StallAfter(usize),
    /// The body is only its first so many bytes, and the announced length agrees.
    Truncate(usize),
    /// So many bytes (`x`) follow the body, and the announced length agrees.
    ExtraBytes(usize),
    /// The announced length is this one; what comes is the body, then the connection ends.
    WrongLength(u64),
    /// The body without an announced length, then filler until the client goes or 1 GiB is sent.
    Endless,
    /// The lowest bit of the byte at this offset is turned over; `at` counts modulo the length.
    FlipBit {
        /// Offset in the whole body, in bytes.
        at: usize,
    },
    /// 302 to this address.
    RedirectTo(String),
    /// The body is sent as `Content-Encoding: gzip`, asked for or not; no ranges.
    Gzip,
    /// A range that was asked for is ignored: 200 and the whole body.
    IgnoreRange,
    /// One byte every [`DRIP_PAUSE_MS`] milliseconds.
    SlowDrip,
    /// Another body; it has ranges like any other.
    Replace(Arc<[u8]>),
}

/// Pause between two bytes of [`Fault::SlowDrip`], in milliseconds: ten bytes a second.
pub const DRIP_PAUSE_MS: u64 = 100;

#[derive(Debug)]
struct Line {
    pattern: String,
    fault: Fault,
    left: u32,
}

/// Faults in the order in which they were scripted.
#[derive(Debug, Default)]
pub(crate) struct Script(Vec<Line>);

impl Script {
    pub(crate) fn add(&mut self, pattern: &str, fault: Fault, times: u32) {
        self.0.push(Line {
            pattern: pattern.to_owned(),
            fault,
            left: times,
        });
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// The first fault whose pattern fits and that has times left; uses up one of them.
    pub(crate) fn take(&mut self, path: &str) -> Option<Fault> {
        let line = self
            .0
            .iter_mut()
            .find(|line| line.left > 0 && matches(&line.pattern, path))?;
        if line.left != ALWAYS {
            line.left -= 1;
        }
        Some(line.fault.clone())
    }
}

/// Whether `path` is as `pattern` says; `*` stands for any run of bytes, `/` included.
pub fn matches(pattern: &str, path: &str) -> bool {
    let Some((head, tail)) = pattern.split_once('*') else {
        return pattern == path;
    };
    path.strip_prefix(head).is_some_and(|rest| {
        (0..=rest.len())
            .filter_map(|from| rest.get(from..))
            .any(|rest| matches(tail, rest))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_run_of_bytes() {
        for (pattern, path, fits) in [
            ("/a/b", "/a/b", true),
            ("/a/b", "/a/b/c", false),
            ("*.zip", "/proxy/x/@v/v1.zip", true),
            ("*.zip", "/proxy/x/@v/v1.zip2", false),
            ("/dl/*", "/dl/", true),
            ("*/tile/*/0/*", "/sumdb/tile/8/0/x001/000", true),
            ("*", "", true),
        ] {
            assert_eq!(matches(pattern, path), fits, "{pattern} {path}");
        }
    }

    #[test]
    fn a_fault_is_used_up_and_the_next_one_takes_over() {
        let mut script = Script::default();
        script.add("/a*", Fault::Status(500), 2);
        script.add("/ab", Fault::Gzip, ALWAYS);
        let taken: Vec<_> = (0..4).map(|_| script.take("/ab")).collect();
        assert_eq!(
            taken,
            [
                Some(Fault::Status(500)),
                Some(Fault::Status(500)),
                Some(Fault::Gzip),
                Some(Fault::Gzip)
            ]
        );
        assert_eq!(script.take("/b"), None);
    }
}
