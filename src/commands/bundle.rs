//! `goseal bundle create` and `bundle sign`.

use goseal_core::exit::Exit;
use goseal_ops::BundleRequest;
use serde_json::json;

use super::{Desk, Outcome};
use crate::cli::{BundleVerb, CreateArgs, Format, SignArgs};
use crate::render;
use crate::render::plain as printable;

/// Makes or signs a bundle.
pub(crate) fn run(verb: &BundleVerb, desk: &Desk<'_>) -> Outcome {
    match verb {
        BundleVerb::Create(args) => create(args, desk),
        BundleVerb::Sign(args) => sign(args, desk),
    }
}

fn create(args: &CreateArgs, desk: &Desk<'_>) -> Outcome {
    let request = BundleRequest {
        versions: args.carried.versions.clone(),
        platforms: args.carried.platforms.clone(),
        from: args.carried.from.clone(),
        out: args.output_file.clone(),
        policy: args.policy.clone(),
        serial: args.serial,
    };
    let progress = desk.ui.progress();
    let waiting = || {
        desk.ui
            .note("waiting for another command that writes this bundle");
    };
    let (world, arguments) = (desk.world, desk.arguments);
    let report = goseal_ops::create_bundle(world, &request, arguments, &progress, &waiting)?;
    desk.ui.data(&match args.output.format {
        Format::Text => render::bundle_text(&report),
        Format::Json => render::document("bundle", render::bundle_json(&report)),
    })?;
    desk.ui.note(
        "it is not signed; `goseal bundle sign --help` says how, for those who demand a signature",
    );
    Ok(if report.mirror.left_out.is_empty() {
        Exit::Done
    } else {
        Exit::Findings
    })
}

fn sign(args: &SignArgs, desk: &Desk<'_>) -> Outcome {
    goseal_ops::sign_bundle(desk.world, &args.bundle, &args.signature, desk.arguments)?;
    let path = args.bundle.display().to_string();
    desk.ui.data(&match args.output.format {
        Format::Text => format!("{} is signed\n", printable(&path)),
        Format::Json => render::document("bundle", json!({"path": args.bundle, "signed": true})),
    })?;
    Ok(Exit::Done)
}
