//! What the tests of the plan and of the decision start from.

use std::path::Path;

use super::{Chosen, ChosenBy};
use crate::decide::Known;
use crate::digest::{H1, Sha256};
use crate::evidence::Evidence;
use crate::release::ReleaseId;

/// A pinned 1.22.5 without any file beside the pin.
pub(crate) fn known() -> Known<'static> {
    Known {
        build: "0.1.0",
        inputs: Sha256::of(b"inputs"),
        release: ReleaseId::parse("go1.22.5.linux-amd64").unwrap(),
        chosen: Chosen {
            by: ChosenBy::Pin,
            file: Some("/src/p/.go-version".into()),
            line: Some(1),
        },
        root: Path::new("/store/toolchains/go1.22.5.linux-amd64"),
        h1: H1::from_sha256(Sha256::of(b"h1")),
        evidence: &[Evidence::Sumdb],
        unmet: &[],
        joined: true,
        position: None,
        identity: &[],
        deep: None,
        ledger: Path::new("/state/audit"),
        gocache: Path::new("/cache/gocache/x"),
        project: None,
        project_file: None,
        policy: None,
        user: None,
        goenv: None,
        not_after: None,
    }
}
