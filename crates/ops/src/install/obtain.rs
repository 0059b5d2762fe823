//! The files of a release into a stage, from the first source that carries them.

use goseal_core::archive::{Archive, ArchiveForm};
use goseal_core::digest::Sha256;
use goseal_core::manifest::Manifest;
use goseal_core::progress::Progress;
use goseal_core::release::ReleaseId;
use goseal_core::unverified::Unverified;
use goseal_fetch::{Absence, Answer, Error as FetchError, Target};
use goseal_store::Stage;

use crate::bundle::fault;
use crate::error::{Error, Result};
use crate::sources::{Origin, Sources};

/// What a source gave.
pub(crate) struct Obtained {
    /// The archive; of a tree, what stands for one in seal and record.
    pub(crate) archive: Unverified<Archive>,
    /// The files, where they are in the stage's tree already.
    pub(crate) copied: Option<Manifest>,
}

impl Sources {
    /// Fetches or copies a release. A source that does not carry it hands over to the next; `first`
    /// is asked before those that are configured.
    ///
    /// # Errors
    ///
    /// [`Error::Fetch`] with every place where nobody carries it, else what the source that ended
    /// it did; [`Error::Store`] for a zip that is not the one its bundle lists, and for a tree.
    pub(crate) fn obtain(
        &self,
        stage: &Stage<'_>,
        first: Option<&Origin>,
        progress: &dyn Progress,
    ) -> Result<Obtained> {
        let (path, mut file) = stage.archive_file()?;
        let mut asked: Vec<Absence> = Vec::new();
        for origin in first.into_iter().chain(&self.order) {
            let found = match origin {
                Origin::Fetched(source) => {
                    let target = Target {
                        file: &mut file,
                        path: &path,
                    };
                    let one = std::slice::from_ref(source);
                    let id = stage.release();
                    let fetched = self.client.download(one, &id, target, progress);
                    fetched
                        .map_err(Error::from)
                        .and_then(|it| self.as_listed(it))
                }
                Origin::Tree(root) => tree(root, stage, progress),
            };
            match found {
                Err(Error::Fetch(error)) => match *error {
                    FetchError::NotCarried { places } => asked.extend(places),
                    other => return Err(other.into()),
                },
                outcome => return outcome,
            }
        }
        Err(FetchError::NotCarried { places: asked }.into())
    }

    /// A zip out of a bundle is the one that the bundle lists.
    pub(crate) fn as_listed(&self, fetched: Unverified<Archive>) -> Result<Obtained> {
        let archive = fetched.untrusted();
        let listed = self.listed.get(&archive.served_by);
        if listed.is_some_and(|listed| *listed != archive.sha256) {
            let (path, member) = archive
                .served_by
                .split_once('#')
                .unwrap_or((archive.served_by.as_str(), ""));
            let what = "another digest than its list says";
            return Err(fault(path.as_ref(), Some(member), what));
        }
        Ok(Obtained {
            archive: fetched,
            copied: None,
        })
    }
}

fn tree(root: &std::path::Path, stage: &Stage<'_>, progress: &dyn Progress) -> Result<Obtained> {
    let id: ReleaseId = stage.release();
    if goseal_store::read_release_of_tree(root)? != Some(id) {
        let place = root.display().to_string();
        let answer = Answer::OtherRelease;
        let places = vec![Absence { place, answer }];
        return Err(FetchError::NotCarried { places }.into());
    }
    let manifest = goseal_store::copy_tree(root, stage, progress)?;
    let archive = Archive {
        release: id,
        path: root.to_owned(),
        form: ArchiveForm::Tree,
        file_name: "tree".to_owned(),
        sha256: Sha256::of(manifest.format().as_bytes()),
        size: manifest.iter().map(|(_, entry)| entry.size).sum(),
        served_by: root.display().to_string(),
    };
    Ok(Obtained {
        archive: Unverified::new(archive),
        copied: Some(manifest),
    })
}
