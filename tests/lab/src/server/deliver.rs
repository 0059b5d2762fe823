//! From an answer and a fault to the bytes on the wire.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::net::TcpStream;
use std::num::ParseIntError;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use goseal_core::digest::Sha256;

use super::Shared;
use super::message::{Answer, Request, reason};
use crate::fault::{DRIP_PAUSE_MS, Fault};

/// What [`Fault::Endless`] sends at most.
const ENDLESS_LIMIT: usize = 1 << 30;

/// How long a stalled connection is kept open.
const STALL_LIMIT: Duration = Duration::from_mins(2);

/// How the bytes of a body go out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manner {
    Whole,
    CutAfter(usize),
    StallAfter(usize),
    Announced(u64),
    Drip,
    Endless,
}

/// Sends the answer. `Ok(true)` when the connection can serve another request.
pub(super) fn deliver(
    shared: &Shared,
    stream: &TcpStream,
    request: &Request,
    (answer, fault): (Answer, Option<Fault>),
) -> io::Result<bool> {
    let answer = match request.method.as_str() {
        "GET" | "HEAD" => answer,
        _ => Answer::status(405),
    };
    let (answer, manner, ranges) = spoil(answer, fault);
    let (answer, part) = if ranges {
        cut_range(answer, request)
    } else {
        let all = 0..answer.body.len();
        (answer, all)
    };
    let body = answer.body.get(part).unwrap_or_default();
    let head = format_head(&answer, body.len(), manner);
    let mut out = stream;
    out.write_all(head.as_bytes())?;
    if request.method == "HEAD" {
        return Ok(true);
    }
    send_body(shared, stream, body, manner)
}

/// Applies a fault: the spoilt answer, the manner of sending it, and whether it has ranges.
fn spoil(mut answer: Answer, fault: Option<Fault>) -> (Answer, Manner, bool) {
    let mut manner = Manner::Whole;
    let mut ranges = true;
    match fault {
        None => {}
        Some(Fault::Status(status)) => answer = Answer::status(status),
        Some(Fault::RedirectTo(url)) => answer = Answer::redirect(&url),
        Some(Fault::ResetAfter(bytes)) => manner = Manner::CutAfter(bytes),
        Some(Fault::StallAfter(bytes)) => manner = Manner::StallAfter(bytes),
        Some(Fault::WrongLength(length)) => manner = Manner::Announced(length),
        Some(Fault::SlowDrip) => manner = Manner::Drip,
        Some(Fault::Endless) => (manner, ranges) = (Manner::Endless, false),
        Some(Fault::IgnoreRange) => ranges = false,
        Some(Fault::Gzip) => {
            answer.body = gzip(&answer.body);
            answer.headers.push(("Content-Encoding", "gzip".to_owned()));
            ranges = false;
        }
        Some(fault) => answer.body = spoil_body(&answer.body, fault),
    }
    (answer, manner, ranges)
}

fn spoil_body(body: &Arc<[u8]>, fault: Fault) -> Arc<[u8]> {
    let mut bytes = body.to_vec();
    match fault {
        Fault::Truncate(length) => bytes.truncate(length),
        Fault::ExtraBytes(count) => bytes.resize(bytes.len() + count, b'x'),
        Fault::FlipBit { at } => {
            let at = at.checked_rem(bytes.len()).unwrap_or(0);
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1;
            }
        }
        Fault::Replace(other) => return other,
        _ => {}
    }
    bytes.into()
}

fn gzip(body: &[u8]) -> Arc<[u8]> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder
        .write_all(body)
        .and_then(|()| encoder.finish())
        .expect("writing to memory cannot fail")
        .into()
}

/// The part of a 200 answer that was asked for: 206, 416, or the whole as it is.
fn cut_range(mut answer: Answer, request: &Request) -> (Answer, Range<usize>) {
    let length = answer.body.len();
    if answer.status != 200 {
        return (answer, 0..length);
    }
    let tag = format!("\"{:.16}\"", Sha256::of(&answer.body).to_string());
    let stale = request.header("if-range").is_some_and(|known| known != tag);
    answer.headers.push(("ETag", tag));
    answer.headers.push(("Accept-Ranges", "bytes".to_owned()));
    let asked = match request.header("range").filter(|_| !stale) {
        Some(value) => parse_range(value, length),
        None => Asked::Whole,
    };
    match asked {
        Asked::Whole => (answer, 0..length),
        Asked::Part(part) => {
            let range = format!("bytes {}-{}/{length}", part.start, part.end - 1);
            answer.status = 206;
            answer.headers.push(("Content-Range", range));
            (answer, part)
        }
        Asked::Beyond => {
            let mut answer = Answer::status(416);
            let range = format!("bytes */{length}");
            answer.headers.push(("Content-Range", range));
            let all = 0..answer.body.len();
            (answer, all)
        }
    }
}

/// What a `Range` header asks for.
#[derive(Debug, PartialEq, Eq)]
enum Asked {
    /// It is no single byte range, so it is ignored.
    Whole,
    Part(Range<usize>),
    /// A range that the body does not have.
    Beyond,
}

/// Source: RFC 9110 14.1.2.
fn parse_range(value: &str, length: usize) -> Asked {
    let numbers = value
        .strip_prefix("bytes=")
        .and_then(|range| range.split_once('-'))
        .and_then(|(from, to)| Some((parse_bound(from).ok()?, parse_bound(to).ok()?)));
    let part = match numbers {
        None | Some((None, None)) => return Asked::Whole,
        Some((Some(from), Some(to))) if to < from => return Asked::Whole,
        Some((None, Some(last))) => length.saturating_sub(last)..length,
        Some((Some(from), None)) => from..length,
        Some((Some(from), Some(to))) => from..to.saturating_add(1).min(length),
    };
    if part.is_empty() {
        Asked::Beyond
    } else {
        Asked::Part(part)
    }
}

/// Nothing, or a number.
fn parse_bound(text: &str) -> Result<Option<usize>, ParseIntError> {
    if text.is_empty() {
        Ok(None)
    } else {
        text.parse().map(Some)
    }
}

fn format_head(answer: &Answer, length: usize, manner: Manner) -> String {
    let mut head = format!("HTTP/1.1 {} {}\r\n", answer.status, reason(answer.status));
    for (name, value) in &answer.headers {
        let _ = write!(head, "{name}: {value}\r\n");
    }
    let announced = match manner {
        Manner::Endless => None,
        Manner::Announced(length) => Some(length),
        _ => u64::try_from(length).ok(),
    };
    if let Some(length) = announced {
        let _ = write!(head, "Content-Length: {length}\r\n");
    }
    if matches!(manner, Manner::Endless | Manner::Announced(_)) {
        head.push_str("Connection: close\r\n");
    }
    head.push_str("\r\n");
    head
}

fn send_body(shared: &Shared, stream: &TcpStream, body: &[u8], manner: Manner) -> io::Result<bool> {
    let mut out = stream;
    match manner {
        Manner::Whole => out.write_all(body).map(|()| true),
        Manner::Announced(_) => out.write_all(body).map(|()| false),
        Manner::CutAfter(bytes) if bytes < body.len() => out
            .write_all(body.get(..bytes).unwrap_or(body))
            .map(|()| false),
        Manner::StallAfter(bytes) if bytes < body.len() => {
            out.write_all(body.get(..bytes).unwrap_or(body))?;
            wait_for_the_client(shared, stream);
            Ok(false)
        }
        Manner::CutAfter(_) | Manner::StallAfter(_) => out.write_all(body).map(|()| true),
        Manner::Drip => {
            for byte in body.chunks(1) {
                out.write_all(byte)?;
                if shared.pause(Duration::from_millis(DRIP_PAUSE_MS)) {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        Manner::Endless => {
            out.write_all(body)?;
            let filler = vec![b'x'; 64 * 1024];
            let mut sent = 0;
            while sent < ENDLESS_LIMIT && !shared.is_stopped() {
                out.write_all(&filler)?;
                sent += filler.len();
            }
            Ok(false)
        }
    }
}

/// Says nothing until the client goes, the server ends or [`STALL_LIMIT`] has passed.
fn wait_for_the_client(shared: &Shared, stream: &TcpStream) {
    let step = Duration::from_millis(50);
    let _ = stream.set_read_timeout(Some(Duration::from_millis(1)));
    let mut waited = Duration::ZERO;
    let mut byte = [0];
    while waited < STALL_LIMIT && !shared.pause(step) {
        waited += step;
        match stream.peek(&mut byte) {
            Ok(0) => return,
            Ok(_) => {}
            Err(error) => match error.kind() {
                io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => {}
                _ => return,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_the_rfc_has_them() {
        for (value, expected) in [
            ("bytes=0-0", Asked::Part(0..1)),
            ("bytes=2-", Asked::Part(2..10)),
            ("bytes=2-99", Asked::Part(2..10)),
            ("bytes=-3", Asked::Part(7..10)),
            ("bytes=-99", Asked::Part(0..10)),
            ("bytes=10-", Asked::Beyond),
            ("bytes=12-14", Asked::Beyond),
            ("bytes=-0", Asked::Beyond),
            ("bytes=5-2", Asked::Whole),
            ("bytes=0-1,3-4", Asked::Whole),
            ("lines=0-1", Asked::Whole),
            ("bytes=a-b", Asked::Whole),
        ] {
            assert_eq!(parse_range(value, 10), expected, "{value}");
        }
    }
}
