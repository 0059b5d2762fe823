//! One exchange: a request, its redirects, and an answer whose body has not been read.

use std::error::Error as _;
use std::fmt;
use std::io;
use std::time::{Duration, Instant};

use reqwest::header::{
    ACCEPT_ENCODING, CONTENT_ENCODING, HeaderMap, HeaderName, IF_RANGE, LOCATION, RANGE,
    RETRY_AFTER,
};
use reqwest::{RequestBuilder, Response, StatusCode, Url};
use tokio::time;

use crate::address::{Address, Credentials, printable};
use crate::client::Limits;
use crate::error::{Answer, Error};
use crate::pace::{Attempts, Gauge, Jitter, Pace, parse_retry_after};
use crate::redirect::{self, Follow};

/// What every request needs; without the runtime, so that tasks may hold it.
pub(crate) struct Wire {
    pub(crate) http: reqwest::Client,
    pub(crate) pace: Pace,
    pub(crate) limits: Limits,
    pub(crate) jitter: Jitter,
    /// The moment from which the gauge's times are counted.
    pub(crate) born: Instant,
}

/// A failed attempt, and how long the server wants to be left alone.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) error: Error,
    pub(crate) retry_after: Option<Duration>,
    /// Whether nobody listens at the address, or no way leads there.
    pub(crate) refused: bool,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self {
            error,
            retry_after: None,
            refused: false,
        }
    }
}

/// The addresses that one request went through, printable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Route(Vec<String>);

impl Route {
    /// The address that gave the answer.
    pub(crate) fn last(&self) -> String {
        self.0.last().cloned().unwrap_or_default()
    }
}

impl fmt::Display for Route {
    /// `https://a.example/x -> https://b.example/x`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(" -> "))
    }
}

/// An answer with status 200, or 206 or 416 where a part was asked for.
pub(crate) struct Answered {
    pub(crate) response: Response,
    pub(crate) route: Route,
}

/// The part of a body that is asked for: from a byte on, if it is still the same body.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    pub(crate) from: u64,
    /// A strong validator (RFC 9110, 13.1.5), where the server gave one.
    pub(crate) validator: Option<String>,
}

impl Wire {
    pub(crate) fn now(&self) -> Duration {
        self.born.elapsed()
    }

    pub(crate) const fn attempts(&self) -> Attempts<'_> {
        Attempts::new(&self.pace, &self.jitter)
    }

    /// Waits before the next attempt, or ends with the failure.
    pub(crate) async fn pause(
        &self,
        attempts: &mut Attempts<'_>,
        failure: Failure,
    ) -> Result<(), Error> {
        if !failure.error.is_retryable() {
            return Err(failure.error);
        }
        let wait = if failure.refused {
            attempts.next_wait_refused()
        } else {
            attempts.next_wait(failure.retry_after)
        };
        match wait {
            Some(wait) => {
                time::sleep(wait).await;
                Ok(())
            }
            None => Err(failure.error),
        }
    }

    /// Asks once and follows redirects.
    pub(crate) async fn get(
        &self,
        address: &Address,
        follow: Follow,
        part: Option<&Part>,
    ) -> Result<Answered, Failure> {
        let mut at = address.url().clone();
        let mut credentials = address.credentials();
        let mut route = Route(vec![address.to_string()]);
        loop {
            let request = self.request(&at, credentials, part);
            let response = self.head(request, &printable(&at)).await?;
            let Some(location) = location(&response) else {
                return accept(response, route, part.is_some());
            };
            let to = redirect::judge(follow, &at, location, route.0.len() - 1)
                .map_err(|(to, reason)| refused(&at, to.as_ref(), reason))?;
            if !redirect::same_host(&at, &to) {
                credentials = None;
            }
            route.0.push(printable(&to));
            at = to;
        }
    }

    fn request(
        &self,
        at: &Url,
        credentials: Option<&Credentials>,
        part: Option<&Part>,
    ) -> RequestBuilder {
        let mut request = self.http.get(at.clone());
        request = request.header(ACCEPT_ENCODING, "identity");
        if let Some(known) = credentials {
            request = request.basic_auth(&known.user, known.password.as_ref());
        }
        let Some(part) = part else {
            return request;
        };
        request = request.header(RANGE, format!("bytes={}-", part.from));
        match &part.validator {
            Some(validator) => request.header(IF_RANGE, validator),
            None => request,
        }
    }

    /// Sends a request and waits for the head of its answer, one window at most.
    async fn head(&self, request: RequestBuilder, address: &str) -> Result<Response, Failure> {
        let limit = self.pace.connect_timeout + self.pace.window;
        let Ok(answer) = time::timeout(limit, request.send()).await else {
            return Err(Failure::from(Error::Connect {
                address: address.to_owned(),
                reason: format!("no head within {} ms", limit.as_millis()),
            }));
        };
        answer.map_err(|error| {
            let address = address.to_owned();
            let Cause {
                tls,
                refused,
                reason,
            } = cause(error, &address);
            let error = if tls {
                Error::Tls { address, reason }
            } else {
                Error::Connect { address, reason }
            };
            Failure {
                refused,
                ..Failure::from(error)
            }
        })
    }

    /// The next piece of a body, under the minimum rate; `None` at its end.
    ///
    /// `received` is what had come in before, for the message.
    pub(crate) async fn piece(
        &self,
        answered: &mut Answered,
        gauge: &mut Gauge,
        received: u64,
    ) -> Result<Option<impl AsRef<[u8]> + use<>>, Error> {
        loop {
            let left = gauge.left(self.now());
            let outcome = time::timeout(left, answered.response.chunk()).await;
            let bytes = match &outcome {
                Ok(Ok(Some(bytes))) => bytes.len(),
                _ => 0,
            };
            let slow = gauge.count(u64::try_from(bytes).unwrap_or(u64::MAX), self.now());
            match outcome {
                Ok(Ok(None)) => return Ok(None),
                Ok(Err(error)) => return Err(broken(&answered.route, received, error)),
                Ok(Ok(Some(piece))) if slow.is_ok() => return Ok(Some(piece)),
                Err(_) if slow.is_ok() => {}
                Ok(Ok(Some(_))) | Err(_) => {
                    return Err(Error::TooSlow {
                        address: answered.route.last(),
                        bytes: slow.err().unwrap_or_default(),
                        window_ms: u64::try_from(self.pace.window.as_millis()).unwrap_or(u64::MAX),
                    });
                }
            }
        }
    }
}

/// The target of a redirect: 301, 302, 303, 307 and 308 with a `Location`.
fn location(response: &Response) -> Option<&str> {
    matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308)
        .then(|| header(response.headers(), &LOCATION))
        .flatten()
}

/// A header's value where it is visible ASCII.
pub(crate) fn header<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn refused(from: &Url, to: Option<&Url>, reason: &'static str) -> Failure {
    Failure::from(Error::Redirect {
        address: printable(from),
        to: to.map_or("an unreadable address".to_owned(), printable),
        reason,
    })
}

fn accept(response: Response, route: Route, partial: bool) -> Result<Answered, Failure> {
    let address = route.last();
    let status = response.status();
    match status {
        StatusCode::OK => {}
        StatusCode::PARTIAL_CONTENT | StatusCode::RANGE_NOT_SATISFIABLE if partial => {}
        StatusCode::FORBIDDEN | StatusCode::NOT_FOUND | StatusCode::GONE => {
            return Err(Error::absent(address, Answer::Status(status.as_u16())).into());
        }
        other => {
            let status = other.as_u16();
            let retry_after = header(response.headers(), &RETRY_AFTER).and_then(parse_retry_after);
            return Err(Failure {
                retry_after,
                ..Failure::from(Error::Status { address, status })
            });
        }
    }
    match response.headers().get(CONTENT_ENCODING) {
        None => {}
        Some(value) if value.as_bytes().eq_ignore_ascii_case(b"identity") => {}
        Some(value) => {
            let text = String::from_utf8_lossy(value.as_bytes());
            let encoding = text.chars().take(40).flat_map(char::escape_debug).collect();
            return Err(Error::Encoded { address, encoding }.into());
        }
    }
    Ok(Answered { response, route })
}

fn broken(route: &Route, received: u64, error: reqwest::Error) -> Error {
    let address = route.last();
    let Cause { tls, reason, .. } = cause(error, &address);
    if tls {
        return Error::Tls { address, reason };
    }
    Error::Interrupted {
        address,
        received,
        reason,
    }
}

/// Why an exchange failed.
struct Cause {
    /// Whether TLS gave it.
    tls: bool,
    /// Whether nobody listens, or no way leads there: known at once, and seldom better soon.
    refused: bool,
    /// The deepest cause, in its own words.
    reason: String,
}

/// The cause of a failure. Addresses are taken out first: they could hold user information.
///
/// TLS libraries report what they refuse as `InvalidData`; a closed connection is another kind.
fn cause(error: reqwest::Error, address: &str) -> Cause {
    let https = address.starts_with("https:");
    let error = error.without_url();
    let mut found = Cause {
        tls: false,
        refused: false,
        reason: error.to_string(),
    };
    let mut next = error.source();
    while let Some(source) = next {
        found.reason = source.to_string();
        found.tls |= https && is_tls(source.downcast_ref());
        found.refused |= is_refused(source.downcast_ref());
        next = source.source();
    }
    found
}

fn is_refused(error: Option<&io::Error>) -> bool {
    use io::ErrorKind::{
        AddrNotAvailable, ConnectionRefused, HostUnreachable, NetworkDown, NetworkUnreachable,
    };
    // A name that nobody knows has no kind of its own; these are the words of std.
    let unknown_name = |error: &io::Error| {
        error
            .to_string()
            .starts_with("failed to lookup address information")
    };
    error.is_some_and(|error| {
        unknown_name(error)
            || matches!(
                error.kind(),
                ConnectionRefused
                    | HostUnreachable
                    | NetworkUnreachable
                    | NetworkDown
                    | AddrNotAvailable
            )
    })
}

/// Errors of the system wrap one another without naming each other as their source.
fn is_tls(error: Option<&io::Error>) -> bool {
    error.is_some_and(|error| {
        let inner = error.get_ref().and_then(|inner| inner.downcast_ref());
        error.kind() == io::ErrorKind::InvalidData || is_tls(inner)
    })
}
