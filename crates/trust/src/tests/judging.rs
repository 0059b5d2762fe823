use std::path::PathBuf;
use std::slice;

use goseal_core::archive::{Archive, ArchiveForm};
use goseal_core::digest::{H1, Sha256};
use goseal_core::evidence::Evidence;
use goseal_core::lock::{LockEntry, LockedArchive};
use goseal_core::policy::Apart;
use goseal_core::release::ReleaseId;
use goseal_core::unverified::Unverified;

use super::database::{self, EVIL, Source, database, id, look_up};
use crate::{
    Error, Freshness, PublisherKey, Question, Signed, SignedClaims, SignedKind, SumRecord,
    Verified, covers, judge, verify_signed,
};

const FILE: &str = "go1.22.5.linux-amd64.tar.gz";

fn h1(text: &str) -> H1 {
    H1::parse(text).unwrap()
}

fn sumdb() -> Verified<SumRecord> {
    look_up(&Source::new(database(), 66_000), 66_000)
        .unwrap()
        .record
}

fn archive(form: ArchiveForm, file_name: &str) -> Unverified<Archive> {
    Unverified::new(Archive {
        release: id(),
        path: PathBuf::from("stage/archive"),
        form,
        file_name: file_name.to_owned(),
        sha256: Sha256::of(b"archive"),
        size: 7,
        served_by: "https://mirror.example/go".to_owned(),
    })
}

fn claim(content: &[u8], size: Option<u64>) -> LockedArchive {
    LockedArchive {
        file_name: FILE.to_owned(),
        sha256: Sha256::of(content),
        size,
    }
}

fn lock(h1_text: &str, archive: Option<LockedArchive>) -> LockEntry {
    LockEntry {
        h1: h1(h1_text),
        position: Some(sumdb().position()),
        archive,
    }
}

fn question() -> Question<'static> {
    Question {
        id: id(),
        h1: h1(database::H1),
        archive: None,
        lock: None,
        sumdb: None,
        minisign: None,
        index: &[],
        required: &[],
        out_of_reach: &[],
        apart: Apart::Allow,
    }
}

fn contradiction(question: &Question<'_>) -> String {
    let error = judge(question).unwrap_err();
    assert!(matches!(error, Error::Contradiction { .. }), "{error}");
    assert!(error.is_distrust());
    error.to_string()
}

#[test]
fn all_evidence_that_agrees_is_named() {
    let (sumdb, lock) = (
        sumdb(),
        lock(database::H1, Some(claim(b"archive", Some(7)))),
    );
    let archive = archive(ArchiveForm::ReleaseTarGz, FILE);
    let index = claim(b"archive", None);
    let release = judge(&Question {
        archive: Some(&archive),
        lock: Some(&lock),
        sumdb: Some(&sumdb),
        index: slice::from_ref(&index),
        required: &[Evidence::Index],
        ..question()
    })
    .unwrap();
    assert_eq!(
        release.evidence,
        [Evidence::Lock, Evidence::Sumdb, Evidence::Index]
    );
    assert_eq!(release.sumdb, Some(sumdb.position()));
    assert_eq!(
        release.served_by.as_deref(),
        Some("https://mirror.example/go")
    );
    assert!(release.joined);
}

#[test]
fn without_a_demand_sumdb_is_required_and_the_lock_only_where_it_has_an_entry() {
    let (sumdb, lock) = (sumdb(), lock(database::H1, None));
    let alone = Question {
        sumdb: Some(&sumdb),
        ..question()
    };
    assert_eq!(judge(&alone).unwrap().evidence, [Evidence::Sumdb]);
    let locked = Question {
        lock: Some(&lock),
        ..question()
    };
    let expected = Error::EvidenceMissing {
        id: id(),
        evidence: Evidence::Sumdb,
    };
    assert_eq!(judge(&locked), Err(expected.clone()));
    assert_eq!(judge(&question()), Err(expected.clone()));
    assert!(!expected.is_distrust());
}

#[test]
fn what_is_required_by_name_must_be_there() {
    let (sumdb, lock) = (sumdb(), lock(database::H1, None));
    let archive = archive(ArchiveForm::ReleaseTarGz, FILE);
    let index = claim(b"archive", Some(7));
    let all = Question {
        archive: Some(&archive),
        lock: Some(&lock),
        sumdb: Some(&sumdb),
        index: slice::from_ref(&index),
        ..question()
    };
    for (evidence, there) in [
        (Evidence::Lock, true),
        (Evidence::Sumdb, true),
        (Evidence::Index, true),
        (Evidence::Minisign, false),
    ] {
        let required = [evidence];
        assert_eq!(
            judge(&Question {
                required: &required,
                ..all
            })
            .is_ok(),
            there
        );
        let nothing = Question {
            required: &required,
            ..question()
        };
        assert_eq!(
            judge(&nothing),
            Err(Error::EvidenceMissing { id: id(), evidence })
        );
    }
    let by_lock = [Evidence::Lock];
    let offline = Question {
        lock: Some(&lock),
        required: &by_lock,
        ..question()
    };
    assert_eq!(judge(&offline).unwrap().evidence, [Evidence::Lock]);
}

#[test]
fn two_that_disagree_about_the_h1_are_named_with_what_they_say() {
    let (sumdb, good, evil) = (sumdb(), lock(database::H1, None), lock(EVIL, None));
    let base = Question {
        sumdb: Some(&sumdb),
        ..question()
    };
    let files = Question {
        h1: h1(EVIL),
        ..base
    };
    assert_eq!(
        contradiction(&files),
        format!(
            "h1 of go1.22.5.linux-amd64: {} in the checksum database, {EVIL} in the unpacked files",
            database::H1
        )
    );
    let lock_and_files = Question {
        sumdb: None,
        lock: Some(&good),
        ..files
    };
    assert!(contradiction(&lock_and_files).contains("in goseal.lock, "));
    let lock_and_sumdb = Question {
        lock: Some(&evil),
        ..base
    };
    assert_eq!(
        contradiction(&lock_and_sumdb),
        format!(
            "h1 of go1.22.5.linux-amd64: {EVIL} in goseal.lock, {} in the checksum database",
            database::H1
        )
    );
    // Even where only one of them is required.
    let required = [Evidence::Lock];
    contradiction(&Question {
        h1: h1(EVIL),
        required: &required,
        ..lock_and_sumdb
    });
}

#[test]
fn the_lock_names_the_record_and_the_root_of_the_database() {
    let sumdb = sumdb();
    let mut other = lock(database::H1, None);
    let mut position = sumdb.position();
    position.record += 1;
    other.position = Some(position);
    let asked = Question {
        sumdb: Some(&sumdb),
        lock: Some(&other),
        ..question()
    };
    assert_eq!(
        contradiction(&asked),
        "record number of go1.22.5.linux-amd64: 301 in goseal.lock, 300 in the \
         checksum database"
    );
    let mut position = sumdb.position();
    position.tree_root = Sha256::of(b"other");
    other.position = Some(position);
    let asked = Question {
        sumdb: Some(&sumdb),
        lock: Some(&other),
        ..question()
    };
    assert!(contradiction(&asked).starts_with("root of 66000 records: "));
    position.tree_size -= 1;
    other.position = Some(position);
    let asked = Question {
        sumdb: Some(&sumdb),
        lock: Some(&other),
        ..question()
    };
    assert!(judge(&asked).is_ok());
    other.position = None;
    let asked = Question {
        sumdb: Some(&sumdb),
        lock: Some(&other),
        ..question()
    };
    assert!(judge(&asked).is_ok());
}

#[test]
fn digests_of_an_archive_are_for_the_file_of_that_name() {
    let sumdb = sumdb();
    let wrong = [
        (claim(b"other", Some(7)), "sha256 of "),
        (claim(b"archive", Some(8)), "size of "),
    ];
    for (claim, text) in wrong {
        let lock = lock(database::H1, Some(claim.clone()));
        let base = Question {
            sumdb: Some(&sumdb),
            ..question()
        };
        let named = archive(ArchiveForm::ReleaseTarGz, FILE);
        let zip = archive(ArchiveForm::ModuleZip, "v0.0.1-go1.22.5.linux-amd64.zip");
        let posing = archive(ArchiveForm::ModuleZip, FILE);
        let by_lock = Question {
            archive: Some(&named),
            lock: Some(&lock),
            ..base
        };
        assert!(contradiction(&by_lock).starts_with(text));
        let by_index = Question {
            archive: Some(&named),
            index: slice::from_ref(&claim),
            ..base
        };
        assert!(contradiction(&by_index).contains("in the release index"));
        for other in [&zip, &posing] {
            let other = Question {
                archive: Some(other),
                ..by_lock
            };
            let other = Question {
                index: slice::from_ref(&claim),
                ..other
            };
            let release = judge(&other).unwrap();
            assert_eq!(release.evidence, [Evidence::Lock, Evidence::Sumdb]);
        }
        assert!(!covers(&named, Some(&lock), None, &[]));
        assert!(!covers(&named, None, None, slice::from_ref(&claim)));
    }
}

#[test]
fn another_release_under_this_name_is_refused() {
    let sumdb = sumdb();
    let other = ReleaseId::parse("go1.22.4.linux-amd64").unwrap();
    let asked = Question {
        id: other,
        sumdb: Some(&sumdb),
        ..question()
    };
    assert_eq!(
        contradiction(&asked),
        "release: go1.22.4.linux-amd64 in the request, go1.22.5.linux-amd64 in the checksum \
         database"
    );
    let archive = archive(ArchiveForm::ReleaseTarGz, FILE);
    let asked = Question {
        id: other,
        archive: Some(&archive),
        ..question()
    };
    assert!(contradiction(&asked).ends_with("go1.22.5.linux-amd64 in the archive"));
}

#[test]
fn a_true_digest_of_lock_or_index_covers_the_whole_archive() {
    let named = archive(ArchiveForm::ReleaseTarGz, FILE);
    let good = claim(b"archive", Some(7));
    let locked = lock(database::H1, Some(good.clone()));
    assert!(covers(&named, Some(&locked), None, &[]));
    assert!(covers(&named, None, None, slice::from_ref(&good)));
    assert!(!covers(&named, None, None, &[]));
    assert!(!covers(&named, Some(&lock(database::H1, None)), None, &[]));
    assert!(!covers(
        &archive(ArchiveForm::ModuleZip, FILE),
        Some(&locked),
        None,
        &[]
    ));
    assert!(!covers(
        &archive(ArchiveForm::ReleaseTarGz, "go.tar.gz"),
        Some(&locked),
        None,
        &[]
    ));
}

/// A signed index; what it says is handed over beside it.
fn signed(kind: SignedKind) -> Verified<Signed> {
    let publisher = super::signed::Publisher::new(1, 1);
    let signature = publisher.sign(b"[]", "serial:9 file:index.json");
    let keys: [PublisherKey; 1] = [publisher.key()];
    let bytes = b"[]".to_vec();
    verify_signed(
        kind,
        "index.json",
        bytes,
        &signature,
        &keys,
        &Freshness::default(),
    )
    .unwrap()
}

#[test]
fn a_signed_index_is_evidence_of_the_archive_that_it_names() {
    let (sumdb, index) = (sumdb(), signed(SignedKind::Mirror));
    let zip_name = "v0.0.1-go1.22.5.linux-amd64.zip";
    let of_zip = LockedArchive {
        file_name: zip_name.into(),
        ..claim(b"archive", Some(7))
    };
    let archives = [claim(b"archive", Some(7)), of_zip];
    let claims = SignedClaims {
        index: &index,
        archives: &archives,
    };
    let required = [Evidence::Sumdb, Evidence::Minisign];
    for fetched in [
        archive(ArchiveForm::ReleaseTarGz, FILE),
        archive(ArchiveForm::ModuleZip, zip_name),
    ] {
        let asked = Question {
            archive: Some(&fetched),
            sumdb: Some(&sumdb),
            minisign: Some(claims),
            required: &required,
            ..question()
        };
        let release = judge(&asked).unwrap();
        assert_eq!(release.evidence, required);
        let by = release.minisign.clone().unwrap();
        assert_eq!((by.key.as_str(), by.serial), ("0101010101010101", 9));
    }
    let named = archive(ArchiveForm::ReleaseTarGz, FILE);
    assert!(covers(&named, None, Some(claims), &[]));
    // Whatever else the same key signed is no index.
    let policy = signed(SignedKind::Policy);
    let claims = SignedClaims {
        index: &policy,
        archives: &archives,
    };
    assert!(!covers(&named, None, Some(claims), &[]));
    let asked = Question {
        archive: Some(&named),
        sumdb: Some(&sumdb),
        minisign: Some(claims),
        required: &required,
        ..question()
    };
    let missing = Error::EvidenceMissing {
        id: id(),
        evidence: Evidence::Minisign,
    };
    assert_eq!(judge(&asked), Err(missing));
}

#[test]
fn two_indexes_that_disagree_are_named_whichever_archive_came() {
    let (sumdb, index) = (sumdb(), signed(SignedKind::Index));
    let (one, other) = ([claim(b"archive", None)], [claim(b"other", None)]);
    let larger = [claim(b"archive", Some(8))];
    let zip = archive(ArchiveForm::ModuleZip, "v0.0.1-go1.22.5.linux-amd64.zip");
    let asked = |signed, indexed, lock| Question {
        archive: Some(&zip),
        sumdb: Some(&sumdb),
        minisign: Some(SignedClaims {
            index: &index,
            archives: signed,
        }),
        index: indexed,
        lock,
        ..question()
    };
    let text = contradiction(&asked(&one, &other, None));
    assert!(
        text.contains("in the signed index, ") && text.ends_with("in the release index"),
        "{text}"
    );
    let locked = lock(database::H1, Some(claim(b"archive", Some(7))));
    let text = contradiction(&asked(&other, &one, Some(&locked)));
    assert!(
        text.starts_with("sha256 of ") && text.contains("in goseal.lock, "),
        "{text}"
    );
    let text = contradiction(&asked(&one, &larger, Some(&locked)));
    assert!(text.starts_with("size of "), "{text}");
    assert!(judge(&asked(&one, &one, Some(&locked))).is_ok());
}

#[test]
fn what_is_out_of_reach_and_accepted_need_not_be_met_but_something_must() {
    let locked = lock(database::H1, None);
    let out_of_reach = [Evidence::Sumdb];
    let offline = Question {
        lock: Some(&locked),
        out_of_reach: &out_of_reach,
        ..question()
    };
    let release = judge(&offline).unwrap();
    assert_eq!(release.evidence, [Evidence::Lock]);
    assert_eq!(release.unmet, [Evidence::Sumdb]);
    let missing = |evidence| Err(Error::EvidenceMissing { id: id(), evidence });
    let nothing = Question {
        lock: None,
        ..offline
    };
    assert_eq!(judge(&nothing), missing(Evidence::Sumdb));
    // What is in reach and does not have it is something else.
    let required = [Evidence::Lock, Evidence::Index];
    let more = Question {
        required: &required,
        ..offline
    };
    assert_eq!(judge(&more), missing(Evidence::Index));
    // A contradiction is one, whatever is out of reach.
    contradiction(&Question {
        h1: h1(EVIL),
        ..offline
    });
}

#[test]
fn a_proof_apart_from_the_known_history_counts_where_policy_allows_it() {
    let joined = sumdb();
    let text = crate::format_proof(&joined);
    let apart = crate::verify_proof(&text, &database::roots(database(), 64_000)).unwrap();
    assert!(joined.joined && !apart.joined);
    for (record, policy, counts) in [
        (&joined, Apart::Refuse, true),
        (&apart, Apart::Allow, true),
        (&apart, Apart::Refuse, false),
    ] {
        let asked = Question {
            sumdb: Some(record),
            apart: policy,
            ..question()
        };
        match judge(&asked) {
            Ok(release) => assert_eq!((release.joined, counts), (record.joined, true)),
            Err(error) => {
                let expected = Error::Apart {
                    id: id(),
                    size: 66_000,
                };
                assert_eq!((error, counts), (expected.clone(), false));
                assert!(!expected.is_distrust());
            }
        }
    }
}
