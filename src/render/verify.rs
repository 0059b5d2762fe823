//! What verifying found: installed trees, any trees, proofs, heads.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use goseal_core::manifest::{Difference, Entry, EntryName};
use goseal_ledger::record::{Depth, Wall};
use goseal_ops::{ChangedFile, Compared, Heads, Link, Repaired, TreeVerification, Verification};
use goseal_trust::SumRecord;
use serde_json::{Value, json};

use super::{installed_json, plain, rebuilt_text, statement_json};

/// How many differences of one tree are shown to people.
const SHOWN: usize = 50;
/// Names of missing or extra files that are shown below their folder.
const NAMED: usize = 10;

/// One installed tree.
pub(crate) fn verification_text(found: &Verification) -> String {
    let id = found.installed.id;
    let depth = found.depth.word();
    if found.is_good() {
        let proof = if found.proof {
            ", stored proof holds"
        } else {
            ""
        };
        let h1 = found.h1.map(|h1| format!(", {h1}")).unwrap_or_default();
        let files = found.files;
        let what = match found.depth {
            Depth::Quick => "executables as published",
            Depth::Deep => "as published",
        };
        let rebuilt = found.rebuilt.as_ref();
        let rebuilt = rebuilt
            .map(|statement| format!("  rebuilt    {}\n", rebuilt_text(statement)))
            .unwrap_or_default();
        return format!("{id}: {what} ({depth}: {files} files{h1}{proof})\n{rebuilt}");
    }
    let facts = found.facts();
    let count = found.differences.len() + facts.len();
    let noun = counted(count, "difference");
    let mut text = format!("{id}: {noun} from what was published ({depth})\n");
    let differences = found.differences.iter().map(|one| in_place(found, one));
    push_some(&mut text, count, differences.chain(facts));
    text
}

fn push_some(text: &mut String, count: usize, all: impl Iterator<Item = String>) {
    for one in all.take(SHOWN) {
        writeln!(text, "  {}", plain(&one)).ok();
    }
    if let Some(more) = count.checked_sub(SHOWN).filter(|more| *more > 0) {
        writeln!(text, "  and {more} more").ok();
    }
}

/// `1 file`, `2 files`.
fn counted(count: usize, noun: &str) -> String {
    let end = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{end}")
}

/// The difference by its published name, and where that file lies: executables are behind doors.
fn in_place(found: &Verification, difference: &Difference) -> String {
    let published = difference.name().as_str();
    let place = found.installed.place(published);
    if place == published {
        return difference.to_string();
    }
    format!("{difference} (in {place})")
}

/// One installed tree as facts.
pub(crate) fn verification_json(found: &Verification) -> Value {
    let mut facts = installed_json(&found.installed);
    if let Value::Object(facts) = &mut facts {
        let differences: Vec<String> = found.differences.iter().map(ToString::to_string).collect();
        facts.insert("good".to_owned(), Value::Bool(found.is_good()));
        facts.insert("depth".to_owned(), Value::from(found.depth.word()));
        facts.insert("files".to_owned(), Value::from(found.files));
        facts.insert("proof".to_owned(), Value::Bool(found.proof));
        facts.insert("differences".to_owned(), Value::from(differences));
        facts.insert("faults".to_owned(), Value::from(found.facts()));
        if let Some(statement) = &found.rebuilt {
            facts.insert("rebuilt".to_owned(), statement_json(statement));
        }
    }
    facts
}

/// One tree that was to be repaired.
pub(crate) fn repaired_text(repaired: &Repaired) -> String {
    let id = repaired.after.installed.id;
    let what = match (&repaired.before, repaired.restored) {
        (_, false) => String::new(),
        (None, true) => format!("{id}: its seal was damaged; it was made anew\n"),
        (Some(before), true) => {
            let facts = before.facts();
            let count = before.differences.len() + facts.len();
            let noun = counted(count, "difference");
            let mut text = format!("{id}: restored; there was {noun}\n");
            if count > 1 {
                text = format!("{id}: restored; there were {noun}\n");
            }
            push_some(
                &mut text,
                count,
                before
                    .differences
                    .iter()
                    .map(|one| in_place(before, one))
                    .chain(facts),
            );
            text
        }
    };
    what + &verification_text(&repaired.after)
}

/// A tree that somebody else may have put there.
pub(crate) fn tree_text(found: &TreeVerification) -> String {
    let mut text = plain(&found.root.display().to_string());
    let id = found.id;
    let verdict = if found.is_good() {
        "is as published"
    } else {
        "differs from what was published"
    };
    writeln!(text, ": go{} {} {verdict}", id.version, id.platform).ok();
    if let Some(compared) = &found.compared {
        push_compared(&mut text, compared);
    }
    push_some(&mut text, found.faults.len(), found.faults.iter().cloned());
    if let Some(why) = &found.uncompared {
        let why = plain(&why.to_string());
        writeln!(text, "  which files differ is not known: {why}").ok();
    }
    writeln!(text, "  files      {}", found.files).ok();
    if found.ignored > 0 {
        let ignored = counted(found.ignored, "file");
        writeln!(
            text,
            "  not judged {ignored} in api, doc, misc and test, which no h1 covers"
        )
        .ok();
    }
    writeln!(text, "  h1         {}", found.h1).ok();
    if found.h1 != found.published {
        writeln!(text, "  published  {}", found.published).ok();
    }
    writeln!(
        text,
        "  record     {} in a tree of {}, served by {}",
        found.position.record,
        found.position.tree_size,
        plain(&found.database)
    )
    .ok();
    text
}

fn push_compared(text: &mut String, compared: &Compared) {
    let changed = compared.changed.iter().map(changed_text);
    push_some(text, compared.changed.len(), changed);
    for (names, how) in [
        (&compared.missing, "missing"),
        (&compared.extra, "that were never published"),
    ] {
        push_grouped(text, names, how);
    }
}

/// `go.env differs: line 12 added`.
fn changed_text(file: &ChangedFile) -> String {
    let name = &file.name;
    match &file.lines {
        Some(lines) if !lines.is_empty() && lines.len() <= NAMED => {
            let lines: Vec<String> = lines.iter().map(ToString::to_string).collect();
            format!("{name} differs: {}", lines.join(", "))
        }
        Some(lines) if !lines.is_empty() => {
            format!("{name} differs: {} groups of lines", lines.len())
        }
        _ => format!(
            "{name} differs: sha256 {} ({} bytes), published {} ({} bytes)",
            file.found.sha256, file.found.size, file.published.sha256, file.published.size
        ),
    }
}

/// Names by the folder that they lie in, two parts of it at most: `3 files missing under pkg/tool`.
fn push_grouped(text: &mut String, names: &[EntryName], how: &str) {
    let mut groups: BTreeMap<String, Vec<&EntryName>> = BTreeMap::new();
    for name in names {
        let mut parts: Vec<&str> = name.as_str().split('/').collect();
        parts.pop();
        parts.truncate(2);
        groups.entry(parts.join("/")).or_default().push(name);
    }
    for (folder, names) in groups {
        let mut how = how.to_owned();
        if names.len() == 1 {
            how = how.replace("were", "was");
        }
        let under = match folder.as_str() {
            "" => String::new(),
            folder => format!(" under {folder}"),
        };
        let files = counted(names.len(), "file");
        writeln!(text, "  {}", plain(&format!("{files} {how}{under}"))).ok();
        if names.len() <= NAMED {
            for name in names {
                writeln!(text, "    {}", plain(name.as_str())).ok();
            }
        }
    }
}

/// The same as facts: every name.
pub(crate) fn tree_json(found: &TreeVerification) -> Value {
    let names = |names: &[EntryName]| -> Vec<String> {
        names.iter().map(|name| name.as_str().to_owned()).collect()
    };
    let compared = found.compared.as_ref().map(|compared| {
        let changed: Vec<Value> = compared.changed.iter().map(changed_json).collect();
        json!({
            "changed": changed,
            "missing": names(&compared.missing),
            "extra": names(&compared.extra),
            "served_by": compared.served_by,
        })
    });
    json!({
        "path": found.root,
        "version": found.id.version.to_string(),
        "platform": found.id.platform.to_string(),
        "good": found.is_good(),
        "doors": found.doors,
        "files": found.files,
        "not_judged": found.ignored,
        "h1": found.h1.to_string(),
        "published_h1": found.published.to_string(),
        "sumdb": {
            "record": found.position.record,
            "tree_size": found.position.tree_size,
            "tree_root": found.position.tree_root.to_base64(),
        },
        "database": found.database,
        "differences": compared,
        "faults": found.faults,
        "not_compared": found.uncompared.as_ref().map(ToString::to_string),
    })
}

fn changed_json(file: &ChangedFile) -> Value {
    let entry = |entry: &Entry| json!({"sha256": entry.sha256.to_string(), "size": entry.size});
    let lines = file.lines.as_ref().map(|lines| {
        let one = lines
            .iter()
            .map(|line| json!({"act": line.act.word(), "first": line.first, "last": line.last}));
        one.collect::<Vec<_>>()
    });
    json!({
        "name": file.name.as_str(),
        "found": entry(&file.found),
        "published": entry(&file.published),
        "lines": lines,
    })
}

/// A proof that holds.
pub(crate) fn proof_text(record: &SumRecord, key: &str) -> String {
    let head = record.head.head();
    format!(
        "{}: the proof holds\n  h1         {}\n  record     {} in a tree of {}\n  root       {}\n  \
         signed by  {key}\n",
        record.id, record.h1, record.number, head.size, head.root
    )
}

/// The same as facts.
pub(crate) fn proof_json(record: &SumRecord, key: &str) -> Value {
    let head = record.head.head();
    json!({
        "version": record.id.version.to_string(),
        "platform": record.id.platform.to_string(),
        "h1": record.h1.to_string(),
        "record": record.number,
        "tree_size": head.size,
        "tree_root": head.root.to_string(),
        "signed_by": key,
    })
}

/// Every head that was seen, oldest first.
pub(crate) fn heads_text(found: &Heads) -> String {
    let mut text = String::new();
    for one in &found.heads {
        let link = match &one.link {
            Link::First => "the oldest".to_owned(),
            Link::Joined => "extends the one before".to_owned(),
            Link::Apart(why) => format!("not joined: {}", plain(&why.to_string())),
        };
        let seen = one.seen.map(|at| format!(", newest since {}", date(at)));
        writeln!(
            text,
            "{:>12}  {}  {link} ({}{})",
            one.head.head().size,
            one.head.head().root,
            plain(&one.kept.join(", ")),
            seen.unwrap_or_default()
        )
        .ok();
    }
    for whose in &found.damaged {
        writeln!(text, "damaged: a head of {} is not signed", plain(whose)).ok();
    }
    for path in &found.forks {
        let path = plain(&path.display().to_string());
        writeln!(text, "two histories: {path} holds both heads").ok();
    }
    let verdict = match (found.is_good(), found.is_joined()) {
        (false, _) => "not to be trusted",
        (true, false) => "no contradiction; not all of them are joined",
        (true, true) => "one history",
    };
    let asked = match &found.database {
        Some(base) => format!("the newest asked from {}", plain(base)),
        None => "nobody was asked for the newest".to_owned(),
    };
    let heads = counted(found.heads.len(), "head");
    writeln!(text, "{heads}: {verdict}; {asked}").ok();
    text
}

/// Seconds since 1970 as a date and time, UTC.
fn date(seconds: u64) -> String {
    let text = Wall::new(seconds, 0).to_string();
    text.split('.').next().unwrap_or_default().to_owned() + "Z"
}

/// The same as facts.
pub(crate) fn heads_json(found: &Heads) -> Value {
    let heads: Vec<Value> = found
        .heads
        .iter()
        .map(|one| {
            let (link, why) = match &one.link {
                Link::First => ("first", None),
                Link::Joined => ("joined", None),
                Link::Apart(why) => ("apart", Some(why.to_string())),
            };
            json!({
                "tree_size": one.head.head().size,
                "tree_root": one.head.head().root.to_string(),
                "kept": one.kept,
                "newest_since": one.seen.map(date),
                "link": link,
                "why": why,
            })
        })
        .collect();
    json!({
        "heads": heads,
        "good": found.is_good(),
        "joined": found.is_joined(),
        "damaged": found.damaged,
        "forks": found.forks,
        "database": found.database,
        "not_asked": found.unasked.as_ref().map(ToString::to_string),
        "days": found.days,
    })
}
