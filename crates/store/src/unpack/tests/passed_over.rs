//! What the crates read without a word, and the audit refuses.

use super::*;

fn zip_of(entries: &[ZipEntry]) -> String {
    refusal(&forge::zip(entries), ArchiveForm::ModuleZip)
}

fn tar_of(entries: &[Vec<u8>]) -> String {
    let entries = [&[tar_version()], entries].concat();
    refusal(&tar_gz(&entries), ArchiveForm::ReleaseTarGz)
}

fn le16(length: usize) -> [u8; 2] {
    u16::try_from(length).unwrap().to_le_bytes()
}

/// Puts extra fields in the place of those that the forge wrote into the central header.
fn with_extra(mut entry: ZipEntry, extra: &[u8]) -> ZipEntry {
    entry.central.truncate(entry.central.len() - 9);
    entry.central[30..32].copy_from_slice(&le16(extra.len()));
    entry.central.extend(extra);
    entry
}

#[test]
fn extra_fields_that_change_what_the_crate_says_are_refused() {
    let entry = module("src/a", b"content");
    let name = format!("{PREFIX}src/a");
    let mut crc = flate2::Crc::new();
    crc.update(name.as_bytes());
    let other = format!("{PREFIX}src/b");
    let path = [&[1][..], &crc.sum().to_le_bytes(), other.as_bytes()].concat();
    let path = [b"up", &le16(path.len())[..], &path].concat();
    let mut zip64 = with_extra(entry.clone(), &[&[1, 0, 8, 0][..], &[7; 8]].concat());
    zip64.central[24..28].fill(0xff);
    let cut = with_extra(entry.clone(), b"xx\xff\xff");
    let bytes = with_extra(entry.clone(), b"UT\x05\x00\x01abcd!");
    let long = with_extra(entry.clone(), &[b"ux\x00\x05", &[0; 0x500][..]].concat());
    let unknown = "an extra field that is unknown or changes its meaning";
    let names = [
        (with_extra(entry, &path), &other, unknown),
        (zip64, &name, unknown),
        (bytes, &name, unknown),
        (long, &name, "more than 1,024 bytes of extra fields"),
    ];
    for (evil, name, expected) in names {
        let expected = format!("entry `{name}` has {expected}");
        assert_eq!(zip_of(&[version(), evil]), expected);
    }
    assert_eq!(
        zip_of(&[version(), cut]),
        "has a malformed central directory"
    );
}

#[test]
fn an_end_record_that_is_only_content_is_content() {
    let inner = forge::zip(&[version(), module("src/evil", b"x")]);
    let outer = [version(), stored(&format!("{PREFIX}src/a.zip"), &inner)];
    assert_eq!(zip_of(&outer), "accepted");
    // The outer directory is damaged: the crate would go on to the end record inside.
    let mut evil = forge::zip(&outer);
    let at = evil.len() - 22 - outer[0].central.len() - outer[1].central.len();
    evil[at] = b'X';
    let text = refusal(&evil, ArchiveForm::ModuleZip);
    assert_eq!(text, "has a malformed central directory");
}

#[test]
fn bytes_between_zip_entries_and_records_are_refused() {
    let mut after = stored(&format!("{PREFIX}src/a"), b"x");
    after.descriptor = b"hidden".to_vec();
    assert!(zip_of(&[version(), after]).ends_with("has bytes after its data"));
    let mut far = stored(&format!("{PREFIX}src/a"), b"x");
    far.descriptor = vec![0; 5000];
    assert!(zip_of(&[version(), far]).ends_with("has bytes after its data"));
    let mut between = version();
    between.central.extend(b"hidden");
    assert_eq!(
        zip_of(&[between, module("src/a", b"x")]),
        "has a malformed central directory"
    );
    let mut two_sizes = stored(&format!("{PREFIX}src/a"), b"xy");
    two_sizes.central[20] = 1;
    assert!(zip_of(&[version(), two_sizes]).ends_with("has two sizes though it is not compressed"));
    let mut disk = module("src/a", b"x");
    disk.central[34] = 1;
    assert!(zip_of(&[version(), disk]).ends_with("has a comment or a disk number"));
}

#[test]
fn tar_padding_that_is_not_zero_is_refused() {
    for at in [512 + 1, 512 + 511] {
        let mut evil = file("go/src/a", b"x");
        evil[at] = 1;
        let text = tar_of(&[evil, file("go/src/b", b"x")]);
        assert_eq!(text, "has bytes other than zero between entries", "{at}");
    }
}

#[test]
fn pax_headers_that_the_crate_reads_in_part_are_refused() {
    let cases: [&[u8]; 4] = [
        b"13 path=go/ab",
        b"13 path=go/a\n\n13 path=go/b\n",
        b"\n13 path=go/a\n",
        b"13 path=go/a",
    ];
    for body in cases {
        let text = tar_of(&[tar_entry("p", b'x', body), file("go/src/a", b"x")]);
        assert!(
            text.ends_with("has a malformed PAX record"),
            "{body:?}: {text}"
        );
    }
}
