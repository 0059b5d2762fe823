use proptest::prelude::*;

use super::*;

const TEXT: &str = "version = 1

[[toolchain]]
version = \"1.22.5\"
platform = \"linux/amd64\"
h1 = \"h1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"
record = 28000000
tree_size = 40000000
tree_root = \"0101010101010101010101010101010101010101010101010101010101010101\"
archive = \"go1.22.5.linux-amd64.tar.gz\"
sha256 = \"0202020202020202020202020202020202020202020202020202020202020202\"
size = 68958945

[[toolchain]]
version = \"1.26.10\"
platform = \"darwin/arm64\"
h1 = \"h1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"
";

fn parse(text: &str) -> Result<Lock, Error> {
    parse_lock(text.as_bytes(), Path::new("goseal.lock"))
}

fn refusal(text: &str) -> String {
    parse(text).unwrap_err().to_string()
}

#[test]
fn a_lock_is_read_and_written_the_same() {
    let lock = parse(TEXT).unwrap();
    assert_eq!(lock.entries.len(), 2);
    assert_eq!(format_lock(&lock), TEXT);
    assert_eq!(format_lock(&Lock::default()), "version = 1\n");
    assert_eq!(parse("version = 1\n"), Ok(Lock::default()));
}

#[test]
fn blocks_in_any_order_with_comments_are_read_and_written_sorted() {
    let (head, blocks) = TEXT.split_once("\n[[").unwrap();
    let (first, second) = blocks.split_once("\n[[").unwrap();
    let merged = format!("{head}\n[[{second}\n# merged by hand\r\n[[{first}");
    assert_ne!(merged, TEXT);
    assert_eq!(format_lock(&parse(&merged).unwrap()), TEXT);
}

/// What stands in [`TEXT`], what is put in its place, and the refusal.
const FAULTS: [(&str, &str, &str); 19] = [
    ("version = 1\n", "", "goseal.lock:1:1: `version` is missing"),
    (
        "version = 1\n",
        "version = 2\nfuture = 1\n",
        "goseal.lock:1:11: version 2 of the format, this build reads version 1",
    ),
    (
        "version = 1\n",
        "version = \"1\"\n",
        "goseal.lock:1:11: `version` must be a number, found a text",
    ),
    (
        "version = 1\n",
        "version = 1\nmore = 1\n",
        "goseal.lock:2:1: unknown key `more`",
    ),
    (
        "size = 6",
        "sise = 6",
        "goseal.lock:12:1: unknown key `sise`, the nearest known key is `size`",
    ),
    (
        "1.26.10",
        "1.26",
        "goseal.lock:15:11: `version` must be one exact Go release such as `1.26.10`, found `1.26`",
    ),
    (
        "1.26.10",
        "go1.26.10",
        "goseal.lock:15:11: `version` must be one exact Go release such as `1.26.10`, found `go1.26.10`",
    ),
    (
        "darwin/arm64",
        "darwin",
        "goseal.lock:16:12: `platform` must be a platform such as `linux/amd64`, found `darwin`",
    ),
    (
        "1.26.10\"\nplatform = \"darwin/arm64",
        "1.22.5\"\nplatform = \"linux/amd64",
        "goseal.lock:14:1: `go1.22.5.linux-amd64` stands there twice",
    ),
    (
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        "AAAA",
        "goseal.lock:6:6: `h1` must be `h1:` and the base64 of 32 bytes, found `h1:AAAA`",
    ),
    ("h1 = ", "# h1 = ", "goseal.lock:3:1: `h1` is missing"),
    (
        "0101",
        "0x01",
        "goseal.lock:9:13: `tree_root` must be 64 lower-case hexadecimal digits, found `0x01010101010101010101010101010101010101010101010101010101010101`",
    ),
    (
        "record = 28000000\n",
        "",
        "goseal.lock:3:1: `record` is missing",
    ),
    (
        "record = 28000000",
        "record = 40000000",
        "goseal.lock:7:10: `record` must be a record number below `tree_size`, found `40000000`",
    ),
    (
        "record = 28000000",
        "record = -1",
        "goseal.lock:7:10: `record` must be a number from 0 to 18446744073709551615, found `-1`",
    ),
    (
        "go1.22.5.linux-amd64.tar.gz",
        "go1.22.6.linux-amd64.tar.gz",
        "goseal.lock:10:11: `archive` must be the name of an archive of this release, found `go1.22.6.linux-amd64.tar.gz`",
    ),
    (
        "go1.22.5.linux-amd64.tar.gz",
        "../go1.22.5.linux-amd64.tar.gz",
        "goseal.lock:10:11: `archive` must be the name of an archive of this release, found `../go1.22.5.linux-amd64.tar.gz`",
    ),
    ("sha256 = ", "# ", "goseal.lock:3:1: `sha256` is missing"),
    (
        "[[toolchain]]",
        "[toolchain]",
        "goseal.lock:14:3: not TOML: duplicate key",
    ),
];

#[test]
fn refuses_what_a_lock_does_not_hold() {
    for (from, to, expected) in FAULTS {
        let text = TEXT.replacen(from, to, 1);
        assert_ne!(text, TEXT, "{from}");
        assert_eq!(refusal(&text), expected, "{from} -> {to}");
    }
    assert_eq!(
        refusal("version = 1\n[toolchain]\n"),
        "goseal.lock:2:1: `toolchain` must be `[[..]]` blocks, found a table"
    );
    assert_eq!(
        refusal("version = 1\ntoolchain = [1]\n"),
        "goseal.lock:2:14: `toolchain` must be a table, found a number"
    );
}

#[test]
fn a_file_name_cannot_end_its_string() {
    let mut lock = parse(TEXT).unwrap();
    for entry in lock.entries.values_mut() {
        if let Some(archive) = &mut entry.archive {
            archive.file_name = "go1.22.5.x\"\n[[toolchain]]\\".into();
        }
    }
    assert_eq!(
        refusal(&format_lock(&lock)),
        "goseal.lock:10:11: `archive` must be the name of an archive of this release, found `go1.22.5.x\\\"\\n[[toolchain]]\\\\`"
    );
}

fn release() -> impl Strategy<Value = ReleaseId> {
    let versions = ["1.20", "1.21rc2", "1.21.0", "1.22.5", "1.26.10", "1.27.4"];
    let platforms = ["linux/amd64", "linux/arm", "windows/arm64", "darwin/arm64"];
    (
        proptest::sample::select(versions.to_vec()),
        proptest::sample::select(platforms.to_vec()),
    )
        .prop_map(|(version, platform)| ReleaseId {
            version: Version::parse(version).unwrap(),
            platform: Platform::parse(platform).unwrap(),
        })
}

fn digest() -> impl Strategy<Value = Sha256> {
    any::<[u8; 32]>().prop_map(Sha256::from_bytes)
}

fn position() -> impl Strategy<Value = SumdbPosition> {
    (0..u64::MAX, any::<u64>(), digest()).prop_map(|(record, more, tree_root)| SumdbPosition {
        record,
        tree_size: record.saturating_add(more).max(record + 1),
        tree_root,
    })
}

fn lock() -> impl Strategy<Value = Lock> {
    let archive = proptest::option::of((digest(), proptest::option::of(any::<u64>())));
    let block = (
        release(),
        digest(),
        proptest::option::of(position()),
        archive,
    );
    proptest::collection::vec(block, 0..12).prop_map(|blocks| Lock {
        entries: blocks
            .into_iter()
            .map(|(id, h1, position, archive)| {
                let archive = archive.map(|(sha256, size)| LockedArchive {
                    file_name: id.archive_file_name(),
                    sha256,
                    size,
                });
                (
                    id,
                    LockEntry {
                        h1: H1::from_sha256(h1),
                        position,
                        archive,
                    },
                )
            })
            .collect(),
    })
}

proptest! {
    #[test]
    fn reading_is_the_inverse_of_writing(lock in lock()) {
        let text = format_lock(&lock);
        prop_assert_eq!(parse(&text).unwrap(), lock);
    }

    #[test]
    fn a_damaged_lock_never_makes_the_reader_panic(at in 0..TEXT.len(), byte in any::<u8>()) {
        let mut bytes = TEXT.as_bytes().to_vec();
        bytes[at] = byte;
        if let Ok(lock) = parse_lock(&bytes, Path::new("goseal.lock")) {
            let text = format_lock(&lock);
            prop_assert_eq!(parse(&text).unwrap(), lock);
        }
    }
}
