//! The hints and codes of what stops a rebuild.

use goseal_core::exit::Exit;
use goseal_ops::RebuildFault;

use super::crates::named;

/// What was asked for cannot be, or something is missing here; a build that fails gave nothing.
pub(super) fn exit(fault: &RebuildFault) -> Exit {
    match fault {
        RebuildFault::NotReproducible(_) | RebuildFault::Bootstrap { .. } => Exit::Usage,
        RebuildFault::Host
        | RebuildFault::Unproved(_)
        | RebuildFault::NoRule(_)
        | RebuildFault::Shell(_)
        | RebuildFault::Failed { .. } => Exit::Unobtainable,
        RebuildFault::NoBootstrap { .. } => Exit::Offline,
        RebuildFault::Drifted { .. } => Exit::Distrust,
    }
}

/// The last lines of a build that failed.
pub(super) fn detail(fault: &RebuildFault) -> Vec<String> {
    match fault {
        RebuildFault::Failed { last, .. } => last.clone(),
        _ => Vec::new(),
    }
}

/// The one act that helps.
pub(super) fn hint(fault: &RebuildFault) -> Option<String> {
    let hint = match fault {
        RebuildFault::Host => "rebuild it on one of them, with --platform for this one".to_owned(),
        RebuildFault::NotReproducible(_) => "rebuild a release from 1.21 on".to_owned(),
        RebuildFault::Unproved(id) => format!(
            "`goseal uninstall {0}`, then `goseal install {0}` proves it",
            named(id)
        ),
        RebuildFault::Drifted { id, .. } => format!(
            "`goseal uninstall {}` removes it, so that it can be installed anew",
            named(id)
        ),
        RebuildFault::NoBootstrap { least, .. } => {
            format!("`goseal install {least}` installs the oldest one; any later one will do")
        }
        RebuildFault::Bootstrap { least, .. } => {
            format!("name another release from {least} on, or none")
        }
        RebuildFault::Shell(_) => "install bash".to_owned(),
        RebuildFault::NoRule(_) | RebuildFault::Failed { .. } => return None,
    };
    Some(hint)
}
