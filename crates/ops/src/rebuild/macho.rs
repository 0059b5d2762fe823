//! Mach-O executables without their code signature.
//!
//! Only thin 64-bit little-endian files, which is what Go makes. Source: `mach-o/loader.h`.

/// `MH_MAGIC_64`.
const MAGIC: u32 = 0xfeed_facf;
/// Bytes of `mach_header_64`.
const HEADER: usize = 32;
/// `LC_CODE_SIGNATURE`: a `linkedit_data_command` with offset and size of the signature.
const CODE_SIGNATURE: u32 = 0x1d;
/// Bytes of that command.
const SIGNATURE_COMMAND: usize = 16;
/// `LC_SEGMENT_64`.
const SEGMENT: u32 = 0x19;
/// Commands of one file that are looked at; Go's have 20.
const MAX_COMMANDS: u32 = 1000;
/// A signature begins at a multiple of this; what stands before it is padding.
const ALIGNMENT: usize = 16;

/// The file as it would be without its signature: no command for it, no bytes of it, and the
/// segment that holds it without sizes. A file without one is brought into the same form, so that
/// equal results mean equal files but for the signature. `None` for anything that is no such file.
pub(super) fn without_signature(file: &[u8]) -> Option<Vec<u8>> {
    if number(file, 0)? != MAGIC {
        return None;
    }
    let (count, length) = (number(file, 16)?, number(file, 20)? as usize);
    let commands_end = HEADER.checked_add(length)?;
    if count > MAX_COMMANDS || commands_end > file.len() {
        return None;
    }
    let mut bare = file.to_vec();
    let mut end = file.len();
    let mut at = HEADER;
    for index in 0..count {
        let (kind, size) = (number(file, at)?, number(file, at + 4)? as usize);
        let next = at.checked_add(size).filter(|next| *next <= commands_end)?;
        if size < 8 {
            return None;
        }
        match kind {
            SEGMENT if name(file, at)? == *b"__LINKEDIT\0\0\0\0\0\0" => {
                // vmsize at 32, filesize at 48, of eight bytes each.
                bare.get_mut(at + 32..at + 40)?.fill(0);
                bare.get_mut(at + 48..at + 56)?.fill(0);
            }
            // It is always the last one, and the signature always ends the file.
            CODE_SIGNATURE if index + 1 == count && size == SIGNATURE_COMMAND => {
                let (begin, bytes) = (number(file, at + 8)? as usize, number(file, at + 12)?);
                if begin < commands_end || begin.checked_add(bytes as usize)? != file.len() {
                    return None;
                }
                end = begin;
                bare.get_mut(at..next)?.fill(0);
                put(&mut bare, 16, count - 1)?;
                put(&mut bare, 20, u32::try_from(length - size).ok()?)?;
            }
            CODE_SIGNATURE => return None,
            _ => {}
        }
        at = next;
    }
    bare.truncate(end);
    let padded = bare.len().next_multiple_of(ALIGNMENT);
    bare.resize(padded, 0);
    Some(bare)
}

fn number(file: &[u8], at: usize) -> Option<u32> {
    let bytes = file.get(at..at.checked_add(4)?)?;
    Some(u32::from_le_bytes(bytes.try_into().ok()?))
}

fn put(file: &mut [u8], at: usize, value: u32) -> Option<()> {
    file.get_mut(at..at + 4)?
        .copy_from_slice(&value.to_le_bytes());
    Some(())
}

/// The name of a segment command.
fn name(file: &[u8], at: usize) -> Option<[u8; 16]> {
    file.get(at + 8..at + 24)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINKEDIT: usize = HEADER;
    const SIGNATURE: usize = HEADER + 72;

    fn small(length: usize) -> u32 {
        u32::try_from(length).unwrap()
    }

    /// A file of one segment, with room for one more command.
    fn file(signature: Option<&[u8]>, content: &[u8]) -> Vec<u8> {
        let mut file = vec![0; 200];
        put(&mut file, 0, MAGIC).unwrap();
        put(&mut file, LINKEDIT, SEGMENT).unwrap();
        put(&mut file, LINKEDIT + 4, 72).unwrap();
        file[LINKEDIT + 8..LINKEDIT + 18].copy_from_slice(b"__LINKEDIT");
        file.extend_from_slice(content);
        if let Some(signature) = signature {
            file.resize(file.len().next_multiple_of(ALIGNMENT), 0);
            let begin = file.len();
            put(&mut file, SIGNATURE, CODE_SIGNATURE).unwrap();
            put(&mut file, SIGNATURE + 4, 16).unwrap();
            put(&mut file, SIGNATURE + 8, small(begin)).unwrap();
            put(&mut file, SIGNATURE + 12, small(signature.len())).unwrap();
            file.extend_from_slice(signature);
        }
        let size = small(file.len() - 200);
        put(&mut file, LINKEDIT + 48, size).unwrap();
        put(&mut file, LINKEDIT + 32, size.next_multiple_of(64)).unwrap();
        let (count, length) = if signature.is_some() {
            (2, 88)
        } else {
            (1, 72)
        };
        put(&mut file, 16, count).unwrap();
        put(&mut file, 20, length).unwrap();
        file
    }

    #[test]
    fn files_that_differ_by_their_signature_only_are_the_same() {
        let bare = without_signature(&file(None, b"symbols")).unwrap();
        for signature in [&b"one"[..], b"another, longer one"] {
            let signed = file(Some(signature), b"symbols");
            assert_eq!(without_signature(&signed), Some(bare.clone()));
        }
    }

    #[test]
    fn every_other_byte_counts() {
        let one = file(Some(b"signature"), b"symbols");
        let bare = without_signature(&one);
        let begin = one.len() - 9;
        // What the two forms differ by: counts, sizes of the segment, the command, the signature.
        let free = |at: usize| {
            (16..24).contains(&at)
                || (LINKEDIT + 32..LINKEDIT + 40).contains(&at)
                || (LINKEDIT + 48..LINKEDIT + 56).contains(&at)
                || (SIGNATURE..SIGNATURE + 16).contains(&at)
                || at >= begin
        };
        for at in (0..one.len()).filter(|at| !free(*at)) {
            let mut other = one.clone();
            other[at] ^= 1;
            assert_ne!(without_signature(&other), bare, "byte {at}");
        }
    }

    #[test]
    fn what_is_no_such_file_is_none() {
        let good = file(Some(b"signature"), b"symbols");
        for at in 0..good.len() {
            // Cut anywhere: no panic, and never the same as the whole.
            assert_ne!(
                without_signature(&good[..at]),
                without_signature(&good),
                "{at}"
            );
        }
        let with = |at: usize, value: u32| {
            let mut file = good.clone();
            put(&mut file, at, value).unwrap();
            without_signature(&file)
        };
        for (at, value) in [
            (0, 0xbeba_feca),
            (16, u32::MAX),
            (20, u32::MAX),
            (LINKEDIT + 4, 0),
            (LINKEDIT + 4, u32::MAX),
            (SIGNATURE + 8, 8),
            (SIGNATURE + 8, u32::MAX),
            (SIGNATURE + 12, 1),
        ] {
            assert_eq!(with(at, value), None, "{at} {value}");
        }
        assert_eq!(without_signature(b""), None);
        assert_eq!(without_signature(b"#!/bin/sh\n"), None);
    }
}
