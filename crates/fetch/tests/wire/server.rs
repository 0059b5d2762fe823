//! A small HTTP/1.1 server whose every answer is scripted. One connection for each request.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use goseal_fetch::Address;
use goseal_fetch::proxy::{Hop, parse_goproxy};

/// A request as it came in.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    /// Path and query, or the whole address where a proxy is asked.
    pub(crate) target: String,
    headers: Vec<(String, String)>,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The first byte of `Range: bytes=N-`.
    pub(crate) fn from(&self) -> Option<usize> {
        let range = self.header("range")?.strip_prefix("bytes=")?;
        range.strip_suffix('-')?.parse().ok()
    }
}

/// How a body comes.
pub(crate) enum Body {
    /// With its length.
    Whole(Vec<u8>),
    /// These bytes under another length; then the connection closes.
    Claimed(Vec<u8>, usize),
    /// These bytes under another length; then silence before the connection closes.
    Stalled(Vec<u8>, usize, Duration),
    /// In chunks without a length, each after a wait; `None` never ends.
    Chunks(Vec<u8>, Duration, Option<usize>),
}

/// One scripted answer.
pub(crate) struct Reply {
    status: u16,
    headers: Vec<(String, String)>,
    body: Body,
}

impl Reply {
    pub(crate) fn new(status: u16, body: Body) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body,
        }
    }

    pub(crate) fn ok(bytes: &[u8]) -> Self {
        Self::new(200, Body::Whole(bytes.to_vec()))
    }

    pub(crate) fn status(status: u16) -> Self {
        Self::new(status, Body::Whole(b"no\n".to_vec()))
    }

    pub(crate) fn redirect(to: &str) -> Self {
        Self::status(302).with("location", to)
    }

    /// The part of `content` from `first` on, as an honest server would say it.
    pub(crate) fn part(content: &[u8], first: usize, body: Body) -> Self {
        let range = format!("bytes {first}-{}/{}", content.len() - 1, content.len());
        Self::new(206, body).with("content-range", &range)
    }

    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    fn send(self, stream: &mut TcpStream) -> std::io::Result<()> {
        let length = match &self.body {
            Body::Whole(bytes) => format!("content-length: {}\r\n", bytes.len()),
            Body::Claimed(_, claimed) | Body::Stalled(_, claimed, _) => {
                format!("content-length: {claimed}\r\n")
            }
            Body::Chunks(..) => "transfer-encoding: chunked\r\n".to_owned(),
        };
        let mut head = format!("HTTP/1.1 {} Scripted\r\nconnection: close\r\n", self.status);
        for (name, value) in &self.headers {
            head.extend([name.as_str(), ": ", value.as_str(), "\r\n"]);
        }
        stream.write_all(format!("{head}{length}\r\n").as_bytes())?;
        match self.body {
            Body::Whole(bytes) | Body::Claimed(bytes, _) => stream.write_all(&bytes),
            Body::Stalled(bytes, _, wait) => {
                stream.write_all(&bytes)?;
                thread::sleep(wait);
                Ok(())
            }
            Body::Chunks(bytes, wait, count) => {
                for _ in 0..count.unwrap_or(usize::MAX) {
                    thread::sleep(wait);
                    write!(stream, "{:x}\r\n", bytes.len())?;
                    stream.write_all(&bytes)?;
                    stream.write_all(b"\r\n")?;
                }
                stream.write_all(b"0\r\n\r\n")
            }
        }
    }
}

type Script = dyn Fn(&Seen, usize) -> Reply + Send + Sync;

pub(crate) struct Server {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
    stopped: Arc<AtomicBool>,
}

impl Server {
    /// Starts a server; `script` is given the request and how many came before it.
    pub(crate) fn start(script: impl Fn(&Seen, usize) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Self {
            address: listener.local_addr().unwrap(),
            seen: Arc::default(),
            stopped: Arc::default(),
        };
        let (seen, stopped) = (Arc::clone(&server.seen), Arc::clone(&server.stopped));
        let script: Arc<Script> = Arc::new(script);
        thread::spawn(move || {
            let open = |_: &_| !stopped.load(Ordering::Relaxed);
            for stream in listener.incoming().take_while(open) {
                let (seen, script) = (Arc::clone(&seen), Arc::clone(&script));
                thread::spawn(move || answer(stream.unwrap(), &seen, &*script));
            }
        });
        server
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn host(&self) -> String {
        self.address.to_string()
    }

    pub(crate) fn base(&self) -> Address {
        Address::parse(&self.url()).unwrap()
    }

    pub(crate) fn hops(&self) -> Vec<Hop> {
        parse_goproxy(&self.url()).unwrap()
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    pub(crate) fn targets(&self) -> Vec<String> {
        self.seen().into_iter().map(|seen| seen.target).collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(self.address);
    }
}

fn answer(mut stream: TcpStream, seen: &Mutex<Vec<Seen>>, script: &Script) {
    let Some(request) = read_request(&stream) else {
        return;
    };
    let count = {
        let mut seen = seen.lock().unwrap();
        seen.push(request.clone());
        seen.len() - 1
    };
    // The client may have hung up: that is what many tests are about.
    let _ = script(&request, count).send(&mut stream);
}

fn read_request(stream: &TcpStream) -> Option<Seen> {
    let mut lines = BufReader::new(stream).lines();
    let first = lines.next()?.ok()?;
    let target = first.split(' ').nth(1)?.to_owned();
    let mut headers = Vec::new();
    for line in lines {
        let line = line.ok()?;
        let Some((name, value)) = line.split_once(':') else {
            break;
        };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    Some(Seen { target, headers })
}
