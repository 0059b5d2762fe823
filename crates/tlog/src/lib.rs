//! Merkle trees, tiles, signed notes and checkpoints (RFC 6962, C2SP).
