//! The text of a proof, kept beside a tree so that it can be checked again without a network.
//!
//! ```text
//! goseal.proof/1
//! record 24929362
//! <lines of the record>
//!
//! <hashes of the inclusion proof in base64, leaf first>
//!
//! <signed note of the head>
//! ```

use goseal_core::release::ReleaseId;
use goseal_tlog::{Hash, check_inclusion, leaf_hash};

use crate::error::Error;
use crate::lookup::{parse_number, parse_record};
use crate::record::SumRecord;
use crate::roots::Roots;
use crate::verified::Verified;

const FIRST_LINE: &str = "goseal.proof/1\n";

/// Writes a proof.
pub fn format_proof(record: &SumRecord) -> String {
    let mut text = format!("{FIRST_LINE}record {}\n{}\n", record.number, record.text);
    for hash in &record.inclusion {
        text.extend([&hash.to_string(), "\n"]);
    }
    text.extend(["\n", record.head.note()]);
    text
}

/// Reads a proof and checks all of it; the inverse of [`format_proof`].
///
/// Needs no network. A proof alone joins its head to no other: `joined` is true only where that
/// head is the embedded one.
///
/// # Errors
///
/// [`Error::Proof`] for another form, [`Error::Head`], [`Error::RecordLine`], [`Error::RecordHash`]
/// where the record is not one release's, [`Error::RecordNumber`], [`Error::Inclusion`].
pub fn verify_proof(text: &str, roots: &Roots) -> Result<Verified<SumRecord>, Error> {
    let rest = text
        .strip_prefix(FIRST_LINE)
        .and_then(|rest| rest.strip_prefix("record "))
        .ok_or(Error::Proof("the first lines are not those of a proof"))?;
    let (number, rest) = rest.split_once('\n').ok_or(Error::Proof("no record"))?;
    let number = parse_number(number).ok_or(Error::Proof("the record number is malformed"))?;
    let (lines, rest) = rest.split_once("\n\n").ok_or(Error::Proof("no hashes"))?;
    let (inclusion, note) = take_hashes(rest)?;
    let text = format!("{lines}\n");
    let id = release_of(&text).ok_or(Error::Proof("the record is not that of a release"))?;
    let h1 = parse_record(&text, &id)?;
    let head = roots.open_head(note.as_bytes(), "proof")?;
    let tree = head.head();
    if number >= tree.size {
        return Err(Error::RecordNumber {
            record: number,
            size: tree.size,
        });
    }
    check_inclusion(tree, number, &leaf_hash(text.as_bytes()), &inclusion).map_err(|source| {
        Error::Inclusion {
            record: number,
            source,
        }
    })?;
    Ok(Verified::vouch(SumRecord {
        id,
        h1,
        number,
        text,
        joined: tree == roots.embedded().head(),
        head,
        inclusion,
    }))
}

/// The hashes up to the blank line, and what follows it.
fn take_hashes(text: &str) -> Result<(Vec<Hash>, &str), Error> {
    let mut hashes = Vec::new();
    let mut rest = text;
    loop {
        let (line, after) = rest
            .split_once('\n')
            .ok_or(Error::Proof("no signed head"))?;
        rest = after;
        if line.is_empty() {
            return Ok((hashes, rest));
        }
        hashes.push(Hash::parse_base64(line).ok_or(Error::Proof("a line that is no hash"))?);
    }
}

/// The release that the first line of a record names.
fn release_of(text: &str) -> Option<ReleaseId> {
    let version = text.split([' ', '\n']).nth(1)?;
    let version = version.strip_suffix("/go.mod").unwrap_or(version);
    ReleaseId::parse(version.strip_prefix("v0.0.1-")?)
}
