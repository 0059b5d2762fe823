//! Exit codes: an interface that scripts rely on.

/// What a command of goseal says by its exit status.
///
/// A tool that goseal or the shim runs passes its own status through untouched; those statuses are
/// not in this table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Exit {
    /// 0: done, nothing found.
    Done,
    /// 1: findings of `doctor`, `lock --check`, `audit verify` with tolerated gaps.
    Findings,
    /// 2: wrong command line.
    Usage,
    /// 3: the project's files are wrong or contradict each other.
    Project,
    /// 4: could not be obtained: network, source. A retry may help.
    Unobtainable,
    /// 5: a digest, signature, proof, seal or chain does not verify. Never retried or downgraded.
    Distrust,
    /// 6: not installed, and not allowed to download.
    Offline,
    /// 7: lock, permission, space.
    Disk,
    /// 70: a bug in goseal.
    Bug,
    /// 125: the shim or `exec` refused.
    Refused,
    /// 126: the tool is there and cannot be executed.
    CannotExecute,
    /// 127: there is no such toolchain.
    NoToolchain,
}

impl Exit {
    /// Every code, ascending.
    pub const ALL: [Self; 12] = [
        Self::Done,
        Self::Findings,
        Self::Usage,
        Self::Project,
        Self::Unobtainable,
        Self::Distrust,
        Self::Offline,
        Self::Disk,
        Self::Bug,
        Self::Refused,
        Self::CannotExecute,
        Self::NoToolchain,
    ];

    /// The number that the process returns.
    pub const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Findings => 1,
            Self::Usage => 2,
            Self::Project => 3,
            Self::Unobtainable => 4,
            Self::Distrust => 5,
            Self::Offline => 6,
            Self::Disk => 7,
            Self::Bug => 70,
            Self::Refused => 125,
            Self::CannotExecute => 126,
            Self::NoToolchain => 127,
        }
    }

    /// What it means, in one line of the documentation.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Done => "done, nothing found",
            Self::Findings => "findings: `lock --check`, or `audit verify` with tolerated gaps",
            Self::Usage => "wrong command line",
            Self::Project => "the project's files are wrong or contradict each other",
            Self::Unobtainable => "could not be obtained: network or source; a retry may help",
            Self::Distrust => "a digest, signature, proof, seal or chain does not verify",
            Self::Offline => "not installed, and not allowed to download",
            Self::Disk => "disk: lock, permission or space",
            Self::Bug => "a bug in goseal",
            Self::Refused => "the shim, or `exec`, refused to run",
            Self::CannotExecute => "the tool cannot be executed",
            Self::NoToolchain => "there is no such toolchain",
        }
    }
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_the_documented_ones_and_ascend() {
        let codes = Exit::ALL.map(Exit::code);
        assert_eq!(codes, [0, 1, 2, 3, 4, 5, 6, 7, 70, 125, 126, 127]);
    }
}
