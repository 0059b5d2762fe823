//! Beginning a chain, and leaving one that belongs to another machine or user.

use std::fs;

use goseal_ledger::position::read_at;
use goseal_ledger::record::{Draft, Event, Owner, RunId};
use goseal_ledger::verify::verify_folder;
use goseal_ledger::{Begun, Error, Ledger, machine_digest};

use crate::drafts::{Home, PATIENCE, draft, end_event, genesis, owner, start_event};

fn genesis_of(chain: u8, owner: Owner) -> Draft {
    let mut draft = genesis();
    if let Event::Genesis(genesis) = &mut draft.event {
        genesis.chain = [chain; 16];
        genesis.machine = owner.machine;
        genesis.user.uid = owner.uid;
    }
    draft
}

#[test]
fn there_is_no_chain_before_one_is_begun() {
    let folder = tempfile::tempdir().unwrap();
    let audit = folder.path().join("state/audit");
    let ledger = Ledger::at(&audit, owner());
    for _ in 0..2 {
        let error = ledger
            .append(&draft(1, end_event()), PATIENCE, &mut |_| {})
            .unwrap_err();
        assert!(
            matches!(
                error,
                Error::NoChain {
                    other_owner: false,
                    ..
                }
            ),
            "{error}"
        );
    }
    assert!(matches!(verify_folder(&audit), Err(Error::NoChain { .. })));
    let begun = ledger.begin(&genesis(), PATIENCE, &mut |_| {}).unwrap();
    let Begun::New {
        at,
        superseded: None,
    } = begun
    else {
        panic!("{begun:?}")
    };
    assert_eq!((at.seq, at.segment, at.offset), (0, 0, 0));
    assert_eq!(
        ledger.begin(&genesis(), PATIENCE, &mut |_| {}).unwrap(),
        Begun::Already
    );
    let verdict = verify_folder(&audit).unwrap();
    assert_eq!((verdict.records, verdict.chain), (1, Some([0xc4; 16])));
}

#[cfg(unix)]
#[test]
fn nobody_else_reads_the_log() {
    use std::os::unix::fs::PermissionsExt as _;
    let home = Home::new();
    home.append(1, start_event());
    for (name, mode) in [
        ("", 0o700),
        ("log.jsonl", 0o600),
        ("lock", 0o600),
        ("blobs", 0o700),
    ] {
        let mode_of = fs::metadata(home.audit().join(name))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode_of & 0o777, mode, "{name}");
    }
}

#[test]
fn a_chain_of_another_machine_or_user_moves_away_whole_and_is_named() {
    let others = [
        Owner {
            machine: machine_digest(b"another"),
            ..owner()
        },
        Owner { uid: 0, ..owner() },
    ];
    for other in others {
        let home = Home::new();
        home.append(1, start_event());
        let bytes = home.bytes();
        let ledger = Ledger::at(&home.audit(), other);
        let error = ledger
            .append(&draft(2, end_event()), PATIENCE, &mut |_| {})
            .unwrap_err();
        assert!(
            matches!(
                error,
                Error::NoChain {
                    other_owner: true,
                    ..
                }
            ),
            "{error}"
        );
        assert_eq!(home.bytes(), bytes);
        let begun = ledger
            .begin(&genesis_of(0xd5, other), PATIENCE, &mut |_| {})
            .unwrap();
        assert!(matches!(begun, Begun::New { superseded: Some(id), .. } if id == [0xc4; 16]));
        let at = ledger
            .append(&draft(2, end_event()), PATIENCE, &mut |_| {})
            .unwrap();
        assert_eq!(at.seq, 1);

        let old = home
            .audit()
            .join("old")
            .join(RunId::from_bytes([0xc4; 16]).to_string());
        assert_eq!(fs::read(old.join("log.jsonl")).unwrap(), bytes);
        let verdict = verify_folder(&old).unwrap();
        assert!(verdict.is_intact(), "{verdict:?}");
        let first = read_at(&home.audit(), 0, 0).unwrap();
        assert_eq!(
            first.get("predecessor").unwrap().as_str(),
            Some("c4".repeat(16).as_str())
        );
        assert!(verify_folder(&home.audit()).unwrap().is_intact());
    }
}

#[test]
fn a_genesis_that_was_cut_moves_away_and_another_is_written() {
    let home = Home::new();
    let bytes = home.bytes();
    fs::write(home.log(), &bytes[..200]).unwrap();
    let error = home
        .ledger
        .append(&draft(1, end_event()), PATIENCE, &mut |_| {})
        .unwrap_err();
    assert!(
        matches!(
            error,
            Error::NoChain {
                other_owner: false,
                ..
            }
        ),
        "{error}"
    );
    let begun = home
        .ledger
        .begin(&genesis_of(0xd5, owner()), PATIENCE, &mut |_| {})
        .unwrap();
    assert!(matches!(
        begun,
        Begun::New {
            superseded: None,
            ..
        }
    ));
    let torn = home
        .audit()
        .join("old")
        .join(format!("torn-{}", "d5".repeat(16)));
    assert_eq!(fs::read(torn.join("log.jsonl")).unwrap(), bytes[..200]);
    assert!(verify_folder(&home.audit()).unwrap().is_intact());
}

#[test]
fn a_move_that_was_killed_is_finished() {
    let home = Home::new();
    home.append(1, start_event());
    // Blobs and log went, the segments did not.
    let old = home.audit().join("old").join("c4".repeat(16));
    fs::create_dir_all(&old).unwrap();
    let segments = home.audit().join("segments");
    fs::create_dir(&segments).unwrap();
    fs::rename(home.log(), segments.join("00000000000000000000.jsonl")).unwrap();
    fs::rename(home.audit().join("blobs"), old.join("blobs")).unwrap();
    let other = Owner { uid: 7, ..owner() };
    let ledger = Ledger::at(&home.audit(), other);
    let begun = ledger
        .begin(&genesis_of(0xd5, other), PATIENCE, &mut |_| {})
        .unwrap();
    assert!(matches!(begun, Begun::New { superseded: Some(id), .. } if id == [0xc4; 16]));
    assert!(verify_folder(&old).unwrap().is_intact());
}

#[test]
fn a_log_without_a_record_that_is_no_cut_genesis_is_damage_and_stays() {
    for (length, begins) in [
        (0, true),
        (700, true),
        (4096, true),
        (4097, false),
        (20_000, false),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let audit = folder.path().join("audit");
        fs::create_dir(&audit).unwrap();
        fs::write(audit.join("log.jsonl"), vec![b'x'; length]).unwrap();
        let ledger = Ledger::at(&audit, owner());
        let begun = ledger.begin(&genesis(), PATIENCE, &mut |_| {});
        assert_eq!(begun.is_ok(), begins, "{length}: {begun:?}");
        let verdict = verify_folder(&audit).unwrap();
        assert_eq!(verdict.is_intact(), begins, "{length}: {verdict:?}");
    }
}
