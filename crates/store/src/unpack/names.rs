//! The names in one archive: each refused or parsed, and all of them held against each other before
//! anything is created, so that no file system decides what happens to two that meet.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use goseal_core::archive::{Archive, ArchiveForm};
use goseal_core::layout::BEHIND_DOOR;
use goseal_core::manifest::{EntryName, MAX_FILES, ManifestFault};

use crate::error::{Error, Result, shown};

/// The names that were seen so far, and the rule for the next.
pub(crate) struct Names {
    archive: PathBuf,
    is_module: bool,
    prefix: String,
    covered: bool,
    count: usize,
    /// By their folded spelling, on which file systems differ.
    files: BTreeMap<String, EntryName>,
    /// By their folded spelling: the spelling, and the entry that it came from.
    folders: BTreeMap<String, (String, EntryName)>,
    /// Folders that have an entry of their own.
    stated: BTreeSet<EntryName>,
    /// The folder of the name before: archives are sorted, so most names need no look at theirs.
    last: String,
}

impl Names {
    pub(crate) fn new(archive: &Archive, covered: bool) -> Self {
        let is_module = archive.form == ArchiveForm::ModuleZip;
        let prefix = match archive.form {
            ArchiveForm::ModuleZip => archive.release.module_prefix(),
            _ => "go/".to_owned(),
        };
        Self {
            archive: archive.path.clone(),
            is_module,
            prefix,
            covered,
            count: 0,
            files: BTreeMap::new(),
            folders: BTreeMap::new(),
            stated: BTreeSet::new(),
            last: String::new(),
        }
    }

    /// The name of the next file, and whether it is to be unpacked.
    pub(crate) fn file(&mut self, raw: &[u8]) -> Result<(EntryName, bool)> {
        self.count_one()?;
        let name = self.published(raw)?;
        let folded = name.as_str().to_lowercase();
        let behind = folded.strip_prefix(BEHIND_DOOR);
        if behind.is_some_and(|rest| rest.is_empty() || rest.starts_with('/')) {
            return Err(self.fault(raw, "the place of our own executables"));
        }
        let within = name.is_covered_by_h1();
        if !within && self.is_module {
            return Err(self.fault(raw, "a folder that module zips never hold"));
        }
        self.meet_folders(&name)
            .map_err(|fault| self.names(fault))?;
        if self.folders.contains_key(&folded) {
            return Err(self.names(ManifestFault::FileAndFolder(name)));
        }
        match self.files.insert(folded, name.clone()) {
            None => Ok((name, within || self.covered)),
            Some(seen) if seen == name => Err(self.names(ManifestFault::Duplicate(name))),
            Some(seen) => Err(self.names(ManifestFault::CaseCollision(seen, name))),
        }
    }

    /// The name of the next folder. Folders are made for files only, so an empty one is dropped.
    pub(crate) fn folder(&mut self, raw: &[u8]) -> Result<()> {
        self.count_one()?;
        let raw = raw.strip_suffix(b"/").unwrap_or(raw);
        if raw == self.prefix.trim_end_matches('/').as_bytes() {
            return Ok(());
        }
        let name = self.published(raw)?;
        self.meet_folders(&name)
            .map_err(|fault| self.names(fault))?;
        self.meet_folder(name.as_str(), &name)
            .map_err(|fault| self.names(fault))?;
        if self.stated.insert(name.clone()) {
            Ok(())
        } else {
            Err(self.names(ManifestFault::Duplicate(name)))
        }
    }

    /// Holds the folders that a name lies in against files and other spellings.
    fn meet_folders(&mut self, name: &EntryName) -> Result<(), ManifestFault> {
        let folder = name
            .as_str()
            .rsplit_once('/')
            .map_or("", |(folder, _)| folder);
        if folder == self.last {
            return Ok(());
        }
        let ends = name.as_str().match_indices('/').map(|(at, _)| at);
        ends.map(|at| name.as_str().split_at(at).0)
            .try_for_each(|folder| self.meet_folder(folder, name))?;
        folder.clone_into(&mut self.last);
        Ok(())
    }

    fn meet_folder(&mut self, folder: &str, from: &EntryName) -> Result<(), ManifestFault> {
        let key = folder.to_lowercase();
        match self.folders.get(&key) {
            Some((spelled, _)) if spelled == folder => return Ok(()),
            Some((_, seen)) => {
                return Err(ManifestFault::CaseCollision(seen.clone(), from.clone()));
            }
            None => {}
        }
        if let Some(file) = self.files.get(&key) {
            return Err(ManifestFault::FileAndFolder(file.clone()));
        }
        self.folders.insert(key, (folder.to_owned(), from.clone()));
        Ok(())
    }

    fn count_one(&mut self) -> Result<()> {
        self.count += 1;
        if self.count <= MAX_FILES {
            return Ok(());
        }
        Err(Error::Limit {
            path: self.archive.clone(),
            what: "files",
            limit: MAX_FILES as u64,
        })
    }

    fn published(&self, raw: &[u8]) -> Result<EntryName> {
        let text =
            std::str::from_utf8(raw).map_err(|_| self.fault(raw, "a name that is not UTF-8"))?;
        let rest = text
            .strip_prefix(&self.prefix)
            .ok_or_else(|| self.fault(raw, "a name outside the release's own folder"))?;
        let name = if self.is_module {
            EntryName::from_module_name(rest)
        } else {
            EntryName::parse(rest)
        };
        name.map_err(|source| Error::Name {
            path: self.archive.clone(),
            source,
        })
    }

    fn fault(&self, raw: &[u8], fault: &'static str) -> Error {
        Error::Archive {
            path: self.archive.clone(),
            entry: Some(shown(raw)),
            fault,
        }
    }

    fn names(&self, source: ManifestFault) -> Error {
        Error::Names {
            path: self.archive.clone(),
            source,
        }
    }
}
