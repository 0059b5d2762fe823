//! The form of a line: slots, the sum, the header that an appender reads without parsing.
//!
//! A record is the text, spaces, LF; together 1 to 8 slots of 512 bytes that never cross a
//! boundary of 4,096: a page is what a file system writes or does not write when the writer dies.
//! The text begins with the same fields in every version of the major:
//! `schema`, `seq`, `prev`, `run`, `type`, `owner`, `nonce`, `time`; it ends with `sum`.

use goseal_core::digest::Sha256;
use sha2::Digest as _;

/// A slot, in bytes: the unit of length and of place.
pub const SLOT: u64 = 512;

/// What no record crosses, in bytes; also the longest record with its padding.
pub const BLOCK: u64 = 4096;

/// [`SLOT`] for lengths in memory.
pub(crate) const SLOT_LEN: usize = 512;

/// [`BLOCK`] for lengths in memory.
pub(crate) const BLOCK_LEN: usize = 4096;

/// What every record of this major begins with.
pub(crate) const OPENING: &[u8] = br#"{"schema":"goseal.record/1","seq":""#;

/// `,"sum":"0123456789abcdef"}`.
pub(crate) const SUM_LEN: usize = 26;

/// The first 8 bytes of a digest.
pub(crate) fn head(digest: &Sha256) -> [u8; 8] {
    let mut head = [0; 8];
    for (to, from) in head.iter_mut().zip(digest.as_bytes()) {
        *to = *from;
    }
    head
}

/// Appends `bytes` in lower-case hexadecimal.
pub(crate) fn push_hex(out: &mut Vec<u8>, bytes: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| DIGITS.get(usize::from(nibble)).copied().unwrap_or(b'0');
    for byte in bytes {
        out.push(digit(byte >> 4));
        out.push(digit(byte & 15));
    }
}

/// Reads exactly `2 * N` lower-case hexadecimal digits.
pub(crate) fn parse_hex<const N: usize>(text: &[u8]) -> Option<[u8; N]> {
    let value = |digit: u8| match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    };
    if text.len() != 2 * N {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(text.chunks_exact(2)) {
        let mut digits = pair.iter().map(|d| value(*d));
        *byte = digits.next()?? << 4 | digits.next()??;
    }
    Some(bytes)
}

/// Reads a `seq`: exactly 20 decimal digits.
pub(crate) fn parse_seq(text: &[u8]) -> Option<u64> {
    let digits = text.len() == 20 && text.iter().all(u8::is_ascii_digit);
    digits.then(|| std::str::from_utf8(text).ok()?.parse().ok())?
}

/// The header of a record, as [`parse_head`] reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) seq: u64,
    pub(crate) prev: Sha256,
    pub(crate) owner: [u8; 8],
    /// Seconds since the epoch.
    pub(crate) secs: u64,
}

/// Closes a text that lacks only its `sum`, and gives the digest of the whole: the next `prev`.
pub(crate) fn close(text: &mut Vec<u8>) -> Sha256 {
    let mut state = sha2::Sha256::new();
    state.update(&*text);
    let sum = head(&Sha256::from_bytes(state.clone().finalize().into()));
    let from = text.len();
    text.extend_from_slice(br#","sum":""#);
    push_hex(text, &sum);
    text.extend_from_slice(br#""}"#);
    state.update(text.get(from..).unwrap_or_default());
    Sha256::from_bytes(state.finalize().into())
}

/// Why a text is not a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flaw {
    /// It does not begin or end as records do.
    NotARecord,
    /// It does, and the sum does not hold.
    Sum,
}

/// The digest of a text without padding, if its sum holds.
pub(crate) fn check_sum(text: &[u8]) -> Result<Sha256, Flaw> {
    let at = text.len().checked_sub(SUM_LEN).ok_or(Flaw::NotARecord)?;
    let (body, end) = text.split_at_checked(at).ok_or(Flaw::NotARecord)?;
    let stated = end
        .strip_prefix(br#","sum":""#)
        .and_then(|end| end.strip_suffix(br#""}"#));
    let stated = stated.ok_or(Flaw::NotARecord)?;
    if !text.starts_with(OPENING) {
        return Err(Flaw::NotARecord);
    }
    let stated = parse_hex(stated).ok_or(Flaw::Sum)?;
    let mut state = sha2::Sha256::new();
    state.update(body);
    if head(&Sha256::from_bytes(state.clone().finalize().into())) != stated {
        return Err(Flaw::Sum);
    }
    state.update(end);
    Ok(Sha256::from_bytes(state.finalize().into()))
}

/// Reads the header from the beginning of a text; the first [`SLOT`] holds all of it.
pub(crate) fn parse_head(text: &[u8]) -> Option<Head> {
    let rest = text.strip_prefix(OPENING)?;
    let (seq, rest) = value(rest, 20)?;
    let (prev, rest) = value(name(rest, br#","prev":""#)?, 64)?;
    let (_, rest) = value(name(rest, br#","run":""#)?, 32)?;
    let rest = name(rest, br#","type":""#)?;
    let kind_len = rest.iter().take(32).position(|b| *b == b'"')?;
    let (_, rest) = value(rest, kind_len)?;
    let (owner, rest) = value(name(rest, br#","owner":""#)?, 16)?;
    let (_, rest) = value(name(rest, br#","nonce":""#)?, 32)?;
    let (time, _) = value(name(rest, br#","time":""#)?, 30)?;
    Some(Head {
        seq: parse_seq(seq)?,
        prev: Sha256::from_bytes(parse_hex(prev)?),
        owner: parse_hex(owner)?,
        secs: crate::record::Wall::parse(std::str::from_utf8(time).ok()?)?.secs(),
    })
}

/// Header and digest of a text without padding, if it is a record and its sum holds.
pub(crate) fn check(text: &[u8]) -> Result<(Head, Sha256), Flaw> {
    let digest = check_sum(text)?;
    parse_head(text)
        .map(|head| (head, digest))
        .ok_or(Flaw::NotARecord)
}

/// The record that a line begins with: header, digest and length of its text. What follows may be
/// padding, or bytes that do not belong.
pub(crate) fn find(line: &[u8]) -> Result<(Head, Sha256, usize), Flaw> {
    let text = trim_end(line.strip_suffix(b"\n").unwrap_or(line));
    let found = |text: &[u8]| check(text).map(|(head, digest)| (head, digest, text.len()));
    found(text).or_else(|flaw| {
        let end = text.windows(2).rposition(|pair| pair == br#""}"#);
        let shorter = end.and_then(|end| text.get(..end + 2));
        shorter.map_or(Err(flaw), |text| found(text).map_err(|_| flaw))
    })
}

/// Splits a line where a record begins behind its first byte. No string can hold this: quotes in
/// strings are escaped.
pub(crate) fn split(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let behind = line.get(1..)?;
    let at = behind.windows(OPENING.len()).position(|w| w == OPENING)?;
    line.split_at_checked(at + 1)
}

/// A text without the spaces that follow it.
pub(crate) fn trim_end(line: &[u8]) -> &[u8] {
    let end = line.iter().rposition(|b| *b != b' ').map_or(0, |at| at + 1);
    line.get(..end).unwrap_or(line)
}

/// The text of a line in form: whole slots, LF at the end, spaces before it. `None` for other lines.
pub(crate) fn trim(line: &[u8]) -> Option<&[u8]> {
    let inside = line.strip_suffix(b"\n")?;
    if !line.len().is_multiple_of(SLOT_LEN) || line.len() > BLOCK_LEN {
        return None;
    }
    Some(trim_end(inside))
}

/// The bytes that a text takes with padding and LF.
pub(crate) const fn padded(text: usize) -> usize {
    (text + 1).next_multiple_of(SLOT_LEN)
}

/// How many bytes of fillers go before a record of `length` bytes at `offset`, both whole slots.
pub(crate) fn fill_before(offset: u64, length: usize) -> usize {
    let left = BLOCK - offset % BLOCK;
    if length as u64 <= left {
        0
    } else {
        usize::try_from(left).unwrap_or(0)
    }
}

/// Appends fillers: slots of 511 spaces and LF.
pub(crate) fn push_fillers(out: &mut Vec<u8>, bytes: usize) {
    for _ in 0..bytes / SLOT_LEN {
        push_line(out, b"");
    }
}

/// Appends a text, spaces to the end of its last slot, and LF.
pub(crate) fn push_line(out: &mut Vec<u8>, text: &[u8]) {
    let end = out.len() + padded(text.len());
    out.extend_from_slice(text);
    out.resize(end - 1, b' ');
    out.push(b'\n');
}

fn value(text: &[u8], length: usize) -> Option<(&[u8], &[u8])> {
    let (value, rest) = text.split_at_checked(length)?;
    Some((value, rest.strip_prefix(b"\"")?))
}

fn name<'a>(text: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    text.strip_prefix(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hexadecimal_is_read_and_written_the_same() {
        let mut text = Vec::new();
        push_hex(&mut text, &[0, 0x9f, 0xff]);
        assert_eq!(text, b"009fff");
        assert_eq!(parse_hex(&text), Some([0, 0x9f, 0xff]));
        assert_eq!(parse_hex::<3>(b"009FFF"), None);
        assert_eq!(parse_hex::<2>(&text), None);
    }

    #[test]
    fn a_seq_has_twenty_digits_and_fits() {
        assert_eq!(parse_seq(b"00000000000000000007"), Some(7));
        assert_eq!(parse_seq(b"18446744073709551615"), Some(u64::MAX));
        for text in ["18446744073709551616", "7", "", "0000000000000000000 "] {
            assert_eq!(parse_seq(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn a_record_never_crosses_a_boundary() {
        assert_eq!(fill_before(0, 4096), 0);
        assert_eq!(fill_before(3584, 512), 0);
        assert_eq!(fill_before(3584, 1024), 512);
        assert_eq!(fill_before(4096 + 512, 4096), 3584);
        assert_eq!((padded(1), padded(511), padded(512)), (512, 512, 1024));
        let mut out = Vec::new();
        push_fillers(&mut out, 1024);
        assert_eq!(out.len(), 1024);
        assert_eq!(trim(&out[512..]), Some(&b""[..]));
    }

    #[test]
    fn a_sum_that_does_not_hold_is_told_from_a_text_that_is_no_record() {
        let mut text = [OPENING, b"x"].concat();
        let digest = close(&mut text);
        assert_eq!(check_sum(&text), Ok(digest));
        assert_eq!(Sha256::of(&text), digest);
        let mut edited = text.clone();
        edited[OPENING.len()] = b'y';
        assert_eq!(check_sum(&edited), Err(Flaw::Sum));
        assert_eq!(check_sum(&text[..text.len() - 1]), Err(Flaw::NotARecord));
        assert_eq!(check_sum(b""), Err(Flaw::NotARecord));
    }
}
