//! Reads of the checksum database: which base serves it, and bounded bytes from there.
//!
//! Nothing here is believed; the client of the database judges every byte.
//!
//! Source: `initBase` in `src/cmd/go/internal/modfetch/sumdb.go`, "Checksum database" of the Go
//! Modules Reference.

use std::fmt;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use tokio::task::JoinSet;

use crate::address::Address;
use crate::client::Client;
use crate::error::{Absence, Error};
use crate::exchange::Wire;
use crate::pack::Pack;
use crate::proxy::{Carrier, Hop, walk};
use crate::read::read_regular;
use crate::redirect::Follow;

/// The most reads that are under way at once.
const READS_AT_ONCE: usize = 8;

/// The longest `supported`: nobody reads it, its presence is the answer.
const SUPPORTED_LIMIT: u64 = 64 << 10;

/// Where a checksum database is read: decided once, never changed.
///
/// There is no way from one base to another. A proxy that says that it serves the database and then
/// does not is a failure of every read, not a reason to ask somebody else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SumdbBase {
    kind: Kind,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    Proxy(Address),
    Direct(Address),
    Folder(PathBuf),
    Pack(Pack, String),
}

impl SumdbBase {
    /// Whether this is the database's own host rather than a proxy or a folder.
    pub const fn is_direct(&self) -> bool {
        matches!(self.kind, Kind::Direct(_))
    }

    /// A folder that holds `latest`, `lookup/` and `tile/` of a database.
    pub const fn folder(path: PathBuf) -> Self {
        Self {
            kind: Kind::Folder(path),
        }
    }

    /// An address below which a database is read, named by policy (`GOSUMDB="name url"`).
    pub const fn address(address: Address) -> Self {
        Self {
            kind: Kind::Direct(address),
        }
    }
}

impl fmt::Display for SumdbBase {
    /// The address without user information, or the path.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Proxy(address) | Kind::Direct(address) => address.fmt(f),
            Kind::Folder(path) => path.display().fmt(f),
            Kind::Pack(pack, below) => f.write_str(&pack.member(below)),
        }
    }
}

impl Client {
    /// Finds the base of the database `name`, such as `sum.golang.org`, as Go does.
    ///
    /// The first proxy that answers 200 on `sumdb/<name>/supported` serves it; 404 and 410 ask the
    /// next one, and behind the last of them, `direct` or `off`, it is the database's own host. A
    /// folder serves it if it holds that file; Go would ask the host there.
    ///
    /// # Errors
    ///
    /// [`Error::Address`] where `name` is no host name; any other answer of a proxy, as that error:
    /// the database is then unavailable, unless a `|` follows and a later proxy serves it.
    pub fn sumdb_base(&self, hops: &[Hop], name: &str) -> Result<SumdbBase, Error> {
        let direct = Address::parse(&format!("https://{}/", parse_name(name)?))?;
        let found = walk(hops, |carrier| match carrier {
            Carrier::Web(proxy) => self.asked(proxy, name),
            Carrier::Folder(folder) => asked_folder(folder, name),
            Carrier::Pack(pack) => asked_pack(pack, name),
        });
        let kind = match found {
            Ok(kind) => kind,
            Err(Error::NotCarried { places }) if places.iter().all(Absence::lets_go_on) => {
                Kind::Direct(direct)
            }
            Err(error) => return Err(error),
        };
        Ok(SumdbBase { kind })
    }

    fn asked(&self, proxy: &Address, name: &str) -> Result<Kind, Error> {
        let base = proxy.below(&format!("sumdb/{name}"));
        let supported = base.below("supported");
        let read = self.wire.read(&supported, SUPPORTED_LIMIT, Follow::Never);
        self.run(read).map(|_| Kind::Proxy(base))
    }

    /// Reads `path`, such as `latest` or `tile/8/0/005`, below the base: at most `limit` bytes, no
    /// redirect. A leading `/` may stand there.
    ///
    /// # Errors
    ///
    /// [`Error::NotCarried`] for 403, 404 and 410 and for a missing file, [`Error::TooLong`] above
    /// the limit, [`Error::Address`] for a path that is not made of plain segments.
    pub fn read(&self, base: &SumdbBase, path: &str, limit: u64) -> Result<Vec<u8>, Error> {
        self.run(read_below(&self.wire, base, path, limit))
    }

    /// Reads many paths, at most 8 at once over the same connection where the server allows it.
    /// The results stand in the order of `paths`.
    ///
    /// # Errors
    ///
    /// Each result by itself, as [`Client::read`].
    pub fn read_all(&self, base: &SumdbBase, paths: &[(&str, u64)]) -> Vec<Result<Vec<u8>, Error>> {
        self.run(read_all(&self.wire, base, paths))
    }
}

async fn read_below(
    wire: &Wire,
    base: &SumdbBase,
    path: &str,
    limit: u64,
) -> Result<Vec<u8>, Error> {
    let path = parse_path(path)?;
    match &base.kind {
        Kind::Proxy(address) | Kind::Direct(address) => {
            let body = wire
                .read(&address.below(path), limit, Follow::Never)
                .await?;
            Ok(body.bytes)
        }
        Kind::Folder(folder) => read_regular(&folder.join(path), limit),
        Kind::Pack(pack, below) => pack.read(&format!("{below}/{path}"), limit),
    }
}

async fn read_all(
    wire: &Arc<Wire>,
    base: &SumdbBase,
    paths: &[(&str, u64)],
) -> Vec<Result<Vec<u8>, Error>> {
    let mut results: Vec<_> = paths.iter().map(|_| None).collect();
    let mut waiting = paths.iter().enumerate();
    let mut under_way = JoinSet::new();
    loop {
        while under_way.len() < READS_AT_ONCE {
            let Some((place, (path, limit))) = waiting.next() else {
                break;
            };
            let (wire, base) = (Arc::clone(wire), base.clone());
            let (path, limit) = ((*path).to_owned(), *limit);
            under_way.spawn(async move { (place, read_below(&wire, &base, &path, limit).await) });
        }
        let Some(joined) = under_way.join_next().await else {
            break;
        };
        let (place, result) = joined.expect("a read neither panics nor is cancelled");
        if let Some(slot) = results.get_mut(place) {
            *slot = Some(result);
        }
    }
    results
        .into_iter()
        .map(|result| result.expect("every read was joined"))
        .collect()
}

fn asked_folder(folder: &Path, name: &str) -> Result<Kind, Error> {
    let base = folder.join("sumdb").join(name);
    read_regular(&base.join("supported"), SUPPORTED_LIMIT)?;
    Ok(Kind::Folder(base))
}

fn asked_pack(pack: &Pack, name: &str) -> Result<Kind, Error> {
    let below = format!("sumdb/{name}");
    pack.read(&format!("{below}/supported"), SUPPORTED_LIMIT)?;
    Ok(Kind::Pack(pack.clone(), below))
}

fn refused(text: &str, reason: &str) -> Error {
    Error::Address {
        text: text
            .chars()
            .take(200)
            .flat_map(char::escape_debug)
            .collect(),
        reason: reason.to_owned(),
    }
}

/// A host name, with a port at most: it becomes a segment of paths.
fn parse_name(name: &str) -> Result<&str, Error> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-:".contains(&byte);
    let sound = name.starts_with(|first: char| first.is_ascii_alphanumeric())
        && name.len() <= 255
        && name.bytes().all(plain);
    let reason = "not the name of a checksum database";
    sound.then_some(name).ok_or_else(|| refused(name, reason))
}

/// A relative path of plain segments, as the database's protocol has them: nothing in it needs
/// escaping, and nothing leads up.
fn parse_path(path: &str) -> Result<&str, Error> {
    let relative = path.strip_prefix('/').unwrap_or(path);
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"@._~!+-/".contains(&byte);
    let normal = Path::new(relative)
        .components()
        .all(|part| matches!(part, Component::Normal(_)));
    let sound = normal
        && relative.len() <= 1024
        && relative.bytes().all(plain)
        && relative
            .split('/')
            .all(|part| !matches!(part, "" | "." | ".."));
    let reason = "not a path of a checksum database";
    sound
        .then_some(relative)
        .ok_or_else(|| refused(path, reason))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_relative_paths_are_read() {
        for path in [
            "latest",
            "/latest",
            "tile/8/0/x123/456.p/7",
            "lookup/golang.org/toolchain@v0.0.1-go1.22.5.linux-amd64",
            "lookup/github.com/!azure/x@v1.0.0+incompatible",
        ] {
            assert_eq!(parse_path(path).unwrap(), path.trim_start_matches('/'));
        }
        for path in [
            "",
            "/",
            "//latest",
            "../latest",
            "tile/../../x",
            "a//b",
            "a/./b",
            "a b",
            "a?b",
            "a%2fb",
            "C:\\x",
            "a\0",
            "tile/8/",
        ] {
            assert!(parse_path(path).is_err(), "{path:?}");
        }
    }

    #[test]
    fn only_host_names_name_a_database() {
        assert!(parse_name("sum.golang.org").is_ok());
        for name in ["", "..", "a/b", "a@b", "https://a", ".a", "a b"] {
            assert!(parse_name(name).is_err(), "{name}");
        }
    }
}
