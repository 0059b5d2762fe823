//! Every record against `record.schema.json`, with a validator of just the words it uses.

use goseal_ledger::read::{Json, Record};
use serde_json::Value;

use crate::drafts::{Home, every_event};

const TEXT: &str = include_str!("../../record.schema.json");

fn schema() -> Value {
    serde_json::from_str(TEXT).unwrap()
}

/// The names of the properties in the order of the file, one a line at this depth.
fn order() -> Vec<String> {
    let body = TEXT.split_once("\"properties\": {\n").unwrap().1;
    let body = body.split_once("\n  },\n").unwrap().0;
    let names = body
        .lines()
        .map(|line| line.split('"').nth(1).unwrap().to_owned());
    names.collect()
}

fn matches(pattern: &str, text: &str) -> bool {
    let digits = |n: usize| text.len() == n && text.bytes().all(|b| b.is_ascii_digit());
    let hex = |n: usize| {
        text.len() == n
            && text
                .bytes()
                .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    };
    match pattern {
        "^[0-9]{20}$" => digits(20),
        "^[0-9a-f]{64}$" => hex(64),
        "^[0-9a-f]{32}$" => hex(32),
        "^[0-9a-f]{16}$" => hex(16),
        "^(0|[1-9][0-9]{0,19})$" => text.parse::<u64>().is_ok_and(|n| n.to_string() == text),
        "^h1:[A-Za-z0-9+/]{43}=$" => text.starts_with("h1:") && text.len() == 47,
        time if time.starts_with("^[0-9]{4}-") => {
            goseal_ledger::record::Wall::parse(text).is_some()
        }
        other => panic!("{other}"),
    }
}

fn check(root: &Value, schema: &Value, value: &Value, path: &str) -> Result<(), String> {
    let fail = |why: &str| Err(format!("{path}: {why}: {value}"));
    let Value::Object(words) = schema else {
        return fail("unknown field");
    };
    for (word, demand) in words {
        let holds = match word.as_str() {
            "$ref" => {
                let name = demand.as_str().unwrap().strip_prefix("#/$defs/").unwrap();
                check(root, &root["$defs"][name], value, path)?;
                true
            }
            "anyOf" => demand
                .as_array()
                .unwrap()
                .iter()
                .any(|one| check(root, one, value, path).is_ok()),
            "const" => demand == value,
            "enum" => demand.as_array().unwrap().contains(value),
            "type" => match demand.as_str().unwrap() {
                "string" => value.is_string(),
                "integer" => value.is_i64(),
                "boolean" => value.is_boolean(),
                "array" => value.is_array(),
                "object" => value.is_object(),
                other => panic!("{other}"),
            },
            "pattern" => matches(demand.as_str().unwrap(), value.as_str().unwrap_or("-")),
            "maxLength" => {
                value.as_str().unwrap().len() <= usize::try_from(demand.as_u64().unwrap()).unwrap()
            }
            "minimum" => value.as_i64() >= demand.as_i64(),
            "maximum" => value.as_i64() <= demand.as_i64(),
            "items" => {
                for member in value.as_array().into_iter().flatten() {
                    check(root, demand, member, path)?;
                }
                true
            }
            "required" => demand
                .as_array()
                .unwrap()
                .iter()
                .all(|name| value.get(name.as_str().unwrap()).is_some()),
            "properties" => {
                for (name, value) in value.as_object().into_iter().flatten() {
                    let schema = demand.get(name).unwrap_or(&Value::Bool(false));
                    check(root, schema, value, &format!("{path}/{name}"))?;
                }
                true
            }
            "$schema" | "$id" | "title" | "description" | "$defs" => true,
            other => panic!("{other}"),
        };
        if !holds {
            return fail(word);
        }
    }
    Ok(())
}

#[test]
fn every_record_is_as_the_schema_says_and_in_its_order() {
    let home = Home::new();
    for (n, event) in (1..).zip(every_event()) {
        home.append(n, event);
    }
    // A torn one too.
    let bytes = home.bytes();
    std::fs::write(home.log(), [&bytes[..], &b"{\"schema"[..]].concat()).unwrap();
    for (n, event) in (100..).zip(every_event()) {
        home.append(n, event);
    }
    let (schema, order) = (schema(), order());
    let mut kinds = std::collections::BTreeSet::new();
    for line in home.bytes().split_inclusive(|b| *b == b'\n') {
        let Some(record) = Record::parse(line) else {
            continue;
        };
        let value: Value = serde_json::from_slice(line).unwrap();
        check(&schema, &schema, &value, "").unwrap();
        let places = record
            .fields()
            .iter()
            .map(|(name, _)| order.iter().position(|o| o == name).unwrap());
        assert!(places.is_sorted_by(|a, b| a < b), "{value}");
        kinds.insert(record.kind);
    }
    let later = ["sealed", "anchored"];
    let types = schema["properties"]["type"]["enum"].as_array().unwrap();
    for kind in types.iter().map(|kind| kind.as_str().unwrap()) {
        assert_ne!(kinds.contains(kind), later.contains(&kind), "{kind}");
    }
}

#[test]
fn the_schema_is_read_in_the_order_in_which_it_is_written() {
    let order = order();
    let properties = schema()["properties"].as_object().unwrap().len();
    assert_eq!(order.len(), properties);
    assert_eq!(
        order[..8],
        [
            "schema", "seq", "prev", "run", "type", "owner", "nonce", "time"
        ]
    );
    assert_eq!(order.last().unwrap(), "sum");
}

#[test]
fn the_validator_finds_what_is_wrong() {
    let schema = schema();
    let home = Home::new();
    let good: Value = serde_json::from_slice(&home.bytes()).unwrap();
    check(&schema, &schema, &good, "").unwrap();
    for (name, value) in [
        ("seq", "1"),
        ("prev", "x"),
        ("type", "other"),
        ("new", "x"),
        ("time", "now"),
        ("user", "x"),
    ] {
        let mut bad = good.clone();
        bad[name] = Value::from(value);
        assert!(check(&schema, &schema, &bad, "").is_err(), "{name}");
    }
    let mut bad = good.clone();
    bad.as_object_mut().unwrap().remove("sum");
    assert!(check(&schema, &schema, &bad, "").is_err());
}

#[test]
fn fields_and_types_of_a_later_version_are_read() {
    let home = Home::new();
    let at = home.append(1, crate::drafts::end_event());
    let log = String::from_utf8(home.bytes()).unwrap();
    let start = usize::try_from(at.offset).unwrap();
    let text = log[start..]
        .trim_end()
        .replace(r#""type":"end""#, r#""type":"anchored""#);
    let (body, _) = text.rsplit_once(r#","sum":""#).unwrap();
    let body = format!(r#"{body},"later":{{"a":[null,1,true]}}"#);
    let sum = goseal_core::digest::Sha256::of(body.as_bytes()).to_string();
    let line = format!(r#"{body},"sum":"{}"}}"#, &sum[..16]);
    std::fs::write(home.log(), format!("{}{line:<511}\n", &log[..start])).unwrap();
    home.append(2, crate::drafts::end_event());
    let verdict = goseal_ledger::verify::verify_folder(&home.audit()).unwrap();
    assert!(verdict.is_intact(), "{verdict:?}");
    let record = goseal_ledger::position::read_at(&home.audit(), 0, at.offset).unwrap();
    assert_eq!(record.kind, "anchored");
    assert_eq!(
        record.get("later").unwrap().get("a").unwrap().members()[1],
        Json::Number(1)
    );
}
