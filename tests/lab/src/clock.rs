//! The clock of the lab's program: it does not run by itself.
//!
//! Owns the name of the variable and the form of its value. How the time advances between two
//! readings is the program's business.

use std::fmt;

/// The variable that gives the lab's program its time. No release of the product reads it.
pub const LAB_CLOCK: &str = "GOSEAL_LAB_CLOCK";

/// The time in every [`crate::sandbox::Sandbox`] where nothing else is said: 2026-01-02T03:04:05Z.
pub const LAB_TIME: u64 = 1_767_323_045;

/// A value of [`LAB_CLOCK`] that is no time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClockSyntax {
    /// The value, at most 64 characters of it.
    pub text: String,
}

impl fmt::Display for ClockSyntax {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}` is not a number of seconds since 1970 up to 253402300799",
            self.text.escape_debug()
        )
    }
}

impl std::error::Error for ClockSyntax {}

/// Reads the value of [`LAB_CLOCK`]: whole seconds since 1970-01-01T00:00:00Z, in decimal digits,
/// up to the end of the year 9999.
///
/// # Errors
///
/// [`ClockSyntax`] for any other text.
pub fn parse_clock(text: &str) -> Result<u64, ClockSyntax> {
    text.parse()
        .ok()
        .filter(|seconds| *seconds <= 253_402_300_799)
        .filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()))
        .ok_or_else(|| ClockSyntax {
            text: text.chars().take(64).collect(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_read_and_nothing_else() {
        assert_eq!(parse_clock("0"), Ok(0));
        assert_eq!(parse_clock(&LAB_TIME.to_string()), Ok(LAB_TIME));
        for text in ["", "-1", "+1", "1.5", "253402300800", "2026-01-01"] {
            assert!(parse_clock(text).is_err(), "{text}");
        }
        assert_eq!(
            parse_clock("noon").unwrap_err().to_string(),
            "`noon` is not a number of seconds since 1970 up to 253402300799"
        );
    }
}
