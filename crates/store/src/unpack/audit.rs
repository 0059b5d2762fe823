//! What the reader of zip files passes over, looked at before an entry is read.
//!
//! Owns: the judgement on the container. The crate `zip` parses the directory and finds the entries;
//! it believes one of two headers, skips what lies between entries, and drops the first of two equal
//! names. Promises: what passes cannot be read in two ways. The end record is the last thing in the
//! file; the directory's bytes are what the crate says of them and nothing else; the entries fill
//! the file from its first byte to the directory without gap or overlap; both headers of an entry,
//! and the descriptor after it, say the same. Does not do: reading content.
//! Refused though the format has it: zip64, encryption, comments, several disks, links, methods
//! other than stored and deflated. Source: APPNOTE 6.3.10, sections 4.3 and 4.4.

use std::fs::File;
use std::os::unix::fs::FileExt as _;

use goseal_core::manifest::{EntryName, MAX_FILES};
use zip::read::{ArchiveOffset, Config, ZipFileEntry};
use zip::result::ZipError;
use zip::{CompressionMethod, System, ZipArchive};

use super::Job;
use super::names::Names;
use super::window::Window;
use crate::error::{Error, Result};

const END_SIZE: usize = 22;
const CENTRAL_SIZE: usize = 46;
const LOCAL_SIZE: usize = 30;
/// Bytes of a central directory; 12,000 files of Go's need 1.6 MiB.
const MAX_DIRECTORY: u64 = 16 << 20;
/// Bytes of extra fields in one header; Go writes at most 9.
const MAX_EXTRA: usize = 1024;
/// Bytes after the data that are looked at; a descriptor has 16.
const MAX_TAIL: usize = 64;
/// Data descriptor follows; name is UTF-8; how hard the compressor tried.
const DESCRIPTOR: u16 = 0x0008;
const FLAGS: u16 = DESCRIPTOR | 0x0800 | 0x0006;
/// Times (NTFS, Unix) and owners: extra fields that change nothing of what is read here.
const EXTRAS: [u16; 4] = [0x000a, 0x5455, 0x5855, 0x7875];

const MALFORMED: &str = "a malformed central directory";

/// An archive as the crate reads it.
pub(crate) type Zip<'a> = ZipArchive<Window<'a>>;

/// One entry; its headers, data and descriptor fill `begin..end` of the file.
pub(crate) struct Entry {
    /// Its place in the crate's list.
    pub(crate) index: usize,
    pub(crate) raw: Vec<u8>,
    /// The file that is to be written. `None` for a folder, and for a file that no digest covers:
    /// their headers are checked, their bytes are not read.
    pub(crate) file: Option<EntryName>,
    /// Flags and method, as both headers hold them.
    how: [u8; 4],
    /// Checksum, packed size, size, as headers and descriptor hold them.
    numbers: [u8; 12],
    packed: u64,
    pub(crate) begin: u64,
    pub(crate) end: u64,
}

/// Opens the archive and lays out its entries, in the order of their places.
pub(crate) fn open<'a>(
    job: &Job<'_>,
    mut names: Names,
    file: &'a File,
) -> Result<(Zip<'a>, Vec<Entry>)> {
    let (begin, directory) = read_directory(job, file)?;
    let config = Config {
        archive_offset: ArchiveOffset::Known(0),
    };
    let source = Window::new(file, job.archive.size);
    let zip = Zip::with_config(config, source).map_err(|e| zip_error(job, e))?;
    if zip.central_directory_start() != begin || zip.offset() != 0 {
        return Err(job.fault(None, MALFORMED));
    }
    let mut entries = Vec::with_capacity(zip.len());
    let mut rest = &directory[..];
    let (mut at, mut total) = (begin, 0_u64);
    for index in 0..zip.len() {
        let entry = zip.by_index_data(index).map_err(|e| zip_error(job, e))?;
        let raw = entry.name_raw();
        if entry.central_header_start() != at {
            // The crate keeps the last of equal names, at the first one's place in its list.
            add_name(&mut names, raw)?;
            add_name(&mut names, raw)?;
            return Err(job.fault(None, MALFORMED));
        }
        let record = take_record(&mut rest).ok_or_else(|| job.fault(None, MALFORMED))?;
        at += record.len() as u64;
        let stated = judge(&entry, record).map_err(|fault| job.fault(Some(raw), fault))?;
        entries.push(Entry {
            index,
            raw: raw.to_vec(),
            file: add_name(&mut names, raw)?,
            how: stated.0,
            numbers: stated.1,
            packed: entry.compressed_size(),
            begin: entry.header_start(),
            end: begin,
        });
        total = total.saturating_add(entry.size());
    }
    if !rest.is_empty() {
        return Err(job.fault(None, "more in its directory than entries"));
    }
    if total > job.limit {
        return Err(job.too_many("bytes", job.limit));
    }
    lay_out(job, &mut entries, begin)?;
    Ok((zip, entries))
}

fn add_name(names: &mut Names, raw: &[u8]) -> Result<Option<EntryName>> {
    if raw.ends_with(b"/") {
        return names.folder(raw).map(|()| None);
    }
    names
        .file(raw)
        .map(|(name, kept)| Some(name).filter(|_| kept))
}

/// The offset and the bytes of the central directory, by the last 22 bytes of the file. This comes
/// before the crate, which looks for an end record further up and allocates what it says.
fn read_directory(job: &Job<'_>, file: &File) -> Result<(u64, Vec<u8>)> {
    let end_at = job
        .archive
        .size
        .checked_sub(END_SIZE as u64)
        .ok_or_else(|| job.fault(None, "fewer bytes than a zip file"))?;
    let mut end = [0; END_SIZE];
    read_at(job, file, &mut end, end_at)?;
    let (count, size, begin) = parse_end(&end)
        .ok_or_else(|| job.fault(None, "no plain end record as its last 22 bytes"))?;
    if usize::from(count) > MAX_FILES || size > MAX_DIRECTORY {
        return Err(job.too_many("files", MAX_FILES as u64));
    }
    if begin + size != end_at {
        return Err(job.fault(None, "a directory that does not end at the end record"));
    }
    let mut bytes = vec![0; usize::try_from(size).unwrap_or_default()];
    read_at(job, file, &mut bytes, begin)?;
    Ok((begin, bytes))
}

/// Count of entries, size of the directory, its offset: on one disk, without a comment. Fields of
/// ones refer to zip64.
fn parse_end(end: &[u8]) -> Option<(u16, u64, u64)> {
    let (count, size, offset) = (le16(end, 10)?, le32(end, 12)?, le32(end, 16)?);
    let plain = holds(end, 0, b"PK\x05\x06\0\0\0\0")
        && holds(end, 8, &count.to_le_bytes())
        && holds(end, 20, &[0; 2]);
    let zip64 = count == u16::MAX || size == u32::MAX || offset == u32::MAX;
    (plain && !zip64).then_some((count, u64::from(size), u64::from(offset)))
}

/// The next record of the directory. Its comment is left, and is refused.
fn take_record<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (name, extra) = split(rest, CENTRAL_SIZE, 28)?;
    let length = CENTRAL_SIZE + name.len() + extra.len();
    let (record, after) = rest.split_at_checked(length)?;
    *rest = after;
    Some(record)
}

/// Name and extra fields of a header of that size, whose two lengths lie at `lengths`.
fn split(header: &[u8], size: usize, lengths: usize) -> Option<(&[u8], &[u8])> {
    let (name, extra) = (le16(header, lengths)?, le16(header, lengths + 2)?);
    let (name, rest) = header.get(size..)?.split_at_checked(usize::from(name))?;
    Some((name, rest.get(..usize::from(extra))?))
}

/// Judges what the crate says of an entry, and what it leaves out. Gives flags and method, and
/// checksum and sizes, as bytes: with none but harmless extra fields they are what the crate says.
fn judge(entry: &ZipFileEntry<'_>, record: &[u8]) -> Result<([u8; 4], [u8; 12]), &'static str> {
    let name = entry.name_raw();
    if !entry.comment_raw().is_empty() || !holds(record, 32, &[0; 4]) {
        return Err("a comment or a disk number");
    }
    let flags = entry.flags().as_u16();
    if flags & 0x2041 != 0 {
        return Err("an encryption flag");
    }
    if flags & !FLAGS != 0 {
        return Err("flags that Go never writes");
    }
    let (_, extra) = split(record, CENTRAL_SIZE, 28).ok_or(MALFORMED)?;
    check_extra(extra)?;
    let (packed, size) = (entry.compressed_size(), entry.size());
    let numbers = [packed, size, entry.header_start()];
    if numbers.contains(&u64::from(u32::MAX)) {
        return Err("zip64 fields");
    }
    match entry.compression() {
        CompressionMethod::Deflated => {}
        CompressionMethod::Stored if packed == size => {}
        CompressionMethod::Stored => return Err("two sizes though it is not compressed"),
        _ => return Err("a compression method other than deflate"),
    }
    check_attributes(entry)?;
    if name.ends_with(b"/") && size != 0 {
        return Err("content though it is a folder");
    }
    let how = record.get(8..).and_then(<[u8]>::first_chunk);
    let numbers = record.get(16..).and_then(<[u8]>::first_chunk);
    how.copied().zip(numbers.copied()).ok_or(MALFORMED)
}

/// Only extra fields that say nothing about name, size or content.
fn check_extra(extra: &[u8]) -> Result<(), &'static str> {
    if extra.len() > MAX_EXTRA {
        return Err("more than 1,024 bytes of extra fields");
    }
    let mut rest = extra;
    while !rest.is_empty() {
        let known = le16(rest, 0).is_some_and(|id| EXTRAS.contains(&id));
        rest = le16(rest, 2)
            .filter(|_| known)
            .and_then(|length| rest.get(4 + usize::from(length)..))
            .ok_or("an extra field that is unknown or changes its meaning")?;
    }
    Ok(())
}

/// Of the attributes, the Unix mode where a Unix wrote it (hosts 3 and 19 of section 4.4.2). The
/// crate's own `unix_mode` leaves out the bits that are refused here.
fn check_attributes(entry: &ZipFileEntry<'_>) -> Result<(), &'static str> {
    if !matches!(entry.system(), System::Unix | System::OsDarwin) {
        return Ok(());
    }
    let mode = entry.external_attributes() >> 16;
    match mode & 0o170_000 {
        0 => {}
        0o100_000 if !entry.is_dir() => {}
        0o040_000 if entry.is_dir() => {}
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
        let least = LOCAL_SIZE as u64 + entry.raw.len() as u64 + entry.packed;
        entry.end = end;
        end = entry.begin;
        if entry
            .end
            .checked_sub(entry.begin)
            .is_none_or(|span| span < least)
        {
            return Err(job.fault(Some(&entry.raw), "bytes that belong to another entry"));
        }
    }
    if end == 0 {
        Ok(())
    } else {
        Err(job.fault(None, "bytes before its first entry"))
    }
}

/// Checks what the file holds of an entry besides its data: the local header and the descriptor.
pub(crate) fn check_frame(job: &Job<'_>, file: &File, entry: &Entry) -> Result<()> {
    let fault = |fault| job.fault(Some(&entry.raw), fault);
    let span = usize::try_from(entry.end - entry.begin).unwrap_or(usize::MAX);
    let mut head = [0; LOCAL_SIZE + 2 * MAX_EXTRA];
    let head = head.split_at_mut(span.min(LOCAL_SIZE + 2 * MAX_EXTRA)).0;
    read_at(job, file, head, entry.begin)?;
    let data = entry.begin + check_local(entry, head).map_err(fault)?;
    let after = entry.end.checked_sub(data + entry.packed);
    let mut tail = [0; MAX_TAIL];
    let tail = after
        .and_then(|length| tail.get_mut(..usize::try_from(length).ok()?))
        .ok_or_else(|| fault("bytes after its data"))?;
    read_at(job, file, tail, data + entry.packed)?;
    check_tail(entry, tail).map_err(fault)
}

/// Holds the local header against the directory; gives its length.
fn check_local(entry: &Entry, head: &[u8]) -> Result<u64, &'static str> {
    let parts = split(head, LOCAL_SIZE, 26).filter(|_| head.starts_with(b"PK\x03\x04"));
    let (name, extra) = parts.ok_or("a malformed local header")?;
    check_extra(extra)?;
    let later = entry.has_descriptor() && holds(head, 14, &[0; 12]);
    let numbers = later || holds(head, 14, &entry.numbers);
    if numbers && holds(head, 6, &entry.how) && name == entry.raw {
        Ok((LOCAL_SIZE + name.len() + extra.len()) as u64)
    } else {
        Err("a local header that differs from the central one")
    }
}

impl Entry {
    const fn has_descriptor(&self) -> bool {
        u16::from_le_bytes([self.how[0], self.how[1]]) & DESCRIPTOR != 0
    }
}

/// Checks what follows the data of an entry: nothing, or the descriptor that its flag announces.
fn check_tail(entry: &Entry, tail: &[u8]) -> Result<(), &'static str> {
    let empty = entry.numbers.ends_with(&[0; 4]);
    if tail.is_empty() && (empty || !entry.has_descriptor()) {
        Ok(())
    } else if !entry.has_descriptor() {
        Err("bytes after its data")
    } else if tail.strip_prefix(b"PK\x07\x08").unwrap_or(tail) == entry.numbers {
        Ok(())
    } else {
        Err("a data descriptor that differs from the directory, or bytes after it")
    }
}

fn le16(bytes: &[u8], at: usize) -> Option<u16> {
    let bytes = bytes.get(at..)?.first_chunk()?;
    Some(u16::from_le_bytes(*bytes))
}

fn le32(bytes: &[u8], at: usize) -> Option<u32> {
    let bytes = bytes.get(at..)?.first_chunk()?;
    Some(u32::from_le_bytes(*bytes))
}

fn holds(bytes: &[u8], at: usize, part: &[u8]) -> bool {
    bytes.get(at..).is_some_and(|rest| rest.starts_with(part))
}

/// What the crate refuses is the archive's fault, what the system refuses is the disk's.
pub(crate) fn zip_error(job: &Job<'_>, error: ZipError) -> Error {
    match error {
        ZipError::Io(e) if e.raw_os_error().is_some() => Error::io("read", &job.archive.path, e),
        _ => job.fault(None, MALFORMED),
    }
}

/// Reads exactly the bytes at an offset.
fn read_at(job: &Job<'_>, file: &File, buffer: &mut [u8], at: u64) -> Result<()> {
    file.read_exact_at(buffer, at).map_err(|e| {
        if e.kind() == std::io::ErrorKind::UnexpectedEof {
            job.fault(None, "offsets beyond its end")
        } else {
            Error::io("read", &job.archive.path, e)
        }
    })
}
