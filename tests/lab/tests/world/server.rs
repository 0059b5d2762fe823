use std::io::Read as _;
use std::thread;
use std::time::{Duration, Instant};

use flate2::read::GzDecoder;
use goseal_lab::{ALWAYS, Fault, Release, World};

use crate::client::{Client, get, get_range};

const ID: &str = "go1.22.5.linux-amd64";

fn world() -> (World, Vec<u8>, String) {
    let release = Release::new("1.22.5", "linux/amd64");
    let zip = release.module_zip();
    (World::start([release]), zip, World::zip_path(ID))
}

#[test]
fn serves_parts_of_a_file() {
    let (world, zip, path) = world();
    let last = zip.len() - 1;
    for (range, status, part, named) in [
        ("0-0", 206, &zip[..1], format!("bytes 0-0/{}", zip.len())),
        (
            "100-199",
            206,
            &zip[100..200],
            format!("bytes 100-199/{}", zip.len()),
        ),
        (
            "100-",
            206,
            &zip[100..],
            format!("bytes 100-{last}/{}", zip.len()),
        ),
        (
            "-7",
            206,
            &zip[zip.len() - 7..],
            format!("bytes {}-{last}/{}", last - 6, zip.len()),
        ),
    ] {
        let reply = get_range(&world, &path, range);
        assert_eq!(
            (reply.status, reply.body.as_slice()),
            (status, part),
            "{range}"
        );
        assert_eq!(reply.header("content-range"), Some(named.as_str()));
    }
    let reply = get_range(&world, &path, &format!("{}-", zip.len()));
    assert_eq!(reply.status, 416);
    assert_eq!(
        reply.header("content-range"),
        Some(format!("bytes */{}", zip.len()).as_str())
    );
}

#[test]
fn a_resumed_file_that_has_changed_comes_whole() {
    let (world, zip, path) = world();
    let tag = get(&world, &path).header("etag").unwrap().to_owned();
    let mut client = Client::new(&world);
    let mut ask = |tag: &str| {
        let condition = format!("If-Range: {tag}");
        client
            .ask("GET", &path, &["Range: bytes=10-", &condition])
            .status
    };
    assert_eq!(ask(&tag), 206);
    assert_eq!(ask("\"other\""), 200);
    world.swap_zip(ID, zip[1..].to_vec());
    assert_eq!(ask(&tag), 200);
}

#[test]
fn one_connection_serves_many_requests_and_heads() {
    let (world, zip, path) = world();
    let mut client = Client::new(&world);
    for _ in 0..3 {
        let reply = client.ask("HEAD", &path, &[]);
        assert_eq!(
            reply.header("content-length"),
            Some(zip.len().to_string().as_str())
        );
        assert_eq!(client.ask("GET", &path, &[]).body, zip);
        assert_eq!(client.ask("GET", "/nothing", &[]).status, 404);
        assert_eq!(client.ask("DELETE", &path, &[]).status, 405);
    }
    assert_eq!((world.count(&path), world.count("*")), (9, 12));
    assert_eq!(world.requests()[0].method, "HEAD");
}

#[test]
fn every_fault_shows_on_the_wire() {
    let (world, zip, path) = world();
    let once = |fault: Fault| {
        world.fail(&path, fault, 1);
        let reply = get(&world, &path);
        assert_eq!(get(&world, &path).body, zip, "a fault is used up");
        reply
    };
    assert_eq!(once(Fault::Status(503)).status, 503);
    let reply = once(Fault::ResetAfter(1000));
    assert_eq!((reply.body.as_slice(), reply.whole), (&zip[..1000], false));
    world.fail(&path, Fault::StallAfter(1000), 1);
    let mut impatient = Client::with_patience(&world, Duration::from_millis(300));
    let reply = impatient.ask("GET", &path, &[]);
    assert_eq!((reply.body.as_slice(), reply.whole), (&zip[..1000], false));
    let reply = once(Fault::Truncate(1000));
    assert_eq!((reply.body.as_slice(), reply.whole), (&zip[..1000], true));
    let reply = once(Fault::ExtraBytes(3));
    assert_eq!(reply.body, [zip.as_slice(), b"xxx"].concat());
    let reply = once(Fault::WrongLength(1 << 40));
    assert_eq!((reply.body == zip, reply.whole), (true, false));
    let reply = once(Fault::Endless);
    assert_eq!(
        (reply.header("content-length"), reply.body.len()),
        (None, 1 << 20)
    );
    let reply = once(Fault::FlipBit { at: 5 });
    let different: Vec<_> = (0..zip.len())
        .filter(|at| zip[*at] != reply.body[*at])
        .collect();
    assert_eq!((different, reply.body[5] ^ zip[5]), (vec![5], 1));
    let reply = once(Fault::RedirectTo("http://localhost/x".to_owned()));
    assert_eq!(
        (reply.status, reply.header("location")),
        (302, Some("http://localhost/x"))
    );
    let reply = once(Fault::Gzip);
    let mut unzipped = Vec::new();
    GzDecoder::new(reply.body.as_slice())
        .read_to_end(&mut unzipped)
        .unwrap();
    assert_eq!(
        (reply.header("content-encoding"), unzipped),
        (Some("gzip"), zip.clone())
    );
    assert_eq!(once(Fault::Replace((*b"other").into())).body, b"other");
}

#[test]
fn faults_reach_ranges_too() {
    let (world, zip, path) = world();
    world.fail(&path, Fault::IgnoreRange, 1);
    let reply = get_range(&world, &path, "5-9");
    assert_eq!((reply.status, reply.body == zip), (200, true));
    world.fail(&path, Fault::ResetAfter(1000), ALWAYS);
    let mut have = Vec::new();
    let mut asked = 0;
    while have.len() < zip.len() {
        have.extend(get_range(&world, &path, &format!("{}-", have.len())).body);
        asked += 1;
    }
    assert_eq!((have == zip, asked), (true, zip.len().div_ceil(1000)));
    world.repent();
    assert!(get(&world, &path).whole);
}

#[test]
fn a_slow_drip_is_slow() {
    let (world, _, _) = world();
    let path = "/proxy/golang.org/toolchain/@v/list";
    world.fail(path, Fault::SlowDrip, 1);
    let started = Instant::now();
    let mut client = Client::new(&world);
    let reply = client.ask("GET", path, &[]);
    assert_eq!(reply.text(), "v0.0.1-go1.22.5.linux-amd64\n");
    assert!(started.elapsed() > Duration::from_secs(2));
}

#[test]
fn the_end_comes_at_once_whatever_is_under_way() {
    let (world, _, path) = world();
    world.fail(&path, Fault::StallAfter(10), ALWAYS);
    let mut idle = Client::new(&world);
    assert_eq!(idle.ask("GET", "/dl/", &[]).status, 200);
    let mut stalled = Client::with_patience(&world, Duration::from_millis(300));
    let reply = stalled.ask("GET", &path, &[]);
    assert_eq!(reply.body.len(), 10);
    let address = world.server().address();
    let started = Instant::now();
    drop(world);
    assert!(started.elapsed() < Duration::from_secs(5));
    assert!(std::net::TcpStream::connect(address).is_err());
}

#[test]
fn more_connections_than_threads_are_served_in_turn() {
    let (world, zip, path) = world();
    thread::scope(|scope| {
        for _ in 0..100 {
            scope.spawn(|| assert_eq!(get(&world, &path).body, zip));
        }
    });
}
