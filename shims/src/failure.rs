//! The one line after a failure that a forced setting explains.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use goseal_core::hint::{FailureFacts, hint_after_failure};
use goseal_inputs::{INPUT_LIMIT, nearest, read_bounded};

use crate::launch::Ready;
use crate::sys::Offered;

/// Source files that are looked at, and bytes of each: imports stand at the head.
const MOST_SOURCES: usize = 64;
const MOST_HEAD: usize = 64 * 1024;

/// The line, where there is one. Looks at go.mod and the sources of the folder, never at what the
/// child printed.
pub(crate) fn hint(offered: &Offered, ready: &Ready<'_>, exit: i32) -> Option<String> {
    let folder = &ready.place.folder;
    let go_mod = nearest(folder, "go.mod")
        .and_then(|path| read_bounded(&path, INPUT_LIMIT).ok().flatten())
        .map(|(bytes, _)| bytes);
    hint_after_failure(&FailureFacts {
        plan: &ready.found.plan,
        tool: ready.tool,
        argv: &offered.argv,
        go_mod: go_mod.as_deref(),
        exit,
        imports_c: package_folders(folder, &offered.argv)
            .iter()
            .any(|it| imports_c(it)),
        has_misc: ready.found.plan.root.join("misc").is_dir(),
        changes: &ready.applied.changes,
    })
}

/// Folders of packages that are looked at for one hint, and how deep below a `...`.
const MOST_FOLDERS: usize = 256;
const MOST_DEPTH: usize = 6;

/// The folders that the arguments name as packages (`.`, `./c`, `./...`), the working folder first.
fn package_folders(folder: &Path, argv: &[OsString]) -> Vec<PathBuf> {
    let mut folders = vec![folder.to_owned()];
    for word in argv.iter().filter_map(|word| word.to_str()) {
        if word != "..." && !word.starts_with("./") && !word.starts_with("../") {
            continue;
        }
        match word.strip_suffix("...") {
            Some(above) => below(&folder.join(above), MOST_DEPTH, &mut folders),
            None => folders.push(folder.join(word)),
        }
    }
    folders
}

fn below(folder: &Path, depth: usize, folders: &mut Vec<PathBuf>) {
    if folders.len() >= MOST_FOLDERS {
        return;
    }
    folders.push(folder.to_owned());
    let entries = fs::read_dir(folder).ok().filter(|_| depth > 0);
    let inner = entries.into_iter().flatten().filter_map(Result::ok);
    for entry in inner.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())) {
        below(&entry.path(), depth - 1, folders);
    }
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
    fn a_cgo_package_in_a_subfolder_is_seen_where_the_arguments_name_it() {
        let temp = tempfile::tempdir().unwrap();
        fs::create_dir_all(temp.path().join("a/c")).unwrap();
        fs::write(temp.path().join("a/c/c.go"), "package c\n\nimport \"C\"\n").unwrap();
        for (words, expected) in [
            (&["build", "./a/c"][..], true),
            (&["build", "./..."], true),
            (&["vet", "./a/..."], true),
            (&["build", "."], false),
            (&["build", "example.com/a/c"], false),
        ] {
            let argv: Vec<OsString> = words.iter().map(OsString::from).collect();
            let folders = package_folders(temp.path(), &argv);
            let seen = folders.iter().any(|folder| imports_c(folder));
            assert_eq!(seen, expected, "{words:?}");
        }
    }

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
