//! What is believed before anything is fetched: a key, and a head that it signed.

use goseal_tlog::{SUMDB_ORIGIN, SignedHead, VerifierKey};

use crate::error::{Error, Fork};

/// The key of sum.golang.org, as cmd/go pins it (`modfetch/key.go`).
const GO_KEY: &str = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8";

/// A head of sum.golang.org of 2026-11, so that a split view at first use shows.
const GO_HEAD: &str = "go.sum database tree\n71909756\n\
    iHqVxqh8cyFgqTcentUiEjZ88MD/U2r6w+0h9y1wcFA=\n\n\
    \u{2014} sum.golang.org Az3gruqca1CkvBUmiVQwTbA/gaUFzmjGdeKsltdaxDjB0sALZnZFiokxoLeuELkWgcacVEQfWPJ8/AdDoOHPspHuDgk=\n";

/// The trust roots. They are handed in by value: nothing here reads them from anywhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roots {
    key: VerifierKey,
    embedded: SignedHead,
}

impl Roots {
    /// The real ones: sum.golang.org.
    ///
    /// # Panics
    ///
    /// Never: a test opens the embedded head.
    pub fn go() -> Self {
        Self::new(GO_KEY, GO_HEAD).expect("the embedded head is signed by the pinned key")
    }

    /// Other roots: a verifier key `name+hash+base64`, and a signed head to start from.
    ///
    /// # Errors
    ///
    /// [`Error::Head`] where the text is no key, or the head is not signed by it.
    pub fn new(key: &str, head: &str) -> Result<Self, Error> {
        let embedded = |source| Error::Head {
            place: "embedded",
            source,
        };
        let key = VerifierKey::parse(key).map_err(embedded)?;
        let head = SignedHead::open(head.as_bytes(), SUMDB_ORIGIN, &key).map_err(embedded)?;
        Ok(Self {
            key,
            embedded: head,
        })
    }

    /// The name of the database, which is also that of its host: `sum.golang.org`.
    pub fn sumdb_name(&self) -> &str {
        self.key.id().name()
    }

    /// The pinned key.
    pub const fn key(&self) -> &VerifierKey {
        &self.key
    }

    /// The head that the program brings along.
    pub const fn embedded(&self) -> &SignedHead {
        &self.embedded
    }

    /// Opens a head that the pinned key signed. `place` says whose it is in messages.
    ///
    /// # Errors
    ///
    /// [`Error::Head`].
    pub fn open_head(&self, note: &[u8], place: &'static str) -> Result<SignedHead, Error> {
        SignedHead::open(note, SUMDB_ORIGIN, &self.key)
            .map_err(|source| Error::Head { place, source })
    }

    /// Where a client starts: the greatest head whose signed note is kept.
    ///
    /// `latest` is the content of the state's file, where there is one; `kept` the notes of seals
    /// and of the ledger. A kept note that does not open is passed over: it vouches for nothing.
    ///
    /// # Errors
    ///
    /// [`Error::Fork`] where two heads of one size have different roots.
    pub fn start(&self, latest: Option<&[u8]>, kept: &[&[u8]]) -> Result<Start, Error> {
        let latest = latest.map(|note| self.open_head(note, "latest"));
        let stored = latest.as_ref().and_then(|head| head.as_ref().ok());
        let kept = kept
            .iter()
            .filter_map(|note| self.open_head(note, "kept").ok());
        let mut head = self.embedded.clone();
        for other in kept.chain(stored.cloned()) {
            if other.head().size == head.head().size && other.head() != head.head() {
                return Err(Error::Fork(Box::new(Fork {
                    known: head,
                    served: other,
                    proof: Vec::new(),
                })));
            }
            if other.head().size > head.head().size {
                head = other;
            }
        }
        let fault = match latest {
            None if head == self.embedded => None,
            None => Some(StateFault::Absent),
            Some(Err(_)) => Some(StateFault::Damaged),
            Some(Ok(stored)) if stored.head() == head.head() => None,
            Some(Ok(stored)) => Some(StateFault::Older(stored.head().size)),
        };
        Ok(Start { head, fault })
    }
}

/// Where a client starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Start {
    /// The greatest head that is known.
    pub head: SignedHead,
    /// What happened to the state's file, to be reported.
    pub fault: Option<StateFault>,
}

/// What is wrong with the file that holds the greatest head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StateFault {
    /// It is not there, and a head that was kept elsewhere shows that it was.
    Absent,
    /// It holds no head that the pinned key signed.
    Damaged,
    /// It holds a smaller head than is known, of so many records: it was put back.
    Older(u64),
}
