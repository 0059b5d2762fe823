//! The replay of a log: entries, and the verdict over the chain.
//!
//! Reads any `Read`, one file after the other, in a few KiB of memory. It looks for records line by
//! line and does not trust places: a record whose sum holds is found wherever it stands, and a
//! wrong place is damage of its own.

mod region;

use std::io::{self, BufRead, BufReader, Read};
use std::ops::Range;

use goseal_core::digest::Sha256;

use crate::form::{self, BLOCK, BLOCK_LEN, Flaw, Head, SLOT};
use crate::read::Record;
use crate::record::Torn;
use region::Region;

/// Something that stands in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// A record whose sum holds, at this offset of its file.
    Record(Box<Record>, u64),
    /// Torn bytes that the record before named, with that record's `seq`; `None` at the end of the
    /// open file, where no writer has named them yet.
    Torn(Option<u64>, Torn),
    /// Numbers that were not there when the next record was read.
    Gap(Range<u64>),
    /// The open file ends inside the padding of this `seq`; the next writer fills the slot up.
    Unended(u64),
}

/// One thing that no writer left so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    /// The first `seq` that is affected.
    pub seq: u64,
    /// What it is.
    pub kind: DamageKind,
    /// Where and what, in words.
    pub detail: String,
}

/// The kinds of damage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum DamageKind {
    /// A whole line whose sum does not hold.
    Edited,
    /// Records are missing.
    Missing,
    /// A record stands behind its place.
    Misplaced,
    /// A second record with a number that was there.
    Doubled,
    /// The sum holds, and `prev` is not the digest of the record before.
    Relinked,
    /// A part of a record that no torn record names.
    Cut,
    /// Bytes that are neither record nor filler and that no torn record names.
    Foreign,
    /// A record that does not stand in slots, or across a boundary: bytes came or went before it.
    Shifted,
    /// A torn record whose bytes are not there as it says.
    TornMismatch,
    /// A record whose sum holds and that is not in the form of this major.
    Malformed,
}

impl DamageKind {
    /// The word in reports.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Edited => "edited",
            Self::Missing => "missing",
            Self::Misplaced => "misplaced",
            Self::Doubled => "doubled",
            Self::Relinked => "relinked",
            Self::Cut => "cut",
            Self::Foreign => "foreign bytes",
            Self::Shifted => "shifted",
            Self::TornMismatch => "torn mismatch",
            Self::Malformed => "malformed",
        }
    }
}

/// The state of a replay between files.
#[derive(Debug)]
pub struct Replay {
    next: u64,
    prev: Sha256,
    /// Numbers that have not been seen.
    gaps: Vec<Range<u64>>,
    damages: Vec<Damage>,
    region: Option<Region>,
    /// Whole lines since the last record whose sum does not hold: each had a number.
    edited: u64,
    owner: Option<[u8; 8]>,
    /// Whether the place of records is off already: said once for each shift.
    shifted: bool,
    /// The file's name, for the words of a damage.
    file: String,
}

/// The longest line that is read at once: a cut record without its LF and a whole one behind it.
const LINE: usize = 2 * BLOCK_LEN;

impl Default for Replay {
    fn default() -> Self {
        Self::new()
    }
}

impl Replay {
    /// Before the genesis record.
    pub const fn new() -> Self {
        Self {
            next: 0,
            prev: Sha256::from_bytes([0; 32]),
            gaps: Vec::new(),
            damages: Vec::new(),
            region: None,
            edited: 0,
            owner: None,
            shifted: false,
            file: String::new(),
        }
    }

    /// Replays one file; `name` stands in the words of a damage, `open` says that writers may be
    /// at its end.
    ///
    /// # Errors
    ///
    /// What `source` answers.
    pub fn file(
        &mut self,
        name: &str,
        source: &mut dyn Read,
        open: bool,
        sink: &mut dyn FnMut(Entry),
    ) -> io::Result<()> {
        name.clone_into(&mut self.file);
        self.shifted = false;
        let mut source = BufReader::with_capacity(1 << 16, source);
        let mut line = Vec::with_capacity(LINE);
        let mut offset = 0;
        loop {
            line.clear();
            let read = (&mut source)
                .take(LINE as u64)
                .read_until(b'\n', &mut line)?;
            if read == 0 {
                break;
            }
            let last = open && source.fill_buf()?.is_empty();
            self.line(&line, offset, last, sink);
            offset += read as u64;
        }
        self.end_of_file(open, sink);
        Ok(())
    }

    /// The damages found, in the order of their `seq`.
    pub fn finish(mut self) -> Vec<Damage> {
        for gap in std::mem::take(&mut self.gaps) {
            let detail = format!("{} to {} are not there", gap.start, gap.end - 1);
            self.damage(gap.start, DamageKind::Missing, detail);
        }
        self.damages.sort_by_key(|damage| (damage.seq, damage.kind));
        self.damages
    }

    fn damage(&mut self, seq: u64, kind: DamageKind, detail: String) {
        self.damages.push(Damage { seq, kind, detail });
    }

    fn line(&mut self, line: &[u8], offset: u64, last: bool, sink: &mut dyn FnMut(Entry)) {
        let whole = line.ends_with(b"\n");
        let text = form::trim_end(line.strip_suffix(b"\n").unwrap_or(line));
        if text.is_empty() {
            self.blank(line, offset, whole || last, sink);
            return;
        }
        match form::find(line) {
            Ok((head, digest, length)) => {
                if !last || whole {
                    self.place(line, offset, head.seq);
                }
                let (found, rest) = line.split_at_checked(length).unwrap_or((line, &[]));
                self.record(found, (head, digest), offset, sink);
                if length < text.len() {
                    self.region(offset + length as u64).push(rest, false);
                } else if !whole && last {
                    sink(Entry::Unended(head.seq));
                }
            }
            Err(flaw) => {
                if let Some((cut, rest)) = form::split(line) {
                    self.line(cut, offset, false, sink);
                    return self.line(rest, offset + cut.len() as u64, last, sink);
                }
                let edited = whole && (flaw == Flaw::Sum || is_whole_record(text));
                self.region(offset).push(line, edited);
            }
        }
    }

    /// A line of spaces: a filler, the padding behind torn bytes, or bytes that do not belong.
    fn blank(&mut self, line: &[u8], offset: u64, ended: bool, sink: &mut dyn FnMut(Entry)) {
        if let Some(region) = &mut self.region {
            region.push(line, false);
        } else if !ended {
            self.region(offset).push(line, false);
        } else if line.ends_with(b"\n") {
            self.place(line, offset, self.next);
        } else if let Some(last) = self.next.checked_sub(1) {
            sink(Entry::Unended(last));
        }
    }

    fn region(&mut self, offset: u64) -> &mut Region {
        self.region.get_or_insert_with(|| Region::new(offset))
    }

    /// Checks that a line stands in whole slots of one block.
    fn place(&mut self, line: &[u8], offset: u64, seq: u64) {
        let length = line.len() as u64;
        let stands = offset.is_multiple_of(SLOT)
            && length.is_multiple_of(SLOT)
            && offset % BLOCK + length <= BLOCK;
        if stands {
            self.shifted = false;
        } else if !std::mem::replace(&mut self.shifted, true) {
            let detail = format!(
                "a line of {length} bytes at offset {offset} of {}",
                self.file
            );
            self.damage(seq, DamageKind::Shifted, detail);
        }
    }

    fn record(
        &mut self,
        text: &[u8],
        (head, digest): (Head, Sha256),
        offset: u64,
        sink: &mut dyn FnMut(Entry),
    ) {
        let parsed = Record::parse(text);
        let torn = parsed.as_ref().and_then(torn_of);
        let region = self.region.take();
        self.judge_region(region, head.seq, torn, sink);
        self.link(&head, &digest, sink);
        let in_form = parsed.as_ref().is_some_and(|record| {
            // One owner, one genesis, at the beginning.
            *self.owner.get_or_insert(head.owner) == head.owner
                && (record.kind == "genesis") == (head.seq == 0)
        });
        if !in_form {
            let detail = format!("at offset {offset} of {}", self.file);
            self.damage(head.seq, DamageKind::Malformed, detail);
        }
        if let Some(record) = parsed {
            sink(Entry::Record(Box::new(record), offset));
        }
    }

    /// Judges the bytes before a record: named by it, or damage.
    fn judge_region(
        &mut self,
        region: Option<Region>,
        seq: u64,
        torn: Option<Torn>,
        sink: &mut dyn FnMut(Entry),
    ) {
        let named = match (&region, torn) {
            (Some(region), Some(torn)) if region.is(&torn) => {
                sink(Entry::Torn(Some(seq), torn));
                true
            }
            (_, Some(torn)) => {
                let detail = format!(
                    "{} bytes at offset {} of {} are not there as named",
                    torn.length, torn.offset, self.file
                );
                self.damage(seq, DamageKind::TornMismatch, detail);
                false
            }
            (_, None) => false,
        };
        if let Some(region) = region {
            self.damage_of(&region, named);
        }
    }

    /// The damage that a region is: each whole line in it, and, unless it is named, the rest.
    fn damage_of(&mut self, region: &Region, named: bool) {
        let place = format!(
            "{} bytes at offset {} of {}",
            region.length(),
            region.offset(),
            self.file
        );
        // A forger may have taken the greatest number: the rest is told at it.
        for at in 0..region.edited() {
            let detail = format!("a whole record whose sum does not hold in {place}");
            let seq = self.next.saturating_add(self.edited).saturating_add(at);
            self.damage(seq, DamageKind::Edited, detail);
        }
        self.edited += region.edited();
        if !named && region.edited() == 0 {
            let kind = if region.begins_a_record() {
                DamageKind::Cut
            } else {
                DamageKind::Foreign
            };
            self.damage(self.next, kind, place);
        }
    }

    /// Checks a record against the chain.
    fn link(&mut self, head: &Head, digest: &Sha256, sink: &mut dyn FnMut(Entry)) {
        let seq = head.seq;
        let edited = std::mem::take(&mut self.edited);
        if seq < self.next {
            self.out_of_order(seq, *digest == self.prev);
            return;
        }
        let seen = self.next.saturating_add(edited).min(seq);
        if seen < seq {
            sink(Entry::Gap(seen..seq));
            self.gaps.push(seen..seq);
        }
        if seq == self.next && head.prev != self.prev {
            let detail = format!("prev is {}, the record before is {}", head.prev, self.prev);
            self.damage(seq, DamageKind::Relinked, detail);
        }
        self.next = seq.saturating_add(1);
        self.prev = *digest;
    }

    fn out_of_order(&mut self, seq: u64, same: bool) {
        let gap = self.gaps.iter().position(|gap| gap.contains(&seq));
        let Some(at) = gap else {
            let detail = if same {
                "the same record a second time".to_owned()
            } else {
                format!("after {}", self.next - 1)
            };
            self.damage(seq, DamageKind::Doubled, detail);
            return;
        };
        let gap = self.gaps.swap_remove(at);
        let halves = [gap.start..seq, seq + 1..gap.end];
        self.gaps
            .extend(halves.into_iter().filter(|half| !half.is_empty()));
        let detail = format!("stands after {}", self.next - 1);
        self.damage(seq, DamageKind::Misplaced, detail);
    }

    fn end_of_file(&mut self, open: bool, sink: &mut dyn FnMut(Entry)) {
        let Some(region) = self.region.take() else {
            return;
        };
        let interrupted = open && region.edited() == 0 && region.may_be_interrupted();
        self.damage_of(&region, interrupted);
        if interrupted {
            sink(Entry::Torn(None, region.all()));
        }
    }
}

/// Whether a text ends as records end, but for at most two bytes. A torn record does not: its end
/// is what is missing.
fn is_whole_record(text: &[u8]) -> bool {
    const PATTERN: &[u8; form::SUM_LEN] = br#","sum":"................"}"#;
    let end = text.len().checked_sub(form::SUM_LEN);
    let Some(end) = end.and_then(|at| text.get(at..)) else {
        return false;
    };
    let agrees = |(byte, wanted): &(&u8, &u8)| match wanted {
        b'.' => byte.is_ascii_hexdigit(),
        _ => byte == wanted,
    };
    end.iter().zip(PATTERN).filter(agrees).count() + 2 >= PATTERN.len()
}

fn torn_of(record: &Record) -> Option<Torn> {
    if record.kind != "torn" {
        return None;
    }
    Some(Torn {
        offset: record.get("offset")?.as_u64()?,
        length: record.get("length")?.as_u64()?,
        sha256: Sha256::parse_hex(record.get("sha256")?.as_str()?).ok()?,
    })
}

#[cfg(test)]
mod tests;
