//! The one table of environment variables: what goseal does with each, and why.
//!
//! Owns: the class of every name. A name that is in no row falls to the patterns: `GO` and capital
//! letters or digits without an underscore, `GO_*`, `GOTOOLCHAIN_*`, `CGO_*` and `GIT_*` are
//! stripped; every other name is free and none of goseal's business.
//!
//! The rows cover `go help environment` and `go env` of 1.20 to 1.27 and what `cmd/go`, compile,
//! link and asm read.

mod cgo;
mod go;
mod system;

use crate::policy::Profile;

/// What happens to a variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// Every run gets goseal's value.
    Forced,
    /// Project or policy may choose a value; without a choice it is goseal's, or removed.
    Chosen,
    /// The caller's, else the value in the user's Go file.
    Carried,
    /// Removed.
    Stripped,
    /// The caller's, untouched. A row of this class is worth recording.
    Free,
}

impl Class {
    /// The word in `explain`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Forced => "forced",
            Self::Chosen => "chosen",
            Self::Carried => "carried",
            Self::Stripped => "stripped",
            Self::Free => "free",
        }
    }
}

/// One row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setting {
    /// The name; a trailing `*` stands for any rest.
    pub name: &'static str,
    /// What happens in the standard profile.
    pub class: Class,
    /// What happens in the strict profile.
    pub strict: Class,
    /// Why, in a short sentence.
    pub reason: &'static str,
    /// Where it is documented or read.
    pub source: &'static str,
    /// Where the setting belongs, as an act: what a refused `go env -w` names.
    pub belongs: &'static str,
}

impl Setting {
    const fn new(
        name: &'static str,
        class: Class,
        reason: &'static str,
        source: &'static str,
    ) -> Self {
        Self {
            name,
            class,
            strict: class,
            reason,
            source,
            belongs: "",
        }
    }

    const fn in_strict(mut self, class: Class) -> Self {
        self.strict = class;
        self
    }

    const fn belongs(mut self, place: &'static str) -> Self {
        self.belongs = place;
        self
    }

    /// What happens under a profile.
    pub const fn class_in(&self, profile: Profile) -> Class {
        match profile {
            Profile::Standard => self.class,
            Profile::Strict => self.strict,
        }
    }

    fn covers(&self, name: &str) -> bool {
        match self.name.strip_suffix('*') {
            Some(start) => name.starts_with(start),
            None => self.name == name,
        }
    }
}

/// The table, by group.
pub const SETTINGS: &[&[Setting]] = &[go::ROWS, cgo::ROWS, system::ROWS];

/// Every row.
pub fn rows() -> impl Iterator<Item = &'static Setting> {
    SETTINGS.iter().copied().flatten()
}

/// How the names of rows begin. Most names of an environment begin otherwise, and a shim has no
/// time to compare each of them with every row.
const STARTS: [&str; 11] = [
    "GO",
    "CGO_",
    "GIT_",
    "GCCGO",
    "LD_",
    "DYLD_",
    "PKG_CONFIG",
    "CC",
    "CXX",
    "AR",
    "FC",
];

fn may_have_a_row(name: &str) -> bool {
    STARTS.iter().any(|start| name.starts_with(start))
}

/// The row of a name: the exact one before one with `*`.
pub fn row_of(name: &str) -> Option<&'static Setting> {
    if !may_have_a_row(name) {
        return None;
    }
    rows()
        .find(|row| row.name == name)
        .or_else(|| rows().find(|row| row.covers(name)))
}

/// The class of a name in the standard profile; `None` for names that are free and not recorded.
pub fn class_of(name: &str) -> Option<Class> {
    class_in(name, Profile::Standard)
}

/// The class of a name under a profile; `None` for names that are free and not recorded.
pub fn class_in(name: &str, profile: Profile) -> Option<Class> {
    row_of(name)
        .map(|row| row.class_in(profile))
        .or_else(|| is_stripped_by_pattern(name).then_some(Class::Stripped))
}

/// Why a name has its class, for `explain`.
pub fn reason_of(name: &str) -> Option<&'static str> {
    row_of(name).map(|row| row.reason).or_else(|| {
        is_stripped_by_pattern(name)
            .then_some("Go, cgo or git may read it, and no rule asks for it")
    })
}

fn is_stripped_by_pattern(name: &str) -> bool {
    let starts = ["GO_", "GOTOOLCHAIN_", "CGO_", "GIT_"];
    let plain = name.strip_prefix("GO").is_some_and(|rest| {
        !rest.is_empty()
            && rest
                .bytes()
                .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
    });
    plain || starts.iter().any(|start| name.starts_with(start))
}

#[cfg(test)]
mod tests;
