//! `goseal list`, `prune` and `uninstall`.

use goseal_core::exit::Exit;
use goseal_ops::Removed;
use serde_json::{Value, json};

use super::{Desk, Outcome};
use crate::cli::{Format, ListArgs, PruneArgs, UninstallArgs};
use crate::failure::Failure;
use crate::render;

/// Lists what is installed, or what is offered.
pub(crate) fn list(args: &ListArgs, desk: &Desk<'_>) -> Outcome {
    if args.remote {
        return super::outdated::remote(args.output.format, desk);
    }
    let shelf = goseal_ops::shelf(desk.world)?;
    desk.ui.data(&match args.output.format {
        Format::Text => render::shelf_text(&shelf),
        Format::Json => {
            let all: Vec<Value> = shelf.iter().map(render::shelf_json).collect();
            render::document("list", json!({"toolchains": all}))
        }
    })?;
    Ok(Exit::Done)
}

/// Shows what no known project pins, and removes it where that was asked for.
pub(crate) fn prune(args: &PruneArgs, desk: &Desk<'_>) -> Outcome {
    let found = goseal_ops::prunable(desk.world)?;
    let text = args.output.format == Format::Text;
    if text {
        desk.ui.data(&render::prunable_text(&found))?;
    }
    let question = format!("remove {}?", render::size_text(found.size()));
    let act = !found.is_empty() && (args.yes || text && desk.ui.confirms(&question));
    let removed = if act {
        goseal_ops::prune(desk.world, &found, desk.arguments)?
    } else {
        Vec::new()
    };
    let names: Vec<String> = removed.iter().map(ToString::to_string).collect();
    if text {
        let lines = names.iter().map(|name| format!("{name} is removed"));
        desk.ui.data(&render::lines(lines))?;
    } else {
        let facts = render::prunable_json(&found, act, &names);
        desk.ui.data(&render::document("prune", facts))?;
    }
    if !act && !found.is_empty() {
        desk.ui
            .note("nothing is removed: `goseal prune --yes` removes it");
    }
    for one in found.toolchains.iter().filter(|_| act) {
        if !removed.contains(&one.installed.id) {
            let id = one.installed.id;
            desk.ui.note(&format!("{id} stays: it came into use"));
        }
    }
    Ok(Exit::Done)
}

/// Removes installed releases.
pub(crate) fn uninstall(args: &UninstallArgs, desk: &Desk<'_>) -> Outcome {
    let removed = goseal_ops::uninstall(
        desk.world,
        &args.versions,
        &args.platforms.platform,
        args.force,
        desk.arguments,
    );
    let removed = removed.map_err(|error| {
        let absent = matches!(error, goseal_ops::Error::NotInstalled { .. });
        let mut failure = Failure::from(error);
        if absent {
            failure.hint = Some("`goseal list` shows what is installed".to_owned());
        }
        failure
    })?;
    desk.ui.data(&match args.output.format {
        Format::Text => render::lines(removed.iter().map(|one| format!("{} is removed", one.id))),
        Format::Json => {
            let names: Vec<String> = removed.iter().map(|one| one.id.to_string()).collect();
            render::document("uninstall", json!({"removed": names}))
        }
    })?;
    for line in removed.iter().filter_map(warning) {
        desk.ui.note(&line);
    }
    Ok(Exit::Done)
}

/// What is to be said of a tree that may have been in use.
fn warning(removed: &Removed) -> Option<String> {
    let id = removed.id;
    match removed.processes.as_deref() {
        None => Some(format!(
            "this system does not say whether a process ran from {id}"
        )),
        Some([]) => None,
        Some(processes) => {
            let ids: Vec<String> = processes.iter().map(u32::to_string).collect();
            let ids = ids.join(", ");
            Some(format!("{id} was in use by the processes {ids}"))
        }
    }
}
