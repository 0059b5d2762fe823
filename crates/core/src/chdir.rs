//! The directory of `-C`, as Go finds it before it does anything else.

use std::ffi::OsString;

/// The directory of `-C` in the arguments without `argv[0]`.
pub fn chdir_of(argv: &[OsString]) -> Option<OsString> {
    let first = argv.first()?.to_str()?;
    match first {
        "-C" | "--C" => argv.get(1).cloned(),
        _ => first.strip_prefix("-C=").map(OsString::from),
    }
}
