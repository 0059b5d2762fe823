//! An index with a signature beside it: `index.json` and `index.json.minisig` below one place.
//!
//! Nothing here is believed: whoever asks verifies the signature over these bytes.

use crate::client::Client;
use crate::error::Error;
use crate::proxy::Place;
use crate::read::read_regular;
use crate::redirect::Follow;

/// The name of an index that a publisher signs, and the one that its signature must name.
pub const INDEX_FILE: &str = "index.json";

/// What minisign adds to the name of a file.
const SIGNATURE_SUFFIX: &str = ".minisig";

/// The most bytes of a signature that are read: more than one may have, so that too long is for its
/// judge to say.
const SIGNATURE_LIMIT: u64 = 16 << 10;

/// An index and its signature, as they were served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedBytes {
    /// The index.
    pub bytes: Vec<u8>,
    /// The signature's text; bytes that are not UTF-8 are replaced, and do not verify then.
    pub signature: String,
    /// The address or path of the index, without user information.
    pub served_by: String,
}

impl Client {
    /// Reads the signed index of a place: an address below which archives or a module proxy lie, or
    /// a folder. The signature is asked for first: without one the index is not fetched.
    ///
    /// # Errors
    ///
    /// [`Error::NotCarried`] where the place has no index with a signature; else what the exchange
    /// did.
    pub fn signed_index(&self, place: &Place) -> Result<SignedBytes, Error> {
        let name = format!("{INDEX_FILE}{SIGNATURE_SUFFIX}");
        let (signature, _) = self.file_of(place, &name, SIGNATURE_LIMIT)?;
        let (bytes, served_by) = self.file_of(place, INDEX_FILE, self.wire.limits.index)?;
        Ok(SignedBytes {
            bytes,
            signature: String::from_utf8_lossy(&signature).into_owned(),
            served_by,
        })
    }

    /// The bytes of a file of a place, and the addresses or the path that served it.
    fn file_of(&self, place: &Place, name: &str, limit: u64) -> Result<(Vec<u8>, String), Error> {
        match place {
            Place::Web(base) => {
                let address = base.below(name);
                let body = self.run(self.wire.read(&address, limit, Follow::SameScheme))?;
                Ok((body.bytes, body.route.to_string()))
            }
            Place::Folder(folder) => {
                let path = folder.join(name);
                Ok((read_regular(&path, limit)?, path.display().to_string()))
            }
            Place::Direct | Place::Off => Err(Error::NotCarried { places: Vec::new() }),
        }
    }
}
