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

/// What is on this machine at this moment.
///
/// `home` is the `home` file of the shim that asks; its places count then, and no variable does.
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
    home: Option<&Path>,
) -> Result<World, Unusable> {
    let environment = Environment::new(std::env::vars_os().collect());
    let cwd = std::env::current_dir().map_err(Unusable::WorkingDirectory)?;
    let program = std::env::current_exe().map_err(Unusable::OwnPath)?;
    let user = sys::user();
    let layout = match home {
        Some(home) => layout_of_home(home, &user)?,
        None => layout_of(&environment, &user)?,
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

fn layout_of(environment: &Environment, user: &User) -> Result<Layout, Unusable> {
    if let Some(root) = environment.path("GOSEAL_HOME") {
        return if root.is_absolute() {
            Ok(Layout::rooted(root))
        } else {
            Err(Unusable::RelativeHome(root.to_owned()))
        };
    }
    let places = directories::ProjectDirs::from("", "", "goseal").ok_or(Unusable::NoHome)?;
    let data = places.data_dir().to_owned();
    let state = places.state_dir().unwrap_or(places.data_dir()).to_owned();
    let (cache, config) = (
        places.cache_dir().to_owned(),
        places.config_dir().to_owned(),
    );
    let layout = Layout::new(data, state, cache, config);
    // Once there are shims their `home` says where the rest lies, whatever the variables of today
    // say: program and shim must write one log.
    let home = layout.shims_home();
    if home.is_file() {
        layout_of_home(&home, user)
    } else {
        Ok(layout)
    }
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

/// Arguments as they were typed, the program's name left out.
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
