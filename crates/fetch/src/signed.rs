//! An index with a signature beside it: `index.json` and `index.json.minisig` below one place.
//!
//! Nothing here is believed: whoever asks verifies the signature over these bytes.

use crate::client::Client;
use crate::error::Error;
use crate::proxy::Place;

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
        let signature = self.file(place, &name, SIGNATURE_LIMIT)?;
        let index = self.file(place, INDEX_FILE, self.wire.limits.index)?;
        Ok(SignedBytes {
            signature: String::from_utf8_lossy(signature.bytes.untrusted()).into_owned(),
            bytes: index.bytes.untrusted().clone(),
            served_by: index.served_by,
        })
    }
}
