//! A policy only tightens: the profile never falls, evidence that it asks for is demanded, and what
//! is forced without a policy is forced with it.
#![no_main]

use std::path::Path;

use goseal_config::{parse_policy, parse_user_config, set_user_default};
use goseal_core::decide::decide;
use goseal_core::version::Version;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if let Ok(policy) = parse_policy(data, Path::new("policy.toml")) {
        let bare = decide(&goseal_fuzz::known(None, None)).expect("a plan");
        let mut known = goseal_fuzz::known(None, Some(&policy));
        let plan = decide(&known).expect("a plan with all evidence");
        assert!(plan.profile >= bare.profile);
        assert!(policy.profile.is_none_or(|least| plan.profile >= least));
        for forced in &bare.forced {
            assert!(plan.forced_value(&forced.name).is_some(), "{}", forced.name);
        }
        known.evidence = &[];
        assert_eq!(decide(&known).is_err(), !policy.evidence.is_empty());
    }
    let path = Path::new("config.toml");
    if parse_user_config(data, path).is_ok() {
        let version = Version::parse("1.22.5").expect("a version");
        let text = set_user_default(data, path, version).expect("a file that can be read");
        let config = parse_user_config(text.as_bytes(), path).expect("a file that we wrote");
        assert_eq!(config.default, Some(version));
    }
});
