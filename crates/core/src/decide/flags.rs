//! The words of GOFLAGS, from the project's choices.

use std::path::Path;

use super::{GOSEAL, Known, PROJECT};
use crate::plan::RunRefusal;
use crate::policy::Profile;
use crate::project::{ModMode, Project};
use crate::quoted;

/// The first release line that has each flag which a project may choose. Older ones stop with
/// `unknown flag` on every command when it stands in GOFLAGS.
const SINCE: [(&str, u16); 3] = [("-trimpath", 13), ("-buildvcs", 18), ("-pgo", 20)];

/// The first release line whose own default is `-mod=readonly`, or vendor where there is one.
const MOD_DEFAULT_SINCE: u16 = 16;

/// GOFLAGS is seen to read quotes from this line on; before, a blank may end a word.
const QUOTES_SINCE: u16 = 20;

/// The value of GOFLAGS and who chose it.
pub(super) struct Words {
    pub(super) text: String,
    pub(super) by: &'static str,
}

/// The words that the project chooses and that the strict profile adds.
///
/// Strict adds `-trimpath`. It adds no `-mod`: Go's own default is readonly, or vendor where
/// `vendor/modules.txt` is, and a forced readonly would ignore vendor in silence. Releases that
/// lack this default need the project's word.
pub(super) fn words(known: &Known<'_>, profile: Profile) -> Result<Words, RunRefusal> {
    let none = Project::default();
    let project = known.project.unwrap_or(&none);
    let minor = known.release.version.minor();
    let strict = profile == Profile::Strict;
    let mut words = chosen_words(known, project).map_err(unquotable)?;
    let by = if words.is_empty() { GOSEAL } else { PROJECT };
    if strict && project.trimpath.is_none() {
        words.push("-trimpath".into());
    }
    if strict && project.mod_mode.is_none() && minor < MOD_DEFAULT_SINCE {
        return Err(RunRefusal {
            code: "mod-unsaid",
            what: format!(
                "go{} edits go.mod unless told otherwise",
                known.release.version
            ),
            mend: "set `mod = \"readonly\"` or `mod = \"vendor\"` in goseal.toml".into(),
        });
    }
    for word in &words {
        check_word(known, word, minor)?;
    }
    let text = quoted::join(&words).map_err(unquotable)?;
    Ok(Words { text, by })
}

fn chosen_words(known: &Known<'_>, project: &Project) -> Result<Vec<String>, quoted::QuoteFault> {
    let mut words = Vec::new();
    let mut flag = |name: &str, value: Option<&str>| {
        words.extend(value.map(|value| format!("-{name}={value}")));
    };
    let switch = |on: bool| if on { "true" } else { "false" };
    flag(
        "mod",
        project.mod_mode.map(|mode| match mode {
            ModMode::Readonly => "readonly",
            ModMode::Vendor => "vendor",
        }),
    );
    flag("trimpath", project.trimpath.map(switch));
    flag("buildvcs", project.buildvcs.map(switch));
    flag(
        "tags",
        Some(project.tags.join(",").as_str()).filter(|tags| !tags.is_empty()),
    );
    flag("race", project.race.map(switch));
    flag(
        "pgo",
        project
            .pgo
            .as_deref()
            .map(|pgo| profile_path(known, pgo))
            .as_deref(),
    );
    let arguments: Vec<&str> = project
        .ldflags
        .iter()
        .flat_map(|flag| linker_words(flag))
        .collect();
    let ldflags = quoted::join(&arguments)?;
    flag(
        "ldflags",
        Some(ldflags.as_str()).filter(|ldflags| !ldflags.is_empty()),
    );
    Ok(words)
}

/// A profile named by a path. Go takes a relative one from the working directory, which may be any
/// folder of the project, so it is made absolute by the folder of `goseal.toml`.
fn profile_path(known: &Known<'_>, pgo: &str) -> String {
    let folder = known.project_file.and_then(Path::parent);
    match folder {
        Some(folder) if !["off", "auto"].contains(&pgo) => {
            folder.join(pgo).to_string_lossy().into_owned()
        }
        _ => pgo.to_owned(),
    }
}

/// `-X name=value` is two words for the linker, whatever blanks stand in the value.
fn linker_words(flag: &str) -> impl Iterator<Item = &str> {
    let (first, second) = match flag.strip_prefix("-X ") {
        Some(definition) => ("-X", Some(definition.trim_start())),
        None => (flag, None),
    };
    std::iter::once(first).chain(second)
}

fn check_word(known: &Known<'_>, word: &str, minor: u16) -> Result<(), RunRefusal> {
    let name = word.split('=').next().unwrap_or(word);
    let unknown = SINCE
        .iter()
        .any(|(flag, since)| *flag == name && minor < *since);
    let unquoted = minor < QUOTES_SINCE && word.contains(char::is_whitespace);
    if !unknown && !unquoted {
        return Ok(());
    }
    let why = if unknown {
        "has no such flag"
    } else {
        "cannot read a blank in GOFLAGS"
    };
    Err(RunRefusal {
        code: "choice-unknown",
        what: format!(
            "goseal.toml chooses `{word}`, and go{} {why}",
            known.release.version
        ),
        mend: format!("remove `{}` from goseal.toml", name.trim_start_matches('-')),
    })
}

#[expect(clippy::needless_pass_by_value, reason = "it is handed to map_err")]
fn unquotable(fault: quoted::QuoteFault) -> RunRefusal {
    RunRefusal {
        code: "choice-unquotable",
        what: format!("goseal.toml chooses what GOFLAGS cannot hold: {fault}"),
        mend: "use one kind of quotes in `ldflags` of goseal.toml".into(),
    }
}
