//! `goseal current`, `which` and `list`.

use goseal_core::exit::Exit;
use goseal_core::tool::Tool;
use serde_json::{Value, json};

use super::{Desk, Outcome};
use crate::cli::{CurrentArgs, Format, ListArgs, ToolArg, WhichArgs};
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

/// Lists what is installed, or what the source offers.
pub(crate) fn list(args: &ListArgs, desk: &Desk<'_>) -> Outcome {
    if args.remote {
        return remote(args, desk);
    }
    let installed = goseal_ops::list(desk.world)?;
    desk.ui.data(&match args.output.format {
        Format::Text => render::list_text(&installed),
        Format::Json => {
            let all: Vec<Value> = installed.iter().map(render::installed_json).collect();
            render::document("list", json!({"toolchains": all}))
        }
    })?;
    Ok(Exit::Done)
}

fn remote(args: &ListArgs, desk: &Desk<'_>) -> Outcome {
    let situation = goseal_ops::Situation::here(desk.world)?;
    let (releases, served_by) = goseal_ops::offered(desk.world, &situation)?;
    let versions: Vec<String> = releases.iter().map(|id| id.version.to_string()).collect();
    desk.ui.data(&match args.output.format {
        Format::Text => render::lines(&versions),
        Format::Json => {
            render::document("list", json!({"offered": versions, "served_by": served_by}))
        }
    })?;
    Ok(Exit::Done)
}
