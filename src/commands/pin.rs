//! `goseal pin` and `default`.

use goseal_core::exit::Exit;
use goseal_ops::{Change, Chosen};
use serde_json::{Value, json};

use super::{Desk, Outcome};
use crate::cli::{DefaultArgs, Format, PinArgs};
use crate::render;

/// Shows the pin, or sets it.
pub(crate) fn run(args: &PinArgs, desk: &Desk<'_>) -> Outcome {
    let Some(request) = &args.request else {
        return super::current::show("pin", args.output.format, desk);
    };
    if args.diff {
        return diff(request, args.output.format, desk);
    }
    let on_change = |change: &Change| {
        for line in render::change_notes(change) {
            desk.ui.note(&line);
        }
    };
    let chosen = goseal_ops::pin(desk.world, request, &on_change)?;
    let outcome = report("pin", &chosen, args.output.format, desk);
    tell_next_step(&chosen, "goseal install", desk);
    warn_of_no_effect(&chosen, desk);
    outcome
}

/// Shows what another release would change.
fn diff(request: &str, format: Format, desk: &Desk<'_>) -> Outcome {
    let progress = desk.ui.progress();
    let change = goseal_ops::difference(desk.world, request, &progress)?;
    desk.ui.data(&match format {
        Format::Text => render::change_text(&change),
        Format::Json => render::document("pin-diff", render::change_json(&change)),
    })?;
    Ok(Exit::Done)
}

/// Shows the default, or sets it.
pub(crate) fn default(args: &DefaultArgs, desk: &Desk<'_>) -> Outcome {
    if let Some(request) = &args.request {
        let chosen = goseal_ops::default(desk.world, request)?;
        let outcome = report("default", &chosen, args.output.format, desk);
        // In a pinned project a bare `goseal install` installs the pin.
        let command = format!("goseal install {}", chosen.version);
        tell_next_step(&chosen, &command, desk);
        return outcome;
    }
    let default = goseal_ops::show_default(desk.world)?;
    desk.ui.data(&match (&default, args.output.format) {
        (Some((version, file)), Format::Text) => format!("{version} by {}\n", file.display()),
        (None, Format::Text) => String::new(),
        (default, Format::Json) => {
            let version = default.as_ref().map(|(version, _)| version.to_string());
            let file = default.as_ref().map(|(_, file)| file);
            render::document("default", json!({"version": version, "file": file}))
        }
    })?;
    if default.is_none() {
        desk.ui
            .note("there is no default: `goseal default latest` sets one");
    }
    Ok(Exit::Done)
}

fn tell_next_step(chosen: &Chosen, command: &str, desk: &Desk<'_>) {
    if chosen.installed {
        desk.ui.note("it is installed");
    } else {
        desk.ui.note(&format!("`{command}` installs it"));
    }
}

/// Says so where the pin that was just written is not the one that holds here.
fn warn_of_no_effect(chosen: &Chosen, desk: &Desk<'_>) {
    let Ok(situation) = goseal_ops::Situation::here(desk.world) else {
        return;
    };
    let passed_over = situation.place.passed_over.iter();
    for pin in passed_over.filter(|pin| pin.path == chosen.path) {
        desk.ui.note(&pin.to_string());
    }
}

fn report(verb: &str, chosen: &Chosen, format: Format, desk: &Desk<'_>) -> Outcome {
    desk.ui.data(&match format {
        Format::Text => {
            let before = chosen
                .before
                .map(|version| format!(", was {version}"))
                .unwrap_or_default();
            format!(
                "{} says {}{before}\n{} is written\n{}",
                chosen.path.display(),
                chosen.version,
                chosen.lock.path.display(),
                render::lock_changes_text(&chosen.lock)
            )
        }
        Format::Json => {
            let mut facts = json!({
                "version": chosen.version.to_string(),
                "before": chosen.before.map(|version| version.to_string()),
                "file": chosen.path,
                "installed": chosen.installed,
            });
            if let Value::Object(facts) = &mut facts {
                facts.insert("lock".to_owned(), render::lock_changes_json(&chosen.lock));
            }
            render::document(verb, facts)
        }
    })?;
    Ok(Exit::Done)
}
