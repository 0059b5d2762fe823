//! Releases that people name, for the platforms that they name.

use goseal_core::platform::Platform;
use goseal_core::release::ReleaseId;

use crate::error::{RequestFault, Result};
use crate::world::World;

/// The same releases for the platforms that were typed, each once and in that order; without any,
/// as they are.
///
/// # Errors
///
/// [`crate::Error::Request`] for a text that names no platform.
pub(crate) fn on_platforms(ids: Vec<ReleaseId>, typed: &[String]) -> Result<Vec<ReleaseId>> {
    if typed.is_empty() {
        return Ok(ids);
    }
    let mut platforms = Vec::new();
    for text in typed {
        let platform =
            Platform::parse(text).map_err(|_| RequestFault::Platform(text.to_owned()))?;
        if !platforms.contains(&platform) {
            platforms.push(platform);
        }
    }
    let on = |id: ReleaseId| {
        let all = platforms.iter();
        all.map(move |platform| ReleaseId {
            platform: *platform,
            ..id
        })
    };
    Ok(ids.into_iter().flat_map(on).collect())
}

/// Every release that has a seal, a damaged one too: it must not hide the other trees.
///
/// # Errors
///
/// [`crate::Error::Store`].
pub(crate) fn every_sealed(world: &World) -> Result<Vec<ReleaseId>> {
    let listed = goseal_store::list(&world.layout)?;
    let sealed = listed
        .iter()
        .filter(|(_, found)| !matches!(found, Ok(None)));
    Ok(sealed.map(|(id, _)| *id).collect())
}

/// Whether it runs on this machine. A tree that does not has no doors.
pub(crate) fn runs_here(id: &ReleaseId) -> bool {
    Platform::of_this_build() == Some(id.platform)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;
    use crate::scene::release;

    #[test]
    fn each_release_comes_for_each_platform_once() {
        let typed = ["windows/amd64", "linux/arm64", "windows/amd64"].map(str::to_owned);
        let ids = vec![release("1.22.5"), release("1.26.10")];
        let named: Vec<String> = on_platforms(ids.clone(), &typed)
            .unwrap()
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(
            named,
            [
                "go1.22.5.windows-amd64",
                "go1.22.5.linux-arm64",
                "go1.26.10.windows-amd64",
                "go1.26.10.linux-arm64",
            ]
        );
        assert_eq!(on_platforms(ids.clone(), &[]).unwrap(), ids);
    }

    #[test]
    fn what_is_no_platform_is_refused() {
        for text in ["beos", "linux", "linux/amd64/v2", ""] {
            let refused = on_platforms(vec![release("1.22.5")], &[text.to_owned()]).unwrap_err();
            assert!(
                matches!(refused, Error::Request(RequestFault::Platform(_))),
                "{text}"
            );
        }
    }
}
