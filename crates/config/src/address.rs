//! Addresses and folders that a file may name.

/// The text with the user information of every address replaced by `***`.
pub(crate) fn without_user_info(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("://") {
        out.push_str(before);
        out.push_str("://");
        let end = after
            .find(|c: char| matches!(c, '/' | '?' | '#' | '"' | '\'') || c.is_whitespace())
            .unwrap_or(after.len());
        // In a list the next address may begin in what looks like this one's port: `a,https://u@b`.
        let next = after.find("://").map_or(end, |colon| colon.min(end));
        let (authority, tail) = after.split_at_checked(next).unwrap_or((after, ""));
        match authority.rsplit_once('@') {
            Some((_, host)) => {
                out.push_str("***@");
                out.push_str(host);
            }
            None => out.push_str(authority),
        }
        rest = tail;
    }
    out.push_str(rest);
    out
}

/// Whether an address holds user information.
pub(crate) fn has_user_info(text: &str) -> bool {
    without_user_info(text) != text
}

/// Whether `text` says where toolchains may be fetched: `https://host/path`, `http://host/path`, or
/// a path that starts with `/`, `./`, `../` or a drive. An address may begin with `proxy+` or
/// `archives+`, a path with `archives:`, `bundle:` or `tree:`, where it is to be taken as that.
///
/// Query and fragment are refused, because paths are appended. A share such as `\\host\x` is
/// refused: opening one sends the user's credentials to the host.
pub(crate) fn is_source(text: &str) -> bool {
    let of_path = ["archives:", "bundle:", "tree:"];
    if let Some(path) = of_path.iter().find_map(|word| text.strip_prefix(word)) {
        return is_folder(path);
    }
    let of_address = ["proxy+", "archives+"];
    let address = of_address.iter().find_map(|word| text.strip_prefix(word));
    let text = address
        .filter(|rest| rest.starts_with("http"))
        .unwrap_or(text);
    let address = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    match address {
        Some(rest) => {
            let host = rest.split('/').next().unwrap_or_default();
            names_a_host(host)
                && rest
                    .bytes()
                    .all(|b| b.is_ascii_graphic() && !b"?#@\\\"'`<>".contains(&b))
        }
        None => is_folder(text),
    }
}

/// A host, or an address of version 4 or 6, with or without a port.
fn names_a_host(text: &str) -> bool {
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => match rest.split_once(']') {
            Some((host, "")) => (host, None),
            Some((host, port)) => (host, Some(port.strip_prefix(':').unwrap_or("x"))),
            None => return false,
        },
        None => match text.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (text, None),
        },
    };
    let letters = |b: u8| b.is_ascii_alphanumeric() || b"-._:".contains(&b);
    !host.is_empty()
        && host.bytes().all(letters)
        && port.is_none_or(|port| {
            port.bytes().all(|b| b.is_ascii_digit()) && port.parse::<u16>().is_ok()
        })
}

fn is_folder(text: &str) -> bool {
    let relative = text.starts_with("./") || text.starts_with("../");
    (relative || is_absolute_folder(text)) && !text.chars().any(char::is_control)
}

/// Whether `text` is an absolute folder on any system: `/x` (not `//host`) or `C:\x`.
pub(crate) fn is_absolute_folder(text: &str) -> bool {
    let rooted = text.starts_with('/') && !text.starts_with("//") && !text.starts_with("/\\");
    let drive =
        matches!(text.as_bytes(), [letter, b':', b'/' | b'\\', ..] if letter.is_ascii_alphabetic());
    (rooted || drive) && !text.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_information_is_never_shown() {
        for (text, expected) in [
            ("https://u:p@h.example/x", "https://***@h.example/x"),
            (
                "a = [\"https://t@h\", \"http://u:p@ss@i/@x\"]",
                "a = [\"https://***@h\", \"http://***@i/@x\"]",
            ),
            ("https://h,https://u:p@i/x", "https://h,https://***@i/x"),
            ("http://u:p@h|http://t@i", "http://***@h|http://***@i"),
            ("https://http://u:p@h", "https://http://***@h"),
            ("https://h.example/a@b", "https://h.example/a@b"),
            ("mail@example.org", "mail@example.org"),
            ("", ""),
        ] {
            assert_eq!(without_user_info(text), expected);
        }
    }

    #[test]
    fn a_source_is_an_address_or_a_folder() {
        for text in [
            "https://go.dev/dl/",
            "https://mirror.corp.example:8443/go",
            "http://127.0.0.1:8080",
            "http://[::1]:8080/x",
            "/srv/go mirror",
            "./mirror",
            "../mirror",
            "C:\\mirror",
            "proxy+https://proxy.example/go",
            "archives+https://go.dev/dl/",
            "archives:/srv/dl",
            "bundle:./go.bundle",
            "tree:/usr/local/go",
        ] {
            assert!(is_source(text), "{text}");
        }
        for text in [
            "",
            "go.dev/dl",
            "https://",
            "https:///x",
            "https://h:99999/",
            "https://h/x?token=1",
            "https://h/#x",
            "https://h/a b",
            "https://u@h/",
            "http://[::1",
            "http://[::1]8080",
            "ftp://h/x",
            "file:///x",
            "\\\\host\\share",
            "//host/share",
            "/\\host",
            "/a\nb",
            "mirror",
            "~/mirror",
            "proxy+/srv",
            "archives+tree:/x",
            "tree:https://h/x",
            "tree:x",
            "other:/x",
        ] {
            assert!(!is_source(text), "{text}");
        }
    }
}
