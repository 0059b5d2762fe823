//! What `verify` refuses.

use super::*;

#[test]
fn a_folder_that_is_no_tree_and_a_proof_that_is_none() {
    let tree = Error::Request(RequestFault::Tree {
        path: "/opt/go".into(),
        reason: "is no folder".to_owned(),
    });
    let proof = Error::from(TrustError::Proof("no record"));
    insta::assert_snapshot!(shown(&tree.into()) + &shown(&proof.into()), @r"
    2| error: /opt/go is no folder
       hint: give the folder that is GOROOT; `--platform` names what its VERSION does not
    5| error: not to be trusted: stored proof: no record
       hint: where it is an installed tree's, `goseal verify --repair` proves that anew
    ");
}
