//! The world on loopback: archives, a module proxy and a checksum database behind one address.
//!
//! Owns: which releases there are, what is served for each, and the faults. Below its address lie
//!
//! * `/proxy`: the module proxy, with the database at `/proxy/sumdb/sumdb.lab.example`;
//! * `/dl`: the release archives and their index;
//! * `/direct`: the database by itself, where a client goes that has no proxy.
//!
//! Promises: honest until told otherwise. Does not do: other modules than the toolchain's.

mod archives;
mod proxy;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use goseal_core::release::ReleaseId;

pub use archives::IndexLie;

use crate::fault::Fault;
use crate::release::Release;
use crate::server::{Answer, Request, Server, locked};
use crate::sumdb::{DEFAULT_SIZE, Evil, Lab, Sumdb};

/// A release as it is served.
struct Published {
    release: Release,
    zip: Arc<[u8]>,
    archive: Arc<[u8]>,
}

impl Published {
    fn new(release: Release) -> Self {
        Self {
            zip: release.module_zip().into(),
            archive: release.archive().into(),
            release,
        }
    }
}

/// What the server's threads answer from; one lock guards all of it, held for one answer.
struct State {
    published: Vec<Published>,
    sumdb: Sumdb,
    lies: Vec<IndexLie>,
    files: BTreeMap<String, Arc<[u8]>>,
}

impl State {
    fn find(&self, id: &ReleaseId) -> Option<&Published> {
        self.published
            .iter()
            .find(|known| known.release.id() == *id)
    }

    fn answer(&self, request: &Request) -> Answer {
        let path = request.path();
        if let Some(bytes) = self.files.get(path) {
            return Answer::ok("application/octet-stream", bytes.clone());
        }
        let database = format!("/sumdb/{}", Lab::database_name());
        if let Some(rest) = path.strip_prefix("/proxy") {
            match rest.strip_prefix(&database) {
                Some(rest) => self.sumdb.answer(rest),
                None => proxy::answer(self, rest),
            }
        } else if let Some(rest) = path.strip_prefix("/dl/") {
            archives::answer(self, rest, request.query())
        } else if let Some(rest) = path.strip_prefix("/direct") {
            self.sumdb.answer(rest)
        } else {
            Answer::status(404)
        }
    }
}

/// The mock world. Everything of it ends when it is dropped.
pub struct World {
    state: Arc<Mutex<State>>,
    server: Server,
}

impl World {
    /// Serves `releases`, with a checksum database of [`DEFAULT_SIZE`] records.
    ///
    /// # Panics
    ///
    /// As [`Server::start`].
    pub fn start(releases: impl IntoIterator<Item = Release>) -> Self {
        Self::with_records(releases, DEFAULT_SIZE)
    }

    /// Serves `releases`, with a checksum database of `size` records; 70,000 take about a second
    /// in a build without optimisation.
    ///
    /// # Panics
    ///
    /// As [`Server::start`].
    pub fn with_records(releases: impl IntoIterator<Item = Release>, size: u64) -> Self {
        let releases: Vec<_> = releases.into_iter().collect();
        let state = Arc::new(Mutex::new(State {
            sumdb: Sumdb::new(&releases, size),
            published: releases.into_iter().map(Published::new).collect(),
            lies: Vec::new(),
            files: BTreeMap::new(),
        }));
        let server = Server::start({
            let state = Arc::clone(&state);
            move |request| locked(&state).answer(request)
        });
        Self { state, server }
    }

    /// `http://127.0.0.1:<port>`.
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// What GOPROXY is set to.
    pub fn proxy_url(&self) -> String {
        format!("{}/proxy", self.url())
    }

    /// The address below which archives lie; the index is at this address with a slash.
    pub fn archive_base(&self) -> String {
        format!("{}/dl", self.url())
    }

    /// The address of the checksum database without a proxy.
    pub fn database_url(&self) -> String {
        format!("{}/direct", self.url())
    }

    /// The server, for its counts of requests.
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// Every request so far.
    pub fn requests(&self) -> Vec<Request> {
        self.server.requests()
    }

    /// How many requests so far had a path that fits `pattern`.
    pub fn count(&self, pattern: &str) -> usize {
        self.server.count(pattern)
    }

    /// Scripts a fault, see [`Server::fail`]. Paths are those of [`World::zip_path`] and the like.
    pub fn fail(&self, pattern: &str, fault: Fault, times: u32) {
        self.server.fail(pattern, fault, times);
    }

    /// Makes the checksum database lie.
    pub fn evil(&self, evil: Evil) {
        self.sumdb(|sumdb| sumdb.evil(evil));
    }

    /// Makes the index of archives lie.
    pub fn lie(&self, lie: IndexLie) {
        locked(&self.state).lies.push(lie);
    }

    /// Serves these bytes at a path such as `/dl/index.json`, whatever else would be there.
    pub fn serve(&self, path: &str, bytes: impl Into<Arc<[u8]>>) {
        locked(&self.state)
            .files
            .insert(path.to_owned(), bytes.into());
    }

    /// The index of all releases as it is served now, its lies included.
    pub fn index_text(&self) -> String {
        archives::text(&locked(&self.state))
    }

    /// An index of the module zips, as the publisher of a mirror would write it.
    pub fn mirror_index_text(&self) -> String {
        archives::mirror_text(&locked(&self.state))
    }

    /// Serves an index and its signature below `/dl` or `/proxy`.
    pub fn serve_signed_index(&self, below: &str, index: &str, signature: &str) {
        self.serve(&format!("{below}/index.json"), index.as_bytes());
        self.serve(&format!("{below}/index.json.minisig"), signature.as_bytes());
    }

    /// Ends every fault and every lie. Swapped files stay swapped.
    pub fn repent(&self) {
        self.server.forgive();
        let mut state = locked(&self.state);
        state.lies.clear();
        state.sumdb.repent();
    }

    /// Looks at the checksum database or changes it.
    pub fn sumdb<T>(&self, act: impl FnOnce(&mut Sumdb) -> T) -> T {
        act(&mut locked(&self.state).sumdb)
    }

    /// Publishes one more release: its files, and its record at the end of the database.
    pub fn publish(&self, release: Release) {
        let mut state = locked(&self.state);
        state.sumdb.publish(&release.id(), &release.h1());
        state.published.push(Published::new(release));
    }

    /// Serves other bytes as the module zip of `id`; its record stays.
    ///
    /// # Panics
    ///
    /// Where `id` is not served.
    pub fn swap_zip(&self, id: &str, bytes: impl Into<Arc<[u8]>>) {
        self.swap(id, |published| published.zip = bytes.into());
    }

    /// Serves other bytes as the archive of `id`; the index names what they really are, so that
    /// only evidence from elsewhere tells.
    ///
    /// # Panics
    ///
    /// Where `id` is not served.
    pub fn swap_archive(&self, id: &str, bytes: impl Into<Arc<[u8]>>) {
        self.swap(id, |published| published.archive = bytes.into());
    }

    /// The path of a module zip, `id` being `go1.22.5.linux-amd64`.
    pub fn zip_path(id: &str) -> String {
        format!("/proxy/golang.org/toolchain/@v/v0.0.1-{id}.zip")
    }

    /// The path of a lookup through the proxy.
    pub fn lookup_path(id: &str) -> String {
        let name = Lab::database_name();
        format!("/proxy/sumdb/{name}/lookup/golang.org/toolchain@v0.0.1-{id}")
    }

    /// The path of a release archive.
    ///
    /// # Panics
    ///
    /// Where `id` names no release.
    pub fn archive_path(id: &str) -> String {
        let id = ReleaseId::parse(id).expect("the test names a release");
        format!("/dl/{}", id.archive_file_name())
    }

    fn swap(&self, id: &str, act: impl FnOnce(&mut Published)) {
        let mut state = locked(&self.state);
        let found = state
            .published
            .iter_mut()
            .find(|published| published.release.id().to_string() == id);
        act(found.expect("the test names a release that is served"));
    }
}
