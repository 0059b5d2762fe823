//! The framing of zip files, read strictly.
//!
//! Owns: the end record, the central directory and the local headers. Promises: the entries fill the
//! file from its first byte to the directory without gap or overlap, both headers of an entry say
//! the same, and there is nothing after the end record. Does not do: inflating, writing.
//! Refused though the format has it: zip64, encryption, comments, several disks, links, methods
//! other than stored and deflated. Source: APPNOTE 6.3.10, sections 4.3 and 4.4.

use std::fs::File;
use std::os::unix::fs::FileExt as _;

use goseal_core::manifest::{EntryName, MAX_FILES};

use super::Job;
use super::names::Names;
use crate::error::{Error, Result};

const END_SIZE: usize = 22;
const CENTRAL_SIZE: usize = 46;
/// Bytes of a local header before its name.
pub(crate) const LOCAL_SIZE: usize = 30;
/// Bytes of a central directory; 12,000 files of Go's need 1.6 MiB.
const MAX_DIRECTORY: u64 = 16 << 20;
/// Bytes of extra fields in one header; Go writes at most 9.
const MAX_EXTRA: usize = 1024;
/// Data descriptor follows; name is UTF-8; how hard the compressor tried.
const DESCRIPTOR: u16 = 0x0008;
const FLAGS: u16 = DESCRIPTOR | 0x0800 | 0x0006;
/// Times (NTFS, Unix) and owners: extra fields that change nothing of what is read here.
const EXTRAS: [u16; 4] = [0x000a, 0x5455, 0x5855, 0x7875];

/// How the bytes of an entry are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Method {
    Stored,
    Deflated,
}

/// What an entry is.
pub(crate) enum Kind {
    /// A file that is to be written.
    File(EntryName),
    /// A file that no digest covers, or a folder: its headers are checked, its bytes are not read.
    Passed,
}

/// One entry by the central directory; its bytes fill `begin..end` of the file.
pub(crate) struct Entry {
    pub(crate) kind: Kind,
    pub(crate) raw: Vec<u8>,
    pub(crate) method: Method,
    flags: u16,
    pub(crate) crc: u32,
    pub(crate) packed: u64,
    pub(crate) size: u64,
    pub(crate) begin: u64,
    pub(crate) end: u64,
}

/// Little-endian fields one after the other; `None` at the end of the bytes.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (head, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(head)
    }

    fn u16(&mut self) -> Option<u16> {
        let bytes = self.take(2)?;
        Some(u16::from_le_bytes(bytes.try_into().ok()?))
    }

    fn u32(&mut self) -> Option<u32> {
        let bytes = self.take(4)?;
        Some(u32::from_le_bytes(bytes.try_into().ok()?))
    }

    fn signature(&mut self, expected: [u8; 4]) -> Option<()> {
        (self.take(4)? == expected).then_some(())
    }
}

/// Reads the central directory and lays out the entries.
pub(crate) fn read_directory(job: &Job<'_>, mut names: Names, file: &File) -> Result<Vec<Entry>> {
    let end_at = job
        .archive
        .size
        .checked_sub(END_SIZE as u64)
        .ok_or_else(|| job.fault(None, "fewer bytes than a zip file"))?;
    let mut end = [0; END_SIZE];
    read_at(job, file, &mut end, end_at)?;
    let (count, size, begin) = parse_end(&end)
        .ok_or_else(|| job.fault(None, "no plain end record as its last 22 bytes"))?;
    if count > MAX_FILES || size > MAX_DIRECTORY {
        return Err(job.too_many("files", MAX_FILES as u64));
    }
    if begin + size != end_at {
        return Err(job.fault(None, "a directory that does not end at the end record"));
    }
    let mut bytes = vec![0; usize::try_from(size).unwrap_or_default()];
    read_at(job, file, &mut bytes, begin)?;
    let mut fields = Fields(&bytes);
    let mut entries = Vec::with_capacity(count);
    for _ in 0..count {
        let central = parse_central(&mut fields)
            .ok_or_else(|| job.fault(None, "a malformed central directory"))?;
        entries.push(judge(job, &central, &mut names)?);
    }
    if !fields.0.is_empty() {
        return Err(job.fault(None, "more in its directory than entries"));
    }
    lay_out(job, &mut entries, begin)?;
    Ok(entries)
}

/// Count of entries, size of the directory, its offset. Zip64 shows by fields of ones.
fn parse_end(bytes: &[u8]) -> Option<(usize, u64, u64)> {
    let mut fields = Fields(bytes);
    fields.signature(*b"PK\x05\x06")?;
    let (disk, start_disk, here, count) =
        (fields.u16()?, fields.u16()?, fields.u16()?, fields.u16()?);
    let (size, offset, comment) = (fields.u32()?, fields.u32()?, fields.u16()?);
    let plain = disk == 0
        && start_disk == 0
        && here == count
        && count != u16::MAX
        && size != u32::MAX
        && offset != u32::MAX
        && comment == 0;
    plain.then_some((usize::from(count), u64::from(size), u64::from(offset)))
}

struct Central<'a> {
    host: u16,
    flags: u16,
    method: u16,
    crc: u32,
    packed: u32,
    size: u32,
    name: &'a [u8],
    extra: &'a [u8],
    plain: bool,
    attributes: u32,
    offset: u32,
}

fn parse_central<'a>(fields: &mut Fields<'a>) -> Option<Central<'a>> {
    let mut head = Fields(fields.take(CENTRAL_SIZE)?);
    head.signature(*b"PK\x01\x02")?;
    let host = head.u16()? >> 8;
    let _needed = head.u16()?;
    let (flags, method) = (head.u16()?, head.u16()?);
    let _time_and_date = head.u32()?;
    let (crc, packed, size) = (head.u32()?, head.u32()?, head.u32()?);
    let (name, extra) = (usize::from(head.u16()?), usize::from(head.u16()?));
    let (comment, disk, _internal) = (head.u16()?, head.u16()?, head.u16()?);
    let (attributes, offset) = (head.u32()?, head.u32()?);
    Some(Central {
        host,
        flags,
        method,
        crc,
        packed,
        size,
        name: fields.take(name)?,
        extra: fields.take(extra)?,
        plain: comment == 0 && disk == 0,
        attributes,
        offset,
    })
}

fn judge(job: &Job<'_>, central: &Central<'_>, names: &mut Names) -> Result<Entry> {
    let raw = central.name;
    let fault = |fault| job.fault(Some(raw), fault);
    if !central.plain {
        return Err(fault("a comment or a disk number"));
    }
    check_flags(central.flags).map_err(fault)?;
    check_extra(central.extra).map_err(fault)?;
    if [central.packed, central.size, central.offset].contains(&u32::MAX) {
        return Err(fault("zip64 fields"));
    }
    let method = match central.method {
        0 => Method::Stored,
        8 => Method::Deflated,
        _ => return Err(fault("a compression method other than deflate")),
    };
    if method == Method::Stored && central.packed != central.size {
        return Err(fault("two sizes though it is not compressed"));
    }
    let is_folder = raw.ends_with(b"/");
    check_attributes(central.host, central.attributes, is_folder).map_err(fault)?;
    let kind = if is_folder {
        if central.size != 0 {
            return Err(fault("content though it is a folder"));
        }
        names.folder(raw)?;
        Kind::Passed
    } else {
        match names.file(raw)? {
            (name, true) => Kind::File(name),
            (_, false) => Kind::Passed,
        }
    };
    Ok(Entry {
        kind,
        raw: raw.to_vec(),
        method,
        flags: central.flags,
        crc: central.crc,
        packed: u64::from(central.packed),
        size: u64::from(central.size),
        begin: u64::from(central.offset),
        end: 0,
    })
}

fn check_flags(flags: u16) -> Result<(), &'static str> {
    if flags & 0x2041 != 0 {
        Err("an encryption flag")
    } else if flags & !FLAGS != 0 {
        Err("flags that Go never writes")
    } else {
        Ok(())
    }
}

/// Only extra fields that say nothing about name, size or content.
fn check_extra(extra: &[u8]) -> Result<(), &'static str> {
    if extra.len() > MAX_EXTRA {
        return Err("more than 1,024 bytes of extra fields");
    }
    let mut fields = Fields(extra);
    while !fields.0.is_empty() {
        let known = (|| {
            let id = fields.u16()?;
            let length = usize::from(fields.u16()?);
            fields.take(length)?;
            EXTRAS.contains(&id).then_some(())
        })();
        known.ok_or("an extra field that is unknown or changes its meaning")?;
    }
    Ok(())
}

/// Of the attributes, the Unix mode where a Unix wrote it (hosts 3 and 19 of section 4.4.2).
fn check_attributes(host: u16, attributes: u32, is_folder: bool) -> Result<(), &'static str> {
    if !matches!(host, 3 | 19) {
        return Ok(());
    }
    let mode = attributes >> 16;
    match mode & 0o170_000 {
        0 => {}
        0o100_000 if !is_folder => {}
        0o040_000 if is_folder => {}
        0o120_000 => return Err("the type of a symbolic link"),
        _ => return Err("a type other than file or folder"),
    }
    if mode & 0o7000 == 0 {
        Ok(())
    } else {
        Err("a setuid, setgid or sticky bit")
    }
}

/// Sorts the entries by place and gives each the bytes up to the next: they must fill the file.
fn lay_out(job: &Job<'_>, entries: &mut [Entry], directory: u64) -> Result<()> {
    entries.sort_unstable_by_key(|entry| entry.begin);
    let mut end = directory;
    for entry in entries.iter_mut().rev() {
        entry.end = end;
        end = entry.begin;
        let least = LOCAL_SIZE as u64 + entry.raw.len() as u64 + entry.packed;
        if entry
            .end
            .checked_sub(entry.begin)
            .is_none_or(|span| span < least)
        {
            return Err(job.fault(Some(&entry.raw), "bytes that belong to another entry"));
        }
    }
    if end != 0 {
        return Err(job.fault(None, "bytes before its first entry"));
    }
    let total: u64 = entries.iter().map(|entry| entry.size).sum();
    if total > job.limit {
        return Err(job.too_many("bytes", job.limit));
    }
    Ok(())
}

/// Checks the local header at the start of `bytes` against the directory's; gives its length.
/// `bytes` holds the first 64 KiB of the entry, or all of it.
pub(crate) fn check_local(entry: &Entry, bytes: &[u8]) -> Result<u64, &'static str> {
    const CUT: &str = "a malformed local header";
    let mut fields = Fields(bytes);
    let mut same = || -> Option<(bool, &[u8])> {
        fields.signature(*b"PK\x03\x04")?;
        let _needed = fields.u16()?;
        let (flags, method) = (fields.u16()?, fields.u16()?);
        let _time_and_date = fields.u32()?;
        let (crc, packed, size) = (fields.u32()?, fields.u32()?, fields.u32()?);
        let (name, extra) = (usize::from(fields.u16()?), usize::from(fields.u16()?));
        let name = fields.take(name)?;
        let extra = fields.take(extra)?;
        let stated = (crc, u64::from(packed), u64::from(size));
        let numbers = stated == (entry.crc, entry.packed, entry.size)
            || (flags & DESCRIPTOR != 0 && stated == (0, 0, 0));
        let method = match entry.method {
            Method::Stored => method == 0,
            Method::Deflated => method == 8,
        };
        Some((
            numbers && method && flags == entry.flags && name == entry.raw,
            extra,
        ))
    };
    let (same, extra) = same().ok_or(CUT)?;
    check_extra(extra)?;
    if !same {
        return Err("a local header that differs from the central one");
    }
    Ok((bytes.len() - fields.0.len()) as u64)
}

/// Checks what follows the data of an entry: nothing, or the descriptor that its flag announces.
pub(crate) fn check_tail(entry: &Entry, tail: &[u8]) -> Result<(), &'static str> {
    if entry.flags & DESCRIPTOR == 0 || (tail.is_empty() && entry.size == 0) {
        return if tail.is_empty() {
            Ok(())
        } else {
            Err("bytes after its data")
        };
    }
    let mut fields = Fields(tail.strip_prefix(b"PK\x07\x08").unwrap_or(tail));
    let same = (|| {
        let numbers = (fields.u32()?, fields.u32()?, fields.u32()?);
        let (packed, size) = (u64::from(numbers.1), u64::from(numbers.2));
        (fields.0.is_empty() && (numbers.0, packed, size) == (entry.crc, entry.packed, entry.size))
            .then_some(())
    })();
    same.ok_or("a data descriptor that differs from the directory, or bytes after it")
}

/// Reads exactly the bytes at an offset.
pub(crate) fn read_at(job: &Job<'_>, file: &File, buffer: &mut [u8], at: u64) -> Result<()> {
    file.read_exact_at(buffer, at).map_err(|e| {
        if e.kind() == std::io::ErrorKind::UnexpectedEof {
            job.fault(None, "offsets beyond its end")
        } else {
            Error::io("read", &job.archive.path, e)
        }
    })
}
