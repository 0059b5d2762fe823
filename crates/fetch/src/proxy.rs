//! GOPROXY: the list of module proxies as Go reads it, and where it is written. Pure.
//!
//! Source: `proxyList` and `TryProxies` in `src/cmd/go/internal/modfetch/proxy.go`, `readEnvFile`
//! in `src/cmd/go/internal/cfg/cfg.go`, and "Environment variables" of the Go Modules Reference.

use std::fmt;
use std::path::{Path, PathBuf};

use reqwest::Url;

use crate::address::{Address, redacted};
use crate::error::{Absence, Answer, Error};
use crate::pack::Pack;

/// What one entry of the list names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A module proxy on the wire.
    Web(Address),
    /// A module proxy in a folder, from a `file://` address.
    Folder(PathBuf),
    /// A module proxy in one file.
    Pack(Pack),
    /// `direct`: version control. Toolchains are not there, so it is passed over and reported.
    Direct,
    /// `off`: nothing may be asked.
    Off,
}

impl fmt::Display for Place {
    /// The address without user information, the path, or the word.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Web(address) => address.fmt(f),
            Self::Folder(path) => path.display().fmt(f),
            Self::Pack(pack) => pack.fmt(f),
            Self::Direct => f.write_str("direct"),
            Self::Off => f.write_str("off"),
        }
    }
}

/// One entry of the list and when the walk goes on behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hop {
    /// What is asked.
    pub place: Place,
    /// A `|` follows: any error goes on. Else (`,` or the end) only 404 and 410 do.
    pub any_error: bool,
}

/// Reads a GOPROXY list: entries between `,` and `|`, space around them and empty ones dropped.
///
/// `direct` and `off` end the list. A word with `.`, `:` or `/` and without `:/` means `https://`.
///
/// # Errors
///
/// [`Error::Goproxy`] for a list without entries, a single word that Go does not know, another
/// scheme than https, http and file, and a `file://` address with more than a path.
pub fn parse_goproxy(text: &str) -> Result<Vec<Hop>, Error> {
    let mut hops = Vec::new();
    for piece in text.split_inclusive([',', '|']) {
        let entry = piece.trim_end_matches([',', '|']).trim();
        if entry.is_empty() {
            continue;
        }
        let place = parse_place(entry)?;
        let last = matches!(place, Place::Direct | Place::Off);
        let any_error = piece.ends_with('|');
        hops.push(Hop { place, any_error });
        if last {
            break;
        }
    }
    if hops.is_empty() {
        return Err(goproxy("", "the list has no entries"));
    }
    Ok(hops)
}

fn goproxy(entry: &str, reason: impl Into<String>) -> Error {
    Error::Goproxy {
        entry: redacted(entry),
        reason: reason.into(),
    }
}

fn parse_place(entry: &str) -> Result<Place, Error> {
    match entry {
        "direct" => return Ok(Place::Direct),
        "off" => return Ok(Place::Off),
        _ => {}
    }
    let implied =
        entry.contains(['.', ':', '/']) && !entry.contains(":/") && !entry.starts_with('/');
    let full = if implied {
        format!("https://{entry}")
    } else {
        entry.to_owned()
    };
    let url = Url::parse(&full).map_err(|error| goproxy(entry, error.to_string()))?;
    if url.scheme() == "file" {
        return parse_folder(entry, &full, &url);
    }
    Address::from_url(url)
        .map(Place::Web)
        .map_err(|reason| goproxy(entry, reason))
}

fn parse_folder(entry: &str, full: &str, url: &Url) -> Result<Place, Error> {
    let only_path = full.get(5..).is_some_and(|rest| rest.starts_with("///"))
        && url.query().is_none()
        && url.fragment().is_none();
    if !only_path {
        return Err(goproxy(
            entry,
            "a file:// address holds a path and nothing else",
        ));
    }
    url.to_file_path()
        .map(Place::Folder)
        .map_err(|()| goproxy(entry, "not the path of a folder on this system"))
}

/// Where a setting of Go's was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The environment variable.
    Environment,
    /// The user's Go configuration file, which `go env -w` writes.
    UserFile,
    /// `go.env` in the root of a Go that is on PATH.
    GoEnv,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Environment => "environment",
            Self::UserFile => "user's Go configuration file",
            Self::GoEnv => "go.env",
        })
    }
}

/// The list in force and where it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Goproxy {
    /// The list; never empty.
    pub hops: Vec<Hop>,
    /// Where it was found.
    pub origin: Origin,
}

/// The first GOPROXY that is not empty: environment, user's Go file, `go.env`. Each is `None` where
/// there is none. Without any of them there is no proxy: no host is built in.
///
/// # Errors
///
/// As [`parse_goproxy`], for the one that is in force; the others are not read.
pub fn goproxy_from(
    environment: Option<&str>,
    user_file: Option<&[u8]>,
    go_env: Option<&[u8]>,
) -> Result<Option<Goproxy>, Error> {
    let found = environment
        .filter(|value| !value.is_empty())
        .map(|value| (value.to_owned(), Origin::Environment))
        .or_else(|| Some((file_value(user_file?, Repeated::Last)?, Origin::UserFile)))
        .or_else(|| Some((file_value(go_env?, Repeated::First)?, Origin::GoEnv)));
    let Some((text, origin)) = found else {
        return Ok(None);
    };
    let hops = parse_goproxy(&text)?;
    Ok(Some(Goproxy { hops, origin }))
}

/// Which of several lines with one name Go takes: the last of the user's file, the first of go.env.
#[derive(Clone, Copy)]
enum Repeated {
    First,
    Last,
}

fn file_value(bytes: &[u8], repeated: Repeated) -> Option<String> {
    let mut values = bytes
        .split(|byte| *byte == b'\n')
        .filter_map(|line| line.strip_prefix(b"GOPROXY="));
    let value = match repeated {
        Repeated::First => values.next(),
        Repeated::Last => values.next_back(),
    };
    let text = String::from_utf8_lossy(value?)
        .trim_end_matches('\r')
        .to_owned();
    (!text.is_empty()).then_some(text)
}

/// Walks along a list as Go does, until a place has what `ask` asks for.
///
/// 404, 410 and a folder without the file always go on. 403 means "not carried" too, but Go ends
/// there unless a `|` follows, and so does every other error. A failing file system always ends:
/// no other proxy mends it. `direct` and `off` are noted and end the walk.
///
/// # Errors
///
/// The last error that is not "not carried"; else [`Error::NotCarried`] with every place.
pub(crate) fn walk<T>(
    hops: &[Hop],
    mut ask: impl FnMut(&Carrier<'_>) -> Result<T, Error>,
) -> Result<T, Error> {
    let mut missed = Missed::default();
    for hop in hops {
        let outcome = match &hop.place {
            Place::Web(base) => ask(&Carrier::Web(base)),
            Place::Folder(folder) => ask(&Carrier::Folder(folder)),
            Place::Pack(pack) => ask(&Carrier::Pack(pack)),
            Place::Direct => Err(Error::absent("direct", Answer::Direct)),
            Place::Off => Err(Error::absent("off", Answer::Off)),
        };
        let error = match outcome {
            Ok(found) => return Ok(found),
            Err(error) => error,
        };
        let last = matches!(hop.place, Place::Direct | Place::Off);
        if !missed.note(hop.any_error, error) || last {
            break;
        }
    }
    let Missed { places, error } = missed;
    Err(error.unwrap_or(Error::NotCarried { places }))
}

/// A place of the list that can be asked.
#[derive(Debug)]
pub(crate) enum Carrier<'a> {
    Web(&'a Address),
    Folder(&'a Path),
    Pack(&'a Pack),
}

/// What a walk did not find.
#[derive(Debug, Default)]
struct Missed {
    places: Vec<Absence>,
    error: Option<Error>,
}

impl Missed {
    /// Notes a failure; says whether the walk goes on.
    fn note(&mut self, any_error: bool, error: Error) -> bool {
        let Error::NotCarried { places } = error else {
            let ours = matches!(error, Error::Io { .. });
            self.error = Some(error);
            return any_error && !ours;
        };
        let missing = places.iter().all(Absence::lets_go_on);
        self.places.extend(places);
        missing || any_error
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        match parse_goproxy(text) {
            Ok(hops) => hops
                .iter()
                .flat_map(|hop| {
                    [
                        hop.place.to_string(),
                        [" , ", " | "][usize::from(hop.any_error)].to_owned(),
                    ]
                })
                .collect(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn a_list_is_read_as_go_reads_it() {
        for (text, expected) in [
            ("https://a.example", "https://a.example/ , "),
            (
                "https://a.example|http://b.example/x,direct",
                "https://a.example/ | http://b.example/x , direct , ",
            ),
            (" https://a.example , , off ", "https://a.example/ , off , "),
            ("direct,https://a.example", "direct , "),
            ("off|https://a.example", "off | "),
            ("a.example/proxy", "https://a.example/proxy , "),
            ("file:///srv/go%20proxy|direct", "/srv/go proxy | direct , "),
            ("https://me:secret@a.example/p", "https://a.example/p , "),
            (",|https://a.example,|", "https://a.example/ , "),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }

    #[test]
    fn refuses_what_go_refuses() {
        insta::assert_snapshot!(
            [
                "",
                " , ",
                "nonsense",
                "ftp://me:secret@a.example/",
                "/srv/proxy",
                "file://host.example/srv",
                "file:///srv?x=1",
                "file:srv",
            ]
            .map(shown)
            .join("\n"),
            @r"
        GOPROXY entry ``: the list has no entries
        GOPROXY entry ``: the list has no entries
        GOPROXY entry `nonsense`: relative URL without a base
        GOPROXY entry `a.example/`: the scheme is neither https nor http
        GOPROXY entry `/srv/proxy`: relative URL without a base
        GOPROXY entry `file://host.example/srv`: a file:// address holds a path and nothing else
        GOPROXY entry `file:///srv`: a file:// address holds a path and nothing else
        GOPROXY entry `file:srv`: invalid port number
        "
        );
    }

    #[test]
    fn the_first_place_that_is_not_empty_wins() {
        let user = b"GOFLAGS=-x\nGOPROXY=https://old.example\r\nGOPROXY=https://user.example\r\n";
        let go_env =
            b"# comment\nGOPROXY=https://goenv.example,direct\nGOPROXY=https://second.example\n";
        for (environment, user, go_env, expected) in [
            (
                Some("off"),
                Some(&user[..]),
                Some(&go_env[..]),
                "off environment",
            ),
            (
                Some(""),
                Some(&user[..]),
                Some(&go_env[..]),
                "https://user.example/ user's Go configuration file",
            ),
            (
                None,
                Some(b"GOPROXY=\n"),
                Some(&go_env[..]),
                "https://goenv.example/ go.env",
            ),
            (
                None,
                None,
                Some(&go_env[..]),
                "https://goenv.example/ go.env",
            ),
            (None, Some(b"#GOPROXY=x.example\nXGOPROXY=y"), None, "none"),
            (None, None, None, "none"),
        ] {
            let found = goproxy_from(environment, user, go_env).unwrap();
            let text = found.map_or("none".to_owned(), |found| {
                format!("{} {}", found.hops[0].place, found.origin)
            });
            assert_eq!(text, expected);
        }
    }

    #[test]
    fn a_broken_list_in_force_is_an_error_and_never_passed_over() {
        assert!(goproxy_from(Some("nonsense"), Some(b"GOPROXY=off"), None).is_err());
    }

    fn status(status: u16) -> Error {
        let address = "https://a.example/".to_owned();
        match status {
            403 | 404 | 410 => Error::absent(address, Answer::Status(status)),
            _ => Error::Status { address, status },
        }
    }

    /// Walks `list`, whose hosts are their answers, and says who was asked and how it ended.
    fn walked(list: &str) -> String {
        let hops = parse_goproxy(list).unwrap();
        let mut asked = String::new();
        let outcome = walk(&hops, |carrier| {
            let Carrier::Web(address) = carrier else {
                return Err(Error::absent("folder", Answer::NoFile));
            };
            let answer = address.url().path().trim_matches('/').to_owned();
            asked.push_str(&answer);
            asked.push(' ');
            match answer.parse().unwrap() {
                200 => Ok(()),
                other => Err(status(other)),
            }
        });
        format!(
            "{asked}{}",
            outcome
                .err()
                .map_or("found".to_owned(), |error| error.to_string())
        )
    }

    #[test]
    fn a_list_is_walked_as_go_walks_it() {
        let table = [
            "200,200",
            "404,200",
            "410,200",
            "403,200",
            "403|200",
            "500,200",
            "500|200",
            "401|404|200",
            "500|404",
            "404,direct",
            "404,off",
            "500|direct",
            "off",
            "404,404",
            "404,500",
        ];
        let lines = table.map(|row| {
            let list: String = row
                .split_inclusive([',', '|'])
                .map(|word| match word.as_bytes()[0] {
                    b'0'..=b'9' => format!("http://h.example/{word}"),
                    _ => word.to_owned(),
                })
                .collect();
            format!("{row}: {}", walked(&list))
        });
        insta::assert_snapshot!(lines.join("\n"), @r"
        200,200: 200 found
        404,200: 404 200 found
        410,200: 410 200 found
        403,200: 403 not carried: https://a.example/ (status 403)
        403|200: 403 200 found
        500,200: 500 https://a.example/: status 500
        500|200: 500 200 found
        401|404|200: 401 404 200 found
        500|404: 500 404 https://a.example/: status 500
        404,direct: 404 not carried: https://a.example/ (status 404); direct (carries no toolchains)
        404,off: 404 not carried: https://a.example/ (status 404); off (ends the list)
        500|direct: 500 https://a.example/: status 500
        off: not carried: off (ends the list)
        404,404: 404 404 not carried: https://a.example/ (status 404); https://a.example/ (status 404)
        404,500: 404 500 https://a.example/: status 500
        ");
    }

    #[test]
    fn a_folder_without_the_file_goes_on() {
        assert_eq!(walked("file:///x,http://h.example/200"), "200 found");
    }

    #[test]
    fn a_failing_disk_ends_the_walk() {
        let hops = parse_goproxy("http://a.example|http://b.example").unwrap();
        let mut asked = 0;
        let outcome: Result<(), _> = walk(&hops, |_| {
            asked += 1;
            Err(Error::io("/x", std::io::Error::other("no space")))
        });
        assert!(outcome.is_err());
        assert_eq!(asked, 1);
    }
}
