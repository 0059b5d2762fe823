//! Heads that a mirror or bundle brought, joined to the known history at the next network.
//!
//! A seal never changes: it says what held when it was written. That its head was joined since is
//! state: its note is kept among the heads that are known (`sumdb/heads`), as those are that were
//! joined when they came.

use goseal_core::evidence::SumdbPosition;
use goseal_store::Installed;
use goseal_trust::{Error as TrustError, SignedHead, Snapshot, verify_proof};

use crate::error::{Error, Result};
use crate::journal::keep_distrust;
use crate::mirror::Tiles;
use crate::prove::start_head;
use crate::situation::Written;
use crate::sources::Sources;
use crate::world::World;

/// Joins the heads of installed toolchains that stand apart, as far as the source has the tiles. A
/// contradiction is on record under the release whose head it is.
///
/// # Errors
///
/// [`Error::Trust`] where one contradicts the known history: both notes are kept then;
/// [`Error::Store`]. A source that is out of reach or lacks tiles is no error: they stay apart.
pub(crate) fn join_apart(world: &World, written: &Written, sources: &Sources) -> Result<()> {
    for (_, found) in goseal_store::list(&world.layout)? {
        let Ok(Some(installed)) = found else { continue };
        if installed.seal.proven.joined || is_known(world, installed.seal.proven.sumdb.as_ref()) {
            continue;
        }
        let text = goseal_store::read_proof(&world.layout, &installed)?;
        let head = verify_proof(&text, &world.product.roots)?.into_inner().head;
        let joined = keep_distrust(world, written, &installed.id, join(world, sources, &head));
        if let Err(error) = joined
            && error.is_distrust()
        {
            return Err(error);
        }
    }
    Ok(())
}

fn join(world: &World, sources: &Sources, apart: &SignedHead) -> Result<()> {
    let roots = &world.product.roots;
    let known = start_head(world)?;
    let mut snapshot = Snapshot::new(roots, known.note().as_bytes(), "latest")?;
    let base = sources
        .client
        .sumdb_base(&sources.database, roots.sumdb_name())?;
    let tiles = Tiles {
        world,
        client: &sources.client,
        base: &base,
        folder: None,
    };
    let judged = snapshot
        .take_older(apart.clone())
        .map_err(Error::from)
        .and_then(|()| tiles.judge(snapshot, false));
    if let Err(Error::Trust(error)) = &judged
        && let TrustError::Fork(fork) = error.as_ref()
    {
        let (known, served) = (fork.known.note(), fork.served.note());
        goseal_store::keep_fork(&world.layout, known, served, &fork.format())?;
    }
    let size = apart.head().size;
    if judged?.joins.contains(&size) {
        goseal_store::keep_head(&world.layout, size, apart.note())?;
    }
    Ok(())
}

/// Whether a head of that size and root is among the known ones.
fn is_known(world: &World, position: Option<&SumdbPosition>) -> bool {
    let Some(position) = position else {
        return false;
    };
    let notes = goseal_store::read_heads(&world.layout).unwrap_or_default();
    notes.iter().any(|note| {
        let head = world.product.roots.open_head(note.as_bytes(), "kept");
        head.is_ok_and(|head| {
            let tree = head.head();
            tree.size == position.tree_size && tree.root.as_bytes() == position.tree_root.as_bytes()
        })
    })
}

/// An installed toolchain as it is to be shown now: joined, where its head was since.
pub(crate) fn as_joined(world: &World, mut installed: Installed) -> Installed {
    let proven = &mut installed.seal.proven;
    if !proven.joined && is_known(world, proven.sumdb.as_ref()) {
        proven.joined = true;
    }
    installed
}
