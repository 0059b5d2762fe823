//! The release index: what it says now, or what it said when it answered last.
//!
//! Owns: the copy in the cache, `<when> <who>` on its first line and the index as it came below.
//! Promises: a copy is never evidence and never fills a lock: whoever writes to the cache could
//! have written it. Asking costs seconds where the index is out of reach, not minutes.

use goseal_core::release::ReleaseId;
use goseal_fetch::{Address, Index, parse_index};

use crate::error::Result;
use crate::sources::hasty_client;
use crate::world::World;

/// What the first line of a copy begins with.
const FORM: &str = "goseal.index/1";

/// Bytes of the first line.
const LINE_LIMIT: u64 = 4096;

/// An index that was kept when it answered.
#[derive(Debug)]
pub(crate) struct Kept {
    /// What it said.
    pub index: Index,
    /// How many seconds ago; 0 for a time that lies ahead.
    pub age: u64,
}

/// Asks the index, and keeps a copy of its answer.
///
/// # Errors
///
/// [`crate::Error::Fetch`] where it is out of reach or is none.
pub(crate) fn ask(world: &World) -> Result<Index> {
    let base = Address::parse(&world.product.archive_base)?;
    let (index, bytes) = hasty_client(world)?.index_and_text(&base)?;
    let index = index.untrusted().clone();
    // A copy saves a question later; where the cache cannot be written nothing is lost.
    let _ = keep(world, &index.served_by, &bytes);
    Ok(index)
}

fn keep(world: &World, served_by: &str, bytes: &[u8]) -> Result<()> {
    let (seconds, _) = world.machine.now();
    let mut text = format!("{FORM} {seconds} {served_by}\n").into_bytes();
    text.extend_from_slice(bytes);
    let path = world.layout.release_index();
    Ok(goseal_store::write_atomic(&path, &text, 0o644)?)
}

/// The copy, where there is one that can be read. A damaged one is none.
pub(crate) fn kept(world: &World) -> Option<Kept> {
    let limit = world.product.limits.index + LINE_LIMIT;
    let bytes = goseal_store::read_bounded(&world.layout.release_index(), limit).ok()??;
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    let (line, text) = bytes.split_at_checked(end)?;
    let line = std::str::from_utf8(line).ok()?;
    let (when, who) = line.strip_prefix(FORM)?.trim_start().split_once(' ')?;
    let when: u64 = when.parse().ok()?;
    let index = parse_index(text, who).ok()?.untrusted().clone();
    let (now, _) = world.machine.now();
    Some(Kept {
        index,
        age: now.saturating_sub(when),
    })
}

/// Every release that an index names.
pub(crate) fn releases(index: &Index) -> Vec<ReleaseId> {
    index.entries.iter().map(|entry| entry.id).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene::Scene;

    const TEXT: &str = r#"[{"version":"go1.22.5","files":[{"filename":"go1.22.5.linux-amd64.tar.gz","os":"linux","arch":"amd64","version":"go1.22.5","sha256":"","size":7,"kind":"archive"}]}]"#;

    #[test]
    fn a_copy_is_read_back_with_its_age_and_a_damaged_one_is_none() {
        let scene = Scene::new();
        assert!(kept(&scene.world).is_none());
        keep(&scene.world, "https://a.example/", TEXT.as_bytes()).unwrap();
        let found = kept(&scene.world).unwrap();
        assert_eq!((found.age, found.index.entries.len()), (0, 1));
        assert_eq!(found.index.served_by, "https://a.example/");
        let (now, _) = scene.world.machine.now();
        let line = |when: u64| format!("{FORM} {when} https://a.example/\n{TEXT}");
        for (text, age) in [
            (line(now - 60), Some(60)),
            (line(now + 60), Some(0)),
            (line(now).replace(FORM, "goseal.index/2"), None),
            (line(now).replace('}', ""), None),
            (String::new(), None),
        ] {
            scene.file("home/index", &text);
            assert_eq!(kept(&scene.world).map(|kept| kept.age), age, "{text}");
        }
    }

    #[test]
    fn an_index_that_is_out_of_reach_leaves_the_copy_as_it_was() {
        let scene = Scene::new();
        keep(&scene.world, "https://a.example/", TEXT.as_bytes()).unwrap();
        assert!(ask(&scene.world).is_err());
        assert!(kept(&scene.world).is_some());
    }
}
