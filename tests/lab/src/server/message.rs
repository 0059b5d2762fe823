//! What comes in and what goes out: requests and answers as values.

use std::io::{BufRead, Read as _};
use std::sync::Arc;

/// Bytes of a request's head; a longer one ends the connection.
const MAX_HEAD: u64 = 64 * 1024;

/// A request as it was read; the tests look at these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// `GET`, `HEAD` or another word.
    pub method: String,
    /// Path and query as they stood in the request line, without scheme and host.
    pub target: String,
    /// Names in lower case, values trimmed, in their order.
    pub headers: Vec<(String, String)>,
}

impl Request {
    /// The target up to `?`.
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// What follows `?`; empty where nothing does.
    pub fn query(&self) -> &str {
        self.target.split_once('?').map_or("", |(_, query)| query)
    }

    /// The first header of that name, which is given in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    pub(super) fn wants_close(&self) -> bool {
        self.header("connection")
            .is_some_and(|value| value.eq_ignore_ascii_case("close"))
            || self.header("content-length").is_some_and(|n| n != "0")
            || self.header("transfer-encoding").is_some()
    }
}

/// An answer before faults and ranges are applied to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// Further headers; length, range and connection are the server's business.
    pub headers: Vec<(&'static str, String)>,
    /// The whole body, also for HEAD and ranges.
    pub body: Arc<[u8]>,
}

impl Answer {
    /// 200 with a body of that media type.
    pub fn ok(media_type: &str, body: impl Into<Arc<[u8]>>) -> Self {
        Self {
            status: 200,
            headers: vec![("Content-Type", media_type.to_owned())],
            body: body.into(),
        }
    }

    /// 200 with plain text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::ok("text/plain; charset=utf-8", text.into().into_bytes())
    }

    /// Any status, with its name as the body.
    pub fn status(status: u16) -> Self {
        Self {
            status,
            ..Self::text(format!("{status} {}\n", reason(status)))
        }
    }

    /// 302 to `url`.
    pub fn redirect(url: &str) -> Self {
        let mut answer = Self::status(302);
        answer.headers.push(("Location", url.to_owned()));
        answer
    }
}

/// The words after a status code, for people who read a capture.
pub(super) fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        206 => "Partial Content",
        302 => "Found",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        410 => "Gone",
        416 => "Range Not Satisfiable",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "Scripted",
    }
}

/// Reads one head. `None` at the end of the connection, and for anything that is no HTTP/1 head.
pub(super) fn read_request(reader: &mut impl BufRead) -> Option<Request> {
    let mut limited = reader.take(MAX_HEAD);
    let mut line = String::new();
    limited.read_line(&mut line).ok().filter(|n| *n > 0)?;
    let mut words = line.split_ascii_whitespace();
    let (method, target) = (words.next()?.to_owned(), words.next()?);
    words.next()?.strip_prefix("HTTP/1.")?;
    let target = origin_form(target)?.to_owned();
    let mut headers = Vec::new();
    loop {
        line.clear();
        limited.read_line(&mut line).ok()?;
        let text = line.strip_suffix('\n')?.trim_end_matches('\r');
        if text.is_empty() {
            break;
        }
        let (name, value) = text.split_once(':')?;
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    Some(Request {
        method,
        target,
        headers,
    })
}

/// The path and query of a target; a client that takes us for a proxy sends the whole address.
fn origin_form(target: &str) -> Option<&str> {
    match target.strip_prefix("http://") {
        Some(rest) => rest.find('/').and_then(|at| rest.get(at..)),
        None => target.starts_with('/').then_some(target),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_head_in_either_form_of_the_target() {
        for target in ["/a/b?c=d", "http://example.com/a/b?c=d"] {
            let bytes = format!("GET {target} HTTP/1.1\r\nHost: x\r\nRange:  bytes=1-2 \r\n\r\n");
            let request = read_request(&mut bytes.as_bytes()).unwrap();
            assert_eq!((request.path(), request.query()), ("/a/b", "c=d"));
            assert_eq!(request.header("range"), Some("bytes=1-2"));
        }
    }

    #[test]
    fn anything_else_ends_the_connection() {
        for text in [
            "",
            "GET\r\n\r\n",
            "GET / HTTP/2\r\n\r\n",
            "GET / HTTP/1.1\r\nno colon\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: cut",
            "GET relative HTTP/1.1\r\n\r\n",
        ] {
            assert_eq!(read_request(&mut text.as_bytes()), None, "{text:?}");
        }
        let long = format!("GET / HTTP/1.1\r\nA: {}\r\n\r\n", "x".repeat(70_000));
        assert_eq!(read_request(&mut long.as_bytes()), None);
    }
}
