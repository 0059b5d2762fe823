//! The one line after a failure that a forced setting explains.

use std::fs;
use std::path::Path;

use goseal_core::hint::{FailureFacts, hint_after_failure};
use goseal_inputs::{INPUT_LIMIT, nearest, read_bounded};

use crate::launch::Ready;
use crate::sys::Offered;

/// Source files that are looked at, and bytes of each: imports stand at the head.
const MOST_SOURCES: usize = 64;
const MOST_HEAD: usize = 64 * 1024;

/// The line, where there is one. Looks at go.mod and the sources of the folder, never at what the
/// child printed.
pub(crate) fn hint(offered: &Offered, ready: &Ready<'_>) -> Option<String> {
    let folder = &ready.place.folder;
    let go_mod = nearest(folder, "go.mod")
        .and_then(|path| read_bounded(&path, INPUT_LIMIT).ok().flatten())
        .map(|(bytes, _)| bytes);
    hint_after_failure(&FailureFacts {
        plan: &ready.found.plan,
        tool: ready.tool,
        argv: &offered.argv,
        go_mod: go_mod.as_deref(),
        imports_c: imports_c(folder),
        changes: &ready.applied.changes,
    })
}

/// Whether one of the first Go files of the folder imports "C".
fn imports_c(folder: &Path) -> bool {
    let Ok(entries) = fs::read_dir(folder) else {
        return false;
    };
    entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|end| end == "go"))
        .take(MOST_SOURCES)
        .filter_map(|path| read_bounded(&path, MOST_HEAD).ok().flatten())
        .any(|(bytes, _)| has_import_c(&bytes))
}

/// A line that imports "C", alone or in a block. Comments may fool it; it only chooses a hint.
fn has_import_c(source: &[u8]) -> bool {
    source.split(|byte| *byte == b'\n').any(|line| {
        let line = line.trim_ascii();
        line == b"\"C\"" || line.strip_prefix(b"import").map(<[u8]>::trim_ascii) == Some(b"\"C\"")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_import_of_c_is_seen_alone_and_in_a_block() {
        for (source, expected) in [
            ("package a\nimport \"C\"\n", true),
            ("package a\nimport (\n\t\"C\"\r\n)\n", true),
            ("package a\nimport \"fmt\"\nvar c = \"C\"\n", false),
            ("", false),
        ] {
            assert_eq!(has_import_c(source.as_bytes()), expected, "{source}");
        }
    }
}
