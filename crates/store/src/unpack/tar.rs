//! What may stand in a tar file, judged header by header.
//!
//! Owns: the judgement. The crate `tar` finds the headers, checks their sums and reads what they
//! announce; all of them are looked at here, in its raw order, so that none is applied silently.
//! Promises: only regular files and folders come out; sizes and names have one meaning. Does not do:
//! reading, writing.
//! Source: POSIX.1-2017 pax, "ustar Interchange Format"; GNU tar manual, "Basic Tar Format".

use tar::{EntryType, Header, PaxExtensions};

pub(crate) const BLOCK: usize = 512;
const NOT_OCTAL: &str = "a size that is not octal";
/// Bytes of one extended header; Go's own reach 200.
const MAX_EXTENDED: u64 = 16 << 10;

/// What a header stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// PAX records for the next entry.
    Pax,
    /// The name of the next entry, in GNU's manner.
    LongName,
}

/// What an extended header says of the next entry.
#[derive(Default)]
pub(crate) struct Extended {
    path: Option<Vec<u8>>,
    size: Option<u64>,
}

/// A header by itself: its form, its name, its size.
pub(crate) fn judge(header: &Header) -> Result<(Vec<u8>, u64), &'static str> {
    let size = octal(&header.as_old().size).ok_or(NOT_OCTAL)?;
    let prefix = match (header.as_ustar(), header.as_gnu()) {
        (Some(posix), _) => &posix.prefix[..],
        (None, Some(_)) => &[],
        (None, None) => return Err("a header that is neither ustar nor GNU"),
    };
    let mode = octal(&header.as_old().mode).ok_or("a malformed header")?;
    if mode & 0o7000 != 0 {
        return Err("a setuid, setgid or sticky bit");
    }
    if !ends(&header.as_old().name) || !ends(prefix) {
        return Err("a name that goes on after its end");
    }
    Ok((header.path_bytes().into_owned(), size))
}

/// Why the crate refused a header: it looks at the sum and the size. Only these words depend on its
/// text, never the refusal.
pub(crate) fn refused(error: &std::io::Error) -> &'static str {
    if error.to_string().contains("checksum") {
        "a header with a wrong checksum"
    } else {
        NOT_OCTAL
    }
}

/// What comes with a header, and its name, once the header before has been applied.
pub(crate) fn resolve(
    header: &Header,
    (raw, size): (Vec<u8>, u64),
    extended: Option<Extended>,
) -> (Vec<u8>, Result<Kind, &'static str>) {
    let before = extended.is_some();
    let extended = extended.unwrap_or_default();
    let raw = extended.path.unwrap_or(raw);
    let two_sizes = extended.size.is_some_and(|stated| stated != size);
    let kind = match header.entry_type() {
        EntryType::XHeader | EntryType::GNULongName if before => Err("two extended headers"),
        EntryType::XHeader | EntryType::GNULongName if size > MAX_EXTENDED => {
            Err("an extended header over 16 KiB")
        }
        EntryType::XHeader => Ok(Kind::Pax),
        EntryType::GNULongName => Ok(Kind::LongName),
        _ if two_sizes => Err("two sizes"),
        EntryType::Regular if raw.ends_with(b"/") => {
            Err("the name of a folder and the type of a file")
        }
        EntryType::Regular => Ok(Kind::File),
        EntryType::Directory if size == 0 => Ok(Kind::Folder),
        EntryType::Directory => Err("content though it is a folder"),
        EntryType::Link | EntryType::Symlink => Err("the type of a link"),
        EntryType::Char | EntryType::Block | EntryType::Fifo => Err("the type of a device or pipe"),
        EntryType::GNUSparse => Err("the type of a sparse file"),
        EntryType::XGlobalHeader => Err("the type of a header for all entries"),
        _ => Err("a type other than file or folder"),
    };
    (raw, kind)
}

const MALFORMED: &str = "a malformed PAX record";

/// The content of an extended header.
pub(crate) fn extend(kind: Kind, mut body: Vec<u8>) -> Result<Extended, &'static str> {
    if kind == Kind::LongName {
        body.pop_if(|last| *last == 0);
        return Ok(Extended {
            path: Some(body),
            size: None,
        });
    }
    // The crate ends at an empty line and takes a last record without its line feed.
    let whole = body.is_empty() || body.ends_with(b"\n");
    if !whole || body.starts_with(b"\n") || body.windows(2).any(|two| two == b"\n\n") {
        return Err(MALFORMED);
    }
    let mut extended = Extended::default();
    let mut seen: Vec<&[u8]> = Vec::new();
    for record in PaxExtensions::new(&body) {
        let record = record.map_err(|_| MALFORMED)?;
        let key = record.key_bytes();
        if seen.contains(&key) {
            return Err("a PAX key twice");
        }
        seen.push(key);
        match key {
            b"path" => extended.path = Some(record.value_bytes().to_vec()),
            b"size" => {
                let size = record.value().ok().and_then(|value| value.parse().ok());
                extended.size = Some(size.ok_or("a PAX size that is no number")?);
            }
            b"mtime" | b"atime" | b"ctime" => {}
            _ => return Err("a PAX key that is not allowed"),
        }
    }
    Ok(extended)
}

/// Whether nothing but NUL follows the first NUL.
fn ends(field: &[u8]) -> bool {
    field.iter().skip_while(|b| **b != 0).all(|b| *b == 0)
}

/// Octal digits between spaces, ended by NUL or space. Base-256, for 8 GiB and more, is refused, and
/// so is what the crate's own parser takes besides: a sign, bytes after the end.
fn octal(field: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(field).ok()?;
    let digits = text.trim_end_matches(['\0', ' ']).trim_start_matches(' ');
    let octal = digits.bytes().all(|b| matches!(b, b'0'..=b'7'));
    u64::from_str_radix(digits, 8).ok().filter(|_| octal)
}
