//! `goseal self`.

use goseal_core::exit::Exit;
use serde_json::json;

use super::{Desk, Outcome};
use crate::cli::{Format, SelfUpdateArgs, SelfVerb};
use crate::render;

/// Acts on the program itself.
pub(crate) fn run(verb: &SelfVerb, desk: &Desk<'_>) -> Outcome {
    match verb {
        SelfVerb::Update(args) => update(args, desk),
    }
}

/// Replaces the program by a newer release of it.
fn update(args: &SelfUpdateArgs, desk: &Desk<'_>) -> Outcome {
    let updated = goseal_ops::self_update(desk.world, &args.from, desk.arguments)?;
    desk.ui.data(&match args.output.format {
        Format::Text if updated.replaced => format!(
            "goseal {} is replaced by {}\n  signed by  {}, serial {}\n  served by  {}\n",
            updated.before, updated.now, updated.key, updated.serial, updated.served_by
        ),
        Format::Text => format!("goseal {} is up to date\n", updated.now),
        Format::Json => render::document(
            "self-update",
            json!({
                "before": updated.before.to_string(),
                "version": updated.now.to_string(),
                "replaced": updated.replaced,
                "key": updated.key,
                "serial": updated.serial,
                "served_by": updated.served_by,
            }),
        ),
    })?;
    Ok(Exit::Done)
}
