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
            why: Unfetched::Offline { from: None },
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
       hint: `goseal install 1.26.10 --platform aix/ppc64` fetches it
    5| error: not to be trusted: go1.26.10.aix-ppc64 differs from what was published
       hint: `goseal verify --repair 1.26.10 --platform aix/ppc64` puts back what was published
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
    insta::assert_snapshot!(all(faults), @r"
    4| error: a release is built on Linux and macOS only
       hint: rebuild it on one of them, with --platform for this one
    2| error: go1.20.14.linux-amd64 is older than 1.21: no two builds of it are the same
       hint: rebuild a release from 1.21 on
    4| error: neither the checksum database nor a lock vouches for go1.22.5.linux-amd64
       hint: `goseal uninstall 1.22.5`, then `goseal install 1.22.5` proves it
    5| error: not to be trusted: go1.22.5.linux-amd64: bin/go has other permissions than it was installed with
       hint: `goseal uninstall 1.22.5` removes it, so that it can be installed anew
    4| error: src/make.bash of go1.22.5.linux-amd64 names no release that compiles it
    6| error: no other release is installed that compiles go1.22.5.linux-amd64: it needs go1.20.6 or later
       hint: `goseal install 1.20.6` installs the oldest one; any later one will do
    2| error: go1.22.5.linux-amd64 needs go1.20.6 or later to be compiled, not go1.20.5
       hint: name another release from 1.20.6 on, or none
    2| error: go1.22.5.linux-amd64 is to be compiled by another release than itself
       hint: name another release from 1.20.6 on, or none
    4| error: cannot run bash, which builds a release
         caused by: No such file or directory (os error 2)
       hint: install bash
    4| error: the build of go1.22.5.linux-amd64 ended with exit status: 2
         # cmd/compile
         no space
    ");
}

#[test]
fn a_file_that_a_tree_lacks_is_explained() {
    let file = |name: &str, outside, instead: Option<&str>| RequestFault::NoFile {
        id: id(),
        name: name.to_owned(),
        outside,
        instead: instead.map(str::to_owned),
    };
    let faults = vec![
        file("misc/wasm/wasm_exec.js", true, None),
        file(
            "misc/wasm/wasm_exec.js",
            false,
            Some("lib/wasm/wasm_exec.js"),
        ),
        file("src/nothing.go", false, None),
    ];
    insta::assert_snapshot!(all(faults), @r"
    4| error: go1.22.5.linux-amd64 has no `misc/wasm/wasm_exec.js`: the module form leaves api, doc, misc and test out
       hint: `goseal uninstall 1.22.5`, then `goseal install --from FOLDER` with go1.22.5.linux-amd64.tar.gz in it unpacks them where goseal.lock has its sha256
    4| error: go1.22.5.linux-amd64 has no `misc/wasm/wasm_exec.js`
       hint: this release has it as lib/wasm/wasm_exec.js: `goseal which --file lib/wasm/wasm_exec.js`
    4| error: go1.22.5.linux-amd64 has no `src/nothing.go`
       hint: `goseal verify 1.22.5` says whether a file is missing
    ");
}
