//! The bytes of records.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;

use goseal_core::digest::Sha256;
use goseal_ledger::position::{Position, read_at};
use goseal_ledger::read::{Json, Record};
use goseal_ledger::record::{Event, Start};
use goseal_ledger::redact::Argv;
use goseal_ledger::verify::verify_folder;
use proptest::prelude::*;

use crate::drafts::{Home, end_event, redactor, run, start, start_event};

fn lines(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    let lines = text.split_inclusive('\n');
    lines.map(|line| line.trim_end().to_owned()).collect()
}

#[test]
fn a_start_and_an_end_have_exactly_these_bytes() {
    let home = Home::new();
    home.append(1, start_event());
    home.append(1, end_event());
    let lines = lines(&home.bytes());
    insta::assert_snapshot!(lines[0], @r#"{"schema":"goseal.record/1","seq":"00000000000000000000","prev":"0000000000000000000000000000000000000000000000000000000000000000","run":"00000000000000000000000000000000","type":"genesis","owner":"7855134fb7d7479b","nonce":"00000000000000000000000000000000","time":"2026-11-22T18:13:08.123456789Z","boot_ns":"1000000000","boot_id":"5c5a5d0e-7f3b-4c57-9d0a-2f4b8f4f6a11","chain":"c4c4c4c4c4c4c4c4c4c4c4c4c4c4c4c4","machine":"1eaf95fb123779636cbee0e21fc671990a3fefc397f5ab811483d066b2bca843","goseal":"0.1.0","user":{"uid":1000,"name":"ann","voucher":"kernel"},"sum":"b41878899cc55b15"}"#);
    insta::assert_snapshot!(lines[1], @r#"{"schema":"goseal.record/1","seq":"00000000000000000001","prev":"7d6961a88f7ebfc5d516c870d94ebfcf8ea9cbb2d80352aab314da451da39e51","run":"abababababababab0000000000000001","type":"start","owner":"7855134fb7d7479b","nonce":"00000000000000000000000000000001","time":"2026-11-22T18:13:09.123456789Z","boot_ns":"1000000001","boot_id":"5c5a5d0e-7f3b-4c57-9d0a-2f4b8f4f6a11","user":{"uid":1000,"name":"ann","voucher":"kernel"},"host":{"name":"build-7","voucher":"kernel"},"terminal":true,"pid":4242,"ppid":4141,"pid_start":"987654","tool":"go","argv":["build","-o","~/bin/hello","./..."],"cwd":"~/src/hello","pin":{"how":"file","file":"~/src/hello/.go-version","line":1},"release":"go1.26.10.linux-amd64","h1":"h1:3Jxe24stR55pe0sLirh08ysyUThZjOnnt1nrgpIRBiI=","evidence":["lock","sumdb"],"sumdb":{"record":"28734412","size":"61250118","root":"4813494d137e1631bba301d5acab6e7bb7aa74ce1185d456565ef51d737677b2"},"checked":"stat","deep_seq":"2","profile":"standard","plan":"64879f7d6b960a01909762d911a32d4582c20010c5641ee90278b644a9e3b525","inputs":"32381523e63197c929b67f793a8098bed0ae3a6fa902634fdbcc6fa4567f3346","environment":{"sha256":"04b11a7de824112b8ced4da727a2b059061683c666c5762f7c49eb381136b46a","length":"315","json":true},"redaction":{"rules":1,"count":0},"sum":"71e4cfd642ab9367"}"#);
    insta::assert_snapshot!(lines[2], @r#"{"schema":"goseal.record/1","seq":"00000000000000000002","prev":"f56144ec5234d898c32a3f11d3135fc245d0f034e82a4c8badfe8824c7558753","run":"abababababababab0000000000000001","type":"end","owner":"7855134fb7d7479b","nonce":"00000000000000000000000000000001","time":"2026-11-22T18:13:09.123456789Z","boot_ns":"1000000001","boot_id":"5c5a5d0e-7f3b-4c57-9d0a-2f4b8f4f6a11","exit":0,"duration_ns":"1234567890","sum":"bf9a5635a9482d89"}"#);
}

#[test]
fn a_run_in_a_shell_takes_four_slots() {
    let home = Home::new();
    let before = home.bytes().len();
    home.append(1, start_event());
    let between = home.bytes().len();
    home.append(1, end_event());
    assert_eq!(
        (between - before, home.bytes().len() - between),
        (1536, 512)
    );
}

#[test]
fn the_chain_is_the_digest_of_each_text_and_every_record_ends_with_its_sum() {
    let home = Home::new();
    let mut prev = "0".repeat(64);
    for n in 1..20 {
        home.append(
            n,
            if n % 2 == 0 {
                end_event()
            } else {
                start_event()
            },
        );
    }
    let mut seq = 0;
    for line in lines(&home.bytes()).iter().filter(|line| !line.is_empty()) {
        assert!(line.starts_with(&format!(
            r#"{{"schema":"goseal.record/1","seq":"{seq:020}","prev":"{prev}","run":""#
        )));
        let (body, sum) = line.rsplit_once(r#","sum":""#).unwrap();
        assert_eq!(
            sum,
            format!("{}\"}}", &Sha256::of(body.as_bytes()).to_string()[..16])
        );
        prev = Sha256::of(line.as_bytes()).to_string();
        seq += 1;
    }
    assert_eq!(seq, 20);
}

#[test]
fn records_fill_whole_slots_and_never_cross_a_boundary() {
    let home = Home::new();
    for n in 1..40 {
        home.append(
            n,
            if n % 3 == 0 {
                end_event()
            } else {
                start_event()
            },
        );
    }
    let bytes = home.bytes();
    let mut offset = 0;
    let mut fillers = 0;
    for line in bytes.split_inclusive(|b| *b == b'\n') {
        assert_eq!((offset % 512, line.len() % 512), (0, 0));
        assert!(offset % 4096 + line.len() <= 4096);
        if line.iter().all(|b| matches!(b, b' ' | b'\n')) {
            fillers += 1;
            assert_eq!(line.len(), 512);
        }
        offset += line.len();
    }
    assert!(fillers > 0);
}

fn argv_record(argv: Argv) -> (Home, Record) {
    let home = Home::new();
    let start = Start { argv, ..start() };
    let at = home.append(1, Event::Start(Box::new(start)));
    let record = read_at(&home.audit(), at.segment, at.offset).unwrap();
    assert_eq!((record.seq, record.sha256), (at.seq, at.sha256));
    (home, record)
}

#[test]
fn no_argument_breaks_its_line() {
    let words: [&[u8]; 5] = [
        b"a\nb\r\0",
        b"\x1b[2J\x7f",
        br#"","sum":"0000000000000000"}"#,
        b"\xff\xfe\x80",
        "\u{202e}\u{e9}\u{1f600}".as_bytes(),
    ];
    let (home, record) = argv_record(redactor().argv(&words.map(OsStr::from_bytes), None));
    let argv = record.get("argv").unwrap().members();
    let read: Vec<_> = argv.iter().map(|word| word.as_bytes().unwrap()).collect();
    assert_eq!(read, words);
    assert!(
        home.bytes()
            .iter()
            .all(|b| *b == b'\n' || (b' '..=b'~').contains(b))
    );
    assert!(verify_folder(&home.audit()).unwrap().is_intact());
}

#[test]
fn two_megabytes_of_arguments_lie_in_a_blob_and_nothing_is_lost() {
    let words: Vec<String> = (0..9000).map(|n| format!("{n:0>230}")).collect();
    let (home, record) = argv_record(redactor().argv(&words, None));
    let [reference] = record
        .blobs()
        .into_iter()
        .filter(|b| b.length > 1_000_000)
        .collect::<Vec<_>>()[..]
    else {
        panic!("{:?}", record.blobs());
    };
    let path = home
        .audit()
        .join("blobs")
        .join(reference.sha256.to_string());
    let blob = std::fs::read(path).unwrap();
    let value = Json::parse(&blob).unwrap();
    let read: Vec<_> = value
        .members()
        .iter()
        .map(|word| word.as_str().unwrap())
        .collect();
    assert_eq!(read, words);
    assert!(verify_folder(&home.audit()).unwrap().is_intact());
}

#[test]
fn a_long_string_leaves_its_digest_its_length_and_its_beginning() {
    let long = "é".repeat(200);
    let (home, record) = argv_record(redactor().argv(&["x", &long], None));
    let word = &record.get("argv").unwrap().members()[1];
    assert_eq!(
        word.get("sha256").unwrap().as_str().unwrap(),
        Sha256::of(long.as_bytes()).to_string()
    );
    assert_eq!(word.get("length").unwrap().as_u64(), Some(400));
    assert_eq!(word.get("first").unwrap().as_str().unwrap(), "é".repeat(32));
    let blob = home
        .audit()
        .join("blobs")
        .join(Sha256::of(long.as_bytes()).to_string());
    assert_eq!(std::fs::read(blob).unwrap(), long.as_bytes());
}

#[test]
fn the_worst_of_everything_still_fits() {
    let bad = "\u{1}".repeat(256);
    let text = || redactor().text(&bad);
    let home = Home::new();
    let mut worst = start();
    worst.tool.clone_from(&bad);
    worst.host.clone_from(&bad);
    worst.release.clone_from(&bad);
    worst.door = Some(bad.clone());
    worst.user.name = Some(bad.clone());
    worst.cwd = text();
    worst.pin.how.clone_from(&bad);
    worst.pin.file = Some(text());
    worst.argv = redactor().argv(&vec![bad.clone(); 300], Some(100));
    worst.weakened = vec![bad.clone(); 50];
    worst.evidence = vec![bad.clone(); 50];
    worst.ci = vec![
        goseal_ledger::record::Claim {
            name: bad.clone(),
            value: text()
        };
        50
    ];
    worst.parent = Position::parse(&format!("{}:{}:{}", run(1), u64::MAX, u64::MAX));
    worst.deep_seq = Some(u64::MAX);
    home.append(1, Event::Start(Box::new(worst)));
    let verdict = verify_folder(&home.audit()).unwrap();
    assert!(verdict.is_intact(), "{verdict:?}");
    assert_eq!(verdict.records, 2);
}

#[test]
fn a_place_reads_back_what_it_wrote() {
    let text = format!("{}:18446744073709551615:4096", run(3));
    assert_eq!(Position::parse(&text).unwrap().to_string(), text);
    let id = run(3);
    for text in [
        String::new(),
        format!("{id}"),
        format!("{id}:1"),
        format!("{id}:1:2:3"),
        format!("{id}:+1:2"),
        format!("{id}:01:2"),
        format!("{id}: 1:2"),
        format!("{id}:18446744073709551616:0"),
        format!("{}:1:2", "A".repeat(32)),
    ] {
        assert_eq!(Position::parse(&text), None, "{text}");
    }
}

#[test]
fn refuses_a_place_where_no_record_begins() {
    let home = Home::new();
    let at = home.append(1, start_event());
    for (segment, offset) in [(0, at.offset + 512), (0, 1), (0, 1 << 40), (1, 0), (7, 0)] {
        let error = read_at(&home.audit(), segment, offset).unwrap_err();
        assert!(
            error.to_string().starts_with("no whole record at offset"),
            "{error}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn whatever_is_appended_is_read(
        words in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..300), 0..12),
        cwd in proptest::collection::vec(any::<u8>(), 0..300),
        pid in any::<u32>(),
        signal in any::<i32>(),
    ) {
        let argv = redactor().argv(&words.iter().map(|w| OsStr::from_bytes(w)).collect::<Vec<_>>(), None);
        let expected: Vec<Vec<u8>> = argv.words().iter().map(|w| w.as_bytes().to_vec()).collect();
        let home = Home::new();
        let cwd = redactor().path(std::path::Path::new(OsStr::from_bytes(&cwd)));
        let event = Start { argv, cwd: cwd.clone(), pid, ..start() };
        let at = home.append(1, Event::Start(Box::new(event)));
        let end = goseal_ledger::record::End {
            status: goseal_ledger::record::Status::Signal(signal),
            duration_ns: 1,
            hint: None,
        };
        home.append(2, Event::End(end));
        let record = read_at(&home.audit(), at.segment, at.offset).unwrap();
        prop_assert_eq!(record.get("pid").unwrap().as_u64(), Some(u64::from(pid)));
        let argv = record.get("argv").unwrap();
        for (word, expected) in argv.members().iter().zip(&expected) {
            if let Some(length) = word.get("length") {
                prop_assert_eq!(length.as_u64(), Some(expected.len() as u64));
            } else {
                prop_assert_eq!(&word.as_bytes().unwrap(), expected);
            }
        }
        if let Json::Array(members) = argv {
            prop_assert_eq!(members.len(), expected.len());
        }
        prop_assert!(verify_folder(&home.audit()).unwrap().is_intact());
    }
}
