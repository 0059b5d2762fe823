//! `goseal lock`.

use goseal_core::exit::Exit;
use goseal_ops::{LockReport, LockRequest};

use super::{Desk, Outcome};
use crate::cli::{Export, Format, LockArgs};
use crate::render;

/// Writes or checks the lock, or shows it in another tool's words.
pub(crate) fn run(args: &LockArgs, desk: &Desk<'_>) -> Outcome {
    if let Some(form) = args.export {
        let locked = goseal_ops::locked(desk.world, &args.platform)?;
        desk.ui.data(&render::export_text(&locked, form))?;
        // What names archives by their digests has nothing to say without one.
        let needs_archives = matches!(form, Export::Dockerfile | Export::Nix | Export::Bazel);
        let none = locked
            .entries
            .iter()
            .all(|(_, entry)| entry.archive.is_none());
        if needs_archives && none {
            desk.ui.note(
                "goseal.lock has no archive's digest: `goseal lock` adds them where the release \
                 index answers",
            );
            return Ok(Exit::Findings);
        }
        return Ok(Exit::Done);
    }
    let request = LockRequest {
        platforms: args.platform.clone(),
        check: args.check,
    };
    let report = goseal_ops::lock(desk.world, &request)?;
    desk.ui.data(&match args.output.format {
        Format::Text => text(&report, args.check),
        Format::Json => render::document("lock", render::lock_changes_json(&report)),
    })?;
    if report.obtained && !report.index {
        desk.ui
            .note("the release index is out of reach: no archive digests");
    }
    if !args.check && !report.obtained {
        desk.ui
            .note("nothing could be obtained: no platform was locked");
        return Ok(Exit::Unobtainable);
    }
    let stale = args.check && report.is_stale();
    Ok(if stale || report.is_incomplete() {
        Exit::Findings
    } else {
        Exit::Done
    })
}

fn text(report: &LockReport, check: bool) -> String {
    let state = match (report.changes.is_empty(), check) {
        _ if !check && !report.obtained => "is as it was",
        (true, _) if report.is_incomplete() => "is incomplete",
        (true, _) => "is up to date",
        (false, true) => "is stale",
        (false, false) => "is written",
    };
    format!(
        "{} {state}\n{}",
        report.path.display(),
        render::lock_changes_text(report)
    )
}
