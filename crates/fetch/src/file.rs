//! Plain files that lie side by side at one place: a list, its signature, what it names.

use goseal_core::unverified::Unverified;

use crate::client::Client;
use crate::error::{Answer, Error};
use crate::proxy::Place;
use crate::read::read_regular;
use crate::redirect::Follow;

/// A file, and what served it.
#[derive(Debug, Clone)]
pub struct Served {
    /// Its bytes.
    pub bytes: Unverified<Vec<u8>>,
    /// The addresses or the path, without user information.
    pub served_by: String,
}

impl Client {
    /// Reads the file `name` of a place, whole and into memory; at most `limit` bytes.
    ///
    /// `name` must be made of characters that need no escaping; callers check it. Redirects are
    /// followed as for archives.
    ///
    /// # Errors
    ///
    /// [`Error::NotCarried`] where it is not there, and for `direct` and `off`; [`Error::TooLong`];
    /// else what the exchange or the disk did.
    pub fn file(&self, place: &Place, name: &str, limit: u64) -> Result<Served, Error> {
        match place {
            Place::Web(base) => {
                let address = base.below(name);
                let body = self.run(self.wire.read(&address, limit, Follow::SameScheme))?;
                Ok(Served {
                    bytes: Unverified::new(body.bytes),
                    served_by: body.route.to_string(),
                })
            }
            Place::Folder(folder) => {
                let path = folder.join(name);
                Ok(Served {
                    bytes: Unverified::new(read_regular(&path, limit)?),
                    served_by: path.display().to_string(),
                })
            }
            Place::Pack(pack) => Ok(Served {
                bytes: Unverified::new(pack.read(name, limit)?),
                served_by: pack.member(name),
            }),
            Place::Direct => Err(Error::absent("direct", Answer::Direct)),
            Place::Off => Err(Error::absent("off", Answer::Off)),
        }
    }
}
