//! A client that hides nothing: what came over the wire, and how it ended.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use goseal_lab::World;

#[derive(Debug, Default)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
    /// Whether all that was announced came.
    pub(crate) whole: bool,
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (known, value) = line.split_once(": ")?;
            known.eq_ignore_ascii_case(name).then_some(value)
        })
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }
}

/// One connection, which may carry several requests.
pub(crate) struct Client(BufReader<TcpStream>);

impl Client {
    pub(crate) fn new(world: &World) -> Self {
        Self::with_patience(world, Duration::from_secs(20))
    }

    /// Takes an answer as ended when nothing came for so long.
    pub(crate) fn with_patience(world: &World, patience: Duration) -> Self {
        let stream = TcpStream::connect(world.server().address()).unwrap();
        stream.set_read_timeout(Some(patience)).unwrap();
        Self(BufReader::new(stream))
    }

    /// `headers` are whole lines without their ends.
    pub(crate) fn ask(&mut self, method: &str, path: &str, headers: &[&str]) -> Reply {
        let mut text = format!("{method} {path} HTTP/1.1\r\nHost: lab\r\n");
        for header in headers {
            text.push_str(header);
            text.push_str("\r\n");
        }
        text.push_str("\r\n");
        self.0.get_mut().write_all(text.as_bytes()).unwrap();
        let mut reply = Reply::default();
        loop {
            let mut line = String::new();
            if self.0.read_line(&mut line).unwrap() == 0 || line == "\r\n" {
                break;
            }
            reply.head.push_str(&line.replace("\r\n", "\n"));
        }
        reply.status = reply.head[9..12].parse().unwrap();
        let announced: Option<usize> = reply.header("content-length").map(|n| n.parse().unwrap());
        if method == "HEAD" {
            reply.whole = true;
            return reply;
        }
        let limit = announced.unwrap_or(1 << 20);
        let mut chunk = [0; 4096];
        while reply.body.len() < limit {
            let most = chunk.len().min(limit - reply.body.len());
            match self.0.read(&mut chunk[..most]) {
                Ok(0) | Err(_) => return reply,
                Ok(count) => reply.body.extend_from_slice(&chunk[..count]),
            }
        }
        reply.whole = true;
        reply
    }
}

pub(crate) fn get(world: &World, path: &str) -> Reply {
    Client::new(world).ask("GET", path, &[])
}

pub(crate) fn get_range(world: &World, path: &str, range: &str) -> Reply {
    Client::new(world).ask("GET", path, &[&format!("Range: bytes={range}")])
}
