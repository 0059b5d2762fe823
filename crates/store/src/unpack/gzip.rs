//! Release archives for Unix systems: one thread inflates and reads the tar file, the others hash
//! and write. Small files travel whole; large ones in pieces, so that what is held stays small:
//! at most 24 files of 256 KiB, and 4 pieces of 256 KiB for each large one under way.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use flate2::bufread::GzDecoder;
use goseal_core::manifest::{self, EntryName};

use super::Job;
use super::names::Names;
use super::output::{Folders, TreeWriter};
use super::tar::{Item, Tar, read_error};

use crate::error::Result;
use crate::place::Folder;

/// Bytes of one piece, and of the largest file that travels whole.
const PIECE: usize = 256 << 10;
/// Files that wait for a writer.
const QUEUE: usize = 24;
/// Pieces of a large file that wait for its writer.
const PIECES: usize = 4;

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
            .map(|_| scope.spawn(|| write_all(&queue, tree)))
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
    tree: &Folder,
) -> Result<Vec<(EntryName, manifest::Entry)>> {
    let mut writer = TreeWriter::new(tree);
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
    mut names: Names,
    queue: &SyncSender<Parcel>,
) -> Result<()> {
    let counted = Counted { job, file };
    let mut tar = Tar::new(
        job,
        GzDecoder::new(BufReader::with_capacity(1 << 16, counted)),
    );
    let mut folders = Folders::new(tree);
    let mut total = 0_u64;
    loop {
        match tar.next()? {
            Item::End => break,
            Item::Folder { raw } => names.folder(&raw)?,
            Item::File { raw, size } => {
                let (name, keep) = names.file(&raw)?;
                total = total.saturating_add(size);
                if total > job.limit {
                    return Err(job.too_many("bytes", job.limit));
                }
                if !keep {
                    continue;
                }
                folders.make_for(&name)?;
                if hand_out(&mut tar, queue, name, size)?.is_none() {
                    // The writers have stopped, and their error is the one that is told.
                    return Ok(());
                }
            }
        }
    }
    expect_no_more(job, tar.into_source())
}

/// Hands a file to a writer; `None` when the writers have stopped.
fn hand_out<R: Read>(
    tar: &mut Tar<'_, R>,
    queue: &SyncSender<Parcel>,
    name: EntryName,
    size: u64,
) -> Result<Option<()>> {
    let mut left = usize::try_from(size).unwrap_or(usize::MAX);
    let first = piece(tar, &mut left)?;
    let (pieces, more) = sync_channel(PIECES);
    let more = (left > 0).then_some(more);
    if queue.send(Parcel { name, first, more }).is_err() {
        return Ok(None);
    }
    while left > 0 {
        let next = piece(tar, &mut left)?;
        if pieces.send(next).is_err() {
            return Ok(None);
        }
    }
    Ok(Some(()))
}

fn piece<R: Read>(tar: &mut Tar<'_, R>, left: &mut usize) -> Result<Vec<u8>> {
    let mut bytes = vec![0; PIECE.min(*left)];
    let count = tar.read(&mut bytes)?;
    bytes.truncate(count);
    *left -= count;
    Ok(bytes)
}

/// The gzip member must end here, its checksum hold, and no byte follow it.
fn expect_no_more(job: &Job<'_>, mut gzip: GzDecoder<BufReader<Counted<'_>>>) -> Result<()> {
    let failed = |e| read_error(job, e);
    let more = gzip.read(&mut [0; 1]).map_err(failed)?;
    if more != 0 || !gzip.get_mut().fill_buf().map_err(failed)?.is_empty() {
        return Err(job.fault(None, "bytes after its end"));
    }
    Ok(())
}

/// The archive's file, telling how far it was read.
struct Counted<'a> {
    job: &'a Job<'a>,
    file: &'a File,
}

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.file.read(buffer)?;
        self.job.advance(count as u64);
        Ok(count)
    }
}
