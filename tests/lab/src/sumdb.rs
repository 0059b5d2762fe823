//! A checksum database under the lab's own key.
//!
//! Owns: records, their tree, the signed heads, the answers to the four kinds of reads, and the
//! ways in which a hostile database or a hostile proxy in front of it may lie. Promises: the first
//! [`FOUNDATION`] records are the same in every lab, so one embedded head fits all of them. Does
//! not do: judging; nothing of `goseal-tlog` is used here.
//!
//! Source: golang.org/x/mod `sumdb/server.go`, `sumdb/tlog`.

mod evil;
mod key;
mod tree;

use std::collections::BTreeMap;

use goseal_core::digest::{H1, Sha256};
use goseal_core::release::{ReleaseId, TOOLCHAIN_MODULE};

pub use evil::Evil;
use key::Key;
use tree::{TILE_WIDTH, Tree};

use crate::release::Release;
use crate::server::Answer;

/// Records at the beginning of every database of the lab, the same in all of them.
pub const FOUNDATION: u64 = 100;

/// Records of a database where nothing else is said: one full tile, a partial one, two levels.
pub const DEFAULT_SIZE: u64 = 300;

/// The h1 of a `go.mod` that says `module golang.org/toolchain`; the same in every record.
pub const GO_MOD_H1: &str = "h1:8wlg68NqwW7eMnI1aABk/C2pDYXj8mrMY4TyRfiLeS0=";

/// The name of the database, of its key and of its path below a proxy.
const NAME: &str = "sumdb.lab.example";

/// A key that no client knows.
const STRANGER: &str = "stranger.lab.example";

/// The roots of the lab: what the lab's program hands to the library instead of the real ones.
#[derive(Debug, Clone, Copy)]
pub struct Lab;

impl Lab {
    /// The name of the lab's checksum database.
    pub fn database_name() -> &'static str {
        NAME
    }

    /// Its key as a client is given it: `name+hash+base64`.
    pub fn verifier_key_text() -> String {
        Key::named(NAME).verifier_text()
    }

    /// A signed head that every honest database of the lab extends; its size is [`FOUNDATION`].
    pub fn embedded_head_note() -> String {
        Sumdb::new(&[], FOUNDATION).latest()
    }

    /// A signed note of any text under the lab's key.
    pub fn sign(text: &str) -> String {
        format!("{text}\n{}", Key::named(NAME).signature_line(text, false))
    }
}

/// The database: records, tree, and how it lies.
pub struct Sumdb {
    key: Key,
    stranger: Key,
    /// The text of each record that is not filler.
    texts: BTreeMap<u64, String>,
    /// The record of each release, by the version of the toolchain module.
    ids: BTreeMap<String, u64>,
    tree: Tree,
    evils: Vec<Evil>,
    fork: Option<Shadow>,
    forged: Option<Shadow>,
}

/// The same log with other texts in some places.
struct Shadow {
    texts: BTreeMap<u64, String>,
    tree: Tree,
    /// Levels of tiles that are served from it.
    levels: usize,
}

impl Sumdb {
    /// A database of at least `size` records, in which those of `releases` lie apart from each
    /// other, after the foundation.
    pub fn new(releases: &[Release], size: u64) -> Self {
        let mut sumdb = Self {
            key: Key::named(NAME),
            stranger: Key::named(STRANGER),
            texts: BTreeMap::new(),
            ids: BTreeMap::new(),
            tree: Tree::default(),
            evils: Vec::new(),
            fork: None,
            forged: None,
        };
        sumdb.grow(FOUNDATION);
        let count = releases.len() as u64;
        let gap = size.saturating_sub(FOUNDATION + count) / (count + 1);
        for release in releases {
            sumdb.grow(gap);
            sumdb.publish(&release.id(), &release.h1());
        }
        sumdb.grow(size.saturating_sub(sumdb.size()));
        sumdb
    }

    /// Appends `count` records of other modules.
    pub fn grow(&mut self, count: u64) {
        for _ in 0..count {
            let text = filler(self.size(), "");
            self.tree.push(text.as_bytes());
        }
        self.renew_shadows();
    }

    /// Appends the record of a release; returns its number.
    pub fn publish(&mut self, id: &ReleaseId, h1: &H1) -> u64 {
        let number = self.size();
        let text = record_text(id, h1);
        self.tree.push(text.as_bytes());
        self.texts.insert(number, text);
        self.ids.insert(id.module_version(), number);
        self.renew_shadows();
        number
    }

    /// How many records.
    pub fn size(&self) -> u64 {
        self.tree.size()
    }

    /// The number of a release's record.
    pub fn record_number(&self, id: &ReleaseId) -> Option<u64> {
        self.ids.get(&id.module_version()).copied()
    }

    /// The honest text of a record; `None` beyond the tree.
    pub fn record(&self, number: u64) -> Option<String> {
        (number < self.size()).then(|| match self.texts.get(&number) {
            Some(text) => text.clone(),
            None => filler(number, ""),
        })
    }

    /// The honest root of the first `size` records; `None` beyond the tree.
    pub fn root(&self, size: u64) -> Option<Sha256> {
        self.tree.root(size)
    }

    /// The honest signed head of the first `size` records; `None` beyond the tree.
    pub fn head(&self, size: u64) -> Option<String> {
        let text = head_text(size, &self.root(size)?);
        Some(format!("{text}\n{}", self.key.signature_line(&text, false)))
    }

    /// The signed head as it is served now.
    pub fn latest(&self) -> String {
        let tree = self.fork.as_ref().map_or(&self.tree, |fork| &fork.tree);
        let size = self.head_size();
        let root = tree.root(size).unwrap_or_else(|| Sha256::of(b""));
        let mut text = head_text(size, &root);
        for evil in &self.evils {
            if let Evil::ExtraLinesInNote(lines) = evil {
                text.push_str(lines);
            }
        }
        format!("{text}\n{}", self.signatures(&text))
    }

    /// Makes it lie, beside the lies that it tells already.
    pub fn evil(&mut self, evil: Evil) {
        self.evils.push(evil);
        self.renew_shadows();
    }

    /// Makes it honest again. Its records stay.
    pub fn repent(&mut self) {
        self.evils.clear();
        self.renew_shadows();
    }

    /// The answer to a read; `path` is what follows the name of the database, `/latest` and so on.
    pub fn answer(&self, path: &str) -> Answer {
        match path
            .strip_prefix('/')
            .and_then(|rest| rest.split_once('/').or(Some((rest, ""))))
        {
            Some(("supported", "")) => Answer::status(200),
            Some(("latest", "")) => Answer::text(self.latest()),
            Some(("lookup", module)) => self.lookup(module),
            Some(("tile", place)) => self.tile(place),
            _ => Answer::status(404),
        }
    }

    fn head_size(&self) -> u64 {
        let old = self.evils.iter().find_map(|evil| match evil {
            Evil::OldHead(size) => Some(*size),
            _ => None,
        });
        old.unwrap_or(u64::MAX).min(self.size())
    }

    fn has(&self, evil: &Evil) -> bool {
        self.evils.contains(evil)
    }

    fn signatures(&self, text: &str) -> String {
        let good = self.key.signature_line(text, false);
        if self.has(&Evil::UnknownKeyOnly) {
            return self.stranger.signature_line(text, false);
        }
        if self.has(&Evil::TooManySignatures) {
            return self.stranger.signature_line(text, false).repeat(100) + &good;
        }
        if self.has(&Evil::KnownKeyBadSignature) {
            return self.key.signature_line(text, true) + &good;
        }
        good
    }

    fn number_of(&self, module: &str) -> Option<u64> {
        let (path, version) = module.split_once('@')?;
        if path == TOOLCHAIN_MODULE {
            return self.ids.get(version).copied();
        }
        let number = path.strip_prefix(FILLER)?.parse().ok()?;
        let known = number < self.size() && !self.texts.contains_key(&number);
        (known && module == format!("{FILLER}{number}@v1.0.{number}")).then_some(number)
    }

    fn lookup(&self, module: &str) -> Answer {
        if self.has(&Evil::EmptyLookup) {
            return Answer::text("");
        }
        let Some(mut number) = self.number_of(module) else {
            return Answer {
                status: 404,
                ..Answer::text(format!("not found: {module}: unknown revision\n"))
            };
        };
        if self.has(&Evil::UnrelatedModule) {
            number = 0;
        }
        let shadow = self.fork.as_ref().or(self.forged.as_ref());
        let text = shadow
            .and_then(|shadow| shadow.texts.get(&number).cloned())
            .or_else(|| self.record(number))
            .unwrap_or_default();
        let id = self.evils.iter().find_map(|evil| match evil {
            Evil::RecordIdBeyondTree => Some(self.head_size().to_string()),
            Evil::BadRecordId(id) => Some(id.clone()),
            _ => None,
        });
        let id = id.unwrap_or_else(|| number.to_string());
        Answer::text(format!("{id}\n{text}\n{}", self.latest()))
    }

    fn tile(&self, place: &str) -> Answer {
        let Some((level, index, width)) = parse_place(place) else {
            return Answer::status(404);
        };
        let shadow = [&self.fork, &self.forged]
            .into_iter()
            .flatten()
            .find(|shadow| level < shadow.levels);
        let tree = shadow.map_or(&self.tree, |shadow| &shadow.tree);
        let mut bytes = tree.tile(level, index, width);
        if width == TILE_WIDTH && self.has(&Evil::FullTile8191) {
            let mut full = tree.hashes(level, index);
            full.resize(TILE_WIDTH * 32 - 1, 0);
            bytes = Some(full);
        }
        match evil::spoil_tile(&self.evils, (level, index, width), bytes) {
            Some(bytes) => Answer::ok("application/octet-stream", bytes),
            None => Answer::status(404),
        }
    }

    /// Builds again what the lies of the moment need.
    fn renew_shadows(&mut self) {
        let fork = self.evils.iter().find_map(|evil| match evil {
            Evil::Fork { at } => Some(BTreeMap::from([(*at, filler(*at, " forked"))])),
            _ => None,
        });
        let forged = self.evils.iter().find_map(|evil| match evil {
            Evil::WrongH1 => Some((H1::from_sha256(Sha256::of(b"wrong")), 0)),
            Evil::ForgedRecord { h1, levels } => Some((*h1, *levels)),
            _ => None,
        });
        self.fork = fork.map(|texts| self.shadow(texts, usize::MAX));
        self.forged = forged.map(|(h1, levels)| {
            let forge = |(version, number): (&String, &u64)| {
                let id = ReleaseId::parse(version.strip_prefix("v0.0.1-")?)?;
                Some((*number, record_text(&id, &h1)))
            };
            let texts = self.ids.iter().filter_map(forge).collect();
            self.shadow(texts, levels)
        });
    }

    fn shadow(&self, texts: BTreeMap<u64, String>, levels: usize) -> Shadow {
        let mut tree = Tree::default();
        for number in 0..self.size() {
            let honest = || self.record(number).unwrap_or_default();
            let text = texts.get(&number).cloned().unwrap_or_else(honest);
            tree.push(text.as_bytes());
        }
        Shadow {
            texts,
            tree,
            levels,
        }
    }
}

/// The path of the modules that fill the log, up to their number.
const FILLER: &str = "filler.lab.example/m";

/// The record of a module that nobody asks for.
fn filler(number: u64, mark: &str) -> String {
    let module = format!("{FILLER}{number} v1.0.{number}");
    let h1 = H1::from_sha256(Sha256::of(format!("{module}{mark}").as_bytes()));
    format!("{module} {h1}\n{module}/go.mod {GO_MOD_H1}\n")
}

/// The record of a toolchain.
fn record_text(id: &ReleaseId, h1: &H1) -> String {
    let version = id.module_version();
    format!("{TOOLCHAIN_MODULE} {version} {h1}\n{TOOLCHAIN_MODULE} {version}/go.mod {GO_MOD_H1}\n")
}

fn head_text(size: u64, root: &Sha256) -> String {
    format!("go.sum database tree\n{size}\n{}\n", root.to_base64())
}

/// Reads `8/<level>/<x001/..>[.p/<width>]`.
fn parse_place(place: &str) -> Option<(usize, usize, usize)> {
    let (level, index) = place.strip_prefix("8/")?.split_once('/')?;
    let (index, width) = match index.split_once(".p/") {
        Some((index, width)) => (index, width.parse().ok()?),
        None => (index, TILE_WIDTH),
    };
    let mut number: usize = 0;
    let mut parts = index.split('/').peekable();
    while let Some(part) = parts.next() {
        let digits = match parts.peek() {
            Some(_) => part.strip_prefix('x')?,
            None => part,
        };
        if digits.len() != 3 {
            return None;
        }
        number = number
            .checked_mul(1000)?
            .checked_add(digits.parse().ok()?)?;
    }
    (1..=TILE_WIDTH)
        .contains(&width)
        .then_some((level.parse().ok()?, number, width))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tile_places_are_read_as_x_mod_writes_them() {
        for (place, expected) in [
            ("8/0/001", Some((0, 1, 256))),
            ("8/1/x001/067.p/5", Some((1, 1067, 5))),
            ("8/3/x123/x456/078", Some((3, 123_456_078, 256))),
            ("8/data/000", None),
            ("8/0/1", None),
            ("8/0/001/002", None),
            ("8/0/000.p/257", None),
            ("4/0/000", None),
        ] {
            assert_eq!(parse_place(place), expected, "{place}");
        }
    }

    #[test]
    fn one_embedded_head_fits_every_database() {
        let other = Sumdb::new(&[Release::new("1.22.5", "linux/amd64")], 1_000);
        assert_eq!(other.head(FOUNDATION), Some(Lab::embedded_head_note()));
        assert_eq!(other.size(), 1_000);
    }
}
