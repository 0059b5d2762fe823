//! The ladder of evidence.

use std::fmt::Write as _;

use goseal_ops::{Rung, TrustTable};
use serde_json::{Map, Value, json};

use super::plain;
use super::toolchain::chosen_text;

/// For people: a block a rung.
pub(crate) fn trust_text(table: &TrustTable) -> String {
    let mut text = format!("{} by {}\n", table.id, chosen_text(&table.chosen));
    match &table.h1 {
        Some(h1) => writeln!(text, "  h1        {h1}"),
        None => writeln!(text, "  h1        not installed: the sources were asked"),
    }
    .ok();
    for rung in &table.rungs {
        rung_text(rung, &mut text);
    }
    text
}

fn rung_text(rung: &Rung, text: &mut String) {
    let required = if rung.required { ", required" } else { "" };
    let state = rung.state.word();
    write!(text, "\n{:<9} {state}{required}", rung.evidence.word()).ok();
    if let Some(reason) = rung.state.reason() {
        write!(text, ": {}", plain(reason)).ok();
    }
    text.push('\n');
    for (name, value) in &rung.facts {
        let name = name.replace('_', " ");
        writeln!(text, "  {name:<10} {}", plain(value)).ok();
    }
}

/// For machines.
pub(crate) fn trust_json(table: &TrustTable) -> Value {
    let rungs: Vec<Value> = table.rungs.iter().map(rung_json).collect();
    json!({
        "release": table.id.to_string(),
        "chosen_by": table.chosen.by.word(),
        "chosen_file": table.chosen.file,
        "chosen_line": table.chosen.line,
        "installed": table.h1.is_some(),
        "h1": table.h1.map(|h1| h1.to_string()),
        "trust": rungs,
    })
}

/// Facts that stand there twice, such as archives, are a list.
fn rung_json(rung: &Rung) -> Value {
    let mut fields = Map::new();
    fields.insert("evidence".into(), rung.evidence.word().into());
    fields.insert("required".into(), rung.required.into());
    fields.insert("state".into(), rung.state.word().into());
    fields.insert("reason".into(), rung.state.reason().into());
    for (name, value) in &rung.facts {
        let value = value.as_str();
        if *name == "archive" {
            let list = fields.entry("archives").or_insert_with(|| json!([]));
            if let Value::Array(list) = list {
                list.push(value.into());
            }
        } else {
            fields.insert((*name).to_owned(), number_or_text(name, value));
        }
    }
    Value::Object(fields)
}

/// Record numbers and tree sizes are numbers, as in every other document.
fn number_or_text(name: &str, value: &str) -> Value {
    match (name, value.parse::<u64>()) {
        ("record" | "tree_size" | "serial", Ok(number)) => number.into(),
        _ => value.into(),
    }
}
