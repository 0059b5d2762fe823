//! Archives: which places are asked, in which order, for which form.

use std::fs::File;
use std::path::{Path, PathBuf};

use goseal_core::archive::{Archive, ArchiveForm};
use goseal_core::progress::Progress;
use goseal_core::release::{ReleaseId, TOOLCHAIN_MODULE};
use goseal_core::unverified::Unverified;

use crate::address::Address;
use crate::client::Client;
use crate::error::{Absence, Error};
use crate::pack::Pack;
use crate::proxy::{Carrier, Hop, walk};
use crate::transfer::{Expected, Transfer};

/// Where archives come from. None of them is trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A list of module proxies, walked as Go walks it; they carry module zips.
    Proxy(Vec<Hop>),
    /// Release archives below an address, such as `https://go.dev/dl/`.
    ArchiveBase {
        /// The address that the file name is appended to.
        base: Address,
        /// The archive's size in bytes, where a lock or an index says it.
        size: Option<u64>,
    },
    /// A folder in the form of a module proxy, or with release archives directly in it.
    Folder {
        /// The folder.
        path: PathBuf,
        /// The release archive's size in bytes, where a lock says it; not the module zip's.
        size: Option<u64>,
    },
}

/// The file that an archive is written into. It is emptied first.
#[derive(Debug)]
pub struct Target<'a> {
    /// Open for writing.
    pub file: &'a mut File,
    /// Where it lies; for messages and for [`Archive::path`].
    pub path: &'a Path,
}

/// One file of one place.
enum At<'a> {
    Web(&'a Address),
    File(&'a Path),
    Member(&'a Pack, &'a str),
}

fn file_name(id: &ReleaseId, form: ArchiveForm) -> String {
    match form {
        ArchiveForm::ModuleZip => format!("{}.zip", id.module_version()),
        ArchiveForm::ReleaseTarGz | ArchiveForm::ReleaseZip | ArchiveForm::Tree => {
            id.archive_file_name()
        }
    }
}

fn release_form(id: &ReleaseId) -> ArchiveForm {
    if id.platform.os() == "windows" {
        ArchiveForm::ReleaseZip
    } else {
        ArchiveForm::ReleaseTarGz
    }
}

/// The path of a module zip below a proxy.
fn module_path(id: &ReleaseId) -> String {
    format!("{TOOLCHAIN_MODULE}/@v/{}.zip", id.module_version())
}

impl Client {
    /// Fetches the archive of a release into `target`, from the first source that carries it.
    ///
    /// A source that does not carry it (403, 404, 410, no such file) hands over to the next; any
    /// other failure ends. Within a list of proxies Go's own rule holds: behind a `,` only 404 and
    /// 410 go on, behind a `|` every error does. A cut body is resumed within this call.
    ///
    /// # Errors
    ///
    /// [`Error::NotCarried`] with every place that was asked; [`Error::Io`] for the target; else
    /// what the source that ended it did. The target's content is then undefined.
    pub fn download(
        &self,
        sources: &[Source],
        id: &ReleaseId,
        target: Target<'_>,
        progress: &dyn Progress,
    ) -> Result<Unverified<Archive>, Error> {
        let mut job = Job {
            client: self,
            id,
            target,
            progress,
        };
        let mut asked: Vec<Absence> = Vec::new();
        for source in sources {
            match job.source(source) {
                Err(Error::NotCarried { places }) => asked.extend(places),
                outcome => return outcome.map(Unverified::new),
            }
        }
        Err(Error::NotCarried { places: asked })
    }
}

struct Job<'a> {
    client: &'a Client,
    id: &'a ReleaseId,
    target: Target<'a>,
    progress: &'a dyn Progress,
}

impl Job<'_> {
    fn source(&mut self, source: &Source) -> Result<Archive, Error> {
        match source {
            Source::Proxy(hops) => self.hops(hops),
            Source::ArchiveBase { base, size } => {
                let address = base.below(&self.id.archive_file_name());
                self.fetch(release_form(self.id), *size, &At::Web(&address))
            }
            Source::Folder { path, size } => self.folder(path, *size),
        }
    }

    fn hops(&mut self, hops: &[Hop]) -> Result<Archive, Error> {
        let zip = module_path(self.id);
        walk(hops, |carrier| match carrier {
            Carrier::Web(base) => {
                let address = base.below(&zip);
                self.fetch(ArchiveForm::ModuleZip, None, &At::Web(&address))
            }
            Carrier::Folder(folder) => {
                let path = folder.join(&zip);
                self.fetch(ArchiveForm::ModuleZip, None, &At::File(&path))
            }
            Carrier::Pack(pack) => {
                self.fetch(ArchiveForm::ModuleZip, None, &At::Member(pack, &zip))
            }
        })
    }

    fn folder(&mut self, folder: &Path, size: Option<u64>) -> Result<Archive, Error> {
        let zip = folder.join(module_path(self.id));
        match self.fetch(ArchiveForm::ModuleZip, None, &At::File(&zip)) {
            Err(Error::NotCarried { mut places }) => {
                let archive = folder.join(self.id.archive_file_name());
                match self.fetch(release_form(self.id), size, &At::File(&archive)) {
                    Err(Error::NotCarried { places: more }) => {
                        places.extend(more);
                        Err(Error::NotCarried { places })
                    }
                    outcome => outcome,
                }
            }
            outcome => outcome,
        }
    }

    fn fetch(
        &mut self,
        form: ArchiveForm,
        size: Option<u64>,
        at: &At<'_>,
    ) -> Result<Archive, Error> {
        let file_name = file_name(self.id, form);
        let wire = &self.client.wire;
        let limit = wire.limits.archive;
        let Target { file, path } = &mut self.target;
        let listener = (self.progress, file_name.as_str());
        let transfer = Transfer::begin(file, path, Expected { size, limit }, listener)?;
        let received = match at {
            At::Web(address) => self.client.run(transfer.fetch(wire, address)),
            At::File(source) => transfer.copy(source),
            At::Member(pack, name) => transfer.copy_member(pack, name),
        }?;
        Ok(Archive {
            release: *self.id,
            path: self.target.path.to_owned(),
            form,
            file_name,
            sha256: received.sha256,
            size: received.size,
            served_by: received.served_by,
        })
    }
}
