//! The end of a file of records: where the chain goes on, and what a killed writer left.

use std::fs::File;
use std::path::Path;

use goseal_core::digest::Sha256;

use crate::disk::{self, io};
use crate::error::Error;
use crate::form::{self, BLOCK, BLOCK_LEN, Head, SLOT_LEN};

/// Where a file of records ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tail {
    /// Its length in bytes.
    pub(crate) length: u64,
    /// The header of its first record, where that can be read.
    pub(crate) first: Option<Head>,
    /// Header and digest of its last whole record.
    pub(crate) last: Option<(Head, Sha256)>,
    /// Where bytes begin that belong to no record, after the last one.
    pub(crate) torn_from: Option<u64>,
    /// Whether the last byte is the LF of a whole slot (or there is none).
    pub(crate) in_form: bool,
}

impl Tail {
    /// The end of a file that is not there yet.
    pub(crate) const EMPTY: Self = Self {
        length: 0,
        first: None,
        last: None,
        torn_from: None,
        in_form: true,
    };

    /// Goes on behind one line of the file.
    fn line(&mut self, line: &[u8], offset: u64) {
        let mut rest = (line, offset);
        if let Ok((head, digest, length)) = form::find(line) {
            self.first = self.first.or(Some(head));
            self.last = Some((head, digest));
            self.torn_from = None;
            rest = (
                line.get(length..).unwrap_or_default(),
                offset + length as u64,
            );
        } else if let Some((cut, behind)) = form::split(line) {
            self.line(cut, offset);
            return self.line(behind, offset + cut.len() as u64);
        }
        if rest.0.iter().any(|b| !matches!(b, b' ' | b'\n')) {
            self.torn_from = self.torn_from.or(Some(rest.1));
        }
    }
}

/// Looks at the end of a file: one read of at most a block (and one of a slot at its beginning)
/// when it ends as writers end it, else the whole file.
pub(crate) fn look(file: &File, path: &Path) -> Result<Tail, Error> {
    let length = file.metadata().map_err(io("examine", path))?.len();
    let mut buffer = [0; BLOCK_LEN];
    let from = length.saturating_sub(1) / BLOCK * BLOCK;
    let used = usize::try_from(length - from).unwrap_or(BLOCK_LEN);
    let window = buffer.get_mut(..used).unwrap_or_default();
    let window = disk::read_at(file, window, from).map_err(io("read", path))?;
    let quick = (length > 0 && window.len() as u64 == length - from)
        .then(|| last_of(window))
        .flatten();
    let Some(last) = quick else {
        return survey(file, path, length);
    };
    let mut slot = [0; SLOT_LEN];
    let head = if from == 0 {
        form::parse_head(window)
    } else {
        form::parse_head(disk::read_at(file, &mut slot, 0).map_err(io("read", path))?)
    };
    Ok(Tail {
        length,
        first: head,
        last: Some(last),
        torn_from: None,
        in_form: true,
    })
}

/// The last record of a block's used part, if everything after it is fillers.
fn last_of(window: &[u8]) -> Option<(Head, Sha256)> {
    let mut rest = window;
    while rest.len().is_multiple_of(SLOT_LEN) && !rest.is_empty() {
        let before = rest.get(..rest.len() - 1)?;
        let from = before
            .iter()
            .rposition(|b| *b == b'\n')
            .map_or(0, |at| at + 1);
        let (earlier, line) = rest.split_at_checked(from)?;
        let text = form::trim(line)?;
        if !text.is_empty() {
            return form::check(text).ok().filter(|_| from % SLOT_LEN == 0);
        }
        rest = earlier;
    }
    None
}

/// Reads the whole file, at most a segment's length and a record's.
fn survey(file: &File, path: &Path, length: u64) -> Result<Tail, Error> {
    let mut bytes = vec![0; usize::try_from(length).unwrap_or(usize::MAX)];
    let bytes = disk::read_at(file, &mut bytes, 0).map_err(io("read", path))?;
    let mut tail = Tail {
        length,
        first: None,
        last: None,
        torn_from: None,
        in_form: bytes.last().is_none_or(|b| *b == b'\n') && bytes.len().is_multiple_of(SLOT_LEN),
    };
    let mut offset = 0;
    for line in bytes.split_inclusive(|b| *b == b'\n') {
        tail.line(line, offset);
        offset += line.len() as u64;
    }
    Ok(tail)
}

/// What goes before the next record so that it begins on a slot behind an LF: nothing, or spaces
/// and LF up to the next slot.
pub(crate) fn completion(tail: &Tail) -> Vec<u8> {
    let mut out = Vec::new();
    if !tail.in_form {
        let used = usize::try_from(tail.length % form::SLOT).unwrap_or(0);
        out.resize(SLOT_LEN - used - 1, b' ');
        out.push(b'\n');
    }
    out
}
