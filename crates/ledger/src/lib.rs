//! The invocation log: record, chain, append, replay.
