//! The words and hints of the wire: one for each kind of failure, because each has another mend.

use goseal_ops::{Absence, Answer, FetchError};

use super::{aligned, crates};

/// The fact; where several places were asked, they are the detail.
pub(super) fn fact(error: &FetchError) -> String {
    match error {
        FetchError::NotCarried { places } => match places.as_slice() {
            [] => "there is no source to ask".to_owned(),
            [one] if one.answer == Answer::Off => "GOPROXY is `off`: nobody was asked".to_owned(),
            _ => "not carried by any source".to_owned(),
        },
        other => other.to_string(),
    }
}

/// Every place that was asked, with its answer.
pub(super) fn detail(error: &FetchError) -> Vec<String> {
    let FetchError::NotCarried { places } = error else {
        return Vec::new();
    };
    if let [
        Absence {
            answer: Answer::Off,
            ..
        },
    ] = places.as_slice()
    {
        return Vec::new();
    }
    let answers: Vec<String> = places.iter().map(|one| one.answer.to_string()).collect();
    let pairs: Vec<(&str, &str)> = answers
        .iter()
        .zip(places)
        .map(|(answer, one)| (answer.as_str(), one.place.as_str()))
        .collect();
    aligned(&pairs)
}

/// The one act that helps.
pub(super) fn hint(error: &FetchError) -> Option<String> {
    let hint = match error {
        FetchError::Goproxy { .. } => {
            "give GOPROXY addresses, `direct` or `off`, with `,` or `|` between them"
        }
        FetchError::Address { .. } => "give an address such as https://proxy.example/path",
        FetchError::Setup { what, .. } => return Some(format!("correct {what}, or unset it")),
        FetchError::Connect { .. } => {
            "look at GOPROXY, which says whom to ask, and set HTTPS_PROXY where the network needs a proxy"
        }
        FetchError::Tls { .. } => {
            "set SSL_CERT_FILE to the certificates that this network's TLS is signed with"
        }
        FetchError::Interrupted { .. } | FetchError::TooSlow { .. } => "run the command again",
        FetchError::Status { status, .. } => return Some(hint_of_status(*status)),
        FetchError::NotCarried { places } => hint_of_absence(places),
        FetchError::Redirect { .. } => {
            "name the address that it leads to as the source, if you trust it"
        }
        FetchError::TooLong { .. }
        | FetchError::WrongSize { .. }
        | FetchError::Encoded { .. }
        | FetchError::Index { .. } => "name another source with --from",
        FetchError::Io { source, .. } => return crates::hint_of_io(source),
    };
    Some(hint.to_owned())
}

fn hint_of_status(status: u16) -> String {
    match status {
        401 | 407 => {
            "put user and password into .netrc, or into the address of the proxy".to_owned()
        }
        408 | 425 | 429 | 500.. => "run the command again later".to_owned(),
        _ => "name another source with --from".to_owned(),
    }
}

fn hint_of_absence(places: &[Absence]) -> &'static str {
    let asked = places
        .iter()
        .any(|one| !matches!(one.answer, Answer::Direct | Answer::Off));
    if !asked {
        return "set GOPROXY to a module proxy: `direct` and `off` carry no toolchains";
    }
    let forbidden = places.iter().any(|one| one.answer == Answer::Status(403));
    if forbidden {
        "ask whoever runs that proxy to allow golang.org/toolchain"
    } else {
        "`goseal list --remote` shows what there is"
    }
}
