//! Addresses: where something is on the wire, with the secret part kept apart.

use std::fmt;

use reqwest::Url;

use crate::error::Error;
use crate::netrc::Netrc;

/// User information of an address. It is sent as basic authentication and never printed.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Credentials {
    pub(crate) user: String,
    pub(crate) password: Option<String>,
}

/// An `http` or `https` address.
///
/// User information is kept apart from the rest. What is printed has neither it nor the query:
/// storage hosts sign addresses in the query, and a signature is a secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Address {
    url: Url,
    credentials: Option<Credentials>,
}

impl Address {
    /// Reads an absolute `http://` or `https://` address.
    ///
    /// # Errors
    ///
    /// [`Error::Address`] for another scheme, a missing host, or text that is no address.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let wrong = |reason: String| Error::Address {
            text: redacted(text),
            reason,
        };
        let url = Url::parse(text.trim()).map_err(|error| wrong(error.to_string()))?;
        Self::from_url(url).map_err(|reason| wrong(reason.to_owned()))
    }

    /// The same address without user information: what a project's file names gets none.
    #[must_use]
    pub fn without_credentials(self) -> Self {
        Self {
            credentials: None,
            ..self
        }
    }

    /// Splits user information off `url`; the error is the reason.
    /// The same with what a `.netrc` says of its host: only over https, and only where the address
    /// brings no user information of its own.
    #[must_use]
    pub fn with_netrc(self, netrc: &Netrc) -> Self {
        let ours = self.credentials.is_some() || self.url.scheme() != "https";
        let host = self.url.host_str().filter(|_| !ours);
        let found = host.and_then(|host| netrc.find(host)).cloned();
        let credentials = found.or(self.credentials);
        Self {
            url: self.url,
            credentials,
        }
    }

    /// The address of something below this one; query and credentials stay.
    #[must_use]
    pub fn at(&self, path: &str) -> Self {
        self.below(path)
    }

    pub(crate) fn from_url(mut url: Url) -> Result<Self, &'static str> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err("the scheme is neither https nor http");
        }
        if url.host_str().is_none_or(str::is_empty) {
            return Err("it has no host");
        }
        let user = decoded(url.username());
        let password = url.password().map(decoded);
        let credentials =
            (!user.is_empty() || password.is_some()).then_some(Credentials { user, password });
        url.set_username("").map_err(|()| "it has no host")?;
        url.set_password(None).map_err(|()| "it has no host")?;
        url.set_fragment(None);
        Ok(Self { url, credentials })
    }

    /// The address below this one: `path` is appended to the path, whatever the query is.
    ///
    /// `path` must be made of characters that need no escaping; callers build it from parsed words.
    pub(crate) fn below(&self, path: &str) -> Self {
        let mut below = self.clone();
        let base = self.url.path().trim_end_matches('/');
        below
            .url
            .set_path(&format!("{base}/{}", path.trim_start_matches('/')));
        below
    }

    /// The same address with another query.
    pub(crate) fn with_query(&self, query: &str) -> Self {
        let mut other = self.clone();
        other.url.set_query(Some(query));
        other
    }

    pub(crate) const fn url(&self) -> &Url {
        &self.url
    }

    pub(crate) const fn credentials(&self) -> Option<&Credentials> {
        self.credentials.as_ref()
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&printable(&self.url))
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({self})")
    }
}

/// `url` without user information, query and fragment.
pub(crate) fn printable(url: &Url) -> String {
    let mut shown = url.clone();
    // Both fail only for addresses that cannot have user information.
    let _ = shown.set_username("");
    let _ = shown.set_password(None);
    shown.set_query(None);
    shown.set_fragment(None);
    shown.to_string()
}

/// `text` for a message when it could not be parsed: nothing before the last `@`, no query, at
/// most 200 characters, control characters escaped.
pub(crate) fn redacted(text: &str) -> String {
    let visible = text.rsplit('@').next().unwrap_or_default();
    let visible = visible.split(['?', '#']).next().unwrap_or_default();
    visible
        .chars()
        .take(200)
        .flat_map(char::escape_debug)
        .collect()
}

/// Percent-decoding of user information (RFC 3986, 2.1); a broken escape stays as it is.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        match (*first, escape(after)) {
            (b'%', Some((value, tail))) => {
                bytes.push(value);
                rest = tail;
            }
            (byte, _) => {
                bytes.push(byte);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn escape(text: &[u8]) -> Option<(u8, &[u8])> {
    let (digits, tail) = text.split_at_checked(2)?;
    let digits = std::str::from_utf8(digits).ok()?;
    let plain = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let value = u8::from_str_radix(digits, 16).ok().filter(|_| plain)?;
    Some((value, tail))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_information_and_query_are_never_printed() {
        let address = Address::parse("https://me:s%40cret@host.example/a/b?sig=xyz#part").unwrap();
        assert_eq!(address.to_string(), "https://host.example/a/b");
        assert_eq!(format!("{address:?}"), "Address(https://host.example/a/b)");
        let credentials = address.credentials().unwrap();
        assert_eq!(credentials.user, "me");
        assert_eq!(credentials.password.as_deref(), Some("s@cret"));
        assert_eq!(address.url().as_str(), "https://host.example/a/b?sig=xyz");
        assert!(address.without_credentials().credentials().is_none());
    }

    #[test]
    fn a_netrc_speaks_to_its_own_host_over_https_and_to_no_other() {
        let netrc = Netrc::parse(b"machine host.example login me password secret");
        for (text, user) in [
            ("https://host.example/p", Some("me")),
            ("https://host.example:8443/p", Some("me")),
            ("https://other@host.example/p", Some("other")),
            ("http://host.example/p", None),
            ("https://sub.host.example/p", None),
            ("https://example/p", None),
        ] {
            let address = Address::parse(text).unwrap().with_netrc(&netrc);
            let found = address.credentials().map(|known| known.user.as_str());
            assert_eq!(found, user, "{text}");
            assert!(!format!("{address} {address:?}").contains("secret"));
        }
    }

    #[test]
    fn an_address_below_keeps_query_and_credentials() {
        let base = Address::parse("https://u@host.example/proxy/?k=v").unwrap();
        let below = base.below("golang.org/toolchain/@v/list");
        assert_eq!(
            below.url().as_str(),
            "https://host.example/proxy/golang.org/toolchain/@v/list?k=v"
        );
        assert!(below.credentials() == base.credentials());
    }

    #[test]
    fn refuses_what_is_no_web_address_without_showing_secrets() {
        for (text, shown) in [
            ("ftp://u:secret@host.example/", "host.example/"),
            ("u:secret@host.example", "host.example"),
            ("https://", "https://"),
            ("host.example/a?token=secret", "host.example/a"),
        ] {
            match Address::parse(text) {
                Err(Error::Address { text, .. }) => assert_eq!(text, shown),
                other => panic!("{text}: {other:?}"),
            }
        }
    }
}
