//! Lists of versions, the index, proxies of the network, certificates.

use std::fs;
use std::io::Write as _;
use std::net::TcpListener;
use std::thread;
use std::time::{Duration, Instant};

use goseal_fetch::proxy::{Place, parse_goproxy};
use goseal_fetch::{Address, Client, Error, Options, Pace};

use crate::server::{Body, Reply, Server};
use crate::{client, quick};

const LIST: &str = "v0.0.1-go1.26.10.linux-amd64\nv0.0.1-go1.22.5.linux-arm\nv0.0.1-odd\n";

#[test]
fn the_first_proxy_with_a_list_counts() {
    let empty = Server::start(|_, _| Reply::status(404));
    let full = Server::start(|_, _| Reply::ok(LIST.as_bytes()));
    let hops = parse_goproxy(&format!("{},{}", empty.url(), full.url())).unwrap();
    let versions = client().versions(&hops).unwrap();
    let names: Vec<_> = versions.releases.iter().map(ToString::to_string).collect();
    assert_eq!(names, ["go1.22.5.linux-arm", "go1.26.10.linux-amd64"]);
    assert_eq!(versions.skipped, 1);
    assert_eq!(full.targets(), ["/golang.org/toolchain/@v/list"]);
    let hops = parse_goproxy(&format!("{},direct", empty.url())).unwrap();
    let error = client().versions(&hops).unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("; direct (carries no toolchains)"),
        "{error}"
    );
}

#[test]
fn a_list_lies_in_a_folder_too() {
    let folder = tempfile::tempdir().unwrap();
    let list = folder.path().join("golang.org/toolchain/@v/list");
    fs::create_dir_all(list.parent().unwrap()).unwrap();
    fs::write(&list, LIST).unwrap();
    let hops = parse_goproxy(&format!("file://{}", folder.path().display())).unwrap();
    assert_eq!(client().versions(&hops).unwrap().releases.len(), 2);
}

#[test]
fn a_list_that_is_too_long_is_refused_with_and_without_a_length() {
    for endless in [false, true] {
        let server = Server::start(move |_, _| {
            let body = if endless {
                Body::Chunks(vec![b'\n'; 8192], Duration::ZERO, None)
            } else {
                Body::Claimed(Vec::new(), 70_000)
            };
            Reply::new(200, body)
        });
        let error = client().versions(&server.hops()).unwrap_err();
        assert!(
            matches!(error, Error::TooLong { limit: 65_536, .. }),
            "{error}"
        );
        assert_eq!(server.seen().len(), 1);
    }
}

#[test]
fn the_index_is_asked_for_everything() {
    let server = Server::start(|seen, _| {
        match seen.target.as_str() {
        "/dl/?mode=json&include=all" => Reply::redirect("/moved"),
        _ => Reply::ok(
            br#"[{"version":"go1.22.5","stable":true,"files":[{"filename":"go1.22.5.linux-amd64.tar.gz","os":"linux","arch":"amd64","version":"go1.22.5","sha256":"","size":1,"kind":"archive"}]}]"#,
        ),
    }
    });
    let base = Address::parse(&format!("{}/dl/", server.url())).unwrap();
    let index = client().index(&base).unwrap();
    let index = index.untrusted();
    assert_eq!(index.entries.len(), 1);
    assert!(index.find(&index.entries[0].id).is_some());
    assert_eq!(
        index.served_by,
        format!("{0}/dl/ -> {0}/moved", server.url())
    );
}

#[test]
fn an_index_that_is_none_names_its_address() {
    let server = Server::start(|_, _| Reply::ok(b"<html>"));
    let error = client().index(&server.base()).unwrap_err();
    assert!(matches!(&error, Error::Index { .. }), "{error}");
    assert!(error.to_string().starts_with(&server.url()), "{error}");
}

#[test]
fn http_goes_through_the_proxy_of_the_network_unless_no_proxy_names_the_host() {
    let proxy = Server::start(|_, _| Reply::ok(LIST.as_bytes()));
    let mut options = quick();
    options.pace.retries = 0;
    options.network.http_proxy = Some(format!("http://me:pass@{}", proxy.host()));
    options.network.no_proxy = Some("direct.invalid".to_owned());
    let client = Client::new(&options).unwrap();
    let hops = |list| parse_goproxy(list).unwrap();
    assert!(client.versions(&hops("http://carried.invalid/p")).is_ok());
    let seen = proxy.seen();
    assert_eq!(
        seen[0].target,
        "http://carried.invalid/p/golang.org/toolchain/@v/list"
    );
    assert_eq!(
        seen[0].header("proxy-authorization"),
        Some("Basic bWU6cGFzcw==")
    );
    assert!(client.versions(&hops("http://direct.invalid/")).is_err());

    let loopback = Server::start(|_, _| Reply::ok(LIST.as_bytes()));
    assert!(client.versions(&loopback.hops()).is_ok());
    assert_eq!((proxy.seen().len(), loopback.seen().len()), (1, 1));
}

#[test]
fn a_proxy_setting_that_is_no_address_is_refused_without_its_password() {
    let mut options = quick();
    options.network.https_proxy = Some("http://me:secret@[".to_owned());
    let Err(error) = Client::new(&options) else {
        panic!("a client was made");
    };
    assert_eq!(
        error.to_string(),
        "HTTPS_PROXY: it is no address of a proxy"
    );
}

#[test]
fn a_named_certificate_file_must_be_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ca.pem");
    let made = |path: &std::path::Path| {
        let mut options = quick();
        options.network.ca_files = vec![path.to_owned()];
        options.network.ca_folders = vec![folder.path().join("none")];
        Client::new(&options)
            .map(drop)
            .map_err(|error| error.to_string())
    };
    assert!(
        made(&path)
            .unwrap_err()
            .starts_with(&path.display().to_string())
    );
    fs::write(&path, "no certificate").unwrap();
    let expected = format!("{}: holds no PEM certificates", path.display());
    assert_eq!(made(&path), Err(expected));
}

#[test]
fn an_answer_that_is_no_tls_is_refused_once() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("https://me:secret@{}/", listener.local_addr().unwrap());
    let asked = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream
            .write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            .unwrap();
        stream
    });
    let mut options = quick();
    options.pace.retries = 0;
    let client = Client::new(&options).unwrap();
    let error = client
        .versions(&parse_goproxy(&address).unwrap())
        .unwrap_err();
    assert!(matches!(error, Error::Tls { .. }), "{error:?}");
    assert!(!format!("{error} {error:?}").contains("secret"));
    drop(asked.join().unwrap());
}

/// With the patience of the release: what a person waits for.
#[test]
fn a_proxy_that_refuses_connections_costs_no_more_than_three_seconds() {
    let free = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let options = Options {
        pace: Pace::default(),
        ..quick()
    };
    let hops = parse_goproxy(&format!("http://{free}")).unwrap();
    let began = Instant::now();
    let error = Client::new(&options).unwrap().versions(&hops).unwrap_err();
    let took = began.elapsed();
    assert!(matches!(error, Error::Connect { .. }), "{error}");
    // Half of each wait at the least: it was tried again, in case the proxy was just restarted.
    assert!(
        took >= Duration::from_millis(750) && took < Duration::from_secs(3),
        "{took:?}"
    );
}

#[test]
fn plain_files_lie_side_by_side_on_the_web_and_in_a_folder() {
    let server = Server::start(|seen, _| match seen.target.as_str() {
        "/releases/list.toml" => Reply::redirect("/moved/list.toml"),
        "/moved/list.toml" => Reply::ok(b"a list"),
        _ => Reply::status(404),
    });
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("list.toml"), b"a list").unwrap();
    let address = Address::parse(&format!("{}/releases", server.url())).unwrap();
    for (place, served_by) in [
        (
            Place::Web(address),
            format!(
                "{0}/releases/list.toml -> {0}/moved/list.toml",
                server.url()
            ),
        ),
        (
            Place::Folder(folder.path().to_owned()),
            folder.path().join("list.toml").display().to_string(),
        ),
    ] {
        let found = client().file(&place, "list.toml", 6).unwrap();
        assert_eq!(found.bytes.untrusted(), b"a list");
        assert_eq!(found.served_by, served_by);
        let long = client().file(&place, "list.toml", 5).unwrap_err();
        assert!(matches!(long, Error::TooLong { limit: 5, .. }), "{long}");
        let missing = client().file(&place, "other.toml", 6).unwrap_err();
        assert!(missing.absences().is_some(), "{missing}");
    }
    for place in [Place::Direct, Place::Off] {
        assert!(
            client()
                .file(&place, "x", 1)
                .unwrap_err()
                .absences()
                .is_some()
        );
    }
}
