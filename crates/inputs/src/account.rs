//! Who runs: the password database, read without HOME and without the C library's lookups.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use goseal_core::home::UserPlaces;

use crate::read::read_bounded;

/// The most bytes of the password database that are read.
const PASSWD_LIMIT: usize = 4 * 1024 * 1024;

/// A user as the password database has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The numeric id.
    pub uid: u32,
    /// The name; empty where the database has no text for it.
    pub name: String,
    /// The home folder, absolute.
    pub home: PathBuf,
}

impl Account {
    /// The user of that id in `/etc/passwd`; `None` where there is none, or no absolute home.
    ///
    /// Users that only a directory service knows are not found: a static program cannot ask one.
    /// `init` writes their places into the `home` file.
    pub fn of_uid(uid: u32) -> Option<Self> {
        let (bytes, _) = read_bounded(Path::new("/etc/passwd"), PASSWD_LIMIT).ok()??;
        parse_passwd(&bytes, uid)
    }

    /// The places that are this user's own where a `home` file names none: on Linux
    /// `~/.local/state/goseal`, `~/.cache/goseal`, `~/.config/goseal`.
    pub fn places(&self) -> UserPlaces {
        let [state, cache, config] = if cfg!(target_os = "macos") {
            let support = "Library/Application Support/goseal";
            [support, "Library/Caches/goseal", support]
        } else {
            [".local/state/goseal", ".cache/goseal", ".config/goseal"]
        }
        .map(|place| self.home.join(place));
        UserPlaces {
            state,
            cache,
            config,
        }
    }
}

/// The user of that id in the text of a password database (passwd(5)): seven fields, `:` between.
fn parse_passwd(bytes: &[u8], uid: u32) -> Option<Account> {
    bytes
        .split(|byte| *byte == b'\n')
        .find_map(|line| parse_line(line).filter(|account| account.uid == uid))
        .filter(|account| account.home.is_absolute())
}

fn parse_line(line: &[u8]) -> Option<Account> {
    let mut fields = line.split(|byte| *byte == b':');
    let name = fields.next()?;
    let uid = std::str::from_utf8(fields.nth(1)?).ok()?.parse().ok()?;
    let home = fields.nth(2)?;
    fields.next()?;
    Some(Account {
        uid,
        name: std::str::from_utf8(name).unwrap_or_default().to_owned(),
        home: PathBuf::from(os_str(home)?),
    })
}

#[cfg(unix)]
#[expect(
    clippy::unnecessary_wraps,
    reason = "on other systems not all bytes are a name"
)]
fn os_str(bytes: &[u8]) -> Option<&OsStr> {
    use std::os::unix::ffi::OsStrExt as _;
    Some(OsStr::from_bytes(bytes))
}

#[cfg(not(unix))]
fn os_str(bytes: &[u8]) -> Option<&OsStr> {
    std::str::from_utf8(bytes).ok().map(OsStr::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSWD: &[u8] = b"root:x:0:0:root:/root:/bin/sh\n\
        # comment\n\
        bad:x:7\n\
        +::::::\n\
        nohome:x:8:8::none:/bin/sh\n\
        u:x:1000:1000:U,,,:/home/u:/bin/sh\n\
        late:x:1000:1:second:/other:/bin/sh\n";

    #[test]
    fn finds_the_first_line_of_the_uid() {
        let account = parse_passwd(PASSWD, 1000).unwrap();
        assert_eq!(
            (account.name.as_str(), account.home.as_path()),
            ("u", Path::new("/home/u"))
        );
        for absent in [7, 8, 9] {
            assert_eq!(parse_passwd(PASSWD, absent), None, "{absent}");
        }
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn places_follow_the_home_folder() {
        let places = parse_passwd(PASSWD, 0).unwrap().places();
        assert_eq!(places.state, Path::new("/root/.local/state/goseal"));
        assert_eq!(places.cache, Path::new("/root/.cache/goseal"));
        assert_eq!(places.config, Path::new("/root/.config/goseal"));
    }
}
