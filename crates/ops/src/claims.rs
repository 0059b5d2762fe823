//! Two statements that should be one: who said what, for messages that show them side by side.

use std::fmt;

use goseal_trust::{Error as TrustError, ProofError};

use crate::error::{Error, LockContradiction};

/// What two sides say of one thing. The second is what was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    /// What they speak of, as a fact without the values.
    pub about: String,
    /// Who said it first, or what was vouched for, and the value.
    pub expected: (String, String),
    /// Who says otherwise, and the value.
    pub found: (String, String),
}

impl Claims {
    fn new(
        about: impl Into<String>,
        expected: (&str, &dyn fmt::Display),
        found: (&str, &dyn fmt::Display),
    ) -> Self {
        let owned = |(who, value): (&str, &dyn fmt::Display)| (who.to_owned(), value.to_string());
        Self {
            about: about.into(),
            expected: owned(expected),
            found: owned(found),
        }
    }
}

impl Error {
    /// The two values, where the error is that they differ.
    pub fn claims(&self) -> Option<Claims> {
        match self {
            Self::LockContradicted(lock) => Some(of_lock(lock)),
            Self::Trust(error) => of_trust(error),
            Self::Store(error) => match error.as_ref() {
                goseal_store::Error::H1 {
                    release,
                    expected,
                    actual,
                } => Some(Claims::new(
                    format!("the staged files of {release} are not those that were verified"),
                    ("verified", expected),
                    ("staged", actual),
                )),
                _ => None,
            },
            _ => None,
        }
    }
}

fn of_lock(lock: &LockContradiction) -> Claims {
    let LockContradiction {
        path,
        id,
        locked,
        other,
        found,
    } = lock;
    let name = path.file_name().unwrap_or(path.as_os_str());
    Claims::new(
        format!("{} and {other} disagree on the h1 of {id}", path.display()),
        (&name.to_string_lossy(), locked),
        (other, found),
    )
}

fn of_trust(error: &TrustError) -> Option<Claims> {
    match error {
        TrustError::Contradiction { what, left, right } => Some(Claims::new(
            format!("{} and {} disagree on the {what}", left.0, right.0),
            (left.0, &left.1),
            (right.0, &right.1),
        )),
        TrustError::Fork(fork) => {
            let (known, served) = (fork.known.head(), fork.served.head());
            let said = |size: u64, root: &dyn fmt::Display| format!("{size} records, root {root}");
            Some(Claims::new(
                "the checksum database signed two histories",
                ("known", &said(known.size, &known.root)),
                ("served", &said(served.size, &served.root)),
            ))
        }
        TrustError::Head { place, source } => {
            of_proof(&format!("checksum database, head in {place}"), source)
        }
        TrustError::Tile(source) => of_proof("checksum database", source),
        TrustError::Inclusion { record, source } => {
            let before = format!("checksum database, record {record} is not in the tree");
            of_proof(&before, source)
        }
        _ => None,
    }
}

fn of_proof(before: &str, error: &ProofError) -> Option<Claims> {
    let (about, expected, found): (_, &dyn fmt::Display, &dyn fmt::Display) = match error {
        ProofError::Root {
            size,
            expected,
            found,
        } => (format!("another root of {size} records"), expected, found),
        ProofError::TileForged {
            tile,
            expected,
            found,
        } => (format!("{tile} is forged"), expected, found),
        _ => return None,
    };
    Some(Claims::new(
        format!("{before}: {about}"),
        ("expected", expected),
        ("found", found),
    ))
}

#[cfg(test)]
mod tests {
    use goseal_core::digest::H1;
    use goseal_core::release::ReleaseId;

    use super::*;

    fn h1(byte: u8) -> H1 {
        H1::from_sha256(goseal_core::digest::Sha256::from_bytes([byte; 32]))
    }

    #[test]
    fn both_sides_of_a_contradiction_are_named_with_their_values() {
        let id = ReleaseId::parse("go1.22.5.linux-amd64").unwrap();
        let error = Error::LockContradicted(Box::new(LockContradiction {
            path: "/p/goseal.lock".into(),
            id,
            locked: h1(1),
            other: "the checksum database",
            found: h1(2),
        }));
        let claims = error.claims().unwrap();
        assert_eq!(
            claims.about,
            "/p/goseal.lock and the checksum database disagree on the h1 of go1.22.5.linux-amd64"
        );
        assert_eq!(claims.expected, ("goseal.lock".into(), h1(1).to_string()));
        assert_eq!(
            claims.found,
            ("the checksum database".into(), h1(2).to_string())
        );
    }

    #[test]
    fn a_failure_without_two_values_has_no_claims() {
        let id = ReleaseId::parse("go1.22.5.linux-amd64").unwrap();
        assert_eq!(Error::not_installed(id).claims(), None);
    }
}
