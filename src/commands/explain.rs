//! `goseal explain`.

use goseal_core::exit::Exit;

use super::{Desk, Outcome};
use crate::cli::{ExplainArgs, Format};
use crate::render;

/// Explains the run about to happen.
pub(crate) fn run(args: &ExplainArgs, desk: &Desk<'_>) -> Outcome {
    let explanation = goseal_ops::explain(desk.world, &args.go_arguments)?;
    desk.ui.data(&match args.output.format {
        Format::Text => render::explanation_text(&explanation),
        Format::Json => render::document("explain", render::explanation_json(&explanation)),
    })?;
    Ok(Exit::Done)
}
