//! The list of releases that a module proxy carries.

use goseal_core::release::{ReleaseId, TOOLCHAIN_MODULE};

use crate::client::Client;
use crate::error::Error;
use crate::proxy::{Carrier, Hop, walk};
use crate::read::read_regular;
use crate::redirect::Follow;

/// What a proxy says that it carries. It is a source's word: it may hide releases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Versions {
    /// Releases, ascending, each once.
    pub releases: Vec<ReleaseId>,
    /// Lines that name no release and platform that goseal knows.
    pub skipped: usize,
    /// The address or path that served the list, without user information.
    pub served_by: String,
}

impl Client {
    /// Asks the list of proxies which toolchains they carry; the first that answers counts.
    ///
    /// # Errors
    ///
    /// [`Error::NotCarried`] where no proxy has a list, [`Error::Index`] for one that is not text;
    /// else what the proxy that ended the walk did.
    pub fn versions(&self, hops: &[Hop]) -> Result<Versions, Error> {
        let path = format!("{TOOLCHAIN_MODULE}/@v/list");
        let limit = self.wire.limits.list;
        walk(hops, |carrier| match carrier {
            Carrier::Web(base) => {
                let address = base.below(&path);
                let body = self.run(self.wire.read(&address, limit, Follow::SameScheme))?;
                parse_versions(&body.bytes, body.route.to_string())
            }
            Carrier::Folder(folder) => {
                let file = folder.join(&path);
                parse_versions(&read_regular(&file, limit)?, file.display().to_string())
            }
            Carrier::Pack(pack) => parse_versions(&pack.read(&path, limit)?, pack.member(&path)),
        })
    }
}

/// Reads the text of `@v/list`: a version on each line.
fn parse_versions(bytes: &[u8], served_by: String) -> Result<Versions, Error> {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return Err(Error::Index {
            address: served_by,
            reason: "the list of versions is not UTF-8".to_owned(),
        });
    };
    let mut releases = Vec::new();
    let mut skipped = 0;
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        match line.strip_prefix("v0.0.1-").and_then(ReleaseId::parse) {
            Some(id) => releases.push(id),
            None => skipped += 1,
        }
    }
    releases.sort_unstable();
    releases.dedup();
    Ok(Versions {
        releases,
        skipped,
        served_by,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_names_are_skipped_and_counted() {
        let text = "v0.0.1-go1.22.5.linux-amd64\r\nv0.0.1-go1.9.2rc2.linux-amd64\n\n\
            v0.0.1-go1.22.5.linux-amd64\nv0.0.1-go1.22.5.plan9-amd64\nv1.0.0\n\
            v0.0.1-go1.22.5-custom.linux-amd64\n../x\n";
        let versions = parse_versions(text.as_bytes(), "a".to_owned()).unwrap();
        let names: Vec<_> = versions.releases.iter().map(ToString::to_string).collect();
        assert_eq!(names, ["go1.9.2rc2.linux-amd64", "go1.22.5.linux-amd64"]);
        assert_eq!(versions.skipped, 4);
    }

    #[test]
    fn refuses_a_list_that_is_not_text() {
        assert!(parse_versions(b"\xff\xfe", "a".to_owned()).is_err());
    }
}
