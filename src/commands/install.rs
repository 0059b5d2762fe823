//! `goseal install`.

use goseal_core::exit::Exit;
use goseal_ops::{InstallOutcome, InstallRequest};
use serde_json::{Value, json};

use super::{Desk, Outcome};
use crate::cli::{Format, InstallArgs};
use crate::render;

/// Installs releases, proved.
pub(crate) fn run(args: &InstallArgs, desk: &Desk<'_>) -> Outcome {
    let request = InstallRequest {
        versions: args.versions.clone(),
        platforms: args.platforms.platform.clone(),
        frozen: args.frozen,
        offline: args.offline,
        from: args.from.clone(),
    };
    let progress = desk.ui.progress();
    let waiting = |id: &goseal_core::release::ReleaseId| {
        desk.ui
            .note(&format!("waiting for another install of {id}"));
    };
    let outcomes = goseal_ops::install(desk.world, &request, &progress, &waiting)?;
    desk.ui.data(&match args.output.format {
        Format::Text => outcomes.iter().map(text).collect(),
        Format::Json => {
            let all: Vec<Value> = outcomes.iter().map(facts).collect();
            render::document("install", json!({"toolchains": all}))
        }
    })?;
    Ok(Exit::Done)
}

fn text(outcome: &InstallOutcome) -> String {
    let installed = &outcome.installed;
    let done = if outcome.already {
        "is installed"
    } else {
        "installed"
    };
    let evidence = render::evidence_text(&installed.seal);
    let dropped = render::outside_text(&installed.seal);
    let doors = if installed.has_doors() {
        String::new()
    } else {
        let platform = installed.id.platform;
        format!("  platform   {platform}: without doors, it never runs here\n")
    };
    let database = outcome.database.as_ref();
    let database = database
        .map(|base| format!("  database   {base}\n"))
        .unwrap_or_default();
    format!(
        "go{} {done} in {}\n  h1         {}\n  evidence   {evidence}\n  served by  {}\n{database}{doors}{dropped}",
        installed.id.version,
        installed.root.display(),
        installed.seal.proven.h1,
        installed.seal.served_by,
    )
}

fn facts(outcome: &InstallOutcome) -> Value {
    let mut facts = render::installed_json(&outcome.installed);
    if let Value::Object(facts) = &mut facts {
        facts.insert("already".to_owned(), Value::Bool(outcome.already));
        facts.insert("database".to_owned(), Value::from(outcome.database.clone()));
    }
    facts
}
