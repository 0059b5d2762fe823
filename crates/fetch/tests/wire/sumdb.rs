//! The base of the checksum database and reads below it (fault 28).

use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::time::Duration;
use std::{fs::File, thread};

use goseal_core::progress::Silent;
use goseal_core::release::ReleaseId;
use goseal_fetch::proxy::parse_goproxy;
use goseal_fetch::{Answer, Client, Error, Source, SumdbBase, Target};

use crate::server::{Reply, Server};
use crate::{client, content};

const NAME: &str = "sum.example";

fn base_of(list: &str) -> Result<SumdbBase, Error> {
    client().sumdb_base(&parse_goproxy(list).unwrap(), NAME)
}

fn answering(status: u16) -> Server {
    Server::start(move |_, _| Reply::status(status))
}

#[test]
fn the_first_proxy_that_supports_it_serves_it() {
    let (no, gone, yes) = (answering(404), answering(410), answering(200));
    let base = base_of(&format!("{},{},{},direct", no.url(), gone.url(), yes.url())).unwrap();
    assert_eq!(base.to_string(), format!("{}/sumdb/sum.example", yes.url()));
    assert!(!base.is_direct());
    assert_eq!(no.targets(), ["/sumdb/sum.example/supported"]);
}

#[test]
fn behind_the_last_proxy_it_is_the_host_itself() {
    let no = answering(404);
    for list in [
        no.url(),
        format!("{},direct", no.url()),
        "direct".to_owned(),
        "off".to_owned(),
    ] {
        let base = base_of(&list).unwrap();
        assert_eq!(
            (base.to_string().as_str(), base.is_direct()),
            ("https://sum.example/", true)
        );
    }
    let base = client().sumdb_base(&[], NAME).unwrap();
    assert!(base.is_direct());
}

#[test]
fn any_other_answer_makes_it_unavailable() {
    let redirecting = Server::start(|_, _| Reply::redirect("/elsewhere"));
    for (server, behind) in [
        (answering(403), ",direct"),
        (answering(500), ",direct"),
        (answering(500), "|direct"),
        (answering(401), ""),
        (redirecting, ",direct"),
    ] {
        assert!(base_of(&format!("{}{behind}", server.url())).is_err());
    }
    let (broken, yes) = (answering(500), answering(200));
    assert!(
        !base_of(&format!("{}|{}", broken.url(), yes.url()))
            .unwrap()
            .is_direct()
    );
}

#[test]
fn refuses_a_name_that_is_no_host() {
    for name in ["", "../x", "a/b", "me@sum.example"] {
        assert!(matches!(
            client().sumdb_base(&[], name),
            Err(Error::Address { .. })
        ));
    }
}

#[test]
fn a_proxy_that_supports_it_and_then_has_nothing_is_never_left() {
    let server = Server::start(|seen, _| match seen.target.as_str() {
        "/sumdb/sum.example/supported" => Reply::ok(b""),
        _ => Reply::status(404),
    });
    let base = base_of(&format!("{},direct", server.url())).unwrap();
    let error = client()
        .read(&base, "/lookup/golang.org/toolchain@v0.0.1-x", 100)
        .unwrap_err();
    let absence = &error.absences().unwrap()[0];
    assert_eq!(absence.answer, Answer::Status(404));
    assert!(absence.place.starts_with(&server.url()));
}

#[test]
fn reads_are_bounded_unredirected_and_tried_again() {
    let server =
        Server::start(
            |seen, count| match seen.target.trim_start_matches("/sumdb/sum.example/") {
                "supported" => Reply::ok(b""),
                "latest" if count < 2 => Reply::status(502),
                "latest" => Reply::ok(b"note"),
                "tile/8/0/000" => Reply::ok(&[0; 8193]),
                _ => Reply::redirect("/sumdb/sum.example/latest"),
            },
        );
    let client = client();
    let base = client.sumdb_base(&server.hops(), NAME).unwrap();
    assert_eq!(client.read(&base, "latest", 4).unwrap(), b"note");
    let error = client.read(&base, "tile/8/0/000", 8192).unwrap_err();
    assert!(
        matches!(error, Error::TooLong { limit: 8192, .. }),
        "{error}"
    );
    let error = client.read(&base, "tile/8/1/000", 8192).unwrap_err();
    assert!(matches!(error, Error::Redirect { .. }), "{error}");
    let error = client.read(&base, "../x", 8192).unwrap_err();
    assert!(matches!(error, Error::Address { .. }), "{error}");
}

#[test]
fn many_reads_come_in_order_and_at_most_eight_at_once() {
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (running, peak) = (Arc::clone(&now), Arc::clone(&most));
    let server = Server::start(move |seen, _| {
        peak.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        thread::sleep(Duration::from_millis(20));
        running.fetch_sub(1, Ordering::SeqCst);
        match seen.target.rsplit('/').next() {
            Some("7") => Reply::status(404),
            Some(last) => Reply::ok(last.as_bytes()),
            None => Reply::ok(b""),
        }
    });
    let client = client();
    let base = client.sumdb_base(&server.hops(), NAME).unwrap();
    let paths: Vec<String> = (0..40).map(|number| format!("tile/{number}")).collect();
    let asked: Vec<_> = paths.iter().map(|path| (path.as_str(), 100)).collect();
    let answers = client.read_all(&base, &asked);
    assert_eq!(answers.len(), 40);
    for (number, answer) in answers.iter().enumerate() {
        match answer {
            Ok(bytes) => assert_eq!(*bytes, number.to_string().into_bytes()),
            Err(error) => assert!(number == 7 && error.absences().is_some(), "{error}"),
        }
    }
    let most = most.load(Ordering::SeqCst);
    assert!((2..=8).contains(&most), "{most} at once");
    assert!(client.read_all(&base, &[]).is_empty());
}

#[test]
fn a_folder_serves_it_where_it_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let list = format!("file://{}", folder.path().display());
    assert!(base_of(&list).unwrap().is_direct());
    let sumdb = folder.path().join("sumdb").join(NAME);
    fs::create_dir_all(&sumdb).unwrap();
    fs::write(sumdb.join("supported"), b"").unwrap();
    fs::write(sumdb.join("latest"), b"note").unwrap();
    let base = base_of(&list).unwrap();
    assert_eq!(base, SumdbBase::folder(sumdb.clone()));
    assert_eq!(client().read(&base, "/latest", 4).unwrap(), b"note");
    assert!(matches!(
        client().read(&base, "latest", 3),
        Err(Error::TooLong { .. })
    ));
    let error = client().read(&base, "lookup/x", 3).unwrap_err();
    assert_eq!(error.absences().unwrap()[0].answer, Answer::NoFile);
}

#[test]
fn a_download_and_reads_run_side_by_side_in_two_threads() {
    fn shared<T: Send + Sync + Clone>(_: &T) {}
    let bytes = content(300_000);
    let copy = bytes.clone();
    // Both requests are under way before either is answered.
    let both = Arc::new(Barrier::new(2));
    let met = Arc::clone(&both);
    let server = Server::start(move |seen, _| {
        if seen.target.ends_with("supported") {
            return Reply::ok(b"");
        }
        met.wait();
        if seen.target.contains("/@v/") {
            Reply::ok(&copy)
        } else {
            Reply::ok(b"note")
        }
    });
    let client: Client = client();
    shared(&client);
    let base = client.sumdb_base(&server.hops(), NAME).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("zip");
    let mut file = File::create(&path).unwrap();
    let id = ReleaseId::parse("go1.22.5.linux-amd64").unwrap();
    thread::scope(|scope| {
        let other = client.clone();
        let read = scope.spawn(move || other.read(&base, "latest", 10));
        let target = Target {
            file: &mut file,
            path: &path,
        };
        let sources = [Source::Proxy(server.hops())];
        client.download(&sources, &id, target, &Silent).unwrap();
        assert_eq!(read.join().unwrap().unwrap(), b"note");
    });
    assert!(fs::read(&path).unwrap() == bytes);
}
