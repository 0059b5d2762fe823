//! `goseal verify`.

use std::path::Path;

use goseal_core::exit::Exit;
use goseal_core::release::ReleaseId;
use goseal_ops::{
    Heads, HeadsRequest, RepairRequest, Repaired, TreeRequest, Verification, VerifyRequest,
};
use serde_json::{Value, json};

use super::{Desk, Outcome};
use crate::cli::{Format, VerifyArgs};
use crate::render;

/// Compares what is asked for; any difference ends with 5.
pub(crate) fn run(args: &VerifyArgs, desk: &Desk<'_>) -> Outcome {
    match (&args.tree, &args.proof, &args.export) {
        (Some(root), _, _) => tree(args, root, desk),
        (_, Some(file), _) => proof(args, file, desk),
        (_, _, Some(file)) => export(args, file, desk),
        _ if args.heads => heads(args, desk),
        _ if args.repair => repair(args, desk),
        _ => installed(args, desk),
    }
}

fn installed(args: &VerifyArgs, desk: &Desk<'_>) -> Outcome {
    let request = VerifyRequest {
        versions: args.versions.clone(),
        platforms: args.platform.clone(),
        all: args.all,
        quick: args.quick,
    };
    let progress = desk.ui.progress();
    let found = goseal_ops::verify(desk.world, &request, &progress)?;
    desk.ui.data(&match args.output.format {
        Format::Text => found.iter().map(render::verification_text).collect(),
        Format::Json => {
            let all: Vec<Value> = found.iter().map(render::verification_json).collect();
            render::document("verify", json!({"toolchains": all}))
        }
    })?;
    Ok(exit_of(found.iter().all(Verification::is_good)))
}

const fn exit_of(good: bool) -> Exit {
    if good { Exit::Done } else { Exit::Distrust }
}

fn repair(args: &VerifyArgs, desk: &Desk<'_>) -> Outcome {
    let request = RepairRequest {
        versions: args.versions.clone(),
        platforms: args.platform.clone(),
        all: args.all,
        from: args.from.clone(),
    };
    let progress = desk.ui.progress();
    let waiting = |id: &ReleaseId| {
        desk.ui
            .note(&format!("waiting for another install of {id}"));
    };
    let repaired = goseal_ops::repair(desk.world, &request, &progress, &waiting)?;
    desk.ui.data(&match args.output.format {
        Format::Text => repaired.iter().map(render::repaired_text).collect(),
        Format::Json => {
            let all: Vec<Value> = repaired.iter().map(repaired_json).collect();
            render::document("verify", json!({"toolchains": all}))
        }
    })?;
    Ok(exit_of(repaired.iter().all(|one| one.after.is_good())))
}

fn repaired_json(repaired: &Repaired) -> Value {
    let mut facts = render::verification_json(&repaired.after);
    if let Value::Object(facts) = &mut facts {
        facts.insert("restored".to_owned(), Value::from(repaired.restored));
        let before = repaired.before.as_ref().map(render::verification_json);
        let field = |name| before.as_ref().map_or(Value::Null, |it| it[name].clone());
        facts.insert("were_differences".to_owned(), field("differences"));
        facts.insert("were_faults".to_owned(), field("faults"));
    }
    facts
}

fn tree(args: &VerifyArgs, root: &Path, desk: &Desk<'_>) -> Outcome {
    let request = TreeRequest {
        root: root.to_owned(),
        platform: args.platform.first().cloned(),
        from: args.from.clone(),
    };
    let progress = desk.ui.progress();
    let found = goseal_ops::verify_tree(desk.world, &request, &progress)?;
    desk.ui.data(&match args.output.format {
        Format::Text => render::tree_text(&found),
        Format::Json => render::document("verify", json!({"trees": [render::tree_json(&found)]})),
    })?;
    Ok(exit_of(found.is_good()))
}

fn proof(args: &VerifyArgs, file: &Path, desk: &Desk<'_>) -> Outcome {
    let record = goseal_ops::check_proof(desk.world, file, desk.arguments)?;
    let key = desk.world.product.roots.sumdb_name();
    desk.ui.data(&match args.output.format {
        Format::Text => render::proof_text(&record, key),
        Format::Json => {
            render::document("verify", json!({"proof": render::proof_json(&record, key)}))
        }
    })?;
    Ok(Exit::Done)
}

/// The proof itself is the data where it goes to stdout.
fn export(args: &VerifyArgs, file: &Path, desk: &Desk<'_>) -> Outcome {
    let to_stdout = file == Path::new("-");
    let target = (!to_stdout).then_some(file);
    let (id, text) = goseal_ops::export_proof(desk.world, &args.versions, target, desk.arguments)?;
    if to_stdout {
        desk.ui.data(&text)?;
        return Ok(Exit::Done);
    }
    desk.ui.data(&match args.output.format {
        Format::Text => format!("{id}: its proof is in {}\n", file.display()),
        Format::Json => {
            let facts = json!({"exported": {"release": id.to_string(), "path": file}});
            render::document("verify", facts)
        }
    })?;
    Ok(Exit::Done)
}

fn heads(args: &VerifyArgs, desk: &Desk<'_>) -> Outcome {
    let request = HeadsRequest {
        offline: args.offline,
        from: args.from.clone(),
    };
    let found = goseal_ops::verify_heads(desk.world, &request)?;
    desk.ui.data(&match args.output.format {
        Format::Text => render::heads_text(&found),
        Format::Json => render::document("verify", render::heads_json(&found)),
    })?;
    warn_of_heads(&found, desk);
    Ok(
        match (found.is_good(), found.is_joined() && !found.is_old()) {
            (false, _) => Exit::Distrust,
            (true, false) => Exit::Findings,
            (true, true) => Exit::Done,
        },
    )
}

/// What is no contradiction and yet not as it should be.
fn warn_of_heads(found: &Heads, desk: &Desk<'_>) {
    if let Some(why) = &found.unasked {
        let why = format!("the database was not asked for its newest head: {why}");
        desk.ui.note(&render::plain(&why));
    }
    if found.is_old() {
        desk.ui.note(&format!(
            "the newest head has been the newest for {} days: compare it with another machine's, \
             or ask another source with --from",
            found.days
        ));
    }
}
