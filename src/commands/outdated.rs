//! `goseal outdated`, and `goseal list --remote`.

use goseal_core::exit::Exit;
use serde_json::Value;

use super::{Desk, Outcome};
use crate::cli::{Format, OutdatedArgs};
use crate::render;

/// Compares what runs here with what is offered.
pub(crate) fn run(args: &OutdatedArgs, desk: &Desk<'_>) -> Outcome {
    let found = goseal_ops::outdated(desk.world)?;
    desk.ui.data(&match args.output.format {
        Format::Text => render::outdated_text(&found),
        Format::Json => render::document("outdated", render::outdated_json(&found)),
    })?;
    desk.ui.note(&render::asked_text(&found.offers));
    for line in found.feed.iter().flat_map(render::feed_notes) {
        desk.ui.note(&line);
    }
    Ok(if args.check && found.has_findings() {
        Exit::Findings
    } else {
        Exit::Done
    })
}

/// Lists what is offered.
pub(crate) fn remote(format: Format, desk: &Desk<'_>) -> Outcome {
    let situation = goseal_ops::Situation::here(desk.world)?;
    let offers = goseal_ops::offers(desk.world, &situation)?;
    let versions = offers.releases.iter().map(|id| id.version.to_string());
    let versions: Vec<String> = versions.collect();
    desk.ui.data(&match format {
        Format::Text => render::lines(&versions),
        Format::Json => {
            let mut facts = render::asked_json(&offers);
            facts.insert("offered".to_owned(), Value::from(versions));
            render::document("list", Value::Object(facts))
        }
    })?;
    if format == Format::Text {
        desk.ui.note(&render::asked_text(&offers));
    }
    Ok(Exit::Done)
}
