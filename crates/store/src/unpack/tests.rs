use std::collections::BTreeMap;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;

use goseal_core::archive::{Archive, ArchiveForm};
use goseal_core::digest::{H1, Sha256};
use goseal_core::layout::Layout;
use goseal_core::manifest::Manifest;
use goseal_core::progress::Silent;
use goseal_core::release::ReleaseId;
use goseal_core::unverified::Unverified;

use super::*;
use crate::lock::lock_release;

pub(crate) mod forge;
mod passed_over;
use forge::{
    PREFIX, ZipEntry, block, entry, file, folder, gz, pax, sign, stored, tar_entry, tar_gz,
};

const ID: &str = "go1.22.5.linux-amd64";

/// Unpacks `bytes` in a home of its own; hands the stage to `look` when that worked.
fn unpack_bytes<T>(
    bytes: &[u8],
    form: ArchiveForm,
    covered: bool,
    look: impl FnOnce(&Stage<'_>, &Manifest) -> T,
) -> Result<T> {
    let home = tempfile::tempdir().unwrap();
    let layout = Layout::rooted(home.path());
    let release = ReleaseId::parse(ID).unwrap();
    let guard = lock_release(&layout, &release, || {}).unwrap();
    let stage = Stage::new(&layout, &guard).unwrap();
    let (path, mut out) = stage.archive_file().unwrap();
    out.write_all(bytes).unwrap();
    let archive = Archive {
        release,
        path,
        form,
        file_name: "a.zip".into(),
        sha256: Sha256::of(bytes),
        size: bytes.len() as u64,
        served_by: "https://proxy.example".into(),
    };
    let threads = NonZero::new(3);
    let unpacked = unpack(&Unverified::new(archive), &stage, covered, threads, &Silent);
    let result = match unpacked {
        Ok(manifest) => Ok(look(&stage, &manifest)),
        Err(error) => {
            assert!(!stage.tree().exists(), "{error}: the tree is still there");
            Err(error)
        }
    };
    drop(stage);
    assert_eq!(std::fs::read_dir(layout.staging()).unwrap().count(), 0);
    let mut left: Vec<_> = std::fs::read_dir(home.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    left.sort();
    assert_eq!(left, ["locks", "staging"]);
    result
}

/// The error's text without the archive's path.
fn refusal(bytes: &[u8], form: ArchiveForm) -> String {
    match unpack_bytes(bytes, form, true, |_, _| ()) {
        Ok(()) => "accepted".to_owned(),
        Err(error) => {
            assert!(error.is_distrust(), "{error:?}");
            let text = error.to_string();
            let at = text.find("/archive").map_or(0, |at| at + "/archive".len());
            text[at..].trim_start_matches([':', ' ']).to_owned()
        }
    }
}

fn module(name: &str, content: &[u8]) -> ZipEntry {
    entry(&format!("{PREFIX}{name}"), content)
}

fn version() -> ZipEntry {
    module("VERSION", b"go1.22.5\ntime 2024-07-02T16:38:36Z\n")
}

fn tar_version() -> Vec<u8> {
    file("go/VERSION", b"go1.22.5\n")
}

fn big() -> Vec<u8> {
    (0..1_000_000_u32).flat_map(u32::to_le_bytes).collect()
}

fn look(stage: &Stage<'_>, manifest: &Manifest) -> (String, Vec<String>, Vec<String>) {
    let names = manifest.iter().map(|(name, _)| name.to_string()).collect();
    let mut modes = Vec::new();
    for (name, entry) in manifest.iter() {
        let place = goseal_core::layout::place_in_tree(name.as_str());
        let path = stage.tree().join(&place);
        assert_eq!(Sha256::of(&std::fs::read(&path).unwrap()), entry.sha256);
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        modes.push(format!("{:o} {place}", mode & 0o7777));
    }
    (manifest.h1(&stage.release()).to_string(), names, modes)
}

/// The h1 of what [`good_zip`] and [`good_tar`] hold, written down by hand.
fn good_h1() -> String {
    let line = |name: &str, content: &[u8]| format!("{}  {PREFIX}{name}\n", Sha256::of(content));
    let lines = [
        line("VERSION", b"go1.22.5\ntime 2024-07-02T16:38:36Z\n"),
        line("bin/go", &big()),
        line("src/_go.mod", b"module std\n"),
        line("src/make.bash", b""),
    ];
    H1::from_sha256(Sha256::of(lines.concat().as_bytes())).to_string()
}

fn good_zip() -> Vec<ZipEntry> {
    vec![
        version(),
        module("bin/go", &big()),
        stored(&format!("{PREFIX}src/_go.mod"), b"module std\n"),
        module("src/make.bash", b""),
    ]
}

fn good_tar() -> Vec<Vec<u8>> {
    vec![
        tar_entry("go/", b'5', b""),
        file("go/VERSION", b"go1.22.5\ntime 2024-07-02T16:38:36Z\n"),
        tar_entry("go/bin/", b'5', b""),
        file("go/bin/go", &big()),
        pax(&[("path", "go/src/go.mod"), ("mtime", "1.5"), ("size", "11")]),
        file("go/src/x", b"module std\n"),
        file("go/src/make.bash", b""),
        tar_entry("././@LongLink", b'L', b"go/test/a.go\0"),
        file("go/test/cut", b"package test\n"),
    ]
}

#[test]
fn both_forms_of_a_release_have_the_h1_that_golang_org_x_mod_computes() {
    let zip = unpack_bytes(
        &forge::zip(&good_zip()),
        ArchiveForm::ModuleZip,
        false,
        look,
    )
    .unwrap();
    let tar = tar_gz(&good_tar());
    let left = unpack_bytes(&tar, ArchiveForm::ReleaseTarGz, false, look).unwrap();
    let whole = unpack_bytes(&tar, ArchiveForm::ReleaseTarGz, true, look).unwrap();
    assert_eq!(zip.0, good_h1());
    assert_eq!(zip, left);
    assert_eq!(whole.0, good_h1());
    assert_eq!(left.1, ["VERSION", "bin/go", "src/go.mod", "src/make.bash"]);
    assert_eq!(whole.1.last().map(String::as_str), Some("test/a.go"));
    assert_eq!(
        zip.2,
        [
            "444 VERSION",
            "555 pkg/goseal/go",
            "444 src/go.mod",
            "555 src/make.bash"
        ]
    );
}

#[test]
fn a_windows_archive_is_read_as_it_is_published() {
    let release = [
        folder("go/"),
        entry("go/VERSION", b"go1.22.5\n"),
        folder("go/bin/"),
        entry("go/bin/go.exe", b"MZ"),
        entry("go/test/a.go", b"x"),
        entry("go/src/go.mod", b"module std\n"),
    ];
    let bytes = forge::zip(&release);
    let (_, names, modes) = unpack_bytes(&bytes, ArchiveForm::ReleaseZip, false, look).unwrap();
    assert_eq!(names, ["VERSION", "bin/go.exe", "src/go.mod"]);
    assert_eq!(modes[1], "555 pkg/goseal/go.exe");
}

#[test]
fn archives_of_other_writers_are_read() {
    let mut out = ::zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in [("VERSION", &b"go1.22.5\n"[..]), ("src/a.go", b"package a")] {
        let options = ::zip::write::SimpleFileOptions::default();
        out.start_file(format!("{PREFIX}{name}"), options).unwrap();
        out.write_all(content).unwrap();
    }
    let bytes = out.finish().unwrap().into_inner();
    assert_eq!(refusal(&bytes, ArchiveForm::ModuleZip), "accepted");

    let mut out = ::tar::Builder::new(Vec::new());
    let long = format!("go/{}/a.go", "long-".repeat(25));
    for (name, content) in [("go/VERSION", &b"go1.22.5"[..]), (&long, b"package a")] {
        let mut header = ::tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        out.append_data(&mut header, name, content).unwrap();
    }
    let bytes = gz(&out.into_inner().unwrap());
    assert_eq!(refusal(&bytes, ArchiveForm::ReleaseTarGz), "accepted");
}

#[test]
fn names_that_lead_elsewhere_are_refused_in_both_containers() {
    for name in [
        "../evil",
        "/abs",
        "a/../../b",
        "C:\\x",
        "\\\\?\\x",
        "a\0b",
        "dot.",
        "space ",
        "CON",
        "e\u{301}",
        "src//a",
        &"d/".repeat(40),
    ] {
        let name = name.trim_end_matches('/');
        let zip = forge::zip(&[version(), module(name, b"x")]);
        let text = refusal(&zip, ArchiveForm::ModuleZip);
        assert!(text.contains("` has "), "{name}: {text}");
        let path = format!("go/{name}");
        let tar = tar_gz(&[tar_version(), pax(&[("path", &path)]), file("x", b"x")]);
        let text = refusal(&tar, ArchiveForm::ReleaseTarGz);
        assert!(text.contains("` has "), "{name}: {text}");
    }
}

/// No disk can hold it, but that is not the disk's fault: exit 5, not 7.
#[test]
fn a_name_that_no_file_system_holds_is_the_archives_fault() {
    let long = format!("src/{}.go", "x".repeat(253));
    let fault = "a part of more than 255 bytes";
    let zip = forge::zip(&[version(), module(&long, b"x")]);
    assert!(refusal(&zip, ArchiveForm::ModuleZip).contains(fault));
    let tar = tar_gz(&[
        tar_version(),
        pax(&[("path", &format!("go/{long}"))]),
        file("x", b"x"),
    ]);
    assert!(refusal(&tar, ArchiveForm::ReleaseTarGz).contains(fault));
}

/// The h1 writes `go.mod` as `_go.mod`: a release archive with the second would be a tree without
/// modules under the identity of the published one.
#[test]
fn a_release_archive_cannot_pass_off_another_file_as_its_go_mod() {
    let tar = tar_gz(&[tar_version(), file("go/src/_go.mod", b"module std\n")]);
    let text = refusal(&tar, ArchiveForm::ReleaseTarGz);
    assert_eq!(
        text,
        "`src/_go.mod` has a last part that only module zips have"
    );
    let zip = forge::zip(&[
        entry("go/VERSION", b"go1.22.5\n"),
        entry("go/src/_go.mod", b"module std\n"),
    ]);
    assert_eq!(refusal(&zip, ArchiveForm::ReleaseZip), text);
}

#[test]
fn names_that_do_not_go_together_are_refused_before_anything_is_created() {
    let cases: [(&[&str], &str); 7] = [
        (&["src/a", "src/a"], "`src/a` is there twice"),
        (
            &["src/A", "src/a"],
            "`src/A` and `src/a` differ only by case",
        ),
        (
            &["Src/x", "src/y"],
            "`Src/x` and `src/y` differ only by case",
        ),
        (&["src", "src/y"], "`src` is a file and a folder"),
        (&["src/y", "src"], "`src` is a file and a folder"),
        (&["src/", "src"], "`src` is a file and a folder"),
        (&["src/", "src/"], "`src` is there twice"),
    ];
    for (names, expected) in cases {
        let one = |name: &&str| match name.strip_suffix('/') {
            Some(_) => folder(&format!("{PREFIX}{name}")),
            None => module(name, b"x"),
        };
        let mut zip = vec![version()];
        zip.extend(names.iter().map(one));
        assert_eq!(refusal(&forge::zip(&zip), ArchiveForm::ModuleZip), expected);
        let one = |name: &&str| match name.strip_suffix('/') {
            Some(_) => tar_entry(&format!("go/{name}"), b'5', b""),
            None => file(&format!("go/{name}"), b"x"),
        };
        let mut tar = vec![tar_version()];
        tar.extend(names.iter().map(one));
        assert_eq!(refusal(&tar_gz(&tar), ArchiveForm::ReleaseTarGz), expected);
    }
}

#[test]
fn names_that_belong_to_no_release_are_refused() {
    let outside = "a name outside the release's own folder";
    for (entry, expected) in [
        (entry("evil", b"x"), outside),
        (
            entry(&format!("{}x", PREFIX.replace("22.5", "22.6")), b"x"),
            outside,
        ),
        (
            module("test/a.go", b"x"),
            "a folder that module zips never hold",
        ),
        (
            module("src/go.mod", b"x"),
            "a last part that module zips never have",
        ),
        (
            module("pkg/goseal/go", b"x"),
            "the place of our own executables",
        ),
        (
            module("PKG/GoSeal", b"x"),
            "the place of our own executables",
        ),
    ] {
        let text = refusal(&forge::zip(&[version(), entry]), ArchiveForm::ModuleZip);
        assert!(text.ends_with(expected), "{text}");
    }
    for (name, expected) in [
        ("evil", outside),
        ("gopher/x", outside),
        ("go/pkg/goseal/home", "the place of our own executables"),
    ] {
        let tar = tar_gz(&[tar_version(), file(name, b"x")]);
        let text = refusal(&tar, ArchiveForm::ReleaseTarGz);
        assert!(text.ends_with(expected), "{text}");
    }
}

#[test]
fn another_release_under_this_name_is_refused() {
    let zip = |content: &[u8]| forge::zip(&[module("VERSION", content), module("src/a", b"x")]);
    let form = ArchiveForm::ModuleZip;
    assert_eq!(
        refusal(&zip(b"go1.22.6\n"), form),
        "is the release `go1.22.6`, not `go1.22.5`"
    );
    assert_eq!(
        refusal(&zip(b"go1.22.50"), form),
        "is the release `go1.22.50`, not `go1.22.5`"
    );
    assert_eq!(
        refusal(&zip(b""), form),
        "is the release ``, not `go1.22.5`"
    );
    let without = forge::zip(&[module("src/a", b"x")]);
    assert_eq!(refusal(&without, form), "has no VERSION file");
}

#[test]
fn a_file_of_another_size_than_came_in_is_refused() {
    let home = tempfile::tempdir().unwrap();
    let layout = Layout::rooted(home.path());
    let release = ReleaseId::parse(ID).unwrap();
    let guard = lock_release(&layout, &release, || {}).unwrap();
    let stage = Stage::new(&layout, &guard).unwrap();
    let (path, _) = stage.archive_file().unwrap();
    let archive = Unverified::new(Archive {
        release,
        path,
        form: ArchiveForm::ModuleZip,
        file_name: "a".into(),
        sha256: Sha256::of(b""),
        size: 1,
        served_by: "x".into(),
    });
    let error = unpack(&archive, &stage, false, None, &Silent).unwrap_err();
    assert!(matches!(
        error,
        Error::Size {
            expected: 1,
            actual: 0,
            ..
        }
    ));
}

type Change = fn(&mut ZipEntry);

#[test]
#[expect(clippy::too_many_lines, reason = "one table, a case a line or two")]
fn zip_entries_with_evil_headers_are_refused() {
    let cases: [(&str, Change, &str); 17] = [
        (
            "link",
            |e| e.central[40..42].copy_from_slice(&0o120_777_u16.to_le_bytes()),
            "the type of a symbolic link",
        ),
        (
            "device",
            |e| e.central[40..42].copy_from_slice(&0o060_644_u16.to_le_bytes()),
            "a type other than file or folder",
        ),
        (
            "setuid",
            |e| e.central[40..42].copy_from_slice(&0o104_755_u16.to_le_bytes()),
            "a setuid, setgid or sticky bit",
        ),
        ("encrypted", |e| e.central[8] |= 1, "an encryption flag"),
        (
            "patched data",
            |e| e.central[8] |= 0x20,
            "flags that Go never writes",
        ),
        (
            "bzip2",
            |e| e.central[10] = 12,
            "a compression method other than deflate",
        ),
        (
            "local method",
            |e| e.local[8] = 0,
            "a local header that differs from the central one",
        ),
        (
            "local flags",
            |e| e.local[6] = 0,
            "a local header that differs from the central one",
        ),
        (
            "local name",
            |e| *e.local.iter_mut().rev().nth(9).unwrap() = b'b',
            "a local header that differs from the central one",
        ),
        (
            "local size",
            |e| e.local[22] = 1,
            "a local header that differs from the central one",
        ),
        (
            "no local header",
            |e| e.local[0] = 0,
            "a malformed local header",
        ),
        (
            "zip64 in the local header",
            |e| {
                let at = e.local.len() - 9;
                e.local[at..at + 2].copy_from_slice(&[1, 0]);
            },
            "an extra field that is unknown or changes its meaning",
        ),
        (
            "unicode path",
            |e| {
                let at = e.central.len() - 9;
                e.central[at..at + 2].copy_from_slice(b"up");
            },
            "an extra field that is unknown or changes its meaning",
        ),
        (
            "zip64 sizes",
            |e| e.central[24..28].fill(0xff),
            "zip64 fields",
        ),
        (
            "descriptor",
            |e| e.descriptor[4] ^= 1,
            "a data descriptor that differs from the directory, or bytes after it",
        ),
        (
            "hidden bytes",
            |e| e.descriptor.extend(b"hidden"),
            "a data descriptor that differs from the directory, or bytes after it",
        ),
        (
            "comment",
            |e| e.central[32] = 1,
            "a comment or a disk number",
        ),
    ];
    for (what, change, expected) in cases {
        let mut evil = module("src/a", b"content content content");
        change(&mut evil);
        let text = refusal(&forge::zip(&[version(), evil]), ArchiveForm::ModuleZip);
        let expected = format!("entry `{PREFIX}src/a` has {expected}");
        assert_eq!(text, expected, "{what}");
    }
}

#[test]
fn zip_content_that_is_not_what_its_headers_say_is_refused() {
    let content = b"content content content content";
    let wrong = "has content of another size or checksum than its header";
    let cases: [(&str, Change, &str); 6] = [
        (
            "crc",
            |e| {
                e.central[16] ^= 1;
                e.descriptor[4] ^= 1;
            },
            wrong,
        ),
        (
            "shorter",
            |e| {
                e.central[24] += 1;
                e.descriptor[12] += 1;
            },
            wrong,
        ),
        (
            "longer",
            |e| {
                e.central[24] -= 1;
                e.descriptor[12] -= 1;
            },
            "has more content than its header says",
        ),
        ("bit", |e| e.data[0] ^= 0x06, "has a damaged deflate stream"),
        (
            "bytes after the stream",
            |e| {
                e.data.push(0);
                e.central[20] += 1;
                e.descriptor[8] += 1;
            },
            "has bytes after its deflate stream",
        ),
        (
            "cut stream",
            |e| {
                e.data.pop();
                e.central[20] -= 1;
                e.descriptor[8] -= 1;
            },
            "has a deflate stream that does not end",
        ),
    ];
    for (what, change, expected) in cases {
        let mut evil = module("src/a", content);
        change(&mut evil);
        let text = refusal(&forge::zip(&[version(), evil]), ArchiveForm::ModuleZip);
        assert!(text.ends_with(expected), "{what}: {text}");
    }
}

#[test]
fn zip_files_with_bytes_that_no_entry_explains_are_refused() {
    let good = forge::zip(&[version(), module("src/a", b"x")]);
    let form = ArchiveForm::ModuleZip;
    assert_eq!(refusal(&good, form), "accepted");
    let end = "has no plain end record as its last 22 bytes";
    assert_eq!(refusal(&[&good[..], b"!"].concat(), form), end);
    assert_eq!(
        refusal(&[&good[..], &good[..]].concat(), form),
        "has a directory that does not end at the end record"
    );
    assert_eq!(
        refusal(&[b"MZ", &good[..]].concat(), form),
        "has a directory that does not end at the end record"
    );
    assert_eq!(refusal(b"PK", form), "has fewer bytes than a zip file");
    assert_eq!(refusal(&good[..good.len() - 1], form), end);
    let at = good.len() - 22;
    for (offset, value, expected) in [
        (4, 1, end),
        (8, 1, end),
        (10, 1, end),
        (20, 1, end),
        (12, 1, "has a directory that does not end at the end record"),
    ] {
        let mut evil = good.clone();
        evil[at + offset] ^= value;
        assert_eq!(refusal(&evil, form), expected, "{offset}");
    }
    let mut ones = good.clone();
    ones[at + 16..at + 20].fill(0xff);
    assert_eq!(refusal(&ones, form), end);
    let mut fewer = good.clone();
    fewer[at + 8] = 1;
    fewer[at + 10] = 1;
    assert_eq!(
        refusal(&fewer, form),
        "has more in its directory than entries"
    );
    let mut more = good.clone();
    more[at + 8] = 3;
    more[at + 10] = 3;
    assert_eq!(refusal(&more, form), "has a malformed central directory");
}

#[test]
fn zip_entries_that_share_bytes_are_refused() {
    let mut overlapping = module("src/a", &big());
    overlapping.central[42..46].copy_from_slice(&3_u32.to_le_bytes());
    let text = refusal(
        &forge::zip(&[version(), overlapping]),
        ArchiveForm::ModuleZip,
    );
    assert!(
        text.ends_with("has bytes that belong to another entry"),
        "{text}"
    );
    let mut first = version();
    first.local.insert(0, 0);
    first.central[42..46].copy_from_slice(&1_u32.to_le_bytes());
    let text = refusal(&forge::zip(&[first]), ArchiveForm::ModuleZip);
    assert_eq!(text, "has bytes before its first entry");
}

#[test]
fn zip_bombs_stop_at_the_limits() {
    let bomb = vec![0; 33 << 20];
    let zip = [version(), module("src/a", &bomb), module("src/b", &bomb)];
    let text = refusal(&forge::zip(&zip), ArchiveForm::ModuleZip);
    assert_eq!(text, "unpacks to more than 67108864 bytes");
    let many = vec![module("src/a", b""); 50_001];
    let text = refusal(&forge::zip(&many), ArchiveForm::ModuleZip);
    assert_eq!(text, "unpacks to more than 50000 files");
}

#[test]
fn tar_bombs_stop_at_the_limits() {
    let bomb = vec![0; 33 << 20];
    let tar = tar_gz(&[
        tar_version(),
        file("go/src/a", &bomb),
        file("go/test/b", &bomb),
    ]);
    let form = ArchiveForm::ReleaseTarGz;
    assert_eq!(refusal(&tar, form), "unpacks to more than 67108864 bytes");
    let many: Vec<_> = (0..50_001)
        .map(|n| tar_entry(&format!("go/src/{n}"), b'5', b""))
        .collect();
    assert_eq!(
        refusal(&tar_gz(&many), form),
        "unpacks to more than 50000 files"
    );
    let lie = block("go/src/a", b'0', 1 << 32);
    assert_eq!(
        refusal(&tar_gz(&[lie]), form),
        "unpacks to more than 67108864 bytes"
    );
}

#[test]
fn tar_entries_other_than_files_and_folders_are_refused() {
    let link = "the type of a link";
    let device = "the type of a device or pipe";
    for (kind, expected) in [
        (b'1', link),
        (b'2', link),
        (b'3', device),
        (b'4', device),
        (b'6', device),
        (b'S', "the type of a sparse file"),
        (b'g', "the type of a header for all entries"),
        (b'K', "a type other than file or folder"),
        (b'7', "a type other than file or folder"),
        (b'V', "a type other than file or folder"),
    ] {
        let tar = tar_gz(&[tar_version(), tar_entry("go/bin", kind, b"")]);
        let text = refusal(&tar, ArchiveForm::ReleaseTarGz);
        assert_eq!(text, format!("entry `go/bin` has {expected}"));
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "one table, a case a line or two")]
fn tar_headers_with_two_meanings_are_refused() {
    let change = |at: usize, bytes: &[u8]| {
        let mut evil = block("go/src/a", b'0', 0);
        evil[at..at + bytes.len()].copy_from_slice(bytes);
        sign(evil)
    };
    let mut unsigned = block("go/src/a", b'0', 0);
    unsigned[0] ^= 1;
    let x = || file("go/src/a", b"x");
    let cases: [(&str, Vec<Vec<u8>>, &str); 17] = [
        (
            "setuid",
            vec![change(100, b"0004755\0")],
            "a setuid, setgid or sticky bit",
        ),
        (
            "base-256 size",
            vec![change(124, b"\x80\0\0\0\0\0\0\0\0\0\0\x01")],
            "a size that is not octal",
        ),
        (
            "negative size",
            vec![change(124, b"-0000000001\0")],
            "a size that is not octal",
        ),
        (
            "name after NUL",
            vec![change(50, b"evil")],
            "a name that goes on after its end",
        ),
        (
            "v7",
            vec![change(257, &[0; 8])],
            "a header that is neither ustar nor GNU",
        ),
        ("checksum", vec![unsigned], "a header with a wrong checksum"),
        (
            "file named as a folder",
            vec![block("go/src/a/", b'0', 0)],
            "the name of a folder and the type of a file",
        ),
        (
            "folder with content",
            vec![tar_entry("go/src/", b'5', b"x")],
            "content though it is a folder",
        ),
        ("two sizes", vec![pax(&[("size", "2")]), x()], "two sizes"),
        (
            "link path",
            vec![pax(&[("linkpath", "/etc")]), x()],
            "a PAX key that is not allowed",
        ),
        (
            "sparse by PAX",
            vec![pax(&[("GNU.sparse.major", "1")]), x()],
            "a PAX key that is not allowed",
        ),
        (
            "key twice",
            vec![pax(&[("path", "go/a"), ("path", "go/b")]), x()],
            "a PAX key twice",
        ),
        (
            "record without end",
            vec![tar_entry("p", b'x', b"12 path=go/a"), x()],
            "a malformed PAX record",
        ),
        (
            "record with a lie",
            vec![tar_entry("p", b'x', b"99 path=go/a\n"), x()],
            "a malformed PAX record",
        ),
        (
            "two headers",
            vec![pax(&[("mtime", "1")]), pax(&[("mtime", "1")]), x()],
            "two extended headers",
        ),
        (
            "chain of long names",
            vec![
                tar_entry("l", b'L', b"go/a\0"),
                tar_entry("l", b'L', b"go/b\0"),
                x(),
            ],
            "two extended headers",
        ),
        (
            "long header",
            vec![tar_entry("l", b'L', &[b'a'; 20_000])],
            "an extended header over 16 KiB",
        ),
    ];
    for (what, entries, expected) in cases {
        let tar = tar_gz(&[vec![tar_version()], entries].concat());
        let text = refusal(&tar, ArchiveForm::ReleaseTarGz);
        assert!(text.ends_with(&format!("has {expected}")), "{what}: {text}");
    }
}

#[test]
fn tar_files_end_where_they_say_and_nowhere_else() {
    let form = ArchiveForm::ReleaseTarGz;
    let entries = [tar_version(), file("go/src/a", b"x")].concat();
    let tar = |zeros: usize, after: &[u8]| gz(&[&entries[..], &vec![0; zeros], after].concat());
    let (cut, after) = ("has no end: it is cut", "has bytes after its end");
    assert_eq!(refusal(&tar(1024, b""), form), "accepted");
    assert_eq!(refusal(&tar(10_240, b""), form), "accepted");
    assert_eq!(refusal(&tar(0, b""), form), cut);
    assert_eq!(refusal(&tar(512, b""), form), cut);
    assert_eq!(refusal(&tar(512, &file("go/evil", b"")), form), after);
    assert_eq!(refusal(&tar(1024, b"x"), form), after);
    assert_eq!(refusal(&tar(1024, &file("go/evil", b"")), form), after);
    assert_eq!(refusal(&tar(20_480, b""), form), after);
    let good = tar(1024, b"");
    assert_eq!(refusal(&[&good[..], &good].concat(), form), after);
    assert_eq!(refusal(&[&good[..], b"\0"].concat(), form), after);
    assert_eq!(refusal(&good[..good.len() - 1], form), cut);
    assert_eq!(refusal(&good[..20], form), cut);
    let mut sum = good.clone();
    let at = sum.len() - 8;
    sum[at] ^= 1;
    assert_eq!(refusal(&sum, form), "has a damaged gzip stream");
    assert_eq!(
        refusal(b"not gzip at all", form),
        "has a damaged gzip stream"
    );
    assert_eq!(refusal(&gz(&block("go/src/a", b'0', 99)), form), cut);
    let open = gz(&[tar_version(), pax(&[("mtime", "1")]), vec![0; 1024]].concat());
    assert_eq!(
        refusal(&open, form),
        "has an extended header without an entry"
    );
}

#[test]
fn an_error_of_the_disk_ends_the_work_of_all_threads_and_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let (path, tree) = (folder.path().join("archive"), folder.path().join("tree"));
    std::fs::create_dir_all(tree.join("src")).unwrap();
    std::fs::write(tree.join("src/in-the-way"), "").unwrap();
    let tree = Folder::open(&tree).unwrap();
    let bytes = tar_gz(&[
        tar_version(),
        file("go/src/in-the-way", &big()),
        file("go/src/a", &big()),
        file("go/src/b", &big()),
    ]);
    std::fs::write(&path, &bytes).unwrap();
    for threads in [1, 2, 4] {
        let archive = Archive {
            release: ReleaseId::parse(ID).unwrap(),
            path: path.clone(),
            form: ArchiveForm::ReleaseTarGz,
            file_name: "a".into(),
            sha256: Sha256::of(b""),
            size: bytes.len() as u64,
            served_by: "x".into(),
        };
        let job = Job {
            archive: &archive,
            limit: MIN_UNPACKED,
            threads,
            doors: true,
            progress: &Silent,
            done: AtomicU64::new(0),
        };
        let names = Names::new(&archive, false);
        let error = gzip::unpack(&job, names, &File::open(&path).unwrap(), &tree).unwrap_err();
        assert!(!error.is_distrust(), "{error}");
        let text = error.to_string();
        assert!(
            text.starts_with("cannot create ") && text.ends_with("src/in-the-way"),
            "{text}"
        );
        for name in ["VERSION", "src/a", "src/b"] {
            let _ = std::fs::remove_file(tree.path().join(name));
        }
    }
}

#[test]
fn a_form_that_was_not_promised_is_refused() {
    let (zip, tar) = (forge::zip(&good_zip()), tar_gz(&good_tar()));
    for (bytes, form) in [
        (&zip, ArchiveForm::ReleaseZip),
        (&zip, ArchiveForm::ReleaseTarGz),
        (&tar, ArchiveForm::ModuleZip),
    ] {
        assert_ne!(refusal(bytes, form), "accepted");
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(128))]

    #[test]
    fn one_changed_byte_never_panics_and_never_changes_what_the_h1_says(
        at in 0_usize..2000, value in 1_u8.., tar in proptest::bool::ANY,
    ) {
        let small = [version(), module("src/a.go", b"package a\n"), module("bin/go", b"elf elf elf")];
        let (mut bytes, form) = if tar {
            let entries = [tar_version(), file("go/src/a.go", b"package a\n"), file("go/bin/go", b"elf")];
            (tar_gz(&entries), ArchiveForm::ReleaseTarGz)
        } else {
            (forge::zip(&small), ArchiveForm::ModuleZip)
        };
        let good = unpack_bytes(&bytes, form, false, look).unwrap();
        let at = at % bytes.len();
        bytes[at] ^= value;
        match unpack_bytes(&bytes, form, false, look) {
            // Times, owners and levels are nobody's content.
            Ok(same) => proptest::prop_assert_eq!(same, good),
            Err(error) => proptest::prop_assert!(error.is_distrust(), "{}", error),
        }
    }
}

/// A folder of a made-up release: a few names that any release may have, and short contents.
fn files() -> impl proptest::strategy::Strategy<Value = BTreeMap<String, Vec<u8>>> {
    use proptest::prelude::*;
    let part = "[a-d]{1,3}|[a-z]{90}|A\u{e4}|go\\.mod";
    let name = proptest::collection::vec(part, 1..4).prop_map(|parts| parts.join("/"));
    let content = proptest::collection::vec(any::<u8>(), 0..1500);
    let tops = proptest::sample::select(vec!["src", "pkg/tool", "test"]);
    let entry =
        (tops, name, content).prop_map(|(top, name, content)| (format!("{top}/{name}"), content));
    proptest::collection::vec(entry, 0..8).prop_map(|entries| {
        let mut files = BTreeMap::from([("VERSION".to_owned(), b"go1.22.5\n".to_vec())]);
        for (name, content) in entries {
            let meets = |other: &String| {
                let (a, b) = (other.to_lowercase(), name.to_lowercase());
                a == b || a.starts_with(&format!("{b}/")) || b.starts_with(&format!("{a}/"))
            };
            if !files.keys().any(meets) {
                files.insert(name, content);
            }
        }
        files
    })
}

/// What lies in the tree of a stage, by place.
fn tree_of(stage: &Stage<'_>, manifest: &Manifest) -> BTreeMap<String, Vec<u8>> {
    let names = manifest.iter().map(|(name, _)| name.to_string());
    names
        .map(|name| {
            let bytes = std::fs::read(stage.tree().join(&name)).unwrap();
            (name, bytes)
        })
        .collect()
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(48))]

    #[test]
    fn what_is_packed_is_unpacked_the_same(files in files()) {
        let long = |name: &str| format!("go/{name}");
        let tar: Vec<Vec<u8>> = files
            .iter()
            .flat_map(|(name, content)| {
                [pax(&[("path", &long(name))]), file("x", content)]
            })
            .collect();
        let tar = tar_gz(&tar);
        let release: Vec<_> = files
            .iter()
            .map(|(name, content)| entry(&long(name), content))
            .collect();
        let release = forge::zip(&release);
        for (bytes, form) in [(&tar, ArchiveForm::ReleaseTarGz), (&release, ArchiveForm::ReleaseZip)] {
            let found = unpack_bytes(bytes, form, true, tree_of);
            proptest::prop_assert_eq!(&found.unwrap(), &files);
        }

        let covered: BTreeMap<_, _> = files
            .into_iter()
            .filter(|(name, _)| !name.starts_with("test/"))
            .collect();
        let found = unpack_bytes(&tar, ArchiveForm::ReleaseTarGz, false, tree_of);
        proptest::prop_assert_eq!(&found.unwrap(), &covered);
        let zip: Vec<_> = covered
            .iter()
            .map(|(name, content)| {
                let name = goseal_core::manifest::EntryName::parse(name).unwrap();
                module(&name.module_name(), content)
            })
            .collect();
        let found = unpack_bytes(&forge::zip(&zip), ArchiveForm::ModuleZip, false, tree_of);
        proptest::prop_assert_eq!(found.unwrap(), covered);
    }
}
