//! From a draft to the text of a record, without its `sum`.
//!
//! What the chain adds has a fixed width: the text is made before the lock is taken, with zeros
//! for `seq` and `prev`, and only patched and closed under it.

mod events;

use goseal_core::digest::Sha256;

use super::{Draft, Owner};
use crate::blob::Blob;
use crate::error::Error;
use crate::form::{self, BLOCK_LEN, OPENING};
use crate::json::{push_bytes, push_digits, push_str, push_u64};
use crate::redact::{RULES_VERSION, Redacted};

/// The longest string that stands in a record itself, in bytes.
const LONGEST: usize = 256;
/// How much of a longer one stands there as its beginning, in bytes.
const FIRST: usize = 64;
/// Values written in more bytes than this may go into a blob when the record is too long. It is
/// more than a reference without a beginning takes (123).
const MOVABLE: usize = 160;
/// With more long strings than this in one list, the list goes into one blob.
const LONG_MEMBERS: usize = 4;
/// `,"sum":"0123456789abcdef"}` and LF.
const CLOSING: usize = 27;

/// A text that lacks `seq`, `prev` and `sum`, and what must be on disk before it is.
#[derive(Debug)]
pub(crate) struct Encoded {
    pub(crate) text: Vec<u8>,
    pub(crate) blobs: Vec<Blob>,
}

impl Encoded {
    /// Puts the chain's values in their places.
    pub(crate) fn link(&mut self, seq: u64, prev: &Sha256) -> Sha256 {
        let mut digits = Vec::with_capacity(64);
        push_digits(&mut digits, seq, 20);
        let mut hex = Vec::with_capacity(64);
        form::push_hex(&mut hex, prev.as_bytes());
        let between = OPENING.len() + digits.len() + br#"","prev":""#.len();
        for (place, value) in [(OPENING.len(), digits), (between, hex)] {
            let place = self.text.get_mut(place..place + value.len());
            place
                .expect("every text is encoded with these fields first")
                .copy_from_slice(&value);
        }
        form::close(&mut self.text)
    }
}

/// Encodes a draft. `Err` where it does not fit in a block whatever is moved.
pub(crate) fn encode(draft: &Draft, owner: &Owner) -> Result<Encoded, Error> {
    let mut encoder = Encoder {
        out: Vec::with_capacity(BLOCK_LEN),
        marks: Vec::with_capacity(32),
        blobs: Vec::new(),
        redactions: None,
        whole: false,
    };
    encoder.header(draft, owner);
    encoder.event(&draft.event);
    encoder.redaction();
    encoder.fit()?;
    Ok(Encoded {
        text: encoder.out,
        blobs: encoder.blobs,
    })
}

/// Where the value of a field lies in the text, and whether it goes into a blob in any case.
#[derive(Debug, Clone, Copy)]
struct Mark {
    from: usize,
    to: usize,
    away: bool,
}

struct Encoder {
    out: Vec<u8>,
    marks: Vec<Mark>,
    blobs: Vec<Blob>,
    /// How often the rules struck; `None` while nothing passed through them.
    redactions: Option<u32>,
    /// Strings stay whole, because the list they stand in goes into a blob.
    whole: bool,
}

impl Encoder {
    fn header(&mut self, draft: &Draft, owner: &Owner) {
        let zeros = "0".repeat(64);
        self.raw(OPENING);
        self.raw(zeros.as_bytes().get(..20).unwrap_or_default());
        self.raw(br#"","prev":""#);
        self.raw(zeros.as_bytes());
        self.raw(br#"","run":""#);
        form::push_hex(&mut self.out, draft.run.as_bytes());
        self.raw(br#"","type":""#);
        self.raw(draft.event.kind().as_bytes());
        self.raw(br#"","owner":""#);
        form::push_hex(&mut self.out, &owner.tag());
        self.raw(br#"","nonce":""#);
        form::push_hex(&mut self.out, &draft.nonce);
        self.raw(br#"","time":""#);
        self.raw(draft.time.to_string().as_bytes());
        self.raw(br#"","boot_ns":"#);
        push_u64(&mut self.out, draft.boot_ns);
        if let Some(id) = &draft.boot_id {
            self.raw(br#","boot_id":"#);
            push_str(&mut self.out, beginning(id, FIRST));
        }
    }

    fn redaction(&mut self) {
        if let Some(count) = self.redactions {
            self.field("redaction", |e| {
                e.raw(br#"{"rules":"#);
                e.digits(RULES_VERSION);
                e.raw(br#","count":"#);
                e.digits(count);
                e.raw(b"}");
            });
        }
    }

    fn raw(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
    }

    fn digits(&mut self, number: u32) {
        push_digits(&mut self.out, u64::from(number), 1);
    }

    /// A field of the record.
    fn field(&mut self, name: &str, value: impl FnOnce(&mut Self)) {
        self.raw(b",\"");
        self.raw(name.as_bytes());
        self.raw(b"\":");
        let from = self.out.len();
        value(self);
        let to = self.out.len();
        self.marks.push(Mark {
            from,
            to,
            away: false,
        });
    }

    /// Sends the last field's value into a blob if it is written in more than `inline` bytes.
    fn once(&mut self, inline: usize) {
        if let Some(mark) = self.marks.last_mut() {
            mark.away |= mark.to - mark.from > inline;
        }
    }

    fn text_field(&mut self, name: &str, text: &str) {
        self.field(name, |e| e.text(text));
    }

    fn redacted_field(&mut self, name: &str, text: &Redacted) {
        self.field(name, |e| e.redacted(text));
    }

    fn digest_field(&mut self, name: &str, digest: Option<&Sha256>) {
        if let Some(digest) = digest {
            self.field(name, |e| e.hex(digest.as_bytes()));
        }
    }

    fn hex(&mut self, bytes: &[u8]) {
        self.raw(b"\"");
        form::push_hex(&mut self.out, bytes);
        self.raw(b"\"");
    }

    fn number_field(&mut self, name: &str, number: u64) {
        self.field(name, |e| push_u64(&mut e.out, number));
    }

    /// A list; with many long strings in it, it goes into one blob with its strings whole.
    fn list<T>(
        &mut self,
        name: &str,
        members: &[T],
        length: impl Fn(&T) -> usize,
        mut write: impl FnMut(&mut Self, &T),
    ) {
        let long = members.iter().filter(|m| length(m) > LONGEST).count();
        self.whole = long > LONG_MEMBERS;
        self.field(name, |e| {
            e.raw(b"[");
            let from = e.out.len();
            for member in members {
                e.comma_after(from);
                write(e, member);
            }
            e.raw(b"]");
        });
        if std::mem::take(&mut self.whole) {
            self.once(0);
        }
    }

    /// A comma, unless nothing was written since `from`.
    fn comma_after(&mut self, from: usize) {
        if self.out.len() > from {
            self.raw(b",");
        }
    }

    fn words(&mut self, name: &str, words: &[String]) {
        if !words.is_empty() {
            self.list(name, words, String::len, |e, word| e.text(word));
        }
    }

    fn redacted(&mut self, text: &Redacted) {
        self.redactions = Some(self.redactions.unwrap_or(0).saturating_add(text.count));
        self.bytes(&text.bytes);
    }

    fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    fn bytes(&mut self, bytes: &[u8]) {
        if bytes.len() <= LONGEST || self.whole {
            push_bytes(&mut self.out, bytes);
        } else {
            let blob = Blob::new(bytes.to_vec());
            let first = match std::str::from_utf8(bytes) {
                Ok(text) => beginning(text, FIRST).as_bytes(),
                Err(_) => bytes.get(..FIRST).unwrap_or(bytes),
            };
            push_reference(&mut self.out, &blob, Some(first));
            self.keep(blob);
        }
    }

    fn keep(&mut self, blob: Blob) {
        if !self.blobs.contains(&blob) {
            self.blobs.push(blob);
        }
    }

    /// Moves what must go, then the longest values, until the record fits in a block.
    fn fit(&mut self) -> Result<(), Error> {
        loop {
            let forced = self.marks.iter().position(|mark| mark.away);
            let too_long = self.out.len() + CLOSING > BLOCK_LEN;
            let next = match forced {
                Some(at) => at,
                None if !too_long => return Ok(()),
                None => self.longest()?,
            };
            self.move_away(next);
        }
    }

    fn longest(&self) -> Result<usize, Error> {
        let length = |mark: &Mark| mark.to - mark.from;
        let marks = self.marks.iter().enumerate();
        let longest = marks.max_by_key(|(_, mark)| length(mark));
        longest
            .filter(|(_, mark)| length(mark) > MOVABLE)
            .map(|(at, _)| at)
            .ok_or(Error::TooLong {
                length: self.out.len() + CLOSING,
            })
    }

    /// Puts a reference in the place of one value; the blob holds the value's JSON text.
    fn move_away(&mut self, at: usize) {
        let Some(mark) = self.marks.get(at).copied() else {
            return;
        };
        let value = self.out.get(mark.from..mark.to).unwrap_or_default();
        let blob = Blob::new(value.to_vec());
        let mut reference = Vec::with_capacity(MOVABLE);
        push_reference(&mut reference, &blob, None);
        let (old, new) = (mark.to - mark.from, reference.len());
        self.out.splice(mark.from..mark.to, reference);
        for later in self.marks.iter_mut().skip(at) {
            later.to = later.to - old + new;
        }
        for later in self.marks.iter_mut().skip(at + 1) {
            later.from = later.from - old + new;
        }
        if let Some(moved) = self.marks.get_mut(at) {
            moved.away = false;
        }
        self.keep(blob);
    }
}

/// Appends a reference to a blob: digest, length, and the beginning of the string that it holds;
/// without a beginning, that it holds the JSON of a whole value.
fn push_reference(out: &mut Vec<u8>, blob: &Blob, first: Option<&[u8]>) {
    out.extend_from_slice(br#"{"sha256":""#);
    form::push_hex(out, blob.sha256.as_bytes());
    out.extend_from_slice(br#"","length":"#);
    push_u64(out, blob.bytes.len() as u64);
    match first {
        Some(first) => {
            out.extend_from_slice(br#","first":"#);
            push_bytes(out, first);
        }
        None => out.extend_from_slice(br#","json":true"#),
    }
    out.push(b'}');
}

/// The longest beginning of a text of at most `most` bytes that ends between characters.
fn beginning(text: &str, most: usize) -> &str {
    text.get(..text.floor_char_boundary(most)).unwrap_or(text)
}
