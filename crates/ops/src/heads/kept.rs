//! The signed heads that lie on this machine: built in, in the state, in the proofs of seals.

use std::collections::BTreeMap;

use goseal_trust::SignedHead;

use crate::error::Result;
use crate::world::World;

/// Heads while they are gathered, by their sizes.
#[derive(Default)]
pub(super) struct Kept {
    /// One head of each size, and who keeps it.
    pub(super) heads: BTreeMap<u64, (SignedHead, Vec<String>)>,
    /// Heads of a size that another head has too, with another root.
    pub(super) others: Vec<SignedHead>,
    /// Whose head is not signed by the pinned key.
    pub(super) damaged: Vec<String>,
}

impl Kept {
    /// Every signed note that lies on this machine.
    pub(super) fn gather(world: &World) -> Result<Self> {
        let mut kept = Self::default();
        let (layout, roots) = (&world.layout, &world.product.roots);
        kept.add(roots.embedded().clone(), "goseal");
        let mut open = |note: &str, whose: String| match roots.open_head(note.as_bytes(), "kept") {
            Ok(head) => kept.add(head, &whose),
            Err(_) => kept.damaged.push(whose),
        };
        for note in goseal_store::read_heads(layout)? {
            open(&note, "state".to_owned());
        }
        if let Some(note) = goseal_store::read_latest(layout)? {
            open(&note, "latest".to_owned());
        }
        for (id, found) in goseal_store::list(layout)? {
            // Seals and proofs that are damaged are what `verify --all` names.
            let Ok(Some(installed)) = found else { continue };
            let Ok(text) = goseal_store::read_proof(layout, &installed) else {
                continue;
            };
            match goseal_trust::verify_proof(&text, roots) {
                Ok(record) => kept.add(record.head.clone(), &id.to_string()),
                Err(_) => kept.damaged.push(id.to_string()),
            }
        }
        Ok(kept)
    }

    /// Takes a head that somebody keeps.
    pub(super) fn add(&mut self, head: SignedHead, whose: &str) {
        let size = head.head().size;
        let (known, kept) = self
            .heads
            .entry(size)
            .or_insert_with(|| (head.clone(), Vec::new()));
        if known.head() == head.head() {
            if !kept.iter().any(|one| one == whose) {
                kept.push(whose.to_owned());
            }
        } else {
            self.others.push(head);
        }
    }

    /// The greatest of them.
    pub(super) fn greatest(&self) -> Option<SignedHead> {
        self.heads
            .values()
            .next_back()
            .map(|(head, _)| head.clone())
    }
}
