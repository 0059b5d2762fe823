//! One file that holds others, each at a known place in it: a bundle.
//!
//! The caller says what lies where; nothing here reads the container itself.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom, Take};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::{Answer, Error};
use crate::read::open_regular;

/// A file and where others begin in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pack {
    path: PathBuf,
    members: Arc<BTreeMap<String, Extent>>,
}

/// A run of bytes in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extent {
    /// The first byte.
    pub offset: u64,
    /// How many.
    pub size: u64,
}

impl Pack {
    /// A file with these members.
    pub fn new(path: PathBuf, members: BTreeMap<String, Extent>) -> Self {
        let members = Arc::new(members);
        Self { path, members }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How a member is named in messages and records: `/srv/go.bundle#golang.org/toolchain/@v/list`.
    pub fn member(&self, name: &str) -> String {
        format!("{}#{name}", self.path.display())
    }

    /// Opens the file at a member; what is read ends where that does.
    pub(crate) fn open(&self, name: &str) -> Result<(Take<File>, u64), Error> {
        let found = self.members.get(name);
        let Extent { offset, size } =
            *found.ok_or_else(|| Error::absent(self.member(name), Answer::NoFile))?;
        let mut file = open_regular(&self.path)?;
        file.seek(SeekFrom::Start(offset))
            .map_err(|source| Error::io(&self.path, source))?;
        Ok((file.take(size), size))
    }

    /// Reads a member of at most `limit` bytes.
    ///
    /// # Errors
    ///
    /// [`Error::NotCarried`] where there is none of that name, [`Error::TooLong`],
    /// [`Error::WrongSize`] where the file ends before it, [`Error::Io`].
    pub fn read(&self, name: &str, limit: u64) -> Result<Vec<u8>, Error> {
        let (mut member, size) = self.open(name)?;
        let address = self.member(name);
        if size > limit {
            return Err(Error::TooLong { address, limit });
        }
        let mut bytes = Vec::new();
        member
            .read_to_end(&mut bytes)
            .map_err(|source| Error::io(&self.path, source))?;
        let actual = crate::read::length(&bytes);
        if actual == size {
            return Ok(bytes);
        }
        Err(Error::WrongSize {
            address,
            expected: size,
            actual,
        })
    }
}

impl fmt::Display for Pack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.path.display().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_is_read_from_its_place_and_to_its_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pack");
        std::fs::write(&path, "..onetwo").unwrap();
        let at = |offset, size| Extent { offset, size };
        let members = [("one", at(2, 3)), ("two", at(5, 3)), ("cut", at(6, 3))];
        let members = members.map(|(name, extent)| (name.to_owned(), extent));
        let pack = Pack::new(path.clone(), members.into());
        assert_eq!(pack.read("one", 3).unwrap(), b"one");
        assert_eq!(pack.read("two", 9).unwrap(), b"two");
        assert!(matches!(pack.read("two", 2), Err(Error::TooLong { .. })));
        assert!(matches!(pack.read("cut", 9), Err(Error::WrongSize { .. })));
        match pack.read("../one", 9) {
            Err(Error::NotCarried { places }) => {
                assert_eq!(places[0].place, format!("{}#../one", path.display()));
            }
            other => panic!("{other:?}"),
        }
    }
}
