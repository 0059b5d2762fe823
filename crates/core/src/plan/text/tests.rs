//! The plan's text: one text for a plan, one plan for a text.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;
use std::path::PathBuf;

use proptest::prelude::*;

use super::*;
use crate::digest::{H1, Sha256};
use crate::evidence::Evidence;
use crate::manifest::EntryName;
use crate::plan::{Chosen, ChosenBy, Stamp};
use crate::policy::Profile;
use crate::project::ModulePattern;
use crate::release::ReleaseId;

fn release() -> ReleaseId {
    ReleaseId::parse("go1.22.5.linux-amd64").unwrap()
}

fn small() -> Plan {
    Plan {
        build: "0.1.0+abc".into(),
        inputs: Sha256::of(b"inputs"),
        release: release(),
        chosen: Chosen {
            by: ChosenBy::Pin,
            file: Some("/p/.go-version".into()),
            line: Some(1),
        },
        root: "/s/toolchains/go1.22.5.linux-amd64".into(),
        h1: H1::from_sha256(Sha256::of(b"h1")),
        evidence: vec![Evidence::Lock, Evidence::Sumdb],
        unmet: Vec::new(),
        position: Some(SumdbPosition {
            record: 7,
            tree_size: 9,
            tree_root: Sha256::of(b"root"),
        }),
        profile: Profile::Strict,
        log_failure: LogFailure::Block,
        ledger: "/h/audit".into(),
        gocache: "/c/go cache%".into(),
        identity: vec![Identity {
            name: EntryName::parse("bin/go").unwrap(),
            path: "/s/toolchains/go1.22.5.linux-amd64/pkg/goseal/go".into(),
            stamp: Stamp {
                size: 1,
                mtime_ns: -2,
                ctime_ns: 3,
                inode: 4,
                device: 5,
            },
            sha256: Sha256::of(b"go"),
        }],
        deep: Some(12),
        forced: vec![Forced {
            name: "GOFLAGS".into(),
            value: String::new(),
            by: "goseal".into(),
            reason: "flags leak in through it".into(),
        }],
        carried: vec![("GOPRIVATE".into(), "corp.example/*".into())],
        private: vec![ModulePattern::parse("corp.example").unwrap()],
        not_after: Some(-1),
    }
}

#[test]
fn the_text_of_a_plan() {
    insta::assert_snapshot!(small().format(), @r"
    goseal.plan 1
    build 0.1.0+abc
    inputs 32381523e63197c929b67f793a8098bed0ae3a6fa902634fdbcc6fa4567f3346
    release go1.22.5.linux-amd64
    chosen pin
    chosen-file /p/.go-version
    chosen-line 1
    root /s/toolchains/go1.22.5.linux-amd64
    h1 h1:MxEu4U7kacPrUv6QMi7IHdQEoAk9Vlptcc53y8gSTjs=
    evidence lock
    evidence sumdb
    position 7 9 4813494d137e1631bba301d5acab6e7bb7aa74ce1185d456565ef51d737677b2
    profile strict
    log-failure block
    ledger /h/audit
    gocache /c/go%20cache%25
    identity bin/go /s/toolchains/go1.22.5.linux-amd64/pkg/goseal/go 1 -2 3 4 5 4cd0e21a9a0795a14ec9aa5f0e7d1abff0492565770e43eafdf1e3e8afed1f33
    deep 12
    forced GOFLAGS  goseal flags%20leak%20in%20through%20it
    carried GOPRIVATE corp.example/*
    private corp.example
    not-after -1
    end
    ");
}

#[test]
fn refuses_every_text_with_one_byte_more_less_or_other() {
    let good = small().format().into_bytes();
    assert_eq!(Plan::parse(&good), Ok(small()));
    for at in 0..good.len() {
        let mut shorter = good.clone();
        shorter.remove(at);
        let mut longer = good.clone();
        longer.insert(at, b' ');
        for text in [shorter, longer] {
            // What is left may be another plan, but never this plan by another text.
            if let Ok(plan) = Plan::parse(&text) {
                assert_eq!(plan.format().as_bytes(), text);
            }
        }
        assert!(Plan::parse(&good[..at]).is_err(), "cut at {at}");
    }
}

#[test]
fn refuses_other_formats_orders_escapes_and_relative_paths() {
    let good = small().format();
    for (from, to, fault) in [
        ("goseal.plan 1", "goseal.plan 2", "another format at line 1"),
        (
            "goseal.plan 1",
            "goseal.plan 01",
            "a plan that is not written as plans are",
        ),
        ("%20", " ", "one field too many at line 16"),
        ("%20", "%g", "a malformed escape at line 16"),
        (
            "/c/go",
            "/c/%67o",
            "a plan that is not written as plans are",
        ),
        ("/c/go", "/c/%00", "no absolute path at line 16"),
        ("root /", "root ", "no absolute path at line 8"),
        (
            "deep 12",
            "deep +12",
            "a plan that is not written as plans are",
        ),
        ("profile strict", "profile Strict", "no profile at line 13"),
        ("evidence lock\n", "", "a missing, unknown or misplaced key"),
        (
            "end\n",
            "end",
            "a missing, unknown or misplaced key at line 23",
        ),
        ("end\n", "end\n\n", "text after the end at line 23"),
        (
            "forced GOFLAGS",
            "forced GO=FLAGS",
            "a name that no variable has at line 19",
        ),
        (
            "build ",
            "bild ",
            "a missing, unknown or misplaced key at line 2",
        ),
    ] {
        let parsed = Plan::parse(good.replacen(from, to, 1).as_bytes());
        match parsed {
            Ok(plan) => assert_eq!(plan.evidence, [Evidence::Sumdb], "{to}"),
            Err(found) => assert_eq!(found.to_string(), fault, "{to:?}"),
        }
    }
    assert_eq!(
        Plan::parse(&vec![b'x'; PLAN_LIMIT + 1])
            .unwrap_err()
            .to_string(),
        "a plan that is too long"
    );
    assert_eq!(
        Plan::parse(b"\xff").unwrap_err().to_string(),
        "bytes that are not ASCII"
    );
}

fn path() -> impl Strategy<Value = PathBuf> {
    proptest::collection::vec(1_u8.., 0..20).prop_map(|mut bytes| {
        bytes.insert(0, b'/');
        PathBuf::from(OsString::from_vec(bytes))
    })
}

fn text() -> impl Strategy<Value = String> {
    "[^\0]{0,12}"
}

fn name() -> impl Strategy<Value = String> {
    "[^\0=]{1,12}"
}

fn forced() -> impl Strategy<Value = Forced> {
    (name(), text(), any::<String>(), any::<String>()).prop_map(|(name, value, by, reason)| {
        Forced {
            name,
            value,
            by,
            reason,
        }
    })
}

fn identity() -> impl Strategy<Value = Identity> {
    let numbers = (
        any::<u64>(),
        any::<i64>(),
        any::<i64>(),
        any::<u64>(),
        any::<u64>(),
    );
    (path(), numbers, any::<[u8; 32]>()).prop_map(|(path, numbers, sha256)| {
        let (size, mtime_ns, ctime_ns, inode, device) = numbers;
        Identity {
            name: EntryName::parse("pkg/tool/linux_amd64/compile").unwrap(),
            path,
            stamp: Stamp {
                size,
                mtime_ns,
                ctime_ns,
                inode,
                device,
            },
            sha256: Sha256::from_bytes(sha256),
        }
    })
}

prop_compose! {
    fn plan()(
        build in any::<String>(),
        digest in any::<[u8; 32]>(),
        by in proptest::sample::select(ChosenBy::ALL.to_vec()),
        file in proptest::option::of(path()),
        line in any::<Option<u32>>(),
        places in (path(), path(), path()),
        evidence in proptest::sample::subsequence(Evidence::ALL.to_vec(), 0..=4),
        unmet in proptest::sample::subsequence(Evidence::ALL.to_vec(), 0..=4),
        position in any::<Option<(u64, u64, [u8; 32])>>(),
        strict in any::<bool>(),
        identity in proptest::collection::vec(identity(), 0..3),
        deep in any::<Option<u64>>(),
        forced in proptest::collection::vec(forced(), 0..3),
        carried in proptest::collection::vec((name(), text()), 0..3),
        not_after in any::<Option<i64>>(),
    ) -> Plan {
        Plan {
            build,
            inputs: Sha256::from_bytes(digest),
            chosen: Chosen { by, file, line },
            root: places.0,
            ledger: places.1,
            gocache: places.2,
            evidence,
            unmet,
            position: position.map(|(record, tree_size, root)| SumdbPosition {
                record,
                tree_size,
                tree_root: Sha256::from_bytes(root),
            }),
            profile: if strict { Profile::Strict } else { Profile::Standard },
            log_failure: if strict { LogFailure::Warn } else { LogFailure::Block },
            identity,
            deep,
            forced,
            carried,
            not_after,
            ..small()
        }
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read_the_same(plan in plan()) {
        prop_assert_eq!(Plan::parse(plan.format().as_bytes()), Ok(plan));
    }

    #[test]
    fn what_is_read_is_written_the_same(
        at in any::<proptest::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let mut text = small().format().into_bytes();
        let at = at.index(text.len());
        text[at] = byte;
        if let Ok(plan) = Plan::parse(&text) {
            prop_assert_eq!(plan.format().into_bytes(), text);
        }
    }
}
