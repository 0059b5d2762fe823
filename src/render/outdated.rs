//! What is offered, and what is newer than what runs here.

use std::fmt::Write as _;

use goseal_core::feed::FeedEntry;
use goseal_ops::{FeedNote, OfferedBy, Offers, Outdated, OutdatedRow};
use serde_json::{Map, Value, json};

use super::toolchain::chosen_text;

/// `the release index <address>`: who said what is offered.
pub(crate) fn asked_text(offers: &Offers) -> String {
    let by = &offers.served_by;
    match offers.by {
        OfferedBy::Source => format!("by the list of the source {by}"),
        OfferedBy::Index => format!("by the release index {by}"),
        OfferedBy::Proxy => {
            format!("the release index is out of reach: by the list of the proxy {by}")
        }
        OfferedBy::Copy { age } => {
            let age = age_text(age);
            format!("the release index is out of reach: the copy of {age} is used, from {by}")
        }
    }
}

/// `3 days ago`, in the greatest unit that fits.
pub(crate) fn age_text(seconds: u64) -> String {
    let units = [("day", 86_400), ("hour", 3600), ("minute", 60)];
    let fits = units.iter().find(|(_, length)| seconds >= *length);
    fits.map_or("a moment ago".to_owned(), |(unit, length)| {
        let count = seconds / length;
        let plural = if count == 1 { "" } else { "s" };
        format!("{count} {unit}{plural} ago")
    })
}

/// The fields `source`, `served_by` and `age_seconds`.
pub(crate) fn asked_json(offers: &Offers) -> Map<String, Value> {
    let age = match offers.by {
        OfferedBy::Copy { age } => Value::from(age),
        _ => Value::Null,
    };
    [
        ("source", Value::from(offers.by.word())),
        ("served_by", Value::from(offers.served_by.clone())),
        ("age_seconds", age),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into_iter()
    .collect()
}

/// One vulnerability: `GO-2024-2887, fixed in 1.22.4`.
pub(crate) fn vulnerability_text(entry: &FeedEntry) -> String {
    match entry.fixed {
        Some(fixed) => format!("{}, fixed in {fixed}", entry.id),
        None => format!("{}, not fixed yet", entry.id),
    }
}

/// The same for machines.
pub(crate) fn vulnerability_json(entry: &FeedEntry) -> Value {
    json!({
        "id": entry.id,
        "fixed": entry.fixed.map(|version| version.to_string()),
    })
}

/// For people: a block a release.
pub(crate) fn outdated_text(found: &Outdated) -> String {
    found.rows.iter().map(row_text).collect()
}

fn row_text(row: &OutdatedRow) -> String {
    let mut text = format!("{}, chosen by {}\n", row.version, chosen_text(&row.chosen));
    let line = row.version.minor();
    match row.newer_patch {
        Some(newer) => writeln!(text, "  newer patch  {newer}"),
        None => writeln!(text, "  newer patch  none: it is the newest of 1.{line}"),
    }
    .ok();
    if let Some(newer) = row.newer_line {
        writeln!(text, "  newer line   {newer}").ok();
    }
    if row.maintained == Some(false) {
        writeln!(text, "  line         Go fixes nothing more in 1.{line}").ok();
    }
    for entry in &row.vulnerabilities {
        writeln!(text, "  vulnerable   {}", vulnerability_text(entry)).ok();
    }
    text
}

/// What is to be said of the feed, a line each.
pub(crate) fn feed_notes(note: &FeedNote) -> Vec<String> {
    let path = note.path.display();
    let mut lines = Vec::new();
    match (&note.date, note.age_days) {
        (Some(date), Some(days)) if note.stale => {
            lines.push(format!("the feed {path} is of {date}, {days} days old"));
        }
        (None, _) => lines.push(format!("the feed {path} is not there")),
        _ => {}
    }
    for version in &note.not_offered {
        lines.push(format!(
            "the feed {path} names {version}, which is not offered: whoever was asked hides it or \
             is behind"
        ));
    }
    lines
}

/// For machines.
pub(crate) fn outdated_json(found: &Outdated) -> Value {
    let rows: Vec<Value> = found.rows.iter().map(row_json).collect();
    let mut facts = asked_json(&found.offers);
    facts.insert("findings".to_owned(), Value::Bool(found.has_findings()));
    facts.insert("releases".to_owned(), Value::from(rows));
    let feed = found.feed.as_ref().map_or(Value::Null, |note| {
        let missing: Vec<String> = note.not_offered.iter().map(ToString::to_string).collect();
        json!({
            "path": note.path,
            "date": note.date,
            "age_days": note.age_days,
            "stale": note.stale,
            "not_offered": missing,
        })
    });
    facts.insert("feed".to_owned(), feed);
    Value::Object(facts)
}

fn row_json(row: &OutdatedRow) -> Value {
    let vulnerabilities: Vec<Value> = row.vulnerabilities.iter().map(vulnerability_json).collect();
    json!({
        "version": row.version.to_string(),
        "chosen_by": row.chosen.by.word(),
        "chosen_file": row.chosen.file,
        "newer_patch": row.newer_patch.map(|version| version.to_string()),
        "newer_line": row.newer_line.map(|version| version.to_string()),
        "maintained": row.maintained,
        "vulnerabilities": vulnerabilities,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_is_said_in_the_greatest_unit_that_fits() {
        for (seconds, text) in [
            (0, "a moment ago"),
            (59, "a moment ago"),
            (60, "1 minute ago"),
            (7_199, "1 hour ago"),
            (86_400, "1 day ago"),
            (3 * 86_400 + 5, "3 days ago"),
        ] {
            assert_eq!(age_text(seconds), text);
        }
    }
}
