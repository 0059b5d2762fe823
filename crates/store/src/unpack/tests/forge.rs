//! Archives byte by byte, the evil ones that no writer makes included.

use flate2::{Compression, Crc};
use std::io::Write as _;

pub(crate) const PREFIX: &str = "golang.org/toolchain@v0.0.1-go1.22.5.linux-amd64/";

/// One entry of a zip file; its headers can be changed before the file is put together.
#[derive(Clone)]
pub(crate) struct ZipEntry {
    pub(crate) local: Vec<u8>,
    pub(crate) data: Vec<u8>,
    pub(crate) descriptor: Vec<u8>,
    pub(crate) central: Vec<u8>,
}

fn le16(length: usize) -> [u8; 2] {
    u16::try_from(length).unwrap().to_le_bytes()
}

fn le32(length: usize) -> [u8; 4] {
    u32::try_from(length).unwrap().to_le_bytes()
}

fn deflated(content: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::DeflateEncoder::new(Vec::new(), Compression::best());
    out.write_all(content).unwrap();
    out.finish().unwrap()
}

fn crc(content: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(content);
    crc.sum()
}

/// As Go's writer does it: deflated, sizes in a descriptor, a time in an extra field.
pub(crate) fn entry(name: &str, content: &[u8]) -> ZipEntry {
    let data = deflated(content);
    let numbers = [
        crc(content).to_le_bytes(),
        le32(data.len()),
        le32(content.len()),
    ];
    let extra = b"UT\x05\x00\x01abcd";
    let lengths = [le16(name.len()), 9_u16.to_le_bytes()].concat();
    let common = [&20_u16.to_le_bytes()[..], &[8, 0, 8, 0, 0, 0, 0, 0]].concat();
    let local = [
        b"PK\x03\x04",
        &common[..],
        &[0; 12],
        &lengths,
        name.as_bytes(),
        extra,
    ]
    .concat();
    let central = [
        b"PK\x01\x02\x14\x03",
        &common[..],
        &numbers.concat(),
        &lengths,
        &[0; 6],
        &(0o100_644_u32 << 16).to_le_bytes(),
        &[0; 4],
        name.as_bytes(),
        extra,
    ]
    .concat();
    let descriptor = [b"PK\x07\x08", &numbers.concat()[..]].concat();
    ZipEntry {
        local,
        data,
        descriptor,
        central,
    }
}

/// A stored entry without a descriptor.
pub(crate) fn stored(name: &str, content: &[u8]) -> ZipEntry {
    let mut entry = entry(name, content);
    let size = le32(content.len());
    let numbers = [crc(content).to_le_bytes(), size, size].concat();
    entry.local[6..10].fill(0);
    entry.local[14..26].copy_from_slice(&numbers);
    entry.central[8..12].fill(0);
    entry.central[16..28].copy_from_slice(&numbers);
    entry.data = content.to_vec();
    entry.descriptor.clear();
    entry
}

pub(crate) fn folder(name: &str) -> ZipEntry {
    let mut entry = stored(name, b"");
    entry.central[38..42].copy_from_slice(&(0o040_755_u32 << 16).to_le_bytes());
    entry
}

pub(crate) fn zip(entries: &[ZipEntry]) -> Vec<u8> {
    let (mut file, mut directory) = (Vec::new(), Vec::new());
    for entry in entries {
        let mut central = entry.central.clone();
        if central[42..46] == [0; 4] {
            central[42..46].copy_from_slice(&le32(file.len()));
        }
        directory.extend(central);
        file.extend([&entry.local[..], &entry.data, &entry.descriptor].concat());
    }
    let count = le16(entries.len());
    let (size, offset) = (le32(directory.len()), le32(file.len()));
    let end = [
        b"PK\x05\x06\0\0\0\0",
        &[count, count].concat()[..],
        &size,
        &offset,
        &[0, 0],
    ];
    [&file[..], &directory, &end.concat()].concat()
}

/// One header block of a tar file.
pub(crate) fn block(name: &str, kind: u8, size: usize) -> Vec<u8> {
    let mut block = vec![0; 512];
    block[..name.len()].copy_from_slice(name.as_bytes());
    block[100..107].copy_from_slice(b"0000644");
    block[124..135].copy_from_slice(format!("{size:011o}").as_bytes());
    block[156] = kind;
    block[257..265].copy_from_slice(b"ustar\x0000");
    sign(block)
}

/// Sets the checksum of a block.
pub(crate) fn sign(mut block: Vec<u8>) -> Vec<u8> {
    block[148..156].fill(b' ');
    let sum: u32 = block.iter().map(|b| u32::from(*b)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    block
}

pub(crate) fn tar_entry(name: &str, kind: u8, content: &[u8]) -> Vec<u8> {
    let mut bytes = block(name, kind, content.len());
    bytes.extend(content);
    bytes.resize(bytes.len().next_multiple_of(512), 0);
    bytes
}

pub(crate) fn file(name: &str, content: &[u8]) -> Vec<u8> {
    tar_entry(name, b'0', content)
}

/// A PAX header with these records, which end in a line feed when they are well formed.
pub(crate) fn pax(records: &[(&str, &str)]) -> Vec<u8> {
    let lines = records.iter().map(|(key, value)| {
        let rest = format!(" {key}={value}\n");
        // The length counts its own digits.
        let length =
            (rest.len()..rest.len() + 9).find(|all| all.to_string().len() + rest.len() == *all);
        format!("{}{rest}", length.unwrap())
    });
    tar_entry("PaxHeaders.0/x", b'x', lines.collect::<String>().as_bytes())
}

pub(crate) fn gz(bytes: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), Compression::fast());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

/// Entries, the two zero blocks, gzip.
pub(crate) fn tar_gz(entries: &[Vec<u8>]) -> Vec<u8> {
    gz(&[entries.concat(), vec![0; 1024]].concat())
}
