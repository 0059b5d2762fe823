//! Signatures of publishers that do not count.

use goseal_trust::{Error as TrustError, SignatureFault};

use super::*;

#[test]
#[expect(clippy::too_many_lines, reason = "one table, a fault a line or two")]
fn signatures_of_publishers() {
    let faults = vec![
        SignatureFault::Missing,
        SignatureFault::TooLong("signature", 20_000, 10_240),
        SignatureFault::Malformed("it does not have four lines"),
        SignatureFault::Legacy,
        SignatureFault::UnknownKey {
            key: "7B4244BE67BE2C0B".into(),
            named: vec!["E7620F1842B4E81F".into(), "0000000000000001".into()],
        },
        SignatureFault::UnknownKey {
            key: "7B4244BE67BE2C0B".into(),
            named: Vec::new(),
        },
        SignatureFault::Forged("7B4244BE67BE2C0B".into()),
        SignatureFault::Word("file"),
        SignatureFault::Number("serial", "x\u{1b}".into()),
        SignatureFault::OtherFile("other.json".into()),
        SignatureFault::Rollback { known: 8, found: 7 },
        SignatureFault::Frozen {
            signed_at: Some(1_700_000_000),
            not_before: 1_795_000_000,
        },
        SignatureFault::Frozen {
            signed_at: None,
            not_before: 1_795_000_000,
        },
    ];
    let signature = |fault| TrustError::Signature {
        what: "signature of index index.json".into(),
        fault,
    };
    let key = TrustError::Signature {
        what: "minisign key".into(),
        fault: SignatureFault::NotAKey("RWQ".into()),
    };
    let errors = faults.into_iter().map(signature).chain([key]);
    insta::assert_snapshot!(all(errors.collect::<Vec<_>>()), @r#"
    5| error: not to be trusted: signature of index index.json: it must be there, and is not
       hint: put back what was there: who signs it has it, with its signature
    5| error: not to be trusted: signature of index index.json: the signature has 20000 bytes, at most 10240 are read
       hint: find out who served it before anything else; nothing of it was kept or used
    5| error: not to be trusted: signature of index index.json: it is no minisign signature: it does not have four lines
       hint: find out who served it before anything else; nothing of it was kept or used
    5| error: not to be trusted: signature of index index.json: it is of minisign's legacy form, not over the hash
       hint: ask who publishes it to sign it as docs/evidence.md has it
    5| error: not to be trusted: signature of index index.json: it is by key 7B4244BE67BE2C0B, which is not named; named: E7620F1842B4E81F, 0000000000000001
       hint: compare it with the publisher's own: `minisign` in policy.toml or config.toml names keys
    5| error: not to be trusted: signature of index index.json: it is by key 7B4244BE67BE2C0B, and no key is named
       hint: compare it with the publisher's own: `minisign` in policy.toml or config.toml names keys
    5| error: not to be trusted: signature of index index.json: it does not verify under key 7B4244BE67BE2C0B
       hint: find out who served it before anything else; nothing of it was kept or used
    5| error: not to be trusted: signature of index index.json: its trusted comment does not have `file:` once
       hint: ask who publishes it to sign it as docs/evidence.md has it
    5| error: not to be trusted: signature of index index.json: `serial:` in its trusted comment holds `x\u{1b}`, no number
       hint: ask who publishes it to sign it as docs/evidence.md has it
    5| error: not to be trusted: signature of index index.json: it is for a file `other.json`
       hint: find out who served it before anything else; nothing of it was kept or used
    5| error: not to be trusted: signature of index index.json: it went back: serial 8 was seen, 7 found
       hint: find out who served it before anything else; nothing of it was kept or used
    5| error: not to be trusted: signature of index index.json: it was signed at 1700000000, expected 1795000000 or later
       hint: find out why nothing newer was served: policy.toml bounds the age with `max_age_days`
    5| error: not to be trusted: signature of index index.json: it does not say when it was signed, expected 1795000000 or later
       hint: find out why nothing newer was served: policy.toml bounds the age with `max_age_days`
    5| error: not to be trusted: minisign key: `RWQ` is no minisign public key
       hint: copy the second line of the publisher's `.pub` file
    "#);
}

#[test]
fn evidence_that_policy_does_not_take() {
    let guard = InputsError::Guard {
        path: "/etc/goseal/policy.toml".into(),
        owner: 1001,
    };
    let apart = TrustError::Apart {
        id: id(),
        size: 71_909_756,
    };
    let errors = vec![Error::from(guard), Error::from(apart)];
    insta::assert_snapshot!(all(errors), @r#"
    7| error: /etc/goseal/policy.toml belongs to user 1001, and others may change it
       hint: `sudo chown root /etc/goseal/policy.toml && sudo chmod go-w /etc/goseal/policy.toml`, once what lies there is known to be right
    4| error: go1.22.5.linux-amd64: its proof is under a head of 71909756 records that is not joined to the known history
       hint: install from a source that joins it: a module proxy, or a newer mirror
    "#);
}
