//! https on loopback: certificates that are good, or wrong in one way, in front of a plain server.
//!
//! Owns: an authority that no system knows, certificates that it issued, and a relay that speaks
//! TLS to the client and hands one request a connection to the plain server behind it. Does not do:
//! keep-alive, bodies of requests, HTTP/2.

use std::io::{self, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd,
};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// How long a connection may be silent.
const IDLE: Duration = Duration::from_secs(30);
/// Bytes of a request's head.
const MAX_HEAD: usize = 64 * 1024;

/// A certificate authority that no system knows.
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    /// Makes one.
    ///
    /// # Panics
    ///
    /// Where the system gives no randomness.
    pub fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params
            .distinguished_name
            .push(DnType::CommonName, "authority of the lab");
        let key = KeyPair::generate().expect("the system gives randomness");
        Self(CertifiedIssuer::self_signed(params, key).expect("an authority signs itself"))
    }

    /// Its certificate, as `SSL_CERT_FILE` names it.
    pub fn pem(&self) -> String {
        self.0.pem()
    }

    fn issue(&self, certificate: Certificate) -> ServerConfig {
        let host = match certificate {
            Certificate::OtherHost => "other.lab.example",
            _ => "localhost",
        };
        let mut params = CertificateParams::new([host.to_owned()]).expect("the host is a name");
        match certificate {
            Certificate::Expired => {
                params.not_before = date_time_ymd(2020, 1, 1);
                params.not_after = date_time_ymd(2021, 1, 1);
            }
            Certificate::NotYetValid => params.not_before = date_time_ymd(4000, 1, 1),
            Certificate::Good | Certificate::OtherHost => {}
        }
        let key = KeyPair::generate().expect("the system gives randomness");
        let issued = params.signed_by(&key, &self.0).expect("an authority signs");
        let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
        let provider = Arc::new(aws_lc_rs::default_provider());
        ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("the provider has them")
            .with_no_client_auth()
            .with_single_cert(vec![issued.der().clone()], key)
            .expect("the key is the certificate's")
    }
}

impl Default for Authority {
    fn default() -> Self {
        Self::new()
    }
}

/// What a server shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Certificate {
    /// For `localhost`, valid.
    Good,
    /// For `localhost`, valid until 2021.
    Expired,
    /// For `localhost`, valid from the year 4000 on.
    NotYetValid,
    /// For another host.
    OtherHost,
}

/// A server for https; it ends when this is dropped.
pub struct Https {
    address: SocketAddr,
    stop: Arc<AtomicBool>,
    accepting: Option<JoinHandle<()>>,
}

impl Https {
    /// Starts a server in front of the plain one at `behind`.
    ///
    /// # Panics
    ///
    /// Where 127.0.0.1 has no free port or no thread can be started.
    pub fn start(authority: &Authority, certificate: Certificate, behind: SocketAddr) -> Self {
        let listener =
            TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("127.0.0.1 has a free port");
        let address = listener.local_addr().expect("a bound socket has one");
        let config = Arc::new(authority.issue(certificate));
        let stop = Arc::new(AtomicBool::new(false));
        let accepting = thread::spawn({
            let stop = Arc::clone(&stop);
            move || accept(&listener, &config, behind, &stop)
        });
        Self {
            address,
            stop,
            accepting: Some(accepting),
        }
    }

    /// `https://localhost:<port>`.
    pub fn url(&self) -> String {
        format!("https://localhost:{}", self.address.port())
    }
}

impl Drop for Https {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        // Wakes the accepting thread; where that fails it is not waiting.
        let _ = TcpStream::connect(self.address);
        if let Some(thread) = self.accepting.take() {
            let _ = thread.join();
        }
    }
}

fn accept(
    listener: &TcpListener,
    config: &Arc<ServerConfig>,
    behind: SocketAddr,
    stop: &AtomicBool,
) {
    let mut open = Vec::new();
    for stream in listener.incoming().map_while(Result::ok) {
        if stop.load(Ordering::SeqCst) {
            break;
        }
        let config = Arc::clone(config);
        // A client that hangs up is no failure of the test's.
        open.push(thread::spawn(move || drop(relay(config, stream, behind))));
    }
    for one in open {
        let _ = one.join();
    }
}

/// One request: its head goes to the server behind, the answer comes back, the connection ends.
fn relay(config: Arc<ServerConfig>, stream: TcpStream, behind: SocketAddr) -> io::Result<()> {
    stream.set_read_timeout(Some(IDLE))?;
    let connection = ServerConnection::new(config).map_err(io::Error::other)?;
    let mut client = StreamOwned::new(connection, stream);
    let head = read_head(&mut client)?;
    let mut server = TcpStream::connect(behind)?;
    server.set_read_timeout(Some(IDLE))?;
    server.write_all(closing(&head).as_bytes())?;
    let answer = read_head(&mut server)?;
    client.write_all(closing(&answer).as_bytes())?;
    io::copy(&mut server, &mut client)?;
    client.conn.send_close_notify();
    client.flush()
}

/// The bytes up to the empty line, and no more.
fn read_head(from: &mut impl io::Read) -> io::Result<String> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() >= MAX_HEAD {
            return Err(io::ErrorKind::InvalidData.into());
        }
        from.read_exact(&mut byte)?;
        head.extend(byte);
    }
    String::from_utf8(head).map_err(io::Error::other)
}

/// A head that says that the connection ends after it.
fn closing(head: &str) -> String {
    let lines = head.split_inclusive("\r\n").enumerate();
    lines
        .filter(|(_, line)| !line.to_ascii_lowercase().starts_with("connection:"))
        .map(|(at, line)| match at {
            0 => format!("{line}Connection: close\r\n"),
            _ => line.to_owned(),
        })
        .collect()
}
