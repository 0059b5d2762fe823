//! A secret of a listed shape is never in the output, whatever stands around it.
#![no_main]

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::Path;

use goseal_ledger::redact::Redactor;
use libfuzzer_sys::fuzz_target;

const SECRET: &str = "Zq7Xw2Vk9Jt4";

/// The shapes: what stands before the secret and after it, and whether the whole word must end
/// with it.
const SHAPES: [(&str, &str); 9] = [
    ("https://user:", "@host.example/path"),
    ("https://", "@host.example"),
    ("API_TOKEN=", ""),
    ("password: ", ""),
    ("Authorization: Bearer ", ""),
    ("Bearer ", " "),
    (" ghp_", " "),
    (" -X main.key=", " "),
    ("client_secret%3D", " "),
];

fn holds(bytes: &[u8]) -> bool {
    bytes
        .windows(SECRET.len())
        .any(|part| part == SECRET.as_bytes())
}

fuzz_target!(|data: &[u8]| {
    let redactor = Redactor::new(&[1; 32], Some(Path::new("/home/ann")));
    let Some((shape, around)) = data.split_first() else {
        return;
    };
    let (before, after) = goseal_fuzz::bend::split_at(around, b"\n");
    if holds(before) || holds(after) {
        return;
    }
    let (opens, closes) = SHAPES[usize::from(*shape) % SHAPES.len()];
    let word = [
        before,
        opens.as_bytes(),
        SECRET.as_bytes(),
        closes.as_bytes(),
        after,
    ]
    .concat();
    let flags: [&[u8]; 3] = [b"--api-token", b"--password", b"-token"];
    let argv = [
        OsString::from_vec(word.clone()),
        OsString::from_vec(flags[usize::from(*shape) % 3].to_vec()),
        OsString::from_vec([before, SECRET.as_bytes(), after].concat()),
    ];
    for word in redactor.argv(&argv, None).words() {
        assert!(
            !holds(word.as_bytes()),
            "{}",
            word.as_bytes().escape_ascii()
        );
    }
    let value = redactor.value("CI_JOB_TOKEN", OsStr::from_bytes(&word));
    assert!(!holds(value.as_bytes()));
    let value = redactor.value("GOFLAGS", OsStr::from_bytes(&word));
    assert!(
        !holds(value.as_bytes()),
        "{}",
        value.as_bytes().escape_ascii()
    );
    if let Ok(text) = std::str::from_utf8(&word) {
        let text = redactor.text(text);
        assert!(
            !holds(text.as_bytes()),
            "{}",
            text.as_bytes().escape_ascii()
        );
    }
});
