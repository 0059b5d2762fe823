//! One file, read by several at once: each reader has a position and a buffer of its own.
//!
//! Owns: positional reads. Promises: a clone shares the file and nothing else, so that a clone of the
//! archive for each thread shares the parsed directory. Does not do: locking, writing.

use std::fs::File;
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt as _;

/// Bytes that a reader holds: one read brings in the small entries that lie together.
pub(crate) const BLOCK: usize = 128 << 10;

/// A reader of a file that others read too.
pub(crate) struct Window<'a> {
    file: &'a File,
    length: u64,
    at: u64,
    /// Where the held bytes begin in the file.
    begin: u64,
    held: Vec<u8>,
}

impl<'a> Window<'a> {
    pub(crate) const fn new(file: &'a File, length: u64) -> Self {
        Self {
            file,
            length,
            at: 0,
            begin: 0,
            held: Vec::new(),
        }
    }

    /// The held bytes from the position on.
    fn ahead(&self) -> &[u8] {
        let skip = self.at.checked_sub(self.begin);
        skip.and_then(|skip| self.held.get(usize::try_from(skip).ok()?..))
            .unwrap_or_default()
    }

    /// Reads the block at the position, as far as the file goes.
    fn fill(&mut self) -> io::Result<()> {
        self.begin = self.at;
        self.held.resize(BLOCK, 0);
        let filled = read_at(self.file, &mut self.held, self.at);
        self.held.truncate(*filled.as_ref().unwrap_or(&0));
        filled.map(drop)
    }
}

impl Clone for Window<'_> {
    fn clone(&self) -> Self {
        Self::new(self.file, self.length)
    }
}

impl Read for Window<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.ahead().is_empty() {
            if buffer.len() >= BLOCK {
                let count = read_at(self.file, buffer, self.at)?;
                self.at += count as u64;
                return Ok(count);
            }
            self.fill()?;
        }
        let count = self.ahead().read(buffer)?;
        self.at += count as u64;
        Ok(count)
    }
}

impl Seek for Window<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let place = match to {
            SeekFrom::Start(place) => Some(place),
            SeekFrom::End(by) => self.length.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = place.ok_or(ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

/// One read at an offset, again when a signal came between.
fn read_at(file: &File, buffer: &mut [u8], at: u64) -> io::Result<usize> {
    loop {
        match file.read_at(buffer, at) {
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            read => return read,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_read_the_same_file_at_places_of_their_own() {
        let path = tempfile::NamedTempFile::new().unwrap();
        let bytes: Vec<u8> = (0..300_000_u32).map(|n| n.to_le_bytes()[1]).collect();
        std::fs::write(path.path(), &bytes).unwrap();
        let file = File::open(path.path()).unwrap();
        let mut one = Window::new(&file, bytes.len() as u64);
        let mut small = [0; 5];
        assert_eq!(one.seek(SeekFrom::End(-5)).unwrap(), 299_995);
        one.read_exact(&mut small).unwrap();
        assert_eq!(small, bytes[299_995..]);
        assert_eq!(one.read(&mut small).unwrap(), 0);
        let mut other = one.clone();
        let mut all = Vec::new();
        other.read_to_end(&mut all).unwrap();
        assert!(all == bytes);
        assert_eq!(one.stream_position().unwrap(), 300_000);
        one.seek(SeekFrom::Start(70_000)).unwrap();
        one.seek(SeekFrom::Current(-10)).unwrap();
        let mut large = vec![0; 200_000];
        one.read_exact(&mut large).unwrap();
        assert!(large == bytes[69_990..269_990]);
        assert!(one.seek(SeekFrom::Current(-300_000)).is_err());
    }
}
