//! Zip files, several entries at once: a clone of the archive for each thread.
//!
//! Owns: the contents. The crate `zip` finds the packed bytes of an entry, `flate2` inflates them;
//! here they are held against what the entry states. The crate's own inflating reader is not used:
//! it does not tell how much of the packed bytes its stream took, so that bytes after the stream
//! would pass.

use std::fs::File;
use std::io::{BufReader, ErrorKind, Read};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use flate2::Crc;
use flate2::bufread::DeflateDecoder;
use goseal_core::manifest::{self, EntryName};
use zip::CompressionMethod;

use super::Job;
use super::audit::{self, Entry, Zip};
use super::names::Names;
use super::output::{Folders, Output, TreeWriter};
use super::window::BLOCK;

use crate::error::{Error, Result};
use crate::place::Folder;

/// Packed bytes that are handed to the inflater at once.
const INPUT: usize = 32 << 10;
/// Bytes of content that a thread holds; most files are smaller and take one write.
const OUTPUT: usize = 256 << 10;

/// Unpacks a zip file into `tree`.
pub(crate) fn unpack(
    job: &Job<'_>,
    names: Names,
    file: &File,
    tree: &Folder,
) -> Result<Vec<(EntryName, manifest::Entry)>> {
    let (zip, entries) = audit::open(job, names, file)?;
    let mut folders = Folders::new(tree, job.doors);
    for name in entries.iter().filter_map(|entry| entry.file.as_ref()) {
        folders.make_for(name)?;
    }
    // Entries that begin in one block are read by one thread, from one read of the file.
    let runs: Vec<_> = entries
        .chunk_by(|one, next| one.begin / BLOCK as u64 == next.begin / BLOCK as u64)
        .collect();
    let shared = Shared {
        job,
        file,
        tree,
        runs: &runs,
        next: AtomicUsize::new(0),
        stop: AtomicBool::new(false),
        files: Mutex::new(Vec::with_capacity(entries.len())),
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (1..job.threads)
            .map(|_| {
                let zip = zip.clone();
                scope.spawn(|| shared.work(zip))
            })
            .collect();
        let own = shared.work(zip);
        let joined = workers.into_iter().map(|worker| {
            worker
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        });
        std::iter::once(own).chain(joined).collect::<Result<()>>()
    })?;
    Ok(shared.files.into_inner().unwrap_or_default())
}

struct Shared<'a> {
    job: &'a Job<'a>,
    file: &'a File,
    tree: &'a Folder,
    runs: &'a [&'a [Entry]],
    next: AtomicUsize,
    stop: AtomicBool,
    files: Mutex<Vec<(EntryName, manifest::Entry)>>,
}

impl<'a> Shared<'a> {
    /// Takes runs of entries until there are none or one failed anywhere.
    fn work(&self, zip: Zip<'a>) -> Result<()> {
        let mut worker = Worker {
            job: self.job,
            file: self.file,
            zip,
            writer: TreeWriter::new(self.tree, self.job.doors),
            output: vec![0; OUTPUT],
        };
        let mut files = Vec::new();
        while !self.stop.load(Ordering::Relaxed) {
            let Some(run) = self.runs.get(self.next.fetch_add(1, Ordering::Relaxed)) else {
                break;
            };
            worker.run(run, &mut files).inspect_err(|_| {
                self.stop.store(true, Ordering::Relaxed);
            })?;
        }
        if let Ok(mut all) = self.files.lock() {
            all.append(&mut files);
        }
        Ok(())
    }
}

struct Worker<'a> {
    job: &'a Job<'a>,
    file: &'a File,
    zip: Zip<'a>,
    writer: TreeWriter<'a>,
    output: Vec<u8>,
}

impl Worker<'_> {
    fn run(&mut self, run: &[Entry], files: &mut Vec<(EntryName, manifest::Entry)>) -> Result<()> {
        for entry in run {
            files.extend(self.entry(entry)?);
            self.job.advance(entry.end - entry.begin);
        }
        Ok(())
    }

    fn entry(&mut self, place: &Entry) -> Result<Option<(EntryName, manifest::Entry)>> {
        let job = self.job;
        audit::check_frame(job, self.file, place)?;
        let Some(name) = &place.file else {
            return Ok(None);
        };
        let mut packed = self
            .zip
            .by_index_raw(place.index)
            .map_err(|e| audit::zip_error(job, e))?;
        let mut sink = Sink {
            job,
            raw: &place.raw,
            output: self.writer.create(name)?,
            crc: Crc::new(),
            left: packed.size(),
        };
        let (method, crc, length) = (
            packed.compression(),
            packed.crc32(),
            packed.compressed_size(),
        );
        if method == CompressionMethod::Stored {
            sink.take_all(&mut packed, &mut self.output)?;
        } else {
            let mut inflated = DeflateDecoder::new(BufReader::with_capacity(INPUT, &mut packed));
            sink.take_all(&mut inflated, &mut self.output)?;
            if inflated.total_in() != length {
                return Err(sink.fault("bytes after its deflate stream"));
            }
        }
        if sink.left != 0 || sink.crc.sum() != crc {
            return Err(sink.fault("content of another size or checksum than its header"));
        }
        Ok(Some((name.clone(), sink.output.finish()?)))
    }
}

/// A file while it is written, held against what its entry states.
struct Sink<'a> {
    job: &'a Job<'a>,
    raw: &'a [u8],
    output: Output,
    crc: Crc,
    /// Bytes that are still to come by the header.
    left: u64,
}

impl Sink<'_> {
    /// Writes all that comes, in as few writes as the buffer allows.
    fn take_all(&mut self, source: &mut impl Read, buffer: &mut [u8]) -> Result<()> {
        loop {
            let mut filled = 0;
            while let Some(free) = buffer.get_mut(filled..).filter(|free| !free.is_empty()) {
                match source.read(free).map_err(|e| self.read_error(e))? {
                    0 => break,
                    count => filled += count,
                }
            }
            let held = buffer.get(..filled).unwrap_or_default();
            if held.is_empty() {
                return Ok(());
            }
            let left = self.left.checked_sub(filled as u64);
            self.left = left.ok_or_else(|| self.fault("more content than its header says"))?;
            self.crc.update(held);
            self.output.write(held)?;
        }
    }

    fn fault(&self, fault: &'static str) -> Error {
        self.job.fault(Some(self.raw), fault)
    }

    /// The inflater's errors are the archive's fault, anything else the disk's.
    fn read_error(&self, error: std::io::Error) -> Error {
        match error.kind() {
            ErrorKind::InvalidInput => self.fault("a damaged deflate stream"),
            ErrorKind::UnexpectedEof => self.fault("a deflate stream that does not end"),
            _ => Error::io("read", &self.job.archive.path, error),
        }
    }
}
