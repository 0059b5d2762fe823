//! The module proxy: one module, `golang.org/toolchain`.
//!
//! Source: <https://go.dev/ref/mod#goproxy-protocol>.

use goseal_core::release::{ReleaseId, TOOLCHAIN_MODULE};

use super::{Published, State};
use crate::release::RELEASE_TIME_TEXT;
use crate::server::Answer;

/// The only thing that the `go.mod` of a toolchain says.
const GO_MOD: &str = "module golang.org/toolchain\n";

/// `path` is what follows the proxy's address.
pub(super) fn answer(state: &State, path: &str) -> Answer {
    let file = path
        .strip_prefix('/')
        .and_then(|path| path.strip_prefix(TOOLCHAIN_MODULE))
        .and_then(|path| path.strip_prefix("/@v/"));
    match file {
        Some("list") => Answer::text(list(&state.published)),
        Some(file) => version_file(state, file),
        None => Answer::status(404),
    }
}

fn list(published: &[Published]) -> String {
    let mut versions: Vec<_> = published
        .iter()
        .map(|known| format!("{}\n", known.release.id().module_version()))
        .collect();
    versions.sort();
    versions.concat()
}

fn version_file(state: &State, file: &str) -> Answer {
    let found = file.rsplit_once('.').and_then(|(version, kind)| {
        let id = ReleaseId::parse(version.strip_prefix("v0.0.1-")?)?;
        Some((state.find(&id)?, kind))
    });
    let Some((known, kind)) = found else {
        return Answer {
            status: 404,
            ..Answer::text(format!("not found: {TOOLCHAIN_MODULE}: {file}\n"))
        };
    };
    match kind {
        "info" => {
            let version = known.release.id().module_version();
            let text = format!("{{\"Version\":\"{version}\",\"Time\":\"{RELEASE_TIME_TEXT}\"}}");
            Answer::ok("application/json", text.into_bytes())
        }
        "mod" => Answer::text(GO_MOD),
        "zip" => Answer::ok("application/zip", known.zip.clone()),
        _ => Answer::status(404),
    }
}
