//! A small HTTP/1.1 server on a free port of 127.0.0.1.
//!
//! Owns: GET and HEAD, keep-alive, single byte ranges (206, 416, `If-Range`), the scripted faults
//! and the list of what was asked. Promises: no panic on any input, at most [`MAX_CONNECTIONS`]
//! connections at once, and after drop no thread and no socket of it is left. Does not do: bodies
//! of requests, TLS, several ranges in one answer.
//!
//! Source: RFC 9110 and RFC 9112.

mod deliver;
mod message;

use std::io::BufReader;
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

pub use message::{Answer, Request};

use crate::fault::{Fault, Script, matches};

/// Connections that are served at once; the next one waits to be accepted.
pub const MAX_CONNECTIONS: usize = 64;

/// How long a connection may be silent before the server closes it.
const IDLE: Duration = Duration::from_secs(30);

type Handler = dyn Fn(&Request) -> Answer + Send + Sync;

/// What the threads of one server share. `stop` guards the end, `script` and `seen` the rest;
/// none is held while bytes are sent.
pub(crate) struct Shared {
    handler: Box<Handler>,
    script: Mutex<Script>,
    seen: Mutex<Vec<Request>>,
    stop: Mutex<bool>,
    stopped: Condvar,
}

/// A running server; it ends when this is dropped.
pub struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepting: Option<JoinHandle<()>>,
}

impl Server {
    /// Starts a server that answers with what `handler` returns.
    ///
    /// # Panics
    ///
    /// Where 127.0.0.1 has no free port or no thread can be started.
    pub fn start(handler: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Self {
        let listener =
            TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("127.0.0.1 has a free port");
        let address = listener
            .local_addr()
            .expect("a bound socket has an address");
        let shared = Arc::new(Shared {
            handler: Box::new(handler),
            script: Mutex::default(),
            seen: Mutex::default(),
            stop: Mutex::new(false),
            stopped: Condvar::new(),
        });
        let accepting = thread::Builder::new()
            .name("lab accept".to_owned())
            .spawn({
                let shared = Arc::clone(&shared);
                move || accept(&listener, &shared)
            })
            .expect("a thread can be started");
        Self {
            address,
            shared,
            accepting: Some(accepting),
        }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `http://127.0.0.1:<port>`, without a slash at its end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Scripts a fault for the next `times` requests whose path fits `pattern`
    /// ([`crate::fault::matches`]). Of several that fit, the one scripted first applies.
    pub fn fail(&self, pattern: &str, fault: Fault, times: u32) {
        locked(&self.shared.script).add(pattern, fault, times);
    }

    /// Drops every scripted fault.
    pub fn forgive(&self) {
        locked(&self.shared.script).clear();
    }

    /// Every request so far, in the order in which they were read.
    pub fn requests(&self) -> Vec<Request> {
        locked(&self.shared.seen).clone()
    }

    /// How many requests so far had a path that fits `pattern`.
    pub fn count(&self, pattern: &str) -> usize {
        locked(&self.shared.seen)
            .iter()
            .filter(|request| matches(pattern, request.path()))
            .count()
    }

    /// Forgets the requests so far.
    pub fn forget_requests(&self) {
        locked(&self.shared.seen).clear();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        *locked(&self.shared.stop) = true;
        self.shared.stopped.notify_all();
        // Wakes the accepting thread; where that fails it is not waiting.
        let _ = TcpStream::connect(self.address);
        if let Some(thread) = self.accepting.take() {
            let _ = thread.join();
        }
    }
}

impl Shared {
    /// Sleeps, but not beyond the end of the server. True when the server ends.
    pub(crate) fn pause(&self, time: Duration) -> bool {
        let stop = locked(&self.stop);
        let (stop, _) = self
            .stopped
            .wait_timeout_while(stop, time, |stop| !*stop)
            .unwrap_or_else(PoisonError::into_inner);
        *stop
    }

    fn is_stopped(&self) -> bool {
        *locked(&self.stop)
    }
}

/// A lock whose holder panicked is still the lock of plain data.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    let mut open: Vec<(JoinHandle<()>, TcpStream)> = Vec::new();
    for stream in listener.incoming() {
        if shared.is_stopped() {
            break;
        }
        let Ok(stream) = stream else { continue };
        open.retain(|(thread, _)| !thread.is_finished());
        while open.len() >= MAX_CONNECTIONS && !shared.pause(Duration::from_millis(5)) {
            open.retain(|(thread, _)| !thread.is_finished());
        }
        let Ok(copy) = stream.try_clone() else {
            continue;
        };
        let shared = Arc::clone(shared);
        let serving = thread::Builder::new()
            .name("lab serve".to_owned())
            .spawn(move || serve(&shared, &stream));
        if let Ok(thread) = serving {
            open.push((thread, copy));
        }
    }
    for (thread, stream) in open {
        let _ = stream.shutdown(Shutdown::Both);
        let _ = thread.join();
    }
}

fn serve(shared: &Shared, stream: &TcpStream) {
    let _ = stream.set_nodelay(true);
    let mut reader = BufReader::new(stream);
    loop {
        // A stall shortens the time; it is set anew for each request.
        let _ = stream.set_read_timeout(Some(IDLE));
        let Some(request) = message::read_request(&mut reader) else {
            break;
        };
        locked(&shared.seen).push(request.clone());
        let fault = locked(&shared.script).take(request.path());
        let answer = (shared.handler)(&request);
        let keep = deliver::deliver(shared, stream, &request, (answer, fault));
        if !keep.unwrap_or(false) || request.wants_close() {
            break;
        }
    }
    let _ = stream.shutdown(Shutdown::Both);
}
