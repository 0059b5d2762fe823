//! One archive on its way into a file: digest and size while it streams, resume, caps.

use std::fs::File;
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use goseal_core::digest::Sha256;
use goseal_core::progress::Progress;
use reqwest::StatusCode;
use reqwest::header::{CONTENT_RANGE, ETAG, LAST_MODIFIED};
use sha2::Digest as _;

use crate::address::Address;
use crate::error::Error;
use crate::exchange::{Answered, Failure, Part, Route, Wire, header};
use crate::pace::Gauge;
use crate::pack::Pack;
use crate::read::{length, open_regular};
use crate::redirect::Follow;

/// What is known of an archive before it comes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Expected {
    /// Its size, where an index or a lock says so.
    pub(crate) size: Option<u64>,
    /// The longest it may be.
    pub(crate) limit: u64,
}

/// What came in.
pub(crate) struct Received {
    pub(crate) sha256: Sha256,
    pub(crate) size: u64,
    pub(crate) served_by: String,
}

/// The file, and the state of the digest over what lies in it.
///
/// The digest always covers exactly the bytes of the file: both grow together and start anew
/// together, so a resumed body needs no second reading.
pub(crate) struct Transfer<'a> {
    file: &'a mut File,
    path: &'a Path,
    expected: Expected,
    digest: sha2::Sha256,
    done: u64,
    /// The most that was ever there, so that starting anew again and again is no progress.
    most: u64,
    /// The whole size, as the last answer that began at zero said it.
    total: Option<u64>,
    validator: Option<String>,
    listener: Listener<'a>,
}

/// Tells the progress listener of one act, and always tells it the end.
struct Listener<'a> {
    progress: &'a dyn Progress,
    what: &'a str,
    begun: bool,
}

impl Listener<'_> {
    fn begin(&mut self, total: Option<u64>) {
        if !self.begun {
            self.progress.begin(self.what, total);
            self.begun = true;
        }
    }
}

impl Drop for Listener<'_> {
    fn drop(&mut self) {
        if self.begun {
            self.progress.end();
        }
    }
}

impl<'a> Transfer<'a> {
    /// Empties the file and begins. `what` names the act to the listener.
    pub(crate) fn begin(
        file: &'a mut File,
        path: &'a Path,
        expected: Expected,
        (progress, what): (&'a dyn Progress, &'a str),
    ) -> Result<Self, Error> {
        let mut transfer = Self {
            file,
            path,
            expected,
            digest: sha2::Sha256::new(),
            done: 0,
            most: 0,
            total: None,
            validator: None,
            listener: Listener {
                progress,
                what,
                begun: false,
            },
        };
        transfer.start_anew()?;
        Ok(transfer)
    }

    fn start_anew(&mut self) -> Result<(), Error> {
        self.digest = sha2::Sha256::new();
        self.done = 0;
        self.total = None;
        self.validator = None;
        self.file
            .set_len(0)
            .and_then(|()| self.file.seek(SeekFrom::Start(0)))
            .map(drop)
            .map_err(|source| Error::io(self.path, source))
    }

    /// The most bytes that may lie in the file.
    fn cap(&self) -> u64 {
        let known = self.expected.size.or(self.total);
        known.unwrap_or(u64::MAX).min(self.expected.limit)
    }

    fn take(&mut self, piece: &[u8], from: impl FnOnce() -> String) -> Result<(), Error> {
        let after = self.done.saturating_add(length(piece));
        let limit = self.cap();
        if after > limit {
            let address = from();
            return Err(Error::TooLong { address, limit });
        }
        self.file
            .write_all(piece)
            .map_err(|source| Error::io(self.path, source))?;
        self.digest.update(piece);
        self.done = after;
        self.most = self.most.max(after);
        self.listener.progress.at(after);
        Ok(())
    }

    /// Notes a size that a source states; it must be the expected one and below the limit.
    fn note_total(&mut self, total: Option<u64>, address: String) -> Result<(), Error> {
        let Some(actual) = total else {
            return Ok(());
        };
        if let Some(expected) = self.expected.size.filter(|size| *size != actual) {
            return Err(Error::WrongSize {
                address,
                expected,
                actual,
            });
        }
        let limit = self.expected.limit;
        if actual > limit {
            return Err(Error::TooLong { address, limit });
        }
        self.total = Some(actual);
        Ok(())
    }

    fn finish(self, served_by: String) -> Received {
        Received {
            sha256: Sha256::from_bytes(self.digest.clone().finalize().into()),
            size: self.done,
            served_by,
        }
    }

    /// Copies a file of a folder.
    pub(crate) fn copy(self, source: &Path) -> Result<Received, Error> {
        let from = open_regular(source)?;
        let about = from.metadata().map_err(|error| Error::io(source, error))?;
        let name = source.display().to_string();
        self.copy_from(from, about.len(), (source, &name))
    }

    /// Copies a member of a file that holds several.
    pub(crate) fn copy_member(self, pack: &Pack, name: &str) -> Result<Received, Error> {
        let (from, size) = pack.open(name)?;
        self.copy_from(from, size, (pack.path(), &pack.member(name)))
    }

    fn copy_from(
        mut self,
        mut from: impl io::Read,
        size: u64,
        (source, name): (&Path, &str),
    ) -> Result<Received, Error> {
        let name = || name.to_owned();
        self.note_total(Some(size), name())?;
        self.listener.begin(Some(size));
        let mut buffer = vec![0; 256 << 10];
        loop {
            let count = match from.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(Error::io(source, error)),
            };
            self.take(buffer.get(..count).unwrap_or_default(), name)?;
        }
        if self.done < size {
            return Err(Error::WrongSize {
                address: name(),
                expected: size,
                actual: self.done,
            });
        }
        Ok(self.finish(name()))
    }

    /// Fetches a body: asks, takes, and after a cut asks for the rest.
    pub(crate) async fn fetch(mut self, wire: &Wire, address: &Address) -> Result<Received, Error> {
        let mut attempts = wire.attempts();
        loop {
            let before = self.most;
            let failure = match self.attempt(wire, address).await {
                Ok(route) => return Ok(self.finish(route.to_string())),
                Err(failure) => failure,
            };
            if self.most - before >= wire.pace.stride {
                attempts.progressed();
            }
            wire.pause(&mut attempts, failure).await?;
        }
    }

    async fn attempt(&mut self, wire: &Wire, address: &Address) -> Result<Route, Failure> {
        let part = (self.done > 0).then(|| Part {
            from: self.done,
            validator: self.validator.clone(),
        });
        let mut answered = wire.get(address, Follow::SameScheme, part.as_ref()).await?;
        self.open(&answered)?;
        self.listener.begin(self.total.or(self.expected.size));
        let mut gauge = Gauge::new(&wire.pace, wire.now());
        while let Some(piece) = wire.piece(&mut answered, &mut gauge, self.done).await? {
            self.take(piece.as_ref(), || answered.route.last())?;
        }
        let whole = self.expected.size.or(self.total).unwrap_or(self.done);
        if self.done < whole {
            let reason = format!("the body ended before its {whole} bytes");
            return Err(self.cut(&answered, reason).into());
        }
        Ok(answered.route)
    }

    fn cut(&self, answered: &Answered, reason: String) -> Error {
        Error::Interrupted {
            address: answered.route.last(),
            received: self.done,
            reason,
        }
    }

    /// Sets the state for the body of an answer: a whole one begins at zero, a part goes on.
    fn open(&mut self, answered: &Answered) -> Result<(), Failure> {
        let response = &answered.response;
        if response.status() == StatusCode::OK {
            if self.done > 0 {
                self.start_anew()?;
            }
            self.validator = strong_validator(response.headers());
            let length = response.content_length();
            return Ok(self.note_total(length, answered.route.last())?);
        }
        let range = header(response.headers(), &CONTENT_RANGE).and_then(parse_content_range);
        let reason = match range {
            _ if response.status() != StatusCode::PARTIAL_CONTENT => "the rest is not there",
            None => "a part without a readable range",
            Some((first, _)) if first != self.done => "another part than the one asked for",
            Some((_, Some(total))) if self.total.is_some_and(|known| known != total) => {
                "its size changed"
            }
            Some(_) if self.changed(answered) => "its content changed",
            Some((_, total)) => return Ok(self.note_total(total, answered.route.last())?),
        };
        let cut = self.cut(answered, reason.to_owned());
        self.start_anew()?;
        Err(cut.into())
    }

    /// Whether a part says that it belongs to another content than the part before it.
    fn changed(&self, answered: &Answered) -> bool {
        let now = strong_validator(answered.response.headers());
        now.is_some() && self.validator.is_some() && now != self.validator
    }
}

/// What `If-Range` may hold: a strong entity tag, else the date of the last change (RFC 9110,
/// 13.1.5).
fn strong_validator(headers: &reqwest::header::HeaderMap) -> Option<String> {
    let tag = header(headers, &ETAG).filter(|tag| tag.starts_with('"'));
    tag.or_else(|| header(headers, &LAST_MODIFIED))
        .map(str::to_owned)
}

/// `bytes 100-199/200` or `bytes 100-199/*` (RFC 9110, 14.4): the first byte and the whole size.
fn parse_content_range(value: &str) -> Option<(u64, Option<u64>)> {
    let (range, total) = value.trim().strip_prefix("bytes ")?.split_once('/')?;
    let (first, last) = range.split_once('-')?;
    let (first, last) = (parse_plain(first)?, parse_plain(last)?);
    let total = match total {
        "*" => None,
        digits => Some(parse_plain(digits)?),
    };
    let sound = first <= last && total.is_none_or(|total| last < total);
    sound.then_some((first, total))
}

fn parse_plain(digits: &str) -> Option<u64> {
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| digits.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_content_range_is_read_strictly() {
        for (value, expected) in [
            ("bytes 100-199/200", Some((100, Some(200)))),
            ("bytes 100-199/*", Some((100, None))),
            ("bytes 0-0/1", Some((0, Some(1)))),
            ("bytes 100-199/199", None),
            ("bytes 200-199/300", None),
            ("bytes +1-2/3", None),
            ("bytes */200", None),
            ("items 0-1/2", None),
            ("bytes 0-1", None),
            ("bytes 0-99999999999999999999/*", None),
            ("", None),
        ] {
            assert_eq!(parse_content_range(value), expected, "{value}");
        }
    }
}
