//! Whether a run was told to write into the managed trees or the shims, links followed.
//!
//! The plan compares texts; a link in a cloned project, or a home that is reached by two names, leads
//! there too. Nothing is looked at where no flag and no variable names a place.

use std::path::Path;

use goseal_core::plan::{Plan, RunRefusal, outputs};
use goseal_inputs::real_place;

use crate::refusal::Refusal;
use crate::site::Site;
use crate::sys::Offered;

/// Variables that name a place for Go's own writing.
const VARIABLES: [&str; 4] = ["GOBIN", "GOPATH", "GOMODCACHE", "GOTMPDIR"];

/// Looks at the flags, and at the variables that the child would get.
///
/// # Errors
///
/// [`Refusal`] naming the flag or the variable.
pub(crate) fn check(
    site: &Site,
    plan: &Plan,
    offered: &Offered,
    folder: &Path,
) -> Result<(), Refusal> {
    let named = outputs(&offered.argv, Some(folder));
    for output in &named {
        if is_managed(site, plan, &output.place) {
            return Err(output.refusal().into());
        }
    }
    for name in VARIABLES {
        let value = offered.var(name).filter(|value| !value.is_empty());
        let Some(value) = value.filter(|value| is_managed(site, plan, Path::new(value))) else {
            continue;
        };
        return Err(RunRefusal {
            code: "output-place",
            what: format!(
                "{name} leads into the managed trees or shims: {}",
                value.display()
            ),
            mend: format!("set {name} to another folder"),
        }
        .into());
    }
    Ok(())
}

fn is_managed(site: &Site, plan: &Plan, place: &Path) -> bool {
    // By its text alone the plan strips a variable and refuses a flag.
    if plan.manages(place) {
        return false;
    }
    let real = real_place(place);
    let managed = [site.layout.toolchains(), site.layout.shims()];
    managed
        .iter()
        .any(|managed| real.starts_with(real_place(managed)))
}
