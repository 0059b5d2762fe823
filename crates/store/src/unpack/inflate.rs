//! Zip files, several entries at once: positional reads of one open file, a buffer a thread.

use std::fs::File;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use flate2::{Crc, Decompress, FlushDecompress, Status};
use goseal_core::manifest::{self, EntryName};

use super::Job;
use super::names::Names;
use super::output::{Folders, Output, TreeWriter};
use super::zip::{self, Kind, Method};

use crate::error::Result;
use crate::place::Folder;

/// Bytes of the archive that a thread holds; most entries are smaller and take one read.
const INPUT: usize = 128 << 10;
/// Bytes of content that a thread holds; most files are smaller and take one write.
const OUTPUT: usize = 256 << 10;

/// Unpacks a zip file into `tree`.
pub(crate) fn unpack(
    job: &Job<'_>,
    names: Names,
    file: &File,
    tree: &Folder,
) -> Result<Vec<(EntryName, manifest::Entry)>> {
    let entries = zip::read_directory(job, names, file)?;
    let mut folders = Folders::new(tree);
    for entry in &entries {
        if let Kind::File(name) = &entry.kind {
            folders.make_for(name)?;
        }
    }
    let shared = Shared {
        job,
        file,
        tree,
        entries: &entries,
        next: AtomicUsize::new(0),
        stop: AtomicBool::new(false),
        files: Mutex::new(Vec::with_capacity(entries.len())),
    };
    std::thread::scope(|scope| {
        let helpers: Vec<_> = (1..job.threads)
            .map(|_| scope.spawn(|| shared.work()))
            .collect();
        let own = shared.work();
        let joined = helpers.into_iter().map(|helper| {
            helper
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
    entries: &'a [zip::Entry],
    next: AtomicUsize,
    stop: AtomicBool,
    files: Mutex<Vec<(EntryName, manifest::Entry)>>,
}

impl Shared<'_> {
    /// Takes entries until there are none or one failed anywhere.
    fn work(&self) -> Result<()> {
        let mut worker = Worker {
            shared: self,
            writer: TreeWriter::new(self.tree),
            inflater: Decompress::new(false),
            input: vec![0; INPUT],
            output: vec![0; OUTPUT],
        };
        let mut files = Vec::new();
        while !self.stop.load(Ordering::Relaxed) {
            let Some(entry) = self.entries.get(self.next.fetch_add(1, Ordering::Relaxed)) else {
                break;
            };
            match worker.entry(entry) {
                Ok(Some(file)) => files.push(file),
                Ok(None) => {}
                Err(error) => {
                    self.stop.store(true, Ordering::Relaxed);
                    return Err(error);
                }
            }
            self.job.advance(entry.end - entry.begin);
        }
        if let Ok(mut all) = self.files.lock() {
            all.append(&mut files);
        }
        Ok(())
    }
}

struct Worker<'a> {
    shared: &'a Shared<'a>,
    writer: TreeWriter<'a>,
    inflater: Decompress,
    input: Vec<u8>,
    output: Vec<u8>,
}

impl Worker<'_> {
    fn entry(&mut self, entry: &zip::Entry) -> Result<Option<(EntryName, manifest::Entry)>> {
        let (job, file) = (self.shared.job, self.shared.file);
        let fault = |fault| job.fault(Some(&entry.raw), fault);
        let mut source = Source {
            job,
            file,
            buffer: &mut self.input,
            held: 0..0,
            at: entry.begin,
            end: entry.end,
        };
        source.fill()?;
        let header = zip::check_local(entry, source.held()).map_err(fault)?;
        source.skip(header)?;
        let written = match &entry.kind {
            Kind::File(name) => {
                let mut sink = Sink {
                    output: self.writer.create(name)?,
                    crc: Crc::new(),
                    left: entry.size,
                };
                match entry.method {
                    Method::Stored => copy(&mut source, &mut sink, entry.packed)?,
                    Method::Deflated => {
                        self.inflater.reset(false);
                        let parts = (&mut self.inflater, &mut *self.output);
                        inflate(parts, &mut source, &mut sink, entry)?;
                    }
                }
                if sink.left != 0 || sink.crc.sum() != entry.crc {
                    return Err(fault("content of another size or checksum than its header"));
                }
                Some((name.clone(), sink.output.finish()?))
            }
            Kind::Passed => {
                source.skip(entry.packed)?;
                None
            }
        };
        let mut tail = [0; 32];
        let tail = source
            .rest(&mut tail)
            .ok_or_else(|| fault("bytes after its data"))??;
        zip::check_tail(entry, tail).map_err(fault)?;
        Ok(written)
    }
}

struct Sink {
    output: Output,
    crc: Crc,
    /// Bytes that are still to come by the header.
    left: u64,
}

impl Sink {
    /// `None` when more comes than the header says.
    fn write(&mut self, bytes: &[u8]) -> Option<Result<()>> {
        self.left = self.left.checked_sub(bytes.len() as u64)?;
        self.crc.update(bytes);
        Some(self.output.write(bytes))
    }
}

const LONGER: &str = "more content than its header says";

fn copy(source: &mut Source<'_>, sink: &mut Sink, mut packed: u64) -> Result<()> {
    while packed > 0 {
        source.fill()?;
        let held = source.held_up_to(packed);
        let count = held.len() as u64;
        sink.write(held)
            .ok_or_else(|| source.job.fault(None, LONGER))??;
        source.skip(count)?;
        packed -= count;
    }
    Ok(())
}

fn inflate(
    (inflater, output): (&mut Decompress, &mut [u8]),
    source: &mut Source<'_>,
    sink: &mut Sink,
    entry: &zip::Entry,
) -> Result<()> {
    let job = source.job;
    let fault = |fault| job.fault(Some(&entry.raw), fault);
    let mut packed = entry.packed;
    loop {
        if packed > 0 {
            source.fill()?;
        }
        let held = source.held_up_to(packed);
        let before = (inflater.total_in(), inflater.total_out());
        let status = inflater
            .decompress(held, output, FlushDecompress::None)
            .map_err(|_| fault("a damaged deflate stream"))?;
        let taken = inflater.total_in() - before.0;
        let given = usize::try_from(inflater.total_out() - before.1).unwrap_or(usize::MAX);
        let given = output.get(..given).unwrap_or_default();
        sink.write(given).ok_or_else(|| fault(LONGER))??;
        let idle = taken == 0 && given.is_empty();
        source.skip(taken)?;
        packed -= taken;
        match status {
            Status::StreamEnd if packed == 0 => return Ok(()),
            Status::StreamEnd => return Err(fault("bytes after its deflate stream")),
            Status::Ok | Status::BufError if !idle => {}
            _ => return Err(fault("a deflate stream that does not end")),
        }
    }
}

/// The bytes of one entry, read in pieces; never beyond its end.
struct Source<'a> {
    job: &'a Job<'a>,
    file: &'a File,
    buffer: &'a mut [u8],
    held: std::ops::Range<usize>,
    at: u64,
    end: u64,
}

impl Source<'_> {
    /// Reads the next piece when none is held.
    fn fill(&mut self) -> Result<()> {
        if !self.held.is_empty() || self.at == self.end {
            return Ok(());
        }
        let left = usize::try_from(self.end - self.at).unwrap_or(usize::MAX);
        let count = left.min(self.buffer.len());
        if let Some(place) = self.buffer.get_mut(..count) {
            zip::read_at(self.job, self.file, place, self.at)?;
        }
        self.at += count as u64;
        self.held = 0..count;
        Ok(())
    }

    fn held(&self) -> &[u8] {
        self.buffer.get(self.held.clone()).unwrap_or_default()
    }

    fn held_up_to(&self, limit: u64) -> &[u8] {
        let held = self.held();
        let count = usize::try_from(limit).unwrap_or(usize::MAX).min(held.len());
        held.split_at(count).0
    }

    /// Goes on by `count` bytes, held or not.
    fn skip(&mut self, count: u64) -> Result<()> {
        let held = self.held.len() as u64;
        if count <= held {
            self.held.start += usize::try_from(count).unwrap_or_default();
            return Ok(());
        }
        self.held = 0..0;
        self.at += count - held;
        if self.at > self.end {
            return Err(self.job.fault(None, "an entry that is cut"));
        }
        Ok(())
    }

    /// The rest of the entry, `None` when it does not fit.
    fn rest<'b>(&mut self, place: &'b mut [u8]) -> Option<Result<&'b [u8]>> {
        let mut length = 0;
        loop {
            if let Err(error) = self.fill() {
                return Some(Err(error));
            }
            let held = self.held();
            if held.is_empty() {
                return place.get(..length).map(Ok);
            }
            place
                .get_mut(length..length + held.len())?
                .copy_from_slice(held);
            length += held.len();
            self.held = 0..0;
        }
    }
}
