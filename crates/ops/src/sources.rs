//! Where toolchains come from: what was asked for, what the project says, what Go itself uses.
//!
//! Order: `--from`; `sources` of goseal.toml, then of config.toml; the module proxy of Go's own
//! configuration; the release archives. No proxy's host is built in.

use std::path::{Path, PathBuf};

use goseal_fetch::proxy::{Hop, Place, goproxy_from, parse_goproxy};
use goseal_fetch::{Address, Client, Limits, Network, Options, Pace, Source};
use goseal_store::read_bounded;

use crate::error::{RequestFault, Result};
use crate::situation::{Written, go_env_path};
use crate::world::World;

/// Bytes of a `go.env` that are read; the real one has 500.
const GO_ENV_LIMIT: u64 = 64 * 1024;

/// A client of the wire and what it may ask.
pub(crate) struct Sources {
    /// The client.
    pub client: Client,
    /// The module proxies, for the checksum database and the list of releases.
    pub hops: Vec<Hop>,
    /// Where toolchains are fetched, in order.
    pub toolchains: Vec<Source>,
}

impl Sources {
    /// The places in order, without user information, for records.
    pub(crate) fn describe(&self) -> String {
        let hops = self.hops.iter().map(|hop| hop.place.to_string());
        let bases = self.toolchains.iter().filter_map(|source| match source {
            Source::ArchiveBase { base, .. } => Some(base.to_string()),
            _ => None,
        });
        hops.chain(bases).collect::<Vec<_>>().join(" ")
    }
}

/// Reads the configuration and makes the client; asks nobody yet.
///
/// # Errors
///
/// [`crate::Error::Request`] for a `--from` that is neither a folder nor an address;
/// [`crate::Error::Fetch`] for a GOPROXY list or a certificate file that cannot be used.
pub(crate) fn sources(world: &World, written: &Written, from: Option<&str>) -> Result<Sources> {
    let client = client(world)?;
    let named = named_sources(written);
    let (hops, toolchains) = match from {
        Some(from) => {
            let hops = vec![hop(from)?];
            (hops.clone(), vec![Source::Proxy(hops)])
        }
        None if !named.is_empty() => {
            let hops: Vec<Hop> = named.iter().map(|text| hop(text)).collect::<Result<_>>()?;
            (hops.clone(), vec![Source::Proxy(hops)])
        }
        None => of_go(world)?,
    };
    Ok(Sources {
        client,
        hops,
        toolchains,
    })
}

fn named_sources(written: &Written) -> &[String] {
    let project = written
        .project
        .as_ref()
        .map(|project| project.sources.as_slice());
    let user = written.user.as_ref().map(|user| user.sources.as_slice());
    project
        .filter(|named| !named.is_empty())
        .or(user)
        .unwrap_or_default()
}

/// One source by name: an address, or a folder in the form of a module proxy.
fn hop(text: &str) -> Result<Hop> {
    let folder = Path::new(text);
    if folder.is_dir() {
        let folder = std::fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
        return Ok(Hop {
            place: Place::Folder(folder),
            any_error: true,
        });
    }
    // A list that cannot be read was not found in GOPROXY, and must not be reported as if it were.
    let fault = |_| RequestFault::Source(text.to_owned());
    let mut hops = parse_goproxy(text).map_err(fault)?.into_iter();
    match (hops.next(), hops.next()) {
        (
            Some(Hop {
                place: place @ (Place::Web(_) | Place::Folder(_)),
                ..
            }),
            None,
        ) => Ok(Hop {
            place,
            any_error: true,
        }),
        _ => Err(RequestFault::Source(text.to_owned()).into()),
    }
}

/// The module proxy as Go finds it; where Go has none, the release archives.
fn of_go(world: &World) -> Result<(Vec<Hop>, Vec<Source>)> {
    let user_file = go_env_path(world)
        .map(|path| read_bounded(&path, GO_ENV_LIMIT))
        .transpose()?;
    let go_env = go_env_of_path(world)?;
    let environment = world.environment.text("GOPROXY");
    let found = goproxy_from(
        environment,
        user_file.flatten().as_deref(),
        go_env.as_deref(),
    )?;
    if let Some(found) = found {
        return Ok((found.hops.clone(), vec![Source::Proxy(found.hops)]));
    }
    let base = Address::parse(&world.product.archive_base)?;
    Ok((Vec::new(), vec![Source::ArchiveBase { base, size: None }]))
}

/// `go.env` of the first Go on PATH that is neither one of our shims nor one of our doors.
fn go_env_of_path(world: &World) -> Result<Option<Vec<u8>>> {
    let Some(path) = world.environment.get("PATH") else {
        return Ok(None);
    };
    let root = std::env::split_paths(path)
        .filter(|folder| folder.is_absolute())
        .find_map(|folder| root_of_go_in(&folder, &world.layout.shims()));
    match root {
        Some(root) => Ok(read_bounded(&root.join("go.env"), GO_ENV_LIMIT)?),
        None => Ok(None),
    }
}

fn root_of_go_in(folder: &Path, shims: &Path) -> Option<PathBuf> {
    let name = if cfg!(windows) { "go.exe" } else { "go" };
    let real = std::fs::canonicalize(folder.join(name))
        .ok()
        .filter(|path| path.is_file())?;
    let shims = std::fs::canonicalize(shims).unwrap_or_else(|_| shims.to_owned());
    let bin = real.parent()?;
    let root = bin.parent()?;
    // Shims and doors of another home have a `home` file where ours have it.
    let ours = real.starts_with(shims)
        || bin.join("home").is_file()
        || root.join("pkg/goseal/home").exists();
    (!ours).then(|| root.to_owned())
}

/// The client with what the environment says of the network.
///
/// # Errors
///
/// [`crate::Error::Fetch`] for a certificate file or a proxy setting that cannot be used.
pub(crate) fn client(world: &World) -> Result<Client> {
    let mut seed = [0; 8];
    world.machine.random(&mut seed);
    Ok(Client::new(&Options {
        network: network(world),
        user_agent: world.product.name.clone(),
        pace: Pace::default(),
        limits: Limits::default(),
        jitter_seed: u64::from_le_bytes(seed),
    })?)
}

fn network(world: &World) -> Network {
    let environment = &world.environment;
    let either = |upper: &str, lower: &str| {
        environment
            .text(upper)
            .or_else(|| environment.text(lower))
            .map(str::to_owned)
    };
    let paths = |name: &str| -> Vec<PathBuf> {
        environment
            .get(name)
            .map(|list| std::env::split_paths(list).collect())
            .unwrap_or_default()
    };
    Network {
        https_proxy: either("HTTPS_PROXY", "https_proxy"),
        http_proxy: either("HTTP_PROXY", "http_proxy"),
        no_proxy: either("NO_PROXY", "no_proxy"),
        ca_files: environment
            .path("SSL_CERT_FILE")
            .map(Path::to_owned)
            .into_iter()
            .collect(),
        ca_folders: paths("SSL_CERT_DIR"),
    }
}
