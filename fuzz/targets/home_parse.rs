//! A `home` file is written and read the same, and every place in it is absolute.
#![no_main]

use goseal_core::home::{Home, State};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(home) = Home::parse(data) else { return };
    assert!(home.program.is_absolute() && home.store.is_absolute());
    assert_eq!(Home::parse(home.format().as_bytes()).as_ref(), Ok(&home));
    if let State::Own {
        uid,
        state,
        cache,
        config,
    } = &home.state
    {
        assert!(
            [state, cache, config]
                .iter()
                .all(|place| place.is_absolute())
        );
        assert!(home.layout(*uid, || None).is_some());
        assert!(home.layout(uid.wrapping_add(1), || None).is_none());
    }
});
