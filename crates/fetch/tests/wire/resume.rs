//! Bodies that break, lie, drip or never end (faults 14 to 16).

use std::time::Duration;

use goseal_core::digest::Sha256;
use goseal_fetch::Error;

use crate::download::{Fetched, fetch};
use crate::server::{Body, Reply, Seen, Server};
use crate::{content, quick};

const CUT: usize = 64 << 10;

/// Serves `content` honestly from where it is asked, but at most `CUT` bytes at a time.
fn cut_short(content: &[u8], seen: &Seen) -> Reply {
    let first = seen.from().unwrap_or(0);
    let rest = &content[first..];
    let sent = rest[..rest.len().min(CUT)].to_vec();
    let body = Body::Claimed(sent, rest.len());
    match seen.from() {
        Some(_) => Reply::part(content, first, body),
        None => Reply::new(200, body),
    }
    .with("etag", "\"one\"")
}

fn whole(fetched: &Fetched, expected: &[u8]) {
    let archive = fetched.archive();
    assert_eq!(archive.sha256, Sha256::of(expected));
    assert_eq!(archive.size, expected.len() as u64);
    assert!(fetched.bytes == expected, "the file holds other bytes");
}

#[test]
fn a_body_cut_every_64_kib_is_resumed_and_its_digest_is_right() {
    let bytes = content(1 << 20);
    let copy = bytes.clone();
    let server = Server::start(move |seen, _| cut_short(&copy, seen));
    let fetched = fetch(&server, &quick(), None);
    whole(&fetched, &bytes);
    let seen = server.seen();
    assert_eq!(seen.len(), 16);
    assert_eq!(seen[0].header("range"), None);
    assert_eq!(seen[15].header("range"), Some("bytes=983040-"));
    assert_eq!(seen[15].header("if-range"), Some("\"one\""));
    let told = fetched.told.clone();
    assert_eq!(
        told.first().unwrap(),
        "begin go1.22.5.linux-amd64.tar.gz 1048576"
    );
    assert_eq!(&told[told.len() - 2..], ["at 1048576", "end"]);
}

#[test]
fn a_server_that_ignores_ranges_starts_from_zero_and_ends_when_it_never_gets_further() {
    let bytes = content(200_000);
    let copy = bytes.clone();
    let server = Server::start(move |_, count| {
        if count == 0 {
            Reply::new(200, Body::Claimed(copy[..150_000].to_vec(), copy.len()))
        } else {
            Reply::ok(&copy)
        }
    });
    whole(&fetch(&server, &quick(), None), &bytes);
    assert_eq!(server.seen().len(), 2);

    let copy = bytes.clone();
    let server =
        Server::start(move |_, _| Reply::new(200, Body::Claimed(copy[..CUT].to_vec(), copy.len())));
    let error = fetch(&server, &quick(), None).error();
    assert!(
        matches!(
            error,
            Error::Interrupted {
                received: 65_536,
                ..
            }
        ),
        "{error}"
    );
    // The first brought new bytes, its three retries the same ones again.
    assert_eq!(server.seen().len(), 4);
}

#[test]
fn another_content_under_the_same_address_starts_from_zero() {
    let (old, new) = (content(100_000), content(90_001)[1..].to_vec());
    for case in ["if-range", "tag", "size", "offset", "unreadable", "gone"] {
        let (old, copy) = (old.clone(), new.clone());
        let server = Server::start(move |seen, count| match (count, seen.from()) {
            (0, _) => Reply::new(200, Body::Claimed(old[..50_000].to_vec(), old.len()))
                .with("etag", "\"old\""),
            (_, Some(first)) => {
                let rest = Body::Whole(copy[first..].to_vec());
                match case {
                    "if-range" => Reply::ok(&copy),
                    "tag" => Reply::part(&old, first, rest).with("etag", "\"new\""),
                    "size" => Reply::part(&copy, first, rest),
                    "offset" => Reply::part(&old, first + 1, rest),
                    "unreadable" => Reply::new(206, rest),
                    _ => Reply::status(416),
                }
            }
            (_, None) => Reply::ok(&copy),
        });
        let fetched = fetch(&server, &quick(), None);
        whole(&fetched, &new);
        let requests = if case == "if-range" { 2 } else { 3 };
        assert_eq!(server.seen().len(), requests, "{case}");
    }
}

#[test]
fn an_endless_body_ends_at_the_expected_size() {
    let server =
        Server::start(|_, _| Reply::new(200, Body::Chunks(vec![7; 8192], Duration::ZERO, None)));
    let error = fetch(&server, &quick(), Some(100_000)).error();
    assert!(
        matches!(error, Error::TooLong { limit: 100_000, .. }),
        "{error}"
    );
    assert_eq!(server.seen().len(), 1);
}

#[test]
fn an_endless_body_of_unknown_size_ends_at_the_hard_limit() {
    let server =
        Server::start(|_, _| Reply::new(200, Body::Chunks(vec![7; 65_536], Duration::ZERO, None)));
    let fetched = fetch(&server, &quick(), None);
    let error = fetched.outcome.as_ref().unwrap_err();
    assert!(
        matches!(
            error,
            Error::TooLong {
                limit: 4_194_304,
                ..
            }
        ),
        "{error}"
    );
    assert!(fetched.bytes.len() <= 4_194_304);
}

#[test]
fn a_length_above_the_hard_limit_is_refused_before_a_byte_is_written() {
    let server = Server::start(|_, _| Reply::new(200, Body::Claimed(vec![1; 10], 5 << 20)));
    let fetched = fetch(&server, &quick(), None);
    assert!(matches!(fetched.outcome, Err(Error::TooLong { .. })));
    assert!(fetched.bytes.is_empty());
}

#[test]
fn a_length_other_than_the_expected_one_is_refused() {
    for claimed in [99, 101] {
        let server = Server::start(move |_, _| Reply::ok(&vec![1; claimed]));
        let error = fetch(&server, &quick(), Some(100)).error();
        let expected = claimed as u64;
        assert!(
            matches!(error, Error::WrongSize { expected: 100, actual, .. } if actual == expected),
            "{error}"
        );
        assert_eq!(server.seen().len(), 1);
    }
}

#[test]
fn a_length_that_promises_too_much_is_tried_again_and_then_an_error() {
    let server = Server::start(|seen, _| match seen.from() {
        None => Reply::new(200, Body::Claimed(vec![1; 500], 1000)),
        Some(_) => Reply::part(&[1; 1000], 500, Body::Claimed(Vec::new(), 500)),
    });
    let error = fetch(&server, &quick(), None).error();
    assert!(
        matches!(error, Error::Interrupted { received: 500, .. }),
        "{error}"
    );
    assert_eq!(server.seen().len(), 4);
}

#[test]
fn a_body_without_length_that_ends_early_is_resumed() {
    let bytes = content(3000);
    let copy = bytes.clone();
    let server = Server::start(move |seen, _| match seen.from() {
        None => Reply::new(
            200,
            Body::Chunks(copy[..1000].to_vec(), Duration::ZERO, Some(1)),
        ),
        Some(first) => Reply::part(&copy, first, Body::Whole(copy[first..].to_vec())),
    });
    whole(&fetch(&server, &quick(), Some(3000)), &bytes);
}

#[test]
fn a_slow_drip_is_ended_by_the_minimum_rate() {
    let server = Server::start(|_, _| {
        Reply::new(200, Body::Chunks(vec![1], Duration::from_millis(10), None))
    });
    let mut options = quick();
    options.pace.window = Duration::from_millis(100);
    options.pace.window_bytes = 1000;
    options.pace.retries = 1;
    let error = fetch(&server, &options, None).error();
    assert!(
        matches!(
            error,
            Error::TooSlow {
                bytes: 0..1000,
                window_ms: 100,
                ..
            }
        ),
        "{error}"
    );
    assert!(error.is_retryable());
    assert_eq!(server.seen().len(), 2);
}

#[test]
fn silence_is_too_slow_as_well() {
    let server =
        Server::start(|_, _| Reply::new(200, Body::Chunks(vec![1], Duration::from_secs(30), None)));
    let mut options = quick();
    options.pace.window = Duration::from_millis(80);
    options.pace.retries = 0;
    let error = fetch(&server, &options, None).error();
    assert!(matches!(error, Error::TooSlow { bytes: 0, .. }), "{error}");
}

#[test]
fn a_stalled_body_is_resumed_where_it_stopped() {
    let bytes = content(5000);
    let copy = bytes.clone();
    let server = Server::start(move |seen, _| match seen.from() {
        None => {
            let stalled = Body::Stalled(copy[..2000].to_vec(), 5000, Duration::from_secs(5));
            Reply::new(200, stalled)
        }
        Some(first) => Reply::part(&copy, first, Body::Whole(copy[first..].to_vec())),
    });
    let mut options = quick();
    options.pace.window = Duration::from_millis(400);
    options.pace.window_bytes = 2001;
    whole(&fetch(&server, &options, Some(5000)), &bytes);
    assert_eq!(server.seen()[1].header("range"), Some("bytes=2000-"));
}
