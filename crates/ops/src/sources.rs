//! Where toolchains come from: what was asked for, what the project says, what Go itself uses.
//!
//! Order: `--from`; `sources` of goseal.toml, then of config.toml; the module proxy of Go's own
//! configuration; the release archives. No proxy's host is built in.

mod named;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use goseal_core::digest::Sha256;
use goseal_core::home::HOME_LIMIT;
use goseal_core::layout::BEHIND_DOOR;
use goseal_fetch::proxy::{Hop, Place, goproxy_from};
use goseal_fetch::{Address, Client, Netrc, Network, Options, Pace, Source};
use goseal_store::read_bounded;
use goseal_trust::{Signed, Verified};

use self::named::{Asked, Named};
pub(crate) use self::named::{hop, split_word};
use crate::error::Result;
use crate::situation::{PROJECT_FILE, Written, go_env_path};
use crate::world::World;

/// What names a source on the command line.
pub(crate) const FROM: &str = "--from";

/// Bytes of a `go.env` that are read; the real one has 500.
const GO_ENV_LIMIT: u64 = 64 * 1024;

/// The longest wait of a [`hasty_client`] for a connection, and for the head of an answer.
const HASTE: Duration = Duration::from_secs(5);
/// Bytes of a `.netrc` that are read.
const NETRC_LIMIT: u64 = 256 * 1024;

/// One place that toolchains come from, in the order in which they are asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    /// Archives or module zips.
    Fetched(Source),
    /// A tree that lies there.
    Tree(PathBuf),
}

/// A client of the wire and what it may ask.
pub(crate) struct Sources {
    /// The client.
    pub client: Client,
    /// The module proxies, for the list of releases.
    pub hops: Vec<Hop>,
    /// The sources that were named: they may serve a database under an older head of its own.
    pub mirrors: Vec<Hop>,
    /// Who is asked for the checksum database: what was named, then the proxies of Go's own
    /// configuration, so that a folder of archives alone is proved through the proxy.
    pub database: Vec<Hop>,
    /// Where toolchains are fetched, in order.
    pub toolchains: Vec<Source>,
    /// The same with the trees that were named, in order.
    pub order: Vec<Origin>,
    /// What bundles list of their zips, by the name under which a zip is served.
    pub listed: BTreeMap<String, Sha256>,
    /// Lists of bundles under a signature that counts here, each with what it says.
    pub signed: Vec<(Verified<Signed>, BTreeMap<String, Sha256>)>,
}

impl Sources {
    /// The places in order, without user information, for records.
    pub(crate) fn describe(&self) -> String {
        let place = |origin: &Origin| match origin {
            Origin::Fetched(Source::Proxy(hops)) => {
                let hops = hops.iter().map(|hop| hop.place.to_string());
                hops.collect::<Vec<_>>().join(" ")
            }
            Origin::Fetched(Source::ArchiveBase { base, .. }) => base.to_string(),
            Origin::Fetched(Source::Folder { path, .. }) | Origin::Tree(path) => {
                path.display().to_string()
            }
        };
        self.order.iter().map(place).collect::<Vec<_>>().join(" ")
    }
}

/// Reads the configuration and makes the client; asks nobody yet. A bundle is opened, and what is
/// wrong with it is said here.
///
/// # Errors
///
/// [`crate::Error::Request`] for a `--from` that is no source;
/// [`crate::Error::Fetch`] for a GOPROXY list or a certificate file that cannot be used;
/// [`crate::Error::Store`], [`crate::Error::Config`], [`crate::Error::Trust`] for a bundle.
pub(crate) fn sources(world: &World, written: &Written, from: Option<&str>) -> Result<Sources> {
    let client = client(world)?;
    let (texts, by) = match (from, named_sources(written)) {
        (Some(from), _) => (vec![from.to_owned()], FROM),
        (None, Some((named, by))) => (named.to_vec(), by),
        (None, None) => {
            let (hops, toolchains) = of_go(world)?;
            return Ok(Sources {
                client,
                database: hops.clone(),
                hops,
                mirrors: Vec::new(),
                order: toolchains.iter().cloned().map(Origin::Fetched).collect(),
                toolchains,
                listed: BTreeMap::new(),
                signed: Vec::new(),
            });
        }
    };
    let asked = Asked {
        world,
        written,
        by,
        netrc: netrc_for(world, by)?,
    };
    let named = texts.iter().map(|text| asked.named(text));
    Ok(gathered(world, client, named.collect::<Result<_>>()?))
}

/// Puts what was named into its order.
fn gathered(world: &World, client: Client, named: Vec<Named>) -> Sources {
    let mut mirrors = Vec::new();
    let mut order: Vec<Origin> = Vec::new();
    let mut listed = BTreeMap::new();
    let mut signed = Vec::new();
    for one in named {
        match one {
            Named::Proxy(hop, digests, by) => {
                signed.extend(by.map(|list| (list, digests.clone())));
                listed.extend(digests);
                mirrors.push(hop.clone());
                // Neighbours are one list, which is walked as Go walks its own.
                match order.last_mut() {
                    Some(Origin::Fetched(Source::Proxy(hops))) => hops.push(hop),
                    _ => order.push(Origin::Fetched(Source::Proxy(vec![hop]))),
                }
            }
            Named::Archives(source) => order.push(Origin::Fetched(source)),
            Named::Tree(path) => order.push(Origin::Tree(path)),
        }
    }
    // A GOPROXY that cannot be read is nobody's business where a source was named.
    let proxies = of_go(world).map(|(hops, _)| hops).unwrap_or_default();
    let fetched = order.iter().filter_map(|origin| match origin {
        Origin::Fetched(source) => Some(source.clone()),
        Origin::Tree(_) => None,
    });
    Sources {
        client,
        database: mirrors.iter().cloned().chain(proxies).collect(),
        hops: mirrors.clone(),
        toolchains: fetched.collect(),
        mirrors,
        order,
        listed,
        signed,
    }
}

/// What goseal.toml names, else what config.toml names, and which of them it is.
fn named_sources(written: &Written) -> Option<(&[String], &'static str)> {
    let project = written.project.as_ref().map(|it| it.sources.as_slice());
    let user = written.user.as_ref().map(|it| it.sources.as_slice());
    [(project, PROJECT_FILE), (user, "config.toml")]
        .into_iter()
        .find_map(|(named, by)| Some((named.filter(|named| !named.is_empty())?, by)))
}

/// The place that `--from` names.
///
/// # Errors
///
/// As [`sources`].
pub(crate) fn place_named(text: &str) -> Result<Place> {
    hop(text, FROM).map(|hop| hop.place)
}

/// Who we are to which host, where the addresses that `by` names may be told: a project's may not.
///
/// The file is the one that Go reads: `NETRC`, else `.netrc` in the home folder.
fn netrc_for(world: &World, by: &str) -> Result<Netrc> {
    if by == PROJECT_FILE {
        return Ok(Netrc::default());
    }
    let name = if cfg!(windows) { "_netrc" } else { ".netrc" };
    let home = world.environment.path("HOME").map(Path::to_owned);
    let home = home.or_else(|| world.user.home.clone());
    let named = world.environment.path("NETRC").map(Path::to_owned);
    let path = named.or_else(|| Some(home?.join(name)));
    let bytes = path
        .map(|path| read_bounded(&path, NETRC_LIMIT))
        .transpose()?;
    Ok(Netrc::parse(&bytes.flatten().unwrap_or_default()))
}

/// A `--from` as people may read it: an address loses its user information.
pub(crate) fn without_user_information(text: &str) -> String {
    Address::parse(text).map_or_else(|_| text.to_owned(), |address| address.to_string())
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
    if let Some(mut found) = found {
        let netrc = netrc_for(world, "GOPROXY")?;
        for hop in &mut found.hops {
            if let Place::Web(address) = &hop.place {
                hop.place = Place::Web(address.clone().with_netrc(&netrc));
            }
        }
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
    // A `home` file, of whatever format, makes it a shim, of another home too, or a door.
    let is_home = |path: PathBuf| {
        read_bounded(&path, HOME_LIMIT as u64)
            .is_ok_and(|bytes| bytes.is_some_and(|bytes| bytes.starts_with(b"format ")))
    };
    let ours =
        bin == shims || is_home(bin.join("home")) || is_home(root.join(BEHIND_DOOR).join("home"));
    (!ours).then(|| root.to_owned())
}

/// The client with what the environment says of the network.
///
/// # Errors
///
/// [`crate::Error::Fetch`] for a certificate file or a proxy setting that cannot be used.
pub(crate) fn client(world: &World) -> Result<Client> {
    client_at(world, world.product.pace)
}

/// A client for what is good to have and not needed: two attempts, and no long wait for either.
///
/// # Errors
///
/// As [`client`].
pub(crate) fn hasty_client(world: &World) -> Result<Client> {
    let pace = world.product.pace;
    client_at(
        world,
        Pace {
            connect_timeout: pace.connect_timeout.min(HASTE),
            window: pace.window.min(HASTE),
            window_bytes: pace.window_bytes.min(5 * 1024),
            retries: pace.retries.min(1),
            ..pace
        },
    )
}

fn client_at(world: &World, pace: Pace) -> Result<Client> {
    let mut seed = [0; 8];
    world.machine.random(&mut seed);
    Ok(Client::new(&Options {
        network: network(world),
        user_agent: world.product.name.clone(),
        pace,
        limits: world.product.limits,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;
    use crate::scene::Scene;
    use goseal_core::policy::UserConfig;
    use goseal_core::project::Project;

    fn of(scene: &Scene, written: &Written, from: Option<&str>) -> String {
        sources(&scene.world, written, from).unwrap().describe()
    }

    #[test]
    fn the_nearest_word_counts() {
        let mut scene = Scene::new();
        let named = |name: &str| vec![format!("https://{name}.example/p")];
        let mut written = Written::default();
        // No Go, no GOPROXY: the release archives.
        assert_eq!(of(&scene, &written, None), scene.world.product.archive_base);
        let go = scene.file("go/bin/go", "");
        scene.file("go/go.env", "GOPROXY=https://of-go.example\n");
        let path = go.parent().unwrap().to_str().unwrap().to_owned();
        scene.set(&[("PATH", &path)]);
        assert_eq!(of(&scene, &written, None), "https://of-go.example/");
        scene.set(&[
            ("PATH", &path),
            ("GOPROXY", "https://u:p@of-env.example,off"),
        ]);
        assert_eq!(of(&scene, &written, None), "https://of-env.example/ off");
        written.user = Some(UserConfig {
            sources: named("user"),
            ..UserConfig::default()
        });
        assert_eq!(of(&scene, &written, None), "https://user.example/p");
        written.project = Some(Project {
            sources: named("project"),
            ..Project::default()
        });
        assert_eq!(of(&scene, &written, None), "https://project.example/p");
        let from = Some("https://from.example/p");
        assert_eq!(of(&scene, &written, from), "https://from.example/p");
        let folder = scene.root().join("home");
        let from = folder.to_str();
        assert_eq!(of(&scene, &written, from), folder.display().to_string());
    }

    #[test]
    fn what_is_no_source_is_refused_without_its_password() {
        let scene = Scene::new();
        for (text, shown) in [
            ("nowhere", "`nowhere` is neither a folder nor an address"),
            ("direct", "`direct` is no place that carries toolchains"),
            ("off", "`off` is no place that carries toolchains"),
        ] {
            let refused = sources(&scene.world, &Written::default(), Some(text))
                .err()
                .unwrap();
            assert!(matches!(refused, Error::Request(_)), "{refused}");
            assert_eq!(refused.to_string(), format!("--from: {shown}"));
        }
        for text in [
            "https://u:secret@a.example,https://b.example",
            "ftp://u:secret@a.example",
        ] {
            let refused = sources(&scene.world, &Written::default(), Some(text))
                .err()
                .unwrap();
            assert!(matches!(refused, Error::Request(_)), "{refused}");
            assert!(!refused.to_string().contains("secret"), "{refused}");
        }
    }

    #[test]
    fn shims_and_doors_are_not_the_first_go() {
        let scene = Scene::new();
        let home = "format 1\nbuild b\nprogram /p\nstore /s\nstate user\n";
        let bin = |path: &str| scene.file(path, "").parent().unwrap().to_owned();
        let shims = bin("home/shims/go");
        let other = bin("other/shims/go");
        scene.file("other/shims/home", home);
        let door = bin("tree/bin/go");
        scene.file("tree/pkg/goseal/home", home);
        let real = bin("real/bin/go");
        scene.file("real/bin/home", "a file of somebody's own");
        let root = |folder: &Path| root_of_go_in(folder, &scene.world.layout.shims());
        for ours in [&shims, &other, &door] {
            assert_eq!(root(ours), None, "{}", ours.display());
        }
        assert_eq!(root(&real), Some(scene.root().join("real")));
        assert_eq!(root(&scene.root().join("bin")), None);
    }
}
