//! The client: settings in, blocking functions out, one runtime inside.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use reqwest::{NoProxy, Proxy, redirect};
use tokio::runtime::{Builder, Runtime};

use crate::error::Error;
use crate::exchange::Wire;
use crate::pace::{Jitter, Pace};
use crate::roots;

/// How this machine reaches the network; the caller gathers it, nothing here reads a variable.
#[derive(Clone, Default)]
pub struct Network {
    /// `HTTPS_PROXY`: through which proxy https addresses are reached.
    pub https_proxy: Option<String>,
    /// `HTTP_PROXY`: the same for http addresses.
    pub http_proxy: Option<String>,
    /// `NO_PROXY`: hosts, domains and networks that are reached without one. `localhost` and
    /// loopback addresses always are, as in Go.
    pub no_proxy: Option<String>,
    /// `SSL_CERT_FILE`: PEM files whose certificates are trusted on top of the system's.
    pub ca_files: Vec<PathBuf>,
    /// `SSL_CERT_DIR`: folders of such files.
    pub ca_folders: Vec<PathBuf>,
}

/// How much may come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The longest archive in bytes, whatever its source says.
    pub archive: u64,
    /// The longest list of versions in bytes.
    pub list: u64,
    /// The longest release index in bytes.
    pub index: u64,
}

impl Default for Limits {
    /// 1 GiB, 4 MiB and 32 MiB: the largest archive of 1.27 has 80 MB, a real list about 8 KB, the
    /// index of 330 releases about 1.5 MB.
    fn default() -> Self {
        Self {
            archive: 1 << 30,
            list: 4 << 20,
            index: 32 << 20,
        }
    }
}

/// Everything that a client is made of.
#[derive(Clone)]
pub struct Options {
    /// How this machine reaches the network.
    pub network: Network,
    /// `User-Agent` of every request.
    pub user_agent: String,
    /// How it waits and tries again.
    pub pace: Pace,
    /// How much may come in.
    pub limits: Limits,
    /// Spreads the waits between attempts; any number, another in each process.
    pub jitter_seed: u64,
}

/// A client of the wire. Its functions block.
///
/// It is `Send` and `Sync`, and a clone is the same client: one connection pool and one
/// current-thread runtime, shared. Threads may call it at the same time; one of them drives the
/// sockets of all, so a download and reads of the checksum database run side by side. It must not
/// be called from inside an asynchronous runtime.
#[derive(Clone)]
pub struct Client {
    pub(crate) wire: Arc<Wire>,
    runtime: Arc<Held>,
}

/// A runtime that is left without waiting: a name lookup of the system may hang for many seconds.
struct Held(Option<Runtime>);

impl Drop for Held {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

impl Client {
    /// Makes a client. TLS trusts what the system trusts, and the certificates that are named.
    ///
    /// # Errors
    ///
    /// [`Error::Setup`] for a proxy setting that is no address and for a named file without
    /// certificates, [`Error::Io`] for one that cannot be read.
    pub fn new(options: &Options) -> Result<Self, Error> {
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| setup("runtime", &error))?;
        let http = build(&options.network, options)?;
        let wire = Wire {
            http,
            pace: options.pace,
            limits: options.limits,
            jitter: Jitter::new(options.jitter_seed),
            born: Instant::now(),
        };
        Ok(Self {
            wire: Arc::new(wire),
            runtime: Arc::new(Held(Some(runtime))),
        })
    }

    /// Drives `work` to its end on the calling thread.
    pub(crate) fn run<F: Future>(&self, work: F) -> F::Output {
        let runtime = self.runtime.0.as_ref();
        runtime
            .expect("taken only when the last client goes")
            .block_on(work)
    }
}

fn setup(what: &str, error: &dyn std::error::Error) -> Error {
    Error::Setup {
        what: what.to_owned(),
        reason: error.to_string(),
    }
}

/// Makes a proxy of one kind from its address.
type Make = fn(&str) -> reqwest::Result<Proxy>;

fn build(network: &Network, options: &Options) -> Result<reqwest::Client, Error> {
    let mut builder = reqwest::Client::builder()
        .no_proxy()
        .redirect(redirect::Policy::none())
        .referer(false)
        .connect_timeout(options.pace.connect_timeout)
        // Frames of 16 KiB, the default, cost four times the wake-ups on an archive.
        .http2_max_frame_size(64 << 10)
        .user_agent(&options.user_agent);
    let bypass = format!(
        "localhost,127.0.0.0/8,::1,{}",
        network.no_proxy.as_deref().unwrap_or_default()
    );
    let proxies: [(&str, &Option<String>, Make); 2] = [
        ("HTTPS_PROXY", &network.https_proxy, |at| Proxy::https(at)),
        ("HTTP_PROXY", &network.http_proxy, |at| Proxy::http(at)),
    ];
    for (name, value, make) in proxies {
        let Some(value) = value.as_deref().filter(|value| !value.is_empty()) else {
            continue;
        };
        // The reason is ours: the library's may repeat the value, which can hold a password.
        let proxy = make(value).map_err(|_| Error::Setup {
            what: name.to_owned(),
            reason: "it is no address of a proxy".to_owned(),
        })?;
        builder = builder.proxy(proxy.no_proxy(NoProxy::from_string(&bypass)));
    }
    let mut certificates = Vec::new();
    for path in &network.ca_files {
        certificates.extend(roots::read_file(path)?);
    }
    for path in &network.ca_folders {
        certificates.extend(roots::read_folder(path));
    }
    builder
        .tls_certs_merge(certificates)
        .build()
        .map_err(|error| setup("client", &error.without_url()))
}
