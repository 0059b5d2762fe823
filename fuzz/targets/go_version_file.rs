//! A pin names the version that stands on its line; comments, blank lines and CRLF change nothing;
//! a second version is refused.
#![no_main]

use goseal_core::pin::{PIN_LIMIT, PinFault, parse_pin};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let pin = match parse_pin(data) {
        Ok(pin) => pin,
        Err(fault) => {
            let lines = data.split(|byte| *byte == b'\n').count();
            assert!(usize::try_from(fault.line()).is_ok_and(|line| line <= lines));
            assert!(!fault.to_string().chars().any(char::is_control));
            return;
        }
    };
    let line = data.split(|byte| *byte == b'\n').nth(pin.line as usize - 1);
    let line = String::from_utf8_lossy(line.expect("the line is in the file"));
    let printed = pin.version.to_string();
    assert!(line.contains(&printed), "{line} does not name {printed}");
    for more in ["\n# 1.2.3\n", "\r\n\r\n", " # a reason"] {
        let longer = [data, more.as_bytes()].concat();
        if longer.len() <= PIN_LIMIT {
            assert_eq!(parse_pin(&longer), Ok(pin), "{more:?}");
        }
    }
    let second = [data, b"\n1.22.5\n"].concat();
    let refused = parse_pin(&second);
    assert!(matches!(
        refused,
        Err(PinFault::Second { .. } | PinFault::TooLong)
    ));
});
