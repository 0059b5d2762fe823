//! Which release compiles another one.

use goseal_core::release::ReleaseId;
use goseal_core::version::Version;
use goseal_store::Installed;

use crate::current::exact;
use crate::error::{Error, RebuildFault, Result};
use crate::named::runs_here;
use crate::world::World;

/// Bytes of `src/make.bash` that are read; it has 8,000.
const SCRIPT_LIMIT: u64 = 1 << 20;

/// What stands before the oldest release that may compile, in `src/make.bash`.
const RULE: &str = "bootgo=";

/// The oldest release that compiles this one, by its own `src/make.bash`. The tree is one that was
/// just proved.
///
/// # Errors
///
/// [`RebuildFault::NoRule`] where the script does not say it; [`Error::Store`].
pub(super) fn least(installed: &Installed) -> Result<Version> {
    let script = installed.root.join("src/make.bash");
    let bytes = goseal_store::read_bounded(&script, SCRIPT_LIMIT)?.unwrap_or_default();
    rule_of(&String::from_utf8_lossy(&bytes))
        .ok_or_else(|| RebuildFault::NoRule(installed.id).into())
}

/// `bootgo=1.20.6` of a script; before 1.21 a release without a third number is itself a release.
fn rule_of(script: &str) -> Option<Version> {
    let line = script.lines().find_map(|line| line.strip_prefix(RULE))?;
    Version::parse(line.trim()).ok()
}

/// The release that compiles `id`: the one that was named, else the oldest installed one that can.
///
/// # Errors
///
/// [`RebuildFault::Bootstrap`] for one that is named and cannot; [`RebuildFault::NoBootstrap`]
/// where none is installed; [`Error::NotInstalled`], [`Error::Request`], [`Error::Store`].
pub(super) fn choose(
    world: &World,
    id: &ReleaseId,
    named: Option<&str>,
    least: Version,
) -> Result<Installed> {
    let can = |version: Version| version >= least && version != id.version;
    let Some(text) = named else {
        let listed = goseal_store::list(&world.layout)?;
        let sealed = listed.into_iter().filter_map(|(_, found)| found.ok()?);
        return sealed
            .filter(|it| runs_here(&it.id) && it.has_doors() && can(it.id.version))
            .min_by_key(|it| it.id.version)
            .ok_or_else(|| RebuildFault::NoBootstrap { id: *id, least }.into());
    };
    let asked = exact(world, text)?;
    if !can(asked.version) {
        return Err(RebuildFault::Bootstrap {
            id: *id,
            named: asked.version,
            least,
        }
        .into());
    }
    goseal_store::find(&world.layout, &asked)?.ok_or(Error::not_installed(asked))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rule_is_read_from_the_script() {
        let rule = |text: &str| rule_of(text).map(|version| version.to_string());
        assert_eq!(
            rule("#!/bin/bash\n\nbootgo=1.20.6\nset -e\n"),
            Some("1.20.6".into())
        );
        assert_eq!(rule("bootgo=1.17.13"), Some("1.17.13".into()));
        for text in [
            "",
            "# bootgo=1.20.6",
            " bootgo=1.20.6",
            "bootgo=$X",
            "bootgo=",
        ] {
            assert_eq!(rule(text), None, "{text}");
        }
    }
}
