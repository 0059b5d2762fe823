//! `goseal.toml`: what a project chooses.

use std::path::Path;

use goseal_core::platform::Platform;
use goseal_core::project::{ModulePattern, Project};

use crate::document::{Section, Source};
use crate::error::Error;
use crate::nearest::folded;
use crate::word;

/// The keys of `goseal.toml`, and no others: whatever is not here a project cannot choose.
pub(crate) const KEYS: [&str; 16] = [
    "cgo",
    "mod",
    "trimpath",
    "buildvcs",
    "tags",
    "race",
    "pgo",
    "ldflags",
    "goos",
    "goarch",
    "experiment",
    "private",
    "profile",
    "policy",
    "platforms",
    "sources",
];

/// Settings of Go that name a program, folded. A project that could name one would run code as soon
/// as its folder is opened (`GOFLAGS=-toolexec=..` runs on an editor's own `go list -export`).
const PROGRAMS: [&str; 21] = [
    "ar",
    "auth",
    "cacheprog",
    "cc",
    "compiler",
    "cxx",
    "exec",
    "extar",
    "extld",
    "fc",
    "fixtool",
    "gccgo",
    "gitaskpass",
    "gitsshcommand",
    "goauth",
    "gocacheprog",
    "gcc",
    "linker",
    "pkgconfig",
    "toolexec",
    "vettool",
];

const TARGET: &str = "a name that Go uses, such as `linux` or `amd64`";
const LDFLAG: &str = "one of `-s`, `-w`, `-X name=value`, `-buildid=id`, \
                      without quotes or spaces in the value";
pub(crate) const PATTERN: &str = "a module pattern that names a host, such as `corp.example/*`";
pub(crate) const PLATFORM: &str = "a platform such as `linux/amd64`";
pub(crate) const PROFILE: &str = "`standard` or `strict`";

/// Reads `goseal.toml`. `path` is only named in messages. An empty file is a project without
/// choices.
///
/// # Errors
///
/// Every variant of [`Error`] but [`Error::UnknownFormat`] and [`Error::MissingKey`]. The first
/// unknown key in the order of the file is reported before any value is read.
pub fn parse_project(bytes: &[u8], path: &Path) -> Result<Project, Error> {
    let source = Source::new(bytes, path)?;
    let root = source.parse()?;
    let root = Section::root(&source, &root);
    refuse_programs(&root)?;
    root.allow_only(&KEYS)?;

    let switch = |key| root.field(key).map(|field| field.boolean()).transpose();
    let target = |key| root.word(key, TARGET, word::target);
    Ok(Project {
        cgo: switch("cgo")?,
        mod_mode: root.word("mod", "`readonly` or `vendor`", word::mod_mode)?,
        trimpath: switch("trimpath")?,
        buildvcs: switch("buildvcs")?,
        tags: root.words(
            "tags",
            "a build tag of letters, digits, `_` and `.`",
            word::tag,
        )?,
        race: switch("race")?,
        pgo: root.word(
            "pgo",
            "`off`, `auto` or a path inside the project",
            word::pgo,
        )?,
        ldflags: root.words("ldflags", LDFLAG, word::ldflag)?,
        goos: target("goos")?,
        goarch: target("goarch")?,
        experiment: root.words(
            "experiment",
            "the name of an experiment of Go's",
            word::target,
        )?,
        private: root.words("private", PATTERN, ModulePattern::parse)?,
        profile: root.word("profile", PROFILE, word::profile)?,
        policy: root.word(
            "policy",
            "a demand such as `example >= 12`",
            word::policy_demand,
        )?,
        platforms: root.words("platforms", PLATFORM, |text| Platform::parse(text).ok())?,
        sources: root.sources("sources")?,
    })
}

fn refuse_programs(root: &Section<'_>) -> Result<(), Error> {
    match root.first_unknown(&KEYS) {
        Some((at, key)) if PROGRAMS.contains(&folded(&key).as_str()) => Err(Error::ProgramKey {
            at,
            key: key.chars().take(64).collect(),
        }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
