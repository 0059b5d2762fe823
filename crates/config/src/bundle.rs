//! `bundle.toml`: the list of a bundle, which a publisher signs.

use std::fmt::Write as _;
use std::path::Path;

use goseal_core::bundle::{Bundle, BundleFile};
use goseal_core::digest::Sha256;
use goseal_core::platform::Platform;
use goseal_core::version::Version;

use crate::document::{Section, Source};
use crate::error::Error;
use crate::policy::RELEASE;
use crate::project::PLATFORM;

/// The value of `schema`.
const SCHEMA: &str = "goseal.bundle/1";

const DIGEST: &str = "64 lower-case hexadecimal digits";

const KEYS: [&str; 8] = [
    "schema",
    "date",
    "serial",
    "versions",
    "platforms",
    "tree_size",
    "tree_root",
    "file",
];

/// Reads `bundle.toml`. `path` is only named in messages.
///
/// # Errors
///
/// Every variant of [`Error`] but [`Error::ProgramKey`], [`Error::UnknownFormat`] and
/// [`Error::UserInformation`].
pub fn parse_bundle(bytes: &[u8], path: &Path) -> Result<Bundle, Error> {
    let source = Source::new(bytes, path)?;
    let root = source.parse()?;
    let root = Section::root(&source, &root);
    root.required("schema")?
        .word("`goseal.bundle/1`", |text| (text == SCHEMA).then_some(()))?;
    root.allow_only(&KEYS)?;
    let mut files: Vec<BundleFile> = Vec::new();
    let blocks = root
        .field("file")
        .map_or(Ok(Vec::new()), |field| field.sections())?;
    for block in blocks {
        let file = parse_file(&block)?;
        if files.last().is_some_and(|last| last.name >= file.name) {
            return Err(block.duplicate(&file.name));
        }
        files.push(file);
    }
    Ok(Bundle {
        serial: root.required("serial")?.number()?,
        date: root
            .required("date")?
            .word("a date", |text| is_date(text).then(|| text.to_owned()))?,
        versions: root.words("versions", RELEASE, |text| Version::parse(text).ok())?,
        platforms: root.words("platforms", PLATFORM, |text| Platform::parse(text).ok())?,
        tree_size: root.required("tree_size")?.number()?,
        tree_root: root
            .required("tree_root")?
            .word(DIGEST, |text| Sha256::parse_hex(text).ok())?,
        files,
    })
}

fn parse_file(block: &Section<'_>) -> Result<BundleFile, Error> {
    block.allow_only(&["name", "sha256", "size"])?;
    Ok(BundleFile {
        name: block
            .required("name")?
            .word("a relative path of plain letters", |text| {
                is_name(text).then(|| text.to_owned())
            })?,
        sha256: block
            .required("sha256")?
            .word(DIGEST, |text| Sha256::parse_hex(text).ok())?,
        size: block.required("size")?.number()?,
    })
}

fn is_date(text: &str) -> bool {
    let form = |byte: u8| byte.is_ascii_digit() || b"-:.TZ".contains(&byte);
    (10..=40).contains(&text.len()) && text.bytes().all(form)
}

/// A name that can be written between quotes as it is, and stays below where it is put.
fn is_name(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"@!._-+/".contains(&byte);
    let part = |part: &str| !part.is_empty() && !part.starts_with('.');
    text.len() <= 200 && text.bytes().all(plain) && text.split('/').all(part)
}

/// The text of a list, keys in one order; the inverse of [`parse_bundle`] for names of its form in
/// ascending order.
pub fn format_bundle(bundle: &Bundle) -> String {
    let quoted = |words: Vec<String>| format!("[{}]", words.join(", "));
    let versions = bundle.versions.iter().map(|it| format!("\"{it}\""));
    let platforms = bundle.platforms.iter().map(|it| format!("\"{it}\""));
    let mut text = format!(
        "schema = \"{SCHEMA}\"\ndate = \"{}\"\nserial = {}\nversions = {}\nplatforms = {}\n\
         tree_size = {}\ntree_root = \"{}\"\n",
        bundle.date,
        bundle.serial,
        quoted(versions.collect()),
        quoted(platforms.collect()),
        bundle.tree_size,
        bundle.tree_root,
    );
    for BundleFile { name, sha256, size } in &bundle.files {
        write!(
            text,
            "\n[[file]]\nname = \"{name}\"\nsha256 = \"{sha256}\"\nsize = {size}\n"
        )
        .expect("writing to a String cannot fail");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bundle() -> Bundle {
        let file = |name: &str, size| BundleFile {
            name: name.to_owned(),
            sha256: Sha256::of(name.as_bytes()),
            size,
        };
        Bundle {
            serial: 1_795_382_084,
            date: "2026-11-22T21:14:44Z".to_owned(),
            versions: vec![Version::parse("1.22.5").unwrap()],
            platforms: vec![Platform::parse("linux/amd64").unwrap()],
            tree_size: 71_909_756,
            tree_root: Sha256::of(b"root"),
            files: vec![
                file("golang.org/toolchain/@v/list", 30),
                file("sumdb/sum.golang.org/latest", 0),
            ],
        }
    }

    fn parsed(text: &str) -> Result<Bundle, Error> {
        parse_bundle(text.as_bytes(), Path::new("b#bundle.toml"))
    }

    #[test]
    fn a_list_is_read_and_written_the_same() {
        let text = format_bundle(&bundle());
        assert_eq!(parsed(&text).unwrap(), bundle(), "{text}");
    }

    #[test]
    fn what_is_no_list_is_refused() {
        let text = format_bundle(&bundle());
        for (from, to) in [
            ("goseal.bundle/1", "goseal.bundle/2"),
            ("serial = 1795382084", "serial = \"x\""),
            ("serial = 1795382084", "serial = 1\nother = 2"),
            ("2026-11-22T21:14:44Z", "today"),
            ("\"1.22.5\"", "\"1.22\""),
            ("linux/amd64", "beos/amd64"),
            ("golang.org/toolchain/@v/list", "../x"),
            ("golang.org/toolchain/@v/list", "/x"),
            ("golang.org/toolchain/@v/list", "a/.x"),
            (
                "golang.org/toolchain/@v/list",
                "sumdb/sum.golang.org/latest",
            ),
            ("golang.org/toolchain/@v/list", "tail"),
            ("size = 30", "size = -1"),
            ("size = 30", "size = 30\nmode = 7"),
        ] {
            let bent = text.replacen(from, to, 1);
            assert_ne!(bent, text, "{from}");
            assert!(parsed(&bent).is_err(), "{to}");
        }
    }
}
