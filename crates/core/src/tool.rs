//! The two programs that goseal stands in front of.

use std::ffi::OsStr;

/// A tool of a Go release that has a shim and a door.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Tool {
    /// `go`.
    Go,
    /// `gofmt`.
    Gofmt,
}

impl Tool {
    /// Both, in the order of [`crate::layout::DOORS`].
    pub const ALL: [Self; 2] = [Self::Go, Self::Gofmt];

    /// The tool that a file name stands for: `go`, `gofmt`, `go.exe`, `gofmt.exe`, nothing else.
    pub fn of_file_name(name: &OsStr) -> Option<Self> {
        let name = name.to_str()?;
        let bare = name.strip_suffix(".exe").unwrap_or(name);
        Self::ALL.into_iter().find(|tool| tool.word() == bare)
    }

    /// The name in messages and records, on every system.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Go => "go",
            Self::Gofmt => "gofmt",
        }
    }

    /// The file name on the system that this was built for.
    pub const fn file_name(self) -> &'static str {
        match (self, cfg!(windows)) {
            (Self::Go, false) => "go",
            (Self::Go, true) => "go.exe",
            (Self::Gofmt, false) => "gofmt",
            (Self::Gofmt, true) => "gofmt.exe",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_four_file_names_are_tools() {
        for (name, tool) in [
            ("go", Some(Tool::Go)),
            ("gofmt", Some(Tool::Gofmt)),
            ("go.exe", Some(Tool::Go)),
            ("gofmt.exe", Some(Tool::Gofmt)),
            ("go1.22.5", None),
            ("goseal", None),
            ("GO", None),
            ("", None),
            (".exe", None),
        ] {
            assert_eq!(Tool::of_file_name(OsStr::new(name)), tool, "{name}");
        }
    }

    #[test]
    fn every_tool_is_found_by_its_own_file_name() {
        for tool in Tool::ALL {
            assert_eq!(Tool::of_file_name(OsStr::new(tool.file_name())), Some(tool));
        }
    }
}
