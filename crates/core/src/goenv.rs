//! The user's Go configuration file, the one that `go env -w` writes.

use std::collections::BTreeMap;

/// The variables of a Go configuration file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GoEnv {
    values: BTreeMap<String, String>,
}

impl GoEnv {
    /// Reads the file as `cmd/go` does: lines `NAME=value`, the last of a name wins, and a line
    /// without `=` or whose first byte is not `A` to `Z` is passed over. Nothing is trimmed.
    ///
    /// Lines that are not UTF-8 or hold NUL are passed over too: no environment could carry them.
    /// Source: `readEnvFile` in `cmd/go/internal/cfg/cfg.go`.
    pub fn parse(bytes: &[u8]) -> Self {
        let lines = bytes.split(|byte| *byte == b'\n');
        let values = lines.filter_map(|line| {
            let (name, value) = std::str::from_utf8(line).ok()?.split_once('=')?;
            let valid = name.starts_with(|c: char| c.is_ascii_uppercase()) && !line.contains(&0);
            valid.then(|| (name.to_owned(), value.to_owned()))
        });
        Self {
            values: values.collect(),
        }
    }

    /// A variable's value, where the file gives one that is not empty: Go takes an empty one for
    /// absent.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    /// Every variable with a value that is not empty, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.values
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .filter(|(_, value)| !value.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_as_go_reads_them() {
        let env = GoEnv::parse(
            b"# comment=1\nGOPROXY=a\nGOPROXY=https://x?y=z \n goflags=no\n\nGOFLAGS\nGOBIN=\nlower=1\n\
              =x\nGOPATH=\xff\nGOVCS=a\0\nGOPRIVATE=last\r",
        );
        let found: Vec<_> = env.iter().collect();
        assert_eq!(
            found,
            [("GOPRIVATE", "last\r"), ("GOPROXY", "https://x?y=z ")]
        );
        assert_eq!(env.get("GOBIN"), None);
    }
}
