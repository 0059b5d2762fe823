//! The release archives and their index, as go.dev/dl has them.
//!
//! Source: `internal/dl/dl.go` and `server.go` of golang/website.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use goseal_core::digest::Sha256;
use goseal_core::version::Version;
use serde_json::{Value, json};

use super::{Published, State};
use crate::server::Answer;

/// What the index says that is not so, of every archive in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IndexLie {
    /// Another sha256.
    WrongSha256,
    /// One byte more than there is.
    WrongSize,
    /// A second entry for the same platform with another sha256.
    Duplicate,
    /// This name instead of the file's: `../x.tar.gz`, an address.
    FileName(String),
    /// An empty sha256, as the oldest releases have it.
    EmptySha256,
    /// Nothing at all: the releases are not listed.
    Missing,
    /// The index is this text.
    Text(String),
}

/// `file` is what follows `/dl/`.
pub(super) fn answer(state: &State, file: &str, query: &str) -> Answer {
    if file.is_empty() {
        return index_answer(state, query);
    }
    let archive = |name: &str| {
        let named = |known: &&Published| known.release.id().archive_file_name() == name;
        state.published.iter().find(named)
    };
    if let Some(known) = archive(file) {
        return Answer::ok("application/gzip", known.archive.clone());
    }
    match file.strip_suffix(".sha256").and_then(archive) {
        Some(known) => Answer::text(Sha256::of(&known.archive).to_string()),
        None => Answer::status(404),
    }
}

fn index_answer(state: &State, query: &str) -> Answer {
    let has = |word: &str| query.split('&').any(|part| part == word);
    if !has("mode=json") {
        return Answer::ok("text/html", &b"<h1>All releases</h1>\n"[..]);
    }
    let text = state.lies.iter().find_map(|lie| match lie {
        IndexLie::Text(text) => Some(text.clone()),
        _ => None,
    });
    let text = text.unwrap_or_else(|| index(state, has("include=all")).to_string());
    Answer::ok("application/json", text.into_bytes())
}

/// The index of all releases.
pub(super) fn text(state: &State) -> String {
    index(state, true).to_string()
}

/// An index of the module zips instead of the archives.
pub(super) fn mirror_text(state: &State) -> String {
    let releases = state.published.iter().map(|known| {
        let id = known.release.id();
        let file = json!({
            "filename": format!("{}.zip", id.module_version()),
            "os": id.platform.os(), "arch": id.platform.arch(),
            "version": format!("go{}", id.version),
            "sha256": Sha256::of(&known.zip).to_string(), "size": known.zip.len(),
            "kind": "module",
        });
        json!({ "version": format!("go{}", id.version), "stable": true, "files": [file] })
    });
    Value::from(releases.collect::<Vec<_>>()).to_string()
}

/// Newest first; without `all` the two newest stable ones.
fn index(state: &State, all: bool) -> Value {
    let mut versions: BTreeMap<Reverse<Version>, Vec<Value>> = BTreeMap::new();
    if !state.lies.contains(&IndexLie::Missing) {
        for known in &state.published {
            versions
                .entry(Reverse(known.release.id().version))
                .or_default()
                .extend(entries(known, &state.lies));
        }
    }
    let stable = |version: Version| !version.is_prerelease();
    versions
        .into_iter()
        .filter(|(version, _)| all || stable(version.0))
        .take(if all { usize::MAX } else { 2 })
        .map(|(Reverse(version), mut files)| {
            files.insert(0, source(version));
            json!({ "version": format!("go{version}"), "stable": stable(version), "files": files })
        })
        .collect()
}

/// The source archive of a release: in every index, served to nobody.
fn source(version: Version) -> Value {
    let name = format!("go{version}.src.tar.gz");
    json!({
        "filename": name, "os": "", "arch": "", "version": format!("go{version}"),
        "sha256": Sha256::of(name.as_bytes()).to_string(), "size": 1, "kind": "source",
    })
}

fn entries(known: &Published, lies: &[IndexLie]) -> Vec<Value> {
    let id = known.release.id();
    let mut name = id.archive_file_name();
    let mut sha256 = Sha256::of(&known.archive).to_string();
    let mut size = known.archive.len();
    let wrong = Sha256::of(b"wrong").to_string();
    let mut twice = false;
    for lie in lies {
        match lie {
            IndexLie::WrongSha256 => sha256.clone_from(&wrong),
            IndexLie::EmptySha256 => sha256.clear(),
            IndexLie::WrongSize => size += 1,
            IndexLie::FileName(other) => name.clone_from(other),
            IndexLie::Duplicate => twice = true,
            IndexLie::Missing | IndexLie::Text(_) => {}
        }
    }
    let dashed = id.platform.archive_name(id.version.minor());
    let arch = dashed.split_once('-').map_or("", |(_, arch)| arch);
    let entry = |sha256: &str| {
        json!({
            "filename": name, "os": id.platform.os(), "arch": arch,
            "version": format!("go{}", id.version), "sha256": sha256, "size": size,
            "kind": "archive",
        })
    };
    let mut entries = vec![entry(&sha256)];
    if twice {
        entries.push(entry(&wrong));
    }
    entries
}
