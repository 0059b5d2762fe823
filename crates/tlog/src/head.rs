//! Tree heads as signed text: those of the checksum database, and C2SP checkpoints.

use std::fmt;

use crate::Error;
use crate::hash::Hash;
use crate::note::{Signer, VerifierKey, open, sign};
use crate::tree::{MAX_SIZE, TreeHead};

/// The first line of every head of a Go checksum database, whatever its key is called.
pub const SUMDB_ORIGIN: &str = "go.sum database tree";

/// The head of a named log. Its text is three lines: origin, size, root.
///
/// Source: C2SP tlog-checkpoint; golang.org/x/mod `sumdb/tlog/note.go`, whose trees have the same
/// form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log: one line, not empty.
    pub origin: String,
    /// Size and root.
    pub head: TreeHead,
}

impl Checkpoint {
    /// Reads the text of a note. Lines after the third are extensions: nothing of them is kept.
    ///
    /// # Errors
    ///
    /// [`Error::Checkpoint`] where one of the three lines is not there, or a number or hash is
    /// written in another way than its one way.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let mut lines = text.split_inclusive('\n').map(|line| {
            line.strip_suffix('\n')
                .ok_or(Error::Checkpoint("the last line does not end in LF"))
        });
        let mut line = |missing| lines.next().unwrap_or(Err(Error::Checkpoint(missing)));
        let origin = line("no origin")?;
        let size = parse_size(line("no size")?)?;
        let root = Hash::parse_base64(line("no root")?)
            .ok_or(Error::Checkpoint("the root is not 32 bytes in base64"))?;
        if origin.is_empty() {
            return Err(Error::Checkpoint("no origin"));
        }
        Ok(Self {
            origin: origin.to_owned(),
            head: TreeHead { size, root },
        })
    }
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let TreeHead { size, root } = self.head;
        write!(f, "{}\n{size}\n{root}\n", self.origin)
    }
}

fn parse_size(text: &str) -> Result<u64, Error> {
    text.parse()
        .ok()
        .filter(|size: &u64| size.to_string() == text && *size <= MAX_SIZE)
        .ok_or(Error::Checkpoint(
            "the size is not a decimal number up to 2^62",
        ))
}

/// The head of a log with the note in which a key vouches for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedHead {
    note: String,
    checkpoint: Checkpoint,
}

impl SignedHead {
    /// Opens a note that `key` signed for the log called `origin`.
    ///
    /// # Errors
    ///
    /// Those of [`open`], [`Error::Checkpoint`], and [`Error::Origin`] for another log.
    pub fn open(note: &[u8], origin: &str, key: &VerifierKey) -> Result<Self, Error> {
        let opened = open(note, std::slice::from_ref(key))?;
        let checkpoint = Checkpoint::parse(opened.text())?;
        if checkpoint.origin != origin {
            return Err(Error::Origin {
                expected: origin.to_owned(),
                found: checkpoint.origin,
            });
        }
        Ok(Self {
            note: String::from_utf8_lossy(note).into_owned(),
            checkpoint,
        })
    }

    /// Signs a head of our own; the inverse of [`SignedHead::open`].
    ///
    /// # Errors
    ///
    /// [`Error::Checkpoint`] or [`Error::Note`] where the origin is not one line of text.
    pub fn sign(checkpoint: Checkpoint, signer: &Signer) -> Result<Self, Error> {
        let text = checkpoint.to_string();
        if Checkpoint::parse(&text).as_ref() != Ok(&checkpoint) {
            return Err(Error::Checkpoint("the origin is not one line"));
        }
        Ok(Self {
            note: sign(&text, &[signer])?,
            checkpoint,
        })
    }

    /// The whole note, with its signatures.
    pub fn note(&self) -> &str {
        &self.note
    }

    /// Origin, size and root.
    pub const fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// Size and root.
    pub const fn head(&self) -> &TreeHead {
        &self.checkpoint.head
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SUMDB_KEY: &str = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8";

    const SUMDB_NOTE: &str = "go.sum database tree\n71909756\n\
        iHqVxqh8cyFgqTcentUiEjZ88MD/U2r6w+0h9y1wcFA=\n\n\
        \u{2014} sum.golang.org Az3gruqca1CkvBUmiVQwTbA/gaUFzmjGdeKsltdaxDjB0sALZnZFiokxoLeuELkWgcacVEQfWPJ8/AdDoOHPspHuDgk=\n";

    #[test]
    fn the_public_checksum_database_vouches_for_its_head() {
        let key = VerifierKey::parse(SUMDB_KEY).unwrap();
        let head = SignedHead::open(SUMDB_NOTE.as_bytes(), SUMDB_ORIGIN, &key).unwrap();
        assert_eq!(head.head().size, 71_909_756);
        assert_eq!(head.note(), SUMDB_NOTE);
    }

    #[test]
    fn no_byte_of_the_public_head_can_be_another() {
        let key = VerifierKey::parse(SUMDB_KEY).unwrap();
        for at in 0..SUMDB_NOTE.len() {
            let mut bent = SUMDB_NOTE.as_bytes().to_vec();
            bent[at] ^= 1;
            assert!(
                SignedHead::open(&bent, SUMDB_ORIGIN, &key).is_err(),
                "byte {at}"
            );
        }
    }

    #[test]
    fn a_head_of_our_own_is_signed_and_opened() {
        let signer = Signer::from_seed("goseal.local/00ff", &[7; 32]).unwrap();
        let checkpoint = Checkpoint {
            origin: "goseal.local/00ff".into(),
            head: TreeHead {
                size: 3,
                root: crate::leaf_hash(b"x"),
            },
        };
        let ours = SignedHead::sign(checkpoint, &signer).unwrap();
        let note = ours.note().as_bytes();
        let opened = SignedHead::open(note, "goseal.local/00ff", signer.verifier());
        assert_eq!(opened, Ok(ours.clone()));
        let other = SignedHead::open(note, "goseal.local/01", signer.verifier()).unwrap_err();
        assert!(matches!(other, Error::Origin { .. }));
    }

    #[test]
    fn refuses_an_origin_that_is_not_one_line() {
        let signer = Signer::from_seed("a", &[7; 32]).unwrap();
        let head = TreeHead {
            size: 3,
            root: crate::leaf_hash(b"x"),
        };
        for origin in ["", "a\nb", "a\n", "a\tb"] {
            let checkpoint = Checkpoint {
                origin: origin.into(),
                head,
            };
            assert!(SignedHead::sign(checkpoint, &signer).is_err(), "{origin:?}");
        }
    }

    #[test]
    fn extension_lines_are_passed_over() {
        let root = "iHqVxqh8cyFgqTcentUiEjZ88MD/U2r6w+0h9y1wcFA=";
        let plain = Checkpoint::parse(&format!("o\n5\n{root}\n")).unwrap();
        let extended = Checkpoint::parse(&format!("o\n5\n{root}\nmore\n\nand more\n"));
        assert_eq!(extended, Ok(plain));
    }

    #[test]
    fn refuses_what_is_not_a_tree_head() {
        let root = "iHqVxqh8cyFgqTcentUiEjZ88MD/U2r6w+0h9y1wcFA=";
        for text in [
            String::new(),
            "o\n".into(),
            "o\n5\n".into(),
            format!("\n5\n{root}\n"),
            format!("o\n5\n{root}"),
            format!("o\n05\n{root}\n"),
            format!("o\n+5\n{root}\n"),
            format!("o\n-5\n{root}\n"),
            format!("o\n 5\n{root}\n"),
            format!("o\n5 \n{root}\n"),
            format!("o\n0x5\n{root}\n"),
            format!("o\n4611686018427387905\n{root}\n"),
            format!("o\n18446744073709551616\n{root}\n"),
            format!("o\n5\n{root}A\n"),
            format!("o\n5\n{}\n", root.trim_end_matches('=')),
            format!("o\n5\n{}\n", root.replace("FA=", "FB=")),
            format!("o\r\n5\r\n{root}\r\n"),
        ] {
            assert!(Checkpoint::parse(&text).is_err(), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn a_checkpoint_is_read_and_written_the_same(
            origin in "[^\n]{1,40}", size in 0..=MAX_SIZE, root: [u8; 32],
        ) {
            let head = TreeHead { size, root: Hash::from_bytes(root) };
            let checkpoint = Checkpoint { origin, head };
            prop_assert_eq!(Checkpoint::parse(&checkpoint.to_string()), Ok(checkpoint));
        }
    }
}
