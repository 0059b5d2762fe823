//! What holds at a place: its pin, the files beside it, and the release that follows.
//!
//! The order is that of RULES: the pin; a believed parent or a door, which only a shim knows; the
//! default of the organisation's policy or the user's configuration.

use std::ffi::{OsStr, OsString};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use goseal_core::goenv::GoEnv;
use goseal_core::lock::Lock;
use goseal_core::pin::PinFault as PinSyntax;
use goseal_core::plan::{Chosen, ChosenBy};
use goseal_core::platform::Platform;
use goseal_core::policy::{Policy, UserConfig};
use goseal_core::project::Project;
use goseal_core::release::ReleaseId;
use goseal_core::version::{Version, VersionSyntax};
use goseal_inputs::{Error as InputsError, PinFile, PinFound, PinTrouble, Place, PlaceRequest};

use crate::error::{Error, PinFault, Result};
use crate::policy::{InForce, read_policy};
use crate::world::World;

/// The name of the lock, beside the pin.
pub(crate) const LOCK_FILE: &str = "goseal.lock";
/// The name of the project's choices, beside the pin.
pub(crate) const PROJECT_FILE: &str = "goseal.toml";

/// What people wrote, from the organisation down to the project.
#[derive(Debug, Clone, Default)]
pub struct Written {
    /// The organisation's policy.
    pub policy: Option<Policy>,
    /// Seconds since 1970 after which the policy's signature is too old.
    pub not_after: Option<i64>,
    /// The user's configuration.
    pub user: Option<UserConfig>,
    /// The project's choices.
    pub project: Option<Project>,
    /// The lock beside the pin, or the user's own for the default.
    pub lock: Option<Lock>,
    /// The user's Go configuration file.
    pub goenv: Option<GoEnv>,
}

/// What holds at one place.
#[derive(Debug)]
pub struct Situation {
    /// Where Go would work, and the pin found from there.
    pub place: Place,
    /// What people wrote.
    pub written: Written,
    /// Where the lock lies or would lie: beside the pin, or with the user's configuration.
    pub lock_path: PathBuf,
    /// The release that runs here and what chose it.
    pub choice: Option<Choice>,
    /// The default, which runs where no pin is and for `go install package@version`.
    pub default: Option<Choice>,
}

/// A release and what chose it.
#[derive(Debug, Clone)]
pub struct Choice {
    /// The release, for this platform.
    pub id: ReleaseId,
    /// Pin or default, and the line that says so.
    pub chosen: Chosen,
}

impl Situation {
    /// Reads the situation at the working directory.
    ///
    /// # Errors
    ///
    /// [`Error::Inputs`] and [`Error::Config`] for files that are there and cannot be used,
    /// [`Error::Pin`] for a pin that says nothing usable or belongs to somebody else,
    /// [`Error::Broken`] where Go has no name for this platform.
    pub fn here(world: &World) -> Result<Self> {
        Self::at(world, &world.cwd, world.environment.get("PWD"))
    }

    /// The same for another folder; `pwd` is how the caller names it.
    ///
    /// # Errors
    ///
    /// As [`Situation::here`].
    pub fn at(world: &World, folder: &Path, pwd: Option<&OsStr>) -> Result<Self> {
        let mut written = read_machine(world)?;
        let place = usable(world, find_place(world, &written, folder, pwd))?;
        let platform = Platform::of_this_build().ok_or_else(Error::no_platform)?;
        let pin = match &place.pin {
            PinFound::Pin(pin) => Some(pin),
            _ => None,
        };
        let lock_path = lock_path(world, pin);
        written.lock = read_lock(&lock_path)?;
        if let Some(pin) = pin {
            written.project = read_project(&pin.folder.join(PROJECT_FILE))?;
            if let Some(project) = &mut written.project {
                anchor(&mut project.sources, &pin.folder);
            }
        }
        let default = default_of(world, &written).map(|found| found.on(platform));
        let by_pin = pin.map(|pin| chosen_by_pin(pin, platform));
        Ok(Self {
            choice: by_pin.or_else(|| default.clone()),
            place,
            written,
            lock_path,
            default,
        })
    }

    /// The situation of a place without a pin, wherever one is.
    ///
    /// # Errors
    ///
    /// As [`read_machine`].
    pub fn without_pin(world: &World) -> Result<Self> {
        let mut written = read_machine(world)?;
        let lock_path = lock_path(world, None);
        written.lock = read_lock(&lock_path)?;
        let platform = Platform::of_this_build().ok_or_else(Error::no_platform)?;
        let default = default_of(world, &written).map(|found| found.on(platform));
        let place = Place {
            folder: world.cwd.clone(),
            set_pwd: None,
            pin: PinFound::None,
            passed_over: Vec::new(),
            disagreement: None,
        };
        Ok(Self {
            place,
            written,
            lock_path,
            choice: default.clone(),
            default,
        })
    }

    /// The pin, where there is one.
    pub fn pin(&self) -> Option<&PinFile> {
        match &self.place.pin {
            PinFound::Pin(pin) => Some(pin),
            _ => None,
        }
    }

    /// The release that runs here.
    ///
    /// # Errors
    ///
    /// [`Error::Pin`] where neither a pin nor a default says one.
    pub fn choice(&self) -> Result<&Choice> {
        self.choice.as_ref().ok_or_else(|| Error::Pin {
            path: self.place.folder.clone(),
            fault: PinFault::Absent {
                passed_over: self.place.passed_over.first().cloned(),
            },
        })
    }
}

/// A place whose pin can be used, or that has none.
fn usable(world: &World, place: Place) -> Result<Place> {
    let text = |path: PathBuf, text: String| Error::Pin {
        path,
        fault: PinFault::Text(text),
    };
    match place.pin {
        PinFound::Pin(_) | PinFound::None => Ok(place),
        PinFound::Faulty {
            path,
            trouble: PinTrouble::Unreadable(error),
        } => Err(match error {
            InputsError::Read { source, .. } if source.kind() == ErrorKind::PermissionDenied => {
                InputsError::Read { path, source }.into()
            }
            InputsError::Read { source, .. } => text(path, format!("it cannot be read: {source}")),
            InputsError::NotRegular { .. } => text(path, "it is not a regular file".to_owned()),
            // The pin's path is named already.
            InputsError::TooLarge { limit, .. } => {
                text(path, format!("it is longer than {limit} bytes"))
            }
            error => error.into(),
        }),
        PinFound::Faulty {
            path,
            trouble: PinTrouble::Text(fault),
        } => {
            let fault = match fault {
                PinSyntax::Version {
                    line,
                    syntax: VersionSyntax::Language { minor },
                } => PinFault::Line {
                    at: line,
                    minor,
                    installed: installed_of(world, minor),
                },
                fault => PinFault::Text(fault.to_string()),
            };
            Err(Error::Pin { path, fault })
        }
        PinFound::Stopped { path, owner, .. } => {
            let config = world.layout.user_config();
            let fault = PinFault::Foreign { owner, config };
            Err(Error::Pin { path, fault })
        }
    }
}

/// Installed releases of the line `1.minor`, ascending: what is known without a network.
pub(crate) fn installed_of(world: &World, minor: u16) -> Vec<Version> {
    let listed = goseal_store::list(&world.layout).unwrap_or_default();
    let here = Platform::of_this_build();
    let sealed = listed
        .into_iter()
        .filter(|(id, found)| Some(id.platform) == here && matches!(found, Ok(Some(_))));
    let mut versions: Vec<Version> = sealed.map(|(id, _)| id.version).collect();
    versions.retain(|version| version.minor() == minor);
    versions.sort_unstable();
    versions
}

/// A default and the file that states it.
struct Stated {
    version: Version,
    file: PathBuf,
}

impl Stated {
    fn on(self, platform: Platform) -> Choice {
        let chosen = Chosen {
            by: ChosenBy::Default,
            file: Some(self.file),
            line: None,
        };
        Choice {
            id: ReleaseId {
                version: self.version,
                platform,
            },
            chosen,
        }
    }
}

fn chosen_by_pin(pin: &PinFile, platform: Platform) -> Choice {
    let chosen = Chosen {
        by: ChosenBy::Pin,
        file: Some(pin.path.clone()),
        line: Some(pin.line.line),
    };
    Choice {
        id: ReleaseId {
            version: pin.line.version,
            platform,
        },
        chosen,
    }
}

/// The organisation's default counts before the user's.
fn default_of(world: &World, written: &Written) -> Option<Stated> {
    let of_policy = written.policy.as_ref().and_then(|policy| policy.default);
    let of_user = written.user.as_ref().and_then(|user| user.default);
    let policy = of_policy.map(|version| (version, world.product.policy_path.clone()));
    let user = of_user.map(|version| (version, world.layout.user_config()));
    policy
        .or(user)
        .map(|(version, file)| Stated { version, file })
}

fn lock_path(world: &World, pin: Option<&PinFile>) -> PathBuf {
    let folder = pin.map_or_else(
        || world.layout.config().to_owned(),
        |pin| pin.folder.clone(),
    );
    folder.join(LOCK_FILE)
}

/// What holds on this machine whatever the place: policy, user's configuration, user's Go file.
///
/// # Errors
///
/// As [`Situation::here`].
pub fn read_machine(world: &World) -> Result<Written> {
    let InForce { policy, not_after } = read_policy(world)?;
    let user_path = world.layout.user_config();
    let user = read(&user_path)?.map(|bytes| goseal_config::parse_user_config(&bytes, &user_path));
    let goenv = match go_env_path(world) {
        Some(path) => read(&path)?.map(|bytes| GoEnv::parse(&bytes)),
        None => None,
    };
    let mut user = user.transpose()?;
    if let Some(user) = &mut user {
        anchor(&mut user.sources, world.layout.config());
    }
    Ok(Written {
        policy,
        not_after,
        user,
        goenv,
        ..Written::default()
    })
}

/// Makes relative sources absolute: a file means its own folder, wherever the caller stands.
fn anchor(sources: &mut [String], folder: &Path) {
    for source in sources {
        let (word, path) = crate::sources::split_word(source);
        if path.starts_with("./") || path.starts_with("../") {
            *source = format!("{word}{}", folder.join(path).display());
        }
    }
}

/// The user's Go configuration file, as Go itself would find it.
pub(crate) fn go_env_path(world: &World) -> Option<PathBuf> {
    let variable = |name: &str| world.environment.get(name).map(OsString::from);
    goseal_inputs::user_go_env_path(&variable, world.user.home.as_deref())
}

fn find_place(world: &World, written: &Written, cwd: &Path, pwd: Option<&OsStr>) -> Place {
    let of_policy = written
        .policy
        .iter()
        .flat_map(|policy| &policy.trusted_places);
    let of_user = written.user.iter().flat_map(|user| &user.trusted_places);
    let trusted: Vec<PathBuf> = of_policy.chain(of_user).cloned().collect();
    let go_env = go_env_path(world);
    let variable = |name: &str| world.environment.get(name).map(OsString::from);
    let caches =
        || goseal_inputs::module_caches(&variable, go_env.as_deref(), world.user.home.as_deref());
    goseal_inputs::find_place(&PlaceRequest {
        cwd,
        pwd,
        chdir: None,
        layout: &world.layout,
        module_caches: &caches,
        trusted_places: &trusted,
        uid: world.user.uid,
    })
}

/// Reads the project's choices, where the file is there.
///
/// # Errors
///
/// [`Error::Inputs`] and [`Error::Config`].
pub(crate) fn read_project(path: &Path) -> Result<Option<Project>> {
    let parsed = read(path)?.map(|bytes| goseal_config::parse_project(&bytes, path));
    Ok(parsed.transpose()?)
}

/// Reads a lock, where the file is there.
///
/// # Errors
///
/// [`Error::Inputs`] and [`Error::Config`].
pub(crate) fn read_lock(path: &Path) -> Result<Option<Lock>> {
    let parsed = read(path)?.map(|bytes| goseal_config::parse_lock(&bytes, path));
    Ok(parsed.transpose()?)
}

/// By the code that the shim reads the same files with: one opinion of what is no file.
fn read(path: &Path) -> Result<Option<Vec<u8>>> {
    let found = goseal_inputs::read_bounded(path, goseal_inputs::INPUT_LIMIT)?;
    Ok(found.map(|(bytes, _)| bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene::Scene;

    #[test]
    fn a_pin_counts_before_the_policys_default_and_that_before_the_users() {
        let scene = Scene::new();
        let chosen = || {
            let situation = Situation::here(&scene.world).unwrap();
            let choice = situation
                .choice()
                .map(|choice| choice.id.version.to_string());
            (choice.ok(), situation.lock_path)
        };
        let beside = |folder: &str| scene.root().join(folder).join(LOCK_FILE);
        let own = scene.world.layout.user_config();
        let config = own.parent().unwrap().strip_prefix(scene.root()).unwrap();
        let config = config.to_str().unwrap().to_owned();

        assert_eq!(chosen(), (None, beside(&config)));
        scene.file(&format!("{config}/config.toml"), "default = \"1.20.1\"\n");
        assert_eq!(chosen(), (Some("1.20.1".into()), beside(&config)));
        scene.file("policy.toml", "default = \"1.21.1\"\n");
        assert_eq!(chosen().0, Some("1.21.1".into()));
        scene.file("project/.go-version", "1.22.1\n");
        assert_eq!(chosen(), (Some("1.22.1".into()), beside("project")));
    }

    #[test]
    fn without_a_pin_and_a_default_the_folder_is_named() {
        let scene = Scene::new();
        let situation = Situation::here(&scene.world).unwrap();
        let refused = situation.choice().unwrap_err();
        let Error::Pin { path, fault } = refused else {
            panic!("{refused}");
        };
        assert_eq!(path, scene.world.cwd);
        assert_eq!(fault, PinFault::Absent { passed_over: None });
    }

    #[test]
    fn the_projects_choices_count_only_beside_the_pin() {
        let scene = Scene::new();
        scene.file("project/goseal.toml", "trimpath = true\n");
        let here = || Situation::here(&scene.world).unwrap().written.project;
        assert_eq!(here(), None);
        scene.file("project/.go-version", "1.22.1\n");
        assert_eq!(here().unwrap().trimpath, Some(true));
    }

    #[test]
    fn a_line_of_releases_is_refused_with_its_line() {
        let scene = Scene::new();
        scene.file("project/.go-version", "# why\n1.22\n");
        let refused = Situation::here(&scene.world).unwrap_err();
        let Error::Pin {
            fault:
                PinFault::Line {
                    at,
                    minor,
                    installed,
                },
            ..
        } = refused
        else {
            panic!("{refused}");
        };
        assert_eq!((at, minor, installed), (2, 22, Vec::new()));
    }

    #[test]
    fn a_folder_in_the_place_of_a_file_is_the_projects_fault() {
        let scene = Scene::new();
        scene.file("project/.go-version", "1.22.5\n");
        std::fs::create_dir(scene.world.cwd.join(PROJECT_FILE)).unwrap();
        let refused = Situation::here(&scene.world).unwrap_err();
        assert!(matches!(refused, Error::Inputs(_)), "{refused}");
    }
}
