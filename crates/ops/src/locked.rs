//! What the lock holds, for people who pin elsewhere. Asks nobody and writes nothing.

use goseal_core::lock::LockEntry;
use goseal_core::platform::Platform;
use goseal_core::release::ReleaseId;
use goseal_core::version::Version;
use std::path::PathBuf;

use crate::error::{RequestFault, Result, Unfetched};
use crate::situation::Situation;
use crate::world::World;

/// The entries of the lock for the release that runs here.
#[derive(Debug, Clone)]
pub struct Locked {
    /// The lock.
    pub path: PathBuf,
    /// The release.
    pub version: Version,
    /// Its entries, in the order of releases.
    pub entries: Vec<(ReleaseId, LockEntry)>,
    /// Where release archives lie; ends with `/`.
    pub archive_base: String,
}

/// Reads the lock of the release that runs here, for platforms as typed or all that it holds.
///
/// # Errors
///
/// What [`Situation::here`] says; [`crate::Error::Request`] where there is no lock, or nothing in it
/// of the release, and for a text that is no platform; [`crate::Error::NotInstalled`] for a platform
/// that was named and is not locked.
pub fn locked(world: &World, platforms: &[String]) -> Result<Locked> {
    let situation = Situation::here(world)?;
    let version = situation.choice()?.id.version;
    let path = situation.lock_path;
    let Some(lock) = situation.written.lock else {
        return Err(RequestFault::NoLock(path).into());
    };
    let mut entries: Vec<(ReleaseId, LockEntry)> = lock
        .entries
        .into_iter()
        .filter(|(id, _)| id.version == version)
        .collect();
    if entries.is_empty() {
        return Err(RequestFault::NotLocked(path, version).into());
    }
    let mut named = Vec::new();
    for text in platforms {
        let platform = Platform::parse(text).map_err(|_| RequestFault::Platform(text.clone()))?;
        let id = ReleaseId { version, platform };
        if !entries.iter().any(|(known, _)| *known == id) {
            let why = Unfetched::NoEntry(path);
            return Err(crate::Error::NotInstalled { id, why });
        }
        named.push(platform);
    }
    entries.retain(|(id, _)| named.is_empty() || named.contains(&id.platform));
    Ok(Locked {
        path,
        version,
        entries,
        archive_base: world.product.archive_base.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;
    use crate::scene::{Scene, h1, release};

    fn asked(scene: &Scene, platforms: &[&str]) -> Result<Vec<String>> {
        let platforms: Vec<String> = platforms.iter().map(|&text| text.to_owned()).collect();
        let found = locked(&scene.world, &platforms)?;
        Ok(found
            .entries
            .iter()
            .map(|(id, _)| id.platform.to_string())
            .collect())
    }

    #[test]
    fn entries_of_the_pinned_release_and_of_named_platforms_are_given() {
        let scene = Scene::new();
        scene.file("project/.go-version", "1.22.5\n");
        let refused = asked(&scene, &[]).unwrap_err();
        assert!(matches!(refused, Error::Request(RequestFault::NoLock(_))));
        let entry = |version: &str, platform: &str| {
            format!(
                "[[toolchain]]\nversion = \"{version}\"\nplatform = \"{platform}\"\nh1 = \"{}\"\n",
                h1(1)
            )
        };
        let lock = |blocks: &[String]| {
            let text = format!("version = 1\n\n{}", blocks.join("\n"));
            scene.file("project/goseal.lock", &text);
        };
        lock(&[entry("1.21.1", "linux/amd64")]);
        let refused = asked(&scene, &[]).unwrap_err();
        assert!(matches!(
            refused,
            Error::Request(RequestFault::NotLocked(..))
        ));
        lock(&[
            entry("1.22.5", "linux/amd64"),
            entry("1.22.5", "linux/arm64"),
        ]);
        assert_eq!(asked(&scene, &[]).unwrap(), ["linux/amd64", "linux/arm64"]);
        assert_eq!(asked(&scene, &["linux/arm64"]).unwrap(), ["linux/arm64"]);
        let refused = asked(&scene, &["windows/arm64"]).unwrap_err();
        let id = ReleaseId {
            platform: Platform::parse("windows/arm64").unwrap(),
            ..release("1.22.5")
        };
        assert!(matches!(refused, Error::NotInstalled { id: named, .. } if named == id));
        assert!(asked(&scene, &["toaster/amd64"]).is_err());
    }
}
