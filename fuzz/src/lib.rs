//! What the fuzz targets share: how bytes are cut into arguments, bent answers, homes in memory.
//!
//! Owns: the reading of a fuzzer's input. Promises: every function is a pure function of the input
//! but [`store`], which owns a folder that goes with it. Does not do: judging; that is a target's.

pub mod bend;
pub mod pack;
pub mod store;

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;
use std::path::Path;

use goseal_core::decide::Known;
use goseal_core::digest::{H1, Sha256};
use goseal_core::evidence::Evidence;
use goseal_core::plan::{Chosen, ChosenBy};
use goseal_core::policy::Policy;
use goseal_core::project::Project;
use goseal_core::release::ReleaseId;

/// The arguments of a command line: one a line, of any bytes.
pub fn argv(data: &[u8]) -> Vec<OsString> {
    if data.is_empty() {
        return Vec::new();
    }
    data.split(|byte| *byte == b'\n')
        .map(|word| OsString::from_vec(word.to_vec()))
        .collect()
}

/// The input as text, where it is text.
pub fn text(data: &[u8]) -> Option<&str> {
    std::str::from_utf8(data).ok()
}

/// What a pinned go1.22.5 in a home of its own is decided from.
pub fn known<'a>(project: Option<&'a Project>, policy: Option<&'a Policy>) -> Known<'a> {
    Known {
        build: "0.1.0",
        inputs: Sha256::of(b"inputs"),
        release: ReleaseId::parse("go1.22.5.linux-amd64").expect("a release"),
        chosen: Chosen {
            by: ChosenBy::Pin,
            file: Some("/src/p/.go-version".into()),
            line: Some(1),
        },
        root: Path::new("/store/toolchains/go1.22.5.linux-amd64"),
        h1: H1::from_sha256(Sha256::of(b"h1")),
        evidence: &Evidence::ALL,
        unmet: &[],
        joined: true,
        position: None,
        identity: &[],
        deep: None,
        ledger: Path::new("/state/audit"),
        gocache: Path::new("/cache/gocache/x"),
        project,
        project_file: Some(Path::new("/src/p/goseal.toml")),
        policy,
        user: None,
        goenv: None,
        not_after: None,
    }
}
