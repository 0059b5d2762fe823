//! The framing of tar files, read strictly, front to back.
//!
//! Owns: headers, PAX records, GNU long names, the end of the file. Promises: only regular files and
//! folders come out; sizes and names have one meaning; after the last entry there are two zero
//! blocks and nothing but zeros. Does not do: inflating, writing.
//! Source: POSIX.1-2017 pax, "ustar Interchange Format"; GNU tar manual, "Basic Tar Format".

use std::io::Read;

use super::Job;
use crate::error::{Error, Result};

const BLOCK: usize = 512;
/// Bytes of one extended header; Go's own reach 200.
const MAX_EXTENDED: u64 = 16 << 10;
/// Zero bytes after the end; writers fill up to twenty blocks.
const MAX_PADDING: usize = 20 * BLOCK;

/// What comes next.
pub(crate) enum Item {
    /// A regular file; its content is read with [`Tar::read`].
    File { raw: Vec<u8>, size: u64 },
    /// A folder.
    Folder { raw: Vec<u8> },
    /// The end, with nothing after it.
    End,
}

/// A tar file while it is read.
pub(crate) struct Tar<'a, R> {
    job: &'a Job<'a>,
    source: R,
    /// Bytes of the current file that were not read.
    left: u64,
    /// Zero bytes after the current file.
    padding: usize,
}

#[derive(Default)]
struct Extended {
    path: Option<Vec<u8>>,
    size: Option<u64>,
}

struct Header {
    raw: Vec<u8>,
    kind: u8,
    size: u64,
}

impl<'a, R: Read> Tar<'a, R> {
    pub(crate) const fn new(job: &'a Job<'a>, source: R) -> Self {
        Self {
            job,
            source,
            left: 0,
            padding: 0,
        }
    }

    /// The next entry; the content of the one before has been read.
    pub(crate) fn next(&mut self) -> Result<Item> {
        self.skip_rest()?;
        let mut extended: Option<Extended> = None;
        loop {
            let mut block = [0; BLOCK];
            self.fill(&mut block)?;
            if block.iter().all(|b| *b == 0) {
                return match extended {
                    None => self.end(),
                    Some(_) => Err(self.fault("an extended header without an entry")),
                };
            }
            let header = parse_header(&block).map_err(|fault| self.fault(fault))?;
            match header.kind {
                b'x' | b'L' if extended.is_some() => {
                    return Err(self.entry_fault(&header.raw, "two extended headers"));
                }
                b'x' => {
                    let body = self.body(&header)?;
                    let parsed = parse_pax(&body);
                    extended = Some(parsed.map_err(|fault| self.entry_fault(&header.raw, fault))?);
                }
                b'L' => {
                    let mut path = self.body(&header)?;
                    path.pop_if(|last| *last == 0);
                    extended = Some(Extended {
                        path: Some(path),
                        size: None,
                    });
                }
                _ => return self.item(header, extended.unwrap_or_default()),
            }
        }
    }

    fn item(&mut self, header: Header, extended: Extended) -> Result<Item> {
        let raw = extended.path.unwrap_or(header.raw);
        if extended.size.is_some_and(|size| size != header.size) {
            return Err(self.entry_fault(&raw, "two sizes"));
        }
        let fault = match header.kind {
            b'0' | 0 if raw.ends_with(b"/") => "the name of a folder and the type of a file",
            b'0' | 0 => {
                self.expect(header.size);
                let size = header.size;
                return Ok(Item::File { raw, size });
            }
            b'5' if header.size == 0 => return Ok(Item::Folder { raw }),
            b'5' => "content though it is a folder",
            b'1' | b'2' => "the type of a link",
            b'3' | b'4' | b'6' => "the type of a device or pipe",
            b'S' => "the type of a sparse file",
            b'g' => "the type of a header for all entries",
            _ => "a type other than file or folder",
        };
        Err(self.entry_fault(&raw, fault))
    }

    /// Reads content of the current file; 0 when there is no more.
    pub(crate) fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX);
        let count = buffer.len().min(most);
        if let Some(place) = buffer.get_mut(..count) {
            self.fill(place)?;
        }
        self.left -= count as u64;
        Ok(count)
    }

    /// The source again, after [`Item::End`].
    pub(crate) fn into_source(self) -> R {
        self.source
    }

    fn expect(&mut self, size: u64) {
        self.left = size;
        let over = usize::try_from(size % BLOCK as u64).unwrap_or_default();
        self.padding = (BLOCK - over) % BLOCK;
    }

    fn skip_rest(&mut self) -> Result<()> {
        let mut buffer = [0; 8192];
        while self.read(&mut buffer)? > 0 {}
        let padding = std::mem::take(&mut self.padding);
        if let Some(place) = buffer.get_mut(..padding) {
            self.fill(place)?;
            if place.iter().any(|b| *b != 0) {
                return Err(self.fault("bytes other than zero between entries"));
            }
        }
        Ok(())
    }

    fn body(&mut self, header: &Header) -> Result<Vec<u8>> {
        if header.size > MAX_EXTENDED {
            return Err(self.entry_fault(&header.raw, "an extended header over 16 KiB"));
        }
        let mut body = vec![0; usize::try_from(header.size).unwrap_or_default()];
        self.expect(header.size);
        self.read(&mut body)?;
        self.skip_rest()?;
        Ok(body)
    }

    /// One zero block was read: there must be a second, then at most padding.
    fn end(&mut self) -> Result<Item> {
        let mut block = [0; BLOCK];
        self.fill(&mut block)?;
        let mut zero = block.iter().all(|b| *b == 0);
        let mut padding = 0;
        while zero {
            let count = self.read_some(&mut block)?;
            if count == 0 {
                return Ok(Item::End);
            }
            padding += count;
            zero = padding <= MAX_PADDING && block.iter().take(count).all(|b| *b == 0);
        }
        Err(self.fault("bytes after its end"))
    }

    fn fill(&mut self, buffer: &mut [u8]) -> Result<()> {
        let mut rest = buffer;
        while !rest.is_empty() {
            let count = self.read_some(rest)?;
            if count == 0 {
                return Err(self.fault("no end: it is cut"));
            }
            rest = rest.split_at_mut(count).1;
        }
        Ok(())
    }

    fn read_some(&mut self, buffer: &mut [u8]) -> Result<usize> {
        loop {
            match self.source.read(buffer) {
                Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
                read => return read.map_err(|e| read_error(self.job, e)),
            }
        }
    }

    fn fault(&self, fault: &'static str) -> Error {
        self.job.fault(None, fault)
    }

    fn entry_fault(&self, raw: &[u8], fault: &'static str) -> Error {
        self.job.fault(Some(raw), fault)
    }
}

/// A damaged gzip stream is the archive's fault, anything else the disk's.
pub(crate) fn read_error(job: &Job<'_>, error: std::io::Error) -> Error {
    use std::io::ErrorKind::{InvalidData, InvalidInput, UnexpectedEof};
    match error.kind() {
        InvalidData | InvalidInput => job.fault(None, "a damaged gzip stream"),
        UnexpectedEof => job.fault(None, "no end: it is cut"),
        _ => Error::io("read", &job.archive.path, error),
    }
}

fn parse_header(block: &[u8; BLOCK]) -> Result<Header, &'static str> {
    const CUT: &str = "a malformed header";
    let field = |at: usize, length: usize| block.get(at..at + length).ok_or(CUT);
    let stated = octal(field(148, 8)?).ok_or(CUT)?;
    let sum: u64 = block
        .iter()
        .enumerate()
        .map(|(at, b)| {
            if (148..156).contains(&at) {
                0x20
            } else {
                u64::from(*b)
            }
        })
        .sum();
    if stated != sum {
        return Err("a header with a wrong checksum");
    }
    let posix = match field(257, 8)? {
        b"ustar\x0000" => true,
        b"ustar  \0" => false,
        _ => return Err("a header that is neither ustar nor GNU"),
    };
    let mode = octal(field(100, 8)?).ok_or(CUT)?;
    if mode & 0o7000 != 0 {
        return Err("a setuid, setgid or sticky bit");
    }
    let name = text(field(0, 100)?).ok_or("a name that goes on after its end")?;
    let raw = match text(field(345, 155)?) {
        Some(prefix) if posix && !prefix.is_empty() => [prefix, b"/", name].concat(),
        None if posix => return Err("a name that goes on after its end"),
        _ => name.to_vec(),
    };
    Ok(Header {
        raw,
        kind: *block.get(156).ok_or(CUT)?,
        size: octal(field(124, 12)?).ok_or("a size that is not octal")?,
    })
}

/// The bytes up to the first NUL; `None` when anything but NUL follows it.
fn text(field: &[u8]) -> Option<&[u8]> {
    let end = field.iter().position(|b| *b == 0).unwrap_or(field.len());
    let (text, rest) = field.split_at(end);
    rest.iter().all(|b| *b == 0).then_some(text)
}

/// Octal digits between spaces, ended by NUL or space. Base-256, for 8 GiB and more, is refused.
fn octal(field: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(field).ok()?;
    let digits = text.trim_end_matches(['\0', ' ']).trim_start_matches(' ');
    let octal = digits.bytes().all(|b| matches!(b, b'0'..=b'7'));
    match digits {
        "" => Some(0),
        _ if octal => u64::from_str_radix(digits, 8).ok(),
        _ => None,
    }
}

/// The records of a PAX header: `<length> <key>=<value>\n`.
fn parse_pax(body: &[u8]) -> Result<Extended, &'static str> {
    let mut extended = Extended::default();
    let mut seen: Vec<&[u8]> = Vec::new();
    let mut rest = body;
    while !rest.is_empty() {
        let (record, after) = pax_record(rest).ok_or("a malformed PAX record")?;
        rest = after;
        let (key, value) = record;
        if seen.contains(&key) {
            return Err("a PAX key twice");
        }
        seen.push(key);
        match key {
            b"path" => extended.path = Some(value.to_vec()),
            b"size" => {
                let size = std::str::from_utf8(value).ok().and_then(|v| v.parse().ok());
                extended.size = Some(size.ok_or("a PAX size that is no number")?);
            }
            b"mtime" | b"atime" | b"ctime" => {}
            _ => return Err("a PAX key that is not allowed"),
        }
    }
    Ok(extended)
}

type Record<'a> = (&'a [u8], &'a [u8]);

fn pax_record(bytes: &[u8]) -> Option<(Record<'_>, &[u8])> {
    let space = bytes.iter().position(|b| *b == b' ')?;
    let digits = std::str::from_utf8(bytes.get(..space)?).ok()?;
    let canonical = digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0');
    let length: usize = digits.parse().ok().filter(|_| canonical)?;
    let (record, rest) = bytes.split_at_checked(length)?;
    let record = record.get(space + 1..)?.strip_suffix(b"\n")?;
    let equals = record.iter().position(|b| *b == b'=')?;
    Some(((record.get(..equals)?, record.get(equals + 1..)?), rest))
}
