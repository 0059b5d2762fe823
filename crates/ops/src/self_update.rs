//! This program replaced by a newer release of itself, signed by a publisher.
//!
//! A list beside the files says what there is for each platform; its signature must be by a key that
//! policy.toml or config.toml names. Nothing is compiled in yet: without a named key nothing counts.
//! The order is: list and signature, verdict, both files, verdict, beside the old ones, one run of
//! the new program where it lies, both renames, and the new program renews shims and doors.

use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, Stdio};

use goseal_core::platform::Platform;
use goseal_core::product::{
    PRODUCT_INDEX, ProductFile, ProductIndex, ProductRelease, ProductVersion,
};
use goseal_fetch::proxy::Place;
use goseal_fetch::{Client, Error as FetchError};
use goseal_ledger::record::Outcome;
use goseal_store::ProductFiles;
use goseal_trust::{
    Error as TrustError, MAX_SIGNATURE, SignedKind, Verified, judge_product, judge_product_file,
};

use crate::error::{Error, Result};
use crate::init::shim_file;
use crate::journal::Journal;
use crate::signed;
use crate::situation::{Written, read_machine};
use crate::sources::{client, place_named};
use crate::world::World;

/// Bytes of the list; one release has about 600 a platform.
const LIST_LIMIT: u64 = 1 << 20;
/// Bytes of a program or a shim, whatever the list says; ours have 20 million at most.
const FILE_LIMIT: u64 = 512 << 20;
/// What a signature's file is called: the name of what it signs, and this.
const SIGNATURE: &str = ".minisig";

/// What an update came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Updated {
    /// The version that ran.
    pub before: ProductVersion,
    /// The version that is there now.
    pub now: ProductVersion,
    /// Whether anything was replaced; false where these files were there already.
    pub replaced: bool,
    /// The key that signed the list.
    pub key: String,
    /// The serial of the list.
    pub serial: u64,
    /// What served the list, without user information.
    pub served_by: String,
}

/// Replaces the program and its shim by what `from` offers, and renews shims and doors. On record.
///
/// # Errors
///
/// [`Error::Trust`] for whatever does not verify: nothing is changed then. [`Error::Fetch`] for what
/// cannot be had and for a list without this platform, [`Error::Request`] for a `from` that is no place,
/// [`Error::Store`] where the program cannot be replaced, [`Error::Broken`] where the new one is
/// there and could not renew the shims.
pub fn self_update(world: &World, from: &str, arguments: &[OsString]) -> Result<Updated> {
    let written = read_machine(world)?;
    let journal = Journal::open(world, &written)?;
    let updated = update(world, &written, from);
    let outcome = match &updated {
        Ok(_) => Outcome::Ok,
        Err(error) if error.is_distrust() => Outcome::Refused,
        Err(_) => Outcome::Failed,
    };
    journal.verb("self update", arguments, outcome)?;
    updated
}

fn update(world: &World, written: &Written, from: &str) -> Result<Updated> {
    let source = Source {
        client: client(world)?,
        place: place_named(from)?,
    };
    let before = running(world)?;
    let platform = Platform::of_this_build().ok_or_else(Error::no_platform)?;
    let list = source
        .client
        .file(&source.place, PRODUCT_INDEX, LIST_LIMIT)?;
    let signature = source.signature()?;
    let signed = signed::verify(
        world,
        written,
        SignedKind::Product,
        PRODUCT_INDEX,
        list.bytes.untrusted().clone(),
        &signature,
    )?;
    let index = parse(&signed.bytes, &list.served_by)?;
    let release = judge_product(&signed, index, platform, before)?
        .ok_or_else(|| no_list(&list.served_by, format!("it has nothing for {platform}")))?;
    let replaced = !is_there(world, &release)?;
    if replaced {
        replace(world, &source, &release, platform)?;
        renew(world)?;
    }
    Ok(Updated {
        before,
        now: release.version,
        replaced,
        key: signed.key.clone(),
        serial: signed.serial,
        served_by: list.served_by,
    })
}

/// Where the list and its files lie.
struct Source {
    client: Client,
    place: Place,
}

impl Source {
    fn signature(&self) -> Result<String> {
        let name = format!("{PRODUCT_INDEX}{SIGNATURE}");
        let limit = u64::try_from(MAX_SIGNATURE).unwrap_or(u64::MAX);
        let served = self.client.file(&self.place, &name, limit)?;
        // Bytes that are no text are no signature: the verdict says so.
        Ok(String::from_utf8_lossy(served.bytes.untrusted()).into_owned())
    }

    fn file(&self, listed: &ProductFile) -> Result<Verified<Vec<u8>>> {
        let limit = listed.size.min(FILE_LIMIT);
        let served = self.client.file(&self.place, &listed.file, limit)?;
        Ok(judge_product_file(listed, &served.bytes)?)
    }
}

/// The version of the running program.
fn running(world: &World) -> Result<ProductVersion> {
    let version = world.product.name.rsplit('/').next().unwrap_or_default();
    ProductVersion::parse(version)
        .ok_or_else(|| Error::part(format!("`{version}` is no version of three numbers")))
}

/// What was signed and is in no form is the publisher's mistake, as an index of another form is.
fn parse(bytes: &[u8], served_by: &str) -> Result<ProductIndex> {
    goseal_config::parse_releases(bytes, Path::new(PRODUCT_INDEX))
        .map_err(|error| no_list(served_by, error.to_string()))
}

fn no_list(served_by: &str, reason: String) -> Error {
    Error::from(FetchError::Index {
        address: served_by.to_owned(),
        reason,
    })
}

/// Whether both files are these already.
fn is_there(world: &World, release: &ProductRelease) -> Result<bool> {
    let is = |path: &Path, listed: &ProductFile| -> Result<bool> {
        let found = goseal_store::digest_of_file(path)?;
        Ok(found == Some((listed.sha256, listed.size)))
    };
    Ok(is(&world.program, &release.program)? && is(&shim_file(world), &release.shim)?)
}

fn replace(
    world: &World,
    source: &Source,
    release: &ProductRelease,
    platform: Platform,
) -> Result<()> {
    let program = source.file(&release.program)?;
    let shim = source.file(&release.shim)?;
    let shim_path = shim_file(world);
    let staged = goseal_store::stage_product(files(world, &shim_path)?, &program, &shim)?;
    check_it_starts(&staged.program(), &release.program, platform)?;
    Ok(staged.commit()?)
}

fn files<'a>(world: &'a World, shim: &'a Path) -> Result<ProductFiles<'a>> {
    let name = |path: &'a Path| path.file_name().and_then(|name| name.to_str());
    match (world.program.parent(), name(&world.program), name(shim)) {
        (Some(folder), Some(program), Some(shim)) => Ok(ProductFiles {
            folder,
            program,
            shim,
        }),
        _ => Err(Error::part(format!(
            "{} has no name that can be replaced",
            world.program.display()
        ))),
    }
}

/// The new program must start here before it takes the old one's place: a list that names the
/// program of another platform would leave a machine without any.
fn check_it_starts(program: &Path, listed: &ProductFile, platform: Platform) -> Result<()> {
    let run = Command::new(program)
        .arg("--version")
        .env_clear()
        .stdin(Stdio::null())
        .output();
    let said = match run {
        Ok(output) if output.status.success() && output.stdout.starts_with(b"goseal ") => {
            return Ok(());
        }
        Ok(output) => format!("it ends with {} here", output.status),
        Err(error) => format!("it does not start here: {error}"),
    };
    Err(Error::from(TrustError::Contradiction {
        what: format!("platform of {}", listed.file),
        left: ("the signed list", platform.to_string()),
        right: ("this machine", said),
    }))
}

/// The new program makes its own shims and doors: it alone knows their form.
fn renew(world: &World) -> Result<()> {
    let run = Command::new(&world.program)
        .args(["init", "--no-profile", "--format", "json"])
        .env_clear()
        .envs(
            world
                .environment
                .all()
                .iter()
                .map(|(name, value)| (name, value)),
        )
        .current_dir(&world.cwd)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    if run.is_ok_and(|status| status.success()) {
        return Ok(());
    }
    Err(Error::part(format!(
        "{} is replaced, and its `goseal init` failed: the shims are the old ones",
        world.program.display()
    )))
}
