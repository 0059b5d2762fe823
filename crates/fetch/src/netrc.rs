//! `.netrc`: who we are to which host. Pure.
//!
//! Source: `src/cmd/go/internal/auth/netrc.go`; `ftp(1)`, "The .netrc file". As in Go, `default`
//! ends the reading: nobody's password goes to hosts that were not named.

use crate::address::Credentials;

/// The hosts of a file, with user and password. Printed nowhere.
#[derive(Clone, Default)]
pub struct Netrc {
    machines: Vec<(String, Credentials)>,
}

impl std::fmt::Debug for Netrc {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Netrc of {} hosts", self.machines.len())
    }
}

impl Netrc {
    /// Reads the file; what is not understood is passed over, as other programs do.
    pub fn parse(bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(bytes);
        let mut found = Self::default();
        let (mut machine, mut login, mut password) = (None, None, None);
        let words = words(&text);
        let mut words = words.into_iter();
        while let Some(word) = words.next() {
            match word {
                "default" => break,
                "machine" => (machine, login, password) = (words.next(), None, None),
                "login" => login = words.next(),
                "password" => password = words.next(),
                _ => {}
            }
            let (Some(host), Some(user), Some(secret)) = (machine, login, password) else {
                continue;
            };
            let credentials = Credentials {
                user: user.to_owned(),
                password: Some(secret.to_owned()),
            };
            found.machines.push((host.to_owned(), credentials));
            (machine, login, password) = (None, None, None);
        }
        found
    }

    /// Who we are to a host, by the first entry of that name. Ports are not looked at, as in Go.
    pub(crate) fn find(&self, host: &str) -> Option<&Credentials> {
        let is = |(name, _): &&(String, Credentials)| name.eq_ignore_ascii_case(host);
        self.machines.iter().find(is).map(|(_, found)| found)
    }
}

/// The words of a file, without comments and without macros, which end with an empty line.
fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut in_macro = false;
    for line in text.lines() {
        in_macro &= !line.is_empty();
        if in_macro {
            continue;
        }
        for word in line.split_whitespace() {
            in_macro = word == "macdef";
            if in_macro || word.starts_with('#') {
                break;
            }
            words.push(word);
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_read_as_go_reads_them() {
        let file = b"# machine no.example login a password b\n\
            machine one.example login u password p\n\
            machine two.example\n  login v\n  password q\n\
            macdef init\nmachine evil.example login x password y\n\n\
            machine three.example login only\n\
            machine four.example account z password r login w\n\
            default login anonymous password guest\n\
            machine five.example login u password p\n";
        let netrc = Netrc::parse(file);
        let found = |host: &str| {
            let known = netrc.find(host)?;
            Some(format!("{}:{}", known.user, known.password.as_deref()?))
        };
        assert_eq!(found("one.example").as_deref(), Some("u:p"));
        assert_eq!(found("TWO.example").as_deref(), Some("v:q"));
        assert_eq!(found("four.example").as_deref(), Some("w:r"));
        for host in ["no", "evil", "three", "five", "sub.one", "other"] {
            assert_eq!(found(&format!("{host}.example")), None, "{host}");
        }
        assert!(!format!("{netrc:?}").contains("one"));
    }
}
