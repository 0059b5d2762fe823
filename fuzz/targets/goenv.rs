//! Every variable of a Go configuration file is a whole line of it, and the variables written one a
//! line are read the same.
#![no_main]

use goseal_core::goenv::GoEnv;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let env = GoEnv::parse(data);
    let mut text = String::new();
    for (name, value) in env.iter() {
        assert!(name.starts_with(|first: char| first.is_ascii_uppercase()));
        assert!(!value.is_empty() && !value.contains(['\0', '\n']) && !name.contains('='));
        assert_eq!(env.get(name), Some(value));
        let line = format!("{name}={value}");
        assert!(
            data.split(|byte| *byte == b'\n')
                .any(|there| there == line.as_bytes())
        );
        text.push_str(&line);
        text.push('\n');
    }
    let again = GoEnv::parse(text.as_bytes());
    assert!(again.iter().eq(env.iter()));
});
