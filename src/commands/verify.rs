//! `goseal verify`.

use std::fmt::Write as _;

use goseal_core::exit::Exit;
use goseal_core::manifest::Difference;
use goseal_ops::{Verification, VerifyRequest};
use serde_json::{Value, json};

use super::{Desk, Outcome};
use crate::cli::{Format, VerifyArgs};
use crate::render;

/// How many differences of one tree are shown to people.
const SHOWN: usize = 50;

/// Recomputes installed trees; any difference ends with 5.
pub(crate) fn run(args: &VerifyArgs, desk: &Desk<'_>) -> Outcome {
    let request = VerifyRequest {
        versions: args.versions.clone(),
        platforms: args.platforms.platform.clone(),
        all: args.all,
        quick: args.quick,
    };
    let progress = desk.ui.progress();
    let found = goseal_ops::verify(desk.world, &request, &progress)?;
    desk.ui.data(&match args.output.format {
        Format::Text => found.iter().map(text).collect(),
        Format::Json => {
            let all: Vec<Value> = found.iter().map(facts).collect();
            render::document("verify", json!({"toolchains": all}))
        }
    })?;
    let good = found.iter().all(Verification::is_good);
    Ok(if good { Exit::Done } else { Exit::Distrust })
}

fn text(found: &Verification) -> String {
    let id = found.installed.id;
    let depth = found.depth.word();
    if found.is_good() {
        let proof = if found.proof {
            ", stored proof holds"
        } else {
            ""
        };
        let h1 = found.h1.map(|h1| format!(", {h1}")).unwrap_or_default();
        let files = found.files;
        let rebuilt = found.rebuilt.as_ref();
        let rebuilt = rebuilt
            .map(|statement| format!("  rebuilt    {}\n", render::rebuilt_text(statement)))
            .unwrap_or_default();
        return format!("{id}: as published ({depth}: {files} files{h1}{proof})\n{rebuilt}");
    }
    let count = found.differences.len() + found.faults.len();
    let noun = if count == 1 {
        "difference"
    } else {
        "differences"
    };
    let mut text = format!("{id}: {count} {noun} from what was published ({depth})\n");
    let differences = found.differences.iter().map(|one| in_place(found, one));
    let all = differences.chain(found.faults.iter().cloned());
    for one in all.take(SHOWN) {
        writeln!(text, "  {one}").ok();
    }
    if let Some(more) = count.checked_sub(SHOWN).filter(|more| *more > 0) {
        writeln!(text, "  and {more} more").ok();
    }
    text
}

/// The difference by its published name, and where that file lies: executables are behind doors.
fn in_place(found: &Verification, difference: &Difference) -> String {
    let published = difference.name().as_str();
    let place = found.installed.place(published);
    if place == published {
        return difference.to_string();
    }
    format!("{difference} (in {place})")
}

fn facts(found: &Verification) -> Value {
    let mut facts = render::installed_json(&found.installed);
    if let Value::Object(facts) = &mut facts {
        let differences: Vec<String> = found.differences.iter().map(ToString::to_string).collect();
        facts.insert("good".to_owned(), Value::Bool(found.is_good()));
        facts.insert("depth".to_owned(), Value::from(found.depth.word()));
        facts.insert("files".to_owned(), Value::from(found.files));
        facts.insert("proof".to_owned(), Value::Bool(found.proof));
        facts.insert("differences".to_owned(), Value::from(differences));
        facts.insert("faults".to_owned(), Value::from(found.faults.clone()));
        if let Some(statement) = &found.rebuilt {
            facts.insert("rebuilt".to_owned(), render::statement_json(statement));
        }
    }
    facts
}
