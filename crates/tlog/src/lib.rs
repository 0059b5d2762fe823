//! Merkle trees, tiles, signed notes and checkpoints (RFC 6962, C2SP).
//!
//! Owns: the hashing of a transparency log, proofs of inclusion and consistency, the tiles in which
//! a log is served, signed notes, tree heads. Its users are the client of the checksum database and
//! the seal of our own log, so every form goes both ways.
//!
//! Promises: everything is a pure function of bytes; a hash leaves [`AuthenticTiles`] only when it
//! is bound to the signed root; a [`SignedHead`] exists only when a key vouched for it.
//!
//! Does not do: reading, storing or fetching anything, clocks, random numbers, other algorithms
//! than Ed25519 and SHA-256.

mod authentic;
mod error;
mod hash;
mod head;
mod note;
mod tile;
mod tree;

pub use authentic::{
    AuthenticTiles, tiles_for_consistency, tiles_for_older_clients, tiles_for_record,
};
pub use error::Error;
pub use hash::{Hash, leaf_hash, node_hash};
pub use head::{Checkpoint, SUMDB_ORIGIN, SignedHead};
pub use note::{KeyId, MAX_NOTE, MAX_SIGNATURES, Note, Signer, VerifierKey, open, sign};
pub use tile::{
    TILE_BYTES, TILE_HEIGHT, TILE_WIDTH, Tile, TilePaths, tiles_for_growth, tiles_for_tree,
};
pub use tree::{
    MAX_SIZE, Node, Tree, TreeHead, check_consistency, check_inclusion, consistency_nodes,
    inclusion_nodes, prove_consistency, prove_inclusion, root, root_nodes,
};
