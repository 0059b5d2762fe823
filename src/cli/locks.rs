//! What locks, offers and space are asked with.

use clap::{Args, ValueEnum};

use super::Output;

const OUTDATED_EXAMPLES: &str = "\
Examples:
  goseal outdated                       the pin against what is offered
  goseal outdated --check               in CI: exit 1 when something should be done";

const PRUNE_EXAMPLES: &str = "\
Examples:
  goseal prune                          shows what would be removed, and asks
  goseal prune --yes                    removes it";

/// How `goseal lock --export` writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Export {
    /// Stages for a Dockerfile, each archive held to its digest.
    Dockerfile,
    /// `NAME=value`, for CI's environment files.
    Env,
    /// A function for Nix that fetches each archive.
    Nix,
    /// `go_sdk.download` of `rules_go`, for MODULE.bazel.
    Bazel,
    /// One JSON document.
    Json,
}

/// `goseal outdated`.
#[derive(Debug, Args)]
#[command(after_help = OUTDATED_EXAMPLES)]
pub(crate) struct OutdatedArgs {
    /// Exit 1 when there is a newer patch or a known vulnerability, or Go fixes nothing in the line.
    #[arg(long)]
    pub(crate) check: bool,
    #[command(flatten)]
    pub(crate) output: Output,
}

/// `goseal prune`.
#[derive(Debug, Args)]
#[command(after_help = PRUNE_EXAMPLES)]
pub(crate) struct PruneArgs {
    /// Remove without asking.
    #[arg(long)]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) output: Output,
}
