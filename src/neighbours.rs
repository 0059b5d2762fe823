//! Words of the neighbours: who comes from another version manager finds our verb.
//!
//! Owns the table from their words to ours. Does not guess: a word that is in no table is the
//! command line parser's to explain.

/// A word of another manager, and what to type here; `{}` stands for the release that was named.
const TABLE: [(&str, &str); 22] = [
    ("use", "`goseal pin {}` pins the release of this project"),
    ("local", "`goseal pin {}` pins the release of this project"),
    ("set", "`goseal pin {}` pins the release of this project"),
    (
        "global",
        "`goseal default {}` sets the release for places without a pin",
    ),
    (
        "shell",
        "`goseal exec --go {} -- CMD` runs one command with it",
    ),
    ("run", "`goseal exec -- CMD` runs one command"),
    ("x", "`goseal exec -- CMD` runs one command"),
    (
        "version",
        "`goseal current` shows the release that runs here",
    ),
    ("versions", "`goseal list` shows the installed releases"),
    ("ls", "`goseal list` shows the installed releases"),
    ("ls-remote", "`goseal list --remote` shows what there is"),
    ("list-all", "`goseal list --remote` shows what there is"),
    ("latest", "`goseal list --remote` shows what there is"),
    ("download", "`goseal install {}` installs it, proved"),
    ("add", "`goseal install {}` installs it, proved"),
    ("remove", "`goseal uninstall {}` removes it"),
    ("rm", "`goseal uninstall {}` removes it"),
    (
        "where",
        "`goseal which` prints the path of the `go` that runs here",
    ),
    (
        "root",
        "`goseal which` prints the path of the `go` that runs here",
    ),
    (
        "rehash",
        "nothing is to be done: the shims are the same for every release",
    ),
    (
        "reshim",
        "nothing is to be done: the shims are the same for every release",
    ),
    ("activate", "`goseal init` offers the line for the shell"),
];

/// What to type here instead of `word`, which goseal does not have; `next` is the word after it.
pub(crate) fn hint_for(word: &str, next: Option<&str>) -> Option<String> {
    let (_, ours) = TABLE.iter().find(|(theirs, _)| *theirs == word)?;
    let release = next.filter(|next| looks_like_a_release(next));
    Some(ours.replace("{}", release.unwrap_or("VERSION")))
}

/// Whether it may stand in a command that people copy: a release, a line, `latest`.
fn looks_like_a_release(word: &str) -> bool {
    word == "latest"
        || (word.starts_with(|first: char| first.is_ascii_digit())
            && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_other_managers_lead_to_our_verbs() {
        for (word, next, hint) in [
            (
                "use",
                Some("1.22.5"),
                "`goseal pin 1.22.5` pins the release of this project",
            ),
            (
                "local",
                None,
                "`goseal pin VERSION` pins the release of this project",
            ),
            (
                "global",
                Some("1.27"),
                "`goseal default 1.27` sets the release for places without a pin",
            ),
            (
                "shell",
                Some("latest"),
                "`goseal exec --go latest -- CMD` runs one command with it",
            ),
            (
                "use",
                Some("`rm -rf x`"),
                "`goseal pin VERSION` pins the release of this project",
            ),
        ] {
            assert_eq!(hint_for(word, next).as_deref(), Some(hint));
        }
        assert_eq!(hint_for("instal", None), None);
    }

    #[test]
    fn no_word_of_the_table_is_a_verb_of_ours() {
        let command = crate::command();
        for (word, ours) in TABLE {
            assert!(command.find_subcommand(word).is_none(), "{word}");
            let verb = ours
                .strip_prefix("`goseal ")
                .and_then(|rest| rest.split([' ', '`']).next());
            let known = verb.is_none_or(|verb| command.find_subcommand(verb).is_some());
            assert!(known, "{ours}");
        }
    }
}
