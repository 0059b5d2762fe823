//! What the arguments of a run mean, and whether it may start.

use std::ffi::OsString;
use std::path::Path;

use super::{Judged, Plan, Verdict};
use crate::tool::Tool;

impl Plan {
    /// [`Plan::judge_in`] where the working directory does not matter.
    pub fn judge(&self, tool: Tool, argv: &[OsString]) -> Verdict {
        self.judge_in(tool, argv, None)
    }

    /// Judges the arguments (without `argv[0]`) of a run whose place is `folder`.
    pub fn judge_in(&self, tool: Tool, argv: &[OsString], folder: Option<&Path>) -> Verdict {
        let _ = (tool, argv, folder);
        Verdict::Allowed(Judged::default())
    }
}
