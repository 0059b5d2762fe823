//! A bundle: an uncompressed tar of a mirror folder, with its list first.
//!
//! Owns: the container. Promises: the same members make the same bytes; what is read is what any
//! reader of tar sees: one header a member, regular files, plain names, each once, and nothing
//! behind the end. Names are never used as paths. Does not do: the list's meaning, trust.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom, Write};
use std::path::{Path, PathBuf};

use goseal_core::digest::Sha256;
use sha2::Digest as _;
use tar::{EntryType, Header};

use crate::error::{Error, Result, shown};
use crate::place::{Folder, open_regular};
use crate::unpack::{BLOCK, judge};

/// Members of a bundle: some five a release and as many tiles.
const MAX_MEMBERS: usize = 20_000;

/// 1980-01-01: a time that no reader of archives finds odd.
const MEMBER_TIME: u64 = 315_532_800;

/// Bytes of zeros that may follow the end; tar programs fill up to 10,240.
const MAX_PADDING: u64 = 64 << 10;

/// One member where it lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BundleMember {
    /// Its name.
    pub name: String,
    /// Its first byte in the file.
    pub offset: u64,
    /// Bytes.
    pub size: u64,
}

/// What a member is written from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BundleContent {
    /// These bytes.
    Bytes(Vec<u8>),
    /// A file, whole.
    File(PathBuf),
    /// A part of a file: offset and size.
    Part(PathBuf, u64, u64),
}

/// The members of a bundle, in their order.
///
/// # Errors
///
/// [`Error::Archive`] for a file that is not formed as [`write_bundle`] writes, [`Error::Limit`]
/// beyond 20,000 members, [`Error::NotAFile`], [`Error::Io`].
pub fn read_bundle(path: &Path) -> Result<Vec<BundleMember>> {
    let failed = |e| Error::io("read", path, e);
    let mut file = open_regular(path, true)?
        .ok_or_else(|| Error::io("open", path, std::io::ErrorKind::NotFound))?;
    let length = file.metadata().map_err(failed)?.len();
    let fault = |entry: Option<&[u8]>, fault| Error::Archive {
        path: path.to_owned(),
        entry: entry.map(shown),
        fault,
    };
    let mut members: Vec<BundleMember> = Vec::new();
    let mut names = BTreeSet::new();
    let mut offset = 0;
    loop {
        file.seek(SeekFrom::Start(offset)).map_err(failed)?;
        let mut header = Header::new_old();
        file.read_exact(header.as_mut_bytes())
            .map_err(|_| fault(None, "no end of the archive"))?;
        offset += BLOCK as u64;
        if header.as_bytes().iter().all(|byte| *byte == 0) {
            break;
        }
        let (name, size) = read_header(&header).map_err(|what| fault(None, what))?;
        let end = offset.checked_add(size.next_multiple_of(BLOCK as u64));
        let end = end.filter(|end| *end <= length);
        let end = end.ok_or_else(|| fault(Some(name.as_bytes()), "a size beyond the file"))?;
        if !names.insert(name.clone()) {
            return Err(fault(Some(name.as_bytes()), "a name that is there twice"));
        }
        if members.len() == MAX_MEMBERS {
            return Err(Error::Limit {
                path: path.to_owned(),
                what: "members",
                limit: MAX_MEMBERS as u64,
            });
        }
        members.push(BundleMember { name, offset, size });
        offset = end;
    }
    let mut rest = Vec::new();
    file.take(MAX_PADDING + 1)
        .read_to_end(&mut rest)
        .map_err(failed)?;
    if rest.len() as u64 > MAX_PADDING || rest.iter().any(|byte| *byte != 0) {
        return Err(fault(None, "data after its end"));
    }
    Ok(members)
}

/// Name and size by a header.
fn read_header(header: &Header) -> Result<(String, u64), &'static str> {
    let (name, size) = judge(header)?;
    let sum: u32 = header
        .as_bytes()
        .iter()
        .enumerate()
        .map(|(at, byte)| {
            if (148..156).contains(&at) {
                32
            } else {
                u32::from(*byte)
            }
        })
        .sum();
    if header.cksum().ok() != Some(sum) {
        return Err("a header with a wrong checksum");
    }
    if header.entry_type() != EntryType::Regular || header.as_ustar().is_none() {
        return Err("a member that is no regular file");
    }
    let name = String::from_utf8(name).map_err(|_| "a name that is not UTF-8")?;
    let plain = |byte: u8| byte.is_ascii_graphic() && byte != b'\\';
    let part = |part: &str| !matches!(part, "" | "." | "..");
    if name.bytes().all(plain) && name.split('/').all(part) {
        Ok((name, size))
    } else {
        Err("a name that leads elsewhere")
    }
}

/// Writes a bundle beside its place and renames it there; on the disk when it returns.
///
/// # Errors
///
/// [`Error::Text`] for a name that does not fit into a header; [`Error::Io`].
pub fn write_bundle(path: &Path, members: &[(String, BundleContent)]) -> Result<()> {
    let name = path.file_name().and_then(std::ffi::OsStr::to_str);
    let name = name.ok_or_else(|| Error::NotAFile {
        path: path.to_owned(),
    })?;
    let parent = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    let folder = Folder::root(parent.unwrap_or(Path::new(".")))?;
    folder.replace_with(name, 0o644, true, |file| {
        for (member, content) in members {
            write_member(file, path, member, content)?;
        }
        file.write_all(&[0; 2 * BLOCK])
            .map_err(|e| Error::io("write", path, e))
    })
}

fn write_member(out: &mut File, path: &Path, name: &str, content: &BundleContent) -> Result<()> {
    let (mut from, size): (Box<dyn std::io::Read>, u64) = match content {
        BundleContent::Bytes(bytes) => (Box::new(bytes.as_slice()), bytes.len() as u64),
        BundleContent::File(file) => {
            let (opened, size) = open(file)?;
            (Box::new(opened), size)
        }
        BundleContent::Part(file, offset, size) => {
            let (mut opened, _) = open(file)?;
            opened
                .seek(SeekFrom::Start(*offset))
                .map_err(|e| Error::io("read", file, e))?;
            (Box::new(opened.take(*size)), *size)
        }
    };
    let mut header = Header::new_ustar();
    header.set_path(name).map_err(|_| Error::Text {
        what: "the name of a member",
        text: shown(name.as_bytes()),
    })?;
    header.set_entry_type(EntryType::Regular);
    header.set_mode(0o644);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(MEMBER_TIME);
    header.set_size(size);
    header.set_cksum();
    let failed = |e| Error::io("write", path, e);
    out.write_all(header.as_bytes()).map_err(failed)?;
    let written = std::io::copy(&mut from, out).map_err(failed)?;
    if written != size {
        return Err(Error::Size {
            path: path.to_owned(),
            expected: size,
            actual: written,
        });
    }
    let padding = size.next_multiple_of(BLOCK as u64) - size;
    std::io::copy(&mut std::io::repeat(0).take(padding), out).map_err(failed)?;
    Ok(())
}

fn open(path: &Path) -> Result<(File, u64)> {
    let file = open_regular(path, false)?
        .ok_or_else(|| Error::io("open", path, std::io::ErrorKind::NotFound))?;
    let about = file.metadata().map_err(|e| Error::io("look at", path, e))?;
    Ok((file, about.len()))
}

/// SHA-256 and size of a file.
///
/// # Errors
///
/// [`Error::NotAFile`], [`Error::Io`].
pub fn digest_file(path: &Path) -> Result<(Sha256, u64)> {
    let (mut file, _) = open(path)?;
    let mut hash = sha2::Sha256::new();
    let mut buffer = vec![0; 256 << 10];
    let mut size = 0;
    loop {
        let count = file
            .read(&mut buffer)
            .map_err(|e| Error::io("read", path, e))?;
        if count == 0 {
            break;
        }
        hash.update(buffer.get(..count).unwrap_or_default());
        size += count as u64;
    }
    Ok((Sha256::from_bytes(hash.finalize().into()), size))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(name: &str, content: &[u8]) -> (String, BundleContent) {
        (name.to_owned(), BundleContent::Bytes(content.to_vec()))
    }

    #[test]
    fn the_same_members_make_the_same_bytes_and_lie_where_it_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at("zip"), "a file").unwrap();
        let long = "golang.org/toolchain/@v/v0.0.1-go1.26.10.linux-amd64.zip".repeat(2);
        let members = [
            bytes("bundle.toml", b"list"),
            ("a/zip".to_owned(), BundleContent::File(at("zip"))),
            ("b".to_owned(), BundleContent::Part(at("zip"), 2, 4)),
            bytes("empty", b""),
            bytes(&long, &[7; 512]),
        ];
        write_bundle(&at("one"), &members).unwrap();
        write_bundle(&at("two"), &members).unwrap();
        let written = std::fs::read(at("one")).unwrap();
        assert_eq!(written, std::fs::read(at("two")).unwrap());
        let read = read_bundle(&at("one")).unwrap();
        let content = |at: usize| {
            let BundleMember { offset, size, .. } = read[at];
            let place = |at: u64| usize::try_from(at).unwrap();
            &written[place(offset)..place(offset + size)]
        };
        assert_eq!(content(0), b"list");
        assert_eq!(content(1), b"a file");
        assert_eq!(content(2), b"file");
        assert_eq!(content(3), b"");
        assert_eq!(content(4), [7; 512]);
        assert_eq!(read[4].name, long);
        // Another reader sees the same.
        let mut other = tar::Archive::new(written.as_slice());
        let names = other.entries().unwrap().map(|entry| {
            let entry = entry.unwrap();
            String::from_utf8(entry.path_bytes().into_owned()).unwrap()
        });
        let ours: Vec<String> = read.iter().map(|member| member.name.clone()).collect();
        assert_eq!(names.collect::<Vec<_>>(), ours);
    }

    #[test]
    fn what_two_readers_could_see_differently_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bundle");
        write_bundle(&path, &[bytes("bundle.toml", b"list"), bytes("x", b"yz")]).unwrap();
        let sound = std::fs::read(&path).unwrap();
        let refused = |bent: Vec<u8>| {
            std::fs::write(&path, bent).unwrap();
            read_bundle(&path).unwrap_err().to_string()
        };
        let header = |change: &dyn Fn(&mut Header)| {
            let mut bent = sound.clone();
            let mut header = Header::new_ustar();
            header.as_mut_bytes().copy_from_slice(&bent[1024..1536]);
            change(&mut header);
            header.set_cksum();
            bent[1024..1536].copy_from_slice(header.as_bytes());
            bent
        };
        let named = |name: &'static [u8]| {
            header(&move |header| {
                let old = header.as_old_mut();
                old.name.fill(0);
                old.name[..name.len()].copy_from_slice(name);
            })
        };
        for (bent, word) in [
            (sound[..sound.len() - 1024].to_vec(), "no end"),
            ([sound.as_slice(), b"x"].concat(), "data after its end"),
            (named(b"../x"), "leads elsewhere"),
            (named(b"/x"), "leads elsewhere"),
            (named(b"a//x"), "leads elsewhere"),
            (named(b"bundle.toml"), "twice"),
            (
                header(&|it| it.set_entry_type(EntryType::Symlink)),
                "no regular file",
            ),
            (
                header(&|it| it.set_entry_type(EntryType::XHeader)),
                "no regular file",
            ),
            (header(&|it| it.set_size(1 << 30)), "beyond the file"),
        ] {
            let text = refused(bent);
            assert!(text.contains(word), "{word}: {text}");
        }
        let mut bent = sound.clone();
        bent[1024] ^= 1;
        assert!(refused(bent).contains("checksum"));
    }
}
