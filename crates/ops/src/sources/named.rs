//! One source by name: what a text of `--from` or of a file's `sources` stands for.
//!
//! A word in front says what it is; without one an address is a module proxy, a file is a bundle,
//! and a folder is what it looks like: a mirror (`golang.org/toolchain/@v` in it), a tree of Go
//! (`VERSION` and `bin/go`), a folder of release archives, and else a mirror that is still empty.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use goseal_core::digest::Sha256;
use goseal_core::release::TOOLCHAIN_MODULE;
use goseal_fetch::proxy::{Hop, Place, parse_goproxy};
use goseal_fetch::{Address, Error as FetchError, Netrc, Source};
use goseal_trust::{Signed, Verified};

use crate::bundle::open_bundle;
use crate::error::{Error, RequestFault, Result};
use crate::situation::Written;
use crate::world::World;

/// The words that say what a source is.
const WORDS: [&str; 5] = ["proxy+", "archives+", "archives:", "bundle:", "tree:"];

/// A source that was named.
pub(crate) enum Named {
    /// In the form of a module proxy; of a bundle, with what it lists and who signed that.
    Proxy(Hop, BTreeMap<String, Sha256>, Option<Verified<Signed>>),
    /// Release archives.
    Archives(Source),
    /// An existing tree.
    Tree(PathBuf),
}

/// Who asks for a source.
pub(crate) struct Asked<'a> {
    pub(crate) world: &'a World,
    pub(crate) written: &'a Written,
    /// `--from` or the file.
    pub(crate) by: &'static str,
    pub(crate) netrc: Netrc,
}

impl Asked<'_> {
    /// Reads one text.
    ///
    /// # Errors
    ///
    /// [`crate::Error::Request`] where it is no source; for a bundle as [`open_bundle`].
    pub(crate) fn named(&self, text: &str) -> Result<Named> {
        let (word, rest) = split_word(text);
        match word {
            "archives+" => {
                let base = Address::parse(rest)?.with_netrc(&self.netrc);
                Ok(Named::Archives(Source::ArchiveBase { base, size: None }))
            }
            "archives:" => Ok(archives(self.folder(text, rest)?)),
            "tree:" => Ok(Named::Tree(self.folder(text, rest)?)),
            "bundle:" if !self.world.cwd.join(rest).is_file() => Err(self.is_no(text, "file")),
            "bundle:" => self.bundle(&self.world.cwd.join(rest)),
            _ => self.looked_at(rest),
        }
    }

    fn looked_at(&self, text: &str) -> Result<Named> {
        if Path::new(text).is_file() {
            return self.bundle(&self.world.cwd.join(text));
        }
        let mut hop = hop(text, self.by)?;
        match &hop.place {
            Place::Folder(folder) if folder.is_file() => return self.bundle(folder),
            Place::Folder(folder) if is_mirror(folder) => {}
            Place::Folder(folder) if is_tree(folder) => return Ok(Named::Tree(folder.clone())),
            Place::Folder(folder) if holds_archives(folder) => {
                return Ok(archives(folder.clone()));
            }
            Place::Web(address) => {
                hop.place = Place::Web(address.clone().with_netrc(&self.netrc));
            }
            _ => {}
        }
        Ok(Named::Proxy(hop, BTreeMap::new(), None))
    }

    fn bundle(&self, path: &Path) -> Result<Named> {
        let opened = open_bundle(self.world, self.written, path)?;
        let hop = Hop {
            place: Place::Pack(opened.pack),
            any_error: true,
        };
        Ok(Named::Proxy(hop, opened.listed, opened.signed))
    }

    fn folder(&self, text: &str, path: &str) -> Result<PathBuf> {
        let folder = self.world.cwd.join(path);
        if folder.is_dir() {
            return Ok(std::fs::canonicalize(&folder).unwrap_or(folder));
        }
        Err(self.is_no(text, "folder"))
    }

    fn is_no(&self, text: &str, what: &str) -> Error {
        RequestFault::Source {
            text: text.to_owned(),
            by: self.by,
            reason: format!("is no {what}"),
        }
        .into()
    }
}

/// The word in front of a source, empty where there is none, and the rest.
pub(crate) fn split_word(text: &str) -> (&str, &str) {
    WORDS
        .iter()
        .find(|word| text.starts_with(**word))
        .map_or(("", text), |word| text.split_at(word.len()))
}

fn archives(path: PathBuf) -> Named {
    Named::Archives(Source::Folder { path, size: None })
}

fn is_mirror(folder: &Path) -> bool {
    folder.join(TOOLCHAIN_MODULE).join("@v").is_dir()
}

fn is_tree(folder: &Path) -> bool {
    let go = if cfg!(windows) {
        "bin/go.exe"
    } else {
        "bin/go"
    };
    folder.join("VERSION").is_file() && folder.join(go).is_file()
}

/// Whether a file in it is called as Go's release archives are.
fn holds_archives(folder: &Path) -> bool {
    let named = |name: &str| {
        let mut ends = [".tar.gz", ".zip"].iter();
        let archive = ends.any(|end| name.strip_suffix(end).is_some());
        name.starts_with("go1.") && archive
    };
    std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .any(|entry| entry.file_name().to_str().is_some_and(named))
}

/// An address, or a folder in the form of a module proxy.
///
/// # Errors
///
/// [`crate::Error::Request`].
pub(crate) fn hop(text: &str, by: &'static str) -> Result<Hop> {
    let folder = Path::new(text);
    let place = if folder.is_dir() {
        Place::Folder(std::fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned()))
    } else {
        place_of(text, by)?
    };
    Ok(Hop {
        place,
        any_error: true,
    })
}

/// The one place that a text names.
fn place_of(text: &str, by: &'static str) -> Result<Place> {
    let no_source = |text: String, reason: &str| {
        let reason = reason.to_owned();
        Err(RequestFault::Source { text, by, reason }.into())
    };
    let hops = match parse_goproxy(text) {
        Ok(hops) => hops,
        // Its words are those of a list; the entry is without user information.
        Err(FetchError::Goproxy { entry, .. }) if !entry.contains("://") => {
            return no_source(entry, "is neither a folder nor an address");
        }
        Err(FetchError::Goproxy { entry, reason }) => {
            return no_source(entry, &format!("is no source: {reason}"));
        }
        Err(error) => return Err(error.into()),
    };
    let mut places = hops.into_iter().map(|hop| hop.place);
    match (places.next(), places.next()) {
        (Some(place @ (Place::Web(_) | Place::Folder(_))), None) => Ok(place),
        (Some(place @ (Place::Direct | Place::Off)), _) => {
            no_source(place.to_string(), "is no place that carries toolchains")
        }
        (Some(first), _) => no_source(format!("{first},.."), "is more than one source"),
        (None, _) => no_source(String::new(), "is no source"),
    }
}
