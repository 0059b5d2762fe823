//! Making a home: folders, shims, the file that tells them their places, the line for the shell.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use goseal_core::digest::Sha256;
use goseal_core::home::{Home, State};
use goseal_ledger::record::Outcome;

use crate::error::{Error, Result};
use crate::journal::Journal;
use crate::situation::read_machine;
use crate::world::World;

/// The file name of the shim, beside the program.
const SHIM: &str = if cfg!(windows) {
    "goseal-shim.exe"
} else {
    "goseal-shim"
};

/// Bytes of the shim that are read; a release build has about half a MB, a debug build 10.
const SHIM_LIMIT: u64 = 64 << 20;

/// What a home is made of.
#[derive(Debug)]
pub struct Homestead {
    /// The folder that belongs first on PATH.
    pub shims: PathBuf,
    /// Whether the shims were written now; false where they were there and the same.
    pub written: bool,
}

/// Makes the homes and installs the shims. On record.
///
/// # Errors
///
/// [`Error::Broken`] where the shim is not beside the program; [`Error::Store`] and
/// [`Error::Ledger`].
pub fn init(world: &World, arguments: &[OsString]) -> Result<Homestead> {
    let journal = Journal::open(world, &read_machine(world)?)?;
    let made = install_shims(world);
    let outcome = if made.is_ok() {
        Outcome::Ok
    } else {
        Outcome::Failed
    };
    journal.verb("init", arguments, outcome)?;
    made
}

/// Installs the shims where there are none, and renews those that another build wrote.
///
/// # Errors
///
/// As [`init`].
pub(crate) fn install_shims(world: &World) -> Result<Homestead> {
    let home = home_of(world)?.format();
    // Each file is looked at: a killed install may have left some of them.
    let written = goseal_store::install_shims(&world.layout, &shim_file(world), &home)?;
    Ok(Homestead {
        shims: world.layout.shims(),
        written,
    })
}

/// What the `home` file of this program and user says.
///
/// # Errors
///
/// [`Error::Broken`] where the program or the shim cannot be read.
pub(crate) fn home_of(world: &World) -> Result<Home> {
    let layout = &world.layout;
    Ok(Home {
        build: build_of(world)?,
        program: world.program.clone(),
        store: layout.store().to_owned(),
        state: State::Own {
            uid: world.user.uid,
            state: layout.state().to_owned(),
            cache: layout.cache().to_owned(),
            config: layout.config().to_owned(),
        },
    })
}

/// The shim that belongs to this program.
pub(crate) fn shim_file(world: &World) -> PathBuf {
    world
        .program
        .parent()
        .unwrap_or_else(|| Path::new("/"))
        .join(SHIM)
}

/// Version, and the first 6 bytes of the digest over the shim: two builds of one version differ.
///
/// The shim and not the program: it is what writes records and reads plans, and it is small.
fn build_of(world: &World) -> Result<String> {
    let shim = shim_file(world);
    let bytes = goseal_store::read_bounded(&shim, SHIM_LIMIT)?;
    let bytes = bytes.ok_or_else(|| Error::broken(format!("{} is not there", shim.display())))?;
    let digest: String = Sha256::of(&bytes).to_string().chars().take(12).collect();
    let version = world.product.name.rsplit('/').next().unwrap_or_default();
    Ok(format!("{version}+{digest}"))
}
