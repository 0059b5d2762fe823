//! `goseal current` and `which`.

use goseal_core::exit::Exit;
use goseal_core::tool::Tool;
use serde_json::json;

use super::{Desk, Outcome};
use crate::cli::{CurrentArgs, Format, ToolArg, WhichArgs};
use crate::render;

impl From<ToolArg> for Tool {
    fn from(tool: ToolArg) -> Self {
        match tool {
            ToolArg::Go => Self::Go,
            ToolArg::Gofmt => Self::Gofmt,
        }
    }
}

/// Shows the release that runs here.
pub(crate) fn run(args: &CurrentArgs, desk: &Desk<'_>) -> Outcome {
    show("current", args.output.format, desk)
}

/// Shows the release that runs here, under the schema of a verb.
pub(super) fn show(verb: &str, format: Format, desk: &Desk<'_>) -> Outcome {
    let current = goseal_ops::current(desk.world)?;
    desk.ui.data(&match format {
        Format::Text => render::current_text(&current),
        Format::Json => render::document(verb, render::current_json(&current)),
    })?;
    for pin in &current.situation.place.passed_over {
        desk.ui.note(&pin.to_string());
    }
    Ok(Exit::Done)
}

/// Prints the path of a tool.
pub(crate) fn which(args: &WhichArgs, desk: &Desk<'_>) -> Outcome {
    let path = match &args.file {
        Some(name) => goseal_ops::which_file(desk.world, name),
        None => goseal_ops::which(desk.world, args.tool.into(), args.published, desk.arguments),
    }?;
    desk.ui.data(&match args.output.format {
        Format::Text => format!("{}\n", path.display()),
        Format::Json => render::document("which", json!({"path": path})),
    })?;
    Ok(Exit::Done)
}
