//! A version is printed as it was read, holds no character of a path, and a refusal prints no
//! control character.
#![no_main]

use goseal_core::version::Version;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    match Version::parse(text) {
        Ok(version) => {
            let printed = version.to_string();
            assert_eq!(printed, text.strip_prefix("go").unwrap_or(text));
            assert_eq!(Version::parse(&printed), Ok(version));
            assert_eq!(Version::parse(&format!("go{printed}")), Ok(version));
            assert!(
                printed
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'.')
            );
            assert!(!printed.contains(".."), "{printed}");
            assert!(printed.len() <= 20, "{printed}");
            assert_eq!(version.satisfies_go_line(&printed), Some(true));
        }
        Err(refused) => {
            let message = refused.to_string();
            assert!(!message.chars().any(char::is_control), "{message:?}");
            assert!(message.len() <= 1024);
        }
    }
});
