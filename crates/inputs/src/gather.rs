//! Reading the inputs of a plan.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use goseal_core::digest::Sha256;
use goseal_core::goenv::GoEnv;
use goseal_core::home::Home;
use goseal_core::inputs::{Role, inputs_digest};
use goseal_core::layout::Layout;
use goseal_core::platform::Platform;
use goseal_core::release::ReleaseId;

use crate::error::Result;
use crate::read::{read_bounded, read_guarded};
use crate::walk::PinFile;

/// The most bytes that one input may have.
pub const INPUT_LIMIT: usize = 64 * 1024;

/// The organisation's policy on Linux and the other systems of the Unix kind.
#[cfg(not(any(windows, target_os = "macos")))]
const POLICY: &str = "/etc/goseal/policy.toml";
#[cfg(target_os = "macos")]
const POLICY: &str = "/Library/Application Support/goseal/policy.toml";
/// `%ProgramData%` is a variable and moves; its default place does not.
#[cfg(windows)]
const POLICY: &str = r"C:\ProgramData\goseal\policy.toml";

/// Where the organisation's policy lies. Compiled in: no variable, home or project moves it.
pub fn policy_path() -> &'static Path {
    Path::new(POLICY)
}

/// The signature beside a policy: its path with `.minisig` added.
pub fn policy_signature_path(policy: &Path) -> PathBuf {
    let mut path = policy.as_os_str().to_owned();
    path.push(".minisig");
    PathBuf::from(path)
}

/// The key beside a policy: `policy.pub`. Where it is, the policy counts only with a signature.
pub fn policy_key_path(policy: &Path) -> PathBuf {
    policy.with_file_name("policy.pub")
}

/// The head of an installed release's seal, whose bytes are an input.
pub fn seal_path(layout: &Layout, id: &ReleaseId) -> PathBuf {
    layout.seal_folder(id).join("seal")
}

/// What says which release runs. Its text is the last input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReleaseSource<'a> {
    /// The pin. A pin of a foreign owner has another text, so that only a program that read
    /// `trusted_places` writes its plan, and a pin that changes hands loses the plan it had.
    Pin(&'a PinFile),
    /// The default where there is one, which the program knows, else the pin: for runs that ignore
    /// the project (`go install pkg@version`, `go run pkg@version`).
    DefaultOrPin(&'a PinFile),
    /// The release of the believed parent.
    Parent(ReleaseId),
    /// The release of the door through which the run came.
    Door(ReleaseId),
    /// The default of the policy or the user, which the program reads.
    Default,
}

impl ReleaseSource<'_> {
    /// `pin`, `pin of 1001`, `default or pin`, `default or pin of 1001`, `parent go1.22.5.linux-amd64`, `door go1.22.5.linux-amd64`, `default`.
    pub fn text(&self) -> String {
        match self {
            Self::Pin(pin) => pin_text(pin),
            Self::DefaultOrPin(pin) => format!("default or {}", pin_text(pin)),
            Self::Parent(id) => format!("parent {id}"),
            Self::Door(id) => format!("door {id}"),
            Self::Default => "default".to_owned(),
        }
    }
}

fn pin_text(pin: &PinFile) -> String {
    match pin.foreign {
        Some(owner) => format!("pin of {owner}"),
        None => "pin".to_owned(),
    }
}

/// What the inputs are read from.
#[derive(Debug, Clone, Copy)]
pub struct Sources<'a> {
    /// The places of the home.
    pub layout: &'a Layout,
    /// The `home` file; its build is part of the digest.
    pub home: &'a Home,
    /// The organisation's policy: [`policy_path`].
    pub policy: &'a Path,
    /// Who runs, by numeric id.
    pub uid: u32,
    /// The user's Go configuration file: [`user_go_env_path`].
    pub user_go_env: Option<&'a Path>,
    /// What says which release runs.
    pub release: ReleaseSource<'a>,
}

/// The inputs of a plan and their digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gathered {
    /// What the plan is named by.
    pub digest: Sha256,
    /// Every role once, in the order of [`Role`].
    pub parts: Vec<Part>,
}

impl Gathered {
    /// The bytes of an input, `None` where it is not there.
    pub fn bytes(&self, role: Role) -> Option<&[u8]> {
        self.part(role)?.bytes.as_deref()
    }

    /// The part of that role.
    pub fn part(&self, role: Role) -> Option<&Part> {
        self.parts.iter().find(|part| part.role == role)
    }
}

/// One input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// What it is.
    pub role: Role,
    /// Where it was looked for; empty where nothing names a file.
    pub path: PathBuf,
    /// Its bytes, `None` where it is not there.
    pub bytes: Option<Vec<u8>>,
}

/// Reads every input, each at most [`INPUT_LIMIT`] bytes, and their digest.
///
/// `goseal.toml` and `goseal.lock` are read only beside the pin; the seal only where the pin gives
/// the release (else it stands in the plan and is compared there).
///
/// # Errors
///
/// [`crate::Error`] for an input that is there and is not readable, too long, or no regular file, and
/// for a policy that others may change.
pub fn gather(sources: &Sources<'_>) -> Result<Gathered> {
    let (pin, gives_release) = match sources.release {
        ReleaseSource::Pin(pin) => (Some(pin), true),
        ReleaseSource::DefaultOrPin(pin) => (Some(pin), false),
        _ => (None, false),
    };
    let beside_pin = |name: &str| pin.map(|pin| pin.folder.join(name));
    let seal = pin.filter(|_| gives_release).and_then(|pin| {
        let id = ReleaseId {
            version: pin.line.version,
            platform: Platform::of_this_build()?,
        };
        Some(seal_path(sources.layout, &id))
    });
    let mut parts = Vec::with_capacity(Role::ALL.len());
    parts.push(Part {
        role: Role::Pin,
        path: pin.map(|pin| pin.path.clone()).unwrap_or_default(),
        bytes: pin.map(|pin| pin.bytes.clone()),
    });
    for (role, path) in [
        (Role::Project, beside_pin("goseal.toml")),
        (Role::Lock, beside_pin("goseal.lock")),
        (Role::UserConfig, Some(sources.layout.user_config())),
        (Role::UserGoEnv, sources.user_go_env.map(Path::to_owned)),
        (Role::Policy, Some(sources.policy.to_owned())),
        (
            Role::PolicySignature,
            Some(policy_signature_path(sources.policy)),
        ),
        (Role::PolicyKey, Some(policy_key_path(sources.policy))),
        (Role::Seal, seal),
    ] {
        parts.push(read_part(role, path, sources.uid)?);
    }
    parts.push(Part {
        role: Role::Release,
        path: PathBuf::new(),
        bytes: Some(sources.release.text().into_bytes()),
    });
    let inputs: Vec<(Role, Option<&[u8]>)> = parts
        .iter()
        .map(|part| (part.role, part.bytes.as_deref()))
        .collect();
    let folder = pin.map(|pin| pin.folder.as_path());
    let digest = inputs_digest(&sources.home.build, folder, &inputs);
    Ok(Gathered { digest, parts })
}

fn read_part(role: Role, path: Option<PathBuf>, uid: u32) -> Result<Part> {
    let bytes = match &path {
        Some(path) if matches!(role, Role::Policy | Role::PolicyKey) => read_guarded(path, uid)?,
        Some(path) => read_bounded(path, INPUT_LIMIT)?.map(|(bytes, _)| bytes),
        None => None,
    };
    Ok(Part {
        role,
        path: path.unwrap_or_default(),
        bytes,
    })
}

/// Where the user's own Go configuration file is looked for; `None` where it is switched off or
/// has no place. `env` is the offered environment.
///
/// Source: `EnvFile` of cmd/go/internal/cfg and `os.UserConfigDir`: an empty variable counts as
/// absent, a relative `XDG_CONFIG_HOME` is refused.
pub fn user_go_env_path(
    env: &dyn Fn(&str) -> Option<OsString>,
    home: Option<&Path>,
) -> Option<PathBuf> {
    let var = |name| env(name).filter(|value| !value.is_empty());
    match var("GOENV") {
        Some(value) if value == "off" => None,
        Some(value) => Some(PathBuf::from(value)),
        None => Some(user_config_dir(&var, home)?.join("go").join("env")),
    }
}

#[cfg(windows)]
fn user_config_dir(
    var: &dyn Fn(&'static str) -> Option<OsString>,
    _: Option<&Path>,
) -> Option<PathBuf> {
    var("AppData").map(PathBuf::from)
}

#[cfg(not(windows))]
fn user_config_dir(
    var: &dyn Fn(&'static str) -> Option<OsString>,
    home: Option<&Path>,
) -> Option<PathBuf> {
    let home = || {
        var("HOME")
            .map(PathBuf::from)
            .or_else(|| home.map(Path::to_owned))
    };
    if cfg!(target_os = "macos") {
        return Some(home()?.join("Library").join("Application Support"));
    }
    match var("XDG_CONFIG_HOME") {
        Some(folder) => Some(PathBuf::from(folder)).filter(|folder| folder.is_absolute()),
        None => Some(home()?.join(".config")),
    }
}

/// Where the module cache may be: `GOMODCACHE`, else `pkg/mod` of the first folder of `GOPATH`,
/// else of `go` in the home folder; from the environment and, separately, from the user's Go file.
/// Relative paths are left out, as Go refuses them; a Go file that cannot be read is left out too,
/// [`gather`] refuses it.
pub fn module_caches(
    env: &dyn Fn(&str) -> Option<OsString>,
    user_go_env: Option<&Path>,
    home: Option<&Path>,
) -> Vec<PathBuf> {
    let file = user_go_env
        .and_then(|path| read_bounded(path, INPUT_LIMIT).ok().flatten())
        .map(|(bytes, _)| GoEnv::parse(&bytes));
    let from_file = |name: &str| file.as_ref()?.get(name).map(OsString::from);
    let mut caches = Vec::new();
    let mut add = |var: &dyn Fn(&str) -> Option<OsString>| {
        let var = |name| var(name).filter(|value| !value.is_empty());
        caches.extend(var("GOMODCACHE").map(PathBuf::from));
        let first = var("GOPATH").and_then(|list| std::env::split_paths(&list).next());
        caches.extend(first.map(|folder| folder.join("pkg").join("mod")));
    };
    add(env);
    add(&from_file);
    let home = env("HOME")
        .map(PathBuf::from)
        .or_else(|| home.map(Path::to_owned));
    caches.extend(home.map(|home| home.join("go").join("pkg").join("mod")));
    caches.retain(|cache| cache.is_absolute());
    caches
}

#[cfg(test)]
mod tests;
