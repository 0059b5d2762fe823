//! Two lines of a go.mod or go.work: `go` and `toolchain`. Compared with the pin, never obeyed.

/// The version on the `go` line, as written: `1.22`, `1.22.5`.
///
/// Tolerant: reads what Go would read and does not find the file's other faults. Comments, CRLF,
/// quotes and blocks are understood. Source: formats of `golang.org/x/mod/modfile`.
pub fn go_line(bytes: &[u8]) -> Option<&str> {
    value_of(bytes, "go")
}

/// The name on the `toolchain` line, as written: `go1.22.5`, `default`.
pub fn toolchain_line(bytes: &[u8]) -> Option<&str> {
    value_of(bytes, "toolchain")
}

fn value_of<'a>(bytes: &'a [u8], verb: &str) -> Option<&'a str> {
    let mut in_block = false;
    for line in bytes.split(|byte| *byte == b'\n') {
        // A line that is not UTF-8 is a fault that Go finds; it holds none of the two.
        let line = std::str::from_utf8(line).unwrap_or_default();
        let code = line
            .split_once("//")
            .map_or(line, |(code, _)| code)
            .trim_matches(BLANKS);
        if in_block {
            in_block = code != ")";
            continue;
        }
        if code.ends_with('(') {
            in_block = true;
            continue;
        }
        let mut words = code.split(BLANKS).filter(|word| !word.is_empty());
        if words.next() == Some(verb)
            && let (Some(value), None) = (words.next(), words.next())
        {
            return Some(unquote(value));
        }
    }
    None
}

const BLANKS: [char; 3] = [' ', '\t', '\r'];

fn unquote(word: &str) -> &str {
    word.strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        .unwrap_or(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_two_lines_are_found_among_comments_and_blocks() {
        for (text, go, toolchain) in [
            ("module m\n\ngo 1.22\n", Some("1.22"), None),
            (
                "go 1.22.5 // indirect\r\ntoolchain go1.23.1\r\n",
                Some("1.22.5"),
                Some("go1.23.1"),
            ),
            ("go\t\"1.21\"\n", Some("1.21"), None),
            ("// go 1.20\ngo 1.21", Some("1.21"), None),
            (
                "require (\n\tgo v1.0.0\n\ttoolchain v1\n)\ngo 1.19\n",
                Some("1.19"),
                None,
            ),
            (
                "require( // x\n) // y\ntoolchain default\n",
                None,
                Some("default"),
            ),
            ("gopher 1.2\ngo 1.2 1.3\ngo\n", None, None),
            ("module go\nuse go\n", None, None),
            ("", None, None),
        ] {
            assert_eq!(go_line(text.as_bytes()), go, "{text:?}");
            assert_eq!(toolchain_line(text.as_bytes()), toolchain, "{text:?}");
        }
        assert_eq!(go_line(b"\xff\xfe\ngo 1.22"), Some("1.22"));
    }
}
