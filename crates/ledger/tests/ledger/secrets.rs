//! No secret of a listed shape in any file below the folder.

use std::fs;
use std::path::{Path, PathBuf};

use goseal_core::digest::Sha256;
use goseal_ledger::record::{Action, Change, Claim, Event, Failed, Start};
use goseal_ledger::redact::Redacted;

use crate::drafts::{Home, redactor, start};

/// Where a secret stands in a text.
type Around = fn(&str) -> String;

/// How a secret begins so that its shape shows by itself; empty where a name shows it.
const SHAPES: [(&str, Around); 24] = [
    ("", |s| format!("https://{s}@proxy.example.com/x")),
    ("", |s| format!("https://user:{s}@proxy.example.com,direct")),
    ("", |s| format!("-ldflags=-s -X main.key={s} -w")),
    ("", |s| format!("-ldflags=-X 'main.key={s}'")),
    ("", |s| format!("-mod=mod '-ldflags=-X main.key={s}'")),
    ("", |s| format!("password={s}")),
    ("", |s| format!("--db-password={s}")),
    ("", |s| format!("TOKEN={s}")),
    ("", |s| format!("https://h.example.com/a?access_token={s}")),
    ("", |s| format!("client_secret: {s}")),
    ("", |s| format!("{{\"api_key\":\"{s}\"}}")),
    ("", |s| format!("Authorization: Basic {s}")),
    ("", |s| format!("-H \"authorization: token {s}\"")),
    ("", |s| format!("Bearer {s}")),
    ("ghp_", str::to_owned),
    ("gho_", |s| format!("x={s}")),
    ("github_pat_", |s| format!("({s})")),
    ("glpat-", |s| format!("a {s} b")),
    ("AKIA", |s| format!("id:{}", s.to_uppercase())),
    ("xoxb-", |s| format!("slack/{s}")),
    ("eyJ", |s| format!("jwt {s}.{s}")),
    ("ghs_", |s| format!("%3D{s}")),
    ("sk_live_", |s| format!("\"{s}\"")),
    ("-----BEGIN RSA PRIVATE KEY-----", |s| {
        format!("key\n{s}\nx")
    }),
];

/// Three bodies for each shape: 72 secrets.
fn secrets() -> Vec<(String, Around)> {
    let mut all = Vec::new();
    for (n, (start, around)) in SHAPES.iter().enumerate() {
        for body in 0..3 {
            let text = Sha256::of(format!("{n} {body}").as_bytes()).to_string();
            let secret = format!("{start}{}", &text[..24]);
            let upper = *start == "AKIA";
            all.push((if upper { secret.to_uppercase() } else { secret }, *around));
        }
    }
    all
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}

fn hex(text: &str) -> String {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap();
    let digits = text.bytes().flat_map(|b| [digit(b >> 4), digit(b & 15)]);
    digits.collect()
}

/// The part of its base64 that every text holding it at this alignment has.
fn base64(text: &str, shift: usize) -> String {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bytes = text.as_bytes();
    let groups = bytes[shift..].chunks_exact(3).flat_map(|g| {
        let v = u32::from(g[0]) << 16 | u32::from(g[1]) << 8 | u32::from(g[2]);
        [v >> 18, v >> 12, v >> 6, v].map(|d| char::from(DIGITS[(d & 63) as usize]))
    });
    groups.collect()
}

fn assert_absent(home: &Home, secret: &str) {
    // What shows the shape is no secret; what follows is.
    let body = &secret[secret.len() - 24..];
    let mut forms = vec![body.to_owned(), hex(body), hex(body).to_uppercase()];
    forms.extend((0..3).map(|shift| base64(body, shift)));
    for path in files(&home.audit()) {
        let bytes = fs::read(&path).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        for form in &forms {
            assert!(
                !text.contains(form),
                "{form} of {secret} in {}",
                path.display()
            );
        }
    }
}

fn append(home: &Home, n: u64, text: Redacted, argv: goseal_ledger::redact::Argv) {
    let change = Change {
        name: "GOFLAGS".to_owned(),
        action: Action::Forced,
        offered: Some(text.clone()),
        value: None,
    };
    let claim = Claim {
        name: "actor".to_owned(),
        value: text.clone(),
    };
    let start = Start {
        argv,
        cwd: text.clone(),
        environment: vec![change; 7],
        ci: vec![claim],
        ..start()
    };
    home.append(n, Event::Start(Box::new(start)));
    let failed = Failed {
        release: "go1.22.5.linux-amd64".to_owned(),
        source: text.clone(),
        code: "network".to_owned(),
        reason: text,
    };
    home.append(n, Event::Failed(failed));
}

#[test]
fn no_secret_of_a_listed_shape_is_in_any_file() {
    let home = Home::new();
    let secrets = secrets();
    assert!(secrets.len() >= 60);
    for (n, (secret, around)) in (1..).zip(&secrets) {
        let text = around(secret);
        let argv = redactor().argv(&["build", &text, &"z".repeat(300)], None);
        append(&home, n, redactor().text(&text), argv);
        // The same far behind, where only a blob holds it.
        let long = format!("{} {text}", "y ".repeat(200));
        let argv = redactor().argv(&[&long; 6], None);
        append(&home, n, redactor().value("GOFLAGS", long.as_ref()), argv);
    }
    for (n, (secret, _)) in (1000..).zip(&secrets) {
        let argv = redactor().argv(&["--token", secret, "--password", secret], None);
        append(
            &home,
            n,
            redactor().value("GITHUB_TOKEN", secret.as_ref()),
            argv,
        );
        let argv = redactor().argv(&["run", ".", secret], Some(2));
        append(&home, n, Redacted::default(), argv);
    }
    for (secret, _) in &secrets {
        assert_absent(&home, secret);
    }
    // The search itself finds what is there.
    fs::write(home.audit().join("x"), hex(&secrets[0].0)).unwrap();
    let found = std::panic::catch_unwind(|| assert_absent(&home, &secrets[0].0));
    assert!(found.is_err());
}

#[test]
fn bytes_that_are_not_utf_8_hide_no_secret() {
    use std::os::unix::ffi::OsStrExt as _;
    let home = Home::new();
    for (n, (secret, around)) in (1..).zip(&secrets()) {
        for mix in [&b"\xff "[..], b"\xff"] {
            let bytes = [mix, around(secret).as_bytes(), b"\xfe"].concat();
            let word = std::ffi::OsStr::from_bytes(&bytes);
            let argv = redactor().argv(&[word], None);
            append(&home, n, redactor().path(Path::new(word)), argv);
        }
        assert_absent(&home, secret);
    }
}

#[test]
fn the_record_says_how_often_and_by_which_rules() {
    let home = Home::new();
    let argv = redactor().argv(&["--token=a", "password=b", "c"], None);
    append(&home, 1, Redacted::default(), argv);
    let log = String::from_utf8(home.bytes()).unwrap();
    assert!(
        log.contains(r#""redaction":{"rules":1,"count":2}"#),
        "{log}"
    );
}
