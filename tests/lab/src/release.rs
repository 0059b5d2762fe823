//! Tiny toolchains that look like published ones.
//!
//! Owns: the files of a made-up release, its archive, its module zip and its identity, and the
//! ways in which one may differ from what it says it is. Promises: the same calls give the same
//! bytes on every machine. Does not do: archives that no tool would write (links, lies about
//! sizes); those are the store's own tests.
//!
//! Source of the layout: `cmd/distpack/pack.go`; of the old releases: `internal/task/dl2mod.go` of
//! golang/build.

mod fakego;
mod makebash;
mod pack;

use std::collections::BTreeMap;
use std::path::Path;

use goseal_core::digest::{H1, Sha256};
use goseal_core::manifest::{Entry, EntryName, Manifest};
use goseal_core::platform::Platform;
use goseal_core::release::ReleaseId;
use goseal_core::version::{FIRST_DOTTED_MINOR, Version};

pub use fakego::Dump;

/// The time that every file and every `.info` of a made-up release has: seconds since the epoch.
pub const RELEASE_TIME: u64 = 1_719_945_600;

/// [`RELEASE_TIME`] as Go writes it.
pub const RELEASE_TIME_TEXT: &str = "2024-07-02T18:40:00Z";

/// Bytes of each tool below `pkg/tool`; they cannot be compressed, so that a download has a middle.
const TOOL_SIZE: usize = 40_000;

/// A made-up release: its files by their published names, and what it says it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    id: ReleaseId,
    files: BTreeMap<String, Vec<u8>>,
}

impl Release {
    /// The release `version` for `platform` (`linux/amd64`).
    ///
    /// `bin/go` is a POSIX shell script, see [`Dump`], so it runs on the machine at hand whatever
    /// the platform says, except for Windows.
    ///
    /// # Panics
    ///
    /// Where either text is not a version or a platform.
    pub fn new(version: &str, platform: &str) -> Self {
        let id = ReleaseId {
            version: Version::parse(version).expect("the test names an exact release"),
            platform: Platform::parse(platform).expect("the test names a platform"),
        };
        Self {
            id,
            files: files_of(&id),
        }
    }

    /// The release `version` for the machine at hand.
    ///
    /// # Panics
    ///
    /// As [`Release::new`], and where Go has no such platform.
    pub fn here(version: &str) -> Self {
        let platform = Platform::of_this_build().expect("Go is published for this platform");
        Self::new(version, &platform.to_string())
    }

    /// A release of the files of an installed tree, the doors taken away: real bytes under the
    /// lab's own database. `root` lies below a folder of trees and has the name of its release.
    ///
    /// # Panics
    ///
    /// Where it is no such tree or cannot be read.
    pub fn of_tree(root: &Path) -> Self {
        let name = root.file_name().and_then(|name| name.to_str());
        let id = name
            .and_then(ReleaseId::parse)
            .expect("the name of a release");
        let mut files = BTreeMap::new();
        read_below(root, "", &mut files);
        files.remove("pkg/goseal/home");
        for tool in ["go", "gofmt"] {
            if let Some(published) = files.remove(&format!("pkg/goseal/{tool}")) {
                files.insert(format!("bin/{tool}"), published);
            }
        }
        Self { id, files }
    }

    /// The same release, whose tools come out of its sources by its own `src/make.bash`.
    #[must_use]
    pub fn buildable(mut self) -> Self {
        makebash::make_buildable(&self.id, &mut self.files);
        self
    }

    /// What it says it is.
    pub fn id(&self) -> ReleaseId {
        self.id
    }

    /// Its files, by their names relative to GOROOT.
    pub fn files(&self) -> &BTreeMap<String, Vec<u8>> {
        &self.files
    }

    /// The same with one file added or changed.
    #[must_use]
    pub fn with_file(mut self, name: &str, bytes: impl Into<Vec<u8>>) -> Self {
        self.files.insert(name.to_owned(), bytes.into());
        self
    }

    /// The same without one file; nothing changes where there is none of that name.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.files.remove(name);
        self
    }

    /// The same bytes under the name of another release, `VERSION` included: a mix-up by a mirror.
    ///
    /// # Panics
    ///
    /// Where `id` (`go1.22.5.linux-amd64`) names no release.
    #[must_use]
    pub fn claiming(mut self, id: &str) -> Self {
        self.id = ReleaseId::parse(id).expect("the test names a release");
        self
    }

    /// Every file of the archive. A name that core refuses is left out.
    ///
    /// # Panics
    ///
    /// Where two names collide; this and what follows from it is only for trees that can be.
    pub fn manifest(&self) -> Manifest {
        self.manifest_of(|_| true)
    }

    /// The files that the module zip holds as well.
    pub fn module_manifest(&self) -> Manifest {
        self.manifest_of(EntryName::is_covered_by_h1)
    }

    /// Its identity under the name that it claims.
    pub fn h1(&self) -> H1 {
        self.manifest().h1(&self.id)
    }

    /// The module zip, as `cmd/distpack` writes it.
    pub fn module_zip(&self) -> Vec<u8> {
        pack::module_zip(self)
    }

    /// The release archive for every platform but Windows.
    pub fn tar_gz(&self) -> Vec<u8> {
        pack::tar_gz(self)
    }

    /// The release archive in the form of its platform: `.zip` for Windows, else `.tar.gz`.
    pub fn archive(&self) -> Vec<u8> {
        if self.id.platform.os() == "windows" {
            pack::archive_zip(self)
        } else {
            pack::tar_gz(self)
        }
    }

    fn manifest_of(&self, keep: impl Fn(&EntryName) -> bool) -> Manifest {
        let files = self.files.iter().filter_map(|(name, bytes)| {
            let name = EntryName::parse(name).ok().filter(&keep)?;
            let entry = Entry {
                sha256: Sha256::of(bytes),
                size: bytes.len() as u64,
            };
            Some((name, entry))
        });
        Manifest::from_files(files).expect("the names of a made-up release do not collide")
    }
}

/// Every file below a folder, by its path from the root.
fn read_below(folder: &Path, prefix: &str, files: &mut BTreeMap<String, Vec<u8>>) {
    for entry in std::fs::read_dir(folder).expect("a folder of the tree") {
        let entry = entry.expect("an entry of the tree");
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            read_below(&entry.path(), &format!("{name}/"), files);
        } else {
            files.insert(
                name,
                std::fs::read(entry.path()).expect("a file of the tree"),
            );
        }
    }
}

fn files_of(id: &ReleaseId) -> BTreeMap<String, Vec<u8>> {
    let (version, platform) = (id.version, id.platform);
    let exe = platform.exe_suffix();
    let tools = format!("pkg/tool/{}_{}", platform.os(), platform.arch());
    let dotted = version.minor() >= FIRST_DOTTED_MINOR;
    let mut files = BTreeMap::new();
    let mut put = |name: &str, bytes: Vec<u8>| files.insert(name.to_owned(), bytes);
    put(&format!("bin/go{exe}"), fakego::script("go", id).into());
    put(
        &format!("bin/gofmt{exe}"),
        fakego::script("gofmt", id).into(),
    );
    for tool in ["asm", "compile", "link"] {
        let name = format!("{tools}/{tool}{exe}");
        let bytes = noise(&format!("{id} {name}"), TOOL_SIZE);
        put(&name, bytes);
    }
    let stamp = if dotted {
        put("go.env", GO_ENV.into());
        format!("go{version}\ntime {RELEASE_TIME_TEXT}\n")
    } else {
        format!("go{version}")
    };
    put("VERSION", stamp.into());
    put(
        "src/go.mod",
        format!("module std\n\ngo 1.{}\n", version.minor()).into(),
    );
    put(
        "src/cmd/go.mod",
        format!("module cmd\n\ngo 1.{}\n", version.minor()).into(),
    );
    for (name, text) in FIXED {
        put(name, (*text).into());
    }
    files
}

const GO_ENV: &str =
    "GOPROXY=https://proxy.example,direct\nGOSUMDB=sum.golang.org\nGOTOOLCHAIN=auto\n";

const FIXED: [(&str, &str); 14] = [
    ("LICENSE", "made up for tests\n"),
    ("README.md", "# A made-up release\n"),
    ("api/go1.1.txt", "pkg fmt, func Println\n"),
    ("doc/godebug.md", "# made up\n"),
    ("lib/time/zoneinfo.zip", "not a zip\n"),
    ("misc/go_android_exec/README", "made up\n"),
    ("pkg/include/textflag.h", "#define NOSPLIT 4\n"),
    ("src/cmd/go/main.go", "package main\n\nfunc main() {}\n"),
    ("src/fmt/print.go", "package fmt\n"),
    ("src/make.bash", "#!/usr/bin/env bash\n"),
    ("src/runtime/Makefile", "all:\n"),
    ("src/runtime/proc.go", "package runtime\n"),
    ("src/testdata/empty.txt", ""),
    ("test/helloworld.go", "package main\n"),
];

/// Bytes that cannot be compressed and are the same for the same seed.
pub fn noise(seed: &str, length: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(length + 32);
    let mut block = Sha256::of(seed.as_bytes());
    while bytes.len() < length {
        bytes.extend_from_slice(block.as_bytes());
        block = Sha256::of(block.as_bytes());
    }
    bytes.truncate(length);
    bytes
}
