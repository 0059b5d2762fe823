//! The append: one record, one `write`, under the lock.
//!
//! In the usual case: open and lock `lock`, open `log.jsonl`, its length, its last block and first
//! slot, one write. Nothing is synced: the record survives the death of every process, not of the
//! power (durability `page`).

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use goseal_core::digest::Sha256;

use crate::blob;
use crate::disk::{self, LOG};
use crate::error::Error;
use crate::form;
use crate::position::Position;
use crate::record::{Draft, Encoded, Event, Owner, RunId, Torn, encode};
use crate::tail::{self, Tail};

/// A segment is closed rather than grow beyond this many bytes.
pub(crate) const SEGMENT_BYTES: u64 = 8 << 20;
/// A segment is closed when its first record is this old, in seconds.
pub(crate) const SEGMENT_SECS: u64 = 86_400;

/// One ledger: a folder, and whose chain it holds.
#[derive(Debug, Clone)]
pub struct Ledger {
    pub(crate) folder: PathBuf,
    pub(crate) owner: Owner,
}

/// Where a record landed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Appended {
    /// Its number in the chain.
    pub seq: u64,
    /// The first `seq` of its file.
    pub segment: u64,
    /// Its offset in that file, in bytes.
    pub offset: u64,
    /// The SHA-256 of its text: the next record's `prev`, and its leaf in the sealed tree.
    pub sha256: Sha256,
    /// Whether this append closed a segment, which can be sealed now.
    pub rotated: bool,
}

impl Appended {
    /// The place as `GOSEAL_PARENT` says it.
    pub const fn position(&self, run: RunId) -> Position {
        Position {
            run,
            segment: self.segment,
            offset: self.offset,
        }
    }
}

/// The chain's end under the lock.
pub(crate) struct Chain {
    /// `log.jsonl`, open; `None` where it has to be made.
    log: Option<File>,
    tail: Tail,
    /// The first `seq` of the open file, and the time of that record in seconds where it is known.
    segment: u64,
    since: Option<u64>,
    next: u64,
    prev: Sha256,
}

impl Ledger {
    /// The ledger in `folder`; touches nothing.
    pub fn at(folder: &Path, owner: Owner) -> Self {
        Self {
            folder: folder.to_owned(),
            owner,
        }
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Appends one record.
    ///
    /// The lock is polled for `patience` (5 seconds by the rules); `on_wait` is called once, when
    /// it has been held for one second. What a killed writer left is named by a `torn` record
    /// first. A full or old segment is closed first.
    ///
    /// # Errors
    ///
    /// [`Error::NoChain`] where no chain of this owner lies there: [`Ledger::begin`] makes one.
    /// [`Error::NoNumberLeft`] where somebody wrote a record with the greatest number.
    /// [`Error::Busy`] when the lock stays held. [`Error::Write`] when the disk takes less than a
    /// record. [`Error::TooLong`], [`Error::WrongEvent`] (genesis, torn), [`Error::SegmentExists`],
    /// [`Error::Io`].
    pub fn append(
        &self,
        draft: &Draft,
        patience: Duration,
        on_wait: &mut dyn FnMut(Duration),
    ) -> Result<Appended, Error> {
        if matches!(draft.event, Event::Genesis(_) | Event::Torn(_)) {
            return Err(Error::WrongEvent {
                kind: draft.event.kind(),
            });
        }
        let encoded = encode(draft, &self.owner)?;
        let _lock = disk::take_lock(&self.folder, patience, on_wait)?;
        let mut chain = self.chain()?;
        let rotated = self.rotate_if_due(&mut chain, draft, &encoded)?;
        self.write_torn(&mut chain, draft)?;
        let appended = self.write(&mut chain, encoded, draft)?;
        Ok(Appended {
            rotated,
            ..appended
        })
    }

    /// Where the chain of this owner goes on. Under the lock.
    pub(crate) fn chain(&self) -> Result<Chain, Error> {
        let path = self.folder.join(LOG);
        let log = disk::open_if_there(disk::private().read(true).append(true), &path)?;
        let tail = match &log {
            Some(log) => tail::look(log, &path)?,
            None => Tail::EMPTY,
        };
        let (last, digest) = match tail.last {
            Some(last) => last,
            None => self.last_closed()?,
        };
        if last.owner != self.owner.tag() {
            return Err(self.no_chain(true));
        }
        let next = last.seq.checked_add(1);
        let next = next.ok_or_else(|| Error::NoNumberLeft {
            folder: self.folder.clone(),
        })?;
        Ok(Chain {
            log,
            tail,
            segment: tail.first.map_or(next, |first| first.seq),
            since: tail.first.map(|first| first.secs),
            next,
            prev: digest,
        })
    }

    /// The last record of the newest closed segment: a writer died between closing and beginning.
    fn last_closed(&self) -> Result<(form::Head, Sha256), Error> {
        let newest = disk::segments(&self.folder)?.pop();
        let path = newest.map(|first| disk::segment_path(&self.folder, first));
        let Some(path) = path else {
            return Err(self.no_chain(false));
        };
        let file = disk::open_if_there(disk::private().read(true), &path)?;
        let tail = file.map(|file| tail::look(&file, &path)).transpose()?;
        tail.and_then(|tail| tail.last)
            .ok_or(Error::NotARecord { path, offset: 0 })
    }

    pub(crate) fn no_chain(&self, other_owner: bool) -> Error {
        Error::NoChain {
            folder: self.folder.clone(),
            other_owner,
        }
    }

    /// Closes the segment when it is full or old. A torn tail is named in its own file first, so
    /// that segment is closed by the next append.
    fn rotate_if_due(
        &self,
        chain: &mut Chain,
        draft: &Draft,
        encoded: &Encoded,
    ) -> Result<bool, Error> {
        let clean = chain.tail.in_form && chain.tail.torn_from.is_none();
        let Some(since) = chain.since.filter(|_| clean) else {
            return Ok(false);
        };
        let length = form::padded(encoded.text.len() + form::SUM_LEN);
        let end = chain.tail.length + form::fill_before(chain.tail.length, length) as u64;
        let full = end + length as u64 > SEGMENT_BYTES;
        let old = draft.time.secs().saturating_sub(since) >= SEGMENT_SECS;
        if !full && !old {
            return Ok(false);
        }
        let log = self.folder.join(LOG);
        let closed = disk::segment_path(&self.folder, chain.segment);
        disk::make_folder(&self.folder.join(disk::SEGMENTS))?;
        if fs::symlink_metadata(&closed).is_ok() {
            return Err(Error::SegmentExists { path: closed });
        }
        fs::rename(&log, &closed).map_err(disk::io("rename", &log))?;
        chain.log = None;
        chain.tail = Tail::EMPTY;
        chain.segment = chain.next;
        chain.since = None;
        Ok(true)
    }

    /// Names the bytes that a killed writer left.
    fn write_torn(&self, chain: &mut Chain, draft: &Draft) -> Result<(), Error> {
        let Some(offset) = chain.tail.torn_from else {
            return Ok(());
        };
        let path = self.folder.join(LOG);
        let Some(log) = &chain.log else {
            return Ok(());
        };
        let length = chain.tail.length - offset;
        let mut bytes = vec![0; usize::try_from(length).unwrap_or(usize::MAX)];
        let bytes = disk::read_at(log, &mut bytes, offset).map_err(disk::io("read", &path))?;
        let torn = Draft {
            run: RunId::NONE,
            // Another record, another nonce; from the same randomness, which nobody else has.
            nonce: half(&Sha256::of(&[b"torn", &draft.nonce[..]].concat())),
            event: Event::Torn(Torn {
                offset,
                length,
                sha256: Sha256::of(bytes),
            }),
            ..draft.clone()
        };
        let encoded = encode(&torn, &self.owner)?;
        self.write(chain, encoded, &torn)?;
        chain.tail.torn_from = None;
        Ok(())
    }

    /// Writes one record at the chain's end: what completes the last slot, fillers and the record
    /// in one `write`; its blobs before it.
    fn write(
        &self,
        chain: &mut Chain,
        mut encoded: Encoded,
        draft: &Draft,
    ) -> Result<Appended, Error> {
        for blob in &encoded.blobs {
            blob::write(
                &self.folder,
                blob,
                &RunId::from_bytes(draft.nonce).to_string(),
            )?;
        }
        let sha256 = encoded.link(chain.next, &chain.prev);
        let length = form::padded(encoded.text.len());
        let mut out = tail::completion(&chain.tail);
        let slot = chain.tail.length + out.len() as u64;
        let fill = form::fill_before(slot, length);
        out.reserve(fill + length);
        form::push_fillers(&mut out, fill);
        form::push_line(&mut out, &encoded.text);

        let path = self.folder.join(LOG);
        let log = match chain.log.take() {
            Some(log) => log,
            None => disk::private()
                .append(true)
                .read(true)
                .create_new(true)
                .open(&path)
                .map_err(disk::io("make", &path))?,
        };
        write_once(&log, &out, &path)?;
        chain.log = Some(log);
        chain.tail.length += out.len() as u64;
        chain.tail.in_form = true;
        let appended = Appended {
            seq: chain.next,
            segment: chain.segment,
            offset: slot + fill as u64,
            sha256,
            rotated: false,
        };
        chain.next += 1;
        chain.prev = sha256;
        Ok(appended)
    }

    /// Writes the first record of a new chain. Under the lock, with nothing there.
    pub(crate) fn write_genesis(&self, genesis: &Draft) -> Result<Appended, Error> {
        let mut chain = Chain {
            log: None,
            tail: Tail::EMPTY,
            segment: 0,
            since: None,
            next: 0,
            prev: Sha256::from_bytes([0; 32]),
        };
        self.write(&mut chain, encode(genesis, &self.owner)?, genesis)
    }
}

fn half(digest: &Sha256) -> [u8; 16] {
    let mut half = [0; 16];
    for (to, from) in half.iter_mut().zip(digest.as_bytes()) {
        *to = *from;
    }
    half
}

/// One `write` of everything: a second one could be torn from the first by another's death.
fn write_once(mut log: &File, bytes: &[u8], path: &Path) -> Result<(), Error> {
    let written = loop {
        match log.write(bytes) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => break result,
        }
    };
    let failed = |written, source| Error::Write {
        path: path.to_owned(),
        written,
        expected: bytes.len(),
        source,
    };
    match written {
        Ok(written) if written == bytes.len() => Ok(()),
        Ok(written) => Err(failed(written, None)),
        Err(source) => Err(failed(0, Some(source))),
    }
}
