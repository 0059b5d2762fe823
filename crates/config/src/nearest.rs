//! Which known word someone may have meant.

/// The most edits between a word and what was meant.
const CLOSE: usize = 2;

/// The word of `known` that `word` is closest to, at most [`CLOSE`] edits away and fewer than half
/// of its letters; `-` and `_`, and capitals, count as the same.
pub(crate) fn nearest(word: &str, known: &[&'static str]) -> Option<&'static str> {
    let word = folded(word);
    known
        .iter()
        .map(|candidate| (edits(&word, &folded(candidate)), *candidate))
        .filter(|(edits, candidate)| *edits <= CLOSE && edits * 2 < candidate.len())
        .min()
        .map(|(_, candidate)| candidate)
}

/// Letters and digits alone, in lower case: `Trim-Path` is `trimpath`.
pub(crate) fn folded(word: &str) -> String {
    word.chars()
        .filter(|c| !matches!(c, '-' | '_'))
        .take(64)
        .collect::<String>()
        .to_ascii_lowercase()
}

/// Insertions, deletions and replacements that turn `a` into `b` (Levenshtein).
fn edits(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        let mut next = vec![left];
        for (y, above) in b.chars().zip(row.iter().skip(1)) {
            left = (left + 1)
                .min(above + 1)
                .min(diagonal + usize::from(x != y));
            diagonal = *above;
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_edits_as_levenshtein_does() {
        for (a, b, expected) in [
            ("", "", 0),
            ("", "abc", 3),
            ("kitten", "sitting", 3),
            ("tags", "tag", 1),
            ("ab", "ba", 2),
        ] {
            assert_eq!(edits(a, b), expected, "{a} {b}");
            assert_eq!(edits(b, a), expected, "{b} {a}");
        }
    }

    #[test]
    fn finds_what_was_meant_and_nothing_far_away() {
        let known = [
            "cgo",
            "mod",
            "tags",
            "trimpath",
            "ldflags",
            "trusted_places",
        ];
        for (word, expected) in [
            ("tag", Some("tags")),
            ("trim-path", Some("trimpath")),
            ("LDFLAGS", Some("ldflags")),
            ("trusted-places", Some("trusted_places")),
            ("go", Some("cgo")),
            ("x", None),
            ("gcflags", Some("ldflags")),
            ("toolexec", None),
        ] {
            assert_eq!(nearest(word, &known), expected, "{word}");
        }
    }
}
