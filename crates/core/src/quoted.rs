//! Words of GOFLAGS and of flags that hold arguments, quoted as Go reads them.
//!
//! Source: `cmd/internal/quoted`. A word is quoted only if it starts with a quote; there are no
//! escapes; blanks are space, tab, line feed and carriage return.

use std::fmt;

/// A text that Go cannot split, or a word that it cannot be given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum QuoteFault {
    /// A word that starts with this quote and does not end with it.
    Unterminated(char),
    /// A word that holds a blank and both kinds of quotes.
    Unquotable(String),
}

impl fmt::Display for QuoteFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unterminated(quote) => write!(f, "a word that starts with {quote} has no end"),
            Self::Unquotable(word) => {
                write!(f, "`{}` holds both kinds of quotes", word.escape_debug())
            }
        }
    }
}

impl std::error::Error for QuoteFault {}

const BLANKS: [char; 4] = [' ', '\t', '\n', '\r'];

/// The words of a text.
///
/// # Errors
///
/// [`QuoteFault::Unterminated`] where a quoted word has no end.
pub fn split(text: &str) -> Result<Vec<String>, QuoteFault> {
    let mut words = Vec::new();
    let mut rest = text.trim_start_matches(BLANKS);
    while let Some(first) = rest.chars().next() {
        let (word, after) = match rest.strip_prefix(['\'', '"']) {
            Some(quoted) => quoted
                .split_once(first)
                .ok_or(QuoteFault::Unterminated(first))?,
            None => rest.split_at(rest.find(BLANKS).unwrap_or(rest.len())),
        };
        words.push(word.to_owned());
        rest = after.trim_start_matches(BLANKS);
    }
    Ok(words)
}

/// One text that [`split`] reads as these words. Inverse of [`split`].
///
/// # Errors
///
/// [`QuoteFault::Unquotable`] for a word that no quotes can hold.
pub fn join<S: AsRef<str>>(words: &[S]) -> Result<String, QuoteFault> {
    let words: Result<Vec<String>, _> = words.iter().map(|word| quote(word.as_ref())).collect();
    words.map(|words| words.join(" "))
}

fn quote(word: &str) -> Result<String, QuoteFault> {
    let plain = !word.is_empty() && !word.starts_with(['\'', '"']) && !word.contains(BLANKS);
    if plain {
        return Ok(word.to_owned());
    }
    ['\'', '"']
        .into_iter()
        .find(|quote| !word.contains(*quote))
        .map(|quote| format!("{quote}{word}{quote}"))
        .ok_or_else(|| QuoteFault::Unquotable(word.to_owned()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_are_split_as_go_splits_them() {
        for (text, words) in [
            ("", &[][..]),
            (" \t\r\n", &[]),
            ("-mod=mod -v", &["-mod=mod", "-v"]),
            ("'-ldflags=-s -w' -v", &["-ldflags=-s -w", "-v"]),
            ("\"-ldflags=-s -w\"", &["-ldflags=-s -w"]),
            ("-ldflags=\"-s -w\"", &["-ldflags=\"-s", "-w\""]),
            ("'a'b", &["a", "b"]),
            ("''", &[""]),
            ("'it\"s'", &["it\"s"]),
            ("a\u{a0}b", &["a\u{a0}b"]),
            ("a\u{b}b", &["a\u{b}b"]),
        ] {
            assert_eq!(split(text).unwrap(), words, "{text:?}");
        }
        assert_eq!(split("-a '-b"), Err(QuoteFault::Unterminated('\'')));
        assert_eq!(
            join(&["a b'\""]),
            Err(QuoteFault::Unquotable("a b'\"".into()))
        );
    }

    proptest! {
        #[test]
        fn what_is_joined_is_split_the_same(words in proptest::collection::vec("\\PC{0,8}", 0..5)) {
            if let Ok(text) = join(&words) {
                prop_assert_eq!(split(&text).unwrap(), words);
            }
        }
    }
}
