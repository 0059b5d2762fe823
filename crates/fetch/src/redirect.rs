//! Which redirects are followed. Pure.

use reqwest::Url;

/// The most redirects of one request.
pub(crate) const MOST_REDIRECTS: usize = 5;

/// Whether redirects may be followed at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Follow {
    /// Same scheme, any host, at most [`MOST_REDIRECTS`].
    SameScheme,
    /// None: reads of the checksum database.
    Never,
}

/// Where a redirect leads, or why it is not followed.
///
/// `followed` is how many were followed already. Credentials are not this function's concern: the
/// caller drops them for good when [`same_host`] says that the host changes.
pub(crate) fn judge(
    follow: Follow,
    from: &Url,
    location: &str,
    followed: usize,
) -> Result<Url, (Option<Url>, &'static str)> {
    let Ok(mut to) = from.join(location) else {
        return Err((None, "its target is no address"));
    };
    let reason = if follow == Follow::Never {
        "redirects are not followed here"
    } else if followed >= MOST_REDIRECTS {
        "more than 5 redirects"
    } else if from.scheme() == "https" && to.scheme() == "http" {
        "it leads from https to http"
    } else if from.scheme() != to.scheme() {
        "it leads to another scheme"
    } else if to.host_str().is_none_or(str::is_empty) {
        "its target has no host"
    } else {
        // User information in a target would be somebody else's word about whom we are.
        let _ = to.set_username("");
        let _ = to.set_password(None);
        to.set_fragment(None);
        return Ok(to);
    };
    Err((Some(to), reason))
}

/// Whether two addresses are served by one origin (RFC 6454): scheme, host and port.
pub(crate) fn same_host(one: &Url, other: &Url) -> bool {
    one.origin() == other.origin()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(follow: Follow, from: &str, location: &str, followed: usize) -> String {
        match judge(follow, &Url::parse(from).unwrap(), location, followed) {
            Ok(to) => to.to_string(),
            Err((_, reason)) => reason.to_owned(),
        }
    }

    #[test]
    fn only_the_same_scheme_is_followed_and_at_most_five_times() {
        let https = "https://go.example/dl/a.tar.gz";
        for (from, location, followed, expected) in [
            (
                https,
                "https://store.example/a.tar.gz",
                0,
                "https://store.example/a.tar.gz",
            ),
            (
                https,
                "/other/a.tar.gz",
                4,
                "https://go.example/other/a.tar.gz",
            ),
            (https, "//store.example/a", 0, "https://store.example/a"),
            (
                https,
                "https://u:p@store.example/a#x",
                0,
                "https://store.example/a",
            ),
            (
                https,
                "http://store.example/a",
                0,
                "it leads from https to http",
            ),
            (
                https,
                "http://go.example/dl/a.tar.gz",
                0,
                "it leads from https to http",
            ),
            (
                "http://a.example/",
                "https://a.example/",
                0,
                "it leads to another scheme",
            ),
            (
                https,
                "ftp://store.example/a",
                0,
                "it leads to another scheme",
            ),
            (https, "file:///etc/passwd", 0, "it leads to another scheme"),
            (https, "https://", 0, "its target is no address"),
            (https, "https://store.example/a", 5, "more than 5 redirects"),
        ] {
            assert_eq!(
                judged(Follow::SameScheme, from, location, followed),
                expected,
                "{from} {location}"
            );
        }
    }

    #[test]
    fn reads_of_the_checksum_database_follow_nothing() {
        assert_eq!(
            judged(
                Follow::Never,
                "https://a.example/x",
                "https://a.example/y",
                0
            ),
            "redirects are not followed here"
        );
    }

    #[test]
    fn another_port_is_another_host() {
        let same = |one, other| same_host(&Url::parse(one).unwrap(), &Url::parse(other).unwrap());
        assert!(same("https://a.example/x", "https://a.example:443/y"));
        assert!(!same("https://a.example/", "https://a.example:444/"));
        assert!(!same("https://a.example/", "https://b.a.example/"));
        assert!(!same("https://a.example/", "http://a.example/"));
    }
}
