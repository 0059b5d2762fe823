//! The newest records of one type, read back from the end.
//!
//! For questions such as "when was this last used": a bound on the bytes, no replay, no verdict. A
//! record whose sum does not hold is passed over; `verify` names it.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use crate::disk::{self, LOG, io};
use crate::error::Error;
use crate::read::Record;

/// Hands the records of a type in the last `limit` bytes of a folder's log to `sink`: the open file
/// first, then the closed ones from the newest on, each from its beginning to its end. Says whether
/// that was the whole log. Where there is no log there is nothing, and it is whole.
///
/// # Errors
///
/// [`Error::Io`].
pub fn read_recent(
    folder: &Path,
    kind: &str,
    limit: u64,
    sink: &mut dyn FnMut(Record),
) -> Result<bool, Error> {
    // The open file before the list of closed ones: one that is closed meanwhile is read twice at
    // most, and never not at all.
    let log = folder.join(LOG);
    let open = disk::open_if_there(disk::private().read(true), &log)?;
    let mut files: Vec<(File, PathBuf)> = open.map(|file| (file, log)).into_iter().collect();
    let mut firsts = disk::segments(folder)?;
    firsts.reverse();
    let needle = format!("\"type\":\"{kind}\",");
    let mut left = limit;
    let mut whole = true;
    let mut closed = firsts.into_iter();
    loop {
        let (file, path) = match files.pop() {
            Some(next) => next,
            None => match closed.next() {
                None => return Ok(whole),
                Some(first) => {
                    let path = disk::segment_path(folder, first);
                    (File::open(&path).map_err(io("open", &path))?, path)
                }
            },
        };
        if left == 0 {
            return Ok(false);
        }
        let (bytes, all) = read_end(file, &path, left)?;
        left -= (bytes.len() as u64).min(left);
        whole &= all;
        let lines = bytes.split(|byte| *byte == b'\n');
        for line in lines.filter(|line| is_of(line, needle.as_bytes())) {
            Record::parse(line).into_iter().for_each(&mut *sink);
        }
    }
}

/// The last `limit` bytes of a file, and whether they are all of it.
fn read_end(mut file: File, path: &Path, limit: u64) -> Result<(Vec<u8>, bool), Error> {
    let length = file.metadata().map_err(io("look at", path))?.len();
    let from = length.saturating_sub(limit);
    file.seek(SeekFrom::Start(from)).map_err(io("read", path))?;
    let mut bytes = Vec::new();
    file.take(limit)
        .read_to_end(&mut bytes)
        .map_err(io("read", path))?;
    Ok((bytes, from == 0))
}

/// Whether the type stands in the header of a line, which has 200 bytes. Only saves the parsing.
fn is_of(line: &[u8], needle: &[u8]) -> bool {
    let head = line.get(..256).unwrap_or(line);
    head.windows(needle.len()).any(|window| window == needle)
}
