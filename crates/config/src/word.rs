//! The grammars of single values.

use std::path::Path;

use goseal_core::policy::{Apart, LogFailure, OutOfReach, Profile};
use goseal_core::project::{ModMode, PolicyDemand};

/// Letters, digits and the bytes of `more`, between 1 and `most` of them.
fn made_of(text: &str, more: &[u8], most: usize) -> bool {
    (1..=most).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || more.contains(&b))
}

pub(crate) fn profile(text: &str) -> Option<Profile> {
    [Profile::Standard, Profile::Strict]
        .into_iter()
        .find(|profile| profile.word() == text)
}

pub(crate) fn mod_mode(text: &str) -> Option<ModMode> {
    match text {
        "readonly" => Some(ModMode::Readonly),
        "vendor" => Some(ModMode::Vendor),
        _ => None,
    }
}

pub(crate) fn log_failure(text: &str) -> Option<LogFailure> {
    match text {
        "block" => Some(LogFailure::Block),
        "warn" => Some(LogFailure::Warn),
        _ => None,
    }
}

pub(crate) fn out_of_reach(text: &str) -> Option<OutOfReach> {
    match text {
        "refuse" => Some(OutOfReach::Refuse),
        "accept" => Some(OutOfReach::Accept),
        _ => None,
    }
}

pub(crate) fn apart(text: &str) -> Option<Apart> {
    match text {
        "allow" => Some(Apart::Allow),
        "refuse" => Some(Apart::Refuse),
        _ => None,
    }
}

/// A build tag: letters, digits, `_`, `.` (Go: `go/build/constraint`), ASCII only.
pub(crate) fn tag(text: &str) -> Option<String> {
    made_of(text, b"_.", 64).then(|| text.to_owned())
}

/// A value of GOOS, GOARCH or GOEXPERIMENT: lower-case letters and digits. Which names exist is
/// Go's to say, so that a new port needs no new goseal.
pub(crate) fn target(text: &str) -> Option<String> {
    (made_of(text, b"", 40) && !text.bytes().any(|b| b.is_ascii_uppercase()))
        .then(|| text.to_owned())
}

/// `off`, `auto`, or a path inside the project. It travels in GOFLAGS, so it holds neither spaces
/// nor quotes; a backslash or a colon could leave the project on Windows.
pub(crate) fn pgo(text: &str) -> Option<String> {
    let inside = Path::new(text).components().all(|part| {
        matches!(
            part,
            std::path::Component::Normal(_) | std::path::Component::CurDir
        )
    });
    (inside && made_of(text, b"_.-/+@=,", 256)).then(|| text.to_owned())
}

/// One linker flag of the four that name no program and no file: `-s`, `-w`, `-X name=value`,
/// `-buildid=id`.
///
/// Go splits the flags at spaces and reads quotes. A value with either could smuggle in a second
/// flag, such as `-extld`, so both are refused.
pub(crate) fn ldflag(text: &str) -> Option<String> {
    let plain = |value: &str| {
        value
            .bytes()
            .all(|b| b.is_ascii_graphic() && !b"'\"\\`".contains(&b))
    };
    let definition = |rest: &str| {
        rest.split_once('=').is_some_and(|(name, value)| {
            made_of(name, b"_./-~", 256) && !name.starts_with('-') && plain(value)
        })
    };
    let allowed = match text {
        "-s" | "-w" => true,
        _ => match (
            text.strip_prefix("-X ")
                .or_else(|| text.strip_prefix("-X=")),
            text.strip_prefix("-buildid="),
        ) {
            (Some(rest), _) => definition(rest),
            (None, Some(id)) => plain(id),
            (None, None) => false,
        },
    };
    (allowed && text.len() <= 1024).then(|| text.to_owned())
}

/// A policy's name: lower-case letters, digits and `-`.
pub(crate) fn policy_name(text: &str) -> Option<String> {
    (made_of(text, b"-", 64) && !text.bytes().any(|b| b.is_ascii_uppercase()))
        .then(|| text.to_owned())
}

/// `example >= 12`.
pub(crate) fn policy_demand(text: &str) -> Option<PolicyDemand> {
    let (name, serial) = text.split_once(">=")?;
    let serial = serial.trim_matches(' ');
    let digits = !serial.is_empty() && serial.bytes().all(|b| b.is_ascii_digit());
    Some(PolicyDemand {
        name: policy_name(name.trim_end_matches(' '))?,
        least_serial: digits.then(|| serial.parse().ok())??,
    })
}

/// A value of GOAUTH: printable, one line.
pub(crate) fn auth(text: &str) -> Option<String> {
    ((1..=1024).contains(&text.len()) && !text.chars().any(char::is_control))
        .then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn linker_flags_that_name_no_program_are_allowed_one_at_a_time() {
        for text in [
            "-s",
            "-w",
            "-X main.version=1.2.3",
            "-X=example.com/a-b/c.v=x=y",
            "-X main.v=",
            "-buildid=",
            "-buildid=abc/def",
        ] {
            assert_eq!(ldflag(text).as_deref(), Some(text));
        }
        for text in [
            "",
            "-s -w",
            "--s",
            "-s=false",
            "-extld=./evil",
            "-X main.v=1 -extld=./evil",
            "-X main.v='1'",
            "-X main.v=\"1\"",
            "-X main.v=a\\b",
            "-X main.v",
            "-X -extld=x",
            "-X =x",
            "-X main.v=1\n-extld=x",
            "-X\tmain.v=1",
            "-buildid=a -extld=x",
            "-buildid",
            "@flags",
            "-linkmode=external",
        ] {
            assert_eq!(ldflag(text), None, "{text}");
        }
    }

    #[test]
    fn a_profile_for_the_compiler_lies_in_the_project() {
        for text in ["off", "auto", "default.pgo", "build/cpu.pgo", "./cpu.pgo"] {
            assert_eq!(pgo(text).as_deref(), Some(text));
        }
        for text in [
            "",
            "/etc/x",
            "../x",
            "a/../../x",
            "C:x",
            "a\\b",
            "a b",
            "a'b",
            "a\nb",
        ] {
            assert_eq!(pgo(text), None, "{text}");
        }
    }

    #[test]
    fn a_demand_names_a_policy_and_its_least_serial() {
        for text in ["example >= 12", "example>=12"] {
            let expected = PolicyDemand {
                name: "example".into(),
                least_serial: 12,
            };
            assert_eq!(policy_demand(text), Some(expected));
        }
        for text in [
            "",
            "example",
            "example > 12",
            ">= 12",
            "example >= ",
            "example >= -1",
            "example >= +1",
            "Ex >= 1",
            "a b >= 1",
            "example >= 99999999999999999999",
        ] {
            assert_eq!(policy_demand(text), None, "{text}");
        }
    }

    #[test]
    fn tags_and_targets_are_single_words() {
        for text in ["netgo", "go1.21", "my_tag"] {
            assert!(tag(text).is_some(), "{text}");
        }
        for text in ["", "a,b", "a b", "!a", "-x", "ä"] {
            assert!(tag(text).is_none(), "{text}");
        }
        for text in ["linux", "wasip1", "386"] {
            assert!(target(text).is_some(), "{text}");
        }
        for text in ["", "Linux", "linux amd64", "linux/amd64"] {
            assert!(target(text).is_none(), "{text}");
        }
    }
}
