//! The release index: the JSON that lies beside the archives, read strictly.
//!
//! Source: `internal/dl/dl.go` of golang/website (`Release`, `File`).

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use goseal_core::digest::Sha256;
use goseal_core::platform::Platform;
use goseal_core::release::ReleaseId;
use goseal_core::unverified::Unverified;
use goseal_core::version::Version;
use serde::Deserialize;

use crate::address::Address;
use crate::client::Client;
use crate::error::Error;
use crate::redirect::Follow;

/// One archive of the index. It is the index's word over TLS and nothing more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexEntry {
    /// Which release and platform.
    pub id: ReleaseId,
    /// The archive's name: [`ReleaseId::archive_file_name`], or that of the module zip.
    pub file_name: String,
    /// The archive's digest; `None` where the index has none, which proves nothing.
    pub sha256: Option<Sha256>,
    /// The archive's size in bytes; `None` where the index says 0.
    pub size: Option<u64>,
}

/// The archives that an index lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Index {
    /// Ascending by release, each archive once.
    pub entries: Vec<IndexEntry>,
    /// Module zips, which only the indexes of mirrors list; ascending by release, each once.
    pub zips: Vec<IndexEntry>,
    /// Archives that are no release and platform that goseal knows, or have an old name.
    pub skipped: usize,
    /// The addresses that served it, without user information.
    pub served_by: String,
}

impl Index {
    /// The archives of a release: its release archive, its module zip.
    pub fn archives(&self, id: &ReleaseId) -> impl Iterator<Item = &IndexEntry> {
        let of_release = self.entries.iter().chain(&self.zips);
        let id = *id;
        of_release.filter(move |entry| entry.id == id)
    }

    /// The entry of a release's archive.
    pub fn find(&self, id: &ReleaseId) -> Option<&IndexEntry> {
        self.entries.iter().find(|entry| entry.id == *id)
    }
}

impl Client {
    /// Fetches the index of all releases below a base such as `https://go.dev/dl/`.
    ///
    /// # Errors
    ///
    /// [`Error::Index`] for JSON of another form, a digest or file name that is none, two archives
    /// of one release and platform that differ; else what the exchange did.
    pub fn index(&self, base: &Address) -> Result<Unverified<Index>, Error> {
        let address = base.below("").with_query("mode=json&include=all");
        let limit = self.wire.limits.index;
        let body = self.run(self.wire.read(&address, limit, Follow::SameScheme))?;
        parse_index(&body.bytes, &body.route.to_string())
    }
}

/// Reads an index; `served_by` is the address for [`Index::served_by`] and for the error.
///
/// # Errors
///
/// [`Error::Index`] as [`Client::index`].
pub fn parse_index(bytes: &[u8], served_by: &str) -> Result<Unverified<Index>, Error> {
    let served_by = served_by.to_owned();
    match read_releases(bytes) {
        Ok(read) => Ok(Unverified::new(Index { served_by, ..read })),
        Err(reason) => Err(Error::Index {
            address: served_by,
            reason,
        }),
    }
}

#[derive(Deserialize)]
struct Release {
    version: String,
    files: Vec<File>,
}

#[derive(Deserialize)]
struct File {
    filename: String,
    os: String,
    arch: String,
    version: String,
    sha256: String,
    size: u64,
    kind: String,
}

/// Reads the index; the error is the reason. Nothing says yet who served it.
fn read_releases(bytes: &[u8]) -> Result<Index, String> {
    let releases: Vec<Release> =
        serde_json::from_slice(bytes).map_err(|error| format!("not a release index: {error}"))?;
    let mut entries = BTreeMap::new();
    let mut zips = BTreeMap::new();
    let mut skipped = 0;
    for release in &releases {
        for file in &release.files {
            check_name(&file.filename)?;
            if file.version != release.version {
                return Err(format!(
                    "file `{}` says version {}, its release {}",
                    file.filename,
                    file.version.escape_debug(),
                    release.version.escape_debug()
                ));
            }
            let (list, name): (_, fn(&ReleaseId) -> String) = match file.kind.as_str() {
                "archive" => (&mut entries, ReleaseId::archive_file_name),
                "module" => (&mut zips, |id| format!("{}.zip", id.module_version())),
                _ => continue,
            };
            match parse_entry(file, name)? {
                Some(entry) => insert(list, entry)?,
                None => skipped += 1,
            }
        }
    }
    Ok(Index {
        entries: entries.into_values().collect(),
        zips: zips.into_values().collect(),
        skipped,
        served_by: String::new(),
    })
}

fn insert(entries: &mut BTreeMap<ReleaseId, IndexEntry>, entry: IndexEntry) -> Result<(), String> {
    match entries.entry(entry.id) {
        Entry::Occupied(known) if *known.get() != entry => Err(format!(
            "two archives of {} that differ: `{}`",
            entry.id, entry.file_name
        )),
        Entry::Occupied(_) => Ok(()),
        Entry::Vacant(place) => {
            place.insert(entry);
            Ok(())
        }
    }
}

/// A plain name of a file: no folder, no address, nothing that leads up.
fn check_name(name: &str) -> Result<(), String> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-+".contains(&byte);
    let sound = (1..=128).contains(&name.len())
        && name.starts_with(|first: char| first.is_ascii_alphanumeric())
        && name.bytes().all(plain);
    let shown: String = name
        .chars()
        .take(100)
        .flat_map(char::escape_debug)
        .collect();
    sound
        .then_some(())
        .ok_or_else(|| format!("`{shown}` is no name of an archive"))
}

/// `None` for an archive that is none of ours: an unknown platform, an old name, `bootstrap`.
fn parse_entry(
    file: &File,
    name: impl Fn(&ReleaseId) -> String,
) -> Result<Option<IndexEntry>, String> {
    let arch = if file.arch == "armv6l" {
        "arm"
    } else {
        &file.arch
    };
    let platform = Platform::parse(&format!("{}/{arch}", file.os));
    let (Ok(version), Ok(platform)) = (Version::parse(&file.version), platform) else {
        return Ok(None);
    };
    let id = ReleaseId { version, platform };
    if name(&id) != file.filename {
        return Ok(None);
    }
    let sha256 = match file.sha256.as_str() {
        "" => None,
        text => {
            Some(Sha256::parse_hex(text).map_err(|error| format!("{}: {error}", file.filename))?)
        }
    };
    Ok(Some(IndexEntry {
        id,
        file_name: file.filename.clone(),
        sha256,
        size: (file.size > 0).then_some(file.size),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGEST: &str = "904b924d435eaea086515bc63235b192ea441bd8c9b198c507e85009e6e4c7f0";

    fn file(name: &str, os: &str, arch: &str, sha256: &str) -> String {
        format!(
            r#"{{"filename":"{name}","os":"{os}","arch":"{arch}","version":"go1.22.5","sha256":"{sha256}","size":68958123,"kind":"archive"}}"#
        )
    }

    fn linux(sha256: &str) -> String {
        file("go1.22.5.linux-amd64.tar.gz", "linux", "amd64", sha256)
    }

    fn index(files: &[String]) -> Result<(Vec<IndexEntry>, usize), String> {
        let files = files.join(",");
        let text = format!(r#"[{{"version":"go1.22.5","stable":true,"files":[{files}]}}]"#);
        read_releases(text.as_bytes()).map(|index| (index.entries, index.skipped))
    }

    fn read_text(bytes: &[u8]) -> Result<(Vec<IndexEntry>, usize), String> {
        read_releases(bytes).map(|index| (index.entries, index.skipped))
    }

    #[test]
    fn a_mirrors_index_lists_module_zips_too() {
        let zip = |sha256: &str| {
            let name = "v0.0.1-go1.22.5.linux-arm64.zip";
            file(name, "linux", "arm64", sha256).replace("archive", "module")
        };
        let posing = zip(DIGEST).replace("v0.0.1-go1.22.5", "v0.0.1-go1.22.4");
        let text = |files: &[String]| {
            let files = files.join(",");
            format!(r#"[{{"version":"go1.22.5","stable":true,"files":[{files}]}}]"#)
        };
        let all = text(&[linux(DIGEST), zip(DIGEST), posing]);
        let index = read_releases(all.as_bytes()).unwrap();
        assert_eq!((index.entries.len(), index.zips.len()), (1, 1));
        assert_eq!(index.skipped, 1, "a zip under the name of another release");
        let id = ReleaseId::parse("go1.22.5.linux-arm64").unwrap();
        assert_eq!(index.find(&id), None, "a lock holds no zips");
        let names: Vec<_> = index.archives(&id).map(|it| &it.file_name).collect();
        assert_eq!(names, ["v0.0.1-go1.22.5.linux-arm64.zip"]);
        let twice = text(&[zip(DIGEST), zip(&DIGEST.replace('9', "8"))]);
        let refused = read_releases(twice.as_bytes()).unwrap_err();
        assert!(refused.contains("two archives"), "{refused}");
    }

    #[test]
    fn reads_archives_in_the_names_of_modules() {
        let (entries, skipped) = index(&[
            linux(DIGEST),
            file("go1.22.5.linux-armv6l.tar.gz", "linux", "armv6l", DIGEST),
            file("go1.22.5.windows-amd64.zip", "windows", "amd64", DIGEST),
            linux(DIGEST),
        ])
        .unwrap();
        let ids: Vec<_> = entries.iter().map(|entry| entry.id.to_string()).collect();
        let expected = [
            "go1.22.5.linux-amd64",
            "go1.22.5.linux-arm",
            "go1.22.5.windows-amd64",
        ];
        assert_eq!((ids, skipped), (expected.map(str::to_owned).to_vec(), 0));
        assert_eq!(entries[0].sha256, Some(Sha256::parse_hex(DIGEST).unwrap()));
        assert_eq!(entries[0].size, Some(68_958_123));
    }

    #[test]
    fn an_empty_digest_is_no_evidence() {
        let (entries, _) = index(&[linux("")]).unwrap();
        assert_eq!(entries[0].sha256, None);
    }

    #[test]
    fn installers_sources_and_unknown_platforms_are_no_entries() {
        let (entries, skipped) = index(&[
            linux(DIGEST).replace("archive", "installer"),
            file("go1.22.5.src.tar.gz", "", "", DIGEST).replace("archive", "source"),
            file("go1.22.5.plan9-amd64.tar.gz", "plan9", "amd64", DIGEST),
            file(
                "go1.22.5.linux-bootstrap.tar.gz",
                "linux",
                "bootstrap",
                DIGEST,
            ),
            file(
                "go1.22.5.darwin-amd64-osx10.8.tar.gz",
                "darwin",
                "amd64",
                DIGEST,
            ),
        ])
        .unwrap();
        assert_eq!((entries.len(), skipped), (0, 3));
    }

    #[test]
    fn refuses_an_index_that_could_mislead() {
        let upper = DIGEST.to_uppercase();
        let other = DIGEST.replace('9', "8");
        let cases = [
            index(&[linux(DIGEST), linux(&other)]),
            index(&[linux(DIGEST), linux("")]),
            index(&[linux(&upper)]),
            index(&[linux("904b")]),
            index(&[file("../x.tar.gz", "linux", "amd64", DIGEST)]),
            index(&[file("https://a.example/x.tar.gz", "linux", "amd64", DIGEST)]),
            index(&[file("/x.tar.gz", "linux", "amd64", DIGEST)]),
            index(&[file("..", "linux", "amd64", DIGEST)]),
            index(&[file("", "linux", "amd64", DIGEST)]),
            index(&[file("x\\u0000.zip", "linux", "amd64", DIGEST)]),
            index(&[linux(DIGEST).replace(r#""version":"go1.22.5""#, r#""version":"go1.22.4""#)]),
            index(&[linux(DIGEST).replace("68958123", "-1")]),
            index(&[linux(DIGEST).replace(r#""size":68958123,"#, "")]),
            read_text(b"{}"),
            read_text(b"[] []"),
            read_text(b"<html>"),
        ];
        let reasons: Vec<_> = cases.map(Result::unwrap_err).to_vec();
        insta::assert_snapshot!(reasons.join("\n"), @r"
        two archives of go1.22.5.linux-amd64 that differ: `go1.22.5.linux-amd64.tar.gz`
        two archives of go1.22.5.linux-amd64 that differ: `go1.22.5.linux-amd64.tar.gz`
        go1.22.5.linux-amd64.tar.gz: expected 64 lower-case hexadecimal digits, found `904B924D435EAEA086515BC63235B192EA441BD8C9B198C507E85009E6E4C7F0`
        go1.22.5.linux-amd64.tar.gz: expected 64 lower-case hexadecimal digits, found `904b`
        `../x.tar.gz` is no name of an archive
        `https://a.example/x.tar.gz` is no name of an archive
        `/x.tar.gz` is no name of an archive
        `..` is no name of an archive
        `` is no name of an archive
        `x\0.zip` is no name of an archive
        file `go1.22.5.linux-amd64.tar.gz` says version go1.22.4, its release go1.22.5
        not a release index: invalid value: integer `-1`, expected u64 at line 1 column 222
        not a release index: missing field `size` at line 1 column 230
        not a release index: invalid type: map, expected a sequence at line 1 column 0
        not a release index: trailing characters at line 1 column 4
        not a release index: expected value at line 1 column 1
        ");
    }
}
