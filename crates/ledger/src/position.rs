//! Where a record stands, as `GOSEAL_PARENT` says it, and reading the one record there.

use std::fmt;
use std::path::Path;

use crate::error::Error;
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
    let _ = (folder, segment, offset);
    unimplemented!()
}
