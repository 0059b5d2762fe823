//! Asking the program, which is the only one that reads TOML, hashes trees and begins chains.
//!
//! `<program> plan --shim --home <file> --digest <hex> --place <folder> --release <text> --tool
//! <go|gofmt>` decides and writes the plan of that digest. `<program> plan --chain --home <file>`
//! makes the keys and begins the chain of the running user. `<program> plan --tree <release> --home
//! <file> --place <folder> --tool <go|gofmt>` compares a tree with its seal. All get the offered environment as it
//! is (where the user's Go file lies follows from it), no stdin, and the shim's stderr. Exit 0
//! means done; 125 to 127 are the shim's own exit codes, already said on stderr and put on record;
//! anything else is a program that broke off, which the shim says and records. Where the plan cannot be written its text comes on stdout instead.

use std::ffi::OsStr;
use std::io;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};

use goseal_core::digest::Sha256;
use goseal_core::release::ReleaseId;
use goseal_core::tool::Tool;

use crate::refusal::Refusal;
use crate::site::Site;

/// What the program is asked about one run.
#[derive(Debug)]
pub(crate) struct Question<'a> {
    /// The digest that the plan must have.
    pub(crate) digest: Sha256,
    /// Where Go works.
    pub(crate) place: &'a Path,
    /// [`goseal_inputs::ReleaseSource::text`].
    pub(crate) release: &'a str,
    /// The tool.
    pub(crate) tool: Tool,
}

/// What came of it.
pub(crate) enum Answer {
    /// Done; the program's stdout.
    Done(Vec<u8>),
    /// The program refused, said why and recorded it: end with this code.
    Told(i32),
}

/// Asks for a plan.
///
/// # Errors
///
/// A [`Refusal`] where the program cannot be started or broke off.
pub(crate) fn plan(site: &Site, question: &Question<'_>) -> Result<Answer, Refusal> {
    let digest = question.digest.to_string();
    ask(
        site,
        &[
            "--shim".as_ref(),
            "--home".as_ref(),
            site.home_path.as_os_str(),
            "--digest".as_ref(),
            digest.as_ref(),
            "--place".as_ref(),
            question.place.as_os_str(),
            "--release".as_ref(),
            question.release.as_ref(),
            "--tool".as_ref(),
            question.tool.word().as_ref(),
        ],
    )
}

/// Asks to compare every byte of an installed tree with its seal.
///
/// # Errors
///
/// A [`Refusal`] where the program cannot be started or broke off.
pub(crate) fn tree(
    site: &Site,
    release: &ReleaseId,
    tool: Tool,
    place: &Path,
) -> Result<Answer, Refusal> {
    let release = release.to_string();
    ask(
        site,
        &[
            "--tree".as_ref(),
            release.as_ref(),
            "--home".as_ref(),
            site.home_path.as_os_str(),
            "--place".as_ref(),
            place.as_os_str(),
            "--tool".as_ref(),
            tool.word().as_ref(),
        ],
    )
}

/// Asks for keys and a chain.
///
/// # Errors
///
/// A [`Refusal`] where the program cannot be started or broke off.
pub(crate) fn chain(site: &Site) -> Result<Answer, Refusal> {
    let home = site.home_path.as_os_str();
    ask(site, &["--chain".as_ref(), "--home".as_ref(), home])
}

fn ask(site: &Site, words: &[&OsStr]) -> Result<Answer, Refusal> {
    let output = Command::new(&site.home.program)
        .arg("plan")
        .args(words)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .output();
    let output = output.map_err(|error| no_program(site, &error))?;
    Ok(match output.status.code() {
        Some(0) => Answer::Done(output.stdout),
        // The interface of a shim has no other codes for "did not run".
        Some(code @ 125..=127) => Answer::Told(code),
        _ => return Err(broke_off(site, output.status)),
    })
}

/// The program was killed or broke down: it may have said nothing, and recorded nothing.
fn broke_off(site: &Site, status: ExitStatus) -> Refusal {
    Refusal::new(
        "no-plan",
        format!("{} broke off: {status}", site.home.program.display()),
        "run it again",
    )
}

fn no_program(site: &Site, error: &io::Error) -> Refusal {
    Refusal::new(
        "no-program",
        format!("cannot run {}: {error}", site.home.program.display()),
        "install goseal again and run `goseal init`",
    )
}
