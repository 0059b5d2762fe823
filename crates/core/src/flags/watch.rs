//! Which flags weaken a run, and when.

use super::Given;
use crate::quoted;

/// When a watched flag weakens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Whatever its value.
    Always,
    /// With this value.
    Is(&'static str),
    /// With any other value.
    IsNot(&'static str),
    /// As a switch that is not off.
    On,
    /// As a switch that is off.
    Off,
    /// With arguments for the linker beyond `-s -w -X -buildid`.
    LinkerArguments,
    /// With arguments for the linker that name a program.
    LinkerProgram,
}

/// A flag that weakens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Watch {
    /// The flag.
    pub flag: &'static str,
    /// A stable word for records.
    pub code: &'static str,
    /// When it weakens.
    pub when: When,
    /// Whether it makes the build run a program that goseal does not know.
    pub foreign_code: bool,
    /// What it does, for messages.
    pub does: &'static str,
    /// Where the setting belongs, as an act.
    pub belongs: &'static str,
}

impl Watch {
    /// Whether a given flag weakens by this row.
    pub fn matches(&self, given: &Given<'_>) -> bool {
        if given.name != self.flag {
            return false;
        }
        let value = given.value.as_deref();
        match self.when {
            When::Always => true,
            When::Is(word) => value == Some(word),
            When::IsNot(word) => value != Some(word),
            When::On => !given.is_off(),
            When::Off => given.is_off(),
            When::LinkerArguments => !linker_arguments_are_plain(value.unwrap_or_default()),
            When::LinkerProgram => names_linker_program(value.unwrap_or_default()),
        }
    }
}

const fn watch(
    flag: &'static str,
    code: &'static str,
    when: When,
    does: &'static str,
    belongs: &'static str,
) -> Watch {
    Watch {
        flag,
        code,
        when,
        foreign_code: false,
        does,
        belongs,
    }
}

const fn foreign(mut watch: Watch) -> Watch {
    watch.foreign_code = true;
    watch
}

const LEAVE: &str = "leave the flag out";
const LDFLAGS: &str = "`ldflags` of goseal.toml takes -s, -w, -X and -buildid";

/// Every flag that weakens.
pub const WATCHED: &[Watch] = &[
    watch(
        "mod",
        "mod-mod",
        When::Is("mod"),
        "lets a build edit go.mod and go.sum",
        "run `go mod tidy`, or set `mod` in goseal.toml",
    ),
    watch(
        "modfile",
        "modfile",
        When::Always,
        "builds from another go.mod and go.sum",
        LEAVE,
    ),
    watch(
        "overlay",
        "overlay",
        When::Always,
        "builds from other files than the folder's",
        LEAVE,
    ),
    foreign(watch(
        "toolexec",
        "toolexec",
        When::Always,
        "runs a program for every tool of the build",
        LEAVE,
    )),
    watch(
        "exec",
        "exec",
        When::Always,
        "starts what was built through another program",
        LEAVE,
    ),
    foreign(watch(
        "vettool",
        "vettool",
        When::Always,
        "runs another program than vet",
        LEAVE,
    )),
    foreign(watch(
        "fixtool",
        "fixtool",
        When::Always,
        "runs another program than fix",
        LEAVE,
    )),
    watch(
        "insecure",
        "insecure",
        When::On,
        "fetches without TLS and without the checksum database",
        "set `insecure` in the organisation's policy",
    ),
    foreign(watch(
        "compiler",
        "compiler",
        When::IsNot("gc"),
        "compiles with another compiler",
        LEAVE,
    )),
    watch(
        "gcflags",
        "gcflags",
        When::Always,
        "changes the machine code",
        LEAVE,
    ),
    watch(
        "asmflags",
        "asmflags",
        When::Always,
        "changes the machine code",
        LEAVE,
    ),
    watch(
        "gccgoflags",
        "gccgoflags",
        When::Always,
        "changes the machine code",
        LEAVE,
    ),
    foreign(watch(
        "ldflags",
        "ldflags-program",
        When::LinkerProgram,
        "links with another program",
        LDFLAGS,
    )),
    watch(
        "ldflags",
        "ldflags",
        When::LinkerArguments,
        "changes how the program is linked",
        LDFLAGS,
    ),
    watch(
        "pkgdir",
        "pkgdir",
        When::Always,
        "takes compiled packages from another folder",
        LEAVE,
    ),
    watch(
        "installsuffix",
        "installsuffix",
        When::Always,
        "takes compiled packages from another folder",
        LEAVE,
    ),
    watch(
        "modcacherw",
        "modcacherw",
        When::On,
        "leaves the module cache writable",
        LEAVE,
    ),
    watch(
        "buildvcs",
        "buildvcs-off",
        When::Off,
        "leaves the revision out of the program",
        "set `buildvcs` in goseal.toml",
    ),
];

/// The linker's own words in `-ldflags=[pattern=]words`.
fn linker_words(value: &str) -> Option<Vec<String>> {
    // Source: `(*PerPackageFlag).set` in cmd/go/internal/load/flag.go: a value that starts with a
    // dash has no pattern.
    let value = value.trim_start();
    let words = if value.starts_with('-') {
        value
    } else {
        value.split_once('=').map_or(value, |(_, words)| words)
    };
    quoted::split(words).ok()
}

fn linker_arguments_are_plain(value: &str) -> bool {
    let Some(words) = linker_words(value) else {
        return false;
    };
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let name = word.trim_start_matches('-');
        let plain = match name.split_once('=').map_or(name, |(name, _)| name) {
            "s" | "w" => true,
            "X" | "buildid" => name.contains('=') || words.next().is_some(),
            _ => false,
        };
        if !plain || !word.starts_with('-') {
            return false;
        }
    }
    true
}

fn names_linker_program(value: &str) -> bool {
    let words = linker_words(value).unwrap_or_default();
    words.iter().any(|word| {
        let name = word.trim_start_matches('-');
        let name = name.split_once('=').map_or(name, |(name, _)| name);
        word.starts_with('-') && ["extld", "extldflags", "extar", "linkmode"].contains(&name)
    })
}
