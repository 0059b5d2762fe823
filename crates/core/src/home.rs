//! The file `home`: how a shim or a door finds its program and its places without a search.

use std::fmt::{self, Write as _};
use std::path::PathBuf;

use crate::layout::Layout;

/// The version of the file's form.
pub const HOME_FORMAT: u32 = 1;

/// Bytes of the file that are read; more is a fault.
pub const HOME_LIMIT: usize = 16 * 1024;

/// What stands in a `home` file, beside the shims and in `pkg/goseal/` of every installed tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Home {
    /// The build of goseal that wrote the file; part of every plan's digest.
    pub build: String,
    /// Absolute path of the program that a shim asks for a plan.
    pub program: PathBuf,
    /// Absolute path of the store.
    pub store: PathBuf,
    /// Whose state it is.
    pub state: State,
}

/// Where state, cache and configuration of the running user lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// Each user's own, derived from the home folder in the password database, never from HOME.
    User,
    /// These places, for the user with this id only; for anyone else as [`State::User`].
    Own {
        /// Numeric user id of the owner; 0 where the system has none.
        uid: u32,
        /// Absolute path of the state root.
        state: PathBuf,
        /// Absolute path of the cache root.
        cache: PathBuf,
        /// Absolute path of the configuration root.
        config: PathBuf,
    },
}

/// A `home` file that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HomeFault {
    /// What is wrong, as a noun phrase.
    pub fault: &'static str,
    /// The line, from 1; 0 where a line is missing.
    pub line: usize,
}

impl fmt::Display for HomeFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at line {}", self.fault, self.line)
    }
}

impl std::error::Error for HomeFault {}

impl Home {
    /// The text of the file: lines `key value`, in this order. Paths must not hold line feeds; a
    /// path that does is refused by the caller before.
    pub fn format(&self) -> String {
        let mut text = format!(
            "format {HOME_FORMAT}\nbuild {}\nprogram {}\nstore {}\n",
            self.build,
            self.program.display(),
            self.store.display()
        );
        match &self.state {
            State::User => text.push_str("state user\n"),
            State::Own {
                uid,
                state,
                cache,
                config,
            } => {
                let (state, cache, config) = (state.display(), cache.display(), config.display());
                writeln!(text, "state {uid} {state}\ncache {cache}\nconfig {config}")
                    .expect("writing to a String cannot fail");
            }
        }
        text
    }

    /// Reads the file.
    ///
    /// # Errors
    ///
    /// [`HomeFault`] for bytes that are not UTF-8, another format number, a missing, doubled or
    /// unknown key, and a path that is not absolute.
    pub fn parse(bytes: &[u8]) -> Result<Self, HomeFault> {
        let text = std::str::from_utf8(bytes).map_err(|_| HomeFault {
            fault: "bytes that are not UTF-8",
            line: 0,
        })?;
        // Only LF ends a line: a path may end in CR.
        let mut lines = Lines {
            rest: text.split_terminator('\n'),
            at: 0,
        };
        if lines.value("format")? != HOME_FORMAT.to_string() {
            return Err(lines.fault("another format"));
        }
        let build = lines.value("build")?.to_owned();
        let program = lines.path("program")?;
        let store = lines.path("store")?;
        let state = lines.state()?;
        match lines.rest.next() {
            None => Ok(Self {
                build,
                program,
                store,
                state,
            }),
            Some(_) => Err(lines.fault("an unknown line")),
        }
    }

    /// The places for the user `uid` whose own places, by the password database, are `own`.
    pub fn layout(&self, uid: u32, own: impl FnOnce() -> Option<UserPlaces>) -> Option<Layout> {
        let store = self.store.clone();
        match &self.state {
            State::Own {
                uid: owner,
                state,
                cache,
                config,
            } if *owner == uid => Some(Layout::new(
                store,
                state.clone(),
                cache.clone(),
                config.clone(),
            )),
            _ => own().map(|own| Layout::new(store, own.state, own.cache, own.config)),
        }
    }
}

/// A user's own places by the platform's conventions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserPlaces {
    /// `~/.local/state/goseal` on Linux.
    pub state: PathBuf,
    /// `~/.cache/goseal` on Linux.
    pub cache: PathBuf,
    /// `~/.config/goseal` on Linux.
    pub config: PathBuf,
}

struct Lines<'a> {
    rest: std::str::SplitTerminator<'a, char>,
    at: usize,
}

impl<'a> Lines<'a> {
    fn fault(&self, fault: &'static str) -> HomeFault {
        HomeFault {
            fault,
            line: self.at,
        }
    }

    fn value(&mut self, key: &str) -> Result<&'a str, HomeFault> {
        self.at += 1;
        self.rest
            .next()
            .and_then(|line| line.strip_prefix(key)?.strip_prefix(' '))
            .filter(|value| !value.is_empty())
            .ok_or_else(|| self.fault("a missing or misplaced key"))
    }

    fn path(&mut self, key: &str) -> Result<PathBuf, HomeFault> {
        let value = self.value(key)?;
        self.absolute(value)
    }

    fn absolute(&self, value: &str) -> Result<PathBuf, HomeFault> {
        let path = PathBuf::from(value);
        if path.is_absolute() {
            Ok(path)
        } else {
            Err(self.fault("a path that is not absolute"))
        }
    }

    fn state(&mut self) -> Result<State, HomeFault> {
        let value = self.value("state")?;
        if value == "user" {
            return Ok(State::User);
        }
        let (uid, path) = value
            .split_once(' ')
            .ok_or_else(|| self.fault("no owner"))?;
        let uid = uid
            .parse()
            .map_err(|_| self.fault("an owner that is no number"))?;
        let state = self.absolute(path)?;
        Ok(State::Own {
            uid,
            state,
            cache: self.path("cache")?,
            config: self.path("config")?,
        })
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    fn home(state: State) -> Home {
        Home {
            build: "0.1.0+abc".into(),
            program: "/opt/my goseal".into(),
            store: "/s".into(),
            state,
        }
    }

    fn own() -> State {
        State::Own {
            uid: 1000,
            state: "/h/state".into(),
            cache: "/h/cache".into(),
            config: "/h/c".into(),
        }
    }

    #[test]
    fn the_file_is_read_and_written_the_same() {
        for state in [State::User, own()] {
            let home = home(state);
            assert_eq!(Home::parse(home.format().as_bytes()), Ok(home));
        }
    }

    #[test]
    fn refuses_other_formats_relative_paths_and_unknown_lines() {
        let good = home(own()).format();
        for (from, to) in [
            ("format 1", "format 2"),
            ("/opt/", "opt/"),
            ("state 1000", "state x"),
            ("cache", "cash"),
            ("config /h/c", "config /h/c\nmore x"),
        ] {
            assert!(
                Home::parse(good.replace(from, to).as_bytes()).is_err(),
                "{to}"
            );
        }
    }

    #[test]
    fn a_path_that_ends_in_carriage_returns_is_kept() {
        let mut odd = home(own());
        odd.store = "/s\r\r".into();
        assert_eq!(Home::parse(odd.format().as_bytes()), Ok(odd));
    }

    #[test]
    fn another_user_gets_places_of_their_own() {
        let theirs = UserPlaces {
            state: "/t/s".into(),
            cache: "/t/c".into(),
            config: "/t/g".into(),
        };
        let home = home(own());
        assert_eq!(
            home.layout(1000, || None).unwrap().state(),
            PathBuf::from("/h/state")
        );
        assert_eq!(
            home.layout(1001, || Some(theirs)).unwrap().state(),
            PathBuf::from("/t/s")
        );
        assert_eq!(home.layout(1001, || None), None);
    }
}
