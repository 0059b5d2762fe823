//! One release for one platform: the thing that is installed, locked and proved.

use std::fmt;

use crate::platform::Platform;
use crate::version::Version;

/// The module path under which Go publishes its toolchains.
pub const TOOLCHAIN_MODULE: &str = "golang.org/toolchain";

/// A release for a platform. Its text, `go1.22.5.linux-amd64`, names its tree, seal and lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReleaseId {
    /// The exact release.
    pub version: Version,
    /// The platform, in module names.
    pub platform: Platform,
}

impl ReleaseId {
    /// Reads the text form, `go1.22.5.linux-amd64`.
    pub fn parse(text: &str) -> Option<Self> {
        let (version, platform) = text.strip_prefix("go")?.rsplit_once('.')?;
        Some(Self {
            version: Version::parse(version)
                .ok()
                .filter(|_| !version.starts_with("go"))?,
            platform: Platform::parse_dashed(platform)?,
        })
    }

    /// The version of [`TOOLCHAIN_MODULE`] that carries it: `v0.0.1-go1.22.5.linux-amd64`.
    pub fn module_version(&self) -> String {
        format!("v0.0.1-{self}")
    }

    /// What every name in the module zip begins with, the closing `/` included.
    pub fn module_prefix(&self) -> String {
        format!("{TOOLCHAIN_MODULE}@{}/", self.module_version())
    }

    /// The name of the release archive, `go1.22.5.linux-amd64.tar.gz` (`.zip` for Windows).
    pub fn archive_file_name(&self) -> String {
        let end = if self.platform.os() == "windows" {
            "zip"
        } else {
            "tar.gz"
        };
        format!(
            "go{}.{}.{end}",
            self.version,
            self.platform.archive_name(self.version.minor())
        )
    }
}

impl fmt::Display for ReleaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "go{}.{}-{}",
            self.version,
            self.platform.os(),
            self.platform.arch()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_form_is_read_and_written_the_same() {
        for text in [
            "go1.22.5.linux-amd64",
            "go1.20.linux-arm",
            "go1.21rc2.windows-arm64",
        ] {
            assert_eq!(ReleaseId::parse(text).unwrap().to_string(), text);
        }
        for text in [
            "1.22.5.linux-amd64",
            "gogo1.22.5.linux-amd64",
            "go1.22.5",
            "go1.22.linux-amd64",
            "go1.22.5.linux-amd64.zip",
        ] {
            assert_eq!(ReleaseId::parse(text), None, "{text}");
        }
    }

    #[test]
    fn archives_and_modules_have_their_own_names() {
        let id = ReleaseId::parse("go1.22.5.linux-arm").unwrap();
        assert_eq!(id.archive_file_name(), "go1.22.5.linux-armv6l.tar.gz");
        assert_eq!(
            id.module_prefix(),
            "golang.org/toolchain@v0.0.1-go1.22.5.linux-arm/"
        );
    }
}
