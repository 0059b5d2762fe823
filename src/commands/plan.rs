//! `goseal plan`: what shims ask.

use goseal_core::digest::Sha256;
use goseal_core::exit::Exit;
use goseal_core::home::{HOME_LIMIT, Home};
use goseal_core::release::ReleaseId;
use goseal_core::tool::Tool;
use goseal_ops::{Asked, Breakage, Error, PlanWritten};

use super::{Asker, Desk, Outcome};
use crate::cli::PlanArgs;
use crate::failure::Failure;

/// Decides and writes a plan, begins the chain, or compares a tree. Ends with 0, or with a shim's own code after the
/// reason was said and put on record.
pub(crate) fn run(args: &PlanArgs, desk: &Desk<'_>) -> Outcome {
    if args.chain {
        return match goseal_ops::begin_chain(desk.world) {
            Ok(()) => Ok(Exit::Done),
            Err(error) => Err(without_log(error)),
        };
    }
    if let Some(id) = &args.tree {
        return compare(args, id, desk);
    }
    let asked = asked(args)?;
    let answer = goseal_ops::answer_shim(desk.world, &asked);
    match answer {
        Ok(PlanWritten::OnDisk) => Ok(Exit::Done),
        Ok(PlanWritten::Text(text)) => {
            desk.ui.data(&text)?;
            Ok(Exit::Done)
        }
        Err(error) => {
            let who = Asker {
                tool: asked.tool.word(),
                place: &asked.place,
                arguments: &[],
            };
            Err(who.refused(desk, error))
        }
    }
}

/// A log that has no place where it can be written.
fn without_log(error: Error) -> Failure {
    let on_disk = matches!(&error, Error::Store(_) | Error::Ledger(_)) && !error.is_distrust();
    let mut failure = Failure::of_run(error);
    if on_disk {
        let hint =
            "make the home writable, or let `ledger.dir` in the policy name a place for logs";
        failure.hint = Some(hint.to_owned());
    }
    failure
}

/// Ends with 0 for a tree that is whole.
fn compare(args: &PlanArgs, id: &str, desk: &Desk<'_>) -> Outcome {
    let none = || Error::Broken(Breakage::Part("the shim names no release".to_owned()));
    let id = ReleaseId::parse(id).ok_or_else(|| Failure::of_run(none()))?;
    let tool: Tool = args.tool.into();
    let who = Asker {
        tool: tool.word(),
        place: args.place.as_deref().unwrap_or(&desk.world.cwd),
        arguments: &[],
    };
    match goseal_ops::compare_tree(desk.world, id) {
        Ok(()) => Ok(Exit::Done),
        Err(error) => Err(who.refused(desk, error)),
    }
}

fn asked(args: &PlanArgs) -> Result<Asked, Failure> {
    let broken = |what: String| Failure::of_run(Error::Broken(Breakage::Part(what)));
    let malformed = |what: &str| broken(format!("the shim asks without a usable {what}"));
    let bytes = goseal_inputs::read_bounded(&args.home, HOME_LIMIT)
        .map_err(|error| broken(error.to_string()))?
        .map(|(bytes, _)| bytes);
    let home = Home::parse(&bytes.unwrap_or_default());
    let digest = args
        .digest
        .as_deref()
        .and_then(|text| Sha256::parse_hex(text).ok());
    Ok(Asked {
        home: home.map_err(|fault| broken(format!("{}: {fault}", args.home.display())))?,
        digest: digest.ok_or_else(|| malformed("--digest"))?,
        place: args.place.clone().ok_or_else(|| malformed("--place"))?,
        release: args.release.clone().ok_or_else(|| malformed("--release"))?,
        tool: args.tool.into(),
    })
}
