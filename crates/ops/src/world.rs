//! The outside as one value: what `main` gathers once and every use case is handed.
//!
//! Nothing below this floor reads the environment, asks for the time or finds its own places.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::{Path, PathBuf};

use goseal_core::layout::Layout;
use goseal_fetch::{Limits, Pace};
use goseal_trust::Roots;

/// What a use case may know of the outside.
pub struct World {
    /// What this build of goseal holds to be true.
    pub product: Product,
    /// The variables as they were offered, in their order, doubles included.
    pub environment: Environment,
    /// The working directory, physical.
    pub cwd: PathBuf,
    /// Who runs this.
    pub user: User,
    /// Where everything lies.
    pub layout: Layout,
    /// Absolute path of this program.
    pub program: PathBuf,
    /// Clock and chance.
    pub machine: Box<dyn Machine>,
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("World")
            .field("cwd", &self.cwd)
            .field("layout", &self.layout)
            .finish_non_exhaustive()
    }
}

/// What is compiled into a build: no variable, home or project moves any of it.
#[derive(Debug, Clone)]
pub struct Product {
    /// `goseal/0.1.0`: what the wire and the log call this program.
    pub name: String,
    /// The trust roots of the checksum database.
    pub roots: Roots,
    /// The organisation's policy on this system.
    pub policy_path: PathBuf,
    /// Where release archives and their index lie when nothing else is named; ends with `/`.
    pub archive_base: String,
    /// How long the wire is waited for, and how often it is tried again.
    pub pace: Pace,
    /// How much may come in over it.
    pub limits: Limits,
}

/// Clock and chance, handed in so that tests can hold both still.
pub trait Machine: Send + Sync {
    /// Seconds and nanoseconds since 1970, UTC.
    fn now(&self) -> (u64, u32);
    /// Nanoseconds since the machine started, sleep included; 0 where the system has no such clock.
    fn since_boot_ns(&self) -> u64;
    /// Fills `bytes` from the system's source of chance.
    fn random(&self, bytes: &mut [u8]);
}

/// Who runs the program, by the kernel and the password database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Numeric id; 0 where the system has none.
    pub uid: u32,
    /// The name in the password database, or the number.
    pub name: String,
    /// The home folder in the password database, never HOME.
    pub home: Option<PathBuf>,
    /// What the kernel calls this host.
    pub host: String,
}

/// Variables as the process was started with them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Environment {
    variables: Vec<(OsString, OsString)>,
}

impl Environment {
    /// Takes the variables in their order.
    pub fn new(variables: Vec<(OsString, OsString)>) -> Self {
        Self { variables }
    }

    /// All variables in their order.
    pub fn all(&self) -> &[(OsString, OsString)] {
        &self.variables
    }

    /// The value of `name`; with doubles the first, as Go takes it.
    pub fn get(&self, name: &str) -> Option<&OsStr> {
        let found = self.variables.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_os_str())
    }

    /// The value of `name` where it is set, not empty and UTF-8.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name)
            .and_then(OsStr::to_str)
            .filter(|value| !value.is_empty())
    }

    /// The value of `name` as a path, where it is set and not empty.
    pub fn path(&self, name: &str) -> Option<&Path> {
        self.get(name)
            .filter(|value| !value.is_empty())
            .map(Path::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_doubles_the_first_counts_and_empty_is_not_set() {
        let pairs = [("A", "1"), ("A", "2"), ("B", ""), ("P", "/x")];
        let own = |(name, value): (&str, &str)| (OsString::from(name), OsString::from(value));
        let environment = Environment::new(pairs.map(own).to_vec());
        assert_eq!(environment.text("A"), Some("1"));
        assert_eq!(environment.get("B"), Some(OsStr::new("")));
        assert_eq!((environment.text("B"), environment.path("B")), (None, None));
        assert_eq!(environment.path("P"), Some(Path::new("/x")));
        assert_eq!(environment.all().len(), 4);
    }
}
