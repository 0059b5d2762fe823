//! Archives from proxies, bases and folders; statuses, redirects, encodings.

use std::fs::{self, File};
use std::path::Path;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use goseal_core::archive::{Archive, ArchiveForm};
use goseal_core::digest::Sha256;
use goseal_core::progress::Progress;
use goseal_core::release::ReleaseId;
use goseal_core::unverified::Unverified;
use goseal_fetch::proxy::parse_goproxy;
use goseal_fetch::{Address, Answer, Client, Error, Options, Source, Target};

use crate::server::{Reply, Server};
use crate::{client, quick};

const ZIP: &str = "/golang.org/toolchain/@v/v0.0.1-go1.22.5.linux-amd64.zip";
const TAR: &str = "go1.22.5.linux-amd64.tar.gz";

fn id() -> ReleaseId {
    ReleaseId::parse("go1.22.5.linux-amd64").unwrap()
}

#[derive(Default)]
struct Told(Mutex<Vec<String>>);

impl Progress for Told {
    fn begin(&self, what: &str, total: Option<u64>) {
        let total = total.map_or("?".to_owned(), |total| total.to_string());
        self.0.lock().unwrap().push(format!("begin {what} {total}"));
    }

    fn at(&self, done: u64) {
        self.0.lock().unwrap().push(format!("at {done}"));
    }

    fn end(&self) {
        self.0.lock().unwrap().push("end".to_owned());
    }
}

pub(crate) struct Fetched {
    pub(crate) outcome: Result<Unverified<Archive>, Error>,
    pub(crate) bytes: Vec<u8>,
    pub(crate) told: Vec<String>,
}

impl Fetched {
    pub(crate) fn archive(&self) -> &Archive {
        self.outcome.as_ref().unwrap().untrusted()
    }

    pub(crate) fn error(self) -> Error {
        self.outcome.unwrap_err()
    }
}

fn fetch_from(client: &Client, sources: &[Source]) -> Fetched {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("archive");
    // What lay there before must not matter.
    fs::write(&path, b"left over").unwrap();
    let mut file = File::options().write(true).open(&path).unwrap();
    let told = Told::default();
    let target = Target {
        file: &mut file,
        path: &path,
    };
    let outcome = client.download(sources, &id(), target, &told);
    let told = told.0.into_inner().unwrap();
    assert_eq!(
        told.iter().filter(|line| line.starts_with("begin")).count(),
        told.iter().filter(|line| *line == "end").count()
    );
    Fetched {
        outcome,
        bytes: fs::read(&path).unwrap(),
        told,
    }
}

fn base(server: &Server, size: Option<u64>) -> Source {
    let base = server.base();
    Source::ArchiveBase { base, size }
}

/// Fetches the release archive of a server.
pub(crate) fn fetch(server: &Server, options: &Options, size: Option<u64>) -> Fetched {
    fetch_from(&Client::new(options).unwrap(), &[base(server, size)])
}

fn proxies(list: &str) -> Source {
    Source::Proxy(parse_goproxy(list).unwrap())
}

#[test]
fn a_module_zip_comes_from_the_proxy_and_says_where_from() {
    let server = Server::start(|_, _| Reply::ok(b"zip bytes"));
    let fetched = fetch_from(&client(), &[Source::Proxy(server.hops())]);
    let archive = fetched.archive();
    assert_eq!(archive.form, ArchiveForm::ModuleZip);
    assert_eq!(archive.file_name, "v0.0.1-go1.22.5.linux-amd64.zip");
    assert_eq!(archive.sha256, Sha256::of(b"zip bytes"));
    assert_eq!(archive.served_by, format!("{}{ZIP}", server.url()));
    assert_eq!(fetched.bytes, b"zip bytes");
    let seen = server.seen();
    assert_eq!(seen[0].target, ZIP);
    assert_eq!(seen[0].header("user-agent"), Some("goseal/test"));
    assert_eq!(seen[0].header("accept-encoding"), Some("identity"));
}

#[test]
fn a_list_of_proxies_is_walked_and_a_403_ends_it_with_its_address() {
    let gone = Server::start(|_, _| Reply::status(410));
    let forbidden = Server::start(|_, _| Reply::status(403));
    let good = Server::start(|_, _| Reply::ok(b"zip"));
    let (gone, forbidden, good) = (gone.url(), forbidden.url(), good.url());
    let served = |list: &str| fetch_from(&client(), &[proxies(list)]).outcome;

    assert!(served(&format!("{gone},{good}")).is_ok());
    assert!(served(&format!("{forbidden}|{good}")).is_ok());
    let error = served(&format!("{gone},{forbidden},{good}")).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("not carried: {gone}{ZIP} (status 410); {forbidden}{ZIP} (status 403)")
    );
    let error = served(&format!("{gone},direct")).unwrap_err();
    assert_eq!(error.absences().unwrap()[1].answer, Answer::Direct);
    let error = served("off").unwrap_err();
    assert_eq!(error.to_string(), "not carried: off (ends the list)");
}

#[test]
fn what_one_source_does_not_carry_the_next_is_asked_for() {
    let without = Server::start(|_, _| Reply::status(403));
    let with = Server::start(|_, _| Reply::ok(b"tar"));
    let sources = [Source::Proxy(without.hops()), base(&with, None)];
    let fetched = fetch_from(&client(), &sources);
    assert_eq!(fetched.archive().form, ArchiveForm::ReleaseTarGz);
    assert_eq!(with.targets(), [format!("/{TAR}")]);
}

#[test]
fn a_broken_source_is_no_reason_to_ask_the_next() {
    let broken = Server::start(|_, _| Reply::status(500));
    let good = Server::start(|_, _| Reply::ok(b"tar"));
    let error = fetch_from(&client(), &[base(&broken, None), base(&good, None)]).error();
    assert!(
        matches!(error, Error::Status { status: 500, .. }),
        "{error}"
    );
    assert_eq!((broken.seen().len(), good.seen().len()), (4, 0));
}

#[test]
fn the_first_bytes_of_a_failed_proxy_do_not_stay_in_the_file() {
    let half = Server::start(|_, _| Reply::new(200, crate::server::Body::Claimed(vec![9; 10], 20)));
    let good = Server::start(|_, _| Reply::ok(b"zip"));
    let list = format!("{}|{}", half.url(), good.url());
    let fetched = fetch_from(&client(), &[proxies(&list)]);
    assert_eq!(fetched.bytes, b"zip");
    assert_eq!(fetched.archive().sha256, Sha256::of(b"zip"));
}

#[test]
fn a_500_and_a_429_are_tried_again() {
    let server = Server::start(|_, count| match count {
        0 => Reply::status(500),
        1 => Reply::status(429).with("retry-after", "0"),
        _ => Reply::ok(b"tar"),
    });
    assert!(fetch(&server, &quick(), None).outcome.is_ok());
    assert_eq!(server.seen().len(), 3);
}

#[test]
fn retry_after_is_waited_for_and_beyond_the_patience_it_ends() {
    let server = Server::start(|_, count| match count {
        0 => Reply::status(429).with("retry-after", "1"),
        _ => Reply::ok(b"tar"),
    });
    let begun = Instant::now();
    assert!(fetch(&server, &quick(), None).outcome.is_ok());
    assert!(begun.elapsed() >= Duration::from_secs(1));

    let server = Server::start(|_, _| Reply::status(503).with("retry-after", "3600"));
    let error = fetch(&server, &quick(), None).error();
    assert!(
        matches!(error, Error::Status { status: 503, .. }),
        "{error}"
    );
    assert_eq!(server.seen().len(), 1);
}

#[test]
fn what_will_not_change_is_asked_once() {
    for status in [204, 400, 401, 407, 206, 304] {
        let server = Server::start(move |_, _| Reply::status(status));
        let error = fetch(&server, &quick(), None).error();
        assert!(
            matches!(error, Error::Status { status: said, .. } if said == status),
            "{error}"
        );
        assert_eq!(server.seen().len(), 1, "{status}");
    }
}

#[test]
fn a_content_encoding_is_refused() {
    let server = Server::start(|_, _| Reply::ok(b"\x1f\x8b").with("content-encoding", "gzip"));
    let fetched = fetch(&server, &quick(), None);
    assert!(fetched.bytes.is_empty());
    let error = fetched.error();
    assert!(
        matches!(&error, Error::Encoded { encoding, .. } if encoding == "gzip"),
        "{error}"
    );
}

#[test]
fn credentials_go_to_their_host_only_and_are_printed_nowhere() {
    let store = Server::start(|_, _| Reply::ok(b"tar"));
    let to = format!("{}/blob?signature=secret", store.url());
    let front = Server::start(move |seen, _| match seen.target.as_str() {
        "/moved" => Reply::redirect(&to),
        _ => Reply::redirect("/moved"),
    });
    let address = Address::parse(&format!("http://me:pass%21@{}/", front.host())).unwrap();
    let source = Source::ArchiveBase {
        base: address,
        size: None,
    };
    let fetched = fetch_from(&client(), &[source]);
    // base64 of `me:pass!`
    let basic = Some("Basic bWU6cGFzcyE=");
    let seen = front.seen();
    assert_eq!(seen[0].header("authorization"), basic);
    assert_eq!(seen[1].header("authorization"), basic);
    assert_eq!(store.seen()[0].header("authorization"), None);
    assert_eq!(store.seen()[0].header("referer"), None);
    assert_eq!(
        fetched.archive().served_by,
        format!(
            "{0}/{TAR} -> {0}/moved -> {1}/blob",
            front.url(),
            store.url()
        )
    );
}

#[test]
fn credentials_do_not_come_back_after_another_host() {
    let back = std::sync::Arc::new(Mutex::new(String::new()));
    let there = std::sync::Arc::clone(&back);
    let other = Server::start(move |_, _| Reply::redirect(&there.lock().unwrap()));
    let away = other.url();
    let home = Server::start(move |seen, _| match seen.target.as_str() {
        "/back" => Reply::ok(b"tar"),
        _ => Reply::redirect(&away),
    });
    *back.lock().unwrap() = format!("{}/back", home.url());
    let base = Address::parse(&format!("http://me:pass@{}/", home.host())).unwrap();
    fetch_from(&client(), &[Source::ArchiveBase { base, size: None }]).archive();
    assert!(home.seen()[0].header("authorization").is_some());
    assert!(home.seen()[1].header("authorization").is_none());
}

#[test]
fn redirects_in_a_circle_or_to_another_scheme_end() {
    let server = Server::start(|_, _| Reply::redirect("/again"));
    let error = fetch(&server, &quick(), None).error();
    assert!(
        matches!(
            error,
            Error::Redirect {
                reason: "more than 5 redirects",
                ..
            }
        ),
        "{error}"
    );
    assert_eq!(server.seen().len(), 6);
    for to in ["ftp://me:secret@a.example/x?k=secret", "file:///etc/passwd"] {
        let server = Server::start(move |_, _| Reply::redirect(to));
        let error = fetch(&server, &quick(), None).error();
        assert!(matches!(error, Error::Redirect { .. }), "{error}");
        assert!(!error.to_string().contains("secret"), "{error}");
    }
}

#[test]
fn nobody_listening_is_tried_again_and_then_an_error_without_the_password() {
    let address = Address::parse("http://me:secret@127.0.0.1:1/").unwrap();
    let source = Source::ArchiveBase {
        base: address,
        size: None,
    };
    let error = fetch_from(&client(), &[source]).error();
    assert!(matches!(error, Error::Connect { .. }), "{error}");
    assert!(!format!("{error} {error:?}").contains("secret"));
}

#[test]
fn a_folder_serves_the_module_zip_else_the_archive() {
    let folder = tempfile::tempdir().unwrap();
    let source = |size| Source::Folder {
        path: folder.path().to_owned(),
        size,
    };
    let error = fetch_from(&client(), &[source(None)]).error();
    assert_eq!(error.absences().unwrap().len(), 2);

    fs::write(folder.path().join(TAR), b"tar").unwrap();
    let fetched = fetch_from(&client(), &[source(Some(3))]);
    assert_eq!(fetched.archive().form, ArchiveForm::ReleaseTarGz);
    let error = fetch_from(&client(), &[source(Some(4))]).error();
    assert!(
        matches!(
            error,
            Error::WrongSize {
                expected: 4,
                actual: 3,
                ..
            }
        ),
        "{error}"
    );

    let zip = folder.path().join(ZIP.trim_start_matches('/'));
    fs::create_dir_all(zip.parent().unwrap()).unwrap();
    fs::write(&zip, b"module zip").unwrap();
    // The size of a lock is the archive's and does not bind the module zip.
    let fetched = fetch_from(&client(), &[source(Some(3))]);
    assert_eq!(fetched.archive().form, ArchiveForm::ModuleZip);
    assert_eq!(Path::new(&fetched.archive().served_by), zip);

    let hops = format!("file://{}", folder.path().display());
    let fetched = fetch_from(&client(), &[proxies(&hops)]);
    assert_eq!(fetched.bytes, b"module zip");
    assert_eq!(fetched.archive().sha256, Sha256::of(b"module zip"));
}

#[test]
fn a_folder_in_place_of_the_file_is_an_error_of_its_path() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join(TAR)).unwrap();
    let source = Source::Folder {
        path: folder.path().to_owned(),
        size: None,
    };
    let error = fetch_from(&client(), &[source]).error();
    assert!(
        error
            .to_string()
            .ends_with(&format!("{TAR}: not a regular file")),
        "{error}"
    );
}

#[test]
fn without_sources_nothing_is_carried() {
    let error = fetch_from(&client(), &[]).error();
    assert_eq!(error.to_string(), "not carried");
}
