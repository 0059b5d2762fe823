//! The build itself: two copies, an empty environment, `make.bash -distpack`.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use goseal_core::archive::{Archive, ArchiveForm};
use goseal_core::digest::Sha256;
use goseal_core::manifest::Manifest;
use goseal_core::platform::Platform;
use goseal_core::progress::Progress;
use goseal_core::release::ReleaseId;
use goseal_store::{Installed, Stage};

use crate::error::{Error, RebuildFault, Result};

/// Where the tools of `make.bash` lie: `uname`, `sed`, `grep`, `rm`, `ld` and the like.
const PATH: &str = "/usr/bin:/bin";
/// How the scratch folder stands in the statement.
const SCRATCH: &str = "$SCRATCH";
/// Lines of a failed build that are shown.
const SHOWN: usize = 20;
/// Bytes of one line of the build that are kept.
const LINE: u64 = 4096;
/// Bytes of the archive that a build makes; the real ones have 80 MB.
const ARCHIVE_LIMIT: u64 = 1 << 30;

/// What is built, from what, by what.
pub(super) struct Job<'a> {
    pub(super) stage: &'a Stage<'a>,
    pub(super) installed: &'a Installed,
    pub(super) sources: &'a Manifest,
    pub(super) compiler: &'a Installed,
    pub(super) bootstrap: &'a Manifest,
    pub(super) host: Platform,
    pub(super) progress: &'a dyn Progress,
}

/// What a build made.
pub(super) struct Built {
    /// The module zip.
    pub(super) archive: Archive,
    /// The environment of the build, the scratch folder as `$SCRATCH`.
    pub(super) environment: Vec<(String, String)>,
}

/// Builds in a folder of the stage.
///
/// # Errors
///
/// [`RebuildFault::Failed`] with the last lines of a build that failed or made no archive;
/// [`RebuildFault::Shell`]; [`Error::Store`].
pub(super) fn build(job: &Job<'_>) -> Result<Built> {
    let scratch = job.stage.scratch("build")?;
    let (root, bootstrap) = (scratch.join("go"), scratch.join("bootstrap"));
    goseal_store::copy_out(job.installed, job.sources, &root, job.progress)?;
    goseal_store::copy_out(job.compiler, job.bootstrap, &bootstrap, job.progress)?;
    let environment = environment(&job.installed.id, job.host);
    for folder in ["home", "tmp"] {
        make_folder(&scratch.join(folder))?;
    }
    let mut command = Command::new("bash");
    command
        .args(["make.bash", "-distpack"])
        .current_dir(root.join("src"))
        .env_clear();
    for (name, value) in &environment {
        let value = match value.strip_prefix(SCRATCH) {
            Some(rest) => scratch.join(rest.trim_start_matches('/')).into_os_string(),
            None => value.into(),
        };
        command.env(name, value);
    }
    let id = job.installed.id;
    let last = run(command, &id, &scratch.join("log"), job.progress)?;
    let name = format!("{}.zip", id.module_version());
    let path = root.join("pkg/distpack").join(&name);
    let Some(bytes) = goseal_store::read_bounded(&path, ARCHIVE_LIMIT)? else {
        return Err(failed(&id, format!("no {name}"), last));
    };
    let archive = Archive {
        release: id,
        form: ArchiveForm::ModuleZip,
        file_name: name,
        sha256: Sha256::of(&bytes),
        size: bytes.len() as u64,
        served_by: path.display().to_string(),
        path,
    };
    Ok(Built {
        archive,
        environment,
    })
}

/// Everything that the build sees. Releases are built for 32-bit ARM Linux as GOARM=6; source:
/// `internal/releasetargets` of golang/build.
fn environment(id: &ReleaseId, host: Platform) -> Vec<(String, String)> {
    let inside = |name: &str| format!("{SCRATCH}/{name}");
    let mut variables = vec![
        ("PATH", PATH.to_owned()),
        ("HOME", inside("home")),
        ("TMPDIR", inside("tmp")),
        ("LC_ALL", "C".to_owned()),
        ("GOROOT_BOOTSTRAP", inside("bootstrap")),
        ("GOTOOLCHAIN", "local".to_owned()),
        ("GOENV", "off".to_owned()),
        ("GOPROXY", "off".to_owned()),
    ];
    let platform = id.platform;
    if platform != host {
        variables.push(("GOOS", platform.os().to_owned()));
        variables.push(("GOARCH", platform.arch().to_owned()));
    }
    if (platform.os(), platform.arch()) == ("linux", "arm") {
        variables.push(("GOARM", "6".to_owned()));
    }
    let own = |(name, value): (&str, String)| (name.to_owned(), value);
    variables.into_iter().map(own).collect()
}

/// Runs the build to its end; its output goes into `log`. The last lines.
fn run(
    mut command: Command,
    id: &ReleaseId,
    log: &Path,
    progress: &dyn Progress,
) -> Result<VecDeque<String>> {
    let shell = |error| Error::from(RebuildFault::Shell(error));
    let (reader, writer) = std::io::pipe().map_err(shell)?;
    let mut log = File::create(log).map_err(shell)?;
    command
        .stdin(std::process::Stdio::null())
        .stdout(writer.try_clone().map_err(shell)?)
        .stderr(writer);
    let mut child = command.spawn().map_err(shell)?;
    // Its ends of the pipe must go, or the reader never sees the end.
    drop(command);
    let mut last = VecDeque::with_capacity(SHOWN);
    let mut lines = Lines {
        reader: BufReader::new(reader),
        count: 0,
        progress,
    };
    while let Some(line) = lines.next() {
        // The log is for whoever looks into the scratch folder meanwhile: its loss stops nothing.
        let _ = writeln!(log, "{line}");
        if last.len() == SHOWN {
            last.pop_front();
        }
        last.push_back(line.escape_debug().to_string());
    }
    progress.end();
    let status = child.wait().map_err(shell)?;
    if status.success() {
        Ok(last)
    } else {
        Err(failed(id, status.to_string(), last))
    }
}

fn failed(id: &ReleaseId, status: String, last: VecDeque<String>) -> Error {
    RebuildFault::Failed {
        id: *id,
        status,
        last: last.into(),
    }
    .into()
}

/// The output of a build, line by line, as progress too.
struct Lines<'a, R> {
    reader: BufReader<R>,
    count: u64,
    progress: &'a dyn Progress,
}

impl<R: std::io::Read> Lines<'_, R> {
    /// The next line, or what [`LINE`] bytes hold of a longer one.
    fn next(&mut self) -> Option<String> {
        let mut bytes = Vec::new();
        let mut bounded = self.reader.by_ref().take(LINE);
        bounded.read_until(b'\n', &mut bytes).ok()?;
        if bytes.is_empty() {
            return None;
        }
        let line = String::from_utf8_lossy(&bytes).trim_end().to_owned();
        if let Some(step) = step_of(&line) {
            self.progress.begin(&step, None);
            self.count = 0;
        }
        self.count += 1;
        self.progress.at(self.count);
        Some(line)
    }
}

/// What a line of `make.bash` says is being built: `build toolchain1`, `build cmd/dist`.
fn step_of(line: &str) -> Option<String> {
    let rest = line.strip_prefix("Building ")?;
    let what = rest.split(" using ").next().unwrap_or(rest);
    let what = what.strip_prefix("Go ").unwrap_or(what);
    let shown: String = what
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || " /,_-".contains(*c))
        .take(60)
        .collect();
    Some(format!("build {shown}"))
}

fn make_folder(path: &PathBuf) -> Result<()> {
    std::fs::create_dir(path).map_err(|source| {
        Error::from(goseal_store::Error::Io {
            action: "make the folder",
            path: path.clone(),
            source,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_build_sees_its_own_variables_and_no_others() {
        let host = Platform::parse("linux/amd64").unwrap();
        let of = |id: &str| {
            let all = environment(&ReleaseId::parse(id).unwrap(), host);
            let pairs = all.iter().map(|(name, value)| format!("{name}={value}"));
            pairs.collect::<Vec<_>>().join("\n")
        };
        expect(&of("go1.22.5.linux-amd64"), &[]);
        expect(
            &of("go1.22.5.windows-arm64"),
            &["GOOS=windows", "GOARCH=arm64"],
        );
        expect(
            &of("go1.22.5.linux-arm"),
            &["GOOS=linux", "GOARCH=arm", "GOARM=6"],
        );
    }

    fn expect(found: &str, more: &[&str]) {
        let mut expected = vec![
            "PATH=/usr/bin:/bin",
            "HOME=$SCRATCH/home",
            "TMPDIR=$SCRATCH/tmp",
            "LC_ALL=C",
            "GOROOT_BOOTSTRAP=$SCRATCH/bootstrap",
            "GOTOOLCHAIN=local",
            "GOENV=off",
            "GOPROXY=off",
        ];
        expected.extend(more);
        assert_eq!(found, expected.join("\n"));
    }

    #[test]
    fn lines_of_the_build_are_steps() {
        for (line, step) in [
            (
                "Building Go cmd/dist using /x/bootstrap. (go1.26.10 linux/amd64)",
                "build cmd/dist",
            ),
            (
                "Building Go toolchain1 using /x/bootstrap.",
                "build toolchain1",
            ),
            (
                "Building Go bootstrap cmd/go (go_bootstrap) using Go toolchain1.",
                "build bootstrap cmd/go go_bootstrap",
            ),
            (
                "Building packages and commands for linux/amd64.",
                "build packages and commands for linux/amd64",
            ),
        ] {
            assert_eq!(step_of(line).as_deref(), Some(step));
        }
        assert_eq!(step_of("distpack: 0eb7 v0.0.1.zip"), None);
        assert_eq!(step_of("Building \u{1b}[2Jx").as_deref(), Some("build 2Jx"));
    }
}
