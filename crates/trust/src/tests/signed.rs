//! Signatures of publishers, made by minisign itself and by hand.

use base64ct::{Base64, Encoding as _};
use blake2::{Blake2b512, Digest as _};
use ed25519_dalek::{Signer as _, SigningKey};

use crate::{
    Error, Freshness, MAX_SIGNATURE, MAX_SIGNED, PublisherKey, SignatureFault, Signed, SignedKind,
    Verified, verify_signed,
};

/// A key of minisign 0.11, and what it signed: an index `[]` and a line feed.
const REAL_KEY: &str = "RWQLLL5nvkRCe2Zq9KhEBpYWlooIceatlpdGCyq6Gjc8d0VWLmPKzyyF";
const REAL: &str = "untrusted comment: signature from minisign secret key
RUQLLL5nvkRCewUrAsuq+SIt0xms5LVFg0fVVyXqTKb0sS+efPe3lrq1bd5cujDP6IfB08C0G+bbfbAl5RkCNk2J+h//HCmyuAo=
trusted comment: timestamp:1795382084\tfile:index.json\thashed
ZZJLXh1YGuELot4HJ4XDT603/EUk+hUlvcYY8Qd+es/5miJV2Ay0jJJykXw/94HVUzOcb6FE1oiR+yT8aAV8Dw==
";
const REAL_WITH_SERIAL: &str = "untrusted comment: signature from minisign secret key
RUQLLL5nvkRCewUrAsuq+SIt0xms5LVFg0fVVyXqTKb0sS+efPe3lrq1bd5cujDP6IfB08C0G+bbfbAl5RkCNk2J+h//HCmyuAo=
trusted comment: timestamp:1700000000\tfile:index.json\tserial:7
9FLNLKDzoMh1tCBuOHN1Z6Dz/cfnSUIdoWG9QzwZlhCZZXanTaDNlKDbYt7j8qO9TtnwCsLpgauhdDGprW8pBQ==
";
const REAL_LEGACY: &str = "untrusted comment: signature from minisign secret key
RWQLLL5nvkRCe6vqKXbG1kwNNNINgHyTuOSKnKmumHJkSJVClaDoMj5JA2nMiZ47226rY/zKlzsmGskYlj8QDOyNfGOzpjT7hgM=
trusted comment: timestamp:1795382084\tfile:index.json
MWsJzYc6P6LfwoT4VdheE6XqL9QB4nw5tG+1n/0QESKWEAHtk0tI4peVLMIpmj5ppunMpR2Vlb9lQ3IK4C5mDQ==
";
const REAL_BYTES: &[u8] = b"[]\n";

/// A publisher with a key of one byte repeated, and an id of another.
pub(super) struct Publisher {
    key: SigningKey,
    id: [u8; 8],
}

impl Publisher {
    pub(super) fn new(seed: u8, id: u8) -> Self {
        Self {
            key: SigningKey::from_bytes(&[seed; 32]),
            id: [id; 8],
        }
    }

    pub(super) fn key(&self) -> PublisherKey {
        let mut bytes = b"Ed".to_vec();
        bytes.extend(self.id);
        bytes.extend(self.key.verifying_key().as_bytes());
        PublisherKey::parse(&Base64::encode_string(&bytes)).unwrap()
    }

    pub(super) fn sign(&self, bytes: &[u8], comment: &str) -> String {
        let signature = self.key.sign(&Blake2b512::digest(bytes)).to_bytes();
        let mut line = b"ED".to_vec();
        line.extend(self.id);
        line.extend(signature);
        let global = [&signature, comment.as_bytes()].concat();
        format!(
            "untrusted comment: any\n{}\ntrusted comment: {comment}\n{}\n",
            Base64::encode_string(&line),
            Base64::encode_string(&self.key.sign(&global).to_bytes())
        )
    }
}

/// The verdict on an index `index.json` with those bytes.
fn verdict(
    bytes: &[u8],
    signature: &str,
    keys: &[PublisherKey],
    freshness: Freshness,
) -> Result<Verified<Signed>, SignatureFault> {
    let found = verify_signed(
        SignedKind::Index,
        "index.json",
        bytes.to_vec(),
        signature,
        keys,
        &freshness,
    );
    found.map_err(|error| match error {
        Error::Signature { fault, .. } => fault,
        other => panic!("{other}"),
    })
}

fn of_comment(comment: &str) -> Result<Verified<Signed>, SignatureFault> {
    let publisher = Publisher::new(1, 1);
    let signature = publisher.sign(b"x", comment);
    verdict(b"x", &signature, &[publisher.key()], Freshness::default())
}

#[test]
fn what_minisign_itself_signed_is_believed() {
    let keys = [PublisherKey::parse(REAL_KEY).unwrap()];
    assert_eq!(keys[0].id(), "7B4244BE67BE2C0B");
    let found = verdict(REAL_BYTES, REAL, &keys, Freshness::default()).unwrap();
    let expected = Signed {
        kind: SignedKind::Index,
        file: "index.json".into(),
        serial: 1_795_382_084,
        signed_at: Some(1_795_382_084),
        key: "7B4244BE67BE2C0B".into(),
        bytes: REAL_BYTES.to_vec(),
    };
    assert_eq!(found.into_inner(), expected);
    let found = verdict(REAL_BYTES, REAL_WITH_SERIAL, &keys, Freshness::default()).unwrap();
    assert_eq!((found.serial, found.signed_at), (7, Some(1_700_000_000)));
}

#[test]
fn the_legacy_form_is_refused() {
    let keys = [PublisherKey::parse(REAL_KEY).unwrap()];
    let found = verdict(REAL_BYTES, REAL_LEGACY, &keys, Freshness::default());
    assert_eq!(found, Err(SignatureFault::Legacy));
}

#[test]
fn every_changed_byte_of_a_signature_is_noticed() {
    let keys = [PublisherKey::parse(REAL_KEY).unwrap()];
    let verdict = |bytes: &[u8], text: &str| verdict(bytes, text, &keys, Freshness::default());
    assert!(verdict(REAL_BYTES, REAL).is_ok());
    let forged = Err(SignatureFault::Forged("7B4244BE67BE2C0B".into()));
    assert_eq!(verdict(b"[ ]\n", REAL), forged);
    let untrusted = REAL.find('\n').unwrap();
    for at in untrusted + 1..REAL.len() - 1 {
        let mut changed = REAL.as_bytes().to_vec();
        changed[at] ^= 1;
        let changed = String::from_utf8(changed).unwrap();
        let found = verdict(REAL_BYTES, &changed);
        assert!(found.is_err(), "byte {at}: {changed}");
    }
    // The first line is what its name says.
    let other = format!("untrusted comment: other{}", &REAL[untrusted..]);
    assert!(verdict(REAL_BYTES, &other).is_ok());
}

#[test]
fn only_keys_that_are_named_count() {
    let [one, two] = [Publisher::new(1, 1), Publisher::new(2, 2)];
    let signature = two.sign(b"x", "timestamp:1 file:index.json");
    let verdict = |keys: &[PublisherKey]| verdict(b"x", &signature, keys, Freshness::default());
    assert!(verdict(&[one.key(), two.key()]).is_ok());
    for named in [vec![one.key()], Vec::new()] {
        let unknown = SignatureFault::UnknownKey {
            key: "0202020202020202".into(),
            named: named.iter().map(|key| key.id().to_owned()).collect(),
        };
        assert_eq!(verdict(&named), Err(unknown));
    }
    // A key with the id of another: it did not sign this.
    let double = Publisher::new(1, 2);
    let forged = SignatureFault::Forged("0202020202020202".into());
    assert_eq!(verdict(&[double.key()]), Err(forged));
    assert!(verdict(&[double.key(), two.key()]).is_ok());
}

#[test]
fn the_trusted_comment_names_the_file_and_a_serial() {
    let said = |comment: &str| of_comment(comment).map(|it| (it.serial, it.signed_at));
    for (comment, expected) in [
        ("timestamp:5\tfile:index.json\thashed", (5, Some(5))),
        ("timestamp:5 file:index.json serial:3", (3, Some(5))),
        ("serial:3 file:index.json", (3, None)),
        ("file:index.json  serial:0 note:a:b plain", (0, None)),
    ] {
        assert_eq!(said(comment), Ok(expected), "{comment}");
    }
    let word = SignatureFault::Word;
    let number = |word, value: &str| SignatureFault::Number(word, value.into());
    let other = |name: &str| SignatureFault::OtherFile(name.into());
    for (comment, fault) in [
        ("", word("file")),
        ("timestamp:5", word("file")),
        ("timestamp:5 file:other.json", other("other.json")),
        ("timestamp:5 file:dist/index.json", other("dist/index.json")),
        ("timestamp:5 file:INDEX.JSON", other("INDEX.JSON")),
        ("timestamp:5 file:", other("")),
        ("timestamp:5 file:index.json file:other.json", word("file")),
        ("timestamp:5 xfile:index.json", word("file")),
        ("file:index.json", word("serial")),
        ("file:index.json serial:1 serial:2", word("serial")),
        ("file:index.json timestamp:1 timestamp:1", word("timestamp")),
        ("file:index.json serial:-1", number("serial", "-1")),
        ("file:index.json serial:01", number("serial", "01")),
        ("file:index.json serial:+1", number("serial", "+1")),
        ("file:index.json serial:", number("serial", "")),
        ("file:index.json timestamp:1e9", number("timestamp", "1e9")),
        (
            "file:index.json serial:18446744073709551616",
            number("serial", "18446744073709551616"),
        ),
    ] {
        assert_eq!(said(comment), Err(fault), "{comment}");
    }
}

#[test]
fn a_serial_never_goes_back() {
    let publisher = Publisher::new(1, 1);
    let signature = publisher.sign(b"x", "timestamp:99 file:index.json serial:7");
    let verdict = |known_serial| {
        let freshness = Freshness {
            known_serial,
            not_before: None,
        };
        verdict(b"x", &signature, &[publisher.key()], freshness)
    };
    for known in [None, Some(0), Some(6), Some(7)] {
        assert!(verdict(known).is_ok(), "{known:?}");
    }
    let rollback = SignatureFault::Rollback { known: 8, found: 7 };
    assert_eq!(verdict(Some(8)), Err(rollback));
}

#[test]
fn what_was_signed_too_long_ago_is_a_freeze() {
    let publisher = Publisher::new(1, 1);
    let verdict = |comment: &str, not_before| {
        let freshness = Freshness {
            known_serial: None,
            not_before: Some(not_before),
        };
        let signature = publisher.sign(b"x", comment);
        verdict(b"x", &signature, &[publisher.key()], freshness)
    };
    let dated = "timestamp:50 file:index.json serial:7";
    assert!(verdict(dated, 50).is_ok());
    let frozen = |signed_at| SignatureFault::Frozen {
        signed_at,
        not_before: 51,
    };
    assert_eq!(verdict(dated, 51), Err(frozen(Some(50))));
    // A signature that does not say when it was made cannot be young enough.
    let undated = "file:index.json serial:7";
    assert_eq!(verdict(undated, 51), Err(frozen(None)));
}

#[test]
fn what_is_no_signature_or_too_long_is_refused() {
    let keys = [PublisherKey::parse(REAL_KEY).unwrap()];
    let fault = |text: &str| verdict(REAL_BYTES, text, &keys, Freshness::default()).unwrap_err();
    let three: String = REAL.split_inclusive('\n').take(3).collect();
    for text in [
        String::new(),
        "a\nb\nc\nd\n".to_owned(),
        three,
        format!("{REAL}\n"),
        format!("{REAL}more"),
        REAL.replace("trusted comment: t", "comment: t"),
        REAL.replace("RUQLLL", "RXQLLL"),
        REAL.replace("RUQLLL5nvkRCew", "RUQLLL5"),
    ] {
        let found = fault(&text);
        assert!(
            matches!(found, SignatureFault::Malformed(_)),
            "{text}: {found}"
        );
    }
    let long = fault(&"x".repeat(MAX_SIGNATURE + 1));
    assert!(matches!(long, SignatureFault::TooLong("signature", ..)));
    let long = verdict(&vec![0; MAX_SIGNED + 1], REAL, &keys, Freshness::default());
    assert!(matches!(long, Err(SignatureFault::TooLong("file", ..))));
}

#[test]
fn a_key_is_one_line_of_base64_and_nothing_else() {
    let hashed = REAL_KEY.replacen("RWQ", "RUQ", 1);
    for text in [
        "",
        "RWQ",
        REAL_KEY.trim_end_matches('F'),
        &format!("{REAL_KEY}\n"),
        &format!("untrusted comment: k\n{REAL_KEY}"),
        &hashed,
    ] {
        let found = PublisherKey::parse(text);
        let Err(Error::Signature {
            fault: SignatureFault::NotAKey(shown),
            ..
        }) = found
        else {
            panic!("{text}: {found:?}");
        };
        assert!(shown.len() <= 64);
    }
}

#[test]
fn every_fault_of_a_signature_is_distrust() {
    let error = Error::Signature {
        what: "signature of index index.json".into(),
        fault: SignatureFault::Legacy,
    };
    assert!(error.is_distrust());
    assert_eq!(
        error.to_string(),
        "signature of index index.json: it is of minisign's legacy form, not over the hash"
    );
}
