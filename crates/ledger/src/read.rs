//! Reading one record back.
//!
//! A reader of this version takes every record of its major: fields that it does not know are
//! kept, and their order beyond the header is not its business.

use goseal_core::digest::Sha256;

use crate::form;
pub use crate::json::Json;
use crate::record::{RunId, Wall};

/// A record as it was read. Its sum holds; whether it belongs where it stands is the chain's word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its number in the chain.
    pub seq: u64,
    /// The SHA-256 of the record before.
    pub prev: Sha256,
    /// Its run.
    pub run: RunId,
    /// Its `type`; types that are not known here are valid.
    pub kind: String,
    /// [`crate::record::Owner::tag`] of its chain's owner.
    pub owner: [u8; 8],
    /// When it happened, by the wall clock.
    pub time: Wall,
    /// The SHA-256 of its text.
    pub sha256: Sha256,
    fields: Json,
}

/// A reference from a record to a blob.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct BlobReference {
    /// The blob's name and digest.
    pub sha256: Sha256,
    /// Its length in bytes.
    pub length: u64,
    /// Whether it holds the JSON of a whole value, which may name more blobs.
    pub json: bool,
}

impl Record {
    /// Reads one record: its text, with or without padding and LF.
    ///
    /// `None` where the text is not in the form of this major or its sum does not hold.
    pub fn parse(line: &[u8]) -> Option<Self> {
        let text = form::trim_end(line.strip_suffix(b"\n").unwrap_or(line));
        let (head, sha256) = form::check(text).ok()?;
        let fields = Json::parse(text)?;
        let word = |name: &str| fields.get(name).and_then(Json::as_str);
        Some(Self {
            seq: head.seq,
            prev: head.prev,
            run: RunId::parse(word("run")?)?,
            kind: word("type")?.to_owned(),
            owner: head.owner,
            time: Wall::parse(word("time")?)?,
            sha256,
            fields,
        })
    }

    /// A field by its name in the schema.
    pub fn get(&self, name: &str) -> Option<&Json> {
        self.fields.get(name)
    }

    /// All fields in the order of the record.
    pub fn fields(&self) -> &[(String, Json)] {
        match &self.fields {
            Json::Object(fields) => fields,
            _ => &[],
        }
    }

    /// The blobs that it names.
    pub fn blobs(&self) -> Vec<BlobReference> {
        let mut found = Vec::new();
        for (_, value) in self.fields() {
            push_references(value, &mut found);
        }
        found
    }
}

/// Collects the references in a value, at any depth.
pub(crate) fn push_references(value: &Json, found: &mut Vec<BlobReference>) {
    match value {
        Json::Array(members) => {
            for member in members {
                push_references(member, found);
            }
        }
        Json::Object(fields) => match reference(value) {
            Some(reference) => found.push(reference),
            None => {
                for (_, value) in fields {
                    push_references(value, found);
                }
            }
        },
        _ => {}
    }
}

fn reference(value: &Json) -> Option<BlobReference> {
    Some(BlobReference {
        sha256: Sha256::parse_hex(value.get("sha256")?.as_str()?).ok()?,
        length: value.get("length")?.as_u64()?,
        json: value.get("json") == Some(&Json::Bool(true)),
    })
}
