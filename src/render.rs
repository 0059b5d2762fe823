//! How results look: text for people, JSON documents for machines.
//!
//! Pure functions from results of `goseal_ops` to text; nothing here writes.

mod audit;
mod explain;
mod json;
mod quote;
mod toolchain;
mod trust;

use std::fmt::Write as _;

pub(crate) use audit::{record_text, records_json, verdict_json, verdict_text};
pub(crate) use explain::{explanation_json, explanation_text};
pub(crate) use json::document;
pub(crate) use quote::{quote_fish, quote_powershell, quote_sh};
pub(crate) use toolchain::{
    current_json, current_text, evidence_text, installed_json, list_text, lock_changes_json,
    lock_changes_text,
};
pub(crate) use trust::{trust_json, trust_text};

/// One line each.
pub(crate) fn lines(items: impl IntoIterator<Item = impl std::fmt::Display>) -> String {
    let mut text = String::new();
    for item in items {
        writeln!(text, "{item}").expect("writing to a String cannot fail");
    }
    text
}
