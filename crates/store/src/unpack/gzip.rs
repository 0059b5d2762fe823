//! Release archives for Unix systems: one thread inflates and reads the tar file, the others hash
//! and write. Small files travel whole; large ones in pieces, so that what is held stays small:
//! at most 24 files of 256 KiB, and 4 pieces of 256 KiB for each large one under way.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, BufRead, BufReader, ErrorKind, Read};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use flate2::bufread::GzDecoder;
use goseal_core::manifest::{self, EntryName};
use tar::Archive;

use super::Job;
use super::names::Names;
use super::output::{Folders, TreeWriter};
use super::tar::{BLOCK, Extended, Kind, extend, judge, refused, resolve};

use crate::error::{Error, Result};
use crate::place::Folder;

/// Bytes of one piece, and of the largest file that travels whole.
const PIECE: u64 = 256 << 10;
/// Files that wait for a writer.
const QUEUE: usize = 24;
/// Pieces of a large file that wait for its writer.
const PIECES: usize = 4;
/// Zero bytes after the end; writers fill up to twenty blocks.
const MAX_PADDING: usize = 20 * BLOCK;
const CUT: &str = "no end: it is cut";

/// A file on its way to a writer.
struct Parcel {
    name: EntryName,
    first: Vec<u8>,
    more: Option<Receiver<Vec<u8>>>,
}

/// Unpacks a tar.gz file into `tree`.
pub(crate) fn unpack(
    job: &Job<'_>,
    names: Names,
    file: &File,
    tree: &Folder,
) -> Result<Vec<(EntryName, manifest::Entry)>> {
    let (send, receive) = sync_channel(QUEUE);
    let queue = Mutex::new(receive);
    std::thread::scope(|scope| {
        let writers: Vec<_> = (1..job.threads.max(2))
            .map(|_| scope.spawn(|| write_all(&queue, TreeWriter::new(tree, job.doors))))
            .collect();
        let read = read_all((job, file, tree), names, &send);
        // Whatever it returned, the queue ends here for the writers.
        drop(send);
        let mut files = Vec::new();
        let mut failed = None;
        for writer in writers {
            let written = writer
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            match written {
                Ok(mut some) => files.append(&mut some),
                Err(error) => failed = Some(error),
            }
        }
        match (failed, read) {
            // A writer's error ends the reader too, by the closed queue; it is the cause.
            (Some(error), _) | (None, Err(error)) => Err(error),
            (None, Ok(())) => Ok(files),
        }
    })
}

fn write_all(
    queue: &Mutex<Receiver<Parcel>>,
    mut writer: TreeWriter<'_>,
) -> Result<Vec<(EntryName, manifest::Entry)>> {
    let mut files = Vec::new();
    loop {
        let next = queue.lock().map(|queue| queue.recv());
        let Ok(Ok(parcel)) = next else {
            return Ok(files);
        };
        let written = write_one(&mut writer, parcel);
        if written.is_err() {
            // With no receiver left the reader stops; other writers see the queue as ended.
            close(queue);
        }
        files.push(written?);
    }
}

/// Replaces the queue by an ended one, so that the sender fails.
fn close(queue: &Mutex<Receiver<Parcel>>) {
    if let Ok(mut queue) = queue.lock() {
        *queue = sync_channel(0).1;
    }
}

fn write_one(writer: &mut TreeWriter<'_>, parcel: Parcel) -> Result<(EntryName, manifest::Entry)> {
    let mut output = writer.create(&parcel.name)?;
    output.write(&parcel.first)?;
    for piece in parcel.more.into_iter().flatten() {
        output.write(&piece)?;
    }
    Ok((parcel.name, output.finish()?))
}

/// Reads the archive to its last byte and hands out the files.
fn read_all(
    (job, file, tree): (&Job<'_>, &File, &Folder),
    names: Names,
    queue: &SyncSender<Parcel>,
) -> Result<()> {
    let trace = Trace::default();
    let counted = BufReader::with_capacity(1 << 16, Counted { job, file });
    let mut archive = Archive::new(Tap {
        source: GzDecoder::new(counted),
        trace: &trace,
    });
    let mut reader = Reader {
        job,
        trace: &trace,
        names,
        folders: Folders::new(tree, job.doors),
        total: 0,
        extended: None,
    };
    let entries = archive.entries().map_err(|e| trace.error(job, e))?;
    for entry in entries.raw(true) {
        let entry = entry.map_err(|e| trace.error(job, e))?;
        if reader.entry(entry, queue)?.is_none() {
            // The writers have stopped, and their error is the one that is told.
            return Ok(());
        }
    }
    if trace.ended.get() {
        return Err(job.fault(None, CUT));
    }
    if reader.extended.is_some() {
        return Err(job.fault(None, "an extended header without an entry"));
    }
    expect_end(job, archive.into_inner())
}

/// What is kept from one entry to the next.
struct Reader<'a> {
    job: &'a Job<'a>,
    trace: &'a Trace,
    names: Names,
    folders: Folders<'a>,
    total: u64,
    extended: Option<Extended>,
}

impl Reader<'_> {
    /// Takes one entry; `None` when the writers have stopped.
    fn entry<R: Read>(
        &mut self,
        mut entry: tar::Entry<'_, R>,
        queue: &SyncSender<Parcel>,
    ) -> Result<Option<()>> {
        let job = self.job;
        let (raw, size) = judge(entry.header()).map_err(|fault| job.fault(None, fault))?;
        self.trace.expect_zeros(entry.raw_file_position() + size);
        let (raw, kind) = resolve(entry.header(), (raw, size), self.extended.take());
        let fault = |fault| job.fault(Some(&raw), fault);
        let kind = kind.map_err(fault)?;
        match kind {
            Kind::Folder => self.names.folder(&raw)?,
            Kind::Pax | Kind::LongName => {
                let body = self.piece(&mut entry, size)?;
                self.extended = Some(extend(kind, body).map_err(fault)?);
            }
            Kind::File => {
                let (name, keep) = self.names.file(&raw)?;
                self.total = self.total.saturating_add(size);
                if self.total > job.limit {
                    return Err(job.too_many("bytes", job.limit));
                }
                if keep {
                    self.folders.make_for(&name)?;
                    return self.hand_out(&mut entry, queue, name, size);
                }
            }
        }
        Ok(Some(()))
    }

    /// Hands a file to a writer; `None` when the writers have stopped.
    fn hand_out(
        &self,
        content: &mut impl Read,
        queue: &SyncSender<Parcel>,
        name: EntryName,
        mut left: u64,
    ) -> Result<Option<()>> {
        let first = self.piece(content, left.min(PIECE))?;
        left -= first.len() as u64;
        let (pieces, more) = sync_channel(PIECES);
        let more = (left > 0).then_some(more);
        if queue.send(Parcel { name, first, more }).is_err() {
            return Ok(None);
        }
        while left > 0 {
            let next = self.piece(content, left.min(PIECE))?;
            left -= next.len() as u64;
            if pieces.send(next).is_err() {
                return Ok(None);
            }
        }
        Ok(Some(()))
    }

    /// Exactly so many bytes of an entry.
    fn piece(&self, content: &mut impl Read, length: u64) -> Result<Vec<u8>> {
        let capacity = usize::try_from(length).unwrap_or_default();
        let mut bytes = Vec::with_capacity(capacity);
        content
            .take(length)
            .read_to_end(&mut bytes)
            .map_err(|e| self.trace.error(self.job, e))?;
        if bytes.len() == capacity {
            Ok(bytes)
        } else {
            Err(self.job.fault(None, CUT))
        }
    }
}

/// The crate stopped at a zero block: there must be a second, then at most padding; the gzip member
/// must end there, its checksum hold, and no byte follow it.
fn expect_end<R: BufRead>(job: &Job<'_>, mut tap: Tap<'_, GzDecoder<R>>) -> Result<()> {
    let failed = |e| tap_error(job, e);
    let mut rest = Vec::new();
    let most = (BLOCK + MAX_PADDING) as u64;
    let count = (&mut tap).take(most + 1).read_to_end(&mut rest);
    let count = count.map_err(failed)? as u64;
    let zero = rest.iter().all(|b| *b == 0);
    if zero && rest.len() < BLOCK {
        return Err(job.fault(None, CUT));
    }
    let after = tap.source.get_mut().fill_buf().map_err(failed)?;
    if zero && count <= most && after.is_empty() {
        Ok(())
    } else {
        Err(job.fault(None, "bytes after its end"))
    }
}

/// What the crate reads without telling: whether the source ended, and whether what it skips after
/// an entry is zero.
#[derive(Default)]
struct Trace {
    at: Cell<u64>,
    ended: Cell<bool>,
    /// Where the padding of the current entry lies.
    zeros: Cell<(u64, u64)>,
    hidden: Cell<bool>,
}

impl Trace {
    /// The content of the current entry ends here; the rest of its last block is padding.
    fn expect_zeros(&self, from: u64) {
        self.zeros.set((from, from.next_multiple_of(BLOCK as u64)));
    }

    fn saw(&self, bytes: &[u8]) {
        let at = self.at.get();
        let end = at + bytes.len() as u64;
        self.at.set(end);
        let (from, to) = self.zeros.get();
        let part = |place: u64| usize::try_from(place.clamp(at, end) - at).unwrap_or_default();
        let padding = bytes.get(part(from)..part(to)).unwrap_or_default();
        if padding.iter().any(|b| *b != 0) {
            self.hidden.set(true);
        }
    }

    /// What an error of the crate means. Its own have no kind of theirs.
    fn error(&self, job: &Job<'_>, error: io::Error) -> Error {
        if error.kind() != ErrorKind::Other {
            tap_error(job, error)
        } else if self.hidden.get() {
            job.fault(None, "bytes other than zero between entries")
        } else if self.ended.get() {
            job.fault(None, CUT)
        } else {
            job.fault(None, refused(&error))
        }
    }
}

/// A damaged gzip stream is the archive's fault, anything else the disk's.
fn tap_error(job: &Job<'_>, error: io::Error) -> Error {
    match error.kind() {
        ErrorKind::InvalidData | ErrorKind::InvalidInput => {
            job.fault(None, "a damaged gzip stream")
        }
        ErrorKind::UnexpectedEof => job.fault(None, CUT),
        _ => Error::io("read", &job.archive.path, error),
    }
}

/// The source of the crate, noting what passes.
struct Tap<'a, R> {
    source: R,
    trace: &'a Trace,
}

impl<R: Read> Read for Tap<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = loop {
            match self.source.read(buffer) {
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                read => break read?,
            }
        };
        self.trace.saw(buffer.get(..count).unwrap_or_default());
        if count == 0 && !buffer.is_empty() {
            self.trace.ended.set(true);
        }
        if self.trace.hidden.get() {
            return Err(ErrorKind::Other.into());
        }
        Ok(count)
    }
}

/// The archive's file, telling how far it was read.
struct Counted<'a> {
    job: &'a Job<'a>,
    file: &'a File,
}

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(buffer)?;
        self.job.advance(count as u64);
        Ok(count)
    }
}
