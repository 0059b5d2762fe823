//! The answer to a lookup: number and text of a record, and a signed head.
//!
//! Source: golang.org/x/mod `sumdb/tlog/note.go`, `ParseRecord`;
//! golang.org/ref/mod#checksum-database.

use goseal_core::digest::H1;
use goseal_core::release::{ReleaseId, TOOLCHAIN_MODULE};
use goseal_tlog::{MAX_SIZE, SignedHead};

use crate::error::Error;
use crate::roots::Roots;

/// The hash of the one `go.mod` that every toolchain module has, `module golang.org/toolchain`.
const GO_MOD_HASH: &str = "h1:8wlg68NqwW7eMnI1aABk/C2pDYXj8mrMY4TyRfiLeS0=";

/// A parsed answer. Its head is signed; its record is not yet proved to be in the tree.
#[derive(Debug, Clone)]
pub(crate) struct Lookup {
    pub(crate) record: u64,
    pub(crate) text: String,
    pub(crate) h1: H1,
    pub(crate) head: SignedHead,
    pub(crate) bytes: Vec<u8>,
}

impl Lookup {
    pub(crate) fn parse(bytes: Vec<u8>, roots: &Roots, id: &ReleaseId) -> Result<Self, Error> {
        let all = str::from_utf8(&bytes).map_err(|_| Error::Lookup("not UTF-8"))?;
        let (number, rest) = all
            .split_once('\n')
            .ok_or(Error::Lookup("no record number"))?;
        let record = parse_number(number).ok_or(Error::Lookup(
            "the record number is not a decimal number below 2^62",
        ))?;
        let (text, note) = rest
            .split_once("\n\n")
            .ok_or(Error::Lookup("no blank line after the record"))?;
        let text = format!("{text}\n");
        let h1 = parse_record(&text, id)?;
        let head = roots.open_head(note.as_bytes(), "lookup")?;
        let size = head.head().size;
        if record >= size {
            return Err(Error::RecordNumber { record, size });
        }
        Ok(Self {
            record,
            text,
            h1,
            head,
            bytes,
        })
    }
}

/// The head and the record number in the answer to a lookup; the record is not yet proved to be in
/// the tree.
///
/// # Errors
///
/// As [`crate::Client::answer`] for a lookup.
pub fn read_lookup(
    bytes: Vec<u8>,
    roots: &Roots,
    id: &ReleaseId,
) -> Result<(SignedHead, u64), Error> {
    let lookup = Lookup::parse(bytes, roots, id)?;
    Ok((lookup.head, lookup.record))
}

/// Reads a record number in the one way in which it is written.
pub(crate) fn parse_number(text: &str) -> Option<u64> {
    text.parse()
        .ok()
        .filter(|number: &u64| number.to_string() == text && *number < MAX_SIZE)
}

/// Reads the text of the record of a release: lines `module version hash`, all of that release.
pub(crate) fn parse_record(text: &str, id: &ReleaseId) -> Result<H1, Error> {
    let version = id.module_version();
    let go_mod = format!("{version}/go.mod");
    let mut found = Vec::new();
    for line in text.split_terminator('\n') {
        let wrong = || Error::RecordLine {
            id: *id,
            line: line.chars().take(200).collect(),
        };
        let fields: Vec<&str> = line.split(' ').collect();
        match fields.as_slice() {
            [module, at, hash] if *module == TOOLCHAIN_MODULE && *at == version => {
                found.push(H1::parse(hash).map_err(|_| wrong())?);
            }
            [module, at, GO_MOD_HASH] if *module == TOOLCHAIN_MODULE && *at == go_mod => {}
            _ => return Err(wrong()),
        }
    }
    match found.as_slice() {
        [h1] => Ok(*h1),
        all => Err(Error::RecordHash {
            id: *id,
            found: all.len(),
        }),
    }
}

/// The path of a lookup: module and version with Go's escapes, each capital as `!` and its small
/// letter. Source: golang.org/x/mod `module.EscapePath`.
pub fn lookup_path(id: &ReleaseId) -> String {
    let plain = format!("{TOOLCHAIN_MODULE}@{}", id.module_version());
    format!("lookup/{}", escape(&plain))
}

fn escape(plain: &str) -> String {
    let mut escaped = String::with_capacity(plain.len());
    for c in plain.chars() {
        if c.is_ascii_uppercase() {
            escaped.push('!');
        }
        escaped.push(c.to_ascii_lowercase());
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    const H1_TEXT: &str = "h1:LQChnsjY/4sr12W+7pci1Qg1+X/n7vmLOOaq2aTBG0w=";

    fn id() -> ReleaseId {
        ReleaseId::parse("go1.22.5.linux-amd64").unwrap()
    }

    fn line(version: &str, hash: &str) -> String {
        format!("golang.org/toolchain {version} {hash}\n")
    }

    #[test]
    fn lookups_go_to_the_escaped_path() {
        let path = "lookup/golang.org/toolchain@v0.0.1-go1.22.5.linux-amd64";
        assert_eq!(lookup_path(&id()), path);
        assert_eq!(escape("github.com/Azure/X"), "github.com/!azure/!x");
    }

    #[test]
    fn a_record_number_has_one_way_to_be_written() {
        assert_eq!(parse_number("0"), Some(0));
        assert_eq!(parse_number("24929362"), Some(24_929_362));
        for text in [
            "",
            "-1",
            "+1",
            "01",
            "00",
            " 1",
            "1 ",
            "0x1",
            "1_0",
            "1e3",
            "１",
            "4611686018427387904",
            "9223372036854775808",
            "18446744073709551616",
        ] {
            assert_eq!(parse_number(text), None, "{text}");
        }
    }

    #[test]
    fn the_hash_of_a_release_is_the_one_of_its_record() {
        let own = line("v0.0.1-go1.22.5.linux-amd64", H1_TEXT);
        let go_mod = line("v0.0.1-go1.22.5.linux-amd64/go.mod", GO_MOD_HASH);
        let expected = Ok(H1::parse(H1_TEXT).unwrap());
        assert_eq!(parse_record(&format!("{own}{go_mod}"), &id()), expected);
        assert_eq!(parse_record(&format!("{go_mod}{own}"), &id()), expected);
        assert_eq!(parse_record(&own, &id()), expected);
    }

    #[test]
    fn refuses_records_without_exactly_one_hash_of_the_release() {
        let own = line("v0.0.1-go1.22.5.linux-amd64", H1_TEXT);
        let go_mod = line("v0.0.1-go1.22.5.linux-amd64/go.mod", GO_MOD_HASH);
        for (text, found) in [(String::new(), 0), (go_mod, 0), (own.repeat(2), 2)] {
            let expected = Err(Error::RecordHash { id: id(), found });
            assert_eq!(parse_record(&text, &id()), expected, "{text}");
        }
    }

    #[test]
    fn refuses_records_with_a_line_of_anything_else() {
        let own = line("v0.0.1-go1.22.5.linux-amd64", H1_TEXT);
        for other in [
            line("v0.0.1-go1.22.4.linux-amd64", H1_TEXT),
            line("v0.0.1-go1.22.5.linux-amd64/go.mod", H1_TEXT),
            line("v0.0.1-go1.22.5.linux-amd64", "h1:AAAA"),
            line("v0.0.1-go1.22.5.linux-amd64", "h2:LQCh"),
            own.replace(' ', "  "),
            own.replace("golang.org", "golang.example"),
            own.replace('\n', " \n"),
            own.replace('\n', "\r\n"),
            "\n".to_owned(),
        ] {
            let found = parse_record(&format!("{own}{other}"), &id());
            assert!(
                matches!(found, Err(Error::RecordLine { .. })),
                "{other:?}: {found:?}"
            );
        }
    }
}
