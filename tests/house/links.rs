//! What the pages and messages name is there: files, headings, verbs, flags.

use std::collections::{BTreeMap, BTreeSet};

use crate::{none, read, root, rust_files, tracked};

/// The page of every verb and flag, made from the command line itself.
const REFERENCE: &str = "docs/reference/commands.md";

/// Where one command ends and the next word is no longer its own.
const ENDS: [&str; 10] = ["|", "||", "&&", ";", "#", ">", ">>", "2>", "<", "--"];

/// A page without its code: fenced blocks, and spans between backticks.
fn prose(text: &str) -> String {
    let mut inside = false;
    let mut prose = String::new();
    for line in text.lines() {
        let fence = is_fence(line);
        inside ^= fence;
        if !inside && !fence {
            prose.extend(line.split('`').step_by(2));
        }
        prose.push('\n');
    }
    prose
}

fn is_fence(line: &str) -> bool {
    line.trim_start().starts_with("```")
}

/// The code of a page, with the number of its line: each line of a fenced or indented block, each
/// span between backticks.
fn code(text: &str) -> Vec<(usize, String)> {
    let mut inside = false;
    let mut found = Vec::new();
    for (at, line) in (1..).zip(text.lines()) {
        if is_fence(line) {
            inside = !inside;
        } else if inside || line.starts_with("    ") {
            // What follows a `#` is a shell's comment, and prose.
            let comment = line.trim_start().starts_with('#');
            let command = line.split(" #").next().filter(|_| !comment);
            found.extend(command.map(|command| (at, command.to_owned())));
        } else {
            found.extend(line.split('`').skip(1).step_by(2).map(|it| (at, it.into())));
        }
    }
    found
}

/// The targets of a page's links, with their lines.
fn links(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (at, line) in (1..).zip(prose(text).lines()) {
        for rest in line.split("](").skip(1) {
            let target = rest.split(')').next().unwrap_or_default();
            found.push((at, target.to_owned()));
        }
    }
    found
}

/// The names that the headings of a page can be linked by.
fn anchors(text: &str) -> BTreeSet<String> {
    let mut inside = false;
    let mut found = BTreeSet::new();
    for line in text.lines() {
        inside ^= is_fence(line);
        let title = line.trim_start_matches('#');
        if inside || title.len() == line.len() || !title.starts_with(' ') {
            continue;
        }
        let kept = |c: &char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
        let name: String = title.trim().to_lowercase().chars().filter(kept).collect();
        found.insert(name.replace(' ', "-"));
    }
    found
}

/// The path of a link, from the root of the repository, with `..` taken away.
fn resolved(page: &str, target: &str) -> String {
    let mut parts: Vec<&str> = page.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    parts.join("/")
}

/// What is wrong with the links of one page. `text_of` gives the text of a file of the repository,
/// and an empty one for a folder.
fn link_findings(page: &str, text: &str, text_of: &dyn Fn(&str) -> Option<String>) -> Vec<String> {
    let mut findings = Vec::new();
    for (at, link) in links(text) {
        if link.contains("://") || link.starts_with("mailto:") {
            continue;
        }
        let (target, anchor) = link.split_once('#').unwrap_or((&link, ""));
        let path = match target {
            "" => page.to_owned(),
            _ => resolved(page, target),
        };
        match text_of(&path) {
            None => findings.push(format!("{page}:{at} links to {link}, which is not there")),
            Some(text) if !anchor.is_empty() && !anchors(&text).contains(anchor) => {
                findings.push(format!(
                    "{page}:{at} links to {link}, which has no such heading"
                ));
            }
            Some(_) => {}
        }
    }
    findings
}

/// Every verb with its flags, as the reference page has them; the empty verb is the program itself.
fn verbs(reference: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut verb = String::new();
    for line in reference.lines() {
        if let Some(name) = line.strip_prefix("## `goseal") {
            name.trim_end_matches('`').trim().clone_into(&mut verb);
            found.entry(verb.clone()).or_default();
        }
        let flags = line
            .split([' ', ','])
            .take_while(|it| it.is_empty() || it.starts_with('-'));
        let flags = flags.filter(|flag| line.starts_with(' ') && flag.starts_with('-'));
        found
            .entry(verb.clone())
            .or_default()
            .extend(flags.map(str::to_owned));
    }
    found
}

/// The words after each `goseal` that begins a command in a piece of code, up to the command's end.
fn commands(code: &str) -> Vec<Vec<&str>> {
    let words: Vec<&str> = code.split_whitespace().collect();
    let is_program = |word: &str| {
        let word = word.trim_start_matches(['$', '(', '"', '\'']);
        word == "goseal" || word.ends_with("bin/goseal")
    };
    let begins = words
        .iter()
        .enumerate()
        .filter(|(_, word)| is_program(word));
    begins
        .map(|(at, _)| {
            let rest = words.iter().skip(at + 1).copied();
            rest.take_while(|word| !ENDS.contains(word)).collect()
        })
        .collect()
}

/// What is wrong with one command: a verb or a flag that does not exist.
fn command_fault(words: &[&str], verbs: &BTreeMap<String, BTreeSet<String>>) -> Option<String> {
    let bare = |word: &str| {
        word.trim_end_matches([')', ';', '"', '\'', ',', '.', ':'])
            .to_owned()
    };
    let plain = |word: &&str| word.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
    let mut verb = String::new();
    for word in words.iter().map(|word| bare(word)) {
        let longer = format!("{verb} {word}");
        let known = verbs.contains_key(longer.trim());
        let is_group = verbs
            .keys()
            .any(|it| !verb.is_empty() && it.starts_with(&format!("{verb} ")));
        if word.starts_with('-') || (!known && !verb.is_empty() && !is_group) {
            break;
        }
        if !known {
            return plain(&word.as_str()).then(|| format!("`goseal {}`", longer.trim()));
        }
        longer.trim().clone_into(&mut verb);
    }
    let flags = verbs.get(&verb)?;
    let given = words.iter().map(|word| bare(word));
    let unknown = given
        .filter(|word| word.starts_with('-') && word.len() > 1)
        .map(|word| word.split('=').next().unwrap_or_default().to_owned())
        .find(|flag| !flags.contains(flag))?;
    Some(format!("`goseal {}`", format!("{verb} {unknown}").trim()))
}

/// The spans between backticks in the strings of a source file, tests left out. Comments name
/// commands too, hidden ones among them.
fn messages(text: &str) -> Vec<(usize, String)> {
    let lines = (1..).zip(text.lines());
    let shipped = lines.take_while(|(_, line)| !line.starts_with("mod tests"));
    shipped
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
        .flat_map(|(at, line)| {
            let spans = line.split('`').skip(1).step_by(2);
            spans.map(move |span| (at, span.to_owned()))
        })
        .collect()
}

fn command_findings(
    path: &str,
    code: &[(usize, String)],
    verbs: &BTreeMap<String, BTreeSet<String>>,
) -> Vec<String> {
    let faults = code.iter().flat_map(|(at, code)| {
        let faults = commands(code).into_iter();
        faults.filter_map(move |words| Some((at, command_fault(&words, verbs)?)))
    });
    faults
        .map(|(at, fault)| format!("{path}:{at} names {fault}, which does not exist"))
        .collect()
}

fn pages() -> Vec<(String, String)> {
    let names = tracked().into_iter().filter(|name| {
        let page = std::path::Path::new(name);
        page.extension().is_some_and(|extension| extension == "md")
    });
    names.map(|name| (name.clone(), read(&name))).collect()
}

#[test]
fn every_relative_link_leads_to_a_file_and_its_heading() {
    let text_of = |path: &str| {
        let whole = root().join(path);
        if whole.is_dir() {
            return Some(String::new());
        }
        std::fs::read(whole)
            .ok()
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
    };
    let pages = pages();
    assert!(pages.len() > 10, "only {} pages were found", pages.len());
    let findings: Vec<String> = pages
        .iter()
        .flat_map(|(page, text)| link_findings(page, text, &text_of))
        .collect();
    none(&findings);
}

#[test]
fn every_command_that_a_page_names_exists() {
    let verbs = verbs(&read(REFERENCE));
    assert!(verbs.len() > 10, "the reference page was not read");
    let findings: Vec<String> = pages()
        .iter()
        .filter(|(page, _)| page != REFERENCE)
        .flat_map(|(page, text)| command_findings(page, &code(text), &verbs))
        .collect();
    none(&findings);
}

#[test]
fn every_command_that_a_message_names_exists() {
    let verbs = verbs(&read(REFERENCE));
    let ours = |path: &str| {
        ["src/", "crates/", "shims/src/"]
            .iter()
            .any(|folder| path.starts_with(folder))
            && !path.contains("/tests")
    };
    let findings: Vec<String> = rust_files()
        .iter()
        .filter(|(path, _)| ours(path))
        .flat_map(|(path, text)| command_findings(path, &messages(text), &verbs))
        .collect();
    none(&findings);
}

#[test]
fn a_link_that_leads_nowhere_is_found() {
    let text_of = |path: &str| match path {
        "docs/b.md" => Some("# The `b` page, twice\n```\n# no\n```\n".to_owned()),
        "README.md" => Some("## One\n".to_owned()),
        "docs" => Some(String::new()),
        _ => None,
    };
    let faults = |text: &str| link_findings("docs/a.md", text, &text_of);
    for good in [
        "[x](b.md) and [y](../README.md#one), [z](../docs/)",
        "[x](b.md#the-b-page-twice)",
        "[x](https://go.dev/x) `[x](y)`",
        "```\n[x](y)\n```",
    ] {
        assert!(faults(good).is_empty(), "{good}: {:?}", faults(good));
    }
    assert_eq!(
        faults("\n[x](c.md)"),
        ["docs/a.md:2 links to c.md, which is not there"]
    );
    assert_eq!(
        faults("[x](b.md#no)"),
        ["docs/a.md:1 links to b.md#no, which has no such heading"]
    );
    assert!(link_findings("docs/b.md", "[x](#the-b-page-twice)", &text_of).is_empty());
}

#[test]
fn a_verb_or_flag_that_does_not_exist_is_found() {
    let verbs = verbs(
        "## `goseal`\n  -h, --help\n## `goseal pin`\n      --format <FORMAT>\n\
         ## `goseal audit`\n## `goseal audit show`\n      --last <N>\n",
    );
    let faults = |text: &str| command_findings("a.md", &code(text), &verbs);
    for good in [
        "`goseal pin 1.26 --format json`",
        "    goseal audit show --last 2 | grep --x y",
        "```\n$ eval \"$(goseal pin --format=json)\" # goseal: no\n```",
        "goseal tidy is prose, `goseal --help` and `the goseal` are known",
        "`goseal pin -- --x`",
        "    sh install.sh   # puts goseal and more there\n    # goseal does it",
    ] {
        assert!(faults(good).is_empty(), "{good}: {:?}", faults(good));
    }
    for (bad, fault) in [
        ("`goseal tidy`", "`goseal tidy`"),
        ("\n`goseal pin --force`", "`goseal pin --force`"),
        ("`goseal audit seal`", "`goseal audit seal`"),
        (
            "    x/bin/goseal audit show --first=1",
            "`goseal audit show --first`",
        ),
        ("`goseal --force`", "`goseal --force`"),
    ] {
        let line = 1 + bad.matches('\n').count();
        assert_eq!(
            faults(bad),
            [format!("a.md:{line} names {fault}, which does not exist")]
        );
    }
    let source = "// `goseal tidy`\nlet hint = \"run `goseal tidy`\";\nmod tests {\n\"`goseal x`\"";
    assert_eq!(
        command_findings("a.rs", &messages(source), &verbs),
        ["a.rs:2 names `goseal tidy`, which does not exist"]
    );
}
