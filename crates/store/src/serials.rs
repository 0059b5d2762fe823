//! The serials of signed files that were seen, so that none goes back.
//!
//! Owns: `serials/<kind>-<key id>` in the state, one decimal number each. Promises: a number only
//! grows, also with many commands at once, and is on the disk when the call returns. Does not do:
//! judging a signature; whoever raises a serial has verified it.

use goseal_core::layout::Layout;

use crate::error::{Error, Result, shown};
use crate::files::read_no_link;
use crate::lock::lock_sumdb;
use crate::place::Folder;

/// Bytes of a number and a line feed, with room for an editor's.
const LIMIT: u64 = 64;

/// The greatest serial seen of a kind of file under a key; `None` before the first.
///
/// # Errors
///
/// [`Error::Text`] for a kind or key that cannot be part of a file name, [`Error::Io`] also for a
/// file that holds no number: that one was seen must not be forgotten in silence.
pub fn read_serial(layout: &Layout, kind: &str, key: &str) -> Result<Option<u64>> {
    let path = layout.serials().join(name(kind, key)?);
    let Some(bytes) = read_no_link(&path, LIMIT)? else {
        return Ok(None);
    };
    let text = String::from_utf8_lossy(&bytes);
    match text.trim_end().parse() {
        Ok(serial) => Ok(Some(serial)),
        Err(_) => Err(Error::io(
            "read a serial from",
            &path,
            std::io::ErrorKind::InvalidData,
        )),
    }
}

/// Raises the greatest serial seen to `serial`; a greater one stays. Durable when it returns.
///
/// The lock is that of the database's head: both are held for as long as one small file takes.
///
/// # Errors
///
/// As [`read_serial`].
pub fn raise_serial(layout: &Layout, kind: &str, key: &str, serial: u64) -> Result<()> {
    // Nothing to write, so that a state that cannot be written serves as long as nothing is new.
    if read_serial(layout, kind, key)? >= Some(serial) {
        return Ok(());
    }
    let _guard = lock_sumdb(layout)?;
    if read_serial(layout, kind, key)? >= Some(serial) {
        return Ok(());
    }
    let folder = Folder::root(layout.state())?.ensure("serials", 0o700)?;
    let text = format!("{serial}\n");
    folder.replace(&name(kind, key)?, text.as_bytes(), 0o600, true)
}

/// Kind and key come from signatures: letters and digits only.
fn name(kind: &str, key: &str) -> Result<String> {
    let plain = |text: &str| {
        (1..=32).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric())
    };
    if plain(kind) && plain(key) {
        return Ok(format!("{kind}-{key}"));
    }
    Err(Error::Text {
        what: "the name of a serial",
        text: shown(format!("{kind}-{key}").as_bytes()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_serial_only_grows_and_is_kept_by_kind_and_key() {
        let home = tempfile::tempdir().unwrap();
        let layout = Layout::rooted(home.path());
        let seen = |kind| read_serial(&layout, kind, "7B42").unwrap();
        assert_eq!(seen("index"), None);
        for (serial, expected) in [(0, 0), (7, 7), (3, 7), (7, 7), (u64::MAX, u64::MAX)] {
            raise_serial(&layout, "index", "7B42", serial).unwrap();
            assert_eq!(seen("index"), Some(expected));
        }
        assert_eq!(seen("bundle"), None);
        assert_eq!(read_serial(&layout, "index", "0000").unwrap(), None);
    }

    #[test]
    fn of_many_at_once_the_greatest_stays() {
        let home = tempfile::tempdir().unwrap();
        let layout = Layout::rooted(home.path());
        std::thread::scope(|scope| {
            for serial in 1..=8 {
                let layout = &layout;
                scope.spawn(move || raise_serial(layout, "index", "K", serial).unwrap());
            }
        });
        assert_eq!(read_serial(&layout, "index", "K").unwrap(), Some(8));
    }

    #[test]
    fn a_serial_that_was_damaged_is_not_forgotten_in_silence() {
        let home = tempfile::tempdir().unwrap();
        let layout = Layout::rooted(home.path());
        raise_serial(&layout, "index", "K", 7).unwrap();
        std::fs::write(layout.serials().join("index-K"), "seven").unwrap();
        assert!(read_serial(&layout, "index", "K").is_err());
        assert!(raise_serial(&layout, "index", "K", 8).is_err());
    }

    #[test]
    fn a_name_stays_in_its_folder() {
        let home = tempfile::tempdir().unwrap();
        let layout = Layout::rooted(home.path());
        for (kind, key) in [("..", "x"), ("index", "../x"), ("", "x"), ("index", "")] {
            let found = read_serial(&layout, kind, key);
            assert!(matches!(found, Err(Error::Text { .. })), "{kind} {key}");
        }
    }
}
