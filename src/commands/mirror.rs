//! `goseal mirror sync` and `mirror check`.

use goseal_core::exit::Exit;
use goseal_ops::MirrorRequest;

use super::{Desk, Outcome};
use crate::cli::{CheckArgs, Format, MirrorVerb, SyncArgs};
use crate::render;

/// Makes or checks a mirror.
pub(crate) fn run(verb: &MirrorVerb, desk: &Desk<'_>) -> Outcome {
    match verb {
        MirrorVerb::Sync(args) => sync(args, desk),
        MirrorVerb::Check(args) => check(args, desk),
    }
}

fn sync(args: &SyncArgs, desk: &Desk<'_>) -> Outcome {
    let request = MirrorRequest {
        versions: args.carried.versions.clone(),
        platforms: args.carried.platforms.clone(),
        folder: args.folder.clone(),
        from: args.carried.from.clone(),
        prune: args.prune,
    };
    let progress = desk.ui.progress();
    let waiting = || {
        desk.ui
            .note("waiting for another command that writes this mirror");
    };
    let report =
        goseal_ops::sync_mirror(desk.world, &request, desk.arguments, &progress, &waiting)?;
    desk.ui.data(&match args.output.format {
        Format::Text => render::mirror_text(&report),
        Format::Json => render::document("mirror", render::mirror_json(&report)),
    })?;
    Ok(if report.left_out.is_empty() {
        Exit::Done
    } else {
        Exit::Findings
    })
}

fn check(args: &CheckArgs, desk: &Desk<'_>) -> Outcome {
    let progress = desk.ui.progress();
    let check = goseal_ops::check_mirror(desk.world, &args.place, desk.arguments, &progress)?;
    desk.ui.data(&match args.output.format {
        Format::Text => render::mirror_check_text(&check),
        Format::Json => render::document("mirror", render::mirror_check_json(&check)),
    })?;
    Ok(if check.is_distrust() {
        Exit::Distrust
    } else if check.findings.is_empty() {
        Exit::Done
    } else {
        Exit::Findings
    })
}
