//! Where Go itself will think it is.

use std::ffi::OsStr;
use std::fs;
use std::path::{Component, Path, PathBuf};

use goseal_core::layout::Layout;

use crate::meta;
use crate::walk::{PassedOver, PinFound, walk};

/// What the place of a run follows from.
#[derive(Clone, Copy)]
pub struct PlaceRequest<'a> {
    /// The working directory as the system names it, without links.
    pub cwd: &'a Path,
    /// `PWD` of the environment.
    pub pwd: Option<&'a OsStr>,
    /// The directory of `-C`, as [`goseal_core::chdir::chdir_of`] finds it.
    pub chdir: Option<&'a OsStr>,
    /// The places of the home; pins in its toolchains never count.
    pub layout: &'a Layout,
    /// Where the module cache may be, [`crate::module_caches`]; asked only where a name on the way
    /// to a pin looks like a module's.
    pub module_caches: &'a dyn Fn() -> Vec<PathBuf>,
    /// Folders whose pins count whoever owns them. The shim reads no TOML and passes none: see
    /// [`PinFound::Stopped`] and [`crate::ReleaseSource`].
    pub trusted_places: &'a [PathBuf],
    /// The user who runs.
    pub uid: u32,
}

/// Where a run works.
#[derive(Debug)]
pub struct Place {
    /// Where Go works, `-C` applied, as Go itself will name it once `set_pwd` is obeyed.
    pub folder: PathBuf,
    /// What the child's `PWD` must be set to, where the offered one would lead Go elsewhere.
    pub set_pwd: Option<PathBuf>,
    /// The pin.
    pub pin: PinFound,
    /// Pins below it that do not count, nearest first.
    pub passed_over: Vec<PassedOver>,
    /// The logical and the physical way lead to different projects; the physical one was taken.
    pub disagreement: Option<Disagreement>,
}

/// Two ways to one folder that lead to different projects. The strict profile refuses it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disagreement {
    /// The folder as `PWD` names it.
    pub logical: PathBuf,
    /// The folder without links.
    pub physical: PathBuf,
    /// What differs; at least one.
    pub differences: Vec<Difference>,
}

/// A file that the two ways find in different places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// `.go-version`, `go.mod` or `go.work`.
    pub name: &'static str,
    /// What the logical way finds.
    pub logical: Option<PathBuf>,
    /// What the physical way finds.
    pub physical: Option<PathBuf>,
}

/// Finds where Go will work and which pin holds there.
///
/// `PWD` counts where it is absolute, clean and names the folder in which Go works after `-C`;
/// that is what Go's `os.Getwd` does, `-C` included, because `-C` does not change `PWD`. A `-C`
/// that leads nowhere leaves the place where it is: Go itself says so and stops.
pub fn find_place(request: &PlaceRequest<'_>) -> Place {
    let physical = physical_folder(request);
    let logical = request
        .pwd
        .map(Path::new)
        .filter(|pwd| pwd.is_absolute() && meta::is_same_file(pwd, &physical));
    let mut passed_over = Vec::new();
    let pin = walk(&physical, request, &mut passed_over);
    let stay = |set_pwd: Option<PathBuf>| (set_pwd, None);
    let (set_pwd, disagreement) = match logical {
        None => stay(None),
        Some(logical) if logical == physical && is_clean(logical) => stay(None),
        // Go cleans `a/link/..` by its letters, which may lead elsewhere.
        Some(logical) if !is_clean(logical) => stay(Some(physical.clone())),
        Some(logical) => {
            let mut logical_passed = Vec::new();
            let logical_pin = walk(logical, request, &mut logical_passed);
            let differences = differences(logical, &physical, [&logical_pin, &pin]);
            if differences.is_empty() {
                return Place {
                    folder: logical.to_owned(),
                    set_pwd: None,
                    pin: logical_pin,
                    passed_over: logical_passed,
                    disagreement: None,
                };
            }
            let disagreement = Disagreement {
                logical: logical.to_owned(),
                physical: physical.clone(),
                differences,
            };
            (Some(physical.clone()), Some(disagreement))
        }
    };
    Place {
        folder: physical,
        set_pwd,
        pin,
        passed_over,
        disagreement,
    }
}

fn physical_folder(request: &PlaceRequest<'_>) -> PathBuf {
    request
        .chdir
        .filter(|folder| !folder.is_empty())
        .and_then(|folder| fs::canonicalize(request.cwd.join(folder)).ok())
        .filter(|folder| folder.is_dir())
        .unwrap_or_else(|| request.cwd.to_owned())
}

/// Whether the path has no `.` or `..`, no doubled and no closing `/`.
fn is_clean(path: &Path) -> bool {
    let normal = path
        .components()
        .all(|part| !matches!(part, Component::CurDir | Component::ParentDir));
    let rebuilt: PathBuf = path.components().collect();
    normal && rebuilt.as_os_str() == path.as_os_str()
}

fn differences(logical: &Path, physical: &Path, pins: [&PinFound; 2]) -> Vec<Difference> {
    let [logical_pin, physical_pin] = pins.map(path_of);
    let mut differences = Vec::new();
    let mut compare = |name, logical: Option<PathBuf>, physical: Option<PathBuf>| {
        let same = match (&logical, &physical) {
            (None, None) => true,
            (Some(a), Some(b)) => a == b || meta::is_same_file(a, b),
            _ => false,
        };
        if !same {
            differences.push(Difference {
                name,
                logical,
                physical,
            });
        }
    };
    compare(goseal_core::pin::PIN_FILE, logical_pin, physical_pin);
    for name in ["go.mod", "go.work"] {
        compare(name, nearest(logical, name), nearest(physical, name));
    }
    differences
}

fn path_of(pin: &PinFound) -> Option<PathBuf> {
    match pin {
        PinFound::Pin(pin) => Some(pin.path.clone()),
        PinFound::Faulty { path, .. } | PinFound::Stopped { path, .. } => Some(path.clone()),
        PinFound::None => None,
    }
}

/// The nearest regular file of that name, upward from `start`, as cmd/go looks for go.mod and
/// go.work.
pub fn nearest(start: &Path, name: &str) -> Option<PathBuf> {
    start
        .ancestors()
        .map(|folder| folder.join(name))
        .find(|path| path.is_file())
}

#[cfg(test)]
mod tests;
