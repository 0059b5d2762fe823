//! Releases of goseal itself that do not hold.

use super::*;

#[test]
fn releases_of_goseal() {
    let contradiction = |what: &str, left: (&'static str, &str), right: (&'static str, &str)| {
        Error::from(TrustError::Contradiction {
            what: what.to_owned(),
            left: (left.0, left.1.to_owned()),
            right: (right.0, right.1.to_owned()),
        })
    };
    let list = "the signed list";
    let errors = vec![
        contradiction(
            "version of goseal",
            ("the running program", "0.2.0"),
            (list, "0.1.9"),
        ),
        contradiction(
            "serial of goseal-releases.toml",
            ("its signature", "12"),
            ("the list", "13"),
        ),
        contradiction("size of goseal-0.2.0", (list, "7"), ("the file", "6")),
        contradiction(
            "platform of goseal-0.2.0",
            (list, "linux/amd64"),
            ("this machine", "it does not start here: Exec format error"),
        ),
        Error::from(FetchError::Index {
            address: "https://goseal.example/goseal-releases.toml".to_owned(),
            reason: "it has nothing for linux/amd64".to_owned(),
        }),
        Error::Broken(Breakage::Part(
            "/p/goseal is replaced, and its `goseal init` failed: the shims are the old ones"
                .to_owned(),
        )),
    ];
    insta::assert_snapshot!(all(errors), @"
    5| error: not to be trusted: the running program and the signed list disagree on the version of goseal
         the running program  0.2.0
         the signed list      0.1.9
       hint: find out who served it before anything else; nothing of it was kept or used
    5| error: not to be trusted: its signature and the list disagree on the serial of goseal-releases.toml
         its signature  12
         the list       13
       hint: find out who served it before anything else; nothing of it was kept or used
    5| error: not to be trusted: the signed list and the file disagree on the size of goseal-0.2.0
         the signed list  7
         the file         6
       hint: find out who served it before anything else; nothing of it was kept or used
    5| error: not to be trusted: the signed list and this machine disagree on the platform of goseal-0.2.0
         the signed list  linux/amd64
         this machine     it does not start here: Exec format error
       hint: find out who served it before anything else; nothing of it was kept or used
    4| error: https://goseal.example/goseal-releases.toml: it has nothing for linux/amd64
       hint: name another source with --from
    7| error: /p/goseal is replaced, and its `goseal init` failed: the shims are the old ones
       hint: install goseal again: program and shim are one build, in one folder
    ");
}
