//! Choosing a release: from what a person typed to one exact release, written and locked.

use std::path::{Path, PathBuf};

use goseal_core::pin::{PIN_FILE, PIN_LIMIT, parse_pin};
use goseal_core::platform::Platform;
use goseal_core::release::ReleaseId;
use goseal_core::version::{Version, VersionSyntax};

use crate::difference::{Change, change_of};
use crate::error::{Error, PinFault, RequestFault, Result};
use crate::index;
use crate::lock::{self, LockReport};
use crate::offers::or_nearest;
use crate::situation::{LOCK_FILE, PROJECT_FILE, Situation, read_lock, read_machine, read_project};
use crate::sources::sources;
use crate::world::World;

/// A release that was chosen, written and locked.
#[derive(Debug)]
pub struct Chosen {
    /// The file that says it now.
    pub path: PathBuf,
    /// What it said before.
    pub before: Option<Version>,
    /// What it says now.
    pub version: Version,
    /// Whether it is installed for this platform; its files are not looked at.
    pub installed: bool,
    /// Its lock.
    pub lock: LockReport,
}

fn is_installed(world: &World, version: Version) -> bool {
    let id = Platform::of_this_build().map(|platform| ReleaseId { version, platform });
    // A seal that cannot be read is what `install` mends or refuses.
    id.is_some_and(|id| goseal_store::find(&world.layout, &id).is_ok_and(|it| it.is_some()))
}

/// Resolves a request and makes it the pin: in the `.go-version` that holds here, or in a new one in
/// the working directory. The lock is proved first; a release that cannot be proved is not pinned.
/// Before anything is written `on_change` is told what is known of the change without fetching.
///
/// # Errors
///
/// [`Error::Request`] for a request that means nothing or nothing that is offered; as
/// [`crate::lock()`].
pub fn pin(world: &World, request: &str, on_change: &dyn Fn(&Change)) -> Result<Chosen> {
    // A pin whose text says nothing usable is what this verb mends, wherever it lies.
    let (mut situation, faulty) = match Situation::here(world) {
        Err(Error::Pin {
            path,
            fault: PinFault::Text(_) | PinFault::Line { .. },
        }) => (Situation::without_pin(world)?, Some(path)),
        outcome => (outcome?, None),
    };
    let pin = situation.pin();
    let path = pin.map(|pin| pin.path.clone()).or(faulty);
    let path = path.unwrap_or_else(|| world.cwd.join(PIN_FILE));
    let folder = path.parent().unwrap_or(&world.cwd).to_owned();
    let before = pin.map(|pin| pin.line.version);
    // Of a faulty one too: its comments stay. One that is too long has none worth keeping.
    let old = goseal_inputs::read_bounded(&path, PIN_LIMIT).ok().flatten();
    let text = old.map(|(bytes, _)| String::from_utf8_lossy(&bytes).into_owned());
    // The pin will make them the project's, whether it was there or not.
    situation.written.project = read_project(&folder.join(PROJECT_FILE))?;
    let version = resolve(world, &situation, request)?;
    if let Some(before) = before.filter(|before| *before != version)
        // A seal or a feed that is damaged is no reason to stay: other verbs refuse it.
        && let Ok(change) = change_of(world, &situation, before, version)
    {
        on_change(&change);
    }
    let report = locked(world, &mut situation, &folder, (version, true))?;
    let text = pin_text(text.as_deref(), version);
    goseal_store::write_atomic(&path, text.as_bytes(), 0o644)?;
    Ok(Chosen {
        path,
        before,
        version,
        installed: is_installed(world, version),
        lock: report,
    })
}

/// Resolves a request and makes it the user's default, with a lock beside the user's configuration.
///
/// # Errors
///
/// As [`pin`].
pub fn default(world: &World, request: &str) -> Result<Chosen> {
    let mut situation = Situation::without_pin(world)?;
    let version = resolve(world, &situation, request)?;
    // A default is this user's own: nobody works with it on another platform.
    let report = locked(
        world,
        &mut situation,
        world.layout.config(),
        (version, false),
    )?;
    let path = world.layout.user_config();
    let bytes =
        goseal_store::read_bounded(&path, goseal_inputs::INPUT_LIMIT as u64)?.unwrap_or_default();
    let text = goseal_config::set_user_default(&bytes, &path, version)?;
    goseal_store::write_atomic(&path, text.as_bytes(), 0o600)?;
    let before = situation
        .written
        .user
        .as_ref()
        .and_then(|user| user.default);
    Ok(Chosen {
        path,
        before,
        version,
        installed: is_installed(world, version),
        lock: report,
    })
}

/// Proves a release and writes its lock into `folder`, for the `usual` platforms too where nobody
/// names one.
fn locked(
    world: &World,
    situation: &mut Situation,
    folder: &Path,
    (version, usual): (Version, bool),
) -> Result<LockReport> {
    situation.lock_path = folder.join(LOCK_FILE);
    situation.written.lock = read_lock(&situation.lock_path)?;
    let platforms = lock::wanted(situation, &[], usual)?;
    let mut report = lock::make(world, situation, version, &platforms)?;
    lock::require_this_platform(&report, version)
        .map_err(|error| or_nearest(world, situation, version, error))?;
    lock::write(&mut report)?;
    Ok(report)
}

/// The default in force and the file that states it, policy before user.
///
/// # Errors
///
/// What [`crate::situation::read_machine`] says.
pub fn show_default(world: &World) -> Result<Option<(Version, PathBuf)>> {
    let written = read_machine(world)?;
    let policy = written.policy.and_then(|policy| policy.default);
    let user = written.user.and_then(|user| user.default);
    let policy = policy.map(|version| (version, world.product.policy_path.clone()));
    Ok(policy.or(user.map(|version| (version, world.layout.user_config()))))
}

/// What can be fetched for this platform, ascending: the sources say so, which install it then.
///
/// # Errors
///
/// [`Error::Fetch`] where nobody answers.
fn offered(world: &World, situation: &Situation) -> Result<Vec<ReleaseId>> {
    let platform = Platform::of_this_build().ok_or_else(Error::no_platform)?;
    let sources = sources(world, &situation.written, None)?;
    let here = |releases: Vec<ReleaseId>| {
        releases
            .into_iter()
            .filter(|id| id.platform == platform)
            .collect()
    };
    if sources.hops.is_empty() {
        let base = goseal_fetch::Address::parse(&world.product.archive_base)?;
        let index = sources.client.index(&base)?;
        return Ok(here(index::releases(index.untrusted())));
    }
    Ok(here(sources.client.versions(&sources.hops)?.releases))
}

/// `latest`, a line such as `1.27`, or an exact release.
///
/// # Errors
///
/// [`Error::Request`], and [`Error::Fetch`] where nobody says what there is.
pub(crate) fn resolve(world: &World, situation: &Situation, request: &str) -> Result<Version> {
    let line = match Version::parse(request) {
        Ok(version) => return Ok(version),
        Err(VersionSyntax::Language { minor }) => Some(minor),
        Err(VersionSyntax::Inexact { .. }) if request == "latest" => None,
        Err(VersionSyntax::Inexact { text }) => match line_of(&text) {
            Some(minor) => Some(minor),
            None => return Err(inexact(VersionSyntax::Inexact { text })),
        },
        Err(malformed) => return Err(inexact(malformed)),
    };
    let offered = offered(world, situation)?;
    let fits = |version: &Version| {
        !version.is_prerelease() && line.is_none_or(|minor| version.minor() == minor)
    };
    let newest = offered.iter().map(|id| id.version).filter(fits).max();
    newest.ok_or_else(|| {
        let mut nearest: Vec<Version> = offered.iter().map(|id| id.version).collect();
        nearest.retain(|version| !version.is_prerelease());
        nearest.drain(..nearest.len().saturating_sub(1));
        let request = request.to_owned();
        RequestFault::NothingOffered { request, nearest }.into()
    })
}

fn inexact(syntax: VersionSyntax) -> Error {
    let installed = Vec::new();
    RequestFault::Inexact { syntax, installed }.into()
}

/// The line of `1.22.x`.
fn line_of(text: &str) -> Option<u16> {
    let rest = text.strip_prefix("go").unwrap_or(text).strip_prefix("1.")?;
    rest.strip_suffix(".x")
        .or_else(|| rest.strip_suffix(".*"))?
        .parse()
        .ok()
}

/// The pin's text with another version; comments and blank lines stay as they are.
fn pin_text(old: Option<&str>, version: Version) -> String {
    let fresh = format!("{version}\n");
    let Some(old) = old else { return fresh };
    let mut text = String::new();
    let mut written = false;
    for line in old.lines() {
        let said = line
            .split('#')
            .next()
            .unwrap_or_default()
            .trim_start_matches('\u{feff}')
            .trim();
        if said.is_empty() {
            text.push_str(line);
        } else {
            text.push_str(&line.replacen(said, &version.to_string(), 1));
            written = true;
        }
        text.push('\n');
    }
    let says_it = parse_pin(text.as_bytes()).is_ok_and(|line| line.version == version);
    if written && says_it { text } else { fresh }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_pin_keeps_the_comments_of_the_old_one() {
        let version = Version::parse("1.27.4").unwrap();
        for (old, new) in [
            (None, "1.27.4\n"),
            (Some("1.22.5\n"), "1.27.4\n"),
            (Some("# why\ngo1.22.5 # lts\n"), "# why\n1.27.4 # lts\n"),
            (Some("nonsense of two\nlines\n"), "1.27.4\n"),
            (Some("# only a comment\n"), "1.27.4\n"),
        ] {
            assert_eq!(pin_text(old, version), new, "{old:?}");
        }
    }

    #[test]
    fn a_line_may_be_written_with_x() {
        assert_eq!(line_of("1.22.x"), Some(22));
        assert_eq!(line_of("go1.22.*"), Some(22));
        assert_eq!(line_of(">=1.22"), None);
    }
}
