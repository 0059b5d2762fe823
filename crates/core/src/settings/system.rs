//! The variables of git, of the system's loader, and goseal's own.

use super::Class::{Carried, Free, Stripped};
use super::Setting;

const GIT: &str = "https://git-scm.com/docs/git#_environment_variables";

/// A way to credentials or settings of git: the user's, and in strict nobody's.
const fn access(name: &'static str) -> Setting {
    Setting::new(
        name,
        Carried,
        "private modules need it; it can name programs",
        GIT,
    )
    .in_strict(Stripped)
}

const fn stamp(name: &'static str) -> Setting {
    Setting::new(
        name,
        Free,
        "it names who writes a commit and changes no module",
        GIT,
    )
}

const fn elsewhere(name: &'static str) -> Setting {
    Setting::new(
        name,
        Stripped,
        "git would answer for another repository",
        GIT,
    )
}

const fn loader(name: &'static str) -> Setting {
    Setting::new(
        name,
        Free,
        "the system's loader reads it; goseal cannot answer for it",
        "ld.so(8)",
    )
}

pub(super) const ROWS: &[Setting] = &[
    access("GIT_SSH_COMMAND"),
    access("GIT_ASKPASS"),
    access("GIT_CONFIG_COUNT"),
    access("GIT_CONFIG_KEY_*"),
    access("GIT_CONFIG_VALUE_*"),
    stamp("GIT_AUTHOR_*"),
    stamp("GIT_COMMITTER_*"),
    Setting::new(
        "GIT_TERMINAL_PROMPT",
        Free,
        "it says whether git may ask",
        GIT,
    ),
    elsewhere("GIT_DIR"),
    elsewhere("GIT_WORK_TREE"),
    elsewhere("GIT_INDEX_FILE"),
    elsewhere("GIT_OBJECT_DIRECTORY"),
    Setting::new("GIT_SSH", Stripped, "it names a program", GIT),
    Setting::new(
        "GIT_ALLOW_PROTOCOL",
        Stripped,
        "it lets git fetch without encryption",
        GIT,
    ),
    Setting::new(
        "GIT_HTTP_USER_AGENT",
        Stripped,
        "a certain value lifts Go's own check of toolchains",
        "cmd/go/internal/modfetch/sumdb.go",
    ),
    loader("LD_PRELOAD"),
    loader("LD_LIBRARY_PATH"),
    loader("LD_AUDIT"),
    loader("DYLD_INSERT_LIBRARIES"),
    loader("DYLD_LIBRARY_PATH"),
    Setting::new(
        "GOSEAL_PARENT",
        Stripped,
        "it names the parent's record; the shim sets its own",
        "goseal",
    ),
];
