//! The variables of cgo and of the C tools.

use super::Class::{Chosen, Free, Stripped};
use super::Setting;

const HELP: &str = "go help environment";

/// Flags for the C tools: they reach programs that goseal does not know.
const fn flags(name: &'static str) -> Setting {
    Setting::new(
        name,
        Stripped,
        "flags for C tools change what is built",
        HELP,
    )
    .belongs("write `#cgo` lines in the sources")
}

/// A C tool's name. Without cgo nothing reads it.
const fn tool(name: &'static str) -> Setting {
    Setting::new(
        name,
        Free,
        "it names a C tool, which runs only with cgo",
        HELP,
    )
    .belongs("set it in the shell")
}

pub(super) const ROWS: &[Setting] = &[
    Setting::new(
        "CGO_ENABLED",
        Chosen,
        "its default depends on a C compiler being found",
        HELP,
    )
    .belongs("set `cgo` in goseal.toml"),
    flags("CGO_CFLAGS"),
    flags("CGO_CFLAGS_ALLOW"),
    flags("CGO_CFLAGS_DISALLOW"),
    flags("CGO_CPPFLAGS"),
    flags("CGO_CPPFLAGS_ALLOW"),
    flags("CGO_CPPFLAGS_DISALLOW"),
    flags("CGO_CXXFLAGS"),
    flags("CGO_CXXFLAGS_ALLOW"),
    flags("CGO_CXXFLAGS_DISALLOW"),
    flags("CGO_FFLAGS"),
    flags("CGO_FFLAGS_ALLOW"),
    flags("CGO_FFLAGS_DISALLOW"),
    flags("CGO_LDFLAGS"),
    flags("CGO_LDFLAGS_ALLOW"),
    flags("CGO_LDFLAGS_DISALLOW"),
    tool("AR"),
    tool("CC"),
    tool("CXX"),
    tool("FC"),
    tool("GCCGO"),
    tool("GCCGOTOOLDIR"),
    tool("PKG_CONFIG"),
    tool("PKG_CONFIG_PATH"),
];
