//! The child's environment, built from the plan and from what was offered.

use std::ffi::OsString;
use std::path::PathBuf;

use super::{Applied, Plan};

/// What the shim knows of the run besides the plan and the environment.
#[derive(Debug, Clone, Default)]
pub struct Around<'a> {
    /// The plan of the believed parent: values that it set were not offered by the user.
    pub parent: Option<&'a Plan>,
    /// The nearest `go.work` lies above the pin's folder: it is not the project's.
    pub foreign_work: bool,
    /// A build cache that is thrown away after the run, instead of the plan's; absolute.
    pub gocache: Option<PathBuf>,
}

impl Plan {
    /// [`Plan::apply_around`] for a run without a parent.
    pub fn apply(&self, offered: &[(OsString, OsString)]) -> Applied {
        self.apply_around(offered, &Around::default())
    }

    /// The child's environment.
    pub fn apply_around(&self, offered: &[(OsString, OsString)], around: &Around<'_>) -> Applied {
        let _ = around;
        let mut applied = Applied::default();
        for (name, value) in offered {
            if self
                .forced
                .iter()
                .all(|forced| name != forced.name.as_str())
            {
                applied.environment.push((name.clone(), value.clone()));
            }
        }
        for forced in &self.forced {
            let pair = (forced.name.clone().into(), forced.value.clone().into());
            applied.environment.push(pair);
        }
        applied
    }
}
