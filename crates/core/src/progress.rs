//! How libraries say that something long is under way, without knowing who listens.

/// A listener for one long act at a time, such as a download.
pub trait Progress: Sync {
    /// An act begins; `total` is its length in bytes, files or whatever it counts, where known.
    fn begin(&self, what: &str, total: Option<u64>);
    /// `done` units of the act are finished, counted from its beginning.
    fn at(&self, done: u64);
    /// The act has ended, well or badly.
    fn end(&self);
}

/// Listens to nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn begin(&self, _what: &str, _total: Option<u64>) {}
    fn at(&self, _done: u64) {}
    fn end(&self) {}
}
