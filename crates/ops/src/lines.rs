//! In which lines two texts differ.
//!
//! Pure, for files that people edit: of `go.env` "line 12 added" says more than two digests.

use std::fmt;

/// Bytes of a text that is compared line by line.
const LIMIT: usize = 256 * 1024;
/// Pairs of lines that are compared; beyond this the whole middle counts as changed.
const MAX_PAIRS: usize = 4_000_000;

/// How lines differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineAct {
    /// They were not published.
    Added,
    /// They were published and are not there.
    Removed,
    /// Others were published in their place.
    Changed,
}

impl LineAct {
    /// The word in texts and documents.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Changed => "changed",
        }
    }
}

/// Neighbouring lines that differ in one way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineChange {
    /// How.
    pub act: LineAct,
    /// The first of them, from 1; of removed ones in the published text, else in the found one.
    pub first: usize,
    /// The last of them.
    pub last: usize,
}

impl fmt::Display for LineChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { act, first, last } = self;
        if first == last {
            write!(f, "line {first} {}", act.word())
        } else {
            write!(f, "lines {first} to {last} {}", act.word())
        }
    }
}

/// The lines in which `found` differs from what was published, first to last. `None` where one of
/// them is no text of at most 256 KiB.
pub(crate) fn line_changes(published: &[u8], found: &[u8]) -> Option<Vec<LineChange>> {
    let (published, found) = (lines_of(published)?, lines_of(found)?);
    let same = |(a, b): &(&&str, &&str)| a == b;
    let before = published.iter().zip(&found).take_while(same).count();
    let (a, b) = (published.get(before..)?, found.get(before..)?);
    let after = a.iter().rev().zip(b.iter().rev()).take_while(same).count();
    let (a, b) = (a.get(..a.len() - after)?, b.get(..b.len() - after)?);
    let mut hunks = Hunks {
        at: (before, before),
        done: Vec::new(),
        open: (0, 0),
    };
    if a.len().saturating_mul(b.len()) > MAX_PAIRS {
        hunks.open = (a.len(), b.len());
    } else {
        walk(a, b, &mut hunks);
    }
    hunks.close();
    Some(hunks.done)
}

fn lines_of(bytes: &[u8]) -> Option<Vec<&str>> {
    let text = std::str::from_utf8(bytes).ok()?;
    let is_text = bytes.len() <= LIMIT && !text.contains('\0');
    is_text.then(|| text.split_inclusive('\n').collect())
}

/// Changes while they are gathered: where both texts are, and the lines of the change that is open.
struct Hunks {
    /// Lines of the published and of the found text that are done.
    at: (usize, usize),
    done: Vec<LineChange>,
    /// Lines removed and added since the last line that both have.
    open: (usize, usize),
}

impl Hunks {
    fn keep(&mut self) {
        self.close();
        self.at.0 += 1;
        self.at.1 += 1;
    }

    /// Of lines that were removed and added in one place as many as can be count as changed.
    fn close(&mut self) {
        let (removed, added) = std::mem::take(&mut self.open);
        let (old, new) = self.at;
        let changed = removed.min(added);
        let mut push = |act, from: usize, count: usize| {
            if count > 0 {
                let (first, last) = (from + 1, from + count);
                self.done.push(LineChange { act, first, last });
            }
        };
        push(LineAct::Changed, new, changed);
        push(LineAct::Removed, old + changed, removed - changed);
        push(LineAct::Added, new + changed, added - changed);
        self.at = (old + removed, new + added);
    }
}

/// Follows a longest common subsequence of both.
fn walk(a: &[&str], b: &[&str], hunks: &mut Hunks) {
    let width = b.len() + 1;
    // common[i * width + j]: lines that a[i..] and b[j..] have in common.
    let mut common = vec![0_u32; (a.len() + 1) * width];
    let read = |common: &[u32], i: usize, j: usize| common.get(i * width + j).copied().unwrap_or(0);
    for (i, old) in a.iter().enumerate().rev() {
        for (j, new) in b.iter().enumerate().rev() {
            let best = if old == new {
                read(&common, i + 1, j + 1) + 1
            } else {
                read(&common, i + 1, j).max(read(&common, i, j + 1))
            };
            if let Some(cell) = common.get_mut(i * width + j) {
                *cell = best;
            }
        }
    }
    let (mut i, mut j) = (0, 0);
    loop {
        match (a.get(i), b.get(j)) {
            (None, None) => break,
            (Some(old), Some(new)) if old == new => {
                hunks.keep();
                (i, j) = (i + 1, j + 1);
            }
            (Some(_), new)
                if new.is_none() || read(&common, i + 1, j) >= read(&common, i, j + 1) =>
            {
                hunks.open.0 += 1;
                i += 1;
            }
            _ => {
                hunks.open.1 += 1;
                j += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(published: &str, found: &str) -> String {
        let changes = line_changes(published.as_bytes(), found.as_bytes()).unwrap();
        let texts: Vec<_> = changes.iter().map(ToString::to_string).collect();
        texts.join(", ")
    }

    #[test]
    fn every_way_in_which_lines_differ_is_said_with_their_numbers() {
        for (published, found, expected) in [
            ("a\nb\n", "a\nb\n", ""),
            ("a\nb\n", "a\nb\nc\n", "line 3 added"),
            ("a\nb\n", "x\ny\na\nb\n", "lines 1 to 2 added"),
            ("a\nb\nc\n", "a\nc\n", "line 2 removed"),
            ("a\nb\nc\n", "a\nx\nc\n", "line 2 changed"),
            (
                "a\nb\nc\nd\n",
                "x\nb\nc\nd\ne\n",
                "line 1 changed, line 5 added",
            ),
            ("a\nb\nc\n", "a\nx\ny\nc\n", "line 2 changed, line 3 added"),
            ("a\nb\nc\n", "a\nx\n", "line 2 changed, line 3 removed"),
            ("a\nb\n", "", "lines 1 to 2 removed"),
            ("a\nb\n", "a\nb", "line 2 changed"),
            ("a\r\nb\n", "a\nb\n", "line 1 changed"),
            ("a\na\n", "a\n", "line 2 removed"),
        ] {
            assert_eq!(said(published, found), expected, "{published:?} {found:?}");
        }
    }

    #[test]
    fn what_is_no_small_text_has_no_lines() {
        assert_eq!(line_changes(b"\xff\xfe", b"a"), None);
        assert_eq!(line_changes(b"a", b"a\0b"), None);
        assert_eq!(line_changes(b"a", &vec![b'x'; LIMIT + 1]), None);
    }

    #[test]
    fn texts_that_share_nothing_are_changed_as_a_whole() {
        let lines = |word: &str| format!("{word}\n").repeat(3000);
        assert_eq!(said(&lines("a"), &lines("b")), "lines 1 to 3000 changed");
    }
}
