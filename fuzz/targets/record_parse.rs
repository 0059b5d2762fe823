//! A record is read only with the sum over its text, and a changed byte of it is refused.
#![no_main]

use goseal_core::digest::Sha256;
use goseal_ledger::position::Position;
use goseal_ledger::read::{Json, Record};
use libfuzzer_sys::fuzz_target;

/// The text with the sum that it needs, in the place of the one that it has.
fn summed(text: &[u8]) -> Vec<u8> {
    let end = text.windows(8).rposition(|part| part == b",\"sum\":\"");
    let body = end.and_then(|end| text.get(..end)).unwrap_or(text);
    let sum = Sha256::of(body).to_string();
    let sum = sum.get(..16).unwrap_or_default();
    [body, format!(",\"sum\":\"{sum}\"}}").as_bytes()].concat()
}

fuzz_target!(|data: &[u8]| {
    let _ = Json::parse(data);
    let position = std::str::from_utf8(data).ok().and_then(Position::parse);
    if let Some(position) = position {
        assert_eq!(position.to_string().as_bytes(), data);
    }
    let _ = Record::parse(data);
    let text = summed(data);
    let Some(record) = Record::parse(&text) else {
        return;
    };
    assert_eq!(record.sha256, Sha256::of(&text));
    assert_eq!(
        record.get("type").and_then(Json::as_str),
        Some(record.kind.as_str())
    );
    let _ = record.blobs();
    let at = data.len() / 2 % text.len();
    let mut bent = text.clone();
    bent[at] ^= 1;
    assert!(Record::parse(&bent).is_none(), "byte {at} is another");
});
