//! What is said of releases for other platforms.

use goseal_ops::RebuildFault;

use super::*;

#[test]
fn a_release_for_another_platform_is_named_with_it() {
    // No build of goseal runs on it.
    let id = ReleaseId::parse("go1.26.10.aix-ppc64").unwrap();
    let errors = vec![
        Error::not_installed(id),
        Error::NotInstalled {
            why: Unfetched::Offline,
            id,
        },
        Error::Differs {
            id,
            differences: Vec::new(),
        },
        StoreError::Seal {
            path: format!("/s/seals/{id}/proof").into(),
            fault: "another digest than the seal says",
        }
        .into(),
    ];
    insta::assert_snapshot!(all(errors), @r"
    6| error: go1.26.10.aix-ppc64 is not installed
       hint: `goseal install 1.26.10 --platform aix/ppc64` installs it
    6| error: go1.26.10.aix-ppc64 is not installed, and --offline forbids to fetch it
       hint: `goseal install 1.26.10 --platform aix/ppc64` without --offline fetches it
    5| error: not to be trusted: go1.26.10.aix-ppc64 differs from what was published
       hint: `goseal uninstall 1.26.10 --platform aix/ppc64` removes it, so that it can be installed anew
    5| error: not to be trusted: /s/seals/go1.26.10.aix-ppc64/proof has another digest than the seal says
       hint: `goseal uninstall 1.26.10 --platform aix/ppc64` removes it, so that it can be installed anew
    ");
}

#[test]
fn a_release_that_cannot_be_rebuilt_says_why_and_what_helps() {
    let id = id();
    let least = version("1.20.6");
    let faults = vec![
        RebuildFault::Host,
        RebuildFault::NotReproducible(ReleaseId {
            version: version("1.20.14"),
            ..id
        }),
        RebuildFault::Unproved(id),
        RebuildFault::Drifted {
            id,
            fault: "bin/go has other permissions than it was installed with".to_owned(),
        },
        RebuildFault::NoRule(id),
        RebuildFault::NoBootstrap { id, least },
        RebuildFault::Bootstrap {
            id,
            named: version("1.20.5"),
            least,
        },
        RebuildFault::Bootstrap {
            id,
            named: id.version,
            least,
        },
        RebuildFault::Shell(system(2)),
        RebuildFault::Failed {
            id,
            status: "exit status: 2".to_owned(),
            last: vec!["# cmd/compile".to_owned(), "no space".to_owned()],
        },
    ];
    insta::assert_snapshot!(all(faults), @"");
}
