//! Where a record stands, as `GOSEAL_PARENT` says it, and reading the one record there.

use std::fmt;
use std::fs::File;
use std::path::Path;

use crate::disk::{self, io};
use crate::error::Error;
use crate::form::{self, BLOCK_LEN, SLOT, SLOT_LEN};
use crate::read::Record;
use crate::record::RunId;

/// The place of a start record: `<run>:<segment>:<offset>`, 32 hexadecimal digits and two decimal
/// numbers. `segment` is the first `seq` of its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Position {
    /// The run.
    pub run: RunId,
    /// The first `seq` of the file that holds the record.
    pub segment: u64,
    /// Its offset in that file, in bytes.
    pub offset: u64,
}

impl Position {
    /// Reads the form that `Display` writes, and no other.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, ':');
        let position = Self {
            run: RunId::parse(parts.next()?)?,
            segment: parts.next()?.parse().ok()?,
            offset: parts.next()?.parse().ok()?,
        };
        (position.to_string() == text).then_some(position)
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.run, self.segment, self.offset)
    }
}

/// Reads the record at `offset` of the segment that begins with `segment`, closed or open.
///
/// The record's own sum is checked; the chain is not.
///
/// # Errors
///
/// [`Error::NotARecord`] where no whole record begins there, or the file begins with another
/// `seq`; [`Error::Io`] where the file cannot be read.
pub fn read_at(folder: &Path, segment: u64, offset: u64) -> Result<Record, Error> {
    let log = folder.join(disk::LOG);
    if let Some(file) = disk::open_if_there(disk::private().read(true), &log)?
        && first_seq(&file, &log)? == Some(segment)
    {
        return read_in(&file, &log, offset);
    }
    let path = disk::segment_path(folder, segment);
    match disk::open_if_there(disk::private().read(true), &path)? {
        Some(file) if first_seq(&file, &path)? == Some(segment) => read_in(&file, &path, offset),
        _ => Err(Error::NotARecord { path, offset }),
    }
}

/// The `seq` that the first record of a file states.
pub(crate) fn first_seq(file: &File, path: &Path) -> Result<Option<u64>, Error> {
    let mut slot = [0; SLOT_LEN];
    let slot = disk::read_at(file, &mut slot, 0).map_err(io("read", path))?;
    Ok(form::parse_head(slot).map(|head| head.seq))
}

fn read_in(file: &File, path: &Path, offset: u64) -> Result<Record, Error> {
    let mut block = [0; BLOCK_LEN];
    let block = disk::read_at(file, &mut block, offset).map_err(io("read", path))?;
    let line = block.split_inclusive(|b| *b == b'\n').next();
    line.filter(|_| offset.is_multiple_of(SLOT))
        .and_then(form::trim)
        .and_then(Record::parse)
        .ok_or_else(|| Error::NotARecord {
            path: path.to_owned(),
            offset,
        })
}
