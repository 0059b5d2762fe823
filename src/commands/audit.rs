//! `goseal audit`.

use goseal_core::exit::Exit;
use goseal_ops::audit::{Which, show, verify_log};

use super::{Desk, Outcome};
use crate::cli::{AuditVerb, Format};
use crate::render;

/// Checks or shows the log.
pub(crate) fn run(verb: &AuditVerb, desk: &Desk<'_>) -> Outcome {
    match verb {
        AuditVerb::Verify { output } => verify(output.format, desk),
        AuditVerb::Show {
            sequence,
            last,
            output,
        } => {
            let which = match sequence.as_slice() {
                [] => Which::Last(*last),
                numbers => Which::Numbers(numbers.to_vec()),
            };
            let records = show(desk.world, &which, desk.arguments)?;
            desk.ui.data(&match output.format {
                Format::Text => records.iter().map(render::record_text).collect(),
                Format::Json => render::document("audit-show", render::records_json(&records)),
            })?;
            let missing = sequence
                .iter()
                .filter(|seq| !records.iter().any(|record| record.seq == **seq));
            for seq in missing {
                desk.ui.note(&format!("there is no record {seq}"));
            }
            Ok(Exit::Done)
        }
    }
}

fn verify(format: Format, desk: &Desk<'_>) -> Outcome {
    let (verdict, folder) = verify_log(desk.world)?;
    desk.ui.data(&match format {
        Format::Text => render::verdict_text(&verdict, &folder),
        Format::Json => render::document("audit-verify", render::verdict_json(&verdict, &folder)),
    })?;
    Ok(if verdict.is_intact() {
        Exit::Done
    } else {
        Exit::Distrust
    })
}
