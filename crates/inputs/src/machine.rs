//! Which machine, boot and process: what a record needs that only the system can say.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use goseal_core::layout::Layout;

use crate::error::{Error, Result};
use crate::read::read_bounded;

/// Bytes of the machine's redaction key.
pub const REDACTION_KEY_LENGTH: usize = 32;

/// The most bytes of the small files that are read here.
const LIMIT: usize = 4096;

/// Where the machine's redaction key lies: 32 raw bytes. The program makes it with the chain.
pub fn redaction_key_path(layout: &Layout) -> PathBuf {
    layout.keys().join("redaction")
}

/// Where the key lies for a user whose state cannot be written and whose log lies in a folder that
/// policy names: beside that log.
pub fn ledger_redaction_key_path(ledger: &Path) -> PathBuf {
    ledger.join("redaction")
}

/// The redaction key of the log in the folder `ledger`: the machine's, else the one beside that log;
/// `None` where there is none yet.
///
/// # Errors
///
/// [`Error`] where a file is there and cannot be read or is not 32 bytes long.
pub fn read_redaction_key(
    layout: &Layout,
    ledger: &Path,
) -> Result<Option<[u8; REDACTION_KEY_LENGTH]>> {
    match read_key(redaction_key_path(layout))? {
        Some(key) => Ok(Some(key)),
        None => read_key(ledger_redaction_key_path(ledger)),
    }
}

fn read_key(path: PathBuf) -> Result<Option<[u8; REDACTION_KEY_LENGTH]>> {
    let Some((bytes, _)) = read_bounded(&path, REDACTION_KEY_LENGTH)? else {
        return Ok(None);
    };
    <[u8; REDACTION_KEY_LENGTH]>::try_from(bytes)
        .map(Some)
        .map_err(|bytes| Error::Length {
            path,
            expected: REDACTION_KEY_LENGTH,
            actual: bytes.len(),
        })
}

/// What a machine without an id of the system's is known by: random bytes that the program made.
pub fn machine_key_path(layout: &Layout) -> PathBuf {
    layout.keys().join("machine")
}

/// The bytes by which this machine is known: `/etc/machine-id` without its newline, else
/// `keys/machine`. `None` where there is neither; the program makes the second with the chain.
///
/// Source: machine-id(5). A file that is empty or says `uninitialized` is no id.
pub fn machine_id(layout: &Layout) -> Option<Vec<u8>> {
    let system = small(Path::new("/etc/machine-id"))
        .map(|bytes| bytes.trim_ascii_end().to_owned())
        .filter(|id| !id.is_empty() && id != b"uninitialized");
    system.or_else(|| small(&machine_key_path(layout)).filter(|id| !id.is_empty()))
}

/// The system's id of this boot, as it prints it. Linux only.
pub fn boot_id() -> Option<String> {
    let bytes = read_proc(Path::new("/proc/sys/kernel/random/boot_id"))?;
    let text = std::str::from_utf8(&bytes).ok()?.trim_ascii_end();
    (!text.is_empty()).then(|| text.to_owned())
}

/// A process as the system's table shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Process {
    /// Its parent's id.
    pub parent: u32,
    /// When it started, clock ticks since boot; with its id it names one process.
    pub start: u64,
}

/// Fields 4 and 22 of `/proc/<pid>/stat` (`proc_pid_stat(5)`). `None` where there is no such process or
/// no such table.
pub fn process(pid: u32) -> Option<Process> {
    parse_stat(&read_proc(Path::new(&format!("/proc/{pid}/stat")))?)
}

/// The name in parentheses may hold anything, so fields are counted from its last `)`.
fn parse_stat(bytes: &[u8]) -> Option<Process> {
    let end = bytes.iter().rposition(|byte| *byte == b')')?;
    let (_, rest) = bytes.split_at_checked(end + 1)?;
    let mut fields = std::str::from_utf8(rest).ok()?.split_ascii_whitespace();
    let parent = fields.nth(1)?.parse().ok()?;
    let start = fields.nth(17)?.parse().ok()?;
    Some(Process { parent, start })
}

/// Files of the process table say that they are empty, and are not. Those read here fit in one
/// read of a page.
fn read_proc(path: &Path) -> Option<Vec<u8>> {
    let mut bytes = vec![0; 1024];
    let length = File::open(path).ok()?.read(&mut bytes).ok()?;
    bytes.truncate(length);
    Some(bytes)
}

fn small(path: &Path) -> Option<Vec<u8>> {
    read_bounded(path, LIMIT).ok()?.map(|(bytes, _)| bytes)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn the_process_table_is_read_past_any_name() {
        let line = b"7 (a) b) (c) S 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 4242 22\n";
        let expected = Process {
            parent: 3,
            start: 4242,
        };
        assert_eq!(parse_stat(line), Some(expected));
        for bad in [&b""[..], b"7 (a", b"7 (a) S 3", b"7 (a) S x 4"] {
            assert_eq!(parse_stat(bad), None);
        }
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn this_process_is_in_the_table_and_started_after_its_parent() {
        let me = process(std::process::id()).unwrap();
        assert!(me.start >= process(me.parent).unwrap().start);
        assert_eq!(process(u32::MAX), None);
        assert_eq!(boot_id().unwrap().len(), 36);
    }

    #[test]
    fn a_redaction_key_has_32_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout::rooted(folder.path());
        let read = |layout: &Layout| read_redaction_key(layout, &layout.audit());
        assert_eq!(read(&layout).unwrap(), None);
        fs::create_dir(layout.audit()).unwrap();
        fs::write(ledger_redaction_key_path(&layout.audit()), [8; 32]).unwrap();
        assert_eq!(read(&layout).unwrap(), Some([8; 32]));
        fs::create_dir(layout.keys()).unwrap();
        fs::write(redaction_key_path(&layout), [7; 32]).unwrap();
        assert_eq!(read(&layout).unwrap(), Some([7; 32]));
        fs::write(redaction_key_path(&layout), [7; 31]).unwrap();
        let error = read(&layout).unwrap_err();
        assert!(matches!(error, Error::Length { actual: 31, .. }));
    }
}
