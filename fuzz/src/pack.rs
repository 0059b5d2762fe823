//! Archives put together from a fuzzer's input, so that checksums do not keep it out.

use std::io::Write as _;

use flate2::Compression;
use flate2::Crc;
use flate2::write::{DeflateEncoder, GzEncoder};

/// Bytes of a block of a tar file.
const BLOCK: usize = 512;

/// A gzip file around a tar file, in which every block that looks like a header is signed.
pub fn tar_gz(tar: &[u8]) -> Vec<u8> {
    let mut tar = tar.to_vec();
    for block in tar.chunks_exact_mut(BLOCK) {
        if block.get(257..262) == Some(b"ustar") {
            sign(block);
        }
    }
    let mut out = GzEncoder::new(Vec::new(), Compression::none());
    out.write_all(&tar).expect("a Vec takes all bytes");
    out.finish().expect("a Vec takes all bytes")
}

fn sign(block: &mut [u8]) {
    let place = 148..156;
    if let Some(field) = block.get_mut(place.clone()) {
        field.fill(b' ');
    }
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    if let Some(field) = block.get_mut(place) {
        field.copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    }
}

/// A zip file of a script: entries apart by a line of `--`, each a line of settings, a line with
/// the name, and the content. The settings are the method (`d` deflates), and `key=value` pairs
/// that overwrite a field of one header: `c<offset>` of the central one, `l<offset>` of the local
/// one, a byte each.
pub fn zip(script: &[u8]) -> Vec<u8> {
    let (mut file, mut directory, mut count) = (Vec::new(), Vec::new(), 0_u16);
    let mut rest = script;
    while !rest.is_empty() && count < 64 {
        let (entry, after) = crate::bend::split_at(rest, b"\n--\n");
        rest = after;
        let (settings, entry) = crate::bend::split_at(entry, b"\n");
        let (name, content) = crate::bend::split_at(entry, b"\n");
        let (local, central) = headers(settings, name, content, file.len());
        file.extend(local);
        directory.extend(central);
        count += 1;
    }
    let (size, offset) = (le32(directory.len()), le32(file.len()));
    let end = [
        b"PK\x05\x06\0\0\0\0",
        &count.to_le_bytes()[..],
        &count.to_le_bytes(),
        &size,
        &offset,
        &[0, 0],
    ];
    [&file[..], &directory, &end.concat()].concat()
}

fn headers(settings: &[u8], name: &[u8], content: &[u8], at: usize) -> (Vec<u8>, Vec<u8>) {
    let deflated = settings.first() == Some(&b'd');
    let data = if deflated {
        deflate(content)
    } else {
        content.to_vec()
    };
    let mut crc = Crc::new();
    crc.update(content);
    let method: u16 = if deflated { 8 } else { 0 };
    let name = name.get(..name.len().min(2000)).unwrap_or_default();
    let length = u16::try_from(name.len()).unwrap_or_default();
    let common = [
        &20_u16.to_le_bytes()[..],
        &[0, 0],
        &method.to_le_bytes(),
        &[0; 4],
        &crc.sum().to_le_bytes(),
        &le32(data.len()),
        &le32(content.len()),
        &length.to_le_bytes(),
        &[0, 0],
    ]
    .concat();
    let mut local = [b"PK\x03\x04", &common[..], name, &data].concat();
    let mut central = [
        b"PK\x01\x02\x14\x03",
        &common[..],
        &[0; 6],
        &(0o100_644_u32 << 16).to_le_bytes(),
        &le32(at),
        name,
    ]
    .concat();
    for word in settings.split(|byte| *byte == b' ') {
        overwrite(word, &mut local, &mut central);
    }
    (local, central)
}

/// Applies one `c<offset>=<value>` or `l<offset>=<value>`.
fn overwrite(word: &[u8], local: &mut [u8], central: &mut [u8]) -> Option<()> {
    let (header, word) = match word.split_first()? {
        (b'c', word) => (central, word),
        (b'l', word) => (local, word),
        _ => return None,
    };
    let (offset, value) = std::str::from_utf8(word).ok()?.split_once('=')?;
    *header.get_mut(offset.parse::<usize>().ok()?)? = value.parse().ok()?;
    Some(())
}

fn deflate(content: &[u8]) -> Vec<u8> {
    let mut out = DeflateEncoder::new(Vec::new(), Compression::fast());
    out.write_all(content).expect("a Vec takes all bytes");
    out.finish().expect("a Vec takes all bytes")
}

fn le32(length: usize) -> [u8; 4] {
    u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes()
}
