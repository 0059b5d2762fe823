//! What a toolchain consists of: names, digests, sizes, modes; and the identity over them.
//!
//! One type serves install, verify, repair, mirror, bundle and the difference of two releases.

mod name;

use std::borrow::Cow;
use std::collections::btree_map::Entry as Place;
use std::collections::{BTreeMap, HashMap};
use std::fmt::{self, Write as _};

pub use name::{EntryName, NameFault};
use sha2::Digest as _;

use crate::digest::{H1, Sha256};
use crate::release::ReleaseId;

/// Top folders of a release archive that the module form leaves out, so that no h1 covers them.
///
/// Source: `cmd/distpack/pack.go`.
pub const OUTSIDE_H1: [&str; 4] = ["api", "doc", "misc", "test"];

/// Files in one manifest; go1.27 has about 12,000 with its tests.
pub const MAX_FILES: usize = 50_000;

/// The mode of an installed file, by Go's own table and never by what an archive says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// 0555 when installed.
    Executable,
    /// 0444 when installed.
    Plain,
}

impl Mode {
    /// The mode of a file by its published name. Source: `mode()` in `cmd/distpack/pack.go`.
    pub fn of(name: &EntryName) -> Self {
        let text = name.as_str();
        let last = text.rsplit('/').next().unwrap_or(text);
        let script = [".bash", ".sh", ".pl", ".rc"]
            .iter()
            .any(|end| last.ends_with(end));
        if text.starts_with("bin/")
            || text.starts_with("pkg/tool/")
            || script
            || is_exec_wrapper(last)
        {
            Self::Executable
        } else {
            Self::Plain
        }
    }

    /// The permission bits of an installed file.
    pub const fn bits(self) -> u32 {
        match self {
            Self::Executable => 0o555,
            Self::Plain => 0o444,
        }
    }
}

/// `go_?*_?*_exec`, the wrappers that run a program of another platform.
fn is_exec_wrapper(last: &str) -> bool {
    last.strip_prefix("go_")
        .and_then(|rest| rest.strip_suffix("_exec"))
        .is_some_and(|middle| {
            middle
                .bytes()
                .enumerate()
                .any(|(at, b)| b == b'_' && at > 0 && at + 1 < middle.len())
        })
}

/// One file of a toolchain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// SHA-256 of its content.
    pub sha256: Sha256,
    /// Bytes.
    pub size: u64,
}

/// Why a set of files is no toolchain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ManifestFault {
    /// The same name twice.
    Duplicate(EntryName),
    /// Two names that one file system would hold as one file.
    CaseCollision(EntryName, EntryName),
    /// A name that is a file and also the folder of another.
    FileAndFolder(EntryName),
    /// More than [`MAX_FILES`].
    TooManyFiles,
    /// A line of the text form that is not one. Holds its number, from 1.
    Line(usize),
}

impl fmt::Display for ManifestFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Duplicate(name) => write!(f, "`{name}` is there twice"),
            Self::CaseCollision(a, b) => write!(f, "`{a}` and `{b}` differ only by case"),
            Self::FileAndFolder(name) => write!(f, "`{name}` is a file and a folder"),
            Self::TooManyFiles => write!(f, "more than {MAX_FILES} files"),
            Self::Line(number) => write!(f, "line {number} of the manifest is malformed"),
        }
    }
}

impl std::error::Error for ManifestFault {}

/// One thing in which a tree differs from what was published.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Difference {
    /// The file has other content.
    Changed(EntryName),
    /// The file was published and is not there.
    Missing(EntryName),
    /// The file is there and was never published.
    Extra(EntryName),
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Changed(name) => write!(f, "changed {name}"),
            Self::Missing(name) => write!(f, "missing {name}"),
            Self::Extra(name) => write!(f, "extra   {name}"),
        }
    }
}

/// The files of a toolchain by their published names, relative to GOROOT, in bytewise order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Manifest {
    files: BTreeMap<EntryName, Entry>,
}

impl Manifest {
    /// Gathers the files of a tree or an archive.
    ///
    /// # Errors
    ///
    /// [`ManifestFault`] for a name that occurs twice, that collides with another on a file system
    /// that folds case, that is a file and a folder, and for more than [`MAX_FILES`] names.
    pub fn from_files(
        files: impl IntoIterator<Item = (EntryName, Entry)>,
    ) -> Result<Self, ManifestFault> {
        let mut manifest = Self::default();
        for (name, entry) in files {
            if manifest.files.len() == MAX_FILES {
                return Err(ManifestFault::TooManyFiles);
            }
            match manifest.files.entry(name) {
                Place::Vacant(place) => drop(place.insert(entry)),
                Place::Occupied(there) => {
                    return Err(ManifestFault::Duplicate(there.key().clone()));
                }
            }
        }
        check_collisions(manifest.files.keys())?;
        Ok(manifest)
    }

    /// The files, in bytewise order of their names.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&EntryName, &Entry)> {
        self.files.iter()
    }

    /// The file of that name.
    pub fn get(&self, name: &EntryName) -> Option<&Entry> {
        self.files.get(name)
    }

    /// How many files.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether there is no file at all.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Bytes of all files together; `u64::MAX` where a text states more.
    pub fn total_size(&self) -> u64 {
        let sizes = self.files.values().map(|entry| entry.size);
        sizes.fold(0, u64::saturating_add)
    }

    /// The identity of these files as the toolchain `id`.
    ///
    /// Files below [`OUTSIDE_H1`] do not count, `go.mod` is named `_go.mod`, and every name has the
    /// module prefix of `id`; so the release archive and the module zip of one release give the same
    /// value. Source: `dirhash.Hash1` of golang.org/x/mod over the names of `cmd/distpack`.
    pub fn h1(&self, id: &ReleaseId) -> H1 {
        let prefix = id.module_prefix();
        let mut lines: Vec<(String, Sha256)> = self
            .files
            .iter()
            .filter(|(name, _)| name.is_covered_by_h1())
            .map(|(name, entry)| (name.module_name(), entry.sha256))
            .collect();
        lines.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        let mut summary = sha2::Sha256::new();
        let mut line = String::new();
        for (name, sha256) in lines {
            line.clear();
            writeln!(line, "{sha256}  {prefix}{name}").expect("writing to a String cannot fail");
            summary.update(line.as_bytes());
        }
        H1::from_sha256(Sha256::from_bytes(summary.finalize().into()))
    }

    /// Where `found` differs from this, the published manifest; in order of names.
    pub fn differences(&self, found: &Self) -> Vec<Difference> {
        let published = self
            .files
            .iter()
            .filter_map(|(name, entry)| match found.get(name) {
                None => Some(Difference::Missing(name.clone())),
                Some(other) if other != entry => Some(Difference::Changed(name.clone())),
                Some(_) => None,
            });
        let extra = found
            .files
            .keys()
            .filter(|name| !self.files.contains_key(*name));
        let mut all: Vec<_> = published
            .chain(extra.map(|name| Difference::Extra(name.clone())))
            .collect();
        all.sort_unstable_by(|a, b| a.name().cmp(b.name()));
        all
    }

    /// The text form: a line `<sha256> <size> <name>` a file, in bytewise order of names.
    pub fn format(&self) -> String {
        let mut text = String::with_capacity(self.files.len() * 112);
        for (name, entry) in &self.files {
            writeln!(text, "{} {} {name}", entry.sha256, entry.size)
                .expect("writing to a String cannot fail");
        }
        text
    }

    /// Reads the text form back.
    ///
    /// # Errors
    ///
    /// [`ManifestFault`]; the text must be exactly what [`Manifest::format`] writes.
    pub fn parse(text: &str) -> Result<Self, ManifestFault> {
        let lines = text.lines().enumerate();
        let files = lines.map(|(at, line)| parse_line(line).ok_or(ManifestFault::Line(at + 1)));
        let manifest = Self::from_files(files.collect::<Result<Vec<_>, _>>()?)?;
        if manifest.format() == text {
            Ok(manifest)
        } else {
            Err(ManifestFault::Line(0))
        }
    }
}

impl Difference {
    /// The file that differs.
    pub const fn name(&self) -> &EntryName {
        match self {
            Self::Changed(name) | Self::Missing(name) | Self::Extra(name) => name,
        }
    }
}

fn parse_line(line: &str) -> Option<(EntryName, Entry)> {
    let mut parts = line.splitn(3, ' ');
    let sha256 = Sha256::parse_hex(parts.next()?).ok()?;
    let size = parts.next()?.parse().ok()?;
    Some((
        EntryName::parse(parts.next()?).ok()?,
        Entry { sha256, size },
    ))
}

/// Refuses names that a case-folding file system would merge, folders included. The names come in
/// bytewise order.
fn check_collisions<'a>(
    names: impl Iterator<Item = &'a EntryName> + Clone,
) -> Result<(), ManifestFault> {
    // Folded path -> the spelling seen first, and the name that it came from.
    let mut files: HashMap<Cow<str>, &EntryName> = HashMap::new();
    let mut folders: HashMap<Cow<str>, (&str, &EntryName)> = HashMap::new();
    let mut before = "";
    for name in names.clone() {
        let text = name.as_str();
        let folder = text.rsplit_once('/').map_or("", |(folder, _)| folder);
        // Nearly every name lies in the folder of the one before it, which was looked at.
        let ends = if folder == before { "" } else { text };
        before = folder;
        for (at, _) in ends.match_indices('/') {
            let spelled = text.split_at(at).0;
            let (seen, from) = *folders.entry(folded(spelled)).or_insert((spelled, name));
            if seen != spelled {
                return Err(ManifestFault::CaseCollision(from.clone(), name.clone()));
            }
        }
        if let Some(other) = files.insert(folded(text), name) {
            return Err(ManifestFault::CaseCollision(other.clone(), name.clone()));
        }
    }
    let mut names = names;
    match names.find(|name| folders.contains_key(&folded(name.as_str()))) {
        Some(name) => Err(ManifestFault::FileAndFolder(name.clone())),
        None => Ok(()),
    }
}

/// The text in lower case; most names of a release are.
fn folded(text: &str) -> Cow<'_, str> {
    let is_lower = |byte: u8| byte.is_ascii() && !byte.is_ascii_uppercase();
    if text.bytes().all(is_lower) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.to_lowercase())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(names: &[(&str, &str)]) -> Result<Manifest, ManifestFault> {
        Manifest::from_files(names.iter().map(|(name, content)| {
            let entry = Entry {
                sha256: Sha256::of(content.as_bytes()),
                size: content.len() as u64,
            };
            (EntryName::parse(name).unwrap(), entry)
        }))
    }

    #[test]
    fn sizes_that_no_disk_holds_do_not_wrap() {
        let digest = Sha256::of(b"");
        let text = format!("{digest} {} VERSION\n{digest} 2 a\n", u64::MAX);
        assert_eq!(Manifest::parse(&text).unwrap().total_size(), u64::MAX);
    }

    #[test]
    fn h1_is_the_one_that_golang_org_x_mod_computes() {
        // dirhash.Hash1 over one file `go.mod` with the constant content of the toolchain module is
        // the `/go.mod` line of every toolchain record; here the rule is the same with our prefix.
        let id = ReleaseId::parse("go1.22.5.linux-amd64").unwrap();
        let m = manifest(&[
            ("src/go.mod", "module std\n"),
            ("src/a.go", "package a\n"),
            ("test/x", "1"),
        ])
        .unwrap();
        let line = |content: &str, name: &str| {
            format!(
                "{}  {}{name}\n",
                Sha256::of(content.as_bytes()),
                id.module_prefix()
            )
        };
        let summary = line("module std\n", "src/_go.mod") + &line("package a\n", "src/a.go");
        assert_eq!(m.h1(&id), H1::from_sha256(Sha256::of(summary.as_bytes())));
    }

    #[test]
    fn refuses_what_one_file_system_would_merge() {
        assert!(matches!(
            manifest(&[("a", ""), ("a", "")]),
            Err(ManifestFault::Duplicate(_))
        ));
        assert!(matches!(
            manifest(&[("src/A", ""), ("src/a", "")]),
            Err(ManifestFault::CaseCollision(..))
        ));
        assert!(matches!(
            manifest(&[("Src/a", ""), ("src/b", "")]),
            Err(ManifestFault::CaseCollision(..))
        ));
        assert!(matches!(
            manifest(&[("src", ""), ("src/a", "")]),
            Err(ManifestFault::FileAndFolder(_))
        ));
        assert!(matches!(
            manifest(&[("SRC", ""), ("src/a", "")]),
            Err(ManifestFault::FileAndFolder(_))
        ));
    }

    #[test]
    fn modes_follow_the_table_of_distpack() {
        let mode = |name| Mode::of(&EntryName::parse(name).unwrap());
        for name in [
            "bin/go",
            "pkg/tool/linux_amd64/compile",
            "src/make.bash",
            "lib/wasm/go_js_wasm_exec",
            "misc/go_android_exec/a.sh",
        ] {
            assert_eq!(mode(name), Mode::Executable, "{name}");
        }
        for name in [
            "src/a.go",
            "VERSION",
            "lib/go__exec",
            "src/bin/x",
            "lib/go_x_exec",
        ] {
            assert_eq!(mode(name), Mode::Plain, "{name}");
        }
    }

    #[test]
    fn the_text_form_is_read_and_written_the_same() {
        let m = manifest(&[("bin/go", "x"), ("VERSION", "go1.22.5\n")]).unwrap();
        assert_eq!(Manifest::parse(&m.format()), Ok(m.clone()));
        assert!(Manifest::parse(&m.format().to_uppercase()).is_err());
        assert!(Manifest::parse(&format!("{}\n", m.format())).is_err());
    }

    #[test]
    fn names_each_difference_once() {
        let published = manifest(&[("a", "1"), ("b", "2"), ("c", "3")]).unwrap();
        let found = manifest(&[("a", "1"), ("b", "x"), ("d", "4")]).unwrap();
        let texts: Vec<_> = published
            .differences(&found)
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(texts, ["changed b", "missing c", "extra   d"]);
    }
}
