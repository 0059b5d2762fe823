//! Whatever a project's file chooses, the settings that are goseal's own stay as they are and no
//! program gets into GOFLAGS; no message shows the password of an address.
#![no_main]

use std::path::Path;

use goseal_config::parse_project;
use goseal_core::decide::decide;
use goseal_core::quoted;
use libfuzzer_sys::fuzz_target;

const PASSWORD: &str = "Zq7Xw2Vk9Jt4";

fn check(bytes: &[u8]) {
    let project = match parse_project(bytes, Path::new("goseal.toml")) {
        Ok(project) => project,
        Err(error) => {
            let told = format!("{error}\n{}", error.snippet().unwrap_or_default());
            assert!(!told.contains(PASSWORD), "{told}");
            assert!(
                !told.replace('\n', "").chars().any(char::is_control),
                "{told:?}"
            );
            return;
        }
    };
    let known = goseal_fuzz::known(Some(&project), None);
    let Ok(plan) = decide(&known) else { return };
    for (name, value) in [
        ("GOTOOLCHAIN", "local"),
        ("GOENV", "off"),
        ("GOROOT", "/store/toolchains/go1.22.5.linux-amd64"),
        ("GO111MODULE", "on"),
        ("GOSUMDB", "sum.golang.org"),
        ("GOCACHE", "/cache/gocache/x"),
    ] {
        assert_eq!(plan.forced_value(name), Some(value));
    }
    assert!(
        plan.forced_value("GONOSUMDB")
            .is_some_and(|value| !value.is_empty())
    );
    let flags = plan.forced_value("GOFLAGS").expect("always forced");
    let words = quoted::split(flags).expect("GOFLAGS that Go can read");
    for word in words {
        let name = word.split('=').next().unwrap_or_default();
        let known = [
            "-mod",
            "-trimpath",
            "-buildvcs",
            "-tags",
            "-race",
            "-pgo",
            "-ldflags",
        ];
        assert!(known.contains(&name), "{word}");
    }
    let text = plan.format();
    assert_eq!(goseal_core::plan::Plan::parse(text.as_bytes()), Ok(plan));
}

fuzz_target!(|data: &[u8]| {
    check(data);
    let (before, after) = goseal_fuzz::bend::split_at(data, b"@@");
    let address = format!("https://user:{PASSWORD}@");
    check(&[before, address.as_bytes(), after].concat());
});
