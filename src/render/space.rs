//! What is installed, what it takes, and what could go.

use std::fmt::Write as _;

use goseal_ops::{Kept, Prunable, Shelved};
use serde_json::{Value, json};

use super::toolchain::{evidence_text, installed_json};

/// `241.3 MiB`.
pub(crate) fn size_text(bytes: u64) -> String {
    let tenths = (u128::from(bytes) * 10 + (1 << 19)) >> 20;
    format!("{}.{} MiB", tenths / 10, tenths % 10)
}

/// The day of a time that a record holds; a dash where nothing is known.
fn day(time: Option<&str>) -> &str {
    time.and_then(|time| time.split('T').next()).unwrap_or("-")
}

fn taken(size: Option<u64>) -> String {
    size.map_or_else(|| "-".to_owned(), size_text)
}

/// The installed toolchains, a line each: release, size, last use, identity, evidence.
pub(crate) fn shelf_text(shelf: &[Shelved]) -> String {
    let mut text = String::new();
    for one in shelf {
        let installed = &one.installed;
        let doors = if installed.has_doors() {
            ""
        } else {
            ", without doors"
        };
        writeln!(
            text,
            "{:<28} {:>10} {:<10} {} {}{doors}",
            installed.id.to_string(),
            taken(one.size),
            day(one.last_used.as_deref()),
            installed.seal.proven.h1,
            evidence_text(&installed.seal)
        )
        .ok();
    }
    text
}

/// One of them for machines.
pub(crate) fn shelf_json(one: &Shelved) -> Value {
    let mut facts = installed_json(&one.installed);
    if let Value::Object(facts) = &mut facts {
        facts.insert("size_on_disk".to_owned(), Value::from(one.size));
        let last = Value::from(one.last_used.clone());
        facts.insert("last_used".to_owned(), last);
    }
    facts
}

/// What `prune` would do, a line each.
pub(crate) fn prunable_text(found: &Prunable) -> String {
    let mut text = String::new();
    for one in &found.toolchains {
        writeln!(
            text,
            "- {:<28} {:>10}  last used {}",
            one.installed.id.to_string(),
            taken(one.size),
            day(one.last_used.as_deref())
        )
        .ok();
    }
    for cache in &found.caches {
        let size = size_text(cache.size);
        writeln!(text, "- build cache {}  {size}", cache.path.display()).ok();
    }
    for (id, kept) in &found.kept {
        let id = id.to_string();
        writeln!(text, "  {id:<28} stays: {}", kept_text(kept)).ok();
    }
    if found.is_empty() {
        text.push_str("nothing to remove\n");
    }
    text
}

fn kept_text(kept: &Kept) -> String {
    match kept {
        Kept::By(file) => format!("{} names it", file.display()),
        Kept::Unclear => "a pin that cannot be read may name it".to_owned(),
        Kept::InUse(processes) => {
            let ids: Vec<String> = processes.iter().map(u32::to_string).collect();
            format!("in use by {}", ids.join(", "))
        }
    }
}

/// The same for machines, and what was done.
pub(crate) fn prunable_json(found: &Prunable, done: bool, removed: &[String]) -> Value {
    let toolchains: Vec<Value> = found.toolchains.iter().map(shelf_json).collect();
    let cache = |cache: &goseal_store::GoCache| json!({"path": cache.path, "size": cache.size});
    let caches: Vec<Value> = found.caches.iter().map(cache).collect();
    let kept: Vec<Value> = found
        .kept
        .iter()
        .map(|(id, kept)| json!({"toolchain": id.to_string(), "reason": kept_text(kept)}))
        .collect();
    json!({
        "done": done,
        "removed": removed,
        "toolchains": toolchains,
        "caches": caches,
        "kept": kept,
        "size": found.size(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_one_digit_behind_the_point() {
        for (bytes, text) in [
            (0, "0.0 MiB"),
            (52_428, "0.0 MiB"),
            (52_429, "0.1 MiB"),
            (253_000_000, "241.3 MiB"),
            (5 << 30, "5120.0 MiB"),
            (u64::MAX, "17592186044416.0 MiB"),
        ] {
            assert_eq!(size_text(bytes), text, "{bytes}");
        }
        assert_eq!(day(Some("2026-01-02T03:04:05.000000002Z")), "2026-01-02");
        assert_eq!(day(None), "-");
    }
}
