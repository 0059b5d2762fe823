//! The deny feed: `goseal.feed/1` in JSON, read strictly.

use std::collections::BTreeSet;
use std::path::Path;

use goseal_core::feed::{Day, Feed, FeedEntry};
use goseal_core::version::Version;
use serde::Deserialize;
use serde::de::Deserializer;

use crate::error::{Error, Place};

/// Bytes of a feed that are read. Go has fixed about 300 vulnerabilities in ten years, 100 bytes each.
pub const FEED_LIMIT: usize = 4 * 1024 * 1024;

/// The only schema that is read.
const SCHEMA: &str = "goseal.feed/1";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    #[serde(deserialize_with = "schema")]
    schema: (),
    #[serde(deserialize_with = "date")]
    date: (String, Day),
    entries: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    #[serde(deserialize_with = "id")]
    id: String,
    #[serde(default, deserialize_with = "release")]
    introduced: Option<Version>,
    #[serde(default, deserialize_with = "release")]
    fixed: Option<Version>,
}

/// Reads a deny feed. `path` is only named in messages.
///
/// # Errors
///
/// [`Error::TooLarge`] beyond [`FEED_LIMIT`]; [`Error::NotFeed`] for everything else that is not
/// `{"schema":"goseal.feed/1","date":"2026-11-22","entries":[{"id":..,"introduced":..,"fixed":..}]}`:
/// an unknown or doubled key, a date or release that is none, a vulnerability that is fixed before
/// it was introduced, the same entry twice.
pub fn parse_feed(bytes: &[u8], path: &Path) -> Result<Feed, Error> {
    if bytes.len() > FEED_LIMIT {
        return Err(Error::TooLarge {
            path: path.to_owned(),
            bytes: bytes.len(),
            limit: FEED_LIMIT,
        });
    }
    let text: Text =
        serde_json::from_slice(bytes).map_err(|fault| not_json(bytes, path, &fault))?;
    let () = text.schema;
    check_objects(bytes, path)?;
    let mut seen = BTreeSet::new();
    for entry in &text.entries {
        let fault = match (entry.introduced, entry.fixed) {
            (Some(introduced), Some(fixed)) if fixed <= introduced => {
                format!("`{}` is fixed in {fixed}, before {introduced}", entry.id)
            }
            (introduced, fixed) if !seen.insert((entry.id.as_str(), introduced, fixed)) => {
                format!("an entry of `{}` stands there twice", entry.id)
            }
            _ => continue,
        };
        return Err(Error::NotFeed {
            at: Place::new(path, "", 0..0),
            message: fault,
        });
    }
    let entries = text.entries.into_iter().map(|entry| FeedEntry {
        id: entry.id,
        introduced: entry.introduced,
        fixed: entry.fixed,
    });
    let entries = entries.collect();
    let (date, day) = text.date;
    Ok(Feed { date, day, entries })
}

/// The reader would take the values of an object in a list, without their names.
fn check_objects(bytes: &[u8], path: &Path) -> Result<(), Error> {
    let value: serde_json::Value =
        serde_json::from_slice(bytes).map_err(|fault| not_json(bytes, path, &fault))?;
    let entries = value.get("entries").and_then(serde_json::Value::as_array);
    let sound = entries.is_some_and(|entries| entries.iter().all(serde_json::Value::is_object));
    sound.then_some(()).ok_or_else(|| Error::NotFeed {
        at: Place::new(path, "", 0..0),
        message: "a list stands where an object is expected".to_owned(),
    })
}

fn not_json(bytes: &[u8], path: &Path, fault: &serde_json::Error) -> Error {
    let text = String::from_utf8_lossy(bytes);
    let before: usize = text
        .split_inclusive('\n')
        .take(fault.line().saturating_sub(1))
        .map(str::len)
        .sum();
    let at = before + fault.column().saturating_sub(1);
    let words = fault.to_string();
    let place = format!(" at line {} column {}", fault.line(), fault.column());
    let message = words.strip_suffix(&place).unwrap_or(&words);
    Error::NotFeed {
        at: Place::new(path, &text, at..at + 1),
        message: message.chars().take(200).collect(),
    }
}

fn schema<'de, D: Deserializer<'de>>(from: D) -> Result<(), D::Error> {
    let text = String::deserialize(from)?;
    let known = (text == SCHEMA).then_some(());
    known.ok_or_else(|| wrong("schema", SCHEMA, &text))
}

fn date<'de, D: Deserializer<'de>>(from: D) -> Result<(String, Day), D::Error> {
    let text = String::deserialize(from)?;
    let day = Day::parse(&text).ok_or_else(|| wrong("date", "a day such as 2026-11-22", &text))?;
    Ok((text, day))
}

fn id<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let text = String::deserialize(from)?;
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
    let sound = (1..=64).contains(&text.len()) && text.bytes().all(plain);
    if sound {
        return Ok(text);
    }
    Err(wrong("id", "a name such as GO-2024-2887", &text))
}

fn release<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Version>, D::Error> {
    let Some(text) = Option::<String>::deserialize(from)? else {
        return Ok(None);
    };
    let version = Version::parse(&text);
    let version = version.map_err(|_| wrong("a release", "exact, such as 1.26.10", &text))?;
    Ok(Some(version))
}

fn wrong<E: serde::de::Error>(key: &str, expected: &str, found: &str) -> E {
    let found: String = found
        .chars()
        .take(64)
        .flat_map(char::escape_debug)
        .collect();
    E::custom(format!("`{key}` must be {expected}, found `{found}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Feed, String> {
        parse_feed(text.as_bytes(), Path::new("/f/feed.json")).map_err(|error| error.to_string())
    }

    fn with(entries: &str) -> String {
        format!(r#"{{"schema":"goseal.feed/1","date":"2026-11-22","entries":[{entries}]}}"#)
    }

    #[test]
    fn reads_entries_with_open_ends() {
        let feed = parse(&with(
            r#"{"id":"GO-2024-2887","introduced":"1.22.0","fixed":"1.22.4"},{"id":"GO-1","fixed":null}"#,
        ))
        .unwrap();
        assert_eq!(feed.date, "2026-11-22");
        assert_eq!(feed.entries[0].id, "GO-2024-2887");
        assert_eq!(feed.entries[0].fixed, Version::parse("1.22.4").ok());
        assert_eq!(
            (feed.entries[1].introduced, feed.entries[1].fixed),
            (None, None)
        );
        assert!(parse(&with("")).unwrap().entries.is_empty());
    }

    #[test]
    fn refuses_what_could_mean_something_else() {
        let entry = r#"{"id":"A","introduced":"1.22.0","fixed":"1.22.4"}"#;
        let cases = [
            String::new(),
            "[]".to_owned(),
            r#"["goseal.feed/1","2026-11-22",[]]"#.to_owned(),
            with(r#"["A",null,null]"#),
            with("").replace("feed/1", "feed/2"),
            with("").replace("11-22", "11-31"),
            with("").replace("\"date\":\"2026-11-22\",", ""),
            with("").replace("[]", "[],\"more\":1"),
            with("").replace("[]", "[],\"entries\":[]"),
            with("") + "{}",
            with(r#"{"id":"A\n"}"#),
            with(r#"{"id":"A","fixed":"1.22"}"#),
            with(r#"{"id":"A","fixes":"1.22.4"}"#),
            with(r#"{"id":"A","introduced":"1.22.4","fixed":"1.22.4"}"#),
            with(&format!("{entry},{entry}")),
        ];
        let faults: Vec<String> = cases.iter().map(|text| parse(text).unwrap_err()).collect();
        insta::assert_snapshot!(faults.join("\n"), @r"
        /f/feed.json:1:1: not a deny feed: EOF while parsing a value
        /f/feed.json:1:2: not a deny feed: invalid length 0, expected struct Text with 3 elements
        /f/feed.json:1:1: not a deny feed: a list stands where an object is expected
        /f/feed.json:1:1: not a deny feed: a list stands where an object is expected
        /f/feed.json:1:25: not a deny feed: `schema` must be goseal.feed/1, found `goseal.feed/2`
        /f/feed.json:1:45: not a deny feed: `date` must be a day such as 2026-11-22, found `2026-11-31`
        /f/feed.json:1:39: not a deny feed: missing field `date`
        /f/feed.json:1:65: not a deny feed: unknown field `more`, expected one of `schema`, `date`, `entries`
        /f/feed.json:1:68: not a deny feed: duplicate field `entries`
        /f/feed.json:1:60: not a deny feed: trailing characters
        /f/feed.json:1:69: not a deny feed: `id` must be a name such as GO-2024-2887, found `A\n`
        /f/feed.json:1:82: not a deny feed: `a release` must be exact, such as 1.26.10, found `1.22`
        /f/feed.json:1:74: not a deny feed: unknown field `fixes`, expected one of `id`, `introduced`, `fixed`
        /f/feed.json:1:1: not a deny feed: `A` is fixed in 1.22.4, before 1.22.4
        /f/feed.json:1:1: not a deny feed: an entry of `A` stands there twice
        ");
        let long = " ".repeat(FEED_LIMIT + 1);
        assert!(parse(&long).unwrap_err().contains("at most"));
    }
}
