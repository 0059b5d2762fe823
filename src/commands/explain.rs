//! `goseal explain`.

use goseal_core::exit::Exit;

use super::{Desk, Outcome};
use crate::cli::{ExplainArgs, Format};
use crate::render;

/// Explains the run about to happen.
pub(crate) fn run(args: &ExplainArgs, desk: &Desk<'_>) -> Outcome {
    if args.trust {
        return trust(args, desk);
    }
    let explanation = goseal_ops::explain(desk.world, &args.go_arguments)?;
    desk.ui.data(&match args.output.format {
        Format::Text => render::explanation_text(&explanation),
        Format::Json => render::document("explain", render::explanation_json(&explanation)),
    })?;
    Ok(Exit::Done)
}

/// Shows the ladder of evidence; a rung that is contradicted is distrust.
fn trust(args: &ExplainArgs, desk: &Desk<'_>) -> Outcome {
    let table = goseal_ops::trust_table(desk.world)?;
    desk.ui.data(&match args.output.format {
        Format::Text => render::trust_text(&table),
        Format::Json => render::document("explain", render::trust_json(&table)),
    })?;
    Ok(if table.is_contradicted() {
        Exit::Distrust
    } else {
        Exit::Done
    })
}
