//! Small bodies: read whole into memory, bounded, with retries.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use crate::address::Address;
use crate::error::{Answer, Error};
use crate::exchange::{Failure, Route, Wire};
use crate::pace::Gauge;
use crate::redirect::Follow;

/// A body and the addresses that led to it.
pub(crate) struct Body {
    pub(crate) bytes: Vec<u8>,
    pub(crate) route: Route,
}

impl Wire {
    /// Reads a body of at most `limit` bytes.
    pub(crate) async fn read(
        &self,
        address: &Address,
        limit: u64,
        follow: Follow,
    ) -> Result<Body, Error> {
        let mut attempts = self.attempts();
        loop {
            match self.read_once(address, limit, follow).await {
                Ok(body) => return Ok(body),
                Err(failure) => self.pause(&mut attempts, failure).await?,
            }
        }
    }

    async fn read_once(
        &self,
        address: &Address,
        limit: u64,
        follow: Follow,
    ) -> Result<Body, Failure> {
        let mut answered = self.get(address, follow, None).await?;
        let too_long = |address| Error::TooLong { address, limit };
        let promised = answered.response.content_length();
        if promised.is_some_and(|length| length > limit) {
            return Err(too_long(answered.route.last()).into());
        }
        let mut bytes = Vec::new();
        let mut gauge = Gauge::new(&self.pace, self.now());
        loop {
            let received = length(&bytes);
            let Some(piece) = self.piece(&mut answered, &mut gauge, received).await? else {
                break;
            };
            let piece = piece.as_ref();
            if received + length(piece) > limit {
                return Err(too_long(answered.route.last()).into());
            }
            bytes.extend_from_slice(piece);
        }
        let route = answered.route;
        Ok(Body { bytes, route })
    }
}

/// The length of a slice; slices are never longer than 2^63 bytes.
pub(crate) fn length(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

/// Opens a regular file of a folder that serves as a source.
///
/// It is looked at before it is opened: opening a FIFO would wait for a writer.
pub(crate) fn open_regular(path: &Path) -> Result<File, Error> {
    let absent = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => {
            Error::absent(path.display(), Answer::NoFile)
        }
        _ => Error::io(path, error),
    };
    if !path.metadata().map_err(absent)?.is_file() {
        return Err(Error::io(path, io::Error::other("not a regular file")));
    }
    File::open(path).map_err(absent)
}

/// Reads a file of at most `limit` bytes.
pub(crate) fn read_regular(path: &Path, limit: u64) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    open_regular(path)?
        .take(limit.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(|source| Error::io(path, source))?;
    if length(&bytes) > limit {
        let address = path.display().to_string();
        return Err(Error::TooLong { address, limit });
    }
    Ok(bytes)
}
