//! Proofs that travel: out of a seal into a file, and such a file checked without a network.

use std::ffi::OsString;
use std::io;
use std::path::Path;

use goseal_core::release::ReleaseId;
use goseal_ledger::record::Outcome;
use goseal_trust::{SumRecord, Verified};

use crate::current::named_or_here;
use crate::error::{Error, Result};
use crate::journal::Journal;
use crate::situation::read_machine;
use crate::world::World;

/// Bytes of a proof that are read; a real one has about 4 KiB.
const LIMIT: u64 = 1 << 20;

/// The proof of one installed release, checked before it is handed out, as text and in `file` where
/// one is named; on record. Without a version it is the release that runs here.
///
/// # Errors
///
/// [`Error::NotInstalled`]; [`Error::Store`] and [`Error::Trust`] for a proof that does not hold, or
/// a file that cannot be written; [`Error::Ledger`].
pub fn export_proof(
    world: &World,
    versions: &[String],
    file: Option<&Path>,
    arguments: &[OsString],
) -> Result<(ReleaseId, String)> {
    let id = named_or_here(world, versions)?
        .into_iter()
        .next()
        .ok_or_else(Error::no_platform)?;
    let exported = kept(world, id).and_then(|text| {
        if let Some(file) = file {
            goseal_store::write_atomic(&world.cwd.join(file), text.as_bytes(), 0o644)?;
        }
        Ok((id, text))
    });
    on_record(world, arguments, exported)
}

fn kept(world: &World, id: ReleaseId) -> Result<String> {
    let installed =
        goseal_store::find(&world.layout, &id)?.ok_or_else(|| Error::not_installed(id))?;
    let text = goseal_store::read_proof(&world.layout, &installed)?;
    goseal_trust::verify_proof(&text, &world.product.roots)?;
    Ok(text)
}

/// Checks a proof under the compiled-in key; on record. Needs no network and nothing installed.
///
/// # Errors
///
/// [`Error::Store`] for a file that cannot be read; [`Error::Trust`] for a proof that does not hold;
/// [`Error::Ledger`].
pub fn check_proof(
    world: &World,
    file: &Path,
    arguments: &[OsString],
) -> Result<Verified<SumRecord>> {
    on_record(world, arguments, checked(world, &world.cwd.join(file)))
}

fn checked(world: &World, path: &Path) -> Result<Verified<SumRecord>> {
    let bytes = goseal_store::read_bounded(path, LIMIT)?;
    let bytes = bytes.ok_or_else(|| goseal_store::Error::Io {
        action: "open",
        path: path.to_owned(),
        source: io::ErrorKind::NotFound.into(),
    })?;
    let text = String::from_utf8(bytes)
        .map_err(|_| goseal_trust::Error::Proof("bytes that are not UTF-8"))?;
    Ok(goseal_trust::verify_proof(&text, &world.product.roots)?)
}

fn on_record<T>(world: &World, arguments: &[OsString], judged: Result<T>) -> Result<T> {
    let came_to = match &judged {
        Ok(_) => Outcome::Ok,
        Err(error) if error.is_distrust() => Outcome::Refused,
        Err(_) => Outcome::Failed,
    };
    let journal = Journal::open(world, &read_machine(world)?)?;
    journal.verb("verify", arguments, came_to)?;
    judged
}
