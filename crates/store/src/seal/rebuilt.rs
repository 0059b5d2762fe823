//! The statement that a release was built again from its own sources, beside its seal.
//!
//! It is as much the owner's as everything in the store: the log says whether it was made here.

use std::fmt::Write as _;

use goseal_core::digest::{H1, Sha256};
use goseal_core::layout::Layout;
use goseal_core::platform::Platform;
use goseal_core::release::ReleaseId;

use crate::error::{Error, Result};
use crate::files::read_no_link;
use crate::installed::Installed;
use crate::lock::ReleaseGuard;
use crate::place::Folder;

const SCHEMA: &str = "goseal.rebuilt/1";
const FILE: &str = "rebuilt";
/// Bytes of a statement that are read; one has about 1 KiB.
const LIMIT: u64 = 64 * 1024;

/// What was built from what by what, and that it is the published release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rebuilt {
    /// The release.
    pub release: ReleaseId,
    /// Its published identity, which the build has too.
    pub h1: H1,
    /// The h1 over the files that it was built from: the release without `bin` and `pkg/tool`.
    pub sources: H1,
    /// The release that compiled it.
    pub bootstrap: ReleaseId,
    /// The identity of that.
    pub bootstrap_h1: H1,
    /// Where it was built.
    pub host: Platform,
    /// How many files were compared.
    pub files: u64,
    /// How many of them, all executables of macOS, were compared without their signatures.
    pub unsigned: u64,
    /// SHA-256 of the module zip that the build made.
    pub archive_sha256: Sha256,
    /// Its bytes.
    pub archive_size: u64,
    /// The whole environment of the build, in its order; the scratch folder stands as `$SCRATCH`.
    pub environment: Vec<(String, String)>,
    /// The build of goseal that did it.
    pub build: String,
    /// When, in the form of RFC 3339.
    pub built_at: String,
}

impl Rebuilt {
    /// The text of the file; inverse of [`Rebuilt::parse`].
    pub fn format(&self) -> String {
        let mut text = format!("{SCHEMA}\n");
        let mut line = |key: &str, value: &dyn std::fmt::Display| {
            writeln!(text, "{key} {value}").expect("writing to a String cannot fail");
        };
        line("release", &self.release);
        line("h1", &self.h1);
        line("sources", &self.sources);
        line("bootstrap", &self.bootstrap);
        line("bootstrap_h1", &self.bootstrap_h1);
        line("host", &self.host);
        line("files", &self.files);
        line("unsigned", &self.unsigned);
        line("sha256", &self.archive_sha256);
        line("size", &self.archive_size);
        for (name, value) in &self.environment {
            line("env", &format_args!("{name}={value}"));
        }
        line("build", &self.build);
        line("built", &self.built_at);
        text
    }

    /// Reads the file; inverse of [`Rebuilt::format`].
    ///
    /// # Errors
    ///
    /// What is wrong, as a noun phrase, for any bytes that [`Rebuilt::format`] does not write.
    pub fn parse(bytes: &[u8]) -> Result<Self, &'static str> {
        let text = std::str::from_utf8(bytes).map_err(|_| "bytes that are not UTF-8")?;
        let mut lines = text.split('\n').peekable();
        if lines.next() != Some(SCHEMA) {
            return Err("another schema than goseal.rebuilt/1");
        }
        let found = parse_lines(&mut lines).ok_or("a malformed or missing line")?;
        if found.format() == text {
            Ok(found)
        } else {
            Err("a line that is not in its one form")
        }
    }

    /// Whether it speaks of this toolchain.
    pub fn is_of(&self, installed: &Installed) -> bool {
        self.release == installed.id && self.h1 == installed.seal.proven.h1
    }
}

fn value_of<'a>(line: &'a str, key: &str) -> Option<&'a str> {
    let value = line.strip_prefix(key)?.strip_prefix(' ')?;
    (!value.is_empty() && !value.chars().any(char::is_control)).then_some(value)
}

fn parse_lines<'a>(
    lines: &mut std::iter::Peekable<impl Iterator<Item = &'a str>>,
) -> Option<Rebuilt> {
    let mut value = |key: &str| value_of(lines.next()?, key);
    let mut found = Rebuilt {
        release: ReleaseId::parse(value("release")?)?,
        h1: H1::parse(value("h1")?).ok()?,
        sources: H1::parse(value("sources")?).ok()?,
        bootstrap: ReleaseId::parse(value("bootstrap")?)?,
        bootstrap_h1: H1::parse(value("bootstrap_h1")?).ok()?,
        host: Platform::parse(value("host")?).ok()?,
        files: value("files")?.parse().ok()?,
        unsigned: value("unsigned")?.parse().ok()?,
        archive_sha256: Sha256::parse_hex(value("sha256")?).ok()?,
        archive_size: value("size")?.parse().ok()?,
        environment: Vec::new(),
        build: String::new(),
        built_at: String::new(),
    };
    while let Some(pair) = lines.next_if(|line| line.starts_with("env ")) {
        let (name, value) = value_of(pair, "env")?.split_once('=')?;
        found.environment.push((name.to_owned(), value.to_owned()));
    }
    let mut value = |key: &str| value_of(lines.next()?, key).map(str::to_owned);
    found.build = value("build")?;
    found.built_at = value("built")?;
    Some(found)
}

/// The statement beside a seal, where there is one. Whether it speaks of that seal is for the
/// caller to ask.
///
/// # Errors
///
/// [`Error::Seal`] for one that is malformed; [`Error::Io`].
pub fn read_rebuilt(layout: &Layout, release: &ReleaseId) -> Result<Option<Rebuilt>> {
    let path = layout.seal_folder(release).join(FILE);
    let Some(bytes) = read_no_link(&path, LIMIT)? else {
        return Ok(None);
    };
    Rebuilt::parse(&bytes)
        .map(Some)
        .map_err(|fault| Error::seal(&path, fault))
}

/// Writes the statement about the release whose lock the caller holds; on the disk when it returns.
///
/// # Errors
///
/// [`Error::Text`] for one that cannot be read back; [`Error::Io`].
pub fn write_rebuilt(layout: &Layout, guard: &ReleaseGuard, statement: &Rebuilt) -> Result<()> {
    let text = statement.format();
    if Rebuilt::parse(text.as_bytes()).as_ref() != Ok(statement) {
        return Err(Error::Text {
            what: "a statement with the build",
            text: crate::error::shown(statement.build.as_bytes()),
        });
    }
    seal_folder(layout, guard)?.replace(FILE, text.as_bytes(), 0o444, true)
}

/// Removes the statement about the release whose lock the caller holds, where there is one.
///
/// # Errors
///
/// [`Error::Io`].
pub fn remove_rebuilt(layout: &Layout, guard: &ReleaseGuard) -> Result<()> {
    seal_folder(layout, guard)?.remove(FILE)
}

fn seal_folder(layout: &Layout, guard: &ReleaseGuard) -> Result<Folder> {
    let seals = Folder::root(layout.store())?.sub("seals")?;
    seals.sub(&guard.release().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statement() -> Rebuilt {
        let h1 = |text: &str| H1::from_sha256(Sha256::of(text.as_bytes()));
        Rebuilt {
            release: ReleaseId::parse("go1.22.5.windows-amd64").unwrap(),
            h1: h1("published"),
            sources: h1("sources"),
            bootstrap: ReleaseId::parse("go1.26.10.linux-amd64").unwrap(),
            bootstrap_h1: h1("bootstrap"),
            host: Platform::parse("linux/amd64").unwrap(),
            files: 11_518,
            unsigned: 0,
            archive_sha256: Sha256::of(b"zip"),
            archive_size: 72_834_461,
            environment: vec![
                ("GOENV".into(), "off".into()),
                ("HOME".into(), "$SCRATCH/home=x".into()),
            ],
            build: "0.1.0+abc".into(),
            built_at: "2026-11-22T18:00:00Z".into(),
        }
    }

    #[test]
    fn the_text_is_read_and_written_the_same() {
        let mut one = statement();
        assert_eq!(Rebuilt::parse(one.format().as_bytes()), Ok(one.clone()));
        one.environment.clear();
        assert_eq!(Rebuilt::parse(one.format().as_bytes()), Ok(one));
    }

    #[test]
    fn refuses_every_other_form_of_the_text() {
        let good = statement().format();
        for (from, to) in [
            ("goseal.rebuilt/1", "goseal.rebuilt/2"),
            ("h1 h1:", "h1 h2:"),
            ("files 1", "files 01"),
            ("env GOENV=off", "env GOENV"),
            ("env GOENV=off\n", "env GOENV=off\n\n"),
            ("build 0", "build 0\nmore 0"),
            ("host linux/amd64\n", ""),
            ("size 7", "size 7\r"),
        ] {
            let evil = good.replacen(from, to, 1);
            assert_ne!(evil, good, "{from}");
            assert!(Rebuilt::parse(evil.as_bytes()).is_err(), "{to}");
        }
        assert!(Rebuilt::parse(good.trim_end().as_bytes()).is_err());
        assert!(Rebuilt::parse(format!("{good}\n").as_bytes()).is_err());
        assert!(Rebuilt::parse(&[0xff]).is_err());
    }
}
