//! The log: verdicts and records.

use std::fmt::Write as _;
use std::path::Path;

use goseal_ledger::read::{Json, Record};
use goseal_ledger::verify::Verdict;
use serde_json::{Map, Number, Value, json};

/// The verdict for people. It never claims more than it is: self-consistent is not proof.
pub(crate) fn verdict_text(verdict: &Verdict, folder: &Path) -> String {
    let mut text = format!("log       {}\n", folder.display());
    if let Some(chain) = verdict.chain {
        writeln!(text, "chain     {}", hex(&chain)).ok();
    }
    let range = verdict
        .range
        .map(|(first, last)| format!(", {first} to {last}"))
        .unwrap_or_default();
    writeln!(text, "records   {}{range}", verdict.records).ok();
    findings_text(verdict, &mut text);
    let anchored = verdict
        .anchored
        .map_or("none".to_owned(), |seq| format!("up to {seq}"));
    writeln!(text, "anchored  {anchored}").ok();
    text.push_str(if verdict.is_intact() {
        "verdict   intact: every record is whole and follows the one before\n          \
         self-consistent only: nothing is anchored outside this account, so a cut tail or a log \
         computed anew would not show\n"
    } else {
        "verdict   damaged\n"
    });
    text
}

/// Damage, torn tails and unknown outcomes, a line each.
fn findings_text(verdict: &Verdict, text: &mut String) {
    for damage in &verdict.damages {
        writeln!(
            text,
            "damage    at {}: {}: {}",
            damage.seq,
            damage.kind.word(),
            damage.detail
        )
        .ok();
    }
    for blob in &verdict.blobs {
        let what = if blob.missing {
            "is missing"
        } else {
            "is another"
        };
        writeln!(
            text,
            "damage    at {}: blob {} {what}",
            blob.seq, blob.sha256
        )
        .ok();
    }
    for (seq, torn) in &verdict.torn {
        let named = seq.map_or("not named yet".to_owned(), |seq| format!("named by {seq}"));
        writeln!(
            text,
            "torn      {} bytes at {}, {named}",
            torn.length, torn.offset
        )
        .ok();
    }
    if let Some(seq) = verdict.unended {
        writeln!(
            text,
            "unended   the log ends inside the padding of record {seq}; the record is whole"
        )
        .ok();
    }
    for run in &verdict.unknown_outcomes {
        let what = if run.install { "install" } else { "run" };
        writeln!(
            text,
            "unknown   outcome of {what} {}, begun at {}",
            run.run, run.seq
        )
        .ok();
    }
}

/// The verdict for machines.
pub(crate) fn verdict_json(verdict: &Verdict, folder: &Path) -> Value {
    let damages: Vec<Value> = verdict
        .damages
        .iter()
        .map(|damage| {
            json!({"seq": damage.seq, "kind": damage.kind.word(), "detail": damage.detail})
        })
        .collect();
    let blobs: Vec<Value> = verdict
        .blobs
        .iter()
        .map(|blob| {
            json!({"seq": blob.seq, "sha256": blob.sha256.to_string(), "missing": blob.missing})
        })
        .collect();
    let unknown: Vec<Value> = verdict
        .unknown_outcomes
        .iter()
        .map(|run| json!({"run": run.run.to_string(), "seq": run.seq, "install": run.install}))
        .collect();
    let torn: Vec<Value> = verdict
        .torn
        .iter()
        .map(|(seq, torn)| json!({"seq": seq, "offset": torn.offset, "length": torn.length}))
        .collect();
    json!({
        "log": folder,
        "chain": verdict.chain.map(|chain| hex(&chain)),
        "records": verdict.records,
        "first": verdict.range.map(|(first, _)| first),
        "last": verdict.range.map(|(_, last)| last),
        "intact": verdict.is_intact(),
        "anchored": verdict.anchored,
        "damages": damages,
        "blobs": blobs,
        "torn": torn,
        "unended": verdict.unended,
        "unknown_outcomes": unknown,
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("writing to a String cannot fail");
        text
    })
}

/// One record for people: its head, then a line a field.
pub(crate) fn record_text(record: &Record) -> String {
    let mut text = format!("{:>6}  {}  {}\n", record.seq, record.time, record.kind);
    let head = [
        "schema", "seq", "prev", "type", "time", "nonce", "owner", "sum", "boot_id", "boot_ns",
    ];
    for (name, value) in record.fields() {
        if head.contains(&name.as_str()) || matches!(value, Json::Array(list) if list.is_empty()) {
            continue;
        }
        writeln!(text, "        {name:<12} {}", plain(value)).ok();
    }
    text
}

/// A value without quotes where it is a single text; escaped, so that no record moves a terminal.
fn plain(value: &Json) -> String {
    match value {
        Json::Text(text) => text.escape_debug().to_string(),
        Json::Array(list) if list.iter().all(|one| one.as_str().is_some()) => {
            let words = list.iter().filter_map(Json::as_str);
            words
                .map(|word| word.escape_debug().to_string())
                .collect::<Vec<_>>()
                .join(" ")
        }
        other => to_value(other).to_string(),
    }
}

/// Records for machines, every field as it stands in the log.
pub(crate) fn records_json(records: &[Record]) -> Value {
    let records: Vec<Value> = records
        .iter()
        .map(|record| {
            let fields = record
                .fields()
                .iter()
                .map(|(name, value)| (name.clone(), to_value(value)));
            Value::Object(fields.collect())
        })
        .collect();
    json!({ "records": records })
}

fn to_value(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::Bool(*value),
        Json::Number(number) => Value::Number(Number::from(*number)),
        Json::Text(text) => Value::String(text.clone()),
        Json::Array(list) => list.iter().map(to_value).collect(),
        Json::Object(fields) => {
            let fields = fields
                .iter()
                .map(|(name, value)| (name.clone(), to_value(value)));
            Value::Object(fields.collect::<Map<_, _>>())
        }
    }
}
