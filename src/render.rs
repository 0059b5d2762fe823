//! How results look: text for people, JSON documents for machines.
//!
//! Pure functions from results of `goseal_ops` to text; nothing here writes.

mod audit;
mod carry;
mod difference;
mod explain;
mod export;
mod json;
mod outdated;
mod plain;
mod quote;
mod rebuild;
mod space;
mod toolchain;
mod trust;
mod verify;

use std::fmt::Write as _;

pub(crate) use audit::{record_text, records_json, verdict_json, verdict_text};
pub(crate) use carry::{
    bundle_json, bundle_text, mirror_check_json, mirror_check_text, mirror_json, mirror_text,
};
pub(crate) use difference::{change_json, change_notes, change_text};
pub(crate) use explain::{explanation_json, explanation_text};
pub(crate) use export::export_text;
pub(crate) use json::document;
pub(crate) use outdated::{asked_json, asked_text, feed_notes, outdated_json, outdated_text};
pub(crate) use plain::plain;
pub(crate) use quote::{quote_fish, quote_powershell, quote_sh};
pub(crate) use rebuild::{rebuild_json, rebuild_text, rebuilt_text, statement_json};
pub(crate) use space::{prunable_json, prunable_text, shelf_json, shelf_text, size_text};
pub(crate) use toolchain::{
    current_json, current_text, evidence_text, installed_json, lock_changes_json,
    lock_changes_text, outside_text,
};
pub(crate) use trust::{trust_json, trust_text};
pub(crate) use verify::{
    heads_json, heads_text, proof_json, proof_text, repaired_text, tree_json, tree_text,
    verification_json, verification_text,
};

/// One line each.
pub(crate) fn lines(items: impl IntoIterator<Item = impl std::fmt::Display>) -> String {
    let mut text = String::new();
    for item in items {
        writeln!(text, "{item}").expect("writing to a String cannot fail");
    }
    text
}
