//! Every failure as people see it: code, fact, causes, values, hint.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use goseal_core::digest::{H1, Sha256};
use goseal_core::evidence::Evidence;
use goseal_core::manifest::{Difference, EntryName};
use goseal_core::plan::RunRefusal;
use goseal_core::release::ReleaseId;
use goseal_core::version::{Version, VersionSyntax};
use goseal_inputs::Error as InputsError;
use goseal_lab::Lab;
use goseal_ledger::Error as LedgerError;
use goseal_ops::{
    Absence, Answer, Breakage, Error, FetchError, LockContradiction, PinFault, RequestFault,
    Unfetched,
};
use goseal_store::Error as StoreError;
use goseal_trust::{Error as TrustError, Fork, Hash, ProofError, Roots};

use super::*;

/// As the terminal shows it, after the code.
fn shown(failure: &Failure) -> String {
    let lines = failure.lines(str::to_owned, str::to_owned);
    on_its_platform(&format!(
        "{}| {}\n",
        failure.exit.code(),
        lines.join("\n   ")
    ))
}

/// As a machine says it that the release of these tests runs on: others name the platform too.
fn on_its_platform(text: &str) -> String {
    text.replace("1.22.5 --platform linux/amd64", "1.22.5")
}

fn all<E: Into<Error>>(errors: Vec<E>) -> String {
    let errors = errors.into_iter().map(Into::into);
    errors.map(|error: Error| shown(&error.into())).collect()
}

fn id() -> ReleaseId {
    ReleaseId::parse("go1.22.5.linux-amd64").unwrap()
}

fn version(text: &str) -> Version {
    Version::parse(text).unwrap()
}

fn h1(byte: u8) -> H1 {
    H1::from_sha256(Sha256::from_bytes([byte; 32]))
}

fn hash(byte: u8) -> Hash {
    Hash::from_bytes([byte; 32])
}

fn system(number: i32) -> io::Error {
    io::Error::from_raw_os_error(number)
}

const EACCES: i32 = 13;
const ENOSPC: i32 = 28;
const EROFS: i32 = 30;

fn of_words() -> Vec<Error> {
    let pin = |fault| Error::Pin {
        path: "/p/.go-version".into(),
        fault,
    };
    let inexact = |text: &str, installed: &[&str]| {
        Error::Request(RequestFault::Inexact {
            syntax: Version::parse(text).unwrap_err(),
            installed: installed.iter().map(|text| version(text)).collect(),
        })
    };
    let line = |installed: &[&str]| {
        pin(PinFault::Line {
            at: 1,
            minor: 22,
            installed: installed.iter().map(|text| version(text)).collect(),
        })
    };
    let source = |by, reason: &str| {
        Error::Request(RequestFault::Source {
            text: "nowhere".to_owned(),
            by,
            reason: reason.to_owned(),
        })
    };
    let text = VersionSyntax::Malformed { text: "x".into() };
    vec![
        pin(PinFault::Text(format!("line 1: {text}"))),
        line(&[]),
        line(&["1.22.4", "1.22.5"]),
        pin(PinFault::Foreign {
            owner: 1001,
            config: "/home/a/.config/goseal/config.toml".into(),
        }),
        Error::Pin {
            path: "/p".into(),
            fault: PinFault::Absent { passed_over: None },
        },
        inexact("1.22", &["1.22.5"]),
        inexact("latest", &[]),
        inexact("1.22.5-evil", &[]),
        Error::Request(RequestFault::NothingOffered {
            request: "1.99".into(),
            nearest: Vec::new(),
        }),
        Error::Request(RequestFault::AgainstPin {
            asked: ReleaseId {
                version: version("1.27.4"),
                ..id()
            },
            pin: "/p/.go-version".into(),
            pinned: id(),
        }),
        Error::Request(RequestFault::Platform("beos".into())),
        source("--from", "is neither a folder nor an address"),
        source("goseal.toml", "is neither a folder nor an address"),
    ]
}

#[test]
fn pins_and_requests_say_what_to_type() {
    insta::assert_snapshot!(all(of_words()), @r"
    3| error: /p/.go-version: line 1: `x` is not a Go version
       hint: `goseal pin latest` writes one exact release into it, such as 1.22.5
    3| error: /p/.go-version: line 1: `1.22` is a line of releases, not one exact release
       hint: `goseal pin 1.22` writes the newest release of that line into it
    3| error: /p/.go-version: line 1: `1.22` is a line of releases, not one exact release
         installed: 1.22.4, 1.22.5; `goseal list --remote` shows all
       hint: `goseal pin 1.22` writes the newest release of that line into it
    3| error: /p/.go-version: it belongs to user 1001
       hint: if you trust it, name /p in `trusted_places` of /home/a/.config/goseal/config.toml
    3| error: no .go-version in /p or above, and no default
       hint: `goseal pin latest` pins the newest release here
    2| error: `1.22` is a line of releases, not one exact release
         installed: 1.22.5; `goseal list --remote` shows all
       hint: name one of them, such as 1.22.5
    2| error: `latest` is not one exact release
       hint: give one exact release, such as 1.22.5
    2| error: `1.22.5-evil` is not a Go version
       hint: give one exact release, such as 1.22.5
    4| error: the source offers no release for `1.99`
       hint: `goseal list --remote` shows what there is
    125| error: /p/.go-version pins go1.22.5.linux-amd64, and go1.27.4.linux-amd64 was asked for
       hint: `goseal pin 1.27.4` changes the pin
    2| error: `beos` is not a platform such as linux/amd64
       hint: name it as Go does: GOOS/GOARCH, such as linux/amd64
    2| error: --from: `nowhere` is neither a folder nor an address
       hint: give a module proxy's address, a mirror, a bundle, a folder of archives or a Go tree
    3| error: goseal.toml: `nowhere` is neither a folder nor an address
       hint: give a module proxy's address, a mirror, a bundle, a folder of archives or a Go tree
    ");
}

#[test]
fn what_is_not_installed_names_the_command_that_installs_it() {
    let unfetched = |why| Error::NotInstalled { why, id: id() };
    insta::assert_snapshot!(all(vec![
        Error::not_installed(id()),
        unfetched(Unfetched::Offline { from: None }),
        unfetched(Unfetched::NoLock("/p/goseal.lock".into())),
        unfetched(Unfetched::NoEntry("/p/goseal.lock".into())),
        RunRefusal {
            code: "env-w",
            what: "`go env -w CC` writes no setting that Go would read".into(),
            mend: "set it in goseal.toml".into(),
        }
        .into(),
        Error::Broken(Breakage::Part("/b/goseal-shim is not there".into())),
        Error::Broken(Breakage::Platform),
        Error::Broken(Breakage::Unlistable("/a:b/shims".into())),
        Error::Broken(Breakage::Bug("the client does not come to an end")),
    ]), @r"
    6| error: go1.22.5.linux-amd64 is not installed
       hint: `goseal install 1.22.5` installs it
    6| error: go1.22.5.linux-amd64 is not installed, and --offline forbids to fetch it
       hint: `goseal install 1.22.5` fetches it
    3| error: --frozen needs /p/goseal.lock, which is not there
       hint: `goseal lock` writes it, to be reviewed and committed
    3| error: /p/goseal.lock has no entry for go1.22.5.linux-amd64
       hint: `goseal lock --platform linux/amd64` adds it where 1.22.5 is pinned; `goseal default 1.22.5` locks it for places without a pin
    125| error: `go env -w CC` writes no setting that Go would read
       hint: set it in goseal.toml
    7| error: /b/goseal-shim is not there
       hint: install goseal again: program and shim are one build, in one folder
    4| error: Go is not published for the platform of this build
    7| error: /a:b/shims cannot stand in PATH
       hint: set GOSEAL_HOME to a folder without the separator of PATH in its name
    70| error: the client does not come to an end
       hint: report it with the command that you typed
    ");
}

#[test]
fn distrust_shows_both_values_below_each_other() {
    let changed = |name: &str| Difference::Changed(EntryName::parse(name).unwrap());
    let many: Vec<_> = (0..22)
        .map(|at| changed(&format!("src/f{at:02}.go")))
        .collect();
    let text = all(vec![
        Error::LockContradicted(Box::new(LockContradiction {
            path: "/p/goseal.lock".into(),
            id: id(),
            locked: h1(1),
            other: "the checksum database",
            found: h1(2),
        })),
        Error::Differs {
            id: id(),
            differences: vec![changed("bin/go")],
        },
        Error::Differs {
            id: id(),
            differences: many,
        },
    ]);
    insta::assert_snapshot!(text, @r"
    5| error: not to be trusted: /p/goseal.lock and the checksum database disagree on the h1 of go1.22.5.linux-amd64
         goseal.lock            h1:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=
         the checksum database  h1:AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=
       hint: find out who changed goseal.lock, and when, before anything else
    5| error: not to be trusted: go1.22.5.linux-amd64 differs from what was published: changed bin/go
       hint: `goseal verify --repair 1.22.5` puts back what was published
    5| error: not to be trusted: go1.22.5.linux-amd64 differs from what was published: changed src/f00.go and 21 more
         changed src/f00.go
         changed src/f01.go
         changed src/f02.go
         changed src/f03.go
         changed src/f04.go
         changed src/f05.go
         changed src/f06.go
         changed src/f07.go
         changed src/f08.go
         changed src/f09.go
         changed src/f10.go
         changed src/f11.go
         changed src/f12.go
         changed src/f13.go
         changed src/f14.go
         changed src/f15.go
         changed src/f16.go
         changed src/f17.go
         changed src/f18.go
         changed src/f19.go
         and 2 more
       hint: `goseal verify --repair 1.22.5` puts back what was published
    ");
}

fn of_heads() -> Vec<TrustError> {
    let roots = Roots::new(&Lab::verifier_key_text(), &Lab::embedded_head_note()).unwrap();
    let head = roots
        .open_head(Lab::embedded_head_note().as_bytes(), "embedded")
        .unwrap();
    let source = || ProofError::Root {
        size: 9,
        expected: hash(1),
        found: hash(2),
    };
    vec![
        TrustError::Fork(Box::new(Fork {
            known: head.clone(),
            served: head,
            proof: Vec::new(),
        })),
        TrustError::Head {
            place: "lookup",
            source: ProofError::UnknownSigners,
        },
        TrustError::Head {
            place: "proof",
            source: source(),
        },
        TrustError::Rollback { known: 9, found: 7 },
        TrustError::Inclusion {
            record: 4,
            source: source(),
        },
        TrustError::Tile(ProofError::TileForged {
            tile: "tile/8/0/001".into(),
            expected: hash(1),
            found: hash(2),
        }),
        TrustError::Tile(ProofError::TileLength {
            tile: "tile/8/0/001".into(),
            expected: 8192,
            found: 8191,
        }),
    ]
}

fn of_the_database() -> Vec<TrustError> {
    let h1_of = |left, right| TrustError::Contradiction {
        what: format!("h1 of {}", id()),
        left: (left, h1(1).to_string()),
        right: (right, h1(2).to_string()),
    };
    let missing = |evidence| TrustError::EvidenceMissing { id: id(), evidence };
    let mut errors = vec![
        h1_of("goseal.lock", "the unpacked files"),
        h1_of("the checksum database", "the unpacked files"),
    ];
    errors.extend(of_heads());
    errors.extend([
        TrustError::Lookup("no record number"),
        TrustError::RecordNumber { record: 9, size: 7 },
        TrustError::RecordLine {
            id: id(),
            line: "evil h1:x\u{1b}".into(),
        },
        TrustError::RecordHash { id: id(), found: 2 },
        TrustError::Proof("no record"),
        TrustError::Missing {
            path: "lookup/golang.org/toolchain@v0.0.1-go1.99.1.linux-amd64".into(),
        },
        missing(Evidence::Lock),
        missing(Evidence::Sumdb),
    ]);
    errors
}

#[test]
fn what_the_checksum_database_says_is_judged_or_missing() {
    insta::assert_snapshot!(all(of_the_database()), @r"
    5| error: not to be trusted: goseal.lock and the unpacked files disagree on the h1 of go1.22.5.linux-amd64
         goseal.lock         h1:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=
         the unpacked files  h1:AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=
       hint: find out who changed goseal.lock, and when, before anything else
    5| error: not to be trusted: the checksum database and the unpacked files disagree on the h1 of go1.22.5.linux-amd64
         the checksum database  h1:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=
         the unpacked files     h1:AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=
       hint: find out who served it before anything else; nothing of it was kept or used
    5| error: not to be trusted: the checksum database signed two histories
         known   100 records, root X4OttPSwebD/VG2w9RvoSCh+tr1FCLdakCEnhQmnooQ=
         served  100 records, root X4OttPSwebD/VG2w9RvoSCh+tr1FCLdakCEnhQmnooQ=
       hint: send what is kept in `sumdb/forks` to the Go team: one of the two is a lie
    5| error: not to be trusted: checksum database, head in lookup: signed note: no signature of a known key
       hint: find out who served it before anything else; nothing of it was kept or used
    5| error: not to be trusted: checksum database, head in proof: another root of 9 records
         expected  AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=
         found     AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=
       hint: where it is an installed tree's, `goseal verify --repair` proves that anew
    5| error: not to be trusted: checksum database went back: 9 records known, 7 found
       hint: find out who served it before anything else; nothing of it was kept or used
    5| error: not to be trusted: checksum database, record 4 is not in the tree: another root of 9 records
         expected  AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=
         found     AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=
       hint: find out who served it before anything else; nothing of it was kept or used
    5| error: not to be trusted: checksum database: tile/8/0/001 is forged
         expected  AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=
         found     AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=
       hint: find out who served it before anything else; nothing of it was kept or used
    5| error: not to be trusted: checksum database, tile: tile/8/0/001 has 8191 bytes, expected 8192
       hint: find out who served it before anything else; nothing of it was kept or used
    5| error: not to be trusted: checksum database, lookup: no record number
       hint: find out who served it before anything else; nothing of it was kept or used
    5| error: not to be trusted: checksum database, record 9 is outside its tree of 7 records
       hint: find out who served it before anything else; nothing of it was kept or used
    5| error: not to be trusted: checksum database, record of go1.22.5.linux-amd64 holds the line `evil h1:x\u{1b}`
       hint: find out who served it before anything else; nothing of it was kept or used
    5| error: not to be trusted: checksum database, record of go1.22.5.linux-amd64 has 2 h1 lines, expected 1
       hint: find out who served it before anything else; nothing of it was kept or used
    5| error: not to be trusted: stored proof: no record
       hint: where it is an installed tree's, `goseal verify --repair` proves that anew
    4| error: the checksum database, as it was served, has no record of go1.99.1.linux-amd64
       hint: `goseal list --remote` shows what there is
    3| error: policy requires `lock` evidence of go1.22.5.linux-amd64, and there is none
       hint: `goseal lock --platform linux/amd64` adds it where 1.22.5 is pinned; `goseal default 1.22.5` locks it for places without a pin
    4| error: policy requires `sumdb` evidence of go1.22.5.linux-amd64, and there is none
       hint: the organisation's policy requires it: ask who wrote that policy
    ");
}

fn of_connections() -> Vec<FetchError> {
    let address = || "https://a.example/x".to_owned();
    let reason = || "why".to_owned();
    vec![
        FetchError::Goproxy {
            entry: "nonsense".into(),
            reason: reason(),
        },
        FetchError::Address {
            text: "nonsense".into(),
            reason: reason(),
        },
        FetchError::Setup {
            what: "HTTPS_PROXY".into(),
            reason: "it is no address of a proxy".into(),
        },
        FetchError::Connect {
            address: address(),
            reason: reason(),
        },
        FetchError::Tls {
            address: address(),
            reason: "unknown issuer".into(),
        },
        FetchError::Interrupted {
            address: address(),
            received: 7,
            reason: reason(),
        },
        FetchError::TooSlow {
            address: address(),
            bytes: 7,
            window_ms: 30_000,
        },
    ]
}

fn of_answers() -> Vec<FetchError> {
    let address = || "https://a.example/x".to_owned();
    let reason = || "why".to_owned();
    let status = |status| FetchError::Status {
        address: address(),
        status,
    };
    let io = |number| FetchError::Io {
        path: "/s/staging/zip".into(),
        source: system(number),
    };
    vec![
        status(401),
        status(503),
        status(418),
        FetchError::Redirect {
            address: address(),
            to: "http://b.example/".into(),
            reason: "it leads from https to http",
        },
        FetchError::TooLong {
            address: address(),
            limit: 10,
        },
        FetchError::WrongSize {
            address: address(),
            expected: 10,
            actual: 11,
        },
        FetchError::Encoded {
            address: address(),
            encoding: "gzip".into(),
        },
        FetchError::Index {
            address: address(),
            reason: reason(),
        },
        io(ENOSPC),
        io(EACCES),
    ]
}

#[test]
fn each_failure_of_the_wire_has_its_own_mend() {
    let mut errors = of_connections();
    errors.extend(of_answers());
    insta::assert_snapshot!(all(errors), @r"
    4| error: GOPROXY entry `nonsense`: why
       hint: give GOPROXY addresses, `direct` or `off`, with `,` or `|` between them
    4| error: address `nonsense`: why
       hint: give an address such as https://proxy.example/path
    4| error: HTTPS_PROXY: it is no address of a proxy
       hint: correct HTTPS_PROXY, or unset it
    4| error: https://a.example/x: no answer: why
       hint: look at GOPROXY, which says whom to ask, and set HTTPS_PROXY where the network needs a proxy
    4| error: https://a.example/x: TLS failed: unknown issuer
       hint: set SSL_CERT_FILE to the certificates that this network's TLS is signed with
    4| error: https://a.example/x: cut off after 7 bytes: why
       hint: run the command again
    4| error: https://a.example/x: 7 bytes in 30000 ms, below the minimum rate
       hint: run the command again
    4| error: https://a.example/x: status 401
       hint: put user and password into .netrc, or into the address of the proxy
    4| error: https://a.example/x: status 503
       hint: run the command again later
    4| error: https://a.example/x: status 418
       hint: name another source with --from
    4| error: https://a.example/x: redirect to http://b.example/: it leads from https to http
       hint: name the address that it leads to as the source, if you trust it
    4| error: https://a.example/x: body longer than 10 bytes
       hint: name another source with --from
    4| error: https://a.example/x: 11 bytes, expected 10
       hint: name another source with --from
    4| error: https://a.example/x: content encoding `gzip`, expected none
       hint: name another source with --from
    4| error: https://a.example/x: why
       hint: name another source with --from
    7| error: /s/staging/zip: No space left on device (os error 28)
       hint: make room on that disk
    7| error: /s/staging/zip: Permission denied (os error 13)
       hint: give this user access to it
    ");
}

#[test]
fn places_without_the_release_stand_below_each_other() {
    let places = |all: &[(&str, Answer)]| FetchError::NotCarried {
        places: all
            .iter()
            .map(|(place, answer)| Absence {
                place: (*place).to_owned(),
                answer: *answer,
            })
            .collect(),
    };
    let errors = vec![
        places(&[]),
        places(&[("off", Answer::Off)]),
        places(&[("direct", Answer::Direct)]),
        places(&[
            ("https://a.example/x", Answer::Status(404)),
            ("/srv/x", Answer::NoFile),
            ("direct", Answer::Direct),
        ]),
        places(&[("https://a.example/x", Answer::Status(403))]),
    ];
    insta::assert_snapshot!(all(errors), @r"
    4| error: there is no source to ask
       hint: set GOPROXY to a module proxy: `direct` and `off` carry no toolchains
    4| error: GOPROXY is `off`: nobody was asked
       hint: set GOPROXY to a module proxy: `direct` and `off` carry no toolchains
    4| error: not carried by any source
         carries no toolchains  direct
       hint: set GOPROXY to a module proxy: `direct` and `off` carry no toolchains
    4| error: not carried by any source
         status 404             https://a.example/x
         no such file           /srv/x
         carries no toolchains  direct
       hint: `goseal list --remote` shows what there is
    4| error: not carried by any source
         status 403  https://a.example/x
       hint: ask whoever runs that proxy to allow golang.org/toolchain
    ");
}

fn of_archives() -> Vec<StoreError> {
    let path = || PathBuf::from("/s/staging/a.zip");
    vec![
        StoreError::Archive {
            path: path(),
            entry: None,
            fault: "no central directory",
        },
        StoreError::Archive {
            path: path(),
            entry: Some("go/x".into()),
            fault: "another size",
        },
        StoreError::Name {
            path: path(),
            source: EntryName::parse("../x").unwrap_err(),
        },
        StoreError::Limit {
            path: path(),
            what: "files",
            limit: 50_000,
        },
        StoreError::Size {
            path: path(),
            expected: 9,
            actual: 7,
        },
        StoreError::OtherRelease {
            path: path(),
            expected: "go1.22.5".into(),
            actual: "go1.22.4".into(),
        },
        StoreError::H1 {
            release: id(),
            expected: h1(1),
            actual: h1(2),
        },
        StoreError::Seal {
            path: format!("/s/seals/{}/proof", id()).into(),
            fault: "another digest than the seal says",
        },
    ]
}

fn of_the_disk() -> Vec<StoreError> {
    let path = || PathBuf::from("/s/x");
    let io = |number| StoreError::Io {
        action: "write",
        path: path(),
        source: system(number),
    };
    vec![
        io(EACCES),
        io(ENOSPC),
        io(EROFS),
        io(5),
        StoreError::NotAFolder { path: path() },
        StoreError::NotAFile { path: path() },
        StoreError::TooLong {
            path: path(),
            limit: 10,
        },
        StoreError::Text {
            what: "source",
            text: "a\\nb".into(),
        },
        StoreError::AlreadyInstalled { path: path() },
    ]
}

#[test]
fn the_disk_and_what_lies_on_it() {
    let mut errors = of_the_disk();
    errors.extend(of_archives());
    insta::assert_snapshot!(all(errors), @r"
    7| error: cannot write /s/x
         caused by: Permission denied (os error 13)
       hint: give this user access to it
    7| error: cannot write /s/x
         caused by: No space left on device (os error 28)
       hint: make room on that disk
    7| error: cannot write /s/x
         caused by: Read-only file system (os error 30)
       hint: make that file system writable
    7| error: cannot write /s/x
         caused by: Input/output error (os error 5)
    7| error: /s/x is a link or no folder
       hint: put a folder of its own there
    7| error: /s/x is not a regular file
       hint: put a regular file there
    7| error: /s/x has more than 10 bytes
    7| error: source `a\nb` cannot be written into one line
       hint: set GOSEAL_HOME to a folder without a line feed in its name
    7| error: /s/x is installed already
    5| error: not to be trusted: /s/staging/a.zip has no central directory
       hint: find out who served it before anything else; nothing of it was kept or used
    5| error: not to be trusted: /s/staging/a.zip: entry `go/x` has another size
       hint: find out who served it before anything else; nothing of it was kept or used
    5| error: not to be trusted: /s/staging/a.zip: `../x` has an empty, `.` or `..` part
       hint: find out who served it before anything else; nothing of it was kept or used
    5| error: not to be trusted: /s/staging/a.zip unpacks to more than 50000 files
       hint: find out who served it before anything else; nothing of it was kept or used
    5| error: not to be trusted: /s/staging/a.zip has 7 bytes, and 9 came in
       hint: find out who served it before anything else; nothing of it was kept or used
    5| error: not to be trusted: /s/staging/a.zip is the release `go1.22.4`, not `go1.22.5`
       hint: find out who served it before anything else; nothing of it was kept or used
    5| error: not to be trusted: the staged files of go1.22.5.linux-amd64 are not those that were verified
         verified  h1:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=
         staged    h1:AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=
       hint: find out who served it before anything else; nothing of it was kept or used
    5| error: not to be trusted: /s/seals/go1.22.5.linux-amd64/proof has another digest than the seal says
       hint: `goseal uninstall 1.22.5` removes it, so that it can be installed anew
    ");
}

#[test]
fn files_that_runs_are_decided_from() {
    let path = || PathBuf::from("/p/goseal.toml");
    let errors = vec![
        InputsError::Read {
            path: path(),
            source: system(EACCES),
        },
        InputsError::NotRegular { path: path() },
        InputsError::TooLarge {
            path: path(),
            limit: 4096,
        },
        InputsError::Length {
            path: "/h/keys/redaction".into(),
            expected: 32,
            actual: 31,
        },
    ];
    insta::assert_snapshot!(all(errors), @r"
    7| error: cannot read /p/goseal.toml: Permission denied (os error 13)
       hint: give this user access to it
    3| error: /p/goseal.toml is not a regular file
       hint: put a regular file there
    3| error: /p/goseal.toml is longer than 4096 bytes
       hint: shorten it
    7| error: /h/keys/redaction has 31 bytes instead of 32
       hint: remove it: it is made anew
    ");
}

#[test]
fn a_log_that_cannot_be_written_says_why_nothing_ran() {
    let path = || PathBuf::from("/h/audit/log.jsonl");
    let write = |source| LedgerError::Write {
        path: path(),
        written: 512,
        expected: 1536,
        source,
    };
    let chain = |other_owner| LedgerError::NoChain {
        folder: "/h/audit".into(),
        other_owner,
    };
    let errors = vec![
        LedgerError::Io {
            action: "open",
            path: path(),
            source: system(EROFS),
        },
        LedgerError::Busy {
            path: "/h/audit/lock".into(),
            waited: Duration::from_secs(5),
        },
        chain(false),
        chain(true),
        write(Some(system(ENOSPC))),
        write(None),
        LedgerError::TooLong { length: 5000 },
        LedgerError::WrongEvent { kind: "genesis" },
        LedgerError::SegmentExists { path: path() },
        LedgerError::NotARecord {
            path: path(),
            offset: 512,
        },
    ];
    insta::assert_snapshot!(all(errors), @r"
    7| error: cannot open /h/audit/log.jsonl
         caused by: Read-only file system (os error 30)
       hint: make that file system writable
    7| error: another process has held /h/audit/lock for 5000 ms
       hint: end the process that holds it
    7| error: no chain in /h/audit
       hint: `goseal init` begins the log
    7| error: the chain in /h/audit belongs to another machine or user
       hint: `goseal init` begins the log
    7| error: wrote 512 of 1536 bytes of a record to /h/audit/log.jsonl
         caused by: No space left on device (os error 28)
       hint: make room on that disk
    7| error: wrote 512 of 1536 bytes of a record to /h/audit/log.jsonl
       hint: make room on that disk
    70| error: a record of 5000 bytes, at most 4096 fit
       hint: report it with the command that you typed
    70| error: a record of type genesis has no place here
       hint: report it with the command that you typed
    7| error: the closed segment /h/audit/log.jsonl is there already
       hint: `goseal audit verify` names what is damaged
    7| error: no whole record at offset 512 of /h/audit/log.jsonl
       hint: `goseal audit verify` names what is damaged
    ");
}

#[test]
fn places_that_cannot_be_found() {
    let all = [
        Unusable::WorkingDirectory(system(2)),
        Unusable::OwnPath(system(2)),
        Unusable::NoHome,
        Unusable::HomeFile("/h/shims/home".into(), "another format at line 1".into()),
        Unusable::RelativeHome("here".into()),
    ];
    let mut text: String = all.map(|one| shown(&one.into())).concat();
    text += &shown(&system(ENOSPC).into());
    insta::assert_snapshot!(text, @r"
    7| error: the working directory cannot be read
         caused by: No such file or directory (os error 2)
       hint: change to a folder that is there
    7| error: the path of this program cannot be found
         caused by: No such file or directory (os error 2)
    7| error: this user has no home folder
       hint: set GOSEAL_HOME to an absolute folder that holds everything
    7| error: /h/shims/home: another format at line 1
       hint: `goseal init` writes it anew
    2| error: GOSEAL_HOME is `here`, which is not absolute
       hint: give GOSEAL_HOME an absolute path
    7| error: cannot write to stdout
         caused by: No space left on device (os error 28)
    ");
}

#[test]
fn a_shim_speaks_in_lines_of_its_own_and_in_its_own_codes() {
    let of_run = |error| {
        let failure = Failure::of_run(error);
        format!(
            "{}| {}\n",
            failure.exit.code(),
            failure.shim_lines().join("\n   ")
        )
    };
    let text = [
        of_run(Error::Pin {
            path: "/p".into(),
            fault: PinFault::Absent { passed_over: None },
        }),
        of_run(Error::not_installed(id())),
        of_run(Error::LockContradicted(Box::new(LockContradiction {
            path: "/p/goseal.lock".into(),
            id: id(),
            locked: h1(1),
            other: "the installed tree",
            found: h1(2),
        }))),
        of_run(
            StoreError::NotAFile {
                path: "/a\n\u{1b}[2J".into(),
            }
            .into(),
        ),
    ];
    insta::assert_snapshot!(on_its_platform(&text.concat()), @r"
    127| goseal: no .go-version in /p or above, and no default
       goseal: hint: in a project `goseal pin latest` pins a release; `goseal default latest` sets one for all other places
    127| goseal: go1.22.5.linux-amd64 is not installed
       goseal: hint: `goseal install 1.22.5` installs it
    125| goseal: not to be trusted: /p/goseal.lock and the installed tree disagree on the h1 of go1.22.5.linux-amd64
       goseal: goseal.lock         h1:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=
       goseal: the installed tree  h1:AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=
       goseal: hint: find out who changed goseal.lock, and when, before anything else
    125| goseal: /a\n\u{1b}[2J is not a regular file
       goseal: hint: put a regular file there
    ");
}

/// Everything that is distrust, of every crate.
fn distrusted() -> Vec<Failure> {
    let of_trust = of_heads().into_iter().map(Error::from);
    let of_store = of_archives().into_iter().map(Error::from);
    of_trust.chain(of_store).map(Failure::from).collect()
}

#[test]
fn distrust_looks_different_and_never_tells_to_try_again() {
    for failure in distrusted() {
        assert_eq!(failure.exit, Exit::Distrust, "{failure:?}");
        let text = shown(&failure);
        assert!(text.starts_with("5| error: not to be trusted: "), "{text}");
        let hint = failure.hint.clone().unwrap_or_default();
        for word in ["again", "retry", "--from", "other source"] {
            assert!(!hint.contains(word), "{text}");
        }
    }
}

#[test]
fn a_fact_is_not_repeated_by_its_causes() {
    for failure in distrusted() {
        for cause in &failure.causes {
            assert!(!failure.fact.contains(cause), "{failure:?}");
        }
    }
}

mod carry;
mod evidence;
mod faults;
mod locks;
mod rebuild;
mod verify;
