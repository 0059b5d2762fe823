//! The table of verbs and flags of `go`, and how Go reads a command line with it.
//!
//! Owns: for Go 1.13 to 1.27, which verbs there are, which flags each takes and whether a value
//! follows (one table for all of them: no flag ever changed between the two), and which flags
//! weaken a run.
//!
//! Promises: [`read`] finds every flag that any of these releases would act on. Where the table does
//! not know a flag, it reads on as if a value followed, so that it may find too much, and says so.

mod table;
mod watch;

use std::borrow::Cow;
use std::ffi::OsString;
use std::path::Path;

use crate::chdir;
pub(crate) use table::words_of_verb;
pub use table::{Shape, VERBS, Verb};
pub use watch::{WATCHED, Watch, When};

/// One flag as it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given<'a> {
    /// The name without dashes.
    pub name: Cow<'a, str>,
    /// The value after `=` or in the next word; `None` for a switch that stands alone.
    pub value: Option<Cow<'a, str>>,
    /// Its index in the arguments.
    pub at: usize,
    /// Whether the table knows the flag for this verb.
    pub known: bool,
}

impl Given<'_> {
    /// The flag as it is written in messages: `-mod=mod`, `-race`.
    pub fn text(&self) -> String {
        match &self.value {
            Some(value) => format!("-{}={value}", self.name),
            None => format!("-{}", self.name),
        }
    }

    /// Whether a switch is off: `-x=false` in any way that Go reads as false.
    pub fn is_off(&self) -> bool {
        let off = ["0", "f", "F", "false", "FALSE", "False"];
        self.value
            .as_deref()
            .is_some_and(|value| off.contains(&value))
    }
}

/// A command line of `go`, read as Go reads it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Line<'a> {
    /// The verb, where the table knows it.
    pub verb: Option<&'static Verb>,
    /// The flags of Go, in order.
    pub flags: Vec<Given<'a>>,
    /// Packages, files, names: what is neither flag nor the user's own.
    pub operands: Vec<(usize, Cow<'a, str>)>,
    /// The index from which arguments belong to the program that Go starts.
    pub user_args: Option<usize>,
}

/// Reads the arguments without `argv[0]`.
pub fn read(argv: &[OsString]) -> Line<'_> {
    let without = chdir::removed(argv);
    let words: Vec<Word<'_>> = argv
        .iter()
        .enumerate()
        .filter(|(at, _)| !without.contains(at))
        .map(|(at, word)| Word {
            at,
            text: word.to_string_lossy(),
        })
        .collect();
    let Some((verb, used)) = table::verb_of(words.iter().map(|word| word.text.as_ref())) else {
        return Line::default();
    };
    let mut reader = Reader {
        verb,
        words,
        next: used,
        line: Line::default(),
    };
    reader.line.verb = Some(verb);
    match verb.shape {
        Shape::Test => reader.test(),
        _ => reader.flags_then_rest(),
    }
    reader.tool_flag_anywhere();
    reader.line
}

/// Whether Go ignores the project's modules: `go install` and `go run` of `package@version`.
///
/// Source: `shouldUseOutsideModuleMode` in `cmd/go/internal/run`, `runInstall` in
/// `cmd/go/internal/work`.
pub fn ignores_project(argv: &[OsString]) -> bool {
    let line = read(argv);
    let versioned = |word: &str| {
        word.contains('@')
            && !word.starts_with("./")
            && !word.starts_with("../")
            && !Path::new(word).is_absolute()
    };
    let mut operands = line.operands.iter().map(|(_, word)| word.as_ref());
    match line.verb.map(|verb| verb.name) {
        Some("install") => operands.any(versioned),
        Some("run") => operands.next().is_some_and(|first| {
            Path::new(first).extension().is_none_or(|end| end != "go") && versioned(first)
        }),
        _ => false,
    }
}

struct Word<'a> {
    at: usize,
    text: Cow<'a, str>,
}

/// What one word is by its look.
enum Look {
    Terminator,
    NoFlag,
    Flag { name: String, value: Option<String> },
}

fn look(word: &str) -> Look {
    if word == "--" {
        return Look::Terminator;
    }
    let name = word.strip_prefix("--").or_else(|| word.strip_prefix('-'));
    match name {
        Some(name) if !name.is_empty() && !name.starts_with(['-', '=']) => {
            let (name, value) = match name.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (name, None),
            };
            Look::Flag {
                name: name.to_owned(),
                value,
            }
        }
        _ => Look::NoFlag,
    }
}

struct Reader<'a> {
    verb: &'static Verb,
    words: Vec<Word<'a>>,
    next: usize,
    line: Line<'a>,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<(usize, Look)> {
        self.words
            .get(self.next)
            .map(|word| (word.at, look(&word.text)))
    }

    fn take_value(&mut self) -> Option<Cow<'a, str>> {
        let value = self.words.get(self.next).map(|word| word.text.clone());
        self.next += usize::from(value.is_some());
        value
    }

    /// Takes the flag at hand with its value. Returns whether the table knows it.
    fn take_flag(&mut self, at: usize, name: String, value: Option<String>) -> bool {
        self.next += 1;
        let takes_value = self.verb.takes_value(&name);
        let value = match (value, takes_value) {
            (Some(value), _) => Some(Cow::Owned(value)),
            (None, Some(true)) => self.take_value(),
            (None, _) => None,
        };
        let known = takes_value.is_some();
        self.line.flags.push(Given {
            name: Cow::Owned(name),
            value,
            at,
            known,
        });
        known
    }

    fn take_operand(&mut self) {
        if let Some(word) = self.words.get(self.next) {
            self.line.operands.push((word.at, word.text.clone()));
            self.next += 1;
        }
    }

    /// The index of the word at hand, as the place where the user's own arguments begin.
    fn rest_is_users(&mut self) {
        if let Some(word) = self.words.get(self.next) {
            let at = self
                .line
                .user_args
                .map_or(word.at, |earlier| earlier.min(word.at));
            self.line.user_args = Some(at);
        }
        self.next = self.words.len();
    }

    /// How the flag package reads: flags up to the first word that is none, or `--`.
    fn flags_then_rest(&mut self) {
        while let Some((at, look)) = self.peek() {
            match look {
                Look::Terminator => {
                    self.next += 1;
                    break;
                }
                Look::NoFlag => break,
                Look::Flag { name, value } => self.take_plain_flag(at, name, value),
            }
        }
        match self.verb.shape {
            Shape::Run => self.run_operands(),
            Shape::Tool if !self.starts_foreign_tool() => self.rest_are_operands(),
            Shape::Tool => {
                self.take_operand();
                self.rest_is_users();
            }
            _ => self.rest_are_operands(),
        }
    }

    fn take_plain_flag(&mut self, at: usize, name: String, value: Option<String>) {
        let alone = value.is_none();
        if !self.take_flag(at, name, value) && alone {
            self.pass_possible_value();
        }
    }

    fn starts_foreign_tool(&self) -> bool {
        self.words
            .get(self.next)
            .is_some_and(|word| !table::is_own_tool(&word.text))
    }

    fn rest_are_operands(&mut self) {
        while self.next < self.words.len() {
            self.take_operand();
        }
    }

    /// After a flag that the table does not know, a word may be its value or the first operand.
    /// It is passed as a value, so that no flag is missed; what follows may be the user's.
    fn pass_possible_value(&mut self) {
        let passed = matches!(self.peek(), Some((_, Look::NoFlag)));
        if !passed {
            return;
        }
        self.take_operand();
        let starts_programs = matches!(self.verb.shape, Shape::Run | Shape::Tool);
        if let (true, Some(word)) = (starts_programs, self.words.get(self.next)) {
            self.line.user_args.get_or_insert(word.at);
        }
    }

    /// `go run`: every leading `.go` file, else one package; the rest is the program's.
    fn run_operands(&mut self) {
        let is_file = |reader: &Self| {
            reader
                .words
                .get(reader.next)
                .is_some_and(|word| word.text.ends_with(".go"))
        };
        if is_file(self) {
            while is_file(self) {
                self.take_operand();
            }
        } else {
            self.take_operand();
        }
        self.rest_is_users();
    }

    /// How `go test` reads: flags before and after the packages, up to `-args`.
    /// Source: `testFlags` in `cmd/go/internal/test/testflag.go`.
    fn test(&mut self) {
        let mut packages = Packages::NotSeen;
        let mut may_be_value = false;
        while let Some((at, look)) = self.peek() {
            let was_may_be_value = std::mem::take(&mut may_be_value);
            match look {
                Look::NoFlag if packages != Packages::Over => {
                    packages = Packages::Reading;
                    self.take_operand();
                }
                Look::NoFlag if was_may_be_value => self.next += 1,
                Look::Terminator | Look::NoFlag => break,
                Look::Flag { name, value: None } if name == "args" => {
                    self.next += 1;
                    break;
                }
                Look::Flag { name, value } => {
                    let alone = value.is_none();
                    let known = self.take_flag(at, name, value);
                    packages = packages.after_flag(known);
                    may_be_value = !known && alone;
                }
            }
        }
        self.rest_is_users();
    }

    /// `go vet` and `go fix` look for their tool's flag in every word, packages and values included.
    /// Source: `parseToolFlag` in `cmd/go/internal/vet/vetflag.go`.
    fn tool_flag_anywhere(&mut self) {
        let Shape::Analysis(flag) = self.verb.shape else {
            return;
        };
        for (place, word) in self.words.iter().enumerate() {
            let Look::Flag { name, value } = look(&word.text) else {
                continue;
            };
            let seen = self.line.flags.iter().any(|given| given.at == word.at);
            if name != flag || seen {
                continue;
            }
            let next = || self.words.get(place + 1).map(|next| next.text.clone());
            let value = value.map(Cow::Owned).or_else(next);
            let name = Cow::Owned(name);
            self.line.flags.push(Given {
                name,
                value,
                at: word.at,
                known: true,
            });
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Packages {
    NotSeen,
    Reading,
    Over,
}

impl Packages {
    /// Any flag ends a list of packages; one that is not known, even one that has not begun.
    const fn after_flag(self, known: bool) -> Self {
        match self {
            Self::NotSeen if known => Self::NotSeen,
            _ => Self::Over,
        }
    }
}

#[cfg(test)]
mod tests;
