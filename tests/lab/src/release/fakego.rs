//! `fakego`, the shell script that stands in for `go` and `gofmt`, and what it tells.
//!
//! Words that it knows, after an optional `-C DIR` or `-C=DIR`:
//!
//! * `version`: the line that the real one prints;
//! * `env NAME..`: one value a line, as `go env` does, from the environment that it was given;
//! * `fakego-dump ARGS..`: itself, its folder, its arguments and its environment ([`Dump`]);
//! * `fakego-exit N`, `fakego-signal NAME`, `fakego-sleep SECONDS`, `fakego-cat` (stdin to stdout),
//!   `fakego-fail TEXT` (to stderr, exit 1);
//! * `fakego-generate ARGS..`: runs `go ARGS..` with `$GOROOT/bin` first in PATH, as `go generate`
//!   does; `fakego-nested ARGS..`: the same with PATH as it is;
//! * anything else: `fakego: ` and its arguments.
//!
//! It needs `/bin/sh` and four tools by their full paths, so PATH may be empty.

use std::collections::BTreeMap;

use goseal_core::release::ReleaseId;

pub(super) fn script(tool: &str, id: &ReleaseId) -> String {
    let platform = id.platform;
    SCRIPT
        .replace("@TOOL@", tool)
        .replace("@VERSION@", &id.version.to_string())
        .replace("@OS@", platform.os())
        .replace("@ARCH@", platform.arch())
}

const SCRIPT: &str = r#"#!/bin/sh
# A stand-in for @TOOL@ of a made-up release.
case "$1" in
-C) cd "$2" || exit 1; shift 2 ;;
-C=*) cd "${1#-C=}" || exit 1; shift ;;
esac
word=$1
[ $# -eq 0 ] || shift
root=${GOROOT:-${0%/*}/..}
case "$word" in
version)
	echo "go version go@VERSION@ @OS@/@ARCH@"
	;;
env)
	for name; do
		case "$name" in
		*[!A-Z0-9_a-z]*) echo "fakego: no variable: $name" >&2; exit 2 ;;
		GOVERSION) echo "go@VERSION@" ;;
		GOROOT) echo "$root" ;;
		GOOS) echo "${GOOS:-@OS@}" ;;
		GOARCH) echo "${GOARCH:-@ARCH@}" ;;
		GOHOSTOS) echo "@OS@" ;;
		GOHOSTARCH) echo "@ARCH@" ;;
		*) eval "printf '%s\n' \"\${$name-}\"" ;;
		esac
	done
	;;
fakego-dump)
	{
		printf '%s\0' "fakego @TOOL@ go@VERSION@ @OS@/@ARCH@" "program $0" "cwd $(pwd -P)"
		for arg; do printf 'arg %s\0' "$arg"; done
		if [ -r "/proc/$$/environ" ]; then
			/usr/bin/tr '\n\0' '\1\n' <"/proc/$$/environ"
		else
			/usr/bin/env
		fi | LC_ALL=C /usr/bin/sort | while IFS= read -r line; do printf 'env %s\0' "$line"; done
	} | /usr/bin/tr '\n\0' '\1\n'
	;;
fakego-exit) exit "$1" ;;
fakego-signal) kill -s "$1" $$ ;;
fakego-sleep) exec /bin/sleep "$1" ;;
fakego-cat) exec /bin/cat ;;
fakego-fail) printf '%s\n' "$1" >&2; exit 1 ;;
fakego-generate) PATH=$root/bin:$PATH; export PATH; go "$@" ;;
fakego-nested) go "$@" ;;
*) echo "fakego: @TOOL@ $word $*" ;;
esac
"#;

/// What `fakego-dump` printed: the child's view of how it was started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dump {
    /// `go` or `gofmt`.
    pub tool: String,
    /// `go1.22.5`.
    pub version: String,
    /// The path by which it was started.
    pub program: String,
    /// The physical working directory.
    pub cwd: String,
    /// The arguments after `fakego-dump`; a line break shows as U+0001.
    pub args: Vec<String>,
    /// The environment as it was handed over (exactly so on Linux); a line break shows as U+0001.
    pub env: BTreeMap<String, String>,
}

impl Dump {
    /// Reads the text. `None` where it is not one whole dump.
    pub fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        let mut words = lines.next()?.strip_prefix("fakego ")?.split(' ');
        let mut dump = Self {
            tool: words.next()?.to_owned(),
            version: words.next()?.to_owned(),
            program: lines.next()?.strip_prefix("program ")?.to_owned(),
            cwd: lines.next()?.strip_prefix("cwd ")?.to_owned(),
            args: Vec::new(),
            env: BTreeMap::new(),
        };
        for line in lines {
            if let Some(arg) = line.strip_prefix("arg ") {
                dump.args.push(arg.to_owned());
            } else {
                let (name, value) = line.strip_prefix("env ")?.split_once('=')?;
                dump.env.insert(name.to_owned(), value.to_owned());
            }
        }
        Some(dump)
    }

    /// The value of one variable.
    pub fn var(&self, name: &str) -> Option<&str> {
        self.env.get(name).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_dump_is_none() {
        let whole = "fakego go go1.22.5 linux/amd64\nprogram /b/go\ncwd /x\narg a b\nenv A=b=c\n";
        let dump = Dump::parse(whole).unwrap();
        assert_eq!(dump.args, ["a b"]);
        assert_eq!(dump.var("A"), Some("b=c"));
        assert_eq!(
            Dump::parse("fakego go go1.22.5 linux/amd64\nprogram /b/go\n"),
            None
        );
        assert_eq!(Dump::parse(""), None);
    }
}
