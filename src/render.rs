//! How results look: text for people, JSON documents for machines.
//!
//! Pure functions from results of `goseal_ops` to text; nothing here writes.

mod audit;
mod difference;
mod explain;
mod export;
mod json;
mod outdated;
mod quote;
mod space;
mod toolchain;

use std::fmt::Write as _;

pub(crate) use audit::{record_text, records_json, verdict_json, verdict_text};
pub(crate) use difference::{change_json, change_notes, change_text};
pub(crate) use explain::{explanation_json, explanation_text};
pub(crate) use export::export_text;
pub(crate) use json::document;
pub(crate) use outdated::{asked_json, asked_text, feed_notes, outdated_json, outdated_text};
pub(crate) use quote::{quote_fish, quote_powershell, quote_sh};
pub(crate) use space::{prunable_json, prunable_text, shelf_json, shelf_text, size_text};
pub(crate) use toolchain::{
    current_json, current_text, evidence_text, installed_json, lock_changes_json, lock_changes_text,
};

/// One line each.
pub(crate) fn lines(items: impl IntoIterator<Item = impl std::fmt::Display>) -> String {
    let mut text = String::new();
    for item in items {
        writeln!(text, "{item}").expect("writing to a String cannot fail");
    }
    text
}
