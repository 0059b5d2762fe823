//! Quoting for shells: whatever a value holds, the shell reads it back as one word.

/// A word for POSIX shells, in single quotes.
pub(crate) fn quote_sh(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// A word for fish, where `\` and `'` are escaped inside single quotes.
pub(crate) fn quote_fish(text: &str) -> String {
    format!("'{}'", text.replace('\\', r"\\").replace('\'', r"\'"))
}

/// A word for PowerShell, where a single quote is doubled; typographic ones count as quotes too.
pub(crate) fn quote_powershell(text: &str) -> String {
    let mut quoted = String::from("'");
    for letter in text.chars() {
        if matches!(letter, '\'' | '\u{2018}'..='\u{201b}') {
            quoted.push(letter);
        }
        quoted.push(letter);
    }
    quoted.push('\'');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_one_word_whatever_it_holds() {
        let evil = "a'b$(x)`y`\\\n\"";
        assert_eq!(quote_sh(evil), "'a'\\''b$(x)`y`\\\n\"'");
        assert_eq!(quote_fish(evil), "'a\\'b$(x)`y`\\\\\n\"'");
        assert_eq!(quote_powershell("a'b\u{2019}"), "'a''b\u{2019}\u{2019}'");
    }

    #[test]
    fn a_posix_shell_reads_the_word_back() {
        let evil = "a'b$(echo no)`echo no`\\ \n\"*~";
        let script = format!("printf %s {}", quote_sh(evil));
        let output = std::process::Command::new("sh")
            .args(["-c", &script])
            .output()
            .unwrap();
        assert_eq!(String::from_utf8(output.stdout).unwrap(), evil);
    }
}
