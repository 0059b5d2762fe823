//! Gathers the outside once: environment, folders, user, clock. Nothing below reads it again.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use goseal_core::home::{HOME_LIMIT, Home};
use goseal_core::layout::Layout;
use goseal_ops::{Environment, Machine, Product, User, World};

/// Why the outside could not be gathered.
#[derive(Debug)]
pub enum Unusable {
    /// The working directory is gone or unreadable.
    WorkingDirectory(std::io::Error),
    /// The program's own path cannot be found.
    OwnPath(std::io::Error),
    /// There is no `GOSEAL_HOME` and no home folder to put things in.
    NoHome,
    /// `GOSEAL_HOME` is not an absolute path. Holds the path.
    RelativeHome(PathBuf),
    /// A `home` file that cannot be used. Holds it and why.
    HomeFile(PathBuf, String),
}

/// Whose word counts for where everything lies.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Places<'a> {
    /// The `home` file of the shim that asks; no variable does.
    OfShim(&'a Path),
    /// What `GOSEAL_HOME`, the platform and the `home` file of the shims say.
    AsTheyAre,
    /// The same for `init`, which writes a `home` file that says nothing usable anew.
    ToBeMade,
}

/// The variables, as they were offered.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place that reads the outside"
)]
pub(crate) fn environment() -> Environment {
    Environment::new(std::env::vars_os().collect())
}

/// What is on this machine at this moment.
///
/// # Errors
///
/// [`Unusable`] where not even the places can be found.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place that reads the outside"
)]
pub(crate) fn gather(
    product: Product,
    machine: Box<dyn Machine>,
    environment: Environment,
    places: Places<'_>,
) -> Result<World, Unusable> {
    let cwd = std::env::current_dir().map_err(Unusable::WorkingDirectory)?;
    let program = std::env::current_exe().map_err(Unusable::OwnPath)?;
    let user = sys::user();
    let layout = match places {
        Places::OfShim(home) => layout_of_home(home, &user)?,
        Places::AsTheyAre | Places::ToBeMade => layout_of(&environment, &user, places)?,
    };
    Ok(World {
        product,
        environment,
        cwd,
        user,
        layout,
        program,
        machine,
    })
}

fn layout_of(
    environment: &Environment,
    user: &User,
    places: Places<'_>,
) -> Result<Layout, Unusable> {
    let layout = match environment.path("GOSEAL_HOME") {
        Some(root) if root.is_absolute() => Layout::rooted(root),
        Some(root) => return Err(Unusable::RelativeHome(root.to_owned())),
        None => layout_of_platform()?,
    };
    // Once there are shims their `home` says where the rest lies, whatever the variables of today
    // say: program and shim must write one log.
    let home = layout.shims_home();
    if !home.is_file() {
        return Ok(layout);
    }
    match layout_of_home(&home, user) {
        // A home that was moved as a whole: its file speaks of the old place until `init`.
        Ok(stated) if !is_same_folder(stated.store(), layout.store()) => Ok(layout),
        Err(Unusable::HomeFile(..)) if matches!(places, Places::ToBeMade) => Ok(layout),
        outcome => outcome,
    }
}

fn is_same_folder(a: &Path, b: &Path) -> bool {
    let real = |path: &Path| std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    real(a) == real(b)
}

fn layout_of_platform() -> Result<Layout, Unusable> {
    let places = directories::ProjectDirs::from("", "", "goseal").ok_or(Unusable::NoHome)?;
    let state = places.state_dir().unwrap_or(places.data_dir());
    Ok(Layout::new(
        places.data_dir().to_owned(),
        state.to_owned(),
        places.cache_dir().to_owned(),
        places.config_dir().to_owned(),
    ))
}

/// The places that a `home` file names for this user.
fn layout_of_home(path: &Path, user: &User) -> Result<Layout, Unusable> {
    let unusable = |fault: String| Unusable::HomeFile(path.to_owned(), fault);
    let bytes = goseal_inputs::read_bounded(path, HOME_LIMIT)
        .map_err(|error| unusable(error.to_string()))?
        .ok_or_else(|| unusable("it is not there".to_owned()))?;
    let home = Home::parse(&bytes.0).map_err(|fault| unusable(fault.to_string()))?;
    let own = || goseal_inputs::Account::of_uid(user.uid).map(|account| account.places());
    home.layout(user.uid, own).ok_or(Unusable::NoHome)
}

/// The real clock and the system's chance.
#[derive(Debug, Clone, Copy, Default)]
pub struct RealMachine;

impl Machine for RealMachine {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one clock, handed to everyone else"
    )]
    fn now(&self) -> (u64, u32) {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        since.map_or((0, 0), |since| (since.as_secs(), since.subsec_nanos()))
    }

    fn since_boot_ns(&self) -> u64 {
        sys::since_boot_ns()
    }

    fn random(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("the system's source of chance answers once it has started");
    }
}

/// Arguments as they were typed, the program's name first.
#[expect(
    clippy::disallowed_methods,
    reason = "arguments are gathered here, once"
)]
pub(crate) fn arguments() -> Vec<OsString> {
    std::env::args_os().collect()
}

#[cfg(unix)]
mod sys {
    use super::User;

    pub(super) fn user() -> User {
        let uid = rustix::process::getuid().as_raw();
        let account = goseal_inputs::Account::of_uid(uid);
        let name = account
            .as_ref()
            .map_or_else(|| uid.to_string(), |account| account.name.clone());
        let host = rustix::system::uname()
            .nodename()
            .to_string_lossy()
            .into_owned();
        User {
            uid,
            name,
            home: account.map(|account| account.home),
            host,
        }
    }

    pub(super) fn since_boot_ns() -> u64 {
        #[cfg(any(target_os = "linux", target_os = "android"))]
        let clock = rustix::time::ClockId::Boottime;
        #[cfg(not(any(target_os = "linux", target_os = "android")))]
        let clock = rustix::time::ClockId::Monotonic;
        let time = rustix::time::clock_gettime(clock);
        let (seconds, nanos) = (u64::try_from(time.tv_sec), u64::try_from(time.tv_nsec));
        seconds.unwrap_or(0) * 1_000_000_000 + nanos.unwrap_or(0)
    }
}

#[cfg(not(unix))]
mod sys {
    use super::User;

    pub(super) fn user() -> User {
        let home = directories::BaseDirs::new().map(|base| base.home_dir().to_owned());
        User {
            uid: 0,
            name: "user".to_owned(),
            home,
            host: "windows".to_owned(),
        }
    }

    pub(super) fn since_boot_ns() -> u64 {
        0
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use goseal_core::home::State;

    use super::*;

    /// An account that every system has and nobody works as.
    const OTHER: u32 = 1;

    fn user(uid: u32) -> User {
        User {
            uid,
            name: uid.to_string(),
            home: None,
            host: "host".to_owned(),
        }
    }

    fn environment(home: &Path) -> Environment {
        Environment::new(vec![("GOSEAL_HOME".into(), home.into())])
    }

    /// A home whose shims belong to user 7.
    fn home_of_seven(root: &Path, store: &Path) {
        let layout = Layout::rooted(store);
        let home = Home {
            build: "1+a".to_owned(),
            program: "/p/goseal".into(),
            store: store.to_owned(),
            state: State::Own {
                uid: 7,
                state: layout.state().to_owned(),
                cache: layout.cache().to_owned(),
                config: layout.config().to_owned(),
            },
        };
        std::fs::create_dir_all(root.join("shims")).unwrap();
        std::fs::write(root.join("shims/home"), home.format()).unwrap();
    }

    #[test]
    fn two_users_share_a_store_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let root = std::fs::canonicalize(folder.path()).unwrap();
        home_of_seven(&root, &root);
        let variables = environment(&root);
        let owner = layout_of(&variables, &user(7), Places::AsTheyAre).unwrap();
        assert_eq!(owner.state(), root);
        let other = layout_of(&variables, &user(OTHER), Places::AsTheyAre).unwrap();
        assert_eq!(other.store(), root);
        for own in [
            other.audit(),
            other.keys(),
            other.plans(),
            other.user_config(),
        ] {
            assert!(!own.starts_with(&root), "{}", own.display());
        }
    }

    #[test]
    fn a_home_that_was_moved_is_the_one_that_the_variable_names() {
        let folder = tempfile::tempdir().unwrap();
        let root = std::fs::canonicalize(folder.path()).unwrap();
        home_of_seven(&root, Path::new("/elsewhere"));
        let layout = layout_of(&environment(&root), &user(7), Places::AsTheyAre).unwrap();
        assert_eq!(layout.store(), root);
    }

    #[test]
    fn init_goes_on_over_a_home_file_that_says_nothing_usable() {
        let folder = tempfile::tempdir().unwrap();
        let root = std::fs::canonicalize(folder.path()).unwrap();
        std::fs::create_dir(root.join("shims")).unwrap();
        std::fs::write(root.join("shims/home"), "nonsense\n").unwrap();
        let variables = environment(&root);
        let layout = layout_of(&variables, &user(7), Places::ToBeMade).unwrap();
        assert_eq!(layout.store(), root);
        let refused = layout_of(&variables, &user(7), Places::AsTheyAre);
        assert!(matches!(refused, Err(Unusable::HomeFile(..))));
    }
}
