//! Operating system and processor of a toolchain, in the names of archives and of modules.

use std::fmt;

/// A platform that Go is published for, such as `linux/amd64`.
///
/// Holds the names of the module form (GOOS and GOARCH); archives differ for 32-bit ARM, see
/// [`Platform::archive_name`]. Source: `internal/dl/server.go` of golang/website.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Platform {
    os: &'static str,
    arch: &'static str,
}

const OPERATING_SYSTEMS: [&str; 11] = [
    "aix",
    "android",
    "darwin",
    "dragonfly",
    "freebsd",
    "illumos",
    "linux",
    "netbsd",
    "openbsd",
    "solaris",
    "windows",
];

const ARCHITECTURES: [&str; 14] = [
    "386", "amd64", "arm", "arm64", "loong64", "mips", "mips64", "mips64le", "mipsle", "ppc64",
    "ppc64le", "riscv64", "s390x", "wasm",
];

/// A text that names no platform of Go's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlatformSyntax {
    /// The text, at most 64 characters of it.
    pub text: String,
}

impl fmt::Display for PlatformSyntax {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}` is not a platform such as linux/amd64",
            self.text.escape_debug()
        )
    }
}

impl std::error::Error for PlatformSyntax {}

impl Platform {
    /// Reads `linux/amd64`.
    ///
    /// # Errors
    ///
    /// [`PlatformSyntax`] where either half is not a name that Go uses.
    pub fn parse(text: &str) -> Result<Self, PlatformSyntax> {
        text.split_once('/')
            .and_then(|(os, arch)| Self::new(os, arch))
            .ok_or_else(|| PlatformSyntax {
                text: text.chars().take(64).collect(),
            })
    }

    /// Reads `linux-amd64`, the form in names of releases.
    pub fn parse_dashed(text: &str) -> Option<Self> {
        text.split_once('-')
            .and_then(|(os, arch)| Self::new(os, arch))
    }

    fn new(os: &str, arch: &str) -> Option<Self> {
        Some(Self {
            os: OPERATING_SYSTEMS.into_iter().find(|known| *known == os)?,
            arch: ARCHITECTURES.into_iter().find(|known| *known == arch)?,
        })
    }

    /// The platform that this code was compiled for; `None` where Go has no such platform.
    pub fn of_this_build() -> Option<Self> {
        let os = match std::env::consts::OS {
            "macos" => "darwin",
            other => other,
        };
        let arch = match std::env::consts::ARCH {
            "x86" => "386",
            "x86_64" => "amd64",
            "aarch64" => "arm64",
            "loongarch64" => "loong64",
            "powerpc64" if cfg!(target_endian = "little") => "ppc64le",
            other => other,
        };
        Self::new(os, arch)
    }

    /// GOOS.
    pub const fn os(&self) -> &'static str {
        self.os
    }

    /// GOARCH.
    pub const fn arch(&self) -> &'static str {
        self.arch
    }

    /// What an executable's name ends with: `.exe` on Windows, else nothing.
    pub fn exe_suffix(&self) -> &'static str {
        if self.os == "windows" { ".exe" } else { "" }
    }

    /// The name in release archives: `linux-armv6l` where the module says `linux-arm`.
    ///
    /// FreeBSD and Windows archives for 32-bit ARM were called `armv6l` from 1.21rc2 to 1.22.
    pub fn archive_name(&self, minor: u16) -> String {
        let arch = match (self.os, self.arch) {
            ("linux", "arm") => "armv6l",
            ("freebsd" | "windows", "arm") if minor <= 22 => "armv6l",
            (_, arch) => arch,
        };
        format!("{}-{arch}", self.os)
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.os, self.arch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_both_forms() {
        let p = Platform::parse("linux/amd64").unwrap();
        assert_eq!(
            (p.os(), p.arch(), p.to_string().as_str()),
            ("linux", "amd64", "linux/amd64")
        );
        assert_eq!(Platform::parse_dashed("linux-amd64"), Some(p));
    }

    #[test]
    fn refuses_names_that_go_does_not_use() {
        for text in [
            "",
            "linux",
            "linux-amd64",
            "linux/amd64/v2",
            "linux/x86_64",
            "../amd64",
            "Linux/amd64",
        ] {
            assert!(Platform::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn thirty_two_bit_arm_has_another_name_in_archives() {
        let name = |text: &str, minor| Platform::parse(text).unwrap().archive_name(minor);
        assert_eq!(name("linux/arm", 26), "linux-armv6l");
        assert_eq!(name("freebsd/arm", 22), "freebsd-armv6l");
        assert_eq!(name("freebsd/arm", 23), "freebsd-arm");
        assert_eq!(name("windows/arm64", 22), "windows-arm64");
    }
}
