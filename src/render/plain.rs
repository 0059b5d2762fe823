//! Text from outside, made fit for a terminal.

/// A line whose control characters, which paths and answers may hold, are escaped.
pub(crate) fn plain(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    for letter in line.chars() {
        if letter.is_control() {
            text.extend(letter.escape_debug());
        } else {
            text.push(letter);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_stays_one_line_and_moves_no_cursor() {
        assert_eq!(plain("a\nb\u{1b}[2J\u{e9}"), "a\\nb\\u{1b}[2J\u{e9}");
    }
}
