//! `goseal plan`: what shims ask.

use goseal_core::digest::Sha256;
use goseal_core::exit::Exit;
use goseal_core::home::Home;
use goseal_ops::{Asked, Error, PlanWritten, RefusedRun};

use super::{Desk, Outcome};
use crate::cli::PlanArgs;
use crate::failure::Failure;

/// Decides and writes a plan, or begins the chain. Ends with 0, or with a shim's own code after the
/// reason was said and put on record.
pub(crate) fn run(args: &PlanArgs, desk: &Desk<'_>) -> Outcome {
    if args.chain {
        goseal_ops::begin_chain(desk.world).map_err(refused)?;
        return Ok(Exit::Done);
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
            let (code, release) = (error.code(), error.release());
            let failure = refused(error);
            let refused_run = RefusedRun {
                tool: asked.tool.word(),
                place: &asked.place,
                // The shim keeps them to itself: they decide nothing here.
                arguments: &[],
                release,
                exit: failure.exit.code(),
                code,
                what: &failure.fact,
            };
            goseal_ops::record_refusal(desk.world, &refused_run).map_err(refused)?;
            Err(failure)
        }
    }
}

fn asked(args: &PlanArgs) -> Result<Asked, Failure> {
    let malformed = |what: &str| {
        refused(Error::Broken {
            what: format!("malformed {what}"),
        })
    };
    let bytes = std::fs::read(&args.home)?;
    let digest = args
        .digest
        .as_deref()
        .and_then(|text| Sha256::parse_hex(text).ok());
    Ok(Asked {
        home: Home::parse(&bytes).map_err(|fault| malformed(&fault.to_string()))?,
        digest: digest.ok_or_else(|| malformed("--digest"))?,
        place: args.place.clone().ok_or_else(|| malformed("--place"))?,
        release: args.release.clone().ok_or_else(|| malformed("--release"))?,
        tool: args.tool.into(),
    })
}

/// 127 where there is no toolchain to run, 125 for everything else.
pub(super) fn refused(error: Error) -> Failure {
    let exit = match &error {
        Error::NotInstalled { .. } | Error::NoPin { .. } => Exit::NoToolchain,
        _ => Exit::Refused,
    };
    Failure {
        exit,
        ..Failure::from(error)
    }
}
