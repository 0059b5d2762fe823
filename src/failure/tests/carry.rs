//! What goes wrong with mirrors, bundles and sources that were named.

use goseal_ops::{Absence, Answer, Error, FetchError, RequestFault};
use goseal_store::Error as StoreError;
use goseal_trust::{Error as TrustError, SignatureFault};

use super::all;

#[test]
fn sources_that_are_none() {
    let source = |text: &str, by, reason: &str| {
        Error::from(RequestFault::Source {
            text: text.to_owned(),
            by,
            reason: reason.to_owned(),
        })
    };
    let absence = Absence {
        place: "/usr/local/go".into(),
        answer: Answer::OtherRelease,
    };
    let places = vec![absence];
    insta::assert_snapshot!(all(vec![
        source("tree:/nowhere", "--from", "is no folder"),
        source("bundle:/nowhere", "config.toml", "is no file"),
        source("policy.toml", "--policy", "is no file"),
        source("nowhere", "mirror check", "is neither a folder nor an address"),
        FetchError::NotCarried { places }.into(),
    ]), @r"
    2| error: --from: `tree:/nowhere` is no folder
       hint: give a module proxy's address, a mirror, a bundle, a folder of archives or a Go tree
    3| error: config.toml: `bundle:/nowhere` is no file
       hint: give a module proxy's address, a mirror, a bundle, a folder of archives or a Go tree
    2| error: --policy: `policy.toml` is no file
       hint: give the file of a policy
    2| error: mirror check: `nowhere` is neither a folder nor an address
       hint: give a module proxy's address, a mirror, a bundle, a folder of archives or a Go tree
    4| error: not carried by any source
         holds another release  /usr/local/go
       hint: `goseal list --remote` shows what there is
    ");
}

#[test]
fn bundles_that_are_not_what_they_say() {
    let archive = |entry: Option<&str>, fault| StoreError::Archive {
        path: "/srv/go.bundle".into(),
        entry: entry.map(str::to_owned),
        fault,
    };
    insta::assert_snapshot!(all(vec![
        archive(None, "no bundle.toml in the first place"),
        archive(Some("goseal.lock"), "another digest than its list says"),
        archive(Some("x"), "another place than in its list"),
    ]), @r"
    5| error: not to be trusted: /srv/go.bundle has no bundle.toml in the first place
       hint: find out who served it before anything else; nothing of it was kept or used
    5| error: not to be trusted: /srv/go.bundle: entry `goseal.lock` has another digest than its list says
       hint: find out who served it before anything else; nothing of it was kept or used
    5| error: not to be trusted: /srv/go.bundle: entry `x` has another place than in its list
       hint: find out who served it before anything else; nothing of it was kept or used
    ");
    let signature = |what: &str, fault| TrustError::Signature {
        what: what.to_owned(),
        fault,
    };
    let missing = SignatureFault::Malformed("it is not there");
    let old = SignatureFault::Frozen {
        signed_at: Some(1_700_000_000),
        not_before: 1_800_000_000,
    };
    insta::assert_snapshot!(all(vec![
        signature("signature of bundle bundle.toml", missing),
        signature("bundle.toml, by its own serial", old),
    ]), @r"
    5| error: not to be trusted: signature of bundle bundle.toml: it is no minisign signature: it is not there
       hint: find out who served it before anything else; nothing of it was kept or used
    5| error: not to be trusted: bundle.toml, by its own serial: it was signed at 1700000000, expected 1800000000 or later
       hint: find out why nothing newer was served: policy.toml bounds the age with `max_age_days`
    ");
}
