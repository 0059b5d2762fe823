//! The digest of everything a plan is decided from: it names the plan, so a stale one is never found.
//!
//! Owns: which inputs there are, their order, and how their presence and bytes are bound together.
//! Does not do: reading them.

use std::path::Path;

use sha2::Digest as _;

use crate::digest::Sha256;
use crate::layout::PLAN_FORMAT;

/// What an input is, in the order in which inputs are bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// `.go-version`.
    Pin,
    /// `goseal.toml` beside it.
    Project,
    /// `goseal.lock` beside it.
    Lock,
    /// The user's `config.toml`.
    UserConfig,
    /// The user's Go configuration file.
    UserGoEnv,
    /// The organisation's `policy.toml`.
    Policy,
    /// The signature beside it.
    PolicySignature,
    /// The key beside it, under which the signature must verify.
    PolicyKey,
    /// The head of the seal, where a pin gives the release.
    Seal,
    /// What gives the release: `pin`, or `parent`, `door`, `default` and the release's id.
    Release,
}

impl Role {
    /// Every role, in order: what [`inputs_digest`] is handed.
    pub const ALL: [Self; 10] = [
        Self::Pin,
        Self::Project,
        Self::Lock,
        Self::UserConfig,
        Self::UserGoEnv,
        Self::Policy,
        Self::PolicySignature,
        Self::PolicyKey,
        Self::Seal,
        Self::Release,
    ];

    /// The word that is bound into the digest, and the one in records.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pin => "pin",
            Self::Project => "project",
            Self::Lock => "lock",
            Self::UserConfig => "user-config",
            Self::UserGoEnv => "user-go-env",
            Self::Policy => "policy",
            Self::PolicySignature => "policy-signature",
            Self::PolicyKey => "policy-key",
            Self::Seal => "seal",
            Self::Release => "release",
        }
    }
}

/// The digest that names a plan: over the plan's format, the build that the `home` file states, the
/// pin's folder, and for every role its word, whether the input is there, its length and its bytes.
///
/// `inputs` holds every role once, in the order of [`Role::ALL`].
///
/// Every part is preceded by its length in 8 bytes, and by one byte that says whether it is there,
/// so that no two different sets of inputs give the same bytes.
pub fn inputs_digest(
    build: &str,
    pin_folder: Option<&Path>,
    inputs: &[(Role, Option<&[u8]>)],
) -> Sha256 {
    debug_assert!(
        inputs.iter().map(|(role, _)| *role).eq(Role::ALL),
        "every role, in order"
    );
    let mut hash = sha2::Sha256::new();
    let mut bind = |part: Option<&[u8]>| {
        hash.update([u8::from(part.is_some())]);
        let part = part.unwrap_or_default();
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    };
    bind(Some(b"goseal.inputs"));
    bind(Some(PLAN_FORMAT.to_string().as_bytes()));
    bind(Some(build.as_bytes()));
    bind(pin_folder.map(|folder| folder.as_os_str().as_encoded_bytes()));
    for (role, bytes) in inputs {
        bind(Some(role.word().as_bytes()));
        bind(*bytes);
    }
    Sha256::from_bytes(hash.finalize().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest_with(role: Role, bytes: Option<&[u8]>) -> Sha256 {
        let inputs = Role::ALL.map(|each| (each, if each == role { bytes } else { None }));
        inputs_digest("b", Some(Path::new("/p")), &inputs)
    }

    #[test]
    fn the_digest_is_over_role_presence_and_bytes_of_every_input() {
        let nothing = digest_with(Role::Pin, None);
        let mut seen = vec![nothing];
        for role in Role::ALL {
            for bytes in [&b""[..], b"x", b"xx"] {
                let digest = digest_with(role, Some(bytes));
                assert!(!seen.contains(&digest), "{} {bytes:?}", role.word());
                seen.push(digest);
            }
        }
    }

    #[test]
    fn build_and_folder_count() {
        let inputs = Role::ALL.map(|role| (role, None));
        let digests = [
            inputs_digest("b", Some(Path::new("/p")), &inputs),
            inputs_digest("c", Some(Path::new("/p")), &inputs),
            inputs_digest("b", Some(Path::new("/q")), &inputs),
            inputs_digest("b", Some(Path::new("")), &inputs),
            inputs_digest("b", None, &inputs),
            inputs_digest("b/p", Some(Path::new("")), &inputs),
        ];
        for (at, digest) in digests.iter().enumerate() {
            assert!(!digests[..at].contains(digest), "{at}");
        }
    }

    #[test]
    fn the_digest_does_not_change_between_builds_of_this_crate() {
        let inputs = Role::ALL.map(|role| (role, Some(role.word().as_bytes())));
        insta::assert_snapshot!(
            inputs_digest("0.1.0", Some(Path::new("/p")), &inputs),
            @"6c5840ab10c34e603df071b825893615f180ad61ccafe3212204e6ae447e15f0"
        );
    }

    #[test]
    #[should_panic(expected = "every role, in order")]
    fn a_missing_role_is_a_bug() {
        inputs_digest("b", None, &[(Role::Pin, None)]);
    }
}
