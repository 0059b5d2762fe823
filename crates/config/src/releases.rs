//! `goseal-releases.toml`: what a publisher says of this program's own releases.

use std::path::Path;

use goseal_core::digest::Sha256;
use goseal_core::platform::Platform;
use goseal_core::product::{ProductFile, ProductIndex, ProductRelease, ProductVersion};

use crate::document::{Section, Source};
use crate::error::Error;
use crate::project::PLATFORM;

const SCHEMA: &str = "goseal.releases/1";

/// Reads the list. `path` is only named in messages. Whether anybody signed it is for `trust`.
///
/// # Errors
///
/// [`Error`] for an unknown or missing key, another schema, a value of another form, and a platform
/// that is there twice.
pub fn parse_releases(bytes: &[u8], path: &Path) -> Result<ProductIndex, Error> {
    let source = Source::new(bytes, path)?;
    let root = source.parse()?;
    let root = Section::root(&source, &root);
    root.required("schema")?
        .word(SCHEMA, |text| (text == SCHEMA).then_some(()))?;
    root.allow_only(&["schema", "serial", "release"])?;
    let mut index = ProductIndex {
        serial: root.required("serial")?.number()?,
        releases: std::collections::BTreeMap::new(),
    };
    for block in root.required("release")?.sections()? {
        let (platform, release) = parse_release(&block)?;
        if index.releases.insert(platform, release).is_some() {
            return Err(block.duplicate(&platform.to_string()));
        }
    }
    Ok(index)
}

fn parse_release(block: &Section<'_>) -> Result<(Platform, ProductRelease), Error> {
    block.allow_only(&["platform", "version", "program", "shim"])?;
    let platform = block
        .required("platform")?
        .word(PLATFORM, |text| Platform::parse(text).ok())?;
    let version = block
        .required("version")?
        .word("three numbers such as 1.2.3", ProductVersion::parse)?;
    let release = ProductRelease {
        version,
        program: parse_file(&block.required("program")?.section()?)?,
        shim: parse_file(&block.required("shim")?.section()?)?,
    };
    Ok((platform, release))
}

fn parse_file(table: &Section<'_>) -> Result<ProductFile, Error> {
    table.allow_only(&["file", "sha256", "size"])?;
    Ok(ProductFile {
        file: table.required("file")?.word(
            "a plain file name of letters, digits, `.`, `_`, `-`",
            |text| ProductFile::is_name(text).then(|| text.to_owned()),
        )?,
        sha256: table
            .required("sha256")?
            .word("64 lower-case hexadecimal digits", |text| {
                Sha256::parse_hex(text).ok()
            })?,
        size: table.required("size")?.number()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"schema = "goseal.releases/1"
serial = 12

[[release]]
platform = "linux/amd64"
version = "0.2.0"
program = { file = "goseal-0.2.0.linux-amd64", sha256 = "0000000000000000000000000000000000000000000000000000000000000000", size = 7 }
shim = { file = "goseal-shim-0.2.0.linux-amd64", sha256 = "0000000000000000000000000000000000000000000000000000000000000001", size = 8 }
"#;

    fn parsed(text: &str) -> Result<ProductIndex, Error> {
        parse_releases(text.as_bytes(), Path::new("goseal-releases.toml"))
    }

    #[test]
    fn a_list_is_read() {
        let index = parsed(TEXT).unwrap();
        assert_eq!(index.serial, 12);
        let linux = Platform::parse("linux/amd64").unwrap();
        let release = index.releases.get(&linux).unwrap();
        assert_eq!(release.version.to_string(), "0.2.0");
        assert_eq!(release.program.file, "goseal-0.2.0.linux-amd64");
        assert_eq!((release.program.size, release.shim.size), (7, 8));
    }

    #[test]
    fn the_example_of_the_page_is_a_list() {
        let page = include_str!("../../../docs/self-update.md");
        let (_, from) = page.split_once("```toml\n").unwrap();
        let (example, _) = from.split_once("```").unwrap();
        assert_eq!(parsed(example).unwrap().releases.len(), 1);
    }

    #[test]
    fn what_is_in_no_form_is_refused() {
        for (from, to) in [
            ("releases/1", "releases/2"),
            ("serial = 12", "serial = -1"),
            ("serial = 12\n", ""),
            ("[[release]]", "[[releases]]"),
            ("linux/amd64", "toaster/amd64"),
            ("0.2.0\"", "0.2\""),
            ("\"goseal-0.2.0", "\"../goseal-0.2.0"),
            ("\"goseal-0.2.0", "\"https://a.example/"),
            ("size = 7", "size = 7, mode = 493"),
            ("sha256 = \"0", "sha256 = \"x"),
            (", size = 8", ""),
        ] {
            let text = TEXT.replace(from, to);
            assert_ne!(text, TEXT, "{from}");
            assert!(parsed(&text).is_err(), "{from} -> {to}");
        }
        let (_, block) = TEXT.split_once("\n\n").unwrap();
        assert!(matches!(
            parsed(&format!("{TEXT}\n{block}")),
            Err(Error::Duplicate { .. })
        ));
    }
}
