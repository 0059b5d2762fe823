//! `goseal rebuild`.

use goseal_core::exit::Exit;
use goseal_core::release::ReleaseId;
use goseal_ops::RebuildRequest;

use super::{Desk, Outcome};
use crate::cli::{Format, RebuildArgs};
use crate::render;

/// Builds a release from its sources and compares it; any difference ends with 5.
pub(crate) fn run(args: &RebuildArgs, desk: &Desk<'_>) -> Outcome {
    let request = RebuildRequest {
        version: args.version.clone(),
        platform: args.platform.clone(),
        bootstrap: args.bootstrap.clone(),
    };
    let progress = desk.ui.progress();
    let waiting = |id: &ReleaseId| {
        desk.ui.note(&format!("waiting for whoever installs {id}"));
    };
    let outcome = goseal_ops::rebuild(desk.world, &request, &progress, &waiting)?;
    desk.ui.data(&match args.output.format {
        Format::Text => render::rebuild_text(&outcome),
        Format::Json => render::document("rebuild", render::rebuild_json(&outcome)),
    })?;
    Ok(if outcome.is_equal() {
        Exit::Done
    } else {
        Exit::Distrust
    })
}
