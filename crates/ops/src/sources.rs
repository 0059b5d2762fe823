//! Where toolchains come from: what was asked for, what the project says, what Go itself uses.
//!
//! Order: `--from`; `sources` of goseal.toml, then of config.toml; the module proxy of Go's own
//! configuration; the release archives. No proxy's host is built in.

use std::path::{Path, PathBuf};

use goseal_core::home::HOME_LIMIT;
use goseal_core::layout::BEHIND_DOOR;
use goseal_fetch::proxy::{Hop, Place, goproxy_from, parse_goproxy};
use goseal_fetch::{Address, Client, Error as FetchError, Network, Options, Source};
use goseal_store::read_bounded;

use crate::error::{RequestFault, Result};
use crate::situation::{Written, go_env_path};
use crate::world::World;

/// What names a source on the command line.
pub(crate) const FROM: &str = "--from";

/// Bytes of a `go.env` that are read; the real one has 500.
const GO_ENV_LIMIT: u64 = 64 * 1024;

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
    let mirrors = match (from, named_sources(written)) {
        (Some(from), _) => named_proxies(&[from.to_owned()], FROM)?,
        (None, Some((named, by))) => named_proxies(named, by)?,
        (None, None) => Vec::new(),
    };
    if mirrors.is_empty() {
        let (hops, toolchains) = of_go(world)?;
        return Ok(Sources {
            client,
            database: hops.clone(),
            hops,
            mirrors,
            toolchains,
        });
    }
    // A GOPROXY that cannot be read is nobody's business where a source was named.
    let proxies = of_go(world).map(|(hops, _)| hops).unwrap_or_default();
    Ok(Sources {
        client,
        database: mirrors.iter().cloned().chain(proxies).collect(),
        hops: mirrors.clone(),
        toolchains: vec![Source::Proxy(mirrors.clone())],
        mirrors,
    })
}

/// What goseal.toml names, else what config.toml names, and which of them it is.
fn named_sources(written: &Written) -> Option<(&[String], &'static str)> {
    let project = written.project.as_ref().map(|it| it.sources.as_slice());
    let user = written.user.as_ref().map(|it| it.sources.as_slice());
    [(project, "goseal.toml"), (user, "config.toml")]
        .into_iter()
        .find_map(|(named, by)| Some((named.filter(|named| !named.is_empty())?, by)))
}

fn named_proxies(named: &[String], by: &'static str) -> Result<Vec<Hop>> {
    named.iter().map(|text| hop(text, by)).collect()
}

/// One source by name: an address, or a folder in the form of a module proxy.
fn hop(text: &str, by: &'static str) -> Result<Hop> {
    let folder = Path::new(text);
    let place = if folder.is_dir() {
        Place::Folder(std::fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned()))
    } else {
        place_of(text, by)?
    };
    Ok(Hop {
        place,
        any_error: true,
    })
}

/// The place that `--from` names.
///
/// # Errors
///
/// As [`sources`].
pub(crate) fn place_named(text: &str) -> Result<Place> {
    hop(text, FROM).map(|hop| hop.place)
}

/// The one place that a text names.
fn place_of(text: &str, by: &'static str) -> Result<Place> {
    let no_source = |text: String, reason: &str| {
        let reason = reason.to_owned();
        Err(RequestFault::Source { text, by, reason }.into())
    };
    let hops = match parse_goproxy(text) {
        Ok(hops) => hops,
        // Its words are those of a list; the entry is without user information.
        Err(FetchError::Goproxy { entry, .. }) if !entry.contains("://") => {
            return no_source(entry, "is neither a folder nor an address");
        }
        Err(FetchError::Goproxy { entry, reason }) => {
            return no_source(entry, &format!("is no source: {reason}"));
        }
        Err(error) => return Err(error.into()),
    };
    let mut places = hops.into_iter().map(|hop| hop.place);
    match (places.next(), places.next()) {
        (Some(place @ (Place::Web(_) | Place::Folder(_))), None) => Ok(place),
        (Some(place @ (Place::Direct | Place::Off)), _) => {
            no_source(place.to_string(), "is no place that carries toolchains")
        }
        (Some(first), _) => no_source(format!("{first},.."), "is more than one source"),
        (None, _) => no_source(String::new(), "is no source"),
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
    let mut seed = [0; 8];
    world.machine.random(&mut seed);
    Ok(Client::new(&Options {
        network: network(world),
        user_agent: world.product.name.clone(),
        pace: world.product.pace,
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
