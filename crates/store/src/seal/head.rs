//! The text of a seal: what an installed tree is, and why that was believed.

use std::fmt::Write as _;

use goseal_core::archive::ArchiveForm;
use goseal_core::digest::{H1, Sha256};
use goseal_core::evidence::{Evidence, SignedBy, SumdbPosition};
use goseal_core::release::ReleaseId;

/// First line of the file.
const SCHEMA: &str = "goseal.seal/1";

/// Bytes of a seal that are read.
pub(crate) const HEAD_LIMIT: u64 = 64 * 1024;

/// What was verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proven {
    /// The release.
    pub release: ReleaseId,
    /// Its identity.
    pub h1: H1,
    /// Which evidence held, strongest first; never empty.
    pub evidence: Vec<Evidence>,
    /// Where the checksum database records it.
    pub sumdb: Option<SumdbPosition>,
    /// Whether the head of that record is joined to the history that was known; true without
    /// `sumdb`.
    pub joined: bool,
    /// Whose signature the index had, where `minisign` held.
    pub minisign: Option<SignedBy>,
    /// What was out of reach and is missing since, as policy accepted.
    pub unmet: Vec<Evidence>,
}

/// The addresses or paths that served evidence, each where it was served.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Answered {
    /// The checksum database.
    pub sumdb: Option<String>,
    /// The signed index.
    pub minisign: Option<String>,
    /// The release index.
    pub index: Option<String>,
}

/// The content of the file `seal`. Plans are decided from its bytes; the digests in it bind the
/// manifest, the proof and the doors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealHead {
    /// What was verified when it was installed.
    pub proven: Proven,
    /// The form of the archive.
    pub archive_form: ArchiveForm,
    /// Its file name.
    pub archive_name: String,
    /// SHA-256 of the whole archive.
    pub archive_sha256: Sha256,
    /// Its bytes.
    pub archive_size: u64,
    /// The address or path that served it.
    pub served_by: String,
    /// Who served the evidence; nothing where an older build installed it.
    pub answered: Answered,
    /// Whether `api doc misc test` are in the tree.
    pub outside_h1: bool,
    /// SHA-256 of the file `manifest`.
    pub manifest: Sha256,
    /// SHA-256 of the file `proof`.
    pub proof: Sha256,
    /// SHA-256 of the shim that stands in the place of `bin/go` and `bin/gofmt`.
    pub door: Sha256,
    /// SHA-256 of `pkg/goseal/home`.
    pub home: Sha256,
    /// The build of goseal that installed it.
    pub build: String,
    /// When, in the form of RFC 3339.
    pub installed_at: String,
}

impl SealHead {
    /// The text of the file; inverse of [`SealHead::parse`].
    pub fn format(&self) -> String {
        let proven = &self.proven;
        let sumdb = proven.sumdb.map_or_else(
            || "none".to_owned(),
            |at| {
                let joined = if proven.joined { "joined" } else { "apart" };
                format!("{} {} {} {joined}", at.record, at.tree_size, at.tree_root)
            },
        );
        let signed_by = proven
            .minisign
            .as_ref()
            .map(|by| format!("{} {}", by.key, by.serial));
        let unmet = (!proven.unmet.is_empty()).then(|| words(&proven.unmet));
        let answered = &self.answered;
        let outside = if self.outside_h1 { "unpacked" } else { "left" };
        let mut text = String::with_capacity(1024);
        let lines = [
            ("release", Some(proven.release.to_string())),
            ("h1", Some(proven.h1.to_string())),
            ("evidence", Some(words(&proven.evidence))),
            ("sumdb", Some(sumdb)),
            ("sumdb_served_by", answered.sumdb.clone()),
            ("minisign", signed_by),
            ("minisign_served_by", answered.minisign.clone()),
            ("index_served_by", answered.index.clone()),
            ("unmet", unmet),
            ("form", Some(form_word(self.archive_form).to_owned())),
            ("archive", Some(self.archive_name.clone())),
            ("sha256", Some(self.archive_sha256.to_string())),
            ("size", Some(self.archive_size.to_string())),
            ("served_by", Some(self.served_by.clone())),
            ("outside_h1", Some(outside.to_owned())),
            ("manifest", Some(self.manifest.to_string())),
            ("proof", Some(self.proof.to_string())),
            ("door", Some(self.door.to_string())),
            ("home", Some(self.home.to_string())),
            ("build", Some(self.build.clone())),
            ("installed", Some(self.installed_at.clone())),
        ];
        text.push_str(SCHEMA);
        text.push('\n');
        for (key, value) in lines {
            let Some(value) = value else { continue };
            writeln!(text, "{key} {value}").expect("writing to a String cannot fail");
        }
        text
    }

    /// Reads the file; inverse of [`SealHead::format`].
    ///
    /// # Errors
    ///
    /// What is wrong, as a noun phrase, for any bytes that [`SealHead::format`] does not write.
    pub fn parse(bytes: &[u8]) -> Result<Self, &'static str> {
        let text = std::str::from_utf8(bytes).map_err(|_| "bytes that are not UTF-8")?;
        let mut lines = text.split('\n');
        if lines.next() != Some(SCHEMA) {
            return Err("another schema than goseal.seal/1");
        }
        let head = parse_lines(&mut lines).ok_or("a malformed or missing line")?;
        if head.format() == text {
            Ok(head)
        } else {
            Err("a line that is not in its one form")
        }
    }
}

fn words(evidence: &[Evidence]) -> String {
    let words: Vec<_> = evidence.iter().map(Evidence::word).collect();
    words.join(" ")
}

fn parse_words(text: &str) -> Option<Vec<Evidence>> {
    text.split(' ').map(Evidence::parse).collect()
}

/// The value of a line with that key.
fn value_of<'a>(line: &'a str, key: &str) -> Option<&'a str> {
    let value = line.strip_prefix(key)?.strip_prefix(' ')?;
    (!value.is_empty() && !value.chars().any(char::is_control)).then_some(value)
}

/// The lines in their order; those that an older build did not write may be missing.
fn parse_lines<'a>(lines: &mut impl Iterator<Item = &'a str>) -> Option<SealHead> {
    let mut lines = lines.peekable();
    let mut proven = parse_proven(&mut lines)?;
    let mut maybe = |key: &str| {
        let value = value_of(lines.peek()?, key)?;
        lines.next().map(|_| value)
    };
    let mut answered = Answered {
        sumdb: maybe("sumdb_served_by").map(str::to_owned),
        ..Answered::default()
    };
    if let Some(text) = maybe("minisign") {
        let (key, serial) = text.split_once(' ')?;
        proven.minisign = Some(SignedBy {
            key: key.to_owned(),
            serial: serial.parse().ok()?,
        });
    }
    answered.minisign = maybe("minisign_served_by").map(str::to_owned);
    answered.index = maybe("index_served_by").map(str::to_owned);
    if let Some(text) = maybe("unmet") {
        proven.unmet = parse_words(text)?;
    }
    let mut value = |key: &str| value_of(lines.next()?, key);
    let digest = |text: &str| Sha256::parse_hex(text).ok();
    Some(SealHead {
        proven,
        archive_form: parse_form(value("form")?)?,
        archive_name: value("archive")?.to_owned(),
        archive_sha256: digest(value("sha256")?)?,
        archive_size: value("size")?.parse().ok()?,
        served_by: value("served_by")?.to_owned(),
        answered,
        outside_h1: match value("outside_h1")? {
            "unpacked" => true,
            "left" => false,
            _ => return None,
        },
        manifest: digest(value("manifest")?)?,
        proof: digest(value("proof")?)?,
        door: digest(value("door")?)?,
        home: digest(value("home")?)?,
        build: value("build")?.to_owned(),
        installed_at: value("installed")?.to_owned(),
    })
}

/// The first lines: what was verified.
fn parse_proven<'a>(lines: &mut impl Iterator<Item = &'a str>) -> Option<Proven> {
    let mut value = |key: &str| value_of(lines.next()?, key);
    let mut proven = Proven {
        release: ReleaseId::parse(value("release")?)?,
        h1: H1::parse(value("h1")?).ok()?,
        evidence: parse_words(value("evidence")?)?,
        sumdb: None,
        joined: true,
        minisign: None,
        unmet: Vec::new(),
    };
    (proven.sumdb, proven.joined) = parse_position(value("sumdb")?)?;
    Some(proven)
}

fn parse_position(text: &str) -> Option<(Option<SumdbPosition>, bool)> {
    if text == "none" {
        return Some((None, true));
    }
    let mut parts = text.split(' ');
    let position = SumdbPosition {
        record: parts.next()?.parse().ok()?,
        tree_size: parts.next()?.parse().ok()?,
        tree_root: Sha256::parse_hex(parts.next()?).ok()?,
    };
    Some((Some(position), parts.next()? == "joined"))
}

const FORMS: [(ArchiveForm, &str); 3] = [
    (ArchiveForm::ModuleZip, "module-zip"),
    (ArchiveForm::ReleaseTarGz, "release-tar-gz"),
    (ArchiveForm::ReleaseZip, "release-zip"),
];

fn form_word(form: ArchiveForm) -> &'static str {
    let found = FORMS.into_iter().find(|(known, _)| *known == form);
    found.map_or("", |(_, word)| word)
}

fn parse_form(word: &str) -> Option<ArchiveForm> {
    let found = FORMS.into_iter().find(|(_, known)| *known == word);
    found.map(|(form, _)| form)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head() -> SealHead {
        SealHead {
            proven: Proven {
                release: ReleaseId::parse("go1.22.5.linux-amd64").unwrap(),
                h1: H1::from_sha256(Sha256::of(b"h1")),
                evidence: vec![Evidence::Lock, Evidence::Sumdb],
                sumdb: Some(SumdbPosition {
                    record: 26_310_532,
                    tree_size: 71_909_756,
                    tree_root: Sha256::of(b"root"),
                }),
                joined: false,
                minisign: None,
                unmet: Vec::new(),
            },
            archive_form: ArchiveForm::ModuleZip,
            archive_name: "v0.0.1-go1.22.5.linux-amd64.zip".into(),
            archive_sha256: Sha256::of(b"zip"),
            archive_size: 72_834_461,
            served_by: "https://proxy.example/a b".into(),
            answered: Answered::default(),
            outside_h1: false,
            manifest: Sha256::of(b"manifest"),
            proof: Sha256::of(b"proof"),
            door: Sha256::of(b"door"),
            home: Sha256::of(b"home"),
            build: "0.1.0+abc".into(),
            installed_at: "2026-11-22T18:00:00Z".into(),
        }
    }

    #[test]
    fn the_text_is_read_and_written_the_same() {
        let mut head = head();
        assert_eq!(SealHead::parse(head.format().as_bytes()), Ok(head.clone()));
        head.proven.joined = true;
        assert_eq!(SealHead::parse(head.format().as_bytes()), Ok(head.clone()));
        head.proven.sumdb = None;
        head.proven.evidence = vec![Evidence::Index];
        head.archive_form = ArchiveForm::ReleaseTarGz;
        head.outside_h1 = true;
        assert_eq!(SealHead::parse(head.format().as_bytes()), Ok(head.clone()));
        head.proven.unmet = vec![Evidence::Sumdb, Evidence::Index];
        head.answered.index = Some("https://go.example/dl/".into());
        assert_eq!(SealHead::parse(head.format().as_bytes()), Ok(head.clone()));
        head.answered.sumdb = Some("https://proxy.example/sumdb".into());
        head.proven.minisign = Some(SignedBy {
            key: "7B4244BE67BE2C0B".into(),
            serial: u64::MAX,
        });
        head.answered.minisign = Some("/srv/a mirror/index.json".into());
        assert_eq!(SealHead::parse(head.format().as_bytes()), Ok(head));
    }

    #[test]
    fn a_seal_of_an_older_build_is_read() {
        let text = head().format();
        for key in ["sumdb_served_by", "minisign", "index_served_by", "unmet"] {
            assert!(!text.contains(&format!("\n{key} ")), "{text}");
        }
        assert_eq!(SealHead::parse(text.as_bytes()), Ok(head()));
    }

    #[test]
    fn refuses_every_other_form_of_the_text() {
        let good = head().format();
        for (from, to) in [
            ("goseal.seal/1", "goseal.seal/2"),
            ("h1 h1:", "h1 h2:"),
            ("evidence lock sumdb", "evidence"),
            ("evidence lock sumdb", "evidence lock  sumdb"),
            ("evidence lock sumdb", "evidence pgp"),
            ("sumdb 2", "sumdb 02"),
            ("sumdb 2", "sumdb +2"),
            (" apart", " perhaps"),
            ("size 7", "size 7\r"),
            ("outside_h1 left", "outside_h1 no"),
            ("installed 2", "installed 2\nmore "),
            ("form module-zip", "unmet\nform module-zip"),
            ("form module-zip", "unmet pgp\nform module-zip"),
            ("form module-zip", "minisign K\nform module-zip"),
            ("form module-zip", "minisign K 01\nform module-zip"),
            (
                "form module-zip",
                "unmet index\nindex_served_by x\nform module-zip",
            ),
            ("form module-zip\n", ""),
            ("release go1.22.5", "release go1.22.05"),
        ] {
            let evil = good.replacen(from, to, 1);
            assert_ne!(evil, good, "{from}");
            assert!(SealHead::parse(evil.as_bytes()).is_err(), "{to}");
        }
        assert!(SealHead::parse(good.trim_end().as_bytes()).is_err());
        assert!(SealHead::parse(format!("{good}\n").as_bytes()).is_err());
        assert!(SealHead::parse(&[0xff]).is_err());
    }
}
